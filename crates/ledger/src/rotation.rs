//! Rotation of the sealing key: a newer generation in the key file seals from the next start on, everything older is sealed
//! anew in small steps, and when nothing is left the older key may be destroyed. All of it stands in the audit chain.

use crate::audit;
use crate::seal::Sealer;
use crate::write::begin;
use crate::{Ledger, LedgerError, open, signer};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;

const PLACE: &str = "generations";

/// A sealed column: its table, the column, the columns that identify a row, and those bound into the seal.
pub(crate) struct Sealed {
    pub(crate) table: &'static str,
    pub(crate) column: &'static str,
    /// SQL that gives the seal's id as text.
    pub(crate) id: &'static str,
    /// SQL list of the bound columns, as text.
    pub(crate) bound: &'static [&'static str],
    /// Name under which it was sealed.
    pub(crate) place: &'static str,
}

/// Every sealed column but the few in `meta`.
pub(crate) const COLUMNS: &[Sealed] = &[
    Sealed {
        table: "results",
        column: "body",
        id: "id",
        bound: &["visit", "reader", "kind"],
        place: "results",
    },
    Sealed {
        table: "inquiries",
        column: "payload",
        id: "CAST(id AS TEXT)",
        bound: &["visit", "reader"],
        place: "inquiries",
    },
    Sealed {
        table: "audit",
        column: "detail",
        id: "CAST(seq AS TEXT)",
        bound: &[],
        place: "audit",
    },
    Sealed {
        table: "state",
        column: "value",
        id: "key",
        bound: &[],
        place: "state",
    },
    Sealed {
        table: "consents",
        column: "person",
        id: "visit || ' ' || kind",
        bound: &[],
        place: "consents",
    },
    Sealed {
        table: "follow_ups",
        column: "note",
        id: "result_id || ' ' || reason",
        bound: &[],
        place: "follow-up",
    },
    Sealed {
        table: "follow_ups",
        column: "outcome",
        id: "result_id || ' ' || reason",
        bound: &[],
        place: "follow-up-outcome",
    },
    Sealed {
        table: "asks",
        column: "request",
        id: "client || ' ' || key",
        bound: &["visit"],
        place: "asks",
    },
    Sealed {
        table: "bulk_jobs",
        column: "params",
        id: "reception",
        bound: &[],
        place: "bulk",
    },
    Sealed {
        table: "bulk_items",
        column: "body",
        id: "job || ' ' || n",
        bound: &[],
        place: "bulk-item",
    },
    Sealed {
        table: "answers",
        column: "answer",
        id: "client || ' ' || key",
        bound: &[],
        place: "answers",
    },
];

/// How far the sealing anew has come in this process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    column: usize,
    after: i64,
}

/// What one step of sealing anew came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resealed {
    /// So many records were sealed with the newest key; more may be left.
    Some(usize),
    /// Everything stands under the newest key; older ones are not needed any more.
    All,
}

/// The generations that records may stand under, as the ledger notes them.
fn generations(connection: &Connection) -> Result<Vec<u32>, LedgerError> {
    let noted: Option<Vec<u8>> = connection
        .query_row("SELECT value FROM meta WHERE key = ?1", [PLACE], |row| {
            row.get(0)
        })
        .optional()?;
    match noted {
        // Format 1 knew one key only.
        None => Ok(vec![1]),
        Some(noted) => serde_json::from_slice(&noted)
            .map_err(|_| LedgerError::Corrupt("the list of key generations".into())),
    }
}

fn note(connection: &Connection, generations: &[u32]) -> Result<(), LedgerError> {
    let text =
        serde_json::to_vec(generations).map_err(|error| LedgerError::Corrupt(error.to_string()))?;
    connection.execute(
        "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
        params![PLACE, text],
    )?;
    Ok(())
}

pub(crate) fn begin_with_newest(
    connection: &Connection,
    sealer: &Sealer,
) -> Result<(), LedgerError> {
    note(connection, &[sealer.newest()])
}

/// A ledger with records under a key that is not there does not open: it would lose them one by one.
pub(crate) fn check_generations(
    connection: &Connection,
    sealer: &Sealer,
) -> Result<(), LedgerError> {
    let noted = generations(connection)?;
    let older = noted.iter().any(|generation| *generation > sealer.newest());
    if older || !noted.iter().all(|generation| sealer.has(*generation)) {
        return Err(LedgerError::WrongKey);
    }
    Ok(())
}

impl Ledger {
    /// Notes a newer generation in the key file, once, and seals what opens the ledger with it.
    pub(crate) fn announce_rotation(&mut self, now: i64) -> Result<(), LedgerError> {
        let newest = self.sealer.newest();
        let moment = self.moment(now);
        let transaction = begin(&mut self.connection)?;
        let mut noted = generations(&transaction)?;
        if noted.contains(&newest) {
            return Ok(());
        }
        audit::settle(&transaction, &self.sealer, &self.head_path)?;
        noted.push(newest);
        note(&transaction, &noted)?;
        open::seal_meta(&transaction, &self.sealer)?;
        reseal_meta(&transaction, &self.sealer)?;
        let detail = json!({"generation": newest});
        audit::append(
            &transaction,
            &self.sealer,
            moment,
            "ledger",
            "key-rotated",
            &detail,
        )?;
        transaction.commit()?;
        self.publish_head();
        Ok(())
    }

