//! The second look of a camera that sees infrared: a phone's screen is dark there. A print is not, so this only ever adds doubt.
//!
//! What it can't show counts against the person too: whoever covers its lens, or its light, would otherwise switch it off.

use std::time::Duration;

use crate::models::ModelError;
use crate::protocol::Ground;
use crate::recognise::{Recogniser, Sighting};
use crate::source::camera::Camera;
use crate::source::{FrameError, SourceSpec};

/// Lit frames in a row without a face that make a ground for doubt.
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
}

impl Infrared {
    /// Opens the camera.
    pub(crate) fn open(spec: &SourceSpec, simulation: bool) -> Result<Self, FrameError> {
        let spec = spec.clone();
        Ok(Self {
            camera: Camera::new(Box::new(move || spec.open(simulation)))?,
            frames: 0,
            without: 0,
            seen: None,
        })
    }

    /// To be called while the colour camera sees one face; a ground for doubt, once there is one.
    pub(crate) fn look(
        &mut self,
        now: Duration,
        recogniser: &Recogniser,
    ) -> Result<Option<Ground>, ModelError> {
        self.frames += 1;
        if self.seen.is_none() || self.frames.is_multiple_of(EVERY) {
            self.take(now, recogniser)?;
        }
        Ok((self.without >= WITHOUT).then_some(Ground::Infrared))
    }

    /// Somebody else may stand there now.
    pub(crate) fn start_over(&mut self) {
        (self.without, self.seen) = (0, None);
    }

    /// To be called before a match counts: the face must be seen now, or have been a moment ago. A camera that gives no lit picture
    /// doubts as well: its lens may be covered, or its cable pulled (invariant 7, docs/invariants.md).
    pub(crate) fn settle(
        &mut self,
        now: Duration,
        recogniser: &Recogniser,
    ) -> Result<Option<Ground>, ModelError> {
        let fresh =
            |seen: Option<Duration>| seen.is_some_and(|seen| now.saturating_sub(seen) <= FRESH);
        for _ in 0..SETTLING {
            if fresh(self.seen) || self.without >= WITHOUT {
                break;
            }
            self.take(now, recogniser)?;
        }
        if fresh(self.seen) {
            return Ok(None);
        }
        if self.without < WITHOUT {
            tracing::warn!("the infrared camera gave no lit picture: the match does not count");
        }
        Ok(Some(Ground::Infrared))
    }

    fn take(&mut self, now: Duration, recogniser: &Recogniser) -> Result<(), ModelError> {
        // A camera that has gone gives nothing more; settling says what follows.
        let Ok(Some(frame)) = self.camera.next(WAIT) else {
            return Ok(());
        };
        let values = frame.picture.rgb();
        let brightest = values.iter().step_by(31).copied().max().unwrap_or(0);
        if f32::from(brightest) < LIT {
            return Ok(());
        }
        match recogniser.look(&frame.picture)? {
            Sighting::Nobody => self.without += 1,
            Sighting::One(_) | Sighting::Several => (self.seen, self.without) = (Some(now), 0),
        }
        Ok(())
    }
}
