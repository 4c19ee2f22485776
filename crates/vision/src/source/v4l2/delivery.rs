//! What becomes a frame: the newest whole capture, never an old one; and what counts as broken.

use std::io;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use zeroize::Zeroizing;

use super::formats::Layout;
use crate::frame::Frame;
use crate::source::FrameError;

/// Buffers that travel between driver and worker; the worker holds one of them.
pub(super) const BUFFERS: usize = 4;
/// A driver that delivers nothing for so long has broken a capture (the third opens the camera again).
const SILENCE: Duration = Duration::from_millis(500);
/// Before the first picture it has longer: cameras that slept need a while.
const FIRST_SILENCE: Duration = Duration::from_millis(2_500);

/// A running camera, as far as these rules need it.
pub(super) trait Driver {
    /// Waits for a filled buffer; also true when asking for it will give an error.
    fn ready(&mut self, wait: Duration) -> io::Result<bool>;
    /// Takes the oldest filled buffer and gives the one before back. `look` sees its bytes, none when it is damaged. Never waits.
    fn take(&mut self, look: &mut dyn FnMut(&[u8])) -> io::Result<()>;
}

/// See the module's description.
pub(super) struct Delivery<D> {
    driver: D,
    layout: Layout,
    /// The newest capture, wiped when the camera is closed.
    raw: Zeroizing<Vec<u8>>,
    silent: Duration,
    patience: Duration,
}

impl<D: Driver> Delivery<D> {
    pub(super) fn new(driver: D, layout: Layout) -> Self {
        Self {
            driver,
            layout,
            raw: Zeroizing::new(Vec::with_capacity(layout.most)),
            silent: Duration::ZERO,
            patience: FIRST_SILENCE,
        }
    }

    /// The newest frame, waiting no longer than `wait` and a moment.
    pub(super) fn next_frame(&mut self, wait: Duration) -> Result<Frame, FrameError> {
        let begun = Instant::now();
        if !self.driver.ready(wait).map_err(|error| captured(&error))? {
            return Err(self.nothing(wait));
        }
        (self.silent, self.patience) = (Duration::ZERO, SILENCE);
        self.raw.clear();
        let mut taken = 0;
        loop {
            self.take()?;
            taken += 1;
            let more = match taken {
                // Every buffer was full: they were filled before the worker came back, and the camera stood still since. One
                // more picture is from now.
                _ if taken == BUFFERS - 1 => wait.saturating_sub(begun.elapsed()),
                _ if taken < BUFFERS => Duration::ZERO,
                _ => break,
            };
            // An error here belongs to the next call; this one has a picture.
            if !self.driver.ready(more).unwrap_or(false) {
                break;
            }
        }
        if self.raw.is_empty() {
            return Err(FrameError::Broken(
                "the driver marked the frame as damaged".into(),
            ));
        }
        self.layout.decode(&self.raw)
    }

    /// Copies the next capture, if it is whole, over the one before.
    fn take(&mut self) -> Result<(), FrameError> {
        let raw = &mut self.raw;
        let taken = self.driver.take(&mut |bytes| {
            if bytes.is_empty() {
                return;
            }
            if bytes.len() > raw.capacity() {
                // A new one, so that the old is wiped instead of left behind by the allocator.
                *raw = Zeroizing::new(Vec::with_capacity(bytes.len()));
            }
            raw.clear();
            raw.extend_from_slice(bytes);
        });
        taken.map_err(|error| captured(&error))
    }

    fn nothing(&mut self, waited: Duration) -> FrameError {
        self.silent += waited;
        if self.silent < self.patience {
            return FrameError::Timeout;
        }
        self.silent = Duration::ZERO;
        FrameError::Broken("the driver has stopped delivering".into())
    }
}

