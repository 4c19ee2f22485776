//! Ways of identification: the choice, the keypad, the face.

use super::sheet::Sheet;
use crate::patient::view::{Button, DigitGroup, FaceView, KeypadView, Look};
use crate::patient::{Guidance, HoldStep, Input, KeypadPurpose, Notice, Side, Terminal};
use crate::texts::Texts;

/// Digits of matching number B that are typed when the card itself tells its year of expiry.
const WITHOUT_EXPIRY: u8 = 10;
/// How the tries left are said, from one on; the card knows no counter above ten.
const SPOKEN_TRIES: [&str; 10] = [
    "speech-tries-1",
    "speech-tries-2",
    "speech-tries-3",
    "speech-tries-4",
    "speech-tries-5",
    "speech-tries-6",
    "speech-tries-7",
    "speech-tries-8",
    "speech-tries-9",
    "speech-tries-10",
];

/// The sentence that says how many tries are left.
fn spoken_tries(tries: Option<u8>) -> Option<&'static str> {
    let at = usize::from(tries?.checked_sub(1)?);
    SPOKEN_TRIES.get(at).copied()
}

pub(super) fn method(
    s: &mut Sheet,
    (face, pin, visual): (bool, bool, bool),
    pin_tries: Option<u8>,
    why: Option<Notice>,
) {
    s.title("patient-method");
    s.notice(why);
    // What the person should know first takes the place of what the buttons say anyway.
    if why.is_none() || !(face || pin) {
        s.line(match (face, pin) {
            (true, true) => "patient-method-choose",
            (false, false) if visual => "patient-method-none",
            (false, false) => "patient-method-nothing",
            _ => "patient-method-one",
        });
    }
    s.say("speech-choose");
    if face {
        let button = s
            .button(Input::Face, "patient-face", Look::Choice)
            .detail(s.texts.get("patient-face-detail"))
            .spoken(&["patient-face", "patient-face-detail"])
            .icon("face");
        s.view.choices.push(button);
    }
    if pin {
        let detail = match pin_tries {
            Some(tries) => s.texts.with("patient-pin-detail-tries", "tries", tries),
            None => s.texts.get("patient-pin-detail"),
        };
        let button = s
            .button(Input::Pin, "patient-pin", Look::Choice)
            .detail(detail)
            .spoken(&["patient-pin", "patient-pin-detail"])
            .icon("keys");
        let button = match spoken_tries(pin_tries) {
            Some(tries) => button.spoken(&["patient-pin", "patient-pin-detail", tries]),
            None => button,
        };
        s.view.choices.push(button);
    }
    if visual {
        let staff = s
            .button(Input::Visual, "patient-visual", Look::Plain)
            .icon("staff");
        if s.view.choices.is_empty() {
            s.view.choices.push(Button {
                look: Look::Choice,
                ..staff
            });
        } else {
            s.view.actions.push(staff);
        }
    }
    let cancel = s.button(Input::Cancel, "patient-cancel", Look::Plain);
    s.view.actions.push(cancel);
}

