//! What happens at the service without anybody asking: tickets that a welfare office registers late, consents that
//! patients give on the mobile page, openings for a disaster, reference numbers, and the log of confirmations that
//! goes to the offices each day (S001 2.2.7, 2.2.12: the previous day's, without department).

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::jst;
use crate::persons::{Person, Ticket};

/// Most confirmations kept in the log.
const LOG: usize = 200_000;
/// Most entries of the other tables.
const MOST: usize = 50_000;

/// A confirmation of a recipient's qualification: that somebody asked, where and when; not that there was a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfirmationRecord {
    /// 公費負担者番号 of the office.
    pub payer_number: String,
    /// 受給者番号.
    pub recipient_number: String,
    /// Which institution asked.
    pub institution_code: String,
    /// When, yyyyMMddHHmmss in Japan.
    pub at: String,
}

/// For which care a consent was given on the mobile page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Care {
    /// 訪問診療等: stands while the relation lasts.
    Visiting,
    /// オンライン診療等 and 通常とは異なる動線: to the end of the day after the care.
    Online,
}

/// A consent given on the mobile page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HomeConsent {
    /// The person's id in the register.
    pub person: String,
    /// For which institution.
    pub institution_code: String,
    /// For which care.
    pub care: Care,
    /// When, ms since the Unix epoch.
    pub at: i64,
    /// Day of the care, yyyyMMdd.
    pub examination: String,
    /// Kinds agreed to (`TKK`, `YZK`, `SRJ`, `SHJ`).
    pub kinds: Vec<String>,
    /// Withdrawn.
    pub withdrawn: bool,
}

impl HomeConsent {
    /// End of what it allows, ms: visiting care ends with the relation (here a year), the other at the end of the day
    /// after the care day (S004).
    pub fn until(&self) -> i64 {
        const DAY: i64 = 24 * 3_600_000;
        match self.care {
            Care::Visiting => self.at.saturating_add(365 * DAY),
            Care::Online => jst::start_of(&self.examination)
                .map_or(self.at, |start| start.saturating_add(2 * DAY - 1000)),
        }
    }

    /// Does it hold at `now`?
    pub fn holds(&self, now: i64) -> bool {
        !self.withdrawn && self.at <= now && now <= self.until()
    }
}

/// An opening of the special search.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// `disaster` or `outage`.
    pub mode: String,
    /// First two digits of the institutions' codes; empty for the whole country.
    #[serde(default)]
    pub region: String,
    /// Until when, ms since the Unix epoch.
    pub until: i64,
}

/// The tables.
#[derive(Default)]
pub(crate) struct Office {
    late_tickets: HashMap<String, Vec<Ticket>>,
    registered: HashMap<String, bool>,
    pub(crate) consents: Vec<HomeConsent>,
    pub(crate) openings: Vec<Opening>,
    references: BTreeMap<(String, String), String>,
    pub(crate) urls: BTreeMap<(String, String), String>,
    log: VecDeque<ConfirmationRecord>,
    pub(crate) reports: Vec<String>,
    /// Medical information is refused in a disaster, though the search is open.
    pub(crate) no_information: bool,
    /// Institution and identifier of each report.
    pub(crate) reported: BTreeSet<(String, String)>,
}

impl Office {
    /// A ticket comes in after all.
    pub(crate) fn register_ticket(&mut self, person: &str, ticket: Ticket) {
        let tickets = self.late_tickets.entry(person.to_owned()).or_default();
        if tickets.len() < 100 {
            tickets.push(ticket);
        }
    }

    /// The person registers the card for insurance use.
    pub(crate) fn register_insurance_use(&mut self, person: &str) {
        if self.registered.len() < MOST {
            self.registered.insert(person.to_owned(), true);
        }
    }

    /// What has come in since the register was written, laid over it.
    pub(crate) fn overlay(&self, person: &mut Person) {
        if let (Some(late), Some(assistance)) =
            (self.late_tickets.get(&person.id), &mut person.assistance)
        {
            assistance.tickets.extend(late.iter().cloned());
        }
        if self.registered.contains_key(&person.id) {
            person.registered = true;
        }
    }

    /// Sets a reference number.
    pub(crate) fn set_reference(&mut self, institution: &str, person: &str, number: &str) {
        if self.references.len() < MOST {
            let key = (institution.to_owned(), person.to_owned());
            self.references.insert(key, number.to_owned());
        }
    }

