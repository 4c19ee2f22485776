//! The front of the state machine: takes events, turns the cross-cutting ones into [`Interrupt`]s,
//! drops what belongs to another visit, and hands the rest to the present state.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use crate::states::{Cx, State};
use crate::{Command, Device, Event, Interrupt, Limits, Now, VisitId};

/// Most readers remembered at once; more is a fault of the caller or the bus.
const MOST_READERS: usize = 16;

/// One terminal's visits, one after the other.
#[derive(Debug)]
pub struct Machine {
    state: State,
    limits: Limits,
    commands: VecDeque<Command>,
    readers: BTreeSet<String>,
    face_available: bool,
}

impl Machine {
    /// A terminal that has just started: no reader known yet, nobody there.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let mut machine = Self {
            state: State::initial(),
            limits,
            commands: VecDeque::new(),
            readers: BTreeSet::new(),
            face_available: false,
        };
        machine
            .commands
            .push_back(Command::Show(crate::states::waiting_page(false)));
        machine
    }

    /// Staff can (or can no longer) confirm by sight: a passcode came from the service, say. For visits from now on.
    pub fn offer_visual(&mut self, offered: bool) {
        self.limits.visual = offered;
    }

    /// Takes one event. What does not fit the present state is ignored and changes nothing.
    pub fn handle(&mut self, event: Event, now: Now) {
        match event {
            Event::ReaderArrived { reader } => {
                if self.readers.len() < MOST_READERS {
                    let _ = self.readers.insert(reader.clone());
                }
                self.proceed(&Event::ReaderArrived { reader }, now);
            }
            Event::ReaderLeft { reader } => {
                let _ = self.readers.remove(&reader);
                self.forget_pending_on(&reader);
                if self.on_reader(&reader) {
                    self.interrupt(Interrupt::DeviceGone(Device::Reader), now);
                } else {
                    self.proceed(&Event::ReaderLeft { reader }, now);
                }
            }
            Event::CardArrived { visit, reader } => {
                let is_over = matches!(self.state, State::Farewell(_));
                match self.state.active_mut() {
                    None => self.proceed(&Event::CardArrived { visit, reader }, now),
                    Some(active) if active.reader == reader || is_over => {
                        self.interrupt(Interrupt::CardSwapped { visit, reader }, now)
                    }
                    Some(active) => active.pending = Some((visit, reader)),
                }
            }
            Event::CardLeft { reader } => {
                self.forget_pending_on(&reader);
                if self.on_reader(&reader) {
                    self.interrupt(Interrupt::CardRemoved, now);
                }
            }
            Event::FaceAvailable(available) => {
                self.face_available = available;
                if available {
                    self.proceed(&event, now);
                } else {
                    self.interrupt(Interrupt::DeviceGone(Device::Camera), now);
                }
            }
            Event::CentralReachable(true) => {}
            Event::CentralReachable(false) => self.interrupt(Interrupt::CentralUnreachable, now),
            Event::StaffCancel { visit } => {
                if self.is_present(visit) {
                    self.interrupt(Interrupt::StaffCancel, now);
                }
            }
            Event::StaffRestart { visit, next } => {
                if self.is_present(visit) {
                    self.restart(next, now);
                }
            }
            Event::Timeout => {
                if self
                    .state
                    .deadline()
                    .is_some_and(|deadline| now.mono >= deadline)
                {
                    self.interrupt(Interrupt::Idle, now);
                }
            }
            Event::Restart => {
                if let Some(active) = self.state.active_mut() {
                    active.pending = None;
                }
                self.interrupt(Interrupt::Restart, now);
            }
            Event::Card(visit, _)
            | Event::FaceGuidance(visit, _)
            | Event::Face(visit, _)
            | Event::Central(visit, _, _)
            | Event::Ledger(visit, _)
            | Event::VisualConfirmed { visit, .. }
            | Event::VisualLocked { visit } => {
                if self.is_present(visit) {
                    self.proceed(&event, now);
                } else {
                    self.commands.push_back(Command::Dropped { visit });
                }
            }
            Event::Patient(_) => self.proceed(&event, now),
        }
    }

    /// The next thing to do, if any.
    pub fn poll_command(&mut self) -> Option<Command> {
        self.commands.pop_front()
    }

    /// The monotonic time at which [`Event::Timeout`] is due, if the present state waits for one.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.state.deadline()
    }

    /// The visit in progress, if any.
    #[must_use]
    pub fn visit(&self) -> Option<VisitId> {
        self.state.active().map(|active| active.visit)
    }

    /// The reader on which the visit in progress began.
    #[must_use]
    pub fn reader(&self) -> Option<&str> {
        self.state.active().map(|active| active.reader.as_str())
    }

    /// Name of the present state, for logs, status and tests.
    #[must_use]
    pub fn state_name(&self) -> &'static str {
        self.state.name()
    }

    /// Whether the present state waits for the person (and not for a machine).
    #[must_use]
    pub fn waits_for_person(&self) -> bool {
        self.state.waits_for_person()
    }

    fn is_present(&self, visit: VisitId) -> bool {
        self.visit() == Some(visit)
    }

    fn on_reader(&self, reader: &str) -> bool {
        self.reader() == Some(reader)
    }

    /// What is being written down, or was delivered a moment ago, stays as it is: only an open visit begins anew, and one
    /// that failed and whose card was not taken yet.
    fn restart(&mut self, next: VisitId, now: Now) {
        if matches!(self.state, State::Delivering(_)) {
            return;
        }
        let is_over = matches!(self.state, State::Farewell(_));
        let Some(active) = self.state.active_mut() else {
            return;
        };
        let reader = active.reader.clone();
        if is_over {
            if active.card_present {
                let visit = next;
                self.interrupt(Interrupt::CardSwapped { visit, reader }, now);
            }
            return;
        }
        // A card that waits on another reader keeps its turn.
        if active.card_present && active.pending.is_none() {
            active.pending = Some((next, reader));
        }
        self.interrupt(Interrupt::StaffCancel, now);
    }

    fn forget_pending_on(&mut self, reader: &str) {
        if let Some(active) = self.state.active_mut()
            && active
                .pending
                .as_ref()
                .is_some_and(|(_, pending)| pending == reader)
        {
            active.pending = None;
        }
    }

    fn interrupt(&mut self, interrupt: Interrupt, now: Now) {
        let state = std::mem::replace(&mut self.state, State::initial());
        self.state = state.interrupt(interrupt, &mut self.cx(now));
    }

    fn proceed(&mut self, event: &Event, now: Now) {
        let state = std::mem::replace(&mut self.state, State::initial());
        self.state = state.proceed(event, &mut self.cx(now));
    }

    fn cx(&mut self, now: Now) -> Cx<'_> {
        Cx {
            commands: &mut self.commands,
            limits: &self.limits,
            now,
            face_available: self.face_available,
            reader_present: !self.readers.is_empty(),
        }
    }
}
