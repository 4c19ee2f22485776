//! Bulk fetches: tickets of a month, consented persons. A job stands in the ledger from its reception number on, so that
//! it goes on after a restart; its persons go from the network into the ledger one batch at a time, each after the
//! withholding of invariant 6. A download that was cut, by the line, the service or a restart, begins with nothing; a job ends
//! after a few of them, and staff is told. The last persons, the end and what is settled become durable together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use central::{BulkCall, BulkRequest, CentralError};
use kiosk::staff::ServiceSaid;
use ledger::{BulkJob, NewBulkJob};
use oqs::Month;
use oqs::bulk::{
    BulkDownloadRequest, BulkPart, BulkReception, BulkState, ConsentSearchPeriod,
    ConsentSearchRequest, TicketSearchRequest,
};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::consented::{self, Asked};
use super::intake::Intake;
use super::request::{Care, DAY};
use super::{Counter, CounterError, Turn};
use super::{marks, references, settle};
use crate::engine::Message;
use crate::happenings::Happening;
use crate::service_said;

/// Who owns these jobs in the ledger.
pub(crate) const OWNER: &str = "terminal";
/// First and longest wait between questions whether the service has finished.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Wait before medical information is asked for again that was not reached.
const ASK_AGAIN: Duration = Duration::from_secs(30);
/// A job that the service has not finished after so long is given up.
pub(super) const LIFE_MS: i64 = 24 * 3_600_000;
/// Answers that can't be used before a job is given up.
const BAD: u64 = 3;
/// Downloads cut after persons had come before a job is given up.
const CUT: u64 = 10;

/// How a month of tickets must be.
const MONTHS: &str = "month";

/// Claims reach back five years, and offices register a little ahead; a month beyond is a slip.
fn may_have_tickets(month: &str, today: &str) -> bool {
    let months = |text: &str| -> Option<i32> {
        let year: i32 = text.get(..4)?.parse().ok()?;
        let month: i32 = text.get(4..6)?.parse().ok()?;
        Some(year * 12 + month)
    };
    match (months(month), months(today)) {
        (Some(asked), Some(now)) => (now - 60..=now + 2).contains(&asked),
        _ => false,
    }
}

impl Counter {
    /// Begins to fetch the tickets of a month.
    pub(super) async fn fetch_tickets(
        &self,
        turn: Turn,
        actor: &str,
        month: &str,
    ) -> Result<Value, CounterError> {
        let month = Month::from(month.trim());
        if !month.is_valid() || !may_have_tickets(&month, &self.today()) {
            return Err(CounterError::field("month", MONTHS));
        }
        let identifier = turn.identifier();
        let request = BulkRequest::Tickets(TicketSearchRequest::new(
            &self.institution_code,
            &month,
            &identifier,
        ));
        let params = json!({"month": month.as_str(), "asked_by": actor, "identifier": identifier});
        self.begin(request, &identifier, "tickets", params).await
    }

    /// Begins to fetch who consented.
    pub(super) async fn fetch_consented(
        &self,
        turn: Turn,
        actor: &str,
        care: Care,
        (from, to): (&str, &str),
        by_care_day: bool,
    ) -> Result<Value, CounterError> {
        for (name, day) in [("from", from), ("to", to)] {
            if !oqs::time::is_date(day) {
                return Err(CounterError::field(name, DAY));
            }
        }
        if from > to {
            return Err(CounterError::field("from", "after"));
        }
        if !care.is_the_services() {
            return Err(CounterError::field("care", "care"));
        }
        if by_care_day && care == Care::Visiting {
            return Err(CounterError::field("by_care_day", "online-only"));
        }
        let period = if by_care_day {
            ConsentSearchPeriod::Examined(from.into(), to.into())
        } else {
            ConsentSearchPeriod::Consented(from.into(), to.into())
        };
        let identifier = turn.identifier();
        let search =
            ConsentSearchRequest::new(&self.institution_code, care.kind(), period, &identifier);
        let kind = care.word();
        let params = json!({
            "from": from,
            "to": to,
            "by_care_day": by_care_day,
            "asked_by": actor,
            "identifier": identifier,
        });
        let request = BulkRequest::Consented(care.kind(), search);
        self.begin(request, &identifier, kind, params).await
    }

