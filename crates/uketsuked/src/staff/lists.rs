//! The follow-ups and the bulk jobs as the desk's pages list them.

use kiosk::desk::{
    Actor, DayResults, DeskProblem, FollowUpLine, FollowUpNote, JobDetail, JobItem, JobLine,
    JobState, ProposedTicket, RegistrationLine,
};
use kiosk::staff::{Offices, StaffResult};
use ledger::{
    BulkDifference, BulkItem, BulkJob, BulkState, FollowUp, Ledger, LedgerError, StoredResult,
};
use oqs::delivery::Deliverable;
use serde_json::{Value, json};

use super::DeskSide;
use crate::counter::{OWNER, PHONE_REASONS, follow_up_notes, follow_up_proposal};
use crate::{board, board_rows, follow_up};

/// Lines of a list.
const LINES: usize = 200;
/// Answers of a job on one page.
const PAGE: usize = 50;

/// A call to make or made, as the desk's pages show it.
fn call(ledger: &Ledger, one: FollowUp, offices: &Offices) -> Result<FollowUpLine, LedgerError> {
    let noted = follow_up_notes(ledger, one.id)?;
    Ok(FollowUpLine {
        id: one.id,
        since: day_and_time(one.made_at),
        name: name_of_result(ledger, &one.result_id)?,
        result: one.result_id,
        phone: offices.phone(&one.note, ""),
        office: one.note,
        proposed: follow_up_proposal(ledger, one.id)?.map(|found| ProposedTicket {
            job: found.job,
            item: found.item,
            why: found.why.word(),
        }),
        closed: one.closed_at.map(day_and_time),
        by: one.closed_by.unwrap_or_default(),
        answer: one.outcome.unwrap_or_default(),
        notes: noted
            .notes
            .into_iter()
            .map(|(at, by, text)| FollowUpNote {
                at: day_and_time(at),
                by,
                text,
            })
            .collect(),
        unreadable: one.unreadable || noted.unreadable,
    })
}

/// The calls about one result, oldest first.
pub(super) fn calls_of(
    ledger: &Ledger,
    result: &str,
    offices: &Offices,
) -> Result<Vec<FollowUpLine>, LedgerError> {
    let found = ledger.follow_ups_of(result, PHONE_REASONS)?;
    let lines = found.into_iter().map(|one| call(ledger, one, offices));
    lines.collect()
}

/// All calls: open ones first, however many settled ones there are.
pub(crate) fn call_lines(
    ledger: &Ledger,
    offices: &Offices,
) -> Result<Vec<FollowUpLine>, LedgerError> {
    let mut lines = Vec::new();
    for open in [true, false] {
        let left = LINES.saturating_sub(lines.len());
        for one in ledger.newest_follow_ups(PHONE_REASONS, open, left)? {
            lines.push(call(ledger, one, offices)?);
        }
    }
    Ok(lines)
}

impl DeskSide {
    /// The day's results after the newest `from`, as many as the overview shows.
    pub(super) async fn day_results(self, from: usize) -> Result<DayResults, DeskProblem> {
        let now = self.now();
        let day = board::day_began(now);
        let (rows, count) = self
            .ledger(move |ledger| {
                let page = (from, board::RESULTS);
                let (rows, count) = ledger.results_since("qualification", day, page)?;
                let rows: Result<Vec<_>, LedgerError> = rows
                    .into_iter()
                    .map(|row| {
                        let remark = follow_up::remarked(ledger, &row.id)?;
                        let medical = super::medical_agreed(ledger, row.visit, now)?;
                        Ok((remark, medical, row))
                    })
                    .collect();
                Ok((rows?, count))
            })
            .await?;
        let offices = &self.counter.offices;
        let results = rows.iter().map(|(remark, medical, row)| StaffResult {
            medical: *medical,
            ..board_rows::staff_result(row, remark.as_deref(), offices)
        });
        Ok(DayResults {
            results: results.collect(),
            from,
            count,
        })
    }

    pub(super) async fn follow_up_lines(self) -> Result<Vec<FollowUpLine>, DeskProblem> {
        let offices = self.counter.offices.clone();
        self.ledger(move |ledger| call_lines(ledger, &offices))
            .await
    }

    /// The same for a sheet of paper. That it leaves the page stands in the audit chain before anything of it is answered.
    pub(super) async fn follow_ups_to_print(
        self,
        actor: Actor,
    ) -> Result<Vec<FollowUpLine>, DeskProblem> {
        self.still(&actor, false).await?;
        let lines = self.clone().follow_up_lines().await?;
        let now = self.now();
        let who = format!("staff:{}", actor.name);
        let mut results: Vec<_> = lines.iter().map(|line| line.result.clone()).collect();
        results.sort_unstable();
        results.dedup();
        let detail = json!({ "results": results, "look": "sheet" });
        self.ledger(move |ledger| {
            ledger
                .append_audit(now, &who, "follow-ups-printed", &detail)
                .map(drop)
        })
        .await?;
        Ok(lines)
    }

