//! Where the persons of a bulk answer arrive: each passes the withholding of invariant 6, is compared with the open
//! follow-ups by what was raw, and goes into the ledger with its batch.

use ledger::{BulkItem, BulkJob};
use oqs::bulk::{BulkConfirmUnit, BulkPart};
use oqs::delivery::Deliverable;
use oqs::{MessageHeader, OqsError, QualificationAnswer};

use super::{Counter, marks, settle};

/// Persons written in one transaction.
const BATCH: usize = 100;

/// Takes the parts of one download on the parser's thread.
pub(super) struct Intake {
    counter: Counter,
    job: u64,
    kind: String,
    /// The month asked for, yyyyMM; empty where none was.
    month: String,
    open: marks::Open,
    header: MessageHeader,
    /// What has not been written yet.
    pub(super) batch: Vec<BulkItem>,
    /// How many have come.
    pub(super) placed: u32,
    /// Follow-ups that tickets fit.
    pub(super) settled: Vec<settle::Settled>,
}

impl Intake {
    pub(super) fn new(counter: Counter, job: &BulkJob, open: marks::Open) -> Self {
        Self {
            counter,
            job: job.id,
            kind: job.kind.clone(),
            month: month_of(job),
            open,
            header: MessageHeader::default(),
            batch: Vec::with_capacity(BATCH),
            placed: 0,
            settled: Vec::new(),
        }
    }

    /// Takes one part.
    pub(super) fn take(&mut self, part: BulkPart) -> Result<(), OqsError> {
        match part {
            BulkPart::Header(header) => {
                self.header = *header;
                Ok(())
            }
            BulkPart::Unit(unit) => self.unit(*unit),
        }
    }

    fn unit(&mut self, unit: BulkConfirmUnit) -> Result<(), OqsError> {
        // The header may come after the persons: what is judged by it is our own code in any case, and the client
        // refuses an answer for another institution as a whole.
        let institution = &self.counter.institution_code;
        self.header.medical_institution_code = Some(institution.clone());
        let answer = unit.into_answer(&self.header);
        let mut deliverable = Deliverable::from_answer(&answer, institution);
        for (index, raw) in answer.results().iter().enumerate() {
            let shown = deliverable.results().get(index);
            let entrusted = !deliverable.is_unentrusted(index);
            if let Some(shown) = shown.filter(|shown| entrusted && !shown.tickets.is_empty()) {
                let fits = self.open.fits(raw, shown, &self.month);
                let settled = fits
                    .into_iter()
                    .map(|(result, follow_up, fit)| settle::Settled {
                        follow_up,
                        result: result.to_owned(),
                        fit,
                        item: self.placed,
                    });
                self.settled.extend(settled);
            }
        }
        if self.counter.simulated {
            deliverable.mark_simulated();
        }
        self.batch.push(BulkItem {
            n: self.placed,
            who: who(&answer),
            body_json: deliverable.to_json(),
        });
        self.placed = self.placed.saturating_add(1);
        if self.batch.len() >= BATCH {
            return self.flush();
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), OqsError> {
        let items = std::mem::take(&mut self.batch);
        let job = self.job;
        let written = self
            .counter
            .desk
            .run_blocking(move |ledger| ledger.add_bulk_items(job, &items));
        match written {
            Ok(Ok(())) => {
                self.counter
                    .progress(job, &self.kind, "received", self.placed.into());
                Ok(())
            }
            Ok(Err(error)) => {
                tracing::error!(
                    code = error.code(),
                    job,
                    "persons of a bulk answer were not stored"
                );
                Err(OqsError::Stopped)
            }
            Err(_) => Err(OqsError::Stopped),
        }
    }
}

fn month_of(job: &BulkJob) -> String {
    let params: serde_json::Value = serde_json::from_str(&job.params_json).unwrap_or_default();
    params["month"].as_str().unwrap_or_default().to_owned()
}

/// Whom and which tickets a unit is about: the same text in two fetches for the same person and tickets. Only a keyed
/// hash of it is kept.
fn who(answer: &QualificationAnswer) -> String {
    let mut parts = Vec::new();
    for result in answer.results() {
        parts.push(result.insurer_number_trimmed().unwrap_or_default());
        parts.push(
            result
                .insured_identification_number
                .as_deref()
                .unwrap_or_default()
                .trim(),
        );
        for ticket in &result.tickets {
            parts.push(ticket.treatment_month.as_deref().unwrap_or_default());
            parts.push(ticket.issue_number.as_deref().unwrap_or_default());
            parts.push(ticket.ticket_type.as_ref().map_or("", |kind| kind.code()));
        }
    }
    if parts.is_empty()
        && let Some(asked) = answer
            .body
            .as_ref()
            .and_then(|body| body.search_info.as_ref())
    {
        let number = asked.insured_identification_number.as_deref();
        parts.push(asked.insurer_number.as_deref().unwrap_or_default().trim());
        parts.push(number.unwrap_or_default().trim());
        parts.push(asked.birthdate.as_deref().unwrap_or_default());
    }
    parts.join("\u{1f}")
}
