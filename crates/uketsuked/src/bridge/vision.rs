//! The link to the face worker: connected again whenever it went away, events carried to the engine.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use vision::client::VisionClient;
use vision::protocol::{Event, FaceOutcome, PROTOCOL_VERSION, Request};

use zeroize::Zeroizing;

use crate::board::{Board, Camera, Worker};
use crate::engine::Message;
use crate::preview::Preview;

/// Pause between looks at a camera that is not there, and longest wait for a write.
const PAUSE: Duration = Duration::from_secs(1);
/// Pause between attempts to reach a worker that is not there: one that died is back within a moment.
const AGAIN: Duration = Duration::from_millis(100);
/// How often a quiet worker's camera is looked at: an unplugged one shows within seconds, before a patient meets it.
const LOOK: Duration = Duration::from_secs(3);
/// A worker that says nothing for so long, though it was asked, hangs: it may have to open a camera, or to read a card's front to its end.
const SILENCE: Duration = Duration::from_secs(25);
/// The same while somebody waits before the camera: then the worker answers at once whatever it computes, and sends pictures besides.
const SILENCE_IN_A_CHECK: Duration = Duration::from_secs(7);

/// A worker that is not there, or not fit to be used.
const GONE: &str = vision::codes::WORKER_GONE.code;

/// A handle to whichever worker is connected; cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct VisionLink(Arc<Mutex<Linked>>);

#[derive(Default)]
struct Linked {
    client: Option<VisionClient>,
    /// A face check was begun then, and its end was neither asked for nor told.
    checking: Option<Instant>,
}

impl VisionLink {
    /// Sends a request; false when no worker is there to take it.
    pub(crate) fn send(&self, request: &Request, payload: &[u8]) -> bool {
        let mut linked = self.linked();
        let sent = linked
            .client
            .as_ref()
            .is_some_and(|client| client.send(request, payload).is_ok());
        match request {
            Request::StartFace { .. } if sent => linked.checking = Some(Instant::now()),
            Request::StartFace { .. } | Request::Stop { .. } => linked.checking = None,
            Request::Hello | Request::ReadCard { .. } | Request::CheckCamera { .. } => {}
        }
        sent
    }

    fn set(&self, client: Option<VisionClient>) {
        *self.linked() = Linked {
            client,
            checking: None,
        };
    }

    fn ended(&self) {
        self.linked().checking = None;
    }

    /// Whether a worker that was last heard then hangs.
    fn hangs(&self, heard: Instant) -> bool {
        match self.linked().checking {
            Some(begun) => begun.max(heard).elapsed() >= SILENCE_IN_A_CHECK,
            None => heard.elapsed() >= SILENCE,
        }
    }