    /// The reference number an institution registered for a person.
    pub(crate) fn reference(&self, institution: &str, person: &str) -> Option<&str> {
        let key = (institution.to_owned(), person.to_owned());
        self.references.get(&key).map(String::as_str)
    }

    /// Notes a confirmation.
    pub(crate) fn note(&mut self, record: ConfirmationRecord) {
        if self.log.len() >= LOG {
            self.log.pop_front();
        }
        self.log.push_back(record);
    }

    /// What an office gets about a day: nothing before that day is over.
    pub(crate) fn confirmations(
        &self,
        payer: &str,
        day: &str,
        now: i64,
    ) -> Vec<ConfirmationRecord> {
        if !jst::is_day(day) || day >= jst::day(now).as_str() {
            return Vec::new();
        }
        let of = |record: &&ConfirmationRecord| {
            record.payer_number == payer && record.at.starts_with(day)
        };
        self.log.iter().filter(of).cloned().collect()
    }

    /// The consent of a person for a care at an institution that holds now, the newest first.
    pub(crate) fn consent(
        &self,
        person: &str,
        institution: &str,
        care: Care,
        now: i64,
    ) -> Option<&HomeConsent> {
        self.consents.iter().rev().find(|consent| {
            consent.person == person
                && consent.institution_code == institution
                && consent.care == care
                && consent.holds(now)
        })
    }

    /// Until when a mode is open for an institution.
    pub(crate) fn open_until(&self, mode: &str, institution: &str, now: i64) -> Option<i64> {
        let open = self.openings.iter().filter(|opening| {
            opening.mode == mode && institution.starts_with(&opening.region) && now <= opening.until
        });
        open.map(|opening| opening.until).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(payer: &str, at: &str) -> ConfirmationRecord {
        ConfirmationRecord {
            payer_number: payer.to_owned(),
            recipient_number: "1010001".to_owned(),
            institution_code: "1310000001".to_owned(),
            at: at.to_owned(),
        }
    }

    #[test]
    fn the_log_goes_to_the_office_of_the_person_the_day_after() {
        let mut office = Office::default();
        office.note(record("12000001", "20261122100000"));
        office.note(record("12000009", "20261122110000"));
        office.note(record("12000001", "20261123000001"));
        let at = |day| jst::start_of(day).unwrap() + 1000;
        assert!(
            office
                .confirmations("12000001", "20261122", at("20261122"))
                .is_empty()
        );
        let told = office.confirmations("12000001", "20261122", at("20261123"));
        assert_eq!(told, [record("12000001", "20261122100000")]);
        // A part of a day is no day: it would bring several, today's among them.
        for part in ["2026", "202611", "2026112", "", "20261131"] {
            let told = office.confirmations("12000001", part, at("20261123"));
            assert!(told.is_empty(), "{part}");
        }
        let words = serde_json::to_value(&told[0]).unwrap();
        assert!(words.get("department").is_none(), "no 診療科");
    }

    #[test]
    fn windows_end_with_the_day_after_the_care_or_the_relation() {
        let mut consent = HomeConsent {
            person: "seiho".to_owned(),
            institution_code: "1310000001".to_owned(),
            care: Care::Online,
            at: jst::start_of("20261120").unwrap(),
            examination: "20261122".to_owned(),
            kinds: vec!["YZK".to_owned()],
            withdrawn: false,
        };
        let end = jst::start_of("20261124").unwrap();
        assert!(consent.holds(end - 1000) && !consent.holds(end));
        consent.care = Care::Visiting;
        assert!(consent.holds(end + 100 * 24 * 3_600_000));
        consent.withdrawn = true;
        assert!(!consent.holds(end));
    }

    #[test]
    fn openings_are_for_a_region_and_end() {
        let mut office = Office::default();
        office.openings.push(Opening {
            mode: "disaster".to_owned(),
            region: "13".to_owned(),
            until: 100,
        });
        assert_eq!(office.open_until("disaster", "1310000001", 100), Some(100));
        assert_eq!(office.open_until("disaster", "1310000001", 101), None);
        assert_eq!(office.open_until("disaster", "4010000002", 50), None);
        assert_eq!(office.open_until("outage", "1310000001", 50), None);
    }
}
