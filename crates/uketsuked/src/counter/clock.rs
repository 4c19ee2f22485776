//! The way back when a service whose clock was ahead has pushed the terminal's time: on a technician's word, with two witnesses (the machine's
//! clock and the service, asked anew), and only after everything has ended that the earlier time would bring to life again (invariants 1, 8, 14).

use std::sync::Arc;

use ledger::{Ledger, SetBack};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::{Counter, CounterError};
use crate::clock::{STATE_KEY, TrustedClock};
use crate::engine::{CLOCK_DIFFERS, GUARD_KEY, Message, guard_from, guard_text};
use crate::ledger_desk::DeskClosed;

/// The terminal's time is not ahead.
const NOT_AHEAD: &str = "UK-VISIT-402";
/// Machine and service do not agree, so that nobody can say which time is right.
const STILL_APART: &str = "UK-VISIT-403";
/// Consents of a visit under way were judged by the time until now.
const VISIT_UNDER_WAY: &str = "UK-VISIT-404";

/// What came of it.
struct Done {
    from: i64,
    to: i64,
    ended: u64,
}

impl Counter {
    /// Sets the terminal's time back to the machine's clock, where the service agrees with it. Once begun it goes on to its end, also when
    /// nobody waits for the answer any more.
    ///
    /// # Errors
    /// There is nothing to set back, the clocks are apart, a visit is under way, the service or the ledger does not answer; then nothing has changed,
    /// except that what the service gave until a moment (passcode, nonces) may have been forgotten.
    pub(crate) async fn accept_clock(
        &self,
        staff: &str,
        reason: &str,
    ) -> Result<Value, CounterError> {
        let (counter, staff) = (self.clone(), format!("staff:{staff}"));
        let reason = reason.to_owned();
        let act = tokio::spawn(async move { counter.go_back(staff, reason).await });
        act.await.map_err(|_| DeskClosed)?
    }

    async fn go_back(&self, staff: String, reason: String) -> Result<Value, CounterError> {
        if self.clock.ahead_of_machine_ms() <= CLOCK_DIFFERS {
            return Err(CounterError::of(NOT_AHEAD));
        }
        // What it said before may be hours old.
        let said = self.visits.nonce().await?.server_time;
        self.clock.service_said(said);
        agreed(&self.clock)?;
        let (forgotten, done) = oneshot::channel();
        let told = self.engine.send(Message::ForgetTimes(forgotten)).await;
        told.map_err(|_| DeskClosed)?;
        if !done.await.map_err(|_| DeskClosed)? {
            return Err(CounterError::of(VISIT_UNDER_WAY));
        }
        let clock = Arc::clone(&self.clock);
        let done = self
            .ledger(move |ledger| Ok(set_back(ledger, &clock, staff, reason)))
            .await??;
        let Done { from, to, ended } = done;
        tracing::warn!(from, to, ended, "the time was set back on somebody's word");
        // The clock has gone back already: who is told of it late works with the right time all the same.
        if self
            .engine
            .send(Message::SetBack { from, to })
            .await
            .is_err()
        {
            tracing::error!("the engine is gone");
        }
        Ok(json!({
            "set_back_seconds": from.saturating_sub(to) / 1000,
            "time": oqs::time::to_jst(to),
            "consents_ended": ended,
        }))
    }
}

/// Whether the machine's clock and the service's last word agree.
fn agreed(clock: &TrustedClock) -> Result<(), CounterError> {
    match clock.behind_service_ms() {
        Some(behind) if behind.abs() <= CLOCK_DIFFERS => Ok(()),
        _ => Err(CounterError::of(STILL_APART)),
    }
}

/// On the ledger's thread, so that no other job of the ledger comes between: first what must end is ended for good, then the clock goes back.
fn set_back(
    ledger: &mut Ledger,
    clock: &TrustedClock,
    staff: String,
    reason: String,
) -> Result<Done, CounterError> {
    // The service may have said another time since.
    agreed(clock)?;
    let (from, to) = clock.way_back();
    if from <= to {
        return Err(CounterError::of(NOT_AHEAD));
    }
    let mut guard = guard_from(ledger.get_state(GUARD_KEY)?.as_deref());
    guard.set_back(from, to);
    let schedule = super::schedule::set_back(ledger, to)?;
    let mut states = vec![
        (STATE_KEY.to_owned(), to.to_string()),
        (GUARD_KEY.to_owned(), guard_text(guard)),
    ];
    states.extend(crate::staff::locks_set_back(ledger, from, to)?);
    states.extend(crate::folder_store::marks_set_back(ledger, from, to)?);
    states.extend(schedule);
    let back = SetBack {
        from,
        to,
        staff,
        reason,
    };
    let ended = ledger.set_time_back(&back, &states)?;
    clock.go_back();
    Ok(Done { from, to, ended })
}
