//! The rules of one comparison from the first frame to the outcome: guidance, continuity, several faces, deadline. Pure; `now` is the
//! time since the comparison began.

use std::time::Duration;

use crate::decision::{Decision, Threshold};
use crate::guidance::Calm;
use crate::protocol::{FaceOutcome, Guidance};
use crate::quality::{Measure, judge};

/// Longest comparison that is accepted.
pub const LONGEST_DEADLINE: Duration = Duration::from_secs(60);
/// Two large faces for this long end it.
const SEVERAL_FOR: Duration = Duration::from_secs(3);
/// A face that was away for longer may be another one. Not shorter, so that a busy machine with few frames a second still matches.
const AWAY_FOR: Duration = Duration::from_secs(1);
/// Least overlap of the face with itself in the frame before.
const SAME_PLACE: f32 = 0.3;
/// Shortest time between compared frames, so that they say different things.
const BETWEEN: Duration = Duration::from_millis(100);

/// What a frame shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Observation {
    /// No face.
    Nobody,
    /// Two or more large faces.
    Several,
    /// One face (small ones in the background do not count).
    One(Measure),
}

/// What follows from a frame.
#[derive(Debug, Default, PartialEq)]
pub struct Step {
    /// Tell the patient this now.
    pub guidance: Option<Guidance>,
    /// The frame is good: compute its distance and call [`Session::compared`].
    pub compare: bool,
    /// The comparison is over.
    pub outcome: Option<FaceOutcome>,
}

/// One comparison.
#[derive(Debug)]
pub struct Session {
    deadline: Duration,
    decision: Decision,
    calm: Calm,
    face: Option<([f32; 4], Duration)>,
    several_since: Option<Duration>,
    compared_at: Option<Duration>,
    seen: bool,
}

impl Session {
    /// Begins; the deadline is limited to [`LONGEST_DEADLINE`].
    pub fn new(threshold: Threshold, deadline: Duration) -> Self {
        Self {
            deadline: deadline.min(LONGEST_DEADLINE),
            decision: Decision::new(threshold),
            calm: Calm::default(),
            face: None,
            several_since: None,
            compared_at: None,
            seen: false,
        }
    }

    /// The outcome once time is up; to be asked also while no frame comes.
    pub fn tick(&self, now: Duration) -> Option<FaceOutcome> {
        if now < self.deadline {
            return None;
        }
        Some(match self.decision.when_time_is_up() {
            Some(outcome) => outcome,
            None if self.several_since.is_some() => FaceOutcome::SeveralFaces,
            None if self.seen => FaceOutcome::TimedOut,
            None => FaceOutcome::NoFace,
        })
    }

    /// Takes what a frame shows.
    pub fn look(&mut self, now: Duration, observation: &Observation) -> Step {
        if let Some(outcome) = self.tick(now) {
            return Step {
                outcome: Some(outcome),
                ..Step::default()
            };
        }
        let mut step = Step::default();
        let suggestion = match observation {
            Observation::Nobody => {
                self.several_since = None;
                if self
                    .face
                    .is_some_and(|(_, at)| now.saturating_sub(at) > AWAY_FOR)
                {
                    self.start_over();
                }
                Guidance::LookHere
            }
            Observation::Several => {
                self.seen = true;
                // Which of them stood there before can't be told.
                self.start_over();
                let since = *self.several_since.get_or_insert(now);
                if now.saturating_sub(since) >= SEVERAL_FOR {
                    step.outcome = Some(FaceOutcome::SeveralFaces);
                }
                Guidance::OnlyOnePerson
            }
            Observation::One(face) => {
                self.several_since = None;
                self.seen = true;
                self.follow(now, face);
                match judge(face) {
                    Ok(()) => {
                        step.compare = self
                            .compared_at
                            .is_none_or(|at| now.saturating_sub(at) >= BETWEEN);
                        Guidance::Matching
                    }
                    Err(advice) => advice,
                }
            }
        };
        step.guidance = self.calm.offer(now, suggestion);
        step
    }

    /// Takes the distance of a frame that [`Session::look`] found good.
    pub fn compared(&mut self, now: Duration, distance: f32) -> Option<FaceOutcome> {
        self.compared_at = Some(now);
        self.decision.add(distance)
    }

    /// Frames count together only while it is plainly the same face.
    fn follow(&mut self, now: Duration, face: &Measure) {
        if let Some((before, at)) = self.face
            && (now.saturating_sub(at) > AWAY_FOR || overlap(before, face.bounds) < SAME_PLACE)
        {
            self.start_over();
        }
        self.face = Some((face.bounds, now));
    }

    fn start_over(&mut self) {
        self.decision.restart();
        self.face = None;
        self.compared_at = None;
    }
}

