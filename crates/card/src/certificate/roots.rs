//! The accepted certification authorities, chosen by key identifier and proved by signature: all generations
//! of the published authority share one name (jpki/myna src/ta, myna-card certs/README).

use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey,
    VerificationAlgorithm,
};
use x509_parser::prelude::{ParsedExtension, X509Certificate};

use super::{CertificateProblem, is_test, parse};
use crate::error::CardError;

/// Most roots a configuration may name.
const MOST_ROOTS: usize = 32;

struct Root {
    subject: Vec<u8>,
    key_id: Vec<u8>,
    public_key: Vec<u8>,
}

/// The accepted certification authorities.
pub struct Roots {
    roots: Vec<Root>,
    simulation: bool,
}

impl Roots {
    /// Takes over DER certificates.
    ///
    /// # Errors
    /// [`CardError::Config`] names the first that is no CA certificate, has no key identifier, does not
    /// verify under itself, or is a test CA outside a simulation (invariant 13).
    pub fn new(ders: &[Vec<u8>], simulation: bool) -> Result<Self, CardError> {
        if ders.len() > MOST_ROOTS {
            return Err(CardError::Config("too many authentication CAs".into()));
        }
        let mut roots = Vec::new();
        for (der, index) in ders.iter().zip(1..) {
            let bad = |what: &str| CardError::Config(format!("authentication CA {index}: {what}"));
            let parsed = parse(der).ok_or_else(|| bad("not an X.509 certificate"))?;
            if !parsed.is_ca() {
                return Err(bad("not a CA certificate"));
            }
            if !simulation && (is_test(parsed.subject()) || is_test(parsed.issuer())) {
                return Err(bad("a test hierarchy in production"));
            }
            let public_key = parsed.public_key().subject_public_key.data.to_vec();
            if !verifies(&parsed, &public_key) {
                return Err(bad("its own signature does not verify"));
            }
            roots.push(Root {
                subject: parsed.subject().as_raw().to_vec(),
                key_id: subject_key_id(&parsed).ok_or_else(|| bad("no subject key identifier"))?,
                public_key,
            });
        }
        Ok(Self { roots, simulation })
    }

    /// Whether one of the authorities issued `leaf`.
    pub(super) fn judge(&self, leaf: &X509Certificate<'_>) -> Result<(), CertificateProblem> {
        if !self.simulation && (is_test(leaf.issuer()) || is_test(leaf.subject())) {
            return Err(CertificateProblem::TestHierarchy);
        }
        let key_id = authority_key_id(leaf).ok_or(CertificateProblem::UnknownIssuer)?;
        let root = self
            .roots
            .iter()
            .find(|root| root.key_id == key_id && root.subject == leaf.issuer().as_raw())
            .ok_or(CertificateProblem::UnknownIssuer)?;
        if verifies(leaf, &root.public_key) {
            Ok(())
        } else {
            Err(CertificateProblem::BadSignature)
        }
    }
}

pub(super) fn subject_key_id(certificate: &X509Certificate<'_>) -> Option<Vec<u8>> {
    certificate
        .extensions()
        .iter()
        .find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0.to_vec()),
            _ => None,
        })
}

fn authority_key_id(certificate: &X509Certificate<'_>) -> Option<Vec<u8>> {
    certificate
        .extensions()
        .iter()
        .find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::AuthorityKeyIdentifier(id) => {
                id.key_identifier.as_ref().map(|id| id.0.to_vec())
            }
            _ => None,
        })
}

/// Whether `public_key` signed `certificate`, with the algorithm that the certificate names.
fn verifies(certificate: &X509Certificate<'_>, public_key: &[u8]) -> bool {
    if certificate.signature_algorithm != certificate.tbs_certificate.signature {
        return false;
    }
    let algorithm: &dyn VerificationAlgorithm = match certificate
        .signature_algorithm
        .algorithm
        .to_id_string()
        .as_str()
    {
        "1.2.840.113549.1.1.11" => &RSA_PKCS1_2048_8192_SHA256,
        "1.2.840.113549.1.1.12" => &RSA_PKCS1_2048_8192_SHA384,
        "1.2.840.113549.1.1.13" => &RSA_PKCS1_2048_8192_SHA512,
        "1.2.840.10045.4.3.2" => &ECDSA_P256_SHA256_ASN1,
        "1.2.840.10045.4.3.3" => &ECDSA_P384_SHA384_ASN1,
        _ => return false,
    };
    UnparsedPublicKey::new(algorithm, public_key)
        .verify(
            certificate.tbs_certificate.as_ref(),
            &certificate.signature_value.data,
        )
        .is_ok()
}
