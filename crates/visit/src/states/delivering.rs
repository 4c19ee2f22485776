//! Delivering: the qualification is stored durably first (invariant 9), medical information is fetched after that
//! and only under this visit's "yes" and the service's own consent (invariant 1).

use std::time::Duration;

use super::farewell::Ending;
use super::{Active, Cx, Farewell, State, Step};
use crate::{
    AlertKind, Ask, CentralAnswer, Command, ConsentAnswers, ConsentKind, Device, EndReason, Event,
    Interrupt, LedgerAnswer, Notice, Page, WorkStep,
};

#[derive(Debug)]
pub(crate) struct Delivering {
    active: Active,
    consents: ConsentAnswers,
    medicines_allowed: bool,
    notice: Option<Notice>,
    phase: Phase,
    deadline: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    StoringQualification,
    AskingMedicines,
    StoringMedicines,
}

impl Delivering {
    pub(super) fn enter(
        active: Active,
        consents: ConsentAnswers,
        medicines_allowed: bool,
        notice: Option<Notice>,
        cx: &mut Cx<'_>,
    ) -> State {
        cx.push(Command::StoreQualification {
            visit: active.visit,
        });
        cx.show(Page::Working {
            step: WorkStep::Saving,
        });
        State::Delivering(Self {
            active,
            consents,
            medicines_allowed,
            notice,
            phase: Phase::StoringQualification,
            deadline: cx.after(cx.limits.device),
        })
    }

    fn next(mut self, phase: Phase, cx: &mut Cx<'_>) -> State {
        self.phase = phase;
        self.deadline = cx.after(cx.limits.device);
        State::Delivering(self)
    }

    fn stored(self, cx: &mut Cx<'_>) -> State {
        // Which of them may be asked for is the asker's to see, kind by kind.
        let agreed = ConsentKind::ALL
            .into_iter()
            .any(|kind| self.consents.agreed(kind));
        if agreed && self.medicines_allowed {
            cx.push(Command::AskMedicines {
                visit: self.active.visit,
            });
            self.next(Phase::AskingMedicines, cx)
        } else {
            self.done(cx)
        }
    }

    fn done(self, cx: &mut Cx<'_>) -> State {
        let mut ending = Ending::new(EndReason::Delivered).agreed(self.consents);
        if let Some(notice) = self.notice {
            ending = ending.notice(notice);
        }
        Farewell::enter(self.active, ending, cx)
    }

    /// The qualification has arrived; the medicines have not. Staff is told, the person need not be.
    fn without_medicines(self, code: &'static str, cx: &mut Cx<'_>) -> State {
        cx.push(Command::Alert {
            visit: self.active.visit,
            kind: AlertKind::Refused { code },
        });
        self.done(cx)
    }

    /// Not stored: the inquiry is still open in the ledger and will be asked again.
    fn not_stored(self, code: &'static str, cx: &mut Cx<'_>) -> State {
        cx.push(Command::Alert {
            visit: self.active.visit,
            kind: AlertKind::NotStored { code },
        });
        let ending = Ending::new(EndReason::Queued)
            .agreed(self.consents)
            .notice(Notice::NotStored)
            .code(code);
        Farewell::enter(self.active, ending, cx)
    }
}

impl Step for Delivering {
    fn interrupt(mut self, interrupt: Interrupt, cx: &mut Cx<'_>) -> State {
        match interrupt {
            Interrupt::CardRemoved | Interrupt::DeviceGone(Device::Reader) => {
                self.active.card_present = false;
                State::Delivering(self)
            }
            Interrupt::CardSwapped { visit, reader } => {
                self.active.card_present = false;
                self.active.pending = Some((visit, reader));
                State::Delivering(self)
            }
            Interrupt::Idle => match self.phase {
                Phase::StoringQualification => self.not_stored("UK-VISIT-301", cx),
                Phase::AskingMedicines | Phase::StoringMedicines => {
                    self.without_medicines("UK-VISIT-214", cx)
                }
            },
            Interrupt::DeviceGone(Device::Camera) => State::Delivering(self),
            Interrupt::CentralUnreachable => match self.phase {
                Phase::AskingMedicines => self.without_medicines("UK-VISIT-214", cx),
                Phase::StoringQualification | Phase::StoringMedicines => State::Delivering(self),
            },
            // The answer is there and being stored: cancelling would lose it for nothing.
            Interrupt::StaffCancel => match self.phase {
                Phase::AskingMedicines => self.done(cx),
                Phase::StoringQualification | Phase::StoringMedicines => State::Delivering(self),
            },
            Interrupt::Restart => {
                let reason = if self.phase == Phase::StoringQualification {
                    EndReason::Queued
                } else {
                    EndReason::Delivered
                };
                cx.push(Command::Finish {
                    visit: self.active.visit,
                    reason,
                });
                super::next_visit(self.active.pending, cx)
            }
        }
    }

    fn proceed(self, event: &Event, cx: &mut Cx<'_>) -> State {
        match (event, self.phase) {
            (Event::Ledger(_, LedgerAnswer::QualificationStored), Phase::StoringQualification) => {
                self.stored(cx)
            }
            (Event::Ledger(_, LedgerAnswer::Failed { code }), Phase::StoringQualification) => {
                self.not_stored(code, cx)
            }
            (
                Event::Central(_, Ask::Medicines, CentralAnswer::Ok { .. }),
                Phase::AskingMedicines,
            ) => {
                cx.push(Command::StoreMedicines {
                    visit: self.active.visit,
                });
                self.next(Phase::StoringMedicines, cx)
            }
            (
                Event::Central(
                    _,
                    Ask::Medicines,
                    CentralAnswer::QualificationOnly
                    | CentralAnswer::Unreachable
                    | CentralAnswer::Refused(_),
                ),
                Phase::AskingMedicines,
            ) => self.without_medicines("UK-VISIT-214", cx),
            (Event::Ledger(_, LedgerAnswer::MedicinesStored), Phase::StoringMedicines) => {
                self.done(cx)
            }
            (Event::Ledger(_, LedgerAnswer::Failed { code }), Phase::StoringMedicines) => {
                self.without_medicines(code, cx)
            }
            _ => State::Delivering(self),
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
