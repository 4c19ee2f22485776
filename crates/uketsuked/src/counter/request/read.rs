//! Reading a request: unknown and missing fields are refused by name, digits made plain.

use serde_json::Value;

use super::CounterRequest;
use super::fields::plain_digits;
use crate::counter::CounterError;

const NUMBERS: &[&str] = &[
    "insurer_number",
    "symbol",
    "number",
    "branch",
    "birth_date",
    "limit_certificate",
];
const FOUR: &[&str] = &["name", "birth_date", "sex", "address"];

/// The fields that a request may have, beside `do`; `None` = no such request, or one whose own reading refuses unknown fields.
fn fields(word: &str) -> Option<[&'static [&'static str]; 2]> {
    Some(match word {
        "lookup" => [NUMBERS, &[]],
        "reinquire" => [NUMBERS, &["care", "care_day"]],
        "withdraw" => [NUMBERS, &["care", "by_patient"]],
        "register-reference" => [NUMBERS, &["reference_number"]],
        "disaster" => [FOUR, &["operator", "reason", "oral_consent", "information"]],
        "note-outage" => [FOUR, &["operator", "oral_consent"]],
        "emergency" => [FOUR, &["operator", "reason", "factor", "method"]],
        _ => return None,
    })
}

impl CounterRequest {
    /// Reads a request and makes its digits plain.
    ///
    /// # Errors
    /// It is none: the field that is missing, unknown or of another kind is named, its value is not.
    pub fn read(value: Value) -> Result<Self, CounterError> {
        let word = value["do"].as_str().unwrap_or_default();
        if let (Some(known), Some(given)) = (fields(word), value.as_object()) {
            let is_known = |name: &str| name == "do" || known.concat().contains(&name);
            if let Some(name) = given.keys().find(|name| !is_known(name)) {
                return Err(unknown_field(name));
            }
        }
        let read: Result<Self, _> = serde_json::from_value(value);
        let mut request = read.map_err(|error| explained(&error.to_string()))?;
        request.tidy();
        Ok(request)
    }

    fn tidy(&mut self) {
        match self {
            Self::Reinquire {
                numbers, care_day, ..
            } => {
                numbers.tidy();
                if let Some(day) = care_day {
                    *day = plain_digits(day);
                }
            }
            Self::Lookup(numbers)
            | Self::Withdraw { numbers, .. }
            | Self::RegisterReference { numbers, .. } => numbers.tidy(),
            Self::Disaster { person, .. }
            | Self::NoteOutage { person, .. }
            | Self::Emergency { person, .. } => person.tidy(),
            Self::FetchTickets { month } => *month = plain_digits(month),
            Self::FetchConsented { from, to, .. } => {
                *from = plain_digits(from);
                *to = plain_digits(to);
            }
            _ => {}
        }
    }
}

fn unknown_field(name: &str) -> CounterError {
    let name: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
    CounterError::field(&name, "unknown-field")
}

/// What the reader of JSON says, without a value: it puts names between backquotes.
fn explained(words: &str) -> CounterError {
    let name = words.split('`').nth(1).unwrap_or_default();
    if words.starts_with("missing field") {
        CounterError::missing(name)
    } else if words.starts_with("unknown field") {
        unknown_field(name)
    } else if words.starts_with("unknown variant") {
        CounterError::field("do", "unknown-choice")
    } else {
        CounterError::input()
    }
}
