//! The authorities' revocation lists: which of several counts, and for how long. A list that is over vouches for nobody, so the terminal is
//! cut off at that moment: it is told beforehand, and a list that is worse than the one in use does not take its place.

use std::collections::HashMap;

use rustls::pki_types::CertificateRevocationListDer;
use rustls::pki_types::pem::PemObject;
use x509_parser::prelude::{CertificateRevocationList, FromDer};

use crate::error::CentralError;

const HOUR_MS: i64 = 3600 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// issuingDistributionPoint (RFC 5280, 5.2.5): which part of its authority's certificates a list speaks about.
const DISTRIBUTION_POINT: &str = "2.5.29.28";

/// Whose list, and about which part of that authority's certificates: a newer one of the same takes its place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Scope {
    issuer: Vec<u8>,
    part: Option<Vec<u8>>,
}

/// One revocation list.
#[derive(Debug, Clone)]
pub struct RevocationList {
    /// The authority, for technicians.
    pub issuer: String,
    /// When it was made (thisUpdate), milliseconds since the Unix epoch.
    pub this_update: i64,
    /// When the next one is due (nextUpdate), milliseconds since the Unix epoch. From then on this one vouches for nobody.
    pub next_update: i64,
    /// cRLNumber (RFC 5280, 5.2.3), its length before its bytes so that it compares as a number.
    number: Option<(usize, Vec<u8>)>,
    scope: Scope,
    der: CertificateRevocationListDer<'static>,
}

impl RevocationList {
    fn read(der: &CertificateRevocationListDer<'static>) -> Result<Self, CentralError> {
        let unreadable =
            |why: &str| CentralError::configuration(format!("a list of central.crls {why}"));
        let (_, list) = CertificateRevocationList::from_der(der)
            .map_err(|_| unreadable("is no revocation list"))?;
        let next = list
            .next_update()
            .ok_or_else(|| unreadable("does not say when the next one is due"))?;
        let ms = |seconds: i64| seconds.saturating_mul(1000);
        let part = list
            .extensions()
            .iter()
            .find(|extension| extension.oid.to_id_string() == DISTRIBUTION_POINT);
        Ok(Self {
            issuer: list.issuer().to_string(),
            this_update: ms(list.last_update().timestamp()),
            next_update: ms(next.timestamp()),
            number: list.crl_number().map(|number| {
                let bytes = number.to_bytes_be();
                (bytes.len(), bytes)
            }),
            scope: Scope {
                issuer: list.issuer().as_raw().to_vec(),
                part: part.map(|extension| extension.value.to_vec()),
            },
            der: der.clone(),
        })
    }

    /// What makes one list newer than another of its authority.
    fn age(&self) -> (i64, &Option<(usize, Vec<u8>)>, i64) {
        (self.this_update, &self.number, self.next_update)
    }

    /// Whether it vouches for anybody at `now` (milliseconds since the Unix epoch).
    pub fn is_current(&self, now: i64) -> bool {
        now < self.next_update
    }

    /// How urgent it is at `now` to fetch the next one; `None` while there is time. A list that is made anew every day can't be warned
    /// about for three: each warning comes at most so late that a good part of the list's own period has gone.
    pub fn level(&self, now: i64) -> Option<RevocationLevel> {
        let left = self.next_update.saturating_sub(now);
        let period = self.next_update.saturating_sub(self.this_update).max(0);
        let within = |time: i64, part: i64| left <= time.min(period / part);
        if left <= 0 {
            Some(RevocationLevel::Over)
        } else if within(6 * HOUR_MS, 8) {
            Some(RevocationLevel::Hours)
        } else if within(DAY_MS, 4) {
            Some(RevocationLevel::LastDay)
        } else if within(3 * DAY_MS, 2) {
            Some(RevocationLevel::Days)
        } else {
            None
        }
    }

    pub(crate) fn into_der(self) -> CertificateRevocationListDer<'static> {
        self.der
    }
}

