//! Consents that the service holds for visiting care, online care and the alternative route: kept with the result that told of them, found
//! again by keyed hashes of the person's numbers, ended when they are withdrawn or the service no longer holds them (invariant 1).

use ledger::{Ledger, LedgerError, NewConsent, StoredConsent};
use oqs::{ConsentFlag, ConsentFlow, ConsentKind, Consents, QualificationAnswer};
use ring::hmac;
use serde::{Deserialize, Serialize};

use super::marks;
use super::request::{Care, Numbers};
use crate::follow_up::recorded;

/// Most qualifications of one person by which a consent is found again.
const MOST: usize = 16;

/// The consents in an answer about a person.
#[derive(Clone)]
pub(super) struct Held {
    flow: ConsentFlow,
    consents: Consents,
    numbers: Vec<Theirs>,
}

/// Insurer and number, and the branch where there is one.
#[derive(Clone, PartialEq, Eq)]
struct Theirs {
    insurer: String,
    number: String,
    branch: String,
}

/// What finds one qualification of a person again: keyed hashes, without and (where known) with the branch.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Mark {
    bare: String,
    full: String,
}

impl Held {
    /// Those of an answer that came at `now`, each at most as long as the window of its flow (invariant 1): `care_day` is the day of the
    /// care, where it is known. `asked` are the numbers by which it was asked for.
    pub(super) fn of(
        (flow, care_day): (ConsentFlow, Option<&str>),
        now: i64,
        answer: &QualificationAnswer,
        asked: Option<&Numbers>,
    ) -> Self {
        let of_result = |result: &oqs::QualificationResult| {
            theirs(
                result.insurer_number.as_deref().unwrap_or_default(),
                result
                    .insured_identification_number
                    .as_deref()
                    .unwrap_or_default(),
                result.insured_branch_number.as_deref().unwrap_or_default(),
            )
        };
        let mut numbers: Vec<_> = answer.results().iter().filter_map(of_result).collect();
        if let Some(asked) = asked.and_then(of_numbers)
            && !numbers.contains(&asked)
        {
            numbers.push(asked);
        }
        numbers.truncate(MOST);
        Self {
            flow,
            consents: Consents::from_answer(answer).bounded(flow, now, care_day),
            numbers,
        }
    }

    /// What they allow, for the gate before a request.
    pub(super) fn consents(&self) -> &Consents {
        &self.consents
    }

    /// What finds the person again.
    pub(super) fn marks(&self, ledger: &mut Ledger) -> Result<Vec<Mark>, LedgerError> {
        let key = marks::key(ledger)?;
        Ok(self.numbers.iter().map(|one| mark(&key, one)).collect())
    }

    /// As the ledger keeps them with a visit's result. Consents of before that the service no longer holds end at once: what was fetched
    /// under them is not shown any more.
    pub(super) fn record(
        &self,
        ledger: &mut Ledger,
        now: i64,
        visit: u64,
    ) -> Result<Vec<NewConsent>, LedgerError> {
        let marks = self.marks(ledger)?;
        let ended: Vec<&str> = ConsentKind::ALL
            .into_iter()
            .filter(|kind| {
                let flag = self.consents.of(*kind).flag.as_ref();
                flag.is_some_and(|flag| *flag != ConsentFlag::Yes)
            })
            .map(ConsentKind::en)
            .collect();
        if !ended.is_empty() {
            let of_kind = |one: &StoredConsent| ended.contains(&one.kind.as_str());
            let why = ("terminal", "the service no longer holds it");
            for flow in same_at_the_service(self.flow) {
                end(ledger, now, flow, &marks, of_kind, why)?;
            }
        }
        let person =
            serde_json::to_string(&marks).map_err(|_| LedgerError::Unacceptable("marks"))?;
        let flow = self.flow.word();
        Ok(recorded(&self.consents, flow, &person, visit, now))
    }
}

/// The flows whose consents are one at the service: it tells two kinds of care apart.
fn same_at_the_service(flow: ConsentFlow) -> impl Iterator<Item = &'static str> {
    let kind = Care::of_word(flow.word()).map(Care::kind);
    kind.into_iter()
        .flat_map(|kind| Care::of_kind(&kind).map(Care::word).collect::<Vec<_>>())
}

/// Ends the consents of a person for a care, and for the other care of the same kind at the service: withdrawn. Gives how many.
pub(super) fn withdrawn(
    ledger: &mut Ledger,
    now: i64,
    care: Care,
    numbers: &Numbers,
    why: (&str, &str),
) -> Result<usize, LedgerError> {
    let key = marks::key(ledger)?;
    let marks: Vec<_> = of_numbers(numbers)
        .iter()
        .map(|one| mark(&key, one))
        .collect();
    let mut ended = 0;
    for flow in same_at_the_service(care.flow()) {
        ended += end(ledger, now, flow, &marks, |_| true, why)?;
    }
    Ok(ended)
}

fn end(
    ledger: &mut Ledger,
    now: i64,
    flow: &str,
    marks: &[Mark],
    which: impl Fn(&StoredConsent) -> bool,
    (actor, reason): (&str, &str),
) -> Result<usize, LedgerError> {
    let mut ended = 0;
    each_open(ledger, flow, now, |ledger, one| {
        if which(&one) && fits(&one, marks) {
            ledger.withdraw_consent(now, one.id, actor, reason)?;
            ended += 1;
        }
        Ok(())
    })?;
    Ok(ended)
}

