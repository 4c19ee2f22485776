//! The worker's side of its socket: one connection at a time, a newer one replaces the older.
//!
//! Three kinds of threads: this one accepts and keeps the watchdog quiet, one reads a connection's requests, one writes events.

use std::io;
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use ring::rand::SecureRandom as _;
use zeroize::Zeroizing;

use crate::codes;
use crate::engine::{Command, Engine, HANGING, Outgoing, Sources};
use crate::jobs::{Job, Jobs, Purpose};
use crate::models::FaceModels;
use crate::ocr::tesseract::Tesseract;
use crate::order::{Order, Refused};
use crate::pad::AttackModel;
use crate::protocol::{
    Event, FaceOutcome, PROTOCOL_VERSION, Request, WireError, read_message, write_message,
};
use crate::source::SpecError;

/// Events that may wait for the connection.
const WAITING_EVENTS: usize = 16;
/// A message that has begun must go on this fast, and be taken this fast.
const MESSAGE_TIME: Duration = Duration::from_secs(2);
/// How often the accepting thread looks up.
const LOOK_UP_MS: u16 = 250;
/// Above this the process ends and is started anew. In ordinary use it stays far below half of it.
const MOST_MEMORY_MB: u64 = 700;

/// Why serving ended or could not begin.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Invariant 13.
    #[error(transparent)]
    Source(#[from] SpecError),
    /// The socket or a thread failed.
    #[error("serving the socket")]
    Io(#[from] io::Error),
    /// It grew without bound; a new process begins anew.
    #[error("{0} MB of memory are in use")]
    Memory(u64),
    /// The engine's thread ended by itself.
    #[error("the engine ended")]
    EngineEnded,
}

/// What the worker serves with.
pub struct ServerConfig {
    /// Where frames come from.
    pub sources: Sources,
    /// Reads card fronts, where it is installed and a document camera is there.
    pub ocr: Option<Tesseract>,
    /// Started with `--simulation`?
    pub simulation: bool,
    /// Loaded models.
    pub models: Arc<FaceModels>,
    /// The operator's attack-detection model, if any.
    pub attack_model: Option<Arc<AttackModel>>,
    /// What the sandbox left open, for [`Event::Hello`].
    pub open: Vec<String>,
}

struct Shared {
    hello: Event,
    jobs: Arc<Jobs>,
    engine: Engine,
    events: SyncSender<Outgoing>,
    current: Mutex<Option<(u64, UnixStream)>>,
}

/// Serves until `stop` is set. `alive` is called several times a second while the engine lives.
pub fn serve(
    listener: &UnixListener,
    config: ServerConfig,
    stop: &AtomicBool,
    mut alive: impl FnMut(),
) -> Result<(), ServeError> {
    for source in [
        Some(&config.sources.face),
        config.sources.document.as_ref(),
        config.sources.infrared.as_ref(),
    ]
    .into_iter()
    .flatten()
    {
        source.accepted(config.simulation)?;
    }
    listener.set_nonblocking(true)?;
    let (events, outbox) = sync_channel(WAITING_EVENTS);
    let jobs = Arc::new(Jobs::default());
    let mut digests = config.models.digests().to_vec();
    digests.extend(
        config
            .attack_model
            .as_ref()
            .map(|model| model.digest().clone()),
    );
    let hello = Event::Hello {
        version: PROTOCOL_VERSION,
        recipe: config.models.recipe().into(),
        source: config.sources.face.to_string(),
        simulated: config.simulation,
        models: digests,
        open: config.open,
        reads_cards: config.ocr.is_some(),
    };
    let engine = Engine::spawn(
        config.sources,
        config.simulation,
        config.models,
        config.ocr,
        config.attack_model,
        Arc::clone(&jobs),
        events.clone(),
    )?;
    let shared = Arc::new(Shared {
        hello,
        jobs,
        engine,
        events,
        current: Mutex::new(None),
    });
    let writer = Arc::downgrade(&shared);
    std::thread::Builder::new()
        .name("vision-writer".into())
        .spawn(move || write_events(&outbox, &writer))?;

    let mut peer = 0;
    let result = loop {
        if stop.load(Ordering::Relaxed) {
            break Ok(());
        }
        match shared.engine.silent_for() {
            None => break Err(ServeError::EngineEnded),
            Some(_) if resident_mb() > MOST_MEMORY_MB => {
                break Err(ServeError::Memory(resident_mb()));
            }
            Some(silent) if silent < HANGING => alive(),
            Some(silent) => tracing::error!(seconds = silent.as_secs(), "the engine hangs"),
        }
        if !readable(listener, PollTimeout::from(LOOK_UP_MS))? {
            continue;
        }
        match listener.accept() {
            Ok((stream, _)) => {
                peer += 1;
                if let Err(error) = welcome(&shared, stream, peer) {
                    tracing::warn!(%error, "connection refused");
                }
            }
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
                ) => {}
            Err(error) => tracing::warn!(%error, "accept"),
        }
    };
    shared.replace(None);
    result
}

