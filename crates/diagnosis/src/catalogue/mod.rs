//! Everything the checks say to people, in one place: a stable code, what happened, what to do, each
//! in Japanese and in English. Judgements name an entry; they hold no sentence themselves.

mod devices;
mod general;
mod network;
mod storage;

pub(crate) use devices::*;
pub(crate) use general::*;
pub(crate) use network::*;
pub(crate) use storage::*;

/// One thing a check can say.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// Stable code, `UK-DIAG-NNN`.
    pub code: &'static str,
    /// What happened, Japanese.
    pub ja: &'static str,
    /// What happened, English.
    pub en: &'static str,
    /// What to do, Japanese.
    pub advice_ja: &'static str,
    /// What to do, English.
    pub advice_en: &'static str,
}

/// The whole catalogue, for documentation.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    [GENERAL, DEVICES, NETWORK, STORAGE]
        .into_iter()
        .flatten()
        .copied()
}

#[cfg(test)]
mod tests {
    #[test]
    fn codes_are_unique_and_every_entry_speaks_both_languages() {
        let mut seen = std::collections::BTreeSet::new();
        for entry in super::all() {
            assert!(seen.insert(entry.code), "{} twice", entry.code);
            assert!(
                entry.code.len() == 11 && entry.code.starts_with("UK-DIAG-"),
                "{}",
                entry.code
            );
            for text in [entry.ja, entry.advice_ja] {
                assert!(
                    text.chars().any(|c| ('\u{3040}'..='\u{30ff}').contains(&c)),
                    "{}: {text}",
                    entry.code
                );
            }
            for text in [entry.en, entry.advice_en] {
                assert!(
                    text.is_ascii() && text.ends_with('.'),
                    "{}: {text}",
                    entry.code
                );
            }
        }
    }
}
