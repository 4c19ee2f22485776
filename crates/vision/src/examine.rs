//! One comparison at work: the pure rules of [`crate::session`], the models, and what must be kept between frames. No camera, no clock,
//! no socket, so that the table of attacks and the worker run the same thing.

use std::time::Duration;

use crate::cues::{self, Cues, Measures};
use crate::embed::Embedding;
use crate::frame::Picture;
use crate::models::ModelError;
use crate::pad::AttackModel;
use crate::protocol::{FaceOutcome, Ground, Guidance};
use crate::recognise::{Face, Half, Place, Recogniser, Sighting};
use crate::session::{Compare, Observation, Rules, Session};
use crate::source::light::Verdict;
use crate::track::Tracker;

/// Own frontal descriptions that are kept.
const OWN: usize = 5;

/// What a frame brought.
#[derive(Debug, Default, PartialEq)]
pub struct Seen {
    /// Tell the patient this now.
    pub guidance: Option<Guidance>,
    /// The comparison is over.
    pub outcome: Option<FaceOutcome>,
    /// One face is seen, here.
    pub face: Option<Place>,
    /// What was gathered no longer counts: it may be another face now.
    pub started_over: bool,
}

/// One person's comparison. Everything of the person is wiped when it is dropped (invariant 5, docs/invariants.md).
pub struct Examination<'a> {
    recogniser: &'a Recogniser,
    attack_model: Option<&'a AttackModel>,
    card: Embedding,
    session: Session,
    tracker: Tracker,
    own: Vec<Embedding>,
    half: Half,
    measures: Measures,
    turned: Option<f32>,
    card_distance: Option<f32>,
}

impl<'a> Examination<'a> {
    /// Begins with the card's description.
    pub fn new(
        recogniser: &'a Recogniser,
        attack_model: Option<&'a AttackModel>,
        card: Embedding,
        rules: Rules,
    ) -> Self {
        Self {
            recogniser,
            attack_model,
            card,
            session: Session::new(rules),
            tracker: Tracker::default(),
            own: Vec::with_capacity(OWN),
            half: Half::default(),
            measures: Measures::default(),
            turned: None,
            card_distance: None,
        }
    }

    /// The outcome once time is up; to be asked also while no frame comes.
    pub fn tick(&self, now: Duration) -> Option<FaceOutcome> {
        self.session.tick(now)
    }

    /// Something outside the frames speaks against a living person.
    pub fn doubt(&mut self, ground: Ground) {
        self.session.doubt(ground);
    }

    /// Takes a frame; `now` is the time since the comparison began.
    pub fn frame(&mut self, now: Duration, picture: &Picture) -> Result<Seen, ModelError> {
        let before = self.tracker.last().cloned();
        let sighting = self.tracker.look(self.recogniser, picture)?;
        let step = self
            .session
            .look(now, &sighting.observation(before.as_ref()));
        if step.started_over {
            self.own.clear();
        }
        if step.started_over || step.broken {
            self.half = Half::default();
        }
        let mut outcome = step.outcome;
        if let (Sighting::One(face), Some(what), None) = (&sighting, step.compare, &outcome) {
            outcome = self.compare(now, what, face, picture)?;
        }
        Ok(Seen {
            guidance: step.guidance,
            outcome,
            face: match &sighting {
                Sighting::One(face) => Some(face.place()),
                Sighting::Nobody | Sighting::Several => None,
            },
            started_over: step.started_over,
        })
    }

    /// Takes a frame that shows nobody for want or excess of light; nothing is looked for in it.
    pub fn unlit(&mut self, now: Duration, verdict: Verdict) -> Seen {
        let observation = match verdict {
            Verdict::Dark => Observation::Dark,
            Verdict::Overexposed | Verdict::Fine => Observation::Overexposed,
        };
        self.half = Half::default();
        let step = self.session.look(now, &observation);
        if step.started_over {
            self.own.clear();
        }
        Seen {
            guidance: step.guidance,
            outcome: step.outcome,
            face: None,
            started_over: step.started_over,
        }
    }

