//! Calm guidance: one sentence at a time, each standing long enough to be read. Time is a parameter.

use std::time::Duration;

use crate::protocol::Guidance;

/// Shortest time that a sentence stays.
pub const SHORTEST: Duration = Duration::from_millis(700);
/// A new sentence must be meant for this long, so that a single odd frame changes nothing.
const MEANT: Duration = Duration::from_millis(200);

/// Decides which sentence is shown.
#[derive(Debug, Default)]
pub struct Calm {
    shown: Option<(Guidance, Duration)>,
    wanted: Option<(Guidance, Duration)>,
}

impl Calm {
    /// Takes what the present frame suggests; gives the sentence to show when it changes.
    pub fn offer(&mut self, now: Duration, suggestion: Guidance) -> Option<Guidance> {
        let since = match self.wanted {
            Some((wanted, since)) if wanted == suggestion => since,
            _ => {
                self.wanted = Some((suggestion, now));
                now
            }
        };
        let change = match self.shown {
            None => true,
            Some((shown, _)) if shown == suggestion => false,
            Some((_, shown_at)) => {
                now.saturating_sub(shown_at) >= SHORTEST && now.saturating_sub(since) >= MEANT
            }
        };
        if change {
            self.shown = Some((suggestion, now));
        }
        change.then_some(suggestion)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Guidance::{ComeCloser, HoldStill, LookHere, Matching};

    const fn ms(value: u64) -> Duration {
        Duration::from_millis(value)
    }

    #[test]
    fn the_first_sentence_comes_at_once_and_is_not_repeated() {
        let mut calm = Calm::default();
        assert_eq!(calm.offer(ms(0), LookHere), Some(LookHere));
        assert_eq!(calm.offer(ms(5000), LookHere), None);
    }

    #[test]
    fn a_sentence_stays_for_seven_tenths_of_a_second() {
        let mut calm = Calm::default();
        calm.offer(ms(0), LookHere);
        for at in (100..700).step_by(100) {
            assert_eq!(calm.offer(ms(at), ComeCloser), None, "{at}");
        }
        assert_eq!(calm.offer(ms(700), ComeCloser), Some(ComeCloser));
    }

    #[test]
    fn a_single_odd_frame_changes_nothing() {
        let mut calm = Calm::default();
        calm.offer(ms(0), Matching);
        calm.offer(ms(900), Matching);
        assert_eq!(calm.offer(ms(1000), HoldStill), None);
        assert_eq!(calm.offer(ms(1100), Matching), None);
        assert_eq!(calm.offer(ms(1200), HoldStill), None);
        assert_eq!(calm.offer(ms(1300), HoldStill), None);
        assert_eq!(calm.offer(ms(1400), HoldStill), Some(HoldStill));
    }

    /// Whatever comes in, changes are never nearer to each other than the shortest time.
    #[test]
    fn flicker_is_bounded() {
        let all = [LookHere, ComeCloser, HoldStill, Matching];
        let mut calm = Calm::default();
        let mut random = 7u64;
        let mut last: Option<u64> = None;
        let mut changes = 0;
        for at in (0..60_000).step_by(66) {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            // Runs of equal suggestions of different lengths.
            let suggestion = all[(random >> 60) as usize % 4];
            for sub in 0..(random >> 40) % 8 {
                if calm.offer(ms(at + sub * 66), suggestion).is_some() {
                    let now = at + sub * 66;
                    assert!(
                        last.is_none_or(|last| now.saturating_sub(last) >= 700 || now <= last),
                        "{now}"
                    );
                    last = Some(now.max(last.unwrap_or(0)));
                    changes += 1;
                }
            }
        }
        assert!(changes > 10, "{changes}");
    }
}