fn welcome(shared: &Arc<Shared>, stream: UnixStream, peer: u64) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(MESSAGE_TIME))?;
    stream.set_write_timeout(Some(MESSAGE_TIME))?;
    let incoming = stream.try_clone()?;
    shared.replace(Some((peer, stream)));
    let shared = Arc::clone(shared);
    std::thread::Builder::new()
        .name("vision-reader".into())
        .spawn(move || {
            if let Err(error) = read_requests(&shared, incoming, peer) {
                tracing::warn!(%error, "connection ended");
            }
            shared.jobs.close_peer(peer);
            shared.forget(peer);
        })?;
    Ok(())
}

fn read_requests(shared: &Shared, mut stream: UnixStream, peer: u64) -> Result<(), WireError> {
    loop {
        // Between messages for as long as it takes, within one only for a moment.
        if !readable(&stream, PollTimeout::NONE)? {
            continue;
        }
        match read_message::<Request>(&mut stream) {
            Ok((request, payload)) => {
                if !shared.handle(peer, &request, payload) {
                    return Ok(());
                }
            }
            Err(WireError::Closed) => return Ok(()),
            Err(WireError::NotUnderstood(error)) => {
                // The message was read whole, so the next one begins where it should.
                let problem = Event::Problem {
                    code: codes::MESSAGE_REFUSED.code.into(),
                    detail: error.to_string(),
                };
                if !shared.send(peer, problem) {
                    return Ok(());
                }
            }
            Err(error) => return Err(error),
        }
    }
}

impl Shared {
    /// False when events can't be sent any more.
    fn handle(&self, peer: u64, request: &Request, photo: Zeroizing<Vec<u8>>) -> bool {
        let order = match Order::of(request, random()) {
            Ok(order) => order,
            Err(why) => return self.not_in_order(peer, request, &why),
        };
        match order {
            Order::Hello => self.send(peer, self.hello.clone()),
            Order::Compare {
                visit,
                rules,
                preview,
            } => {
                let Some(job) = self.open(peer, visit, Purpose::Compare) else {
                    return false;
                };
                if self.engine.command(Command::Compare {
                    job,
                    rules,
                    preview,
                    photo,
                }) {
                    return true;
                }
                self.refuse(job, codes::BUSY, "the engine does not take commands".into())
            }
            Order::Read {
                visit,
                deadline,
                known,
                held_up,
            } => {
                let Some(job) = self.open(peer, visit, Purpose::ReadCard) else {
                    return false;
                };
                if self.engine.command(Command::ReadCard {
                    job,
                    deadline,
                    known,
                    held_up,
                }) {
                    return true;
                }
                self.nothing_read(job, "the engine does not take commands".into())
            }
            Order::Stop { visit } => self
                .jobs
                .close_visit(peer, visit)
                .is_none_or(|job| self.outcome(job, FaceOutcome::Stopped)),
            Order::Check { picture } if self.jobs.comparing() || (!picture && self.jobs.any()) => {
                // Whoever waits before the camera is not to wait for an engine that will not come back.
                let hangs = self.engine.hangs();
                let detail = if hangs { "the engine hangs" } else { "in use" };
                self.send(
                    peer,
                    Event::Camera {
                        ok: !hangs,
                        detail: detail.into(),
                        width: 0,
                        height: 0,
                        fps: 0,
                        beside: Vec::new(),
                    },
                )
            }
            Order::Check { picture } => {
                self.engine.command(Command::CheckCamera { peer, picture })
                    || self.send(
                        peer,
                        Event::Camera {
                            ok: false,
                            detail: "the engine is stuck".into(),
                            width: 0,
                            height: 0,
                            fps: 0,
                            beside: Vec::new(),
                        },
                    )
            }
        }
    }

