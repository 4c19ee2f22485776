//! The engine: one task that owns the visit machine, turns what the bridges say into its events, and
//! carries its commands out. It never waits for a device, the service or the disk; answers come back as
//! messages.

mod asks;
mod commands;
mod devices;
mod held;
mod message;
mod pages;
mod staff;
mod store;

pub(crate) use message::{CentralReply, Message};
pub(crate) use staff::{GUARD_KEY, guard_from};

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Duration;

use card::{CardAnswer, CardEvent, CardHandle};
use central::{CentralService, NoncePool};
use kiosk::patient::{Input, Screen};
use kiosk::staff::StaffRequest;
use tokio::sync::{mpsc, watch};
use visit::{Event, LedgerAnswer, Limits, Machine, PasscodeGuard, VisitId};
use zeroize::Zeroizing;

use crate::board::Board;
use crate::bridge::vision::VisionLink;
use crate::clock::TrustedClock;
use crate::happenings::{Happening, Happenings};
use crate::ledger_desk::LedgerDesk;
use held::Held;

/// Seconds before a page gives up on the person from which it counts down.
const COUNTDOWN_S: u64 = 15;

/// Nonces kept ready: as many patients can prove themselves during an outage.
const NONCES: usize = 4;
/// Rest of a nonce's life that is kept for handing the proof in.
const NONCE_MARGIN_MS: i64 = 60_000;

/// Everything the engine works with.
pub(crate) struct Parts {
    /// Time.
    pub(crate) clock: Arc<TrustedClock>,
    /// Card threads.
    pub(crate) card: CardHandle,
    /// Face worker.
    pub(crate) vision: VisionLink,
    /// Central service.
    pub(crate) central: Arc<dyn CentralService>,
    /// Ledger.
    pub(crate) desk: LedgerDesk,
    /// Watchers.
    pub(crate) happenings: Happenings,
    /// What staff sees.
    pub(crate) board: Arc<Board>,
    /// What the patient sees.
    pub(crate) screen: watch::Sender<Screen>,
    /// The live picture.
    pub(crate) frames: Arc<watch::Sender<Option<Arc<[u8]>>>>,
    /// The visit whose inquiry the engine asks itself, so that the queue leaves it alone; 0 = none.
    pub(crate) live_visit: Arc<AtomicU64>,
    /// Set when the service comes back: everything queued is due.
    pub(crate) all_due: Arc<AtomicBool>,
    /// The engine's own mailbox.
    pub(crate) mailbox: mpsc::Sender<Message>,
    /// Facts from the settings.
    pub(crate) settings: Settings,
}

/// What the engine needs from the settings.
pub(crate) struct Settings {
    /// Time limits.
    pub(crate) limits: Limits,
    /// 医療機関コード.
    pub(crate) institution_code: String,
    /// Name of this desk.
    pub(crate) desk: String,
    /// Simulated terminal.
    pub(crate) simulated: bool,
    /// Largest distance that is the same face.
    pub(crate) threshold: f32,
    /// Limit of one capture, ms.
    pub(crate) attempt_ms: u32,
    /// Passcode for visual confirmation; `None` = visual confirmation is off.
    pub(crate) passcode: Option<Zeroizing<String>>,
    /// How often staff mistyped it, as the ledger remembers.
    pub(crate) guard: PasscodeGuard,
}

/// The engine.
pub(crate) struct Engine {
    parts: Parts,
    machine: Machine,
    held: Option<Held>,
    nonces: NoncePool,
    looking: bool,
    next_look: Option<Duration>,
    readers: BTreeSet<String>,
    lang: kiosk::Lang,
    page: visit::Page,
    last_state: &'static str,
    waited_since: Option<Duration>,
    guard: PasscodeGuard,
}

impl Engine {
    /// An engine that has not started yet.
    #[must_use]
    pub(crate) fn new(parts: Parts) -> Self {
        let machine = Machine::new(parts.settings.limits);
        let guard = parts.settings.guard;
        Self {
            parts,
            machine,
            held: None,
            nonces: NoncePool::new(NONCES, NONCE_MARGIN_MS),
            looking: false,
            next_look: None,
            readers: BTreeSet::new(),
            lang: kiosk::Lang::default(),
            page: visit::Page::OutOfService {
                code: "UK-VISIT-001",
            },
            last_state: "waiting",
            waited_since: None,
            guard,
        }
    }

