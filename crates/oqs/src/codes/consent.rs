//! Codes of consents and of medical information (OQSCD001, 016, 028–031, 036, 040–043).

use super::Table;

pub(super) const CONSENT_TABLES: &[Table] = &[
    Table {
        number: 1,
        name: "LimitConsent",
        values: LimitConsent::VALUES,
    },
    Table {
        number: 16,
        name: "ConsentFlag",
        values: ConsentFlag::VALUES,
    },
    Table {
        number: 28,
        name: "CareKind",
        values: CareKind::VALUES,
    },
    Table {
        number: 29,
        name: "MedicalInfoKind",
        values: MedicalInfoKind::VALUES,
    },
    Table {
        number: 30,
        name: "ShowMedicines",
        values: ShowMedicines::VALUES,
    },
    Table {
        number: 31,
        name: "WithdrawalReason",
        values: WithdrawalReason::VALUES,
    },
    Table {
        number: 36,
        name: "ViewingConsentKind",
        values: ViewingConsentKind::VALUES,
    },
    Table {
        number: 40,
        name: "InformationRequest",
        values: InformationRequest::VALUES,
    },
    Table {
        number: 41,
        name: "FactorElement",
        values: FactorElement::VALUES,
    },
    Table {
        number: 42,
        name: "KnowledgeFactor",
        values: KnowledgeFactor::VALUES,
    },
    Table {
        number: 42,
        name: "BiometricFactor",
        values: BiometricFactor::VALUES,
    },
    Table {
        number: 42,
        name: "PossessionFactor",
        values: PossessionFactor::VALUES,
    },
    Table {
        number: 43,
        name: "EmergencyAuthority",
        values: EmergencyAuthority::VALUES,
    },
];

code! {
    /// 限度額適用認定証の同意 (OQSCD001).
    pub enum LimitConsent(1) {
        No = "0", "未同意", "no";
        Yes = "1", "同意", "yes";
    }
}
code! {
    /// 同意区分 (OQSCD016).
    pub enum ConsentFlag(16) {
        No = "0", "同意なし", "no";
        Yes = "1", "同意あり", "yes";
        Expired = "2", "有効期限切れ", "expired";
        CouldNotObtain = "3", "同意取得困難", "could not be obtained";
    }
}
code! {
    /// 診療区分 (OQSCD028).
    pub enum CareKind(28) {
        Outpatient = "1", "外来", "at the institution";
        Visiting = "2", "訪問診療等", "visiting care";
        Online = "3", "オンライン診療等", "online care and the alternative route";
        Emergency = "4", "救急時", "emergency";
    }
}
code! {
    /// 医療情報種別 (OQSCD029).
    pub enum MedicalInfoKind(29) {
        Checkups = "TKK", "特定健診情報", "checkups";
        Medicines = "YZK", "薬剤情報", "medicines";
    }
}
code! {
    /// 薬剤情報等の表示 (OQSCD030).
    pub enum ShowMedicines(30) {
        No = "0", "表示しない", "not shown";
        Yes = "1", "表示する", "shown";
    }
}
code! {
    /// 同意失効理由 (OQSCD031).
    pub enum WithdrawalReason(31) {
        FormDependent = "0", "様式による", "depends on the form";
        ByInstitution = "1", "医療機関等による取消", "withdrawn by the institution";
        ByPatient = "2", "患者による取消", "withdrawn by the patient";
        PurposeChanged = "3", "用途変更", "the purpose changed";
    }
}
code! {
    /// 閲覧同意種別 (OQSCD036).
    pub enum ViewingConsentKind(36) {
        SpecificDiseases = "TSR", "特定疾病療養受療証情報", "specific disease certificate";
        Checkups = "TKK", "特定健診情報", "checkups";
        Medicines = "YZK", "薬剤情報", "medicines";
        Treatment = "SRJ", "診療情報", "treatment";
        Operations = "SHJ", "手術情報", "operations";
    }
}
code! {
    /// 情報要求 (OQSCD040), in emergency viewing.
    pub enum InformationRequest(40) {
        EmergencySummary = "1", "救急サマリー", "emergency summary";
        EmergencyFull = "2", "救急全量", "everything for an emergency";
        BothAndPrescriptions = "3", "両方と電子処方箋", "both, and electronic prescriptions";
        Medicines = "4", "薬剤情報", "medicines";
        TreatmentAndMedicines = "5", "診療/薬剤情報", "treatment and medicines";
        Checkups = "6", "健診情報", "checkups";
    }
}
code! {
    /// 二要素認証の要素 (OQSCD041).
    pub enum FactorElement(41) {
        Knowledge = "1", "記憶", "knowledge";
        Biometric = "2", "生体", "biometric";
        Possession = "3", "物理", "possession";
    }
}
code! {
    /// 二要素認証の方式, 記憶 (OQSCD042): its meaning depends on the element of OQSCD041.
    pub enum KnowledgeFactor(42) {
        Password = "01", "ID/パスワード", "user and password";
        Pin = "02", "PIN", "PIN";
        Question = "03", "秘密の質問", "secret question";
    }
}
code! {
    /// 二要素認証の方式, 生体 (OQSCD042).
    pub enum BiometricFactor(42) {
        Fingerprint = "01", "指紋", "fingerprint";
        Face = "02", "顔", "face";
        Voice = "03", "音声", "voice";
        Vein = "04", "静脈", "veins";
        Iris = "05", "虹彩", "iris";
    }
}
code! {
    /// 二要素認証の方式, 物理 (OQSCD042).
    pub enum PossessionFactor(42) {
        IcCard = "01", "ICカード", "IC card";
        OneTimePassword = "02", "ワンタイムパスワード", "one-time password";
        Other = "03", "その他", "other";
    }
}
code! {
    /// 救急時医療情報閲覧の権限 (OQSCD043).
    pub enum EmergencyAuthority(43) {
        No = "0", "なし", "no";
        Yes = "1", "あり", "yes";
    }
}
