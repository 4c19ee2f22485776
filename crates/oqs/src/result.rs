//! ResultOfQualificationConfirmation: one qualification of a person, with its certificates and tickets.

use crate::codes::{
    CardClassification, ConsentFlag, Consistency, DiseaseCategory, InstitutionMatch, LimitCategory,
    LimitCertificateKind, LimitChanged, PersonalFamily, Preschool, PrescriptionIssue,
    QualificationValidity, ReasonOfLoss, Sex, SingleOrCombined, TicketType, TreatmentType, YesNo,
};
use crate::element::Element;
use crate::record::record;
use crate::values::{Date, InsurerNumber, Month, ReferenceNumber, Text, Timestamp};

record! {
    /// One qualification (資格確認結果). In a medical-assistance result (A1) 公費負担者番号 stands in
    /// `insurer_number`, 受給者番号 in `insured_identification_number`, 福祉事務所名 in `insurer_name`.
    pub struct QualificationResult {
        /// 証区分.
        insured_card_classification: Option<CardClassification> = "InsuredCardClassification",
        /// 資格有効性 of this result. Public samples show it on the message only; read here too, as a
        /// message with insurance and assistance needs both.
        qualification_validity: Option<QualificationValidity> = "QualificationValidity",
        /// 保険者番号 or 公費負担者番号, padding kept; see [`QualificationResult::insurer_number_trimmed`].
        insurer_number: Option<InsurerNumber> = "InsurerNumber",
        /// 記号.
        insured_card_symbol: Option<Text<20>> = "InsuredCardSymbol",
        /// 番号 or 受給者番号.
        insured_identification_number: Option<Text<20>> = "InsuredIdentificationNumber",
        /// 枝番.
        insured_branch_number: Option<Text<2>> = "InsuredBranchNumber",
        /// 本人・家族.
        personal_family_classification: Option<PersonalFamily> = "PersonalFamilyClassification",
        /// 被保険者(世帯主)氏名.
        insured_name: Option<String> = "InsuredName",
        /// 氏名, parts separated by a full-width space.
        name: Option<String> = "Name",
        /// 氏名(その他): a customary name.
        name_of_other: Option<String> = "NameOfOther",
        /// 氏名カナ, half-width.
        name_kana: Option<String> = "NameKana",
        /// 氏名(その他)カナ.
        name_of_other_kana: Option<String> = "NameOfOtherKana",
        /// 性別1.
        sex1: Option<Sex> = "Sex1",
        /// 性別2, under special handling only.
        sex2: Option<Sex> = "Sex2",
        /// Birth date, yyyyMMdd.
        birthdate: Option<Date> = "Birthdate",
        /// 住所.
        address: Option<String> = "Address",
        /// 郵便番号.
        post_number: Option<String> = "PostNumber",
        /// 資格取得日; for assistance 保護開始・再開日.
        qualification_date: Option<Date> = "QualificationDate",
        /// 資格喪失日; for assistance 停止・廃止日.
        disqualification_date: Option<Date> = "DisqualificationDate",
        /// 被保険者証交付日.
        insured_certificate_issuance_date: Option<Date> = "InsuredCertificateIssuanceDate",
        /// 有効開始日.
        insured_card_valid_date: Option<Date> = "InsuredCardValidDate",
        /// 有効終了日.
        insured_card_expiration_date: Option<Date> = "InsuredCardExpirationDate",
        /// 一部負担金割合, three digits, percent (`010` = 10 %).
        insured_partial_contribution_ratio: Option<String> = "InsuredPartialContributionRatio",
        /// 未就学区分.
        preschool_classification: Option<Preschool> = "PreschoolClassification",
        /// 資格喪失事由.
        reason_of_loss: Option<ReasonOfLoss> = "ReasonOfLoss",
        /// 保険者名称 or 福祉事務所名.
        insurer_name: Option<String> = "InsurerName",
        /// 高齢受給者証.
        elderly_recipient_certificate: Option<ElderlyRecipientCertificate> = "ElderlyRecipientCertificateInfo",
        /// 限度額適用認定証 consent.
        limit_certificate_consent: Option<ConsentFlag> = "LimitApplicationCertificateRelatedConsFlg",
        /// Time of that consent.
        limit_certificate_consent_time: Option<Timestamp> = "LimitApplicationCertificateRelatedConsTime",
        /// 限度額適用認定証.
        limit_certificate: Option<LimitCertificate> = "LimitApplicationCertificateRelatedInfo",
        /// 限度額情報の変更, in bulk answers in place of the certificate.
        limit_certificate_changed: Option<LimitChanged> = "LimitApplicationCertificateChanged",
        /// 特定疾病療養受療証 consent.
        specific_diseases_consent: Option<ConsentFlag> = "SpecificDiseasesCertificateRelatedConsFlg",
        /// Time of that consent.
        specific_diseases_consent_time: Option<Timestamp> = "SpecificDiseasesCertificateRelatedConsTime",
        /// 特定疾病療養受療証.
        specific_diseases: Vec<SpecificDisease> = "SpecificDiseasesCertificateList/SpecificDiseasesCertificateInfo",
        /// 医療券・調剤券.
        tickets: Vec<MedicalTicket> = "PublicExpenseResultList/MedicalTicketInfo",
        /// 特定健診情報 consent.
        checkups_consent: Option<ConsentFlag> = "SpecificHealthCheckupsInfoConsFlg",
        /// Time of consent, yyyyMMddHHmmss (Japan time).
        checkups_consent_time: Option<Timestamp> = "SpecificHealthCheckupsInfoConsTime",
        /// End of availability, yyyyMMddHHmmss (Japan time).
        checkups_available_time: Option<Timestamp> = "SpecificHealthCheckupsInfoAvailableTime",
        /// 薬剤情報 consent.
        medicines_consent: Option<ConsentFlag> = "PharmacistsInfoConsFlg",
        /// Time of consent.
        medicines_consent_time: Option<Timestamp> = "PharmacistsInfoConsTime",
        /// End of availability.
        medicines_available_time: Option<Timestamp> = "PharmacistsInfoAvailableTime",
        /// 診療情報 consent.
        treatment_consent: Option<ConsentFlag> = "DiagnosisInfoConsFlg",
        /// Time of consent.
        treatment_consent_time: Option<Timestamp> = "DiagnosisInfoConsTime",
        /// End of availability.
        treatment_available_time: Option<Timestamp> = "DiagnosisInfoAvailableTime",
        /// 手術情報 consent.
        operations_consent: Option<ConsentFlag> = "OperationInfoConsFlg",
        /// Time of consent.
        operations_consent_time: Option<Timestamp> = "OperationInfoConsTime",
        /// End of availability.
        operations_available_time: Option<Timestamp> = "OperationInfoAvailableTime",
        /// 傷病名 (part of 手術情報) consent, since 2025.
        diagnosis_names_consent: Option<ConsentFlag> = "DiagnosisNameConsFlg",
        /// Time of consent.
        diagnosis_names_consent_time: Option<Timestamp> = "DiagnosisNameConsTime",
        /// End of availability.
        diagnosis_names_available_time: Option<Timestamp> = "DiagnosisNameAvailableTime",
        /// 感染症情報 (part of 手術情報) consent, since 2025.
        infections_consent: Option<ConsentFlag> = "InfectiousInfoConsFlg",
        /// Time of consent.
        infections_consent_time: Option<Timestamp> = "InfectiousInfoConsTime",
        /// End of availability.
        infections_available_time: Option<Timestamp> = "InfectiousInfoAvailableTime",
        /// アレルギー情報 (part of 診療情報) consent, since 2025.
        allergies_consent: Option<ConsentFlag> = "AllergyInfoConsFlg",
        /// Time of consent.
        allergies_consent_time: Option<Timestamp> = "AllergyInfoConsTime",
        /// End of availability.
        allergies_available_time: Option<Timestamp> = "AllergyInfoAvailableTime",
        /// 薬剤アレルギー等 (part of 診療情報) consent, since 2025.
        contraindications_consent: Option<ConsentFlag> = "ContraindicationInfoConsFlg",
        /// Time of consent.
        contraindications_consent_time: Option<Timestamp> = "ContraindicationInfoConsTime",
        /// End of availability.
        contraindications_available_time: Option<Timestamp> = "ContraindicationInfoAvailableTime",
        /// 検査情報 (part of 診療情報) consent, since 2025.
        tests_consent: Option<ConsentFlag> = "TestInfoConsFlg",
        /// Time of consent.
        tests_consent_time: Option<Timestamp> = "TestInfoConsTime",
        /// End of availability.
        tests_available_time: Option<Timestamp> = "TestInfoAvailableTime",
        /// 処方情報 (part of 薬剤情報) consent, since 2025.
        prescriptions_consent: Option<ConsentFlag> = "PrescriptionInfoConsFlg",
        /// Time of consent.
        prescriptions_consent_time: Option<Timestamp> = "PrescriptionInfoConsTime",
        /// End of availability.
        prescriptions_available_time: Option<Timestamp> = "PrescriptionInfoAvailableTime",
        /// 照会番号: carries the clinic's patient ID.
        reference_number: Option<ReferenceNumber> = "ReferenceNumber",
        /// Free, echoed.
        arbitrary_identifier: Option<String> = "ArbitraryIdentifier",
        /// 処方箋の発行形態.
        prescription_issue_select: Option<PrescriptionIssue> = "PrescriptionIssueSelect",
    }
}

