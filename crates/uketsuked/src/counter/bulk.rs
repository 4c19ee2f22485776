//! Bulk fetches: tickets of a month, consented persons. A job stands in the ledger from its reception number on, so that
//! it goes on after a restart; its persons go from the network into the ledger one batch at a time, each after the
//! withholding of invariant 6; at the end it is compared with the job before and settles follow-ups.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use central::{BulkCall, BulkRequest, CentralError};
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
use super::request::Care;
use super::{Counter, CounterError, Turn};
use super::{references, settle};
use crate::happenings::Happening;

/// Who owns these jobs in the ledger.
pub(crate) const OWNER: &str = "terminal";
/// First and longest wait between questions whether the service has finished.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Wait before medical information is asked for again that was not reached.
const ASK_AGAIN: Duration = Duration::from_secs(30);
/// A job that the service has not finished after so long is given up.
pub(super) const LIFE_MS: i64 = 24 * 3_600_000;

impl Counter {
    /// Begins to fetch the tickets of a month.
    pub(super) async fn fetch_tickets(
        &self,
        turn: Turn,
        actor: &str,
        month: &str,
    ) -> Result<Value, CounterError> {
        let month = Month::from(month.trim());
        if !month.is_valid() {
            return Err(CounterError::input());
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
        let days = oqs::time::is_date(from) && oqs::time::is_date(to) && from <= to;
        if !days || (by_care_day && care == Care::Visiting) {
            return Err(CounterError::input());
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
        let params = json!({"from": from, "to": to, "asked_by": actor, "identifier": identifier});
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
        Ok(json!({
            "job": job.id,
            "kind": job.kind,
            "state": state,
            "code": job.code,
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
        let call = match job.kind.as_str() {
            "visiting" => BulkCall::Visiting,
            "online" => BulkCall::Online,
            _ => BulkCall::Tickets,
        };
        let fetched = if job.kind == references::KIND {
            self.fetch_references(job).await
        } else {
            self.download(job, call).await
        };
        let failed = match fetched {
            Ok(BulkState::Working) => {
                self.progress(job.id, &job.kind, "working", 0);
                let old = self.clock.wall_ms().saturating_sub(job.made_at) > LIFE_MS;
                if !old {
                    return false;
                }
                "UK-VISIT-508".to_owned()
            }
            Ok(BulkState::Finished) => {
                let id = job.id;
                let found = self.ledger(move |ledger| ledger.bulk_job(id)).await;
                let persons = found.ok().flatten().map_or(0, |job| job.done);
                self.progress(job.id, &job.kind, "done", persons);
                let _ = self.engine.try_send(crate::engine::Message::LedgerChanged);
                return true;
            }
            // The service's code stands in the audit chain's record of the end.
            Ok(BulkState::Failed { code, .. }) => {
                let code: String = code
                    .chars()
                    .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
                    .take(40)
                    .collect();
                format!("UK-VISIT-504 {code}")
            }
            Err(error) if error.is_unreachable() => return false,
            Err(error) => error.code().to_owned(),
        };
        let (id, now) = (job.id, self.clock.wall_ms());
        let told = failed.clone();
        let ended = self
            .ledger(move |ledger| ledger.end_bulk(now, id, Some(&told)))
            .await;
        self.progress(job.id, &job.kind, "failed", 0);
        tracing::warn!(job = job.id, code = failed, "a bulk fetch failed");
        ended.is_ok()
    }

    /// From the network into the ledger, batch by batch. A download that was cut after persons had been written is not
    /// mended: its job ends, and a new one takes over the reception number from the beginning.
    async fn download(&self, job: &BulkJob, call: BulkCall) -> Result<BulkState, CentralError> {
        if Care::of_word(&job.kind).is_some() {
            let id = job.id;
            let noted = self.ledger(move |ledger| consented::note(ledger, id)).await;
            noted.map_err(|_| CentralError::taker_failed())?;
        }
        let open = self.ledger(settle::Open::read).await;
        let open = open.map_err(|_| CentralError::taker_failed())?;
        let request =
            BulkDownloadRequest::new(&self.institution_code, number_of(job), &Self::identifier());
        let intake = Arc::new(Mutex::new(Intake::new(self.clone(), job, open)));
        let taking = Arc::clone(&intake);
        let taker = Box::new(move |part: BulkPart| lock(&taking).take(part));
        let fetched = self.central.fetch_bulk(call, &request, taker).await;
        let finished = matches!(&fetched, Ok(fetched) if fetched.state == BulkState::Finished);
        if finished {
            let (id, rest, settled) = {
                let mut intake = lock(&intake);
                (
                    job.id,
                    std::mem::take(&mut intake.batch),
                    std::mem::take(&mut intake.settled),
                )
            };
            let now = self.clock.wall_ms();
            let written = self.ledger(move |ledger| {
                ledger.add_bulk_items(id, &rest)?;
                ledger.end_bulk(now, id, None)?;
                settle::apply(ledger, now, id, &settled)
            });
            let settled = written.await.map_err(|_| CentralError::taker_failed())?;
            tracing::info!(job = job.id, settled, "a bulk fetch is done");
        } else if lock(&intake).wrote {
            self.begin_again(job).await;
        }
        fetched.map(|fetched| fetched.state)
    }

    async fn begin_again(&self, job: &BulkJob) {
        let now = self.clock.wall_ms();
        let attempt = crate::fresh_number();
        let again = NewBulkJob {
            client: OWNER.to_owned(),
            key: format!("{attempt:016x}"),
            kind: job.kind.clone(),
            params_json: job.params_json.clone(),
            reception: format!("{}#{attempt:016x}", number_of(job)),
            total: 0,
        };
        let id = job.id;
        let begun = self.ledger(move |ledger| {
            let next = ledger.begin_bulk(now, &again)?;
            ledger.end_bulk(now, id, Some(&format!("UK-VISIT-509 {next}")))?;
            Ok(next)
        });
        match begun.await {
            Ok(next) => tracing::info!(job = id, next, "a cut bulk fetch begins again"),
            Err(error) => tracing::error!(
                job = id,
                code = error.code,
                "a cut bulk fetch could not begin again"
            ),
        }
    }

    /// Fetches this month's tickets on the day and hour of the settings, once a month, also when the terminal was off
    /// at that hour.
    pub(crate) async fn keep_schedule(self, day: u8, hour: u8, mut stop: watch::Receiver<bool>) {
        const DONE: &str = "tickets-fetched";
        loop {
            let now = oqs::time::to_jst(self.clock.wall_ms());
            let known = self
                .ledger(|ledger| ledger.get_state(DONE))
                .await
                .ok()
                .flatten();
            if let Some(month) = due(&now, day, hour, known.as_deref()) {
                match self.fetch_tickets(Turn::fresh(), "schedule", &month).await {
                    Ok(_) => {
                        let done = self
                            .ledger(move |ledger| ledger.put_state(DONE, &month))
                            .await;
                        if let Err(error) = done {
                            tracing::warn!(code = error.code, "the schedule was not kept");
                        }
                    }
                    Err(error) => {
                        tracing::warn!(code = error.code, "the scheduled fetch did not begin")
                    }
                }
            }
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(Duration::from_secs(60)) => {}
            }
        }
    }
}

/// The month to be fetched now, when its day and hour have come and it was not fetched yet.
fn due(now: &str, day: u8, hour: u8, done: Option<&str>) -> Option<String> {
    let month = now.get(..6)?;
    let reached = (
        now.get(6..8)?.parse::<u8>().ok()?,
        now.get(8..10)?.parse::<u8>().ok()?,
    );
    // A month without that day has its last day before the next month begins: the fetch comes on the 28th then.
    (reached >= (day.min(28), hour) && done != Some(month)).then(|| month.to_owned())
}

/// The service's reception number; what follows `#` tells the attempts apart.
pub(super) fn number_of(job: &BulkJob) -> &str {
    job.reception.split('#').next().unwrap_or(&job.reception)
}

fn lock(intake: &Mutex<Intake>) -> MutexGuard<'_, Intake> {
    intake.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_comes_once_a_month_and_makes_up_for_a_missed_hour() {
        assert_eq!(due("20261119235959", 20, 6, None), None);
        assert_eq!(due("20261120055959", 20, 6, None), None);
        assert_eq!(
            due("20261120060000", 20, 6, None).as_deref(),
            Some("202611")
        );
        assert_eq!(
            due("20261125010000", 20, 6, None).as_deref(),
            Some("202611"),
            "the terminal was off"
        );
        assert_eq!(due("20261125010000", 20, 6, Some("202611")), None);
        assert_eq!(
            due("20261220060000", 20, 6, Some("202611")).as_deref(),
            Some("202612")
        );
        assert_eq!(
            due("20270228060000", 31, 6, None).as_deref(),
            Some("202702"),
            "a short month"
        );
        assert_eq!(due("", 20, 6, None), None);
    }
}
