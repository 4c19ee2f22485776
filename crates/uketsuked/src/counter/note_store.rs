//! Where the notes of an outage stand: each in a place of its own, sealed, so that long addresses crowd nobody out.

use ledger::{Ledger, LedgerError};
use serde::{Deserialize, Serialize};

use super::Turn;
use super::request::FourItems;

/// Where the notes stand, by their numbers.
const NOTE: &str = "outage-note/";
/// Where an earlier version kept all of them in one value.
const OF_BEFORE: &str = "outage-notes";
/// The number of what stands in [`OF_BEFORE`] and can't be read.
const NO_NUMBER: &str = "0000000000000000";
/// Most persons noted in an outage and not asked about yet.
pub(super) const MOST: usize = 200;
/// Most notes in all, with those for which nobody was found: no more are looked at in one go ([`ledger::MAX_ROWS`]).
pub(super) const IN_ALL: usize = 900;

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

/// That the service found nobody, or several.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct NotFound {
    pub(super) at: i64,
    /// The result that says so.
    pub(super) result: String,
    /// It says that several match (validity 5), and not that nobody does.
    #[serde(default)]
    pub(super) several: bool,
}

impl Note {
    /// Its number as staff and clients see it.
    pub(super) fn id(&self) -> String {
        format!("{:016x}", self.visit)
    }

    /// Where it stands.
    pub(super) fn place(&self) -> String {
        format!("{NOTE}{:016x}", self.visit)
    }

    /// As it is kept.
    pub(super) fn text(&self) -> Result<String, LedgerError> {
        serde_json::to_string(self).map_err(|_| LedgerError::Unacceptable("note"))
    }
}

/// All that is noted.
pub(super) struct Notes {
    /// Everybody whose note can be read, oldest first.
    pub(super) persons: Vec<Note>,
    /// Notes that can't be read: damaged ones, which keep no other back.
    pub(super) damaged: Vec<Damaged>,
}

/// A note of which only the place is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Damaged {
    /// Its number as staff and clients see it.
    pub(super) id: String,
    /// Where it stands.
    pub(super) place: String,
}

impl Notes {
    /// Nobody at all.
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many notes there are, damaged ones with them.
    pub(super) fn len(&self) -> usize {
        self.persons.len() + self.damaged.len()
    }

    /// How many stand there for persons who were not asked about yet, as far as can be read.
    pub(super) fn waiting(&self) -> usize {
        let waiting = self.persons.iter();
        waiting.filter(|note| note.not_found.is_none()).count() + self.damaged.len()
    }

    /// Where the note of this number stands, readable or not.
    pub(super) fn place_of(&self, id: &str) -> Option<String> {
        let readable = self.persons.iter().find(|note| note.id() == id);
        let damaged = self.damaged.iter().find(|note| note.id == id);
        readable
            .map(Note::place)
            .or_else(|| damaged.map(|note| note.place.clone()))
    }
}

/// Everybody noted. A note that can't be read is named as that, and is nobody else's fault.
pub(super) fn notes(ledger: &mut Ledger) -> Result<Notes, LedgerError> {
    let mut damaged = take_over(ledger)?;
    damaged.extend(ledger.unreadable_states(NOTE)?);
    let mut persons = Vec::new();
    for (key, text) in ledger.states(NOTE)? {
        match serde_json::from_str::<Note>(&text) {
            Ok(note) if note.place() == key => persons.push(note),
            _ => damaged.push(key),
        }
    }
    persons.sort_by_key(|note| (note.at, note.visit));
    let damaged = damaged.into_iter().map(|place| Damaged {
        id: place.strip_prefix(NOTE).unwrap_or(NO_NUMBER).to_owned(),
        place,
    });
    Ok(Notes {
        persons,
        damaged: damaged.collect(),
    })
}

/// Gives the notes of an earlier version places of their own. Broken off and begun again it makes no second one. Gives the place of those
/// that can't be read.
fn take_over(ledger: &mut Ledger) -> Result<Vec<String>, LedgerError> {
    let damaged = || Ok(vec![OF_BEFORE.to_owned()]);
    if !ledger.unreadable_states(OF_BEFORE)?.is_empty() {
        return damaged();
    }
    let Some(text) = ledger.get_state(OF_BEFORE)? else {
        return Ok(Vec::new());
    };
    let Ok(notes) = serde_json::from_str::<Vec<Note>>(&text) else {
        return damaged();
    };
    for (n, mut note) in notes.into_iter().enumerate() {
        if note.visit == 0 {
            note.visit = Turn::named("terminal", &format!("outage-note {n} {}", note.at)).visit();
        }
        ledger.put_state(&note.place(), &note.text()?)?;
    }
    ledger.forget_state(OF_BEFORE)?;
    Ok(Vec::new())
}
