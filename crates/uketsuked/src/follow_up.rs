//! What follows from an answer besides the result: the consents as the service holds them, and what staff must still do. Stored
//! in the result's own transaction, so that a crash leaves all of it or nothing (invariant 9).

use ledger::{Beside, Kept, Ledger, LedgerError, NewConsent, NewResult, RESULT_REMARK};
use oqs::{ConsentFlag, ConsentFlow, ConsentKind, Consents, QualificationAnswer};

/// What an answer brings besides its result; kept until the ledger's thread stores both.
pub(crate) struct Follows {
    consents: Consents,
    /// As the service gave it: an unentrusted result is followed up by a keyed mark of what is suppressed afterwards.
    answer: QualificationAnswer,
    institution_code: String,
}

impl Follows {
    pub(crate) fn of(answer: &QualificationAnswer, institution_code: &str) -> Self {
        Self {
            consents: Consents::from_answer(answer),
            answer: answer.clone(),
            institution_code: institution_code.to_owned(),
        }
    }

    /// What the ledger stores together with `new`.
    ///
    /// # Errors
    /// The key of the marks can't be read or made.
    pub(crate) fn beside(
        &self,
        ledger: &mut Ledger,
        now: i64,
        new: &NewResult,
    ) -> Result<Beside, LedgerError> {
        let mut beside =
            crate::counter::unentrusted(ledger, new, &self.answer, &self.institution_code)?;
        let bounded = self
            .consents
            .clone()
            .bounded(ConsentFlow::Reader, now, None);
        beside.consents = recorded(&bounded, ConsentFlow::Reader.word(), "", new.visit, now);
        Ok(beside)
    }
}

/// What staff must know of a card whose certificate has ended, beside its result: the code of its alert.
const CERTIFICATE_ENDED: &str = "UK-VISIT-216";

/// The small state that says so of a result; nothing where the card was good.
pub(crate) fn remark(new: &NewResult, qualification_only: bool) -> Option<(String, String)> {
    qualification_only.then(|| {
        let place = format!("{RESULT_REMARK}{}", new.id());
        (place, CERTIFICATE_ENDED.to_owned())
    })
}

/// What was remarked on a result, when it was stored.
pub(crate) fn remarked(ledger: &Ledger, result: &str) -> Result<Option<String>, LedgerError> {
    Ok(match ledger.kept(&format!("{RESULT_REMARK}{result}"))? {
        Kept::Nothing => None,
        Kept::Text(code) => Some(code),
        // Something was remarked, and nobody can say what: it is marked, and those beside it are shown (invariants 9 and 15).
        Kept::Unreadable => Some("UK-LEDG-028".to_owned()),
    })
}

/// The consents that a visit with the card came back with, each at most as long as its window (invariant 1).
pub(crate) fn of_visit(answer: &QualificationAnswer, now: i64) -> Consents {
    Consents::from_answer(answer).bounded(ConsentFlow::Reader, now, None)
}

/// The consents of an answer as the ledger keeps them: `flow` says how they were given, `person` finds the person again.
pub(crate) fn recorded(
    consents: &Consents,
    flow: &str,
    person: &str,
    visit: u64,
    now: i64,
) -> Vec<NewConsent> {
    let ms = |time: &Option<oqs::Timestamp>| time.as_deref().and_then(oqs::time::from_jst);
    ConsentKind::ALL
        .into_iter()
        .map(|kind| (kind, consents.of(kind)))
        .filter(|(_, consent)| consent.flag.is_some())
        .map(|(kind, consent)| NewConsent {
            visit,
            kind: kind.en().to_owned(),
            flow: flow.to_owned(),
            flag: flag(consent.flag.as_ref()).to_owned(),
            given_at: ms(&consent.time),
            // Without a time of the service nothing may be viewed later: the window is closed at once.
            until: Some(ms(&consent.available_until).unwrap_or(now)),
            person: person.to_owned(),
        })
        .collect()
}

fn flag(flag: Option<&ConsentFlag>) -> &'static str {
    match flag {
        Some(ConsentFlag::Yes) => "1",
        Some(ConsentFlag::Expired) => "2",
        Some(ConsentFlag::CouldNotObtain) => "3",
        _ => "0",
    }
}
