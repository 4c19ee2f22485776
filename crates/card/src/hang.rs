//! When a reader hangs in its driver: noticed by a connection that never came back, answered by one restart.
//!
//! A driver that lets go by itself within the patience is left alone. At most one restart a minute: a reader that
//! hangs again at once is broken, and then people have to look at it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::api::CardEvent;
use crate::error::CardError;
use crate::reset::{ReaderReset, ResetError};
use crate::timed::LinkThreads;
use crate::transport::LinkError;

const PATIENCE: Duration = Duration::from_secs(2);
const BETWEEN_RESTARTS: Duration = Duration::from_secs(60);

/// Watches for one hung reader at a time.
pub(crate) struct Hang {
    reset: Option<Arc<dyn ReaderReset>>,
    suspect: Option<(String, Instant)>,
    last_restart: Option<Instant>,
    running: Option<(String, Receiver<Result<(), ResetError>>)>,
}

impl Hang {
    pub(crate) const fn new(reset: Option<Arc<dyn ReaderReset>>) -> Self {
        Self {
            reset,
            suspect: None,
            last_restart: None,
            running: None,
        }
    }

    /// Takes note of how an exchange with `reader` ended.
    pub(crate) fn note(&mut self, reader: &str, error: &CardError) {
        if matches!(
            error,
            CardError::Link(LinkError::Timeout | LinkError::Stuck)
        ) && self.suspect.is_none()
        {
            self.suspect = Some((reader.to_owned(), Instant::now()));
        }
    }

    /// Looks again; `own` connections are in use and not hung. Gives an event when something came of it.
    pub(crate) fn look(&mut self, threads: &LinkThreads, own: usize) -> Option<CardEvent> {
        if let Some(event) = self.finished() {
            return Some(event);
        }
        let (reader, since) = self.suspect.as_ref()?;
        if threads.alive() <= own {
            // The driver let go.
            self.suspect = None;
            return None;
        }
        if since.elapsed() < PATIENCE || self.running.is_some() {
            return None;
        }
        let reader = reader.clone();
        self.suspect = None;
        if self
            .last_restart
            .is_some_and(|last| last.elapsed() < BETWEEN_RESTARTS)
        {
            return Some(hung(
                reader,
                Some("restarted less than a minute ago".into()),
            ));
        }
        let Some(reset) = self.reset.clone() else {
            return Some(hung(reader, Some("no restart is configured".into())));
        };
        self.last_restart = Some(Instant::now());
        tracing::warn!(reader, "the reader hangs in its driver; restarting it");
        let (done, result) = sync_channel(1);
        let named = reader.clone();
        let started = thread::Builder::new()
            .name("card-reset".into())
            .spawn(move || {
                let _ = done.send(reset.reset(&named));
            });
        match started {
            Ok(_) => {
                self.running = Some((reader, result));
                None
            }
            Err(error) => Some(hung(reader, Some(error.to_string()))),
        }
    }

    fn finished(&mut self) -> Option<CardEvent> {
        let (_, result) = self.running.as_ref()?;
        let trouble = match result.try_recv() {
            Ok(done) => done.err().map(|error| error.to_string()),
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => Some("the restart broke off".into()),
        };
        let (reader, _) = self.running.take()?;
        Some(hung(reader, trouble))
    }
}

fn hung(reader: String, trouble: Option<String>) -> CardEvent {
    CardEvent::ReaderHung { reader, trouble }
}
