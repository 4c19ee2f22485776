//! From a screen to its view: one function for each page.

mod consent;
mod identify;
mod notice;
mod plain;

use crate::patient::view::{Button, IdleView, Look, View};
use crate::patient::{Input, Page, Screen};
use crate::texts::Texts;
use crate::{Lang, patient::view::PictureView};

/// Renders a screen. The banner stands whenever the screen or the terminal simulates.
pub fn render(screen: &Screen, terminal_simulates: bool) -> View {
    let texts = Texts(screen.lang);
    let mut view = empty(&screen.page, texts);
    view.banner = (screen.simulated || terminal_simulates).then(|| texts.get("common-simulation"));
    match &screen.page {
        Page::Starting => plain::starting(&mut view, texts),
        Page::OutOfService { code } => plain::out_of_service(&mut view, texts, code),
        Page::Waiting => plain::waiting(&mut view, texts),
        Page::Reading => plain::reading(&mut view, texts),
        Page::NotMyNumberCard { what, code } => {
            plain::not_my_number_card(&mut view, texts, *what, code);
        }
        Page::StaffComing { notice } => plain::staff_coming(&mut view, texts, *notice),
        Page::Working { step } => plain::working(&mut view, texts, *step),
        Page::Trouble {
            code,
            take_card,
            notice,
        } => plain::trouble(&mut view, texts, code, *take_card, *notice),
        Page::Method {
            face,
            pin,
            pin_tries,
            visual,
            notice,
        } => identify::method(
            &mut view,
            texts,
            (*face, *pin, *visual),
            *pin_tries,
            *notice,
        ),
        Page::Keypad {
            purpose,
            length,
            filled,
            tries_left,
            notice,
        } => {
            identify::keypad(
                &mut view,
                texts,
                *purpose,
                (*filled, *length),
                *tries_left,
                *notice,
            );
        }
        Page::FaceCheck { guidance, attempt } => {
            identify::face_check(&mut view, texts, *guidance, *attempt)
        }
        Page::Consents { answers, itemised } => {
            consent::questions(&mut view, texts, answers, *itemised)
        }
        Page::Farewell {
            agreed,
            take_card,
            notice,
        } => consent::farewell(&mut view, texts, agreed, *take_card, *notice),
    }
    view.idle = screen.idle_seconds_left.map(|seconds| IdleView {
        text: texts.with("patient-idle", "seconds", seconds),
        button: Button::new(Input::Stay, texts.get("patient-stay"), Look::Plain),
    });
    view
}

fn empty(page: &Page, texts: Texts) -> View {
    View {
        kind: "view",
        page: page.name(),
        lang: texts.0.tag(),
        window_title: texts.get("patient-page-title"),
        banner: None,
        title: String::new(),
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
        languages: Lang::ALL
            .into_iter()
            .map(|lang| {
                Button::new(
                    Input::Language(lang),
                    texts.get(language_key(lang)),
                    Look::Plain,
                )
                .pressed(lang == texts.0)
            })
            .collect(),
        languages_label: texts.get("common-languages"),
    }
}

fn language_key(lang: Lang) -> &'static str {
    match lang {
        Lang::Ja => "common-lang-ja",
        Lang::En => "common-lang-en",
    }
}

fn picture(texts: Texts, name: &'static str, key: &str) -> Option<PictureView> {
    Some(PictureView {
        name,
        label: texts.get(key),
    })
}

#[cfg(test)]
mod page_tests;
#[cfg(test)]
mod tests;
