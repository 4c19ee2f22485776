//! The central service's nonce, signed by the card's authentication key.

use myna_card::Command;

use super::Session;
use crate::allowlist::Credential;
use crate::api::{CardProof, ProofKind, ProveHow};
use crate::authenticity::check_presence;
use crate::certificate::CertificateProblem;
use crate::error::CardError;
use crate::pinless::{Pinless, PinlessAuthenticator, PinlessError};
use crate::record::PublicKey;

const LONGEST_NONCE: usize = 1024;

impl Session {
    /// Signs `nonce` and checks the signature against what was read in this session, so that a swapped card
    /// cannot lend its signature.
    pub(crate) fn prove(
        &mut self,
        nonce: &[u8],
        how: ProveHow,
        pinless: Option<&mut (dyn PinlessAuthenticator + 'static)>,
    ) -> Result<CardProof, CardError> {
        if nonce.is_empty() || nonce.len() > LONGEST_NONCE {
            return Err(CardError::NonceUnusable);
        }
        let problem = match &self.certificate {
            None => Some(CertificateProblem::Absent),
            Some(certificate) => certificate.problem(),
        };
        if let Some(problem) = problem {
            return Err(CardError::NoCertificate(problem));
        }
        match how {
            ProveHow::AfterPin => {
                if !self.guard().rules().accepted(Credential::Pin) {
                    return Err(CardError::PinFirst);
                }
                self.sign_with_authentication_key(nonce, ProofKind::AuthenticationKeyAfterPin)
            }
            ProveHow::Pinless => {
                let pinless = pinless.ok_or(CardError::NoPinless)?;
                match self.run_pinless(pinless, nonce)? {
                    Pinless::KeyUsable => self.sign_with_authentication_key(nonce, pinless.kind()),
                    Pinless::SurfaceSigned(signature) => {
                        self.surface_proof(nonce, signature, pinless.kind())
                    }
                }
            }
        }
    }

    fn sign_with_authentication_key(
        &mut self,
        nonce: &[u8],
        kind: ProofKind,
    ) -> Result<CardProof, CardError> {
        let key = self.certificate.as_ref().and_then(|read| read.usable_key());
        let (p1, data) = key
            .ok_or(CardError::NoCertificate(CertificateProblem::UnknownKey))?
            .command(nonce)
            .ok_or(CardError::NonceUnusable)?;
        // P2 = 80 | short id of the authentication key 0017 (OpenSC card-jpki.c, myna-card).
        let command = Command::with_data_le(0x80, 0x2A, p1, 0x97, data, 256);
        let signed = self.card.call_ok(&command);
        let signature = self.step("signature over the nonce", signed)?;
        match self.certificate.as_ref() {
            Some(certificate)
                if certificate
                    .usable_key()
                    .is_some_and(|key| key.signed(nonce, &signature)) =>
            {
                Ok(CardProof {
                    certificate_der: certificate.der.clone(),
                    signature,
                    surface: None,
                    kind,
                    session: self.number,
                })
            }
            _ => Err(CardError::ProofInvalid),
        }
    }

    /// The surface key's signature counts under the key that this session's genuine record names.
    fn surface_proof(
        &mut self,
        nonce: &[u8],
        signature: Vec<u8>,
        kind: ProofKind,
    ) -> Result<CardProof, CardError> {
        let genuine = self.genuine.as_ref().ok_or_else(|| {
            CardError::Pinless("the card-face record was not opened in this session".into())
        })?;
        let key = PublicKey {
            modulus: &genuine.card_key,
            exponent: &[0x01, 0x00, 0x01],
        };
        check_presence(&key, nonce, &signature).map_err(|_| CardError::ProofInvalid)?;
        Ok(CardProof {
            certificate_der: self
                .certificate_der()
                .map(<[u8]>::to_vec)
                .unwrap_or_default(),
            signature,
            surface: Some(Box::new(genuine.evidence.clone())),
            kind,
            session: self.number,
        })
    }

    fn run_pinless(
        &mut self,
        pinless: &mut (dyn PinlessAuthenticator + 'static),
        nonce: &[u8],
    ) -> Result<Pinless, CardError> {
        self.need(pinless.application())?;
        let guard = self.guard_mut();
        guard.rules_mut().set_terminal_authentication(true);
        let result = pinless.authenticate(guard, nonce);
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