    async fn begin(
        &self,
        request: BulkRequest,
        key: &str,
        kind: &'static str,
        params: Value,
    ) -> Result<Value, CounterError> {
        let reception = self.central.begin_bulk(&request).await?;
        self.received(reception, key, kind, params).await
    }

    /// Keeps the job that the service has taken on, from its reception number on.
    pub(super) async fn received(
        &self,
        reception: BulkReception,
        key: &str,
        kind: &'static str,
        params: Value,
    ) -> Result<Value, CounterError> {
        let Some(number) = reception.reception_number().map(str::to_owned) else {
            let header = reception.header.unwrap_or_default();
            return Err(CounterError::said_no(
                header.error_code.as_deref().unwrap_or(""),
                header.error_message.as_deref().unwrap_or(""),
            ));
        };
        let now = self.clock.wall_ms();
        let job = NewBulkJob {
            client: OWNER.to_owned(),
            key: key.to_owned(),
            kind: kind.to_owned(),
            params_json: params.to_string(),
            reception: number,
            total: 0,
        };
        let id = self
            .ledger(move |ledger| ledger.begin_bulk(now, &job))
            .await?;
        self.progress(id, kind, "begun", 0);
        self.news.notify_one();
        Ok(json!({ "job": id }))
    }

    /// How a job stands; when done, what changed against the one before.
    pub(super) async fn job(&self, id: u64) -> Result<Value, CounterError> {
        let found = self
            .ledger(move |ledger| {
                let Some(job) = ledger.bulk_job(id)? else {
                    return Ok(None);
                };
                let before = ledger.bulk_job_before(&job)?;
                let difference = match (job.state, before) {
                    (ledger::BulkState::Done, Some(before)) => {
                        Some(ledger.bulk_difference(before, job.id)?)
                    }
                    _ => None,
                };
                Ok(Some((job, before, difference)))
            })
            .await?;
        let Some((job, before, difference)) = found else {
            return Err(CounterError::unknown());
        };
        let state = match job.state {
            ledger::BulkState::Working => "working",
            ledger::BulkState::Done => "done",
            ledger::BulkState::Failed => "failed",
        };
        let (service_code, service_message) = service_of(&job).unzip();
        Ok(json!({
            "job": job.id,
            "kind": job.kind,
            "state": state,
            "code": job.code,
            "service_code": service_code,
            "service_message": service_message,
            "persons": job.done,
            "before": before,
            "difference": difference.map(|d| json!({"new": d.new, "changed": d.changed, "gone": d.gone})),
        }))
    }

    pub(super) fn progress(&self, job: u64, kind: &str, state: &'static str, persons: u64) {
        let happening = Happening::Bulk {
            job,
            kind: kind.to_owned(),
            state,
            persons,
        };
        self.happenings.tell(self.clock.wall_ms(), happening);
    }

