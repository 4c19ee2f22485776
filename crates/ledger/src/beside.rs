//! What is stored together with a result, in the same transaction: a crash leaves all of it or nothing (invariants 9 and 15).

use crate::seal::Sealer;
use crate::{LedgerError, NewConsent, NewFollowUp, NewResult, consents, follow_ups, state};
use rusqlite::Connection;
use serde_json::{Value, json};

/// What follows from an answer besides its result; `Default` is nothing.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// The consents of the visit as the service holds them.
    pub consents: Vec<NewConsent>,
    /// What staff must still do about the result. At most one, so that one audit record brings two events at most.
    pub follow_up: Option<NewFollowUp>,
    /// Small sealed state that belongs to it: names and values, as for [`crate::Ledger::put_state`]. The values stand in no
    /// audit record.
    pub state: Vec<(String, String)>,
}

impl Beside {
    /// Writes it inside the result's transaction and puts what was written into the audit detail.
    ///
    /// # Errors
    /// Something of it belongs to another visit or result (invariant 10), or is not acceptable: nothing is stored then.
    pub(crate) fn insert(
        &self,
        connection: &Connection,
        sealer: &Sealer,
        now: i64,
        new: &NewResult,
        detail: &mut Value,
    ) -> Result<(), LedgerError> {
        let foreign = |visit: u64| visit != new.visit;
        if self.consents.iter().any(|consent| foreign(consent.visit)) {
            return Err(LedgerError::VisitMismatch);
        }
        if !self.consents.is_empty() {
            let told = consents::insert(connection, sealer, now, &self.consents)?;
            add(detail, "consents", Value::Array(told));
            // The service holds what the patient said.
            add(detail, "consents_by", "patient".into());
        }
        for (key, value) in &self.state {
            state::put(connection, sealer, key, value)?;
        }
        if let Some(follow_up) = &self.follow_up {
            if foreign(follow_up.visit) || follow_up.result_id != new.id() {
                return Err(LedgerError::VisitMismatch);
            }
            let (id, _) = follow_ups::insert(connection, sealer, now, follow_up)?;
            let told = json!({"follow_up": id, "reason": follow_up.reason});
            add(detail, "follow_up", told);
        }
        Ok(())
    }
}

fn add(detail: &mut Value, name: &str, value: Value) {
    if let Value::Object(fields) = detail {
        fields.insert(name.to_owned(), value);
    }
}
