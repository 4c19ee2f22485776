//! One result with what stands beside it: the result before of the same person, letters to look at, the audit of its visit.

use std::sync::Arc;

use kiosk::Words;
use kiosk::desk::{
    Actor, AuditLine, Before, Change, DeskProblem, Look, Marked, Referable, ResultDetail,
};
use kiosk::staff::{Offices, StaffField, StaffResult, StaffSummary};
use ledger::{AuditRecord, StoredResult};
use oqs::QualificationResult;
use oqs::delivery::Deliverable;
use serde_json::{Value, json};

use super::lists::{day_and_time, person};
use super::{DeskSide, from_counter, no_such_result};
use crate::ledger_desk::DeskClosed;
use crate::{board_rows, follow_up};

/// Newest results looked through for the one before, for those stored before their person was noted.
const BACK: usize = 300;
/// A visit's records begin at most so long before its result is stored.
const BEFORE_MS: i64 = 3_600_000;

impl DeskSide {
    /// The stored qualification of this id.
    pub(super) async fn stored(&self, id: String) -> Result<StoredResult, DeskProblem> {
        let found = self.ledger(move |ledger| ledger.result(&id)).await?;
        found
            .filter(|stored| stored.kind == "qualification")
            .ok_or_else(no_such_result)
    }

    /// The result and what stands beside it. Who looked stands in the audit chain before anything of it is answered.
    pub(super) async fn detail(
        self,
        actor: Actor,
        id: String,
        look: Look,
    ) -> Result<ResultDetail, DeskProblem> {
        self.still(&actor, false).await?;
        let stored = self.stored(id).await?;
        let now = self.now();
        self.note_look(now, &actor, &stored, look).await?;
        let looked = stored.clone();
        let telephones = self.counter.offices.clone();
        let (earlier, calls, audit, (medical, uncollected, remark)) = self
            .ledger(move |ledger| {
                let earlier = match super::earlier::before(ledger, &looked)? {
                    Some(found) => Some(found),
                    None => among(&looked, ledger.newest_results(BACK)?),
                };
                let about = [format!("{:016x}", looked.visit), looked.id.clone()];
                let audit =
                    ledger.audit_about(&about, looked.stored_at.saturating_sub(BEFORE_MS))?;
                let medical = super::medical::is_there(ledger, &looked, now)?;
                let calls = super::lists::calls_of(ledger, &looked.id, &telephones)?;
                let uncollected = ledger.may_be_delivered_again(&looked.id)?;
                let remark = follow_up::remarked(ledger, &looked.id)?;
                Ok((earlier, calls, audit, (medical, uncollected, remark)))
            })
            .await?;
        let spelling = self.spelling(&stored).await?;
        let offices = &self.counter.offices;
        let mut result = board_rows::staff_result(&stored, remark.as_deref(), offices);
        result.medical = medical;
        let before = earlier.map(|found| before(&found, &result, offices));
        Ok(ResultDetail {
            at: day_and_time(stored.stored_at),
            marked: marked(&result),
            spelling,
            before,
            calls,
            audit: audit.iter().flat_map(audit_lines).collect(),
            medical,
            uncollected,
            referable: referable(&stored.body_json),
            result,
        })
    }

    async fn note_look(
        &self,
        now: i64,
        actor: &Actor,
        stored: &StoredResult,
        look: Look,
    ) -> Result<(), DeskProblem> {
        let look = match look {
            Look::Page => "page",
            Look::Sheet => "sheet",
            Look::Medical => return Ok(()),
        };
        let visit = format!("{:016x}", stored.visit);
        let detail = json!({ "result": stored.id, "visit": visit, "look": look });
        let who = format!("staff:{}", actor.name);
        self.ledger(move |ledger| {
            ledger
                .append_audit(now, &who, "result-read", &detail)
                .map(drop)
        })
        .await
    }

    /// Who is shown which results on the overview of the clinic's network, in one record; none where the page has given up waiting, since then
    /// nothing is shown. Few wait at the ledger at once, so that a ledger that hangs has room for results.
    pub(super) async fn overview(
        self,
        actor: Actor,
        results: Vec<String>,
    ) -> Result<(), DeskProblem> {
        self.still(&actor, false).await?;
        let now = self.now();
        let who = format!("staff:{}", actor.name);
        let detail = json!({ "results": results, "look": "overview" });
        let Ok(room) = Arc::clone(&self.looking).acquire_owned().await else {
            return Err(from_counter(DeskClosed.into()));
        };
        let waits = Arc::new(());
        let waited_for = Arc::downgrade(&waits);
        let recorded = self.ledger(move |ledger| {
            let recorded = match waited_for.upgrade() {
                Some(_) => ledger
                    .append_audit(now, &who, "result-read", &detail)
                    .map(drop),
                None => Ok(()),
            };
            drop(room);
            recorded
        });
        let recorded = recorded.await;
        drop(waits);
        recorded
    }

