//! What staff asks for: confirming by sight under the guarded passcode (invariant 8), ending a visit.

use kiosk::Words;
use kiosk::staff::{Named, StaffAction, StaffProblem, StaffRequest};
use ring::hmac;
use serde_json::json;
use visit::{Event, PasscodeGuard, PasscodeVerdict, VisitId};

use super::{Engine, Message};

/// Where the guard's two numbers stand in the ledger.
pub(crate) const GUARD_KEY: &str = "visual-passcode-guard";
/// Longest staff name kept.
const NAME: usize = 40;

impl Engine {
    pub(super) fn staff_asked(&mut self, request: StaffRequest) {
        let StaffRequest {
            action,
            named,
            reply,
        } = request;
        match action {
            StaffAction::CancelVisit { visit, by } => {
                // A visit that is being stored, or is over, goes on: said as it is.
                let was_open = self.held.as_ref().is_some_and(|held| held.visit.0 == visit);
                self.ended_by(visit, &by);
                self.event(Event::StaffCancel {
                    visit: VisitId(visit),
                });
                let is_open = self.held.as_ref().is_some_and(|held| held.visit.0 == visit);
                let ended = was_open && !is_open;
                self.answer_ended(ended, "visit-cancelled", visit, (&by, named), reply);
            }
            StaffAction::RestartVisit { visit, by } => {
                let next = VisitId(crate::fresh_number());
                self.ended_by(visit, &by);
                if let Some(held) = self.held_for(VisitId(visit)) {
                    held.begun_anew = true;
                }
                self.event(Event::StaffRestart {
                    visit: VisitId(visit),
                    next,
                });
                // Begun anew, or, the card having gone, ended: the visit asked about is no longer the present one.
                let ended = self.machine.visit() != Some(VisitId(visit));
                self.answer_ended(ended, "visit-restarted", visit, (&by, named), reply);
            }
            StaffAction::CloseAlert { alert, by } => self.close_alert(alert, (&by, named), reply),
            StaffAction::ConfirmVisual {
                visit,
                staff_name,
                passcode,
            } => {
                let staff = kept_name(&staff_name);
                // Who typed while the lock fell is told of the lock.
                let locked = self.guard.is_locked(self.parts.clock.wall_ms());
                if self.machine.visit() != Some(VisitId(visit))
                    || (self.machine.state_name() != "visual" && !locked)
                {
                    let _ = reply.send(Err(no_such_visit()));
                    return;
                }
                if staff.is_empty() {
                    let _ = reply.send(Err(problem("UK-VISIT-011")));
                    return;
                }
                self.see_passcode();
                let fetched = self.fetched_passcode.as_ref().map(|(code, _)| code);
                let Some(expected) = fetched.or(self.parts.settings.passcode.as_ref()) else {
                    let _ = reply.send(Err(problem("UK-VISIT-012")));
                    return;
                };
                let matches = same(expected.as_bytes(), passcode.as_bytes());
                let verdict = self.guard.judge(matches, self.parts.clock.wall_ms());
                let locks = matches!(verdict, PasscodeVerdict::Locked { .. }) && !locked;
                self.remember(verdict, VisitId(visit), (staff, named), reply);
                if locks {
                    // Told once for each lock; the person is not left waiting for what nobody can do now.
                    self.alert("UK-VISIT-013");
                    self.event(Event::VisualLocked {
                        visit: VisitId(visit),
                    });
                }
            }
        }
    }

    /// Who closed an alert is durable before it leaves the page.
    fn close_alert(
        &mut self,
        alert: u64,
        (by, named): (&str, Named),
        reply: tokio::sync::oneshot::Sender<Result<(), StaffProblem>>,
    ) {
        let staff = kept_name(by);
        let board = std::sync::Arc::clone(&self.parts.board);
        let Some(code) = board.closable(alert).filter(|_| !staff.is_empty()) else {
            let _ = reply.send(Err(problem("UK-VISIT-015")));
            return;
        };
        let now = self.parts.clock.wall_ms();
        let detail = json!({ "code": code, "staff": staff, "named": named.word() });
        let submitted = self.parts.desk.submit(move |ledger| {
            let written = ledger.append_audit(now, "staff", "alert-closed", &detail);
            if written.is_ok() {
                board.close(alert);
            }
            let _ = reply.send(written.map(drop).map_err(|error| unwritten(&error)));
        });
        if submitted.is_err() {
            self.alert("UK-VISIT-301");
        }
    }

    /// Forgets the service's passcode at its end: the one of the settings holds again, and where there is none nobody is offered to be
    /// confirmed by sight any more. Nor is anybody while wrong passcodes have locked it (invariant 8).
    pub(super) fn see_passcode(&mut self) {
        let now = self.parts.clock.wall_ms();
        let until = self.fetched_passcode.as_ref().and_then(|(_, until)| *until);
        if until.is_some_and(|until| now > until) {
            self.fetched_passcode = None;
            self.visual = self.parts.settings.passcode.is_some();
        }
        self.machine
            .offer_visual(self.visual && !self.guard.is_locked(now));
    }

    /// Notes who ends the visit that is held, for the record of its end.
    fn ended_by(&mut self, visit: u64, by: &str) {
        if let Some(held) = self.held_for(VisitId(visit)) {
            held.ended_by = Some(kept_name(by));
        }
    }

