//! What follows from an answer besides the result: the consents as the service holds them, and what staff must still do.

use ledger::{Ledger, LedgerError, NewConsent, StoredResult};
use oqs::{ConsentFlag, ConsentKind, Consents, QualificationAnswer};

/// What is kept beside a qualification.
pub(crate) struct Beside {
    consents: Vec<(ConsentKind, oqs::Consent)>,
    /// As the service gave it: an unentrusted result is followed up by a keyed mark of what is suppressed afterwards.
    answer: QualificationAnswer,
    institution_code: String,
}

impl Beside {
    pub(crate) fn of(answer: &QualificationAnswer, institution_code: &str) -> Self {
        let consents = Consents::from_answer(answer);
        Self {
            consents: ConsentKind::ALL
                .into_iter()
                .map(|kind| (kind, consents.of(kind).clone()))
                .filter(|(_, consent)| consent.flag.is_some())
                .collect(),
            answer: answer.clone(),
            institution_code: institution_code.to_owned(),
        }
    }

    /// Keeps it. The result is stored already and stays whatever happens here; what fails is logged.
    pub(crate) fn keep(&self, ledger: &mut Ledger, now: i64, stored: &StoredResult) {
        if let Err(error) = self.try_keep(ledger, now, stored) {
            tracing::error!(code = error.code(), error = %crate::chain(&error), result = stored.id, "consents were not kept");
        }
        crate::counter::follow_up(ledger, now, stored, &self.answer, &self.institution_code);
    }

    fn try_keep(
        &self,
        ledger: &mut Ledger,
        now: i64,
        stored: &StoredResult,
    ) -> Result<(), LedgerError> {
        let consents: Vec<NewConsent> = self
            .consents
            .iter()
            .map(|(kind, consent)| NewConsent {
                visit: stored.visit,
                kind: kind.en().to_owned(),
                flow: "reader".to_owned(),
                flag: flag(consent.flag.as_ref()).to_owned(),
                given_at: consent.time.as_deref().and_then(oqs::time::from_jst),
                // Without a time of the service nothing may be viewed later: the window is closed at once.
                until: Some(
                    consent
                        .available_until
                        .as_deref()
                        .and_then(oqs::time::from_jst)
                        .unwrap_or(now),
                ),
                person: String::new(),
            })
            .collect();
        ledger.record_consents(now, &consents)?;
        Ok(())
    }
}

fn flag(flag: Option<&ConsentFlag>) -> &'static str {
    match flag {
        Some(ConsentFlag::Yes) => "1",
        Some(ConsentFlag::Expired) => "2",
        Some(ConsentFlag::CouldNotObtain) => "3",
        _ => "0",
    }
}
