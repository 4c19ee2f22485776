//! Confirming: the card proves itself for the service's nonce, and the service confirms the card. Once
//! the proof is made the card is powered off; the machine needs it no longer.

use std::time::Duration;

use super::farewell::Ending;
use super::{
    Active, Consenting, Cx, Farewell, Inquiring, Registering, State, Step, swapped, to_waiting,
};
use crate::{
    AlertKind, Ask, CardAnswer, CentralAnswer, Command, ConsentAnswers, Device, Event, Interrupt,
    Method, NotDelivered, Notice, Page, Refusal, WorkStep,
};

/// The card's signature does not verify under its own certificate.
const NOT_FITTING: &str = "UK-CARD-015";

#[derive(Debug)]
pub(crate) struct Confirming {
    active: Active,
    method: Method,
    phase: Phase,
    deadline: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Nonce,
    Proof,
    Service,
}

impl Confirming {
    pub(super) fn enter(active: Active, method: Method, cx: &mut Cx<'_>) -> State {
        cx.show(Page::Working {
            step: WorkStep::CheckingCard,
        });
        cx.push(Command::FetchNonce {
            visit: active.visit,
        });
        State::Confirming(Self {
            active,
            method,
            phase: Phase::Nonce,
            deadline: cx.after(cx.limits.device),
        })
    }

    fn proved(mut self, cx: &mut Cx<'_>) -> State {
        self.active.card_open = false;
        cx.push(Command::EndCard {
            visit: self.active.visit,
        });
        Self::hand_in(self.active, self.method, cx)
    }

    /// Hands the proof that was made to the service: the first time, or once more after the holder has registered.
    pub(super) fn hand_in(active: Active, method: Method, cx: &mut Cx<'_>) -> State {
        cx.push(Command::ConfirmCard {
            visit: active.visit,
            method: method.clone(),
        });
        cx.show(Page::Working {
            step: WorkStep::AskingService,
        });
        State::Confirming(Self {
            active,
            method,
            phase: Phase::Service,
            deadline: cx.after(cx.limits.device),
        })
    }

    /// The proof is there but the service is not: the inquiry is queued with every consent "no", since
    /// no question has been answered (invariant 11).
    fn queue(self, cx: &mut Cx<'_>) -> State {
        Inquiring::enter_unconfirmed(
            self.active,
            self.method,
            ConsentAnswers::default().closed(),
            cx,
        )
    }

    fn no_nonce(self, cx: &mut Cx<'_>) -> State {
        cx.push(Command::Alert {
            visit: self.active.visit,
            kind: AlertKind::NotQueued,
        });
        Farewell::enter(
            self.active,
            Ending::not_delivered(NotDelivered::Unreachable)
                .notice(Notice::ServiceAway)
                .code("UK-VISIT-202"),
            cx,
        )
    }

    /// The service's verdict decides that a card whose certificate has ended still serves; nothing medical is asked for.
    fn confirmed_after_the_end(self, cx: &mut Cx<'_>) -> State {
        cx.push(Command::Alert {
            visit: self.active.visit,
            kind: AlertKind::CertificateEnded,
        });
        Inquiring::enter(
            self.active,
            self.method,
            ConsentAnswers::default().closed(),
            Some(Notice::CertificateEnded),
            cx,
        )
    }

    fn confirmed(self, cx: &mut Cx<'_>) -> State {
        if !cx.limits.asks_consents {
            // Every consent is "no": this terminal asks for the qualification alone.
            Inquiring::enter(
                self.active,
                self.method,
                ConsentAnswers::default().closed(),
                None,
                cx,
            )
        } else if self.active.card_present {
            Consenting::enter(self.active, self.method, cx)
        } else {
            // No question is asked after the card has gone (invariant 11).
            Inquiring::enter(
                self.active,
                self.method,
                ConsentAnswers::default().closed(),
                Some(Notice::ConsentsEndedCardGone),
                cx,
            )
        }
    }
}

