//! IF-037/038: withdrawing a consent to viewing (閲覧同意取り消し) of visiting care. Answered with a status.

use super::header;
use crate::answer::MessageHeader;
use crate::codes::{CareKind, ViewingConsentKind, WithdrawalReason};
use crate::message::message;
use crate::record::record;
use crate::request::SearchInfo;

record! {
    /// A withdrawal.
    pub struct WithdrawalRequest {
        /// Header.
        header: Option<MessageHeader> = "MessageHeader",
        /// Body.
        body: Option<WithdrawalRequestBody> = "MessageBody",
    }
}
message!(WithdrawalRequest);

record! {
    /// Body of a withdrawal.
    pub struct WithdrawalRequestBody {
        /// Whose consent.
        search: Option<SearchInfo> = "QualificationConfirmSearchInfo",
        /// 診療区分.
        care: Option<CareKind> = "MedicalTreatmentFlag",
        /// Which kinds; none means all.
        kinds: Vec<ViewingConsentKind> = "ViewingConsentList/ViewingConsentKind",
        /// Why (OQSCD031).
        reason: Option<WithdrawalReason> = "ConsentInvalidationReason",
    }
}

impl WithdrawalRequest {
    /// Withdraws kinds of consent; an empty list stands for all of them.
    pub fn new(
        institution_code: &str,
        care: CareKind,
        search: SearchInfo,
        kinds: Vec<ViewingConsentKind>,
        reason: WithdrawalReason,
        identifier: &str,
    ) -> Self {
        Self {
            header: header(institution_code, identifier),
            body: Some(WithdrawalRequestBody {
                search: Some(search),
                care: Some(care),
                kinds,
                reason: Some(reason),
                extra: Vec::new(),
            }),
            extra: Vec::new(),
        }
    }
}
