//! Certificate: the authorities' revocation lists that the settings name can be read and are not over. One that is over closes every
//! connection to the service.

use central::{RevocationLevel, RevocationList, revocation_lists};

use super::certificate::days_left;
use crate::catalogue;
use crate::input::CentralSettings;
use crate::report::Finding;
use crate::secrets::{Secret, SecretSource};

const HOUR: i64 = 3_600_000;

/// What was seen of the lists.
#[derive(Debug)]
pub(crate) enum ListsSeen {
    /// Not for this user.
    Denied,
    /// A file can't be read, or is no list.
    Unreadable(String),
    /// The newest list of each authority.
    Read(Vec<RevocationList>),
}

/// Reads the lists; `None` where the settings name none.
pub(crate) fn probe(central: &CentralSettings, secrets: &SecretSource) -> Option<ListsSeen> {
    if central.crls.is_empty() {
        return None;
    }
    let mut files = Vec::new();
    for path in &central.crls {
        match secrets.read(path) {
            Secret::Read(list) => files.push(list.to_vec()),
            Secret::Denied => return Some(ListsSeen::Denied),
            Secret::Missing(reason) => {
                return Some(ListsSeen::Unreadable(format!(
                    "{}: {reason}",
                    path.display()
                )));
            }
        }
    }
    Some(match revocation_lists(&files) {
        Ok(lists) => ListsSeen::Read(lists),
        Err(error) => ListsSeen::Unreadable(error.to_string()),
    })
}

/// Judges the lists at `now`: by the one that is over first.
pub(crate) fn judge(seen: &ListsSeen, now: i64) -> Finding {
    let lists = match seen {
        ListsSeen::Denied => {
            return Finding::skipped(&catalogue::NEEDS_ROOT, "a revocation list is for root only")
                .ja("失効リストは root だけが読めます");
        }
        ListsSeen::Unreadable(reason) => {
            return Finding::failed(&catalogue::CRL_UNREADABLE, reason.clone());
        }
        ListsSeen::Read(lists) => lists,
    };
    let Some(first) = lists.iter().min_by_key(|list| list.next_update) else {
        return Finding::failed(&catalogue::CRL_UNREADABLE, "no list in the files");
    };
    let issuer = &first.issuer;
    let days = days_left(now, first.next_update);
    let (en, ja) = if days < 1 && first.is_current(now) {
        let hours = first.next_update.saturating_sub(now) / HOUR;
        (format!("{hours} hours left"), format!("残り{hours}時間"))
    } else {
        (format!("{days} days left"), format!("残り{days}日"))
    };
    let (en, ja) = (format!("{issuer}; {en}"), format!("{issuer}、{ja}"));
    match first.level(now) {
        Some(RevocationLevel::Over) => Finding::failed(
            &catalogue::CRL_OVER,
            format!("{issuer}; over since {} days", -days),
        )
        .ja(format!("{issuer}、{}日前に期限切れ", -days)),
        Some(_) => Finding::warning(&catalogue::CRL_SOON, en).ja(ja),
        None => Finding::ok(en).ja(ja),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Status;
    use rcgen::{
        CertificateParams, CertificateRevocationListParams, Issuer, KeyIdMethod, KeyPair,
        SerialNumber, date_time_ymd,
    };
    use std::path::Path;
    use std::time::Duration;

    /// One made in January and due in December 2026.
    fn list() -> Vec<u8> {
        let params = CertificateParams::new(Vec::new()).unwrap();
        let issuer = Issuer::new(params, KeyPair::generate().unwrap());
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2026, 1, 1),
            next_update: date_time_ymd(2026, 12, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: Vec::new(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&issuer).unwrap().der().to_vec()
    }

    fn code(finding: &Finding) -> Option<&'static str> {
        finding.entry.map(|entry| entry.code)
    }

    #[test]
    fn a_list_is_warned_of_before_it_is_over() {
        let lists = revocation_lists(&[list()]).unwrap();
        let due = lists[0].next_update;
        let seen = ListsSeen::Read(lists);
        for (hours, status, expected, said) in [
            (73, Status::Ok, None, "3 days left"),
            (71, Status::Warning, Some("UK-DIAG-166"), "2 days left"),
            (5, Status::Warning, Some("UK-DIAG-166"), "5 hours left"),
            (0, Status::Failed, Some("UK-DIAG-165"), "over since 0 days"),
            (
                -25,
                Status::Failed,
                Some("UK-DIAG-165"),
                "over since 2 days",
            ),
        ] {
            let finding = judge(&seen, due - hours * HOUR);
            assert_eq!((finding.status, code(&finding)), (status, expected));
            assert!(finding.detail.ends_with(said), "{}", finding.detail);
        }
    }

    #[test]
    fn what_is_no_list_fails_and_without_any_in_the_settings_nothing_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let secrets = SecretSource {
            store: dir.path().into(),
            limit: Duration::from_secs(5),
        };
        let settings = |crls: &[&Path]| CentralSettings {
            host: "localhost".into(),
            port: 443,
            connect: None,
            ca: "/x".into(),
            client_certificate: "/x".into(),
            crls: crls.iter().map(Into::into).collect(),
            client_key: "/x".into(),
            user_id: "u".into(),
            password_file: "/x".into(),
            tls12: false,
            institution_code: "1310000001".into(),
            login_path: None,
            nonce_path: None,
        };
        let (good, bad) = (dir.path().join("good"), dir.path().join("bad"));
        std::fs::write(&good, list()).unwrap();
        std::fs::write(&bad, "no list").unwrap();
        assert!(probe(&settings(&[]), &secrets).is_none());
        let seen = |crls: &[&Path]| probe(&settings(crls), &secrets).unwrap();
        assert!(matches!(seen(&[&good]), ListsSeen::Read(lists) if lists.len() == 1));
        for crls in [[good.as_path(), &bad], [&good, &dir.path().join("none")]] {
            let finding = judge(&seen(&crls), 0);
            assert_eq!(code(&finding), Some("UK-DIAG-164"), "{}", finding.detail);
        }
    }
}
