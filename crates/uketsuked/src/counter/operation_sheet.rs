//! The lines of the operation test's sheet (運用テスト): what a step came to, and how it is told.

use std::time::Instant;

use kiosk::Words;
use kiosk::staff::said;
use serde_json::{Value, json};

use super::CounterError;
use super::request::Numbers;

/// What a step of the test came to that did not fail.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// The service did what was asked, or refused what must be refused; what it brought.
    Brought(Words),
    /// Not asked, for the reason of this text's key: neither right nor wrong.
    NotRun(&'static str),
}

/// Of a step.
pub(super) type Outcome = Result<Came, CounterError>;

/// A number, code or time with words before it that say what it is (a text with `$value`); nothing where there is none.
pub(super) fn labelled(key: &str, value: &str) -> Words {
    match value.trim() {
        "" => Words::default(),
        value => said(key, &[("value", value)]),
    }
}

impl From<String> for Came {
    /// What the service wrote, in its own sentence, or nothing: the same in every language.
    fn from(brought: String) -> Self {
        Self::Brought(Words::new(brought, ""))
    }
}

impl From<Words> for Came {
    fn from(brought: Words) -> Self {
        Self::Brought(brought)
    }
}

/// One line of the sheet.
struct Line {
    /// Key of what it is called.
    step: &'static str,
    outcome: Outcome,
    ms: u128,
}

/// The sheet while it is filled in.
pub(super) struct Sheet {
    lines: Vec<Line>,
    begun: Instant,
}

impl Sheet {
    pub(super) fn new() -> Self {
        Self {
            lines: Vec::new(),
            begun: Instant::now(),
        }
    }

    /// Notes how a step ended; the next one begins now.
    pub(super) fn note<T: Into<Came>>(
        &mut self,
        step: &'static str,
        outcome: Result<T, CounterError>,
    ) {
        self.lines.push(Line {
            step,
            outcome: outcome.map(Into::into),
            ms: self.begun.elapsed().as_millis(),
        });
        self.begun = Instant::now();
    }

    /// No step failed. One that was not run did not.
    pub(super) fn ok(&self) -> bool {
        self.lines.iter().all(|line| line.outcome.is_ok())
    }

    /// The lines as they are answered: `state` is `ok`, `failed` or `not-run`, `ok` is null for what was not run.
    pub(super) fn rows(&self) -> Vec<Value> {
        self.lines.iter().map(Line::row).collect()
    }
}

impl Line {
    fn row(&self) -> Value {
        let words = said(self.step, &[]);
        let mut row = json!({
            "step": self.step,
            "ja": words.ja,
            "en": words.en,
            "ms": u64::try_from(self.ms).unwrap_or(u64::MAX),
        });
        let (state, ok) = match &self.outcome {
            Ok(Came::Brought(words)) => {
                tell(&mut row, words);
                ("ok", json!(true))
            }
            Ok(Came::NotRun(why)) => {
                tell(&mut row, &said(why, &[]));
                ("not-run", Value::Null)
            }
            Err(error) => {
                row["error"] = error.json()["error"].take();
                ("failed", json!(false))
            }
        };
        row["state"] = state.into();
        row["ok"] = ok;
        row
    }
}

/// What a step brought: `detail` for whoever reads either language, `told` for a page that has one.
fn tell(row: &mut Value, words: &Words) {
    if words.en.is_empty() {
        row["detail"] = words.ja.as_str().into();
    } else {
        row["detail"] = words.beside().into();
        row["told"] = json!({ "ja": words.ja, "en": words.en });
    }
}

/// Numbers that belong to nobody.
pub(super) fn nobodys(insurer: &str, number: &str, born: &str) -> Numbers {
    Numbers {
        insurer_number: insurer.to_owned(),
        number: number.to_owned(),
        birth_date: born.to_owned(),
        ..Numbers::default()
    }
}

/// The numbers of an insurance that nobody has.
pub(super) fn nobodys_insurance() -> Numbers {
    nobodys("06999999", "9999999", "19000101")
}

/// The service processed the request and refused it in words; anything else is no refusal.
pub(super) fn refused_as_it_should(
    code: Option<&str>,
    words: Option<&str>,
) -> Result<String, CounterError> {
    fn said(text: Option<&str>) -> Option<&str> {
        text.map(str::trim).filter(|text| !text.is_empty())
    }
    match (said(code).map(str::to_owned), said(words)) {
        (Some(code), _) if code == "1" => Err(somebody()),
        (Some(_), Some(words)) => Ok(words.to_owned()),
        (code, _) => Err(CounterError::said_no(&code.unwrap_or_default(), "")),
    }
}

pub(super) fn somebody() -> CounterError {
    CounterError::of("UK-VISIT-507")
}

#[cfg(test)]
mod tests {
    use super::super::lookup::said_no_to_the_person;
    use super::*;
    use oqs::Message as _;

    #[test]
    fn a_no_counts_only_when_the_service_has_processed_the_message_and_says_why() {
        assert!(refused_as_it_should(Some("9"), Some("同意がありません（SIM-K01）")).is_ok());
        assert_eq!(
            refused_as_it_should(Some("1"), Some("")).unwrap_err().code,
            "UK-VISIT-507",
            "it was given"
        );
        assert!(refused_as_it_should(None, None).is_err(), "an empty body");
        assert!(
            refused_as_it_should(Some("9"), None).is_err(),
            "no word of why"
        );
        let said = |segment: &str, body: &str| {
            let text = format!(
                r#"{{"XmlMsg":{{"MessageHeader":{{"SegmentOfResult":"{segment}"}},"MessageBody":{{{body}}}}}}}"#
            );
            let answer = oqs::assumed::StatusAnswer::from_json(text.as_bytes()).unwrap();
            said_no_to_the_person(&answer)
        };
        let no = r#""ProcessingResultStatus":"2","ProcessingResultCode":"SIM-L01""#;
        assert!(said("1", no).is_ok());
        assert!(
            said("9", no).is_err(),
            "the message failed: nothing was tested"
        );
        assert!(said("1", r#""ProcessingResultStatus":"2""#).is_err());
        assert!(
            said("1", r#""ProcessingResultStatus":"1""#).is_err(),
            "it was done"
        );
    }
}