    /// Runs until [`Message::Stop`] comes or every sender is gone. `alive` is called at least once a
    /// second, for the watchdog.
    pub(crate) async fn run(
        mut self,
        mut mail: mpsc::Receiver<Message>,
        mut input: mpsc::Receiver<Input>,
        mut staff: mpsc::Receiver<StaffRequest>,
        alive: impl Fn(),
    ) {
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        self.work();
        self.look_at_service();
        loop {
            let due = self.until_timeout();
            tokio::select! {
                message = mail.recv() => match message {
                    None | Some(Message::Stop) => break,
                    Some(message) => self.take(message),
                },
                Some(input) = input.recv() => self.pressed(input),
                Some(request) = staff.recv() => self.staff_asked(request),
                () = tokio::time::sleep(due) => self.event(Event::Timeout),
                _ = tick.tick() => { alive(); self.count_down(); self.look_at_service(); }
            }
        }
        self.event(Event::Restart);
        let Parts { card, .. } = self.parts;
        let _ = tokio::task::spawn_blocking(move || card.shutdown()).await;
    }

    fn until_timeout(&self) -> Duration {
        self.machine
            .poll_timeout()
            .map_or(Duration::from_secs(3600), |at| {
                at.saturating_sub(self.parts.clock.now().mono)
            })
    }

    /// Gives the machine an event and carries out what it asks for.
    fn event(&mut self, event: Event) {
        self.machine.handle(event, self.parts.clock.now());
        self.work();
    }

    fn work(&mut self) {
        while let Some(command) = self.machine.poll_command() {
            self.carry_out(command);
        }
        self.note_state();
    }

    /// Tells watchers about a new state, and adds up how long the person waits for the machine.
    fn note_state(&mut self) {
        let now = self.parts.clock.now().mono;
        if let Some(since) = self.waited_since.take()
            && let Some(held) = &mut self.held
        {
            held.machine += now.saturating_sub(since);
        }
        let state = self.machine.state_name();
        let busy = self.held.is_some()
            && !self.machine.waits_for_person()
            && !matches!(state, "visual" | "farewell" | "waiting");
        self.waited_since = busy.then_some(now);
        if state != self.last_state {
            self.last_state = state;
            let visit = self
                .machine
                .visit()
                .map(|visit| visit.to_string())
                .unwrap_or_default();
            self.tell(Happening::State { visit, state });
        }
        let waiting_for_visual = state == "visual";
        let visit = self
            .machine
            .visit()
            .filter(|_| !matches!(state, "farewell"));
        let reader = self.machine.reader().unwrap_or_default().to_owned();
        self.parts
            .board
            .set_visit(visit.map(|visit| (visit.0, reader, state, waiting_for_visual)));
    }

