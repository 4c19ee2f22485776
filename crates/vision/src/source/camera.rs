//! A source that is opened again after three broken captures in a row, or when a sensor's picture stands still, never because nobody is in the
//! picture.

use std::hash::{DefaultHasher, Hasher};
use std::time::{Duration, Instant};

use super::light::{Light, Verdict};
use super::{FrameError, FrameSource};
use crate::codes;
use crate::frame::{Frame, Picture};

/// Broken captures in a row before the device is opened again.
const BROKEN_IN_A_ROW: u32 = 3;
/// A sensor that gives the same picture for so long, and at least [`FROZEN_PICTURES`] times, has frozen.
const FROZEN: Duration = Duration::from_millis(1500);
/// Time alone says little: two pictures alike with a pause between them, because the machine was busy, are no frozen sensor.
const FROZEN_PICTURES: u32 = 15;
/// Bytes of which one is looked at to tell two pictures apart: a sensor's noise is in all of them.
const SAMPLED: usize = 61;
/// Openings in a row without a good frame before the camera counts as gone.
const REOPENINGS: u32 = 2;

/// Opens a source, again and again if need be.
type Open = Box<dyn FnMut() -> Result<Box<dyn FrameSource>, FrameError> + Send>;

/// What a camera gave while it was open, for the log and for the technician. Says nothing about anybody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Tally {
    /// Good captures.
    pub frames: u32,
    /// Of these, too dark to show a face.
    pub dark: u32,
    /// Of these, too bright to show a face.
    pub overexposed: u32,
    /// Captures that failed.
    pub broken: u32,
    /// Captures of a sensor that were the one before once more.
    pub repeated: u32,
    /// Times the device was opened again.
    pub reopened: u32,
    /// From the first good capture to the last, milliseconds.
    pub span_ms: u64,
}

impl Tally {
    /// Good captures a second; 0 while there are fewer than two.
    pub fn rate(&self) -> f32 {
        if self.span_ms == 0 {
            return 0.0;
        }
        self.frames.saturating_sub(1) as f32 * 1000.0 / self.span_ms as f32
    }
}

/// The camera of one comparison.
pub struct Camera {
    open: Open,
    source: Box<dyn FrameSource>,
    broken: u32,
    reopened: u32,
    tally: Tally,
    first: Option<Instant>,
    light: Option<Verdict>,
    newest: Option<Newest>,
}

/// The newest picture of a sensor.
struct Newest {
    digest: u64,
    /// Since when it comes.
    since: Instant,
    /// How often it came once more since then.
    repeats: u32,
}

impl Newest {
    fn frozen(&self) -> bool {
        self.repeats >= FROZEN_PICTURES && self.since.elapsed() >= FROZEN
    }
}

impl Camera {
    /// Opens it for the first time.
    pub fn new(mut open: Open) -> Result<Self, FrameError> {
        let source = open()?;
        Ok(Self {
            open,
            source,
            broken: 0,
            reopened: 0,
            tally: Tally::default(),
            first: None,
            light: None,
            newest: None,
        })
    }

    /// What came so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// The light of the newest frame. A frame that is dark or overexposed as a whole is not worth comparing (invariant 7,
    /// docs/invariants.md).
    pub fn light(&self) -> Option<Verdict> {
        self.light
    }

    /// Whether only a second picture shows that it does not stand still.
    pub fn is_sensor(&self) -> bool {
        self.source.is_sensor()
    }

    /// The next frame; `None` when none came in time, one was broken, or a sensor gave the one before once more. An error means that the camera has gone.
    pub fn next(&mut self, wait: Duration) -> Result<Option<Frame>, FrameError> {
        match self.source.next_frame(wait) {
            Ok(frame) if self.stands_still(&frame.picture) => {
                self.tally.repeated += 1;
                if let Some(newest) = self.newest.as_mut().filter(|newest| newest.frozen()) {
                    // It stays the picture of before: an opening that shows it again has not helped.
                    (newest.since, newest.repeats) = (Instant::now(), 0);
                    self.reopen("the same picture over and over")?;
                }
                Ok(None)
            }
            Ok(frame) => {
                (self.broken, self.reopened) = (0, 0);
                self.count(&frame);
                Ok(Some(frame))
            }
            Err(FrameError::Timeout) => Ok(None),
            Err(FrameError::Broken(detail)) => {
                self.broken += 1;
                self.tally.broken += 1;
                tracing::debug!(detail, in_a_row = self.broken, "broken capture");
                if self.broken >= BROKEN_IN_A_ROW {
                    self.reopen(&detail)?;
                }
                Ok(None)
            }
            Err(gone) => Err(gone),
        }
    }

