//! Fetching medicines (薬剤情報, YZKsiquc01). Header names differ from the qualification messages
//! (YUKI-ENT/OQSDrug2); the list of medicines in the answer is assumed.

use crate::codes::{CardClassification, CareKind, ShowMedicines};
use crate::consent::ConsentKind;
use crate::message::message;
use crate::record::record;
use crate::request::NumberLookup;
use crate::result::QualificationResult;
use crate::values::{Date, InsurerNumber, Month, Text};

record! {
    /// A request for medicines (and treatment) information.
    pub struct MedicinesRequest {
        /// Header.
        header: Option<MedicinesHeader> = "MessageHeader",
        /// Body.
        body: Option<MedicinesRequestBody> = "MessageBody",
    }
}
message!(MedicinesRequest);

record! {
    /// Header of medicines messages.
    pub struct MedicinesHeader {
        /// 医療機関コード, 10 digits.
        medical_institution_code: Option<String> = "MedicalInstitutionCode",
        /// 保険者番号.
        insurer_number: Option<InsurerNumber> = "InsurerNumber",
        /// 記号.
        insurance_card_symbol: Option<Text<20>> = "InsuranceCardSymbol",
        /// 番号.
        insured_person_identification_number: Option<Text<20>> = "InsuredPersonIdentificationNumber",
        /// 枝番.
        branch_number: Option<Text<2>> = "BranchNumber",
        /// Free, echoed.
        arbitrary_file_identifier: Option<String> = "ArbitraryFileIdentifier",
    }
}

record! {
    /// Body of a medicines request.
    pub struct MedicinesRequestBody {
        /// First month, yyyyMM.
        start_date: Option<Month> = "StartDate",
        /// Last month, yyyyMM.
        end_date: Option<Month> = "EndDate",
        /// 1 drug PDF, 2 drug XML, 3 drug and diagnosis PDF, 4 drug and diagnosis XML.
        file_category: Option<String> = "FileCategory",
        /// 薬剤情報等表示 (OQSCD030).
        prescription_and_dispensing: Option<ShowMedicines> = "PrDiInfClassification",
        /// 診療区分 (OQSCD028).
        medical_treatment_flag: Option<CareKind> = "MedicalTreatmentFlag",
        /// **Assumed, invented here**: the card confirmation under which the consent was given.
        card_confirmation_identifier: Option<String> = "CardConfirmationIdentifier",
    }
}

record! {
    /// The answer to a medicines request.
    pub struct MedicinesAnswer {
        /// Header.
        header: Option<MedicinesHeader> = "MessageHeader",
        /// Body.
        body: Option<MedicinesAnswerBody> = "MessageBody",
    }
}
message!(MedicinesAnswer);

record! {
    /// Body of a medicines answer.
    pub struct MedicinesAnswerBody {
        /// `1` when the medicines follow.
        result_code: Option<String> = "ResultCode",
        /// Why not, verbatim.
        message_contents: Option<String> = "MessageContents",
        /// The medicines (assumed list).
        medicines: Vec<Medicine> = "MedicineList",
    }
}

record! {
    /// One medicine dispensed. **Assumed, invented here**: the real element list is not public.
    pub struct Medicine {
        /// Date, yyyyMMdd.
        date: Option<Date> = "Date",
        /// Name of the medicine.
        name: Option<String> = "Name",
        /// How much, for how long.
        amount: Option<String> = "Amount",
        /// Where it was dispensed.
        institution: Option<String> = "Institution",
    }
}

impl MedicinesRequest {
    /// The request of a card visit: medicines of the months `start` to `end` (yyyyMM), outpatient care.
    pub fn for_card_visit(
        institution_code: &str,
        confirmation_id: &str,
        start: &str,
        end: &str,
        visit: &str,
    ) -> Self {
        let text = |value: &str| Some(value.to_owned());
        Self {
            header: Some(MedicinesHeader {
                medical_institution_code: text(institution_code),
                arbitrary_file_identifier: text(visit),
                ..MedicinesHeader::default()
            }),
            body: Some(MedicinesRequestBody {
                start_date: Some(start.into()),
                end_date: Some(end.into()),
                file_category: text("2"),
                prescription_and_dispensing: Some(ShowMedicines::Yes),
                medical_treatment_flag: Some(CareKind::Outpatient),
                card_confirmation_identifier: text(confirmation_id),
                extra: Vec::new(),
            }),
            extra: Vec::new(),
        }
    }