record! {
    /// 医療券・調剤券 (MedicalTicketInfo).
    pub struct MedicalTicket {
        /// 券別.
        ticket_type: Option<TicketType> = "TicketType",
        /// 有効開始年月日, yyyyMMdd.
        valid_date: Option<Date> = "MedicalTicketValidDate",
        /// 有効終了年月日, yyyyMMdd.
        expiration_date: Option<Date> = "MedicalTicketExpirationDate",
        /// 交付番号.
        issue_number: Option<String> = "IssueNumber",
        /// 診療年月, yyyyMM.
        treatment_month: Option<Month> = "MedicalTreatmentMonth",
        /// 指定医療機関コード.
        institution_code: Option<String> = "DesignatedMedicalInstitutionCode",
        /// 指定医療機関確認.
        institution_flag: Option<InstitutionMatch> = "DesignatedMedicalInstitutionFlag",
        /// 指定医療機関名.
        institution_name: Option<String> = "DesignatedMedicalInstitutionName",
        /// 処方箋発行元医療機関コード (dispensing tickets).
        prescription_issuer_code: Option<String> = "PrescriptionIssuerMedicalInstitutionCode",
        /// 処方箋発行元医療機関名.
        prescription_issuer_name: Option<String> = "PrescriptionIssuerMedicalInstitutionName",
        /// 傷病名1.
        injury_name1: Option<String> = "InjuryName1",
        /// 傷病名2.
        injury_name2: Option<String> = "InjuryName2",
        /// 傷病名3.
        injury_name3: Option<String> = "InjuryName3",
        /// 診療別.
        treatment_type: Option<TreatmentType> = "MedicalTreatmentType",
        /// 本人支払額, yen.
        self_pay_amount: Option<String> = "SelfPayAmount",
        /// 地区担当員名.
        district_contact_name: Option<String> = "DistrictContactName",
        /// 取扱担当者名.
        handling_contact_name: Option<String> = "HandlingContactName",
        /// 単独・併用.
        single_or_combined_use: Option<SingleOrCombined> = "SingleOrCombinedUse",
        /// 社会保険.
        social_insurance: Option<YesNo> = "StatusOfSocialInsurance",
        /// 社保整合性: 1 when inconsistent.
        consistency_flag: Option<Consistency> = "ConsistencyFlag",
        /// 感染症法37条の2. The element is spelled so on the wire.
        infection: Option<YesNo> = "StatusOfInfecton",
        /// 後期高齢者医療.
        elderly_medical_care: Option<YesNo> = "StatusOfElderlyMedicalCare",
        /// 都道府県費.
        prefectural_expenses: Option<YesNo> = "StatusOfPrefecturalExpenses",
        /// 備考1.
        remarks1: Option<String> = "Remarks1",
        /// 備考2.
        remarks2: Option<String> = "Remarks2",
        /// 備考3.
        remarks3: Option<String> = "Remarks3",
    }
}

