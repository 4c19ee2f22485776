//! Face: matching number B opens the photo, the photo is compared with who stands there. Anything but a
//! clear match leads to another way (invariant 7).

use std::time::Duration;

use super::{Active, Choosing, Confirming, Cx, Farewell, State, Step, Visual, swapped, to_waiting};
use crate::{
    AlertKind, CardAnswer, Command, Device, Digits, Event, FaceAnswer, Guidance, Input, Interrupt,
    KeypadPurpose, Method, NotDelivered, Notice, Page, Verify, WorkStep,
};

/// Digits of the whole number.
const WHOLE: u8 = 14;
/// Birth date and security code: enough when the chip told the year of expiry.
const SHORT: u8 = 10;
/// Fewest tries at which matching number B may be asked for again (invariant 3).
const NUMBER_FLOOR: u8 = 4;

#[derive(Debug)]
pub(crate) struct Face {
    active: Active,
    phase: Phase,
    deadline: Duration,
}

#[derive(Debug)]
enum Phase {
    EnteringNumber {
        digits: Digits,
        notice: Option<Notice>,
    },
    CheckingNumber,
    ReadingPhoto,
    Capturing {
        guidance: Option<Guidance>,
    },
}

impl Face {
    pub(super) fn enter(active: Active, cx: &mut Cx<'_>) -> State {
        cx.push(Command::LookAtCamera {
            visit: active.visit,
        });
        Self::ask_number(active, None, cx)
    }

    pub(super) fn waits_for_person(&self) -> bool {
        matches!(self.phase, Phase::EnteringNumber { .. })
    }

    fn ask_number(active: Active, notice: Option<Notice>, cx: &mut Cx<'_>) -> State {
        let phase = Phase::EnteringNumber {
            digits: Digits::new(WHOLE.into()),
            notice,
        };
        let state = Self {
            active,
            phase,
            deadline: cx.after(cx.limits.idle),
        };
        state.show(cx);
        State::Face(state)
    }

    fn show(&self, cx: &mut Cx<'_>) {
        match &self.phase {
            Phase::EnteringNumber { digits, notice } => {
                let filled = u8::try_from(digits.filled()).unwrap_or(WHOLE);
                // Who types an eleventh digit types everything as printed.
                let short = self.active.facts.expiry_known && filled <= SHORT;
                cx.show(Page::Keypad {
                    purpose: KeypadPurpose::MatchingNumber,
                    length: if short { SHORT } else { WHOLE },
                    filled,
                    tries_left: self.active.facts.number_tries,
                    notice: *notice,
                });
            }
            Phase::CheckingNumber | Phase::ReadingPhoto => cx.show(Page::Working {
                step: WorkStep::CheckingCard,
            }),
            Phase::Capturing { guidance } => {
                cx.show(Page::FaceCheck {
                    guidance: *guidance,
                    attempt: self.active.facts.face_attempts.saturating_add(1),
                    pin: self.active.facts.offers_pin(),
                    visual: cx.limits.visual,
                });
            }
        }
    }

    fn pressed(mut self, input: Input, cx: &mut Cx<'_>) -> State {
        match (&mut self.phase, input) {
            (Phase::EnteringNumber { digits, .. }, Input::Digit(d)) => digits.push(d),
            (Phase::EnteringNumber { digits, .. }, Input::Erase) => digits.erase(),
            (Phase::EnteringNumber { digits, .. }, Input::Clear) => digits.clear(),
            (Phase::EnteringNumber { .. }, Input::Stay) => {}
            (Phase::EnteringNumber { digits, .. }, Input::Confirm)
                if digits.is_complete()
                    || (self.active.facts.expiry_known
                        && digits.filled() == usize::from(SHORT)) =>
            {
                cx.push(Command::VerifyNumber {
                    visit: self.active.visit,
                    number: digits.clone(),
                });
                self.phase = Phase::CheckingNumber;
                self.deadline = cx.after(cx.limits.device);
                self.show(cx);
                return State::Face(self);
            }
            (Phase::EnteringNumber { .. } | Phase::Capturing { .. }, Input::Back) => {
                return self.other_way(None, cx);
            }
            // Whoever can't or doesn't want to turn the head is one touch away from another way, and need not say why.
            (Phase::Capturing { .. }, Input::Pin) => {
                self.stop_camera(cx);
                return Choosing::pin(self.active, cx);
            }
            (Phase::Capturing { .. }, Input::Visual) => {
                self.stop_camera(cx);
                return Visual::enter(self.active, cx);
            }
            (Phase::EnteringNumber { .. } | Phase::Capturing { .. }, Input::Cancel) => {
                self.stop_camera(cx);
                return Farewell::cancelled(self.active, cx);
            }
            _ => return State::Face(self),
        }
        self.deadline = cx.after(cx.limits.idle);
        self.show(cx);
        State::Face(self)
    }

