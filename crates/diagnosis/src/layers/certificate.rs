//! Certificate: the terminal's own one is in date and its key belongs to it.

use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls_pki_types::pem::PemObject;

use crate::catalogue;
use crate::input::CentralSettings;
use crate::report::Finding;
use crate::secrets::{Secret, SecretSource};

const DAY: i64 = 86_400_000;
/// Days left at which to apply for renewal, to press on, and to drop everything else.
const REMIND: [i64; 3] = [60, 14, 3];

/// The terminal's key as found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyState {
    /// Belongs to the certificate.
    Matches,
    /// Belongs to another one.
    Other,
    /// Can be read but is no PKCS#8, PKCS#1 or SEC1 key.
    Broken,
    /// Not for this user.
    Denied,
    /// Not there.
    Missing,
}

/// What was seen of the certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CertificateSeen {
    /// Can't be read.
    Unreadable(String),
    /// No PEM certificate in it.
    Broken(String),
    /// Read.
    Read {
        /// Distinguished name.
        subject: String,
        /// Begin of validity, ms.
        not_before: i64,
        /// End of validity, ms.
        not_after: i64,
        /// Its key.
        key: KeyState,
    },
}

/// Certificate chain and key, when both are usable.
pub(crate) struct Identity {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
}

/// Reads certificate and key.
pub(crate) fn probe(
    central: &CentralSettings,
    secrets: &SecretSource,
) -> (CertificateSeen, Option<Identity>) {
    let pem = match secrets.read(&central.client_certificate) {
        Secret::Read(pem) => pem,
        Secret::Denied => {
            return (
                CertificateSeen::Unreadable("permission denied".into()),
                None,
            );
        }
        Secret::Missing(reason) => return (CertificateSeen::Unreadable(reason), None),
    };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&pem)
        .take(8)
        .filter_map(Result::ok)
        .collect();
    let Some(first) = chain.first() else {
        return (
            CertificateSeen::Broken("no PEM certificate in the file".into()),
            None,
        );
    };
    let (subject, not_before, not_after) = match x509_parser::parse_x509_certificate(first) {
        Ok((_, parsed)) => (
            parsed.subject().to_string(),
            ms(parsed.validity().not_before.timestamp()),
            ms(parsed.validity().not_after.timestamp()),
        ),
        Err(error) => return (CertificateSeen::Broken(error.to_string()), None),
    };
    let (state, key) = match secrets.read(&central.client_key) {
        Secret::Denied => (KeyState::Denied, None),
        Secret::Missing(_) => (KeyState::Missing, None),
        Secret::Read(pem) => match PrivateKeyDer::from_pem_slice(&pem) {
            Err(_) => (KeyState::Broken, None),
            Ok(key) => match rustls::sign::CertifiedKey::from_der(
                chain.clone(),
                key.clone_key(),
                &default_provider(),
            ) {
                Ok(_) => (KeyState::Matches, Some(key)),
                Err(rustls::Error::InconsistentKeys(_)) => (KeyState::Other, None),
                Err(_) => (KeyState::Broken, None),
            },
        },
    };
    (
        CertificateSeen::Read {
            subject,
            not_before,
            not_after,
            key: state,
        },
        key.map(|key| Identity { chain, key }),
    )
}

/// Seconds to milliseconds.
pub(crate) fn ms(seconds: i64) -> i64 {
    seconds.saturating_mul(1000)
}

/// Whole days from `now` until `until`; 0 on the last day, negative after it.
pub(crate) fn days_left(now: i64, until: i64) -> i64 {
    until.saturating_sub(now).div_euclid(DAY)
}

/// Judges the certificate at `now`.
pub(crate) fn judge(seen: &CertificateSeen, now: i64) -> Finding {
    let (subject, not_before, not_after, key) = match seen {
        CertificateSeen::Unreadable(reason) => {
            return Finding::failed(&catalogue::CERT_MISSING, reason.clone());
        }
        CertificateSeen::Broken(reason) => {
            return Finding::failed(&catalogue::CERT_BROKEN, reason.clone());
        }
        CertificateSeen::Read {
            subject,
            not_before,
            not_after,
            key,
        } => (subject, *not_before, *not_after, *key),
    };
    let days = days_left(now, not_after);
    let detail = format!("{subject}; {days} days left");
    let ja = format!("{subject}、残り{days}日");
    if not_after < now {
        return Finding::failed(
            &catalogue::CERT_EXPIRED,
            format!("{subject}; expired {} days ago", -days),
        )
        .ja(format!("{subject}、{}日前に期限切れ", -days));
    }
    if now < not_before {
        return Finding::failed(
            &catalogue::CERT_FUTURE,
            format!("{subject}; valid in {} days", days_left(now, not_before)),
        )
        .ja(format!(
            "{subject}、有効になるまで{}日",
            days_left(now, not_before)
        ));
    }
    match key {
        KeyState::Other => return Finding::failed(&catalogue::CERT_KEY, detail).ja(ja),
        KeyState::Broken => {
            return Finding::failed(
                &catalogue::CERT_BROKEN,
                format!("{detail}; the key is not a PEM key"),
            )
            .ja(format!("{ja}、鍵が PEM 形式ではありません"));
        }
        KeyState::Missing => return Finding::failed(&catalogue::CERT_KEY_MISSING, detail).ja(ja),
        KeyState::Denied | KeyState::Matches => {}
    }
    if let Some(limit) = REMIND.iter().rev().find(|limit| days < **limit) {
        return Finding::warning(
            &catalogue::CERT_SOON,
            format!("{detail} (fewer than {limit})"),
        )
        .ja(format!("{ja}（{limit}日未満）"));
    }
    if key == KeyState::Denied {
        return Finding::skipped(
            &catalogue::NEEDS_ROOT,
            format!("{detail}; the key is for root only"),
        )
        .ja(format!("{ja}、鍵は root だけが読めます"));
    }
    Finding::ok(detail).ja(ja)
}