    fn tell(&self, happening: Happening) {
        self.parts
            .happenings
            .tell(self.parts.clock.wall_ms(), happening);
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Card(event) => self.card_said(event),
            Message::FaceAvailable(there, detail) => {
                self.parts.board.set_device("camera", there);
                self.tell(Happening::Device {
                    device: "camera",
                    state: if there { "up" } else { "down" },
                    detail,
                });
                self.event(Event::FaceAvailable(there));
            }
            Message::Guidance(visit, guidance) => self.event(Event::FaceGuidance(
                VisitId(visit),
                devices::guidance(guidance),
            )),
            Message::Face(visit, outcome) => {
                if let Some(answer) = devices::face(&outcome) {
                    self.event(Event::Face(VisitId(visit), answer));
                }
            }
            Message::Central(visit, reply) => self.central_said(visit, reply),
            Message::Looked(looked) => self.looked(looked),
            Message::Ledger(visit, answer) => {
                let kind = match answer {
                    LedgerAnswer::QualificationStored => Some("qualification"),
                    LedgerAnswer::MedicinesStored => Some("medicines"),
                    LedgerAnswer::InquiryOpened | LedgerAnswer::Failed { .. } => None,
                };
                if let Some(kind) = kind {
                    self.tell(Happening::Stored {
                        visit: visit.to_string(),
                        kind,
                    });
                }
                self.event(Event::Ledger(visit, answer));
            }
            Message::InquiryNumber(visit, number) => {
                if let Some(held) = self.held_for(visit) {
                    held.inquiry = Some(number);
                }
            }
            Message::VisualConfirmed { visit, staff } => {
                self.event(Event::VisualConfirmed { visit, staff })
            }
            Message::LedgerChanged => self.parts.board.redraw(),
            Message::Alert { code } => self.alert(code),
            Message::Stop => {}
        }
    }

    fn card_said(&mut self, event: CardEvent) {
        match event {
            CardEvent::ServiceDown { detail } => {
                self.parts.board.set_device("pcscd", false);
                self.tell(Happening::Device {
                    device: "pcscd",
                    state: "down",
                    detail,
                });
                self.parts.board.set_device("reader", false);
                self.parts.board.set_readers(Vec::new());
                for reader in std::mem::take(&mut self.readers) {
                    self.event(Event::ReaderLeft { reader });
                }
            }
            CardEvent::ServiceUp => {
                self.parts.board.set_device("pcscd", true);
                self.tell(Happening::Device {
                    device: "pcscd",
                    state: "up",
                    detail: String::new(),
                });
            }
            CardEvent::ReaderArrived { reader } => {
                let _ = self.readers.insert(reader.clone());
                self.parts.board.set_device("reader", true);
                self.parts
                    .board
                    .set_readers(self.readers.iter().cloned().collect());
                self.tell(Happening::Device {
                    device: "reader",
                    state: "up",
                    detail: reader.clone(),
                });
                self.event(Event::ReaderArrived { reader });
            }
            CardEvent::ReaderLeft { reader } => {
                let _ = self.readers.remove(&reader);
                self.parts
                    .board
                    .set_device("reader", !self.readers.is_empty());
                self.parts
                    .board
                    .set_readers(self.readers.iter().cloned().collect());
                self.tell(Happening::Device {
                    device: "reader",
                    state: "down",
                    detail: reader.clone(),
                });
                self.event(Event::ReaderLeft { reader });
            }
            CardEvent::CardArrived { reader } => {
                self.tell(Happening::Device {
                    device: "reader",
                    state: "card-in",
                    detail: reader.clone(),
                });
                let visit = VisitId(crate::fresh_number());
                self.event(Event::CardArrived { visit, reader });
            }
            CardEvent::CardLeft { reader } => {
                self.tell(Happening::Device {
                    device: "reader",
                    state: "card-out",
                    detail: reader.clone(),
                });
                self.event(Event::CardLeft { reader });
            }
            CardEvent::Answer { visit, answer } => self.card_answered(VisitId(visit), answer),
        }
    }

    fn card_answered(&mut self, visit: VisitId, answer: CardAnswer) {
        let now_ms = self.parts.clock.wall_ms();
        let answer = match answer {
            CardAnswer::Ended => return,
            CardAnswer::Identified(identity) => devices::identified(&identity, now_ms),
            CardAnswer::NotUsable(_) => visit::CardAnswer::NotUsable,
            CardAnswer::Pin(outcome) => visit::CardAnswer::Pin(devices::verify(outcome)),
            CardAnswer::MatchingNumber(outcome) => {
                visit::CardAnswer::Number(devices::verify(outcome))
            }
            CardAnswer::Photo(photo) => match self.held_for(visit) {
                Some(held) => {
                    held.photo_session = Some(photo.binding.session);
                    held.photo = Some(photo.jp2);
                    visit::CardAnswer::PhotoRead
                }
                None => return,
            },
            CardAnswer::Proof(proof) => self.keep_proof(visit, proof, now_ms),
            CardAnswer::Failed(error) => {
                tracing::warn!(%visit, code = error.code(), error = %crate::chain(&error), "the card failed");
                match error {
                    card::CardError::NotGenuine { .. } => visit::CardAnswer::PhotoRefused,
                    error => visit::CardAnswer::Failed { code: error.code() },
                }
            }
        };
        self.event(Event::Card(visit, answer));
    }

    /// Keeps a proof; one from another power-on session than the photo's proves nothing (invariant 16).
    fn keep_proof(
        &mut self,
        visit: VisitId,
        proof: card::CardProof,
        now_ms: i64,
    ) -> visit::CardAnswer {
        let Some(held) = self.held_for(visit) else {
            return visit::CardAnswer::ProofRefused;
        };
        if held
            .photo_session
            .is_some_and(|session| session != proof.session)
        {
            return visit::CardAnswer::ProofRefused;
        }
        held.proof = Some(proof);
        held.proved_at = now_ms;
        visit::CardAnswer::Proved
    }

    fn held_for(&mut self, visit: VisitId) -> Option<&mut Held> {
        self.held.as_mut().filter(|held| held.visit == visit)
    }

    fn pressed(&mut self, input: Input) {
        if let Input::Language(lang) = input {
            self.lang = lang;
            self.draw(None);
            return;
        }
        if let Some(input) = pages::input(input) {
            self.event(Event::Patient(input));
        }
    }

    fn draw(&self, idle_seconds_left: Option<u16>) {
        let mut screen = Screen::new(pages::page(&self.page));
        screen.lang = self.lang;
        screen.simulated = self.parts.settings.simulated;
        screen.idle_seconds_left = idle_seconds_left;
        self.parts.screen.send_if_modified(|shown| {
            let changed = *shown != screen;
            if changed {
                *shown = screen;
            }
            changed
        });
    }

    /// The page counts down before it gives up on the person.
    fn count_down(&mut self) {
        let left = self
            .machine
            .poll_timeout()
            .filter(|_| self.machine.waits_for_person())
            .map(|at| at.saturating_sub(self.parts.clock.now().mono).as_secs());
        self.draw(
            left.filter(|left| *left <= COUNTDOWN_S)
                .and_then(|left| u16::try_from(left).ok()),
        );
    }
}
