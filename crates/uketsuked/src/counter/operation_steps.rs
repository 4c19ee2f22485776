//! Steps of the operation test beside the first calls: consents and their withdrawal, bulk registration, settings, medical kinds, special searches,
//! emergency viewing. Everything is asked about nobody; a "no" counts only when the service has processed the message and says so.

use std::time::{Duration, Instant};

use central::{BulkRequest, CentralError};
use kiosk::staff::said;
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
use super::request::Special;
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
        let mut note = |step, outcome: Outcome| {
            lines.push(Line {
                step,
                outcome,
                ms: begun.elapsed().as_millis(),
            });
            begun = Instant::now();
        };
        for (care, used, step) in [
            (
                CareKind::Visiting,
                on("visiting_care"),
                "operation-consents-visiting",
            ),
            (
                CareKind::Online,
                on("online_care"),
                "operation-consents-online",
            ),
        ] {
            let outcome = if used {
                self.consents_begin(care).await
            } else {
                Ok(not_used())
            };
            note(step, outcome);
        }
        let outcome = if on("online_care") {
            self.reinquire_online().await
        } else {
            Ok(not_used())
        };
        note("operation-reinquiry-online", outcome);
        note("operation-withdrawal", self.withdraw_nobody().await);
        note(
            "operation-reference-numbers",
            self.references_of_nobody().await,
        );
        note(
            "operation-settings-update",
            self.settings_as_they_are(settings).await,
        );
        if !self.qualification_only {
            for (kind, step) in [
                (ConsentKind::Treatment, "operation-treatment"),
                (ConsentKind::Operations, "operation-operations"),
            ] {
                note(step, self.list_of_nobody(kind).await);
            }
            note(
                "operation-visiting-care",
                self.visiting_list_of_nobody().await,
            );
            note("operation-emergency", self.emergency_of_nobody().await);
        }
        for (step, mode) in [
            ("operation-disaster", Special::Disaster),
            ("operation-outage", Special::Outage),
        ] {
            note(step, self.special_of_nobody(mode).await);
        }
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
            name: typed("operation-nobody-name"),
            birthdate: Some("19000101".into()),
            sex: Some(Sex::from_code("1")),
            address: typed("operation-nobody-operator"),
            information: Some(InformationRequest::EmergencyFull),
            operator: typed("operation-nobody-operator"),
            reason: typed("operation-nobody-reason"),
            factor: Some(FactorElement::from_code("3")),
            method: Some("02".to_owned()),
            ..EmergencyRequestBody::default()
        };
        let request = EmergencyRequest::new(&self.institution_code, body, &Self::identifier());
        let answer = self.central.emergency(&request).await?;
        let words = no_information(&answer)?;
        let key = if authority {
            "operation-authority-yes"
        } else {
            "operation-authority-no"
        };
        Ok(format!("{} {words}", said(key, &[]).beside()))
    }

    async fn special_of_nobody(&self, mode: Special) -> Outcome {
        let (openings, now) = (self.central.openings().await?, self.clock.wall_ms());
        let open = match mode {
            Special::Disaster => openings.disaster_open(now),
            Special::Outage => openings.outage_open(now),
        };
        let body = SpecialInquiryRequestBody {
            name: typed("operation-nobody-name"),
            birthdate: Some("19000101".into()),
            sex: Some(Sex::from_code("1")),
            address: typed("operation-nobody-operator"),
            mode: Some(mode.word().to_owned()),
            operator: typed("operation-nobody-operator"),
            reason: typed("operation-nobody-reason"),
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

/// What the test types in for nobody, in the service's language.
fn typed(key: &str) -> Option<String> {
    Some(said(key, &[]).ja)
}

pub(super) fn not_used() -> String {
    said("operation-not-used", &[]).beside()
}

pub(super) fn not_finished() -> CounterError {
    CounterError::from(CentralError::Unreachable {
        cause: central::UnreachableCause::Timeout,
        detail: "a bulk job was not finished in time".to_owned(),
    })
}
