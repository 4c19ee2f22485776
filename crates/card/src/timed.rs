//! A time limit on calls that have none: pcscd may block for as long as a driver hangs.
//!
//! Each connection lives on its own thread; the worker waits for it with a limit and, when that passes,
//! leaves it behind. A thread left behind switches the card off as soon as the driver lets go of it.
//! A step of many exchanges ends with its deadline, however slowly the card feeds it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::stop::Stop;
use crate::transport::{Answer, CardLink, LinkError, RawLink, Readers};

/// How long another program's use of the card is waited out.
const SHARING_PATIENCE: Duration = Duration::from_secs(2);
const SHARING_PAUSE: Duration = Duration::from_millis(100);
/// Threads left behind in hung drivers, beyond which no new connection is tried.
const MOST_LEFT_BEHIND: usize = 4;

/// Longest wait for a power-off: a driver that takes longer finishes it behind our back.
const CLOSE_PATIENCE: Duration = Duration::from_secs(2);

type Command = Zeroizing<Vec<u8>>;

/// What bounds the exchanges of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// Longest wait for one answer.
    pub(crate) each: Duration,
    /// No exchange begins, and no answer is waited for, beyond this.
    pub(crate) until: Instant,
    /// No exchange begins once this is set.
    pub(crate) stop: Arc<Stop>,
}

impl Limits {
    /// Time left for a single wait of at most `longest`.
    fn left(&self, longest: Duration) -> Duration {
        longest.min(self.until.saturating_duration_since(Instant::now()))
    }
}

/// Counts living connection threads.
#[derive(Debug, Clone, Default)]
pub(crate) struct LinkThreads(Arc<AtomicUsize>);

impl LinkThreads {
    /// How many live; without an open session each is one that hangs in a driver.
    pub(crate) fn alive(&self) -> usize {
        self.0.load(Ordering::Acquire)
    }
}

struct Alive(Arc<AtomicUsize>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A connection whose every exchange ends within the limit.
pub(crate) struct TimedLink {
    commands: SyncSender<Command>,
    answers: Receiver<Result<Answer, LinkError>>,
    limits: Limits,
    atr: Vec<u8>,
}

impl TimedLink {
    /// Connects on a new thread. Takes at most the limit of one answer beyond the sharing patience.
    pub(crate) fn open(
        readers: &Arc<dyn Readers>,
        reader: &str,
        limits: Limits,
        threads: &LinkThreads,
    ) -> Result<Self, LinkError> {
        if threads.0.fetch_add(1, Ordering::AcqRel) >= MOST_LEFT_BEHIND {
            threads.0.fetch_sub(1, Ordering::AcqRel);
            return Err(LinkError::Stuck);
        }
        let alive = Alive(Arc::clone(&threads.0));
        let (commands, inbox) = sync_channel::<Command>(1);
        let (outbox, answers) = sync_channel(1);
        let readers = Arc::clone(readers);
        let reader = reader.to_owned();
        thread::Builder::new()
            .name("card-link".into())
            .spawn(move || {
                let _alive = alive;
                serve(&*readers, &reader, &inbox, &outbox);
                // `outbox` is dropped after the power-off: that is how `close` knows.
                drop(outbox);
            })
            .map_err(|error| LinkError::Protocol(error.to_string()))?;
        match answers.recv_timeout(limits.left(limits.each.saturating_add(SHARING_PATIENCE))) {
            Ok(Ok(atr)) => Ok(Self {
                commands,
                answers,
                limits,
                atr: atr.to_vec(),
            }),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(LinkError::Timeout),
        }
    }

    /// The card's answer to reset.
    pub(crate) fn atr(&self) -> &[u8] {
        &self.atr
    }

    /// Sets the deadline of the step that begins now.
    pub(crate) const fn set_deadline(&mut self, until: Instant) {
        self.limits.until = until;
    }

    /// Switches the card off and waits for it, at most the limit of one answer or two seconds.
    pub(crate) fn close(self) {
        let Self {
            commands,
            answers,
            limits,
            ..
        } = self;
        drop(commands);
        // A late answer, then the end of the thread.
        while answers
            .recv_timeout(limits.each.min(CLOSE_PATIENCE))
            .is_ok()
        {}
    }
}

impl RawLink for TimedLink {
    fn transmit(&mut self, command: &[u8]) -> Result<Answer, LinkError> {
        if self.limits.stop.is_stopped() {
            return Err(LinkError::Protocol("the card threads are ending".into()));
        }
        let left = self.limits.left(self.limits.each);
        if left.is_zero() {
            return Err(LinkError::Timeout);
        }
        self.commands
            .try_send(Zeroizing::new(command.to_vec()))
            .map_err(|_| LinkError::Timeout)?;
        match self.answers.recv_timeout(left) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => Err(LinkError::Timeout),
            Err(RecvTimeoutError::Disconnected) => {
                Err(LinkError::Protocol("the connection ended".into()))
            }
        }
    }
}

fn serve(
    readers: &dyn Readers,
    reader: &str,
    inbox: &Receiver<Command>,
    outbox: &SyncSender<Result<Answer, LinkError>>,
) {
    let mut link = match connect(readers, reader, inbox) {
        Some(Ok(link)) => link,
        Some(Err(error)) => {
            let _ = outbox.send(Err(error));
            return;
        }
        None => return,
    };
    // The first answer is the answer to reset: it says that the connection stands.
    if outbox.send(Ok(Zeroizing::new(link.atr()))).is_ok() {
        while let Ok(command) = inbox.recv() {
            if outbox.send(link.transmit(&command)).is_err() {
                break;
            }
        }
    }
    link.power_off();
}

/// `None` when the worker no longer waits.
fn connect(
    readers: &dyn Readers,
    reader: &str,
    inbox: &Receiver<Command>,
) -> Option<Result<Box<dyn CardLink>, LinkError>> {
    let until = Instant::now() + SHARING_PATIENCE;
    loop {
        match readers.connect(reader) {
            Err(LinkError::Busy) if Instant::now() < until => {
                if let Err(RecvTimeoutError::Disconnected) = inbox.recv_timeout(SHARING_PAUSE) {
                    return None;
                }
            }
            result => return Some(result),
        }
    }
}
