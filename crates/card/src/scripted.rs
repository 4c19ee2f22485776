//! The second implementation of the transport seam: readers and cards made of closures.
//!
//! Always compiled, so that tests, fuzzers and sweeps drive the very code that the field runs. It knows
//! nothing of My Number Cards; a card is whatever answers a command.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::transport::{Answer, CardLink, LinkError, RawLink, ReaderStatus, ReaderWatch, Readers};

/// What a scripted card does with a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Answers with these bytes, status word included, whatever their length.
    Bytes(Vec<u8>),
    /// The exchange breaks.
    Fault(LinkError),
    /// Nothing comes back until [`ScriptedReaders::release`].
    Hang,
}

/// A card made of code.
pub trait CardScript: Send {
    /// Told before the first command of a connection (`true`) and at its end (`false`).
    fn power(&mut self, on: bool) {
        let _ = on;
    }
    /// The answer to reset.
    fn atr(&self) -> Vec<u8> {
        Vec::new()
    }
    /// One command, one reaction.
    fn answer(&mut self, command: &[u8]) -> Said;
}

impl<F: FnMut(&[u8]) -> Said + Send> CardScript for F {
    fn answer(&mut self, command: &[u8]) -> Said {
        self(command)
    }
}

type SharedScript = Arc<Mutex<Box<dyn CardScript>>>;

struct Slot {
    name: String,
    card: Option<SharedScript>,
    changes: u32,
    /// By a connection of ours.
    held: bool,
    /// By another program.
    held_by_others: bool,
    mute: bool,
}

#[derive(Default)]
struct State {
    down: bool,
    released: bool,
    version: u64,
    slots: Vec<Slot>,
}

#[derive(Default)]
struct Desk {
    state: Mutex<State>,
    changed: Condvar,
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, what: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        what(&mut state);
        state.version += 1;
        self.changed.notify_all();
    }
}

/// Readers on a scripted desk. Clones share the desk: one goes to the card threads, one stays in the hand.
#[derive(Clone, Default)]
pub struct ScriptedReaders(Arc<Desk>);

impl ScriptedReaders {
    /// A desk without readers, its service running.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Plugs a reader in.
    pub fn plug(&self, reader: &str) {
        let slot = Slot {
            name: reader.to_owned(),
            card: None,
            changes: 0,
            held: false,
            held_by_others: false,
            mute: false,
        };
        self.0.change(|state| state.slots.push(slot));
    }

    /// Pulls a reader out, its card with it.
    pub fn unplug(&self, reader: &str) {
        self.0
            .change(|state| state.slots.retain(|slot| slot.name != reader));
    }

    /// Lays a card on a reader, replacing what lay there.
    pub fn lay(&self, reader: &str, card: impl CardScript + 'static) {
        let card: SharedScript = Arc::new(Mutex::new(Box::new(card)));
        self.on(reader, |slot| {
            slot.changes = slot
                .changes
                .wrapping_add(1 + u32::from(slot.card.is_some()));
            slot.card = Some(card);
            slot.held = false;
        });
    }

    /// Takes the card away.
    pub fn take(&self, reader: &str) {
        self.on(reader, |slot| {
            if slot.card.take().is_some() {
                slot.changes = slot.changes.wrapping_add(1);
                slot.held = false;
            }
        });
    }

    /// Lets another program hold the card, or give it back.
    pub fn set_held_by_others(&self, reader: &str, held: bool) {
        self.on(reader, |slot| slot.held_by_others = held);
    }

    /// Makes the card unresponsive at power-on, or not.
    pub fn set_mute(&self, reader: &str, mute: bool) {
        self.on(reader, |slot| slot.mute = mute);
    }

    /// Stops or starts the service.
    pub fn set_service(&self, up: bool) {
        self.0.change(|state| state.down = !up);
    }

    /// Ends every [`Said::Hang`], now and later.
    pub fn release(&self) {
        self.0.change(|state| state.released = true);
    }

    fn on(&self, reader: &str, what: impl FnOnce(&mut Slot)) {
        self.0.change(|state| {
            if let Some(slot) = state.slots.iter_mut().find(|slot| slot.name == reader) {
                what(slot);
            }
        });
    }
}

