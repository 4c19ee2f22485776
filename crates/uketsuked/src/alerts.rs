//! Which codes tell staff of a state, and which of something that happened. What is said beside a code stands in Fluent files
//! (`kiosk::staff::alert`).

/// Whether what a code tells of is found to be over by the terminal itself: the service answers again, the card was taken, the clock is
/// right, the reader answers, worker and camera are there, the disk has room. All others staff closes.
#[must_use]
pub(crate) fn ends_by_itself(code: &str) -> bool {
    matches!(
        code,
        "UK-VISIT-113"
            | "UK-VISIT-201"
            | "UK-VISIT-401"
            | "UK-CARD-022"
            | "UK-FACE-002"
            | "UK-FACE-011"
            | "UK-LEDG-018"
            | "UK-LEDG-019"
    )
}

/// Whether the ledger takes or gives nothing while this stands: its fault or a full disk, and not what was mended, is only near, or concerns one row.
#[must_use]
pub(crate) fn stops_the_ledger(code: &str) -> bool {
    code.starts_with("UK-LEDG-")
        && !matches!(
            code,
            "UK-LEDG-019" | "UK-LEDG-020" | "UK-LEDG-021" | "UK-LEDG-026" | "UK-LEDG-028"
        )
}

/// Whether a code tells of a state that lasts until it is settled, and not of something that happened.
#[must_use]
pub(crate) fn lasts(code: &str) -> bool {
    matches!(
        code,
        "UK-VISIT-113"
            | "UK-VISIT-201"
            | "UK-VISIT-401"
            | "UK-CARD-022"
            | "UK-FACE-002"
            | "UK-FACE-011"
    ) || code.starts_with("UK-LEDG-")
}

/// Whether one line on the page tells enough however often it happens: states, and what a person may do over and over until nothing else fits on
/// the list.
#[must_use]
pub(crate) fn told_once(code: &str) -> bool {
    lasts(code) || code == "UK-VISIT-114"
}
