//! The spelling of a name that staff accepted, for persons whose name arrives with lost letters. It is kept under a keyed hash of
//! name and birth date as they arrive, so that it is there again at the next visit; it never leaves the terminal. It is erased when nobody has kept or seen it for the
//! time of the settings (`ledger.keep.spellings_days`).

use kiosk::desk::{Actor, DeskProblem, Spelling};
use ledger::{Ledger, LedgerError, SPELLING, StoredResult};
use ring::hmac;
use serde::{Deserialize, Serialize};

use super::lists::{day_and_time, person};
use super::{DeskSide, no_such_result};
use crate::counter::mark_key;

/// That a spelling was shown is noted anew after so long, ms: often enough for a retention of days.
const SHOWN_AGAIN: i64 = 24 * 3_600_000;

/// What is kept: as a list, because the ledger reads its end (when it was last kept or shown). One of an earlier version has no such
/// end of its own, and its third part stands in for it.
#[derive(Serialize, Deserialize)]
struct Kept(String, String, i64, #[serde(default)] i64);

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
    Ok(Some(format!("{SPELLING}{hex}")))
}

/// The spelling kept for the person of a result, and notes that it is shown.
fn shown(
    ledger: &mut Ledger,
    stored: &StoredResult,
    now: i64,
) -> Result<Option<Kept>, LedgerError> {
    let Some(place) = place(ledger, stored)? else {
        return Ok(None);
    };
    let text = ledger.get_state(&place)?;
    let Some(mut kept) = text.and_then(|text| serde_json::from_str::<Kept>(&text).ok()) else {
        return Ok(None);
    };
    if kept.3.saturating_add(SHOWN_AGAIN) <= now {
        kept.3 = now;
        put(ledger, &place, &kept)?;
    }
    Ok(Some(kept))
}

fn put(ledger: &mut Ledger, place: &str, kept: &Kept) -> Result<(), LedgerError> {
    let text = serde_json::to_string(kept).map_err(|_| LedgerError::Unacceptable("spelling"))?;
    ledger.put_state(place, &text)
}

impl DeskSide {
    pub(super) async fn spelling(
        &self,
        stored: &StoredResult,
    ) -> Result<Option<Spelling>, DeskProblem> {
        let (stored, now) = (stored.clone(), self.now());
        let kept = self
            .ledger(move |ledger| shown(ledger, &stored, now))
            .await?;
        Ok(kept.map(|Kept(text, by, at, _)| Spelling {
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
                let who = format!("staff:{}", actor.name);
                put(ledger, &place, &Kept(text, actor.name, now, now))?;
                let detail = serde_json::json!({ "result": stored.id });
                ledger.append_audit(now, &who, "spelling-kept", &detail)?;
                Ok(true)
            })
            .await?;
        if kept { Ok(()) } else { Err(no_such_result()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counter::tests::bench;
    use ledger::{NewResult, Retention};

    /// The ledger's retention erases a spelling by the end of what is kept here, and not while the person still comes.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_spelling_lasts_while_it_is_shown_and_is_erased_afterwards() {
        const DAY: i64 = 24 * 3_600_000;
        let bench = bench().await;
        let work = bench.counter.desk.run(|ledger| {
            let new = NewResult {
                visit: 7,
                reader: "desk-1/r".into(),
                kind: "qualification".into(),
                body_json: r#"{"XmlMsg":{"MessageBody":{"ResultList":[{"ResultOfQualificationConfirmation":{"Name":"髙●　一郎","Birthdate":"19900115"}}]}}}"#.into(),
                simulated: true,
            };
            let stored = ledger.store_result(0, &new)?;
            let stored = ledger.result(&stored.id)?.unwrap();
            let place = place(ledger, &stored)?.unwrap();
            let keep = Retention { spellings: 10 * DAY, ..Retention::default() };
            put(ledger, &place, &Kept("髙𣘺　一郎".into(), "受付".into(), 0, 0))?;
            // Seen on the eighth day: it lasts ten days more.
            assert!(shown(ledger, &stored, 8 * DAY)?.is_some());
            assert_eq!(ledger.retain(18 * DAY, &keep)?.spellings, 0);
            assert!(ledger.get_state(&place)?.is_some());
            assert_eq!(ledger.retain(18 * DAY + 1, &keep)?.spellings, 1);
            assert!(ledger.get_state(&place)?.is_none());
            // One of an earlier version has no such end: its own time counts.
            ledger.put_state(&place, r#"["髙𣘺　一郎","受付",5]"#)?;
            assert_eq!(shown(ledger, &stored, 6)?.unwrap().2, 5);
            assert_eq!(ledger.retain(5 + 10 * DAY, &keep)?.spellings, 0);
            assert_eq!(ledger.retain(6 + 10 * DAY, &keep)?.spellings, 1);
            Ok::<_, LedgerError>(())
        });
        work.await.unwrap().unwrap();
    }
}
