//! The seam to the readers: what this crate needs of PC/SC, and nothing more.
//!
//! Two implementations, both always compiled: [`crate::PcscReaders`] over the system's pcscd and
//! [`crate::scripted::ScriptedReaders`] for tests and sweeps.

use std::time::Duration;

use zeroize::Zeroizing;

/// A response APDU with its two status bytes, wiped when dropped because it may carry the photo.
pub type Answer = Zeroizing<Vec<u8>>;

/// What can happen between us and the card. Everything but [`LinkError::Forbidden`] ends the power-on session
/// (invariant 16); after [`LinkError::Busy`] none has begun.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Someone reset the card.
    #[error("the card was reset")]
    Reset,
    /// The card is no longer on the reader.
    #[error("the card was removed")]
    Removed,
    /// The reader is no longer there.
    #[error("the reader went away")]
    ReaderGone,
    /// pcscd cannot be reached.
    #[error("the smart card service cannot be reached: {0}")]
    ServiceGone(String),
    /// The card does not answer to power-on.
    #[error("the card does not respond")]
    Mute,
    /// Another program holds the card.
    #[error("another program is using the card")]
    Busy,
    /// No answer within the limit.
    #[error("the card did not answer in time")]
    Timeout,
    /// An answer without a complete status word, or longer than asked for.
    #[error("the card's answer is malformed ({0} bytes)")]
    BadLength(usize),
    /// Any other transport failure.
    #[error("transport failure: {0}")]
    Protocol(String),
    /// Our own allowlist refused the command; nothing was sent (invariant 4).
    #[error("command not on the allowlist: {0}")]
    Forbidden(&'static str),
    /// Too many earlier exchanges with readers still hang in the driver.
    #[error("earlier card exchanges still hang in the reader")]
    Stuck,
}

/// Something that carries one command APDU to the card and its answer back.
pub trait RawLink {
    /// Sends `command` unchanged and returns the whole response including its status word.
    ///
    /// # Errors
    /// [`LinkError`]; a status word other than 9000 is not an error here.
    fn transmit(&mut self, command: &[u8]) -> Result<Answer, LinkError>;
}

impl<T: RawLink + ?Sized> RawLink for Box<T> {
    fn transmit(&mut self, command: &[u8]) -> Result<Answer, LinkError> {
        (**self).transmit(command)
    }
}

/// An exclusive connection to a freshly powered card.
pub trait CardLink: RawLink + Send {
    /// The answer to reset as the reader formed it. It says how the card is reached, never whose card it
    /// is: nothing but the wording of a refusal may depend on it.
    fn atr(&self) -> Vec<u8>;
    /// Switches the card off and gives the reader back.
    fn power_off(self: Box<Self>);
}

/// One reader as the monitor sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReaderStatus {
    /// The reader's name.
    pub name: String,
    /// Whether a card lies on it.
    pub card: bool,
    /// Counts every insertion and removal, so that a quick swap is noticed.
    pub changes: u32,
}

/// One look-out on all readers, used by one thread.
pub trait ReaderWatch {
    /// Returns every reader after something changed or `timeout` passed (or [`Readers::cancel`]).
    ///
    /// # Errors
    /// [`LinkError::ServiceGone`] when pcscd went away; the watch is then useless.
    fn wait(&mut self, timeout: Duration) -> Result<Vec<ReaderStatus>, LinkError>;
}

/// The readers of this machine.
pub trait Readers: Send + Sync {
    /// Opens a look-out.
    ///
    /// # Errors
    /// [`LinkError::ServiceGone`] when pcscd cannot be reached.
    fn watch(&self) -> Result<Box<dyn ReaderWatch>, LinkError>;

    /// Connects exclusively and switches the card off and on, so that no security status of an earlier
    /// user survives. One attempt; the caller repeats on [`LinkError::Busy`].
    ///
    /// # Errors
    /// [`LinkError`] as it came.
    fn connect(&self, reader: &str) -> Result<Box<dyn CardLink>, LinkError>;

    /// Wakes a waiting look-out.
    fn cancel(&self);
}