    /// Works on the jobs until `stop` says so; also on those that a restart left.
    pub(crate) async fn work_on_jobs(self, mut stop: watch::Receiver<bool>) {
        let mut waits: HashMap<u64, (Duration, tokio::time::Instant)> = HashMap::new();
        loop {
            self.settle_pending().await;
            let jobs = self
                .ledger(|ledger| ledger.working_bulk_jobs())
                .await
                .unwrap_or_default();
            let mut next = LONGEST_WAIT;
            for job in jobs.into_iter().filter(|job| job.client == OWNER) {
                let now = tokio::time::Instant::now();
                let (wait, due) = waits.get(&job.id).copied().unwrap_or((FIRST_WAIT, now));
                if due > now {
                    next = next.min(due - now);
                    continue;
                }
                let ended = tokio::select! {
                    _ = stop.wait_for(|stop| *stop) => return,
                    ended = self.look_at(&job) => ended,
                };
                if ended {
                    waits.remove(&job.id);
                } else {
                    let doubled = wait.saturating_mul(2).min(LONGEST_WAIT);
                    waits.insert(job.id, (doubled, tokio::time::Instant::now() + wait));
                    next = next.min(wait);
                }
            }
            let asked = tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                asked = self.medical_of_consented() => asked,
            };
            if asked == Asked::Later {
                next = next.min(ASK_AGAIN);
            }
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = self.news.notified() => {}
                () = tokio::time::sleep(next) => {}
            }
        }
    }

    /// Asks once; true when the job has ended, well or not.
    pub(super) async fn look_at(&self, job: &BulkJob) -> bool {
        let (fetched, persons) = if job.kind == references::KIND {
            (self.fetch_references(job).await, 0)
        } else {
            self.download(job).await
        };
        let old = self.clock.wall_ms().saturating_sub(job.made_at) > LIFE_MS;
        let mut said = None;
        let failed = match fetched {
            Ok(BulkState::Working) if old => "UK-VISIT-508".to_owned(),
            Ok(BulkState::Working) => {
                self.progress(job.id, &job.kind, "working", 0);
                return false;
            }
            Ok(BulkState::Finished) => {
                let id = job.id;
                let found = self.ledger(move |ledger| ledger.bulk_job(id)).await;
                let persons = found.ok().flatten().map_or(0, |job| job.done);
                self.progress(job.id, &job.kind, "done", persons);
                let _ = self.engine.try_send(Message::LedgerChanged);
                return true;
            }
            // The service's own code and words stay with the job, for the help desk.
            Ok(BulkState::Failed { code, message }) => {
                said = service_said::said(&code, &message);
                "UK-VISIT-504".to_owned()
            }
            Err(error) if error.is_unreachable() && old => "UK-VISIT-508".to_owned(),
            Err(error) if error.is_unreachable() && persons == 0 => return false,
            Err(error) => {
                said = service_said::in_error(&error);
                let most = match error {
                    CentralError::Unreachable { .. } => ("cut", CUT),
                    CentralError::BadAnswer { .. } => ("bad", BAD),
                    _ => ("", 0),
                };
                match most {
                    ("", _) => error.code().to_owned(),
                    (word, most) => {
                        let times = self.tried(job, word).await;
                        tracing::warn!(
                            job = job.id,
                            code = error.code(),
                            times,
                            "a bulk answer did not come whole"
                        );
                        if times.is_some_and(|times| times < most) {
                            return false;
                        }
                        format!("UK-VISIT-509 {}", error.code())
                    }
                }
            }
        };
        self.fail(job, failed, said).await
    }

    /// Ends a job that has come to nothing, keeps nothing of what it holds but what the service said, and tells staff. A job whose end could
    /// not be written is looked at again, and told then: once.
    async fn fail(&self, job: &BulkJob, code: String, service: Option<ServiceSaid>) -> bool {
        let (id, now, told) = (job.id, self.clock.wall_ms(), code.clone());
        let said = service.clone();
        let ended = self
            .ledger(move |ledger| {
                let said = said.as_ref();
                let said = said.map(|said| (said.code.as_str(), said.words.as_str()));
                ledger.fail_bulk(now, id, &told, said)
            })
            .await;
        if let Err(error) = ended {
            tracing::error!(
                job = job.id,
                code = error.code,
                "the end of a bulk fetch could not be written"
            );
            return false;
        }
        self.progress(job.id, &job.kind, "failed", 0);
        tracing::warn!(job = job.id, code, "a bulk fetch failed");
        let alert = Message::ServiceSaid {
            code: "UK-VISIT-520",
            service,
        };
        let _ = self.engine.send(alert).await;
        true
    }

    /// Counts one more try of a kind with the job, so that a restart forgets none; `None` when that could not be kept.
    async fn tried(&self, job: &BulkJob, word: &'static str) -> Option<u64> {
        let mut params: Value = serde_json::from_str(&job.params_json).ok()?;
        let times = params[word].as_u64().unwrap_or(0) + 1;
        params
            .as_object_mut()?
            .insert(word.to_owned(), json!(times));
        let (id, text) = (job.id, params.to_string());
        let kept = self.ledger(move |ledger| ledger.put_bulk_params(id, &text));
        kept.await.ok().map(|()| times)
    }

    /// From the network into the ledger, batch by batch, from the beginning: what an earlier try left is forgotten first. Gives also how
    /// many persons came.
    async fn download(&self, job: &BulkJob) -> (Result<BulkState, CentralError>, u32) {
        let call = match job.kind.as_str() {
            "visiting" => BulkCall::Visiting,
            "online" => BulkCall::Online,
            _ => BulkCall::Tickets,
        };
        let id = job.id;
        let care = Care::of_word(&job.kind).is_some();
        let open = self
            .ledger(move |ledger| {
                if care {
                    consented::note(ledger, id)?;
                }
                ledger.clear_bulk_items(id)?;
                marks::Open::read(ledger)
            })
            .await;
        let Ok(open) = open else {
            return (Err(CentralError::taker_failed()), 0);
        };
        let request =
            BulkDownloadRequest::new(&self.institution_code, number_of(job), &Self::identifier());
        let intake = Arc::new(Mutex::new(Intake::new(self.clone(), job, open)));
        let taking = Arc::clone(&intake);
        let taker = Box::new(move |part: BulkPart| lock(&taking).take(part));
        let fetched = self.central.fetch_bulk(call, &request, taker).await;
        let (placed, rest, settled) = {
            let mut intake = lock(&intake);
            (
                intake.placed,
                std::mem::take(&mut intake.batch),
                std::mem::take(&mut intake.settled),
            )
        };
        let state = match fetched {
            Ok(fetched) => fetched.state,
            Err(error) => return (Err(error), placed),
        };
        if state == BulkState::Finished {
            let now = self.clock.wall_ms();
            // In one turn: whoever sees the job's end also sees what it settled.
            let written = self.ledger(move |ledger| {
                let pending = settle::pending(id, &settled)?;
                ledger.finish_bulk(now, id, &rest, &pending)?;
                Ok(settle::apply_pending(ledger, now))
            });
            match written.await {
                Ok(settled) => told(settled.map_err(CounterError::from)),
                Err(_) => return (Err(CentralError::taker_failed()), placed),
            }
        }
        (Ok(state), placed)
    }

    /// Settles what jobs that ended left to settle. What can't be settled now is settled with the next look.
    async fn settle_pending(&self) {
        let now = self.clock.wall_ms();
        told(
            self.ledger(move |ledger| settle::apply_pending(ledger, now))
                .await,
        );
    }
}

/// Says in the log what was settled.
fn told(settled: Result<usize, CounterError>) {
    match settled {
        Ok(0) => {}
        Ok(settled) => tracing::info!(settled, "tickets came in for persons to phone about"),
        Err(error) => tracing::error!(code = error.code, "a bulk fetch could not settle"),
    }
}

/// The service's code and words about a job that failed, verbatim, where it said any.
pub(crate) fn service_of(job: &BulkJob) -> Option<(String, String)> {
    let params: Value = serde_json::from_str(&job.params_json).ok()?;
    let text = |name: &str| params[name].as_str().unwrap_or_default().to_owned();
    let said = (text("service_code"), text("service_message"));
    (said != Default::default()).then_some(said)
}

/// The service's reception number; in jobs of an earlier version what follows `#` tells the attempts apart.
pub(super) fn number_of(job: &BulkJob) -> &str {
    job.reception.split('#').next().unwrap_or(&job.reception)
}

fn lock(intake: &Mutex<Intake>) -> MutexGuard<'_, Intake> {
    intake.lock().unwrap_or_else(PoisonError::into_inner)
}
