//! What a hand can do to the running service, and what happens there without the terminal: faults, certificates, tokens, the clock; tickets
//! registered late, consents on the mobile page, openings, revocations.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{
    BulkForm, CentralSim, ConfirmationRecord, Fault, HomeConsent, Institution, Opening,
    ServerCertificate, jst,
};

impl CentralSim {
    /// Accepts and never answers, until switched off; then what hung is dropped.
    pub fn set_hang(&self, hang: bool) {
        self.set_fault(if hang { Fault::Hang } else { Fault::None });
    }

    /// Makes it fail in one of the ways of [`Fault`].
    pub fn set_fault(&self, fault: Fault) {
        self.shared.switches.set_fault(fault);
    }

    /// How it fails now.
    pub fn fault(&self) -> Fault {
        self.shared.switches.fault()
    }

    /// Shows another server certificate from the next connection on; drops open ones.
    pub fn set_certificate(&self, certificate: ServerCertificate) {
        self.shared.switches.set_certificate(certificate);
    }

    /// Which server certificate it shows.
    pub fn certificate(&self) -> ServerCertificate {
        self.shared.switches.certificate()
    }

    /// Times told by the service are off by this much; its own decisions are not.
    pub fn set_server_time_skew(&self, ms: i64) {
        self.shared.switches.set_skew_ms(ms);
    }

    /// How long tokens given from now on are accepted.
    pub fn set_token_life(&self, life: Duration) {
        let ms = i64::try_from(life.as_millis()).unwrap_or(i64::MAX);
        self.shared.token_life_ms.store(ms, Ordering::Relaxed);
    }

    /// Refuses every token given so far (401).
    pub fn forget_tokens(&self) {
        self.shared.state().forget_tokens();
    }

    /// Registers a person's reference number (照会番号) at the clinic, as its receipt computer would.
    pub fn set_reference(&self, person: &str, number: &str) {
        let clinic = self.institution_code().to_owned();
        self.shared.office().set_reference(&clinic, person, number);
    }

    /// Holds a person's certificate for ended so many days ago, or (`None`) for what it says itself.
    pub fn set_expired(&self, person: &str, days: Option<u16>) {
        const DAY_MS: i64 = 24 * 3_600_000;
        let now = self.shared.clock.now();
        let mut expired = self
            .shared
            .expired
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match days {
            Some(days) => {
                let end = now.saturating_sub(i64::from(days) * DAY_MS);
                expired.insert(person.to_owned(), end)
            }
            None => expired.remove(person),
        };
    }

    /// Revokes a person's authentication certificate, or takes that back.
    pub fn set_revoked(&self, person: &str, revoked: bool) {
        let mut set = self
            .shared
            .revoked
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if revoked {
            set.insert(person.to_owned());
        } else {
            set.remove(person);
        }
    }

    /// A welfare office registers a ticket for an institution after all (this month's, for a person on assistance).
    /// False when the person is not on medical assistance.
    pub fn register_ticket(&self, person: &str, institution: &str) -> bool {
        let month: String = jst::day(self.shared.clock.now()).chars().take(6).collect();
        self.register_ticket_of(person, institution, &month)
    }

    /// The same for a month (yyyyMM), the whole of it. False also when that is no month.
    pub fn register_ticket_of(&self, person: &str, institution: &str, month: &str) -> bool {
        let now = self.shared.clock.now();
        let known = self.shared.people.by_id(person, now);
        let (Some(last), true) = (
            last_day(month),
            known.and_then(|person| person.assistance).is_some(),
        ) else {
            return false;
        };
        let ticket = crate::persons::Ticket {
            institution_code: institution.to_owned(),
            ticket_type: "01".to_owned(),
            month: month.to_owned(),
            valid_start: format!("{month}01"),
            valid_end: last,
            institution_name: self.institution_name(institution),
            single_or_combined: "01".to_owned(),
            injury_names: vec!["後から登録された架空傷病".to_owned()],
            registered: None,
        };
        self.shared.office().register_ticket(person, ticket);
        true
    }

