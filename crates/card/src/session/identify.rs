//! What lies on the reader, by application and token file (never by ATR: cards of several makers and even
//! phones share or change theirs; jpki/myna removed its ATR check for that reason).

use myna_card::ap::jpki::{CertificateAvailability, TokenType, ef};
use zeroize::Zeroizing;

use super::Session;
use super::credentials::{Tries, is_absent};
use crate::allowlist::{Application, Credential};
use crate::api::{CardIdentity, CardKind};
use crate::certificate::{AuthCertificate, CertificateProblem, Roots};
use crate::error::CardError;
use crate::transport::LinkError;

/// What identification came to.
pub(crate) enum Found {
    /// A My Number Card.
    Usable(CardIdentity),
    /// Something else.
    Other(CardKind),
}

/// Published authentication certificates have about 1600 bytes.
const LARGEST_CERTIFICATE: usize = 8 * 1024;
const TOKEN_NAME: usize = 32;

impl Session {
    /// Identifies the card and reads what needs no credential.
    pub(crate) fn identify(&mut self, roots: &Roots) -> Result<Found, CardError> {
        self.card_expiry = match self.expiry_at_power_on() {
            // Instead of answering for a FeliCa card, a reader may break off a command that is none of its.
            Err(CardError::Link(LinkError::Protocol(_) | LinkError::BadLength(_)))
                if self.is_felica() =>
            {
                return Ok(Found::Other(CardKind::TransitCard));
            }
            read => read?,
        };
        match self.need(Application::Jpki) {
            Ok(()) => {}
            Err(CardError::Status { .. }) => return self.other_card().map(Found::Other),
            Err(error) => return Err(error),
        }
        let name = self.token_name()?;
        if let Some(kind) = kind_by_token(&name) {
            return Ok(Found::Other(kind));
        }
        let pin = self.tries_surely(Credential::Pin)?;
        // Only cards without a usable PIN are told apart by it.
        let availability = match pin {
            Tries::Absent | Tries::Left(0) => self.availability()?,
            Tries::Left(_) | Tries::Unsaid => None,
        };
        let certificate = self.certificate_surely(roots)?;
        let (not_after, problem) = certificate
            .as_ref()
            .map_or((0, Some(CertificateProblem::Absent)), |certificate| {
                (certificate.not_after_ms(), certificate.problem())
            });
        self.certificate = certificate;
        if self.card_expiry.is_none() {
            self.card_expiry = self.expiry_of_common_record()?;
        }
        let matching_number_tries = match self.need(Application::Surface) {
            Ok(()) => self.tries(Credential::MatchingNumber)?.left(),
            Err(CardError::Status { .. }) => None,
            Err(error) => return Err(error),
        };
        Ok(Found::Usable(CardIdentity {
            kind: kind_of(pin, availability),
            token: printable(&name),
            pin_tries: pin.left(),
            matching_number_tries,
            certificate_not_after: not_after,
            certificate_problem: problem,
            card_expiry: self.card_expiry.clone(),
            session: self.number,
        }))
    }

    pub(crate) fn token_name(&mut self) -> Result<Zeroizing<Vec<u8>>, CardError> {
        match self.read_start("token file", ef::TOKEN_INFO, TOKEN_NAME) {
            // No token file: whatever it is, it is not one of ours.
            Err(CardError::Status { .. }) => Ok(Zeroizing::default()),
            other => other,
        }
    }

    pub(crate) fn availability(&mut self) -> Result<Option<CertificateAvailability>, CardError> {
        let step = "certificate availability";
        match self.read_start(step, ef::CERTIFICATE_AVAILABILITY, 3) {
            Ok(bytes) => Ok(CertificateAvailability::parse(&bytes).ok()),
            Err(error) if error.ends_session() => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// Reads the certificate; that there is none is believed only after selecting the application again.
    ///
    /// # Errors
    /// [`LinkError::Reset`] when the card had forgotten that it was selected.
    pub(crate) fn certificate_surely(
        &mut self,
        roots: &Roots,
    ) -> Result<Option<AuthCertificate>, CardError> {
        if let Some(certificate) = self.authentication_certificate(roots)? {
            return Ok(Some(certificate));
        }
        self.select_again(Application::Jpki)?;
        match self.authentication_certificate(roots)? {
            None => Ok(None),
            Some(_) => Err(LinkError::Reset.into()),
        }
    }

    fn authentication_certificate(
        &mut self,
        roots: &Roots,
    ) -> Result<Option<AuthCertificate>, CardError> {
        match self.read_object(
            "authentication certificate",
            ef::AUTH_CERTIFICATE,
            LARGEST_CERTIFICATE,
        ) {
            Ok(der) => Ok(Some(AuthCertificate::examine(der.to_vec(), roots))),
            Err(error) if error.ends_session() => Err(error),
            // Which status an absent certificate gives is not documented; "not found" in its forms can't mean else.
            Err(CardError::Status { sw, .. }) if is_absent(sw) => Ok(None),
            Err(CardError::Empty(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// What the token's name says of a card that is none of ours; `None` for a My Number Card.
pub(crate) fn kind_by_token(name: &[u8]) -> Option<CardKind> {
    match TokenType::from_bytes(name) {
        TokenType::Card => None,
        TokenType::Android => Some(CardKind::AndroidPhone),
        TokenType::IPhone => Some(CardKind::IPhone),
        // The old card's name lacks the final 2 (jpki/myna src/jpki.rs).
        _ if printable(name) == "JPKIAPICCTOKEN" => Some(CardKind::OldJukiCard),
        _ => Some(CardKind::Unknown),
    }
}

/// 顔認証マイナンバーカード: neither a usable PIN nor a 署名用 certificate.
pub(crate) fn kind_of(pin: Tries, availability: Option<CertificateAvailability>) -> CardKind {
    let no_pin = matches!(pin, Tries::Absent | Tries::Left(0));
    let no_signing = availability.is_some_and(|file| !file.has_sign_certificate());
    if no_pin && no_signing {
        CardKind::FaceOnlyCard
    } else {
        CardKind::MyNumberCard
    }
}

/// ASCII without its padding; anything else shows as dots.
pub(crate) fn printable(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| {
            if byte.is_ascii_graphic() || *byte == b' ' {
                char::from(*byte)
            } else {
                '.'
            }
        })
        .collect::<String>()
        .trim_end()
        .to_owned()
}
