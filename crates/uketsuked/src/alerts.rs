//! Which codes tell staff of a state, and which of something that happened. What is said beside a code stands in Fluent files
//! (`kiosk::staff::alert`).

/// Whether a code tells of a state that lasts until it is settled, and not of something that happened.
#[must_use]
pub(crate) fn lasts(code: &str) -> bool {
    matches!(
        code,
        "UK-VISIT-113" | "UK-VISIT-201" | "UK-VISIT-401" | "UK-CARD-022"
    ) || code.starts_with("UK-LEDG-")
}