record! {
    /// 高齢受給者証情報.
    pub struct ElderlyRecipientCertificate {
        /// 交付日.
        date: Option<Date> = "ElderlyRecipientCertificateDate",
        /// 有効開始日.
        valid_start_date: Option<Date> = "ElderlyRecipientValidStartDate",
        /// 有効終了日.
        valid_end_date: Option<Date> = "ElderlyRecipientValidEndDate",
        /// 一部負担金割合.
        contribution_ratio: Option<String> = "ElderlyRecipientContributionRatio",
    }
}

record! {
    /// 限度額適用認定証情報.
    pub struct LimitCertificate {
        /// 限度額適用認定証区分.
        classification: Option<LimitCertificateKind> = "LimitApplicationCertificateClassification",
        /// 適用区分.
        classification_flag: Option<LimitCategory> = "LimitApplicationCertificateClassificationFlag",
        /// 交付日.
        date: Option<Date> = "LimitApplicationCertificateDate",
        /// 有効開始日.
        valid_start_date: Option<Date> = "LimitApplicationCertificateValidStartDate",
        /// 有効終了日.
        valid_end_date: Option<Date> = "LimitApplicationCertificateValidEndDate",
        /// 長期入院該当日.
        long_term_date: Option<Date> = "LimitApplicationCertificateLongTermDate",
    }
}

