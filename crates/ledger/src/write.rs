//! The one way in which the ledger is changed: a transaction with at most one audit record, then the head outside.
//!
//! Order that makes a crash harmless: (1) write lock, (2) head brought up to the newest record, (3) change and audit record
//! committed together, (4) head written. Because of (2) the database is never more than one record ahead.

use crate::audit::{self, Entry};
use crate::seal::Sealer;
use crate::verify::{self, AuditReport};
use crate::{Ledger, LedgerError, MAX_NAME};
use rusqlite::{Transaction, TransactionBehavior};
use serde_json::Value;

impl Ledger {
    /// Appends one record to the audit chain and gives its number. `actor` is a client's or staff member's name, or a part
    /// of the terminal; `detail` must hold no secret and is sealed. Durable when this returns.
    pub fn append_audit(
        &mut self,
        now: i64,
        actor: &str,
        action: &str,
        detail: &Value,
    ) -> Result<u64, LedgerError> {
        let moment = self.moment(now);
        let transaction = begin(&mut self.connection)?;
        audit::settle(&transaction, &self.sealer, &self.head_path)?;
        let seq = audit::append(&transaction, &self.sealer, moment, actor, action, detail)?;
        transaction.commit()?;
        self.publish_head();
        Ok(seq)
    }

    /// Checks the whole audit chain against itself and against the head outside (invariant 12). Writes nothing.
    pub fn verify(&mut self) -> Result<AuditReport, LedgerError> {
        verify::steady(&mut self.connection, &self.sealer, &self.head_path)
    }

    /// Runs `work` in one transaction; when it gives an [`Entry`], that is appended under `actor` in the same transaction.
    pub(crate) fn change<T>(
        &mut self,
        now: i64,
        actor: &str,
        work: impl FnOnce(&Transaction<'_>, &Sealer) -> Result<(T, Option<Entry>), LedgerError>,
    ) -> Result<T, LedgerError> {
        let moment = self.moment(now);
        let transaction = begin(&mut self.connection)?;
        audit::settle(&transaction, &self.sealer, &self.head_path)?;
        let (value, entry) = work(&transaction, &self.sealer)?;
        let Some(entry) = entry else {
            return Ok(value);
        };
        audit::append(
            &transaction,
            &self.sealer,
            moment,
            actor,
            entry.action,
            &entry.detail,
        )?;
        transaction.commit()?;
        self.publish_head();
        Ok(value)
    }

    /// The change is durable already, so a failure here is only said: the next write repairs the head or is refused.
    pub(crate) fn publish_head(&mut self) {
        let done = begin(&mut self.connection)
            .and_then(|transaction| audit::settle(&transaction, &self.sealer, &self.head_path));
        if let Err(error) = done {
            tracing::warn!(code = error.code(), %error, "audit head not written; the next write repairs it");
        }
    }
}

pub(crate) fn begin(connection: &mut rusqlite::Connection) -> Result<Transaction<'_>, LedgerError> {
    Ok(connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
}

/// Names are short and have no control characters, so that they can stand in a header, a log line or a file name's place.
pub(crate) fn acceptable(what: &'static str, name: &str) -> Result<(), LedgerError> {
    if name.is_empty() || name.len() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(LedgerError::Unacceptable(what));
    }
    Ok(())
}
