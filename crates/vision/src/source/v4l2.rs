//! A camera behind Video4Linux: MJPEG or YUYV at 640x480 where the driver has it, every wait limited.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use v4l::buffer::{Flags, Type};
use v4l::format::{FourCC, Quantization};
use v4l::io::mmap::Stream;
use v4l::io::traits::{CaptureStream, Stream as _};
use v4l::video::Capture;
use v4l::{Device, Format};
use zeroize::Zeroizing;

use super::{FrameError, FrameSource, Probe};
use crate::decode::{jpeg, yuyv};
use crate::frame::{Frame, MAX_PIXELS};

const MJPEG: [u8; 4] = *b"MJPG";
const YUYV: [u8; 4] = *b"YUYV";
const WISH: (u32, u32) = (640, 480);
const BUFFERS: u32 = 4;
/// `POLLIN` of poll(2).
const READABLE: i16 = 1;
/// Drivers that make pictures up; production refuses them (invariant 13, docs/invariants.md).
const VIRTUAL_DRIVERS: [&str; 5] = ["vivid", "v4l2 loopback", "vimc", "vim2m", "akvcam"];

/// An open, streaming camera.
pub struct V4l2Source {
    /// Always there until dropped.
    stream: Option<Stream<'static>>,
    format: Format,
}

impl V4l2Source {
    /// Opens the device, agrees on a format, starts.
    pub fn open(path: &Path, simulation: bool) -> Result<Self, FrameError> {
        let path = path.to_owned();
        guarded(move || {
            let (device, _, format) = prepare(&path, simulation)?;
            let mut stream =
                Stream::with_buffers(&device, Type::VideoCapture, BUFFERS).map_err(gone)?;
            stream.set_timeout(Duration::from_secs(1));
            // Started by hand, so that waiting for a frame can be cut into slices; the first `next` queues buffer 0.
            for index in 1..BUFFERS as usize {
                if CaptureStream::queue(&mut stream, index).is_err() {
                    break;
                }
            }
            stream.start().map_err(gone)?;
            Ok(Self {
                stream: Some(stream),
                format,
            })
        })
    }
}

impl FrameSource for V4l2Source {
    fn next_frame(&mut self, wait: Duration) -> Result<Frame, FrameError> {
        let Self {
            stream: Some(stream),
            format,
        } = self
        else {
            return Err(FrameError::Gone("closed".into()));
        };
        guarded(AssertUnwindSafe(|| {
            let wait = i32::try_from(wait.as_millis()).unwrap_or(i32::MAX);
            match stream.handle().poll(READABLE, wait) {
                Ok(0) => return Err(FrameError::Timeout),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                    return Err(FrameError::Timeout);
                }
                Err(error) => return Err(gone(error)),
                Ok(_) => {}
            }
            let (buffer, meta) = stream.next().map_err(captured)?;
            let used = buffer
                .get(..meta.bytesused as usize)
                .filter(|used| !used.is_empty());
            match used {
                Some(used) if !meta.flags.contains(Flags::ERROR) => decode(used, format),
                _ => Err(FrameError::Broken(
                    "the driver marked the frame as damaged".into(),
                )),
            }
        }))
    }
}

impl Drop for V4l2Source {
    fn drop(&mut self) {
        // The library's own drop panics on errors of a vanished device other than ENODEV.
        let stream = self.stream.take();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(stream)));
    }
}

/// Opens the device without streaming: the camera's lamp stays dark.
pub fn probe(path: &Path, simulation: bool) -> Result<Probe, FrameError> {
    let path = path.to_owned();
    guarded(move || {
        let (device, card, format) = prepare(&path, simulation)?;
        let fps = device
            .params()
            .map(|params| params.interval.denominator / params.interval.numerator.max(1))
            .unwrap_or(0);
        let kind = String::from_utf8_lossy(&format.fourcc.repr).into_owned();
        Ok(Probe {
            detail: format!("{card}, {kind}"),
            width: format.width,
            height: format.height,
            fps,
        })
    })
}

