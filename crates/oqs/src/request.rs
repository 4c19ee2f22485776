//! IF-001, the request for a qualification (資格確認要求).

use crate::answer::MessageHeader;
use crate::consent::ConsentAnswers;
use crate::message::message;
use crate::record::record;
use crate::values::{Date, InsurerNumber, Text};

record! {
    /// A request for the qualification of one person.
    pub struct QualificationRequest {
        /// Header.
        header: Option<MessageHeader> = "MessageHeader",
        /// Body.
        body: Option<QualificationRequestBody> = "MessageBody",
    }
}
message!(QualificationRequest);

record! {
    /// Body of a qualification request.
    pub struct QualificationRequestBody {
        /// What to look for.
        search_info: Option<SearchInfo> = "QualificationConfirmSearchInfo",
    }
}

record! {
    /// 資格確認照会用情報: what to look for. Also echoed in answers.
    pub struct SearchInfo {
        /// 保険者番号 or 公費負担者番号: 8 characters, padded with spaces on the left.
        insurer_number: Option<InsurerNumber> = "InsurerNumber",
        /// 記号.
        insured_card_symbol: Option<Text<20>> = "InsuredCardSymbol",
        /// 番号 or 受給者番号.
        insured_identification_number: Option<Text<20>> = "InsuredIdentificationNumber",
        /// 枝番.
        insured_branch_number: Option<Text<2>> = "InsuredBranchNumber",
        /// Birth date, yyyyMMdd.
        birthdate: Option<Date> = "Birthdate",
        /// **Assumed, invented here**: the identifier of a card confirmation, in place of numbers. The
        /// real element of a card visit is not public.
        card_confirmation_identifier: Option<String> = "CardConfirmationIdentifier",
        /// 限度額適用認定証 consent. Since 2024-10-07 no screen asks for it.
        limit_certificate_consent: Option<String> = "LimitApplicationCertificateRelatedConsFlg",
        /// 特定健診情報 consent given at the reader, 0 or 1 (element of the answer, assumed in the request).
        checkups_consent: Option<String> = "SpecificHealthCheckupsInfoConsFlg",
        /// 薬剤情報 consent given at the reader (assumed in the request).
        medicines_consent: Option<String> = "PharmacistsInfoConsFlg",
        /// 診療情報 consent given at the reader (assumed in the request).
        treatment_consent: Option<String> = "DiagnosisInfoConsFlg",
        /// 手術情報 consent given at the reader (assumed in the request).
        operations_consent: Option<String> = "OperationInfoConsFlg",
        /// Free, echoed.
        arbitrary_identifier: Option<String> = "ArbitraryIdentifier",
    }
}

/// What a lookup without card is made by: insurer, symbol, number, branch and birth date of an insurance paper,
/// or payer and recipient number of a medical ticket. Texts as typed; empty ones are left out.
#[derive(Clone, Copy, Default)]
pub struct NumberLookup<'a> {
    /// 保険者番号 or 公費負担者番号.
    pub insurer_number: &'a str,
    /// 記号.
    pub symbol: &'a str,
    /// 番号 or 受給者番号.
    pub number: &'a str,
    /// 枝番.
    pub branch: &'a str,
    /// Birth date, yyyyMMdd; medical assistance can do without.
    pub birthdate: &'a str,
    /// 限度額 information with the person's oral consent.
    pub limit_certificate: bool,
}

impl QualificationRequest {
    /// The request of a card visit: by the identifier of a confirmed card, with the answers given at
    /// the terminal. `date` is yyyyMMdd, `visit` a free identifier that the service echoes.
    pub fn for_card_visit(
        institution_code: &str,
        date: &str,
        confirmation_id: &str,
        consents: ConsentAnswers,
        visit: &str,
    ) -> Self {
        let flag = |yes: bool| Some(if yes { "1" } else { "0" }.to_owned());
        Self {
            header: Some(MessageHeader {
                medical_institution_code: Some(institution_code.to_owned()),
                qualification_confirmation_date: Some(date.into()),
                arbitrary_file_identifier: Some(visit.to_owned()),
                ..MessageHeader::default()
            }),
            body: Some(QualificationRequestBody {
                search_info: Some(SearchInfo {
                    card_confirmation_identifier: Some(confirmation_id.to_owned()),
                    limit_certificate_consent: flag(true),
                    checkups_consent: flag(consents.checkups),
                    medicines_consent: flag(consents.medicines),
                    treatment_consent: flag(consents.treatment),
                    operations_consent: flag(consents.operations),
                    arbitrary_identifier: Some(visit.to_owned()),
                    ..SearchInfo::default()
                }),
                extra: Vec::new(),
            }),
            extra: Vec::new(),
        }
    }

    /// The request of a lookup without card: by the numbers of a paper, never with consents (invariant 1).
    /// `date` is yyyyMMdd, `identifier` a free text that the service echoes.
    pub fn by_numbers(
        institution_code: &str,
        date: &str,
        numbers: &NumberLookup<'_>,
        identifier: &str,
    ) -> Self {
        fn some<T: From<String>>(text: &str) -> Option<T> {
            let text = text.trim();
            (!text.is_empty()).then(|| text.to_owned().into())
        }
        let insurer = numbers.insurer_number.trim();
        Self {
            header: Some(MessageHeader {
                medical_institution_code: Some(institution_code.to_owned()),
                qualification_confirmation_date: Some(date.into()),
                arbitrary_file_identifier: Some(identifier.to_owned()),
                ..MessageHeader::default()
            }),
            body: Some(QualificationRequestBody {
                search_info: Some(SearchInfo {
                    insurer_number: (!insurer.is_empty()).then(|| InsurerNumber::padded(insurer)),
                    insured_card_symbol: some(numbers.symbol),
                    insured_identification_number: some(numbers.number),
                    insured_branch_number: some(numbers.branch),
                    birthdate: some(numbers.birthdate),
                    // Oral consent to limit information is staff's to take; medical kinds have no flag here.
                    limit_certificate_consent: Some(
                        if numbers.limit_certificate { "1" } else { "0" }.to_owned(),
                    ),
                    arbitrary_identifier: Some(identifier.to_owned()),
                    ..SearchInfo::default()
                }),
                extra: Vec::new(),
            }),
            extra: Vec::new(),
        }
    }

    /// What the request looks for, when it has a body.
    pub fn search_info(&self) -> Option<&SearchInfo> {
        self.body.as_ref()?.search_info.as_ref()
    }
}
