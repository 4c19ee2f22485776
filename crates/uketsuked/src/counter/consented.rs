//! Medical information of the persons of a bulk fetch of consents (訪問診療等, オンライン診療等): when the job is done, each person whose consent
//! allows it now is asked about by the numbers in the answer, one after the other, going on after a restart. Who was asked about a short
//! while ago under the same consent is not asked about again.

use std::collections::{BTreeMap, HashMap};

use ledger::{BulkItem, BulkJob, BulkState, Ledger, LedgerError, NewResult};
use oqs::delivery::Deliverable;
use oqs::{ConsentKind, QualificationResult, may_request};
use serde_json::json;

use super::bulk::{LIFE_MS, OWNER};
use super::held::{Held, Mark, each_open, marks_of};
use super::medical::{Asking, FAILED, Got};
use super::request::{Care, Numbers};
use super::{Counter, CounterError, Turn};
use crate::engine::Message;

/// Which jobs still have persons to be asked about, and the place of the next; sealed with the rest of the small state.
const TODO: &str = "consented-medical";
/// Persons read at once.
const PAGE: usize = 50;
/// The same kind is asked for again under the same consent only after so long, as existing programs hold it
/// (YUKI-ENT/OQSDrug2).
const PAUSE_MS: i64 = 6 * 3_600_000;
const CHECKUPS_PAUSE_MS: i64 = 24 * 3_600_000;

/// How far it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// Nothing is left.
    All,
    /// Something must be asked again.
    Later,
}

/// When a kind was last stored under a consent of a person, by mark, kind and the consent's own time.
pub(super) type Recent = HashMap<(Mark, String, Option<i64>), i64>;

/// Notes a job whose persons are to be asked about when it is done.
pub(super) fn note(ledger: &mut Ledger, job: u64) -> Result<(), LedgerError> {
    let mut todo = read(ledger)?;
    if todo.contains_key(&job) {
        return Ok(());
    }
    let _ = todo.insert(job, 0);
    write(ledger, &todo)
}

