//! Is the photo this card's, and is the card here? (invariant 16, docs/invariants.md)
//!
//! Three links: the issuer's key signs the CV certificate, its key signs the photo record, the key named
//! in the record answers a fresh challenge. The scheme of the record signature is that of myna-card's
//! `CardFace::verify`: three SHA-256 digests in one DigestInfo of 96 bytes.

use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};

use crate::error::{CardError, NotGenuine};
use crate::issuers::IssuerKeys;
use crate::record::{CvCertificate, PhotoRecord, PublicKey};

/// Verifies the CV certificate under a configured issuer key.
///
/// # Errors
/// [`NotGenuine`]: unknown issuer or wrong signature.
pub fn check_certificate(
    certificate: &CvCertificate<'_>,
    issuers: &IssuerKeys,
) -> Result<(), NotGenuine> {
    let issuer = issuers
        .find(certificate.issuer_id)
        .ok_or(NotGenuine::IssuerUnknown)?;
    RsaPublicKeyComponents {
        n: &issuer.modulus,
        e: &issuer.exponent,
    }
    .verify(
        &RSA_PKCS1_2048_8192_SHA256,
        certificate.body,
        certificate.signature,
    )
    .map_err(|_| NotGenuine::CertificateSignature)
}

/// Verifies the record's three-digest signature under the certified key. ring hashes by itself and has no
/// raw RSA, so this one check uses the `rsa` crate's public operation; no secret is involved.
///
/// # Errors
/// [`NotGenuine::RecordSignature`].
pub fn check_record(record: &PhotoRecord<'_>, signer: &PublicKey<'_>) -> Result<(), NotGenuine> {
    let digests: Vec<u8> = record
        .groups
        .iter()
        .flat_map(|group| sha256(group))
        .collect();
    let key = rsa::RsaPublicKey::new(
        rsa::BigUint::from_bytes_be(signer.modulus),
        rsa::BigUint::from_bytes_be(signer.exponent),
    )
    .map_err(|_| NotGenuine::RecordSignature)?;
    key.verify(
        rsa::Pkcs1v15Sign::new_unprefixed(),
        &myna_card::data::sha256_digest_info(&digests),
        record.signature,
    )
    .map_err(|_| NotGenuine::RecordSignature)
}

/// A fresh 32-byte challenge.
///
/// # Errors
/// [`CardError::Random`].
pub fn challenge() -> Result<[u8; 32], CardError> {
    let mut bytes = [0; 32];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| CardError::Random)?;
    Ok(bytes)
}

/// SHA-256 as 32 bytes.
pub(crate) fn sha256(data: &[u8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, data).as_ref());
    bytes
}

/// The DigestInfo that the card signs for `message` (SHA-256, 51 bytes).
#[must_use]
pub fn digest_info(message: &[u8]) -> Vec<u8> {
    myna_card::data::sha256_digest_info(digest(&SHA256, message).as_ref())
}

/// Verifies the card's answer to the challenge under the key named in its record.
///
/// # Errors
/// [`NotGenuine::KeyNotPresent`].
pub fn check_presence(
    key: &PublicKey<'_>,
    challenge: &[u8],
    signature: &[u8],
) -> Result<(), NotGenuine> {
    RsaPublicKeyComponents {
        n: key.modulus,
        e: key.exponent,
    }
    .verify(&RSA_PKCS1_2048_8192_SHA256, challenge, signature)
    .map_err(|_| NotGenuine::KeyNotPresent)
}
