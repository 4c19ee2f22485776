//! The hidden name of a file that is being delivered: a suffix that nobody can guess, noted before it is used, so that what somebody else
//! puts into the folder is never taken for our own file, also after a crash.

use crate::{Ledger, LedgerError, state};
use rusqlite::Connection;

impl Ledger {
    /// The suffix noted for the file with this name; `None` when there is none, or its delivery has come to its end.
    pub fn hidden_suffix(&self, name: &str) -> Result<Option<String>, LedgerError> {
        self.get_state(&key(name))
    }

    /// Notes the suffix, replacing the one of before; durable when this returns. Forgotten with the end of the delivery, in its transaction.
    pub fn keep_hidden_suffix(&mut self, name: &str, suffix: &str) -> Result<(), LedgerError> {
        state::put(&self.connection, &self.sealer, &key(name), suffix)
    }
}

pub(crate) fn forget(connection: &Connection, name: &str) -> Result<(), LedgerError> {
    connection
        .prepare_cached("DELETE FROM state WHERE key = ?1")?
        .execute([key(name)])?;
    Ok(())
}

fn key(name: &str) -> String {
    format!("hidden-name:{name}")
}
