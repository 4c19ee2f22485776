//! What may leave the terminal of a checkups answer: beside an unentrusted assistance its header, which echoes numbers, its free
//! text and every element that is not one of the four of a value do not (invariant 6).

use super::withhold::harmless;
use super::{Deliverable, SIMULATION_ELEMENT, SIMULATION_TEXT, is_simulation_mark};
use crate::charset::{Charset, Encoded};
use crate::checkups::{CheckupsAnswer, CheckupsAnswerBody};
use crate::element::{Content, Element};
use crate::error::OqsError;
use crate::medicines::MedicinesHeader;
use crate::message::Message;

/// The lists, one value in them, and what a value holds (assumed: the real lists are not public).
const LIST: [&str; 6] = [
    "CheckupList",
    "Checkup",
    "TreatmentList",
    "Treatment",
    "OperationList",
    "Operation",
];
const VALUES: [&str; 4] = ["Date", "Name", "Amount", "Institution"];

/// A checkups answer after withholding; also one about treatment or operations, which have the same form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliverableCheckups(CheckupsAnswer);

impl DeliverableCheckups {
    /// Applies invariant 6, given the qualification of the same visit.
    pub fn from_answer(answer: &CheckupsAnswer, qualification: &Deliverable) -> Self {
        if !qualification.any_unentrusted() {
            return Self(plain(answer));
        }
        let institution = qualification.answer().header.as_ref();
        let institution = institution.and_then(|h| h.medical_institution_code.clone());
        let body = answer.body.as_ref().map(|body| CheckupsAnswerBody {
            result_code: body
                .result_code
                .clone()
                .filter(|code| code.trim().len() == 1),
            message_contents: None,
            extra: allowed(&body.extra),
        });
        Self(CheckupsAnswer {
            header: Some(MedicinesHeader {
                medical_institution_code: institution,
                ..MedicinesHeader::default()
            }),
            body,
            extra: Vec::new(),
        })
    }

    /// Reads back what [`DeliverableCheckups::to_json`] wrote.
    ///
    /// # Errors
    /// It is no such message.
    pub fn from_stored_json(json: &str) -> Result<Self, OqsError> {
        CheckupsAnswer::from_json(json.as_bytes()).map(|answer| Self(plain(&answer)))
    }

    /// The answer as it may be shown.
    pub fn answer(&self) -> &CheckupsAnswer {
        &self.0
    }

    /// Says in the message itself that it is simulated (invariant 13).
    pub fn mark_simulated(&mut self) {
        let header = self.0.header.get_or_insert_with(MedicinesHeader::default);
        if !header.extra.iter().any(is_simulation_mark) {
            let mark = Element::text_of(SIMULATION_ELEMENT, SIMULATION_TEXT);
            header.extra.push(mark);
        }
    }

    /// The JSON form.
    pub fn to_json(&self) -> String {
        self.0.to_json()
    }

    /// The XML form.
    pub fn to_xml(&self, charset: Charset) -> Encoded {
        self.0.to_xml(charset)
    }
}

/// The list and its values, without anything else.
fn allowed(elements: &[Element]) -> Vec<Element> {
    let keep = |element: &Element| match &element.content {
        Content::Children(children) if LIST.contains(&element.name()) => Some(Element::known(
            element.name(),
            Content::Children(allowed(children)),
        )),
        Content::Text(text) if VALUES.contains(&element.name()) => {
            Some(Element::text_of(element.name(), text))
        }
        _ => None,
    };
    elements.iter().filter_map(keep).collect()
}

/// The answer without unknown elements that carry what is between terminal and service alone.
fn plain(answer: &CheckupsAnswer) -> CheckupsAnswer {
    let mut answer = answer.clone();
    answer.extra = harmless(&answer.extra);
    if let Some(header) = &mut answer.header {
        header.extra = harmless(&header.extra);
    }
    if let Some(body) = &mut answer.body {
        body.extra = harmless(&body.extra);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::QualificationAnswer;

    const CHECKUPS: &str = r#"{"XmlMsg":{"MessageHeader":{"InsurerNumber":"12000009","InsuredPersonIdentificationNumber":"2020002"},
        "MessageBody":{"ResultCode":"1","MessageContents":"12000009","Owner":"2020002","CheckupList":[
        {"Checkup":{"Date":"20260401","Name":"血圧","Amount":"120/80","RecipientNumber":"2020002"}}]}}}"#;

    fn qualification(validity: &str) -> Deliverable {
        let text = format!(
            r#"{{"XmlMsg":{{"MessageHeader":{{"MedicalInstitutionCode":"1310000001","SegmentOfResult":"1"}},"MessageBody":{{
            "ProcessingResultStatus":"1","QualificationValidity":"{validity}","ResultList":[{{"ResultOfQualificationConfirmation":{{
            "InsuredCardClassification":"A1","InsurerName":"架空市福祉事務所","Name":"未託　花子"}}}}]}}}}}}"#
        );
        let answer = QualificationAnswer::from_json(text.as_bytes()).unwrap();
        Deliverable::from_answer(&answer, "1310000001")
    }

    #[test]
    fn invariant_6_beside_an_unentrusted_assistance_only_the_values_leave() {
        let answer = CheckupsAnswer::from_json(CHECKUPS.as_bytes()).unwrap();
        let out = DeliverableCheckups::from_answer(&answer, &qualification("6")).to_json();
        assert!(out.contains("120/80") && out.contains("血圧"), "{out}");
        assert!(
            !out.contains("2020002") && !out.contains("12000009"),
            "{out}"
        );
        let again = DeliverableCheckups::from_stored_json(&out).unwrap();
        assert_eq!(again.to_json(), out);
        let mut marked = again;
        marked.mark_simulated();
        assert!(marked.to_json().contains(SIMULATION_ELEMENT));
    }
}
