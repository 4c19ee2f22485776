//! Pin: the 4-digit PIN, tries shown first, one VERIFY per confirmed entry (invariant 2).

use std::time::Duration;

use super::{Active, Choosing, Confirming, Cx, Farewell, State, Step, swapped, to_waiting};
use crate::{
    AlertKind, CardAnswer, Command, Device, Digits, Event, Input, Interrupt, KeypadPurpose, Method,
    NotDelivered, Notice, Page, Verify, WorkStep,
};

const LENGTH: u8 = 4;

#[derive(Debug)]
pub(crate) struct Pin {
    active: Active,
    phase: Phase,
    deadline: Duration,
}

#[derive(Debug)]
enum Phase {
    Entering {
        digits: Digits,
        notice: Option<Notice>,
    },
    Verifying,
}

impl Pin {
    pub(super) fn enter(active: Active, notice: Option<Notice>, cx: &mut Cx<'_>) -> State {
        let state = Self {
            active,
            phase: Phase::Entering {
                digits: Digits::new(LENGTH.into()),
                notice,
            },
            deadline: cx.after(cx.limits.idle),
        };
        state.show(cx);
        State::Pin(state)
    }

    pub(super) fn waits_for_person(&self) -> bool {
        matches!(self.phase, Phase::Entering { .. })
    }

    fn show(&self, cx: &mut Cx<'_>) {
        if let Phase::Entering { digits, notice } = &self.phase {
            cx.show(Page::Keypad {
                purpose: KeypadPurpose::Pin,
                length: LENGTH,
                filled: u8::try_from(digits.filled()).unwrap_or(LENGTH),
                tries_left: self.active.facts.pin_tries,
                notice: *notice,
            });
        }
    }

    fn pressed(mut self, input: Input, cx: &mut Cx<'_>) -> State {
        let Phase::Entering { digits, .. } = &mut self.phase else {
            return State::Pin(self);
        };
        match input {
            Input::Digit(d) => digits.push(d),
            Input::Erase => digits.erase(),
            Input::Clear => digits.clear(),
            Input::Stay => {}
            Input::Confirm if digits.is_complete() => {
                cx.push(Command::VerifyPin {
                    visit: self.active.visit,
                    pin: digits.clone(),
                });
                cx.show(Page::Working {
                    step: WorkStep::CheckingCard,
                });
                self.phase = Phase::Verifying;
                self.deadline = cx.after(cx.limits.device);
                return State::Pin(self);
            }
            Input::Back => return Choosing::enter(self.active, None, cx),
            Input::Cancel => return Farewell::cancelled(self.active, cx),
            _ => return State::Pin(self),
        }
        self.deadline = cx.after(cx.limits.idle);
        self.show(cx);
        State::Pin(self)
    }

    fn verified(mut self, verify: Verify, cx: &mut Cx<'_>) -> State {
        let facts = &mut self.active.facts;
        let (tries, notice) = match verify {
            Verify::Accepted => return Confirming::enter(self.active, Method::Pin, cx),
            Verify::Wrong { tries_left } => (Some(tries_left), Notice::PinWrong),
            Verify::Refused { tries_left } => (tries_left, Notice::PinNearlyBlocked),
            Verify::Blocked => (Some(0), Notice::PinBlocked),
            Verify::Unknown { tries_left } => (tries_left, Notice::PinUnknown),
            Verify::Implausible => (facts.pin_tries, Notice::PinWrong),
        };
        facts.pin_tries = tries;
        match tries {
            Some(0) => self.closed(Notice::PinBlocked, cx),
            Some(1) => self.closed(Notice::PinNearlyBlocked, cx),
            // Counter unknown: a PIN may be sent only after it was read (invariant 2), so not again. A card laid
            // down anew may tell it.
            None => self.closed(Notice::CardUnreadable, cx),
            Some(_) => Self::enter(self.active, Some(notice), cx),
        }
    }

    fn closed(mut self, notice: Notice, cx: &mut Cx<'_>) -> State {
        self.active.facts.pin_closed = true;
        cx.push(Command::Alert {
            visit: self.active.visit,
            kind: AlertKind::PinGuard,
        });
        Choosing::enter(self.active, Some(notice), cx)
    }
}

impl Step for Pin {
    fn interrupt(self, interrupt: Interrupt, cx: &mut Cx<'_>) -> State {
        match interrupt {
            Interrupt::CardRemoved => Farewell::card_early(self.active, cx),
            Interrupt::CardSwapped { visit, reader } => swapped(self.active, visit, reader, cx),
            Interrupt::Idle => match self.phase {
                Phase::Entering { .. } => Farewell::idle(self.active, cx),
                Phase::Verifying => Farewell::trouble(
                    self.active,
                    "UK-VISIT-101",
                    Notice::CardUnreadable,
                    NotDelivered::Device,
                    cx,
                ),
            },
            Interrupt::DeviceGone(Device::Reader) => Farewell::without_reader(self.active, cx),
            Interrupt::DeviceGone(Device::Camera) | Interrupt::CentralUnreachable => {
                State::Pin(self)
            }
            Interrupt::StaffCancel => Farewell::cancelled(self.active, cx),
            Interrupt::Restart => to_waiting(self.active, NotDelivered::Restart, cx),
        }
    }

    fn proceed(self, event: &Event, cx: &mut Cx<'_>) -> State {
        match (event, &self.phase) {
            (Event::Patient(input), _) => self.pressed(*input, cx),
            (Event::Card(_, CardAnswer::Pin(verify)), Phase::Verifying) => {
                self.verified(*verify, cx)
            }
            (Event::Card(_, CardAnswer::Failed { code }), _) => Farewell::trouble(
                self.active,
                code,
                Notice::CardUnreadable,
                NotDelivered::Device,
                cx,
            ),
            _ => State::Pin(self),
        }
    }

    fn deadline(&self) -> Option<Duration> {
        Some(self.deadline)
    }

    fn active(&self) -> Option<&Active> {
        Some(&self.active)
    }

    fn active_mut(&mut self) -> Option<&mut Active> {
        Some(&mut self.active)
    }
}
