//! The patient's view as it is sent: texts, buttons with stable ids, counts. The page draws it and decides nothing.
//!
//! Architecture invariant: no field here could carry a qualification, an assistance or a name (invariant 17), and a keypad
//! carries how many digits were typed, never which (invariant 5).

use crate::patient::Input;
use serde::Serialize;

/// One rendered screen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct View {
    /// Always `view`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The page's stable name.
    pub page: &'static str,
    /// Language tag.
    pub lang: &'static str,
    /// Title of the browser's window.
    pub window_title: String,
    /// The simulation banner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub banner: Option<String>,
    /// The screen's heading.
    pub title: String,
    /// Sentences under the heading.
    pub lines: Vec<String>,
    /// What the person should know first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<NoticeView>,
    /// A drawing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<PictureView>,
    /// The keypad.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keypad: Option<KeypadView>,
    /// The live picture and its instruction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub face: Option<FaceView>,
    /// Progress of the machine's work.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepView>,
    /// The kinds of information, with or without their own answers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<KindView>,
    /// Heading of `kinds` for those who listen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kinds_label: Option<String>,
    /// What was agreed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreed: Option<AgreedView>,
    /// The large choices of the screen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Button>,
    /// Buttons of the lower bar.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Button>,
    /// The idle warning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle: Option<IdleView>,
    /// A code for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The language switch.
    pub languages: Vec<Button>,
    /// Name of the language switch for those who listen.
    pub languages_label: String,
}

/// A button. Its `id` is what a press sends back.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Button {
    /// Stable id.
    pub id: String,
    /// Label.
    pub label: String,
    /// A smaller second line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Name of the drawing on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<&'static str>,
    /// How it looks.
    pub look: Look,
    /// Whether it is chosen, for buttons that stay pressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pressed: Option<bool>,
    /// Whether it can be pressed now.
    pub enabled: bool,
}

/// How a button looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Look {
    /// A large card to choose.
    Choice,
    /// The one way forward.
    Primary,
    /// Everything beside it.
    Plain,
    /// One of two equal answers.
    Answer,
    /// A key of the keypad.
    Key,
}

impl Button {
    pub(crate) fn new(input: Input, label: String, look: Look) -> Self {
        Self {
            id: input.id(),
            label,
            detail: None,
            icon: None,
            look,
            pressed: None,
            enabled: true,
        }
    }

    pub(crate) fn detail(mut self, detail: String) -> Self {
        self.detail = Some(detail);
        self
    }

    pub(crate) fn icon(mut self, icon: &'static str) -> Self {
        self.icon = Some(icon);
        self
    }

    pub(crate) fn pressed(mut self, pressed: bool) -> Self {
        self.pressed = Some(pressed);
        self
    }

    pub(crate) fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }
}

/// A sentence that stands out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NoticeView {
    /// `attention` or `info`.
    pub tone: &'static str,
    /// The sentence.
    pub text: String,
}

/// A drawing of the page, by name, and what it shows in words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PictureView {
    /// Name of the drawing.
    pub name: &'static str,
    /// What it shows.
    pub label: String,
}

/// The keypad: how many digits were typed, never which.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KeypadView {
    /// The places for digits, in groups as printed on the card.
    pub groups: Vec<DigitGroup>,
    /// Count in words.
    pub count: String,
    /// Tries left in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tries: Option<String>,
    /// Name of the keys for those who listen.
    pub label: String,
    /// The keys, row by row.
    pub keys: Vec<Button>,
}

/// One group of places.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DigitGroup {
    /// How many places.
    pub length: u8,
    /// How many are filled.
    pub filled: u8,
    /// What the group is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// The live picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FaceView {
    /// What the picture is, for those who listen.
    pub label: String,
    /// The one thing to do now.
    pub instruction: String,
    /// Whether the person should just stay: the oval is then drawn full.
    pub steady: bool,
    /// Which way the instruction points (`closer`, `back`, `middle` …), for the drawing on the oval.
    pub hint: &'static str,
}

/// A step of the machine's work.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepView {
    /// What it is.
    pub text: String,
    /// `done`, `now` or `later`.
    pub state: &'static str,
    /// The same in words.
    pub spoken: String,
}

/// One kind of information that may be consented to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KindView {
    /// Stable name.
    pub id: &'static str,
    /// Its name.
    pub name: String,
    /// What it is, in one sentence.
    pub what: String,
    /// "Yes" and "no", when each kind is asked apart.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Button>,
}

/// What was agreed to at the end, without a name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AgreedView {
    /// The sentence above the list, or instead of it.
    pub title: String,
    /// Kinds agreed to.
    pub items: Vec<String>,
}

/// The idle warning.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IdleView {
    /// How long is left, in words.
    pub text: String,
    /// "I need more time".
    pub button: Button,
}

impl View {
    /// Every button of the view.
    pub fn buttons(&self) -> impl Iterator<Item = &Button> {
        let keys = self.keypad.iter().flat_map(|keypad| &keypad.keys);
        let answers = self.kinds.iter().flat_map(|kind| &kind.answers);
        let idle = self.idle.iter().map(|idle| &idle.button);
        self.choices
            .iter()
            .chain(&self.actions)
            .chain(&self.languages)
            .chain(keys)
            .chain(answers)
            .chain(idle)
    }

    /// What pressing `id` means on this screen; `None` when it shows no such button or it cannot be pressed.
    pub fn press(&self, id: &str) -> Option<Input> {
        self.buttons()
            .find(|button| button.id == id && button.enabled)?;
        Input::from_id(id)
    }
}
