//! An engine on a bench: a service made of answers, device sides that only write down, a real ledger.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use card::{
    CardAnswer, CardCommand, CardEvent, CardIdentity, CardKind, CardProof, ProofKind, VerifyOutcome,
};
use central::{CardConfirmation, CentralError, CentralService, Confirmation, Fut, Nonce};
use kiosk::patient::{Input, Screen};
use ledger::{Ledger, LedgerKey, OpenOptions, StoredResult};
use oqs::assumed::{InsuranceUseRequest, StatusAnswer};
use oqs::{
    CheckupsAnswer, CheckupsRequest, MedicinesAnswer, MedicinesRequest, Message as _,
    QualificationAnswer, QualificationRequest,
};
use serde_json::json;
use tokio::sync::{mpsc, watch};
use visit::{Limits, PasscodeGuard, VisitId};

use super::super::{Engine, Message, Parts, Settings};
use super::recorder::Recorder;
use crate::board::Board;
use crate::clock::TrustedClock;
use crate::happenings::Happenings;
use crate::ledger_desk::LedgerDesk;
use crate::preview::Preview;

pub(super) const READER: &str = "reader-0";
pub(super) const NAME: &str = "架空　花子";
pub(super) const NUMBER: &str = "98765432";
/// The power-on session of the card on the bench.
pub(super) const SESSION: u64 = 41;

/// Answers of the service, and what it was asked.
pub(super) struct Service {
    pub(super) server_time: i64,
    pub(super) confirm: Result<&'static str, CentralError>,
    /// 薬剤情報 consent and until when, ms; `Err` fails the call.
    pub(super) qualification: Result<(bool, i64), CentralError>,
    /// 特定健診情報 consent.
    pub(super) checkups: bool,
    /// The service holds consents for treatment and operations.
    pub(super) treatment: bool,
    /// The service offers a registration for insurance use; what comes of it (`Ok(false)` is refused).
    pub(super) registers: Option<Result<bool, CentralError>>,
    /// Date of birth in the answer, yyyymmdd.
    pub(super) born: Option<&'static str>,
    /// Medicines are not reached.
    pub(super) away: AtomicBool,
    /// Another kind comes where medicines are asked for.
    pub(super) mixed_up: AtomicBool,
    pub(super) asked: Mutex<Vec<String>>,
}

impl Service {
    pub(super) fn good() -> Self {
        let now = TrustedClock::default().wall_ms();
        Self {
            server_time: now,
            confirm: Ok("confirmed"),
            qualification: Ok((true, now + 3_600_000)),
            checkups: false,
            treatment: false,
            registers: None,
            born: None,
            away: AtomicBool::new(false),
            mixed_up: AtomicBool::new(false),
            asked: Mutex::default(),
        }
    }

    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn note(&self, what: String) {
        self.asked.lock().unwrap().push(what);
    }
}

