//! The sheets that lie over a screen: languages, display and sound, the way by telephone.

use super::consent;
use super::sheet::{Sheet, button};
use crate::Lang;
use crate::patient::choices::{Choices, Panel, Theme};
use crate::patient::view::{Button, CodeView, Look, PanelView, RowView};
use crate::patient::{ConsentKind, Input, Page, Terminal};
use crate::texts::Texts;

/// The buttons that stand on every screen.
pub(super) fn tools(texts: Texts) -> Vec<Button> {
    let tool = |panel, key, icon| button(texts, Input::Open(panel), key, Look::Tool).icon(icon);
    vec![
        tool(Panel::Language, "patient-language", "language"),
        tool(Panel::Comfort, "patient-comfort", "comfort"),
    ]
}

/// Lays the open sheet over the view.
pub(super) fn lay(sheet: &mut Sheet, choices: &Choices, page: &Page, terminal: &Terminal) {
    let texts = sheet.texts;
    let close = button(texts, Input::Close, "patient-close", Look::Plain);
    let (title, view) = match (choices.panel, &terminal.mobile) {
        (Some(Panel::Language), _) => ("patient-language-title", languages(texts, close)),
        (Some(Panel::Comfort), _) => ("patient-comfort-title", comfort(texts, choices, close)),
        (Some(Panel::Phone), Some(route)) => {
            let code = CodeView {
                label: texts.get("patient-phone-picture"),
                size: route.size(),
                path: route.path().to_owned(),
            };
            let view = PanelView {
                lines: vec![texts.get("patient-phone-more")],
                code: Some(code),
                ..empty(Panel::Phone, close)
            };
            ("patient-phone-title", view)
        }
        // Only beside the question that it explains.
        (Some(Panel::Meaning), _) if matches!(page, Page::Consents { .. }) => {
            let kinds = ConsentKind::ALL.map(|kind| consent::kind_view(sheet, kind));
            let view = PanelView {
                kinds: kinds.into(),
                ..empty(Panel::Meaning, close)
            };
            ("patient-consents-kinds", view)
        }
        (Some(Panel::Phone | Panel::Meaning), _) | (None, _) => return,
    };
    sheet.view.sound.sentences.clear();
    // The kinds of records say themselves what they are.
    if view.kinds.is_empty() {
        sheet.say(title);
    }
    if view.code.is_some() {
        sheet.say("patient-phone-more");
    }
    if !view.kinds.is_empty() {
        for kind in ConsentKind::ALL {
            let (name, what) = consent::words(kind);
            sheet.say(name);
            sheet.say(what);
        }
    }
    sheet.view.panel = Some(PanelView {
        title: texts.get(title),
        ..view
    });
}

fn empty(panel: Panel, close: Button) -> PanelView {
    PanelView {
        name: panel.name(),
        title: String::new(),
        lines: Vec::new(),
        kinds: Vec::new(),
        rows: Vec::new(),
        code: None,
        close,
    }
}

/// Each language stands under its own name, in its own letters.
fn languages(texts: Texts, close: Button) -> PanelView {
    let buttons = Lang::ALL.map(|lang| Button {
        lang: Some(lang.tag()),
        ..Button::new(
            Input::Language(lang),
            Texts(lang).get("common-language-name"),
            Look::Choice,
        )
        .spoken(&[spoken_name(lang)])
        .pressed(lang == texts.0)
    });
    PanelView {
        rows: vec![RowView {
            label: None,
            buttons: buttons.into(),
        }],
        ..empty(Panel::Language, close)
    }
}

/// A language is named by a sound of its own in both voices.
fn spoken_name(lang: Lang) -> &'static str {
    match lang {
        Lang::Ja => "speech-lang-ja",
        Lang::JaEasy => "speech-lang-ja-easy",
        Lang::En => "speech-lang-en",
        Lang::ZhHans => "speech-lang-zh-hans",
        Lang::Ko => "speech-lang-ko",
        Lang::Vi => "speech-lang-vi",
        Lang::Pt => "speech-lang-pt",
    }
}

fn comfort(texts: Texts, choices: &Choices, close: Button) -> PanelView {
    let choice = |input, key, row, chosen| {
        button(texts, input, key, Look::Answer)
            .spoken(&[row, key])
            .pressed(chosen)
    };
    let row = |label: &'static str, [one, other]: [Button; 2]| RowView {
        label: Some(texts.get(label)),
        buttons: vec![one, other],
    };
    let Choices {
        theme,
        large,
        low,
        still,
        speech,
        volume,
        ..
    } = *choices;
    let theme_button =
        |wanted, key| choice(Input::Theme(wanted), key, "patient-theme", theme == wanted);
    let step = |input, key, open| button(texts, input, key, Look::Answer).enabled(open);
    // Where the language chosen has no voice of its own, the one that is heard is named.
    let voice = if texts.0.spoken() == texts.0 {
        "patient-speech"
    } else {
        "patient-speech-voice"
    };
    let mut sound = row(
        voice,
        [
            choice(
                Input::Speech(true),
                "patient-speech-on",
                "patient-speech",
                speech,
            ),
            choice(
                Input::Speech(false),
                "patient-speech-off",
                "patient-speech",
                !speech,
            ),
        ],
    );
    sound.buttons.extend([
        step(Input::Softer, "patient-softer", volume > 0),
        step(
            Input::Louder,
            "patient-louder",
            volume < crate::patient::choices::LOUDEST,
        ),
    ]);
    let rows = vec![
        row(
            "patient-size",
            [
                choice(
                    Input::Large(false),
                    "patient-size-standard",
                    "patient-size",
                    !large,
                ),
                choice(
                    Input::Large(true),
                    "patient-size-large",
                    "patient-size",
                    large,
                ),
            ],
        ),
        row(
            "patient-theme",
            [
                theme_button(Theme::Standard, "patient-theme-standard"),
                theme_button(Theme::Dark, "patient-theme-dark"),
            ],
        ),
        row(
            "patient-layout",
            [
                choice(
                    Input::Low(false),
                    "patient-layout-standard",
                    "patient-layout",
                    !low,
                ),
                choice(
                    Input::Low(true),
                    "patient-layout-low",
                    "patient-layout",
                    low,
                ),
            ],
        ),
        row(
            "patient-motion",
            [
                choice(
                    Input::Still(false),
                    "patient-motion-on",
                    "patient-motion",
                    !still,
                ),
                choice(
                    Input::Still(true),
                    "patient-motion-off",
                    "patient-motion",
                    still,
                ),
            ],
        ),
        sound,
    ];
    PanelView {
        rows,
        ..empty(Panel::Comfort, close)
    }
}
