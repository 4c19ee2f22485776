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
    /// Colours: `standard` or `dark`.
    pub theme: &'static str,
    /// Letters: `standard` or `large`.
    pub size: &'static str,
    /// Whether everything that is touched lies low.
    pub low: bool,
    /// Whether drawings stand still.
    pub still: bool,
    /// Title of the browser's window.
    pub window_title: String,
    /// The simulation banner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub banner: Option<String>,
    /// The screen's heading.
    pub title: String,
    /// Where the person stands in a row of questions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<String>,
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
    /// The kinds of information the question is about.
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
    /// Language, display and sound: on every screen.
    pub tools: Vec<Button>,
    /// The sheet that lies over the screen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub panel: Option<PanelView>,
    /// What to say while a press has not been answered for a second.
    pub busy: String,
    /// What is heard and how.
    pub sound: SoundView,
}

/// What is heard. Sounds are named, not sent; a name is a text's id, so nothing is heard that could not be read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SoundView {
    /// Whether the guidance is spoken.
    pub speak: bool,
    /// Volume, 0 to 1.
    pub volume: f32,
    /// Folder of the spoken sentences: `ja` or `en`.
    pub voice: &'static str,
    /// The sentences of this screen, in order.
    pub sentences: Vec<String>,
    /// Where a person's own headphones are plugged in, and what is heard there only; absent where the terminal has no such place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headphones: Option<HeadphonesView>,
    /// A signal that is played whether or not the guidance is spoken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal: Option<&'static str>,
    /// Seconds after which sentences and signal come again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub again_s: Option<u16>,
}

/// What is for a person's own ears.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeadphonesView {
    /// Part of the name of the audio output. It is there while headphones are plugged in.
    pub output: String,
    /// Sentences of this screen that the loudspeaker never says.
    pub private: Vec<String>,
}

/// A sheet over the screen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PanelView {
    /// Stable name.
    pub name: &'static str,
    /// Heading.
    pub title: String,
    /// Sentences under the heading.
    pub lines: Vec<String>,
    /// Kinds of information, each with what it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<KindView>,
    /// Rows of buttons, each with its label.
    pub rows: Vec<RowView>,
    /// A two-dimensional code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<CodeView>,
    /// Closes the sheet.
    pub close: Button,
}

/// A labelled row of buttons.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowView {
    /// What the row is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its buttons.
    pub buttons: Vec<Button>,
}

/// A QR code as the path of an SVG drawing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CodeView {
    /// What it is, for those who listen.
    pub label: String,
    /// Width and height of the drawing, in modules.
    pub size: i32,
    /// The dark modules.
    pub path: String,
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
    /// The language of the label, where it is another than the screen's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<&'static str>,
    /// What is heard when the button is reached; empty for digits, which are never spoken (invariant 5).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub spoken: Vec<&'static str>,
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
    /// A given answer that can be changed.
    Given,
    /// Language, display and sound.
    Tool,
}

impl Button {
    pub(crate) fn new(input: Input, label: String, look: Look) -> Self {
        Self {
            id: input.id(),
            label,
            detail: None,
            icon: None,
            look,
            lang: None,
            spoken: Vec::new(),
            pressed: None,
            enabled: true,
        }
    }

    pub(crate) fn detail(mut self, detail: String) -> Self {
        self.detail = Some(detail);
        self
    }

    pub(crate) fn spoken(mut self, keys: &[&'static str]) -> Self {
        self.spoken = keys.to_vec();
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
    /// Every button that can be reached: those of the open sheet alone, when there is one.
    pub fn buttons(&self) -> impl Iterator<Item = &Button> {
        let panel = self.panel.as_ref();
        let sheet = panel
            .into_iter()
            .flat_map(|panel| panel.rows.iter().flat_map(|row| &row.buttons))
            .chain(panel.map(|panel| &panel.close));
        let keys = self.keypad.iter().flat_map(|keypad| &keypad.keys);
        let screen = self
            .choices
            .iter()
            .chain(keys)
            .chain(&self.tools)
            .chain(&self.actions)
            .filter(move |_| panel.is_none());
        let idle = self.idle.iter().map(|idle| &idle.button);
        screen.chain(sheet).chain(idle)
    }

    /// What pressing `id` means on this screen; `None` when it shows no such button or it cannot be pressed.
    ///
    /// Speech and volume have keys of their own on a tactile keypad, so they can be pressed on every screen; `stay` is also what the
    /// page says when somebody steps through its buttons or hears it again without pressing anything.
    pub fn press(&self, id: &str) -> Option<Input> {
        const KEYS: [&str; 5] = ["speech-on", "speech-off", "louder", "softer", "stay"];
        if KEYS.contains(&id) {
            return Input::from_id(id);
        }
        let button = self
            .buttons()
            .find(|button| button.id == id && button.enabled)?;
        match Input::from_id(id)? {
            // The other answer than the one that the person had before them.
            Input::Change(kind) => Some(Input::Consent(kind, button.pressed == Some(false))),
            input => Some(input),
        }
    }
}
