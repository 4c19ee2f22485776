//! The daemon's end of the worker's socket: one thread that reads events, a bounded channel, writes with a time limit.
//! Reconnecting is the caller's decision; a closed channel means that the worker has gone.

use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::protocol::{Event, Request, WireError, read_message, write_message};

/// Events that wait for the daemon; previews beyond it are dropped, everything else waits.
const WAITING_EVENTS: usize = 32;

/// Why the worker could not be reached or told something.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody listens at the path, or it may not be opened.
    #[error("vision worker at {path} cannot be reached")]
    Connect {
        /// Socket path.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The request could not be written in time.
    #[error("vision worker does not take the request")]
    Send(#[from] WireError),
}

/// A connection to the worker.
pub struct VisionClient {
    stream: Mutex<UnixStream>,
    events: Option<Receiver<(Event, Zeroizing<Vec<u8>>)>>,
    reader: Option<JoinHandle<()>>,
}

impl VisionClient {
    /// Connects; `timeout` limits every later write.
    pub fn connect(path: &Path, timeout: Duration) -> Result<Self, ClientError> {
        let failed = |source| ClientError::Connect {
            path: path.display().to_string(),
            source,
        };
        let stream = UnixStream::connect(path).map_err(failed)?;
        stream.set_write_timeout(Some(timeout)).map_err(failed)?;
        let incoming = stream.try_clone().map_err(failed)?;
        let (sender, events) = sync_channel(WAITING_EVENTS);
        let reader = std::thread::Builder::new()
            .name("vision-events".into())
            .spawn(move || read_events(incoming, &sender))
            .map_err(failed)?;
        Ok(Self {
            stream: Mutex::new(stream),
            events: Some(events),
            reader: Some(reader),
        })
    }

    /// Sends a request; `payload` is the card photo of [`Request::StartFace`], else empty.
    pub fn send(&self, request: &Request, payload: &[u8]) -> Result<(), ClientError> {
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(
            write_message(&mut *stream, request, payload).inspect_err(|_| {
                // Half a request may have gone: whatever followed would be read as its rest. The connection ends, and the caller makes another.
                let _ = stream.shutdown(Shutdown::Both);
            })?,
        )
    }

    /// The events with their payloads, in order; can be taken once. It ends when the connection does.
    pub fn events(&mut self) -> Option<Receiver<(Event, Zeroizing<Vec<u8>>)>> {
        self.events.take()
    }
}

impl Drop for VisionClient {
    fn drop(&mut self) {
        // Our own receiver first: the reader may be waiting for room in it.
        self.events = None;
        let _ = self
            .stream
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .shutdown(Shutdown::Both);
        // A taken receiver may live on without being read; then the thread ends with it, and is not waited for.
        if let Some(reader) = self.reader.take()
            && reader.is_finished()
        {
            let _ = reader.join();
        }
    }
}

fn read_events(mut from: UnixStream, to: &SyncSender<(Event, Zeroizing<Vec<u8>>)>) {
    loop {
        match read_message::<Event>(&mut from) {
            Ok((event, payload)) => {
                let sent = if matches!(event, Event::Preview { .. }) {
                    match to.try_send((event, payload)) {
                        Ok(()) | Err(TrySendError::Full(_)) => true,
                        Err(TrySendError::Disconnected(_)) => false,
                    }
                } else {
                    to.send((event, payload)).is_ok()
                };
                if !sent {
                    return;
                }
            }
            Err(WireError::Closed) => return,
            Err(error) => {
                tracing::warn!(%error, "vision worker: connection lost");
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;
    use std::sync::mpsc::RecvTimeoutError;

    use super::*;

    /// A worker that takes half a request gets no second one behind it: the connection ends.
    #[test]
    fn a_request_that_was_written_in_part_ends_the_connection() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vision.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let mut client = VisionClient::connect(&path, Duration::from_millis(100)).unwrap();
        let (_never_read, _) = listener.accept().unwrap();
        let events = client.events().unwrap();
        let long = vec![0; crate::protocol::MAX_PAYLOAD];
        let sent = client.send(&Request::Hello, &long);
        assert!(matches!(sent, Err(ClientError::Send(_))), "{sent:?}");
        assert!(client.send(&Request::Hello, &[]).is_err());
        let ended = events.recv_timeout(Duration::from_secs(5)).map(|_| ());
        assert_eq!(ended, Err(RecvTimeoutError::Disconnected));
    }
}
