//! Small durable state that must survive a restart, such as the lock after wrong passcodes (invariant 8). Sealed.

use crate::audit::Entry;
use crate::seal::Sealer;
use crate::write::acceptable;
use crate::{Ledger, LedgerError, MAX_ROWS};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

/// State values are small by intention.
const MAX_VALUE: usize = 64 * 1024;

/// What stands under one key, for whom a damaged value is not the end.
#[derive(Clone, PartialEq, Eq)]
pub enum Kept {
    /// Nothing.
    Nothing,
    /// A value.
    Text(String),
    /// Something whose seal does not open.
    Unreadable,
}

impl Ledger {
    /// What is kept under `key`, readable or not.
    ///
    /// # Errors
    /// The database.
    pub fn kept(&self, key: &str) -> Result<Kept, LedgerError> {
        let sealed = self
            .connection
            .prepare_cached("SELECT value FROM state WHERE key = ?1")?
            .query_row([key], |row| row.get::<_, Vec<u8>>(0))
            .optional()?;
        let Some(sealed) = sealed else {
            return Ok(Kept::Nothing);
        };
        Ok(match self.sealer.open_text("state", key, &[], &sealed) {
            Ok(text) => Kept::Text(text),
            Err(error) => {
                tracing::debug!(code = "UK-LEDG-028", %error, key, "a state can't be read");
                Kept::Unreadable
            }
        })
    }

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

    /// What is kept under keys that begin with `prefix`, by key; at most [`MAX_ROWS`] are looked at. One whose seal does not open keeps no
    /// other back: it is left out here and named by [`Ledger::unreadable_states`].
    ///
    /// # Errors
    /// The database.
    pub fn states(&self, prefix: &str) -> Result<Vec<(String, String)>, LedgerError> {
        let opened = self.opened_states(prefix)?.into_iter();
        Ok(opened
            .filter_map(|(key, text)| text.map(|text| (key, text)))
            .collect())
    }

    /// The keys that begin with `prefix` under which something is kept whose seal does not open, of those that [`Ledger::states`] looks at.
    ///
    /// # Errors
    /// The database.
    pub fn unreadable_states(&self, prefix: &str) -> Result<Vec<String>, LedgerError> {
        let opened = self.opened_states(prefix)?.into_iter();
        Ok(opened
            .filter_map(|(key, text)| text.is_none().then_some(key))
            .collect())
    }

    fn opened_states(&self, prefix: &str) -> Result<Vec<(String, Option<String>)>, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT key, value FROM state WHERE substr(key, 1, length(?1)) = ?1 ORDER BY key LIMIT ?2",
        )?;
        let rows = statement.query_map(params![prefix, MAX_ROWS as i64], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?))
        })?;
        rows.map(|row| {
            let (key, sealed) = row?;
            let value = match self.sealer.open_text("state", &key, &[], &sealed) {
                Ok(text) => Some(text),
                Err(error) => {
                    tracing::debug!(code = "UK-LEDG-028", %error, key, "a state can't be read");
                    None
                }
            };
            Ok((key, value))
        })
        .collect()
    }

    /// Keeps (`Some`) and forgets (`None`) what stands under these keys, together with the audit record that says so: all of it or nothing.
    pub fn change_states(
        &mut self,
        now: i64,
        actor: &str,
        (action, detail): (&'static str, Value),
        changes: &[(String, Option<String>)],
    ) -> Result<(), LedgerError> {
        self.change(now, actor, |connection, sealer| {
            for (key, value) in changes {
                match value {
                    Some(value) => put(connection, sealer, key, value)?,
                    None => forget(connection, key)?,
                }
            }
            Ok(((), Some(Entry { action, detail })))
        })
    }

    /// Forgets what is kept under `key`.
    pub fn forget_state(&mut self, key: &str) -> Result<(), LedgerError> {
        forget(&self.connection, key)
    }
}

fn forget(connection: &Connection, key: &str) -> Result<(), LedgerError> {
    connection.execute("DELETE FROM state WHERE key = ?1", [key])?;
    Ok(())
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
