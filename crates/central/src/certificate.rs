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

/// How urgent the renewal of a certificate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RenewalLevel {
    /// At most 60 days left.
    Soon,
    /// At most 14 days left.
    Urgent,
    /// At most 3 days left, or over.
    LastDays,
}

impl RenewalLevel {
    /// The level at so many whole days left; `None` while there is time.
    pub fn of(days_left: i64) -> Option<Self> {
        match days_left {
            ..=3 => Some(Self::LastDays),
            4..=14 => Some(Self::Urgent),
            15..=60 => Some(Self::Soon),
            _ => None,
        }
    }

    /// The stable code of the warning.
    pub fn code(self) -> &'static str {
        match self {
            Self::Soon => "UK-CENT-161",
            Self::Urgent => "UK-CENT-162",
            Self::LastDays => "UK-CENT-163",
        }
    }
}

/// Watches a certificate's days: says each level once, and again when a renewed one comes near its end.
#[derive(Debug, Clone, Default)]
pub struct RenewalWatch {
    told: Option<(i64, RenewalLevel)>,
}

impl RenewalWatch {
    /// The level to be told now, when it has not been told for this certificate.
    pub fn look(&mut self, status: &CertificateStatus) -> Option<RenewalLevel> {
        let level = RenewalLevel::of(status.days_left)?;
        let news = self
            .told
            .is_none_or(|(not_after, told)| not_after != status.not_after || level > told);
        if news {
            self.told = Some((status.not_after, level));
        }
        news.then_some(level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(days_left: i64, not_after: i64) -> CertificateStatus {
        CertificateStatus {
            subject: String::new(),
            not_before: 0,
            not_after,
            days_left,
            is_valid: days_left >= 0,
        }
    }

    #[test]
    fn warnings_come_at_60_14_and_3_days_once_each() {
        let mut watch = RenewalWatch::default();
        let mut told = Vec::new();
        for days in (-2..=70).rev() {
            if let Some(level) = watch.look(&status(days, 1)) {
                told.push((days, level));
            }
            assert_eq!(watch.look(&status(days, 1)), None, "not twice");
        }
        assert_eq!(
            told,
            [
                (60, RenewalLevel::Soon),
                (14, RenewalLevel::Urgent),
                (3, RenewalLevel::LastDays)
            ]
        );
        assert_eq!(watch.look(&status(1000, 2)), None, "renewed");
        assert_eq!(watch.look(&status(60, 2)), Some(RenewalLevel::Soon));
    }
}
