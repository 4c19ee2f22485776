//! Why something asked at the counter was not done: a stable code with its sentence, and the service's own words
//! verbatim for the help desk.

use central::CentralError;
use serde_json::{Value, json};

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterError {
    /// Stable code.
    pub code: String,
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
    /// The service's code and words, verbatim.
    pub service: Option<(String, String)>,
    /// Which field of the request it is about, and which line of a list (from 1).
    pub field: Option<(String, Option<usize>)>,
    /// The word of how that field must be.
    form: String,
    /// Nobody answered.
    unreachable: bool,
}

impl CounterError {
    /// One of the terminal's own codes; its sentence stands in the Fluent files.
    pub(crate) fn of(code: &str) -> Self {
        Self::told(code, kiosk::staff::error(code, &[]))
    }

    fn told(code: &str, words: kiosk::Words) -> Self {
        Self {
            code: code.to_owned(),
            ja: words.ja,
            en: words.en,
            service: None,
            field: None,
            form: String::new(),
            unreachable: false,
        }
    }

    /// One field can't be asked with; `form` is the word of how it must be (`input-form-…`). Nothing of its value is repeated.
    pub(crate) fn field(name: &str, form: &str) -> Self {
        let mut error = Self::told("UK-VISIT-501", kiosk::staff::input(name, form, None));
        error.field = Some((name.to_owned(), None));
        error.form = form.to_owned();
        error
    }

    /// A field that is needed and empty.
    pub(crate) fn missing(name: &str) -> Self {
        Self::field(name, "missing")
    }

    /// The same on one line of a list, counted from 1.
    pub(crate) fn on_line(mut self, line: usize) -> Self {
        if let Some((name, place)) = &mut self.field {
            *place = Some(line);
            let words = kiosk::staff::input(name, &self.form, Some(line));
            (self.ja, self.en) = (words.ja, words.en);
        }
        self
    }

    /// Nobody was found, and the setting without which nobody can be is off.
    pub(crate) fn assistance_off() -> Self {
        Self::of("UK-VISIT-506")
    }

    /// Medical information is not for whoever asks this way.
    pub(crate) fn not_qualified() -> Self {
        Self::of("UK-STAFF-005")
    }

    /// No use of this mode since the last report.
    pub(crate) fn nothing_to_report() -> Self {
        Self::of("UK-VISIT-526")
    }

    /// The call was settled before, by the terminal or by somebody else; this answer was not kept.
    pub(crate) fn closed_already() -> Self {
        Self::of("UK-VISIT-523")
    }

    /// What was typed can't be asked.
    pub(crate) fn input() -> Self {
        Self::of("UK-VISIT-501")
    }

    /// The terminal gives qualification only (資格確認限定型).
    pub(crate) fn qualification_only() -> Self {
        Self::of("UK-VISIT-502")
    }

    /// The service has not opened what is asked for.
    pub(crate) fn not_open() -> Self {
        Self::of("UK-VISIT-503")
    }

    /// The service answered, and the answer says no.
    pub(crate) fn said_no(code: &str, message: &str) -> Self {
        let mut error = Self::of("UK-VISIT-504");
        error.service = Some((code.to_owned(), message.to_owned()));
        error
    }

    /// No such thing.
    pub(crate) fn unknown() -> Self {
        Self::of("UK-VISIT-505")
    }

    /// The service was not reached.
    pub(crate) fn is_unreachable(&self) -> bool {
        self.unreachable
    }

    /// As JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut error = json!({"code": self.code, "ja": self.ja, "en": self.en});
        if let Some((code, words)) = &self.service {
            error["service_code"] = code.as_str().into();
            error["service_message"] = words.as_str().into();
        }
        if let Some((name, line)) = &self.field {
            error["field"] = name.as_str().into();
            if let Some(line) = line {
                error["line"] = (*line).into();
            }
        }
        json!({ "error": error })
    }
}

impl From<CentralError> for CounterError {
    fn from(error: CentralError) -> Self {
        Self {
            code: error.code().to_owned(),
            ja: error.ja().to_owned(),
            en: error.en().to_owned(),
            service: error
                .service_words()
                .map(|(c, w)| (c.to_owned(), w.to_owned())),
            field: None,
            form: String::new(),
            unreachable: error.is_unreachable(),
        }
    }
}

impl From<ledger::LedgerError> for CounterError {
    fn from(error: ledger::LedgerError) -> Self {
        Self::told(error.code(), kiosk::Words::new(error.ja(), error.en()))
    }
}

impl From<crate::ledger_desk::DeskClosed> for CounterError {
    fn from(_: crate::ledger_desk::DeskClosed) -> Self {
        Self::of("UK-VISIT-301")
    }
}
