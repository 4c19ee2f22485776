//! Registering: the service knows the card's holder, who has not registered the card for insurance use yet
//! (健康保険証利用登録). The person is asked; after a "yes" the service registers and the same proof is handed in once more.
//! Without a "yes", or when the service does not answer, the person is told where it can be done: nobody is blamed, and
//! nothing is registered in silence.

use std::time::Duration;

use super::confirming::refused;
use super::farewell::Ending;
use super::{Active, Confirming, Cx, Farewell, State, Step, to_waiting};
use crate::{
    AlertKind, Ask, CentralAnswer, Command, Device, Event, Input, Interrupt, Method, NotDelivered,
    Notice, Page, Refusal, WorkStep,
};

/// The registration was wanted and could not be made.
const NOT_MADE: &str = "UK-VISIT-215";

#[derive(Debug)]
pub(crate) struct Registering {
    active: Active,
    method: Method,
    phase: Phase,
    deadline: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Question,
    Service,
}

impl Registering {
    pub(super) fn enter(active: Active, method: Method, cx: &mut Cx<'_>) -> State {
        cx.show(Page::Register);
        State::Registering(Self {
            active,
            method,
            phase: Phase::Question,
            deadline: cx.after(cx.limits.consent),
        })
    }

    pub(super) fn waits_for_person(&self) -> bool {
        self.phase == Phase::Question
    }

    fn register(mut self, cx: &mut Cx<'_>) -> State {
        cx.push(Command::RegisterInsuranceUse {
            visit: self.active.visit,
        });
        cx.show(Page::Working {
            step: WorkStep::AskingService,
        });
        self.phase = Phase::Service;
        self.deadline = cx.after(cx.limits.device);
        State::Registering(self)
    }

    /// No "yes": as without the question, with the words where it can be done.
    fn left_as_it_is(self, cx: &mut Cx<'_>) -> State {
        refused(self.active, Refusal::NotRegistered { offered: false }, cx)
    }

    /// Wanted, but the service did not do it, or did not say so.
    fn not_made(self, cx: &mut Cx<'_>) -> State {
        cx.push(Command::Alert {
            visit: self.active.visit,
            kind: AlertKind::Refused { code: NOT_MADE },
        });
        let ending = Ending::not_delivered(NotDelivered::Refused)
            .notice(Notice::NotRegisteredNow)
            .code(NOT_MADE);
        Farewell::enter(self.active, ending, cx)
    }

    fn card_gone(mut self, cx: &mut Cx<'_>) -> State {
        self.active.card_present = false;
        match self.phase {
            // No question is asked after the card has gone; silence is no "yes".
            Phase::Question => self.left_as_it_is(cx),
            // Decided already: the machine does not need the card for it.
            Phase::Service => State::Registering(self),
        }
    }
}

impl Step for Registering {
    fn interrupt(mut self, interrupt: Interrupt, cx: &mut Cx<'_>) -> State {
        match (interrupt, self.phase) {
            (Interrupt::CardRemoved | Interrupt::DeviceGone(Device::Reader), _) => {
                self.card_gone(cx)
            }
            (Interrupt::CardSwapped { visit, reader }, _) => {
                self.active.pending = Some((visit, reader));
                self.card_gone(cx)
            }
            (Interrupt::Idle, Phase::Question) => self.left_as_it_is(cx),
            (Interrupt::Idle | Interrupt::CentralUnreachable, Phase::Service) => self.not_made(cx),
            // Whether it is there is found out when the person says yes.
            (Interrupt::CentralUnreachable, Phase::Question)
            | (Interrupt::DeviceGone(Device::Camera), _) => State::Registering(self),
            (Interrupt::StaffCancel, _) => Farewell::cancelled(self.active, cx),
            (Interrupt::Restart, _) => to_waiting(self.active, NotDelivered::Restart, cx),
        }
    }

    fn proceed(mut self, event: &Event, cx: &mut Cx<'_>) -> State {
        match (event, self.phase) {
            (Event::Patient(Input::Register(true)), Phase::Question) => self.register(cx),
            (Event::Patient(Input::Register(false) | Input::Cancel), Phase::Question) => {
                self.left_as_it_is(cx)
            }
            (Event::Patient(Input::Stay), Phase::Question) => {
                self.deadline = cx.after(cx.limits.consent);
                cx.show(Page::Register);
                State::Registering(self)
            }
            (Event::Central(_, Ask::Register, answer), Phase::Service) => match answer {
                CentralAnswer::Ok { .. } | CentralAnswer::QualificationOnly => {
                    self.active.facts.registered = true;
                    Confirming::hand_in(self.active, self.method, cx)
                }
                CentralAnswer::Unreachable | CentralAnswer::Refused(_) => self.not_made(cx),
            },
            _ => State::Registering(self),
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
