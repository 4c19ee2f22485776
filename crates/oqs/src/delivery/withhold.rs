//! Invariant 6 itself: an unentrusted medical-assistance result shrinks to an allowlist, and so does all
//! around it that could carry its numbers (header, echo, messages, unknown elements).
//!
//! S000 (MHLW notice 2023-11-15): 未委託の状態での診療報酬請求を防止するため 公費負担者番号・受給者番号を連携しません.

use super::{Deliverable, SIMULATION_ELEMENT, SIMULATION_TEXT, is_simulation_mark, warning};
use crate::answer::{MessageHeader, QualificationAnswer, QualificationAnswerBody};
use crate::codes::{CardClassification, CharacterCode, QualificationValidity, Sex};
use crate::element::Element;
use crate::request::SearchInfo;
use crate::result::QualificationResult;
use crate::time;

/// Longest processing code that can't be a number in disguise, and most digits in one: a recipient number
/// has 7 digits, a payer number 8.
const CODE_LENGTH: usize = 16;
const CODE_DIGITS: usize = 6;

pub(super) fn withhold(answer: &QualificationAnswer, institution_code: &str) -> Deliverable {
    let message_validity = answer.validity();
    let is_unentrusted =
        |result: &QualificationResult| unentrusted(result, message_validity, institution_code);
    let results = answer.results();
    let unentrusted: Vec<bool> = results.iter().map(is_unentrusted).collect();
    // Validity 6 exists for assistance only: where no result is one, it is about what was asked for.
    let orphan = message_validity == Some(&QualificationValidity::ValidUnregistered)
        && !unentrusted.contains(&true);
    let withheld = orphan || unentrusted.contains(&true);

    let numbers = Numbers::of(answer, &unentrusted);
    let shown = results.iter().zip(&unentrusted);
    let shown = shown.map(|(result, &unentrusted)| {
        if unentrusted {
            allowlisted(result, &numbers)
        } else {
            entrusted(result, institution_code)
        }
    });
    let shown = shown.collect();
    let empty = QualificationAnswerBody::default();
    let body = answer.body.as_ref().unwrap_or(&empty);
    let mut body = if withheld {
        narrow_body(body, shown, &numbers)
    } else {
        QualificationAnswerBody {
            results: shown,
            search_info: body.search_info.as_ref().map(echo),
            extra: harmless(&body.extra),
            ..body.clone()
        }
    };
    if orphan {
        body.extra.push(warning());
    }
    Deliverable {
        answer: QualificationAnswer {
            header: Some(header(
                answer.header.as_ref(),
                institution_code,
                withheld.then_some(&numbers),
            )),
            body: Some(body),
            extra: if withheld {
                Vec::new()
            } else {
                harmless(&answer.extra)
            },
        },
        unentrusted,
        withheld,
    }
}

/// The definition of unentrusted: assistance with validity 6, or without a ticket for this institution
/// (a ticket whose flag says "differs" is not one).
fn unentrusted(
    result: &QualificationResult,
    message: Option<&QualificationValidity>,
    institution_code: &str,
) -> bool {
    let unregistered = Some(&QualificationValidity::ValidUnregistered);
    let own = result.qualification_validity.as_ref();
    result.is_medical_assistance(message)
        && (own == unregistered
            || message == unregistered
            || !result
                .tickets
                .iter()
                .any(|ticket| ticket.is_for(institution_code)))
}

/// The whole of what leaves of an unentrusted result.
fn allowlisted(result: &QualificationResult, numbers: &Numbers) -> QualificationResult {
    QualificationResult {
        insured_card_classification: Some(CardClassification::MedicalAssistance),
        qualification_validity: known(&result.qualification_validity, |v| v.is_known()),
        insurer_name: numbers.free(&result.insurer_name),
        name: numbers.free(&result.name),
        sex1: known(&result.sex1, Sex::is_known),
        birthdate: numbers.free(&known(&result.birthdate, |date| time::is_date(date))),
        reference_number: numbers.free(&result.reference_number),
        extra: vec![warning()],
        ..QualificationResult::default()
    }
}

/// Any other result passes, but for tickets of other institutions and for results hidden inside.
fn entrusted(result: &QualificationResult, institution_code: &str) -> QualificationResult {
    let mut result = result.clone();
    result
        .tickets
        .retain(|ticket| ticket.is_for(institution_code));
    for ticket in &mut result.tickets {
        ticket.extra = harmless(&ticket.extra);
    }
    result.extra = harmless(&result.extra);
    result
}

/// The body around an unentrusted result: codes of known tables only; no echo, no message, nothing unknown.
fn narrow_body(
    body: &QualificationAnswerBody,
    results: Vec<QualificationResult>,
    numbers: &Numbers,
) -> QualificationAnswerBody {
    QualificationAnswerBody {
        processing_result_status: known(&body.processing_result_status, |s| s.is_known()),
        processing_result_code: numbers.code(&body.processing_result_code),
        qualification_validity: known(&body.qualification_validity, |v| v.is_known()),
        prescription_issue_select: known(&body.prescription_issue_select, |p| p.is_known()),
        results,
        ..QualificationAnswerBody::default()
    }
}

