//! Reference numbers (照会番号) in bulk, IF-009 to 012: begun as a job like the other bulk calls, its items are what became of each
//! registration. The numbers of the insurance are sent and not kept.

use central::CentralError;
use ledger::{BulkItem, BulkJob};
use oqs::bulk::{BulkDownloadRequest, BulkState};
use oqs::{ReferenceNumberRegistration, ReferenceNumberRequest, RegistrationOutcome};
use serde_json::{Value, json};

use super::bulk::number_of;
use super::request::Registration;
use super::{Counter, CounterError, Turn, must_be};
use crate::engine::Message;

/// Kind of these jobs in the ledger.
pub(super) const KIND: &str = "references";
/// How a reference number must be.
pub(super) const FORM: &str = "reference";
/// Most of those not registered that the list of jobs names.
const SHOWN: usize = 3;
/// Most registrations in one job.
const MOST: usize = 1000;

impl Counter {
    /// Begins to register many reference numbers.
    pub(super) async fn register_references(
        &self,
        turn: Turn,
        actor: &str,
        registrations: &[Registration],
    ) -> Result<Value, CounterError> {
        if registrations.is_empty() || registrations.len() > MOST {
            return Err(CounterError::field("registrations", "registrations"));
        }
        let mut all = Vec::with_capacity(registrations.len());
        for (line, one) in (1..).zip(registrations) {
            must_be("insurer_number", one.insurer_number.trim()).map_err(|e| e.on_line(line))?;
            must_be("number", one.number.trim()).map_err(|e| e.on_line(line))?;
            let registration = ReferenceNumberRegistration::new(
                &one.reference_number,
                &one.insurer_number,
                &one.symbol,
                &one.number,
                &one.branch,
            );
            let refused = |_| CounterError::field("reference_number", FORM).on_line(line);
            all.push(registration.map_err(refused)?);
        }
        let identifier = turn.identifier();
        let request = ReferenceNumberRequest::new(&self.institution_code, all, &identifier);
        let reception = self.central.begin_reference_bulk(&request).await?;
        let asked: Vec<_> = registrations
            .iter()
            .map(|one| one.reference_number.trim())
            .collect();
        let params = json!({"asked_by": actor, "identifier": identifier, "asked": asked});
        self.received(reception, &identifier, KIND, params).await
    }

    /// Asks once what became of them; all items and the end of the job are durable when it says finished.
    pub(super) async fn fetch_references(&self, job: &BulkJob) -> Result<BulkState, CentralError> {
        let request =
            BulkDownloadRequest::new(&self.institution_code, number_of(job), &Self::identifier());
        let answer = self.central.fetch_reference_bulk(&request).await?;
        let state = answer
            .header
            .as_ref()
            .map_or_else(no_header, oqs::MessageHeader::bulk_state);
        if state != BulkState::Finished {
            return Ok(state);
        }
        let announced = answer
            .header
            .as_ref()
            .and_then(|header| header.number_of_results.as_deref()?.trim().parse().ok());
        let units = answer.body.map(|body| body.units).unwrap_or_default();
        let params: Value = serde_json::from_str(&job.params_json).unwrap_or_default();
        let asked: Vec<String> = params["asked"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|number| number.as_str().map(str::to_owned))
            .collect();
        let items = items(&units, announced, asked).map_err(|detail| CentralError::BadAnswer {
            detail: detail.to_owned(),
        })?;
        let refused = refused(&items);
        let open = !refused.is_null();
        let mut params = params;
        if open {
            params["refused"] = refused;
        }
        let items: Vec<BulkItem> = (0..).zip(&items).map(|(n, item)| item.stored(n)).collect();
        let (id, now) = (job.id, self.clock.wall_ms());
        let written = self.ledger(move |ledger| {
            ledger.clear_bulk_items(id)?;
            // For the list of jobs, which opens no item.
            ledger.put_bulk_params(id, &params.to_string())?;
            ledger.finish_bulk(now, id, &items, &[])
        });
        written.await.map_err(|_| CentralError::taker_failed())?;
        if open {
            let code = "UK-VISIT-521";
            let _ = self.engine.send(Message::Alert { code }).await;
        }
        Ok(state)
    }
}

/// What became of one registration.
struct Outcome {
    reference: Option<String>,
    /// Its place in what was sent, from 1, where that is known.
    line: Option<usize>,
    registered: bool,
    /// Asked for, and the answer says nothing of it.
    missing: bool,
    code: Option<String>,
    message: Option<String>,
}

