//! What was noted in an outage: seen, taken off the list with name and reason, erased after a time, and staff reminded of it when
//! the service has opened the search.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;

use super::note_store::notes;
use super::{Counter, CounterError, must_be, name_of};
use crate::engine::Message;

/// A note nobody asked about is erased after so long.
const KEPT_MS: i64 = 30 * 24 * 3_600_000;
/// How often is looked whether the service has opened the search, while notes wait.
const LOOK: Duration = Duration::from_secs(300);

/// Staff is reminded of what stands on the list for so long.
const AGAIN_MS: i64 = 24 * 3_600_000;
/// Asked about, and nobody was found (or several).
const MARKED: &str = "UK-VISIT-527";
/// A note can't be read.
const DAMAGED: &str = "UK-VISIT-528";

/// What staff was told of the notes that only staff can settle.
#[derive(Default)]
pub(super) struct Standing {
    marked: Reminded,
    damaged: Reminded,
}

#[derive(Default)]
struct Reminded {
    /// How many there were.
    count: usize,
    /// When staff was told of them.
    at: i64,
}

impl Reminded {
    fn is_to_be_told(&mut self, count: usize, now: i64) -> bool {
        let more = count > self.count;
        self.count = count;
        if count == 0 || !(more || now.saturating_sub(self.at) >= AGAIN_MS) {
            return false;
        }
        self.at = now;
        true
    }
}

impl Counter {
    /// Who was noted, for staff: that they were seen stands in the audit chain.
    pub(super) async fn outage_notes(&self, actor: &str) -> Result<Value, CounterError> {
        let found = self.ledger(notes).await?;
        if !found.is_empty() {
            let seen = json!({"notes": found.len()});
            self.audit(actor, "outage-notes-seen", seen).await?;
        }
        let damaged: Vec<_> = found.damaged.iter().map(|note| note.id.as_str()).collect();
        let list: Vec<_> = found
            .persons
            .iter()
            .map(|note| {
                json!({
                    "id": note.id(),
                    "at": oqs::time::to_jst(note.at),
                    "by": note.by,
                    "name": note.person.name,
                    "birth_date": note.person.birth_date,
                    "sex": note.person.sex,
                    "address": note.person.address,
                    "oral_consent": note.oral_consent,
                    "nobody_found_at": note.not_found.as_ref().map(|found| oqs::time::to_jst(found.at)),
                    "result": note.not_found.as_ref().map(|found| found.result.as_str()),
                    "several_match": note.not_found.as_ref().is_some_and(|found| found.several),
                })
            })
            .collect();
        Ok(json!({ "notes": list, "unreadable": damaged }))
    }

    /// Takes a note off the list: written wrongly, or settled in another way. A corrected one is noted anew.
    pub(super) async fn remove_note(
        &self,
        id: &str,
        operator: &str,
        reason: &str,
    ) -> Result<Value, CounterError> {
        let (operator, reason) = (name_of(operator), reason.trim().to_owned());
        let visit =
            u64::from_str_radix(id.trim(), 16).map_err(|_| CounterError::field("id", "listed"))?;
        let id = format!("{visit:016x}");
        must_be("operator", &operator)?;
        must_be("reason", &reason)?;
        if reason.chars().count() > 200 {
            return Err(CounterError::field("reason", "two-hundred"));
        }
        // Not while they are asked about: an answer may be on its way.
        let _alone = self.asking.lock().await;
        let now = self.clock.wall_ms();
        let left = self
            .ledger(move |ledger| {
                let kept = notes(ledger)?;
                // By its place alone: what it says need not be readable.
                let place = kept.place_of(&id).ok_or(ledger::LedgerError::NotFound)?;
                let detail = json!({"note": id, "reason": reason});
                ledger.change_states(
                    now,
                    &format!("staff:{operator}"),
                    ("outage-note-removed", detail),
                    &[(place, None)],
                )?;
                Ok(kept.len() - 1)
            })
            .await?;
        Ok(json!({ "noted": left }))
    }

    /// Tells staff once for each opening that notes wait, and erases old ones; until `stop` says so.
    pub(crate) async fn remind_of_notes(self, mut stop: watch::Receiver<bool>) {
        let mut told = false;
        let mut standing = Standing::default();
        loop {
            match self.look_at_notes(told).await {
                Ok(now) => told = now,
                Err(error) => tracing::debug!(code = error.code, "notes could not be looked at"),
            }
            if let Err(error) = self.look_at_standing(&mut standing).await {
                tracing::warn!(code = error.code, "notes that stand could not be looked at");
            }
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// Tells staff of notes that only staff can settle: when there are more than before, and once a day while there are any.
    pub(super) async fn look_at_standing(&self, known: &mut Standing) -> Result<(), CounterError> {
        let found = self.ledger(notes).await?;
        let now = self.clock.wall_ms();
        let marked = found.persons.len() + found.damaged.len() - found.waiting();
        for (one, count, code) in [
            (&mut known.marked, marked, MARKED),
            (&mut known.damaged, found.damaged.len(), DAMAGED),
        ] {
            if one.is_to_be_told(count, now) {
                let _ = self.engine.send(Message::Alert { code }).await;
            }
        }
        Ok(())
    }

    /// Whether staff has been told of the opening that stands now.
    pub(super) async fn look_at_notes(&self, told: bool) -> Result<bool, CounterError> {
        let now = self.clock.wall_ms();
        let waiting = self
            .ledger(move |ledger| {
                let mut waiting = notes(ledger)?.persons;
                // Whom nobody was found for staff takes off, time does not.
                waiting.retain(|note| note.not_found.is_none());
                let (old, waiting): (Vec<_>, Vec<_>) = waiting
                    .into_iter()
                    .partition(|note| now.saturating_sub(note.at) >= KEPT_MS);
                if !old.is_empty() {
                    let detail = json!({"notes": old.len(), "why": "its time has passed"});
                    let gone: Vec<_> = old.iter().map(|note| (note.place(), None)).collect();
                    ledger.change_states(
                        now,
                        "terminal",
                        ("outage-notes-erased", detail),
                        &gone,
                    )?;
                }
                Ok(waiting.len())
            })
            .await?;
        if waiting == 0 {
            return Ok(false);
        }
        let open = self
            .central
            .openings(&Self::identifier())
            .await?
            .outage_open(now);
        if open && !told {
            let code = "UK-VISIT-522";
            let _ = self.engine.send(Message::Alert { code }).await;
        }
        Ok(open)
    }
}
