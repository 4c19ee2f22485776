//! The staff's view as it is sent: every text in the language of that page.

use crate::Lang;
use crate::texts::Texts;
use serde::Serialize;
use std::fmt;

/// The whole page.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StaffView {
    /// Always `view`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Language tag.
    pub lang: &'static str,
    /// Title of the browser's window.
    pub window_title: String,
    /// The simulation banner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub banner: Option<String>,
    /// Health of the terminal.
    pub terminal: TerminalView,
    /// The visit going on.
    pub visit: VisitView,
    /// Today's results.
    pub results: ListView<ResultView>,
    /// Alerts.
    pub alerts: ListView<AlertView>,
    /// Today's visits that ended without a result: when, how, why, and what to do.
    pub ended: ListView<EndedView>,
    /// Inquiries to repeat.
    pub queued: ListView<QueuedView>,
    /// The link to the desk.
    pub desk: String,
    /// Whom to ask.
    pub help: String,
    /// The language switch.
    pub languages: Vec<LanguageView>,
    /// Its name for those who listen.
    pub languages_label: String,
}

impl StaffView {
    /// Says as who somebody signed in acts.
    pub(super) fn signed_in(&mut self, name: Option<&str>, lang: Lang) {
        self.visit.signed_in = name.map(|name| Texts(lang).with("desk-signed-in", "name", name));
    }

    /// Says that results were taken off the page, and how they come back.
    pub(super) fn taken_away(&mut self, count: usize, lang: Lang) {
        if count > 0 {
            let words = Texts(lang).with("staff-results-taken-away", "count", count);
            self.results.remark = Some(words);
        }
    }

    /// Says that results are not shown because the look at them could not be recorded.
    pub(super) fn unrecorded(&mut self, held_back: Option<&(usize, String)>, lang: Lang) {
        if let Some((count, code)) = held_back {
            let words = Texts(lang).with_two(
                "staff-results-unrecorded",
                ("count", *count),
                ("code", code.as_str()),
            );
            self.results.remark = Some(words);
        }
    }
}

/// A headed list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListView<T> {
    /// Heading.
    pub title: String,
    /// What to say instead of an empty list, or of what is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// The items.
    pub items: Vec<T>,
}

/// Health of the terminal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TerminalView {
    /// Whether a patient can be received now.
    pub ok: bool,
    /// The same in words.
    pub text: String,
    /// Heading of the lines.
    pub lines_title: String,
    /// One line for each part.
    pub lines: Vec<LineView>,
}

/// State of one part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LineView {
    /// Whether it works.
    pub ok: bool,
    /// The same in words.
    pub state: String,
    /// What to say of it.
    pub text: String,
}

/// The visit going on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VisitView {
    /// Heading.
    pub title: String,
    /// What to say when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// The visit's number (16 hex digits); absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Lines about it.
    pub facts: Vec<FieldView>,
    /// As who somebody signed in does what is done here; absent when nobody is, and a name must be typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_in: Option<String>,
    /// Label of the name to type.
    pub name: String,
    /// Words of "cancel".
    pub cancel: String,
    /// Words of "yes, cancel".
    pub cancel_sure: String,
    /// Words of "begin anew", which ends what was typed and answered.
    pub restart: String,
    /// The form of visual confirmation, while it is awaited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visual: Option<VisualView>,
}

/// The form of visual confirmation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VisualView {
    /// Heading.
    pub title: String,
    /// That somebody waits.
    pub waiting: String,
    /// What it means.
    pub explain: String,
    /// Label of the name.
    pub name: String,
    /// Label of the passcode.
    pub passcode: String,
    /// Label of the button.
    pub confirm: String,
}

/// One result.
#[derive(Clone, PartialEq, Serialize)]
pub struct ResultView {
    /// Id in the ledger.
    pub id: String,
    /// The person's name.
    pub name: String,
    /// Whether the receipt computer has it: `waiting`, `claimed`, `taken`.
    pub state: &'static str,
    /// The same in words.
    pub state_text: String,
    /// Time, reader, visit.
    pub facts: Vec<FieldView>,
    /// What is special about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<RemarkView>,
    /// Each qualification.
    pub summaries: Vec<SummaryView>,
}

/// Without the person's name: values are about patients and belong in no log.
impl fmt::Debug for ResultView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResultView")
            .field("id", &self.id)
            .field("state", &self.state)
            .field("summaries", &self.summaries)
            .finish_non_exhaustive()
    }
}

/// What is special about a result, whatever its validity says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RemarkView {
    /// Stable code.
    pub code: String,
    /// What it is.
    pub text: String,
    /// Heading of `advice`.
    pub advice_title: String,
    /// What to do.
    pub advice: String,
}

/// One qualification.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SummaryView {
    /// Colour and shape: `good`, `bad`, `unclear`, `unentrusted`.
    pub tone: &'static str,
    /// Validity in one word or two.
    pub validity: String,
    /// What it is.
    pub classification: String,
    /// The sentence that says whether it is valid.
    pub headline: String,
    /// Heading of `advice`.
    pub advice_title: String,
    /// What to do.
    pub advice: String,
    /// The telephone of the office, where staff is told to phone it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<PhoneView>,
    /// The warning, when this institution is not entrusted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<WarningView>,
    /// Fields in S000's order, "-" for what is withheld.
    pub fields: Vec<FieldView>,
}

/// The telephone of a welfare office.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PhoneView {
    /// Whether there is a number.
    pub known: bool,
    /// Office, number and hours; or where they are entered.
    pub text: String,
}

/// The 未委託 warning.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WarningView {
    /// The word.
    pub title: String,
    /// What it means.
    pub text: String,
    /// Whom to phone.
    pub office: String,
    /// What to ask.
    pub call: String,
    /// What is withheld and why.
    pub withheld: String,
}

/// A label and its value.
#[derive(Clone, PartialEq, Serialize)]
pub struct FieldView {
    /// Label.
    pub label: String,
    /// Value.
    pub value: String,
}

/// The label only: values are about patients and belong in no log.
impl fmt::Debug for FieldView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=…", self.label)
    }
}

/// An alert.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlertView {
    /// Its number.
    pub id: String,
    /// Label of the button that closes it, where staff may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close: Option<String>,
    /// Stable code.
    pub code: String,
    /// Time of day.
    pub at: String,
    /// What happened.
    pub text: String,
    /// Heading of `advice`.
    pub advice_title: String,
    /// What to do.
    pub advice: String,
    /// What the service itself said, verbatim, for the help desk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<FieldView>,
}

/// A visit that ended without a result.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EndedView {
    /// Time of day.
    pub at: String,
    /// How it ended, in a word or two.
    pub what: String,
    /// Stable code of the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The reason in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Heading of `advice`.
    pub advice_title: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// An inquiry to repeat.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QueuedView {
    /// Id in the queue.
    pub id: String,
    /// Time of day and visit.
    pub facts: Vec<FieldView>,
    /// Why it waits.
    pub reason: String,
    /// When it is tried again.
    pub next: String,
}

/// A language to choose.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LanguageView {
    /// Tag.
    pub lang: &'static str,
    /// Name in itself.
    pub label: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReplyView {
    /// Always `reply`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// `confirm-visual`, `cancel-visit` or `restart-visit`.
    pub action: &'static str,
    /// Whether it was done.
    pub ok: bool,
    /// Stable code of a problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What to tell the staff.
    pub text: String,
}
