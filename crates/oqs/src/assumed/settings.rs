//! IF-041–044: the institution's settings at the service (環境設定), above all whether medical assistance is used.

use super::header;
use crate::answer::MessageHeader;
use crate::codes::{
    EmergencyAuthority, LinkedSystem, PrescriptionChoiceTime, PrescriptionUse, ProcessingStatus,
    Use,
};
use crate::element::{Content, Element};
use crate::labels;
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

/// A setting in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownSetting {
    /// The element.
    pub name: String,
    /// What it is, in Japanese; its element's name where it is not known here.
    pub ja: String,
    /// The same in English.
    pub en: String,
    /// How it stands, in Japanese; a code that is not known stands for itself.
    pub value_ja: String,
    /// The same in English.
    pub value_en: String,
}

impl InstitutionSettings {
    /// The settings that this terminal changes nothing about, for people to read: electronic prescriptions, when their form is chosen,
    /// the authority for emergencies, linked systems, and every element that is not known here by its own name.
    pub fn others(&self) -> Vec<ShownSetting> {
        let shown = |name: &str, values: Option<(&str, &str)>| {
            let (value_ja, value_en) = values?;
            let (ja, en) = labels::of(name).unwrap_or((name, name));
            Some(ShownSetting {
                name: name.to_owned(),
                ja: ja.to_owned(),
                en: en.to_owned(),
                value_ja: value_ja.to_owned(),
                value_en: value_en.to_owned(),
            })
        };
        let prescriptions = self.prescriptions.as_ref().map(|one| (one.ja(), one.en()));
        let choice = self.prescription_choice.as_ref();
        let authority = self.emergency_authority.as_ref();
        let known = [
            shown("ElectronicPrescriptionUse", prescriptions),
            shown(
                "PrescriptionChoiceTime",
                choice.map(|one| (one.ja(), one.en())),
            ),
            shown(
                "EmergencyViewingAuthority",
                authority.map(|one| (one.ja(), one.en())),
            ),
        ];
        let linked = self.linked_systems.iter();
        let linked = linked.map(|one| shown("LinkedSystem", Some((one.ja(), one.en()))));
        let mut all: Vec<_> = known.into_iter().chain(linked).flatten().collect();
        for element in &self.extra {
            let text = text_of(element);
            all.extend(shown(element.name(), Some((&text, &text))));
        }
        all
    }
}

/// The texts of an element and of all below it.
fn text_of(element: &Element) -> String {
    match &element.content {
        Content::Text(text) => text.trim().to_owned(),
        Content::Children(children) => {
            let parts = children.iter();
            let parts: Vec<_> = parts
                .map(|child| format!("{} {}", child.name(), text_of(child)))
                .collect();
            parts.join(", ")
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;

    /// Nothing of what the service tells is lost: settings in words, codes and elements that are not known here as they came.
    #[test]
    fn every_other_setting_is_shown() {
        let json = r#"{"XmlMsg":{"MessageHeader":{},"MessageBody":{"ProcessingResultStatus":"1","EnvironmentSettingInfo":{
            "MedicalAssistanceUse":"1","ElectronicPrescriptionUse":"1","PrescriptionChoiceTime":"7",
            "LinkedSystemList":[{"LinkedSystem":"04"},{"LinkedSystem":"08"}],
            "BrandNewUse":"1","BrandNewHours":{"From":"0900","To":"1700"}}}}}"#;
        let answer = SettingsAnswer::from_json(json.as_bytes()).unwrap();
        let others = answer.settings().unwrap().others();
        let shown: Vec<_> = others
            .iter()
            .map(|one| {
                (
                    one.ja.as_str(),
                    one.value_ja.as_str(),
                    one.value_en.as_str(),
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("電子処方箋", "電子のみ", "electronic only"),
                ("処方箋形態の選択時期", "7", "7"),
                ("連携システム", "予防接種", "vaccination"),
                ("連携システム", "介護保険", "nursing care insurance"),
                ("BrandNewUse", "1", "1"),
                ("BrandNewHours", "From 0900, To 1700", "From 0900, To 1700"),
            ]
        );
        assert!(InstitutionSettings::default().others().is_empty());
    }
}
