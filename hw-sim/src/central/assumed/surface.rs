//! ASSUMED in form: the かざし利用 proof. What is checked is what public documentation lets be checked: issuer's key,
//! CV certificate, the record's signature over three digests of which one group is shown, the nonce's
//! signature under the key in that group. The record says nothing about the authentication certificate
//! beside it, so the service also compares the key with the one it learned when the card's holder used a
//! PIN (here: issued): without that, one card's certificate could be shown with another's record.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use serde::Deserialize;

use crate::card::cvc::{CvcBody, PublicKey};
use crate::card::tlv;

/// Nothing in a record without its images is longer.
const LONGEST: usize = 2048;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Surface {
    cv_certificate: String,
    signed_group: String,
    other_digests: String,
    record_signature: String,
}

/// One DigestInfo that declares SHA-256 and holds three digests, signed with PKCS#1 v1.5 (myna-card).
fn is_record_signature(signer: &PublicKey, digests: &[u8], signature: &[u8]) -> bool {
    let mut info = vec![
        0x30, 0x71, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
        0x05, 0x00, 0x04, 0x60,
    ];
    info.extend_from_slice(digests);
    rsa::RsaPublicKey::new(
        rsa::BigUint::from_bytes_be(&signer.modulus),
        rsa::BigUint::from_bytes_be(&signer.exponent),
    )
    .is_ok_and(|key| {
        key.verify(rsa::Pkcs1v15Sign::new_unprefixed(), &info, signature)
            .is_ok()
    })
}

/// The card's public key in a group DF22–DF24.
fn card_key(group: &[u8]) -> Option<PublicKey> {
    PublicKey::parse(tlv::find(&tlv::all(group), 0xDF24)?)
}

/// The key that was written to this person's card.
fn issued_key(dir: &Path, person: &str) -> Option<PublicKey> {
    let file = std::fs::read(dir.join("cards").join(person).join("surface-0002.bin")).ok()?;
    let (outer, _) = tlv::first(&file)?;
    PublicKey::parse(tlv::find(&tlv::all(outer.value), 0xDF24)?)
}

/// The service's verdict on a かざし利用 proof: `record` as the request writes it, the signature over `nonce`, and
/// the simulator's folder in which the person's card was made.
#[must_use]
pub fn surface_proved(
    dir: &Path,
    person: &str,
    record: &serde_json::Value,
    nonce: &[u8],
    signature: &[u8],
) -> bool {
    Surface::deserialize(record)
        .is_ok_and(|record| proved(dir, person, &record, nonce, signature).is_some())
}

/// Whether the nonce was signed by a genuine card's own key, and that card is the person's.
pub(super) fn proved(
    dir: &Path,
    person: &str,
    surface: &Surface,
    nonce: &[u8],
    signature: &[u8],
) -> Option<()> {
    let decode = |text: &str| {
        STANDARD
            .decode(text)
            .ok()
            .filter(|bytes| bytes.len() <= LONGEST)
    };
    let certificate = decode(&surface.cv_certificate)?;
    let group = decode(&surface.signed_group)?;
    let others = decode(&surface.other_digests).filter(|digests| digests.len() == 64)?;
    let record_signature = decode(&surface.record_signature)?;
    let own = std::fs::read(dir.join("cards").join(person).join("surface-0004.bin")).ok()?;
    // The simulated issuer certifies one key; the card must show that certificate and no other.
    if certificate != own.get(..certificate.len())? {
        return None;
    }
    let (outer, _) = tlv::first(&certificate)?;
    let signer = CvcBody::parse_object(outer.value)?;
    let mut digests = digest(&SHA256, &group).as_ref().to_vec();
    digests.extend_from_slice(&others);
    if !is_record_signature(&signer.key, &digests, &record_signature) {
        return None;
    }
    let key = card_key(&group)?;
    (key == issued_key(dir, person)? && key.verifies(nonce, signature)).then_some(())
}
