//! Unentrusted persons and the tickets that come in later. A follow-up is settled by itself only on a keyed hash of
//! office and recipient number, taken before those numbers are withheld (invariant 6); the numbers themselves are
//! kept nowhere. A name and birth date alone never settle anything: they are proposed to staff.

use ledger::{Beside, Ledger, LedgerError, NewFollowUp, NewResult};
use oqs::delivery::Deliverable;
use oqs::{QualificationAnswer, QualificationResult};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

/// The reason of these follow-ups.
pub(super) const REASON: &str = "unentrusted";
/// Where the key of the hashes stands, sealed with the rest of the small state.
const KEY: &str = "unentrusted-key";
/// Longest office name kept in a note.
const OFFICE: usize = 200;
/// Most marks kept of one answer; an answer has one or two assistances, and what comes with it must not keep a result out.
const MARKS: usize = 100;

/// What is kept of an unentrusted person, to know the ticket when it comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    /// Keyed hash of payer and recipient number; empty when the service gave none.
    numbers: String,
    /// Keyed hash of name and birth date, for a proposal only.
    person: String,
}

/// A ticket that fits an open follow-up.
pub(super) struct Settled {
    /// The follow-up.
    pub(super) follow_up: u64,
    /// How well.
    pub(super) fit: Fit,
    /// Place of the person in the bulk answer.
    pub(super) item: u32,
}

/// Closes what fits by number, proposes what fits by name only. Gives how many were closed.
pub(super) fn apply(
    ledger: &mut Ledger,
    now: i64,
    job: u64,
    settled: &[Settled],
) -> Result<usize, LedgerError> {
    let mut closed = 0;
    for found in settled {
        match found.fit {
            Fit::Same => {
                let outcome = format!(
                    "医療券/調剤券が登録されました（一括取得{job}の{}件目）。",
                    found.item + 1
                );
                ledger.close_follow_up(now, found.follow_up, "terminal", &outcome)?;
                closed += 1;
            }
            Fit::Maybe => {
                let proposal = serde_json::json!({"job": job, "item": found.item}).to_string();
                ledger.put_state(
                    &format!("unentrusted-proposal:{}", found.follow_up),
                    &proposal,
                )?;
                let detail = serde_json::json!({"follow_up": found.follow_up, "job": job, "item": found.item});
                ledger.append_audit(now, "terminal", "follow-up-proposed", &detail)?;
            }
        }
    }
    Ok(closed)
}

