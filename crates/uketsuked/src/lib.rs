//! The daemon: settings, wiring of the parts, sockets and start-up. What a visit *does* is decided in
//! the `visit` crate; here its commands are carried out and the answers brought back.

mod admin;
mod admin_clock;
mod admin_results;
mod alerts;
mod audit_watch;
mod birth_mark;
mod board;
mod board_rows;
mod bridge;
mod clock;
pub mod config;
mod counter;
mod daemon;
mod engine;
mod folder_store;
mod follow_up;
mod happenings;
mod inquiry;
mod installation;
mod ledger_anew;
mod ledger_care;
mod ledger_desk;
mod ledger_start;
pub mod materials;
pub mod measure;
mod medical_later;
mod metrics;
mod number_inquiries;
mod pages;
mod preview;
mod receipt_counter;
mod receipt_store;
mod renewal;
mod replay;
mod screens;
mod service_said;
mod site_models;
mod staff;
#[cfg(test)]
mod texts_tests;

/// Whether the files that the settings name for the card are there and make sense, and whether the face worker, with what lies in the folder of the
/// site's own models, measures faces as the settings say.
///
/// # Errors
/// The key of the settings, the file, and what is wrong.
pub fn check_files(config: &config::Config, site_models: &std::path::Path) -> anyhow::Result<()> {
    bridge::card::check(config)?;
    site_models::check(config, site_models)
}

pub use counter::{CounterError, CounterRequest};
pub use daemon::run;
pub use staff::accounts;

/// An error with its causes, for the log. Errors of our crates carry no secrets.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// A fresh visit number; never 0, which means "no visit".
pub(crate) fn fresh_number() -> u64 {
    use ring::rand::SecureRandom as _;
    let mut bytes = [0_u8; 8];
    if ring::rand::SystemRandom::new().fill(&mut bytes).is_err() {
        // No visit will get far without random numbers; its number has to differ from all others all the
        // same, or a stored result would be taken for this visit's (invariant 10).
        tracing::error!("the system gives no random numbers");
        static LAST: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let count = LAST.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let nanos = since.map_or(0, |since| {
            u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
        });
        bytes = nanos.wrapping_add(count).to_le_bytes();
    }
    u64::from_le_bytes(bytes).max(1)
}
