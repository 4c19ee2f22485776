//! Matching number B off a card that the person holds up to the face camera, where the site has no document camera.
//!
//! The card lies on the reader when its number is asked for, and can't lie there and be held up: the person takes it, which ends the visit as it
//! always does (invariant 16: a new power-on session starts over). What was read belongs to the visit that begins next, if its card's chip tells the
//! same day of expiry; it is typed there, and confirmed by the person like any other number (invariant 3). It is wiped with that visit, with
//! any other card, and after a minute (invariant 5).

use std::time::Duration;

use kiosk::patient::{HoldStep, Notice};
use vision::protocol::Request;
use visit::{EndReason, Event, Input, KeypadPurpose, NotDelivered, Page, VisitId};
use zeroize::Zeroizing;

use super::Engine;
use super::card_reading::{date, parts};

/// How long the camera looks for the card.
const LOOK_MS: u32 = 20_000;
/// A worker that has not answered by then does not answer any more.
const ANSWERED: Duration = Duration::from_secs(25);
/// How a visit ended whose card was taken to be held up, in the audit chain.
pub(super) const HELD_UP: &str = "card-held-up";
/// From the touch that asks for it until everything of it is forgotten.
const LONGEST: Duration = Duration::from_secs(60);

/// A card that is held up, or was.
pub(super) struct HeldUp {
    /// The visit in which the person asked for it.
    visit: VisitId,
    /// The day of expiry that this card's chip told.
    expiry: String,
    begun: Duration,
    /// The sure digits; none could be read when empty.
    digits: Option<Zeroizing<Vec<u8>>>,
    /// What was seen ends on another day.
    another: bool,
    /// The card was taken: its visit is over, and nothing of it stands in the staff's list yet.
    taken: bool,
}

/// Does the visit say that its card was taken early? It was, to be held up.
fn taken(page: &Page) -> bool {
    matches!(
        page,
        Page::Trouble {
            code: "UK-VISIT-103",
            ..
        }
    )
}

impl Engine {
    /// Is the person offered to hold the card up? Only where nothing else reads it and the chip tells what to compare with.
    pub(super) fn offers_hold_up(&self) -> bool {
        let keypad = matches!(
            self.page,
            Page::Keypad {
                purpose: KeypadPurpose::MatchingNumber,
                filled: 0,
                ..
            }
        );
        let known = self.held.as_ref().is_some_and(|held| {
            held.card_expiry.is_some() && self.number_not_taken != Some(held.visit)
        });
        let reads = self
            .parts
            .board
            .worker()
            .is_some_and(|worker| worker.reads_cards);
        keypad
            && known
            && reads
            && self.only_face_camera()
            && self.parts.settings.read_card
            && self.held_up.is_none()
    }

    /// Has the worker told of its cameras, and is none of them, now or lately, one that reads the card where it lies?
    pub(super) fn only_face_camera(&self) -> bool {
        self.parts.board.worker().is_some_and(|worker| {
            worker.camera.is_some()
                && !worker.beside.iter().any(|camera| {
                    camera.role == "document"
                        && (camera.there || camera.missed)
                        && camera.source != worker.source
                })
        })
    }

    /// What the keypad says when nothing was read of a card that the person of this visit was asked to hold up, while it lay on the reader.
    pub(super) fn unread_notice(&self) -> Option<Notice> {
        let visit = self.held.as_ref().map(|held| held.visit)?;
        match self.held_up_unread {
            Some((unread, true)) if unread == visit => Some(Notice::AnotherCardRead),
            Some((unread, false)) if unread == visit => Some(Notice::NumberNotRead),
            _ => None,
        }
    }

    /// Did this visit end because its card was taken to be held up, as the page asked?
    pub(super) fn taken_to_hold_up(&mut self, visit: VisitId, reason: EndReason) -> bool {
        let removed = reason == EndReason::NotDelivered(NotDelivered::CardRemoved);
        match &mut self.held_up {
            Some(held_up) if held_up.visit == visit && removed => {
                held_up.taken = true;
                true
            }
            _ => false,
        }
    }

    /// What the page shows of it in place of the keypad, or of the waiting page once the card was taken.
    pub(super) fn hold_step(&self) -> Option<HoldStep> {
        let held_up = self.held_up.as_ref()?;
        let away = matches!(self.page, Page::Waiting) || taken(&self.page);
        match &held_up.digits {
            None if away || matches!(self.page, Page::Keypad { .. }) => Some(HoldStep::Hold),
            Some(_) if away && held_up.another => Some(HoldStep::AnotherCard),
            Some(digits) if away && digits.is_empty() => Some(HoldStep::NotRead),
            Some(_) if away => Some(HoldStep::LayDown),
            _ => None,
        }
    }

    /// Does the worker look at a card of this visit?
    pub(super) fn looks_at_held_up(&self, visit: u64) -> bool {
        self.held_up
            .as_ref()
            .is_some_and(|held_up| held_up.visit.0 == visit && held_up.digits.is_none())
    }