    /// The same to the last sampled byte as the one before. Only a lit picture: darkness and glare are alike without anything being wrong.
    fn stands_still(&mut self, picture: &Picture) -> bool {
        if !self.source.is_sensor() || Light::of(picture).verdict() != Verdict::Fine {
            self.newest = None;
            return false;
        }
        let mut digest = DefaultHasher::new();
        picture
            .rgb()
            .iter()
            .step_by(SAMPLED)
            .for_each(|byte| digest.write_u8(*byte));
        let digest = digest.finish();
        match &mut self.newest {
            Some(newest) if newest.digest == digest => {
                newest.repeats = newest.repeats.saturating_add(1);
                true
            }
            newest => {
                *newest = Some(Newest {
                    digest,
                    since: Instant::now(),
                    repeats: 0,
                });
                false
            }
        }
    }

    fn count(&mut self, frame: &Frame) {
        let verdict = Light::of(&frame.picture).verdict();
        self.light = Some(verdict);
        self.tally.frames += 1;
        self.tally.dark += u32::from(verdict == Verdict::Dark);
        self.tally.overexposed += u32::from(verdict == Verdict::Overexposed);
        let first = *self.first.get_or_insert_with(Instant::now);
        self.tally.span_ms = u64::try_from(first.elapsed().as_millis()).unwrap_or(u64::MAX);
    }

    fn reopen(&mut self, detail: &str) -> Result<(), FrameError> {
        if self.reopened >= REOPENINGS {
            return Err(FrameError::Gone(format!(
                "still broken after opening it again: {detail}"
            )));
        }
        self.reopened += 1;
        self.broken = 0;
        // A camera can't be opened twice: the old one is closed first.
        self.source = Box::new(Closed);
        self.source = (self.open)()?;
        self.tally.reopened += 1;
        tracing::warn!(
            code = codes::CAMERA_LOST.code,
            detail,
            "camera opened again"
        );
        Ok(())
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        let Tally {
            frames,
            dark,
            overexposed,
            broken,
            repeated,
            reopened,
            ..
        } = self.tally;
        let rate = self.tally.rate();
        tracing::info!(
            frames,
            dark,
            overexposed,
            broken,
            repeated,
            reopened,
            rate,
            "camera closed"
        );
    }
}

struct Closed;

