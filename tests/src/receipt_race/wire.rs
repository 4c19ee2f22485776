//! What a racer says and hears: blocking, one connection, as small as an HTTP client can be, so that the time of the other side is
//! measured and not this one's.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

/// Longest wait for one answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A kept connection.
pub struct Wire(BufReader<UnixStream>);

/// One claim as its client saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// HTTP status.
    pub status: u16,
    /// Owner that the answer names.
    pub owner: Option<String>,
    /// From the first byte sent to the last one read.
    pub took: Duration,
    /// Bytes sent and read.
    pub bytes: [usize; 2],
}

impl Wire {
    /// Connects.
    ///
    /// # Errors
    /// Nobody listens there, or the place is not ours.
    pub fn connect(socket: &Path) -> anyhow::Result<Self> {
        let stream =
            UnixStream::connect(socket).with_context(|| format!("{}", socket.display()))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Claims a result.
    ///
    /// # Errors
    /// No answer in time, or none of HTTP and JSON.
    pub fn claim(&mut self, id: &str) -> anyhow::Result<Claim> {
        let request = format!(
            "POST /v1/results/{id}/claim HTTP/1.1\r\nHost: terminal\r\nContent-Length: 0\r\n\r\n"
        );
        let began = Instant::now();
        self.0.get_mut().write_all(request.as_bytes())?;
        let (status, body, bytes) = self.answer().context("no answer to a claim")?;
        let took = began.elapsed();
        let document: serde_json::Value = serde_json::from_slice(&body)?;
        Ok(Claim {
            status,
            owner: document["owner"].as_str().map(str::to_owned),
            took,
            bytes: [request.len(), bytes],
        })
    }

    /// Sends and gets as many bytes, without a meaning; gives the time.
    ///
    /// # Errors
    /// The other side does not answer with so many.
    pub fn echo(&mut self, there: &[u8], back: &mut [u8]) -> anyhow::Result<Duration> {
        let began = Instant::now();
        self.0.get_mut().write_all(there)?;
        self.0.read_exact(back)?;
        Ok(began.elapsed())
    }

    /// An answer with a length: status, body, bytes in all.
    fn answer(&mut self) -> anyhow::Result<(u16, Vec<u8>, usize)> {
        let (mut line, mut length, mut status, mut bytes) = (String::new(), 0, 0, 0);
        loop {
            line.clear();
            let read = self.0.read_line(&mut line)?;
            ensure!(read > 0, "the connection was closed");
            bytes += read;
            let text = line.trim_end();
            if status == 0 {
                status = text
                    .split(' ')
                    .nth(1)
                    .and_then(|word| word.parse().ok())
                    .with_context(|| text.to_owned())?;
            } else if text.is_empty() {
                break;
            } else if let Some((name, value)) = text.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok((status, body, bytes + length))
    }
}

impl Claim {
    /// As one line between a racer and whoever started it.
    #[must_use]
    pub fn line(&self) -> String {
        format!(
            "{} {} {} {} {}",
            self.status,
            self.took.as_nanos(),
            self.bytes[0],
            self.bytes[1],
            self.owner.as_deref().unwrap_or("-")
        )
    }

    /// Reads such a line.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace();
        let (status, nanos) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let bytes = [words.next()?.parse().ok()?, words.next()?.parse().ok()?];
        let owner = words.next().filter(|owner| *owner != "-");
        Some(Self {
            status,
            owner: owner.map(str::to_owned),
            took: Duration::from_nanos(nanos),
            bytes,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_survives_its_line() {
        for owner in [None, Some("client-7".to_owned())] {
            let claim = Claim {
                status: 409,
                owner,
                took: Duration::from_micros(1500),
                bytes: [105, 530],
            };
            assert_eq!(Claim::read(&claim.line()).unwrap(), claim);
        }
        assert_eq!(Claim::read("200 x"), None);
    }
}
