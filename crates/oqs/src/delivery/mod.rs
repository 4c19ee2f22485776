//! What may leave the terminal of an answer: the only way out, applying invariant 6 (docs/invariants.md).
//!
//! Architecture invariant: receipt computer, folders, staff page and ledger take a [`Deliverable`], never a
//! bare answer, and a `Deliverable` exists only as the outcome of the withholding, also when it is read
//! back from storage.

mod checkups;
mod medicines;
#[cfg(test)]
mod tests;
mod withhold;

pub use checkups::DeliverableCheckups;
pub use medicines::DeliverableMedicines;

use crate::answer::{MessageHeader, QualificationAnswer};
use crate::charset::{Charset, Encoded};
use crate::element::{Content, Element};
use crate::error::OqsError;
use crate::message::Message;
use crate::result::QualificationResult;

/// Stable code of the warning that marks an unentrusted result.
pub const UNENTRUSTED_CODE: &str = "UK-RCPT-601";
/// Element that this terminal adds to an unentrusted result: children `Code`, `Ja`, `En`.
pub const WARNING_ELEMENT: &str = "UketsukeWarning";
/// Element that this terminal adds to the header of every simulated message.
pub const SIMULATION_ELEMENT: &str = "UketsukeSimulation";
/// What that element says.
pub const SIMULATION_TEXT: &str =
    "シミュレーション（実在の患者ではありません） / SIMULATION (no real patients)";

const WARNING_JA: &str = "未委託です。医療券/調剤券情報が未登録のため、公費負担者番号・受給者番号は提供されません。福祉事務所に電話で確認してください。";
const WARNING_EN: &str = "Not entrusted: no medical ticket is registered for this institution, so the payer and recipient numbers are withheld. Phone the welfare office.";

/// An answer after withholding, ready to be stored and handed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deliverable {
    answer: QualificationAnswer,
    unentrusted: Vec<bool>,
    withheld: bool,
}

impl Deliverable {
    /// Applies invariant 6 to an answer. `institution_code` is this institution's (10 digits); with a
    /// wrong or empty one no ticket can name it, and every medical-assistance result is unentrusted.
    pub fn from_answer(answer: &QualificationAnswer, institution_code: &str) -> Self {
        withhold::withhold(answer, institution_code)
    }

    /// Reads back what [`Deliverable::to_json`] wrote. The withholding is applied again, so that bytes
    /// from elsewhere gain nothing by claiming to have been stored.
    pub fn from_stored_json(json: &str) -> Result<Self, OqsError> {
        QualificationAnswer::from_json(json.as_bytes()).map(|answer| Self::again(&answer))
    }

    fn again(answer: &QualificationAnswer) -> Self {
        let header = answer.header.as_ref();
        let code = header.and_then(|header| header.medical_institution_code.as_deref());
        Self::from_answer(answer, code.unwrap_or(""))
    }

    /// The answer as it may be shown.
    pub fn answer(&self) -> &QualificationAnswer {
        &self.answer
    }

    /// The results as they may be shown.
    pub fn results(&self) -> &[QualificationResult] {
        self.answer.results()
    }

    /// True when the result at this place is an unentrusted medical assistance (未委託).
    pub fn is_unentrusted(&self, index: usize) -> bool {
        self.unentrusted.get(index).copied().unwrap_or(false)
    }

    /// True when anything in the answer was unentrusted, also when it holds no result.
    pub fn any_unentrusted(&self) -> bool {
        self.withheld
    }

    /// Says in the message itself that it is simulated (invariant 13).
    pub fn mark_simulated(&mut self) {
        if !self.is_simulated() {
            let mark = Element::text_of(SIMULATION_ELEMENT, SIMULATION_TEXT);
            let header = self
                .answer
                .header
                .get_or_insert_with(MessageHeader::default);
            header.extra.push(mark);
        }
    }

    /// True for a message marked as simulated.
    pub fn is_simulated(&self) -> bool {
        let header = self.answer.header.as_ref();
        header.is_some_and(|header| header.extra.iter().any(is_simulation_mark))
    }

    /// The JSON form, `{"XmlMsg":{…}}`.
    pub fn to_json(&self) -> String {
        self.answer.to_json()
    }

    /// The XML form in an encoding, with a list of the characters it can't hold. No error is possible
    /// today; the signature leaves room for an encoding that can refuse.
    pub fn to_xml(&self, charset: Charset) -> Result<Encoded, OqsError> {
        Ok(self.answer.to_xml(charset))
    }
}

impl serde::Serialize for Deliverable {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.answer.serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Deliverable {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        QualificationAnswer::deserialize(deserializer).map(|answer| Self::again(&answer))
    }
}

/// The warning of an unentrusted result.
fn warning() -> Element {
    Element::known(
        WARNING_ELEMENT,
        Content::Children(vec![
            Element::text_of("Code", UNENTRUSTED_CODE),
            Element::text_of("Ja", WARNING_JA),
            Element::text_of("En", WARNING_EN),
        ]),
    )
}

fn is_simulation_mark(element: &Element) -> bool {
    element.name() == SIMULATION_ELEMENT
}

/// True for an element that this terminal adds itself.
pub(crate) fn is_own_mark(element: &Element) -> bool {
    matches!(element.name(), SIMULATION_ELEMENT | WARNING_ELEMENT)
}
