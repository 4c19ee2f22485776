//! Where the notes of an outage stand: each in a place of its own, sealed, so that long addresses crowd nobody out.

use ledger::{Ledger, LedgerError};
use serde::{Deserialize, Serialize};

use super::Turn;
use super::request::FourItems;

/// Where the notes stand, by their numbers.
const NOTE: &str = "outage-note/";
/// Where an earlier version kept all of them in one value.
const OF_BEFORE: &str = "outage-notes";
/// Most persons noted in an outage.
pub(super) const MOST: usize = 200;

/// Somebody noted in an outage.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Note {
    pub(super) person: FourItems,
    pub(super) at: i64,
    pub(super) by: String,
    /// The person agreed, by word of mouth, to being asked about.
    #[serde(default)]
    pub(super) oral_consent: bool,
    /// The visit under which the answer is kept, from the noting on; 0 in a note of an earlier version.
    #[serde(default)]
    pub(super) visit: u64,
    /// Asked about, and nobody was found: it stays until staff takes it off, for what was written down stands nowhere else.
    #[serde(default)]
    pub(super) not_found: Option<NotFound>,
}

/// That the service found nobody.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct NotFound {
    pub(super) at: i64,
    /// The result that says so.
    pub(super) result: String,
}

impl Note {
    /// Its number as staff and clients see it.
    pub(super) fn id(&self) -> String {
        format!("{:016x}", self.visit)
    }

    /// Where it stands.
    pub(super) fn place(&self) -> String {
        place(self.visit)
    }

    /// As it is kept.
    pub(super) fn text(&self) -> Result<String, LedgerError> {
        serde_json::to_string(self).map_err(|_| LedgerError::Unacceptable("note"))
    }
}

/// Where the note of this number stands.
pub(super) fn place(visit: u64) -> String {
    format!("{NOTE}{visit:016x}")
}

/// Everybody noted, oldest first.
pub(super) fn notes(ledger: &mut Ledger) -> Result<Vec<Note>, LedgerError> {
    take_over(ledger)?;
    let mut found = Vec::new();
    for (key, text) in ledger.states(NOTE)? {
        match serde_json::from_str::<Note>(&text) {
            Ok(note) => found.push(note),
            Err(_) => {
                tracing::error!(key, "a note of an outage can't be read");
                return Err(LedgerError::Unacceptable("note"));
            }
        }
    }
    found.sort_by_key(|note| (note.at, note.visit));
    Ok(found)
}

/// Gives the notes of an earlier version places of their own. Broken off and begun again it makes no second one.
fn take_over(ledger: &mut Ledger) -> Result<(), LedgerError> {
    let Some(text) = ledger.get_state(OF_BEFORE)? else {
        return Ok(());
    };
    let notes: Vec<Note> =
        serde_json::from_str(&text).map_err(|_| LedgerError::Unacceptable("notes"))?;
    for (n, mut note) in notes.into_iter().enumerate() {
        if note.visit == 0 {
            note.visit = Turn::named("terminal", &format!("outage-note {n} {}", note.at)).visit();
        }
        ledger.put_state(&note.place(), &note.text()?)?;
    }
    ledger.forget_state(OF_BEFORE)
}
