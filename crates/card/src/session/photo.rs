//! The photo of a genuine, present card, or no photo (invariant 16).

use myna_card::Command;
use myna_card::ap::surface::ef;
use zeroize::Zeroizing;

use super::Session;
use crate::allowlist::{Application, Credential};
use crate::api::{Binding, CardPhoto};
use crate::authenticity::{
    challenge, check_certificate, check_presence, check_record, digest_info, sha256,
};
use crate::error::{CardError, NotGenuine};
use crate::issuers::{IssuerKeys, hex};
use crate::pinless::SurfaceEvidence;
use crate::record::{CvCertificate, PhotoRecord};

/// A CV certificate has 568 bytes.
const LARGEST_CV_CERTIFICATE: usize = 1024;

/// A photo that was proved genuine and present, kept until the session ends.
pub(super) struct Genuine {
    photo: Zeroizing<Vec<u8>>,
    binding: Binding,
    /// DF24, the modulus of the card's own key; its exponent is 65537.
    pub(super) card_key: Vec<u8>,
    pub(super) evidence: SurfaceEvidence,
}

impl Session {
    /// Reads the record, verifies its chain of signatures, challenges the card's key. A second call in the
    /// same session gives the same photo and reads nothing again.
    pub(crate) fn read_photo(&mut self, issuers: &IssuerKeys) -> Result<CardPhoto, CardError> {
        let rules = self.guard().rules();
        if rules.application() != Some(Application::Surface)
            || !rules.accepted(Credential::MatchingNumber)
        {
            return Err(CardError::MatchingNumberFirst);
        }
        let genuine = match self.genuine.take() {
            Some(genuine) => genuine,
            None => self.prove_genuine(issuers)?,
        };
        let photo = CardPhoto {
            jp2: genuine.photo.clone(),
            binding: genuine.binding.clone(),
        };
        self.genuine = Some(genuine);
        Ok(photo)
    }

    fn prove_genuine(&mut self, issuers: &IssuerKeys) -> Result<Genuine, CardError> {
        let not_genuine = |reason: NotGenuine| CardError::NotGenuine { reason };
        let cvc = self.cv_certificate()?;
        let certificate = CvCertificate::parse(&cvc).map_err(not_genuine)?;
        check_certificate(&certificate, issuers).map_err(not_genuine)?;
        let file = self.read_object("photo record", ef::CARD_FACE, usize::MAX)?;
        let record = PhotoRecord::parse(&file).map_err(not_genuine)?;
        check_record(&record, &certificate.key).map_err(not_genuine)?;
        let challenge = challenge()?;
        let signature = match self.internal_authentication(&challenge) {
            Ok(signature) => signature,
            Err(error) if error.ends_session() => return Err(error),
            Err(_) => return Err(not_genuine(NotGenuine::KeyNotPresent)),
        };
        check_presence(&record.card_key, &challenge, &signature).map_err(not_genuine)?;
        Ok(Genuine {
            photo: Zeroizing::new(record.photo.to_vec()),
            binding: Binding {
                session: self.number,
                issuer_key_id: hex(certificate.issuer_id),
                signer_key_id: hex(certificate.subject_id),
            },
            card_key: record.card_key.modulus.to_vec(),
            evidence: SurfaceEvidence {
                signed_group: Zeroizing::new(record.groups[0].to_vec()),
                other_digests: [sha256(record.groups[1]), sha256(record.groups[2])],
                record_signature: record.signature.to_vec(),
                cv_certificate: cvc.to_vec(),
            },
        })
    }

    /// EF 0004 of the selected surface application; anybody may read it.
    pub(crate) fn cv_certificate(&mut self) -> Result<Zeroizing<Vec<u8>>, CardError> {
        self.read_object("CV certificate", ef::CERTIFICATE, LARGEST_CV_CERTIFICATE)
    }

    /// Lets the surface application's own key, which needs no credential, sign `message`.
    pub(crate) fn internal_authentication(&mut self, message: &[u8]) -> Result<Vec<u8>, CardError> {
        // P2 = 00 names the application's own key.
        let command = Command::with_data_le(0x80, 0x2A, 0x00, 0x00, digest_info(message), 256);
        let signed = self.card.call_ok(&command);
        self.step("internal authentication", signed)
    }
}
