//! The JPEG files of a folder as frames, over and over: for tests and simulation.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::{FrameError, FrameSource};
use crate::decode::jpeg;
use crate::frame::Frame;

/// Time from one frame to the next.
const PACE: Duration = Duration::from_millis(66);
/// Most files of a folder.
const MOST: usize = 1000;

/// See the module's description.
pub struct PictureSource {
    files: Vec<PathBuf>,
    next: usize,
    due: Option<Instant>,
    /// Nothing is ever sent: waiting on it is waiting with a limit.
    clock: (Sender<()>, Receiver<()>),
}

impl PictureSource {
    /// Lists the folder; at least one `.jpg` must be there.
    pub fn open(folder: &Path) -> Result<Self, FrameError> {
        let gone =
            |error: std::io::Error| FrameError::Gone(format!("{}: {error}", folder.display()));
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(gone)?.take(MOST) {
            let path = entry.map_err(gone)?.path();
            if path
                .extension()
                .is_some_and(|kind| kind == "jpg" || kind == "jpeg")
            {
                files.push(path);
            }
        }
        files.sort();
        if files.is_empty() {
            return Err(FrameError::Gone(format!(
                "{}: no .jpg there",
                folder.display()
            )));
        }
        Ok(Self {
            files,
            next: 0,
            due: None,
            clock: channel(),
        })
    }

    /// Number of files.
    pub fn count(&self) -> usize {
        self.files.len()
    }
}

impl FrameSource for PictureSource {
    fn next_frame(&mut self, wait: Duration) -> Result<Frame, FrameError> {
        let now = Instant::now();
        let due = *self.due.get_or_insert(now);
        let pause = due.saturating_duration_since(now);
        if !pause.is_zero() {
            let _ = self.clock.1.recv_timeout(pause.min(wait));
        }
        if pause > wait {
            return Err(FrameError::Timeout);
        }
        self.due = Some(Instant::now() + PACE);
        let Some(path) = self.files.get(self.next % self.files.len()) else {
            return Err(FrameError::Gone("no pictures".into()));
        };
        self.next = self.next.wrapping_add(1);
        let length = std::fs::metadata(path)
            .map_err(|error| FrameError::Broken(error.to_string()))?
            .len();
        if length > jpeg::MAX_BYTES as u64 {
            return Err(FrameError::Broken(format!(
                "{} is too long",
                path.display()
            )));
        }
        let bytes = Zeroizing::new(
            std::fs::read(path).map_err(|error| FrameError::Broken(error.to_string()))?,
        );
        let picture = jpeg::decode(&bytes)
            .map_err(|error| FrameError::Broken(format!("{}: {error}", path.display())))?;
        Ok(Frame {
            picture,
            jpeg: Some(bytes),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Picture;

    #[test]
    fn files_come_in_order_and_again() {
        let folder = tempfile::tempdir().unwrap();
        for (name, width) in [("b.jpg", 32), ("a.jpg", 16), ("c.txt", 8)] {
            let picture = Picture::from_grey(width, 8, &vec![90; width * 8]).unwrap();
            std::fs::write(
                folder.path().join(name),
                &*jpeg::encode(&picture, 80).unwrap(),
            )
            .unwrap();
        }
        let mut source = PictureSource::open(folder.path()).unwrap();
        let mut widths = Vec::new();
        while widths.len() < 3 {
            match source.next_frame(Duration::from_millis(500)) {
                Ok(frame) => widths.push(frame.picture.width()),
                Err(error) => assert_eq!(error, FrameError::Timeout),
            }
        }
        assert_eq!(widths, [16, 32, 16]);
        std::fs::write(folder.path().join("b.jpg"), b"no picture").unwrap();
        assert!(matches!(
            source.next_frame(Duration::from_millis(500)),
            Err(FrameError::Broken(_))
        ));
        assert_eq!(
            source.next_frame(Duration::ZERO).err(),
            Some(FrameError::Timeout)
        );
    }

    #[test]
    fn an_empty_or_missing_folder_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(
            PictureSource::open(folder.path()),
            Err(FrameError::Gone(_))
        ));
        assert!(matches!(
            PictureSource::open(&folder.path().join("x")),
            Err(FrameError::Gone(_))
        ));
    }
}
