//! Reference numbers (照会番号) in bulk, IF-009 to 012: begun as a job like the other bulk calls, its items are what became of each
//! registration. The numbers of the insurance are sent and not kept.

use central::CentralError;
use ledger::{BulkItem, BulkJob};
use oqs::bulk::{BulkDownloadRequest, BulkState};
use oqs::{ReferenceNumberRegistration, ReferenceNumberRequest, RegistrationOutcome};
use serde_json::{Value, json};

use super::bulk::number_of;
use super::request::Registration;
use super::{Counter, CounterError, Turn};

/// Kind of these jobs in the ledger.
pub(super) const KIND: &str = "references";
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
            return Err(CounterError::input());
        }
        let mut all = Vec::with_capacity(registrations.len());
        for one in registrations {
            if one.insurer_number.trim().is_empty() || one.number.trim().is_empty() {
                return Err(CounterError::input());
            }
            let registration = ReferenceNumberRegistration::new(
                &one.reference_number,
                &one.insurer_number,
                &one.symbol,
                &one.number,
                &one.branch,
            );
            all.push(registration.map_err(|_| CounterError::input())?);
        }
        let identifier = turn.identifier();
        let request = ReferenceNumberRequest::new(&self.institution_code, all, &identifier);
        let reception = self.central.begin_reference_bulk(&request).await?;
        let params = json!({"asked_by": actor, "identifier": identifier});
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
        let units = answer.body.map(|body| body.units).unwrap_or_default();
        let items: Vec<BulkItem> = (0..).zip(&units).map(|(n, unit)| item(n, unit)).collect();
        let (id, now) = (job.id, self.clock.wall_ms());
        let written = self.ledger(move |ledger| {
            ledger.add_bulk_items(id, &items)?;
            ledger.end_bulk(now, id, None)
        });
        written.await.map_err(|_| CentralError::taker_failed())?;
        Ok(state)
    }
}

fn no_header() -> BulkState {
    BulkState::Failed {
        code: String::new(),
        message: String::new(),
    }
}

fn item(n: u32, unit: &RegistrationOutcome) -> BulkItem {
    let reference = unit
        .registration
        .as_ref()
        .and_then(|registration| registration.reference_number.as_deref());
    let said = |text: Option<&String>| text.map(|text| text.trim().to_owned());
    BulkItem {
        n,
        who: reference.unwrap_or_default().to_owned(),
        body_json: json!({
            "reference_number": reference,
            "registered": unit.is_registered(),
            "service_code": said(unit.processing_result_code.as_ref()),
            "service_message": said(unit.processing_result_message.as_ref()),
        })
        .to_string(),
    }
}
