//! From a screen to its view: one function for each page.

mod consent;
mod identify;
mod notice;
mod panel;
mod plain;
mod private;
mod sheet;

use crate::patient::view::{IdleView, Look, View};
use crate::patient::{Input, Page, Screen, Terminal};
use sheet::Sheet;

/// Renders a screen. The banner stands whenever the screen or the terminal simulates.
pub fn render(screen: &Screen, terminal: &Terminal) -> View {
    let mut sheet = Sheet::new(screen, terminal);
    let s = &mut sheet;
    match &screen.page {
        Page::Starting => plain::starting(s),
        Page::OutOfService { code } => plain::out_of_service(s, code, terminal),
        Page::Waiting => plain::waiting(s, terminal),
        Page::Reading => plain::reading(s),
        Page::NotMyNumberCard { what, code } => plain::not_my_number_card(s, *what, code),
        Page::StaffComing { notice } => plain::staff_coming(s, *notice),
        Page::Working { step } => plain::working(s, *step),
        Page::CardLeft => plain::card_left(s),
        Page::Trouble {
            code,
            take_card,
            notice,
        } => plain::trouble(s, code, *take_card, *notice, terminal),
        Page::Method {
            face,
            pin,
            pin_tries,
            visual,
            notice,
        } => identify::method(s, (*face, *pin, *visual), *pin_tries, *notice),
        Page::Keypad {
            purpose,
            length,
            filled,
            tries_left,
            notice,
        } => {
            let camera = screen.by_camera;
            identify::keypad(
                s,
                *purpose,
                (*filled, *length, camera),
                *tries_left,
                *notice,
            );
            if screen.hold_card {
                identify::offer_hold_card(s);
            }
        }
        Page::HoldCard { step } => identify::hold_card(s, *step, terminal),
        Page::FaceCheck {
            guidance,
            attempt,
            pin,
            visual,
        } => identify::face_check(s, *guidance, *attempt, (*pin, *visual), terminal),
        Page::Register => consent::register(s),
        Page::Consents { answers, itemised } => consent::questions(s, answers, *itemised),
        Page::Farewell {
            received: false,
            take_card,
            notice,
            ..
        } => plain::stopped(s, *take_card, *notice),
        Page::Farewell {
            received: true,
            agreed,
            take_card,
            notice,
        } => consent::farewell(s, agreed.as_deref(), *take_card, *notice),
    }
    panel::lay(s, &screen.choices, &screen.page, terminal);
    if let Some(seconds) = screen.idle_seconds_left {
        s.view.sound.sentences = vec!["speech-idle".to_owned()];
        s.view.idle = Some(IdleView {
            text: s.texts.with("patient-idle", "seconds", seconds),
            button: s.button(Input::Stay, "patient-stay", Look::Primary),
        });
    }
    private::mark(&mut sheet.view);
    sheet.view
}

#[cfg(test)]
mod heard_tests;
#[cfg(test)]
mod keypad_tests;
#[cfg(test)]
mod letters_tests;
#[cfg(test)]
mod page_tests;
#[cfg(test)]
mod tests;
