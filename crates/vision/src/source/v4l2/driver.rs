//! The kernel's side: opening, agreeing on a format, buffers in and out. The only file that calls the V4L2 library.

use std::io;
use std::path::Path;
use std::time::Duration;

use nix::errno::Errno;
use v4l::buffer::{Flags, Type};
use v4l::capability;
use v4l::format::FourCC;
use v4l::io::mmap::Stream;
use v4l::io::traits::{CaptureStream, Stream as _};
use v4l::video::Capture;
use v4l::video::capture::Parameters;
use v4l::{Device, Format};

use super::delivery::{BUFFERS, Driver};
use super::formats::{Encoding, Layout};
use crate::source::role::Role;
use crate::source::{FrameError, Probe};

/// Frames a second to ask for.
const RATE: u32 = 30;
/// `POLLIN` of poll(2).
const READABLE: i16 = 1;
/// Drivers that make pictures up; production refuses them (invariant 13, docs/invariants.md).
const VIRTUAL_DRIVERS: [&str; 5] = ["vivid", "v4l2 loopback", "vimc", "vim2m", "akvcam"];

/// A camera that was agreed with and does not run yet.
pub(super) struct Prepared {
    device: Device,
    card: String,
    layout: Layout,
    offered: Vec<[u8; 4]>,
}

/// Opens the device and agrees on a form. Nothing is filmed.
pub(super) fn open(path: &Path, role: Role, simulation: bool) -> Result<Prepared, FrameError> {
    let failed = |error| opening(path, &error);
    // Opened without blocking, so that no later call waits for the driver.
    let device = Device::with_path(path).map_err(failed)?;
    let about = device.query_caps().map_err(failed)?;
    let refused = |why: &str| FrameError::Gone(format!("{}: {} {why}", path.display(), about.card));
    if !simulation && VIRTUAL_DRIVERS.contains(&about.driver.as_str()) {
        return Err(refused("is no camera"));
    }
    let needed = capability::Flags::VIDEO_CAPTURE | capability::Flags::STREAMING;
    if !about.capabilities.contains(needed) {
        return Err(refused("gives no picture stream"));
    }
    let offered: Vec<[u8; 4]> = device
        .enum_formats()
        .map_err(failed)?
        .iter()
        .map(|format| format.fourcc.repr)
        .collect();
    let (width, height) = role.wish();
    for encoding in Encoding::wanted(role, &offered) {
        let wish = Format::new(width, height, FourCC::new(&encoding.letters()));
        let format = device.set_format(&wish).map_err(failed)?;
        if let Some(layout) = Layout::agreed(encoding, &format) {
            // As many frames a second as it has, up to the wish; a driver without a choice keeps its own.
            let _ = device.set_params(&Parameters::with_fps(RATE));
            return Ok(Prepared {
                card: about.card,
                device,
                layout,
                offered,
            });
        }
    }
    Err(refused(&format!(
        "offers {}, none of it usable: needed is MJPEG, YUYV, NV12 or grey of up to two megapixels",
        words(&offered)
    )))
}

impl Prepared {
    /// For the technician.
    pub(super) fn about(&self) -> Probe {
        let fps = self
            .device
            .params()
            .map(|params| params.interval.denominator / params.interval.numerator.max(1))
            .unwrap_or(0);
        let kind = String::from_utf8_lossy(&self.layout.encoding.letters()).into_owned();
        Probe {
            detail: format!("{}, {kind} (of {})", self.card, words(&self.offered)),
            width: self.layout.width as u32,
            height: self.layout.height as u32,
            fps,
        }
    }

    /// Starts the camera.
    pub(super) fn start(self, path: &Path) -> Result<(Kernel, Layout), FrameError> {
        let failed = |error| opening(path, &error);
        let mut stream = Stream::with_buffers(&self.device, Type::VideoCapture, BUFFERS as u32)
            .map_err(failed)?;
        stream.set_timeout(Duration::from_secs(1));
        // Started by hand, so that waiting for a frame can be cut into slices; the first `next` queues buffer 0.
        for index in 1..BUFFERS {
            if CaptureStream::queue(&mut stream, index).is_err() {
                break;
            }
        }
        stream.start().map_err(failed)?;
        let kernel = Kernel {
            stream,
            owed: false,
        };
        Ok((kernel, self.layout))
    }
}

/// The running camera.
pub(super) struct Kernel {
    stream: Stream<'static>,
    /// The last exchange failed half-way: a buffer was given and none came back.
    owed: bool,
}

impl Driver for Kernel {
    fn ready(&mut self, wait: Duration) -> io::Result<bool> {
        // Rounded up: zero would spin.
        let wait = i32::try_from(wait.as_micros().div_ceil(1000)).unwrap_or(i32::MAX);
        match self.stream.handle().poll(READABLE, wait) {
            Ok(count) => Ok(count > 0),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn take(&mut self, look: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        if self.owed {
            // Balances the exchange; what is in this buffer is older than what comes next.
            CaptureStream::dequeue(&mut self.stream)?;
            self.owed = false;
            if !self.ready(Duration::ZERO)? {
                return Err(io::ErrorKind::WouldBlock.into());
            }
        }
        match self.stream.next() {
            Ok((buffer, about)) => {
                let damaged = about.flags.contains(Flags::ERROR);
                let used = buffer.get(..about.bytesused as usize).unwrap_or_default();
                look(if damaged { &[] } else { used });
                Ok(())
            }
            Err(error) => {
                self.owed = true;
                Err(error)
            }
        }
    }
}

/// Why it can't be opened.
fn opening(path: &Path, error: &io::Error) -> FrameError {
    let place = path.display();
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::EBUSY) => FrameError::Busy(format!("{place}: {error}")),
        Some(Errno::ENOENT) => FrameError::Gone(format!(
            "{place}: not there; not plugged in, or not tagged by the udev rules"
        )),
        Some(Errno::ENOTTY | Errno::EINVAL) => {
            FrameError::Gone(format!("{place}: no camera ({error})"))
        }
        _ => FrameError::Gone(format!("{place}: {error}")),
    }
}

fn words(formats: &[[u8; 4]]) -> String {
    let words: Vec<_> = formats
        .iter()
        .map(|letters| String::from_utf8_lossy(letters))
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_on_opening() {
        let told = |errno: Errno| {
            opening(
                Path::new("/dev/x"),
                &io::Error::from_raw_os_error(errno as i32),
            )
        };
        assert!(matches!(told(Errno::EBUSY), FrameError::Busy(_)));
        for errno in [
            Errno::ENOENT,
            Errno::ENODEV,
            Errno::EACCES,
            Errno::EPERM,
            Errno::EIO,
            Errno::ENOTTY,
        ] {
            let FrameError::Gone(detail) = told(errno) else {
                panic!("{errno}")
            };
            assert!(detail.starts_with("/dev/x: "), "{detail}");
        }
    }
}
