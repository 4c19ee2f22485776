//! IF-003/004 and IF-009–012: registering a 照会番号 (the clinic's patient ID) for a person, singly and in bulk,
//! so that the card works as 診察券 (YUKI-ENT/MynaReception, registration documents).

use crate::answer::MessageHeader;
use crate::codes::ProcessingStatus;
use crate::error::OqsError;
use crate::message::message;
use crate::record::record;
use crate::values::{InsurerNumber, ReferenceNumber, Text};

record! {
    /// IF-003 (one person) and IF-009 (several): a request to register reference numbers.
    pub struct ReferenceNumberRequest {
        /// Header.
        header: Option<MessageHeader> = "MessageHeader",
        /// Body.
        body: Option<ReferenceNumberRequestBody> = "MessageBody",
    }
}
message!(ReferenceNumberRequest);

record! {
    /// Body of the request.
    pub struct ReferenceNumberRequestBody {
        /// Whose number: one in a single call.
        registrations: Vec<ReferenceNumberRegistration> = "ReferenceNumberRegistrationInfo",
    }
}

record! {
    /// 照会番号登録情報: a person's insurance and the number to be registered for it.
    pub struct ReferenceNumberRegistration {
        /// 照会番号, at most 50 characters.
        reference_number: Option<ReferenceNumber> = "ReferenceNumber",
        /// 保険者番号, 8 characters padded on the left.
        insurer_number: Option<InsurerNumber> = "InsurerNumber",
        /// 記号.
        insured_card_symbol: Option<Text<20>> = "InsuredCardSymbol",
        /// 番号.
        insured_identification_number: Option<Text<20>> = "InsuredIdentificationNumber",
        /// 枝番, needed except for 後期高齢者.
        insured_branch_number: Option<Text<2>> = "InsuredBranchNumber",
    }
}

record! {
    /// IF-004: the answer to a single registration.
    pub struct ReferenceNumberAnswer {
        /// Header.
        header: Option<MessageHeader> = "MessageHeader",
        /// Body.
        body: Option<RegistrationOutcome> = "MessageBody",
    }
}
message!(ReferenceNumberAnswer);

record! {
    /// What became of one registration: the body of a single answer, a unit of a bulk answer.
    pub struct RegistrationOutcome {
        /// 処理結果状況.
        processing_result_status: Option<ProcessingStatus> = "ProcessingResultStatus",
        /// Verbatim.
        processing_result_code: Option<String> = "ProcessingResultCode",
        /// Verbatim.
        processing_result_message: Option<String> = "ProcessingResultMessage",
        /// Echo of what was asked.
        registration: Option<ReferenceNumberRegistration> = "ReferenceNumberRegistrationInfo",
    }
}

record! {
    /// IF-012: the final answer to a bulk registration.
    pub struct BulkRegistrationAnswer {
        /// Header with reception number and counts.
        header: Option<MessageHeader> = "MessageHeader",
        /// Body.
        body: Option<BulkRegistrationBody> = "MessageBody",
    }
}
message!(BulkRegistrationAnswer);

record! {
    /// Body of the final answer.
    pub struct BulkRegistrationBody {
        /// One for each person.
        units: Vec<RegistrationOutcome> = "BulkRegistrationUnit",
    }
}

impl ReferenceNumberRegistration {
    /// A registration as a receipt computer gives it; texts are trimmed, empty optional ones left out.
    ///
    /// # Errors
    /// The reference number can't be registered.
    pub fn new(
        reference_number: &str,
        insurer_number: &str,
        symbol: &str,
        number: &str,
        branch: &str,
    ) -> Result<Self, OqsError> {
        let some = |text: &str| {
            Some(text.trim())
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        Ok(Self {
            reference_number: Some(ReferenceNumber::new(reference_number)?),
            insurer_number: Some(InsurerNumber::padded(insurer_number)),
            insured_card_symbol: some(symbol).map(Into::into),
            insured_identification_number: some(number).map(Into::into),
            insured_branch_number: some(branch).map(Into::into),
            extra: Vec::new(),
        })
    }
}

impl ReferenceNumberRequest {
    /// A request for these registrations; `identifier` is echoed by the service.
    pub fn new(
        institution_code: &str,
        registrations: Vec<ReferenceNumberRegistration>,
        identifier: &str,
    ) -> Self {
        Self {
            header: Some(MessageHeader {
                medical_institution_code: Some(institution_code.to_owned()),
                arbitrary_file_identifier: Some(identifier.to_owned()),
                ..MessageHeader::default()
            }),
            body: Some(ReferenceNumberRequestBody {
                registrations,
                extra: Vec::new(),
            }),
            extra: Vec::new(),
        }
    }
}

impl RegistrationOutcome {
    /// True when the number was registered.
    pub fn is_registered(&self) -> bool {
        self.processing_result_status == Some(ProcessingStatus::Normal)
    }
}
