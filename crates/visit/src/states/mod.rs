//! The states of a visit, one file each. A state consumes itself and returns the next; entering a state
//! issues its commands. `interrupt` matches every [`Interrupt`], so each way out is decided in the file.

mod choosing;
mod confirming;
mod consenting;
mod delivering;
mod face;
mod farewell;
mod identifying;
mod inquiring;
mod pin;
mod registering;
mod visual;
mod waiting;

use std::collections::VecDeque;
use std::time::Duration;

use crate::{CardKind, Command, Event, Interrupt, Limits, Now, Page, VisitId};

use choosing::Choosing;
use confirming::Confirming;
use consenting::Consenting;
use delivering::Delivering;
use face::Face;
use farewell::Farewell;
use identifying::Identifying;
use inquiring::Inquiring;
use pin::Pin;
use registering::Registering;
use visual::Visual;
use waiting::Waiting;

pub(crate) use waiting::waiting_page;

/// What a state may look at and write to.
pub(crate) struct Cx<'a> {
    pub(crate) commands: &'a mut VecDeque<Command>,
    pub(crate) limits: &'a Limits,
    pub(crate) now: Now,
    pub(crate) face_available: bool,
    pub(crate) reader_present: bool,
}

impl Cx<'_> {
    fn push(&mut self, command: Command) {
        self.commands.push_back(command);
    }

    fn show(&mut self, page: Page) {
        self.push(Command::Show(page));
    }

    fn after(&self, wait: Duration) -> Duration {
        self.now.mono.saturating_add(wait)
    }
}

/// What a visit carries from state to state. It holds no credential and no picture.
#[derive(Debug)]
pub(crate) struct Active {
    pub(crate) visit: VisitId,
    pub(crate) reader: String,
    /// The card that began this visit still lies there.
    pub(crate) card_present: bool,
    /// The card is held by us and must be let go of.
    pub(crate) card_open: bool,
    /// A card that came meanwhile and waits for its own visit.
    pub(crate) pending: Option<(VisitId, String)>,
    pub(crate) facts: CardFacts,
}

/// What the card told about itself, and which ways are closed for this visit.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CardFacts {
    pub(crate) kind: Option<CardKind>,
    pub(crate) pin_tries: Option<u8>,
    pub(crate) number_tries: Option<u8>,
    /// The certificate ends within three months, and the person has not been told yet.
    pub(crate) expires_soon: bool,
    pub(crate) expiry_known: bool,
    pub(crate) face_closed: bool,
    pub(crate) pin_closed: bool,
    /// The questions of consent have been asked in this visit.
    pub(crate) asked: bool,
    /// The holder has registered for insurance use in this visit.
    pub(crate) registered: bool,
    pub(crate) face_attempts: u8,
    /// This card was laid in another one's place, and the person has not been told yet.
    pub(crate) changed: bool,
}

/// Fewest tries at which a PIN may be sent (invariant 2).
const PIN_FLOOR: u8 = 2;

impl CardFacts {
    /// Whether this card may still be asked for its PIN in this visit.
    pub(crate) fn offers_pin(&self) -> bool {
        self.kind == Some(CardKind::MyNumberCard)
            && !self.pin_closed
            && self.pin_tries.is_some_and(|n| n >= PIN_FLOOR)
    }
}

#[derive(Debug)]
pub(crate) enum State {
    Waiting(Waiting),
    Identifying(Identifying),
    Choosing(Choosing),
    Face(Face),
    Pin(Pin),
    Visual(Visual),
    Confirming(Confirming),
    Registering(Registering),
    Consenting(Consenting),
    Inquiring(Inquiring),
    Delivering(Delivering),
    Farewell(Farewell),
}

/// Calls the same function on whichever state it is.
macro_rules! each {
    ($state:expr, $s:ident => $body:expr) => {
        match $state {
            State::Waiting($s) => $body,
            State::Identifying($s) => $body,
            State::Choosing($s) => $body,
            State::Face($s) => $body,
            State::Pin($s) => $body,
            State::Visual($s) => $body,
            State::Confirming($s) => $body,
            State::Registering($s) => $body,
            State::Consenting($s) => $body,
            State::Inquiring($s) => $body,
            State::Delivering($s) => $body,
            State::Farewell($s) => $body,
        }
    };
}

