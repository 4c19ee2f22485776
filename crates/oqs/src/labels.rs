//! What elements are called in plain words, for people who read a message: `uketsukectl message show`.

/// Japanese and English of an element's name, where it has a customary one.
pub fn of(element: &str) -> Option<(&'static str, &'static str)> {
    let found = LABELS.iter().find(|(name, _, _)| *name == element);
    found.map(|(_, ja, en)| (*ja, *en))
}

/// The same for an element where it stands: what is called a name in a list of medicines is a medicine's.
pub fn at(path: &str) -> Option<(&'static str, &'static str)> {
    let element = element_of(path);
    if path.contains("/MedicineList")
        && let Some((_, ja, en)) = MEDICINES.iter().find(|(name, _, _)| *name == element)
    {
        return Some((ja, en));
    }
    of(element)
}

/// Elements of one medicine (assumed form, see `medicines.rs`).
const MEDICINES: &[(&str, &str, &str)] = &[
    ("Date", "調剤等年月日", "Dispensed on"),
    ("Name", "薬剤名", "Medicine"),
    ("Amount", "用量", "Amount"),
    ("Institution", "医療機関・薬局", "Institution"),
];

/// The element of a place (`…/ResultList/…[2]/Name` is `Name`).
pub fn element_of(path: &str) -> &str {
    let last = path.rsplit('/').next().unwrap_or(path);
    last.split('[').next().unwrap_or(last)
}