/// What became of each registration: those of the answer, then those that it does not name. `asked` are the numbers sent.
///
/// # Errors
/// It holds another number of registrations than it says, or one that was not asked for.
fn items(
    units: &[RegistrationOutcome],
    announced: Option<usize>,
    asked: Vec<String>,
) -> Result<Vec<Outcome>, &'static str> {
    if announced.is_some_and(|announced| announced != units.len()) {
        return Err("it holds another number of registrations than it says");
    }
    let known = !asked.is_empty();
    let mut asked: Vec<(usize, String)> = (1..).zip(asked).collect();
    let mut items = Vec::with_capacity(units.len());
    for unit in units {
        let reference = unit
            .registration
            .as_ref()
            .and_then(|registration| registration.reference_number.as_deref())
            .map(|number| number.trim().to_owned());
        let mut line = None;
        if let Some(number) = reference.as_ref().filter(|_| known) {
            let place = asked.iter().position(|(_, asked)| asked == number);
            let place = place.ok_or("it is about a registration that was not asked for")?;
            line = Some(asked.remove(place).0);
        }
        let said = |text: Option<&String>| text.map(|text| text.trim().to_owned());
        items.push(Outcome {
            registered: unit.is_registered(),
            missing: false,
            code: said(unit.processing_result_code.as_ref()),
            message: said(unit.processing_result_message.as_ref()),
            reference,
            line,
        });
    }
    items.extend(asked.into_iter().map(|(line, number)| Outcome {
        reference: Some(number),
        line: Some(line),
        registered: false,
        missing: true,
        code: None,
        message: None,
    }));
    Ok(items)
}

/// How many were not registered, and of the first of them the place in what was sent and the service's code and words (or nothing, where the answer
/// does not name it): nothing about a person. Null when all were.
fn refused(items: &[Outcome]) -> Value {
    let mut refused: Vec<_> = items.iter().filter(|item| !item.registered).collect();
    refused.sort_by_key(|item| item.line);
    if refused.is_empty() {
        return Value::Null;
    }
    let first: Vec<Value> = refused
        .iter()
        .take(SHOWN)
        .map(|item| {
            let said = |text: &Option<String>| text.clone().unwrap_or_default();
            let said = format!("{} {}", said(&item.code), said(&item.message));
            json!({"line": item.line, "said": said.trim()})
        })
        .collect();
    json!({"count": refused.len(), "first": first})
}

impl Outcome {
    fn stored(&self, n: u32) -> BulkItem {
        let mut body = json!({
            "reference_number": self.reference,
            "registered": self.registered,
            "service_code": self.code,
            "service_message": self.message,
        });
        if self.missing {
            body["missing"] = true.into();
        }
        BulkItem {
            n,
            who: self.reference.clone().unwrap_or_default(),
            body_json: body.to_string(),
        }
    }
}

fn no_header() -> BulkState {
    BulkState::Failed {
        code: String::new(),
        message: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(number: &str, status: &str) -> RegistrationOutcome {
        RegistrationOutcome {
            processing_result_status: Some(oqs::ProcessingStatus::from_code(status)),
            registration: ReferenceNumberRegistration::new(number, "06123456", "1", "2", "").ok(),
            ..RegistrationOutcome::default()
        }
    }

    #[test]
    fn every_registration_asked_for_is_accounted_for() {
        let asked = || ["P-1", "P-2", "P-2", "P-3"].map(str::to_owned).to_vec();
        let units = [unit("P-2", "1"), unit("P-1", "2")];
        let found = items(&units, Some(2), asked()).unwrap();
        let words: Vec<_> = found
            .iter()
            .map(|one| {
                (
                    one.reference.as_deref().unwrap(),
                    one.registered,
                    one.missing,
                )
            })
            .collect();
        assert_eq!(
            words,
            [
                ("P-2", true, false),
                ("P-1", false, false),
                ("P-2", false, true),
                ("P-3", false, true)
            ]
        );
        assert!(found[3].stored(3).body_json.contains("\"missing\":true"));
        let lines: Vec<_> = found.iter().map(|one| one.line).collect();
        assert_eq!(lines, [Some(2), Some(1), Some(3), Some(4)]);
        let told = refused(&found);
        assert_eq!(told["count"], 3);
        assert_eq!(told["first"][0], json!({"line": 1, "said": ""}));
        assert!(refused(&found[..1]).is_null(), "all are registered");
        assert!(items(&units, Some(4), asked()).is_err(), "998 of 1,000");
        assert!(items(&[unit("P-9", "1")], None, asked()).is_err());
        assert_eq!(items(&units, None, Vec::new()).unwrap().len(), 2);
    }
}
