//! The daemon: settings, wiring of the parts, sockets and start-up. What a visit *does* is decided in
//! the `visit` crate; here its commands are carried out and the answers brought back.

mod admin;
mod alerts;
mod board;
mod bridge;
mod clock;
pub mod config;
mod daemon;
mod engine;
mod happenings;
mod inquiry;
mod installation;
mod ledger_desk;
mod materials;
mod metrics;
mod pages;
mod receipt_store;
mod replay;

pub use daemon::run;

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
        // Without random numbers nothing safe can be done; the number still has to differ.
        tracing::error!("the system gives no random numbers");
        bytes = std::process::id()
            .to_le_bytes()
            .repeat(2)
            .try_into()
            .unwrap_or([1; 8]);
    }
    u64::from_le_bytes(bytes).max(1)
}
