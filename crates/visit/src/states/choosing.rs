//! Choosing: face, PIN or staff. A way that is closed for this card or this visit is not offered.

use std::time::Duration;

use super::{Active, Cx, Face, Farewell, Pin, State, Step, Visual, swapped, to_waiting};
use crate::{CardAnswer, CardKind, Device, Event, Input, Interrupt, NotDelivered, Notice, Page};

/// Fewest tries at which matching number B may be sent (invariant 3).
const NUMBER_FLOOR: u8 = 4;

#[derive(Debug)]
pub(crate) struct Choosing {
    active: Active,
    notice: Option<Notice>,
    deadline: Duration,
}

impl Choosing {
    /// Shows what is on offer; `notice` says why the person is here again.
    pub(super) fn enter(active: Active, notice: Option<Notice>, cx: &mut Cx<'_>) -> State {
        let mut state = Self {
            active,
            notice,
            deadline: cx.after(cx.limits.idle),
        };
        state.show(cx);
        State::Choosing(state)
    }

    fn show(&mut self, cx: &mut Cx<'_>) {
        let (face, pin) = (self.offers_face(cx), self.offers_pin());
        let facts = &self.active.facts;
        // Where no way is left the page itself sends to the staff, and what closed the others is worth more.
        let told = self
            .notice
            .filter(|notice| *notice != Notice::VisualLocked || face || pin);
        let notice = told.or_else(|| match (pin, facts.pin_tries) {
            _ if facts.kind == Some(CardKind::FaceOnlyCard) => Some(Notice::NoPinNeeded),
            (false, Some(0)) => Some(Notice::PinBlocked),
            (false, Some(_)) => Some(Notice::PinNearlyBlocked),
            // So few tries at the card's numbers are left that the way to its photo stays closed here (invariant 3).
            _ if !face
                && cx.limits.face
                && facts.number_tries.is_some_and(|n| n < NUMBER_FLOOR) =>
            {
                Some(Notice::NumberRefused)
            }
            // Face would be on offer if only the camera delivered.
            _ if !face && self.face_is_open(cx) => Some(Notice::CameraGone),
            _ if facts.changed => Some(Notice::CardChanged),
            _ => facts.expires_soon.then_some(Notice::CertificateExpiresSoon),
        });
        let pin_tries = facts.pin_tries.filter(|_| pin);
        if notice == Some(Notice::CardChanged) {
            // Told here, so not once more when the person comes back to the choice.
            self.notice = notice;
            self.active.facts.changed = false;
        }
        if notice == Some(Notice::CertificateExpiresSoon) {
            // Told here, so not once more at the end.
            self.notice = notice;
            self.active.facts.expires_soon = false;
        }
        cx.show(Page::Method {
            face,
            pin,
            pin_tries,
            visual: cx.limits.visual,
            notice,
        });
    }

    /// Straight to the PIN, or to the choice where no PIN is on offer.
    pub(super) fn pin(active: Active, cx: &mut Cx<'_>) -> State {
        let deadline = cx.after(cx.limits.idle);
        let mut state = Self {
            active,
            notice: None,
            deadline,
        };
        if state.offers_pin() {
            return Pin::enter(state.active, None, cx);
        }
        state.show(cx);
        State::Choosing(state)
    }

    fn offers_face(&self, cx: &Cx<'_>) -> bool {
        cx.face_available && self.face_is_open(cx)
    }

    /// Card and visit would allow face.
    fn face_is_open(&self, cx: &Cx<'_>) -> bool {
        let facts = &self.active.facts;
        cx.limits.face
            && !facts.face_closed
            && facts.face_attempts < cx.limits.face_attempts
            && facts.number_tries.is_some_and(|n| n >= NUMBER_FLOOR)
    }

    fn offers_pin(&self) -> bool {
        self.active.facts.offers_pin()
    }
}

impl Step for Choosing {
    fn interrupt(mut self, interrupt: Interrupt, cx: &mut Cx<'_>) -> State {
        match interrupt {
            Interrupt::CardRemoved => Farewell::card_early(self.active, cx),
            Interrupt::CardSwapped { visit, reader } => swapped(self.active, visit, reader, cx),
            Interrupt::Idle => Farewell::idle(self.active, cx),
            Interrupt::DeviceGone(Device::Reader) => Farewell::without_reader(self.active, cx),
            Interrupt::DeviceGone(Device::Camera) => {
                // What brought the person here may be over; that face went is the news.
                self.notice = None;
                self.show(cx);
                State::Choosing(self)
            }
            // The person may still be recognised; what can be queued is decided when the proof is there.
            Interrupt::CentralUnreachable => State::Choosing(self),
            Interrupt::StaffCancel => Farewell::cancelled(self.active, cx),
            Interrupt::Restart => to_waiting(self.active, NotDelivered::Restart, cx),
        }
    }

    fn proceed(mut self, event: &Event, cx: &mut Cx<'_>) -> State {
        match event {
            Event::Patient(Input::Stay) => {
                self.deadline = cx.after(cx.limits.idle);
                State::Choosing(self)
            }
            Event::Patient(Input::Face) if self.offers_face(cx) => Face::enter(self.active, cx),
            Event::Patient(Input::Pin) if self.offers_pin() => Pin::enter(self.active, None, cx),
            Event::FaceAvailable(true) => {
                self.notice.take_if(|notice| *notice == Notice::CameraGone);
                self.show(cx);
                State::Choosing(self)
            }
            Event::Patient(Input::Visual) if cx.limits.visual => Visual::enter(self.active, cx),
            Event::Patient(Input::Cancel) => Farewell::cancelled(self.active, cx),
            Event::Card(_, CardAnswer::Failed { code }) => Farewell::trouble(
                self.active,
                code,
                Notice::CardUnreadable,
                NotDelivered::Device,
                cx,
            ),
            _ => State::Choosing(self),
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
