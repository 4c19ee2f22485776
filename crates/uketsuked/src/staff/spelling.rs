//! The spelling of a name that staff accepted, for persons whose name arrives with lost letters. It is kept under a keyed hash of
//! name and birth date as they arrive, so that it is there again at the next visit; it never leaves the terminal.

use kiosk::desk::{Actor, DeskProblem, Spelling};
use ledger::{Ledger, LedgerError, StoredResult};
use ring::hmac;
use serde_json::json;

use super::lists::{day_and_time, person};
use super::{DeskSide, no_such_result};
use crate::counter::mark_key;

fn place(ledger: &mut Ledger, stored: &StoredResult) -> Result<Option<String>, LedgerError> {
    let Some((name, born)) = person(stored) else {
        return Ok(None);
    };
    let key = mark_key(ledger)?;
    let tag = hmac::sign(&key, format!("spelling\u{1f}{name}\u{1f}{born}").as_bytes());
    let hex: String = tag
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(Some(format!("spelling:{hex}")))
}

impl DeskSide {
    pub(super) async fn spelling(
        &self,
        stored: &StoredResult,
    ) -> Result<Option<Spelling>, DeskProblem> {
        let stored = stored.clone();
        let text = self
            .ledger(move |ledger| match place(ledger, &stored)? {
                Some(place) => ledger.get_state(&place),
                None => Ok(None),
            })
            .await?;
        let kept = text.and_then(|text| serde_json::from_str::<(String, String, i64)>(&text).ok());
        Ok(kept.map(|(text, by, at)| Spelling {
            text,
            by,
            at: day_and_time(at),
        }))
    }

    pub(super) async fn keep_spelling(
        self,
        actor: Actor,
        id: String,
        text: String,
    ) -> Result<(), DeskProblem> {
        self.still(&actor, false).await?;
        let stored = self.stored(id).await?;
        let now = self.now();
        let kept = self
            .ledger(move |ledger| {
                let Some(place) = place(ledger, &stored)? else {
                    return Ok(false);
                };
                let value = json!([text, actor.name, now]).to_string();
                ledger.put_state(&place, &value)?;
                let who = format!("staff:{}", actor.name);
                let detail = json!({ "result": stored.id });
                ledger.append_audit(now, &who, "spelling-kept", &detail)?;
                Ok(true)
            })
            .await?;
        if kept { Ok(()) } else { Err(no_such_result()) }
    }
}
