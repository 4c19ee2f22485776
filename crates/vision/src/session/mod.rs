//! The rules of one comparison from the first frame to the outcome: guidance, continuity, several faces, challenge, deadline. Pure; `now` is the
//! time since the comparison began.

mod continuity;
mod turning;

use std::time::Duration;

use crate::cues::Cues;
use crate::decision::{Decision, Threshold};
use crate::guidance::Calm;
use crate::protocol::{Challenge, FaceOutcome, Ground, Guidance};
use crate::quality::{Measure, judge};

use continuity::{Continuity, Strictness};
use turning::{Front, Progress, Turning};
pub use turning::{PARALLAX, SAME_PERSON, TIME, TURN, Turn};

/// Longest comparison that is accepted.
pub const LONGEST_DEADLINE: Duration = Duration::from_secs(60);
/// Two large faces for this long end it.
const SEVERAL_FOR: Duration = Duration::from_secs(3);
/// Shortest time between compared frames, so that they say different things.
const BETWEEN: Duration = Duration::from_millis(100);
/// How long a person who is asked to take off a mask has for it.
const MASK_TIME: Duration = Duration::from_secs(3);
/// A match this near to the threshold is in doubt.
const CLOSE: f32 = 0.04;
/// Compared frames with the same cue that make a ground for doubt.
const CUES: u32 = 2;

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

/// What the worker is to compute of a frame, and to answer by [`Session::compared`] or [`Session::turned`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// Distance to the card, to the person's own frames so far (not yet in the first ones), and cues; the description is kept as the
    /// person's own.
    Front,
    /// The same after the challenge.
    FrontAgain,
    /// Distance of the half-turned face to the person's own frontal frames.
    Turned,
}

/// What follows from a frame.
#[derive(Debug, Default, PartialEq)]
pub struct Step {
    /// Tell the patient this now.
    pub guidance: Option<Guidance>,
    /// The frame is good: compute what is asked.
    pub compare: Option<Compare>,
    /// The comparison is over.
    pub outcome: Option<FaceOutcome>,
    /// What was gathered no longer counts: the person's own descriptions are to be forgotten.
    pub started_over: bool,
}

/// How a comparison is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// Accept at or below.
    pub threshold: Threshold,
    /// Longest duration.
    pub deadline: Duration,
    /// When the head must be turned.
    pub challenge: Challenge,
    /// The order of turns, from a random number.
    pub order: [Turn; 2],
}

#[derive(Debug)]
enum Phase {
    Before(Decision),
    Turning(Box<Turning>),
    After(Decision),
}

/// One comparison.
#[derive(Debug)]
pub struct Session {
    rules: Rules,
    phase: Phase,
    calm: Calm,
    continuity: Continuity,
    fronts: Vec<Front>,
    /// Median distance before the challenge.
    before: f32,
    several_since: Option<Duration>,
    compared_at: Option<Duration>,
    mask_asked: Option<Duration>,
    cues: [u32; 2],
    doubt: Option<Ground>,
    seen: bool,
}

impl Session {
    /// Begins; the deadline is limited to [`LONGEST_DEADLINE`].
    pub fn new(rules: Rules) -> Self {
        let rules = Rules {
            deadline: rules.deadline.min(LONGEST_DEADLINE),
            ..rules
        };
        Self {
            rules,
            phase: Phase::Before(Decision::new(rules.threshold)),
            calm: Calm::default(),
            continuity: Continuity::default(),
            fronts: Vec::new(),
            before: f32::MAX,
            several_since: None,
            compared_at: None,
            mask_asked: None,
            cues: [0; 2],
            doubt: None,
            seen: false,
        }
    }

    /// Something outside the frames speaks against a living person, the infrared camera say.
    pub fn doubt(&mut self, ground: Ground) {
        self.doubt.get_or_insert(ground);
    }

    /// The outcome once time is up; to be asked also while no frame comes.
    pub fn tick(&self, now: Duration) -> Option<FaceOutcome> {
        if now < self.rules.deadline {
            return match &self.phase {
                Phase::Turning(turning) => turning.tick(now).map(not_alive),
                _ => None,
            };
        }
        let decided = match &self.phase {
            Phase::Before(decision) | Phase::After(decision) => decision.when_time_is_up(),
            Phase::Turning(_) => Some(not_alive(Ground::NoTurn)),
        };
        Some(match decided {
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
                if self.continuity.lost(now, self.strictness()) {
                    self.interrupted(&mut step);
                }
                Guidance::LookHere
            }
            Observation::Several => {
                self.seen = true;
                // Which of them stood there before can't be told.
                self.interrupted(&mut step);
                let since = *self.several_since.get_or_insert(now);
                if now.saturating_sub(since) >= SEVERAL_FOR {
                    step.outcome = Some(FaceOutcome::SeveralFaces);
                }
                Guidance::OnlyOnePerson
            }
            Observation::One(face) => {
                self.several_since = None;
                self.seen = true;
                if !self.continuity.follow(now, face.bounds, self.strictness()) {
                    self.interrupted(&mut step);
                }
                if step.outcome.is_some() {
                    Guidance::LookHere
                } else {
                    self.advance(now, face, &mut step)
                }
            }
        };
        step.guidance = self.calm.offer(now, suggestion);
        step
    }

