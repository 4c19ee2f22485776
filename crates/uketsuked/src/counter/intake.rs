//! Where the persons of a bulk answer arrive: each passes the withholding of invariant 6, is compared with the open
//! follow-ups by what was raw, and goes into the ledger with its batch.

use ledger::{BulkItem, BulkJob};
use oqs::bulk::{BulkConfirmUnit, BulkPart};
use oqs::delivery::Deliverable;
use oqs::{MessageHeader, OqsError, QualificationAnswer};

use super::{Counter, settle};

/// Persons written in one transaction.
const BATCH: usize = 100;

/// Takes the parts of one download on the parser's thread.
pub(super) struct Intake {
    counter: Counter,
    job: u64,
    kind: String,
    open: settle::Open,
    header: MessageHeader,
    /// What has not been written yet.
    pub(super) batch: Vec<BulkItem>,
    placed: u32,
    /// Something has been written.
    pub(super) wrote: bool,
    /// Follow-ups that tickets fit.
    pub(super) settled: Vec<settle::Settled>,
}

impl Intake {
    pub(super) fn new(counter: Counter, job: &BulkJob, open: settle::Open) -> Self {
        Self {
            counter,
            job: job.id,
            kind: job.kind.clone(),
            open,
            header: MessageHeader::default(),
            batch: Vec::with_capacity(BATCH),
            placed: 0,
            wrote: false,
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
            let entrusted = !deliverable.is_unentrusted(index)
                && deliverable
                    .results()
                    .get(index)
                    .is_some_and(|shown| !shown.tickets.is_empty());
            if entrusted {
                let fits = self.open.fits(raw);
                self.settled
                    .extend(fits.into_iter().map(|(follow_up, fit)| settle::Settled {
                        follow_up,
                        fit,
                        item: self.placed,
                    }));
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
        self.wrote = true;
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
    parts.join("\u{1f}")
}
