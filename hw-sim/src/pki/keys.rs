//! RSA-2048 keys, and P-384 for the card to come. Generation is slow, so all missing keys of a folder are made at once, on as many
//! threads as the machine has; existing files are kept.
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;

use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair,
};
use rsa::pkcs1::EncodeRsaPublicKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey};
use rsa::rand_core::OsRng;
use rsa::traits::PublicKeyParts;
use rsa::{RsaPrivateKey, RsaPublicKey};

use super::PrepareError;
use crate::card::{cvc, digest_info, pkcs1, write};
use crate::persons::KeySort;

const BITS: usize = 2048;
const P384: &EcdsaSigningAlgorithm = &ECDSA_P384_SHA384_ASN1_SIGNING;
/// SubjectPublicKeyInfo of a P-384 key up to its point (RFC 5480).
const P384_SPKI: [u8; 23] = [
    0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x05, 0x2B,
    0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00,
];

/// A key file and the kind of key in it.
pub(super) type KeyFile = (PathBuf, KeySort);

/// Makes the files that are missing, in parallel.
pub(super) fn make_missing(files: &[KeyFile]) -> Result<(), PrepareError> {
    let missing: Vec<&KeyFile> = files.iter().filter(|(path, _)| !path.exists()).collect();
    let threads = std::thread::available_parallelism()
        .map_or(2, usize::from)
        .min(missing.len());
    let queue = Mutex::new(missing.into_iter());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let results: Vec<Result<(), PrepareError>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    while let Some((path, sort)) = next() {
                        make(path, *sort)?;
                    }
                    Ok(())
                })
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| {
                worker
                    .join()
                    .unwrap_or_else(|_| Err(PrepareError::Crypto("a key thread died")))
            })
            .collect()
    });
    results.into_iter().collect()
}

fn make(path: &Path, sort: KeySort) -> Result<(), PrepareError> {
    let failed = PrepareError::Crypto("a key could not be made");
    match sort {
        KeySort::Rsa2048 => {
            let Ok(key) = RsaPrivateKey::new(&mut OsRng, BITS) else {
                return Err(failed);
            };
            let Ok(der) = key.to_pkcs8_der() else {
                return Err(failed);
            };
            write(path, der.as_bytes())?;
        }
        KeySort::P384 => {
            let Ok(der) = EcdsaKeyPair::generate_pkcs8(P384, &SystemRandom::new()) else {
                return Err(failed);
            };
            write(path, der.as_ref())?;
        }
    }
    make_private(path)
}

/// Readable by the owner only.
pub(super) fn make_private(path: &Path) -> Result<(), PrepareError> {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(|source| {
        PrepareError::Io {
            path: path.to_owned(),
            source,
        }
    })
}

/// The public half of a holder's key, as a certificate needs it.
pub(super) struct HolderKey {
    /// SubjectPublicKeyInfo, DER.
    pub(super) spki: Vec<u8>,
    /// SHA-1 of the public key bits (RFC 5280 §4.2.1.2), as JPKI does.
    pub(super) identifier: Vec<u8>,
}

impl HolderKey {
    /// Loads a PKCS#8 DER file.
    pub(super) fn load(path: &Path, sort: KeySort) -> Result<Self, PrepareError> {
        if sort == KeySort::Rsa2048 {
            let key = SigningKey::load(path)?;
            return Ok(Self {
                spki: key.spki()?,
                identifier: key.identifier()?,
            });
        }
        let bytes = read(path)?;
        let pair = EcdsaKeyPair::from_pkcs8(P384, &bytes, &SystemRandom::new())
            .map_err(|_| PrepareError::Crypto("a key file is not a P-384 key"))?;
        let point = pair.public_key().as_ref();
        Ok(Self {
            spki: [&P384_SPKI, point].concat(),
            identifier: sha1(point),
        })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, PrepareError> {
    std::fs::read(path).map_err(|source| PrepareError::Io {
        path: path.to_owned(),
        source,
    })
}

fn sha1(bytes: &[u8]) -> Vec<u8> {
    ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, bytes)
        .as_ref()
        .to_vec()
}

/// A private key from its file, with what the hierarchies need of it.
pub struct SigningKey {
    private: RsaPrivateKey,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

impl SigningKey {
    /// Loads a PKCS#8 DER file.
    ///
    /// # Errors
    /// When the file is missing or not an RSA key.
    pub fn load(path: &Path) -> Result<Self, PrepareError> {
        let bytes = read(path)?;
        let private = RsaPrivateKey::from_pkcs8_der(&bytes)
            .map_err(|_| PrepareError::Crypto("a key file is not an RSA key"))?;
        Ok(Self { private })
    }

    /// PKCS#1 v1.5 over a DigestInfo as it is.
    pub fn sign_digest_info(&self, info: &[u8]) -> Option<Vec<u8>> {
        pkcs1(&self.private, info)
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256.
    pub fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let hash = ring::digest::digest(&ring::digest::SHA256, message);
        self.sign_digest_info(&digest_info(hash.as_ref()))
    }

    /// The public half as cards store it.
    pub fn public(&self) -> cvc::PublicKey {
        let public = RsaPublicKey::from(&self.private);
        cvc::PublicKey {
            exponent: public.e().to_bytes_be(),
            modulus: public.n().to_bytes_be(),
        }
    }

    /// SubjectPublicKeyInfo, DER.
    pub(super) fn spki(&self) -> Result<Vec<u8>, PrepareError> {
        RsaPublicKey::from(&self.private)
            .to_public_key_der()
            .map(rsa::pkcs8::Document::into_vec)
            .map_err(|_| PrepareError::Crypto("a public key could not be encoded"))
    }

    /// Key identifier: SHA-1 of the public key bits (RFC 5280 §4.2.1.2), as JPKI does.
    pub(super) fn identifier(&self) -> Result<Vec<u8>, PrepareError> {
        let bits = RsaPublicKey::from(&self.private)
            .to_pkcs1_der()
            .map_err(|_| PrepareError::Crypto("a public key could not be encoded"))?;
        Ok(sha1(bits.as_bytes()))
    }
}
