//! The 利用者証明用 certificate: its chain to a configured root, its profile, its end, its key.
//!
//! Validity in time and revocation are the central service's decision (a grace period may apply), so an
//! expired certificate is no problem here: it is sent on. What is refused here could not be anybody's
//! certificate at all.

mod key;
mod profile;
mod published;
mod roots;

use x509_parser::prelude::{FromDer as _, X509Certificate, X509Name};

pub use published::{Published, published_roots};
pub use roots::Roots;

pub(crate) use key::{CardKey, SHA256_INFO};

use crate::jst::Day;

/// Why a certificate will not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateProblem {
    /// The card carries none.
    #[error("no authentication certificate on the card")]
    Absent,
    /// Not an X.509 certificate.
    #[error("the certificate cannot be parsed")]
    Malformed,
    /// No configured root has the named key.
    #[error("the certificate's issuer is not configured")]
    UnknownIssuer,
    /// The root's key did not sign it.
    #[error("the certificate's signature does not verify")]
    BadSignature,
    /// It is a CA certificate or not meant for authentication.
    #[error("not a certificate for authentication")]
    WrongPurpose,
    /// It belongs to a test hierarchy (invariant 13).
    #[error("a certificate of a test hierarchy")]
    TestHierarchy,
    /// It does not name the policy of 利用者証明用 certificates.
    #[error("the certificate names another policy")]
    WrongPolicy,
    /// A key of a kind or size that this product cannot use.
    #[error("the certificate's key is of an unknown kind")]
    UnknownKey,
}

impl CertificateProblem {
    /// The stable code shown to people and used in the documents.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.row().0
    }

    /// What is wrong, in Japanese.
    #[must_use]
    pub const fn ja(self) -> &'static str {
        self.row().1
    }

    /// What is wrong, in English.
    #[must_use]
    pub const fn en(self) -> &'static str {
        self.row().2
    }

    #[rustfmt::skip] // a table reads best one entry a line
    const fn row(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Absent => ("UK-CARD-201", "利用者証明用電子証明書がありません。", "There is no authentication certificate on the card."),
            Self::Malformed => ("UK-CARD-202", "電子証明書を解読できません。", "The certificate cannot be parsed."),
            Self::UnknownIssuer => ("UK-CARD-203", "電子証明書の発行者が登録されていません。", "The certificate's issuer is not configured."),
            Self::BadSignature => ("UK-CARD-204", "電子証明書の署名が正しくありません。", "The certificate's signature does not verify."),
            Self::WrongPurpose => ("UK-CARD-205", "利用者証明用ではない電子証明書です。", "It is not a certificate for authentication."),
            Self::TestHierarchy => ("UK-CARD-206", "試験用の電子証明書です。", "It is a certificate of a test hierarchy."),
            Self::WrongPolicy => ("UK-CARD-207", "電子証明書のポリシーが利用者証明用のものではありません。", "The certificate names another policy than authentication certificates do."),
            Self::UnknownKey => ("UK-CARD-208", "電子証明書の鍵の種類に対応していません。", "The certificate's key is of a kind this terminal cannot use."),
        }
    }
}

/// A card's certificate, parsed and judged.
pub struct AuthCertificate {
    pub(crate) der: Vec<u8>,
    validity: (i64, i64),
    key: Option<CardKey>,
    problem: Option<CertificateProblem>,
}

impl AuthCertificate {
    /// Parses and judges. A certificate that cannot be parsed has no end and no key.
    #[must_use]
    pub fn examine(der: Vec<u8>, roots: &Roots) -> Self {
        let (validity, key, problem) = match parse(&der) {
            None => ((0, 0), None, Some(CertificateProblem::Malformed)),
            Some(parsed) => {
                let key = CardKey::of(&parsed);
                let problem = roots
                    .judge(&parsed)
                    .and_then(|()| Self::check_form(&parsed, key.as_ref()));
                let ms = |time: x509_parser::time::ASN1Time| time.timestamp().saturating_mul(1000);
                let validity = parsed.validity();
                (
                    (ms(validity.not_before), ms(validity.not_after)),
                    key,
                    problem.err(),
                )
            }
        };
        Self {
            der,
            validity,
            key,
            problem,
        }
    }

    /// Judges the form alone: whether this would be a 利用者証明用 certificate with a usable key, whoever signed it.
    ///
    /// # Errors
    /// [`CertificateProblem`]; never one that is about the issuer.
    pub fn profile(der: &[u8]) -> Result<(), CertificateProblem> {
        let parsed = parse(der).ok_or(CertificateProblem::Malformed)?;
        Self::check_form(&parsed, CardKey::of(&parsed).as_ref())
    }

    fn check_form(
        parsed: &X509Certificate<'_>,
        key: Option<&CardKey>,
    ) -> Result<(), CertificateProblem> {
        profile::check(parsed)?;
        key.map(|_| ()).ok_or(CertificateProblem::UnknownKey)
    }

    /// First moment of validity, milliseconds since the Unix epoch; 0 when it cannot be parsed.
    #[must_use]
    pub const fn not_before_ms(&self) -> i64 {
        self.validity.0
    }

    /// Last moment of validity, milliseconds since the Unix epoch; 0 when it cannot be parsed.
    #[must_use]
    pub const fn not_after_ms(&self) -> i64 {
        self.validity.1
    }

    /// Why it will not do, if so. Expiry is not judged here.
    #[must_use]
    pub const fn problem(&self) -> Option<CertificateProblem> {
        self.problem
    }

    /// The key, when nothing is wrong with the certificate.
    pub(crate) const fn usable_key(&self) -> Option<&CardKey> {
        match self.problem {
            None => self.key.as_ref(),
            Some(_) => None,
        }
    }
}

/// Whether a certificate that ends at `not_after_ms` is still valid at `now_ms` but no longer three months
/// later, counted by days in Japan. An end of 0 (no certificate) is not soon.
#[must_use]
pub fn expires_soon(not_after_ms: i64, now_ms: i64) -> bool {
    not_after_ms != 0
        && not_after_ms >= now_ms
        && Day::at(not_after_ms) <= Day::at(now_ms).months_later(3)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_months_are_counted_by_the_calendar_in_japan() {
        // 2026-11-22 09:00 JST.
        let now = 1_795_305_600_000;
        let day = 86_400_000;
        for (not_after, soon) in [
            (0, false),
            (now - 1, false), // over: the service's decision, no notice
            (now, true),
            // 2027-02-22 23:59:59 JST: the last day within three months.
            (now + 92 * day + 15 * 3_600_000 - 1000, true),
            (now + 93 * day + 15 * 3_600_000 - 1000, false),
            (i64::MAX, false),
        ] {
            assert_eq!(expires_soon(not_after, now), soon, "{not_after}");
        }
    }
}
