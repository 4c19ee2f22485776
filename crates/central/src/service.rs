//! What the terminal asks of the central service, as a trait: the adapter of this crate implements it, and
//! a registered vendor's adapter can.

use std::pin::Pin;

use oqs::assumed::{InsuranceUseRequest, StatusAnswer};
use oqs::{
    CheckupsAnswer, CheckupsRequest, MedicinesAnswer, MedicinesRequest, QualificationAnswer,
    QualificationRequest,
};

use crate::assumed::{CardConfirmation, Confirmation, Nonce};
use crate::error::CentralError;

/// A boxed future, so that the trait can be used as an object.
pub type Fut<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The central service. Every call ends within the configured request deadline, and every call may be
/// repeated: the service answers a repeated confirmation with the first answer.
pub trait CentralService: Send + Sync {
    /// Connects and logs in, so that the first patient does not wait for it. Fails when the service is not there,
    /// also after a login of before.
    fn warm(&self) -> Fut<'_, Result<(), CentralError>>;

    /// A nonce for a card to sign.
    fn nonce(&self) -> Fut<'_, Result<Nonce, CentralError>>;

    /// Hands in a card's proof. A refusal about the person or the card is an answer, not an error.
    fn confirm_card<'a>(
        &'a self,
        confirmation: &'a CardConfirmation,
    ) -> Fut<'a, Result<Confirmation, CentralError>>;

    /// IF-001/002: the qualification of a person.
    fn qualification<'a>(
        &'a self,
        request: &'a QualificationRequest,
    ) -> Fut<'a, Result<QualificationAnswer, CentralError>>;

    /// Medicines; the caller has passed `oqs::may_request` (invariant 1).
    fn medicines<'a>(
        &'a self,
        request: &'a MedicinesRequest,
    ) -> Fut<'a, Result<MedicinesAnswer, CentralError>>;

    /// Checkups of the person of a confirmed card; the caller has passed `oqs::may_request` (invariant 1).
    fn checkups_of_visit<'a>(
        &'a self,
        request: &'a CheckupsRequest,
    ) -> Fut<'a, Result<CheckupsAnswer, CentralError>>;

    /// 健康保険証利用登録 (assumed): registers the holder of a card that the service has just seen proved, after the
    /// person's own "yes". Then the same proof can be handed to [`CentralService::confirm_card`] once more.
    fn register_insurance_use<'a>(
        &'a self,
        request: &'a InsuranceUseRequest,
    ) -> Fut<'a, Result<StatusAnswer, CentralError>>;
}