/// Each consent given in one way that holds at `now`, however many there are.
pub(super) fn each_open(
    ledger: &mut Ledger,
    flow: &str,
    now: i64,
    mut each: impl FnMut(&mut Ledger, StoredConsent) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    let mut after = 0;
    loop {
        let page = ledger.open_consents(flow, now, after)?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.id;
        for one in page {
            each(ledger, one)?;
        }
    }
}

/// Whether the consent of a house call for a kind has served an earlier one: the same person's, given at the same moment, under which
/// information was stored.
pub(super) fn has_served(
    ledger: &mut Ledger,
    visit: u64,
    kind: ConsentKind,
) -> Result<bool, LedgerError> {
    let ours = ledger.consents_of(visit)?;
    let Some(ours) = ours.into_iter().find(|one| one.kind == kind.en()) else {
        return Ok(false);
    };
    let (marks, mut served) = (marks_of(&ours), false);
    // Also one that has ended here meanwhile: what it served, it served. Which of several it is only the consent's own time tells; where it has
    // none, those still open are the same.
    let same = (ConsentFlow::HouseCall.word(), ours.kind.as_str());
    let mut after = 0;
    loop {
        let page = ledger.consents_given(same, ours.given_at, after)?;
        let Some(last) = page.last() else {
            return Ok(served);
        };
        after = last.id;
        for one in page {
            let same = ours.given_at.is_some() || one.withdrawn_at.is_none();
            if same && one.visit != visit && fits(&one, &marks) {
                for prefix in ["", "sim-"] {
                    let id = format!("{prefix}{:016x}-{}", one.visit, one.kind);
                    served |= ledger.result(&id)?.is_some();
                }
            }
        }
    }
}

/// What finds the person of a stored consent again.
pub(super) fn marks_of(consent: &StoredConsent) -> Vec<Mark> {
    serde_json::from_str(&consent.person).unwrap_or_default()
}

/// Whether a stored consent is of the person of these marks. A branch that one side does not know tells nobody apart.
fn fits(consent: &StoredConsent, marks: &[Mark]) -> bool {
    let same = |a: &Mark, b: &Mark| {
        a.bare == b.bare && (a.full.is_empty() || b.full.is_empty() || a.full == b.full)
    };
    let held = marks_of(consent);
    held.iter()
        .any(|one| marks.iter().any(|two| same(one, two)))
}

fn of_numbers(numbers: &Numbers) -> Option<Theirs> {
    theirs(&numbers.insurer_number, &numbers.number, &numbers.branch)
}

fn theirs(insurer: &str, number: &str, branch: &str) -> Option<Theirs> {
    let plain = |text: &str| {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        text.trim_start_matches('0').to_owned()
    };
    let found = Theirs {
        insurer: plain(insurer),
        number: plain(number),
        // A branch is told by two digits; `00` is one as well.
        branch: branch.trim().to_owned(),
    };
    (!found.insurer.is_empty() && !found.number.is_empty()).then_some(found)
}

fn mark(key: &hmac::Key, theirs: &Theirs) -> Mark {
    let Theirs {
        insurer,
        number,
        branch,
    } = theirs;
    // The separator stands in no number.
    let sign = |text: String| marks::hex(hmac::sign(key, text.as_bytes()).as_ref());
    let full = if branch.is_empty() {
        String::new()
    } else {
        sign(format!("held\u{1f}{insurer}\u{1f}{number}\u{1f}{branch}"))
    };
    Mark {
        bare: sign(format!("held\u{1f}{insurer}\u{1f}{number}")),
        full,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(insurer: &str, number: &str, branch: &str) -> Numbers {
        Numbers {
            insurer_number: insurer.into(),
            number: number.into(),
            branch: branch.into(),
            ..Numbers::default()
        }
    }

    fn consent(marks: &[Mark]) -> StoredConsent {
        StoredConsent {
            id: 1,
            visit: 1,
            kind: "medicines".into(),
            flow: "visiting".into(),
            flag: "1".into(),
            given_at: None,
            until: None,
            withdrawn_at: None,
            person: serde_json::to_string(marks).unwrap(),
        }
    }

    #[test]
    fn a_consent_is_found_by_its_persons_numbers_only_and_holds_none_of_them() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
        let of = |insurer, number, branch| {
            let theirs = of_numbers(&numbers(insurer, number, branch));
            theirs.iter().map(|one| mark(&key, one)).collect::<Vec<_>>()
        };
        let held = consent(&of("06123456", "3456789", "01"));
        assert!(fits(&held, &of(" 6123456", "03456789", "01")));
        assert!(
            fits(&held, &of("06123456", "3456789", "")),
            "no branch told"
        );
        assert!(
            !fits(&held, &of("06123456", "3456789", "00")),
            "another member of the family"
        );
        assert!(!fits(&held, &of("06123456", "3456780", "01")));
        assert!(!fits(&held, &of("06123457", "3456789", "01")));
        assert!(
            !fits(&held, &of("", "", "")),
            "nobody's numbers are nobody's"
        );
        for secret in ["6123456", "3456789"] {
            assert!(!held.person.contains(secret));
        }
    }
}
