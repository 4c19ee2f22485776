//! Delivering: the qualification is stored durably first (invariant 9), medical information is fetched after that
//! and only under this visit's "yes" and the service's own consent (invariant 1). The person does not wait for that: the last page
//! comes, and goes, when it would without it, so that a wait tells nothing of what there was to fetch (invariant 17).

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
    last_page: LastPage,
}

/// What the person sees of the end while medical information is still fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LastPage {
    /// Not yet: the qualification is being stored.
    ToCome,
    /// It stands there, until this time at most (invariant 11).
    Until(Duration),
    /// It has been wiped.
    Wiped,
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
            last_page: LastPage::ToCome,
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
            let mut asking = self;
            asking.last_page = LastPage::Until(cx.after(cx.limits.farewell));
            asking.show(cx);
            asking.next(Phase::AskingMedicines, cx)
        } else {
            self.done(cx)
        }
    }

    fn ending(&self) -> Ending {
        let mut ending = Ending::new(EndReason::Delivered).agreed(self.consents);
        if let Some(notice) = self.notice {
            ending = ending.notice(notice);
        }
        ending
    }

    fn done(self, cx: &mut Cx<'_>) -> State {
        let ending = self.ending();
        match self.last_page {
            LastPage::ToCome => Farewell::enter(self.active, ending, cx),
            LastPage::Until(until) => Farewell::go_on(self.active, ending, Some(until), cx),
            LastPage::Wiped => Farewell::go_on(self.active, ending, None, cx),
        }
    }

    /// Shows what stands there at the end of every visit.
    fn show(&self, cx: &mut Cx<'_>) {
        let page = match self.last_page {
            LastPage::ToCome => return,
            LastPage::Until(_) => {
                Farewell::page(&self.active, &self.ending().complete(&self.active))
            }
            LastPage::Wiped if self.active.pending.is_some() => Page::Reading,
            LastPage::Wiped if self.active.card_present => Page::CardLeft,
            LastPage::Wiped => Page::Waiting,
        };
        cx.show(page);
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
                self.show(cx);
                State::Delivering(self)
            }
            Interrupt::CardSwapped { visit, reader } => {
                self.active.card_present = false;
                self.active.pending = Some((visit, reader));
                if self.last_page != LastPage::ToCome {
                    self.last_page = LastPage::Wiped;
                }
                self.show(cx);
                State::Delivering(self)
            }
            // The person's time with the last page is over, the service's is not.
            Interrupt::Idle if cx.now.mono < self.deadline => {
                self.last_page = LastPage::Wiped;
                self.show(cx);
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
                    code: None,
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
        Some(match self.last_page {
            LastPage::Until(until) => until.min(self.deadline),
            LastPage::ToCome | LastPage::Wiped => self.deadline,
        })
    }

    fn active(&self) -> Option<&Active> {
        Some(&self.active)
    }

    fn active_mut(&mut self) -> Option<&mut Active> {
        Some(&mut self.active)
    }
}
