//! The stable words of a summary. What they mean to people stands in Fluent files (`results-headline-…`, `results-advice-…`,
//! `results-item-…` of the crate `kiosk`).

/// An enumeration whose members have a stable word.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $member:ident = $word:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$doc])* $member,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$member,)*];

            /// The stable word.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$member => $word,)*
                }
            }
        }
    };
}

words! {
    /// What an answer says of one qualification. Those of medical assistance are the headlines of S000.
    Headline {
        /// This qualification is valid.
        Valid = "valid",
        /// Valid, ticket not registered, of something that is no medical assistance.
        ValidUnregistered = "valid-unregistered",
        /// Valid, and no ticket is registered for this institution.
        ValidWithoutTicket = "valid-without-ticket",
        /// Not valid.
        Invalid = "invalid",
        /// Not valid; a newer one exists.
        InvalidNewer = "invalid-newer",
        /// No qualification was found.
        None = "none",
        /// Several qualifications match.
        Several = "several",
        /// The state is not known: an unknown code, or none.
        Unknown = "unknown",
        /// The service is still working.
        Working = "working",
    }
}

words! {
    /// What staff is to do, a sentence each.
    Advice {
        /// Nothing stands in the way.
        GoOn = "go-on",
        /// The service is still working.
        AskInAMoment = "ask-in-a-moment",
        /// Not registered: the welfare office knows.
        PhoneAboutRegistration = "phone-about-registration",
        /// A lookup by payer and recipient number that is not valid is settled by telephone (S000 ※1).
        PhoneAboutNumber = "phone-about-number",
        /// Lost: perhaps there is a new insurer.
        AskForNewInsurer = "ask-for-new-insurer",
        /// Lost because public assistance began, and no assistance is registered: the welfare office is phoned (S000 Q&A).
        PhoneAboutAssistanceBegun = "phone-about-assistance-begun",
        /// Lost because public assistance began; the answer brings a valid and entrusted assistance beside it.
        AssistanceInstead = "assistance-instead",
        /// The same with an assistance that is not valid or not entrusted here: what is to be done stands beside that one.
        AssistanceBeside = "assistance-beside",
        /// A newer qualification is to be asked for.
        AskForNewerOne = "ask-for-newer-one",
        /// Not found: registration may be late.
        RegistrationMayBeLate = "registration-may-be-late",
        /// Nothing is chosen by the machine.
        CheckBranch = "check-branch",
        /// Unknown: the help desk knows the code.
        AskHelpDesk = "ask-help-desk",
        /// A ticket is registered for this institution.
        TicketRegistered = "ticket-registered",
        /// Unentrusted: nobody is refused; the office is phoned, then treatment is possible (S000). Names the office.
        PhoneOffice = "phone-office",
        /// The same without an office that is known by name.
        PhoneUnnamedOffice = "phone-unnamed-office",
        /// About the assistance, the office is phoned. Names the office.
        AboutAssistance = "about-assistance",
        /// The same without an office that is known by name.
        AboutAssistanceUnnamed = "about-assistance-unnamed",
        /// The period of the ticket does not hold the day.
        TicketOfAnotherPeriod = "ticket-of-another-period",
        /// The ticket is for another month.
        TicketOfAnotherMonth = "ticket-of-another-month",
        /// The ticket is of a kind that this institution cannot use.
        TicketOfAnotherKind = "ticket-of-another-kind",
        /// The office is phoned for a ticket that fits; nothing is claimed with this one. Names the office.
        AskForTicket = "ask-for-ticket",
        /// The same without an office that is known by name.
        AskUnnamedForTicket = "ask-unnamed-for-ticket",
        /// Characters were lost: stored names are not overwritten.
        KeepStoredName = "keep-stored-name",
    }
}

impl Advice {
    /// Whether staff is told to phone a welfare office.
    #[must_use]
    pub fn phones_office(self) -> bool {
        matches!(
            self,
            Self::PhoneAboutRegistration
                | Self::PhoneAboutNumber
                | Self::PhoneAboutAssistanceBegun
                | Self::PhoneOffice
                | Self::PhoneUnnamedOffice
                | Self::AboutAssistance
                | Self::AboutAssistanceUnnamed
                | Self::AskForTicket
                | Self::AskUnnamedForTicket
        )
    }
}