impl Step for Confirming {
    fn interrupt(mut self, interrupt: Interrupt, cx: &mut Cx<'_>) -> State {
        let proved = self.phase == Phase::Service;
        match interrupt {
            Interrupt::CardRemoved if proved => {
                self.active.card_present = false;
                State::Confirming(self)
            }
            Interrupt::CardRemoved => Farewell::card_early(self.active, cx),
            Interrupt::CardSwapped { visit, reader } if proved => {
                self.active.card_present = false;
                self.active.pending = Some((visit, reader));
                State::Confirming(self)
            }
            Interrupt::CardSwapped { visit, reader } => swapped(self.active, visit, reader, cx),
            Interrupt::Idle => match self.phase {
                Phase::Nonce => self.no_nonce(cx),
                Phase::Proof => Farewell::trouble(
                    self.active,
                    "UK-VISIT-101",
                    Notice::CardUnreadable,
                    NotDelivered::Device,
                    cx,
                ),
                Phase::Service => self.queue(cx),
            },
            Interrupt::DeviceGone(Device::Reader) if proved => {
                self.active.card_present = false;
                State::Confirming(self)
            }
            Interrupt::DeviceGone(Device::Reader) => Farewell::without_reader(self.active, cx),
            Interrupt::DeviceGone(Device::Camera) => State::Confirming(self),
            // A prefetched nonce serves without the service; the answer to FetchNonce tells.
            Interrupt::CentralUnreachable if !proved => State::Confirming(self),
            Interrupt::CentralUnreachable => self.queue(cx),
            Interrupt::StaffCancel => Farewell::cancelled(self.active, cx),
            Interrupt::Restart => to_waiting(self.active, NotDelivered::Restart, cx),
        }
    }

    fn proceed(mut self, event: &Event, cx: &mut Cx<'_>) -> State {
        match (event, self.phase) {
            (Event::Central(_, Ask::Nonce, answer), Phase::Nonce) => match answer {
                CentralAnswer::Ok { .. } | CentralAnswer::QualificationOnly => {
                    cx.push(Command::Prove {
                        visit: self.active.visit,
                        method: self.method.clone(),
                    });
                    self.phase = Phase::Proof;
                    self.deadline = cx.after(cx.limits.device);
                    State::Confirming(self)
                }
                CentralAnswer::Unreachable | CentralAnswer::Refused(_) => self.no_nonce(cx),
            },
            (Event::Card(_, CardAnswer::Proved), Phase::Proof) => self.proved(cx),
            (Event::Card(_, CardAnswer::ProofRefused), Phase::Proof) => {
                cx.push(Command::Alert {
                    visit: self.active.visit,
                    kind: AlertKind::CardNotGenuine,
                });
                Farewell::trouble(
                    self.active,
                    "UK-VISIT-104",
                    Notice::CardNotGenuine,
                    NotDelivered::Device,
                    cx,
                )
            }
            (Event::Card(_, CardAnswer::Failed { code }), Phase::Nonce | Phase::Proof) => {
                // Laying it anew would not make a signature fit that does not.
                let why = if *code == NOT_FITTING {
                    Notice::CertificateUnusable
                } else {
                    Notice::CardUnreadable
                };
                Farewell::trouble(self.active, code, why, NotDelivered::Device, cx)
            }
            (Event::Central(_, Ask::Confirm, answer), Phase::Service) => match answer {
                CentralAnswer::Ok { .. } => self.confirmed(cx),
                CentralAnswer::QualificationOnly => self.confirmed_after_the_end(cx),
                CentralAnswer::Unreachable => self.queue(cx),
                // Asked once: a service that says so again after the registration is not asked again and again.
                CentralAnswer::Refused(Refusal::NotRegistered { offered: true })
                    if self.active.card_present && !self.active.facts.registered =>
                {
                    Registering::enter(self.active, self.method, cx)
                }
                CentralAnswer::Refused(refusal) => refused(self.active, *refusal, cx),
            },
            _ => State::Confirming(self),
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

/// The last page after the service said no, told apart as far as the person can act on it.
pub(super) fn refused(active: Active, refusal: Refusal, cx: &mut Cx<'_>) -> State {
    let (notice, code) = match refusal {
        Refusal::NotRegistered { .. } => (Notice::NotRegistered, "UK-VISIT-210"),
        Refusal::UnknownPerson => (Notice::UnknownPerson, "UK-VISIT-211"),
        Refusal::Certificate => (Notice::CertificateRefused, "UK-VISIT-212"),
        Refusal::Revoked => (Notice::CertificateUnusable, "UK-VISIT-212"),
        Refusal::Other { code } => (Notice::ServiceRefused, code),
    };
    cx.push(Command::Alert {
        visit: active.visit,
        kind: AlertKind::Refused { code },
    });
    Farewell::enter(
        active,
        Ending::not_delivered(NotDelivered::Refused)
            .notice(notice)
            .code(code),
        cx,
    )
}
