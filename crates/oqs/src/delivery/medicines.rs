//! What may leave the terminal of a medicines answer: beside an unentrusted assistance its header, which
//! echoes the numbers of the request, and its free text do not (invariant 6).

use super::withhold::harmless;
use super::{Deliverable, SIMULATION_ELEMENT, SIMULATION_TEXT, is_simulation_mark};
use crate::charset::{Charset, Encoded};
use crate::element::Element;
use crate::error::OqsError;
use crate::medicines::{Medicine, MedicinesAnswer, MedicinesAnswerBody, MedicinesHeader};
use crate::message::Message;

/// A medicines answer after withholding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliverableMedicines(MedicinesAnswer);

impl DeliverableMedicines {
    /// Applies invariant 6, given the qualification of the same visit.
    pub fn from_answer(answer: &MedicinesAnswer, qualification: &Deliverable) -> Self {
        if !qualification.any_unentrusted() {
            return Self(plain(answer));
        }
        let institution = qualification.answer().header.as_ref();
        let institution = institution.and_then(|h| h.medical_institution_code.clone());
        let medicine = |medicine: &Medicine| Medicine {
            extra: Vec::new(),
            ..medicine.clone()
        };
        let body = answer.body.as_ref().map(|body| MedicinesAnswerBody {
            result_code: body
                .result_code
                .clone()
                .filter(|code| code.trim().len() == 1),
            message_contents: None,
            medicines: body.medicines.iter().map(medicine).collect(),
            extra: Vec::new(),
        });
        Self(MedicinesAnswer {
            header: Some(MedicinesHeader {
                medical_institution_code: institution,
                ..MedicinesHeader::default()
            }),
            body,
            extra: Vec::new(),
        })
    }

    /// Reads back what [`DeliverableMedicines::to_json`] wrote.
    pub fn from_stored_json(json: &str) -> Result<Self, OqsError> {
        MedicinesAnswer::from_json(json.as_bytes()).map(|answer| Self(plain(&answer)))
    }

    /// The answer as it may be shown.
    pub fn answer(&self) -> &MedicinesAnswer {
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

/// The answer without unknown elements that carry what is between terminal and service alone.
fn plain(answer: &MedicinesAnswer) -> MedicinesAnswer {
    let mut answer = answer.clone();
    answer.extra = harmless(&answer.extra);
    if let Some(header) = &mut answer.header {
        header.extra = harmless(&header.extra);
    }
    if let Some(body) = &mut answer.body {
        body.extra = harmless(&body.extra);
        for medicine in &mut body.medicines {
            medicine.extra = harmless(&medicine.extra);
        }
    }
    answer
}