impl CentralService for Service {
    fn warm(&self) -> Fut<'_, Result<(), CentralError>> {
        Box::pin(async { Ok(()) })
    }

    fn nonce(&self) -> Fut<'_, Result<Nonce, CentralError>> {
        self.note("nonce".into());
        let given = self
            .asked()
            .iter()
            .filter(|asked| *asked == "nonce")
            .count();
        let mut bytes = vec![9; 32];
        bytes[31] += u8::try_from(given - 1).unwrap();
        Box::pin(async {
            Ok(Nonce {
                bytes,
                expires_at: self.server_time + 86_400_000,
                server_time: self.server_time,
            })
        })
    }

    fn confirm_card<'a>(
        &'a self,
        confirmation: &'a CardConfirmation,
    ) -> Fut<'a, Result<Confirmation, CentralError>> {
        self.note(format!(
            "confirm {:?} at {}",
            confirmation.method, confirmation.performed_at
        ));
        Box::pin(async {
            let registered = self.asked().iter().any(|asked| asked == "register R-1");
            let result = if registered {
                "confirmed"
            } else {
                self.confirm.clone()?
            };
            let mut told = json!({ "result": result, "confirmationId": "C-1" });
            if result != "confirmed" {
                told["code"] = "K-1".into();
                told["message"] = "原文".into();
            }
            if self.registers.is_some() {
                told["registrationId"] = "R-1".into();
            }
            Ok(serde_json::from_value(told).unwrap())
        })
    }

    fn register_insurance_use<'a>(
        &'a self,
        request: &'a InsuranceUseRequest,
    ) -> Fut<'a, Result<StatusAnswer, CentralError>> {
        let body = request.body.as_ref();
        let id = body.and_then(|body| body.registration_identifier.clone());
        self.note(format!("register {}", id.unwrap_or_default()));
        Box::pin(async {
            let done = self.registers.clone().expect("offered")?;
            let told = json!({ "XmlMsg": {
                "MessageHeader": { "SegmentOfResult": "1" },
                "MessageBody": { "ProcessingResultStatus": if done { "1" } else { "2" } },
            } });
            Ok(StatusAnswer::from_json(told.to_string().as_bytes()).unwrap())
        })
    }

    fn qualification<'a>(
        &'a self,
        request: &'a QualificationRequest,
    ) -> Fut<'a, Result<QualificationAnswer, CentralError>> {
        self.note(format!("qualification {}", request.to_json()));
        Box::pin(async {
            let (consent, until) = self.qualification.clone()?;
            let mut told = json!({ "XmlMsg": {
                "MessageHeader": { "MedicalInstitutionCode": "1310000001", "SegmentOfResult": "1" },
                "MessageBody": { "ProcessingResultStatus": "1", "QualificationValidity": "1", "ResultList": [
                    { "ResultOfQualificationConfirmation": {
                        "InsuredCardClassification": "01", "Name": NAME, "InsurerNumber": NUMBER,
                        "PharmacistsInfoConsFlg": if consent { "1" } else { "0" },
                        "PharmacistsInfoAvailableTime": oqs::time::to_jst(until),
                        "SpecificHealthCheckupsInfoConsFlg": if self.checkups { "1" } else { "0" },
                        "SpecificHealthCheckupsInfoAvailableTime": oqs::time::to_jst(until),
                        "DiagnosisInfoConsFlg": if self.treatment { "1" } else { "0" },
                        "DiagnosisInfoAvailableTime": oqs::time::to_jst(until),
                        "OperationInfoConsFlg": if self.treatment { "1" } else { "0" },
                        "OperationInfoAvailableTime": oqs::time::to_jst(until),
                    } },
                ] },
            } });
            if let Some(born) = self.born {
                let result = &mut told["XmlMsg"]["MessageBody"]["ResultList"][0];
                result["ResultOfQualificationConfirmation"]["Birthdate"] = born.into();
            }
            Ok(QualificationAnswer::from_json(told.to_string().as_bytes()).unwrap())
        })
    }

    fn medicines<'a>(
        &'a self,
        _request: &'a MedicinesRequest,
    ) -> Fut<'a, Result<MedicinesAnswer, CentralError>> {
        self.note("medicines".into());
        Box::pin(async {
            if self.away.load(Ordering::SeqCst) {
                return Err(CentralError::Unreachable {
                    cause: central::UnreachableCause::Timeout,
                    detail: "away".into(),
                });
            }
            if self.mixed_up.load(Ordering::SeqCst) {
                return Err(CentralError::OtherKind);
            }
            let told =
                json!({ "XmlMsg": { "MessageBody": { "ResultCode": "1", "MedicineList": [] } } });
            Ok(MedicinesAnswer::from_json(told.to_string().as_bytes()).unwrap())
        })
    }

    fn checkups_of_visit<'a>(
        &'a self,
        request: &'a CheckupsRequest,
    ) -> Fut<'a, Result<CheckupsAnswer, CentralError>> {
        let kind = request
            .body
            .as_ref()
            .and_then(|body| body.information.as_ref());
        let (note, list) = match kind.map(|kind| kind.code().to_owned()).as_deref() {
            Some("SRJ") => (
                "treatment",
                json!({ "TreatmentList": [
                { "Treatment": { "Date": "20260602", "Name": "架空処置", "Institution": "前の架空医院" } },
            ] }),
            ),
            Some("SHJ") => ("operations", json!({ "OperationList": [] })),
            _ => (
                "checkups",
                json!({ "CheckupList": [
                { "Checkup": { "Date": "20260601", "Name": "血圧", "Amount": "132/84" } },
            ] }),
            ),
        };
        self.note(note.into());
        Box::pin(async move {
            let mut told = json!({ "XmlMsg": { "MessageBody": { "ResultCode": "1" } } });
            let body = told["XmlMsg"]["MessageBody"].as_object_mut().unwrap();
            body.extend(list.as_object().unwrap().clone());
            Ok(CheckupsAnswer::from_json(told.to_string().as_bytes()).unwrap())
        })
    }
}

