//! The results before of the same person, found however many others came between: their ids are kept under a keyed hash of name and
//! birth date, written in the result's own transaction (invariant 9). What retention has erased is no longer found, and a list whose
//! results are all erased goes with them.

use ledger::{Ledger, LedgerError, NewResult, PERSON_RESULTS, StoredResult};
use ring::hmac;

use super::detail::asks_everything;
use super::lists::person_in;
use crate::counter::mark_key;

/// Ids kept of one person, newest first.
const KEPT: usize = 16;

fn place(ledger: &mut Ledger, body_json: &str) -> Result<Option<String>, LedgerError> {
    let Some((name, born)) = person_in(body_json) else {
        return Ok(None);
    };
    let key = mark_key(ledger)?;
    let tag = hmac::sign(&key, format!("results\u{1f}{name}\u{1f}{born}").as_bytes());
    let hex: String = tag
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(Some(format!("{PERSON_RESULTS}{hex}")))
}

fn ids(ledger: &Ledger, place: &str) -> Result<Vec<String>, LedgerError> {
    let text = ledger.get_state(place)?;
    Ok(text
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
}

/// What is to be stored with a qualification so that it is found at the person's next one.
///
/// # Errors
/// The ledger can't be read.
pub(crate) fn noted(
    ledger: &mut Ledger,
    new: &NewResult,
) -> Result<Option<(String, String)>, LedgerError> {
    if new.kind != "qualification" {
        return Ok(None);
    }
    let Some(place) = place(ledger, &new.body_json)? else {
        return Ok(None);
    };
    let id = new.id();
    let mut ids = ids(ledger, &place)?;
    ids.retain(|known| *known != id);
    ids.insert(0, id);
    ids.truncate(KEPT);
    let text = serde_json::to_string(&ids).map_err(|_| LedgerError::Unacceptable("results"))?;
    Ok(Some((place, text)))
}

/// The newest result before this one of the same name and birth date that is still there; for a result that asked for everything the newest
/// that did as well, where there is one, so that a loss is seen across lookups in between.
pub(super) fn before(
    ledger: &mut Ledger,
    stored: &StoredResult,
) -> Result<Option<StoredResult>, LedgerError> {
    let Some(place) = place(ledger, &stored.body_json)? else {
        return Ok(None);
    };
    let all = asks_everything(&stored.reader);
    let mut newest = None;
    for id in ids(ledger, &place)? {
        match ledger.result(&id)? {
            Some(found) if found.seq < stored.seq => {
                if !all || asks_everything(&found.reader) {
                    return Ok(Some(found));
                }
                let _ = newest.get_or_insert(found);
            }
            _ => {}
        }
    }
    Ok(newest)
}