/// A capture that failed: the device is gone, or only this frame is.
fn captured(error: &io::Error) -> FrameError {
    match error.raw_os_error().map(Errno::from_raw) {
        // Pulled out.
        Some(Errno::ENODEV | Errno::ENXIO | Errno::EBADF) => FrameError::Gone(error.to_string()),
        _ => FrameError::Broken(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::source::v4l2::formats::{Encoding, tests::layout};

    const PIXELS: usize = 128 * 128;

    /// One step of a driver.
    #[derive(Clone, Copy)]
    enum Step {
        /// A filled buffer of this grey is there.
        Full(u8),
        /// A damaged one.
        Damaged,
        /// One that is cut off.
        Short,
        /// Waiting shows nothing.
        Nothing,
        /// Taking fails.
        Fails(Errno),
        /// Waiting fails.
        WaitFails(Errno),
    }
    use Step::{Damaged, Fails, Full, Nothing, Short, WaitFails};

    struct Script(VecDeque<Step>);

    impl Driver for Script {
        fn ready(&mut self, _wait: Duration) -> io::Result<bool> {
            match self.0.front() {
                Some(Nothing) | None => {
                    self.0.pop_front();
                    Ok(false)
                }
                Some(WaitFails(errno)) => {
                    let error = io::Error::from_raw_os_error(*errno as i32);
                    self.0.pop_front();
                    Err(error)
                }
                Some(_) => Ok(true),
            }
        }

        fn take(&mut self, look: &mut dyn FnMut(&[u8])) -> io::Result<()> {
            match self.0.pop_front() {
                Some(Full(grey)) => look(&vec![grey; PIXELS]),
                Some(Damaged) => look(&[]),
                Some(Short) => look(&[1, 2, 3]),
                Some(Fails(errno)) => return Err(io::Error::from_raw_os_error(errno as i32)),
                Some(Nothing | WaitFails(_)) | None => panic!("taken without being ready"),
            }
            Ok(())
        }
    }

    /// What comes out of a script: a grey value, t(imeout), b(roken) or g(one).
    fn play(steps: &[Step], wait_ms: u64) -> Vec<String> {
        let mut delivery = Delivery::new(
            Script(steps.iter().copied().collect()),
            layout(Encoding::Grey),
        );
        let mut out = Vec::new();
        while !delivery.driver.0.is_empty() {
            out.push(match delivery.next_frame(Duration::from_millis(wait_ms)) {
                Ok(frame) => frame.picture.rgb()[0].to_string(),
                Err(FrameError::Timeout) => "t".into(),
                Err(FrameError::Broken(_)) => "b".into(),
                Err(FrameError::Gone(_) | FrameError::Busy(_)) => "g".into(),
            });
        }
        out
    }

    #[test]
    fn the_newest_frame_is_taken() {
        assert_eq!(
            play(&[Full(1), Nothing, Full(2), Full(3), Nothing, Full(4)], 50),
            ["1", "3", "4"]
        );
    }

    #[test]
    fn full_buffers_are_old_and_a_fresh_frame_is_waited_for() {
        assert_eq!(
            play(&[Full(1), Full(2), Full(3), Full(9), Full(10)], 50),
            ["9", "10"]
        );
        // None comes in time: the newest of the old ones is better than none.
        assert_eq!(play(&[Full(1), Full(2), Full(3), Nothing], 50), ["3"]);
        // However quick the camera, a call ends.
        assert_eq!(play(&[Full(1); 8], 50).len(), 2);
    }

    #[test]
    fn damaged_and_cut_off_captures_are_broken() {
        assert_eq!(
            play(&[Damaged, Nothing, Short, Nothing, Full(5)], 50),
            ["b", "b", "5"]
        );
        // A whole one beside a damaged one is enough.
        assert_eq!(play(&[Full(6), Damaged], 50), ["6"]);
    }

    #[test]
    fn errors_of_one_capture_and_of_the_device() {
        assert_eq!(play(&[Fails(Errno::EIO), Full(1)], 50), ["b", "1"]);
        assert_eq!(play(&[Fails(Errno::EAGAIN), Full(1)], 50), ["b", "1"]);
        assert_eq!(play(&[WaitFails(Errno::EIO), Full(1)], 50), ["b", "1"]);
        for errno in [Errno::ENODEV, Errno::ENXIO, Errno::EBADF] {
            assert_eq!(play(&[Full(1), Nothing, Fails(errno)], 50), ["1", "g"]);
            assert_eq!(play(&[WaitFails(errno)], 50), ["g"]);
        }
    }

    /// A driver that stops delivering is broken, at once patient with one that has not begun.
    #[test]
    fn silence_is_broken_after_a_while() {
        let before = play(&[Nothing; 50], 100);
        assert_eq!(before.iter().position(|step| step == "b"), Some(24));
        assert_eq!(before.iter().filter(|step| *step == "b").count(), 2);
        let after = play(&[&[Full(1)][..], &[Nothing; 16]].concat(), 100);
        assert_eq!(after.concat(), "1ttttbttttbttttb");
        // A frame now and then is a slow camera, not a broken one.
        let slow = [Nothing, Nothing, Nothing, Full(1)].repeat(5);
        assert!(!play(&slow, 100).contains(&"b".to_string()));
    }
}
