//! The card's authentication key, of the kind that its certificate says. Today's cards have RSA-2048; the
//! next generation is announced with ECDSA on P-384 and SHA-384, so nothing here is fixed to one of them.

use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
    VerificationAlgorithm,
};
use x509_parser::prelude::X509Certificate;

use crate::authenticity::digest_info;

const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
const P256: &str = "1.2.840.10045.3.1.7";
const P384: &str = "1.3.132.0.34";

/// DigestInfo up to the digest (RFC 8017 §9.2 note 1).
pub(crate) const SHA256_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];
/// Longest data of a command with a short length.
const LONGEST: usize = 255;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rsa,
    P256,
    P384,
}

/// A public key that signs for its card.
pub(crate) struct CardKey {
    kind: Kind,
    /// RSAPublicKey (PKCS#1 DER) or an uncompressed point, as ring wants it.
    public: Vec<u8>,
}

impl CardKey {
    /// The certificate's key; `None` for a kind that cannot be used.
    pub(crate) fn of(certificate: &X509Certificate<'_>) -> Option<Self> {
        let spki = certificate.public_key();
        let curve = || {
            spki.algorithm
                .parameters
                .as_ref()
                .and_then(|parameters| parameters.as_oid().ok())
                .map(|oid| oid.to_id_string())
        };
        let kind = match spki.algorithm.algorithm.to_id_string().as_str() {
            RSA_ENCRYPTION => Kind::Rsa,
            EC_PUBLIC_KEY => match curve()?.as_str() {
                P256 => Kind::P256,
                P384 => Kind::P384,
                _ => return None,
            },
            _ => return None,
        };
        Some(Self {
            kind,
            public: spki.subject_public_key.data.to_vec(),
        })
    }

    /// What COMPUTE DIGITAL SIGNATURE is given for `message`: P1 and the data. For RSA P1 = 00 and a DigestInfo,
    /// as every client of today's cards sends it (jpki/myna, OpenSC card-jpki.c). How a card with an
    /// elliptic key wants it is not published; P1 = 03, with which today's cards hash by themselves
    /// (myna-card jpki.rs), needs no form of digest at all. `None` when the message is too long for that.
    pub(crate) fn command(&self, message: &[u8]) -> Option<(u8, Vec<u8>)> {
        match self.kind {
            Kind::Rsa => Some((0x00, digest_info(message))),
            Kind::P256 | Kind::P384 => (1..=LONGEST)
                .contains(&message.len())
                .then(|| (0x03, message.to_vec())),
        }
    }

    /// Whether `signature` is this key's over `message`.
    pub(crate) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let algorithm: &dyn VerificationAlgorithm = match self.kind {
            Kind::Rsa => &RSA_PKCS1_2048_8192_SHA256,
            Kind::P256 => &ECDSA_P256_SHA256_ASN1,
            Kind::P384 => &ECDSA_P384_SHA384_ASN1,
        };
        UnparsedPublicKey::new(algorithm, &self.public)
            .verify(message, signature)
            .is_ok()
    }
}
