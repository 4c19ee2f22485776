//! The two device sides as the engine sees them: it hands something over and never waits.

use card::{CardCommand, CardGone, CardHandle};
use vision::protocol::Request;

use crate::bridge::vision::VisionLink;

/// The card threads.
pub(crate) trait CardSide: Send {
    /// Queues a command.
    ///
    /// # Errors
    /// The threads are gone or busy; the command is dropped and wiped.
    fn send(&self, command: CardCommand) -> Result<(), CardGone>;
    /// Stops the threads and waits for them.
    fn shutdown(self: Box<Self>);
}

impl CardSide for CardHandle {
    fn send(&self, command: CardCommand) -> Result<(), CardGone> {
        Self::send(self, command)
    }

    fn shutdown(self: Box<Self>) {
        Self::shutdown(*self);
    }
}

/// The face worker.
pub(crate) trait FaceSide: Send {
    /// Sends a request; false when no worker is there to take it.
    fn send(&self, request: &Request, payload: &[u8]) -> bool;
}

impl FaceSide for VisionLink {
    fn send(&self, request: &Request, payload: &[u8]) -> bool {
        Self::send(self, request, payload)
    }
}