const LABELS: &[(&str, &str, &str)] = &[
    (
        "MedicalInstitutionCode",
        "医療機関コード",
        "Institution code",
    ),
    (
        "QualificationConfirmationDate",
        "資格確認日",
        "Day judged on",
    ),
    (
        "ArbitraryFileIdentifier",
        "任意のファイル識別子",
        "Free identifier of the file",
    ),
    ("ArbitraryIdentifier", "任意の識別子", "Free identifier"),
    ("ProcessExecutionTime", "処理実行日時", "Processed at"),
    ("ReferenceClassification", "照会区分", "Looked up by"),
    ("SegmentOfResult", "処理結果区分", "Result of the message"),
    ("ErrorCode", "エラーコード", "Error code"),
    ("ErrorMessage", "エラーメッセージ", "Error text"),
    (
        "CharacterCodeIdentifier",
        "文字コード識別",
        "Character code",
    ),
    ("ReceptionNumber", "受付番号", "Reception number"),
    ("NumberOfProcessingResult", "処理件数", "Persons"),
    ("NumberOfNormalProcessing", "正常件数", "Processed normally"),
    ("NumberOfError", "エラー件数", "Failed"),
    (
        "ProcessingResultStatus",
        "処理結果状況",
        "Result for the person",
    ),
    ("ProcessingResultCode", "処理結果コード", "Result code"),
    (
        "ProcessingResultMessage",
        "処理結果メッセージ",
        "Result text",
    ),
    ("QualificationValidity", "資格有効性", "Validity"),
    (
        "PrescriptionIssueSelect",
        "処方箋の発行形態",
        "Form of the prescription",
    ),
    (
        "InsuredCardClassification",
        "被保険者証区分",
        "Kind of card",
    ),
    (
        "InsurerNumber",
        "保険者番号（公費負担者番号）",
        "Insurer (payer) number",
    ),
    ("InsuredCardSymbol", "被保険者証記号", "Symbol"),
    ("InsuranceCardSymbol", "被保険者証記号", "Symbol"),
    (
        "InsuredIdentificationNumber",
        "被保険者証番号（受給者番号）",
        "Number (recipient number)",
    ),
    (
        "InsuredPersonIdentificationNumber",
        "被保険者証番号（受給者番号）",
        "Number (recipient number)",
    ),
    ("InsuredBranchNumber", "枝番", "Branch number"),
    ("BranchNumber", "枝番", "Branch number"),
    (
        "PersonalFamilyClassification",
        "本人・家族の別",
        "Insured person or family",
    ),
    (
        "InsuredName",
        "被保険者氏名（世帯主氏名）",
        "Name of the insured",
    ),
    ("Name", "氏名", "Name"),
    ("NameOfOther", "氏名（その他）", "Customary name"),
    ("NameKana", "氏名カナ", "Name in kana"),
    (
        "NameOfOtherKana",
        "氏名（その他）カナ",
        "Customary name in kana",
    ),
    ("Sex1", "性別1", "Sex"),
    ("Sex2", "性別2", "Sex (2)"),
    ("Birthdate", "生年月日", "Date of birth"),
    ("Address", "住所", "Address"),
    ("PostNumber", "郵便番号", "Postal code"),
    (
        "QualificationDate",
        "資格取得日（保護開始日）",
        "Qualified since",
    ),
    (
        "DisqualificationDate",
        "資格喪失日（保護廃止日）",
        "Qualification lost on",
    ),
    (
        "InsuredCertificateIssuanceDate",
        "被保険者証交付日",
        "Card issued on",
    ),
    ("InsuredCardValidDate", "被保険者証有効開始日", "Valid from"),
    (
        "InsuredCardExpirationDate",
        "被保険者証有効終了日",
        "Valid until",
    ),
    (
        "InsuredPartialContributionRatio",
        "一部負担金割合",
        "Share paid by the patient",
    ),
    ("PreschoolClassification", "未就学区分", "Below school age"),
    ("ReasonOfLoss", "資格喪失事由", "Reason of loss"),
    (
        "InsurerName",
        "保険者名称（福祉事務所名）",
        "Insurer (welfare office)",
    ),
    ("ReferenceNumber", "照会番号", "Reference number"),
    (
        "LimitApplicationCertificateRelatedConsFlg",
        "限度額情報の同意",
        "Consent: limit certificate",
    ),
    (
        "LimitApplicationCertificateRelatedConsTime",
        "限度額情報の同意日時",
        "Consent given at",
    ),
    (
        "LimitApplicationCertificateClassification",
        "限度額適用認定証区分",
        "Kind of limit certificate",
    ),
    (
        "LimitApplicationCertificateClassificationFlag",
        "適用区分",
        "Limit category",
    ),
    (
        "LimitApplicationCertificateChanged",
        "限度額情報の変更",
        "Limit information changed",
    ),
    (
        "SpecificDiseasesDiseaseCategory",
        "認定疾病区分",
        "Disease category",
    ),
    (
        "SpecificDiseasesSelfPay",
        "自己負担限度額",
        "Limit of own payment",
    ),
    (
        "SpecificHealthCheckupsInfoConsFlg",
        "特定健診情報の同意",
        "Consent: checkups",
    ),
    (
        "SpecificHealthCheckupsInfoConsTime",
        "特定健診情報の同意日時",
        "Consent given at",
    ),
    (
        "SpecificHealthCheckupsInfoAvailableTime",
        "特定健診情報の閲覧可能期限",
        "Available until",
    ),
    (
        "PharmacistsInfoConsFlg",
        "薬剤情報の同意",
        "Consent: medicines",
    ),
    (
        "PharmacistsInfoConsTime",
        "薬剤情報の同意日時",
        "Consent given at",
    ),
    (
        "PharmacistsInfoAvailableTime",
        "薬剤情報の閲覧可能期限",
        "Available until",
    ),
    (
        "DiagnosisInfoConsFlg",
        "診療情報の同意",
        "Consent: treatment",
    ),
    (
        "DiagnosisInfoConsTime",
        "診療情報の同意日時",
        "Consent given at",
    ),
    (
        "DiagnosisInfoAvailableTime",
        "診療情報の閲覧可能期限",
        "Available until",
    ),
    (
        "OperationInfoConsFlg",
        "手術情報の同意",
        "Consent: operations",
    ),
    (
        "OperationInfoConsTime",
        "手術情報の同意日時",
        "Consent given at",
    ),
    (
        "OperationInfoAvailableTime",
        "手術情報の閲覧可能期限",
        "Available until",
    ),
    ("TicketType", "券別", "Kind of ticket"),
    (
        "MedicalTicketValidDate",
        "医療券有効開始日",
        "Ticket valid from",
    ),
    (
        "MedicalTicketExpirationDate",
        "医療券有効終了日",
        "Ticket valid until",
    ),
    ("IssueNumber", "交付番号", "Issue number"),
    ("MedicalTreatmentMonth", "診療年月", "Month of treatment"),
    (
        "DesignatedMedicalInstitutionCode",
        "指定医療機関コード",
        "Designated institution's code",
    ),
    (
        "DesignatedMedicalInstitutionFlag",
        "指定医療機関確認",
        "Designated institution",
    ),
    (
        "DesignatedMedicalInstitutionName",
        "指定医療機関名",
        "Designated institution's name",
    ),
    (
        "PrescriptionIssuerMedicalInstitutionCode",
        "処方箋発行元医療機関コード",
        "Prescriber's code",
    ),
    (
        "PrescriptionIssuerMedicalInstitutionName",
        "処方箋発行元医療機関名",
        "Prescriber",
    ),
    ("InjuryName1", "傷病名1", "Illness 1"),
    ("InjuryName2", "傷病名2", "Illness 2"),
    ("InjuryName3", "傷病名3", "Illness 3"),
    ("MedicalTreatmentType", "診療別", "Kind of treatment"),
    ("SelfPayAmount", "本人支払額", "Own payment"),
    ("DistrictContactName", "地区担当員名", "District worker"),
    ("HandlingContactName", "取扱担当者名", "Person in charge"),
    ("SingleOrCombinedUse", "単独・併用", "Alone or combined"),
    ("StatusOfSocialInsurance", "社会保険", "Social insurance"),
    (
        "ConsistencyFlag",
        "社会保険との整合性",
        "Consistency with social insurance",
    ),
    (
        "StatusOfInfecton",
        "感染症法37条の2",
        "Infectious diseases act, article 37-2",
    ),
    (
        "StatusOfElderlyMedicalCare",
        "後期高齢者医療",
        "Medical care of the elderly",
    ),
    (
        "StatusOfPrefecturalExpenses",
        "都道府県費",
        "Prefectural expenses",
    ),
    ("Remarks1", "備考1", "Remark 1"),
    ("Remarks2", "備考2", "Remark 2"),
    ("Remarks3", "備考3", "Remark 3"),
    ("MedicalTreatmentFlag", "診療区分", "Kind of care"),
    ("ConsentDateFrom", "同意年月日（自）", "Consented from"),
    ("ConsentDateTo", "同意年月日（至）", "Consented until"),
    ("ExaminationDateFrom", "受診予定日（自）", "Care from"),
    ("ExaminationDateTo", "受診予定日（至）", "Care until"),
    ("StartDate", "対象期間（自）", "From month"),
    ("EndDate", "対象期間（至）", "To month"),
    ("FileCategory", "ファイル区分", "Form of the file"),
    ("ResultCode", "結果コード", "Result"),
    ("MessageContents", "メッセージ", "Message"),
    ("AccessUrl", "アクセスURL", "Address"),
    ("MedicalAssistanceUse", "医療扶助", "Medical assistance"),
    ("VisitingCareUse", "訪問診療等", "Visiting care"),
    (
        "OnlineCareUse",
        "オンライン診療等・通常とは異なる動線",
        "Online care, alternative route",
    ),
    (
        "ElectronicPrescriptionUse",
        "電子処方箋",
        "Electronic prescriptions",
    ),
    (
        "PrescriptionChoiceTime",
        "処方箋形態の選択時期",
        "When the form of the prescription is chosen",
    ),
    (
        "EmergencyViewingAuthority",
        "救急時医療情報閲覧の権限",
        "Authority to view in an emergency",
    ),
    ("LinkedSystem", "連携システム", "Linked system"),
];
