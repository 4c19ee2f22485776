//! What the reception desk and the receipt computer ask of the service beside a visit with a card, as a trait:
//! lookups by number, bulk calls, reference numbers, settings, openings. The adapter of this crate implements it.

use oqs::assumed::{
    AccessUrlAnswer, AccessUrlRequest, EmergencyRequest, InformationAnswer, OpeningAnswer,
    PasscodeAnswer, PasscodeRequest, ReinquiryRequest, SettingsAnswer, SettingsRequest,
    SettingsUpdateRequest, SpecialInquiryRequest, StatusAnswer, UsageReport, WithdrawalRequest,
};
use oqs::bulk::{
    BulkDownloadRequest, BulkPart, BulkQualificationRequest, BulkReception, BulkState,
    ConsentSearchRequest, TicketSearchRequest,
};
use oqs::{
    BulkRegistrationAnswer, CareKind, CheckupsAnswer, CheckupsRequest, MedicinesAnswer,
    MedicinesRequest, OqsError, QualificationAnswer, QualificationRequest, ReferenceNumberAnswer,
    ReferenceNumberRequest,
};

use crate::error::CentralError;
use crate::service::Fut;

/// Takes the parts of a bulk answer as they come; an error ends the reading. Called on a thread that may block.
pub type BulkTaker = Box<dyn FnMut(BulkPart) -> Result<(), OqsError> + Send>;

/// A bulk call's request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BulkRequest {
    /// IF-005: persons by numbers.
    Qualification(BulkQualificationRequest),
    /// IF-013: tickets of a month.
    Tickets(TicketSearchRequest),
    /// IF-017 or IF-021: consented persons.
    Consented(CareKind, ConsentSearchRequest),
}

/// Which bulk call a reception number belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkCall {
    /// IF-005–008.
    Qualification,
    /// IF-013–016.
    Tickets,
    /// IF-017–020.
    Visiting,
    /// IF-021–024.
    Online,
}

impl BulkRequest {
    /// Which call it is.
    pub fn call(&self) -> BulkCall {
        match self {
            Self::Qualification(_) => BulkCall::Qualification,
            Self::Tickets(_) => BulkCall::Tickets,
            Self::Consented(CareKind::Visiting, _) => BulkCall::Visiting,
            Self::Consented(_, _) => BulkCall::Online,
        }
    }
}

impl BulkCall {
    /// Number of its first interface.
    pub fn number(self) -> u16 {
        match self {
            Self::Qualification => 5,
            Self::Tickets => 13,
            Self::Visiting => 17,
            Self::Online => 21,
        }
    }
}

/// What a bulk download came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkFetched {
    /// How the service says it stands; the persons count only when finished.
    pub state: BulkState,
    /// Persons handed over.
    pub persons: usize,
    /// How many the service says there are.
    pub announced: Option<usize>,
}

/// The calls of the desk. Each ends within the configured deadline. All but the two that change something for good
/// (`withdraw`, `access_url` with a new address) may be repeated without harm, and are.
pub trait CentralDesk: Send + Sync {
    /// IF-001/002 by numbers, without a card.
    fn lookup<'a>(
        &'a self,
        request: &'a QualificationRequest,
    ) -> Fut<'a, Result<QualificationAnswer, CentralError>>;

    /// IF-003/004.
    fn register_reference<'a>(
        &'a self,
        request: &'a ReferenceNumberRequest,
    ) -> Fut<'a, Result<ReferenceNumberAnswer, CentralError>>;

    /// IF-009/010: gives a reception number.
    fn begin_reference_bulk<'a>(
        &'a self,
        request: &'a ReferenceNumberRequest,
    ) -> Fut<'a, Result<BulkReception, CentralError>>;

    /// IF-011/012.
    fn fetch_reference_bulk<'a>(
        &'a self,
        request: &'a BulkDownloadRequest,
    ) -> Fut<'a, Result<BulkRegistrationAnswer, CentralError>>;

    /// First phase of a bulk call.
    fn begin_bulk<'a>(
        &'a self,
        request: &'a BulkRequest,
    ) -> Fut<'a, Result<BulkReception, CentralError>>;

    /// Second phase: persons go to `taker` as they arrive, XML, JSON or ZIP.
    fn fetch_bulk<'a>(
        &'a self,
        call: BulkCall,
        request: &'a BulkDownloadRequest,
        taker: BulkTaker,
    ) -> Fut<'a, Result<BulkFetched, CentralError>>;

    /// IF-025/026 and IF-027/028 (assumed): re-inquiry under a consent the service holds.
    fn reinquire<'a>(
        &'a self,
        care: &'a CareKind,
        request: &'a ReinquiryRequest,
    ) -> Fut<'a, Result<QualificationAnswer, CentralError>>;

    /// IF-037/038 (assumed). Not repeated by itself.
    fn withdraw<'a>(
        &'a self,
        request: &'a WithdrawalRequest,
    ) -> Fut<'a, Result<StatusAnswer, CentralError>>;

    /// IF-039/040 (assumed). Not repeated by itself.
    fn access_url<'a>(
        &'a self,
        request: &'a AccessUrlRequest,
    ) -> Fut<'a, Result<AccessUrlAnswer, CentralError>>;

    /// IF-041/042 (assumed).
    fn settings<'a>(
        &'a self,
        request: &'a SettingsRequest,
    ) -> Fut<'a, Result<SettingsAnswer, CentralError>>;

    /// IF-043/044 (assumed).
    fn update_settings<'a>(
        &'a self,
        request: &'a SettingsUpdateRequest,
    ) -> Fut<'a, Result<SettingsAnswer, CentralError>>;

    /// IF-047/048 (assumed).
    fn emergency<'a>(
        &'a self,
        request: &'a EmergencyRequest,
    ) -> Fut<'a, Result<InformationAnswer, CentralError>>;

    /// IF-049/050 (assumed).
    fn passcode<'a>(
        &'a self,
        request: &'a PasscodeRequest,
    ) -> Fut<'a, Result<PasscodeAnswer, CentralError>>;

    /// What disaster and outage searches are open (assumed).
    fn openings<'a>(&'a self, identifier: &'a str) -> Fut<'a, Result<OpeningAnswer, CentralError>>;

    /// A search under an opening (assumed).
    fn special_inquiry<'a>(
        &'a self,
        request: &'a SpecialInquiryRequest,
    ) -> Fut<'a, Result<QualificationAnswer, CentralError>>;

    /// Medical information under a disaster opening (assumed).
    fn special_information<'a>(
        &'a self,
        request: &'a SpecialInquiryRequest,
    ) -> Fut<'a, Result<InformationAnswer, CentralError>>;

    /// Report of the use of a special mode (assumed).
    fn report_usage<'a>(
        &'a self,
        request: &'a UsageReport,
    ) -> Fut<'a, Result<StatusAnswer, CentralError>>;

    /// TKKsiquc01; the caller has passed `oqs::may_request` (invariant 1).
    fn checkups<'a>(
        &'a self,
        request: &'a CheckupsRequest,
    ) -> Fut<'a, Result<CheckupsAnswer, CentralError>>;

    /// YZKsiquc01 by numbers, under a consent held for visiting or online care (invariant 1).
    fn medicines_by_numbers<'a>(
        &'a self,
        request: &'a MedicinesRequest,
    ) -> Fut<'a, Result<MedicinesAnswer, CentralError>>;
}
