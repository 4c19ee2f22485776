//! The system's pcscd behind the transport seam.
//!
//! Every connection and look-out has its own context, so that a hung exchange blocks nobody else.
//! No SCardBeginTransaction is used: it keeps other connections out of a shared card, and ours is exclusive from
//! before the first command until power-off, so there is no other connection (invariant 16).

use std::ffi::CString;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use pcsc::{
    Card, Context, Disposition, Error, PNP_NOTIFICATION, Protocols, ReaderState, Scope, ShareMode,
    State,
};
use zeroize::{Zeroize as _, Zeroizing};

use crate::transport::{Answer, CardLink, LinkError, RawLink, ReaderStatus, ReaderWatch, Readers};

/// pcscd itself serves at most 16; more is nonsense from a broken service.
const MOST_READERS: usize = 64;

/// The readers of the system's pcscd.
#[derive(Default)]
pub struct PcscReaders {
    watching: Mutex<Option<Context>>,
}

impl PcscReaders {
    /// Does not contact pcscd yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Readers for PcscReaders {
    fn watch(&self) -> Result<Box<dyn ReaderWatch>, LinkError> {
        let context = Context::establish(Scope::System).map_err(service_error)?;
        *self.watching.lock().unwrap_or_else(PoisonError::into_inner) = Some(context.clone());
        Ok(Box::new(PcscWatch {
            context,
            states: vec![ReaderState::new(PNP_NOTIFICATION(), State::UNAWARE)],
        }))
    }

    fn connect(&self, reader: &str) -> Result<Box<dyn CardLink>, LinkError> {
        let name = CString::new(reader).map_err(|_| LinkError::ReaderGone)?;
        let context = Context::establish(Scope::System).map_err(service_error)?;
        let mut card = context
            .connect(&name, ShareMode::Exclusive, Protocols::ANY)
            .map_err(link_error)?;
        // pcscd may have powered the card for someone else; only off and on again clears what they
        // opened (myna-card README: neither reconnect nor warm reset does).
        card.reconnect(
            ShareMode::Exclusive,
            Protocols::ANY,
            Disposition::UnpowerCard,
        )
        .map_err(link_error)?;
        // Of the status and not of the attribute, which a driver may leave empty (the virtual reader's does).
        let atr = card.status2_owned().map_err(link_error)?.atr().to_vec();
        Ok(Box::new(PcscLink {
            card,
            atr,
            buffer: Zeroizing::new(vec![0; pcsc::MAX_BUFFER_SIZE_EXTENDED]),
        }))
    }

    fn cancel(&self) {
        if let Some(context) = &*self.watching.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = context.cancel();
        }
    }
}

struct PcscWatch {
    context: Context,
    /// The first entry is pcscd's pseudo reader for arrivals and departures.
    states: Vec<ReaderState>,
}

impl ReaderWatch for PcscWatch {
    fn wait(&mut self, timeout: Duration) -> Result<Vec<ReaderStatus>, LinkError> {
        self.relist()?;
        match self.context.get_status_change(timeout, &mut self.states) {
            Ok(()) => {
                for state in &mut self.states {
                    state.sync_current_state();
                }
                // What arrived meanwhile is looked at in the next round, which then returns at once.
            }
            // A listed reader may vanish between list and wait: the next round lists anew.
            Err(
                Error::Timeout | Error::Cancelled | Error::UnknownReader | Error::ReaderUnavailable,
            ) => {}
            Err(error) => return Err(service_error(error)),
        }
        let unusable = State::UNKNOWN | State::UNAVAILABLE | State::IGNORE;
        Ok(self.states[1..]
            .iter()
            .filter(|state| !state.event_state().intersects(unusable))
            .map(|state| ReaderStatus {
                name: state.name().to_string_lossy().into_owned(),
                card: state.event_state().contains(State::PRESENT),
                changes: state.event_count(),
            })
            .collect())
    }
}

impl PcscWatch {
    fn relist(&mut self) -> Result<(), LinkError> {
        let mut names = match self.context.list_readers_owned() {
            Ok(names) => names,
            Err(Error::NoReadersAvailable) => Vec::new(),
            Err(error) => return Err(service_error(error)),
        };
        names.truncate(MOST_READERS);
        let pnp = PNP_NOTIFICATION();
        self.states.retain(|state| {
            state.name() == pnp || names.iter().any(|name| name.as_c_str() == state.name())
        });
        for name in names {
            if !self
                .states
                .iter()
                .any(|state| state.name() == name.as_c_str())
            {
                self.states.push(ReaderState::new(name, State::UNAWARE));
            }
        }
        Ok(())
    }
}

struct PcscLink {
    card: Card,
    atr: Vec<u8>,
    /// Room for the longest answer there is; only what was written is wiped.
    buffer: Zeroizing<Vec<u8>>,
}

impl RawLink for PcscLink {
    fn transmit(&mut self, command: &[u8]) -> Result<Answer, LinkError> {
        match self.card.transmit(command, &mut self.buffer) {
            Ok(answer) => {
                let (answer, written) = (Zeroizing::new(answer.to_vec()), answer.len());
                self.buffer[..written].zeroize();
                Ok(answer)
            }
            Err(error) => {
                // How much the library had written by then is not known.
                self.buffer.as_mut_slice().zeroize();
                Err(link_error(error))
            }
        }
    }
}

