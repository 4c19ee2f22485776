//! IF-002, the answer to a qualification request (資格確認結果), and the header all messages share.

use crate::codes::{
    CharacterCode, PrescriptionIssue, ProcessingStatus, QualificationValidity,
    ReferenceClassification, SegmentOfResult,
};
use crate::message::message;
use crate::record::record;
use crate::request::SearchInfo;
use crate::result::QualificationResult;
use crate::time::is_date;
use crate::values::{Date, ReferenceNumber, Timestamp};

record! {
    /// Header of requests and answers.
    pub struct MessageHeader {
        /// 医療機関コード, 10 digits.
        medical_institution_code: Option<String> = "MedicalInstitutionCode",
        /// Date on which the qualification is judged, yyyyMMdd.
        qualification_confirmation_date: Option<Date> = "QualificationConfirmationDate",
        /// Free, echoed.
        arbitrary_file_identifier: Option<String> = "ArbitraryFileIdentifier",
        /// The service's processing time, yyyyMMddHHmmss (Japan time).
        process_execution_time: Option<Timestamp> = "ProcessExecutionTime",
        /// 照会区分.
        reference_classification: Option<ReferenceClassification> = "ReferenceClassification",
        /// 処理結果区分 of the message.
        segment_of_result: Option<SegmentOfResult> = "SegmentOfResult",
        /// Only when the message failed; kept verbatim, the help desk asks for it.
        error_code: Option<String> = "ErrorCode",
        /// Only when the message failed; verbatim.
        error_message: Option<String> = "ErrorMessage",
        /// 受付番号 of a bulk call, in its first and last answer.
        reception_number: Option<String> = "ReceptionNumber",
        /// How many persons a bulk answer is about.
        number_of_results: Option<String> = "NumberOfProcessingResult",
        /// How many of them were processed normally.
        number_of_normal: Option<String> = "NumberOfNormalProcessing",
        /// How many of them failed.
        number_of_errors: Option<String> = "NumberOfError",
        /// Encoding of the XML form.
        character_code_identifier: Option<CharacterCode> = "CharacterCodeIdentifier",
    }
}

record! {
    /// The answer about one person; it may hold several results (insurance and medical assistance).
    pub struct QualificationAnswer {
        /// Header.
        header: Option<MessageHeader> = "MessageHeader",
        /// Body.
        body: Option<QualificationAnswerBody> = "MessageBody",
    }
}
message!(QualificationAnswer);

record! {
    /// Body of a qualification answer.
    pub struct QualificationAnswerBody {
        /// 処理結果状況 of the person.
        processing_result_status: Option<ProcessingStatus> = "ProcessingResultStatus",
        /// May be present with status 1 as a notice.
        processing_result_code: Option<String> = "ProcessingResultCode",
        /// Verbatim.
        processing_result_message: Option<String> = "ProcessingResultMessage",
        /// 資格有効性.
        qualification_validity: Option<QualificationValidity> = "QualificationValidity",
        /// 処方箋の発行形態.
        prescription_issue_select: Option<PrescriptionIssue> = "PrescriptionIssueSelect",
        /// The results, none to several.
        results: Vec<QualificationResult> = "ResultList/ResultOfQualificationConfirmation",
        /// 照会番号 of the person, as bulk answers give them beside the results.
        reference_numbers: Vec<ReferenceNumber> = "ReferenceNumber",
        /// Echo of what was looked for.
        search_info: Option<SearchInfo> = "QualificationConfirmSearchInfo",
    }
}

impl QualificationAnswer {
    /// The results; none when there is no body.
    pub fn results(&self) -> &[QualificationResult] {
        self.body.as_ref().map_or(&[], |body| &body.results)
    }

    /// 資格有効性 as the message says it for the person.
    pub fn validity(&self) -> Option<&QualificationValidity> {
        self.body.as_ref()?.qualification_validity.as_ref()
    }

    /// True when message and person were processed normally. (A result may still be invalid.)
    pub fn is_processed(&self) -> bool {
        let segment = self
            .header
            .as_ref()
            .and_then(|h| h.segment_of_result.as_ref());
        let status = self
            .body
            .as_ref()
            .and_then(|b| b.processing_result_status.as_ref());
        segment == Some(&SegmentOfResult::Normal) && status == Some(&ProcessingStatus::Normal)
    }

    /// Validity of one result: its own where the service gives one, else that of the message. Code 6
    /// exists for medical assistance only: there it prevails wherever it stands, and about an insurance
    /// result it says no more than "valid". A message has one code for several results, so an insurance
    /// result that borrows a "valid" and names an end that has come is not valid.
    pub fn validity_of(&self, result: &QualificationResult) -> Option<QualificationValidity> {
        use QualificationValidity::{Invalid, Valid, ValidUnregistered};
        let message = self.validity();
        let own = result.qualification_validity.as_ref();
        let unregistered = [own, message].contains(&Some(&ValidUnregistered));
        match (result.is_medical_assistance(message), own, message) {
            (true, _, _) if unregistered => Some(ValidUnregistered),
            (false, Some(ValidUnregistered), _) => Some(Valid),
            (false, None, Some(Valid | ValidUnregistered)) if self.has_ended(result) => {
                Some(Invalid)
            }
            (false, None, Some(ValidUnregistered)) => Some(Valid),
            (_, own, message) => own.or(message).cloned(),
        }
    }

    /// True when the result's loss (from that day on) or expiry (after that day) lies before the day the
    /// qualification was judged on; without such a day a named loss counts.
    fn has_ended(&self, result: &QualificationResult) -> bool {
        let header = self.header.as_ref();
        let day = header.and_then(|header| header.qualification_confirmation_date.as_deref());
        let lost = result.disqualification_date.as_deref();
        let expires = result.insured_card_expiration_date.as_deref();
        match day.filter(|day| is_date(day)) {
            Some(day) => {
                lost.is_some_and(|lost| is_date(lost) && lost <= day)
                    || expires.is_some_and(|expires| is_date(expires) && expires < day)
            }
            None => lost.is_some(),
        }
    }
}
