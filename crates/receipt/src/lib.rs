//! What the receipt computer sees: HTTP/1.1 with JSON and XML on a Unix socket.
//!
//! Clients are known by the peer credentials of their connection. The crate knows no ledger: what it needs is the trait
//! [`ReceiptStore`], implemented by the daemon over the ledger and by [`memory::MemoryStore`] in memory. It reads no clock:
//! [`ReceiptConfig::clock`] is handed in (invariant 14, docs/invariants.md).

mod audit;
mod body;
mod bulk;
mod clients;
mod config;
mod connection;
pub mod counter;
mod events;
pub mod folders;
mod follow_ups;
mod idempotency;
mod inquiries;
mod medical;
pub mod memory;
mod memory_folders;
mod memory_more;
mod negotiate;
mod numbers;
mod problem;
mod reason;
mod records;
mod render;
mod resource;
mod results;
mod router;
mod serve;
mod store;
mod tally;
mod timed_io;
mod times;

pub use clients::ClientError;
pub use config::{ClientRule, Clock, ReceiptConfig, Right};
pub use records::{
    AuditExtract, BulkAnswer, BulkChanges, BulkRecord, FollowUpNote, FollowUpRecord, InquiryRecord,
    InquiryState, NewBulk, NewInquiry, Remembered,
};
pub use serve::serve;
pub use store::{
    Claim, EventRecord, ReceiptStore, ResultFilter, ResultRecord, ResultState, StoreError,
};

/// The OpenAPI 3.1 document that is served at `/v1/openapi.json`.
pub const OPENAPI: &str = include_str!("../openapi.json");