words! {
    /// An item of a qualification as staff knows it.
    Item {
        /// 照会番号.
        ReferenceNumber = "reference-number",
        /// 公費負担者番号.
        PayerNumber = "payer-number",
        /// 福祉事務所名.
        WelfareOffice = "welfare-office",
        /// 受給者番号.
        RecipientNumber = "recipient-number",
        /// 氏名.
        Name = "name",
        /// 性別.
        Sex = "sex",
        /// 生年月日.
        BirthDate = "birth-date",
        /// 医療券/調剤券別.
        TicketKind = "ticket-kind",
        /// 診療年月.
        TreatmentMonth = "treatment-month",
        /// 指定医療機関名.
        Institution = "institution",
        /// 単独/併用別.
        AloneOrCombined = "alone-or-combined",
        /// 有効開始年月日.
        ValidFrom = "valid-from",
        /// 有効終了年月日.
        ValidUntil = "valid-until",
        /// 傷病名1.
        Illness1 = "illness-1",
        /// 傷病名2.
        Illness2 = "illness-2",
        /// 傷病名3.
        Illness3 = "illness-3",
        /// 処方箋発行元医療機関名.
        PrescribingInstitution = "prescribing-institution",
        /// 本人支払額.
        SelfPay = "self-pay",
        /// 証区分.
        Classification = "classification",
        /// 保険者番号.
        InsurerNumber = "insurer-number",
        /// 保険者名称.
        Insurer = "insurer",
        /// 記号.
        Symbol = "symbol",
        /// 番号.
        Number = "number",
        /// 枝番.
        Branch = "branch",
        /// カナ氏名.
        Kana = "kana",
        /// 本人・家族.
        InsuredOrFamily = "insured-or-family",
        /// 住所.
        Address = "address",
        /// 資格喪失年月日.
        LostOn = "lost-on",
        /// 資格喪失事由.
        LossReason = "loss-reason",
        /// 一部負担金割合.
        Share = "share",
        /// 高齢受給者証 一部負担金割合.
        ElderlyShare = "elderly-share",
        /// 限度額適用区分.
        Limit = "limit",
        /// 限度額適用認定証 同意.
        LimitConsent = "limit-consent",
        /// 特定疾病療養受療証 同意.
        SpecificDiseaseConsent = "specific-disease-consent",
        /// 特定疾病療養受療証 認定疾病区分.
        SpecificDisease = "specific-disease",
        /// 特定疾病療養受療証 有効開始・終了年月日.
        SpecificDiseasePeriod = "specific-disease-period",
        /// 特定疾病療養受療証 自己負担限度額.
        SpecificDiseaseSelfPay = "specific-disease-self-pay",
        /// 特定健診情報 同意.
        CheckupsConsent = "checkups-consent",
        /// 薬剤情報 同意.
        MedicinesConsent = "medicines-consent",
        /// 処方情報 同意 (part of 薬剤情報).
        PrescriptionsConsent = "prescriptions-consent",
        /// 診療情報 同意.
        TreatmentConsent = "treatment-consent",
        /// アレルギー情報 同意 (part of 診療情報).
        AllergiesConsent = "allergies-consent",
        /// 薬剤アレルギー等情報 同意 (part of 診療情報).
        ContraindicationsConsent = "contraindications-consent",
        /// 検査情報 同意 (part of 診療情報).
        TestsConsent = "tests-consent",
        /// 手術情報 同意.
        OperationsConsent = "operations-consent",
        /// 傷病名 同意 (part of 手術情報).
        DiagnosisNamesConsent = "diagnosis-names-consent",
        /// 感染症情報 同意 (part of 手術情報).
        InfectionsConsent = "infections-consent",
        /// 保険者番号 or 公費負担者番号 that was asked with.
        AskedInsurerNumber = "asked-insurer-number",
        /// 記号 that was asked with.
        AskedSymbol = "asked-symbol",
        /// 番号 or 受給者番号 that was asked with.
        AskedNumber = "asked-number",
        /// 枝番 that was asked with.
        AskedBranch = "asked-branch",
        /// 生年月日 that was asked with.
        AskedBirthDate = "asked-birth-date",
        /// エラーコード.
        ErrorCode = "error-code",
        /// エラーメッセージ.
        ErrorMessage = "error-message",
        /// 処理結果コード.
        ProcessingCode = "processing-code",
        /// 処理結果メッセージ.
        ProcessingMessage = "processing-message",
    }
}