    fn number(mut self, verify: Verify, cx: &mut Cx<'_>) -> State {
        let (tries, notice) = match verify {
            Verify::Accepted => {
                cx.push(Command::ReadPhoto {
                    visit: self.active.visit,
                });
                self.phase = Phase::ReadingPhoto;
                self.deadline = cx.after(cx.limits.device);
                return State::Face(self);
            }
            Verify::Implausible => {
                return Self::ask_number(self.active, Some(Notice::NumberImplausible), cx);
            }
            Verify::Wrong { tries_left } => (Some(tries_left), Notice::NumberWrong),
            Verify::Refused { tries_left } => (tries_left, Notice::NumberRefused),
            Verify::Blocked => (Some(0), Notice::NumberRefused),
            Verify::Unknown { tries_left } => (tries_left, Notice::NumberUnknown),
        };
        self.active.facts.number_tries = tries;
        if tries.is_some_and(|n| n >= NUMBER_FLOOR) {
            Self::ask_number(self.active, Some(notice), cx)
        } else {
            self.close(Notice::NumberRefused, cx)
        }
    }

    fn photo_read(mut self, cx: &mut Cx<'_>) -> State {
        cx.push(Command::StartFace {
            visit: self.active.visit,
        });
        self.phase = Phase::Capturing { guidance: None };
        self.deadline = cx.after(cx.limits.capture);
        self.show(cx);
        State::Face(self)
    }

    fn matched(mut self, answer: FaceAnswer, cx: &mut Cx<'_>) -> State {
        match answer {
            FaceAnswer::Matched => {
                self.stop_camera(cx);
                Confirming::enter(self.active, Method::Face, cx)
            }
            FaceAnswer::Doubtful | FaceAnswer::NoFace | FaceAnswer::TimedOut => {
                self.active.facts.face_attempts = self.active.facts.face_attempts.saturating_add(1);
                if self.active.facts.face_attempts < cx.limits.face_attempts {
                    self.photo_read(cx)
                } else {
                    self.close(Notice::FaceDoubtful, cx)
                }
            }
            FaceAnswer::NotMatched => {
                cx.push(Command::Alert {
                    visit: self.active.visit,
                    kind: AlertKind::FaceRefused,
                });
                self.close(Notice::FaceDoubtful, cx)
            }
            // They were asked for the whole of a try to let one stand alone: asking once more helps nobody, staff may.
            FaceAnswer::SeveralFaces => {
                self.active.facts.face_attempts = self.active.facts.face_attempts.saturating_add(1);
                cx.push(Command::Alert {
                    visit: self.active.visit,
                    kind: AlertKind::SeveralFaces,
                });
                self.other_way(Some(Notice::SeveralFaces), cx)
            }
            FaceAnswer::TooOften => self.close(Notice::FaceDoubtful, cx),
            FaceAnswer::PhotoUnusable => self.close(Notice::CardNotGenuine, cx),
            // The camera may come back, and then face is on offer again, as often as it may be tried.
            FaceAnswer::Gone => {
                self.active.facts.face_attempts = self.active.facts.face_attempts.saturating_add(1);
                self.other_way(Some(Notice::CameraGone), cx)
            }
        }
    }

