//! Any message of the interface: told apart by its file name where that says it, else by its contents.

use crate::assumed;
use crate::bulk;
use crate::doubt::Doubts;
use crate::element::Element;
use crate::error::OqsError;
use crate::interfaces::{self, Interface, Part};
use crate::message::Message;
use crate::record::Value;

macro_rules! messages {
    ($($(#[$meta:meta])* $variant:ident($type:ty), $ja:literal, $en:literal, $assumed:literal;)*) => {
        /// Which message.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum MessageKind {
            $(#[doc = concat!($ja, ".")] $variant,)*
        }

        impl MessageKind {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Name in Japanese.
            pub fn ja(self) -> &'static str {
                match self { $(Self::$variant => $ja,)* }
            }

            /// Name in English.
            pub fn en(self) -> &'static str {
                match self { $(Self::$variant => $en,)* }
            }

            /// True when the form is an assumption of this project.
            pub fn is_assumed(self) -> bool {
                match self { $(Self::$variant => $assumed,)* }
            }

            /// The type's name in this crate.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant),)* }
            }
        }

        /// A message of any kind.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum TypedMessage {
            $(#[doc = concat!($ja, ".")] $variant(Box<$type>),)*
        }

        impl TypedMessage {
            /// Reads a message of a known kind from its root.
            pub fn from_element(kind: MessageKind, root: Element) -> Result<Self, OqsError> {
                Ok(match kind {
                    $(MessageKind::$variant => Self::$variant(Box::new(Message::from_element(root)?)),)*
                })
            }

            /// Its kind.
            pub fn kind(&self) -> MessageKind {
                match self { $(Self::$variant(_) => MessageKind::$variant,)* }
            }

            /// The message under its root.
            pub fn to_element(&self) -> Element {
                match self { $(Self::$variant(message) => message.to_element(),)* }
            }

            /// Walks through its values.
            pub(crate) fn walk(&self, doubts: &mut Doubts) {
                match self { $(Self::$variant(message) => Value::doubts(message.as_ref(), doubts),)* }
            }

            /// A message with parts filled at random.
            #[cfg(test)]
            pub(crate) fn any(kind: MessageKind, random: &mut crate::record::Random) -> Self {
                match kind {
                    $(MessageKind::$variant => Self::$variant(Box::new(Value::any(random))),)*
                }
            }
        }
    };
}

messages! {
    QualificationRequest(crate::QualificationRequest), "資格確認要求", "qualification request", false;
    QualificationAnswer(crate::QualificationAnswer), "資格確認結果", "qualification answer", false;
    ReferenceNumberRequest(crate::ReferenceNumberRequest), "照会番号登録要求", "reference number request", false;
    ReferenceNumberAnswer(crate::ReferenceNumberAnswer), "照会番号登録結果", "reference number answer", false;
    BulkQualificationRequest(bulk::BulkQualificationRequest), "資格確認一括照会要求", "bulk qualification request", false;
    TicketSearchRequest(bulk::TicketSearchRequest), "委託先資格情報の一括取得要求", "bulk ticket request", false;
    ConsentSearchRequest(bulk::ConsentSearchRequest), "同意済資格情報一括取得要求", "consented persons request", false;
    BulkReception(bulk::BulkReception), "一括処理の受付結果", "bulk reception", false;
    BulkDownloadRequest(bulk::BulkDownloadRequest), "一括処理のダウンロード要求", "bulk download request", false;
    BulkAnswer(bulk::BulkAnswer), "一括照会結果", "bulk answer", false;
    BulkRegistrationAnswer(crate::BulkRegistrationAnswer), "照会番号一括登録結果", "bulk registration answer", false;
    MedicinesRequest(crate::MedicinesRequest), "薬剤情報等の要求", "medicines request", false;
    MedicinesAnswer(crate::MedicinesAnswer), "薬剤情報等の結果", "medicines answer", true;
    CheckupsRequest(crate::CheckupsRequest), "特定健診情報の要求", "checkups request", false;
    CheckupsAnswer(crate::CheckupsAnswer), "特定健診情報の結果", "checkups answer", false;
    ReinquiryRequest(assumed::ReinquiryRequest), "再照会要求", "re-inquiry", true;
    WithdrawalRequest(assumed::WithdrawalRequest), "閲覧同意取り消し要求", "consent withdrawal", true;
    AccessUrlRequest(assumed::AccessUrlRequest), "アクセスURL取得要求", "mobile page address request", true;
    AccessUrlAnswer(assumed::AccessUrlAnswer), "アクセスURL取得結果", "mobile page address", true;
    SettingsRequest(assumed::SettingsRequest), "環境設定情報照会要求", "settings request", true;
    SettingsUpdateRequest(assumed::SettingsUpdateRequest), "環境設定情報更新要求", "settings change", true;
    SettingsAnswer(assumed::SettingsAnswer), "環境設定情報の結果", "settings answer", true;
    EmergencyRequest(assumed::EmergencyRequest), "救急時医療情報閲覧要求", "emergency viewing request", true;
    InformationAnswer(assumed::InformationAnswer), "医療情報の結果", "medical information answer", true;
    PasscodeRequest(assumed::PasscodeRequest), "目視確認用パスコード取得要求", "passcode request", true;
    PasscodeAnswer(assumed::PasscodeAnswer), "目視確認用パスコード取得結果", "passcode answer", true;
    InsuranceUseRequest(assumed::InsuranceUseRequest), "健康保険証利用登録要求", "registration for insurance use", true;
    SpecialInquiryRequest(assumed::SpecialInquiryRequest), "災害時・障害時の照会要求", "disaster or outage inquiry", true;
    OpeningAnswer(assumed::OpeningAnswer), "災害時・障害時の開放状況", "disaster and outage openings", true;
    UsageReport(assumed::UsageReport), "利用報告", "usage report", true;
    StatusAnswer(assumed::StatusAnswer), "処理結果", "status answer", true;
}