    /// Once more into the folder, on the word of whoever is signed in.
    pub(super) async fn once_more(
        self,
        actor: Actor,
        id: String,
        reason: String,
    ) -> Result<(), DeskProblem> {
        self.still(&actor, false).await?;
        let now = self.now();
        let who = format!("staff:{}", actor.name);
        self.ledger(move |ledger| ledger.deliver_again(now, &id, &who, &reason))
            .await
    }

    /// Registers a reference number with the numbers of a qualification that stands in a result.
    pub(super) async fn refer(
        self,
        actor: Actor,
        id: String,
        index: usize,
        reference: String,
    ) -> Result<(), DeskProblem> {
        self.still(&actor, false).await?;
        let stored = self.stored(id).await?;
        let body = Deliverable::from_stored_json(&stored.body_json).ok();
        let request = body
            .as_ref()
            .and_then(|body| body.results().get(index))
            .and_then(|result| reference_request(result, &reference))
            .ok_or_else(no_such_result)?;
        self.ask(actor, request).await.map(drop)
    }
}

/// What a registration asks for, out of a result; `None` where the numbers are not there, as with somebody unentrusted.
fn reference_request(result: &QualificationResult, reference: &str) -> Option<Value> {
    let text = |text: &Option<String>| text.as_deref().unwrap_or_default().trim().to_owned();
    let insurer = result
        .insurer_number_trimmed()
        .filter(|it| !it.is_empty())?;
    let number = result.insured_identification_number.as_deref()?.trim();
    (!number.is_empty()).then(|| {
        json!({
            "do": "register-reference",
            "reference_number": reference,
            "insurer_number": insurer,
            "number": number,
            "symbol": text(&result.insured_card_symbol.as_deref().map(str::to_owned)),
            "branch": text(&result.insured_branch_number.as_deref().map(str::to_owned)),
        })
    })
}

fn referable(body_json: &str) -> Vec<Referable> {
    let Ok(body) = Deliverable::from_stored_json(body_json) else {
        return Vec::new();
    };
    let results = body.results().iter().enumerate();
    let fit = results.filter(|(_, result)| reference_request(result, "").is_some());
    fit.map(|(index, result)| Referable {
        index,
        of: result.insurer_name.clone().unwrap_or_default(),
        number: result.reference_number.as_deref().map(str::to_owned),
    })
    .collect()
}

/// A record as a line, with where its time came from; the call that was opened together with a result is a line of its own, as what became of
/// it is.
fn audit_lines(record: &AuditRecord) -> Vec<AuditLine> {
    let mut detail = record.detail.clone();
    let opened = detail
        .as_object_mut()
        .and_then(|map| map.remove("follow_up"));
    let line = |action: &str, mut detail: Value| {
        if let (Some(source), Some(fields)) = (&record.time_source, detail.as_object_mut()) {
            let _ = fields.insert("time_source".to_owned(), source.as_str().into());
        }
        AuditLine {
            at: day_and_time(record.at),
            actor: record.actor.clone(),
            action: action.to_owned(),
            detail,
        }
    };
    match opened {
        Some(opened) if opened.is_object() => vec![
            line(&record.action, detail),
            line("follow-up-opened", opened),
        ],
        _ => vec![line(&record.action, record.detail.clone())],
    }
}

/// Fields whose text has lost letters, or holds some that Shift_JIS has not; each once.
fn marked(result: &StaffResult) -> Vec<Marked> {
    let mut marked: Vec<Marked> = Vec::new();
    for field in result.summaries.iter().flat_map(|summary| &summary.fields) {
        let text = field.value.ja.as_str();
        let lost = oqs::charset::is_unreadable(text);
        let known = marked.iter().any(|one| one.label == field.label);
        if (lost || !oqs::charset::shift_jis_holds(text)) && !known {
            marked.push(Marked {
                label: field.label.clone(),
                lost,
            });
        }
    }
    marked
}

