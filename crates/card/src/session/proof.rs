//! The central service's nonce, signed by the card's authentication key.

use myna_card::Command;

use super::Session;
use crate::allowlist::{Application, Credential};
use crate::api::{CardProof, ProofKind, ProveHow};
use crate::authenticity::digest_info;
use crate::error::CardError;
use crate::pinless::{PinlessAuthenticator, PinlessError};

const LONGEST_NONCE: usize = 1024;

impl Session {
    /// Signs `nonce` (RSASSA-PKCS1-v1_5 with SHA-256) and checks the signature against the certificate
    /// that was read in this session, so that a swapped card cannot lend its signature.
    pub(crate) fn prove(
        &mut self,
        nonce: &[u8],
        how: ProveHow,
        pinless: Option<&mut (dyn PinlessAuthenticator + 'static)>,
    ) -> Result<CardProof, CardError> {
        if nonce.is_empty() || nonce.len() > LONGEST_NONCE {
            return Err(CardError::NonceUnusable);
        }
        if !self
            .certificate
            .as_ref()
            .is_some_and(|certificate| certificate.has_usable_key())
        {
            return Err(CardError::NoCertificate);
        }
        let kind = match how {
            ProveHow::AfterPin => {
                if !self.guard().rules().accepted(Credential::Pin) {
                    return Err(CardError::PinFirst);
                }
                ProofKind::AuthenticationKeyAfterPin
            }
            ProveHow::Pinless => {
                self.authenticate_terminal(pinless.ok_or(CardError::NoPinless)?)?;
                ProofKind::FictitiousTerminalAuthentication
            }
        };
        // P2 = 80 | short id of the authentication key 0017 (OpenSC card-jpki.c, myna-card).
        let command = Command::with_data_le(0x80, 0x2A, 0x00, 0x97, digest_info(nonce), 256);
        let signed = self.card.call_ok(&command);
        let signature = self.step("signature over the nonce", signed)?;
        match &self.certificate {
            Some(certificate) if certificate.signed(nonce, &signature) => Ok(CardProof {
                certificate_der: certificate.der.clone(),
                signature,
                kind,
                session: self.number,
            }),
            _ => Err(CardError::ProofInvalid),
        }
    }

    fn authenticate_terminal(
        &mut self,
        pinless: &mut (dyn PinlessAuthenticator + 'static),
    ) -> Result<(), CardError> {
        self.need(Application::Jpki)?;
        let guard = self.guard_mut();
        guard.rules_mut().set_terminal_authentication(true);
        let result = pinless.authenticate(guard);
        guard.rules_mut().set_terminal_authentication(false);
        if let Some(fault) = self.fault() {
            return Err(fault);
        }
        result.map_err(|error| match error {
            PinlessError::Link(link) => super::from_link(link),
            other => CardError::Pinless(other.to_string()),
        })
    }
}
