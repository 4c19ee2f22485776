//! The follow-ups and the bulk jobs as the desk's pages list them.

use kiosk::desk::{DeskProblem, FollowUpLine, FollowUpNote, JobLine, JobState};
use ledger::{BulkState, Ledger, LedgerError, StoredResult};
use oqs::delivery::Deliverable;
use serde_json::Value;

use super::DeskSide;
use crate::board;
use crate::counter::{follow_up_notes, follow_up_proposal, is_unentrusted_follow_up};

/// Lines of a list.
const LINES: usize = 200;

impl DeskSide {
    pub(super) async fn follow_up_lines(self) -> Result<Vec<FollowUpLine>, DeskProblem> {
        self.ledger(|ledger| {
            let mut lines = Vec::new();
            // Open ones first, however many settled ones there are.
            for open in [true, false] {
                let mut found = ledger.follow_ups(0, open, ledger::MAX_ROWS)?;
                found.retain(|one| {
                    is_unentrusted_follow_up(one) && (one.closed_at.is_none() == open)
                });
                found.reverse();
                found.truncate(LINES.saturating_sub(lines.len()));
                for one in found {
                    lines.push(FollowUpLine {
                        id: one.id,
                        since: day_and_time(one.made_at),
                        name: name_of_result(ledger, &one.result_id)?,
                        result: one.result_id,
                        office: one.note,
                        proposed: follow_up_proposal(ledger, one.id)?.is_some(),
                        closed: one.closed_at.map(day_and_time),
                        by: one.closed_by.unwrap_or_default(),
                        answer: one.outcome.unwrap_or_default(),
                        notes: notes(ledger, one.id)?,
                    });
                }
            }
            Ok(lines)
        })
        .await
    }

    pub(super) async fn job_lines(self) -> Result<Vec<JobLine>, DeskProblem> {
        self.ledger(|ledger| {
            let mut jobs = ledger.bulk_jobs(Some("terminal"), 0, ledger::MAX_ROWS)?;
            jobs.reverse();
            jobs.truncate(20);
            let mut lines = Vec::new();
            for job in jobs {
                let difference = match (job.state, ledger.bulk_job_before(&job)?) {
                    (BulkState::Done, Some(before)) => {
                        let found = ledger.bulk_difference(before, job.id)?;
                        Some((found.new.len(), found.changed.len(), found.gone.len()))
                    }
                    _ => None,
                };
                lines.push(JobLine {
                    id: job.id,
                    at: day_and_time(job.made_at),
                    asked: asked(&job.params_json),
                    state: match job.state {
                        BulkState::Working => JobState::Working,
                        BulkState::Done => JobState::Done,
                        BulkState::Failed => JobState::Failed,
                    },
                    persons: job.done,
                    code: job.code,
                    kind: job.kind,
                    difference,
                });
            }
            Ok(lines)
        })
        .await
    }
}

fn notes(ledger: &Ledger, id: u64) -> Result<Vec<FollowUpNote>, LedgerError> {
    let notes = follow_up_notes(ledger, id)?.into_iter();
    Ok(notes
        .map(|(at, by, text)| FollowUpNote {
            at: day_and_time(at),
            by,
            text,
        })
        .collect())
}

/// Month, or first and last day, of a job.
fn asked(params: &str) -> String {
    let params: Value = serde_json::from_str(params).unwrap_or_default();
    let word = |name: &str| params[name].as_str().map(str::to_owned);
    match (word("month"), word("from"), word("to")) {
        (Some(month), _, _) => match (month.get(..4), month.get(4..)) {
            (Some(year), Some(month)) => format!("{year}-{month}"),
            _ => month,
        },
        (None, Some(from), Some(to)) => format!("{} – {}", day(&from), day(&to)),
        _ => String::new(),
    }
}

fn day(yyyymmdd: &str) -> String {
    match (yyyymmdd.get(..4), yyyymmdd.get(4..6), yyyymmdd.get(6..8)) {
        (Some(year), Some(month), Some(day)) => format!("{year}-{month}-{day}"),
        _ => yyyymmdd.to_owned(),
    }
}

/// The name in a result, as far as it may be shown.
fn name_of_result(ledger: &Ledger, id: &str) -> Result<String, LedgerError> {
    let Some(stored) = ledger.result(id)? else {
        return Ok(String::new());
    };
    Ok(person(&stored).map(|(name, _)| name).unwrap_or_default())
}

/// Name and birth date of the person of a result.
pub(super) fn person(stored: &StoredResult) -> Option<(String, String)> {
    person_in(&stored.body_json)
}

/// The same for a result's body.
pub(super) fn person_in(body_json: &str) -> Option<(String, String)> {
    let body = Deliverable::from_stored_json(body_json).ok()?;

    body.results().iter().find_map(|result| {
        let name = result
            .name
            .as_deref()
            .filter(|name| !name.trim().is_empty())?;
        let born = result.birthdate.as_deref().unwrap_or_default();
        Some((name.to_owned(), born.to_owned()))
    })
}

/// Day and time in Japan.
pub(super) fn day_and_time(at_ms: i64) -> String {
    let jst = oqs::time::to_jst(at_ms);
    match jst.get(..8) {
        Some(date) => format!("{} {}", day(date), board::clock_time(at_ms)),
        None => jst,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_is_worded() {
        assert_eq!(asked(r#"{"month":"202611"}"#), "2026-11");
        assert_eq!(
            asked(r#"{"from":"20261101","to":"20261130"}"#),
            "2026-11-01 – 2026-11-30"
        );
        assert_eq!(asked("{}"), "");
        assert_eq!(day_and_time(0), "1970-01-01 09:00");
    }
}