    fn advance(&mut self, now: Duration, face: &Measure, step: &mut Step) -> Guidance {
        if let Phase::Turning(turning) = &mut self.phase {
            match turning.look(now, face) {
                Progress::Going { say, compare } => {
                    step.compare = compare.then_some(Compare::Turned);
                    return say;
                }
                Progress::Failed(ground) => {
                    step.outcome = Some(not_alive(ground));
                    return Guidance::FaceFront;
                }
                Progress::Passed => {
                    self.phase = Phase::After(Decision::new(self.rules.threshold));
                    self.compared_at = None;
                }
            }
        }
        if let Err(advice) = judge(face) {
            return advice;
        }
        if self
            .mask_asked
            .is_some_and(|asked| now.saturating_sub(asked) < MASK_TIME)
        {
            return Guidance::TakeOffMask;
        }
        let due = self
            .compared_at
            .is_none_or(|at| now.saturating_sub(at) >= BETWEEN);
        if due {
            let again = matches!(self.phase, Phase::After(_));
            step.compare = Some(if again {
                Compare::FrontAgain
            } else {
                Compare::Front
            });
            if !again {
                self.fronts.push(Front {
                    yaw: face.pose.yaw,
                    parallax: face.parallax,
                });
            }
        }
        Guidance::Matching
    }

    /// Takes the distances of a frame that [`Session::look`] found good: to the card, and after the challenge to the person's own frames.
    pub fn compared(
        &mut self,
        now: Duration,
        card: f32,
        own: Option<f32>,
        cues: Cues,
    ) -> Option<FaceOutcome> {
        self.compared_at = Some(now);
        for (count, seen) in self.cues.iter_mut().zip([cues.pattern, cues.framed]) {
            *count += u32::from(seen);
        }
        if own.is_some_and(|own| own.is_nan() || own > SAME_PERSON) {
            return Some(not_alive(Ground::Swapped));
        }
        let (Phase::Before(decision) | Phase::After(decision)) = &mut self.phase else {
            return None;
        };
        let decided = decision.add(card);
        if decided.is_none() && decision.doubtful() && self.mask_asked.is_none() {
            // Once in a comparison there is time to take off what covers the face, and the frames are gathered anew.
            self.mask_asked = Some(now);
            decision.restart();
            self.fronts.clear();
            return None;
        }
        let Some(FaceOutcome::Matched { distance, frames }) = decided else {
            return decided;
        };
        let ground = self.ground();
        if let Some(ground) = ground {
            return Some(not_alive(ground));
        }
        let close = distance > self.rules.threshold.get() - CLOSE || self.mask_asked.is_some();
        let wanted = match self.rules.challenge {
            Challenge::Always => true,
            Challenge::OnDoubt => close,
            Challenge::Off => false,
        };
        match self.phase {
            Phase::Before(_) if wanted => {
                self.before = distance;
                let turning = Turning::new(now, Front::of(&self.fronts), self.rules.order);
                self.phase = Phase::Turning(Box::new(turning));
                None
            }
            Phase::Before(_) => Some(FaceOutcome::Matched { distance, frames }),
            // Both medians are within the threshold; the larger one is told.
            _ => Some(FaceOutcome::Matched {
                distance: distance.max(self.before),
                frames,
            }),
        }
    }

    /// Takes the distance of a half-turned frame to the person's own frontal ones.
    pub fn turned(&mut self, own: f32) -> Option<FaceOutcome> {
        match &mut self.phase {
            Phase::Turning(turning) => turning.compared(own).map(not_alive),
            _ => None,
        }
    }

    fn ground(&self) -> Option<Ground> {
        let [pattern, framed] = self.cues;
        let cue = match () {
            () if pattern >= CUES => Some(Ground::Pattern),
            // Straight edges alone may be a doorway or a shelf: where the site switched the check against photographs off, they say nothing.
            () if framed >= CUES && self.rules.challenge != Challenge::Off => Some(Ground::Framed),
            () => None,
        };
        self.doubt.or(cue)
    }

