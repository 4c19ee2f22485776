//! Why a settings file is not accepted, with stable codes.

use std::path::PathBuf;

/// Why a settings file is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum ConfigProblem {
    /// The file can't be read.
    #[error("settings file {path} can't be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not TOML, an unknown key, or a value of the wrong kind.
    #[error("settings file {path} is not valid")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Line and reason.
        source: Box<toml::de::Error>,
    },
    /// A value outside what is allowed.
    #[error("setting `{key}`: {reason}")]
    Value {
        /// Key as `section.key`.
        key: &'static str,
        /// What is wrong and what would be right.
        reason: String,
    },
}

impl ConfigProblem {
    /// The stable code shown to people.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "UK-CONF-001",
            Self::Syntax { .. } => "UK-CONF-002",
            Self::Value { .. } => "UK-CONF-003",
        }
    }

    /// What is wrong in Japanese, as `docs/errors.md` has it; file, line and key stand in the message itself.
    #[must_use]
    pub fn ja(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "設定ファイルを読めません。",
            Self::Syntax { .. } => "設定ファイルの書き方に誤りがあります。",
            Self::Value { .. } => "設定の値が正しくありません。",
        }
    }
}

/// A value outside what is allowed.
pub(super) fn value(key: &'static str, reason: impl Into<String>) -> ConfigProblem {
    ConfigProblem::Value {
        key,
        reason: reason.into(),
    }
}