/// The newest of these before this one with the same name and birth date: a person's numbers change with the insurance, so they
/// can't tell. It is shown to staff as just that, and decides nothing.
fn among(stored: &StoredResult, newest: Vec<StoredResult>) -> Option<StoredResult> {
    let who = person(stored)?;
    newest.into_iter().find(|other| {
        other.kind == "qualification"
            && other.seq < stored.seq
            && person(other).as_ref() == Some(&who)
    })
}

fn before(found: &StoredResult, now: &StaffResult, offices: &Offices) -> Before {
    Before {
        id: found.id.clone(),
        at: day_and_time(found.stored_at),
        changes: changes(&board_rows::staff_result(found, None, offices), now),
    }
}

fn changes(before: &StaffResult, now: &StaffResult) -> Vec<Change> {
    let (then_all, now_all) = (
        asks_everything(&before.reader),
        asks_everything(&now.reader),
    );
    let mut changes: Vec<(&Words, Change)> = Vec::new();
    for summary in &now.summaries {
        let mut found = Vec::new();
        match same_kind(&before.summaries, summary) {
            Some(old) => compare(old, summary, (then_all, now_all), &mut found),
            // Not asked for before, it is no news now.
            None if !then_all => {}
            None => found.push(Change {
                label: summary.classification.clone(),
                before: Words::default(),
                now: summary.headline.clone(),
            }),
        }
        changes.extend(found.into_iter().map(|one| (&summary.classification, one)));
    }
    // What was not asked for is not lost.
    for old in before.summaries.iter().filter(|_| now_all) {
        if same_kind(&now.summaries, old).is_none() {
            changes.push((
                &old.classification,
                Change {
                    label: old.classification.clone(),
                    before: old.headline.clone(),
                    now: Words::default(),
                },
            ));
        }
    }
    told_apart(changes)
}

/// Where two qualifications changed in the same item, each row says of which it speaks.
fn told_apart(changes: Vec<(&Words, Change)>) -> Vec<Change> {
    let labels: Vec<Words> = changes.iter().map(|(_, one)| one.label.clone()).collect();
    let twice = |label: &Words| labels.iter().filter(|one| *one == label).count() > 1;
    changes
        .into_iter()
        .map(|(of, mut one)| {
            if twice(&one.label) {
                let both = |label: &str, of: &str| format!("{label} ({of})");
                one.label = Words::new(both(&one.label.ja, &of.ja), both(&one.label.en, &of.en));
            }
            one
        })
        .collect()
}

/// Whether a result answers for everything that a person has: one that came with a card does. A lookup by numbers asks about that one
/// qualification and need not ask for a limit certificate, so does a re-inquiry by stored numbers.
pub(super) fn asks_everything(reader: &str) -> bool {
    let by_numbers = [
        "number",
        "visiting",
        "house-call",
        "online",
        "alternative-route",
    ];
    !by_numbers
        .iter()
        .any(|how| reader.contains(&format!("/{how}:")))
}

fn same_kind<'s>(among: &'s [StaffSummary], like: &StaffSummary) -> Option<&'s StaffSummary> {
    among
        .iter()
        .find(|one| one.classification == like.classification)
}

fn compare(
    old: &StaffSummary,
    now: &StaffSummary,
    (then_all, now_all): (bool, bool),
    changes: &mut Vec<Change>,
) {
    if old.headline != now.headline {
        changes.push(Change {
            label: now.classification.clone(),
            before: old.headline.clone(),
            now: now.headline.clone(),
        });
    }
    let value = |fields: &[StaffField], label: &Words| {
        let found = fields.iter().find(|field| field.label == *label);
        found.map(|field| field.value.clone()).unwrap_or_default()
    };
    for field in &now.fields {
        // Each visit has consents of its own: their times say nothing of what changed about the person.
        if field.item.ends_with("-consent") {
            continue;
        }
        let was = value(&old.fields, &field.label);
        // What an unentrusted result withholds is not told by way of an earlier one either (invariant 6).
        let withheld = now.unentrusted && is_nothing(&field.value);
        let unasked = (!now_all && is_nothing(&field.value)) || (!then_all && is_nothing(&was));
        if unasked {
            continue;
        }
        if was != field.value && !withheld && !(is_nothing(&was) && is_nothing(&field.value)) {
            changes.push(Change {
                label: field.label.clone(),
                before: was,
                now: field.value.clone(),
            });
        }
    }
}

fn is_nothing(words: &Words) -> bool {
    matches!(words.ja.trim(), "" | "-")
}

#[cfg(test)]
mod tests;
