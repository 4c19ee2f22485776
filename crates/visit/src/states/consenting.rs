//! Consenting: what may the clinic see? Silence, time running out or a removed card makes every question
//! not yet answered "no"; given answers stand (invariant 11).

use std::time::Duration;

use super::{Active, Cx, Farewell, Inquiring, State, Step, to_waiting};
use crate::{ConsentAnswers, Device, Event, Input, Interrupt, Method, NotDelivered, Notice, Page};

#[derive(Debug)]
pub(crate) struct Consenting {
    active: Active,
    method: Method,
    answers: ConsentAnswers,
    itemised: bool,
    deadline: Duration,
}

impl Consenting {
    pub(super) fn enter(mut active: Active, method: Method, cx: &mut Cx<'_>) -> State {
        active.facts.asked = true;
        let state = Self {
            active,
            method,
            answers: ConsentAnswers::default(),
            itemised: false,
            deadline: cx.after(cx.limits.consent),
        };
        state.show(cx);
        State::Consenting(state)
    }

    fn show(&self, cx: &mut Cx<'_>) {
        cx.show(Page::Consents {
            answers: self.answers,
            itemised: self.itemised,
        });
    }

    /// Closes the questions and goes on with the qualification, which needs no consent. Where everything was answered nothing became "no", and
    /// there is nothing to say.
    fn close(self, notice: Option<Notice>, cx: &mut Cx<'_>) -> State {
        let notice = notice.filter(|_| self.answers.open().is_some());
        Inquiring::enter(self.active, self.method, self.answers.closed(), notice, cx)
    }

    fn card_gone(mut self, cx: &mut Cx<'_>) -> State {
        self.active.card_present = false;
        self.close(Some(Notice::ConsentsEndedCardGone), cx)
    }
}

impl Step for Consenting {
    fn interrupt(mut self, interrupt: Interrupt, cx: &mut Cx<'_>) -> State {
        match interrupt {
            Interrupt::CardRemoved => self.card_gone(cx),
            Interrupt::CardSwapped { visit, reader } => {
                self.active.pending = Some((visit, reader));
                self.card_gone(cx)
            }
            Interrupt::Idle => self.close(Some(Notice::ConsentsEndedTime), cx),
            // Whether the card still lies there can't be known any more: as if it had gone.
            Interrupt::DeviceGone(Device::Reader) => self.card_gone(cx),
            Interrupt::DeviceGone(Device::Camera) => State::Consenting(self),
            // The answers are worth having: they go into the queue with the inquiry.
            Interrupt::CentralUnreachable => State::Consenting(self),
            Interrupt::StaffCancel => Farewell::cancelled(self.active, cx),
            Interrupt::Restart => to_waiting(self.active, NotDelivered::Restart, cx),
        }
    }

    fn proceed(mut self, event: &Event, cx: &mut Cx<'_>) -> State {
        let Event::Patient(input) = event else {
            return State::Consenting(self);
        };
        match input {
            Input::ConsentAll(yes) if !self.itemised => {
                self.answers.set_all(*yes);
                return self.close(None, cx);
            }
            Input::Itemise => self.itemised = true,
            Input::Stay => {}
            Input::Consent(kind, yes) if self.itemised => self.answers.set(*kind, *yes),
            Input::ConsentDone if self.itemised => return self.close(None, cx),
            Input::Back if self.itemised => self.itemised = self.answers.step_back(),
            Input::Cancel => return self.close(None, cx),
            _ => return State::Consenting(self),
        }
        self.deadline = cx.after(cx.limits.consent);
        self.show(cx);
        State::Consenting(self)
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