/// The lists in these files, PEM or DER: of several lists of one authority the newest alone (thisUpdate, then cRLNumber), newest first,
/// whatever the order of the files.
///
/// # Errors
/// A file holds no revocation list, or one without a nextUpdate: without a list nothing would be looked at, and nobody would know.
pub fn revocation_lists(files: &[Vec<u8>]) -> Result<Vec<RevocationList>, CentralError> {
    let mut lists = Vec::new();
    for file in files {
        if file.starts_with(b"-----") {
            let unreadable = || {
                CentralError::configuration(
                    "a file of central.crls is PEM and holds no revocation list",
                )
            };
            let before = lists.len();
            for list in CertificateRevocationListDer::pem_slice_iter(file) {
                lists.push(RevocationList::read(&list.map_err(|_| unreadable())?)?);
            }
            if lists.len() == before {
                return Err(unreadable());
            }
        } else {
            lists.push(RevocationList::read(&CertificateRevocationListDer::from(
                file.clone(),
            ))?);
        }
    }
    lists.sort_by(|one, other| other.age().cmp(&one.age()));
    let mut newest: Vec<RevocationList> = Vec::new();
    for list in lists {
        if newest.iter().all(|kept| kept.scope != list.scope) {
            newest.push(list);
        }
    }
    Ok(newest)
}

/// Whether `new` lists may take the place of those in `use`: for each authority whose list in use is current at `now` there is one that is
/// current too, and not older.
pub fn lists_may_replace(new: &[RevocationList], in_use: &[RevocationList], now: i64) -> bool {
    in_use
        .iter()
        .filter(|former| former.is_current(now))
        .all(|former| {
            new.iter().any(|list| {
                list.scope == former.scope && list.is_current(now) && list.age() >= former.age()
            })
        })
}

/// How urgent it is to fetch the next list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RevocationLevel {
    /// At most 3 days left (half of the list's period, where that is less).
    Days,
    /// At most one day left (a quarter of the period).
    LastDay,
    /// At most 6 hours left (an eighth of the period).
    Hours,
    /// Over: every connection is refused.
    Over,
}

impl RevocationLevel {
    /// The stable code of the warning; a list that is over has the code of the refused connection.
    pub fn code(self) -> &'static str {
        match self {
            Self::Days => "UK-CENT-171",
            Self::LastDay => "UK-CENT-172",
            Self::Hours => "UK-CENT-173",
            Self::Over => "UK-CENT-107",
        }
    }
}

/// The stable code for a list that was put in place and is not used, see [`lists_may_replace`].
pub const WORSE_LIST: &str = "UK-CENT-174";

/// Watches the lists: says each level of each list once.
#[derive(Debug, Clone, Default)]
pub struct RevocationWatch {
    told: HashMap<Scope, (i64, RevocationLevel)>,
}

