//! What is kept of persons whose ticket is awaited: keyed hashes that know them again and hold no number (invariant 6); and whom of
//! them a ticket of a bulk answer fits.

use std::collections::BTreeSet;

use ledger::{Kept, Ledger, LedgerError, MARK};
use oqs::QualificationResult;
use oqs::summary::{TicketDoubt, ticket_doubt};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

use super::settle::{Fit, REASON, REASONS, Why};

/// Where the key of the hashes stands, sealed with the rest of the small state.
const KEY: &str = "unentrusted-key";

/// What is kept of somebody whose ticket is awaited, to know the ticket when it comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// Keyed hash of payer and recipient number; empty when the service gave none.
    numbers: String,
    /// Keyed hash of name and birth date, for a proposal only.
    person: String,
    /// The day of the visit, yyyyMMdd; empty in a mark of an earlier version and where the service named none.
    #[serde(default)]
    day: String,
}

/// Where the marks of a result stand.
pub(super) fn place(result_id: &str) -> String {
    format!("{MARK}{result_id}")
}

/// The key of the hashes.
pub(crate) fn key(ledger: &mut Ledger) -> Result<hmac::Key, LedgerError> {
    let known = ledger.get_state(KEY)?.and_then(|text| unhex(&text));
    let bytes = match known {
        Some(bytes) => bytes,
        None => {
            let mut bytes = [0_u8; 32];
            SystemRandom::new()
                .fill(&mut bytes)
                .map_err(|_| LedgerError::Unacceptable("randomness"))?;
            ledger.put_state(KEY, &hex(&bytes))?;
            bytes.to_vec()
        }
    };
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

/// The mark of a person as the service gave it.
pub(super) fn mark(key: &hmac::Key, result: &QualificationResult, day: &str) -> Mark {
    let sign = |parts: [&str; 2]| {
        if parts.iter().any(|part| part.is_empty()) {
            return String::new();
        }
        // The separator stands in no number and in no name.
        hex(hmac::sign(key, parts.join("\u{1f}").as_bytes()).as_ref())
    };
    let plain = |text: Option<&str>| {
        let text = text.unwrap_or_default();
        text.chars()
            .filter(|c| !c.is_whitespace())
            .collect::<String>()
    };
    let payer = plain(result.insurer_number.as_deref());
    let recipient = plain(result.insured_identification_number.as_deref());
    let name = plain(result.name.as_deref());
    let born = plain(result.birthdate.as_deref());
    Mark {
        numbers: sign([
            payer.trim_start_matches('0'),
            recipient.trim_start_matches('0'),
        ]),
        person: sign([&name, &born]),
        day: day.to_owned(),
    }
}

/// Open follow-ups that a ticket of a bulk answer may settle.
pub(super) struct Open {
    key: hmac::Key,
    waiting: Vec<Waiting>,
}

struct Waiting {
    follow_up: u64,
    result: String,
    unentrusted: bool,
    marks: Vec<Mark>,
}

impl Open {
    /// Reads them, however many there are.
    pub(super) fn read(ledger: &mut Ledger) -> Result<Self, LedgerError> {
        let key = key(ledger)?;
        let mut waiting = Vec::new();
        let mut after = 0;
        loop {
            let page = ledger.follow_ups(after, true, ledger::MAX_ROWS)?;
            let Some(last) = page.last() else {
                break;
            };
            after = last.id;
            for one in page {
                if REASONS.contains(&one.reason.as_str()) {
                    let marks = marks_of(ledger, &one)?;
                    waiting.push(Waiting {
                        follow_up: one.id,
                        unentrusted: one.reason == REASON,
                        result: one.result_id,
                        marks,
                    });
                }
            }
        }
        Ok(Self { key, waiting })
    }

    /// The months, yyyyMM, in which somebody came whose ticket is still awaited.
    pub(super) fn months(&self) -> BTreeSet<String> {
        let marks = self.waiting.iter().flat_map(|one| &one.marks);
        let months = marks.filter_map(|mark| mark.day.get(..6));
        months.map(str::to_owned).collect()
    }

    /// Which follow-ups a unit fits: `raw` as the service gave it, `shown` with the tickets for this institution alone; `month` is
    /// that of the fetch and stands for a ticket that names none.
    pub(super) fn fits(
        &self,
        raw: &QualificationResult,
        shown: &QualificationResult,
        month: &str,
    ) -> Vec<(&str, u64, Fit)> {
        let theirs = mark(&self.key, raw, "");
        let mut tickets = shown.clone();
        for ticket in &mut tickets.tickets {
            let named = ticket.treatment_month.as_deref().map(str::trim);
            if named.is_none_or(str::is_empty) && !month.is_empty() {
                ticket.treatment_month = Some(month.into());
            }
        }
        let same = |a: &str, b: &str| !a.is_empty() && a == b;
        let fit = |one: &Waiting| -> Option<Fit> {
            let by_numbers = |ours: &&Mark| same(&ours.numbers, &theirs.numbers);
            let by_person = |ours: &&Mark| same(&ours.person, &theirs.person);
            let (ours, numbers) = match one.marks.iter().find(by_numbers) {
                Some(ours) => (ours, true),
                None => (one.marks.iter().find(by_person)?, false),
            };
            let fit = match ticket_doubt(&tickets, Some(&ours.day)) {
                None if numbers => Fit::Same,
                None => Fit::Maybe(Why::Name),
                // The ticket of another month says nothing about this visit's.
                Some(TicketDoubt::Month) => return None,
                // That it does not fit is why staff phones already.
                Some(_) if !one.unentrusted => return None,
                Some(TicketDoubt::Period) => Fit::Maybe(Why::Period),
                Some(TicketDoubt::Kind) => Fit::Maybe(Why::Kind),
            };
            Some(fit)
        };
        self.waiting
            .iter()
            .filter_map(|one| fit(one).map(|fit| (one.result.as_str(), one.follow_up, fit)))
            .collect()
    }
}

/// The marks of an open follow-up, each with the day of the visit: the day it was opened, where the mark names none.
fn marks_of(ledger: &Ledger, one: &ledger::FollowUp) -> Result<Vec<Mark>, LedgerError> {
    let mut marks: Vec<Mark> = match ledger.kept(&place(&one.result_id))? {
        Kept::Text(text) => serde_json::from_str(&text).unwrap_or_default(),
        Kept::Nothing => Vec::new(),
        // Nothing settles this one by itself any more: it stays open for staff, and keeps no other open.
        Kept::Unreadable => {
            tracing::warn!(
                code = "UK-LEDG-028",
                follow_up = one.id,
                "what knows the person of a follow-up again can't be read"
            );
            Vec::new()
        }
    };
    for mark in &mut marks {
        if mark.day.is_empty() {
            mark.day = oqs::time::to_jst(one.made_at).chars().take(8).collect();
        }
    }
    Ok(marks)
}

/// As hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let byte = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    (0..text.len()).step_by(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(payer: &str, recipient: &str, name: &str, born: &str) -> QualificationResult {
        QualificationResult {
            insurer_number: Some(payer.into()),
            insured_identification_number: Some(recipient.into()),
            name: Some(name.to_owned()),
            birthdate: Some(born.into()),
            ..QualificationResult::default()
        }
    }

    /// Somebody who came on 2026-11-22.
    fn open(results: &[QualificationResult], unentrusted: bool) -> Open {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
        let marks = results.iter().map(|r| mark(&key, r, "20261122")).collect();
        let waiting = Waiting {
            follow_up: 5,
            result: "r5".to_owned(),
            unentrusted,
            marks,
        };
        Open {
            waiting: vec![waiting],
            key,
        }
    }

    fn fits(open: &Open, result: &QualificationResult, month: &str) -> Option<Fit> {
        let found = open.fits(result, result, month);
        assert!(
            found
                .iter()
                .all(|(result, id, _)| (*result, *id) == ("r5", 5))
        );
        found.first().map(|(_, _, fit)| *fit)
    }

    #[test]
    fn only_the_numbers_settle_and_a_namesake_is_proposed() {
        let open = open(
            &[result("12000009", "2020002", "未託　花子", "19750303")],
            true,
        );
        let fits = |payer, recipient, name, born| {
            fits(&open, &result(payer, recipient, name, born), "202611")
        };
        assert_eq!(
            fits("12000009", "2020002", "未託　花子", "19750303"),
            Some(Fit::Same)
        );
        assert_eq!(
            fits(" 12000009", "02020002", "別の表記", "19750303"),
            Some(Fit::Same)
        );
        assert_eq!(
            fits("12000009", "9999999", "未託 花子", "19750303"),
            Some(Fit::Maybe(Why::Name))
        );
        assert_eq!(fits("12000001", "2020002", "未託　花子", "19990909"), None);
        assert_eq!(fits("", "", "", ""), None);
    }

    #[test]
    fn numbers_that_the_service_did_not_send_settle_nothing() {
        let nobody = result("", "", "未託　花子", "19750303");
        let waiting = open(std::slice::from_ref(&nobody), true);
        assert_eq!(
            fits(&waiting, &nobody, "202611"),
            Some(Fit::Maybe(Why::Name)),
            "two empty numbers are not the same number"
        );
    }

    #[test]
    fn only_a_ticket_that_fits_the_day_of_the_visit_settles() {
        let somebody = result("12000009", "2020002", "未託　花子", "19750303");
        let with = |month: Option<&str>, from: &str, to: &str, kind: &str| {
            let ticket = oqs::MedicalTicket {
                institution_code: Some("1310000001".to_owned()),
                ticket_type: Some(oqs::TicketType::from_code(kind)),
                treatment_month: month.map(Into::into),
                valid_date: Some(from.into()),
                expiration_date: Some(to.into()),
                ..oqs::MedicalTicket::default()
            };
            QualificationResult {
                tickets: vec![ticket],
                ..somebody.clone()
            }
        };
        let waiting = open(std::slice::from_ref(&somebody), true);
        let whole = ("20261101", "20261130");
        let november = with(Some("202611"), whole.0, whole.1, "01");
        assert_eq!(fits(&waiting, &november, "202611"), Some(Fit::Same));
        let october = with(Some("202610"), "20261001", "20261031", "01");
        assert_eq!(fits(&waiting, &october, "202610"), None, "another month");
        let unnamed = with(None, whole.0, whole.1, "01");
        assert_eq!(fits(&waiting, &unnamed, "202611"), Some(Fit::Same));
        assert_eq!(
            fits(&waiting, &unnamed, "202610"),
            None,
            "the fetch's month"
        );
        let early = with(Some("202611"), "20261101", "20261115", "01");
        assert_eq!(
            fits(&waiting, &early, "202611"),
            Some(Fit::Maybe(Why::Period))
        );
        let dispensing = with(Some("202611"), whole.0, whole.1, "02");
        assert_eq!(
            fits(&waiting, &dispensing, "202611"),
            Some(Fit::Maybe(Why::Kind))
        );
        // Somebody who phones because of that very ticket is not told of it again.
        let doubted = open(std::slice::from_ref(&somebody), false);
        assert_eq!(fits(&doubted, &early, "202611"), None);
        assert_eq!(fits(&doubted, &november, "202611"), Some(Fit::Same));
        let months: Vec<_> = waiting.months().into_iter().collect();
        assert_eq!(months, ["202611"]);
    }

    #[test]
    fn invariant_6_the_marks_hold_no_number() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
        let text = serde_json::to_string(&mark(
            &key,
            &result("12000009", "2020002", "未託", "19750303"),
            "20261122",
        ))
        .unwrap();
        for secret in ["12000009", "2020002", "未託", "19750303"] {
            assert!(!text.contains(secret));
        }
        assert_eq!(unhex(&hex(&[0, 255, 16])), Some(vec![0, 255, 16]));
    }
}
