//! From a request as it was read to what the engine is told: the only way between them, with every limit. Pure; the fuzzer goes through it.

use std::time::Duration;

use crate::decision::{OutOfBounds, Threshold};
use crate::ocr::Known;
use crate::protocol::Request;
use crate::session::{LONGEST_DEADLINE, Rules, Turn};

/// Longest look at a card's front.
pub const LONGEST_READING: Duration = Duration::from_secs(20);

/// A request that was found to be in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Order {
    /// Say who you are.
    Hello,
    /// Compare with the card photo of the payload.
    Compare {
        /// Visit number.
        visit: u64,
        /// Threshold, time and head turns.
        rules: Rules,
        /// Send previews?
        preview: bool,
    },
    /// Read the card's front.
    Read {
        /// Visit number.
        visit: u64,
        /// Longest duration.
        deadline: Duration,
        /// What is known besides.
        known: Known,
        /// The card may be held up before the face camera.
        held_up: bool,
    },
    /// End what is done for this visit.
    Stop {
        /// Visit number.
        visit: u64,
    },
    /// Look whether the camera is there.
    Check {
        /// It must deliver a picture.
        picture: bool,
    },
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refused {
    /// The threshold lies outside its bounds.
    #[error(transparent)]
    Threshold(#[from] OutOfBounds),
    /// What should be a day is none.
    #[error("{0:?} is no day")]
    NoDay((u16, u8, u8)),
}

impl Order {
    /// Checks a request. `random` decides on the head turns.
    ///
    /// # Errors
    /// A threshold outside its bounds, or a day that the calendar does not have.
    pub fn of(request: &Request, random: u8) -> Result<Self, Refused> {
        let limited = |ms: u32, longest: Duration| Duration::from_millis(ms.into()).min(longest);
        Ok(match *request {
            Request::Hello => Self::Hello,
            Request::StartFace {
                visit,
                deadline_ms,
                threshold,
                preview,
                challenge,
            } => Self::Compare {
                visit,
                rules: Rules {
                    threshold: Threshold::new(threshold)?,
                    deadline: limited(deadline_ms, LONGEST_DEADLINE),
                    challenge,
                    order: Turn::order(random),
                },
                preview,
            },
            Request::ReadCard {
                visit,
                deadline_ms,
                today,
                expiry,
                held_up,
            } => Self::Read {
                visit,
                deadline: limited(deadline_ms, LONGEST_READING),
                known: Known {
                    today: day(today)?,
                    expiry: expiry.map(day).transpose()?,
                },
                held_up,
            },
            Request::Stop { visit } => Self::Stop { visit },
            Request::CheckCamera { picture } => Self::Check { picture },
        })
    }
}

/// A day as the chip writes it; 99 stands for a day that is not known.
fn day(told: (u16, u8, u8)) -> Result<(u16, u8, u8), Refused> {
    let (year, month, day) = told;
    let exists = (1900..=2200).contains(&year)
        && (1..=12).contains(&month)
        && ((1..=31).contains(&day) || day == 99);
    exists.then_some(told).ok_or(Refused::NoDay(told))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Challenge;

    /// Invariant 15: nothing that stands in a message makes the worker work for longer, or decide by another number, than its limits.
    #[test]
    fn invariant_15_requests_are_limited_or_refused() {
        let face = |threshold, deadline_ms| Request::StartFace {
            visit: 1,
            deadline_ms,
            threshold,
            preview: true,
            challenge: Challenge::Always,
        };
        let Ok(Order::Compare { rules, .. }) = Order::of(&face(0.56, u32::MAX), 3) else {
            panic!("in order")
        };
        assert_eq!(rules.deadline, LONGEST_DEADLINE);
        for threshold in [0.44, 0.61, f32::NAN, f32::INFINITY, -0.5] {
            assert!(matches!(
                Order::of(&face(threshold, 1000), 0),
                Err(Refused::Threshold(_))
            ));
        }
        let card = |today, expiry| Request::ReadCard {
            visit: 1,
            deadline_ms: u32::MAX,
            today,
            expiry,
            held_up: false,
        };
        let today = (2026, 11, 23);
        let Ok(Order::Read { deadline, .. }) = Order::of(&card(today, Some((2030, 1, 15))), 0)
        else {
            panic!("in order")
        };
        assert_eq!(deadline, LONGEST_READING);
        for (today, expiry) in [
            ((0, 1, 1), None),
            ((2026, 13, 1), None),
            (today, Some((2030, 2, 32))),
            (today, Some((u16::MAX, 1, 1))),
        ] {
            assert!(matches!(
                Order::of(&card(today, expiry), 0),
                Err(Refused::NoDay(_))
            ));
        }
    }
}