/// The header: always of this institution and in UTF-8; beside an unentrusted result fixed forms only.
fn header(
    header: Option<&MessageHeader>,
    institution_code: &str,
    numbers: Option<&Numbers>,
) -> MessageHeader {
    let empty = MessageHeader::default();
    let header = header.unwrap_or(&empty);
    let mut shown = match numbers {
        None => MessageHeader {
            extra: harmless(&header.extra),
            ..header.clone()
        },
        Some(numbers) => MessageHeader {
            qualification_confirmation_date: known(
                &header.qualification_confirmation_date,
                |date| time::is_date(date),
            ),
            process_execution_time: known(&header.process_execution_time, |time| {
                time::from_jst(time).is_some()
            }),
            reference_classification: known(&header.reference_classification, |r| r.is_known()),
            segment_of_result: known(&header.segment_of_result, |s| s.is_known()),
            error_code: numbers.code(&header.error_code),
            ..MessageHeader::default()
        },
    };
    shown.medical_institution_code = Some(institution_code.to_owned());
    shown.character_code_identifier = Some(CharacterCode::Utf8);
    shown.extra.retain(|element| !is_simulation_mark(element));
    if header.extra.iter().any(is_simulation_mark) {
        // Ours, with our text: what came under the name is not repeated.
        shown
            .extra
            .push(Element::text_of(SIMULATION_ELEMENT, SIMULATION_TEXT));
    }
    shown
}

/// The echo of the request without what is between terminal and service alone: whoever knows the identifier of a
/// card confirmation could ask under it, and no receipt computer has a use for it.
fn echo(info: &SearchInfo) -> SearchInfo {
    SearchInfo {
        card_confirmation_identifier: None,
        extra: harmless(&info.extra),
        ..info.clone()
    }
}

/// Unknown elements without those that hide a result or a ticket, which nobody has judged, and without the
/// identifier of a card confirmation.
pub(super) fn harmless(elements: &[Element]) -> Vec<Element> {
    let hides = |element: &Element| match element.name() {
        "ResultList"
        | "ResultOfQualificationConfirmation"
        | "BulkConfirmUnit"
        | "PublicExpenseResultList"
        | "MedicalTicketInfo"
        | "CardConfirmationIdentifier" => true,
        "InsuredCardClassification" => element.text().is_none_or(|text| text.trim() == "A1"),
        _ => false,
    };
    let pass = elements.iter().filter(|element| !element.any(&hides));
    pass.cloned().collect()
}

fn known<T: Clone>(value: &Option<T>, is_known: impl Fn(&T) -> bool) -> Option<T> {
    value.as_ref().filter(|value| is_known(value)).cloned()
}

/// The numbers that must not leave, as bare digits.
struct Numbers(Vec<String>);

impl Numbers {
    /// Those of the unentrusted results and of the echo.
    fn of(answer: &QualificationAnswer, unentrusted: &[bool]) -> Self {
        let mut numbers = Vec::new();
        let mut add = |text: Option<&str>| numbers.extend(text.map(digits));
        for (result, _) in answer
            .results()
            .iter()
            .zip(unentrusted)
            .filter(|(_, u)| **u)
        {
            add(result.insurer_number.as_deref());
            add(result.insured_identification_number.as_deref());
            // Names that one public client also accepts for the two numbers.
            let mut unknown: Vec<&Element> = result.extra.iter().collect();
            while let Some(element) = unknown.pop() {
                if matches!(element.name(), "PublicExpenseNumber" | "BeneficiaryNumber") {
                    add(element.text());
                }
                unknown.extend(element.children());
            }
        }
        let echo = answer.body.as_ref().and_then(|b| b.search_info.as_ref());
        if let Some(echo) = echo {
            add(echo.insurer_number.as_deref());
            add(echo.insured_identification_number.as_deref());
        }
        // Shorter ones would be found in any text by chance.
        numbers.retain(|number| number.len() >= 4);
        Self(numbers)
    }

    /// The text, unless one of the numbers stands in it.
    fn free<T: Clone + std::ops::Deref<Target = str>>(&self, text: &Option<T>) -> Option<T> {
        let text = text.as_ref()?;
        let found = digits(text);
        let carries = self.0.iter().any(|number| found.contains(number.as_str()));
        (!carries).then(|| text.clone())
    }

    /// A processing code, when it is too short to carry a number.
    fn code(&self, code: &Option<String>) -> Option<String> {
        let code = self.free(code)?;
        let plain = code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let short = code.len() <= CODE_LENGTH
            && code.bytes().filter(u8::is_ascii_digit).count() <= CODE_DIGITS;
        (plain && short).then_some(code)
    }
}

/// All digits of a text, full-width ones included, without what separates them.
fn digits(text: &str) -> String {
    text.chars()
        .filter_map(|c| match c {
            '0'..='9' => Some(c),
            '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10),
            _ => None,
        })
        .collect()
}
