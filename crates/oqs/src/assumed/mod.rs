//! ASSUMED: messages whose wire form is not public. The interfaces exist (their numbers and names are in public
//! indexes of the official documents: IF-025–028, 037–044, 047–050); every element name and every list in this
//! module that no public source shows is invented here, shared with the simulated service, and to be replaced by a
//! registered vendor. `uketsukectl message show` says so for each of these messages.

mod access_url;
mod emergency;
mod information;
mod passcode;
mod registration;
mod reinquiry;
mod settings;
mod special;
mod withdrawal;

pub use access_url::{
    AccessUrlAnswer, AccessUrlAnswerBody, AccessUrlRequest, AccessUrlRequestBody,
};
pub use emergency::{EmergencyRequest, EmergencyRequestBody};
pub use information::{InformationAnswer, InformationBody, InformationItem};
pub use passcode::{PasscodeAnswer, PasscodeAnswerBody, PasscodeRequest};
pub use registration::{InsuranceUseRequest, InsuranceUseRequestBody};
pub use reinquiry::{ReinquiryRequest, ReinquiryRequestBody};
pub use settings::{
    InstitutionSettings, SettingsAnswer, SettingsAnswerBody, SettingsRequest,
    SettingsUpdateRequest, SettingsUpdateRequestBody,
};
pub use special::{
    OpeningAnswer, OpeningBody, SpecialInquiryRequest, SpecialInquiryRequestBody, UsageReport,
    UsageReportBody,
};
pub use withdrawal::{WithdrawalRequest, WithdrawalRequestBody};

use crate::answer::MessageHeader;
use crate::codes::{ProcessingStatus, SegmentOfResult};
use crate::message::message;
use crate::record::record;

record! {
    /// An answer that says no more than whether something was done.
    pub struct StatusAnswer {
        /// Header.
        header: Option<MessageHeader> = "MessageHeader",
        /// Body.
        body: Option<StatusBody> = "MessageBody",
    }
}
message!(StatusAnswer);

record! {
    /// Body of such an answer.
    pub struct StatusBody {
        /// 処理結果状況.
        status: Option<ProcessingStatus> = "ProcessingResultStatus",
        /// Verbatim.
        code: Option<String> = "ProcessingResultCode",
        /// Verbatim.
        message: Option<String> = "ProcessingResultMessage",
    }
}

impl StatusAnswer {
    /// True when it was done.
    pub fn is_done(&self) -> bool {
        let segment = self
            .header
            .as_ref()
            .and_then(|h| h.segment_of_result.as_ref());
        let status = self.body.as_ref().and_then(|b| b.status.as_ref());
        segment == Some(&SegmentOfResult::Normal) && status == Some(&ProcessingStatus::Normal)
    }
}

/// The header of a request of this institution; `identifier` is echoed.
pub(crate) fn header(institution_code: &str, identifier: &str) -> Option<MessageHeader> {
    Some(MessageHeader {
        medical_institution_code: Some(institution_code.to_owned()),
        arbitrary_file_identifier: Some(identifier.to_owned()),
        ..MessageHeader::default()
    })
}
