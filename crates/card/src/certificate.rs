//! The 利用者証明用 certificate: its chain to a configured root, its end, its key.
//!
//! All generations of the certification authority share one name, so the root is chosen by key
//! identifier and proved by signature (jpki/myna src/ta, myna-card certs/README). Validity and revocation
//! are the central service's decision; only the end of validity is read here.

use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey,
    VerificationAlgorithm,
};
use x509_parser::prelude::{FromDer as _, ParsedExtension, X509Certificate, X509Name};

use crate::error::CardError;

/// Why a certificate will not do. Shown with its code in [`crate::CardIdentity::certificate_problem`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateProblem {
    /// The card carries none.
    #[error(
        "UK-CARD-201 利用者証明用電子証明書がありません / no authentication certificate on the card"
    )]
    Absent,
    /// Not an X.509 certificate.
    #[error("UK-CARD-202 電子証明書を解読できません / the certificate cannot be parsed")]
    Malformed,
    /// No configured root has the named key.
    #[error(
        "UK-CARD-203 電子証明書の発行者が登録されていません / the certificate's issuer is not configured"
    )]
    UnknownIssuer,
    /// The root's key did not sign it.
    #[error(
        "UK-CARD-204 電子証明書の署名が正しくありません / the certificate's signature does not verify"
    )]
    BadSignature,
    /// It is a CA certificate or not meant for authentication.
    #[error(
        "UK-CARD-205 利用者証明用ではない電子証明書です / not a certificate for authentication"
    )]
    WrongPurpose,
    /// It belongs to a test hierarchy (invariant 13).
    #[error("UK-CARD-206 試験用の電子証明書です / a certificate of a test hierarchy")]
    TestHierarchy,
}

/// A parsed end-entity certificate.
pub(crate) struct AuthCertificate {
    pub(crate) der: Vec<u8>,
    pub(crate) not_after_ms: i64,
    /// RSAPublicKey (PKCS#1 DER), as ring wants it; `None` for another kind of key.
    rsa_key: Option<Vec<u8>>,
    pub(crate) problem: Option<CertificateProblem>,
}

impl AuthCertificate {
    /// Parses and judges. A certificate that cannot be parsed has no end and no key.
    pub(crate) fn examine(der: Vec<u8>, roots: &Roots) -> Self {
        let mut certificate = Self {
            der,
            not_after_ms: 0,
            rsa_key: None,
            problem: None,
        };
        let (not_after_ms, rsa_key, problem) = match parse(&certificate.der) {
            None => (0, None, Some(CertificateProblem::Malformed)),
            Some(parsed) => {
                let spki = parsed.public_key();
                let is_rsa = spki.algorithm.algorithm.to_id_string() == RSA_ENCRYPTION;
                (
                    parsed.validity().not_after.timestamp().saturating_mul(1000),
                    is_rsa.then(|| spki.subject_public_key.data.to_vec()),
                    roots.judge(&parsed).err(),
                )
            }
        };
        certificate.not_after_ms = not_after_ms;
        certificate.rsa_key = rsa_key;
        certificate.problem = problem;
        certificate
    }

    /// Whether `signature` is this certificate's RSASSA-PKCS1-v1_5/SHA-256 signature over `message`.
    pub(crate) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        self.rsa_key.as_ref().is_some_and(|key| {
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
                .verify(message, signature)
                .is_ok()
        })
    }

    /// Whether there is a key this product can use.
    pub(crate) const fn has_usable_key(&self) -> bool {
        self.rsa_key.is_some()
    }
}

const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
/// Most roots a configuration may name.
const MOST_ROOTS: usize = 32;

struct Root {
    subject: Vec<u8>,
    key_id: Vec<u8>,
    public_key: Vec<u8>,
}

/// The accepted certification authorities.
pub(crate) struct Roots {
    roots: Vec<Root>,
    simulation: bool,
}

impl Roots {
    /// Takes over DER certificates.
    ///
    /// # Errors
    /// [`CardError::Config`] names the first that is no CA certificate, has no key identifier, does not
    /// verify under itself, or is a test CA outside a simulation (invariant 13).
    pub(crate) fn new(ders: &[Vec<u8>], simulation: bool) -> Result<Self, CardError> {
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

    fn judge(&self, leaf: &X509Certificate<'_>) -> Result<(), CertificateProblem> {
        if !self.simulation && (is_test(leaf.issuer()) || is_test(leaf.subject())) {
            return Err(CertificateProblem::TestHierarchy);
        }
        let key_id = authority_key_id(leaf).ok_or(CertificateProblem::UnknownIssuer)?;
        let root = self
            .roots
            .iter()
            .find(|root| root.key_id == key_id && root.subject == leaf.issuer().as_raw())
            .ok_or(CertificateProblem::UnknownIssuer)?;
        if !verifies(leaf, &root.public_key) {
            return Err(CertificateProblem::BadSignature);
        }
        if leaf.is_ca() || !is_for_authentication(leaf) {
            return Err(CertificateProblem::WrongPurpose);
        }
        Ok(())
    }
}

/// No certificate of the card or a configuration is larger than this.
const LARGEST: usize = 16 * 1024;

fn parse(der: &[u8]) -> Option<X509Certificate<'_>> {
    if der.len() > LARGEST {
        return None;
    }
    let (rest, certificate) = X509Certificate::from_der(der).ok()?;
    rest.is_empty().then_some(certificate)
}

fn is_test(name: &X509Name<'_>) -> bool {
    name.iter_organization().any(|organization| {
        organization
            .as_str()
            .is_ok_and(|text| text.contains("JPKI-TEST"))
    })
}

fn is_for_authentication(leaf: &X509Certificate<'_>) -> bool {
    let key_usage = leaf.key_usage().ok().flatten();
    let extended = leaf.extended_key_usage().ok().flatten();
    // 署名用 certificates carry nonRepudiation and no clientAuth; this must not be one.
    key_usage.is_some_and(|usage| usage.value.digital_signature() && !usage.value.non_repudiation())
        && extended.is_none_or(|usage| usage.value.client_auth)
}

fn subject_key_id(certificate: &X509Certificate<'_>) -> Option<Vec<u8>> {
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

/// Whether `public_key` signed `certificate`. The algorithm is the certificate's: cards change to ECDSA
/// with P-384 in their next generation.
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
