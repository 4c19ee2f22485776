//! The engine: one task that owns the visit machine, turns what the bridges say into its events, and
//! carries its commands out. It never waits for a device, the service or the disk; answers come back as
//! messages.

mod asks;
mod card_reading;
mod commands;
mod devices;
mod face_limits;
mod held;
mod held_up;
mod incoming;
mod look;
mod message;
mod pages;
mod replies;
mod sides;
mod staff;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use look::CLOCK_DIFFERS;
pub(crate) use message::{CentralReply, Message};
pub(crate) use sides::{CardSide, FaceSide};
pub(crate) use staff::{GUARD_KEY, guard_from, guard_text};

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Duration;

use central::{CentralService, NoncePool};
use kiosk::patient::{COUNTDOWN_S, Choices, Input, Screen};
use kiosk::staff::StaffRequest;
use tokio::sync::{mpsc, watch};
use visit::{Event, Limits, Machine, PasscodeGuard, VisitId};
use zeroize::Zeroizing;

use crate::board::Board;
use crate::clock::TrustedClock;
use crate::happenings::{Happening, Happenings};
use crate::ledger_desk::LedgerDesk;
use crate::preview::Preview;
use held::Held;

/// A person who chose a language and went away again: the page goes back to its own after this.
const CHOICES_KEPT: Duration = Duration::from_secs(60);
/// Nonces kept ready: as many patients can prove themselves during an outage.
const NONCES: usize = 4;
/// Rest of a nonce's life that is kept for handing the proof in: one that is given out while the service is
/// away must outlive the rest of the outage.
const NONCE_MARGIN_MS: i64 = 6 * 3600 * 1000;
/// Longest wait for the ledger at the end, so that the last records are on disk.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// Everything the engine works with.
pub(crate) struct Parts {
    /// Time.
    pub(crate) clock: Arc<TrustedClock>,
    /// Card threads.
    pub(crate) card: Box<dyn CardSide>,
    /// Face worker.
    pub(crate) vision: Box<dyn FaceSide>,
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
    pub(crate) preview: Preview,
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
    /// When the head must be turned.
    pub(crate) challenge: vision::protocol::Challenge,
    /// Read matching number B off the card's front where a document camera is there.
    pub(crate) read_card: bool,
    /// Tries of one card's face in an hour.
    pub(crate) hourly_tries: u8,
    /// How the page looks and sounds before a person chooses.
    pub(crate) choices: Choices,
    /// Passcode for visual confirmation; `None` = visual confirmation is off.
    pub(crate) passcode: Option<Zeroizing<String>>,
    /// How often staff mistyped it, as the ledger remembers.
    pub(crate) guard: PasscodeGuard,
}

/// Why the engine ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It was told to.
    Stopped,
    /// The card threads are gone: only a new start brings them back.
    CardThreadsGone,
    /// The ledger's thread is gone: nothing can be stored until a new start.
    LedgerGone,
}

/// The engine.
pub(crate) struct Engine {
    parts: Parts,
    machine: Machine,
    held: Option<Held>,
    face_limits: face_limits::FaceLimits,
    /// The visit whose card front the worker looks at.
    reading: Option<VisitId>,
    /// A card that the person holds up to the face camera.
    held_up: Option<held_up::HeldUp>,
    /// The visit in which a card was asked for and none was read, and whether another one was seen.
    held_up_unread: Option<(VisitId, bool)>,
    /// The visit on whose keypad the camera filled digits in, and how many.
    by_camera: Option<(VisitId, u8)>,
    /// Events that are being worked through, one within the other.
    depth: u8,
    /// The page changed meanwhile.
    redraw: bool,
    /// Face recognition was there: that it is not any more is told.
    face_was_there: bool,
    /// The visit in which the card did not take the matching number: its front is not read again.
    number_not_taken: Option<VisitId>,
    nonces: NoncePool,
    looking: bool,
    next_look: Option<Duration>,
    /// Code of the fault of the service that staff has been told about.
    told_fault: Option<&'static str>,
    /// Which clocks staff has been told to be apart.
    told_clock: Option<kiosk::staff::ClocksApart>,
    /// Trusted time at which the ledger last kept the trusted time.
    kept_time: Option<i64>,
    readers: BTreeSet<String>,
    /// What the present person chose about the page itself.
    choices: Choices,
    /// When that was last changed.
    chosen_at: Duration,
    page: visit::Page,
    last_state: &'static str,
    waited_since: Option<Duration>,
    guard: PasscodeGuard,
    /// Staff can confirm by sight while the guard is open.
    visual: bool,
    /// The passcode that came from the service, and its end; afterwards the one of the settings holds again.
    fetched_passcode: Option<(Zeroizing<String>, Option<i64>)>,
    /// The ledger has no room for a new visit.
    storage_full: bool,
}