impl Readers for ScriptedReaders {
    fn watch(&self) -> Result<Box<dyn ReaderWatch>, LinkError> {
        if self.0.lock().down {
            return Err(service_gone());
        }
        Ok(Box::new(ScriptedWatch {
            desk: Arc::clone(&self.0),
            seen: None,
        }))
    }

    fn connect(&self, reader: &str) -> Result<Box<dyn CardLink>, LinkError> {
        let mut state = self.0.lock();
        if state.down {
            return Err(service_gone());
        }
        let slot = state
            .slots
            .iter_mut()
            .find(|slot| slot.name == reader)
            .ok_or(LinkError::ReaderGone)?;
        let card = slot.card.clone().ok_or(LinkError::Removed)?;
        if slot.held || slot.held_by_others {
            return Err(LinkError::Busy);
        }
        if slot.mute {
            return Err(LinkError::Mute);
        }
        slot.held = true;
        let changes = slot.changes;
        drop(state);
        card.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .power(true);
        Ok(Box::new(ScriptedLink {
            desk: Arc::clone(&self.0),
            reader: reader.to_owned(),
            changes,
            card,
        }))
    }

    fn cancel(&self) {
        self.0.change(|_| {});
    }
}

fn service_gone() -> LinkError {
    LinkError::ServiceGone("the scripted service is down".into())
}

struct ScriptedWatch {
    desk: Arc<Desk>,
    seen: Option<u64>,
}

impl ReaderWatch for ScriptedWatch {
    fn wait(&mut self, timeout: Duration) -> Result<Vec<ReaderStatus>, LinkError> {
        let state = self.desk.lock();
        let seen = self.seen;
        let (state, _) = self
            .desk
            .changed
            .wait_timeout_while(state, timeout, |state| Some(state.version) == seen)
            .unwrap_or_else(PoisonError::into_inner);
        self.seen = Some(state.version);
        if state.down {
            return Err(service_gone());
        }
        Ok(state
            .slots
            .iter()
            .map(|slot| ReaderStatus {
                name: slot.name.clone(),
                card: slot.card.is_some(),
                changes: slot.changes,
            })
            .collect())
    }
}

struct ScriptedLink {
    desk: Arc<Desk>,
    reader: String,
    changes: u32,
    card: SharedScript,
}

impl ScriptedLink {
    fn still_there(&self) -> Result<(), LinkError> {
        let state = self.desk.lock();
        if state.down {
            return Err(service_gone());
        }
        match state.slots.iter().find(|slot| slot.name == self.reader) {
            None => Err(LinkError::ReaderGone),
            Some(slot) if slot.changes != self.changes => Err(LinkError::Removed),
            Some(_) => Ok(()),
        }
    }
}

impl RawLink for ScriptedLink {
    fn transmit(&mut self, command: &[u8]) -> Result<Answer, LinkError> {
        self.still_there()?;
        let said = self
            .card
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .answer(command);
        // The script itself may have taken the card away.
        self.still_there()?;
        match said {
            Said::Bytes(bytes) => Ok(Zeroizing::new(bytes)),
            Said::Fault(fault) => Err(fault),
            Said::Hang => {
                let state = self.desk.lock();
                let _released = self
                    .desk
                    .changed
                    .wait_while(state, |state| !state.released)
                    .unwrap_or_else(PoisonError::into_inner);
                Err(LinkError::Timeout)
            }
        }
    }
}

impl CardLink for ScriptedLink {
    fn atr(&self) -> Vec<u8> {
        self.card
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .atr()
    }

    fn power_off(self: Box<Self>) {
        // Drop does it, so that a connection lost on the way is given back as well.
    }
}

impl Drop for ScriptedLink {
    fn drop(&mut self) {
        self.card
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .power(false);
        let changes = self.changes;
        let reader = std::mem::take(&mut self.reader);
        self.desk.change(|state| {
            if let Some(slot) = state.slots.iter_mut().find(|slot| slot.name == reader)
                && slot.changes == changes
            {
                slot.held = false;
            }
        });
    }
}
