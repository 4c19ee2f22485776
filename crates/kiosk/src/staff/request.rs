//! What staff can ask for, and the answer.

use crate::Words;
use std::fmt;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

/// One request with the place for its answer.
#[derive(Debug)]
pub struct StaffRequest {
    /// What is asked.
    pub action: StaffAction,
    /// Where the name in it comes from.
    pub named: Named,
    /// Where the answer goes; dropped without an answer means "did not work".
    pub reply: oneshot::Sender<Result<(), StaffProblem>>,
}

/// Where the name of whoever asks comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// Typed on the terminal's own screen, checked against nothing.
    Typed,
    /// Of the personal sign-in.
    SignedIn,
}

impl Named {
    /// Signed in or not.
    pub(crate) fn of(signed_in: Option<&String>) -> Self {
        match signed_in {
            Some(_) => Self::SignedIn,
            None => Self::Typed,
        }
    }

    /// The word of the audit chain.
    pub fn word(self) -> &'static str {
        match self {
            Self::Typed => "typed",
            Self::SignedIn => "signed-in",
        }
    }
}

/// What staff asks for.
pub enum StaffAction {
    /// Confirm by sight that the card is this person's, for this visit only (invariant 8).
    ConfirmVisual {
        /// The visit.
        visit: u64,
        /// Who confirms.
        staff_name: String,
        /// The institution's passcode.
        passcode: Zeroizing<String>,
    },
    /// End this visit.
    CancelVisit {
        /// The visit.
        visit: u64,
        /// Who ends it.
        by: String,
    },
    /// End this visit and begin anew with the card that lies there.
    RestartVisit {
        /// The visit.
        visit: u64,
        /// Who has it begun anew.
        by: String,
    },
    /// Take an alert off the page that has no end by itself.
    CloseAlert {
        /// The alert's number.
        alert: u64,
        /// Who closes it.
        by: String,
    },
}

/// The passcode is never printed.
impl fmt::Debug for StaffAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConfirmVisual {
                visit, staff_name, ..
            } => f
                .debug_struct("ConfirmVisual")
                .field("visit", visit)
                .field("staff_name", staff_name)
                .finish_non_exhaustive(),
            Self::CancelVisit { visit, by } => f
                .debug_struct("CancelVisit")
                .field("visit", visit)
                .field("by", by)
                .finish(),
            Self::RestartVisit { visit, by } => f
                .debug_struct("RestartVisit")
                .field("visit", visit)
                .field("by", by)
                .finish(),
            Self::CloseAlert { alert, by } => f
                .debug_struct("CloseAlert")
                .field("alert", alert)
                .field("by", by)
                .finish(),
        }
    }
}

/// Why a request of staff was not done.
#[derive(Clone, Debug, PartialEq)]
pub struct StaffProblem {
    /// Stable code, `UK-…`.
    pub code: String,
    /// What happened and what to do.
    pub text: Words,
}