    /// Seals up to `limit` records of older generations with the newest key. Called again and again while the terminal is
    /// idle; a crash in between harms nothing, since every record says its generation.
    ///
    /// # Errors
    /// [`LedgerError::Corrupt`] for a record that does not open; nothing of that step was changed.
    pub fn reseal(&mut self, now: i64, limit: usize) -> Result<Resealed, LedgerError> {
        let newest = self.sealer.newest();
        if generations(&self.connection)? == [newest] {
            return Ok(Resealed::All);
        }
        let mut left = limit.max(1);
        let mut place = self.reseal_at;
        let moment = self.moment(now);
        let transaction = begin(&mut self.connection)?;
        while let Some(column) = COLUMNS.get(place.column) {
            let (done, after) = step(&transaction, &self.sealer, column, place.after, left)?;
            left -= done;
            if left == 0 {
                place.after = after;
                transaction.commit()?;
                self.reseal_at = place;
                return Ok(Resealed::Some(limit.max(1)));
            }
            place = Place {
                column: place.column + 1,
                after: 0,
            };
        }
        audit::settle(&transaction, &self.sealer, &self.head_path)?;
        note(&transaction, &[newest])?;
        let detail = json!({"generation": newest});
        audit::append(
            &transaction,
            &self.sealer,
            moment,
            "ledger",
            "older-keys-retired",
            &detail,
        )?;
        transaction.commit()?;
        self.publish_head();
        self.reseal_at = Place::default();
        Ok(Resealed::All)
    }

    /// Opens every sealed record but the ledger's own keys, one after the other: its table and its plain text. For the search that shows
    /// that nothing stands there which must not.
    ///
    /// # Errors
    /// A record does not open.
    pub fn each_opened(
        &self,
        found: &mut dyn FnMut(&'static str, &[u8]),
    ) -> Result<usize, LedgerError> {
        let mut count = 0;
        for column in COLUMNS {
            let bound_list: String = column.bound.iter().map(|b| format!(", {b}")).collect();
            let mut statement = self.connection.prepare(&format!(
                "SELECT {0}, {1}{bound_list} FROM {2} WHERE length({0}) > 0",
                column.column, column.id, column.table
            ))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let (sealed, id): (Vec<u8>, String) = (row.get(0)?, row.get(1)?);
                let bound: Vec<String> = (0..column.bound.len())
                    .map(|at| row.get(2 + at))
                    .collect::<Result<_, _>>()?;
                let bound: Vec<&str> = bound.iter().map(String::as_str).collect();
                let plain = self
                    .sealer
                    .open(column.place, &id, &bound, &sealed)
                    .map(zeroize::Zeroizing::new)
                    .ok_or_else(|| {
                        LedgerError::Corrupt(format!("record {} {id} does not open", column.place))
                    })?;
                found(column.table, &plain);
                count += 1;
            }
        }
        Ok(count)
    }

    /// The key generations under which records stand; with more than one, older keys are still needed.
    pub fn key_generations(&self) -> Result<Vec<u32>, LedgerError> {
        generations(&self.connection)
    }
}

/// The signing key and the joints, under the newest generation.
fn reseal_meta(connection: &Connection, sealer: &Sealer) -> Result<(), LedgerError> {
    for place in ["signer", "joints", "pepper"] {
        let sealed: Option<Vec<u8>> = connection
            .query_row("SELECT value FROM meta WHERE key = ?1", [place], |row| {
                row.get(0)
            })
            .optional()?;
        let Some(sealed) = sealed else { continue };
        let plain = sealer
            .open("meta", place, &[], &sealed)
            .map(zeroize::Zeroizing::new)
            .ok_or(LedgerError::WrongKey)?;
        if place == "signer" {
            signer::store(connection, sealer, &plain)?;
        } else {
            let again = sealer.seal("meta", place, &[], &plain)?;
            connection.execute(
                "UPDATE meta SET value = ?2 WHERE key = ?1",
                params![place, again],
            )?;
        }
    }
    Ok(())
}

/// Seals up to `limit` records of one column; gives how many, and the last row looked at.
fn step(
    connection: &Connection,
    sealer: &Sealer,
    column: &Sealed,
    after: i64,
    limit: usize,
) -> Result<(usize, i64), LedgerError> {
    let Sealed {
        table,
        column: name,
        id,
        bound,
        place,
    } = column;
    // The table without a row number is small and done at once.
    let row_number = if *table == "bulk_items" {
        "job * 1000000 + n"
    } else {
        "rowid"
    };
    let bound_list: String = bound.iter().map(|column| format!(", {column}")).collect();
    let mut statement = connection.prepare(&format!(
        "SELECT {row_number}, {name}, {id}{bound_list} FROM {table} WHERE {row_number} > ?1 AND length({name}) > 0
         ORDER BY {row_number}"
    ))?;
    let mut rows = statement.query([after])?;
    let mut work = Vec::new();
    let mut last = after;
    while work.len() < limit
        && let Some(row) = rows.next()?
    {
        last = row.get(0)?;
        let sealed: Vec<u8> = row.get(1)?;
        if Sealer::generation_of(&sealed) == Some(sealer.newest()) {
            continue;
        }
        let id: String = row.get(2)?;
        let bound: Vec<String> = (0..bound.len())
            .map(|at| row.get(3 + at))
            .collect::<Result<_, _>>()?;
        work.push((last, id, bound, sealed));
    }
    drop(rows);
    let done = work.len();
    for (row, id, bound, sealed) in work {
        let bound: Vec<&str> = bound.iter().map(String::as_str).collect();
        let plain = sealer
            .open(place, &id, &bound, &sealed)
            .map(zeroize::Zeroizing::new)
            .ok_or_else(|| LedgerError::Corrupt(format!("record {place} {id} does not open")))?;
        let again = sealer.seal(place, &id, &bound, &plain)?;
        connection.execute(
            &format!("UPDATE {table} SET {name} = ?2 WHERE {row_number} = ?1"),
            params![row, again],
        )?;
    }
    Ok((done, last))
}
