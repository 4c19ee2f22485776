//! Readiness checks by layer: what a technician wants to know in one minute. Probes look at the real
//! thing (pcscd, the vision worker, the network, the ledger), judgements decide from what they saw,
//! and the report names the first broken layer. Works while the daemon is down; while it runs, the
//! daemon is asked about what it alone may hold (the vision worker, the ledger).

pub mod admin;
mod bounded;
pub mod catalogue;
mod input;
mod layers;
pub mod pcsc_walk;
mod report;
mod run;
mod secrets;

pub use input::{
    CentralSettings, ConfigState, DoctorInput, LedgerSettings, Limits, Settings, SystemPaths,
};
pub use report::{Check, Finding, Layer, Report, SCHEMA, Status};
pub use run::run;
