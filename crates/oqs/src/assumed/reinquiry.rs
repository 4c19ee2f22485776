//! IF-025/026 and IF-027/028: asking again about a person of visiting care, online care or the alternative route,
//! without a card, under the consent that the service holds. Answered like IF-002.

use super::header;
use crate::answer::MessageHeader;
use crate::codes::CareKind;
use crate::message::message;
use crate::record::record;
use crate::request::SearchInfo;

record! {
    /// A re-inquiry (再照会).
    pub struct ReinquiryRequest {
        /// Header with the date judged on.
        header: Option<MessageHeader> = "MessageHeader",
        /// Body.
        body: Option<ReinquiryRequestBody> = "MessageBody",
    }
}
message!(ReinquiryRequest);

record! {
    /// Body of a re-inquiry.
    pub struct ReinquiryRequestBody {
        /// The numbers stored at the first visit.
        search: Option<SearchInfo> = "QualificationConfirmSearchInfo",
        /// 診療区分: 2 visiting (IF-025), 3 online and alternative route (IF-027).
        care: Option<CareKind> = "MedicalTreatmentFlag",
    }
}

impl ReinquiryRequest {
    /// Asks about the person of these numbers on a day (yyyyMMdd).
    pub fn new(
        institution_code: &str,
        date: &str,
        care: CareKind,
        search: SearchInfo,
        identifier: &str,
    ) -> Self {
        let mut header = header(institution_code, identifier);
        if let Some(header) = &mut header {
            header.qualification_confirmation_date = Some(date.into());
        }
        Self {
            header,
            body: Some(ReinquiryRequestBody {
                search: Some(search),
                care: Some(care),
                extra: Vec::new(),
            }),
            extra: Vec::new(),
        }
    }
}
