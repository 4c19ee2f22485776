//! How long a certificate still holds: clinics lose days to expired ones, so it is watched.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::error::CentralError;

const DAY_MS: i64 = 24 * 3600 * 1000;

/// The period of a certificate, seen from a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateStatus {
    /// Its subject, for technicians.
    pub subject: String,
    /// Begin, milliseconds since the Unix epoch.
    pub not_before: i64,
    /// End, milliseconds since the Unix epoch.
    pub not_after: i64,
    /// Whole days left; negative when over.
    pub days_left: i64,
    /// True within its period.
    pub is_valid: bool,
}

/// The status of the first certificate of a PEM file at `now` (milliseconds since the Unix epoch).
pub fn certificate_status(pem: &[u8], now: i64) -> Result<CertificateStatus, CentralError> {
    let unreadable = || CentralError::configuration("the certificate can't be read");
    let der = CertificateDer::from_pem_slice(pem).map_err(|_| unreadable())?;
    let (_, certificate) = X509Certificate::from_der(&der).map_err(|_| unreadable())?;
    let period = certificate.validity();
    let not_before = period.not_before.timestamp().saturating_mul(1000);
    // A certificate holds through the second it names.
    let not_after = period
        .not_after
        .timestamp()
        .saturating_mul(1000)
        .saturating_add(999);
    Ok(CertificateStatus {
        subject: certificate.subject().to_string(),
        not_before,
        not_after,
        days_left: not_after.saturating_sub(now).div_euclid(DAY_MS),
        is_valid: (not_before..=not_after).contains(&now),
    })
}
