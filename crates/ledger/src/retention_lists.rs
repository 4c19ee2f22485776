//! The lists by which a person's results are found again (small state under [`PERSON_RESULTS`], a JSON list of result ids under a
//! keyed hash): what they name is erased with the results, and a list of nothing is erased itself, so that the hash does not
//! outlive what it was kept for. Beside them the spellings that staff accepted for a person's name, which no result takes along.

use crate::seal::Sealer;
use crate::state::put;
use crate::{LedgerError, MAX_ROWS};
use rusqlite::{Connection, OptionalExtension, params};

/// Small state under this and a keyed hash of a person lists the ids of that person's results.
pub const PERSON_RESULTS: &str = "results:";

/// Small state under this and a keyed hash of a person is the spelling that staff accepted: a JSON list that ends with the moment it was
/// last kept or shown, in milliseconds since the Unix epoch.
pub const SPELLING: &str = "spelling:";

/// Takes ids that are no longer there off the lists, and empty lists away.
pub(crate) fn tidy(connection: &Connection, sealer: &Sealer) -> Result<(), LedgerError> {
    let mut after = String::new();
    loop {
        let lists = page(connection, PERSON_RESULTS, &after)?;
        let Some((last, _)) = lists.last() else {
            return Ok(());
        };
        after.clone_from(last);
        for (key, sealed) in &lists {
            let text = sealer.open_text("state", key, &[], sealed)?;
            // What is no list is left for whoever wrote it.
            let Ok(mut ids) = serde_json::from_str::<Vec<String>>(&text) else {
                continue;
            };
            let before = ids.len();
            let mut there = Vec::with_capacity(before);
            for id in ids.drain(..) {
                if exists(connection, &id)? {
                    there.push(id);
                }
            }
            if there.is_empty() {
                connection.execute("DELETE FROM state WHERE key = ?1", [key])?;
            } else if there.len() != before {
                let text = serde_json::to_string(&there)
                    .map_err(|_| LedgerError::Unacceptable("results"))?;
                put(connection, sealer, key, &text)?;
            }
        }
    }
}

type Sealed = (String, Vec<u8>);

/// Erases accepted spellings that nobody has kept or seen since `before`; gives how many.
pub(crate) fn spellings(
    connection: &Connection,
    sealer: &Sealer,
    before: i64,
) -> Result<usize, LedgerError> {
    let (mut after, mut erased) = (String::new(), 0);
    loop {
        let kept = page(connection, SPELLING, &after)?;
        let Some((last, _)) = kept.last() else {
            return Ok(erased);
        };
        after.clone_from(last);
        for (key, sealed) in &kept {
            let text = sealer.open_text("state", key, &[], sealed)?;
            let parts: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap_or_default();
            // What tells no time can't be shown either: it is of no use to anybody.
            let used = parts.last().and_then(serde_json::Value::as_i64);
            if used.is_none_or(|used| used < before) {
                erased += connection.execute("DELETE FROM state WHERE key = ?1", [key])?;
            }
        }
    }
}

fn page(connection: &Connection, prefix: &str, after: &str) -> Result<Vec<Sealed>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT key, value FROM state WHERE substr(key, 1, length(?1)) = ?1 AND key > ?2 ORDER BY key LIMIT ?3",
    )?;
    let rows = statement.query_map(params![prefix, after, MAX_ROWS as i64], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn exists(connection: &Connection, id: &str) -> Result<bool, LedgerError> {
    let found = connection
        .prepare_cached("SELECT 1 FROM results WHERE id = ?1")?
        .query_row([id], |_| Ok(()))
        .optional()?;
    Ok(found.is_some())
}
