//! JPEG frames pushed over a Unix socket, each behind its length (u32, big endian): the simulated camera.

use std::io::{ErrorKind, Read};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use zeroize::{Zeroize, Zeroizing};

use super::{FrameError, FrameSource};
use crate::decode::jpeg;
use crate::frame::Frame;

/// Most bytes held back: one longest frame and the beginning of the next.
const MOST_HELD: usize = jpeg::MAX_BYTES + 64 * 1024;

/// A server without a camera hangs up within this time.
const HANG_UP: Duration = Duration::from_millis(300);

/// See the module's description.
pub struct StreamSource {
    stream: UnixStream,
    held: Zeroizing<Vec<u8>>,
    chunk: Zeroizing<Vec<u8>>,
}

impl StreamSource {
    /// Connects to the frame server.
    pub fn connect(path: &Path) -> Result<Self, FrameError> {
        let stream = UnixStream::connect(path)
            .map_err(|error| FrameError::Gone(format!("{}: {error}", path.display())))?;
        Ok(Self::new(stream))
    }

    fn new(stream: UnixStream) -> Self {
        Self {
            stream,
            held: Zeroizing::new(Vec::new()),
            chunk: Zeroizing::new(vec![0; 64 * 1024]),
        }
    }

    /// Whether the server keeps the stream open: a simulated camera that was unplugged accepts and hangs up.
    pub(super) fn stays_open(mut self) -> Result<(), FrameError> {
        self.fill(HANG_UP).map(|_| ())
    }

    /// Takes the newest whole frame out of what is held; older ones are dropped, since a face moves on.
    fn newest(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>, FrameError> {
        let mut newest = None;
        loop {
            let Some(&[a, b, c, d]) = self.held.first_chunk::<4>() else {
                return Ok(newest);
            };
            let length = u32::from_be_bytes([a, b, c, d]) as usize;
            if length == 0 || length > jpeg::MAX_BYTES {
                // The frame borders are lost: nothing that follows can be trusted.
                return Err(FrameError::Gone(format!(
                    "a frame of {length} bytes was announced"
                )));
            }
            let Some(frame) = self.held.get(4..4 + length) else {
                return Ok(newest);
            };
            newest = Some(Zeroizing::new(frame.to_vec()));
            let rest = Zeroizing::new(self.held.get(4 + length..).unwrap_or_default().to_vec());
            self.held.zeroize();
            self.held = rest;
        }
    }

    /// Reads what is there, waiting up to `wait` for the first byte. False when nothing came.
    fn fill(&mut self, wait: Duration) -> Result<bool, FrameError> {
        let lost = |error: std::io::Error| FrameError::Gone(error.to_string());
        // A zero timeout would mean "for ever".
        self.stream
            .set_read_timeout(Some(wait.max(Duration::from_millis(1))))
            .map_err(lost)?;
        let room = MOST_HELD
            .saturating_sub(self.held.len())
            .min(self.chunk.len());
        match self.stream.read(&mut self.chunk[..room]) {
            Ok(0) => Err(FrameError::Gone(
                "the frame server closed the stream".into(),
            )),
            Ok(count) => {
                self.held.extend_from_slice(&self.chunk[..count]);
                Ok(count == room && room > 0)
            }
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
                ) =>
            {
                Ok(false)
            }
            Err(error) => Err(lost(error)),
        }
    }
}

impl FrameSource for StreamSource {
    fn next_frame(&mut self, wait: Duration) -> Result<Frame, FrameError> {
        let until = Instant::now() + wait;
        loop {
            let mut left = until.saturating_duration_since(Instant::now());
            // Everything that is there already, so that a slow reader does not look at the past; bounded by what may be held.
            while self.fill(left)? && self.held.len() < MOST_HELD {
                left = Duration::ZERO;
            }
            if let Some(bytes) = self.newest()? {
                let picture =
                    jpeg::decode(&bytes).map_err(|error| FrameError::Broken(error.to_string()))?;
                return Ok(Frame {
                    picture,
                    jpeg: Some(bytes),
                });
            }
            if Instant::now() >= until {
                return Err(FrameError::Timeout);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::frame::Picture;

    fn jpeg_of(width: usize) -> Vec<u8> {
        jpeg::encode(
            &Picture::from_grey(width, 8, &vec![90; width * 8]).unwrap(),
            80,
        )
        .unwrap()
        .to_vec()
    }

    fn framed(bytes: &[u8]) -> Vec<u8> {
        [&(bytes.len() as u32).to_be_bytes(), bytes].concat()
    }

    #[test]
    fn the_newest_whole_frame_is_taken() {
        let (mut server, client) = UnixStream::pair().unwrap();
        let mut source = StreamSource::new(client);
        let half = framed(&jpeg_of(48));
        server
            .write_all(
                &[
                    framed(&jpeg_of(16)),
                    framed(&jpeg_of(32)),
                    half[..20].to_vec(),
                ]
                .concat(),
            )
            .unwrap();
        assert_eq!(
            source
                .next_frame(Duration::from_secs(1))
                .unwrap()
                .picture
                .width(),
            32
        );
        assert_eq!(
            source.next_frame(Duration::from_millis(20)).err(),
            Some(FrameError::Timeout)
        );
        server.write_all(&half[20..]).unwrap();
        assert_eq!(
            source
                .next_frame(Duration::from_secs(1))
                .unwrap()
                .picture
                .width(),
            48
        );
        drop(server);
        assert!(matches!(
            source.next_frame(Duration::from_secs(1)),
            Err(FrameError::Gone(_))
        ));
    }

    /// Invariant 15: an announced giant ends the stream, rubbish is one broken frame.
    #[test]
    fn giants_and_rubbish() {
        let (mut server, client) = UnixStream::pair().unwrap();
        let mut source = StreamSource::new(client);
        server.write_all(&framed(b"no picture")).unwrap();
        assert!(matches!(
            source.next_frame(Duration::from_secs(1)),
            Err(FrameError::Broken(_))
        ));
        server.write_all(&[0xff; 4]).unwrap();
        assert!(matches!(
            source.next_frame(Duration::from_secs(1)),
            Err(FrameError::Gone(_))
        ));
    }
}