    fn compare(
        &mut self,
        now: Duration,
        what: Compare,
        face: &Face,
        picture: &Picture,
    ) -> Result<Option<FaceOutcome>, ModelError> {
        if what == Compare::Turned {
            // A turned face must be described by itself, and the next frontal one too.
            self.half = Half::default();
        }
        let live = match what {
            Compare::Turned => self.recogniser.describe(picture, face)?,
            Compare::Front | Compare::FrontAgain => {
                self.recogniser
                    .describe_next(&mut self.half, picture, face)?
            }
        };
        let own = Embedding::mean(&self.own).map(|own| live.distance(&own));
        if what == Compare::Turned {
            // Without own frames there is nothing that a turned one could be like.
            let own = own.unwrap_or(f32::MAX);
            self.turned = Some(self.turned.unwrap_or(0.0).max(own));
            return Ok(self.session.turned(own));
        }
        let cues = self.cues(face, picture)?;
        let card = live.distance(&self.card);
        self.card_distance = Some(card);
        if what == Compare::Front && self.own.len() < OWN {
            self.own.push(live);
        }
        let own = own.filter(|_| what == Compare::FrontAgain);
        Ok(self.session.compared(now, card, own, cues))
    }

    fn cues(&mut self, face: &Face, picture: &Picture) -> Result<Cues, ModelError> {
        let measures = cues::measure(picture, face.mesh.bounds());
        self.measures.pattern = self.measures.pattern.max(measures.pattern);
        self.measures.sides = self.measures.sides.max(measures.sides);
        if let Some(model) = self.attack_model
            && model.refuses(picture, &face.mesh)?
        {
            self.session.doubt(Ground::Model);
        }
        Ok(measures.cues())
    }

    /// The strongest cues so far, for the table of attacks.
    pub fn measures(&self) -> Measures {
        self.measures
    }

    /// Largest distance of a half-turned frame to the person's own frontal ones, and the last one to the card.
    pub fn distances(&self) -> (Option<f32>, Option<f32>) {
        (self.turned, self.card_distance)
    }
}

impl Drop for Examination<'_> {
    fn drop(&mut self) {
        self.recogniser.wipe();
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::decision::Threshold;
    use crate::decode::jpeg;
    use crate::models::FaceModels;
    use crate::protocol::Challenge;
    use crate::quality::tests::good;
    use crate::session::Turn;

    /// Invariant 7: when nothing of the person who turned the head is left to be held against, no frame after the turns matches, however like the
    /// card it is.
    #[test]
    fn invariant_7_without_own_frames_nothing_matches_after_the_turns() {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data");
        let recogniser = Recogniser::new(Arc::new(FaceModels::load(&data.join("models")).unwrap()));
        let bytes = std::fs::read(data.join("portraits/obama.jpg")).unwrap();
        let picture = jpeg::decode(&bytes).unwrap();
        let Sighting::One(face) = recogniser.look(&picture).unwrap() else {
            panic!("no face")
        };
        let card = recogniser.describe(&picture, &face).unwrap();
        let rules = Rules {
            threshold: Threshold::DEFAULT,
            deadline: Duration::from_secs(30),
            challenge: Challenge::Always,
            order: [Turn::Left, Turn::Right],
        };
        let mut examination = Examination::new(&recogniser, None, card, rules);
        // The rules are led through the head turns without any picture, so that nothing is kept of who turned.
        let (mut yaw, mut goal) = (0.0f32, 0.0f32);
        let mut outcome = None;
        for at in 0..140 {
            let now = Duration::from_millis(66) * at;
            yaw += (goal - yaw).clamp(-3.0, 3.0);
            let mut measure = good();
            measure.pose.yaw = yaw;
            measure.parallax = -0.043 * yaw;
            let step = examination.session.look(now, &Observation::One(measure));
            match step.guidance {
                Some(Guidance::TurnLeft) => goal = -22.0,
                Some(Guidance::TurnRight) => goal = 22.0,
                Some(Guidance::FaceFront | Guidance::Matching) => goal = 0.0,
                _ => {}
            }
            let session = &mut examination.session;
            outcome = match step.compare {
                _ if step.outcome.is_some() => step.outcome,
                Some(Compare::Front) => session.compared(now, 0.4, None, Cues::default()),
                Some(Compare::Turned) => session.turned(0.3),
                Some(what @ Compare::FrontAgain) => {
                    examination.compare(now, what, &face, &picture).unwrap()
                }
                None => None,
            };
            if outcome.is_some() {
                break;
            }
        }
        assert!(examination.card_distance.is_some_and(|card| card < 0.1));
        let ground = Ground::Swapped;
        assert_eq!(outcome, Some(FaceOutcome::NotAlive { ground }));
    }
}
