//! An inquiry as it stands in the ledger until it is answered: the card's proof, the answers given, the
//! day. Enough to ask again after a crash or an outage, nothing more. Sealed by the ledger.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use central::{
    Confirmation, ConfirmationResult, Inquiry, InquiryOutcome, InquiryQueue, QueueError,
    QueuedInquiry,
};
use kiosk::staff::ServiceSaid;
use ledger::{LedgerError, NewResult};
use oqs::delivery::Deliverable;
use oqs::{QualificationAnswer, QualificationResult};
use serde_json::json;
use tokio::sync::mpsc;
use visit::{ConsentAnswers, ConsentKind, Refusal};

use crate::clock::TrustedClock;
use crate::engine::Message;
use crate::happenings::{Happening, Happenings};
use crate::ledger_desk::LedgerDesk;
use crate::{birth_mark, medical_later, service_said};

/// The answer is about somebody born on another day than the card's holder.
pub(crate) const ANOTHER_PERSON: &str = "UK-VISIT-217";

/// The queue of `central` over the ledger. Its methods block and must be called where that is allowed.
pub(crate) struct LedgerQueue {
    /// Ledger.
    pub(crate) desk: LedgerDesk,
    /// Time.
    pub(crate) clock: Arc<TrustedClock>,
    /// Watchers.
    pub(crate) happenings: Happenings,
    /// The engine, for alerts and the staff's page.
    pub(crate) engine: mpsc::Sender<Message>,
    /// The visit whose inquiry the engine is asking itself; 0 = none.
    pub(crate) live_visit: Arc<AtomicU64>,
    /// The service has just come back: everything is due.
    pub(crate) all_due: Arc<AtomicBool>,
    /// 医療機関コード.
    pub(crate) institution_code: String,
    /// Simulated terminal.
    pub(crate) simulated: bool,
    /// The inquiries last given out.
    pub(crate) given: Mutex<HashMap<u64, Given>>,
}

/// Whose an inquiry is, and what its person agreed to.
#[derive(Clone)]
pub(crate) struct Given {
    visit: u64,
    reader: String,
    consents: oqs::ConsentAnswers,
    /// Keyed hash of the holder's date of birth.
    birth: Option<String>,
}

impl LedgerQueue {
    fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut ledger::Ledger) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, QueueError> {
        tokio::task::block_in_place(|| self.desk.run_blocking(job))
            .map_err(|closed| QueueError(closed.to_string()))?
            .map_err(|error| QueueError(error.code().to_owned()))
    }

    fn tell(&self, visit: u64, state: &'static str, code: &str) {
        let happening = Happening::Queue {
            visit: format!("{visit:016x}"),
            state,
            code: code.to_owned(),
        };
        self.happenings.tell(self.clock.wall_ms(), happening);
        let _ = self.engine.try_send(Message::LedgerChanged);
    }

    fn given(&self, id: &str) -> Result<(u64, Given), QueueError> {
        let unknown = || QueueError("no such inquiry".into());
        let id: u64 = id.parse().map_err(|_| unknown())?;
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let given = given.get(&id).cloned().ok_or_else(unknown)?;
        Ok((id, given))
    }

    fn give_up(
        &self,
        id: u64,
        visit: u64,
        code: &'static str,
        service: Option<ServiceSaid>,
    ) -> Result<(), QueueError> {
        let now = self.clock.wall_ms();
        let mut detail = json!({"visit": format!("{visit:016x}"), "code": code});
        service_said::into_detail(service.as_ref(), &mut detail);
        let said = service.is_some();
        self.run(move |ledger| {
            still_open(ledger.drop_inquiry(id, now, code))?;
            if said {
                let _ = ledger.append_audit(now, "terminal", "service-refused", &detail)?;
            }
            Ok(())
        })?;
        let message = Message::ServiceSaid { code, service };
        // The engine is gone only when the daemon ends; the alert has nobody to reach then.
        tokio::task::block_in_place(|| self.engine.blocking_send(message).ok());
        self.tell(visit, "dropped", code);
        Ok(())
    }
}

