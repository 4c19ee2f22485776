//! Lookups without a card, and re-inquiries under a consent that the service holds. A lookup never asks for medical information; a
//! re-inquiry does for the kinds of that consent, in its time (invariant 1).

use oqs::assumed::{ReinquiryRequest, StatusAnswer, WithdrawalRequest};
use oqs::delivery::Deliverable;
use oqs::{
    QualificationAnswer, QualificationRequest, QualificationValidity, SearchInfo, SegmentOfResult,
    WithdrawalReason,
};
use serde_json::{Value, json};

use super::held::{self, Held};
use super::medical::{Asking, told};
use super::operation_sheet::labelled;
use super::request::{self, Care, Numbers};
use super::{Counter, CounterError, Turn, name_of};

impl Counter {
    /// By the numbers of a paper: payer and recipient number, or insurer, symbol, number, branch and birth date.
    pub(super) async fn lookup(
        &self,
        turn: Turn,
        actor: &str,
        numbers: &Numbers,
    ) -> Result<Value, CounterError> {
        numbers.check()?;
        let identifier = Self::identifier();
        let request = QualificationRequest::by_numbers(
            &self.institution_code,
            &self.today(),
            &numbers.lookup(),
            &identifier,
        );
        let answer = self.central.lookup(&request).await?;
        refused(&answer)?;
        let unfound = unfound(&answer, &self.institution_code);
        if unfound == Some(Unfound::Nobody) && numbers.are_of_assistance() {
            self.assistance_is_on().await?;
        }
        let mut found = self.keep(turn, actor, "number", answer).await?;
        tell_unfound(&mut found, unfound, numbers.asked());
        Ok(found)
    }

    /// With medical assistance switched off in the institution's settings the service knows no recipient: then that is what is told, and
    /// not that nobody was found. Settings that can't be read say nothing.
    pub(crate) async fn assistance_is_on(&self) -> Result<(), CounterError> {
        match self.settings().await {
            Ok(settings) if settings["medical_assistance"] == Value::Bool(false) => {
                Err(CounterError::assistance_off())
            }
            Ok(_) => Ok(()),
            Err(error) => {
                tracing::warn!(code = error.code, "the settings could not be looked at");
                Ok(())
            }
        }
    }

    /// Visiting care from the second visit on, online care, alternative route: the qualification, then the medical information that the
    /// consent opens. `takes_medical`: the asking client may have that, and owns it.
    pub(super) async fn reinquire(
        &self,
        turn: Turn,
        actor: &str,
        (care, care_day): (Care, Option<&str>),
        numbers: &Numbers,
        takes_medical: bool,
    ) -> Result<Value, CounterError> {
        // A form's empty field is no day.
        let care_day = care_day.map(str::trim).filter(|day| !day.is_empty());
        if care_day.is_some_and(|day| !oqs::time::is_date(day)) {
            return Err(CounterError::field("care_day", request::DAY));
        }
        numbers.check()?;
        let identifier = Self::identifier();
        let search = search(numbers, &identifier);
        let request = ReinquiryRequest::new(
            &self.institution_code,
            &self.today(),
            care.kind(),
            search,
            &identifier,
        );
        let answer = self.central.reinquire(&care.kind(), &request).await?;
        refused(&answer)?;
        let how = care.word();
        let now = self.clock.wall_ms();
        // Whoever asks without naming a day has the patient before them.
        let today = self.today();
        let flow = (care.flow(), Some(care_day.unwrap_or(&today)));
        let held = Held::of(flow, now, &answer, Some(numbers));
        let qualification = Deliverable::from_answer(&answer, &self.institution_code);
        let unfound = unfound(&answer, &self.institution_code);
        let mut found = self
            .keep_under(turn, actor, how, answer, Some(held.clone()))
            .await?;
        let owner = actor.strip_prefix(super::CLIENT).filter(|_| takes_medical);
        let got = self
            .fetch_medical(&Asking {
                care,
                numbers,
                consents: held.consents(),
                qualification: &qualification,
                visit: turn.visit(),
                reader: self.reader(how, actor),
                owner: owner.map(str::to_owned),
            })
            .await;
        self.record_medical(actor, turn.visit(), &got).await?;
        let told = told(&got);
        for name in ["medical", "medical_nothing", "medical_failed"] {
            found[name] = told[name].clone();
        }
        tell_unfound(&mut found, unfound, numbers.asked());
        Ok(found)
    }

    /// The request that ends a consent.
    pub(super) fn withdrawal(
        &self,
        care: Care,
        by_patient: bool,
        numbers: &Numbers,
    ) -> WithdrawalRequest {
        let identifier = Self::identifier();
        let reason = if by_patient {
            WithdrawalReason::ByPatient
        } else {
            WithdrawalReason::ByInstitution
        };
        WithdrawalRequest::new(
            &self.institution_code,
            care.kind(),
            search(numbers, &identifier),
            Vec::new(),
            reason,
            &identifier,
        )
    }