impl CardLink for PcscLink {
    fn atr(&self) -> Vec<u8> {
        self.atr.clone()
    }

    fn power_off(self: Box<Self>) {
        switch_off(self.card);
    }
}

/// What switching off needs of a connection.
trait Power: Sized {
    /// Gives the card back without power.
    fn off(self) -> Result<(), (Self, Error)>;
    /// Takes the power away and gives it again, in the same connection.
    fn off_and_on(&mut self) -> Result<(), Error>;
}

impl Power for Card {
    fn off(self) -> Result<(), (Self, Error)> {
        self.disconnect(Disposition::UnpowerCard)
    }

    fn off_and_on(&mut self) -> Result<(), Error> {
        self.reconnect(
            ShareMode::Exclusive,
            Protocols::ANY,
            Disposition::UnpowerCard,
        )
    }
}

/// Switches the card off. Where that fails, dropping the connection would only reset it, and over the air a warm
/// reset need not clear an accepted PIN; so its power is taken away by another way first.
fn switch_off(card: impl Power) {
    let Err((mut card, error)) = card.off() else {
        return;
    };
    if is_gone(error) {
        tracing::debug!(%error, "nothing is left to be switched off");
        return;
    }
    let cleared = card.off_and_on();
    match (cleared, card.off()) {
        (_, Ok(())) => {
            tracing::warn!(%error, "the card could be switched off at the second attempt only");
        }
        (Ok(()), Err((_, second))) => {
            tracing::warn!(%error, %second, "the card was not switched off; its power was taken for a moment");
        }
        (Err(clearing), Err((_, second))) => tracing::warn!(
            %error, %clearing, %second,
            "the card may still have its power; what it accepted may stand until it is taken away"
        ),
    }
}

/// Whether there is no card or no reader any more, or nobody to ask: then it has no power from us either.
const fn is_gone(error: Error) -> bool {
    matches!(
        error,
        Error::RemovedCard
            | Error::NoSmartcard
            | Error::UnpoweredCard
            | Error::UnknownReader
            | Error::ReaderUnavailable
            | Error::InvalidHandle
            | Error::NoService
            | Error::ServiceStopped
            | Error::CommError
    )
}

fn service_error(error: Error) -> LinkError {
    LinkError::ServiceGone(error.to_string())
}

fn link_error(error: Error) -> LinkError {
    match error {
        Error::ResetCard => LinkError::Reset,
        Error::RemovedCard | Error::NoSmartcard => LinkError::Removed,
        Error::UnknownReader | Error::ReaderUnavailable | Error::InvalidHandle => {
            LinkError::ReaderGone
        }
        Error::NoService | Error::ServiceStopped | Error::CommError | Error::ServerTooBusy => {
            service_error(error)
        }
        Error::UnresponsiveCard
        | Error::UnpoweredCard
        | Error::UnsupportedCard
        | Error::ProtoMismatch => LinkError::Mute,
        Error::SharingViolation => LinkError::Busy,
        Error::Timeout => LinkError::Timeout,
        other => LinkError::Protocol(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    /// A connection whose attempts to switch off end as listed; keeps what was done.
    struct Fake<'a> {
        offs: Vec<Result<(), Error>>,
        reconnect: Result<(), Error>,
        done: &'a RefCell<Vec<&'static str>>,
    }

    impl Power for Fake<'_> {
        fn off(mut self) -> Result<(), (Self, Error)> {
            self.done.borrow_mut().push("off");
            match self.offs.remove(0) {
                Ok(()) => Ok(()),
                Err(error) => Err((self, error)),
            }
        }

        fn off_and_on(&mut self) -> Result<(), Error> {
            self.done.borrow_mut().push("off and on");
            self.reconnect
        }
    }

    #[test]
    fn invariant_16_a_card_that_was_not_switched_off_loses_its_power_by_another_way() {
        // What the card says one after the other, what comes of it, what was asked.
        type Row<'a> = (&'a [Result<(), Error>], Result<(), Error>, &'a [&'a str]);
        let rows: [Row<'_>; 5] = [
            (&[Ok(())], Ok(()), &["off"]),
            (&[Err(Error::RemovedCard)], Ok(()), &["off"]),
            (&[Err(Error::NoService)], Ok(()), &["off"]),
            (
                &[Err(Error::InternalError), Ok(())],
                Ok(()),
                &["off", "off and on", "off"],
            ),
            (
                &[Err(Error::InternalError), Err(Error::InternalError)],
                Err(Error::UnresponsiveCard),
                &["off", "off and on", "off"],
            ),
        ];
        for (offs, reconnect, expected) in rows {
            let done = RefCell::default();
            switch_off(Fake {
                offs: offs.to_vec(),
                reconnect,
                done: &done,
            });
            assert_eq!(*done.borrow(), expected, "{offs:?}");
        }
    }
}
