//! Ways of identification: the choice, the keypad, the face.

use super::notice;
use crate::patient::view::{Button, DigitGroup, FaceView, KeypadView, Look, View};
use crate::patient::{Guidance, Input, KeypadPurpose, Notice};
use crate::texts::Texts;

/// Digits of matching number B that are typed when the card itself tells its year of expiry.
const WITHOUT_EXPIRY: u8 = 10;

pub(super) fn method(
    view: &mut View,
    texts: Texts,
    (face, pin, visual): (bool, bool, bool),
    pin_tries: Option<u8>,
    why: Option<Notice>,
) {
    view.title = texts.get("patient-method");
    view.notice = why.map(|why| notice::view(texts, why));
    view.lines = vec![texts.get(match (face, pin) {
        (true, true) => "patient-method-choose",
        (false, false) if visual => "patient-method-none",
        (false, false) => "patient-method-nothing",
        _ => "patient-method-one",
    })];
    if face {
        view.choices.push(
            Button::new(Input::Face, texts.get("patient-face"), Look::Choice)
                .detail(texts.get("patient-face-detail"))
                .icon("face"),
        );
    }
    if pin {
        let detail = match pin_tries {
            Some(tries) => texts.with("patient-pin-detail-tries", "tries", tries),
            None => texts.get("patient-pin-detail"),
        };
        view.choices.push(
            Button::new(Input::Pin, texts.get("patient-pin"), Look::Choice)
                .detail(detail)
                .icon("keys"),
        );
    }
    if visual {
        let staff =
            Button::new(Input::Visual, texts.get("patient-visual"), Look::Plain).icon("staff");
        if view.choices.is_empty() {
            view.choices.push(Button {
                look: Look::Choice,
                ..staff
            });
        } else {
            view.actions.push(staff);
        }
    }
    view.actions.push(Button::new(
        Input::Cancel,
        texts.get("patient-cancel"),
        Look::Plain,
    ));
}

pub(super) fn keypad(
    view: &mut View,
    texts: Texts,
    purpose: KeypadPurpose,
    (filled, length): (u8, u8),
    tries: Option<u8>,
    wrong: Option<Notice>,
) {
    let (title, more) = match purpose {
        KeypadPurpose::Pin => ("patient-keypad-pin", "patient-keypad-pin-more"),
        KeypadPurpose::MatchingNumber if length == WITHOUT_EXPIRY => (
            "patient-keypad-number-short",
            "patient-keypad-number-short-more",
        ),
        KeypadPurpose::MatchingNumber => ("patient-keypad-number", "patient-keypad-number-more"),
    };
    view.title = texts.get(title);
    // After a mistake the sentence that helps takes the place of the explanation.
    view.lines = if wrong.is_some() {
        Vec::new()
    } else {
        vec![texts.get(more)]
    };
    view.notice = wrong.map(|wrong| notice::view(texts, wrong));
    let filled = filled.min(length);
    // After ten digits the person may go on with the rest as printed.
    let more =
        filled < length || (purpose, length) == (KeypadPurpose::MatchingNumber, WITHOUT_EXPIRY);
    let digit =
        |digit: u8| Button::new(Input::Digit(digit), digit.to_string(), Look::Key).enabled(more);
    let mut keys: Vec<Button> = (1..=9).map(digit).collect();
    keys.push(
        Button::new(Input::Erase, texts.get("patient-erase"), Look::Key)
            .icon("erase")
            .enabled(filled > 0),
    );
    keys.push(digit(0));
    keys.push(
        Button::new(Input::Confirm, texts.get("patient-confirm"), Look::Primary)
            .enabled(filled == length && length > 0),
    );
    view.keypad = Some(KeypadView {
        groups: groups(texts, purpose, filled, length),
        count: texts.with_two(
            "patient-keypad-count",
            ("filled", filled),
            ("length", length),
        ),
        tries: tries.map(|tries| texts.with("patient-keypad-tries", "tries", tries)),
        label: texts.get("patient-keypad-keys"),
        keys,
    });
    view.actions = vec![
        Button::new(Input::Back, texts.get("patient-back"), Look::Plain).icon("back"),
        Button::new(Input::Cancel, texts.get("patient-cancel"), Look::Plain),
    ];
}

/// Matching number B is typed as printed: birth date, year of expiry, security code.
fn groups(texts: Texts, purpose: KeypadPurpose, filled: u8, length: u8) -> Vec<DigitGroup> {
    let parts: &[(u8, &str)] = match (purpose, length) {
        (KeypadPurpose::MatchingNumber, 14) => &[
            (6, "patient-keypad-part-birth"),
            (4, "patient-keypad-part-expiry"),
            (4, "patient-keypad-part-code"),
        ],
        (KeypadPurpose::MatchingNumber, WITHOUT_EXPIRY) => &[
            (6, "patient-keypad-part-birth"),
            (4, "patient-keypad-part-code"),
        ],
        _ => {
            return vec![DigitGroup {
                length,
                filled,
                label: None,
            }];
        }
    };
    let mut left = filled;
    parts
        .iter()
        .map(|(length, key)| {
            let filled = left.min(*length);
            left -= filled;
            DigitGroup {
                length: *length,
                filled,
                label: Some(texts.get(key)),
            }
        })
        .collect()
}

pub(super) fn face_check(view: &mut View, texts: Texts, guidance: Option<Guidance>, attempt: u8) {
    view.title = texts.get("patient-face-check");
    let more = texts.get("patient-face-check-more");
    view.lines = if attempt > 1 {
        vec![texts.with("patient-face-attempt", "attempt", attempt), more]
    } else {
        vec![more, texts.get("patient-face-kept")]
    };
    let (key, hint) = match guidance {
        None => ("patient-guidance-none", "none"),
        Some(Guidance::LookHere) => ("patient-guidance-look-here", "look"),
        Some(Guidance::ComeCloser) => ("patient-guidance-come-closer", "closer"),
        Some(Guidance::StepBack) => ("patient-guidance-step-back", "back"),
        Some(Guidance::OnlyOnePerson) => ("patient-guidance-only-one", "one"),
        Some(Guidance::HoldStill) => ("patient-guidance-hold-still", "still"),
        Some(Guidance::MoreLight) => ("patient-guidance-more-light", "light"),
        Some(Guidance::LessLight) => ("patient-guidance-less-light", "light"),
        Some(Guidance::FaceFront) => ("patient-guidance-front", "look"),
        Some(Guidance::MoveToMiddle) => ("patient-guidance-middle", "middle"),
        Some(Guidance::Matching) => ("patient-guidance-matching", "still"),
        Some(Guidance::EvenLight) => ("patient-guidance-even-light", "light"),
        Some(Guidance::TurnLeft) => ("patient-guidance-turn-left", "left"),
        Some(Guidance::TurnRight) => ("patient-guidance-turn-right", "right"),
        Some(Guidance::TakeOffMask) => ("patient-guidance-mask", "look"),
    };
    view.face = Some(FaceView {
        label: texts.get("patient-face-picture"),
        instruction: texts.get(key),
        steady: matches!(guidance, Some(Guidance::HoldStill | Guidance::Matching)),
        hint,
    });
    // One touch away, without a reason: who can't turn the head, or doesn't want to.
    view.actions = vec![
        Button::new(Input::Pin, texts.get("patient-pin"), Look::Plain),
        Button::new(Input::Visual, texts.get("patient-visual"), Look::Plain).icon("staff"),
        Button::new(Input::Back, texts.get("patient-face-other"), Look::Plain).icon("back"),
        Button::new(Input::Cancel, texts.get("patient-cancel"), Look::Plain),
    ];
}
