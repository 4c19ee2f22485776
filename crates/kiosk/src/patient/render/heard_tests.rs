//! What is heard beside the sentences that stand on a screen.

use super::*;
use crate::patient::{Guidance, WorkStep};

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