    pub(super) async fn job_lines(self) -> Result<Vec<JobLine>, DeskProblem> {
        self.ledger(|ledger| {
            let jobs = ledger.newest_bulk_jobs(OWNER, None, 20)?;
            jobs.into_iter()
                .map(|job| Ok(line(job_difference(ledger, &job)?, job)))
                .collect()
        })
        .await
    }

    /// What a job brought, from a place on: only of one that is whole. That it was read is recorded first.
    pub(super) async fn job_detail(
        self,
        actor: Actor,
        id: u64,
        from: u32,
    ) -> Result<JobDetail, DeskProblem> {
        self.still(&actor, false).await?;
        let now = self.now();
        let offices = self.counter.offices.clone();
        let found = self
            .ledger(move |ledger| {
                let whole = |job: &BulkJob| job.client == OWNER && job.state == BulkState::Done;
                let Some(job) = ledger.bulk_job(id)?.filter(whole) else {
                    return Ok(None);
                };
                let difference = job_difference(ledger, &job)?;
                let mut items = ledger.bulk_items(id, from, PAGE + 1)?;
                let next = items.get(PAGE).map(|item| item.n);
                items.truncate(PAGE);
                let detail = json!({"job": id, "count": items.len()});
                let who = format!("staff:{}", actor.name);
                ledger.append_audit(now, &who, "bulk-read", &detail)?;
                let registrations = job.kind == "references";
                let items = items
                    .iter()
                    .map(|item| job_item(item, registrations, difference.as_ref(), &offices))
                    .collect();
                Ok(Some(JobDetail {
                    line: line(difference, job),
                    items,
                    next,
                }))
            })
            .await?;
        found.ok_or_else(super::no_such_result)
    }
}

/// What changed against the job before, of a job that is done.
fn job_difference(ledger: &Ledger, job: &BulkJob) -> Result<Option<BulkDifference>, LedgerError> {
    if job.state != BulkState::Done {
        return Ok(None);
    }
    let before = ledger.bulk_job_before(job)?;
    before
        .map(|before| ledger.bulk_difference(before, job.id))
        .transpose()
}

fn line(difference: Option<BulkDifference>, job: BulkJob) -> JobLine {
    let params: Value = serde_json::from_str(&job.params_json).unwrap_or_default();
    let refused = &params["refused"];
    let first = refused["first"].as_array().into_iter().flatten();
    let number = |value: &Value| value.as_u64().and_then(|n| usize::try_from(n).ok());
    JobLine {
        refused: number(&refused["count"]).unwrap_or_default(),
        refused_first: first
            .map(|one| {
                let said = one["said"].as_str().unwrap_or_default();
                (number(&one["line"]), said.to_owned())
            })
            .collect(),
        service: crate::counter::service_of(&job),
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
        difference: difference
            .map(|found| (found.new.len(), found.changed.len(), found.gone.len())),
    }
}

fn job_item(
    item: &BulkItem,
    registration: bool,
    difference: Option<&BulkDifference>,
    offices: &Offices,
) -> JobItem {
    let among = |places: &[u32]| places.contains(&item.n);
    let change = match difference {
        Some(found) if among(&found.new) => "new",
        Some(found) if among(&found.changed) => "changed",
        _ => "",
    };
    let mut shown = JobItem {
        n: item.n,
        change,
        summaries: Vec::new(),
        registration: None,
    };
    if registration {
        let body: Value = serde_json::from_str(&item.body_json).unwrap_or_default();
        let word = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        shown.registration = Some(RegistrationLine {
            reference: word("reference_number"),
            registered: body["registered"] == true,
            missing: body["missing"] == true,
            said: format!("{} {}", word("service_code"), word("service_message"))
                .trim()
                .to_owned(),
        });
    } else if let Ok(body) = Deliverable::from_stored_json(&item.body_json) {
        let names: Vec<_> = body
            .results()
            .iter()
            .map(|result| result.name.clone().unwrap_or_default())
            .collect();
        let summaries = oqs::summary::summarise(&body).into_iter().enumerate();
        shown.summaries = summaries
            .map(|(index, summary)| {
                let name = names.get(index).cloned().unwrap_or_default();
                (name, kiosk::staff::summary(summary, offices))
            })
            .collect();
    }
    shown
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
    let stored = match ledger.result(id) {
        // Its own alarm says so; the call is to be made all the same.
        Err(LedgerError::Unreadable(_)) => None,
        stored => stored?,
    };
    let person = stored.as_ref().and_then(person);
    Ok(person.map(|(name, _)| name).unwrap_or_default())
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
pub(crate) fn day_and_time(at_ms: i64) -> String {
    let jst = oqs::time::to_jst(at_ms);
    match jst.get(..8) {
        Some(date) => format!("{} {}", day(date), board_rows::clock_time(at_ms)),
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