impl FrameSource for Closed {
    fn next_frame(&mut self, _wait: Duration) -> Result<Frame, FrameError> {
        Err(FrameError::Gone("closed".into()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::frame::Picture;

    /// Plays one letter a frame: g(ood), b(roken), t(imeout), x (gone).
    struct Script(std::vec::IntoIter<char>);

    impl FrameSource for Script {
        fn next_frame(&mut self, _wait: Duration) -> Result<Frame, FrameError> {
            match self.0.next() {
                Some('g') => Ok(Frame {
                    picture: Picture::from_grey(1, 1, &[0]).unwrap(),
                    jpeg: None,
                }),
                Some('b') => Err(FrameError::Broken("test".into())),
                Some('t') => Err(FrameError::Timeout),
                _ => Err(FrameError::Gone("unplugged".into())),
            }
        }
    }

    /// Plays the scripts one after the other, one an opening; counts openings and tells what came out.
    fn play(scripts: &'static [&'static str]) -> (u32, String) {
        let openings = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&openings);
        let mut camera = Camera::new(Box::new(move || {
            let at = count.fetch_add(1, Ordering::SeqCst) as usize;
            let script = scripts
                .get(at)
                .ok_or_else(|| FrameError::Gone("no device".into()))?;
            Ok(Box::new(Script(
                script.chars().collect::<Vec<_>>().into_iter(),
            )))
        }))
        .unwrap();
        let mut out = String::new();
        for _ in 0..30 {
            match camera.next(Duration::ZERO) {
                Ok(Some(_)) => out.push('G'),
                Ok(None) => out.push('-'),
                Err(_) => {
                    out.push('X');
                    break;
                }
            }
        }
        (openings.load(Ordering::SeqCst), out)
    }

    #[test]
    fn reopened_after_three_broken_captures_in_a_row() {
        assert_eq!(play(&["bbgbbgx"]), (1, "--G--GX".into()));
        assert_eq!(play(&["gbbb", "ggx"]), (2, "G---GGX".into()));
        assert_eq!(play(&["tttttttgx"]), (1, "-------GX".into()));
    }

    /// Dark and overexposed frames are counted, broken ones and openings too.
    #[test]
    fn what_came_is_counted() {
        struct Greys(std::vec::IntoIter<Option<u8>>);
        impl FrameSource for Greys {
            fn next_frame(&mut self, _wait: Duration) -> Result<Frame, FrameError> {
                match self.0.next() {
                    Some(Some(grey)) => Ok(Frame {
                        picture: Picture::from_grey(1, 1, &[grey]).unwrap(),
                        jpeg: None,
                    }),
                    Some(None) => Err(FrameError::Broken("test".into())),
                    None => Err(FrameError::Gone("end".into())),
                }
            }
        }
        let mut scripts = vec![
            vec![Some(3), Some(250), Some(120), None, None, None],
            vec![Some(120)],
        ]
        .into_iter();
        let mut camera = Camera::new(Box::new(move || {
            Ok(Box::new(Greys(scripts.next().unwrap().into_iter())))
        }))
        .unwrap();
        let mut lights = Vec::new();
        while let Ok(frame) = camera.next(Duration::ZERO) {
            if frame.is_some() {
                lights.extend(camera.light());
            }
        }
        assert_eq!(
            lights,
            [
                Verdict::Dark,
                Verdict::Overexposed,
                Verdict::Fine,
                Verdict::Fine
            ]
        );
        let tally = Tally {
            span_ms: 0,
            ..camera.tally()
        };
        let expected = Tally {
            frames: 4,
            dark: 1,
            overexposed: 1,
            broken: 3,
            repeated: 0,
            reopened: 1,
            span_ms: 0,
        };
        assert_eq!(tally, expected);
        let steady = Tally {
            frames: 31,
            span_ms: 1000,
            ..Tally::default()
        };
        assert!((steady.rate() - 30.0).abs() < 0.01 && Tally::default().rate() == 0.0);
    }

    /// A sensor of which the same lit picture comes over and over has frozen: none of these counts as a new one, it is opened again, and is gone when
    /// that does not help. The same of a source that is no sensor, or in the dark, is nothing.
    #[test]
    fn a_sensor_that_stands_still_is_opened_again_and_then_gone() {
        struct Still(u8, bool, Duration);
        impl FrameSource for Still {
            fn next_frame(&mut self, _wait: Duration) -> Result<Frame, FrameError> {
                std::thread::park_timeout(self.2);
                Ok(Frame {
                    picture: Picture::from_grey(16, 16, &[self.0; 256]).unwrap(),
                    jpeg: None,
                })
            }

            fn is_sensor(&self) -> bool {
                self.1
            }
        }
        let often = Duration::from_millis(20);
        let until = |grey, sensor, pause, limit: Duration| {
            let mut camera =
                Camera::new(Box::new(move || Ok(Box::new(Still(grey, sensor, pause))))).unwrap();
            let (begun, mut shown) = (Instant::now(), 0);
            while begun.elapsed() < limit {
                match camera.next(Duration::ZERO) {
                    Ok(frame) => shown += u32::from(frame.is_some()),
                    Err(gone) => return (shown, camera.tally(), Some(gone)),
                }
            }
            (shown, camera.tally(), None)
        };
        let (shown, tally, gone) = until(120, true, often, 8 * FROZEN);
        let Some(FrameError::Gone(detail)) = gone else {
            panic!("{gone:?}")
        };
        assert!(detail.contains("the same picture"), "{detail}");
        assert_eq!((shown, tally.reopened), (1, REOPENINGS));
        assert!(tally.repeated > 10, "{tally:?}");
        for (grey, sensor) in [(120, false), (3, true)] {
            let (shown, tally, gone) = until(grey, sensor, often, FROZEN + FROZEN / 2);
            assert_eq!((gone, tally.repeated, tally.reopened), (None, 0, 0));
            assert!(shown > 10, "{shown}");
        }
        // Long enough, but with pauses: too few to say that it has frozen.
        let seldom = FROZEN / 4;
        let (shown, tally, gone) = until(120, true, seldom, 2 * FROZEN);
        assert_eq!((shown, gone, tally.reopened), (1, None, 0));
        assert!((4..FROZEN_PICTURES).contains(&tally.repeated), "{tally:?}");
    }

    #[test]
    fn a_camera_that_stays_broken_or_away_is_gone() {
        assert_eq!(play(&["bbb", "bbb", "bbb", "g"]), (3, "--------X".into()));
        assert_eq!(play(&["bbb"]), (2, "--X".into()));
        assert_eq!(play(&["gx"]), (1, "GX".into()));
    }
}