impl Engine {
    /// An engine that has not started yet.
    #[must_use]
    pub(crate) fn new(parts: Parts) -> Self {
        let machine = Machine::new(parts.settings.limits);
        let guard = parts.settings.guard;
        let visual = parts.settings.limits.visual;
        let face_limits = face_limits::FaceLimits::new(parts.settings.hourly_tries);
        let choices = parts.settings.choices;
        Self {
            parts,
            machine,
            held: None,
            face_limits,
            reading: None,
            held_up: None,
            held_up_unread: None,
            by_camera: None,
            depth: 0,
            redraw: false,
            face_was_there: false,
            number_not_taken: None,
            nonces: NoncePool::new(NONCES, NONCE_MARGIN_MS),
            looking: false,
            next_look: None,
            told_fault: None,
            told_clock: None,
            kept_time: None,
            readers: BTreeSet::new(),
            choices,
            chosen_at: Duration::ZERO,
            page: visit::Page::OutOfService {
                code: "UK-VISIT-001",
            },
            last_state: "waiting",
            waited_since: None,
            guard,
            visual,
            fetched_passcode: None,
            storage_full: false,
        }
    }

    /// Runs until [`Message::Stop`] comes, or a thread it can't do without is gone. `alive` is called about
    /// once a second, for the watchdog.
    pub(crate) async fn run(
        mut self,
        mut mail: mpsc::Receiver<Message>,
        mut input: mpsc::Receiver<Input>,
        mut staff: mpsc::Receiver<StaffRequest>,
        alive: impl Fn(),
    ) -> Ended {
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        self.work();
        self.look_at_service();
        let why = loop {
            let due = self.until_timeout();
            tokio::select! {
                message = mail.recv() => match message {
                    None | Some(Message::Stop) => break Ended::Stopped,
                    Some(Message::CardThreadsGone) => break Ended::CardThreadsGone,
                    Some(message) => self.take(message),
                },
                Some(input) = input.recv() => self.pressed(input),
                Some(request) = staff.recv() => self.staff_asked(request),
                () = tokio::time::sleep(due) => self.event(Event::Timeout),
                _ = tick.tick() => {
                    alive();
                    if self.parts.desk.is_gone() {
                        break Ended::LedgerGone;
                    }
                    self.count_down();
                    self.keep_time();
                    self.look_at_service();
                }
            }
        };
        self.event(Event::Restart);
        // The ledger's thread may be telling us something: nobody listens any more.
        drop(mail);
        let Parts {
            card, desk, clock, ..
        } = self.parts;
        let now = clock.wall_ms();
        // Behind everything that was handed over before: when this is written, all is.
        let written = desk.run(move |ledger| {
            if let Some(trusted) = clock.trusted_ms() {
                ledger.put_state(crate::clock::STATE_KEY, &trusted.to_string())?;
            }
            ledger.append_audit(now, "terminal", "stopped", &serde_json::json!({}))
        });
        match tokio::time::timeout(LAST_WORDS, written).await {
            Ok(Ok(Ok(_))) => {}
            Ok(Ok(Err(error))) => {
                tracing::error!(code = error.code(), error = %crate::chain(&error), "the stop could not be recorded");
            }
            Ok(Err(_)) | Err(_) => tracing::error!("the ledger did not finish before the stop"),
        }
        let _ = tokio::task::spawn_blocking(move || card.shutdown()).await;
        why
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
        self.see_passcode();
        self.machine.handle(event, self.parts.clock.now());
        self.work();
    }

