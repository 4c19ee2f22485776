//! Where frames come from. One trait, three implementations, all always compiled; production takes only the first.

pub mod camera;
pub mod light;
pub mod pictures;
pub mod role;
pub mod settle;
pub mod stream;
pub mod v4l2;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::frame::Frame;
use role::{Role, TAGGED_CAMERAS, tagged};

/// Why no frame came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// None in the given time; ask again.
    #[error("no frame in time")]
    Timeout,
    /// This capture failed; the next may be good. Three in a row reopen the device.
    #[error("broken capture: {0}")]
    Broken(String),
    /// The device has gone or can't be opened.
    #[error("camera gone: {0}")]
    Gone(String),
    /// Another program has the device.
    #[error("camera in use by another program: {0}")]
    Busy(String),
}

/// Something that delivers frames.
pub trait FrameSource: Send {
    /// The newest frame, waiting no longer than `wait`.
    fn next_frame(&mut self, wait: Duration) -> Result<Frame, FrameError>;

    /// Whether it is a sensor, whose noise makes no two lit pictures alike: one that comes again to the last pixel is then no new picture.
    fn is_sensor(&self) -> bool {
        false
    }
}

/// What can be said about a source without taking a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// For the technician.
    pub detail: String,
    /// Pixels; 0 when unknown.
    pub width: u32,
    /// Pixels; 0 when unknown.
    pub height: u32,
    /// Frames per second; 0 when unknown.
    pub fps: u32,
}

/// A configured source: `v4l2:/dev/…`, `pictures:DIR` or `stream:SOCKET`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceSpec {
    /// A camera behind Video4Linux.
    V4l2(PathBuf),
    /// The JPEG files of a folder, over and over.
    Pictures(PathBuf),
    /// JPEG frames from a Unix socket.
    Stream(PathBuf),
}

/// The words are not a source, or not one for this kind of installation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// Unknown words.
    #[error("{0:?} is none of v4l2:DEVICE, pictures:FOLDER, stream:SOCKET")]
    Unknown(String),
    /// Invariant 13: production takes pictures only from the camera that udev tagged.
    #[error("{0} is accepted only with --simulation; production takes v4l2:{TAGGED_CAMERAS}…")]
    OnlyInSimulation(String),
}

impl FromStr for SourceSpec {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("v4l2", path)) if !path.is_empty() => Ok(Self::V4l2(path.into())),
            Some(("pictures", path)) if !path.is_empty() => Ok(Self::Pictures(path.into())),
            Some(("stream", path)) if !path.is_empty() => Ok(Self::Stream(path.into())),
            _ => Err(SpecError::Unknown(text.into())),
        }
    }
}

impl fmt::Display for SourceSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, path) = match self {
            Self::V4l2(path) => ("v4l2", path),
            Self::Pictures(path) => ("pictures", path),
            Self::Stream(path) => ("stream", path),
        };
        write!(f, "{kind}:{}", path.display())
    }
}

impl SourceSpec {
    /// Invariant 13 (docs/invariants.md): in production only a camera that the udev rules tagged.
    pub fn accepted(&self, simulation: bool) -> Result<(), SpecError> {
        match self {
            Self::V4l2(path) if tagged(path) => Ok(()),
            _ if simulation => Ok(()),
            _ => Err(SpecError::OnlyInSimulation(self.to_string())),
        }
    }

    /// Whether the device, folder or socket exists; nothing is opened.
    pub fn is_there(&self) -> bool {
        let (Self::V4l2(path) | Self::Pictures(path) | Self::Stream(path)) = self;
        path.exists()
    }

    /// Opens the source for frames, for what its link says that it is for.
    pub fn open(&self, simulation: bool) -> Result<Box<dyn FrameSource>, FrameError> {
        let role = match self {
            Self::V4l2(path) => Role::of(path),
            Self::Pictures(_) | Self::Stream(_) => Role::Face,
        };
        self.open_as(role, simulation)
    }

    /// Opens the source for frames, asking a camera for the size that this role needs.
    pub fn open_as(
        &self,
        role: Role,
        simulation: bool,
    ) -> Result<Box<dyn FrameSource>, FrameError> {
        self.accepted(simulation)
            .map_err(|error| FrameError::Gone(error.to_string()))?;
        Ok(match self {
            Self::V4l2(path) => Box::new(v4l2::V4l2Source::open(path, role, simulation)?),
            Self::Pictures(path) => Box::new(pictures::PictureSource::open(path)?),
            Self::Stream(path) => Box::new(stream::StreamSource::connect(path)?),
        })
    }

    /// Looks whether the source is there, without taking a picture: nobody is filmed for a check.
    pub fn probe(&self, simulation: bool) -> Result<Probe, FrameError> {
        self.accepted(simulation)
            .map_err(|error| FrameError::Gone(error.to_string()))?;
        let there = |detail: String| Probe {
            detail,
            width: 0,
            height: 0,
            fps: 0,
        };
        match self {
            Self::V4l2(path) => v4l2::probe(path, simulation),
            Self::Pictures(path) => pictures::PictureSource::open(path)
                .map(|source| there(format!("{} pictures", source.count()))),
            Self::Stream(path) => {
                stream::StreamSource::connect(path)?.stays_open()?;
                Ok(there("frame server answers".into()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_sources() {
        for text in [
            "v4l2:/dev/video0",
            "pictures:data/portraits",
            "stream:/run/x.sock",
        ] {
            assert_eq!(text.parse::<SourceSpec>().unwrap().to_string(), text);
        }
        for text in ["", "v4l2:", "file:/x", "/dev/video0"] {
            assert!(text.parse::<SourceSpec>().is_err(), "{text}");
        }
    }

    /// Invariant 13: production refuses every source but the tagged camera, also when asked to open or probe it.
    #[test]
    fn invariant_13_production_takes_only_the_tagged_camera() {
        let tagged: SourceSpec = "v4l2:/dev/uketsuke/face-camera".parse().unwrap();
        assert_eq!(tagged.accepted(false), Ok(()));
        for text in [
            "v4l2:/dev/video0",
            "v4l2:/dev/uketsuke/../video0",
            "v4l2:/dev/uketsuke-other/x",
            "pictures:/tmp",
            "stream:/tmp/s",
        ] {
            let spec: SourceSpec = text.parse().unwrap();
            assert_eq!(
                spec.accepted(false),
                Err(SpecError::OnlyInSimulation(text.into()))
            );
            assert_eq!(spec.accepted(true), Ok(()));
            assert!(
                matches!(spec.open(false), Err(FrameError::Gone(_))),
                "{text}"
            );
            assert!(
                matches!(spec.probe(false), Err(FrameError::Gone(_))),
                "{text}"
            );
        }
    }
}
