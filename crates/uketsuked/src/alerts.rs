//! Which codes tell staff of a state, and which of something that happened. What is said beside a code stands in Fluent files
//! (`kiosk::staff::alert`).

use kiosk::Words;

/// What keeps the terminal from being connected to the service: over with the next look that gets through. Without UK-CENT-107, which a list
/// that runs out raises also while an older connection still stands, and UK-CENT-901, which is also about files put in place beside those in use.
pub(crate) const CONNECTION_FAULTS: &[&str] = &[
    "UK-CENT-101",
    "UK-CENT-102",
    "UK-CENT-103",
    "UK-CENT-104",
    "UK-CENT-105",
    "UK-CENT-106",
    "UK-CENT-108",
    "UK-CENT-109",
    "UK-CENT-151",
    "UK-CENT-152",
    "UK-CENT-153",
    "UK-CENT-154",
    "UK-CENT-155",
];

/// What makes the service's answers useless: over with the next one that could be used.
pub(crate) const EXCHANGE_FAULTS: &[&str] = &["UK-CENT-201", "UK-CENT-401"];

/// Whether a code tells of the service as a whole, and not of one person's request.
fn of_the_service(code: &str) -> bool {
    CONNECTION_FAULTS.contains(&code) || EXCHANGE_FAULTS.contains(&code)
}

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
    ) || of_the_service(code)
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
        || of_the_service(code)
}

/// Whether one line on the page tells enough however often it happens: states, and what a person may do over and over until nothing else fits on
/// the list.
#[must_use]
pub(crate) fn told_once(code: &str) -> bool {
    lasts(code) || code == "UK-VISIT-114"
}

/// What a code tells, for whoever only has the code: the service's faults in their own sentences, the terminal's in those of the Fluent files.
#[must_use]
pub(crate) fn words(code: &str) -> Words {
    match central::CentralError::words_of(code) {
        Some((ja, en)) => Words::new(ja, en),
        None => kiosk::staff::of_code(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A failed inquiry of a receipt computer carries the sentence of its code.
    #[test]
    fn a_code_is_told_in_its_own_words() {
        for (code, ja) in [
            ("UK-CENT-104", "設定された認証局のものではありません"),
            ("UK-CENT-003", "時間内に応答がありません"),
            ("UK-VISIT-506", "医療扶助"),
        ] {
            let told = words(code);
            assert!(told.ja.contains(ja), "{code}: {told:?}");
            assert!(!told.en.is_empty() && told.en != told.ja, "{code}");
        }
        for code in CONNECTION_FAULTS.iter().chain(EXCHANGE_FAULTS) {
            assert!(central::CentralError::words_of(code).is_some(), "{code}");
            assert!(ends_by_itself(code) && told_once(code), "{code}");
        }
        // Whoever is told to ask reads whom, and when.
        for code in ["UK-CENT-301", "UK-CENT-403", "UK-VISIT-504"] {
            let told = words(code);
            for text in [&told.ja, &told.en] {
                assert!(text.contains("0800-080-4583"), "{code}: {text}");
            }
            assert!(told.ja.contains("平日8–18時") && told.en.contains("weekdays 8–18"));
        }
        assert!(!ends_by_itself("UK-CENT-301"), "about one request");
    }
}
