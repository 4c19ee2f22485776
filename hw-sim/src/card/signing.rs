//! What the card's private keys do: COMPUTE DIGITAL SIGNATURE in its six forms, INTERNAL
//! AUTHENTICATE, and the card's random numbers (forms measured by myna-card `ap/jpki.rs`).
use ring::digest::{SHA256, digest};
use ring::rand::SecureRandom;
use ring::signature::EcdsaKeyPair;
use rsa::rand_core::OsRng;
use rsa::sha2::Sha256;
use rsa::{Pkcs1v15Sign, Pss, RsaPrivateKey};

use super::apdu::Command;
use super::apps;
use super::engine::Engine;
use super::model::{Body, CardKey};
use super::status::{self, Answer};

/// DigestInfo of SHA-256 up to the hash.
pub(crate) const SHA256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];
/// What PKCS#1 v1.5 leaves of an RSA-2048 block.
const MAX_PADDED: usize = 245;

impl Engine {
    pub(crate) fn compute_signature(&mut self, command: &Command<'_>) -> Result<Answer, u16> {
        if command.p1 > 5 {
            return Err(status::BAD_P1P2);
        }
        let id = match command.p2 {
            0x00 => self
                .application()
                .and_then(|application| application.default_key)
                .ok_or(status::NO_KEY)?,
            0x80 => self.session.ef.ok_or(status::NO_CURRENT_EF)?,
            p2 if p2 & 0x80 != 0 => self.short_ef(p2).map_err(|_| status::NO_KEY)?,
            _ => return Err(status::BAD_P1P2),
        };
        let Some(Body::PrivateKey { key, signs, .. }) = self.ef(id).map(|ef| &ef.body) else {
            return Err(status::FILE_STRUCTURE);
        };
        if !self.allows(*signs) {
            return Err(status::SECURITY_STATUS);
        }
        if command.le.is_none() || command.data.is_empty() {
            return Err(status::WRONG_LENGTH);
        }
        let data = command.data;
        let signature = match key {
            CardKey::Rsa(key) => rsa_signature(key, command.p1, data)?,
            CardKey::P384(key) => self.p384_signature(key, command.p1, data)?,
        };
        self.signatures = self.signatures.wrapping_add(1);
        Ok(Answer::data(signature))
    }

    /// How the next card will sign is not public. INVENTED here: P1 03 (the card hashes) with SHA-384,
    /// the signature as an ASN.1 ECDSA-Sig-Value; every other form is refused.
    fn p384_signature(&self, key: &EcdsaKeyPair, p1: u8, data: &[u8]) -> Result<Vec<u8>, u16> {
        if p1 != 3 {
            return Err(status::CONDITIONS);
        }
        key.sign(&self.random, data)
            .map(|signature| signature.as_ref().to_vec())
            .map_err(|_| status::INTERNAL)
    }

    pub(crate) fn internal_authenticate(&mut self, command: &Command<'_>) -> Result<Answer, u16> {
        if command.p1 != 0 || command.p2 & 0x80 == 0 {
            return Err(status::BAD_P1P2);
        }
        let id = match command.p2 {
            0x80 => self.session.ef.ok_or(status::NO_CURRENT_EF)?,
            p2 => self.short_ef(p2).map_err(|_| status::NO_KEY)?,
        };
        let Some(Body::PrivateKey {
            key,
            signs,
            internal,
        }) = self.ef(id).map(|ef| &ef.body)
        else {
            return Err(status::FILE_STRUCTURE);
        };
        if !self.allows(*signs) {
            return Err(status::SECURITY_STATUS);
        }
        if !internal {
            return Err(status::CONDITIONS);
        }
        if command.le.is_none() || !(1..=255).contains(&command.data.len()) {
            return Err(status::WRONG_LENGTH);
        }
        let signature = match key {
            CardKey::Rsa(key) => rsa_signature(key, 3, command.data)?,
            CardKey::P384(_) => return Err(status::CONDITIONS),
        };
        self.signatures = self.signatures.wrapping_add(1);
        Ok(Answer::data(signature))
    }

    pub(crate) fn get_challenge(&mut self, command: &Command<'_>) -> Result<Answer, u16> {
        if command.extended {
            return Err(status::CONDITIONS);
        }
        if command.p1p2() != 0 {
            return Err(status::BAD_P1P2);
        }
        let length = command.le.ok_or(status::WRONG_LENGTH)?;
        if !command.data.is_empty() {
            return Err(status::WRONG_LENGTH);
        }
        let mut challenge = vec![0; length];
        self.random
            .fill(&mut challenge)
            .map_err(|_| status::INTERNAL)?;
        self.session.challenge = (length == 16).then(|| challenge.clone());
        Ok(Answer::data(challenge))
    }

    /// `80 AE`: secure messaging is not simulated. The status words are those of a card on which
    /// it is not set up (66F1) or no PIN was given (6982), as myna-card measured.
    pub(crate) fn set_session_key(&self) -> u16 {
        match self.application() {
            Some(application) if application.aid == apps::JPKI_AID => status::SECURITY_STATUS,
            Some(application)
                if application.aid == apps::TEXT_AID && self.session.satisfied.is_empty() =>
            {
                status::SECURITY_STATUS
            }
            _ => status::NO_SECURITY_ENVIRONMENT,
        }
    }
}

/// The six forms of P1 (myna-card `ap/jpki.rs` tried all values on a card).
fn rsa_signature(key: &RsaPrivateKey, p1: u8, data: &[u8]) -> Result<Vec<u8>, u16> {
    if matches!(p1, 2 | 4) && data.len() != 32 {
        return Err(status::CONDITIONS);
    }
    let signature = match p1 {
        0 if data.len() > MAX_PADDED => return Err(status::CONDITIONS),
        0 => pkcs1(key, data),
        1 => pkcs1(key, digest(&SHA256, data).as_ref()),
        2 => pkcs1(key, &digest_info(data)),
        3 => pkcs1(key, &digest_info(digest(&SHA256, data).as_ref())),
        4 => pss(key, data),
        _ => pss(key, digest(&SHA256, data).as_ref()),
    };
    signature.ok_or(status::INTERNAL)
}

/// DigestInfo of a SHA-256 hash.
pub(crate) fn digest_info(hash: &[u8]) -> Vec<u8> {
    [&SHA256_DIGEST_INFO[..], hash].concat()
}

/// PKCS#1 v1.5 over the given bytes as they are.
pub(crate) fn pkcs1(key: &RsaPrivateKey, bytes: &[u8]) -> Option<Vec<u8>> {
    key.sign_with_rng(&mut OsRng, Pkcs1v15Sign::new_unprefixed(), bytes)
        .ok()
}

fn pss(key: &RsaPrivateKey, hash: &[u8]) -> Option<Vec<u8>> {
    key.sign_with_rng(&mut OsRng, Pss::new::<Sha256>(), hash)
        .ok()
}
