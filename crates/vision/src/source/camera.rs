//! A source that is opened again after three broken captures in a row, never because nobody is in the picture.

use std::time::Duration;

use super::{FrameError, FrameSource};
use crate::frame::Frame;

/// Broken captures in a row before the device is opened again.
const BROKEN_IN_A_ROW: u32 = 3;
/// Openings in a row without a good frame before the camera counts as gone.
const REOPENINGS: u32 = 2;

/// Opens a source, again and again if need be.
type Open = Box<dyn FnMut() -> Result<Box<dyn FrameSource>, FrameError> + Send>;

/// The camera of one comparison.
pub struct Camera {
    open: Open,
    source: Box<dyn FrameSource>,
    broken: u32,
    reopened: u32,
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
        })
    }

    /// The next frame; `None` when none came in time or one was broken. An error means that the camera has gone.
    pub fn next(&mut self, wait: Duration) -> Result<Option<Frame>, FrameError> {
        match self.source.next_frame(wait) {
            Ok(frame) => {
                (self.broken, self.reopened) = (0, 0);
                Ok(Some(frame))
            }
            Err(FrameError::Timeout) => Ok(None),
            Err(FrameError::Broken(detail)) => {
                self.broken += 1;
                tracing::debug!(detail, in_a_row = self.broken, "broken capture");
                if self.broken >= BROKEN_IN_A_ROW {
                    self.reopen(&detail)?;
                }
                Ok(None)
            }
            Err(gone) => Err(gone),
        }
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
        tracing::warn!(detail, "camera opened again");
        Ok(())
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

    #[test]
    fn a_camera_that_stays_broken_or_away_is_gone() {
        assert_eq!(play(&["bbb", "bbb", "bbb", "g"]), (3, "--------X".into()));
        assert_eq!(play(&["bbb"]), (2, "--X".into()));
        assert_eq!(play(&["gx"]), (1, "GX".into()));
    }
}
