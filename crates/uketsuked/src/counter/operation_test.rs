//! The operation test (運用テスト): each capability once against the service the terminal is configured for (its test
//! environment, during set-up), with a sheet of results. It looks nobody up: searches use numbers that belong to no
//! one, and nothing is changed but what is set back.

use std::time::{Duration, Instant};

use central::{BulkCall, BulkRequest, BulkTaker};
use kiosk::staff::said;
use oqs::assumed::{InsuranceUseRequest, PasscodeRequest, ReinquiryRequest};
use oqs::bulk::{BulkDownloadRequest, BulkState, TicketSearchRequest};
use oqs::{CareKind, CheckupsRequest, MedicinesRequest, Month, QualificationRequest};
use serde_json::{Value, json};

use super::operation_steps::{not_finished, not_used, reception_of};
use super::request::{Care, Numbers};
use super::{Counter, CounterError};

/// An identifier that the service gave to no card.
pub(super) const NOBODY: &str = "UNYO-TEST";

/// Looks at a bulk result, and the pause between them.
const LOOKS: u32 = 30;
const PAUSE: Duration = Duration::from_secs(1);

/// One line of the sheet.
pub(super) struct Line {
    /// Key of what it is called.
    pub(super) step: &'static str,
    pub(super) outcome: Result<String, CounterError>,
    pub(super) ms: u128,
}

impl Counter {
    /// Runs all steps, also after one that failed.
    pub(super) async fn operation_test(&self) -> Result<Value, CounterError> {
        let mut lines = Vec::new();
        let mut note = |step, begun: Instant, outcome: Result<String, CounterError>| {
            lines.push(Line {
                step,
                outcome,
                ms: begun.elapsed().as_millis(),
            });
        };
        let begun = Instant::now();
        let warm = self.visits.warm().await;
        note(
            "operation-connection",
            begun,
            warm.map(|()| String::new()).map_err(Into::into),
        );

        let begun = Instant::now();
        let nonce = self.visits.nonce().await;
        let nonce = nonce.map(|nonce| oqs::time::to_jst(nonce.server_time));
        note(
            "operation-card-confirmation",
            begun,
            nonce.map_err(Into::into),
        );

        let begun = Instant::now();
        let outcome = self.nobody("06999999", "9999999", "19000101").await;
        note("operation-qualification", begun, outcome);

        let begun = Instant::now();
        let outcome = self.nobody("12999999", "9999999", "").await;
        note("operation-assistance", begun, outcome);

        let begun = Instant::now();
        let settings = self.settings().await;
        let known = settings.as_ref().ok().cloned();
        let assistance = settings
            .as_ref()
            .ok()
            .and_then(|s| s["medical_assistance"].as_bool());
        let outcome = match (settings, assistance) {
            (Err(error), _) => Err(error),
            (Ok(_), Some(true)) => Ok(said("operation-assistance-on", &[]).beside()),
            (Ok(_), _) => Err(CounterError::assistance_off()),
        };
        note("operation-settings", begun, outcome);

        let begun = Instant::now();
        let month: Month = self.today().chars().take(6).collect::<String>().into();
        let request = BulkRequest::Tickets(TicketSearchRequest::new(
            &self.institution_code,
            &month,
            &Self::identifier(),
        ));
        let taken = self.central.begin_bulk(&request).await;
        let outcome = taken
            .map_err(CounterError::from)
            .and_then(|reception| reception_of(&reception));
        let reception = outcome.as_ref().ok().cloned();
        note("operation-tickets-begun", begun, outcome);
        if let Some(reception) = reception {
            let begun = Instant::now();
            let outcome = self.second_phase(&reception).await;
            note("operation-tickets-fetched", begun, outcome);
        }

        if !self.qualification_only {
            let begun = Instant::now();
            let outcome = self.medicines_of_nobody().await;
            note("operation-medicines", begun, outcome);
            let begun = Instant::now();
            let outcome = self.checkups_of_nobody().await;
            note("operation-checkups", begun, outcome);
        }

        let begun = Instant::now();
        let request = InsuranceUseRequest::new(&self.institution_code, NOBODY, &Self::identifier());
        let answer = self.visits.register_insurance_use(&request).await;
        // The call is known, and nobody was registered.
        let outcome = answer
            .map_err(CounterError::from)
            .and_then(|answer| super::lookup::said_no_to_the_person(&answer));
        note("operation-insurance-use", begun, outcome);

        let begun = Instant::now();
        let url = self.access_url(Care::Online, false).await;
        note(
            "operation-mobile-page",
            begun,
            url.map(|u| u["url"].as_str().unwrap_or_default().to_owned()),
        );

        let begun = Instant::now();
        let used = known
            .as_ref()
            .is_some_and(|known| known["visiting_care"] == true);
        let outcome = if used {
            self.reinquire_nobody().await
        } else {
            Ok(not_used())
        };
        note("operation-reinquiry-visiting", begun, outcome);

        let begun = Instant::now();
        let outcome = self.register_nobody().await;
        note("operation-reference-number", begun, outcome);

        let begun = Instant::now();
        let request = PasscodeRequest::new(&self.institution_code, &Self::identifier());
        let told = self.central.passcode(&request).await;
        let outcome = told.map_err(CounterError::from).and_then(|answer| {
            let given = answer.passcode().map(|(_, until)| until);
            // The passcode itself is told to nobody.
            given
                .map(|until| until.map(oqs::time::to_jst).unwrap_or_default())
                .ok_or_else(|| CounterError::said_no("", ""))
        });
        note("operation-passcode", begun, outcome);

        let begun = Instant::now();
        let openings = self.openings().await;
        note(
            "operation-openings",
            begun,
            openings.map(|open| openings_in_words(&open)),
        );

        lines.extend(self.further_steps(known.as_ref()).await);
        let sheet: Vec<Value> = lines
            .iter()
            .map(|line| {
                let words = said(line.step, &[]);
                let mut row = json!({
                    "ja": words.ja,
                    "en": words.en,
                    "ok": line.outcome.is_ok(),
                    "ms": u64::try_from(line.ms).unwrap_or(u64::MAX),
                });
                match &line.outcome {
                    Ok(detail) => row["detail"] = detail.as_str().into(),
                    Err(error) => row["error"] = error.json()["error"].clone(),
                }
                row
            })
            .collect();
        let ok = lines.iter().all(|line| line.outcome.is_ok());
        Ok(json!({
            "ok": ok,
            "at": oqs::time::to_jst(self.clock.wall_ms()),
            "simulated": self.simulated,
            "institution_code": self.institution_code,
            "sheet": sheet,
        }))
    }