    /// The person asked for it.
    pub(super) fn hold_up(&mut self) {
        if !self.offers_hold_up() {
            return;
        }
        let (Some(today), Some((visit, expiry))) = (
            date(self.parts.clock.wall_ms()),
            self.held
                .as_ref()
                .and_then(|held| Some((held.visit, held.card_expiry.clone()?))),
        ) else {
            return;
        };
        let request = Request::ReadCard {
            visit: visit.0,
            deadline_ms: LOOK_MS,
            today,
            expiry: parts(&expiry),
            held_up: true,
        };
        self.reading = None;
        self.held_up_unread = None;
        self.parts.preview.open(visit.0);
        if !self.parts.vision.send(&request, &[]) {
            // Without a worker the number is typed.
            self.parts.preview.close();
            return;
        }
        self.held_up = Some(HeldUp {
            visit,
            expiry,
            begun: self.parts.clock.now().mono,
            digits: None,
            another: false,
            taken: false,
        });
        self.draw(None);
        self.event(Event::Patient(Input::Stay));
    }

    /// The worker's answer; true when it was one to this. No digit of another card is kept.
    pub(super) fn held_up_read(
        &mut self,
        visit: u64,
        digits: &Zeroizing<Vec<u8>>,
        another: bool,
    ) -> bool {
        if !self.looks_at_held_up(visit) {
            return false;
        }
        self.parts.preview.close();
        if (digits.is_empty() || another) && matches!(self.page, Page::Keypad { .. }) {
            self.held_up = None;
            self.held_up_unread = Some((VisitId(visit), another));
        } else if let Some(held_up) = &mut self.held_up {
            held_up.another = another;
            held_up.digits = Some(if another {
                Zeroizing::default()
            } else {
                digits.clone()
            });
        }
        self.draw(None);
        self.go_on_with_held_up();
        true
    }

    /// The worker went away, or keeps silent: nothing was read.
    pub(super) fn held_up_unanswered(&mut self) {
        let looking = self
            .held_up
            .as_ref()
            .filter(|held_up| held_up.digits.is_none());
        if let Some(visit) = looking.map(|held_up| held_up.visit.0) {
            let _ = self.held_up_read(visit, &Zeroizing::default(), false);
        }
    }

    /// Ends it: the person went back, something else goes on, or time is up.
    pub(super) fn forget_held_up(&mut self) {
        let Some(held_up) = self.held_up.take() else {
            return;
        };
        let came_back = self.held.as_ref().is_some_and(|held| {
            held.visit != held_up.visit && held.card_expiry.as_ref() == Some(&held_up.expiry)
        });
        if held_up.taken && !came_back {
            // No visit went on with it: staff may miss somebody. Nothing failed, so there is no code.
            let at = self.parts.clock.wall_ms();
            self.parts.board.ended(HELD_UP, None, at);
        }
        if held_up.digits.is_none() {
            let visit = held_up.visit.0;
            let _ = self.parts.vision.send(&Request::Stop { visit }, &[]);
            self.parts.preview.close();
        }
        self.draw(None);
    }

    /// After every step of the visit: the way of the same card goes on where the person left it, any other way ends this.
    pub(super) fn go_on_with_held_up(&mut self) {
        let Some(held_up) = &self.held_up else { return };
        let waited = self.parts.clock.now().mono.saturating_sub(held_up.begun);
        let looking = held_up.digits.is_none();
        let between = matches!(self.page, Page::Waiting | Page::Reading) || taken(&self.page);
        let laid = self.held.as_ref();
        let own = laid.is_some_and(|held| held.visit == held_up.visit);
        let same = laid.is_none_or(|held| match &held.card_expiry {
            _ if own => true,
            Some(expiry) => *expiry == held_up.expiry,
            // A chip tells it before the person is asked anything, or not at all: then it is not known to be the same card.
            None => between,
        });
        match self.page {
            _ if waited >= LONGEST || !same => self.forget_held_up(),
            _ if looking && waited >= ANSWERED => self.held_up_unanswered(),
            // Laid down again before anything was read: the person types. Whether it is the same card is known once its chip has spoken.
            _ if looking && laid.is_some_and(|held| held.card_expiry.is_some()) && !own => {
                self.forget_held_up();
            }
            _ if between => {}
            // The person chose the face in the visit before this one.
            Page::Method { face: true, .. } if !looking && !own => {
                self.event(Event::Patient(Input::Face));
            }
            Page::Keypad {
                purpose: KeypadPurpose::MatchingNumber,
                filled: 0,
                ..
            } => {
                if !looking && let Some(HeldUp { digits, .. }) = self.held_up.take() {
                    self.draw(None);
                    self.type_digits(&digits.unwrap_or_default());
                }
            }
            _ => self.forget_held_up(),
        }
    }
}
