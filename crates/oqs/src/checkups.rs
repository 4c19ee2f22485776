//! Fetching checkups (特定健診情報, TKKsiquc01), also those of recipients of medical assistance: their payer and
//! recipient number stand where insurer and symbol/number stand otherwise (S001 2.2.6); and, **assumed**, treatment (診療情報) and
//! operations (手術情報) in the same form. The header is that of the
//! medicines messages (YUKI-ENT/OQSDrug2); the contents of an XML answer are not public and handed on as received.

use crate::codes::{CareKind, ViewingConsentKind};
use crate::consent::ConsentKind;
use crate::element::Element;
use crate::medicines::MedicinesHeader;
use crate::message::message;
use crate::record::record;
use crate::request::NumberLookup;
use crate::result::QualificationResult;

record! {
    /// A request for checkups.
    pub struct CheckupsRequest {
        /// Header.
        header: Option<MedicinesHeader> = "MessageHeader",
        /// Body.
        body: Option<CheckupsRequestBody> = "MessageBody",
    }
}
message!(CheckupsRequest);

record! {
    /// Body of a checkups request.
    pub struct CheckupsRequestBody {
        /// 1 PDF, 2 XML.
        file_category: Option<String> = "FileCategory",
        /// 診療区分 (OQSCD028).
        care: Option<CareKind> = "MedicalTreatmentFlag",
        /// **Assumed, invented here**: the card confirmation under which the consent was given.
        card_confirmation_identifier: Option<String> = "CardConfirmationIdentifier",
        /// **Assumed, invented here**: which information; absent = checkups.
        information: Option<ViewingConsentKind> = "ViewingConsentKind",
    }
}

record! {
    /// The answer to a checkups request.
    pub struct CheckupsAnswer {
        /// Header.
        header: Option<MedicinesHeader> = "MessageHeader",
        /// Body.
        body: Option<CheckupsAnswerBody> = "MessageBody",
    }
}
message!(CheckupsAnswer);

record! {
    /// Body of a checkups answer; what is found stands in `extra`, as received.
    pub struct CheckupsAnswerBody {
        /// `1` when the checkups follow.
        result_code: Option<String> = "ResultCode",
        /// Why not, verbatim.
        message_contents: Option<String> = "MessageContents",
    }
}

impl CheckupsRequest {
    /// The request of a card visit.
    pub fn for_card_visit(institution_code: &str, confirmation_id: &str, visit: &str) -> Self {
        Self {
            header: Some(MedicinesHeader {
                medical_institution_code: Some(institution_code.to_owned()),
                arbitrary_file_identifier: Some(visit.to_owned()),
                ..MedicinesHeader::default()
            }),
            body: Some(CheckupsRequestBody {
                file_category: Some("2".to_owned()),
                care: Some(CareKind::Outpatient),
                card_confirmation_identifier: Some(confirmation_id.to_owned()),
                information: None,
                extra: Vec::new(),
            }),
            extra: Vec::new(),
        }
    }

    /// **Assumed, invented here**: the same for treatment or operations, whose own request is not public.
    pub fn of_kind(
        kind: ConsentKind,
        institution_code: &str,
        confirmation_id: &str,
        visit: &str,
    ) -> Self {
        let mut request = Self::for_card_visit(institution_code, confirmation_id, visit);
        if let Some(body) = &mut request.body {
            body.information = match kind {
                ConsentKind::Treatment => Some(ViewingConsentKind::Treatment),
                ConsentKind::Operations => Some(ViewingConsentKind::Operations),
                ConsentKind::Checkups | ConsentKind::Medicines => None,
            };
        }
        request
    }

    /// Which information is asked for.
    pub fn kind(&self) -> ConsentKind {
        let body = self.body.as_ref();
        match body.and_then(|body| body.information.as_ref()) {
            Some(ViewingConsentKind::Treatment) => ConsentKind::Treatment,
            Some(ViewingConsentKind::Operations) => ConsentKind::Operations,
            _ => ConsentKind::Checkups,
        }
    }

    /// Names whose information is asked for by the numbers of this qualification: insurer, symbol, number and branch of an
    /// insured person, payer and recipient number of a recipient (S001 2.2.6).
    #[must_use]
    pub fn about(mut self, result: &QualificationResult) -> Self {
        if let Some(header) = &mut self.header {
            header.name(result);
        }
        self
    }

    /// The request under a consent that the service holds for visiting care, online care or the alternative route, by the numbers
    /// stored at the first visit. Treatment and operations in this form are **assumed, invented here**.
    pub fn by_numbers(
        kind: ConsentKind,
        institution_code: &str,
        care: CareKind,
        numbers: &NumberLookup<'_>,
        identifier: &str,
    ) -> Self {
        let mut request = Self::of_kind(kind, institution_code, "", identifier);
        request.header = Some(MedicinesHeader::by_numbers(
            institution_code,
            numbers,
            identifier,
        ));
        if let Some(body) = &mut request.body {
            body.care = Some(care);
            body.card_confirmation_identifier = None;
        }
        request
    }
}

impl CheckupsAnswer {
    /// What the service says of the request as a whole, verbatim: `ResultCode` and `MessageContents`.
    pub fn said(&self) -> (Option<&str>, Option<&str>) {
        self.body.as_ref().map_or((None, None), |body| {
            (
                body.result_code.as_deref(),
                body.message_contents.as_deref(),
            )
        })
    }

    /// True when the service gave checkups.
    pub fn is_ok(&self) -> bool {
        let code = self
            .body
            .as_ref()
            .and_then(|body| body.result_code.as_deref());
        code.map(str::trim) == Some("1")
    }

    /// Whether any value was found.
    pub fn has_values(&self) -> bool {
        self.contents().iter().any(Element::has_value)
    }

    /// Whether it is not, or not only, about the kind that was asked for: then nothing of it may be taken in.
    pub fn is_mixed_up(&self, asked: ConsentKind) -> bool {
        asked.is_mixed_up_with(&self.extra) || asked.is_mixed_up_with(self.contents())
    }

    /// What was found, as received.
    pub fn contents(&self) -> &[Element] {
        self.body.as_ref().map_or(&[], |body| &body.extra)
    }
}