fn overlap(a: [f32; 4], b: [f32; 4]) -> f32 {
    let area =
        |[left, top, right, bottom]: [f32; 4]| (right - left).max(0.0) * (bottom - top).max(0.0);
    let common = area([
        a[0].max(b[0]),
        a[1].max(b[1]),
        a[2].min(b[2]),
        a[3].min(b[3]),
    ]);
    common / (area(a) + area(b) - common).max(f32::EPSILON)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::tests::good;

    const fn ms(value: u64) -> Duration {
        Duration::from_millis(value)
    }

    fn session() -> Session {
        Session::new(Threshold::DEFAULT, ms(10_000))
    }

    fn elsewhere() -> Measure {
        Measure {
            bounds: [40.0, 60.0, 200.0, 240.0],
            ..good()
        }
    }

    #[test]
    fn three_good_frames_match() {
        let mut session = session();
        for (at, expected) in [
            (0, None),
            (100, None),
            (
                200,
                Some(FaceOutcome::Matched {
                    distance: 0.4,
                    frames: 3,
                }),
            ),
        ] {
            assert!(session.look(ms(at), &Observation::One(good())).compare);
            assert_eq!(session.compared(ms(at), 0.4), expected);
        }
    }

    #[test]
    fn frames_too_near_in_time_are_not_compared() {
        let mut session = session();
        assert!(session.look(ms(0), &Observation::One(good())).compare);
        session.compared(ms(0), 0.4);
        assert!(!session.look(ms(60), &Observation::One(good())).compare);
        assert!(session.look(ms(110), &Observation::One(good())).compare);
    }

    /// Invariant 7: a frame that fails a quality rule is not compared.
    #[test]
    fn bad_frames_are_guided_not_compared() {
        let mut session = session();
        let step = session.look(
            ms(0),
            &Observation::One(Measure {
                eyes: 35.0,
                ..good()
            }),
        );
        assert_eq!(
            step,
            Step {
                guidance: Some(Guidance::ComeCloser),
                compare: false,
                outcome: None
            }
        );
    }

    /// Invariant 7: frames of a face that left or jumped do not count for the next one.
    #[test]
    fn another_face_starts_over() {
        for gap in [
            vec![(300, Observation::One(elsewhere()))],
            vec![(300, Observation::Several)],
            vec![(400, Observation::Nobody), (1_150, Observation::Nobody)],
            vec![],
        ] {
            let mut session = session();
            for at in [0, 100] {
                session.look(ms(at), &Observation::One(good()));
                session.compared(ms(at), 0.4);
            }
            for (at, observation) in &gap {
                session.look(ms(*at), observation);
            }
            assert!(session.look(ms(1_200), &Observation::One(good())).compare);
            assert_eq!(session.compared(ms(1_200), 0.4), None, "{gap:?}");
        }
    }

    #[test]
    fn a_short_gap_is_bridged() {
        let mut session = session();
        for at in [0, 100] {
            session.look(ms(at), &Observation::One(good()));
            session.compared(ms(at), 0.4);
        }
        session.look(ms(300), &Observation::Nobody);
        session.look(ms(400), &Observation::One(good()));
        assert!(session.compared(ms(400), 0.4).is_some());
    }

    #[test]
    fn two_large_faces_stop_it_after_a_while() {
        let mut session = session();
        let first = session.look(ms(0), &Observation::Several);
        assert_eq!(
            (first.guidance, first.compare, first.outcome),
            (Some(Guidance::OnlyOnePerson), false, None)
        );
        assert_eq!(session.look(ms(2900), &Observation::Several).outcome, None);
        assert_eq!(
            session.look(ms(3000), &Observation::Several).outcome,
            Some(FaceOutcome::SeveralFaces)
        );
        // A face alone in between starts the count again.
        let mut session = self::session();
        session.look(ms(0), &Observation::Several);
        session.look(ms(2900), &Observation::One(good()));
        assert_eq!(session.look(ms(3100), &Observation::Several).outcome, None);
    }

    /// Invariants 7 and 15: it always ends, and never with a match by waiting.
    #[test]
    fn the_deadline_ends_it() {
        assert_eq!(session().tick(ms(9_999)), None);
        assert_eq!(session().tick(ms(10_000)), Some(FaceOutcome::NoFace));
        let mut seen = session();
        seen.look(ms(0), &Observation::One(good()));
        assert_eq!(seen.tick(ms(10_000)), Some(FaceOutcome::TimedOut));
        let mut several = session();
        several.look(ms(9_000), &Observation::Several);
        assert_eq!(several.tick(ms(10_000)), Some(FaceOutcome::SeveralFaces));
        let mut doubtful = session();
        for at in [0, 100, 200] {
            doubtful.look(ms(at), &Observation::One(good()));
            doubtful.compared(ms(at), 0.6);
        }
        let late = doubtful.look(ms(10_000), &Observation::One(good()));
        assert_eq!(
            (late.compare, late.outcome),
            (false, Some(FaceOutcome::Doubtful { distance: 0.6 }))
        );
        assert_eq!(
            Session::new(Threshold::DEFAULT, Duration::MAX).tick(LONGEST_DEADLINE),
            Some(FaceOutcome::NoFace)
        );
    }
}
