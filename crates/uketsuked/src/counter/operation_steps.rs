//! Steps of the operation test beside the first calls: consents and their withdrawal, bulk registration, settings, medical kinds, special searches,
//! emergency viewing. Everything is asked about nobody; a "no" counts only when the service has processed the message and says so.

use std::time::{Duration, Instant};

use central::{BulkRequest, CentralError};
use oqs::assumed::{
    EmergencyRequest, EmergencyRequestBody, InformationAnswer, ReinquiryRequest,
    SpecialInquiryRequest, SpecialInquiryRequestBody, WithdrawalRequest,
};
use oqs::bulk::{BulkDownloadRequest, BulkState, ConsentSearchPeriod, ConsentSearchRequest};
use oqs::{
    CareKind, CheckupsRequest, ConsentKind, FactorElement, InformationRequest,
    ReferenceNumberRegistration, ReferenceNumberRequest, Sex, WithdrawalReason,
};
use serde_json::Value;

use super::operation_test::{Line, NOBODY, nobodys, refused_as_it_should, somebody};
use super::{Counter, CounterError};

/// Looks at a bulk job, and the pause between them.
const LOOKS: u32 = 30;
const PAUSE: Duration = Duration::from_secs(1);

type Outcome = Result<String, CounterError>;

impl Counter {
    /// The further lines of the sheet. `settings` are those of the institution as the service gave them.
    pub(super) async fn further_steps(&self, settings: Option<&Value>) -> Vec<Line> {
        let mut lines = Vec::new();
        let on = |name: &str| settings.is_some_and(|settings| settings[name] == true);
        let mut begun = Instant::now();
        let mut note = |ja, en, outcome: Outcome| {
            lines.push(Line {
                ja,
                en,
                outcome,
                ms: begun.elapsed().as_millis(),
            });
            begun = Instant::now();
        };
        for (care, used, ja, en) in [
            (
                CareKind::Visiting,
                on("visiting_care"),
                "同意済資格情報の一括取得（訪問診療等、受付）",
                "bulk fetch of consents to visiting care, first phase",
            ),
            (
                CareKind::Online,
                on("online_care"),
                "同意済資格情報の一括取得（オンライン診療等、受付）",
                "bulk fetch of consents to online care, first phase",
            ),
        ] {
            let outcome = if used {
                self.consents_begin(care).await
            } else {
                Ok(not_used())
            };
            note(ja, en, outcome);
        }
        let outcome = if on("online_care") {
            self.reinquire_online().await
        } else {
            Ok(not_used())
        };
        note(
            "再照会（該当なしの番号、オンライン診療等）",
            "re-inquiry by numbers of nobody, online care",
            outcome,
        );
        note(
            "閲覧同意取り消し（該当なしの番号が断られること）",
            "withdrawal of a consent (of nobody: must be refused)",
            self.withdraw_nobody().await,
        );
        note(
            "照会番号一括登録（該当なしの番号、結果まで）",
            "reference numbers in bulk (of nobody), both phases",
            self.references_of_nobody().await,
        );
        note(
            "環境設定の更新（いまの値のまま）",
            "update of the settings (as they are)",
            self.settings_as_they_are(settings).await,
        );
        if !self.qualification_only {
            for (kind, ja, en) in [
                (
                    ConsentKind::Treatment,
                    "診療情報（同意のない照会が断られること、想定の方式）",
                    "treatment (asked without a consent: must be refused; assumed form)",
                ),
                (
                    ConsentKind::Operations,
                    "手術情報（同意のない照会が断られること、想定の方式）",
                    "operations (asked without a consent: must be refused; assumed form)",
                ),
            ] {
                note(ja, en, self.list_of_nobody(kind).await);
            }
            note(
                "訪問診療等の医療情報（同意のない照会が断られること）",
                "medical information of visiting care (asked without a consent: must be refused)",
                self.visiting_list_of_nobody().await,
            );
            note(
                "救急時医療情報閲覧（権限がなければ断られ、あれば該当なしとなること）",
                "emergency viewing (refused without the authority, nobody found with it)",
                self.emergency_of_nobody().await,
            );
        }
        note(
            "災害時の照会（開放中でなければ断られ、開放中なら該当なしとなること）",
            "disaster search (refused while it is not open, nobody found while it is)",
            self.special_of_nobody().await,
        );
        lines
    }

