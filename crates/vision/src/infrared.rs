//! The second look of a camera that sees infrared: a phone's screen is dark there. A print is not, so this only ever adds doubt.
//!
//! What it can't show counts against the person too: whoever covers its lens, or its light, would otherwise switch it off.

use std::time::Duration;

use crate::models::ModelError;
use crate::protocol::Ground;
use crate::quality::EYES_LARGE;
use crate::recognise::{Place, Recogniser};
use crate::source::camera::Camera;
use crate::source::{FrameError, SourceSpec};

/// Lit frames in a row without the face that make a ground for doubt.
const WITHOUT: u32 = 4;
/// Darker frames were taken while the emitter was off, as in every other frame of some cameras: they say nothing by themselves.
const LIT: f32 = 12.0;
/// Colour frames from one look to the next, once the face was seen.
const EVERY: u32 = 3;
/// Longest wait for an infrared frame.
const WAIT: Duration = Duration::from_millis(40);
/// Such waits before a match counts.
const SETTLING: u32 = 24;
/// A face that was seen longer ago may have gone: it is looked for once more before a match counts.
const FRESH: Duration = Duration::from_millis(600);

/// The infrared camera of one comparison.
pub(crate) struct Infrared {
    camera: Camera,
    frames: u32,
    without: u32,
    seen: Option<Duration>,
    /// Where the colour camera sees the face: another one, behind the person say, does not count.
    place: Option<Place>,
}

impl Infrared {
    /// Opens the camera.
    pub(crate) fn open(spec: &SourceSpec, simulation: bool) -> Result<Self, FrameError> {
        let spec = spec.clone();
        Ok(Self::of(Camera::new(Box::new(move || {
            spec.open(simulation)
        }))?))
    }

    fn of(camera: Camera) -> Self {
        Self {
            camera,
            frames: 0,
            without: 0,
            seen: None,
            place: None,
        }
    }

    /// To be called while the colour camera sees one face, here; a ground for doubt, once there is one. A picture is waited for no longer than
    /// there is time left until the colour camera's next.
    pub(crate) fn look(
        &mut self,
        now: Duration,
        place: Place,
        left: Duration,
        recogniser: &Recogniser,
    ) -> Result<Option<Ground>, ModelError> {
        self.frames += 1;
        self.place = Some(place);
        if self.seen.is_none() || self.frames.is_multiple_of(EVERY) {
            self.take(now, left.min(WAIT), recogniser)?;
        }
        Ok((self.without >= WITHOUT).then_some(Ground::Infrared))
    }

    /// Somebody else may stand there now.
    pub(crate) fn start_over(&mut self) {
        (self.without, self.seen, self.place) = (0, None, None);
    }

    /// To be called before a match counts: the face must be seen now, or have been a moment ago. A camera that gives no lit picture
    /// doubts as well: its lens may be covered, or its cable pulled (invariant 7, docs/invariants.md). `beat` is called while it waits.
    pub(crate) fn settle(
        &mut self,
        now: Duration,
        recogniser: &Recogniser,
        beat: impl Fn(),
    ) -> Result<Option<Ground>, ModelError> {
        let fresh =
            |seen: Option<Duration>| seen.is_some_and(|seen| now.saturating_sub(seen) <= FRESH);
        for _ in 0..SETTLING {
            if fresh(self.seen) || self.without >= WITHOUT {
                break;
            }
            beat();
            self.take(now, WAIT, recogniser)?;
        }
        if fresh(self.seen) {
            return Ok(None);
        }
        if self.without < WITHOUT {
            tracing::warn!("the infrared camera gave no lit picture: the match does not count");
        }
        Ok(Some(Ground::Infrared))
    }

    fn take(
        &mut self,
        now: Duration,
        wait: Duration,
        recogniser: &Recogniser,
    ) -> Result<(), ModelError> {
        // A camera that has gone gives nothing more; settling says what follows.
        let Ok(Some(frame)) = self.camera.next(wait) else {
            return Ok(());
        };
        let values = frame.picture.rgb();
        let brightest = values.iter().step_by(31).copied().max().unwrap_or(0);
        if f32::from(brightest) < LIT {
            return Ok(());
        }
        let size = [frame.picture.width() as f32, frame.picture.height() as f32];
        // The face that the colour camera sees, as large and in the same place: not one that is smaller, or stands elsewhere.
        let seen = recogniser.faces(&frame.picture)?.iter().any(|mesh| {
            mesh.eyes() >= EYES_LARGE
                && self
                    .place
                    .is_some_and(|place| place.is_near(&Place::of(mesh, size)))
        });
        if seen {
            (self.seen, self.without) = (Some(now), 0);
        } else {
            self.without += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::mpsc::{Sender, channel};

    use super::*;
    use crate::models::FaceModels;
    use crate::source::FrameSource;

    /// Gives nothing, and tells how long it was to be waited for.
    struct Slow(Sender<Duration>);

    impl FrameSource for Slow {
        fn next_frame(&mut self, wait: Duration) -> Result<crate::frame::Frame, FrameError> {
            self.0.send(wait).unwrap();
            Err(FrameError::Timeout)
        }
    }

    /// The live picture does not stand still for an infrared camera that is late.
    #[test]
    fn a_picture_is_waited_for_only_in_the_time_left() {
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/models");
        let recogniser = Recogniser::new(FaceModels::load(&models).unwrap().into());
        let (told, waits) = channel();
        let camera = Camera::new(Box::new(move || Ok(Box::new(Slow(told.clone()))))).unwrap();
        let mut infrared = Infrared::of(camera);
        let place = Place::default();
        for (left, waited) in [(0, 0), (25, 25), (66, 40)]
            .map(|(left, waited)| (Duration::from_millis(left), Duration::from_millis(waited)))
        {
            let ground = infrared.look(Duration::ZERO, place, left, &recogniser);
            assert_eq!(ground.unwrap(), None);
            assert_eq!(waits.try_recv(), Ok(waited));
        }
    }
}
