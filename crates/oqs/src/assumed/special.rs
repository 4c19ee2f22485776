//! Disaster and outage: whether the service has opened the special search for this institution, the search by four
//! items, and the report afterwards. Public pages describe the operation (iryohokenjyoho portal KB articles), not
//! the messages.

use super::header;
use crate::answer::MessageHeader;
use crate::codes::Sex;
use crate::message::message;
use crate::record::record;
use crate::request::SearchInfo;
use crate::values::{Date, Timestamp};

record! {
    /// What is open for this institution now.
    pub struct OpeningAnswer {
        /// Header.
        header: Option<MessageHeader> = "MessageHeader",
        /// Body.
        body: Option<OpeningBody> = "MessageBody",
    }
}
message!(OpeningAnswer);

record! {
    /// Body of the answer: an absent end means "not open".
    pub struct OpeningBody {
        /// 災害時: open until.
        disaster_until: Option<Timestamp> = "DisasterModeAvailableTime",
        /// Region it was opened for.
        disaster_region: Option<String> = "DisasterRegion",
        /// システム障害時: open until.
        outage_until: Option<Timestamp> = "OutageModeAvailableTime",
        /// 救急時: this institution has the authority (1).
        emergency_authority: Option<crate::codes::EmergencyAuthority> = "EmergencyViewingAuthority",
    }
}

record! {
    /// A person without a card: by four items, or by insurer, symbol, number and birth date.
    pub struct SpecialInquiryRequest {
        /// Header.
        header: Option<MessageHeader> = "MessageHeader",
        /// Body.
        body: Option<SpecialInquiryRequestBody> = "MessageBody",
    }
}
message!(SpecialInquiryRequest);

record! {
    /// Body of the search.
    pub struct SpecialInquiryRequestBody {
        /// 氏名.
        name: Option<String> = "Name",
        /// 生年月日.
        birthdate: Option<Date> = "Birthdate",
        /// 性別.
        sex: Option<Sex> = "Sex1",
        /// 住所.
        address: Option<String> = "Address",
        /// By numbers instead.
        search: Option<SearchInfo> = "QualificationConfirmSearchInfo",
        /// `disaster` or `outage`.
        mode: Option<String> = "SpecialMode",
        /// Who asks.
        operator: Option<String> = "OperatorName",
        /// Why.
        reason: Option<String> = "ReasonText",
        /// The person agreed by word of mouth (1), or is in danger of life and can't (0).
        oral_consent: Option<String> = "OralConsentFlg",
    }
}

record! {
    /// Report of the use of a special mode.
    pub struct UsageReport {
        /// Header.
        header: Option<MessageHeader> = "MessageHeader",
        /// Body.
        body: Option<UsageReportBody> = "MessageBody",
    }
}
message!(UsageReport);

record! {
    /// Body of the report.
    pub struct UsageReportBody {
        /// `disaster` or `outage`.
        mode: Option<String> = "SpecialMode",
        /// First use.
        from: Option<Timestamp> = "UsageFrom",
        /// Last use.
        to: Option<Timestamp> = "UsageTo",
        /// How many persons.
        persons: Option<String> = "NumberOfPersons",
        /// Who reports.
        operator: Option<String> = "OperatorName",
    }
}

impl SpecialInquiryRequest {
    /// A search with this body.
    pub fn new(
        institution_code: &str,
        date: &str,
        body: SpecialInquiryRequestBody,
        identifier: &str,
    ) -> Self {
        let mut header = header(institution_code, identifier);
        if let Some(header) = &mut header {
            header.qualification_confirmation_date = Some(date.into());
        }
        Self {
            header,
            body: Some(body),
            extra: Vec::new(),
        }
    }
}

impl UsageReport {
    /// A report with this body.
    pub fn new(institution_code: &str, body: UsageReportBody, identifier: &str) -> Self {
        Self {
            header: header(institution_code, identifier),
            body: Some(body),
            extra: Vec::new(),
        }
    }
}

impl OpeningAnswer {
    /// True while the disaster search is open, `now` in ms since the Unix epoch.
    pub fn disaster_open(&self, now: i64) -> bool {
        let until = self
            .body
            .as_ref()
            .and_then(|body| body.disaster_until.as_ref());
        until
            .and_then(Timestamp::ms)
            .is_some_and(|until| now <= until)
    }

    /// True while the outage search is open.
    pub fn outage_open(&self, now: i64) -> bool {
        let until = self
            .body
            .as_ref()
            .and_then(|body| body.outage_until.as_ref());
        until
            .and_then(Timestamp::ms)
            .is_some_and(|until| now <= until)
    }

    /// True when this institution may view in emergencies.
    pub fn emergency_authority(&self) -> bool {
        let authority = self
            .body
            .as_ref()
            .and_then(|body| body.emergency_authority.as_ref());
        authority == Some(&crate::codes::EmergencyAuthority::Yes)
    }
}