    /// Who ended the visit, or had it begun anew, is durable before staff is answered.
    fn answer_ended(
        &mut self,
        ended: bool,
        action: &'static str,
        visit: u64,
        (by, named): (&str, Named),
        reply: tokio::sync::oneshot::Sender<Result<(), StaffProblem>>,
    ) {
        if !ended {
            if let Some(held) = self.held_for(VisitId(visit)) {
                held.ended_by = None;
                held.begun_anew = false;
            }
            let _ = reply.send(Err(no_such_visit()));
            return;
        }
        let now = self.parts.clock.wall_ms();
        let detail = json!({ "visit": VisitId(visit).to_string(), "staff": kept_name(by), "named": named.word() });
        let submitted = self.parts.desk.submit(move |ledger| {
            let written = ledger.append_audit(now, "staff", action, &detail);
            let answer = written.map(drop).map_err(|error| unwritten(&error));
            let _ = reply.send(answer);
        });
        if submitted.is_err() {
            self.alert("UK-VISIT-301");
        }
    }

    /// The guard's numbers and the attempt are durable before staff is answered.
    fn remember(
        &mut self,
        verdict: PasscodeVerdict,
        visit: VisitId,
        (staff, named): (String, Named),
        reply: tokio::sync::oneshot::Sender<Result<(), StaffProblem>>,
    ) {
        let guard = self.guard;
        let now = self.parts.clock.wall_ms();
        let fetched = self.fetched_passcode.as_ref().map(|(_, until)| *until);
        let mailbox = self.parts.mailbox.clone();
        let submitted = self.parts.desk.submit(move |ledger| {
            let detail = json!({ "visit": visit.to_string(), "confirmed_by": staff, "named": named.word(), "accepted": verdict == PasscodeVerdict::Accepted });
            let written = ledger.put_state(GUARD_KEY, &guard_text(guard)).and_then(|()| ledger.append_audit(now, "staff", "visual-confirmation", &detail).map(|_| ()));
            let answer = match (written, verdict) {
                (Err(error), _) => Err(unwritten(&error)),
                (Ok(()), PasscodeVerdict::Accepted) => Ok(()),
                (Ok(()), PasscodeVerdict::Wrong { left }) => Err(wrong(left, fetched)),
                (Ok(()), PasscodeVerdict::Locked { .. }) => {
                    Err(problem("UK-VISIT-013"))
                }
            };
            if answer.is_ok() {
                let _ = mailbox.blocking_send(Message::VisualConfirmed { visit, staff });
            }
            let _ = reply.send(answer);
        });
        if submitted.is_err() {
            self.alert("UK-VISIT-301");
        }
    }
}

/// A member of staff's name as it is kept.
fn kept_name(name: &str) -> String {
    let plain = name.trim().chars().filter(|c| !c.is_control());
    plain.take(NAME).collect()
}

/// Compares without telling by time how much was right.
fn same(expected: &[u8], given: &[u8]) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"uketsuke staff passcode comparison");
    hmac::verify(&key, given, hmac::sign(&key, expected).as_ref()).is_ok()
}

/// The guard as it is written.
pub(crate) fn guard_text(guard: PasscodeGuard) -> String {
    json!([guard.wrong, guard.locked_until_ms]).to_string()
}

/// The guard as it stood when it was last written; a fresh one when there is none.
#[must_use]
pub(crate) fn guard_from(text: Option<&str>) -> PasscodeGuard {
    let read = text.and_then(|text| serde_json::from_str::<(u32, i64)>(text).ok());
    read.map_or_else(PasscodeGuard::default, |(wrong, locked_until_ms)| {
        PasscodeGuard {
            wrong,
            locked_until_ms,
        }
    })
}

fn no_such_visit() -> StaffProblem {
    problem("UK-VISIT-010")
}

/// One of the terminal's own codes with its sentence.
fn problem(code: &str) -> StaffProblem {
    StaffProblem {
        code: code.into(),
        text: kiosk::staff::error(code, &[]),
    }
}

/// A wrong passcode; where the service's holds (`fetched`: its end), that the clinic's own does not, and until when.
fn wrong(left: u32, fetched: Option<Option<i64>>) -> StaffProblem {
    let code = "UK-VISIT-014";
    let left = left.to_string();
    let text = match fetched {
        None => kiosk::staff::error(code, &[("left", &left)]),
        Some(until) => {
            let until = until.map(crate::staff::day_and_time);
            kiosk::staff::wrong_fetched_passcode(&left, until.as_deref())
        }
    };
    StaffProblem {
        code: code.into(),
        text,
    }
}

/// The ledger's code with its own sentence.
fn unwritten(error: &ledger::LedgerError) -> StaffProblem {
    StaffProblem {
        code: error.code().into(),
        text: Words::new(error.ja(), error.en()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invariant_8_the_guard_survives_a_restart() {
        let mut guard = PasscodeGuard::default();
        for _ in 0..5 {
            let _ = guard.judge(false, 1_000);
        }
        assert_eq!(guard_from(Some(&guard_text(guard))), guard);
        assert_eq!(guard_from(None), PasscodeGuard::default());
    }

    #[test]
    fn passcodes_are_compared_whole() {
        assert!(same(b"4649", b"4649"));
        assert!(!same(b"4649", b"464"));
        assert!(!same(b"4649", b"46490"));
    }
}