    async fn consents_begin(&self, care: CareKind) -> Outcome {
        let today = self.today();
        let period = ConsentSearchPeriod::Consented(today.as_str().into(), today.as_str().into());
        let search = ConsentSearchRequest::new(
            &self.institution_code,
            care.clone(),
            period,
            &Self::identifier(),
        );
        let request = BulkRequest::Consented(care, search);
        let reception = self.central.begin_bulk(&request).await?;
        reception_of(&reception)
    }

    async fn reinquire_online(&self) -> Outcome {
        let identifier = Self::identifier();
        let numbers = nobodys("06999999", "9999999", "19000101");
        let request = ReinquiryRequest::new(
            &self.institution_code,
            &self.today(),
            CareKind::Online,
            super::lookup::search(&numbers, &identifier),
            &identifier,
        );
        let answer = self.central.reinquire(&CareKind::Online, &request).await?;
        super::lookup::nobody_found(&answer)
    }

    async fn withdraw_nobody(&self) -> Outcome {
        let identifier = Self::identifier();
        let numbers = nobodys("06999999", "9999999", "19000101");
        let request = WithdrawalRequest::new(
            &self.institution_code,
            CareKind::Visiting,
            super::lookup::search(&numbers, &identifier),
            Vec::new(),
            WithdrawalReason::ByInstitution,
            &identifier,
        );
        let answer = self.central.withdraw(&request).await?;
        super::lookup::said_no_to_the_person(&answer)
    }

    async fn references_of_nobody(&self) -> Outcome {
        let one = ReferenceNumberRegistration::new(NOBODY, "06999999", "", "9999999", "")
            .map_err(|_| CounterError::input())?;
        let request =
            ReferenceNumberRequest::new(&self.institution_code, vec![one], &Self::identifier());
        let reception = reception_of(&self.central.begin_reference_bulk(&request).await?)?;
        for _ in 0..LOOKS {
            let request =
                BulkDownloadRequest::new(&self.institution_code, &reception, &Self::identifier());
            let answer = self.central.fetch_reference_bulk(&request).await?;
            let state = answer.header.as_ref().map(oqs::MessageHeader::bulk_state);
            match state {
                Some(BulkState::Working) => tokio::time::sleep(PAUSE).await,
                Some(BulkState::Finished) => {
                    let units = answer.body.map(|body| body.units).unwrap_or_default();
                    let [unit] = units.as_slice() else {
                        return Err(CounterError::said_no("", ""));
                    };
                    if unit.is_registered() {
                        return Err(somebody());
                    }
                    return Ok(unit.processing_result_code.clone().unwrap_or_default());
                }
                Some(BulkState::Failed { code, message }) => {
                    return Err(CounterError::said_no(&code, &message));
                }
                None => return Err(CounterError::said_no("", "")),
            }
        }
        Err(not_finished())
    }

    async fn settings_as_they_are(&self, settings: Option<&Value>) -> Outcome {
        let told = |name: &str| settings.and_then(|settings| settings[name].as_bool());
        let assistance = told("medical_assistance");
        if assistance.is_none() {
            return Err(CounterError::said_no("", ""));
        }
        let after = self.update_settings(assistance, None, None).await?;
        if after["medical_assistance"].as_bool() != assistance {
            return Err(CounterError::said_no("", ""));
        }
        Ok(String::new())
    }

    async fn list_of_nobody(&self, kind: ConsentKind) -> Outcome {
        let request =
            CheckupsRequest::of_kind(kind, &self.institution_code, NOBODY, &Self::identifier());
        let answer = self.visits.checkups_of_visit(&request).await?;
        let body = answer.body.as_ref();
        refused_as_it_should(
            body.and_then(|b| b.result_code.as_deref()),
            body.and_then(|b| b.message_contents.as_deref()),
        )
    }

