//! Lookups without a card, and re-inquiries under a consent that the service holds. Neither ever asks for medical
//! information by a number alone (invariant 1).

use oqs::assumed::{ReinquiryRequest, WithdrawalRequest};
use oqs::{QualificationAnswer, QualificationRequest, SearchInfo, WithdrawalReason};
use serde_json::{Value, json};

use super::request::{Care, Numbers};
use super::{Counter, CounterError, Turn};

impl Counter {
    /// By the numbers of a paper: payer and recipient number, or insurer, symbol, number, branch and birth date.
    pub(super) async fn lookup(
        &self,
        turn: Turn,
        actor: &str,
        numbers: &Numbers,
    ) -> Result<Value, CounterError> {
        if !numbers.are_plausible() {
            return Err(CounterError::input());
        }
        let identifier = Self::identifier();
        let request = QualificationRequest::by_numbers(
            &self.institution_code,
            &self.today(),
            &numbers.lookup(),
            &identifier,
        );
        let answer = self.central.lookup(&request).await?;
        refused(&answer)?;
        self.keep(turn, actor, "number", answer).await
    }

    /// Visiting care from the second visit on, online care, alternative route.
    pub(super) async fn reinquire(
        &self,
        turn: Turn,
        actor: &str,
        care: Care,
        numbers: &Numbers,
    ) -> Result<Value, CounterError> {
        if !numbers.are_plausible() {
            return Err(CounterError::input());
        }
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
        let how = match care {
            Care::Visiting => "visiting",
            Care::Online => "online",
        };
        self.keep(turn, actor, how, answer).await
    }

    /// Ends the consent to viewing at the service.
    pub(super) async fn withdraw(
        &self,
        care: Care,
        by_patient: bool,
        numbers: &Numbers,
    ) -> Result<Value, CounterError> {
        if !numbers.are_plausible() {
            return Err(CounterError::input());
        }
        let identifier = Self::identifier();
        let reason = if by_patient {
            WithdrawalReason::ByPatient
        } else {
            WithdrawalReason::ByInstitution
        };
        let request = WithdrawalRequest::new(
            &self.institution_code,
            care.kind(),
            search(numbers, &identifier),
            Vec::new(),
            reason,
            &identifier,
        );
        let answer = self.central.withdraw(&request).await?;
        done(&answer)?;
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

/// The same for an answer that is only a status.
pub(super) fn done(answer: &oqs::assumed::StatusAnswer) -> Result<(), CounterError> {
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
