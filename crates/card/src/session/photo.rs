//! The photo of a genuine, present card, or no photo (invariant 16).

use myna_card::Command;
use myna_card::ap::surface::ef;
use zeroize::Zeroizing;

use super::Session;
use crate::allowlist::{Application, Credential};
use crate::api::{Binding, CardPhoto};
use crate::authenticity::{
    challenge, check_certificate, check_presence, check_record, digest_info,
};
use crate::error::{CardError, NotGenuine};
use crate::issuers::{IssuerKeys, hex};
use crate::record::{CvCertificate, PhotoRecord};

/// A CV certificate has 568 bytes.
const LARGEST_CV_CERTIFICATE: usize = 1024;

impl Session {
    /// Reads the record, verifies its chain of signatures, challenges the card's key.
    pub(crate) fn read_photo(&mut self, issuers: &IssuerKeys) -> Result<CardPhoto, CardError> {
        let rules = self.guard().rules();
        if rules.application() != Some(Application::Surface)
            || !rules.accepted(Credential::MatchingNumber)
        {
            return Err(CardError::MatchingNumberFirst);
        }
        let not_genuine = |reason: NotGenuine| CardError::NotGenuine { reason };
        let certificate =
            self.read_object("CV certificate", ef::CERTIFICATE, LARGEST_CV_CERTIFICATE)?;
        let certificate = CvCertificate::parse(&certificate).map_err(not_genuine)?;
        check_certificate(&certificate, issuers).map_err(not_genuine)?;
        let file = self.read_secret_object("photo record", ef::CARD_FACE)?;
        let record = PhotoRecord::parse(&file).map_err(not_genuine)?;
        check_record(&record, &certificate.key).map_err(not_genuine)?;
        let challenge = challenge()?;
        // P2 = 00 names the application's own key, which needs no credential.
        let command = Command::with_data_le(0x80, 0x2A, 0x00, 0x00, digest_info(&challenge), 256);
        let signed = self.card.call_ok(&command);
        let signature = match self.step("internal authentication", signed) {
            Ok(signature) => signature,
            Err(error) if error.ends_session() => return Err(error),
            Err(_) => return Err(not_genuine(NotGenuine::KeyNotPresent)),
        };
        check_presence(&record, &challenge, &signature).map_err(not_genuine)?;
        let binding = Binding {
            session: self.number,
            issuer_key_id: hex(certificate.issuer_id),
            signer_key_id: hex(certificate.subject_id),
        };
        self.photo_given = true;
        Ok(CardPhoto {
            jp2: Zeroizing::new(record.photo.to_vec()),
            binding,
        })
    }
}
