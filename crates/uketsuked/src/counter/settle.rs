//! Persons whose ticket is missing or does not fit the visit, and the tickets that come in later. A follow-up is settled by
//! itself only on a keyed hash of office and recipient number, taken before those numbers are withheld (invariant 6), and only
//! by a ticket that fits the day of the visit in month, period and kind; the numbers themselves are kept nowhere. A name and
//! birth date alone never settle anything: they are proposed to staff.

use ledger::{Beside, Kept, Ledger, LedgerError, NewFollowUp, NewResult, PROPOSAL};
use oqs::QualificationAnswer;
use oqs::delivery::Deliverable;
use oqs::summary::summarise;
use serde::{Deserialize, Serialize};

use super::marks::{key, mark, place};

/// The reason of a follow-up about somebody without a ticket for this institution.
pub(super) const REASON: &str = "unentrusted";
/// The reason of one about a ticket that does not fit the day of the visit.
pub(super) const UNSUITABLE: &str = "unsuitable-ticket";
/// Both.
pub(crate) const REASONS: [&str; 2] = [REASON, UNSUITABLE];
/// What a job that is whole still has to settle stands under this and its number, from the transaction that ends it on.
const PENDING: &str = "bulk-settle:";
/// Fits in one piece of small state.
const PIECE: usize = 200;
/// Longest office name kept in a note.
const OFFICE: usize = 200;
/// Most marks kept of one answer; an answer has one or two assistances, and what comes with it must not keep a result out.
const MARKS: usize = 100;

/// How well a ticket fits an open follow-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Fit {
    /// Office and recipient number are the same, and the ticket fits the day of the visit.
    Same,
    /// Not all of that is so; staff must decide.
    Maybe(Why),
}

/// Why a ticket settles nothing by itself; the later, the nearer it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Why {
    /// It is of a kind that this institution can't use.
    Kind,
    /// Its period does not hold the day of the visit.
    Period,
    /// It fits, but only name and birth date are the same.
    Name,
}

impl Why {
    /// The word for the pages.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Period => "period",
            Self::Name => "name",
        }
    }

    fn name() -> Self {
        Self::Name
    }
}

/// A ticket that fits an open follow-up.
#[derive(Serialize, Deserialize)]
pub(super) struct Settled {
    /// The follow-up.
    pub(super) follow_up: u64,
    /// Its result: behind a damaged ledger the number is another one's.
    pub(super) result: String,
    /// How well.
    pub(super) fit: Fit,
    /// Place of the person in the bulk answer.
    pub(super) item: u32,
}

/// What a bulk fetch brought for a follow-up and staff must decide on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Proposal {
    /// The job.
    pub(crate) job: u64,
    /// Place of the person in it, from 0.
    pub(crate) item: u32,
    /// Why it settles nothing by itself.
    #[serde(default = "Why::name")]
    pub(crate) why: Why,
}

/// The small state that goes with the end of a job.
pub(super) fn pending(job: u64, settled: &[Settled]) -> Result<Vec<(String, String)>, LedgerError> {
    let pieces = settled.chunks(PIECE).enumerate().map(|(n, piece)| {
        let text =
            serde_json::to_string(piece).map_err(|_| LedgerError::Unacceptable("settled"))?;
        Ok((format!("{PENDING}{job}:{n}"), text))
    });
    pieces.collect()
}

/// Settles what ended jobs left to settle; also after a restart in between. Gives how many follow-ups were closed.
pub(super) fn apply_pending(ledger: &mut Ledger, now: i64) -> Result<usize, LedgerError> {
    let mut closed = 0;
    for (key, text) in ledger.states(PENDING)? {
        let job = key
            .strip_prefix(PENDING)
            .and_then(|rest| rest.split(':').next()?.parse().ok());
        match (job, serde_json::from_str::<Vec<Settled>>(&text)) {
            (Some(job), Ok(settled)) => closed += apply(ledger, now, job, &settled)?,
            _ => tracing::error!(key, "what a bulk fetch settles can't be read"),
        }
        ledger.forget_state(&key)?;
    }
    Ok(closed)
}