    /// Opens a job; what another one of this connection was doing is stopped, and told so.
    fn open(&self, peer: u64, visit: u64, purpose: Purpose) -> Option<Job> {
        let (job, former) = self.jobs.open(peer, visit, purpose)?;
        if let Some(former) = former {
            self.outcome(former, FaceOutcome::Stopped);
        }
        Some(job)
    }

    /// A request outside its limits is answered as one that was tried and failed.
    fn not_in_order(&self, peer: u64, request: &Request, why: &Refused) -> bool {
        match *request {
            Request::StartFace { visit, .. } => match self.open(peer, visit, Purpose::Compare) {
                Some(job) => self.refuse(job, codes::THRESHOLD_REFUSED, why.to_string()),
                None => false,
            },
            Request::ReadCard { visit, .. } => match self.open(peer, visit, Purpose::ReadCard) {
                Some(job) => self.nothing_read(job, why.to_string()),
                None => false,
            },
            Request::Hello | Request::Stop { .. } | Request::CheckCamera { .. } => true,
        }
    }

    /// The card can't be read: the number is typed.
    fn nothing_read(&self, job: Job, detail: String) -> bool {
        self.jobs.close(job);
        self.send(
            job.peer,
            Event::CardRead {
                visit: job.visit,
                sure: 0,
                another: false,
                detail,
            },
        )
    }

    /// The comparison can't begin: said with a code, and the visit goes on by another way (invariant 7).
    fn refuse(&self, job: Job, code: codes::Code, detail: String) -> bool {
        let told = self.send(
            job.peer,
            Event::Problem {
                code: code.code.into(),
                detail: detail.clone(),
            },
        );
        told && (!self.jobs.close(job) || self.outcome(job, FaceOutcome::CameraGone { detail }))
    }

    fn outcome(&self, job: Job, outcome: FaceOutcome) -> bool {
        self.send(
            job.peer,
            Event::Outcome {
                visit: job.visit,
                outcome,
            },
        )
    }

    fn send(&self, peer: u64, event: Event) -> bool {
        self.events
            .send(Outgoing {
                peer,
                event,
                payload: Zeroizing::default(),
            })
            .is_ok()
    }

    /// Puts a connection in the place of the former, which is closed.
    fn replace(&self, next: Option<(u64, UnixStream)>) {
        self.jobs.admit(next.as_ref().map_or(0, |(peer, _)| *peer));
        let former = std::mem::replace(&mut *self.current(), next);
        if let Some((_, stream)) = former {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn forget(&self, peer: u64) {
        self.current().take_if(|(current, _)| *current == peer);
    }

    fn current(&self) -> MutexGuard<'_, Option<(u64, UnixStream)>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes events to the connection that they are for; those of a connection that has gone are dropped.
fn write_events(outbox: &Receiver<Outgoing>, shared: &std::sync::Weak<Shared>) {
    while let Ok(Outgoing {
        peer,
        event,
        payload,
    }) = outbox.recv()
    {
        let Some(shared) = shared.upgrade() else {
            return;
        };
        // A clone of the handle, so that a new connection need not wait for a slow write to the old.
        let stream = match &*shared.current() {
            Some((current, stream)) if *current == peer => stream.try_clone().ok(),
            _ => None,
        };
        let Some(mut stream) = stream else { continue };
        if let Err(error) = write_message(&mut stream, &event, &payload) {
            tracing::warn!(%error, "connection does not take events");
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// Memory in use; 0 where the system does not say.
fn resident_mb() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text
        .split_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) / 256
}

/// A byte that nobody can foresee: the order of the head turns.
fn random() -> u8 {
    let mut byte = [0];
    // The system's random numbers do not run out; should they, the time of day is still better than an order that is always the same.
    if ring::rand::SystemRandom::new().fill(&mut byte).is_err() {
        let now = std::time::SystemTime::UNIX_EPOCH
            .elapsed()
            .unwrap_or_default();
        byte = [(now.subsec_nanos() >> 10) as u8];
    }
    byte[0]
}

fn readable(what: &impl AsFd, wait: PollTimeout) -> io::Result<bool> {
    match poll(&mut [PollFd::new(what.as_fd(), PollFlags::POLLIN)], wait) {
        Ok(count) => Ok(count > 0),
        Err(Errno::EINTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
