//! One power-on session with one card (invariant 16): what a visit does between laying down and taking up.
//!
//! A session is consumed by its end. Every step returns a `CardError`; once the link has failed, every
//! later step fails with the same fault, and nothing read before may be used.

mod credentials;
mod expiry;
mod files;
mod identify;
mod other;
mod photo;
mod proof;

use std::sync::Arc;
use std::time::Instant;

use myna_card::{Card, Error};

pub(crate) use credentials::{Presented, Tries};
pub(crate) use files::EXTENDED_BLOCK;
pub(crate) use identify::{Found, kind_by_token, kind_of, printable};

use crate::allowlist::{Application, COMMON_AID, JPKI_AID, SURFACE_AID};
use crate::certificate::AuthCertificate;
use crate::error::CardError;
use crate::guard::Guard;
use crate::timed::{Limits, LinkThreads, TimedLink};
use crate::transport::{LinkError, Readers};

/// The open session.
pub(crate) struct Session {
    number: u64,
    card: Card<Guard<TimedLink>>,
    certificate: Option<AuthCertificate>,
    /// As told by the chip, `yyyymmdd`.
    card_expiry: Option<String>,
    /// Whether an entry was held back once because its year is not the chip's.
    expiry_doubted: bool,
    /// The photo once proved genuine and present, and what proves it: read once a session.
    genuine: Option<photo::Genuine>,
    /// Whether files may be read with extended length.
    extended: bool,
}

impl Session {
    /// Number of this power-on session.
    pub(crate) const fn number(&self) -> u64 {
        self.number
    }

    /// Connects exclusively to the freshly powered card. Sends no command yet.
    pub(crate) fn open(
        readers: &Arc<dyn Readers>,
        reader: &str,
        number: u64,
        limits: Limits,
        threads: &LinkThreads,
    ) -> Result<Self, CardError> {
        let link = TimedLink::open(readers, reader, limits, threads).map_err(from_link)?;
        Ok(Self {
            number,
            card: Card::new(Guard::new(link)),
            certificate: None,
            card_expiry: None,
            expiry_doubted: false,
            genuine: None,
            extended: false,
        })
    }

    /// Sets the deadline of the step that begins now; once it has passed, the session is over.
    pub(crate) fn set_deadline(&mut self, until: Instant) {
        self.guard_mut().link_mut().set_deadline(until);
    }

    /// Lets files be read with extended length.
    pub(crate) fn allow_extended(&mut self, allowed: bool) {
        self.extended = allowed;
        self.guard_mut().rules_mut().set_extended_reads(allowed);
    }

    /// The answer to reset.
    pub(crate) fn atr(&self) -> &[u8] {
        self.guard().link().atr()
    }

    /// The card's expiry as the chip told it, `yyyymmdd`.
    pub(crate) fn card_expiry(&self) -> Option<&str> {
        self.card_expiry.as_deref()
    }

    /// Switches the card off.
    pub(crate) fn close(self) {
        self.card.into_transport().into_link().close();
    }

    /// What ended the session, if anything did.
    pub(crate) fn fault(&self) -> Option<CardError> {
        self.guard().fault().cloned().map(from_link)
    }

    /// Whether a photo of this session is in the visit's hands.
    pub(crate) const fn photo_given(&self) -> bool {
        self.genuine.is_some()
    }

    /// The certificate read in this session.
    pub(crate) fn certificate_der(&self) -> Option<&[u8]> {
        self.certificate
            .as_ref()
            .map(|certificate| &certificate.der[..])
    }

    fn guard(&self) -> &Guard<TimedLink> {
        self.card.transport()
    }

    fn guard_mut(&mut self) -> &mut Guard<TimedLink> {
        self.card.transport_mut()
    }

    /// Selects an application unless it is selected: selecting anew may clear an accepted credential.
    pub(crate) fn need(&mut self, application: Application) -> Result<(), CardError> {
        if self.guard().rules().application() == Some(application) {
            return Ok(());
        }
        self.select_again(application)
    }

    /// Selects the present application once more. A card that lost its power on the way has forgotten the selection and then answers
    /// as one without the file or key would: whoever was told "absent" asks again after this before believing it.
    pub(crate) fn select_again(&mut self, application: Application) -> Result<(), CardError> {
        let aid = match application {
            Application::Jpki => JPKI_AID,
            Application::Surface => SURFACE_AID,
            Application::Common => COMMON_AID,
        };
        let selected = self.card.select_df(&aid);
        self.step("SELECT", selected)
    }

    /// Turns the library's result into ours. The link's own fault outranks what the library made of it.
    fn step<T>(
        &mut self,
        step: &'static str,
        result: myna_card::Result<T>,
    ) -> Result<T, CardError> {
        let error = match result {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        if let Some(fault) = self.fault() {
            return Err(fault);
        }
        if let Some(reason) = self.guard_mut().take_refusal() {
            return Err(LinkError::Forbidden(reason).into());
        }
        Err(match error {
            Error::Status(status) => CardError::Status {
                step,
                sw: status.value(),
            },
            Error::PinBlocked => CardError::Status { step, sw: 0x6984 },
            Error::PinIncorrect { retries } => CardError::Status {
                step,
                sw: 0x63C0 | u16::from(retries.unwrap_or(0)),
            },
            _ => CardError::BadData(step),
        })
    }
}

/// Departures have names of their own, so that the visit need not look into the link's.
pub(crate) fn from_link(error: LinkError) -> CardError {
    match error {
        LinkError::ReaderGone => CardError::ReaderGone,
        LinkError::Removed => CardError::CardRemoved,
        other => CardError::Link(other),
    }
}
