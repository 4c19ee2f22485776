//! A camera that was just switched on still looks for its exposure and its white balance: its first pictures are not judged.
//! Pure; `at` is the time since the first picture.

use std::time::Duration;

/// Frames that have to agree.
const FRAMES: usize = 4;
/// How far their means may lie apart, of 255, in each colour. A person who moves changes less.
const APART: f32 = 8.0;
/// Longest wait: then the light of the room itself changes.
pub const LIMIT: Duration = Duration::from_millis(1_500);

/// Watches the first frames of a camera.
#[derive(Debug, Default)]
pub struct Settling {
    means: Vec<[f32; 3]>,
    done: bool,
}

impl Settling {
    /// Takes the mean colour of a frame; true from the first frame on that may be judged.
    pub fn settled(&mut self, at: Duration, mean: [f32; 3]) -> bool {
        if self.done {
            return true;
        }
        if self.means.len() >= FRAMES {
            self.means.remove(0);
        }
        self.means.push(mean);
        let calm = self.means.len() == FRAMES
            && (0..3).all(|colour| {
                let values = self
                    .means
                    .iter()
                    .filter_map(|mean| mean.get(colour).copied());
                let (low, high) = values
                    .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| {
                        (low.min(value), high.max(value))
                    });
                high - low <= APART
            });
        self.done = calm || at >= LIMIT;
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Number of the first frame that is judged, at 30 frames a second.
    fn first(means: impl Iterator<Item = [f32; 3]>) -> Option<usize> {
        let mut settling = Settling::default();
        means.enumerate().position(|(number, mean)| {
            settling.settled(Duration::from_millis(number as u64 * 33), mean)
        })
    }

    #[test]
    fn a_steady_camera_is_judged_after_four_frames() {
        assert_eq!(
            first((0..20).map(|n| [100.0 + (n % 3) as f32, 90.0, 80.0])),
            Some(3)
        );
    }

    #[test]
    fn rising_exposure_and_turning_white_balance_are_waited_for() {
        let rising = (0..40).map(|n| [(n as f32 * 10.0).min(120.0); 3]);
        assert_eq!(first(rising), Some(15));
        let balance = (0..40).map(|n| [120.0, 120.0, (200.0 - n as f32 * 8.0).max(120.0)]);
        assert_eq!(first(balance), Some(12));
        let creeping = (0..40).map(|n| [(n as f32 * 3.0).min(60.0); 3]);
        assert_eq!(first(creeping), Some(21));
    }

    #[test]
    fn light_that_never_stands_still_is_judged_after_the_limit() {
        let flicker = (0..100).map(|n| [if n % 2 == 0 { 60.0 } else { 160.0 }; 3]);
        assert_eq!(first(flicker), Some(46));
        let mut settling = Settling::default();
        assert!(settling.settled(LIMIT, [1.0; 3]));
        // Once judged, always judged: somebody switching a lamp is no reason to stop.
        assert!(settling.settled(Duration::ZERO, [250.0; 3]));
    }
}