fn agreed(consents: oqs::ConsentAnswers, kind: oqs::ConsentKind) -> bool {
    match kind {
        oqs::ConsentKind::Checkups => consents.checkups,
        oqs::ConsentKind::Medicines => consents.medicines,
        oqs::ConsentKind::Treatment => consents.treatment,
        oqs::ConsentKind::Operations => consents.operations,
    }
}

/// An inquiry that the visit itself closed meanwhile needs nothing more.
fn still_open<T>(closed: Result<T, LedgerError>) -> Result<(), LedgerError> {
    match closed {
        Ok(_) | Err(LedgerError::NotFound) => Ok(()),
        Err(error) => Err(error),
    }
}

impl InquiryQueue for LedgerQueue {
    fn due(&self, now: i64) -> Result<Vec<QueuedInquiry>, QueueError> {
        let all = self.all_due.swap(false, Ordering::SeqCst);
        // Looked at before and after the reading: a visit may begin or end meanwhile.
        let before = self.live_visit.load(Ordering::SeqCst);
        let rows = self
            .run(move |ledger| {
                if all {
                    ledger.open_inquiries()
                } else {
                    ledger.due_inquiries(now)
                }
            })
            .inspect_err(|_| {
                let _ = self.all_due.fetch_or(all, Ordering::SeqCst);
            })?;
        let live = [before, self.live_visit.load(Ordering::SeqCst)];
        let rows = rows.into_iter().filter(|row| !live.contains(&row.visit));
        let rows: Vec<_> = rows.collect();
        let mut given = HashMap::new();
        let mut queued = Vec::new();
        for row in rows {
            match serde_json::from_str::<Inquiry>(&row.payload_json) {
                Ok(inquiry) => {
                    let whose = Given {
                        visit: row.visit,
                        reader: row.reader,
                        consents: inquiry.consents,
                        birth: inquiry.birth.clone(),
                    };
                    let _ = given.insert(row.id, whose);
                    queued.push(QueuedInquiry {
                        id: row.id.to_string(),
                        visit: row.visit,
                        queued_at: row.queued_at,
                        attempts: row.attempts,
                        inquiry,
                    });
                }
                // Its seal did not open: what was to be asked is lost, and nobody else's.
                Err(_) if row.payload_json.is_empty() => {
                    self.give_up(row.id, row.visit, "UK-LEDG-028", None)?;
                }
                Err(_) => self.give_up(row.id, row.visit, "UK-VISIT-302", None)?,
            }
        }
        *self.given.lock().unwrap_or_else(PoisonError::into_inner) = given;
        Ok(queued)
    }

    fn done(&self, id: &str, now: i64, outcome: InquiryOutcome) -> Result<(), QueueError> {
        let (
            id,
            Given {
                visit,
                reader,
                consents,
                birth,
            },
        ) = self.given(id)?;
        match outcome {
            InquiryOutcome::Answered {
                confirmation_id,
                qualification_only,
                answer,
            } => {
                if let Some(mark) = birth {
                    let key = self.run(crate::counter::mark_key)?;
                    if birth_mark::is_another_persons(&key, visit, &mark, &answer) {
                        return self.give_up(id, visit, ANOTHER_PERSON, None);
                    }
                }
                let kinds = medical_later::wanted(&answer, |kind| agreed(consents, kind), now);
                let new = NewResult {
                    visit,
                    reader,
                    kind: "qualification".to_owned(),
                    body_json: Deliverable::from_answer(&answer, &self.institution_code).to_json(),
                    simulated: self.simulated,
                };
                let follows = crate::follow_up::Follows::of(&answer, &self.institution_code);
                let remark = crate::follow_up::remark(&new, qualification_only);
                self.run(move |ledger| {
                    let mut beside = follows.beside(ledger, now, &new)?;
                    beside.state.extend(remark);
                    beside.state.extend(medical_later::noted(
                        ledger,
                        visit,
                        &confirmation_id,
                        &kinds,
                    )?);
                    still_open(ledger.complete_inquiry(id, now, &new, &beside))
                })?;
                self.tell(visit, "answered", "");
                Ok(())
            }
            InquiryOutcome::NotConfirmed(confirmation) => {
                let service = service_said::in_confirmation(&confirmation);
                self.give_up(id, visit, refusal_code(&confirmation), service)
            }
            InquiryOutcome::GivenUp { service, .. } => {
                let service = service.and_then(|(code, words)| service_said::said(&code, &words));
                self.give_up(id, visit, "UK-VISIT-203", service)
            }
        }
    }

