//! A view while it is being drawn: each sentence is put on the screen and into the mouth at once, so that what is heard is
//! what stands there.

use crate::patient::view::{
    Button, HeadphonesView, Look, NoticeView, PictureView, SoundView, View,
};
use crate::patient::{Input, Notice, Page, Screen, Terminal};
use crate::texts::Texts;

use super::{notice, panel};
use crate::patient::choices::LOUDEST;

/// A view with the language it is drawn in.
pub(super) struct Sheet {
    pub(super) view: View,
    pub(super) texts: Texts,
}

impl Sheet {
    pub(super) fn new(screen: &Screen, terminal: &Terminal) -> Self {
        let choices = screen.choices;
        let texts = Texts(choices.lang);
        let simulated = screen.simulated || terminal.simulated;
        let view = View {
            kind: "view",
            page: screen.page.name(),
            lang: choices.lang.tag(),
            theme: choices.theme.name(),
            size: if choices.large { "large" } else { "standard" },
            low: choices.low,
            still: choices.still,
            window_title: texts.get("patient-page-title"),
            banner: simulated.then(|| texts.get("common-simulation")),
            title: String::new(),
            progress: None,
            lines: Vec::new(),
            notice: None,
            picture: None,
            keypad: None,
            face: None,
            steps: Vec::new(),
            kinds: Vec::new(),
            kinds_label: None,
            agreed: None,
            choices: Vec::new(),
            actions: Vec::new(),
            idle: None,
            code: None,
            tools: panel::tools(texts),
            panel: None,
            busy: texts.get("patient-busy"),
            sound: SoundView {
                speak: choices.speech && choices.volume > 0,
                volume: f32::from(choices.volume) / f32::from(LOUDEST),
                voice: choices.lang.spoken().key(),
                sentences: Vec::new(),
                headphones: terminal.headphones.clone().map(|output| HeadphonesView {
                    output,
                    private: Vec::new(),
                }),
                signal: None,
                again_s: None,
            },
        };
        let mut sheet = Self { view, texts };
        if simulated && matches!(screen.page, Page::Waiting) {
            sheet.say("common-simulation");
        }
        sheet
    }

    /// Only heard.
    pub(super) fn say(&mut self, key: impl Into<String>) {
        self.view.sound.sentences.push(key.into());
    }

    pub(super) fn title(&mut self, key: &'static str) {
        self.view.title = self.texts.get(key);
        self.say(key);
    }

    pub(super) fn line(&mut self, key: &'static str) {
        self.view.lines.push(self.texts.get(key));
        self.say(key);
    }

    pub(super) fn notice(&mut self, why: Option<Notice>) {
        if let Some(why) = why {
            let (tone, key) = notice::words(why);
            self.view.notice = Some(NoticeView {
                tone,
                text: self.texts.get(key),
            });
            self.say(key);
        }
    }

    pub(super) fn picture(&mut self, name: &'static str, key: &'static str) {
        self.view.picture = Some(PictureView {
            name,
            label: self.texts.get(key),
        });
    }

    pub(super) fn code(&mut self, code: &str) {
        self.view.code = Some(self.texts.with("patient-code", "code", code));
    }

    pub(super) fn button(&self, input: Input, key: &'static str, look: Look) -> Button {
        button(self.texts, input, key, look)
    }

    /// "Back" and "stop", as every step of a visit has them.
    pub(super) fn back_and_cancel(&mut self, back: &'static str) {
        let back = self.button(Input::Back, back, Look::Plain).icon("back");
        let cancel = self.button(Input::Cancel, "patient-cancel", Look::Plain);
        self.view.actions.extend([back, cancel]);
    }

    /// The way by telephone, where a person may not get on with the reader.
    pub(super) fn offer_phone(&mut self, terminal: &Terminal) {
        if terminal.mobile.is_some() {
            let input = Input::Open(crate::patient::Panel::Phone);
            let button = self.button(input, "patient-phone", Look::Plain);
            self.view.actions.push(button.icon("phone"));
        }
    }
}

/// A button whose label is heard as it is written.
pub(super) fn button(texts: Texts, input: Input, key: &'static str, look: Look) -> Button {
    Button::new(input, texts.get(key), look).spoken(&[key])
}
