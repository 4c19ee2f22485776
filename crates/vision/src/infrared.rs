//! The second look of a camera that sees infrared: a phone's screen is dark there. A print is not, so this only ever adds doubt.

use std::time::Duration;

use crate::models::ModelError;
use crate::protocol::Ground;
use crate::recognise::{Recogniser, Sighting};
use crate::source::{FrameError, FrameSource, SourceSpec};

/// Lit frames without a face that make a ground for doubt.
const WITHOUT: u32 = 4;
/// Darker frames were taken while the emitter was off: they say nothing.
const LIT: f32 = 12.0;
/// Colour frames from one look to the next.
const EVERY: u32 = 3;
/// Longest wait for an infrared frame.
const WAIT: Duration = Duration::from_millis(40);
/// Such waits before a match counts.
const SETTLING: u32 = 24;

/// The infrared camera of one comparison.
pub(crate) struct Infrared {
    source: Box<dyn FrameSource>,
    frames: u32,
    without: u32,
    seen: bool,
}

impl Infrared {
    /// Opens the camera.
    pub(crate) fn open(spec: &SourceSpec, simulation: bool) -> Result<Self, FrameError> {
        Ok(Self {
            source: spec.open(simulation)?,
            frames: 0,
            without: 0,
            seen: false,
        })
    }

    /// To be called while the colour camera sees one face; a ground for doubt, once there is one.
    pub(crate) fn look(&mut self, recogniser: &Recogniser) -> Result<Option<Ground>, ModelError> {
        self.frames += 1;
        if self.seen || !self.frames.is_multiple_of(EVERY) {
            return Ok(None);
        }
        self.take(recogniser)?;
        Ok(self.verdict())
    }

    /// To be called before a match counts, which may come sooner than enough infrared frames did.
    pub(crate) fn settle(&mut self, recogniser: &Recogniser) -> Result<Option<Ground>, ModelError> {
        for _ in 0..SETTLING {
            if self.seen || self.without >= WITHOUT {
                break;
            }
            self.take(recogniser)?;
        }
        if !self.seen && self.without < WITHOUT {
            tracing::warn!("the infrared camera gave no lit picture");
        }
        Ok(self.verdict())
    }

    fn verdict(&self) -> Option<Ground> {
        (!self.seen && self.without >= WITHOUT).then_some(Ground::Infrared)
    }

    fn take(&mut self, recogniser: &Recogniser) -> Result<(), ModelError> {
        let Ok(frame) = self.source.next_frame(WAIT) else {
            return Ok(());
        };
        let values = frame.picture.rgb();
        let brightest = values.iter().step_by(31).copied().max().unwrap_or(0);
        if f32::from(brightest) < LIT {
            return Ok(());
        }
        match recogniser.look(&frame.picture)? {
            Sighting::Nobody => self.without += 1,
            Sighting::One(_) | Sighting::Several => self.seen = true,
        }
        Ok(())
    }
}
