//! Small durable state that must survive a restart, such as the lock after wrong passcodes (invariant 8). Sealed.

use crate::seal::Sealer;
use crate::write::acceptable;
use crate::{Ledger, LedgerError};
use rusqlite::{Connection, OptionalExtension, params};

/// State values are small by intention.
const MAX_VALUE: usize = 64 * 1024;

impl Ledger {
    /// The value kept under `key`, if any.
    pub fn get_state(&self, key: &str) -> Result<Option<String>, LedgerError> {
        self.connection
            .prepare_cached("SELECT value FROM state WHERE key = ?1")?
            .query_row([key], |row| row.get::<_, Vec<u8>>(0))
            .optional()?
            .map(|sealed| self.sealer.open_text("state", key, &[], &sealed))
            .transpose()
    }

    /// Keeps `value` (at most 64 KiB) under `key`, replacing what was there. Durable when this returns.
    pub fn put_state(&mut self, key: &str, value: &str) -> Result<(), LedgerError> {
        put(&self.connection, &self.sealer, key, value)
    }
}

pub(crate) fn put(
    connection: &Connection,
    sealer: &Sealer,
    key: &str,
    value: &str,
) -> Result<(), LedgerError> {
    acceptable("key", key)?;
    if value.len() > MAX_VALUE {
        return Err(LedgerError::Unacceptable("state value"));
    }
    let sealed = sealer.seal("state", key, &[], value.as_bytes())?;
    connection.execute(
        "INSERT INTO state (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
        params![key, sealed],
    )?;
    Ok(())
}