    fn strictness(&self) -> Strictness {
        match self.phase {
            Phase::Before(_) => Strictness::Gathering,
            Phase::Turning(_) | Phase::After(_) => Strictness::Challenge,
        }
    }

    /// It may be another face now. While frames are gathered they count anew; in the middle of the challenge, or after it, it is over.
    fn interrupted(&mut self, step: &mut Step) {
        if let Phase::Before(decision) = &mut self.phase {
            decision.restart();
            self.fronts.clear();
            self.continuity.forget();
            self.compared_at = None;
            self.cues = [0; 2];
            step.started_over = true;
        } else {
            step.outcome = Some(not_alive(Ground::Interrupted));
        }
    }
}

fn not_alive(ground: Ground) -> FaceOutcome {
    FaceOutcome::NotAlive { ground }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::tests::good;

    const fn ms(value: u64) -> Duration {
        Duration::from_millis(value)
    }

    fn rules(challenge: Challenge) -> Rules {
        Rules {
            threshold: Threshold::DEFAULT,
            deadline: ms(10_000),
            challenge,
            order: [Turn::Left, Turn::Right],
        }
    }

    fn session() -> Session {
        Session::new(rules(Challenge::Off))
    }

    /// A frame's distance without anything beside it.
    fn compared(session: &mut Session, now: Duration, card: f32) -> Option<FaceOutcome> {
        session.compared(now, card, None, Cues::default())
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
            assert!(
                session
                    .look(ms(at), &Observation::One(good()))
                    .compare
                    .is_some()
            );
            assert_eq!(compared(&mut session, ms(at), 0.4), expected);
        }
    }

    #[test]
    fn frames_too_near_in_time_are_not_compared() {
        let mut session = session();
        assert!(
            session
                .look(ms(0), &Observation::One(good()))
                .compare
                .is_some()
        );
        compared(&mut session, ms(0), 0.4);
        assert!(
            session
                .look(ms(60), &Observation::One(good()))
                .compare
                .is_none()
        );
        assert!(
            session
                .look(ms(110), &Observation::One(good()))
                .compare
                .is_some()
        );
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
                compare: None,
                outcome: None,
                started_over: false,
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
                compared(&mut session, ms(at), 0.4);
            }
            for (at, observation) in &gap {
                session.look(ms(*at), observation);
            }
            assert!(
                session
                    .look(ms(1_200), &Observation::One(good()))
                    .compare
                    .is_some()
            );
            assert_eq!(compared(&mut session, ms(1_200), 0.4), None, "{gap:?}");
        }
    }

    #[test]
    fn a_short_gap_is_bridged() {
        let mut session = session();
        for at in [0, 100] {
            session.look(ms(at), &Observation::One(good()));
            compared(&mut session, ms(at), 0.4);
        }
        session.look(ms(300), &Observation::Nobody);
        session.look(ms(400), &Observation::One(good()));
        assert!(compared(&mut session, ms(400), 0.4).is_some());
    }

    #[test]
    fn two_large_faces_stop_it_after_a_while() {
        let mut session = session();
        let first = session.look(ms(0), &Observation::Several);
        assert_eq!(
            (first.guidance, first.compare, first.outcome),
            (Some(Guidance::OnlyOnePerson), None, None)
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
        for at in [0, 100, 200, 4_000, 4_100, 4_200] {
            doubtful.look(ms(at), &Observation::One(good()));
            compared(&mut doubtful, ms(at), 0.6);
        }
        let late = doubtful.look(ms(10_000), &Observation::One(good()));
        assert_eq!(
            (late.compare, late.outcome),
            (None, Some(FaceOutcome::Doubtful { distance: 0.6 }))
        );
        assert_eq!(
            Session::new(Rules {
                deadline: Duration::MAX,
                ..rules(Challenge::Off)
            })
            .tick(LONGEST_DEADLINE),
            Some(FaceOutcome::NoFace)
        );
    }

    /// Plays good frames at 15 a second until something is asked or said; the head follows the guidance.
    fn play(session: &mut Session, own: f32) -> Option<FaceOutcome> {
        let (mut yaw, mut goal) = (0.0f32, 0.0f32);
        for at in 0..140 {
            let now = ms(at * 66);
            yaw += (goal - yaw).clamp(-3.0, 3.0);
            let mut face = good();
            face.pose.yaw = yaw;
            face.parallax = -0.043 * yaw;
            let step = session.look(now, &Observation::One(face));
            match step.guidance {
                Some(Guidance::TurnLeft) => goal = -22.0,
                Some(Guidance::TurnRight) => goal = 22.0,
                Some(Guidance::FaceFront | Guidance::Matching) => goal = 0.0,
                _ => {}
            }
            let outcome = step.outcome.or_else(|| match step.compare {
                Some(Compare::Front) => session.compared(now, 0.4, None, Cues::default()),
                Some(Compare::FrontAgain) => session.compared(now, 0.4, Some(own), Cues::default()),
                Some(Compare::Turned) => session.turned(own),
                None => None,
            });
            if outcome.is_some() {
                return outcome;
            }
        }
        None
    }

    /// Invariant 7: with the challenge, frames before and after it must match, and the head must turn.
    #[test]
    fn invariant_7_the_challenge_stands_between_the_frames_and_the_match() {
        let mut session = Session::new(rules(Challenge::Always));
        assert!(matches!(
            play(&mut session, 0.3),
            Some(FaceOutcome::Matched { .. })
        ));
        // On doubt only: a clear match needs none.
        let mut session = Session::new(rules(Challenge::OnDoubt));
        assert!(matches!(
            play(&mut session, 0.3),
            Some(FaceOutcome::Matched { frames: 3, .. })
        ));
        let mut session = Session::new(rules(Challenge::Always));
        assert_eq!(play(&mut session, 0.8), Some(not_alive(Ground::Swapped)));
        let mut still = Session::new(rules(Challenge::Always));
        let mut outcome = None;
        for at in 0..160 {
            let now = ms(at * 66);
            let step = still.look(now, &Observation::One(good()));
            outcome = step
                .outcome
                .or_else(|| step.compare.and_then(|_| compared(&mut still, now, 0.4)));
            if outcome.is_some() {
                break;
            }
        }
        assert_eq!(outcome, Some(not_alive(Ground::NoTurn)));
    }

    /// Invariant 7: a cue in two frames, or a word from outside, is doubt whatever the distance.
    #[test]
    fn invariant_7_cues_are_doubt() {
        for (cues, ground) in [
            (
                Cues {
                    pattern: true,
                    framed: false,
                },
                Ground::Pattern,
            ),
            (
                Cues {
                    pattern: false,
                    framed: true,
                },
                Ground::Framed,
            ),
        ] {
            let mut session = Session::new(rules(Challenge::OnDoubt));
            let mut outcome = None;
            for at in [0, 100, 200] {
                session.look(ms(at), &Observation::One(good()));
                outcome = session.compared(ms(at), 0.3, None, cues);
            }
            assert_eq!(outcome, Some(not_alive(ground)));
        }
        let mut session = session();
        session.doubt(Ground::Infrared);
        let mut outcome = None;
        for at in [0, 100, 200] {
            session.look(ms(at), &Observation::One(good()));
            outcome = compared(&mut session, ms(at), 0.3);
        }
        assert_eq!(outcome, Some(not_alive(Ground::Infrared)));
    }

    /// In the challenge a face that leaves or jumps ends it; before it, frames count anew.
    #[test]
    fn a_gap_in_the_challenge_ends_it() {
        for gap in [
            Observation::Nobody,
            Observation::Several,
            Observation::One(elsewhere()),
        ] {
            let mut session = Session::new(rules(Challenge::Always));
            for at in [0, 100, 200] {
                session.look(ms(at), &Observation::One(good()));
                assert_eq!(compared(&mut session, ms(at), 0.3), None);
            }
            assert_eq!(
                session.look(ms(266), &Observation::One(good())).outcome,
                None
            );
            assert_eq!(
                session.look(ms(700), &gap).outcome,
                Some(not_alive(Ground::Interrupted)),
                "{gap:?}"
            );
        }
    }

    /// A doubtful match asks once for what covers the face, with time to take it off.
    #[test]
    fn a_mask_is_asked_for_once() {
        let mut session = session();
        for at in [0, 100, 200] {
            session.look(ms(at), &Observation::One(good()));
            assert_eq!(compared(&mut session, ms(at), 0.59), None);
        }
        let mut said = Vec::new();
        let mut outcome = None;
        for at in (266..9_000).step_by(66) {
            let step = session.look(ms(at), &Observation::One(good()));
            said.extend(step.guidance);
            if step.compare.is_some() {
                assert!(at > 3_000, "{at}");
                outcome = compared(&mut session, ms(at), 0.3);
                if outcome.is_some() {
                    break;
                }
            }
        }
        assert!(said.contains(&Guidance::TakeOffMask), "{said:?}");
        assert!(matches!(
            outcome,
            Some(FaceOutcome::Matched { frames: 3, .. })
        ));
    }
}
