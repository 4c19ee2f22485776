//! Card-verifiable certificates (CVC): `7F21 {5F4E {issuer key id, subject key id, RSA key},
//! 5F37 signature}`, 568 bytes (myna-card `data.rs`).
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};

use super::tlv;

/// Length of a certificate with an RSA-2048 key.
pub const LENGTH: usize = 568;
/// Length of the header of `7F21`, which the terminal presents together with the body object.
pub(crate) const HEADER: usize = 5;
/// Length of a key id.
pub const KEY_ID: usize = 16;
const TAG: u16 = 0x7F21;
const BODY: u16 = 0x5F4E;
const SIGNATURE: u16 = 0x5F37;

/// An RSA public key as the card stores it: `90` exponent, `91` modulus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// Big-endian exponent.
    pub exponent: Vec<u8>,
    /// Big-endian modulus.
    pub modulus: Vec<u8>,
}

impl PublicKey {
    /// The two objects, 265 bytes for RSA-2048 with e=65537.
    pub fn objects(&self) -> Vec<u8> {
        let mut out = tlv::object(0x90, &self.exponent);
        out.extend(tlv::object(0x91, &self.modulus));
        out
    }

    /// Reads the two objects.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let objects = tlv::all(bytes);
        Some(Self {
            exponent: tlv::find(&objects, 0x90)?.to_vec(),
            modulus: tlv::find(&objects, 0x91)?.to_vec(),
        })
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        RsaPublicKeyComponents {
            n: &self.modulus,
            e: &self.exponent,
        }
        .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
        .is_ok()
    }
}

/// The signed part of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CvcBody {
    /// Key that signed.
    pub issuer: [u8; KEY_ID],
    /// Key that is certified.
    pub subject: [u8; KEY_ID],
    /// The certified key.
    pub key: PublicKey,
}

impl CvcBody {
    /// The value of `5F4E`, which the signature covers: 297 bytes.
    pub fn signed_bytes(&self) -> Vec<u8> {
        [&self.issuer[..], &self.subject, &self.key.objects()].concat()
    }

    /// The whole certificate with a signature over [`Self::signed_bytes`].
    pub fn with_signature(&self, signature: &[u8]) -> Vec<u8> {
        let mut content = tlv::long_object(BODY, &self.signed_bytes());
        content.extend(tlv::long_object(SIGNATURE, signature));
        tlv::long_object(TAG, &content)
    }

    /// Reads the object `5F4E` (with header).
    pub fn parse_object(bytes: &[u8]) -> Option<Self> {
        let (object, _) = tlv::first(bytes)?;
        if object.tag != BODY {
            return None;
        }
        let (issuer, rest) = object.value.split_first_chunk::<KEY_ID>()?;
        let (subject, key) = rest.split_first_chunk::<KEY_ID>()?;
        Some(Self {
            issuer: *issuer,
            subject: *subject,
            key: PublicKey::parse(key)?,
        })
    }
}

/// The signature in the object `5F37`.
pub(crate) fn parse_signature(bytes: &[u8]) -> Option<&[u8]> {
    let (object, _) = tlv::first(bytes)?;
    (object.tag == SIGNATURE).then_some(object.value)
}