    async fn visiting_list_of_nobody(&self) -> Outcome {
        let numbers = nobodys("06999999", "9999999", "19000101");
        let request = CheckupsRequest::by_numbers(
            ConsentKind::Checkups,
            &self.institution_code,
            CareKind::Visiting,
            &numbers.lookup(),
            &Self::identifier(),
        );
        let answer = self.central.checkups(&request).await?;
        let body = answer.body.as_ref();
        refused_as_it_should(
            body.and_then(|b| b.result_code.as_deref()),
            body.and_then(|b| b.message_contents.as_deref()),
        )
    }

    /// Recorded like any emergency viewing would be: the operator is the test.
    async fn emergency_of_nobody(&self) -> Outcome {
        let authority = self.central.openings().await?.emergency_authority();
        let body = EmergencyRequestBody {
            name: Some("運用　テスト".to_owned()),
            birthdate: Some("19000101".into()),
            sex: Some(Sex::from_code("1")),
            address: Some("運用テスト".to_owned()),
            information: Some(InformationRequest::EmergencyFull),
            operator: Some("運用テスト".to_owned()),
            reason: Some("運用テスト（該当者なし）".to_owned()),
            factor: Some(FactorElement::from_code("3")),
            method: Some("02".to_owned()),
            ..EmergencyRequestBody::default()
        };
        let request = EmergencyRequest::new(&self.institution_code, body, &Self::identifier());
        let answer = self.central.emergency(&request).await?;
        let words = no_information(&answer)?;
        let flag = if authority {
            "権限あり / authority: yes"
        } else {
            "権限なし / authority: no"
        };
        Ok(format!("{flag} {words}"))
    }

    async fn special_of_nobody(&self) -> Outcome {
        let open = self
            .central
            .openings()
            .await?
            .disaster_open(self.clock.wall_ms());
        let body = SpecialInquiryRequestBody {
            name: Some("運用　テスト".to_owned()),
            birthdate: Some("19000101".into()),
            sex: Some(Sex::from_code("1")),
            address: Some("運用テスト".to_owned()),
            mode: Some("disaster".to_owned()),
            operator: Some("運用テスト".to_owned()),
            reason: Some("運用テスト（該当者なし）".to_owned()),
            oral_consent: Some("0".to_owned()),
            ..SpecialInquiryRequestBody::default()
        };
        let request = SpecialInquiryRequest::new(
            &self.institution_code,
            &self.today(),
            body,
            &Self::identifier(),
        );
        let answer = self.central.special_inquiry(&request).await?;
        if open {
            return super::lookup::nobody_found(&answer);
        }
        match super::lookup::refused(&answer) {
            Err(error) => with_a_code(error),
            Ok(()) => Err(somebody()),
        }
    }
}

/// The first phase gave a number.
pub(super) fn reception_of(reception: &oqs::bulk::BulkReception) -> Outcome {
    match reception.reception_number() {
        Some(number) => Ok(number.to_owned()),
        None => {
            let header = reception.header.clone().unwrap_or_default();
            Err(CounterError::said_no(
                header.error_code.as_deref().unwrap_or(""),
                header.error_message.as_deref().unwrap_or(""),
            ))
        }
    }
}

/// A "no" of the service that names its code is what the step wants.
fn with_a_code(error: CounterError) -> Outcome {
    match &error.service {
        Some((code, _)) if !code.is_empty() => Ok(code.clone()),
        _ => Err(error),
    }
}

fn no_information(answer: &InformationAnswer) -> Outcome {
    let body = answer.body.as_ref();
    refused_as_it_should(
        body.and_then(|b| b.result_code.as_deref()),
        body.and_then(|b| b.message_contents.as_deref()),
    )
}

pub(super) fn not_used() -> String {
    "環境設定で利用しない / switched off in the settings".to_owned()
}

pub(super) fn not_finished() -> CounterError {
    CounterError::from(CentralError::Unreachable {
        cause: central::UnreachableCause::Timeout,
        detail: "a bulk job was not finished in time".to_owned(),
    })
}
