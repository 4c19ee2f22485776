//! One patient's pass through the terminal, from card to result, as a pure state machine.
//!
//! Events go in with the time, commands come out: [`Machine::handle`], [`Machine::poll_command`],
//! [`Machine::poll_timeout`]. This crate knows no clock, no socket, no file and no wire form; it can't
//! fail. What a state does when the card is pulled, the service is gone or the power returns is decided
//! in that state's file, and the compiler sees to it that no state leaves one of these open
//! ([`Interrupt`]).

mod command;
mod consent;
mod digits;
mod event;
mod limits;
mod machine;
mod page;
mod passcode;
mod states;

pub use command::{AlertKind, Command, EndReason, NotDelivered};
pub use consent::{ConsentAnswers, ConsentKind};
pub use digits::Digits;
pub use event::{
    Ask, CardAnswer, CardKind, CentralAnswer, Device, Event, FaceAnswer, Guidance, Input,
    Interrupt, LedgerAnswer, Refusal, Unusable, Verify,
};
pub use limits::Limits;
pub use machine::Machine;
pub use page::{KeypadPurpose, Notice, Page, WorkStep};
pub use passcode::{PasscodeGuard, PasscodeVerdict};

use std::fmt;
use std::time::Duration;

/// The number of one visit. Every command carries it and every answer brings it back (invariant 10).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VisitId(pub u64);

impl fmt::Display for VisitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for VisitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VisitId({self})")
    }
}

/// How the person was recognised. Medical information needs one of these (invariant 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// Face against the genuine photo of this card.
    Face,
    /// The card accepted the 4-digit PIN.
    Pin,
    /// Staff compared face and card; who did it is recorded (invariant 8).
    Visual {
        /// Name of the member of staff.
        staff: String,
    },
}

impl Method {
    /// The word used on the wire and in the audit chain.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Face => "face",
            Self::Pin => "pin",
            Self::Visual { .. } => "visual",
        }
    }
}

/// The time a decision is made at. Nothing in this crate reads a clock (invariant 14).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Time since some fixed start, never going back.
    pub mono: Duration,
    /// Milliseconds since 1970-01-01 UTC, never earlier than the service's newest trusted time.
    pub wall_ms: i64,
}