    /// Looks at the bulk result until it is there.
    async fn second_phase(&self, reception: &str) -> Result<String, CounterError> {
        for _ in 0..LOOKS {
            let request =
                BulkDownloadRequest::new(&self.institution_code, reception, &Self::identifier());
            let taker: BulkTaker = Box::new(|_| Ok(()));
            let fetched = (self.central)
                .fetch_bulk(BulkCall::Tickets, &request, taker)
                .await?;
            match fetched.state {
                BulkState::Finished => {
                    let count = fetched.persons.to_string();
                    return Ok(said("operation-persons", &[("count", &count)]).beside());
                }
                BulkState::Working => tokio::time::sleep(PAUSE).await,
                BulkState::Failed { code, message } => {
                    return Err(CounterError::said_no(&code, &message));
                }
            }
        }
        Err(not_finished())
    }

    /// Medical information must not be given without a consent (invariant 1 holds on the service's side too).
    async fn medicines_of_nobody(&self) -> Result<String, CounterError> {
        let month: String = self.today().chars().take(6).collect();
        let request = MedicinesRequest::for_card_visit(
            &self.institution_code,
            NOBODY,
            &month,
            &month,
            &Self::identifier(),
        );
        let answer = self.visits.medicines(&request).await?;
        let body = answer.body.as_ref();
        refused_as_it_should(
            body.and_then(|b| b.result_code.as_deref()),
            body.and_then(|b| b.message_contents.as_deref()),
        )
    }

    async fn checkups_of_nobody(&self) -> Result<String, CounterError> {
        let request =
            CheckupsRequest::for_card_visit(&self.institution_code, NOBODY, &Self::identifier());
        let answer = self.visits.checkups_of_visit(&request).await?;
        let body = answer.body.as_ref();
        refused_as_it_should(
            body.and_then(|b| b.result_code.as_deref()),
            body.and_then(|b| b.message_contents.as_deref()),
        )
    }