/// The proposal for a follow-up, if there is one.
pub(crate) fn proposal(
    ledger: &Ledger,
    follow_up: u64,
) -> Result<Option<serde_json::Value>, LedgerError> {
    let text = ledger.get_state(&format!("unentrusted-proposal:{follow_up}"))?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Most notes kept of one follow-up; the oldest goes when another comes.
const NOTES: usize = 20;

fn notes_place(follow_up: u64) -> String {
    format!("unentrusted-notes:{follow_up}")
}

/// What staff noted on a follow-up without settling it, oldest first: when, who, what.
pub(crate) fn notes(
    ledger: &Ledger,
    follow_up: u64,
) -> Result<Vec<(i64, String, String)>, LedgerError> {
    let text = ledger.get_state(&notes_place(follow_up))?;
    Ok(text
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
}

/// Adds a note. Who wrote it stands in the audit chain, the text does not: it is about a patient.
pub(super) fn note(
    ledger: &mut Ledger,
    now: i64,
    follow_up: u64,
    who: &str,
    text: &str,
) -> Result<(), LedgerError> {
    let mut notes = notes(ledger, follow_up)?;
    notes.push((now, who.to_owned(), text.to_owned()));
    let from = notes.len().saturating_sub(NOTES);
    let kept = serde_json::to_string(&notes.split_off(from))
        .map_err(|_| LedgerError::Unacceptable("notes"))?;
    ledger.put_state(&notes_place(follow_up), &kept)?;
    let detail = serde_json::json!({ "follow_up": follow_up });
    ledger
        .append_audit(now, who, "follow-up-noted", &detail)
        .map(drop)
}

/// How well a ticket fits an open follow-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// Office and recipient number are the same.
    Same,
    /// Name and birth date are; staff must decide.
    Maybe,
}

fn place(result_id: &str) -> String {
    format!("unentrusted:{result_id}")
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

/// What is to be stored together with a result: for one that holds an unentrusted assistance its follow-up, with the marks of the
/// raw answer.
///
/// # Errors
/// The key of the marks can't be read or made.
pub(crate) fn unentrusted(
    ledger: &mut Ledger,
    new: &NewResult,
    raw: &QualificationAnswer,
    institution_code: &str,
) -> Result<Beside, LedgerError> {
    let shown = Deliverable::from_answer(raw, institution_code);
    let mut state = Vec::from_iter(crate::staff::earlier::noted(ledger, new)?);
    if !shown.any_unentrusted() {
        return Ok(Beside {
            state,
            ..Beside::default()
        });
    }
    let key = key(ledger)?;
    let mut marks = Vec::new();
    let mut office = String::new();
    for (index, result) in raw.results().iter().enumerate() {
        if shown.is_unentrusted(index) && marks.len() < MARKS {
            marks.push(mark(&key, result));
            if office.is_empty() {
                office = result.insurer_name.clone().unwrap_or_default();
            }
        }
    }
    let text = serde_json::to_string(&marks).map_err(|_| LedgerError::Unacceptable("marks"))?;
    let follow_up = NewFollowUp {
        visit: new.visit,
        reader: new.reader.clone(),
        result_id: new.id(),
        reason: REASON.to_owned(),
        note: office.chars().take(OFFICE).collect(),
    };
    state.push((place(&new.id()), text));
    Ok(Beside {
        follow_up: Some(follow_up),
        state,
        ..Beside::default()
    })
}

fn mark(key: &hmac::Key, result: &QualificationResult) -> Mark {
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
    }
}

/// Open follow-ups that a ticket of a bulk answer may settle.
pub(super) struct Open {
    key: hmac::Key,
    marks: Vec<(u64, Vec<Mark>)>,
}

impl Open {
    /// Reads them.
    pub(super) fn read(ledger: &mut Ledger) -> Result<Self, LedgerError> {
        let key = key(ledger)?;
        let mut marks = Vec::new();
        for follow_up in ledger.follow_ups(0, true, ledger::MAX_ROWS)? {
            if follow_up.reason != REASON {
                continue;
            }
            let text = ledger.get_state(&place(&follow_up.result_id))?;
            let found = text.and_then(|text| serde_json::from_str(&text).ok());
            marks.push((follow_up.id, found.unwrap_or_default()));
        }
        Ok(Self { key, marks })
    }

    /// Which follow-ups the raw result of a unit fits.
    pub(super) fn fits(&self, result: &QualificationResult) -> Vec<(u64, Fit)> {
        let theirs = mark(&self.key, result);
        let same = |a: &str, b: &str| !a.is_empty() && a == b;
        self.marks
            .iter()
            .filter_map(|(id, ours)| {
                if ours.iter().any(|ours| same(&ours.numbers, &theirs.numbers)) {
                    Some((*id, Fit::Same))
                } else if ours.iter().any(|ours| same(&ours.person, &theirs.person)) {
                    Some((*id, Fit::Maybe))
                } else {
                    None
                }
            })
            .collect()
    }
}

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
    use oqs::Message as _;

    fn result(payer: &str, recipient: &str, name: &str, born: &str) -> QualificationResult {
        QualificationResult {
            insurer_number: Some(payer.into()),
            insured_identification_number: Some(recipient.into()),
            name: Some(name.to_owned()),
            birthdate: Some(born.into()),
            ..QualificationResult::default()
        }
    }

    fn open(results: &[QualificationResult]) -> Open {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
        let marks = results.iter().map(|r| mark(&key, r)).collect();
        Open {
            marks: vec![(5, marks)],
            key,
        }
    }

    #[test]
    fn only_the_numbers_settle_and_a_namesake_is_proposed() {
        let open = open(&[result("12000009", "2020002", "未託　花子", "19750303")]);
        let fits = |payer, recipient, name, born| open.fits(&result(payer, recipient, name, born));
        assert_eq!(
            fits("12000009", "2020002", "未託　花子", "19750303"),
            [(5, Fit::Same)]
        );
        assert_eq!(
            fits(" 12000009", "02020002", "別の表記", "19750303"),
            [(5, Fit::Same)]
        );
        assert_eq!(
            fits("12000009", "9999999", "未託 花子", "19750303"),
            [(5, Fit::Maybe)]
        );
        assert_eq!(fits("12000001", "2020002", "未託　花子", "19990909"), []);
        assert_eq!(fits("", "", "", ""), []);
    }

    #[test]
    fn numbers_that_the_service_did_not_send_settle_nothing() {
        let open = open(&[result("", "", "未託　花子", "19750303")]);
        let fit = open.fits(&result("", "", "未託　花子", "19750303"));
        assert_eq!(
            fit,
            [(5, Fit::Maybe)],
            "two empty numbers are not the same number"
        );
    }

    #[test]
    fn invariant_6_the_marks_hold_no_number() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
        let text = serde_json::to_string(&mark(
            &key,
            &result("12000009", "2020002", "未託", "19750303"),
        ))
        .unwrap();
        for secret in ["12000009", "2020002", "未託", "19750303"] {
            assert!(!text.contains(secret));
        }
        assert_eq!(unhex(&hex(&[0, 255, 16])), Some(vec![0, 255, 16]));
        let _ = QualificationAnswer::default().to_json();
    }
}
