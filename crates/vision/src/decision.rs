//! Same person or not: the median of several good frames, three outcomes, one veto. Pure.

use crate::protocol::FaceOutcome;

/// Good frames before anything is decided.
pub const FEWEST: usize = 3;
/// Good frames after which a doubtful comparison ends.
pub const MOST: usize = 5;
/// Median above this: another person. Between the threshold and this: doubtful.
pub const DOUBTFUL_UP_TO: f32 = 0.62;
/// A single good frame above this keeps the try from matching: somebody else stood there, at least for a moment, or the frame went wrong.
pub const VETO_ABOVE: f32 = 0.70;

/// The largest accepted distance, within bounds that keep a slip in the configuration from opening the door.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold(f32);

/// The threshold is outside [`Threshold::LOWEST`]..=[`Threshold::HIGHEST`].
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("threshold {0} is outside 0.45..=0.60")]
pub struct OutOfBounds(pub f32);

impl Threshold {
    /// Lowest accepted value.
    pub const LOWEST: f32 = 0.45;
    /// Highest accepted value; dlib's usual one, already loose for this recipe.
    pub const HIGHEST: f32 = 0.60;
    /// Measured for [`crate::RECIPE`].
    pub const DEFAULT: Self = Self(0.56);

    /// Checks the bounds; what is not a number is outside.
    pub fn new(value: f32) -> Result<Self, OutOfBounds> {
        if (Self::LOWEST..=Self::HIGHEST).contains(&value) {
            Ok(Self(value))
        } else {
            Err(OutOfBounds(value))
        }
    }

    /// Euclidean distance.
    pub fn get(self) -> f32 {
        self.0
    }
}

/// Distances of the good frames of one uninterrupted look.
#[derive(Debug)]
pub struct Decision {
    threshold: Threshold,
    distances: Vec<f32>,
}

impl Decision {
    /// Nothing seen yet.
    pub fn new(threshold: Threshold) -> Self {
        Self {
            threshold,
            distances: Vec::with_capacity(MOST),
        }
    }

    /// Takes a good frame's distance. An outcome ends the comparison.
    ///
    /// The median counts at three and at five frames, never the smallest distance: that would only give strangers more chances.
    pub fn add(&mut self, distance: f32) -> Option<FaceOutcome> {
        // What is not a number is as far as can be; the wire knows finite numbers only.
        self.distances.push(if distance.is_finite() {
            distance
        } else {
            f32::MAX
        });
        match self.distances.len() {
            FEWEST | MOST => {}
            _ => return None,
        }
        let worst = self.worst();
        let median = self.median();
        if median > DOUBTFUL_UP_TO {
            return Some(FaceOutcome::NotMatched { distance: median });
        }
        // One frame far from the others: a changed person, or a frame that went wrong. It never matches, and costs a try.
        if worst > VETO_ABOVE {
            return Some(FaceOutcome::Doubtful { distance: worst });
        }
        if median <= self.threshold.get() {
            return Some(FaceOutcome::Matched {
                distance: median,
                frames: self.distances.len() as u32,
            });
        }
        (self.distances.len() >= MOST).then_some(FaceOutcome::Doubtful { distance: median })
    }

    /// What can be said when time is up; never a match. `None` when too few frames were good.
    pub fn when_time_is_up(&self) -> Option<FaceOutcome> {
        (self.distances.len() >= FEWEST).then(|| FaceOutcome::Doubtful {
            distance: self.median(),
        })
    }

    /// Enough frames, and neither near nor far: more of them, or less of a mask, may help.
    pub fn doubtful(&self) -> bool {
        let median = self.median();
        self.distances.len() == FEWEST && median > self.threshold.get() && median <= DOUBTFUL_UP_TO
    }

    /// Forgets everything: another person may stand there now.
    pub fn restart(&mut self) {
        self.distances.clear();
    }

    fn worst(&self) -> f32 {
        self.distances.iter().copied().fold(0.0, f32::max)
    }

