//! The tables and their numbered migrations. A migration is never changed once released; a new one is appended.

use crate::LedgerError;
use rusqlite::Connection;

/// "UKTS": marks the file as ours, so that a foreign database is refused instead of extended.
const APPLICATION_ID: i64 = 0x554B_5453;

const MIGRATIONS: &[&str] = &["
    CREATE TABLE meta (
        key TEXT PRIMARY KEY,
        value BLOB NOT NULL
    ) STRICT;
    CREATE TABLE results (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        visit TEXT NOT NULL,
        reader TEXT NOT NULL,
        kind TEXT NOT NULL,
        stored_at INTEGER NOT NULL,
        body BLOB NOT NULL,
        owner TEXT,
        lease_until INTEGER,
        acknowledged_at INTEGER,
        UNIQUE (visit, kind),
        CHECK (acknowledged_at IS NULL OR owner IS NOT NULL)
    ) STRICT;
    CREATE INDEX results_open ON results (seq) WHERE acknowledged_at IS NULL;
    CREATE TABLE events (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        result_id TEXT NOT NULL REFERENCES results (id)
    ) STRICT;
    CREATE TABLE inquiries (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        visit TEXT NOT NULL,
        reader TEXT NOT NULL,
        queued_at INTEGER NOT NULL,
        next_at INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        reason TEXT NOT NULL DEFAULT '',
        state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'done', 'dropped')),
        result_id TEXT REFERENCES results (id),
        payload BLOB NOT NULL
    ) STRICT;
    CREATE INDEX inquiries_due ON inquiries (next_at) WHERE state = 'queued';
    CREATE TABLE audit (
        seq INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        detail BLOB NOT NULL,
        prev BLOB NOT NULL,
        hash BLOB NOT NULL
    ) STRICT;
    CREATE TABLE state (
        key TEXT PRIMARY KEY,
        value BLOB NOT NULL
    ) STRICT;
"];

/// Settings of the connection, before anything is read: durable by default, never waiting without end.
pub(crate) fn prepare(connection: &Connection) -> Result<(), LedgerError> {
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if !mode.eq_ignore_ascii_case("wal") {
        return Err(LedgerError::Corrupt(format!(
            "journal mode is {mode}, not wal"
        )));
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // Erased bodies are overwritten, not only unlinked from the tree.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(())
}

/// Whether the file holds no ledger yet. A file that is neither empty nor ours, or of a newer release, is an error.
pub(crate) fn is_blank(connection: &Connection) -> Result<bool, LedgerError> {
    let version = version(connection)?;
    let id: i64 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let known = MIGRATIONS.len() as i64;
    match (version, id, tables) {
        (0, 0, 0) => Ok(true),
        (found, APPLICATION_ID, _) if found > known => Err(LedgerError::TooNew { found, known }),
        (1.., APPLICATION_ID, 1..) => Ok(false),
        _ => Err(LedgerError::Corrupt("the file is not a ledger".into())),
    }
}

/// Brings the tables to the newest format, inside the caller's transaction.
pub(crate) fn migrate(connection: &Connection) -> Result<(), LedgerError> {
    let known = MIGRATIONS.len() as i64;
    let found = version(connection)?;
    for migration in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        connection.execute_batch(migration)?;
    }
    if found < known {
        connection.pragma_update(None, "user_version", known)?;
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    Ok(())
}

fn version(connection: &Connection) -> Result<i64, LedgerError> {
    Ok(connection.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}
