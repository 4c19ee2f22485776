//! The lists by which a person's results are found again (small state under [`PERSON_RESULTS`], a JSON list of result ids under a
//! keyed hash): what they name is erased with the results, and a list of nothing is erased itself, so that the hash does not
//! outlive what it was kept for.

use crate::seal::Sealer;
use crate::state::put;
use crate::{LedgerError, MAX_ROWS};
use rusqlite::{Connection, OptionalExtension, params};

/// Small state under this and a keyed hash of a person lists the ids of that person's results.
pub const PERSON_RESULTS: &str = "results:";

/// Takes ids that are no longer there off the lists, and empty lists away.
pub(crate) fn tidy(connection: &Connection, sealer: &Sealer) -> Result<(), LedgerError> {
    let mut after = String::new();
    loop {
        let lists = page(connection, &after)?;
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

fn page(connection: &Connection, after: &str) -> Result<Vec<Sealed>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT key, value FROM state WHERE substr(key, 1, length(?1)) = ?1 AND key > ?2 ORDER BY key LIMIT ?3",
    )?;
    let rows = statement.query_map(params![PERSON_RESULTS, after, MAX_ROWS as i64], |row| {
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