    /// A re-inquiry that must find nobody.
    async fn reinquire_nobody(&self) -> Result<String, CounterError> {
        let numbers = nobodys("06999999", "9999999", "19000101");
        let identifier = Self::identifier();
        let search = super::lookup::search(&numbers, &identifier);
        let care = CareKind::Visiting;
        let request = ReinquiryRequest::new(
            &self.institution_code,
            &self.today(),
            care.clone(),
            search,
            &identifier,
        );
        let answer = self.central.reinquire(&care, &request).await?;
        super::lookup::nobody_found(&answer)
    }

    /// A reference number for nobody: the service must know the call and say no to the person.
    async fn register_nobody(&self) -> Result<String, CounterError> {
        let numbers = nobodys("06999999", "9999999", "");
        match self.register_reference("UNYO-TEST", &numbers).await {
            Err(error) if error.code == "UK-VISIT-504" => {
                Ok(error.service.map(|(code, _)| code).unwrap_or_default())
            }
            Err(error) => Err(error),
            Ok(_) => Err(somebody()),
        }
    }

    /// A search that must find nobody; nothing of it is stored.
    async fn nobody(
        &self,
        insurer: &str,
        number: &str,
        born: &str,
    ) -> Result<String, CounterError> {
        let numbers = nobodys(insurer, number, born);
        let request = QualificationRequest::by_numbers(
            &self.institution_code,
            &self.today(),
            &numbers.lookup(),
            &Self::identifier(),
        );
        let answer = self.central.lookup(&request).await?;
        super::lookup::nobody_found(&answer)
    }
}

/// What is open now, in both languages.
fn openings_in_words(open: &Value) -> String {
    let each = [
        ("disaster", "operation-open-disaster"),
        ("outage", "operation-open-outage"),
        ("emergency_authority", "operation-open-emergency"),
    ];
    let words = kiosk::Words::each(|lang| {
        let parts = each.map(|(name, key)| {
            let state = if open[name] == true { "yes" } else { "no" };
            said(key, &[("open", state)]).get(lang).to_owned()
        });
        let between = said("operation-between", &[]);
        parts.join(between.get(lang))
    });
    words.beside()
}

pub(super) fn nobodys(insurer: &str, number: &str, born: &str) -> Numbers {
    Numbers {
        insurer_number: insurer.to_owned(),
        number: number.to_owned(),
        birth_date: born.to_owned(),
        ..Numbers::default()
    }
}

/// The service processed the request and refused it in words; anything else is no refusal.
pub(super) fn refused_as_it_should(
    code: Option<&str>,
    words: Option<&str>,
) -> Result<String, CounterError> {
    fn said(text: Option<&str>) -> Option<&str> {
        text.map(str::trim).filter(|text| !text.is_empty())
    }
    match (said(code).map(str::to_owned), said(words)) {
        (Some(code), _) if code == "1" => Err(somebody()),
        (Some(_), Some(words)) => Ok(words.to_owned()),
        (code, _) => Err(CounterError::said_no(&code.unwrap_or_default(), "")),
    }
}

pub(super) fn somebody() -> CounterError {
    CounterError::of("UK-VISIT-507")
}

#[cfg(test)]
mod tests {
    use super::super::lookup::said_no_to_the_person;
    use super::*;
    use oqs::Message as _;

    #[test]
    fn a_no_counts_only_when_the_service_has_processed_the_message_and_says_why() {
        assert!(refused_as_it_should(Some("9"), Some("同意がありません（SIM-K01）")).is_ok());
        assert_eq!(
            refused_as_it_should(Some("1"), Some("")).unwrap_err().code,
            "UK-VISIT-507",
            "it was given"
        );
        assert!(refused_as_it_should(None, None).is_err(), "an empty body");
        assert!(
            refused_as_it_should(Some("9"), None).is_err(),
            "no word of why"
        );
        let said = |segment: &str, body: &str| {
            let text = format!(
                r#"{{"XmlMsg":{{"MessageHeader":{{"SegmentOfResult":"{segment}"}},"MessageBody":{{{body}}}}}}}"#
            );
            let answer = oqs::assumed::StatusAnswer::from_json(text.as_bytes()).unwrap();
            said_no_to_the_person(&answer)
        };
        let no = r#""ProcessingResultStatus":"2","ProcessingResultCode":"SIM-L01""#;
        assert!(said("1", no).is_ok());
        assert!(
            said("9", no).is_err(),
            "the message failed: nothing was tested"
        );
        assert!(said("1", r#""ProcessingResultStatus":"2""#).is_err());
        assert!(
            said("1", r#""ProcessingResultStatus":"1""#).is_err(),
            "it was done"
        );
    }
}
