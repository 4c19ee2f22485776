//! Whether the central service is there, and what time it says it is: looked at now and then, so that neither the person nor an outage has to
//! wait for a nonce.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use central::CentralError;
use visit::Event;

use super::{Engine, Message};

/// Pause between looks at a service that did not answer, and at one that does.
const LOOK_AGAIN: Duration = Duration::from_secs(3);
const LOOK_IDLE: Duration = Duration::from_secs(30);
/// A clock that differs by more from the service's is said to the staff, ms.
const CLOCK_DIFFERS: i64 = 5 * 60_000;
/// The trusted time is kept in the ledger so often, ms: no consent opens again for longer.
const KEEP_TIME: i64 = 60_000;

impl Engine {
    /// Keeps a few nonces ready, so that neither the person nor an outage has to wait for one, and looks
    /// now and then whether the service is there.
    pub(super) fn look_at_service(&mut self) {
        let now = self.parts.clock.now();
        if self.looking || self.next_look.is_some_and(|at| now.mono < at) {
            return;
        }
        self.looking = true;
        let wanted = self.nonces.wanted(now.wall_ms) > 0;
        let central = Arc::clone(&self.parts.central);
        let mailbox = self.parts.mailbox.clone();
        tokio::spawn(async move {
            let looked = if wanted {
                central.nonce().await.map(Some)
            } else {
                central.warm().await.map(|()| None)
            };
            let _ = mailbox.send(Message::Looked(looked)).await;
        });
    }

    pub(super) fn looked(&mut self, looked: Result<Option<central::Nonce>, CentralError>) {
        self.looking = false;
        let now = self.parts.clock.now();
        let (reachable, code) = match looked {
            Ok(nonce) => {
                self.next_look = Some(now.mono + LOOK_IDLE);
                if let Some(nonce) = nonce {
                    self.time_said(nonce.server_time);
                    let now = self.parts.clock.wall_ms();
                    let wanted = self.nonces.wanted(now);
                    self.nonces.put(nonce, now);
                    // One that is too short-lived to keep is not asked for again at once.
                    if self.nonces.wanted(now) < wanted {
                        self.next_look = None;
                    }
                }
                self.told_fault = None;
                (true, "")
            }
            Err(error) => {
                tracing::warn!(code = error.code(), error = %crate::chain(&error), "the service can't be used");
                self.next_look = Some(now.mono + LOOK_AGAIN);
                if !error.is_unreachable() && self.told_fault != Some(error.code()) {
                    self.told_fault = Some(error.code());
                    self.alert(error.code());
                }
                (false, error.code())
            }
        };
        self.service_is(reachable, code);
    }

    /// Takes over the service's time, keeps it for the next start, and says so when the terminal's own clock
    /// is far off (invariant 14).
    pub(super) fn time_said(&mut self, ms: i64) {
        let clock = &self.parts.clock;
        clock.service_said(ms);
        let differs = clock
            .behind_service_ms()
            .is_some_and(|behind| behind.abs() > CLOCK_DIFFERS);
        self.keep_time();
        if differs && !self.told_clock {
            self.alert("UK-VISIT-401");
        }
        if !differs {
            self.parts.board.settle(&["UK-VISIT-401"]);
        }
        self.told_clock = differs;
    }

    /// Keeps the trusted time for the next start, also while the service is away: a clock set back across a restart revives no consent that
    /// ended before.
    pub(super) fn keep_time(&mut self) {
        let Some(now) = self.parts.clock.trusted_ms() else {
            return;
        };
        if self.kept_time.is_some_and(|kept| now - kept < KEEP_TIME) {
            return;
        }
        let kept = self.parts.desk.submit(move |ledger| {
            if let Err(error) = ledger.put_state(crate::clock::STATE_KEY, &now.to_string()) {
                tracing::warn!(code = error.code(), error = %crate::chain(&error), "the trusted time could not be kept");
            }
        });
        if kept.is_ok() {
            self.kept_time = Some(now);
        }
    }

    /// Notes whether the service is there. When it comes back, everything queued is due.
    fn service_is(&mut self, reachable: bool, code: &'static str) {
        let news = self.parts.board.set_device("central", reachable);
        self.parts
            .board
            .central_contact(self.parts.clock.wall_ms(), (!reachable).then_some(code));
        // A single request may have failed between two looks that did not: its alert ends all the same.
        if reachable && self.parts.board.settle(&["UK-VISIT-201"]) {
            self.parts.all_due.store(true, Ordering::SeqCst);
        }
        if !news {
            return;
        }
        let state = if reachable { "up" } else { "down" };
        self.tell(crate::happenings::Happening::Device {
            device: "central",
            state,
            detail: code.to_owned(),
        });
        if reachable {
            self.parts.all_due.store(true, Ordering::SeqCst);
        }
        self.event(Event::CentralReachable(reachable));
    }
}
