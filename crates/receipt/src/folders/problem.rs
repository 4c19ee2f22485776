//! What can go wrong at the folders, and the first of several problems of one pass.

use crate::store::StoreError;
use std::sync::{Mutex, PoisonError};

/// Why a pass over the folders did not get through.
#[derive(Debug, thiserror::Error)]
pub enum FolderProblem {
    /// A folder can't be read or written.
    #[error("the folder {what} can't be used")]
    Io {
        /// Which one, or what was done there.
        what: &'static str,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// What is there is not the folder that was served before: not mounted, emptied, or another one.
    #[error(
        "{what} is not the folder that was served before (not mounted?); nothing is concluded from what is there"
    )]
    Unknown {
        /// `req`, `res` or `face`.
        what: &'static str,
    },
    /// So many entries that not all were looked at.
    #[error("{what} holds more entries than are looked at in one pass; the others come later")]
    Crowded {
        /// `req`.
        what: &'static str,
    },
    /// The store refused.
    #[error("the store refused")]
    Store(#[from] StoreError),
}

impl FolderProblem {
    /// The stable code, documented in docs/errors-receipt.md.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "UK-RCPT-033",
            Self::Io { .. } | Self::Crowded { .. } | Self::Store(_) => "UK-RCPT-031",
        }
    }

    pub(crate) fn io(what: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { what, source }
    }
}

/// How the last pass went, for whoever asks how the terminal is.
#[derive(Debug, Default)]
pub struct FolderHealth(Mutex<Option<(&'static str, String)>>);

impl FolderHealth {
    /// Code and words of the problem of the last pass; `None` = it got through, or there was none yet.
    pub fn problem(&self) -> Option<(&'static str, String)> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn set(&self, problem: Option<&FolderProblem>) {
        let said = problem.map(|problem| {
            let cause = std::error::Error::source(problem);
            let cause = cause.map_or_else(String::new, |cause| format!(": {cause}"));
            (problem.code(), format!("{problem}{cause}"))
        });
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = said;
    }
}

/// The first problem of a pass: the others are only logged.
#[derive(Default)]
pub(crate) struct First(Option<FolderProblem>);

impl First {
    pub(crate) fn keep(&mut self, problem: FolderProblem) {
        self.0.get_or_insert(problem);
    }

    pub(crate) fn outcome(self) -> Result<(), FolderProblem> {
        self.0.map_or(Ok(()), Err)
    }
}