/// Closes what fits by number, proposes what fits less well. Gives how many were closed.
fn apply(
    ledger: &mut Ledger,
    now: i64,
    job: u64,
    settled: &[Settled],
) -> Result<usize, LedgerError> {
    let mut closed = 0;
    for found in settled {
        let open = ledger.follow_up(found.follow_up)?;
        if open.is_none_or(|one| one.result_id != found.result || one.closed_at.is_some()) {
            continue;
        }
        match found.fit {
            Fit::Same => {
                // Stable words, put into a sentence by the page that shows it: the job and the place in its answer.
                let outcome = kiosk::desk::settled_by_ticket(job, found.item + 1);
                ledger.close_follow_up(now, found.follow_up, "terminal", &outcome)?;
                closed += 1;
            }
            Fit::Maybe(why) => propose(ledger, now, job, found, why)?,
        }
    }
    Ok(closed)
}

fn propose(
    ledger: &mut Ledger,
    now: i64,
    job: u64,
    found: &Settled,
    why: Why,
) -> Result<(), LedgerError> {
    let known = proposal(ledger, found.follow_up)?.map(|known| known.why);
    // A worse one does not hide the better one.
    if known.is_some_and(|known| known > why) {
        return Ok(());
    }
    let new = Proposal {
        job,
        item: found.item,
        why,
    };
    let text = serde_json::to_string(&new).map_err(|_| LedgerError::Unacceptable("proposal"))?;
    ledger.put_state(&format!("{PROPOSAL}{}", found.follow_up), &text)?;
    if known != Some(why) {
        let detail = serde_json::json!({
            "follow_up": found.follow_up, "result": found.result, "job": job, "item": found.item,
        });
        ledger.append_audit(now, "terminal", "follow-up-proposed", &detail)?;
    }
    Ok(())
}

/// The proposal for a follow-up, if there is one.
pub(crate) fn proposal(ledger: &Ledger, follow_up: u64) -> Result<Option<Proposal>, LedgerError> {
    Ok(match ledger.kept(&format!("{PROPOSAL}{follow_up}"))? {
        Kept::Text(text) => serde_json::from_str(&text).ok(),
        // The next fetch that finds the ticket proposes it again.
        Kept::Nothing | Kept::Unreadable => None,
    })
}

/// What is to be stored together with a result: for one that holds an unentrusted assistance, or one without a ticket that fits the
/// day of the visit, its follow-up, with the marks of the raw answer.
///
/// # Errors
/// The key of the marks can't be read or made.
pub(crate) fn unentrusted(
    ledger: &mut Ledger,
    new: &NewResult,
    raw: &QualificationAnswer,
    institution_code: &str,
) -> Result<Beside, LedgerError> {
    let shown = Deliverable::from_answer(raw, institution_code);
    let mut state = Vec::from_iter(crate::staff::earlier::noted(ledger, new)?);
    let summaries = summarise(&shown);
    let doubtful = |index: usize| summaries.get(index).is_some_and(|one| one.doubtful);
    let reason = if shown.any_unentrusted() {
        REASON
    } else if (0..raw.results().len()).any(doubtful) {
        UNSUITABLE
    } else {
        return Ok(Beside {
            state,
            ..Beside::default()
        });
    };
    let header = raw.header.as_ref();
    let day = header
        .and_then(|header| header.qualification_confirmation_date.as_deref())
        .filter(|day| oqs::time::is_date(day))
        .unwrap_or_default();
    let key = key(ledger)?;
    let mut marks = Vec::new();
    let mut office = String::new();
    for (index, result) in raw.results().iter().enumerate() {
        if (shown.is_unentrusted(index) || doubtful(index)) && marks.len() < MARKS {
            marks.push(mark(&key, result, day));
            if office.is_empty() {
                office = result.insurer_name.clone().unwrap_or_default();
            }
        }
    }
    let text = serde_json::to_string(&marks).map_err(|_| LedgerError::Unacceptable("marks"))?;
    let follow_up = NewFollowUp {
        visit: new.visit,
        reader: new.reader.clone(),
        result_id: new.id(),
        reason: reason.to_owned(),
        note: office.chars().take(OFFICE).collect(),
    };
    state.push((place(&new.id()), text));
    Ok(Beside {
        follow_up: Some(follow_up),
        state,
        ..Beside::default()
    })
}
