//! What is heard beside the sentences that stand on a screen.

use super::*;
use crate::patient::{Guidance, HoldStep, KeypadPurpose, Notice, WorkStep};

fn view(page: Page) -> View {
    render(&Screen::new(page), &Terminal::default())
}

/// What stands on the screen beside the instruction, or moves on while the person waits, is heard too.
#[test]
fn what_is_kept_and_how_far_the_machine_is_are_heard() {
    let face = |attempt| {
        view(Page::FaceCheck {
            guidance: Some(Guidance::ComeCloser),
            attempt,
            pin: true,
            visual: true,
        })
        .sound
        .sentences
    };
    let first = face(1);
    let at = |name: &str| first.iter().position(|one| one == name);
    assert!(at("patient-guidance-come-closer") < at("patient-face-kept"));
    assert!(at("patient-guidance-come-closer").is_some());
    assert!(!face(2).contains(&"patient-face-kept".to_owned()), "once");
    for (step, key) in [
        (WorkStep::CheckingCard, "patient-step-card"),
        (WorkStep::AskingService, "patient-step-service"),
        (WorkStep::Saving, "patient-step-saving"),
    ] {
        let heard = view(Page::Working { step }).sound.sentences;
        assert_eq!(heard.last().map(String::as_str), Some(key));
    }
}

/// Invariant 2: after a wrong PIN it is heard first that it was wrong and how many tries are left, then what to type.
#[test]
fn what_went_wrong_is_heard_before_what_is_asked() {
    let heard = |notice| {
        view(Page::Keypad {
            purpose: KeypadPurpose::Pin,
            length: 4,
            filled: 0,
            tries_left: Some(2),
            notice,
        })
        .sound
        .sentences
    };
    assert_eq!(
        heard(Some(Notice::PinWrong)),
        [
            "patient-notice-pin-wrong",
            "speech-tries-2",
            "patient-keypad-pin",
            "speech-digits"
        ]
    );
    assert_eq!(
        heard(None),
        [
            "patient-keypad-pin",
            "patient-keypad-pin-more",
            "speech-tries-2",
            "speech-digits"
        ]
    );
}

/// A card is held up before it is held still, to the ear as to the eye; what becomes of the picture is told after that.
#[test]
fn how_a_card_is_held_comes_before_holding_still() {
    let view = view(Page::HoldCard {
        step: HoldStep::Hold,
    });
    let heard = &view.sound.sentences;
    let at = |name: &str| heard.iter().position(|one| one == name).unwrap();
    let order = [
        "patient-hold-card",
        "patient-hold-card-more",
        "patient-guidance-hold-still",
        "patient-hold-card-kept",
    ]
    .map(at);
    assert!(order.is_sorted(), "{heard:?}");
    assert_eq!(view.lines.len(), 2, "{:?}", view.lines);
}
