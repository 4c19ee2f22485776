//! What bulk calls are asked by: persons (IF-005), a month of tickets (IF-013), a period of consents or of care
//! (IF-017, IF-021). Keys as YUKI-ENT/OQSDrug2 sends them.

use crate::answer::MessageHeader;
use crate::codes::CareKind;
use crate::message::message;
use crate::record::record;
use crate::request::SearchInfo;
use crate::values::{Date, Month};

record! {
    /// IF-005: several persons by their numbers.
    pub struct BulkQualificationRequest {
        /// Header.
        header: Option<MessageHeader> = "MessageHeader",
        /// Body.
        body: Option<BulkQualificationRequestBody> = "MessageBody",
    }
}
message!(BulkQualificationRequest);

record! {
    /// Body: one search for each person.
    pub struct BulkQualificationRequestBody {
        /// What to look for.
        searches: Vec<SearchInfo> = "QualificationConfirmSearchInfo",
    }
}

record! {
    /// IF-013: the tickets of a month that name this institution, with tied qualification.
    pub struct TicketSearchRequest {
        /// Header.
        header: Option<MessageHeader> = "MessageHeader",
        /// Body.
        body: Option<TicketSearchBody> = "MessageBody",
    }
}
message!(TicketSearchRequest);

record! {
    /// Body of IF-013.
    pub struct TicketSearchBody {
        /// The month.
        search: Option<TicketSearch> = "QualificationConfirmSearchInfo",
    }
}

record! {
    /// The month of a ticket search.
    pub struct TicketSearch {
        /// 診療年月.
        month: Option<Month> = "MedicalTreatmentMonth",
    }
}

record! {
    /// IF-017 (visiting care) and IF-021 (online care, alternative route): persons who consented.
    pub struct ConsentSearchRequest {
        /// Header.
        header: Option<MessageHeader> = "MessageHeader",
        /// Body.
        body: Option<ConsentSearchBody> = "MessageBody",
    }
}
message!(ConsentSearchRequest);

record! {
    /// Body of IF-017 and IF-021.
    pub struct ConsentSearchBody {
        /// The period.
        search: Option<ConsentSearch> = "QualificationConfirmSearchInfo",
    }
}

record! {
    /// Either a period of consents or, for online care, one of planned care.
    pub struct ConsentSearch {
        /// 同意年月日, first day.
        consent_from: Option<Date> = "ConsentDateFrom",
        /// 同意年月日, last day.
        consent_to: Option<Date> = "ConsentDateTo",
        /// 受診(予定)年月日, first day; online care only.
        examination_from: Option<Date> = "ExaminationDateFrom",
        /// 受診(予定)年月日, last day.
        examination_to: Option<Date> = "ExaminationDateTo",
        /// 診療区分: 2 in IF-017, 3 in IF-021.
        care: Option<CareKind> = "MedicalTreatmentFlag",
    }
}

/// The period of a consent search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsentSearchPeriod {
    /// Days on which the consents were given.
    Consented(Date, Date),
    /// Days of the care they were given for.
    Examined(Date, Date),
}

fn header(institution_code: &str, identifier: &str) -> Option<MessageHeader> {
    Some(MessageHeader {
        medical_institution_code: Some(institution_code.to_owned()),
        arbitrary_file_identifier: Some(identifier.to_owned()),
        ..MessageHeader::default()
    })
}

impl BulkQualificationRequest {
    /// Several persons by their numbers, judged on a day.
    pub fn new(
        institution_code: &str,
        date: &str,
        searches: Vec<SearchInfo>,
        identifier: &str,
    ) -> Self {
        let mut header = header(institution_code, identifier);
        if let Some(header) = &mut header {
            header.qualification_confirmation_date = Some(date.into());
        }
        Self {
            header,
            body: Some(BulkQualificationRequestBody {
                searches,
                extra: Vec::new(),
            }),
            extra: Vec::new(),
        }
    }
}

impl TicketSearchRequest {
    /// The tickets of a month.
    pub fn new(institution_code: &str, month: &Month, identifier: &str) -> Self {
        Self {
            header: header(institution_code, identifier),
            body: Some(TicketSearchBody {
                search: Some(TicketSearch {
                    month: Some(month.clone()),
                    extra: Vec::new(),
                }),
                extra: Vec::new(),
            }),
            extra: Vec::new(),
        }
    }
}

impl ConsentSearchRequest {
    /// Who consented for visiting care ([`CareKind::Visiting`]) or online care and the alternative route
    /// ([`CareKind::Online`]).
    pub fn new(
        institution_code: &str,
        care: CareKind,
        period: ConsentSearchPeriod,
        identifier: &str,
    ) -> Self {
        let mut search = ConsentSearch {
            care: Some(care),
            ..ConsentSearch::default()
        };
        match period {
            ConsentSearchPeriod::Consented(from, to) => {
                (search.consent_from, search.consent_to) = (Some(from), Some(to));
            }
            ConsentSearchPeriod::Examined(from, to) => {
                (search.examination_from, search.examination_to) = (Some(from), Some(to));
            }
        }
        Self {
            header: header(institution_code, identifier),
            body: Some(ConsentSearchBody {
                search: Some(search),
                extra: Vec::new(),
            }),
            extra: Vec::new(),
        }
    }
}
