//! The card's authentication key, of the kind that its certificate says. Today's cards have RSA-2048; the
//! next generation is announced with ECDSA on P-384 and SHA-384, so nothing here is fixed to one of them.

use ring::digest::{SHA256, SHA384, digest};
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
    VerificationAlgorithm,
};
use x509_parser::prelude::X509Certificate;

const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
const P256: &str = "1.2.840.10045.3.1.7";
const P384: &str = "1.3.132.0.34";

/// DigestInfo up to the digest (RFC 8017 §9.2 note 1).
pub(crate) const SHA256_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];
/// The same for SHA-384.
pub(crate) const SHA384_INFO: [u8; 19] = [
    0x30, 0x41, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05,
    0x00, 0x04, 0x30,
];

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

    /// What the card is given to sign for `message`: a DigestInfo of the key's hash. For RSA this is what every
    /// client of today's cards sends (jpki/myna, OpenSC card-jpki.c). How a P-384 card wants it is not
    /// published; this is the same form with that key's hash.
    pub(crate) fn to_be_signed(&self, message: &[u8]) -> Vec<u8> {
        let (info, hash) = match self.kind {
            Kind::Rsa | Kind::P256 => (SHA256_INFO, digest(&SHA256, message)),
            Kind::P384 => (SHA384_INFO, digest(&SHA384, message)),
        };
        [&info, hash.as_ref()].concat()
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