    fn postpone(&self, id: &str, next_at: i64, reason: &str) -> Result<(), QueueError> {
        let (id, Given { visit, .. }) = self.given(id)?;
        let text = reason.to_owned();
        self.run(move |ledger| still_open(ledger.postpone_inquiry(id, next_at, &text)))?;
        self.tell(visit, "postponed", reason);
        Ok(())
    }
}

/// The qualification by whose numbers lists are asked for: the insurance, or an entrusted assistance where there is no other.
/// An unentrusted one's numbers go nowhere (invariant 6).
pub(crate) fn whose<'a>(
    answer: &'a QualificationAnswer,
    institution: &str,
) -> Option<&'a QualificationResult> {
    let shown = Deliverable::from_answer(answer, institution);
    let mut usable = answer
        .results()
        .iter()
        .enumerate()
        .filter(|(at, _)| !shown.is_unentrusted(*at))
        .map(|(_, result)| result);
    let first = usable.next()?;
    let is_assistance =
        |result: &QualificationResult| result.is_medical_assistance(answer.validity());
    if is_assistance(first) {
        Some(
            usable
                .find(|result| !is_assistance(result))
                .unwrap_or(first),
        )
    } else {
        Some(first)
    }
}

/// First and last month, yyyyMM, of the medicines that are asked for at `now`: twelve months back.
#[must_use]
pub(crate) fn medicine_months(now: i64) -> (String, String) {
    const BACK: i64 = 12 * 31 * 24 * 3600 * 1000;
    let month = |ms: i64| oqs::time::to_jst(ms).chars().take(6).collect();
    (month(now.saturating_sub(BACK)), month(now))
}

/// Consents in the vocabulary of the interface; what was not answered is "no" (invariant 11).
#[must_use]
pub(crate) fn consents(answers: ConsentAnswers) -> oqs::ConsentAnswers {
    let [checkups, medicines, treatment, operations] =
        ConsentKind::ALL.map(|kind| answers.agreed(kind));
    oqs::ConsentAnswers {
        checkups,
        medicines,
        treatment,
        operations,
    }
}

/// Why the service did not confirm the card, as far as the person can act on it.
#[must_use]
pub(crate) fn refusal(confirmation: &Confirmation) -> Refusal {
    match confirmation.result {
        ConfirmationResult::UnknownPerson => Refusal::UnknownPerson,
        ConfirmationResult::NotRegistered => Refusal::NotRegistered {
            offered: confirmation.registration_id().is_some(),
        },
        ConfirmationResult::CertificateRevoked => Refusal::Revoked,
        ConfirmationResult::CertificateExpired => Refusal::Certificate,
        _ => Refusal::Other {
            code: "UK-VISIT-213",
        },
    }
}

fn refusal_code(confirmation: &Confirmation) -> &'static str {
    match refusal(confirmation) {
        Refusal::NotRegistered { .. } => "UK-VISIT-210",
        Refusal::UnknownPerson => "UK-VISIT-211",
        Refusal::Certificate | Refusal::Revoked => "UK-VISIT-212",
        Refusal::Other { code } => code,
    }
}
