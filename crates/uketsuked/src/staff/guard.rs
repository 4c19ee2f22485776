//! Five wrong passwords or codes lock an account for 15 minutes, across restarts: the rule of visual confirmation (invariant 8,
//! docs/invariants.md), for each account. Each try stands in the audit chain before it is answered.

use std::collections::BTreeMap;

use kiosk::desk::DeskProblem;
use ledger::{Ledger, LedgerError};
use serde_json::json;
use visit::{PasscodeGuard, PasscodeVerdict};

use super::problem;

/// Where the numbers stand in the ledger: for each name the wrong tries, the end of the lock, and the last time step of the
/// second factor that was used.
const STATE: &str = "staff-guards";

type Guards = BTreeMap<String, (u32, i64, u64)>;

fn read(ledger: &Ledger) -> Result<Guards, LedgerError> {
    let text = ledger.get_state(STATE)?;
    Ok(text
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
}

/// The last time step of the second factor that this person used.
pub(super) fn last_step(ledger: &Ledger, name: &str) -> Result<u64, LedgerError> {
    Ok(read(ledger)?.get(name).map_or(0, |guard| guard.2))
}

/// Under which name tries are counted: those at the second factor, which only somebody signed in makes, apart from those at the password,
/// which anybody on the network can make; a guessed password would else keep out who is at work.
fn counted_under(name: &str, step: Option<u64>) -> String {
    match step {
        // No account's name holds a control character.
        Some(_) => format!("{name}\u{1F}second"),
        None => name.to_owned(),
    }
}

/// Judges a try of an account that exists. `step` is the time step to remember when it was a code of the second factor.
pub(super) fn judge(
    ledger: &mut Ledger,
    now: i64,
    name: &str,
    fits: bool,
    step: Option<u64>,
) -> Result<PasscodeVerdict, LedgerError> {
    let mut guards = read(ledger)?;
    let last = guards.get(name).map_or(0, |kept| kept.2);
    let kept = guards.entry(counted_under(name, step)).or_default();
    let mut guard = PasscodeGuard {
        wrong: kept.0,
        locked_until_ms: kept.1,
    };
    let verdict = guard.judge(fits, now);
    let accepted = verdict == PasscodeVerdict::Accepted;
    let used = step.filter(|_| accepted).unwrap_or(last);
    (kept.0, kept.1) = (guard.wrong, guard.locked_until_ms);
    guards.entry(name.to_owned()).or_default().2 = used;
    let text = serde_json::to_string(&guards).map_err(|_| LedgerError::Unacceptable("guards"))?;
    ledger.put_state(STATE, &text)?;
    let action = if step.is_some() {
        "staff-second-factor"
    } else {
        "staff-sign-in"
    };
    let detail = json!({
        "accepted": accepted,
        "locked": matches!(verdict, PasscodeVerdict::Locked { .. }),
    });
    ledger.append_audit(now, &format!("staff:{name}"), action, &detail)?;
    Ok(verdict)
}

/// The locks of all accounts as they stand after the time went back from one to another (ms since 1970), to be kept with that; `None` where
/// there are none. The last step of each second factor stays: a code that was used is used.
pub(crate) fn locks_set_back(
    ledger: &Ledger,
    from: i64,
    to: i64,
) -> Result<Option<(String, String)>, LedgerError> {
    let mut guards = read(ledger)?;
    if guards.is_empty() {
        return Ok(None);
    }
    for kept in guards.values_mut() {
        let mut guard = PasscodeGuard {
            wrong: kept.0,
            locked_until_ms: kept.1,
        };
        guard.set_back(from, to);
        kept.1 = guard.locked_until_ms;
    }
    let text = serde_json::to_string(&guards).map_err(|_| LedgerError::Unacceptable("guards"))?;
    Ok(Some((STATE.to_owned(), text)))
}

/// What the person is told.
pub(super) fn answer(
    verdict: PasscodeVerdict,
    wrong: impl FnOnce() -> DeskProblem,
) -> Result<(), DeskProblem> {
    match verdict {
        PasscodeVerdict::Accepted => Ok(()),
        PasscodeVerdict::Wrong { .. } => Err(wrong()),
        PasscodeVerdict::Locked { .. } => Err(problem("UK-STAFF-002")),
    }
}
