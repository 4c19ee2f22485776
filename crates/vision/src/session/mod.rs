//! The rules of one comparison from the first frame to the outcome: guidance, continuity, several faces, challenge, deadline. Pure; `now` is the
//! time since the comparison began.

mod continuity;
mod crowd;
mod turning;

use std::time::Duration;

use crate::cues::Cues;
use crate::decision::{Decision, Threshold};
use crate::guidance::Calm;
use crate::protocol::{Challenge, FaceOutcome, Ground, Guidance};
use crate::quality::{Measure, judge};

use continuity::{Continuity, Strictness};
use crowd::Crowd;
use turning::{Front, Progress, Turning};
pub use turning::{PARALLAX, SAME_PERSON, TIME, TURN, Turn};

/// Longest comparison that is accepted.
pub const LONGEST_DEADLINE: Duration = Duration::from_secs(60);
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
    /// The whole frame is too dark to show anybody.
    Dark,
    /// The whole frame is too bright to show anybody.
    Overexposed,
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
    /// The frame was not good enough to be compared: a later one is not a continuation of an earlier one.
    pub broken: bool,
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
    /// Who was seen, and how long several at once.
    crowd: Crowd,
    compared_at: Option<Duration>,
    mask_asked: Option<Duration>,
    cues: [u32; 2],
    doubt: Option<Ground>,
    /// The frames before were thrown away after the last look.
    started_over: bool,
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
            crowd: Crowd::default(),
            compared_at: None,
            mask_asked: None,
            cues: [0; 2],
            doubt: None,
            started_over: false,
        }
    }

    /// Something outside the frames speaks against the person who is seen now being alive, the infrared camera say.
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
            None if self.crowd.stayed(now) => FaceOutcome::SeveralFaces,
            None if self.crowd.anybody() => FaceOutcome::TimedOut,
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
        let mut step = Step {
            started_over: std::mem::take(&mut self.started_over),
            broken: !matches!(observation, Observation::One(_)),
            ..Step::default()
        };
        let suggestion = match observation {
            Observation::Nobody | Observation::Dark | Observation::Overexposed => {
                self.crowd.nobody();
                if self.continuity.lost(now, self.strictness()) {
                    self.interrupted(&mut step);
                }
                match observation {
                    Observation::Dark => Guidance::MoreLight,
                    Observation::Overexposed => Guidance::LessLight,
                    _ => Guidance::LookHere,
                }
            }
            Observation::Several => {
                self.crowd.several(now);
                // Which of them stood there before can't be told.
                self.interrupted(&mut step);
                // Said as long as it is so; whoever stays alone in time is looked at in the same try. Nothing that was gathered counts.
                Guidance::OnlyOnePerson
            }
            Observation::One(face) => {
                self.crowd.one();
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
            step.broken = true;
            return advice;
        }
        if self
            .mask_asked
            .is_some_and(|asked| now.saturating_sub(asked) < MASK_TIME)
        {
            step.broken = true;
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

    /// Takes the distances of a frame that [`Session::look`] found good: to the card, and after the challenge to the person's own frames, without
    /// which nothing matches then.
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
        let before = matches!(self.phase, Phase::Before(_));
        let (Phase::Before(decision) | Phase::After(decision)) = &mut self.phase else {
            return None;
        };
        if !before && own.is_none() {
            // Without own frames nobody can be said to be who turned the head.
            return Some(not_alive(Ground::Swapped));
        }
        let decided = decision.add(card);
        if before && decided.is_none() && decision.doubtful() && self.mask_asked.is_none() {
            // Once in a comparison there is time to take off what covers the face, and the frames are gathered anew. What was seen with a
            // mask on must not be what the bare face is measured by. After the head turns nobody is asked: there the own frames must stay
            // what the face is measured by, and more frames decide.
            self.mask_asked = Some(now);
            decision.restart();
            self.fronts.clear();
            self.started_over = true;
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
            // What spoke against the person of before says nothing of the next. An infrared camera that can't be opened is in the rules.
            self.doubt = None;
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
mod tests;
