//! The client of the central service (オンライン資格確認等システム): mutual TLS, login, requests, retry, and the
//! queue of inquiries to repeat. One trait, one adapter.
//!
//! Architecture invariant: only the configured service with a valid chain and host name is spoken to
//! (invariant 13); there is no switch that turns this off. Nothing here writes a file.

pub mod assumed;
mod breaker;
pub mod certificate;
mod client;
mod config;
mod connection;
mod correlate;
mod desk;
mod desk_client;
mod download;
mod error;
mod exchange;
mod login;
mod nonces;
mod person;
mod probe;
mod queue;
mod retry;
pub mod revocation;
mod service;
mod tls;

pub use assumed::{
    CardConfirmation, Confirmation, ConfirmationMethod, ConfirmationResult, Nonce, ProofKind,
    SurfaceRecord,
};
pub use breaker::{Breaker, Permit};
pub use certificate::{CertificateStatus, RenewalLevel, RenewalWatch, certificate_status};
pub use client::CentralClient;
pub use config::{CentralConfig, Paths, TimeSource, is_test_environment};
pub use desk::{BulkCall, BulkFetched, BulkRequest, BulkTaker, CentralDesk};
pub use error::{
    CentralError, ClientCertificateProblem, ServerCertificateProblem, UnreachableCause,
};
pub use nonces::NoncePool;
pub use probe::{Probe, ProbeLayer};
pub use queue::{
    Inquiry, InquiryOutcome, InquiryQueue, QueueError, QueuedInquiry, ReplayReport, next_attempt,
    replay,
};
pub use revocation::{
    RevocationLevel, RevocationList, RevocationWatch, lists_may_replace, revocation_lists,
};
pub use service::{CentralService, Fut};
