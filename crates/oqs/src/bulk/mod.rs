//! Bulk calls, in two phases: a request gets a reception number (`…01req` → `…01res`), which is then asked for
//! until the service has finished (`…02req` → `…02res`, a message or a ZIP of one). IF-005–024.

mod search;
mod stream;

pub use search::{
    BulkQualificationRequest, BulkQualificationRequestBody, ConsentSearch, ConsentSearchBody,
    ConsentSearchPeriod, ConsentSearchRequest, TicketSearch, TicketSearchBody, TicketSearchRequest,
};
pub use stream::{BulkLimits, BulkPart, Form, read_bulk};

use crate::answer::{MessageHeader, QualificationAnswer, QualificationAnswerBody};
use crate::codes::{PrescriptionIssue, ProcessingStatus, QualificationValidity, SegmentOfResult};
use crate::message::message;
use crate::record::record;
use crate::request::SearchInfo;
use crate::result::QualificationResult;
use crate::values::ReferenceNumber;

record! {
    /// `…01res`: the service has taken the request (IF-006, 010, 014, 018, 022).
    pub struct BulkReception {
        /// Header; holds the reception number.
        header: Option<MessageHeader> = "MessageHeader",
        /// Body, usually none.
        body: Option<BulkReceptionBody> = "MessageBody",
    }
}
message!(BulkReception);

record! {
    /// Body of a reception.
    pub struct BulkReceptionBody {
        /// 処理結果状況.
        processing_result_status: Option<ProcessingStatus> = "ProcessingResultStatus",
        /// Verbatim.
        processing_result_code: Option<String> = "ProcessingResultCode",
        /// Verbatim.
        processing_result_message: Option<String> = "ProcessingResultMessage",
    }
}

record! {
    /// `…02req`: asks for what a reception number stands for (IF-007, 011, 015, 019, 023).
    pub struct BulkDownloadRequest {
        /// Header.
        header: Option<MessageHeader> = "MessageHeader",
        /// Body.
        body: Option<BulkDownloadBody> = "MessageBody",
    }
}
message!(BulkDownloadRequest);

record! {
    /// Body of a download request: nothing but the number.
    pub struct BulkDownloadBody {
        /// 受付番号.
        reception_number: Option<String> = "ReceptionNumber",
    }
}

record! {
    /// `…02res`: the persons found (IF-008, 016, 020, 024). Large ones are read with [`read_bulk`].
    pub struct BulkAnswer {
        /// Header with reception number and counts.
        header: Option<MessageHeader> = "MessageHeader",
        /// Body.
        body: Option<BulkAnswerBody> = "MessageBody",
    }
}
message!(BulkAnswer);

record! {
    /// Body of a bulk answer.
    pub struct BulkAnswerBody {
        /// One for each person.
        units: Vec<BulkConfirmUnit> = "BulkConfirmUnit",
    }
}

record! {
    /// One person of a bulk answer. Results stand right under it in some files and under `ResultList` in others;
    /// both are read.
    pub struct BulkConfirmUnit {
        /// Echo of what was looked for.
        search_info: Option<SearchInfo> = "QualificationConfirmSearchInfo",
        /// 処理結果状況 of the person.
        processing_result_status: Option<ProcessingStatus> = "ProcessingResultStatus",
        /// Verbatim.
        processing_result_code: Option<String> = "ProcessingResultCode",
        /// Verbatim.
        processing_result_message: Option<String> = "ProcessingResultMessage",
        /// 資格有効性.
        qualification_validity: Option<QualificationValidity> = "QualificationValidity",
        /// 処方箋の発行形態: known here as in a single answer, which the unit becomes.
        prescription_issue_select: Option<PrescriptionIssue> = "PrescriptionIssueSelect",
        /// The results, none to several.
        results: Vec<QualificationResult> = "(ResultList)/ResultOfQualificationConfirmation",
        /// 照会番号, none to several.
        reference_numbers: Vec<ReferenceNumber> = "ReferenceNumber",
    }
}

/// How a bulk call stands, by its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BulkState {
    /// Finished: the persons are in the message.
    Finished,
    /// Still working: ask again later.
    Working,
    /// Failed; code and words of the service, verbatim.
    Failed {
        /// Code.
        code: String,
        /// Words.
        message: String,
    },
}

impl MessageHeader {
    /// How a bulk call stands. A header that doesn't say is a failure: nothing is taken for finished by guess.
    pub fn bulk_state(&self) -> BulkState {
        match &self.segment_of_result {
            Some(SegmentOfResult::Normal) => BulkState::Finished,
            Some(SegmentOfResult::InProgress) => BulkState::Working,
            _ => BulkState::Failed {
                code: self.error_code.clone().unwrap_or_default(),
                message: self.error_message.clone().unwrap_or_default(),
            },
        }
    }
}

impl BulkReception {
    /// The reception number of a request that was taken.
    pub fn reception_number(&self) -> Option<&str> {
        let header = self.header.as_ref()?;
        let number = header.reception_number.as_deref()?.trim();
        let taken = !matches!(header.bulk_state(), BulkState::Failed { .. });
        (taken && !number.is_empty()).then_some(number)
    }
}

impl BulkDownloadRequest {
    /// Asks for a reception number.
    pub fn new(institution_code: &str, reception_number: &str, identifier: &str) -> Self {
        Self {
            header: Some(MessageHeader {
                medical_institution_code: Some(institution_code.to_owned()),
                arbitrary_file_identifier: Some(identifier.to_owned()),
                ..MessageHeader::default()
            }),
            body: Some(BulkDownloadBody {
                reception_number: Some(reception_number.to_owned()),
                extra: Vec::new(),
            }),
            extra: Vec::new(),
        }
    }
}

impl BulkConfirmUnit {
    /// The unit as a qualification answer of its own, under the header of its message: so it passes the same
    /// withholding (invariant 6) and is shown in the same words.
    pub fn into_answer(self, header: &MessageHeader) -> QualificationAnswer {
        let mut header = header.clone();
        header.segment_of_result = Some(SegmentOfResult::Normal);
        header.number_of_results = None;
        header.number_of_normal = None;
        header.number_of_errors = None;
        let mut results = self.results;
        // The one number of the person belongs to each result, as in single answers; several stay beside them.
        if let [number] = self.reference_numbers.as_slice() {
            for result in &mut results {
                result
                    .reference_number
                    .get_or_insert_with(|| number.clone());
            }
        }
        QualificationAnswer {
            header: Some(header),
            body: Some(QualificationAnswerBody {
                processing_result_status: self.processing_result_status,
                processing_result_code: self.processing_result_code,
                processing_result_message: self.processing_result_message,
                qualification_validity: self.qualification_validity,
                prescription_issue_select: self.prescription_issue_select,
                results,
                reference_numbers: self.reference_numbers,
                search_info: self.search_info,
                extra: self.extra,
            }),
            extra: Vec::new(),
        }
    }
}