    fn linked(&self) -> MutexGuard<'_, Linked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the link's thread works with.
pub(crate) struct Setup {
    /// The worker's socket.
    pub(crate) socket: PathBuf,
    /// Whether this is a simulated terminal: the worker must agree (invariant 13).
    pub(crate) simulated: bool,
    /// Name of the recipe that the threshold belongs to.
    pub(crate) recipe: String,
    /// The engine.
    pub(crate) engine: mpsc::Sender<Message>,
    /// Live pictures.
    pub(crate) preview: Preview,
    /// Told what is known of the worker, for the technician.
    pub(crate) board: Arc<Board>,
}

/// Starts the link's thread; it ends when the engine's mailbox closes.
///
/// # Errors
/// The thread can't be started.
pub(crate) fn start(setup: Setup) -> std::io::Result<VisionLink> {
    let link = VisionLink::default();
    let shared = link.clone();
    std::thread::Builder::new()
        .name("vision-link".into())
        .spawn(move || keep_linked(&setup, &shared))?;
    Ok(link)
}

/// What the link has learnt and told so far.
#[derive(Default)]
struct Known {
    /// The worker of this connection said who it is, and may be used.
    welcome: bool,
    /// What the engine was told: face recognition is there, or the code of what is missing.
    told: Option<Result<(), &'static str>>,
    /// The camera failed in a comparison: look at it now.
    doubted: bool,
}

impl Known {
    /// A camera that is trusted is only looked for; one that is not must deliver a picture to be trusted again.
    fn look(&self) -> Request {
        Request::CheckCamera {
            picture: self.doubted || self.told != Some(Ok(())),
        }
    }
}

fn keep_linked(setup: &Setup, link: &VisionLink) {
    let mut known = Known::default();
    while !setup.engine.is_closed() {
        let mut connected = false;
        match VisionClient::connect(&setup.socket, PAUSE) {
            Ok(mut client) => {
                connected = true;
                let Some(events) = client.events() else {
                    continue;
                };
                link.set(Some(client));
                known.welcome = false;
                let reason = serve(setup, link, &events, &mut known);
                if !setup.engine.is_closed() {
                    tracing::warn!(code = GONE, reason, "the face worker is gone");
                }
                link.set(None);
                setup.board.set_worker(None);
                available(setup, &mut known, Err(GONE), &reason);
            }
            Err(error) => {
                let reason = crate::chain(&error);
                if known.told != Some(Err(GONE)) {
                    tracing::warn!(code = GONE, reason, "the face worker is not there");
                }
                available(setup, &mut known, Err(GONE), &reason);
            }
        }
        // One that was not fit to be used will not be so in a moment.
        let unfit = connected && !known.welcome;
        std::thread::park_timeout(if unfit { PAUSE } else { AGAIN });
    }
}

/// Carries events until the worker goes away; returns why.
fn serve(
    setup: &Setup,
    link: &VisionLink,
    events: &Receiver<(Event, Zeroizing<Vec<u8>>)>,
    known: &mut Known,
) -> String {
    if !link.send(&Request::Hello, &[]) || !link.send(&known.look(), &[]) {
        return "the worker hung up".into();
    }
    let mut looked = Instant::now();
    let mut heard = Instant::now();
    loop {
        if setup.engine.is_closed() {
            return "stopping".into();
        }
        match events.recv_timeout(PAUSE) {
            Ok((event, payload)) => {
                heard = Instant::now();
                if matches!(event, Event::Outcome { .. }) {
                    link.ended();
                }
                if let Some(reason) = carry(setup, known, event, payload) {
                    return reason;
                }
            }
            Err(RecvTimeoutError::Timeout) if link.hangs(heard) => {
                return "the worker does not answer".into();
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return "the worker hung up".into(),
        }
        let pause = if known.told == Some(Ok(())) {
            LOOK
        } else {
            PAUSE
        };
        if known.doubted || looked.elapsed() >= pause {
            looked = Instant::now();
            if !link.send(&known.look(), &[]) {
                return "the worker hung up".into();
            }
            known.doubted = false;
        }
    }
}

/// Hands one event on; a reason to hang up is returned.
fn carry(
    setup: &Setup,
    known: &mut Known,
    event: Event,
    payload: Zeroizing<Vec<u8>>,
) -> Option<String> {
    match event {
        Event::Hello {
            version,
            recipe,
            source,
            simulated,
            open,
            reads_cards,
            ..
        } => {
            let worker = Worker {
                version,
                recipe,
                source,
                simulated,
                camera: None,
                beside: Vec::new(),
                open,
                reads_cards,
            };
            if let Some(reason) = unfit(&worker, setup.simulated, &setup.recipe) {
                return Some(reason);
            }
            tracing::info!(
                recipe = worker.recipe,
                source = worker.source,
                "the face worker is there"
            );
            known.welcome = true;
            setup.board.set_worker(Some(worker));
        }
        _ if !known.welcome => return Some("the worker did not say who it is".into()),
        Event::Preview { visit } => setup.preview.put(visit, payload),
        Event::Guidance { visit, guidance } => send(setup, Message::Guidance(visit, guidance)),
        Event::Outcome { visit, outcome } => {
            known.doubted = matches!(outcome, FaceOutcome::CameraGone { .. });
            send(setup, Message::Face(visit, outcome));
        }
        Event::CardRead {
            visit,
            sure,
            another,
            detail,
        } => {
            tracing::info!(sure, another, detail, "the card's front was read");
            send(setup, Message::CardRead(visit, payload, another));
        }
        Event::Camera {
            ok,
            detail,
            width,
            height,
            fps,
            beside,
        } => {
            let camera = Camera {
                ok,
                detail: detail.clone(),
                width,
                height,
                fps,
            };
            setup.board.set_camera(camera, beside);
            let code = vision::codes::CAMERA_ABSENT.code;
            if !ok && known.told != Some(Err(code)) {
                tracing::warn!(code, detail, "the face camera can't be used");
            }
            available(setup, known, ok.then_some(()).ok_or(code), &detail);
        }
        Event::Problem { code, detail } => {
            tracing::warn!(code, detail, "the face worker reports a problem")
        }
    }
    None
}

/// Why a worker may not be used here, if so: it must agree on simulation, look through nothing but a camera in
/// production (invariant 13), and measure faces as the threshold was measured (invariant 7).
fn unfit(worker: &Worker, simulated: bool, recipe: &str) -> Option<String> {
    if worker.version != PROTOCOL_VERSION {
        return Some(format!(
            "the worker speaks version {}, the terminal {PROTOCOL_VERSION}",
            worker.version
        ));
    }
    if worker.simulated != simulated {
        return Some(
            "the worker and the terminal do not agree on simulation (invariant 13)".into(),
        );
    }
    if !simulated && !worker.source.starts_with("v4l2:") {
        return Some("production takes pictures from a camera only (invariant 13)".into());
    }
    if worker.recipe != recipe {
        return Some("the worker measures faces by another recipe than the threshold's".into());
    }
    None
}

fn available(setup: &Setup, known: &mut Known, state: Result<(), &'static str>, detail: &str) {
    // Compared whole: a worker that is back without its camera is another thing to be told than one that is gone.
    if known.told != Some(state) {
        if state.is_ok() && known.told.is_some() {
            tracing::info!("the face check is there again");
        }
        known.told = Some(state);
        send(setup, Message::FaceAvailable(state, detail.to_owned()));
    }
}

fn send(setup: &Setup, message: Message) {
    let _ = setup.engine.blocking_send(message);
}

#[cfg(test)]
mod tests;