    fn median(&self) -> f32 {
        let mut sorted = self.distances.clone();
        sorted.sort_by(f32::total_cmp);
        // The upper middle of an even number: when in doubt, the larger distance.
        sorted.get(sorted.len() / 2).copied().unwrap_or(f32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use FaceOutcome::{Doubtful, Matched, NotMatched};

    fn decide(threshold: f32, distances: &[f32]) -> Option<FaceOutcome> {
        let mut decision = Decision::new(Threshold::new(threshold).unwrap());
        distances
            .iter()
            .find_map(|distance| decision.add(*distance))
    }

    /// Invariant 7: only a median within the threshold over enough good frames, without a veto, is a match.
    #[test]
    fn invariant_7_table() {
        let rows: &[(f32, &[f32], Option<FaceOutcome>)] = &[
            (0.56, &[0.10], None),
            (0.56, &[0.10, 0.10], None),
            (
                0.56,
                &[0.30, 0.40, 0.35],
                Some(Matched {
                    distance: 0.35,
                    frames: 3,
                }),
            ),
            (
                0.56,
                &[0.56, 0.56, 0.56],
                Some(Matched {
                    distance: 0.56,
                    frames: 3,
                }),
            ),
            (
                0.56,
                &[0.40, 0.65, 0.50],
                Some(Matched {
                    distance: 0.50,
                    frames: 3,
                }),
            ),
            // One frame of three within the threshold is not enough.
            (0.56, &[0.40, 0.61, 0.63], None),
            (0.56, &[0.57, 0.57, 0.57], None),
            (
                0.56,
                &[0.57, 0.57, 0.57, 0.30, 0.30],
                Some(Doubtful { distance: 0.57 }),
            ),
            (
                0.56,
                &[0.57, 0.57, 0.50, 0.50, 0.50],
                Some(Matched {
                    distance: 0.50,
                    frames: 5,
                }),
            ),
            (
                0.56,
                &[0.57, 0.60, 0.60, 0.63, 0.64],
                Some(Doubtful { distance: 0.60 }),
            ),
            (
                0.56,
                &[0.60, 0.60, 0.65, 0.65, 0.65],
                Some(NotMatched { distance: 0.65 }),
            ),
            (
                0.56,
                &[0.63, 0.64, 0.65],
                Some(NotMatched { distance: 0.64 }),
            ),
            (
                0.56,
                &[0.80, 0.90, 0.85],
                Some(NotMatched { distance: 0.85 }),
            ),
            // The veto: two frames of the right person do not cover for one of another. It costs a try; it is no proof of another person.
            (0.56, &[0.20, 0.71, 0.20], Some(Doubtful { distance: 0.71 })),
            (
                0.56,
                &[0.57, 0.57, 0.57, 0.71, 0.20],
                Some(Doubtful { distance: 0.71 }),
            ),
            (
                0.56,
                &[f32::NAN, 0.1, 0.1],
                Some(Doubtful { distance: f32::MAX }),
            ),
            (
                0.60,
                &[0.59, 0.60, 0.61],
                Some(Matched {
                    distance: 0.60,
                    frames: 3,
                }),
            ),
            (
                0.45,
                &[0.46, 0.46, 0.46, 0.46, 0.46],
                Some(Doubtful { distance: 0.46 }),
            ),
        ];
        for (threshold, distances, expected) in rows {
            assert_eq!(
                decide(*threshold, distances),
                *expected,
                "{threshold} {distances:?}"
            );
        }
    }

    /// Invariant 7: time running out never matches anybody.
    #[test]
    fn invariant_7_time_is_up() {
        let rows: &[(&[f32], Option<FaceOutcome>)] = &[
            (&[], None),
            (&[0.1, 0.1], None),
            (&[0.1, 0.75], None),
            (&[0.57, 0.57, 0.57], Some(Doubtful { distance: 0.57 })),
            (&[0.57, 0.57, 0.57, 0.1], Some(Doubtful { distance: 0.57 })),
        ];
        for (distances, expected) in rows {
            let mut decision = Decision::new(Threshold::DEFAULT);
            for distance in *distances {
                assert_eq!(decision.add(*distance), None);
            }
            assert_eq!(decision.when_time_is_up(), *expected, "{distances:?}");
        }
    }

    #[test]
    fn a_restart_forgets_former_frames() {
        let mut decision = Decision::new(Threshold::DEFAULT);
        decision.add(0.2);
        decision.add(0.2);
        decision.restart();
        assert_eq!(decision.add(0.2), None);
        assert_eq!(decision.add(0.2), None);
        assert!(matches!(decision.add(0.2), Some(Matched { frames: 3, .. })));
    }

    #[test]
    fn thresholds_outside_the_bounds_are_refused() {
        for value in [0.44, 0.601, 1.0, -1.0, f32::NAN, f32::INFINITY] {
            assert!(Threshold::new(value).is_err(), "{value}");
        }
        assert_eq!(Threshold::new(0.45).map(Threshold::get), Ok(0.45));
        assert_eq!(Threshold::new(0.60).map(Threshold::get), Ok(0.60));
    }
}