fn read(ledger: &Ledger) -> Result<BTreeMap<u64, u32>, LedgerError> {
    let text = ledger.get_state(TODO)?;
    Ok(text
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
}

fn write(ledger: &mut Ledger, todo: &BTreeMap<u64, u32>) -> Result<(), LedgerError> {
    ledger.put_state(TODO, &text(todo)?)
}

fn text(todo: &BTreeMap<u64, u32>) -> Result<String, LedgerError> {
    serde_json::to_string(todo).map_err(|_| LedgerError::Unacceptable("jobs"))
}

impl Counter {
    /// Goes on with the persons of the jobs that are done.
    pub(super) async fn medical_of_consented(&self) -> Asked {
        match self.go_on().await {
            Ok(asked) => asked,
            Err(error) => {
                tracing::error!(
                    code = error.code,
                    "consented persons could not be asked about"
                );
                Asked::Later
            }
        }
    }

    async fn go_on(&self) -> Result<Asked, CounterError> {
        let todo = self.ledger(|ledger| read(ledger)).await?;
        let mut outcome = Asked::All;
        for (id, from) in todo {
            let job = self.ledger(move |ledger| ledger.bulk_job(id)).await?;
            let too_old =
                |job: &BulkJob| self.clock.wall_ms().saturating_sub(job.made_at) > LIFE_MS;
            match job {
                Some(job) if job.state == BulkState::Working => {}
                Some(job) if job.state == BulkState::Done && !too_old(&job) => {
                    if self.persons_of(&job, from).await? == Asked::Later {
                        outcome = Asked::Later;
                        // What stopped this one would stop the others too.
                        break;
                    }
                    self.went_on(id, None).await?;
                }
                // Ended too long ago: who was not asked about yet is not asked about any more, and staff hears of it.
                Some(job) if job.state == BulkState::Done => {
                    self.give_up_persons(&job, from).await?;
                }
                _ => self.went_on(id, None).await?,
            }
        }
        Ok(outcome)
    }

    /// Leaves the persons from this place on: their number stands in the audit chain, and staff is told, when there are any.
    async fn give_up_persons(&self, job: &BulkJob, from: u32) -> Result<(), CounterError> {
        let (id, now) = (job.id, self.clock.wall_ms());
        let left = self
            .ledger(move |ledger| {
                let mut left = 0_u64;
                let mut at = from;
                loop {
                    let page = ledger.bulk_items(id, at, PAGE)?;
                    let Some(last) = page.last() else { break };
                    at = last.n.saturating_add(1);
                    left = left.saturating_add(page.len() as u64);
                }
                let mut todo = read(ledger)?;
                let _ = todo.remove(&id);
                if left == 0 {
                    write(ledger, &todo)?;
                    return Ok(0);
                }
                let detail = json!({"job": id, "persons": left, "why": "its time has passed"});
                let changes = [(TODO.to_owned(), Some(text(&todo)?))];
                let what = ("consented-given-up", detail);
                ledger.change_states(now, "terminal", what, &changes)?;
                Ok(left)
            })
            .await?;
        if left > 0 {
            let _ = self.engine.send(Message::Alert { code: FAILED }).await;
        }
        Ok(())
    }

    /// Keeps the place of the next person; `None` = the job needs nothing more.
    async fn went_on(&self, job: u64, next: Option<u32>) -> Result<(), CounterError> {
        self.ledger(move |ledger| {
            let mut todo = read(ledger)?;
            let _ = match next {
                Some(next) => todo.insert(job, next),
                None => todo.remove(&job),
            };
            write(ledger, &todo)
        })
        .await
    }

    async fn persons_of(&self, job: &BulkJob, mut from: u32) -> Result<Asked, CounterError> {
        let Some(care) = Care::of_word(&job.kind) else {
            return Ok(Asked::All);
        };
        let now = self.clock.wall_ms();
        let recent = self
            .ledger(move |ledger| recent(ledger, care.word(), now))
            .await?;
        let id = job.id;
        loop {
            let page = self
                .ledger(move |ledger| ledger.bulk_items(id, from, PAGE))
                .await?;
            if page.is_empty() {
                return Ok(Asked::All);
            }
            for item in page {
                from = item.n.saturating_add(1);
                if self.person(job, care, &item, &recent).await? == Asked::Later {
                    return Ok(Asked::Later);
                }
                self.went_on(id, Some(from)).await?;
            }
        }
    }

    async fn person(
        &self,
        job: &BulkJob,
        care: Care,
        item: &BulkItem,
        recent: &Recent,
    ) -> Result<Asked, CounterError> {
        let Ok(qualification) = Deliverable::from_stored_json(&item.body_json) else {
            tracing::error!(job = job.id, n = item.n, "a stored person can't be read");
            return Ok(Asked::All);
        };
        // An unentrusted assistance's numbers are not there any more: they go nowhere (invariant 6).
        let results = qualification.results();
        let is_assistance = |result: &&QualificationResult| {
            result.is_medical_assistance(qualification.answer().validity())
        };
        let insured = results.iter().filter(|result| !is_assistance(result));
        let Some(numbers) = insured.chain(results).find_map(numbers_of) else {
            return Ok(Asked::All);
        };
        let params: serde_json::Value = serde_json::from_str(&job.params_json).unwrap_or_default();
        // Fetched by days of the care, the last of them bounds; by days of the consent the care's day is not known, and the service's
        // time alone counts.
        let by_care_day = params["by_care_day"].as_bool() == Some(true);
        let care_day = params["to"].as_str().filter(|_| by_care_day);
        let flow = (care.flow(), care_day);
        let now = self.clock.wall_ms();
        let held = Held::of(flow, now, qualification.answer(), None);
        let marking = held.clone();
        let marks = self.ledger(move |ledger| marking.marks(ledger)).await?;
        let turn = Turn::named(OWNER, &format!("consented {} {}", job.id, item.n));
        let kinds = self.due_kinds(&held, &marks, recent);
        if kinds.is_empty() {
            return Ok(Asked::All);
        }
        self.keep_person(turn, care, held.clone(), &qualification)
            .await?;
        let asking = Asking {
            care,
            numbers: &numbers,
            consents: held.consents(),
            qualification: &qualification,
            visit: turn.visit(),
            reader: self.reader(care.word(), OWNER),
            owner: None,
        };
        let mut got = Vec::new();
        for kind in kinds {
            got.push((kind, self.fetch_kind(&asking, kind).await));
        }
        if got.iter().any(|(_, got)| matches!(got, Got::Later(_))) {
            return Ok(Asked::Later);
        }
        got.retain(|(_, got)| *got != Got::NotAllowed);
        self.tell_failed(&got);
        self.record_medical(OWNER, turn.visit(), &got).await?;
        Ok(Asked::All)
    }

    /// The kinds that may be asked for now and were not a short while ago.
    fn due_kinds(&self, held: &Held, marks: &[Mark], recent: &Recent) -> Vec<ConsentKind> {
        let now = self.clock.wall_ms();
        let jst = oqs::time::to_jst(now);
        let is_fresh = |kind: ConsentKind| {
            let given = held.consents().of(kind).time.as_deref();
            let given = given.and_then(oqs::time::from_jst);
            let pause = match kind {
                ConsentKind::Checkups => CHECKUPS_PAUSE_MS,
                _ => PAUSE_MS,
            };
            marks.iter().any(|mark| {
                let known = recent.get(&(mark.clone(), kind.en().to_owned(), given));
                known.is_some_and(|at| now.saturating_sub(*at) < pause)
            })
        };
        ConsentKind::ALL
            .into_iter()
            .filter(|kind| {
                !self.qualification_only
                    && may_request(*kind, held.consents(), &jst)
                    && !is_fresh(*kind)
            })
            .collect()
    }

    /// The qualification as a result beside the job, for staff to find the information by: the job's readers import it from the job, so that
    /// it is the terminal's and taken over from the first (invariant 9).
    async fn keep_person(
        &self,
        turn: Turn,
        care: Care,
        held: Held,
        qualification: &Deliverable,
    ) -> Result<(), CounterError> {
        let new = NewResult {
            visit: turn.visit(),
            reader: self.reader(care.word(), OWNER),
            kind: "qualification".to_owned(),
            body_json: qualification.to_json(),
            simulated: self.simulated,
        };
        let now = self.clock.wall_ms();
        self.ledger(move |ledger| {
            let beside = ledger::Beside {
                consents: held.record(ledger, now, new.visit)?,
                ..ledger::Beside::default()
            };
            let stored = ledger.store_owned_result(now, &new, &beside, OWNER)?;
            ledger.acknowledge(&stored.id, OWNER, now)
        })
        .await
    }
}

/// The numbers of a qualification as the service gave them.
fn numbers_of(result: &QualificationResult) -> Option<Numbers> {
    let text = |text: Option<&str>| text.unwrap_or_default().trim().to_owned();
    let numbers = Numbers {
        insurer_number: text(result.insurer_number.as_deref()),
        symbol: text(result.insured_card_symbol.as_deref()),
        number: text(result.insured_identification_number.as_deref()),
        branch: text(result.insured_branch_number.as_deref()),
        birth_date: text(result.birthdate.as_deref()),
        limit_certificate: false,
    };
    (!numbers.insurer_number.is_empty() && !numbers.number.is_empty()).then_some(numbers)
}

/// What was stored lately under the consents that are open.
pub(super) fn recent(ledger: &mut Ledger, flow: &str, now: i64) -> Result<Recent, LedgerError> {
    let mut recent = Recent::new();
    each_open(ledger, flow, now, |ledger, consent| {
        let id = |prefix: &str| format!("{prefix}{:016x}-{}", consent.visit, consent.kind);
        for prefix in ["", "sim-"] {
            let Some(stored) = ledger.result(&id(prefix))? else {
                continue;
            };
            for mark in marks_of(&consent) {
                let at = recent
                    .entry((mark, consent.kind.clone(), consent.given_at))
                    .or_insert(stored.stored_at);
                *at = stored.stored_at.max(*at);
            }
        }
        Ok(())
    })?;
    Ok(recent)
}
