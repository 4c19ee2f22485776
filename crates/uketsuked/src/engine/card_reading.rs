//! Matching number B off the card's front: asked of the worker while the keypad waits, typed for the person as far as it is sure.
//!
//! The digits take the way of keys that were pressed, and the person confirms them; nothing is sent to the card by itself (invariant 3).

use card::VerifyOutcome;
use vision::protocol::Request;
use visit::{Event, Input, KeypadPurpose, Page, VisitId};
use zeroize::Zeroizing;

use super::Engine;

/// How long the card's front is looked at.
const LOOK_MS: u32 = 15_000;

impl Engine {
    /// Begins to read when the keypad for the number comes up, and ends when it goes.
    pub(super) fn follow_keypad(&mut self) {
        let wanted = matches!(
            self.page,
            Page::Keypad {
                purpose: KeypadPurpose::MatchingNumber,
                ..
            }
        );
        let empty = matches!(self.page, Page::Keypad { filled: 0, .. });
        let visit = self.held.as_ref().map(|held| held.visit);
        match (wanted, self.reading, visit) {
            (true, None, Some(visit))
                if empty
                    && self.held_up.is_none()
                    && !self.only_face_camera()
                    && self.parts.settings.read_card
                    && self.number_not_taken != Some(visit) =>
            {
                let now = self.parts.clock.wall_ms();
                let Some(today) = date(now) else { return };
                let expiry = self
                    .held
                    .as_ref()
                    .and_then(|held| parts(held.card_expiry.as_deref()?));
                let request = Request::ReadCard {
                    visit: visit.0,
                    deadline_ms: LOOK_MS,
                    today,
                    expiry,
                    held_up: false,
                };
                // Without a worker the number is typed.
                let _ = self.parts.vision.send(&request, &[]);
                self.reading = Some(visit);
            }
            (false, Some(reading), _) => {
                self.reading = None;
                let _ = self
                    .parts
                    .vision
                    .send(&Request::Stop { visit: reading.0 }, &[]);
            }
            _ => {}
        }
    }

    /// The card did not take the number. What is printed has not changed: it would be read as before and, confirmed once more, cost another of ten
    /// tries. From now on in this visit the number is typed.
    pub(super) fn number_answered(&mut self, outcome: VerifyOutcome) {
        if outcome != VerifyOutcome::Accepted {
            self.number_not_taken = self.held.as_ref().map(|held| held.visit);
        }
    }

    /// Takes the sure digits, unless the person has begun to type or has gone on. Of another card, whatever the worker sends, none is taken, and the
    /// keypad says so (invariant 3).
    pub(super) fn card_read(&mut self, visit: u64, digits: &Zeroizing<Vec<u8>>, another: bool) {
        if self.held_up_read(visit, digits, another) {
            return;
        }
        let waiting = matches!(
            self.page,
            Page::Keypad {
                purpose: KeypadPurpose::MatchingNumber,
                filled: 0,
                ..
            }
        );
        let own = self.reading.is_some_and(|reading| reading.0 == visit);
        if waiting && own && another {
            self.held_up_unread = Some((VisitId(visit), true));
            self.draw(None);
        } else if waiting && own {
            self.type_digits(digits);
        }
    }

    /// Types for the person: as much as the keypad asks for in one piece.
    pub(super) fn type_digits(&mut self, digits: &Zeroizing<Vec<u8>>) {
        let chip_knows = self
            .held
            .as_ref()
            .is_some_and(|held| held.card_expiry.is_some());
        let count = match digits.len() {
            14 => 14,
            // Where the chip knows the year of expiry, ten typed digits mean birth date and code: a year must not take the code's place.
            10..14 if !chip_knows => 10,
            6..14 => 6,
            _ => return,
        };
        self.at_once(|engine| {
            for digit in digits.iter().take(count) {
                if digit.is_ascii_digit() {
                    engine.event(Event::Patient(Input::Digit(digit - b'0')));
                }
            }
            engine.by_camera = match (engine.held.as_ref(), &engine.page) {
                (Some(held), Page::Keypad { filled, .. }) => Some((held.visit, *filled)),
                _ => None,
            };
            engine.draw(None);
        });
    }

    /// Are the digits on the keypad those that the camera filled in, and no others?
    pub(super) fn all_by_camera(&self) -> bool {
        let visit = self.held.as_ref().map(|held| held.visit);
        let filled = self.number_filled();
        self.by_camera
            .is_some_and(|(own, count)| Some(own) == visit && Some(count) == filled)
    }

    /// Once fewer stand there than the camera filled in, what comes then is the person's.
    pub(super) fn follow_by_camera(&mut self) {
        let filled = self.number_filled();
        self.by_camera
            .take_if(|(_, count)| filled.is_none_or(|filled| filled < *count));
    }

    fn number_filled(&self) -> Option<u8> {
        match self.page {
            Page::Keypad {
                purpose: KeypadPurpose::MatchingNumber,
                filled,
                ..
            } => Some(filled),
            _ => None,
        }
    }
}

/// Year, month and day in Japan.
pub(super) fn date(at_ms: i64) -> Option<(u16, u8, u8)> {
    let text: String = oqs::time::to_jst(at_ms)
        .chars()
        .filter(char::is_ascii_digit)
        .take(8)
        .collect();
    parts(&text)
}

/// Of `yyyymmdd`.
pub(super) fn parts(text: &str) -> Option<(u16, u8, u8)> {
    let part = |range: std::ops::Range<usize>| text.get(range)?.parse::<u16>().ok();
    Some((part(0..4)?, part(4..6)? as u8, part(6..8)? as u8))
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn days_are_those_of_japan() {
        // 2026-11-22 15:00 UTC is the 23rd in Japan.
        assert_eq!(date(1_795_359_600_000), Some((2026, 11, 23)));
        assert_eq!(date(1_795_359_599_000), Some((2026, 11, 22)));
    }
}
