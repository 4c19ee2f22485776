//! Events: an ever growing, durable list of what happened to results, from which any consumer reads on with its own cursor.

use crate::{Ledger, LedgerError, MAX_ROWS};
use rusqlite::{Connection, params};

/// One event. Written in the same transaction as the change it tells of (invariant 9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerEvent {
    /// Number of the event: grows, is never used twice.
    pub seq: u64,
    /// When it happened, milliseconds since the Unix epoch.
    pub at: i64,
    /// `result-stored`, `result-claimed`, `claim-lapsed`, `result-released`, `result-acknowledged`, `inquiry-failed`,
    /// `follow-up-opened`, `follow-up-closed`, `bulk-ended`.
    pub kind: String,
    /// What it is about: a result's id, or the number of an ask, a follow-up, a bulk job, as the kind says.
    pub result_id: String,
    /// The card reader of the visit; empty where there is none.
    pub reader: String,
}

impl Ledger {
    /// Events with a number greater than `seq`, oldest first, at most `limit` and at most [`MAX_ROWS`].
    pub fn events_after(&self, seq: u64, limit: usize) -> Result<Vec<LedgerEvent>, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT seq, at, kind, subject, reader FROM events WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        )?;
        let after = i64::try_from(seq).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![after, limit.min(MAX_ROWS) as i64], |row| {
            Ok(LedgerEvent {
                seq: u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0),
                at: row.get(1)?,
                kind: row.get(2)?,
                result_id: row.get(3)?,
                reader: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Number of the newest event, 0 before the first; also when that event was erased with its result.
    pub fn latest_event_seq(&self) -> Result<u64, LedgerError> {
        let seq: i64 = self.connection.query_row(
            "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'events'",
            [],
            |row| row.get(0),
        )?;
        Ok(u64::try_from(seq).unwrap_or(0))
    }
}

pub(crate) fn insert(
    connection: &Connection,
    now: i64,
    kind: &str,
    subject: &str,
    reader: &str,
) -> Result<(), LedgerError> {
    connection.execute(
        "INSERT INTO events (at, kind, subject, reader) VALUES (?1, ?2, ?3, ?4)",
        params![now, kind, subject, reader],
    )?;
    Ok(())
}

/// Raises the last number that a table has given out.
pub(crate) fn sequence(connection: &Connection, table: &str, seq: u64) -> Result<(), LedgerError> {
    let seq = i64::try_from(seq).unwrap_or(i64::MAX - 1);
    let changed = connection.execute(
        "UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1",
        params![table, seq],
    )?;
    if changed == 0 {
        connection.execute(
            "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)",
            params![table, seq],
        )?;
    }
    Ok(())
}