    /// Face is closed for this visit; the person chooses another way (invariant 7).
    fn close(mut self, notice: Notice, cx: &mut Cx<'_>) -> State {
        self.active.facts.face_closed = true;
        self.other_way(Some(notice), cx)
    }

    fn other_way(self, notice: Option<Notice>, cx: &mut Cx<'_>) -> State {
        self.stop_camera(cx);
        Choosing::enter(self.active, notice, cx)
    }

    /// Also forgets the photo: it is read again if the person comes back to face.
    fn stop_camera(&self, cx: &mut Cx<'_>) {
        if !matches!(
            self.phase,
            Phase::EnteringNumber { .. } | Phase::CheckingNumber
        ) {
            cx.push(Command::StopFace {
                visit: self.active.visit,
            });
        }
    }
}

impl Step for Face {
    fn interrupt(self, interrupt: Interrupt, cx: &mut Cx<'_>) -> State {
        if !matches!(interrupt, Interrupt::CentralUnreachable) {
            self.stop_camera(cx);
        }
        match interrupt {
            Interrupt::CardRemoved => Farewell::card_early(self.active, cx),
            Interrupt::CardSwapped { visit, reader } => swapped(self.active, visit, reader, cx),
            Interrupt::Idle => match self.phase {
                Phase::EnteringNumber { .. } => Farewell::idle(self.active, cx),
                Phase::CheckingNumber | Phase::ReadingPhoto => Farewell::trouble(
                    self.active,
                    "UK-VISIT-101",
                    Notice::CardUnreadable,
                    NotDelivered::Device,
                    cx,
                ),
                Phase::Capturing { .. } => {
                    let mut active = self.active;
                    active.facts.face_closed = true;
                    Choosing::enter(active, Some(Notice::CameraGone), cx)
                }
            },
            Interrupt::DeviceGone(Device::Reader) => Farewell::without_reader(self.active, cx),
            Interrupt::DeviceGone(Device::Camera) => {
                let mut active = self.active;
                match self.phase {
                    Phase::EnteringNumber { .. } => {}
                    Phase::Capturing { .. } => {
                        active.facts.face_attempts = active.facts.face_attempts.saturating_add(1);
                    }
                    // The card still works on an answer that would no longer be heard: its tries left are not known.
                    Phase::CheckingNumber | Phase::ReadingPhoto => active.facts.face_closed = true,
                }
                Choosing::enter(active, Some(Notice::CameraGone), cx)
            }
            Interrupt::CentralUnreachable => State::Face(self),
            Interrupt::StaffCancel => Farewell::cancelled(self.active, cx),
            Interrupt::Restart => to_waiting(self.active, NotDelivered::Restart, cx),
        }
    }

    fn proceed(mut self, event: &Event, cx: &mut Cx<'_>) -> State {
        match (event, &mut self.phase) {
            (Event::Patient(input), _) => self.pressed(*input, cx),
            (Event::Card(_, CardAnswer::Number(verify)), Phase::CheckingNumber) => {
                self.number(*verify, cx)
            }
            (Event::Card(_, CardAnswer::PhotoRead), Phase::ReadingPhoto) => self.photo_read(cx),
            (Event::Card(_, CardAnswer::PhotoRefused), Phase::ReadingPhoto) => {
                cx.push(Command::Alert {
                    visit: self.active.visit,
                    kind: AlertKind::CardNotGenuine,
                });
                self.close(Notice::CardNotGenuine, cx)
            }
            (Event::FaceGuidance(_, new), Phase::Capturing { guidance }) => {
                *guidance = Some(*new);
                self.show(cx);
                State::Face(self)
            }
            (Event::Face(_, answer), Phase::Capturing { .. }) => self.matched(*answer, cx),
            (Event::Card(_, CardAnswer::Failed { code }), _) => {
                self.stop_camera(cx);
                Farewell::trouble(
                    self.active,
                    code,
                    Notice::CardUnreadable,
                    NotDelivered::Device,
                    cx,
                )
            }
            _ => State::Face(self),
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
