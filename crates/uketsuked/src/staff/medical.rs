//! Medical information for qualified staff: what the visit fetched, shown only while the consent of its kind lasts (invariant 1,
//! docs/invariants.md) and only after the view stands in the audit chain.

use kiosk::desk::{Actor, DeskProblem, MedicalList};
use ledger::{Ledger, LedgerError, StoredConsent, StoredResult};
use oqs::{DeliverableCheckups, DeliverableMedicines};
use serde_json::{Value, json};

use super::lists::day_and_time;
use super::{DeskSide, from_counter, no_consent, not_qualified, problem};
use crate::counter::CounterError;

/// Kinds of stored medical information; the consent has the same name.
const KINDS: [&str; 4] = ["medicines", "checkups", "treatment", "operations"];
/// Second factor of the sign-in: a one-time password of a device in hand (OQSCD041 3, OQSCD042 02).
const FACTOR: (&str, &str) = ("3", "02");

/// What is there of a visit and may be opened now: stored result and its consent.
fn open_now(
    ledger: &Ledger,
    qualification: &StoredResult,
    now: i64,
) -> Result<Vec<(&'static str, StoredResult, StoredConsent)>, LedgerError> {
    let consents = ledger.consents_of(qualification.visit)?;
    let mut found = Vec::new();
    for kind in KINDS {
        let Some(consent) = consents
            .iter()
            .find(|one| one.kind == kind && one.holds(now))
        else {
            continue;
        };
        let id = qualification
            .id
            .replace("-qualification", &format!("-{kind}"));
        if let Some(stored) = ledger.result(&id)?.filter(|stored| stored.kind == kind) {
            found.push((kind, stored, consent.clone()));
        }
    }
    Ok(found)
}

/// Whether anything could be opened.
pub(super) fn is_there(
    ledger: &Ledger,
    qualification: &StoredResult,
    now: i64,
) -> Result<bool, LedgerError> {
    Ok(!open_now(ledger, qualification, now)?.is_empty())
}

impl DeskSide {
    pub(super) async fn medical_lists(
        self,
        actor: Actor,
        id: String,
    ) -> Result<Vec<MedicalList>, DeskProblem> {
        if !actor.qualified {
            return Err(not_qualified());
        }
        self.still(&actor, true).await?;
        if self.counter.qualification_only {
            return Err(from_counter(CounterError::qualification_only()));
        }
        let stored = self.stored(id).await?;
        let now = self.now();
        let found = self
            .ledger(move |ledger| {
                let found = open_now(ledger, &stored, now)?;
                let detail = json!({
                    "visit": format!("{:016x}", stored.visit),
                    "result": stored.id,
                    "kinds": found.iter().map(|(kind, _, _)| *kind).collect::<Vec<_>>(),
                    "consents": found.iter().map(|(_, _, consent)| consent.id).collect::<Vec<_>>(),
                    "factor": FACTOR.0,
                    "method": FACTOR.1,
                });
                let action = if found.is_empty() {
                    "medical-view-refused"
                } else {
                    "medical-viewed"
                };
                ledger.append_audit(now, &format!("staff:{}", actor.name), action, &detail)?;
                Ok(found)
            })
            .await?;
        if found.is_empty() {
            return Err(no_consent());
        }
        Ok(found
            .iter()
            .flat_map(|(kind, stored, consent)| lists(kind, stored, consent))
            .collect())
    }
}

/// What is stored of one kind, all of it; what can't be read is said of that kind alone.
fn lists(kind: &str, stored: &StoredResult, consent: &StoredConsent) -> Vec<MedicalList> {
    let until = consent.until.map(day_and_time).unwrap_or_default();
    let read = body(kind, stored);
    let mut lists = match read {
        Ok(body) => MedicalList::read(&body, &[kind]),
        Err(why) => {
            tracing::error!(result = stored.id, error = %why, "stored medical information can't be read");
            vec![MedicalList::unreadable(kind, unreadable())]
        }
    };
    for list in &mut lists {
        list.until.clone_from(&until);
    }
    lists
}

/// The message's body as it may be shown.
fn body(kind: &str, stored: &StoredResult) -> Result<Value, String> {
    let json = if kind == "medicines" {
        DeliverableMedicines::from_stored_json(&stored.body_json).map(|answer| answer.to_json())
    } else {
        DeliverableCheckups::from_stored_json(&stored.body_json).map(|answer| answer.to_json())
    };
    let json = json.map_err(|error| crate::chain(&error))?;
    let mut message: Value = serde_json::from_str(&json).map_err(|error| error.to_string())?;
    Ok(message["XmlMsg"]["MessageBody"].take())
}

fn unreadable() -> DeskProblem {
    problem("UK-STAFF-013")
}