    /// Names whose medicines are asked for by the numbers of this qualification, as for checkups.
    #[must_use]
    pub fn about(mut self, result: &QualificationResult) -> Self {
        if let Some(header) = &mut self.header {
            header.name(result);
        }
        self
    }

    /// The request under a consent that the service holds for visiting care, online care or the alternative route: medicines of
    /// the months `start` to `end` (yyyyMM), by the numbers stored at the first visit.
    pub fn by_numbers(
        institution_code: &str,
        care: CareKind,
        numbers: &NumberLookup<'_>,
        (start, end): (&str, &str),
        identifier: &str,
    ) -> Self {
        let mut request = Self::for_card_visit(institution_code, "", start, end, identifier);
        request.header = Some(MedicinesHeader::by_numbers(
            institution_code,
            numbers,
            identifier,
        ));
        if let Some(body) = &mut request.body {
            body.medical_treatment_flag = Some(care);
            body.card_confirmation_identifier = None;
        }
        request
    }
}

impl MedicinesHeader {
    /// Insurer, symbol, number and branch of an insured person, payer and recipient number of a recipient (S001 2.2.6).
    pub(crate) fn name(&mut self, result: &QualificationResult) {
        self.insurer_number.clone_from(&result.insurer_number);
        self.insured_person_identification_number = result.insured_identification_number.clone();
        if result.insured_card_classification != Some(CardClassification::MedicalAssistance) {
            self.insurance_card_symbol = result.insured_card_symbol.clone();
            self.branch_number = result.insured_branch_number.clone();
        }
    }

    /// Whose information is asked for: insurer, symbol, number and branch of an insured person, payer and recipient number of a
    /// recipient (symbol and branch empty). Empty ones are left out.
    pub(crate) fn by_numbers(
        institution_code: &str,
        numbers: &NumberLookup<'_>,
        identifier: &str,
    ) -> Self {
        fn some(text: &str) -> Option<&str> {
            Some(text.trim()).filter(|text| !text.is_empty())
        }
        Self {
            medical_institution_code: Some(institution_code.to_owned()),
            insurer_number: some(numbers.insurer_number).map(InsurerNumber::padded),
            insurance_card_symbol: some(numbers.symbol).map(Text::from),
            insured_person_identification_number: some(numbers.number).map(Text::from),
            branch_number: some(numbers.branch).map(Text::from),
            arbitrary_file_identifier: Some(identifier.to_owned()),
            extra: Vec::new(),
        }
    }
}

impl MedicinesAnswer {
    /// What the service says of the request as a whole, verbatim: `ResultCode` and `MessageContents`.
    pub fn said(&self) -> (Option<&str>, Option<&str>) {
        self.body.as_ref().map_or((None, None), |body| {
            (
                body.result_code.as_deref(),
                body.message_contents.as_deref(),
            )
        })
    }

    /// True when the service gave medicines.
    pub fn is_ok(&self) -> bool {
        let code = self
            .body
            .as_ref()
            .and_then(|body| body.result_code.as_deref());
        code.map(str::trim) == Some("1")
    }

    /// Whether it is not, or not only, about medicines: then nothing of it may be taken in.
    pub fn is_mixed_up(&self) -> bool {
        let asked = ConsentKind::Medicines;
        let body = self.body.as_ref().map_or(&[][..], |body| &body.extra);
        let mut each = self.medicines().iter().map(|medicine| &medicine.extra);
        asked.is_mixed_up_with(&self.extra)
            || asked.is_mixed_up_with(body)
            || each.any(|extra| asked.is_mixed_up_with(extra))
    }

    /// The medicines; none when there is no body.
    pub fn medicines(&self) -> &[Medicine] {
        self.body.as_ref().map_or(&[], |body| &body.medicines)
    }
}
