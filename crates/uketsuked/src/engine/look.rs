//! Whether the central service is there, and what time it says it is: looked at now and then, so that neither the person nor an outage has to
//! wait for a nonce.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use central::CentralError;
use kiosk::staff::ClocksApart;
use visit::Event;

use super::{Engine, Message};
use crate::alerts;
use crate::staff::day_and_time;

/// Pause between looks at a service that did not answer, and at one that does.
const LOOK_AGAIN: Duration = Duration::from_secs(3);
const LOOK_IDLE: Duration = Duration::from_secs(30);
/// A clock that differs by more from the service's is said to the staff, ms.
pub(crate) const CLOCK_DIFFERS: i64 = 5 * 60_000;
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
        // A warm connection says nothing about whether the service's answers can be used again.
        // Nor does it say what the service's clock is now, when it was apart.
        let wanted = self.nonces.wanted(now.wall_ms) > 0
            || self.parts.board.has_alert(alerts::EXCHANGE_FAULTS)
            || self.parts.board.has_alert(&["UK-VISIT-401"]);
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
                    self.parts.board.settle(alerts::EXCHANGE_FAULTS);
                    let now = self.parts.clock.wall_ms();
                    let wanted = self.nonces.wanted(now);
                    self.nonces.put(nonce, now);
                    // One that is too short-lived to keep is not asked for again at once.
                    if self.nonces.wanted(now) < wanted {
                        self.next_look = None;
                    }
                }
                self.told_fault = None;
                self.parts.board.settle(alerts::CONNECTION_FAULTS);
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

    /// Takes over the service's time, keeps it for the next start, and tells staff when the service's clock and the machine's differ, or when
    /// the terminal still works with a time that the service told once and that is ahead of both (invariant 14: it does not go back by itself).
    pub(super) fn time_said(&mut self, ms: i64) {
        let clock = &self.parts.clock;
        clock.service_said(ms);
        let behind = clock.behind_service_ms().unwrap_or_default();
        let ahead = clock.ahead_of_machine_ms();
        let (machine, now) = (clock.machine_ms(), clock.wall_ms());
        self.keep_time();
        let apart = if behind.abs() > CLOCK_DIFFERS {
            Some((ClocksApart::Service, machine.saturating_add(behind), behind))
        } else if ahead > CLOCK_DIFFERS {
            Some((ClocksApart::Kept, now, ahead))
        } else {
            None
        };
        let told = apart.map(|(which, ..)| which);
        match apart {
            Some((which, other, ms)) if self.told_clock != Some(which) => {
                let minutes = (ms.abs() / 60_000).to_string();
                let (machine, other) = (day_and_time(machine), day_and_time(other));
                let words = kiosk::staff::clocks_apart(which, &minutes, &machine, &other);
                let code = "UK-VISIT-401";
                self.parts.board.alert_said(code, now, words, None);
                self.tell(crate::happenings::Happening::Alert { code: code.into() });
            }
            Some(_) => {}
            None => {
                self.parts.board.settle(&["UK-VISIT-401"]);
            }
        }
        self.told_clock = told;
    }

    /// Keeps the trusted time for the next start, also while the service is away: a clock set back across a restart revives no consent that
    /// ended before.
    pub(super) fn keep_time(&mut self) {
        let Some(now) = self.parts.clock.trusted_ms() else {
            return;
        };
        // A time that was set back is kept at once too.
        let since = |kept: i64| (0..KEEP_TIME).contains(&now.saturating_sub(kept));
        if self.kept_time.is_some_and(since) {
            return;
        }
        let clock = Arc::clone(&self.parts.clock);
        let kept = self.parts.desk.submit(move |ledger| {
            // As it is when its turn comes: it may be set back by a job before this one.
            let Some(now) = clock.trusted_ms() else {
                return;
            };
            if let Err(error) = ledger.put_state(crate::clock::STATE_KEY, &now.to_string()) {
                tracing::warn!(code = error.code(), error = %crate::chain(&error), "the trusted time could not be kept");
            }
        });
        if kept.is_ok() {
            self.kept_time = Some(now);
        }
    }

    /// Before the time is set back: the service's passcode is forgotten, which might have ended by the time until now and hold again (invariant
    /// 8), and so are the nonces kept ready, whose lives were counted by it. `false`, and nothing is forgotten, during a visit, whose consents were
    /// judged by that time.
    pub(super) fn forget_times(&mut self) -> bool {
        // Who only sees the last page has answered everything.
        let over = matches!(self.machine.state_name(), "farewell" | "waiting");
        if self.held.is_some() || !over {
            return false;
        }
        if self.fetched_passcode.take().is_some() {
            self.visual = self.parts.settings.passcode.is_some();
        }
        self.forget_nonces();
        self.see_passcode();
        true
    }

    fn forget_nonces(&mut self) {
        while self.nonces.take(i64::MIN).is_some() {}
    }

    /// After it: the lock after wrong passcodes keeps what it had left, and the clocks are looked at anew. A visit that began meanwhile is ended,
    /// since it may have judged by the time before; so are nonces that came meanwhile.
    pub(super) fn set_back(&mut self, from: i64, to: i64) {
        self.forget_nonces();
        if let Some(visit) = self.machine.visit() {
            self.event(Event::StaffCancel { visit });
        }
        self.guard.set_back(from, to);
        self.kept_time = None;
        self.told_clock = None;
        self.next_look = None;
        self.parts.board.settle(&["UK-VISIT-401"]);
        self.parts.all_due.store(true, Ordering::SeqCst);
        self.see_passcode();
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