    fn work(&mut self) {
        self.at_once(|engine| {
            while let Some(command) = engine.machine.poll_command() {
                engine.carry_out(command);
            }
            engine.note_state();
            engine.go_on_with_held_up();
        });
    }

    /// Does something of several steps; the person sees and hears where it leads, not the pages on the way.
    fn at_once(&mut self, work: impl FnOnce(&mut Self)) {
        self.depth = self.depth.saturating_add(1);
        work(self);
        self.depth = self.depth.saturating_sub(1);
        if self.depth == 0 && std::mem::take(&mut self.redraw) {
            self.draw(None);
        }
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
        let page = pages::page(&self.page).name();
        let reader = self.machine.reader().unwrap_or_default().to_owned();
        self.parts
            .board
            .set_visit(visit.map(|visit| (visit.0, reader, page, waiting_for_visual)));
    }

    fn tell(&self, happening: Happening) {
        self.parts
            .happenings
            .tell(self.parts.clock.wall_ms(), happening);
    }

    fn held_for(&mut self, visit: VisitId) -> Option<&mut Held> {
        self.held.as_mut().filter(|held| held.visit == visit)
    }

    fn pressed(&mut self, input: Input) {
        if input == Input::Stay {
            self.chosen_at = self.parts.clock.now().mono;
        }
        if self.choices.take(input) {
            self.chosen_at = self.parts.clock.now().mono;
            self.draw(None);
            // Somebody is there: the visit's own clock begins anew.
            if self.machine.waits_for_person() {
                self.event(Event::Patient(visit::Input::Stay));
            }
            return;
        }
        if input == Input::HoldCard {
            self.hold_up();
            return;
        }
        if self.hold_step().is_some() && matches!(input, Input::Back | Input::Cancel) {
            self.forget_held_up();
            if input == Input::Back {
                return;
            }
        }
        if let Some(input) = pages::input(input) {
            self.event(Event::Patient(input));
        }
    }

    fn draw(&mut self, idle_seconds_left: Option<u16>) {
        if self.depth > 0 {
            self.redraw = true;
            return;
        }
        let full = visit::Page::OutOfService {
            code: "UK-LEDG-018",
        };
        let page = match &self.page {
            visit::Page::Waiting if self.storage_full => &full,
            page => page,
        };
        let mut screen = Screen::new(match self.hold_step() {
            Some(step) => kiosk::patient::Page::HoldCard { step },
            None => pages::page(page),
        });
        // Any word of the visit itself says more.
        if let kiosk::patient::Page::Keypad {
            purpose: kiosk::patient::KeypadPurpose::MatchingNumber,
            notice: notice @ None,
            ..
        } = &mut screen.page
        {
            *notice = self.unread_notice();
        }
        screen.hold_card = self.offers_hold_up();
        screen.by_camera = self.all_by_camera();
        screen.choices = self.choices;
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
        self.go_on_with_held_up();
        let now = self.parts.clock.now().mono;
        if self.held.is_none()
            && self.choices != self.parts.settings.choices
            && now.saturating_sub(self.chosen_at) >= CHOICES_KEPT
            && matches!(
                self.page,
                visit::Page::Waiting | visit::Page::OutOfService { .. }
            )
        {
            self.choices = self.parts.settings.choices;
        }
        let left = self
            .machine
            .poll_timeout()
            .filter(|_| self.machine.waits_for_person())
            .map(|at| at.saturating_sub(self.parts.clock.now().mono).as_secs());
        self.draw(
            left.and_then(|left| u16::try_from(left).ok())
                .filter(|left| *left <= COUNTDOWN_S),
        );
    }
}