/// What every state can do.
trait Step: Sized {
    /// A way out that every state must answer.
    fn interrupt(self, interrupt: Interrupt, cx: &mut Cx<'_>) -> State;
    /// Anything else; what does not fit returns the state unchanged.
    fn proceed(self, event: &Event, cx: &mut Cx<'_>) -> State;
    /// Monotonic time at which [`Interrupt::Idle`] comes.
    fn deadline(&self) -> Option<Duration>;
    fn active(&self) -> Option<&Active>;
    fn active_mut(&mut self) -> Option<&mut Active>;
}

impl State {
    pub(crate) fn initial() -> Self {
        Self::Waiting(Waiting)
    }

    pub(crate) fn interrupt(self, interrupt: Interrupt, cx: &mut Cx<'_>) -> Self {
        each!(self, s => s.interrupt(interrupt, cx))
    }

    pub(crate) fn proceed(self, event: &Event, cx: &mut Cx<'_>) -> Self {
        each!(self, s => s.proceed(event, cx))
    }

    pub(crate) fn deadline(&self) -> Option<Duration> {
        each!(self, s => s.deadline())
    }

    pub(crate) fn active(&self) -> Option<&Active> {
        each!(self, s => s.active())
    }

    pub(crate) fn active_mut(&mut self) -> Option<&mut Active> {
        each!(self, s => s.active_mut())
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Waiting(_) => "waiting",
            Self::Identifying(_) => "identifying",
            Self::Choosing(_) => "choosing-method",
            Self::Face(_) => "face",
            Self::Pin(_) => "pin",
            Self::Visual(_) => "visual",
            Self::Confirming(_) => "confirming",
            Self::Registering(_) => "registering",
            Self::Consenting(_) => "consenting",
            Self::Inquiring(_) => "inquiring",
            Self::Delivering(_) => "delivering",
            Self::Farewell(_) => "farewell",
        }
    }

    pub(crate) fn waits_for_person(&self) -> bool {
        match self {
            Self::Choosing(_) | Self::Consenting(_) => true,
            Self::Face(face) => face.waits_for_person(),
            Self::Pin(pin) => pin.waits_for_person(),
            Self::Registering(registering) => registering.waits_for_person(),
            _ => false,
        }
    }
}

/// Ends a visit before the person was recognised, without a last page: the card is already gone, or
/// another one lies there, or nothing may go on.
fn drop_visit(active: &mut Active, why: crate::NotDelivered, cx: &mut Cx<'_>) {
    if active.card_open {
        active.card_open = false;
        cx.push(Command::EndCard {
            visit: active.visit,
        });
    }
    cx.push(Command::Finish {
        visit: active.visit,
        reason: crate::EndReason::NotDelivered(why),
        code: None,
    });
}

/// The visit is dropped and the terminal waits, or serves the card that waits already.
fn to_waiting(mut active: Active, why: crate::NotDelivered, cx: &mut Cx<'_>) -> State {
    drop_visit(&mut active, why, cx);
    next_visit(active.pending.take(), cx)
}

/// The visit is dropped and the new card's visit begins (invariants 10 and 16: nothing is carried over).
fn swapped(mut active: Active, visit: VisitId, reader: String, cx: &mut Cx<'_>) -> State {
    drop_visit(&mut active, crate::NotDelivered::CardSwapped, cx);
    let mut next = Identifying::enter(visit, reader, cx);
    if let Some(active) = next.active_mut() {
        active.facts.changed = true;
    }
    next
}

/// Begins the visit of a card that waits, or shows the waiting page.
fn next_visit(pending: Option<(VisitId, String)>, cx: &mut Cx<'_>) -> State {
    match pending {
        Some((visit, reader)) => Identifying::enter(visit, reader, cx),
        None => Waiting::enter(cx),
    }
}