pub(super) fn keypad(
    s: &mut Sheet,
    purpose: KeypadPurpose,
    (filled, length, by_camera): (u8, u8, bool),
    tries: Option<u8>,
    wrong: Option<Notice>,
) {
    let (title, more) = match purpose {
        KeypadPurpose::Pin => ("patient-keypad-pin", "patient-keypad-pin-more"),
        // Whoever typed nothing is told who did, and what to do about it.
        KeypadPurpose::MatchingNumber if by_camera && filled < length => {
            ("patient-keypad-read-part", "patient-keypad-read-part-more")
        }
        KeypadPurpose::MatchingNumber if by_camera => {
            ("patient-keypad-read", "patient-keypad-read-more")
        }
        KeypadPurpose::MatchingNumber if length == WITHOUT_EXPIRY => (
            "patient-keypad-number-short",
            "patient-keypad-number-short-more",
        ),
        KeypadPurpose::MatchingNumber => ("patient-keypad-number", "patient-keypad-number-more"),
    };
    let left = spoken_tries(tries);
    // After a mistake the sentence that helps takes the place of the explanation, and is heard first, with what is left.
    if wrong.is_some() {
        s.notice(wrong);
        left.into_iter().for_each(|tries| s.say(tries));
        s.title(title);
    } else {
        s.title(title);
        s.line(more);
        left.into_iter().for_each(|tries| s.say(tries));
    }
    let filled = filled.min(length);
    s.say(if filled == length && length > 0 {
        "speech-full".to_owned()
    } else if filled == 0 {
        "speech-digits".to_owned()
    } else {
        format!("speech-count-{filled}")
    });
    // After ten digits the person may go on with the rest as printed.
    let more =
        filled < length || (purpose, length) == (KeypadPurpose::MatchingNumber, WITHOUT_EXPIRY);
    let digit =
        |digit: u8| Button::new(Input::Digit(digit), digit.to_string(), Look::Key).enabled(more);
    let mut keys: Vec<Button> = (1..=9).map(digit).collect();
    // Of digits that nobody sees and nobody typed, the last alone is not worth a key.
    let erase = if by_camera {
        Input::Clear
    } else {
        Input::Erase
    };
    keys.push(
        s.button(erase, "patient-erase", Look::Key)
            .icon("erase")
            .enabled(filled > 0),
    );
    keys.push(digit(0));
    keys.push(
        s.button(Input::Confirm, "patient-confirm", Look::Primary)
            .enabled(filled == length && length > 0),
    );
    s.view.keypad = Some(KeypadView {
        groups: groups(s.texts, purpose, filled, length),
        count: s.texts.with_two(
            "patient-keypad-count",
            ("filled", filled),
            ("length", length),
        ),
        tries: tries.map(|tries| s.texts.with("patient-keypad-tries", "tries", tries)),
        label: s.texts.get("patient-keypad-keys"),
        keys,
    });
    s.back_and_cancel("patient-back");
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

/// One button more beside the keypad.
pub(super) fn offer_hold_card(s: &mut Sheet) {
    let button = s
        .button(Input::HoldCard, "patient-hold-card-button", Look::Plain)
        .icon("camera");
    s.view.actions.insert(0, button);
}

pub(super) fn hold_card(s: &mut Sheet, step: HoldStep, terminal: &Terminal) {
    match step {
        HoldStep::Hold => {
            s.say(where_the_camera_is(terminal));
            s.title("patient-hold-card");
            s.line("patient-hold-card-more");
            let (still, kept) = ("patient-guidance-hold-still", "patient-hold-card-kept");
            s.view.lines.push(s.texts.get(kept));
            s.say(still);
            s.say(kept);
            s.view.face = Some(FaceView {
                label: s.texts.get("patient-face-picture"),
                instruction: s.texts.get(still),
                steady: true,
                hint: "card",
            });
        }
        HoldStep::LayDown => {
            s.title("patient-hold-card-read");
            s.picture("lay-card", "patient-picture-lay");
        }
        HoldStep::NotRead => {
            s.title("patient-hold-card-not-read");
            s.picture("lay-card", "patient-picture-lay");
        }
        HoldStep::AnotherCard => {
            s.title("patient-hold-card-another");
            s.picture("lay-card", "patient-picture-lay");
        }
    }
    let back = s
        .button(Input::Back, "patient-back", Look::Plain)
        .icon("back");
    s.view.actions.push(back);
}

fn where_the_camera_is(terminal: &Terminal) -> &'static str {
    match terminal.camera_at {
        Side::Above | Side::Front => "speech-camera-above",
        Side::Below => "speech-camera-below",
        Side::Left => "speech-camera-left",
        Side::Right => "speech-camera-right",
    }
}

pub(super) fn face_check(
    s: &mut Sheet,
    guidance: Option<Guidance>,
    attempt: u8,
    (pin, visual): (bool, bool),
    terminal: &Terminal,
) {
    // Heard first: instructions come at once and leave no time for it.
    s.say(where_the_camera_is(terminal));
    s.title("patient-face-check");
    if attempt > 1 {
        let again = s.texts.with("patient-face-attempt", "attempt", attempt);
        s.view.lines.push(again);
        s.say("speech-again");
        s.line("patient-face-check-more");
    } else {
        s.line("patient-face-check-more");
        s.view.lines.push(s.texts.get("patient-face-kept"));
    }
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
        Some(Guidance::MoveLeft) => ("patient-guidance-left", "left"),
        Some(Guidance::MoveRight) => ("patient-guidance-right", "right"),
        Some(Guidance::MoveUp) => ("patient-guidance-up", "up"),
        Some(Guidance::MoveDown) => ("patient-guidance-down", "down"),
        Some(Guidance::NoMask) => ("patient-guidance-mask", "mask"),
        Some(Guidance::Matching) => ("patient-guidance-matching", "still"),
        Some(Guidance::EvenLight) => ("patient-guidance-even-light", "light"),
        Some(Guidance::TurnLeft) => ("patient-guidance-turn-left", "left"),
        Some(Guidance::TurnRight) => ("patient-guidance-turn-right", "right"),
    };
    s.say(key);
    // Heard once the first instruction was given.
    if attempt <= 1 {
        s.say("patient-face-kept");
    }
    s.view.face = Some(FaceView {
        label: s.texts.get("patient-face-picture"),
        instruction: s.texts.get(key),
        steady: matches!(guidance, Some(Guidance::HoldStill | Guidance::Matching)),
        hint,
    });
    s.back_and_cancel("patient-face-other");
    // One touch away, without a reason: who can't turn the head, or doesn't want to.
    let ways = [
        (pin, Input::Pin, "patient-pin", "keys"),
        (visual, Input::Visual, "patient-visual", "staff"),
    ];
    let ways: Vec<_> = ways
        .into_iter()
        .filter(|(offered, ..)| *offered)
        .map(|(_, input, words, icon)| s.button(input, words, Look::Plain).icon(icon))
        .collect();
    s.view.actions.splice(0..0, ways);
}
