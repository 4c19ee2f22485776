//! The ledger at the start: opened or begun anew, the start recorded, what it keeps for the terminal read.

use std::sync::Arc;

use anyhow::Context as _;
use ledger::{Ledger, LedgerError};
use visit::PasscodeGuard;

use crate::audit_watch::AuditWatch;
use crate::board::Board;
use crate::clock::TrustedClock;
use crate::config::Config;
use crate::engine::{GUARD_KEY, guard_from};
use crate::ledger_anew;
use crate::materials;

/// What the terminal goes on with.
pub(crate) struct Begun {
    pub(crate) ledger: Ledger,
    /// Wrong passcodes of the visual confirmation so far (invariant 8).
    pub(crate) guard: PasscodeGuard,
    pub(crate) audit: Arc<AuditWatch>,
}

/// Opens the ledger, sets the clock not before its newest time and records the start.
///
/// # Errors
/// The ledger does not open, can't be read or takes no record; the message begins with the code.
pub(crate) fn begin(
    config: &Config,
    clock: &Arc<TrustedClock>,
    board: &Board,
) -> anyhow::Result<Begun> {
    let mut ledger = open_ledger(config, clock.wall_ms(), board)?;
    ledger_anew::make_shrinkable(&mut ledger, &config.ledger.path);
    if let Some(kept) = ledger.get_state(crate::clock::STATE_KEY).map_err(said)? {
        clock.not_before(kept.parse().unwrap_or(i64::MIN));
    }
    let sources = Arc::clone(clock);
    ledger.tell_time_sources(Arc::new(move |now| sources.source_of(now)));
    let begun = ledger.append_audit(
        clock.wall_ms(),
        "terminal",
        "started",
        &serde_json::json!({
            "version": env!("CARGO_PKG_VERSION"),
            "face_challenge": config.vision.challenge,
            "face_threshold": format!("{:.2}", config.vision.threshold),
            "face_recipe": config.vision.recipe(),
        }),
    );
    match begun {
        Ok(_) => {}
        // What is stored can still be taken by the receipt computer; staff is told.
        Err(error @ LedgerError::DiskFull) => {
            tracing::error!(code = error.code(), "the start could not be recorded");
            board.alert(error.code(), clock.wall_ms());
        }
        Err(error) => return Err(said(error)),
    }
    let guard = guard_from(ledger.get_state(GUARD_KEY).map_err(said)?.as_deref());
    let audit = Arc::new(AuditWatch::new(ledger.checker().map_err(said)?));
    if let Some(problem) = audit.look(std::time::Instant::now()).problem {
        tracing::error!(problem, "the audit chain");
        board.alert("UK-LEDG-004", clock.wall_ms());
    }
    Ok(Begun {
        ledger,
        guard,
        audit,
    })
}

/// The error with its code and what to do, for whoever starts the daemon.
pub(crate) fn said(error: LedgerError) -> anyhow::Error {
    let text = format!("{} {} / {}", error.code(), error.ja(), error.en());
    anyhow::Error::new(error).context(text)
}

/// Opens the ledger, making its folder the first time. A file that is damaged for certain is set aside, staff is told, and a new
/// one goes on behind the old audit head (invariant 12).
fn open_ledger(config: &Config, now: i64, board: &Board) -> anyhow::Result<Ledger> {
    for path in [&config.ledger.path, &config.ledger.head] {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("ledger: {}", folder.display()))?;
        }
    }
    match Ledger::open_with(materials::ledger(config)?, now, config.ledger.durable) {
        Ok(ledger) => Ok(ledger),
        Err(corrupt @ LedgerError::Corrupt(_)) => {
            tracing::error!(code = corrupt.code(), error = %crate::chain(&corrupt), "the ledger does not open");
            let (ledger, replaced) =
                Ledger::replace_corrupt(materials::ledger(config)?, now).map_err(|error| {
                    tracing::error!(code = error.code(), error = %crate::chain(&error), "no new ledger was begun");
                    said(corrupt)
                })?;
            tracing::error!(
                code = "UK-LEDG-020",
                aside = %replaced.aside.display(),
                results = replaced.rows("results"),
                inquiries = replaced.rows("inquiries"),
                old_head = replaced.old_head,
                "the damaged ledger was set aside and a new one was begun"
            );
            board.alert("UK-LEDG-020", now);
            let lost = replaced.lost();
            if !lost.is_empty() {
                tracing::error!(
                    code = "UK-LEDG-026",
                    ?lost,
                    missing = ?replaced.missing,
                    changed = ?replaced.changed,
                    "not everything in the damaged ledger could be read"
                );
                board.alert("UK-LEDG-026", now);
            }
            Ok(ledger)
        }
        Err(error) => Err(said(error)),
    }
}
