//! Medical information for qualified staff: what the visit fetched, shown only while the consent of its kind lasts (invariant 1,
//! docs/invariants.md) and only after the view stands in the audit chain.

use kiosk::desk::{Actor, DeskProblem, MedicalList};
use ledger::{Ledger, LedgerError, StoredConsent, StoredResult};
use oqs::{DeliverableCheckups, DeliverableMedicines};
use serde_json::{Value, json};

use super::lists::day_and_time;
use super::{DeskSide, from_counter, no_consent, not_qualified, problem};
use crate::counter::CounterError;
use crate::medical_later;

/// Kinds of stored medical information; the consent has the same name.
const KINDS: [&str; 4] = ["medicines", "checkups", "treatment", "operations"];
/// Second factor of the sign-in: a one-time password of a device in hand (OQSCD041 3, OQSCD042 02).
const FACTOR: (&str, &str) = ("3", "02");

/// A kind that was agreed to and may be opened now: what is stored of it, if anything is, and its consent.
struct Open {
    kind: &'static str,
    stored: Option<StoredResult>,
    /// Nothing is stored, and the terminal goes on asking.
    later: bool,
    consent: StoredConsent,
}

/// The kinds of a visit that may be opened now.
fn open_now(
    ledger: &Ledger,
    qualification: &StoredResult,
    now: i64,
) -> Result<Vec<Open>, LedgerError> {
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
        let stored = ledger.result(&id)?.filter(|stored| stored.kind == kind);
        let later = stored.is_none() && medical_later::is_noted(ledger, qualification.visit, kind)?;
        found.push(Open {
            kind,
            stored,
            later,
            consent: consent.clone(),
        });
    }
    Ok(found)
}

/// Whether a visit's medical information may be opened now: a consent to a kind of it holds (invariant 1).
pub(crate) fn medical_agreed(ledger: &Ledger, visit: u64, now: i64) -> Result<bool, LedgerError> {
    let consents = match ledger.consents_of(visit) {
        Ok(consents) => consents,
        // What can't be read opens nothing, and keeps no other result of the day's list back (invariants 1, 9 and 15).
        Err(LedgerError::Unreadable(_) | LedgerError::Corrupt(_)) => return Ok(false),
        Err(error) => return Err(error),
    };
    let open = |one: &StoredConsent| KINDS.contains(&one.kind.as_str()) && one.holds(now);
    Ok(consents.iter().any(open))
}

/// Whether anything could be opened.
pub(super) fn is_there(
    ledger: &Ledger,
    qualification: &StoredResult,
    now: i64,
) -> Result<bool, LedgerError> {
    medical_agreed(ledger, qualification.visit, now)
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
                    "kinds": found.iter().filter(|one| one.stored.is_some()).map(|one| one.kind).collect::<Vec<_>>(),
                    "nothing": found.iter().filter(|one| one.stored.is_none()).map(|one| one.kind).collect::<Vec<_>>(),
                    "consents": found.iter().map(|one| one.consent.id).collect::<Vec<_>>(),
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
        Ok(found.iter().flat_map(lists).collect())
    }
}

/// What is stored of one kind, all of it; what can't be read, and that nothing came, is said of that kind alone.
fn lists(open: &Open) -> Vec<MedicalList> {
    let kind = open.kind;
    let until = open.consent.until.map(day_and_time).unwrap_or_default();
    let Some(stored) = &open.stored else {
        return vec![MedicalList {
            until,
            ..MedicalList::nothing(kind, open.later)
        }];
    };
    let mut lists = match body(kind, stored) {
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