impl MessageKind {
    /// The kind of a message, by its file's name (without folders; may be empty) and its contents.
    pub fn detect(name: &str, root: &Element) -> Self {
        interfaces::of_file_name(name)
            .and_then(|(interface, part)| by_interface(interface, part, root))
            .unwrap_or_else(|| by_contents(root))
    }
}

fn by_interface(interface: &Interface, part: Part, root: &Element) -> Option<MessageKind> {
    use MessageKind as K;
    use Part::{Answer, Download, Final, Request};
    Some(match (interface.number, interface.prefix, part) {
        (1, _, Request) => K::QualificationRequest,
        (1 | 25 | 27, _, Answer) => K::QualificationAnswer,
        (3 | 9, _, Request) => K::ReferenceNumberRequest,
        (3, _, Answer) => K::ReferenceNumberAnswer,
        (5, _, Request) => K::BulkQualificationRequest,
        (13, _, Request) => K::TicketSearchRequest,
        (17 | 21, _, Request) => K::ConsentSearchRequest,
        (_, _, Answer) if interface.two_phase => K::BulkReception,
        (_, _, Download) => K::BulkDownloadRequest,
        (9, _, Final) => K::BulkRegistrationAnswer,
        (_, _, Final) => K::BulkAnswer,
        (25 | 27, _, Request) => K::ReinquiryRequest,
        (37, _, Request) => K::WithdrawalRequest,
        (39, _, Request) => K::AccessUrlRequest,
        (39, _, Answer) => K::AccessUrlAnswer,
        (41, _, Request) => K::SettingsRequest,
        (43, _, Request) => K::SettingsUpdateRequest,
        (41 | 43, _, Answer) => K::SettingsAnswer,
        (_, "TKKsiquc", Request) => K::CheckupsRequest,
        (_, "TKKsiquc", Answer) => K::CheckupsAnswer,
        (_, "YZKsiquc", Request) => K::MedicinesRequest,
        (_, "YZKsiquc", Answer) => K::MedicinesAnswer,
        _ => return Some(by_contents(root)),
    })
}

fn by_contents(root: &Element) -> MessageKind {
    use MessageKind as K;
    let part = |name: &str| root.children().iter().find(|part| part.name() == name);
    let (header, body) = (part("MessageHeader"), part("MessageBody"));
    let in_header = |name: &str| holds(header, name) > 0;
    let has = |name: &str| holds(body, name) > 0;
    let search = body.and_then(|body| {
        let mut children = body.children().iter();
        children.find(|child| child.name() == "QualificationConfirmSearchInfo")
    });
    let asks = |name: &str| holds(search, name) > 0;
    let answered = has("ProcessingResultStatus") || in_header("SegmentOfResult");
    if has("BulkConfirmUnit") {
        K::BulkAnswer
    } else if has("BulkRegistrationUnit") {
        K::BulkRegistrationAnswer
    } else if has("ReferenceNumberRegistrationInfo") {
        if answered {
            K::ReferenceNumberAnswer
        } else {
            K::ReferenceNumberRequest
        }
    } else if has("ResultList")
        || has("QualificationValidity")
        || has("ResultOfQualificationConfirmation")
    {
        K::QualificationAnswer
    } else if has("EnvironmentSettingInfo") {
        if answered {
            K::SettingsAnswer
        } else {
            K::SettingsUpdateRequest
        }
    } else if has("VisualConfirmationPasscode") {
        K::PasscodeAnswer
    } else if has("AccessUrl") {
        K::AccessUrlAnswer
    } else if has("UrlKind") {
        K::AccessUrlRequest
    } else if has("DisasterModeAvailableTime") || has("OutageModeAvailableTime") {
        K::OpeningAnswer
    } else if has("UsageFrom") {
        K::UsageReport
    } else if has("SpecialMode") {
        K::SpecialInquiryRequest
    } else if has("InformationRequest") {
        K::EmergencyRequest
    } else if has("RegistrationIdentifier") {
        K::InsuranceUseRequest
    } else if has("ConsentInvalidationReason") {
        K::WithdrawalRequest
    } else if has("MedicineList")
        && (has("CheckupList") || has("TreatmentList") || has("OperationList"))
    {
        K::InformationAnswer
    } else if has("ResultCode") {
        K::MedicinesAnswer
    } else if has("StartDate") {
        K::MedicinesRequest
    } else if has("FileCategory") {
        K::CheckupsRequest
    } else if asks("MedicalTreatmentMonth") {
        K::TicketSearchRequest
    } else if asks("ConsentDateFrom") || asks("ExaminationDateFrom") {
        K::ConsentSearchRequest
    } else if search.is_some() && has("MedicalTreatmentFlag") && !answered {
        K::ReinquiryRequest
    } else if holds(body, "QualificationConfirmSearchInfo") > 1 && !answered {
        K::BulkQualificationRequest
    } else if search.is_some() && !answered {
        K::QualificationRequest
    } else if in_header("ReceptionNumber") {
        K::BulkReception
    } else if has("ReceptionNumber") {
        K::BulkDownloadRequest
    } else {
        K::QualificationAnswer
    }
}

fn holds(element: Option<&Element>, name: &str) -> usize {
    element.map_or(0, |element| {
        element
            .children()
            .iter()
            .filter(|child| child.name() == name)
            .count()
    })
}
