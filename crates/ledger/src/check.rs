//! The check of the whole chain beside the writer: on a connection of its own, so that no patient waits for it, however long the chain.

use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::Connection;

use crate::open::connect;
use crate::seal::Sealer;
use crate::verify::{self, AuditReport};
use crate::{Ledger, LedgerError};

/// Checks the audit chain of an open ledger without its owner; `Send`, for a thread of its own.
pub struct Checker {
    connection: Connection,
    sealer: Arc<Sealer>,
    head_path: PathBuf,
}

impl Ledger {
    /// A second connection to this ledger, for checking only.
    ///
    /// # Errors
    /// The file can't be opened a second time.
    pub fn checker(&self) -> Result<Checker, LedgerError> {
        Ok(Checker {
            connection: connect(&self.path, true)?,
            sealer: Arc::clone(&self.sealer),
            head_path: self.head_path.clone(),
        })
    }
}

impl Checker {
    /// As [`Ledger::verify`], while the ledger's owner goes on writing. Writes nothing.
    ///
    /// # Errors
    /// Database or head file can't be read.
    pub fn verify(&mut self) -> Result<AuditReport, LedgerError> {
        verify::steady(&mut self.connection, &self.sealer, &self.head_path)
    }
}
