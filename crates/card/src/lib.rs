//! The My Number Card at the reader: one power-on session per visit.
//!
//! Bird's eye: [`monitor`] watches the readers through pcscd and says what came and went; [`worker`]
//! owns the one open card session and answers the daemon's commands; every byte to the card passes
//! the [`allowlist`]. Two plain threads, bounded channels, no async, no clock of its own.
//! Architecture invariant: nothing in this crate knows a socket of the receipt computer, a page or the
//! central service; it never reads 個人番号 (invariant 4, docs/invariants.md).

pub mod allowlist;
mod api;
pub mod authenticity;
pub mod certificate;
mod error;
mod guard;
mod handle;
mod hang;
pub mod holder;
pub mod issuers;
pub mod jst;
mod leaves;
pub mod matching;
pub mod monitor;
mod pcsc_link;
pub mod pinless;
mod pulse;
pub mod record;
pub mod reset;
pub mod scripted;
mod secret;
mod session;
mod stop;
mod timed;
pub mod transport;
pub mod walk;
mod worker;

pub use api::{
    Binding, CardAnswer, CardCommand, CardConfig, CardEvent, CardIdentity, CardKind, CardPhoto,
    CardProof, Clock, ProofKind, ProveHow, VerifyOutcome,
};
pub use error::{CardError, CardGone, NotGenuine};
pub use handle::{CardHandle, spawn, spawn_with};
pub use issuers::IssuerKeys;
pub use pcsc_link::PcscReaders;
pub use pinless::{PinlessAuthenticator, PinlessError, SurfaceEvidence};
pub use reset::{ReaderReset, ResetError};
pub use secret::Secret;
pub use transport::{LinkError, RawLink, Readers};