fn prepare(path: &PathBuf, simulation: bool) -> Result<(Device, String, Format), FrameError> {
    let missing = |error: io::Error| FrameError::Gone(format!("{}: {error}", path.display()));
    let device = Device::with_path(path).map_err(missing)?;
    let about = device.query_caps().map_err(missing)?;
    if !simulation && VIRTUAL_DRIVERS.contains(&about.driver.as_str()) {
        return Err(FrameError::Gone(format!(
            "{}: {} is no camera",
            path.display(),
            about.driver
        )));
    }
    for wish in [MJPEG, YUYV] {
        let wish = FourCC::new(&wish);
        let format = device
            .set_format(&Format::new(WISH.0, WISH.1, wish))
            .map_err(missing)?;
        let pixels = format.width as usize * format.height as usize;
        if format.fourcc == wish && pixels > 0 && pixels <= MAX_PIXELS {
            return Ok((device, about.card, format));
        }
    }
    Err(FrameError::Gone(format!(
        "{}: neither MJPEG nor YUYV of up to two megapixels",
        path.display()
    )))
}

fn decode(bytes: &[u8], format: &Format) -> Result<Frame, FrameError> {
    if format.fourcc.repr == MJPEG {
        let picture = jpeg::decode(bytes).map_err(|error| FrameError::Broken(error.to_string()))?;
        return Ok(Frame {
            picture,
            jpeg: Some(Zeroizing::new(bytes.to_vec())),
        });
    }
    let range = if matches!(format.quantization, Quantization::FullRange) {
        yuyv::Range::Full
    } else {
        yuyv::Range::Limited
    };
    let (width, height) = (format.width as usize, format.height as usize);
    let stride = (format.stride as usize).max(width * 2);
    let picture = yuyv::decode(bytes, width, height, stride, range).ok_or_else(|| {
        FrameError::Broken(format!(
            "{} bytes are no {width}x{height} picture",
            bytes.len()
        ))
    })?;
    Ok(Frame {
        picture,
        jpeg: None,
    })
}

/// A capture that failed: the device is gone, or only this frame is.
fn captured(error: io::Error) -> FrameError {
    // ENODEV, ENXIO, EBADF: pulled out.
    match error.raw_os_error() {
        Some(19 | 6 | 9) => gone(error),
        _ => FrameError::Broken(error.to_string()),
    }
}

#[allow(
    clippy::needless_pass_by_value,
    reason = "used as a function for map_err"
)]
fn gone(error: io::Error) -> FrameError {
    FrameError::Gone(error.to_string())
}

/// The library asserts what a driver says; a strange driver must not end the process (invariant 15).
fn guarded<T>(
    work: impl FnOnce() -> Result<T, FrameError> + std::panic::UnwindSafe,
) -> Result<T, FrameError> {
    catch_unwind(work).unwrap_or_else(|_| {
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
        assert!(matches!(
            V4l2Source::open(path, false),
            Err(FrameError::Gone(_))
        ));
        assert!(matches!(probe(path, false), Err(FrameError::Gone(_))));
    }

    /// Invariant 15: something that is no camera is an error, not a hang or a panic.
    #[test]
    fn a_device_that_is_no_camera_is_gone() {
        assert!(matches!(
            V4l2Source::open(Path::new("/dev/null"), true),
            Err(FrameError::Gone(_))
        ));
        assert!(matches!(
            V4l2Source::open(Path::new("/dev/null"), true),
            Err(FrameError::Gone(_))
        ));
    }

    #[test]
    fn frames_are_decoded_by_their_format() {
        let mut format = Format::new(2, 1, FourCC::new(&YUYV));
        format.stride = 4;
        let frame = decode(&[235, 128, 16, 128], &format).unwrap();
        assert_eq!(frame.picture.rgb(), [255, 255, 255, 0, 0, 0]);
        assert!(matches!(
            decode(&[1, 2], &format),
            Err(FrameError::Broken(_))
        ));
        format.fourcc = FourCC::new(&MJPEG);
        assert!(matches!(
            decode(&[1, 2, 3], &format),
            Err(FrameError::Broken(_))
        ));
    }
}
