//! What an answer means for the reception staff, after the two displays of S000 (MHLW notice 2023-11-15): what it is, whether
//! it holds, what to do, and the items in the order staff know. Everything said is a stable word with its values: the sentences
//! stand in the Fluent files of the crate that shows them.

mod consents;
mod fields;
mod say;
mod words;

use crate::codes::{CardClassification, QualificationValidity};
use crate::delivery::Deliverable;
use crate::result::QualificationResult;

pub use say::{Advice, Headline, Item};
pub use words::{TicketDoubt, ticket_doubt};

/// One qualification as it is told to staff.
#[derive(Clone, PartialEq, Eq)]
pub struct Summary {
    /// 証区分, where the answer gives one.
    pub classification: Option<CardClassification>,
    /// 資格有効性 of this qualification.
    pub validity: Option<QualificationValidity>,
    /// What the answer says.
    pub headline: Headline,
    /// What to do, sentence by sentence.
    pub advice: Vec<Advice>,
    /// The welfare office or insurer that `advice` speaks of, as the service wrote it.
    pub office: Option<String>,
    /// 公費負担者番号 that the office is known by: of the person, or of the question where nobody was found; none where it is withheld
    /// (invariant 6) and where `advice` names no telephone call.
    pub payer: Option<String>,
    /// Each item and its value; `-` where there is none.
    pub fields: Vec<(Item, Shown)>,
    /// 未委託: show the warning unmistakably.
    pub unentrusted: bool,
    /// Valid, with something to settle first: no ticket fits the day of the visit at this institution.
    pub doubtful: bool,
}

/// A value in both languages: codes and dates are worded by us, names and what the service wrote stay as they are.
#[derive(Clone, PartialEq, Eq)]
pub struct Shown {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

impl Shown {
    /// A value that is the same in both.
    pub fn same(text: impl Into<String>) -> Self {
        let ja = text.into();
        Self { en: ja.clone(), ja }
    }
}

/// Nothing of it: values are about patients and belong in no log (invariant 5).
impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// Without the fields and the office: values are about patients and belong in no log (invariant 5).
impl std::fmt::Debug for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Summary")
            .field("validity", &self.validity)
            .field("headline", &self.headline)
            .field("unentrusted", &self.unentrusted)
            .finish_non_exhaustive()
    }
}

/// One summary for each result, or one for the message when it holds no result.
pub fn summarise(deliverable: &Deliverable) -> Vec<Summary> {
    let answer = deliverable.answer();
    if deliverable.results().is_empty() {
        let unentrusted = deliverable.any_unentrusted();
        let words = words::for_message(answer, unentrusted);
        let phones = words.advice.iter().any(|one| one.phones_office());
        return vec![Summary {
            classification: None,
            validity: answer.validity().cloned(),
            headline: words.headline,
            advice: words.advice,
            office: None,
            payer: words::asked_payer(answer)
                .filter(|_| !unentrusted && phones)
                .map(str::to_owned),
            // Beside somebody unentrusted no number is repeated (invariant 6).
            fields: if unentrusted {
                fields::of_message(answer)
            } else {
                [fields::of_question(answer), fields::of_message(answer)].concat()
            },
            unentrusted,
            doubtful: false,
        }];
    }
    let date = answer
        .header
        .as_ref()
        .and_then(|header| header.qualification_confirmation_date.as_deref());
    let is_assistance =
        |result: &QualificationResult| result.is_medical_assistance(answer.validity());
    let beside = deliverable.results().iter().enumerate();
    let beside = beside
        .filter(|(_, result)| is_assistance(result))
        .map(|(index, result)| {
            let valid = answer.validity_of(result) == Some(QualificationValidity::Valid);
            if valid && !deliverable.is_unentrusted(index) {
                words::Beside::Usable
            } else {
                words::Beside::NotUsable
            }
        })
        .max()
        .unwrap_or_default();
    let results = deliverable.results().iter().enumerate();
    let summaries = results.map(|(index, result)| {
        let unentrusted = deliverable.is_unentrusted(index);
        let assistance = is_assistance(result);
        let validity = answer.validity_of(result);
        let around = words::Around {
            assistance,
            unentrusted,
            beside,
            date,
        };
        let words = words::for_result(result, validity.as_ref(), around);
        // The office of an assistance that has no result is in nobody's answer: only the question may name its number.
        let elsewhere = words.advice.contains(&Advice::PhoneAboutAssistanceBegun);
        let payer = if elsewhere {
            words::asked_payer(answer)
        } else {
            result.insurer_number_trimmed().filter(|_| assistance)
        };
        Summary {
            classification: result.insured_card_classification.clone(),
            validity,
            headline: words.headline,
            advice: words.advice,
            // An insurer is no welfare office: its telephone would be the wrong one.
            office: result.insurer_name.clone().filter(|_| !elsewhere),
            payer: payer.filter(|_| !unentrusted).map(str::to_owned),
            fields: if assistance {
                fields::of_assistance(result)
            } else {
                fields::of_insurance(result)
            },
            unentrusted,
            doubtful: words.doubtful,
        }
    });
    let mut summaries: Vec<_> = summaries.collect();
    if let Some(first) = summaries.first_mut() {
        // A code with a normal result is a notice about the person (the card's certificate ends soon, say).
        first.fields.extend(fields::of_message(answer));
    }
    summaries
}
