//! Inquiring: the inquiry is written down first, then asked. Whatever happens from here on, it is not
//! lost: a crash or an unreachable service leaves it in the queue.

use std::time::Duration;

use super::confirming::refused;
use super::farewell::Ending;
use super::{Active, Cx, Delivering, Farewell, State, Step};
use crate::{
    AlertKind, Ask, CentralAnswer, Command, ConsentAnswers, EndReason, Event, Interrupt,
    LedgerAnswer, Method, Notice, Page, WorkStep,
};

#[derive(Debug)]
pub(crate) struct Inquiring {
    active: Active,
    consents: ConsentAnswers,
    notice: Option<Notice>,
    phase: Phase,
    deadline: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Being written down; `ask` says whether the service is there to be asked at once.
    Opening {
        ask: bool,
    },
    Asking,
}

impl Inquiring {
    /// The card is confirmed: write down and ask.
    pub(super) fn enter(
        active: Active,
        method: Method,
        consents: ConsentAnswers,
        notice: Option<Notice>,
        cx: &mut Cx<'_>,
    ) -> State {
        Self::open(active, method, consents, notice, true, cx)
    }

    /// The service could not be reached to confirm the card: write down only.
    pub(super) fn enter_unconfirmed(
        active: Active,
        method: Method,
        consents: ConsentAnswers,
        cx: &mut Cx<'_>,
    ) -> State {
        Self::open(active, method, consents, None, false, cx)
    }

    fn open(
        active: Active,
        method: Method,
        consents: ConsentAnswers,
        notice: Option<Notice>,
        ask: bool,
        cx: &mut Cx<'_>,
    ) -> State {
        cx.push(Command::OpenInquiry {
            visit: active.visit,
            consents,
            method,
            confirm_first: !ask,
        });
        cx.show(Page::Working {
            step: WorkStep::AskingService,
        });
        State::Inquiring(Self {
            active,
            consents,
            notice,
            phase: Phase::Opening { ask },
            deadline: cx.after(cx.limits.device),
        })
    }

    fn opened(mut self, ask: bool, cx: &mut Cx<'_>) -> State {
        if !ask {
            return self.queued(cx);
        }
        cx.push(Command::AskQualification {
            visit: self.active.visit,
        });
        self.phase = Phase::Asking;
        self.deadline = cx.after(cx.limits.device);
        State::Inquiring(self)
    }

    fn queued(self, cx: &mut Cx<'_>) -> State {
        cx.push(Command::Alert {
            visit: self.active.visit,
            kind: AlertKind::Queued,
        });
        let ending = Ending::new(EndReason::Queued)
            .agreed(self.consents)
            .notice(Notice::ServiceUnreachable)
            .code("UK-VISIT-201");
        Farewell::enter(self.active, ending, cx)
    }

    fn not_stored(self, code: &'static str, cx: &mut Cx<'_>) -> State {
        cx.push(Command::Alert {
            visit: self.active.visit,
            kind: AlertKind::NotStored { code },
        });
        Farewell::trouble(
            self.active,
            code,
            Notice::NotKept,
            crate::NotDelivered::Device,
            cx,
        )
    }
}

impl Step for Inquiring {
    fn interrupt(mut self, interrupt: Interrupt, cx: &mut Cx<'_>) -> State {
        match interrupt {
            Interrupt::CardRemoved => self.active.card_present = false,
            Interrupt::CardSwapped { visit, reader } => {
                self.active.card_present = false;
                self.active.pending = Some((visit, reader));
            }
            Interrupt::Idle => {
                return match self.phase {
                    // The write may still come through; the person is told it did not, so it is taken back.
                    Phase::Opening { .. } => {
                        cx.push(Command::DropInquiry {
                            visit: self.active.visit,
                            code: "UK-VISIT-301",
                        });
                        self.not_stored("UK-VISIT-301", cx)
                    }
                    Phase::Asking => self.queued(cx),
                };
            }
            Interrupt::DeviceGone(crate::Device::Reader) => self.active.card_present = false,
            Interrupt::DeviceGone(crate::Device::Camera) => {}
            Interrupt::CentralUnreachable => match self.phase {
                Phase::Opening { .. } => self.phase = Phase::Opening { ask: false },
                Phase::Asking => return self.queued(cx),
            },
            Interrupt::StaffCancel => {
                cx.push(Command::DropInquiry {
                    visit: self.active.visit,
                    code: "UK-VISIT-002",
                });
                return Farewell::cancelled(self.active, cx);
            }
            Interrupt::Restart => {
                cx.push(Command::Finish {
                    visit: self.active.visit,
                    reason: EndReason::Queued,
                    code: None,
                });
                return super::next_visit(self.active.pending, cx);
            }
        }
        State::Inquiring(self)
    }

    fn proceed(self, event: &Event, cx: &mut Cx<'_>) -> State {
        match (event, self.phase) {
            (Event::Ledger(_, LedgerAnswer::InquiryOpened), Phase::Opening { ask }) => {
                self.opened(ask, cx)
            }
            (Event::Ledger(_, LedgerAnswer::Failed { code }), Phase::Opening { .. }) => {
                self.not_stored(code, cx)
            }
            (Event::Central(_, Ask::Qualification, answer), Phase::Asking) => match answer {
                CentralAnswer::Ok { medicines_allowed } => Delivering::enter(
                    self.active,
                    self.consents,
                    *medicines_allowed,
                    self.notice,
                    cx,
                ),
                // No answer to this question.
                CentralAnswer::QualificationOnly => State::Inquiring(self),
                CentralAnswer::Unreachable => self.queued(cx),
                CentralAnswer::Refused(refusal) => {
                    let code = match refusal {
                        crate::Refusal::Other { code } => code,
                        crate::Refusal::NotRegistered { .. } => "UK-VISIT-210",
                        crate::Refusal::UnknownPerson => "UK-VISIT-211",
                        crate::Refusal::Certificate | crate::Refusal::Revoked => "UK-VISIT-212",
                    };
                    cx.push(Command::DropInquiry {
                        visit: self.active.visit,
                        code,
                    });
                    refused(self.active, *refusal, cx)
                }
            },
            _ => State::Inquiring(self),
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
