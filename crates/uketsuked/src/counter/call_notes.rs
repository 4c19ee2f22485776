//! What staff notes on a follow-up without settling it: nobody answered, they call back. Notes that can't be read any more keep no other
//! follow-up back, are said, and stay as they are: what is noted afterwards has a place of its own (invariants 9 and 15).

use ledger::{FOLLOW_UP_NOTES, FOLLOW_UP_NOTES_AFTER, Kept, Ledger, LedgerError};

/// When, who, what.
type Note = (i64, String, String);

/// Most notes kept of one follow-up; the oldest goes when another comes.
const NOTES: usize = 20;

/// The notes on a follow-up.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct CallNotes {
    /// Those that can be read, oldest first: when (ms since 1970), who, what.
    pub(crate) notes: Vec<Note>,
    /// There are notes that can't be read.
    pub(crate) unreadable: bool,
}

/// Where notes stand, and where those that come after unreadable ones.
fn places(follow_up: u64) -> [String; 2] {
    [FOLLOW_UP_NOTES, FOLLOW_UP_NOTES_AFTER].map(|place| format!("{place}{follow_up}"))
}

/// `None` for what is damaged.
fn read(ledger: &Ledger, place: &str) -> Result<Option<Vec<Note>>, LedgerError> {
    Ok(match ledger.kept(place)? {
        Kept::Nothing => Some(Vec::new()),
        Kept::Text(text) => serde_json::from_str(&text).ok(),
        Kept::Unreadable => None,
    })
}

/// What was noted on a follow-up.
pub(crate) fn notes(ledger: &Ledger, follow_up: u64) -> Result<CallNotes, LedgerError> {
    let mut found = CallNotes::default();
    for place in places(follow_up) {
        match read(ledger, &place)? {
            Some(notes) => found.notes.extend(notes),
            None => found.unreadable = true,
        }
    }
    Ok(found)
}

/// Adds a note. Who wrote it stands in the audit chain, the text does not: it is about a patient.
pub(crate) fn note(
    ledger: &mut Ledger,
    now: i64,
    follow_up: u64,
    who: &str,
    text: &str,
) -> Result<(), LedgerError> {
    let [first, after] = places(follow_up);
    let (place, known) = match read(ledger, &first)? {
        Some(notes) => (first, Some(notes)),
        None => {
            let notes = read(ledger, &after)?;
            (after, notes)
        }
    };
    // Only where those behind the damaged ones are damaged too they make room, and the chain says so.
    let replaced = known.is_none();
    let mut notes = known.unwrap_or_default();
    notes.push((now, who.to_owned(), text.to_owned()));
    let from = notes.len().saturating_sub(NOTES);
    let kept = serde_json::to_string(&notes.split_off(from))
        .map_err(|_| LedgerError::Unacceptable("notes"))?;
    // The result it is about, so that the audit of that visit finds it.
    let result = ledger.follow_up(follow_up)?.map(|one| one.result_id);
    let mut detail = serde_json::json!({ "follow_up": follow_up, "result": result });
    if replaced {
        detail["unreadable_replaced"] = true.into();
    }
    ledger.change_states(
        now,
        who,
        ("follow-up-noted", detail),
        &[(place, Some(kept))],
    )
}
