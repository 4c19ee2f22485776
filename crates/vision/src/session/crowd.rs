//! Whether several people stayed before the camera, or one only passed by. Pure.

use std::time::Duration;

/// Several large faces up to the end of a try count from so long on.
const STAYED: Duration = Duration::from_secs(1);

/// How long, and in how many frames, several people were seen.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Crowd {
    /// Frames with somebody.
    seen: u32,
    /// Of these, with several.
    several: u32,
    /// Since when every frame shows several.
    since: Option<Duration>,
}

impl Crowd {
    /// A frame with nobody: whoever stood there is not there now.
    pub(super) fn nobody(&mut self) {
        self.since = None;
    }

    /// A frame with one person.
    pub(super) fn one(&mut self) {
        self.since = None;
        self.seen = self.seen.saturating_add(1);
    }

    /// A frame with several.
    pub(super) fn several(&mut self, now: Duration) {
        self.since.get_or_insert(now);
        self.seen = self.seen.saturating_add(1);
        self.several = self.several.saturating_add(1);
    }

    /// Anybody in any frame?
    pub(super) fn anybody(&self) -> bool {
        self.seen > 0
    }

    /// Now that time is up: for [`STAYED`] until now, or in more than half of the frames in which anybody was seen.
    pub(super) fn stayed(&self, now: Duration) -> bool {
        let to_the_end = self
            .since
            .is_some_and(|since| now.saturating_sub(since) >= STAYED);
        to_the_end || self.several > self.seen / 2
    }
}

#[cfg(test)]
mod tests {
    use crate::decision::Threshold;
    use crate::protocol::{Challenge, FaceOutcome};
    use crate::quality::Measure;
    use crate::quality::tests::good;
    use crate::session::{Duration, Observation, Rules, Session, Turn};

    const fn ms(value: u64) -> Duration {
        Duration::from_millis(value)
    }

    fn session(deadline: u64) -> Session {
        Session::new(Rules {
            threshold: Threshold::DEFAULT,
            deadline: ms(deadline),
            challenge: Challenge::Off,
            order: [Turn::Left, Turn::Right],
        })
    }

    /// Who walks past behind the person in the last moment of a try is no crowd that stayed; who stays for a second to the end is, and so are several
    /// people in more than half of the frames, though one of them looked away in the last.
    #[test]
    fn only_several_people_who_stayed_are_called_several() {
        let end = 10_000;
        let outcome = |several: &dyn Fn(u64) -> bool| {
            let mut session = session(end);
            for at in (0..end).step_by(100) {
                // Never fit to be compared: only the time ends it.
                let far = Measure {
                    eyes: 35.0,
                    ..good()
                };
                let observation = if several(at) {
                    Observation::Several
                } else {
                    Observation::One(far)
                };
                assert_eq!(session.look(ms(at), &observation).outcome, None);
            }
            session.tick(ms(end))
        };
        for (case, several, expected) in [
            (
                "walks past at the end",
                &(|at: u64| at >= 9_100) as &dyn Fn(u64) -> bool,
                FaceOutcome::TimedOut,
            ),
            (
                "comes for the last second",
                &|at| at >= 9_000,
                FaceOutcome::SeveralFaces,
            ),
            (
                "comes and goes",
                &|at| at >= 7_000 && at % 500 != 0,
                FaceOutcome::TimedOut,
            ),
            (
                "more than half, and not in the last frame",
                &|at| (1_000..7_000).contains(&at),
                FaceOutcome::SeveralFaces,
            ),
            (
                "half",
                &|at| (1_000..6_000).contains(&at),
                FaceOutcome::TimedOut,
            ),
        ] {
            assert_eq!(outcome(several), Some(expected), "{case}");
        }
        // Frames without anybody say nothing about those with somebody.
        let mut gone = session(end);
        for at in (0..end).step_by(100) {
            let observation = if at < 2_000 {
                Observation::Several
            } else {
                Observation::Nobody
            };
            gone.look(ms(at), &observation);
        }
        assert_eq!(gone.tick(ms(end)), Some(FaceOutcome::SeveralFaces));
    }
}