    /// Ends the consent to viewing at the service, and here: what was fetched under it is shown to nobody any more.
    pub(super) async fn withdraw(
        &self,
        actor: &str,
        care: Care,
        by_patient: bool,
        numbers: &Numbers,
    ) -> Result<Value, CounterError> {
        numbers.check()?;
        let request = self.withdrawal(care, by_patient, numbers);
        let answer = self.central.withdraw(&request).await?;
        done(&answer)?;
        let (now, actor, numbers) = (self.clock.wall_ms(), name_of(actor), numbers.clone());
        let ended = self
            .ledger(move |ledger| {
                let reason = if by_patient {
                    "by the patient"
                } else {
                    "by the institution"
                };
                held::withdrawn(ledger, now, care, &numbers, (&actor, reason))
            })
            .await?;
        tracing::info!(ended, "a consent was withdrawn");
        Ok(json!({"withdrawn": true}))
    }
}

pub(super) fn search(numbers: &Numbers, identifier: &str) -> SearchInfo {
    let request = QualificationRequest::by_numbers("", "", &numbers.lookup(), identifier);
    let search = request.body.and_then(|body| body.search_info);
    search.unwrap_or_default()
}

/// An answer whose message or person failed is no result.
pub(super) fn refused(answer: &QualificationAnswer) -> Result<(), CounterError> {
    if answer.is_processed() {
        return Ok(());
    }
    let header = answer.header.as_ref();
    let body = answer.body.as_ref();
    let code = body
        .and_then(|body| body.processing_result_code.as_deref())
        .or(header.and_then(|header| header.error_code.as_deref()));
    let words = body
        .and_then(|body| body.processing_result_message.as_deref())
        .or(header.and_then(|header| header.error_message.as_deref()));
    Err(CounterError::said_no(
        code.unwrap_or(""),
        words.unwrap_or(""),
    ))
}

/// Beside an answer about nobody what was asked with is repeated, so that a slip is seen, and whether several match. Beside an
/// unentrusted person it is not (invariant 6).
pub(super) fn tell_unfound(found: &mut Value, unfound: Option<Unfound>, asked: Value) {
    if let Some(why) = unfound {
        found["asked"] = asked;
        found["several_match"] = Value::Bool(why == Unfound::Several);
    }
}

/// Why an answer is about nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfound {
    /// Nobody was found.
    Nobody,
    /// Several match what was asked with, so that none of them is told (validity 5).
    Several,
}

/// Whether, and why, an answer is about nobody.
pub(super) fn unfound(answer: &QualificationAnswer, institution: &str) -> Option<Unfound> {
    let nobody = answer.results().is_empty()
        && !Deliverable::from_answer(answer, institution).any_unentrusted();
    nobody.then(|| match answer.validity() {
        Some(QualificationValidity::Several) => Unfound::Several,
        _ => Unfound::Nobody,
    })
}

/// The same for an answer that is only a status.
pub(super) fn done(answer: &StatusAnswer) -> Result<(), CounterError> {
    if answer.is_done() {
        return Ok(());
    }
    let body = answer.body.as_ref();
    let code = body.and_then(|body| body.code.as_deref());
    let words = body.and_then(|body| body.message.as_deref());
    Err(CounterError::said_no(
        code.unwrap_or(""),
        words.unwrap_or(""),
    ))
}

/// The message was processed, and no person was found: how the service says so.
pub(super) fn nobody_found(answer: &QualificationAnswer) -> Result<kiosk::Words, CounterError> {
    refused(answer)?;
    if !answer.results().is_empty() {
        return Err(super::operation_sheet::somebody());
    }
    let validity = answer.validity().map_or("", |v| v.code());
    Ok(labelled("operation-validity", validity))
}

/// The message was processed, and the service said no to the person, with its code.
pub(super) fn said_no_to_the_person(answer: &StatusAnswer) -> Result<kiosk::Words, CounterError> {
    if answer.is_done() {
        return Err(super::operation_sheet::somebody());
    }
    let header = answer.header.as_ref();
    let processed =
        header.and_then(|h| h.segment_of_result.as_ref()) == Some(&SegmentOfResult::Normal);
    let body = answer.body.as_ref();
    let code = body.and_then(|body| body.code.clone()).unwrap_or_default();
    let words = body
        .and_then(|body| body.message.as_deref())
        .unwrap_or_default();
    if processed && !code.trim().is_empty() {
        return Ok(labelled("operation-said", &format!("{code} {words}")));
    }
    Err(CounterError::said_no(&code, words))
}
