//! IF-041–044: the institution's settings at the service (環境設定), above all whether medical assistance is used.

use super::header;
use crate::answer::MessageHeader;
use crate::codes::{
    EmergencyAuthority, LinkedSystem, PrescriptionChoiceTime, PrescriptionUse, ProcessingStatus,
    Use,
};
use crate::message::message;
use crate::record::record;

record! {
    /// IF-041: what are the settings?
    pub struct SettingsRequest {
        /// Header; there is no body.
        header: Option<MessageHeader> = "MessageHeader",
    }
}
message!(SettingsRequest);

record! {
    /// IF-043: change settings.
    pub struct SettingsUpdateRequest {
        /// Header.
        header: Option<MessageHeader> = "MessageHeader",
        /// Body.
        body: Option<SettingsUpdateRequestBody> = "MessageBody",
    }
}
message!(SettingsUpdateRequest);

record! {
    /// Body of a change: what is left out stays as it is.
    pub struct SettingsUpdateRequestBody {
        /// The settings to be changed.
        settings: Option<InstitutionSettings> = "EnvironmentSettingInfo",
    }
}

record! {
    /// IF-042 and IF-044: the settings as they stand now.
    pub struct SettingsAnswer {
        /// Header.
        header: Option<MessageHeader> = "MessageHeader",
        /// Body.
        body: Option<SettingsAnswerBody> = "MessageBody",
    }
}
message!(SettingsAnswer);

record! {
    /// Body of the answer.
    pub struct SettingsAnswerBody {
        /// 処理結果状況.
        status: Option<ProcessingStatus> = "ProcessingResultStatus",
        /// Verbatim.
        code: Option<String> = "ProcessingResultCode",
        /// Verbatim.
        message: Option<String> = "ProcessingResultMessage",
        /// The settings.
        settings: Option<InstitutionSettings> = "EnvironmentSettingInfo",
    }
}

record! {
    /// The settings of an institution.
    pub struct InstitutionSettings {
        /// 医療扶助を利用する.
        medical_assistance: Option<Use> = "MedicalAssistanceUse",
        /// 訪問診療等機能.
        visiting_care: Option<Use> = "VisitingCareUse",
        /// オンライン診療等・外来診療等(通常とは異なる動線).
        online_care: Option<Use> = "OnlineCareUse",
        /// 電子処方箋.
        prescriptions: Option<PrescriptionUse> = "ElectronicPrescriptionUse",
        /// When the form of the prescription is chosen.
        prescription_choice: Option<PrescriptionChoiceTime> = "PrescriptionChoiceTime",
        /// 救急時医療情報閲覧の権限.
        emergency_authority: Option<EmergencyAuthority> = "EmergencyViewingAuthority",
        /// 連携システム.
        linked_systems: Vec<LinkedSystem> = "LinkedSystemList/LinkedSystem",
    }
}

impl SettingsRequest {
    /// Asks for the settings.
    pub fn new(institution_code: &str, identifier: &str) -> Self {
        Self {
            header: header(institution_code, identifier),
            extra: Vec::new(),
        }
    }
}

impl SettingsUpdateRequest {
    /// Changes what `settings` names.
    pub fn new(institution_code: &str, settings: InstitutionSettings, identifier: &str) -> Self {
        Self {
            header: header(institution_code, identifier),
            body: Some(SettingsUpdateRequestBody {
                settings: Some(settings),
                extra: Vec::new(),
            }),
            extra: Vec::new(),
        }
    }
}

impl SettingsAnswer {
    /// The settings of an answer that was processed normally.
    pub fn settings(&self) -> Option<&InstitutionSettings> {
        let body = self.body.as_ref()?;
        (body.status == Some(ProcessingStatus::Normal))
            .then_some(body.settings.as_ref())
            .flatten()
    }
}