record! {
    /// 特定疾病療養受療証情報.
    pub struct SpecificDisease {
        /// 認定疾病区分.
        category: Option<DiseaseCategory> = "SpecificDiseasesDiseaseCategory",
        /// 交付日.
        date: Option<Date> = "SpecificDiseasesCertificateDate",
        /// 有効開始日.
        valid_start_date: Option<Date> = "SpecificDiseasesValidStartDate",
        /// 有効終了日.
        valid_end_date: Option<Date> = "SpecificDiseasesValidEndDate",
        /// 自己負担限度額.
        self_pay: Option<String> = "SpecificDiseasesSelfPay",
    }
}

impl QualificationResult {
    /// 保険者番号 or 公費負担者番号 without its padding.
    pub fn insurer_number_trimmed(&self) -> Option<&str> {
        self.insurer_number.as_deref().map(str::trim)
    }

    /// True for a medical-assistance result. A result that says it is insurance is insurance; one that
    /// says neither counts as assistance as soon as anything about it does (a ticket, 法別 12, validity 6),
    /// since withholding too much is the harmless mistake.
    pub fn is_medical_assistance(&self, message: Option<&QualificationValidity>) -> bool {
        match &self.insured_card_classification {
            Some(CardClassification::MedicalAssistance) => true,
            Some(CardClassification::Unknown(code)) if looks_like_a1(code) => true,
            Some(known) if known.is_known() => false,
            _ => {
                let number = self.insurer_number_trimmed().unwrap_or("");
                let unregistered = Some(&QualificationValidity::ValidUnregistered);
                !self.tickets.is_empty()
                    || (number.len() == 8 && number.starts_with("12"))
                    || self.qualification_validity.as_ref() == unregistered
                    || message == unregistered
                    || self
                        .extra
                        .iter()
                        .any(|element| element.any(&says_assistance))
            }
        }
    }
}

/// An unknown element that only assistance has: its number, or what a list of tickets holds beside those that were read.
fn says_assistance(element: &Element) -> bool {
    matches!(
        element.name(),
        "PublicExpenseNumber" | "PublicExpenseResultList"
    ) && element.has_value()
}

/// `a1` or full-width `Ａ１`: a sender's slip must not turn assistance into insurance.
fn looks_like_a1(code: &str) -> bool {
    let plain: String = code
        .trim()
        .chars()
        .map(|c| match c {
            'Ａ' | 'ａ' | 'a' => 'A',
            '１' => '1',
            other => other,
        })
        .collect();
    plain == "A1"
}

impl MedicalTicket {
    /// True when the ticket entrusts this institution: its flag does not say otherwise, and it names the
    /// institution's code or, without a code, its flag says "same". Never for an empty code.
    pub fn is_for(&self, institution_code: &str) -> bool {
        let ours = institution_code.trim();
        let code = self.institution_code.as_deref().map(str::trim);
        match (code, &self.institution_flag) {
            _ if ours.is_empty() => false,
            (_, Some(InstitutionMatch::Different | InstitutionMatch::Unknown(_))) => false,
            (Some(code), _) => code == ours,
            (None, Some(InstitutionMatch::Same)) => true,
            (None, None) => false,
        }
    }
}
