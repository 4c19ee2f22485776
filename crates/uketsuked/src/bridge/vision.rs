//! The link to the face worker: connected again whenever it went away, events carried to the engine.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use vision::client::VisionClient;
use vision::protocol::{Event, Request};

use crate::engine::Message;

/// Pause between attempts to reach the worker, and between looks at a camera that is not there.
const PAUSE: Duration = Duration::from_secs(1);
/// How often a quiet worker's camera is looked at.
const LOOK: Duration = Duration::from_secs(10);

/// A handle to whichever worker is connected; cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct VisionLink(Arc<Mutex<Option<VisionClient>>>);

impl VisionLink {
    /// Sends a request; false when no worker is there to take it.
    pub(crate) fn send(&self, request: &Request, payload: &[u8]) -> bool {
        let client = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        client
            .as_ref()
            .is_some_and(|client| client.send(request, payload).is_ok())
    }

    fn set(&self, client: Option<VisionClient>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = client;
    }
}

/// What the link's thread works with.
pub(crate) struct Setup {
    /// The worker's socket.
    pub(crate) socket: PathBuf,
    /// Whether this is a simulated terminal: the worker must agree (invariant 13).
    pub(crate) simulated: bool,
    /// The engine.
    pub(crate) engine: mpsc::Sender<Message>,
    /// Live pictures.
    pub(crate) frames: Arc<watch::Sender<Option<Arc<[u8]>>>>,
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

fn keep_linked(setup: &Setup, link: &VisionLink) {
    let mut told = None;
    while !setup.engine.is_closed() {
        match VisionClient::connect(&setup.socket, PAUSE) {
            Ok(mut client) => {
                let Some(events) = client.events() else {
                    continue;
                };
                link.set(Some(client));
                let reason = serve(setup, link, &events, &mut told);
                link.set(None);
                available(setup, &mut told, false, &reason);
            }
            Err(error) => available(setup, &mut told, false, &crate::chain(&error)),
        }
        std::thread::park_timeout(PAUSE);
    }
}

/// Carries events until the worker goes away; returns why.
fn serve(
    setup: &Setup,
    link: &VisionLink,
    events: &Receiver<(Event, Vec<u8>)>,
    told: &mut Option<bool>,
) -> String {
    if !link.send(&Request::Hello, &[]) || !link.send(&Request::CheckCamera, &[]) {
        return "the worker hung up".into();
    }
    let mut looked = Instant::now();
    loop {
        if setup.engine.is_closed() {
            return "stopping".into();
        }
        match events.recv_timeout(PAUSE) {
            Ok((event, payload)) => {
                if let Some(reason) = carry(setup, told, event, payload) {
                    return reason;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return "the worker hung up".into(),
        }
        let pause = if *told == Some(true) { LOOK } else { PAUSE };
        if looked.elapsed() >= pause {
            looked = Instant::now();
            if !link.send(&Request::CheckCamera, &[]) {
                return "the worker hung up".into();
            }
        }
    }
}

/// Hands one event on; a reason to hang up is returned.
fn carry(setup: &Setup, told: &mut Option<bool>, event: Event, payload: Vec<u8>) -> Option<String> {
    match event {
        Event::Hello { simulated, .. } if simulated != setup.simulated => {
            return Some(
                "the worker and the terminal do not agree on simulation (invariant 13)".into(),
            );
        }
        Event::Hello { recipe, source, .. } => {
            tracing::info!(recipe, source, "the face worker is there")
        }
        Event::Preview { .. } => {
            let _ = setup.frames.send_replace(Some(payload.into()));
        }
        Event::Guidance { visit, guidance } => send(setup, Message::Guidance(visit, guidance)),
        Event::Outcome { visit, outcome } => send(setup, Message::Face(visit, outcome)),
        Event::Camera { ok, detail, .. } => available(setup, told, ok, &detail),
        Event::Problem { code, detail } => {
            tracing::warn!(code, detail, "the face worker reports a problem")
        }
    }
    None
}

fn available(setup: &Setup, told: &mut Option<bool>, there: bool, detail: &str) {
    if *told != Some(there) {
        *told = Some(there);
        send(setup, Message::FaceAvailable(there, detail.to_owned()));
    }
}

fn send(setup: &Setup, message: Message) {
    let _ = setup.engine.blocking_send(message);
}
