//! The tables and their numbered migrations. A migration is never changed once released; a new one is appended.

use crate::LedgerError;
use rusqlite::Connection;

/// "UKTS": marks the file as ours, so that a foreign database is refused instead of extended.
const APPLICATION_ID: i64 = 0x554B_5453;

/// One file per format; the file's number is the format's.
const MIGRATIONS: &[&str] = &[
    include_str!("schema/0001.sql"),
    include_str!("schema/0002.sql"),
    include_str!("schema/0003.sql"),
];

/// How long one connection waits for another.
pub(crate) const BUSY: std::time::Duration = std::time::Duration::from_secs(5);

/// Settings of the connection, before anything is read: durable by default, never waiting without end.
///
/// `durable` is false only in the proof that the crash sweep would find lost writes; see [`crate::OpenOptions::durable`].
pub(crate) fn prepare(connection: &Connection, durable: bool) -> Result<(), LedgerError> {
    connection.busy_timeout(BUSY)?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if !mode.eq_ignore_ascii_case("wal") {
        return Err(LedgerError::Corrupt(format!(
            "journal mode is {mode}, not wal"
        )));
    }
    connection.pragma_update(None, "synchronous", if durable { "FULL" } else { "OFF" })?;
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

/// The newest format.
pub(crate) fn newest() -> i64 {
    MIGRATIONS.len() as i64
}

/// Brings the tables to the newest format, inside the caller's transaction; gives the format from which it came when that
/// was an older one.
pub(crate) fn migrate(connection: &Connection) -> Result<Option<i64>, LedgerError> {
    let known = newest();
    let found = version(connection)?;
    for migration in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        connection.execute_batch(migration)?;
    }
    if found < known {
        connection.pragma_update(None, "user_version", known)?;
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    Ok((0 < found && found < known).then_some(found))
}

fn version(connection: &Connection) -> Result<i64, LedgerError> {
    Ok(connection.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}
