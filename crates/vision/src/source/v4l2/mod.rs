//! A camera behind Video4Linux: MJPEG, YUYV, NV12 or grey, every wait limited.
//!
//! [`driver`] talks to the kernel, [`formats`] agrees on a form and decodes it, [`delivery`] holds the rules for what becomes a frame.

mod delivery;
mod driver;
mod formats;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use delivery::Delivery;
use driver::Kernel;

use super::light::Light;
use super::role::Role;
use super::settle::Settling;
use super::{FrameError, FrameSource, Probe};
use crate::frame::Frame;

/// An open, streaming camera. Dropping it switches the camera off; the driver's buffers go back to the kernel with it.
pub struct V4l2Source {
    /// Always there until dropped.
    delivery: Option<Delivery<Kernel>>,
    settling: Settling,
    first: Option<Instant>,
}

impl V4l2Source {
    /// Opens the device, agrees on a format as its role needs it, starts.
    ///
    /// # Errors
    /// [`FrameError::Gone`] when there is no such camera or it is not one, [`FrameError::Busy`] when another program has it.
    pub fn open(path: &Path, role: Role, simulation: bool) -> Result<Self, FrameError> {
        guarded(|| {
            let (kernel, layout) = driver::open(path, role, simulation)?.start(path)?;
            Ok(Self {
                delivery: Some(Delivery::new(kernel, layout)),
                settling: Settling::default(),
                first: None,
            })
        })
    }
}

impl FrameSource for V4l2Source {
    /// The newest frame. Those that come before exposure and white balance have settled are let go.
    fn next_frame(&mut self, wait: Duration) -> Result<Frame, FrameError> {
        let Some(delivery) = &mut self.delivery else {
            return Err(FrameError::Gone("closed".into()));
        };
        let until = Instant::now() + wait;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let frame = guarded(|| delivery.next_frame(left))?;
            let at = self.first.get_or_insert_with(Instant::now).elapsed();
            if self.settling.settled(at, Light::of(&frame.picture).mean) {
                return Ok(frame);
            }
        }
    }

    fn is_sensor(&self) -> bool {
        true
    }
}

impl Drop for V4l2Source {
    fn drop(&mut self) {
        // The library's own drop panics on errors of a vanished device other than ENODEV.
        let delivery = self.delivery.take();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(delivery)));
    }
}

/// Opens the device without streaming: the camera's lamp stays dark.
///
/// # Errors
/// As [`V4l2Source::open`].
pub fn probe(path: &Path, simulation: bool) -> Result<Probe, FrameError> {
    guarded(|| Ok(driver::open(path, Role::of(path), simulation)?.about()))
}

/// The library asserts what a driver says; a strange driver must not end the process (invariant 15).
fn guarded<T>(work: impl FnOnce() -> Result<T, FrameError>) -> Result<T, FrameError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(FrameError::Gone(
            "the driver answered something impossible".into(),
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_device_is_gone() {
        let path = Path::new("/dev/uketsuke/no-such-camera");
        for error in [
            V4l2Source::open(path, Role::Face, false).err(),
            probe(path, false).err(),
        ] {
            let Some(FrameError::Gone(detail)) = error else {
                panic!("{error:?}")
            };
            assert!(detail.contains("no-such-camera"), "{detail}");
        }
    }

    /// Invariant 15: something that is no camera is an error, not a hang or a panic.
    #[test]
    fn a_device_that_is_no_camera_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, b"not a device").unwrap();
        let pipe = folder.path().join("pipe");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let dangling = folder.path().join("dangling");
        std::os::unix::fs::symlink(folder.path().join("unplugged"), &dangling).unwrap();
        for path in [
            Path::new("/dev/null"),
            Path::new("/dev/full"),
            folder.path(),
            &file,
            &pipe,
            &dangling,
        ] {
            assert!(
                matches!(
                    V4l2Source::open(path, Role::Face, true),
                    Err(FrameError::Gone(_))
                ),
                "{}",
                path.display()
            );
            assert!(matches!(probe(path, true), Err(FrameError::Gone(_))));
        }
    }

    /// Invariant 15: what panics inside the library is the camera's end, not ours.
    #[test]
    fn an_impossible_answer_is_gone() {
        let answer: Result<(), _> = guarded(|| {
            None.ok_or(())
                .map_err(|()| unreachable!("a driver's nonsense"))
        });
        assert!(matches!(answer, Err(FrameError::Gone(_))));
    }
}
