//! The ledger: what must not be lost. Results until the receipt computer took them, inquiries to repeat, small durable
//! state, and the audit chain. SQLite in WAL mode with `synchronous=FULL`; every body is sealed with AES-256-GCM.
//!
//! Invariants 9, 10, 12 and 13 (docs/invariants.md) are held here. The ledger knows no clock: `now` is a parameter, in
//! milliseconds since the Unix epoch. A [`Ledger`] is `Send` but not `Sync`; its owner wraps it.

mod audit;
mod error;
mod events;
mod head;
mod inquiries;
mod open;
mod results;
mod schema;
mod seal;
mod state;
mod verify;
mod write;

pub use error::LedgerError;
pub use events::LedgerEvent;
pub use inquiries::Inquiry;
pub use open::OpenOptions;
pub use results::{ClaimOutcome, NewResult, ResultFilter, ResultState, StoredResult};
pub use seal::LedgerKey;
pub use verify::{AuditReport, Finding, FindingKind};

use std::path::PathBuf;

/// The greatest accepted size of one sealed body or payload, in bytes.
pub const MAX_BODY: usize = 8 * 1024 * 1024;
/// The greatest accepted size of one audit detail in its canonical form, in bytes.
pub const MAX_DETAIL: usize = 16 * 1024;
/// The greatest accepted length of a name (client, actor, action, reader, kind, state key), in bytes.
pub const MAX_NAME: usize = 200;
/// The greatest number of rows that one listing gives.
pub const MAX_ROWS: usize = 1000;

/// An open ledger: one database connection, its sealing key and the place of the audit head.
pub struct Ledger {
    connection: rusqlite::Connection,
    sealer: seal::Sealer,
    head_path: PathBuf,
}

impl Ledger {
    /// Whether this ledger holds simulated persons only; fixed when it was created (invariant 13).
    pub fn simulated(&self) -> bool {
        self.sealer.simulated()
    }
}