pub(super) struct Bench {
    pub(super) engine: Engine,
    pub(super) mail: mpsc::Receiver<Message>,
    pub(super) devices: Recorder,
    pub(super) service: Arc<Service>,
    pub(super) desk: LedgerDesk,
    pub(super) screen: watch::Receiver<Screen>,
    pub(super) preview: Preview,
    folder: Folder,
}

/// The ledger's folder. It is removed by the ledger's own thread, between two jobs: removed beside a job that still
/// writes, it would come back with a file in it.
struct Folder(LedgerDesk, Option<tempfile::TempDir>);

impl Drop for Folder {
    fn drop(&mut self) {
        let folder = self.1.take();
        let (tell, removed) = std::sync::mpsc::channel();
        let handed = self.0.submit(move |_| {
            drop(folder);
            let _ = tell.send(());
        });
        if handed.is_ok() {
            let _ = removed.recv_timeout(Duration::from_secs(10));
        }
    }
}

impl Bench {
    /// Where the ledger lies.
    pub(super) fn folder(&self) -> &std::path::Path {
        self.folder.1.as_ref().unwrap().path()
    }

    /// A bench with one reader and a face worker, nobody there.
    pub(super) fn new(service: Service) -> Self {
        Self::with_tries(service, 9)
    }

    /// The same where a card's face may be tried so often in an hour.
    pub(super) fn with_tries(service: Service, hourly_tries: u8) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(
            OpenOptions {
                path: folder.path().join("ledger.db"),
                head_path: folder.path().join("head"),
                key: LedgerKey([3; 32]).into(),
                simulated: true,
            },
            1,
        )
        .unwrap();
        let desk = LedgerDesk::start(ledger).unwrap();
        Self::over(service, desk, folder, hourly_tries)
    }

    /// The same whose ledger takes no work.
    pub(super) fn without_ledger(service: Service) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::over(service, LedgerDesk::closed(), folder, 9)
    }

    fn over(
        service: Service,
        desk: LedgerDesk,
        folder: tempfile::TempDir,
        hourly_tries: u8,
    ) -> Self {
        let folder = Folder(desk.clone(), Some(folder));
        let (mailbox, mail) = mpsc::channel(256);
        let (screen, screens) = watch::channel(Screen::new(kiosk::patient::Page::Starting));
        let devices = Recorder::default();
        let service = Arc::new(service);
        let preview = Preview::default();
        let engine = Engine::new(Parts {
            clock: Arc::default(),
            card: Box::new(devices.clone()),
            vision: Box::new(devices.clone()),
            central: Arc::clone(&service) as Arc<dyn CentralService>,
            desk: desk.clone(),
            happenings: Happenings::default(),
            board: Arc::new(Board::default()),
            screen,
            preview: preview.clone(),
            live_visit: Arc::new(AtomicU64::new(0)),
            all_due: Arc::new(AtomicBool::new(false)),
            mailbox,
            settings: Settings {
                limits: Limits::default(),
                institution_code: "1310000001".into(),
                desk: "desk-1".into(),
                simulated: true,
                threshold: 0.56,
                attempt_ms: 12_000,
                challenge: vision::protocol::Challenge::Always,
                hourly_tries,
                read_card: false,
                choices: kiosk::patient::Choices::default(),
                passcode: None,
                guard: PasscodeGuard::default(),
            },
        });
        let mut bench = Self {
            engine,
            mail,
            devices,
            service,
            desk,
            screen: screens,
            preview,
            folder,
        };
        bench.engine.work();
        bench.engine.take(Message::Card(CardEvent::ReaderArrived {
            reader: READER.into(),
        }));
        bench
            .engine
            .take(Message::FaceAvailable(Ok(()), String::new()));
        bench
    }

    pub(super) fn state(&self) -> &'static str {
        self.engine.machine.state_name()
    }

    pub(super) fn visit(&self) -> VisitId {
        self.engine.machine.visit().expect("a visit is on")
    }

    /// Takes mail until the visit is in this state.
    pub(super) async fn until(&mut self, state: &str) {
        while self.state() != state {
            let mail = tokio::time::timeout(Duration::from_secs(10), self.mail.recv()).await;
            match mail {
                Ok(Some(message)) => self.engine.take(message),
                _ => panic!("{state} was not reached from {}", self.state()),
            }
        }
    }

    /// Takes mail until the card is asked for something that fits.
    pub(super) async fn until_card(&mut self, fits: impl Fn(&CardCommand) -> bool) {
        while !self.devices.card.lock().unwrap().iter().any(&fits) {
            let mail = tokio::time::timeout(Duration::from_secs(10), self.mail.recv()).await;
            match mail {
                Ok(Some(message)) => self.engine.take(message),
                _ => panic!("the card was not asked in {}", self.state()),
            }
        }
    }

    pub(super) fn card(&mut self, answer: CardAnswer) {
        let visit = self.visit().0;
        self.card_of(visit, answer);
    }

    pub(super) fn card_of(&mut self, visit: u64, answer: CardAnswer) {
        self.engine
            .take(Message::Card(CardEvent::Answer { visit, answer }));
    }

    /// A card is laid and identified.
    pub(super) fn lay(&mut self) {
        self.lay_with_expiry(None);
    }

    /// The same; the chip tells the card's expiry, yyyymmdd, or does not.
    pub(super) fn lay_with_expiry(&mut self, expiry: Option<&str>) {
        self.engine.take(Message::Card(CardEvent::CardArrived {
            reader: READER.into(),
        }));
        self.card(CardAnswer::Identified(CardIdentity {
            kind: CardKind::MyNumberCard,
            token: "JPKIAPICCTOKEN2".into(),
            pin_tries: Some(3),
            matching_number_tries: Some(10),
            certificate_not_after: i64::MAX,
            certificate_problem: None,
            card_expiry: expiry.map(str::to_owned),
            session: SESSION,
        }));
    }

    pub(super) fn press(&mut self, digits: &[u8]) {
        for digit in digits {
            self.engine.pressed(Input::Digit(*digit));
        }
        self.engine.pressed(Input::Confirm);
    }

    /// To the point where the card has been asked for its proof, after the PIN.
    pub(super) async fn reach_proof(&mut self) {
        self.lay();
        self.engine.pressed(Input::Pin);
        self.press(&[1, 2, 3, 4]);
        self.card(CardAnswer::Pin(VerifyOutcome::Accepted));
        self.until_card(|command| matches!(command, CardCommand::Prove { .. }))
            .await;
    }

    pub(super) async fn reach_consents(&mut self) {
        self.reach_proof().await;
        self.card(proof(SESSION));
        self.until("consenting").await;
    }

    pub(super) async fn results(&self) -> Vec<StoredResult> {
        self.desk
            .run(|ledger| ledger.newest_results(10))
            .await
            .unwrap()
            .unwrap()
    }

    pub(super) async fn queued(&self) -> usize {
        self.desk
            .run(|ledger| ledger.open_inquiries())
            .await
            .unwrap()
            .unwrap()
            .len()
    }

    /// The code on the patient's page.
    pub(super) fn trouble(&self) -> Option<&'static str> {
        match self.screen.borrow().page {
            kiosk::patient::Page::Trouble { code, .. } => Some(code),
            _ => None,
        }
    }
}

pub(super) fn proof(session: u64) -> CardAnswer {
    CardAnswer::Proof(CardProof {
        certificate_der: vec![1],
        signature: vec![2],
        surface: None,
        kind: ProofKind::AuthenticationKeyAfterPin,
        session,
    })
}

pub(super) fn photo(session: u64) -> CardAnswer {
    CardAnswer::Photo(card::CardPhoto {
        jp2: zeroize::Zeroizing::new(b"photo".to_vec()),
        binding: card::Binding {
            session,
            issuer_key_id: String::new(),
            signer_key_id: String::new(),
        },
    })
}
