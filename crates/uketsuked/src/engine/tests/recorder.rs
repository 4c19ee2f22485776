//! Device sides that only write down what they are told.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use card::{CardCommand, CardGone};
use vision::protocol::Request;

use super::super::{CardSide, FaceSide};

/// A request with its payload.
type ToWorker = (Request, Vec<u8>);

/// A device side that writes down what it is handed; it can be gone.
#[derive(Clone, Default)]
pub(super) struct Recorder {
    pub(super) card: Arc<Mutex<Vec<CardCommand>>>,
    pub(super) face: Arc<Mutex<Vec<ToWorker>>>,
    pub(super) gone: Arc<AtomicBool>,
}

impl CardSide for Recorder {
    fn send(&self, command: CardCommand) -> Result<(), CardGone> {
        if self.gone.load(Ordering::SeqCst) {
            return Err(CardGone::Stopped);
        }
        self.card.lock().unwrap().push(command);
        Ok(())
    }

    fn shutdown(self: Box<Self>) {}
}

impl FaceSide for Recorder {
    fn send(&self, request: &Request, payload: &[u8]) -> bool {
        if self.gone.load(Ordering::SeqCst) {
            return false;
        }
        self.face
            .lock()
            .unwrap()
            .push((request.clone(), payload.to_vec()));
        true
    }
}