    fn institution_name(&self, code: &str) -> String {
        let institutions = self.shared.institutions();
        let found = institutions.iter().find(|i| i.code == code);
        found.map(|i| i.name.clone()).unwrap_or_default()
    }

    /// A person registers the card for insurance use somewhere else (マイナポータル, a municipality).
    pub fn register_insurance_use(&self, person: &str) {
        self.shared.office().register_insurance_use(person);
    }

    /// A patient consents on the mobile page.
    pub fn add_consent(&self, consent: HomeConsent) {
        let mut office = self.shared.office();
        // Given anew for the same care on the same day, it takes the former one's place.
        office.consents.retain(|one| {
            one.person != consent.person
                || one.institution_code != consent.institution_code
                || one.care != consent.care
                || one.examination != consent.examination
        });
        if office.consents.len() < 10_000 {
            office.consents.push(consent);
        }
    }

    /// Opens the special search, or with an `until` in the past closes it.
    pub fn open_special(&self, opening: Opening) {
        let mut office = self.shared.office();
        office
            .openings
            .retain(|o| o.mode != opening.mode || o.region != opening.region);
        office.openings.push(opening);
    }

    /// Closes a search everywhere, whichever regions it was opened for.
    pub fn close_special(&self, mode: &str) {
        let mut office = self.shared.office();
        office.openings.retain(|opening| opening.mode != mode);
    }

    /// What a welfare office gets about a day; nothing before the day is over.
    pub fn confirmations(&self, payer_number: &str, day: &str) -> Vec<ConfirmationRecord> {
        let now = self.shared.clock.now();
        self.shared.office().confirmations(payer_number, day, now)
    }

    /// The institutions.
    pub fn institutions(&self) -> Vec<Institution> {
        self.shared.institutions().clone()
    }

    /// Changes a setting of an institution; false for an unknown one.
    pub fn set_setting(&self, institution: &str, key: &str, value: &str) -> bool {
        let mut institutions = self.shared.institutions();
        let found = institutions.iter_mut().find(|i| i.code == institution);
        found.is_some_and(|i| i.settings.set(key, value))
    }

    /// Whether this clinic may view in an emergency.
    pub fn has_emergency_authority(&self) -> bool {
        self.shared
            .setting(self.institution_code(), "EmergencyViewingAuthority")
    }

    /// How often a bulk job answers "still working" before it is finished.
    pub fn set_bulk_polls(&self, polls: u32) {
        self.shared.jobs().polls = polls;
    }

    /// The form of bulk answers.
    pub fn set_bulk_form(&self, form: BulkForm) {
        self.shared.jobs().form = form;
    }

    /// Bulk answers announce one person more than they hold, or no longer.
    pub fn set_bulk_miscount(&self, miscount: bool) {
        self.shared.jobs().miscount = miscount;
    }

    /// Refuses medical information in a disaster though the search is open, or no longer.
    pub fn refuse_disaster_information(&self, refuse: bool) {
        self.shared.office().no_information = refuse;
    }

    /// The usage reports of special modes received, one line each.
    pub fn usage_reports(&self) -> Vec<String> {
        self.shared.office().reports.clone()
    }
}

/// The last day of a month (yyyyMM), yyyyMMdd; `None` for what is no month.
fn last_day(month: &str) -> Option<String> {
    let first = format!("{month}01");
    let (year, of) = (month.get(..4)?, month.get(4..6)?);
    let (year, of): (u32, u32) = (year.parse().ok()?, of.parse().ok()?);
    let next = match of {
        12 => format!("{:04}0101", year + 1),
        of => format!("{year:04}{:02}01", of + 1),
    };
    let last = jst::start_of(&next)?.saturating_sub(1);
    jst::is_day(&first).then(|| jst::day(last))
}

#[cfg(test)]
mod tests {
    use super::last_day;

    #[test]
    fn months_have_their_own_last_day() {
        let last = |month| last_day(month).unwrap_or_default();
        assert_eq!(
            [
                last("202611"),
                last("202612"),
                last("202802"),
                last("202613")
            ],
            ["20261130", "20261231", "20280229", ""]
        );
    }
}