impl RevocationWatch {
    /// What is to be told at `now` and was not told of these lists before.
    pub fn look<'l>(
        &mut self,
        lists: &'l [RevocationList],
        now: i64,
    ) -> Vec<(&'l RevocationList, RevocationLevel)> {
        let mut news = Vec::new();
        for list in lists {
            let Some(level) = list.level(now) else {
                continue;
            };
            let known = self.told.get(&list.scope);
            if known.is_none_or(|(due, told)| *due != list.next_update || level > *told) {
                self.told
                    .insert(list.scope.clone(), (list.next_update, level));
                news.push((list, level));
            }
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{
        CertificateParams, CertificateRevocationListParams, DnType, Issuer, KeyIdMethod, KeyPair,
        SerialNumber, date_time_ymd,
    };

    /// An authority's list made on one day of 2026 and due on another (month, day), DER.
    fn list(authority: &str, number: u64, made: (u8, u8), due: (u8, u8)) -> Vec<u8> {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params
            .distinguished_name
            .push(DnType::CommonName, authority);
        let issuer = Issuer::new(params, KeyPair::generate().unwrap());
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2026, made.0, made.1),
            next_update: date_time_ymd(2026, due.0, due.1),
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs: Vec::new(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&issuer).unwrap().der().to_vec()
    }

    /// Of one authority the newest counts, by its time and then by its number, in whatever order the files stand.
    #[test]
    fn of_several_lists_of_one_authority_the_newest_counts() {
        let old = list("a", 9, (1, 1), (2, 1));
        let new = list("a", 10, (1, 20), (2, 20));
        // Made at the same time; 256 is more than 255 though its first byte is less.
        let (less, more) = (
            list("b", 255, (1, 1), (2, 1)),
            list("b", 256, (1, 1), (2, 1)),
        );
        for files in [
            [old.clone(), new.clone(), less.clone(), more.clone()],
            [more.clone(), less.clone(), new.clone(), old.clone()],
        ] {
            let lists = revocation_lists(&files).unwrap();
            let kept: Vec<Vec<u8>> = lists
                .into_iter()
                .map(|list| list.into_der().to_vec())
                .collect();
            assert_eq!(kept, [new.clone(), more.clone()]);
        }
    }

    #[test]
    fn a_list_is_told_three_days_a_day_and_hours_before_it_is_over_once_each() {
        let lists = revocation_lists(&[list("a", 1, (1, 1), (1, 31))]).unwrap();
        let due = lists[0].next_update;
        let mut watch = RevocationWatch::default();
        let mut told = Vec::new();
        for hours in (-2..=100).rev() {
            let now = due - hours * HOUR_MS;
            for (_, level) in watch.look(&lists, now) {
                told.push((hours, level.code()));
            }
            assert!(watch.look(&lists, now).is_empty(), "not twice");
        }
        assert_eq!(
            told,
            [
                (72, "UK-CENT-171"),
                (24, "UK-CENT-172"),
                (6, "UK-CENT-173"),
                (0, "UK-CENT-107")
            ]
        );
        let next = revocation_lists(&[list("a", 2, (1, 31), (3, 1))]).unwrap();
        assert!(watch.look(&next, due).is_empty(), "fetched");
        assert_eq!(watch.look(&next, next[0].next_update - DAY_MS).len(), 1);
    }

    /// One made every day is not complained of the whole day long.
    #[test]
    fn a_list_of_one_day_is_told_in_the_second_half_of_its_day() {
        let lists = revocation_lists(&[list("a", 1, (1, 1), (1, 2))]).unwrap();
        let due = lists[0].next_update;
        for (hours, level) in [
            (24, None),
            (13, None),
            (12, Some(RevocationLevel::Days)),
            (6, Some(RevocationLevel::LastDay)),
            (3, Some(RevocationLevel::Hours)),
            (0, Some(RevocationLevel::Over)),
        ] {
            assert_eq!(lists[0].level(due - hours * HOUR_MS), level, "{hours}");
        }
        assert!(lists[0].is_current(due - 1) && !lists[0].is_current(due));
    }

    #[test]
    fn a_worse_list_does_not_take_the_place_of_a_good_one() {
        let read = |file: Vec<u8>| revocation_lists(&[file]).unwrap();
        let former = read(list("a", 5, (1, 10), (2, 10)));
        let now = former[0].this_update + DAY_MS;
        for (what, new, may) in [
            ("the same", former.clone(), true),
            ("newer", read(list("a", 6, (1, 11), (2, 11))), true),
            ("over", read(list("a", 6, (1, 10), (1, 11))), false),
            ("older", read(list("a", 4, (1, 9), (2, 9))), false),
            ("another's", read(list("b", 6, (1, 11), (2, 11))), false),
            ("none", Vec::new(), false),
        ] {
            assert_eq!(lists_may_replace(&new, &former, now), may, "{what}");
        }
        // One that is over itself protects nothing.
        let later = former[0].next_update;
        assert!(lists_may_replace(&[], &former, later));
        assert!(lists_may_replace(&former, &[], now));
    }
}
