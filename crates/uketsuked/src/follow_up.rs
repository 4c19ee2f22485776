//! What follows from an answer besides the result: the consents as the service holds them, and what staff must still do.

use ledger::{Ledger, LedgerError, NewConsent, NewFollowUp, StoredResult};
use oqs::delivery::Deliverable;
use oqs::{ConsentFlag, ConsentKind, Consents, QualificationAnswer};

/// The reason of a follow-up about an unentrusted person (未委託): phone the welfare office.
pub(crate) const UNENTRUSTED: &str = "unentrusted";

/// What is kept beside a qualification.
pub(crate) struct Beside {
    consents: Vec<(ConsentKind, oqs::Consent)>,
    /// Name of the welfare office, when the answer has an unentrusted result.
    office: Option<String>,
}

impl Beside {
    pub(crate) fn of(answer: &QualificationAnswer, institution_code: &str) -> Self {
        let consents = Consents::from_answer(answer);
        let message = Deliverable::from_answer(answer, institution_code);
        let office = message.any_unentrusted().then(|| {
            (0..)
                .zip(message.results())
                .find(|(at, _)| message.is_unentrusted(*at))
                .and_then(|(_, result)| result.insurer_name.clone())
                .unwrap_or_default()
        });
        Self {
            consents: ConsentKind::ALL
                .into_iter()
                .map(|kind| (kind, consents.of(kind).clone()))
                .filter(|(_, consent)| consent.flag.is_some())
                .collect(),
            office,
        }
    }

    /// Keeps it. The result is stored already and stays whatever happens here; what fails is logged.
    pub(crate) fn keep(&self, ledger: &mut Ledger, now: i64, stored: &StoredResult) {
        if let Err(error) = self.try_keep(ledger, now, stored) {
            tracing::error!(code = error.code(), error = %crate::chain(&error), result = stored.id, "consents or follow-up were not kept");
        }
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
        if let Some(office) = &self.office {
            ledger.open_follow_up(
                now,
                &NewFollowUp {
                    visit: stored.visit,
                    reader: stored.reader.clone(),
                    result_id: stored.id.clone(),
                    reason: UNENTRUSTED.to_owned(),
                    note: office.chars().take(200).collect(),
                },
            )?;
        }
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
