//! The ledger: what must not be lost. Results until the receipt computer took them, inquiries to repeat, small durable
//! state, and the audit chain. SQLite in WAL mode with `synchronous=FULL`; every body is sealed with AES-256-GCM.
//!
//! Invariants 9, 10, 12 and 13 (docs/invariants.md) are held here. The ledger knows no clock: `now` is a parameter, in
//! milliseconds since the Unix epoch. A [`Ledger`] is `Send` but not `Sync`; its owner wraps it.

mod answers;
mod asks;
mod audit;
mod backup;
mod beside;
mod bulk;
mod bulk_compare;
mod bulk_types;
mod bulk_whole;
mod check;
mod consents;
mod corruption;
mod error;
mod events;
mod export;
mod follow_ups;
mod head;
mod hidden;
mod inquiries;
mod joints;
mod keys;
mod open;
mod outbox;
mod ownership;
mod rescue;
mod rescue_chain;
mod results;
mod results_check;
mod retention;
mod retention_lists;
mod room;
mod rotation;
mod schema;
mod seal;
mod set_back;
mod shrinkable;
mod signer;
mod state;
mod time_source;
mod verify;
mod write;

pub use answers::Remembered;
pub use asks::{Ask, AskState, NewAsk};
pub use backup::{accept_restored, backup};
pub use beside::Beside;
pub use bulk_types::{BulkDifference, BulkItem, BulkJob, BulkState, NewBulkJob};
pub use check::Checker;
pub use consents::{NewConsent, StoredConsent};
pub use corruption::Replaced;
pub use error::LedgerError;
pub use events::LedgerEvent;
pub use export::{AuditRecord, ExportReport, MAX_LOOKED_AT, compare_head, export, verify_export};
pub use follow_ups::{FollowUp, NewFollowUp};
pub use head::SignedHead;
pub use inquiries::Inquiry;
pub use joints::Joint;
pub use keys::{LedgerKey, LedgerKeys};
pub use open::OpenOptions;
pub use outbox::{Delivery, DeliveryState};
pub use ownership::ClaimOutcome;
pub use rescue::Rescued;
pub use results::{NewResult, ResultFilter, ResultState, StoredResult};
pub use retention::{
    Erased, FOLLOW_UP_NOTES, FOLLOW_UP_NOTES_AFTER, MARK, PROPOSAL, RESULT_REMARK, Retention,
};
pub use retention_lists::{PERSON_RESULTS, SPELLING};
pub use room::LOG;
pub use rotation::Resealed;
pub use set_back::SetBack;
pub use shrinkable::{LARGEST, Turned};
pub use state::Kept;
pub use time_source::{TimeSource, TimeSources};
pub use verify::{AuditReport, Finding, FindingKind};

use std::path::PathBuf;
use std::sync::Arc;

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
    sealer: Arc<seal::Sealer>,
    path: PathBuf,
    head_path: PathBuf,
    /// Where the times that are given as `now` come from, if somebody said.
    time_sources: Option<TimeSources>,
    /// A reader held the write-ahead log when it was to be emptied.
    log_left: bool,
    reseal_at: rotation::Place,
}

impl Ledger {
    /// Whether this ledger holds simulated persons only; fixed when it was created (invariant 13).
    pub fn simulated(&self) -> bool {
        self.sealer.simulated()
    }

    /// Says where the times come from that are given as `now` from now on; each audit record carries the word. Until then they count as
    /// [`TimeSource::Unchecked`].
    pub fn tell_time_sources(&mut self, sources: TimeSources) {
        self.time_sources = Some(sources);
    }

    pub(crate) fn moment(&self, now: i64) -> time_source::Moment {
        let said = self.time_sources.as_ref().map(|sources| sources(now));
        time_source::Moment::new(now, said.unwrap_or(TimeSource::Unchecked))
    }
}
