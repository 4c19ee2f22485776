//! Why a request is not taken, in both languages; for developers, with names of elements and without any value.

/// A reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{ja} / {en}")]
pub(crate) struct Reason {
    pub(crate) ja: String,
    pub(crate) en: String,
}

impl Reason {
    pub(crate) fn new(ja: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            ja: ja.into(),
            en: en.into(),
        }
    }

    /// An element that has no place there.
    pub(crate) fn unknown(name: &str) -> Self {
        Self::new(
            format!("{name}は使えない要素です"),
            format!("unknown element {name}"),
        )
    }

    /// An element that must be there.
    pub(crate) fn absent(name: &str) -> Self {
        Self::new(format!("{name}がありません"), format!("no {name}"))
    }

    /// What can't be read as a message; `why` is for developers.
    pub(crate) fn unreadable(why: &impl std::fmt::Display) -> Self {
        Self::new("電文の形が正しくありません", why.to_string())
    }
}
