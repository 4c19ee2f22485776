//! Which sentences are about this person, and so for their own ears only where the terminal has a place for headphones.

use crate::patient::view::View;

/// Why something did not work, how many tries are left, whether the card is registered, what was agreed to.
const ABOUT_THE_PERSON: [&str; 4] = [
    "patient-notice-",
    "speech-tries-",
    "patient-register",
    "patient-agreed",
];

/// Marks the view's private sentences.
pub(super) fn mark(view: &mut View) {
    // The answers themselves, once they are given.
    let summed_up = view.agreed.is_some();
    // How many tries are left is also said where the PIN is chosen.
    let buttons: Vec<&'static str> = view
        .choices
        .iter()
        .flat_map(|button| button.spoken.iter().copied())
        .filter(|key| key.starts_with("speech-tries-"))
        .collect();
    let Some(headphones) = &mut view.sound.headphones else {
        return;
    };
    let kinds = |key: &str| {
        crate::patient::ConsentKind::ALL
            .iter()
            .any(|kind| key == format!("patient-{}", kind.name()))
    };
    let private = |key: &str| {
        ABOUT_THE_PERSON.iter().any(|part| key.starts_with(part)) || (summed_up && kinds(key))
    };
    let sentences = view.sound.sentences.iter().map(String::as_str);
    let mut all: Vec<String> = sentences
        .chain(buttons)
        .filter(|key| private(key))
        .map(str::to_owned)
        .collect();
    all.dedup();
    headphones.private = all;
}

#[cfg(test)]
mod tests {
    use crate::patient::{ConsentKind, Notice, Page, Screen, Terminal, render};

    fn heard(headphones: bool, page: Page) -> (Vec<String>, Option<Vec<String>>) {
        let terminal = Terminal {
            headphones: headphones.then(|| "Headphones".to_owned()),
            ..Terminal::default()
        };
        let sound = render(&Screen::new(page), &terminal).sound;
        (
            sound.sentences,
            sound.headphones.map(|headphones| headphones.private),
        )
    }

    #[test]
    fn what_is_about_the_person_is_for_their_ears_and_nothing_else_is() {
        let farewell = || Page::Farewell {
            received: true,
            agreed: Some(vec![ConsentKind::Medicines]),
            take_card: true,
            notice: Some(Notice::CertificateExpiresSoon),
        };
        let (all, private) = heard(true, farewell());
        let private = private.unwrap();
        for key in [
            "patient-agreed",
            "patient-medicines",
            "patient-notice-expires-soon",
        ] {
            assert!(private.iter().any(|one| one == key), "{key}: {private:?}");
        }
        assert!(all.contains(&"patient-farewell-take".to_owned()));
        assert!(!private.contains(&"patient-farewell-take".to_owned()));
        let pin = Page::Keypad {
            purpose: crate::patient::KeypadPurpose::Pin,
            length: 4,
            filled: 0,
            tries_left: Some(2),
            notice: Some(Notice::PinWrong),
        };
        assert_eq!(
            heard(true, pin).1.unwrap(),
            ["patient-notice-pin-wrong", "speech-tries-2"]
        );
        let questions = Page::Consents {
            answers: [None; 4],
            itemised: false,
        };
        assert!(
            heard(true, questions).1.unwrap().is_empty(),
            "everybody is asked that"
        );
        assert_eq!(heard(false, farewell()), (all, None));
    }
}
