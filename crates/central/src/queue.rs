//! Inquiries whose proof was made while the service could not be reached: kept by the ledger, handed in
//! here when it is back, at times a pure function decides.

use oqs::{ConsentAnswers, QualificationAnswer, QualificationRequest};
use serde::{Deserialize, Serialize};

use crate::assumed::{CardConfirmation, Confirmation};
use crate::error::CentralError;
use crate::service::CentralService;

/// Shortest and longest wait between attempts, milliseconds.
const FIRST_WAIT: i64 = 30_000;
const LONGEST_WAIT: i64 = 15 * 60_000;
/// After this long the service no longer knows the nonce (assumed life of 24 hours).
const LIFE: i64 = 24 * 3600 * 1000;

/// What is needed to ask later as the patient asked then. Serialises for the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inquiry {
    /// The card's proof.
    pub confirmation: CardConfirmation,
    /// The answers given at the terminal.
    #[serde(with = "Answers")]
    pub consents: ConsentAnswers,
    /// The day the qualification is asked for, yyyyMMdd.
    pub date: String,
    /// What the queue's owner knows the holder's date of birth by (invariant 10), meaningless to the service; `None` where the card told
    /// none, and in an inquiry of an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ConsentAnswers")]
struct Answers {
    checkups: bool,
    medicines: bool,
    treatment: bool,
    operations: bool,
}

/// An inquiry as the queue keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedInquiry {
    /// The queue's own identifier.
    pub id: String,
    /// The visit it belongs to.
    pub visit: u64,
    /// When it was queued, milliseconds since the Unix epoch.
    pub queued_at: i64,
    /// Attempts so far.
    pub attempts: u32,
    /// What to ask.
    pub inquiry: Inquiry,
}

/// How an inquiry ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InquiryOutcome {
    /// The service answered.
    Answered {
        /// Identifier of the confirmation, for medicines.
        confirmation_id: String,
        /// The card's certificate has ended, and the service gives the qualification alone.
        qualification_only: bool,
        /// The answer.
        answer: Box<QualificationAnswer>,
    },
    /// The service does not accept the card or the person.
    NotConfirmed(Confirmation),
    /// Too old, or failed for good: staff must look for another way.
    GivenUp {
        /// Code of the last failure.
        code: String,
        /// The service's own code and words about it, verbatim, where it gave any.
        service: Option<(String, String)>,
    },
}

/// The queue could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the queue of inquiries failed ({0})")]
pub struct QueueError(pub String);

/// Where inquiries wait; the daemon implements it over the ledger. Methods may block for the time of a
/// database transaction.
pub trait InquiryQueue: Send + Sync {
    /// Inquiries whose time has come, oldest first.
    fn due(&self, now: i64) -> Result<Vec<QueuedInquiry>, QueueError>;
    /// Ends one, storing its outcome in the same transaction.
    fn done(&self, id: &str, now: i64, outcome: InquiryOutcome) -> Result<(), QueueError>;
    /// Lets one wait, counting the attempt.
    fn postpone(&self, id: &str, next_at: i64, reason: &str) -> Result<(), QueueError>;
}

/// What a pass over the queue came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReplayReport {
    /// Inquiries that ended, with whatever outcome.
    pub ended: usize,
    /// Inquiries that wait on.
    pub postponed: usize,
    /// The error that ended the pass early, since it would meet every inquiry.
    pub stopped_by: Option<CentralError>,
}

/// When to try again after `attempts` failed attempts, or `None` when the proof is too old to be handed in.
/// Waits double from 30 s to 15 min; `visit` spreads the terminals of a country over a fifth of the wait, so
/// that a service that comes back is not met by all of them at once.
pub fn next_attempt(queued_at: i64, attempts: u32, visit: u64, now: i64) -> Option<i64> {
    let doubled = FIRST_WAIT.saturating_mul(1_i64 << attempts.saturating_sub(1).min(20));
    let wait = doubled.min(LONGEST_WAIT);
    let spread = i64::try_from(visit % 1000).unwrap_or(0) * (wait / 5) / 1000;
    let next = now.saturating_add(wait).saturating_add(spread);
    (next < queued_at.saturating_add(LIFE)).then_some(next)
}

/// Hands in what is due. An inquiry that fails by itself waits alone; a failure that would meet all of them
/// (unreachable, certificate, login) postpones all and ends the pass.
pub async fn replay(
    service: &dyn CentralService,
    queue: &dyn InquiryQueue,
    institution_code: &str,
    now: i64,
) -> Result<ReplayReport, QueueError> {
    let mut report = ReplayReport::default();
    for queued in queue.due(now)? {
        let outcome = match &report.stopped_by {
            Some(error) => Err(error.clone()),
            None => ask(service, &queued, institution_code).await,
        };
        let error = match outcome {
            Ok(outcome) => {
                queue.done(&queued.id, now, outcome)?;
                report.ended += 1;
                continue;
            }
            Err(error) => error,
        };
        let next = next_attempt(queued.queued_at, queued.attempts + 1, queued.visit, now);
        match next {
            Some(next) => {
                queue.postpone(&queued.id, next, error.code())?;
                report.postponed += 1;
            }
            None => {
                let said = error.service_words();
                let outcome = InquiryOutcome::GivenUp {
                    code: error.code().to_owned(),
                    service: said.map(|(code, words)| (code.to_owned(), words.to_owned())),
                };
                queue.done(&queued.id, now, outcome)?;
                report.ended += 1;
            }
        }
        if !matches!(
            error,
            CentralError::Refused { .. }
                | CentralError::BadAnswer { .. }
                | CentralError::OtherPerson
        ) {
            report.stopped_by.get_or_insert(error);
        }
    }
    Ok(report)
}

async fn ask(
    service: &dyn CentralService,
    queued: &QueuedInquiry,
    institution_code: &str,
) -> Result<InquiryOutcome, CentralError> {
    let inquiry = &queued.inquiry;
    let confirmation = service.confirm_card(&inquiry.confirmation).await?;
    let Some(id) = confirmation.id() else {
        return Ok(InquiryOutcome::NotConfirmed(confirmation));
    };
    let visit = format!("{:016x}", queued.visit);
    let request = QualificationRequest::for_card_visit(
        institution_code,
        &inquiry.date,
        id,
        inquiry.consents,
        &visit,
    );
    let answer = service.qualification(&request).await?;
    Ok(InquiryOutcome::Answered {
        confirmation_id: id.to_owned(),
        qualification_only: confirmation.qualification_only,
        answer: Box::new(answer),
    })
}
