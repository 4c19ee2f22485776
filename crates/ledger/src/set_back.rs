//! The terminal's time goes back, on somebody's word: the only time it does. Whatever a later time has ended stays ended, whatever waits for a
//! later time waits no longer than before (invariants 1, 9 and 14).

use crate::audit::Entry;
use crate::write::acceptable;
use crate::{Ledger, LedgerError, state};
use rusqlite::params;
use serde_json::json;

/// By how much and why; times in milliseconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetBack {
    /// The time that was worked with.
    pub from: i64,
    /// The earlier one that is worked with from now on.
    pub to: i64,
    /// Who decided so.
    pub staff: String,
    /// Why.
    pub reason: String,
}

/// What counts a wait, a list or a period of keeping from a time that lies after the new one (table, column): it happened so much earlier.
/// Records of the audit chain and events stay as they were told.
const HAPPENED: [(&str, &str); 13] = [
    ("results", "stored_at"),
    ("results", "acknowledged_at"),
    ("results", "lapsed_at"),
    ("inquiries", "queued_at"),
    ("consents", "recorded_at"),
    ("follow_ups", "made_at"),
    ("follow_ups", "closed_at"),
    ("asks", "made_at"),
    ("asks", "ended_at"),
    ("bulk_jobs", "made_at"),
    ("bulk_jobs", "ended_at"),
    ("answers", "at"),
    ("deliveries", "moved_at"),
];

impl Ledger {
    /// Ends every consent that `to` finds open: which of their windows were counted from the wrong time is not known, and one that the wrong time
    /// has ended must not hold again. What is put off, and claims, keep their remaining time; what happened by the wrong time is taken to have
    /// happened so much earlier, so that nothing is kept or shown as today's for longer. `states` are kept beside (key, value), all in one
    /// transaction with the audit record `clock-set-back`. Gives how many consents were ended.
    ///
    /// # Errors
    /// The database; a name, reason or state that is not acceptable; a `to` that is not before `from`.
    pub fn set_time_back(
        &mut self,
        back: &SetBack,
        states: &[(String, String)],
    ) -> Result<u64, LedgerError> {
        acceptable("staff", &back.staff)?;
        acceptable("reason", &back.reason)?;
        let (from, to) = (back.from, back.to);
        let by = from.saturating_sub(to);
        if by <= 0 {
            return Err(LedgerError::Unacceptable("time"));
        }
        self.change(from, &back.staff, |connection, sealer| {
            let ended = connection.execute(
                "UPDATE consents SET withdrawn_at = ?1 WHERE flag = '1' AND withdrawn_at IS NULL
                 AND (until IS NULL OR until >= ?1)",
                params![to],
            )?;
            for put_off in [
                "UPDATE inquiries SET next_at = next_at - ?1 WHERE state = 'queued' AND next_at > ?2",
                "UPDATE asks SET next_at = next_at - ?1 WHERE state = 'queued' AND next_at > ?2",
                "UPDATE results SET lease_until = lease_until - ?1
                 WHERE lease_until > ?2 AND acknowledged_at IS NULL AND lapsed_at IS NULL",
            ] {
                connection.execute(put_off, params![by, to])?;
            }
            for (table, column) in HAPPENED {
                let earlier = format!("UPDATE {table} SET {column} = {column} - ?1 WHERE {column} > ?2");
                connection.execute(&earlier, params![by, to])?;
            }
            for (key, value) in states {
                state::put(connection, sealer, key, value)?;
            }
            let detail = json!({
                "seconds": by / 1000,
                "time_from": from,
                "time_to": to,
                "consents_ended": ended,
                "reason": back.reason,
            });
            let entry = Entry {
                action: "clock-set-back",
                detail,
            };
            Ok((ended as u64, Some(entry)))
        })
    }
}
