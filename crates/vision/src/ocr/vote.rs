//! Several frames must say the same. Pure.

use zeroize::{Zeroize, Zeroizing};

use super::Digits;
use super::text::{Field, Reading};

/// Frames that must agree.
const AGREE: u32 = 3;

/// Readings so far.
#[derive(Default)]
pub struct Vote {
    fields: [Vec<(u32, u32)>; 3],
    /// Days of expiry that the chip denied, as yyyymmdd.
    denied: Vec<(u32, u32)>,
}

impl Vote {
    /// Takes a frame's reading; only what was read twice in the frame counts.
    pub fn add(&mut self, reading: &Reading) {
        let denied = reading.denied.map(|field| {
            let (month, day) = field.day.unwrap_or_default();
            let value = field.value * 10_000 + u32::from(month) * 100 + u32::from(day);
            Field { value, ..field }
        });
        let own = [reading.birth, reading.expiry, reading.code, denied];
        let counts = self.fields.iter_mut().chain([&mut self.denied]);
        for (counts, field) in counts.zip(own) {
            let Some(Field {
                value,
                confirmed: true,
                ..
            }) = field
            else {
                continue;
            };
            match counts.iter_mut().find(|(known, _)| *known == value) {
                Some((_, count)) => *count += 1,
                None => counts.push((value, 1)),
            }
        }
    }

    /// Frames agree on a day of expiry that is not the chip's, and none saw the chip's.
    pub fn another(&self) -> bool {
        let [_, expiry, _] = &self.fields;
        expiry.is_empty() && matches!(self.denied.as_slice(), [(_, count)] if *count >= AGREE)
    }

    /// The sure digits from the left; none of another card.
    pub fn digits(&self) -> Digits {
        let mut digits = Zeroizing::new(Vec::with_capacity(14));
        if self.another() {
            return digits;
        }
        for (counts, length) in self.fields.iter().zip([6, 4, 4]) {
            // One value, and nothing that speaks against it.
            let [(value, count)] = counts.as_slice() else {
                break;
            };
            if *count < AGREE {
                break;
            }
            for place in (0..length).rev() {
                digits.push((value / 10u32.pow(place) % 10) as u8);
            }
        }
        digits
    }
}

impl Drop for Vote {
    fn drop(&mut self) {
        let all = self.fields.iter_mut().chain([&mut self.denied]);
        all.flatten().for_each(Zeroize::zeroize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(birth: Option<u32>, expiry: Option<u32>, code: Option<u32>) -> Reading {
        let field = |value: Option<u32>| {
            value.map(|value| Field {
                value,
                confidence: 90.0,
                place: [0; 4],
                day: None,
                confirmed: true,
            })
        };
        Reading {
            birth: field(birth),
            expiry: field(expiry),
            code: field(code),
            denied: None,
        }
    }

    /// Three frames must agree on a day that is not the chip's before the card is called another one, and one that saw the chip's day forbids it.
    /// Invariant 3: no digit of another card is sure, not even a birth date that all frames agree on.
    #[test]
    fn invariant_3_another_card_is_told_by_frames_that_agree_and_no_digit_of_it_is_sure() {
        let other = |year: u32, day: (u8, u8), confirmed| Reading {
            denied: reading(None, Some(year), None).expiry.map(|field| Field {
                day: Some(day),
                confirmed,
                ..field
            }),
            ..reading(Some(550_217), None, None)
        };
        let told = |readings: &[Reading]| {
            let mut vote = Vote::default();
            readings.iter().for_each(|reading| vote.add(reading));
            if vote.another() {
                assert!(vote.digits().is_empty(), "no digit of it is believed");
            } else if readings.len() >= 3 {
                assert_eq!(vote.digits().len(), 6, "the same birth date otherwise");
            }
            vote.another()
        };
        let one = other(2034, (2, 17), true);
        assert!(!told(&[one.clone(), one.clone()]));
        let three = [one.clone(), one.clone(), one.clone()];
        assert!(told(&three));
        for against in [other(2034, (2, 11), true), reading(None, Some(2035), None)] {
            let mut all = three.to_vec();
            all.push(against);
            assert!(!told(&all));
        }
        let unsure = other(2034, (2, 17), false);
        assert!(!told(&[unsure.clone(), unsure.clone(), unsure]));
    }

    /// Invariant 3: three frames agree and none differs, or the digit is typed.
    #[test]
    fn invariant_3_only_agreed_digits_are_sure() {
        let mut vote = Vote::default();
        let whole = reading(Some(550_217), Some(2035), Some(2285));
        vote.add(&whole);
        vote.add(&whole);
        assert!(vote.digits().is_empty());
        vote.add(&whole);
        assert_eq!(*vote.digits(), [5, 5, 0, 2, 1, 7, 2, 0, 3, 5, 2, 2, 8, 5]);
        // One frame that differs takes the certainty away, for that field and for what follows it.
        vote.add(&reading(None, None, Some(2286)));
        assert_eq!(vote.digits().len(), 10);
        vote.add(&reading(Some(550_211), None, None));
        assert!(vote.digits().is_empty());
        let mut first_year = Vote::default();
        for _ in 0..3 {
            first_year.add(&reading(Some(11_201), None, None));
        }
        assert_eq!(*first_year.digits(), [0, 1, 1, 2, 0, 1]);
        let mut once = Vote::default();
        for _ in 0..3 {
            let mut unconfirmed = whole.clone();
            unconfirmed.birth.as_mut().unwrap().confirmed = false;
            once.add(&unconfirmed);
        }
        assert!(once.digits().is_empty());
    }
}
