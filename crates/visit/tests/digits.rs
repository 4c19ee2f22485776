//! What is typed: the PIN and matching number B, and how rarely either is sent (invariants 2 and 3).
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::*;
use visit::*;

#[test]
fn invariant_2_no_pin_is_sent_at_one_try_and_the_tries_are_shown_first() {
    let mut desk = Desk::at("choosing-method");
    let commands = desk.press(Input::Pin);
    assert!(has(&commands, |c| matches!(
        c,
        Command::Show(Page::Keypad {
            tries_left: Some(3),
            ..
        })
    )));
    desk.type_digits("1111");
    desk.card(CardAnswer::Pin(Verify::Wrong { tries_left: 2 }));
    desk.type_digits("2222");
    let commands = desk.card(CardAnswer::Pin(Verify::Wrong { tries_left: 1 }));
    assert!(has(&commands, |c| matches!(
        c,
        Command::Show(Page::Method {
            pin: false,
            notice: Some(Notice::PinNearlyBlocked),
            ..
        })
    )));
    desk.press(Input::Pin);
    assert_eq!(
        desk.machine.state_name(),
        "choosing-method",
        "PIN is no longer on offer"
    );
    assert_eq!(
        desk.log
            .iter()
            .filter(|c| matches!(c, Command::VerifyPin { .. }))
            .count(),
        2
    );
}

#[test]
fn invariant_2_a_card_at_one_try_or_with_an_unreadable_counter_is_never_asked_for_its_pin() {
    for tries in [Some(1), Some(0), None] {
        let mut desk = Desk::at("identifying");
        desk.card(CardAnswer::Identified {
            kind: CardKind::MyNumberCard,
            pin_tries: tries,
            number_tries: Some(10),
            expires_soon: false,
            expiry_known: false,
        });
        desk.press(Input::Pin);
        assert_eq!(desk.machine.state_name(), "choosing-method", "{tries:?}");
    }
}

#[test]
fn invariant_2_one_confirmed_entry_is_one_verify_also_when_the_outcome_is_unknown() {
    let mut desk = Desk::at("pin");
    desk.type_digits("1234");
    for _ in 0..3 {
        desk.press(Input::Confirm);
    }
    let commands = desk.card(CardAnswer::Pin(Verify::Unknown {
        tries_left: Some(2),
    }));
    assert!(
        has(&commands, |c| matches!(
            c,
            Command::Show(Page::Keypad {
                filled: 0,
                tries_left: Some(2),
                ..
            })
        )),
        "asked again, empty"
    );
    assert_eq!(
        desk.log
            .iter()
            .filter(|c| matches!(c, Command::VerifyPin { .. }))
            .count(),
        1
    );
    desk.type_digits("1234");
    let commands = desk.card(CardAnswer::Pin(Verify::Unknown { tries_left: None }));
    assert!(
        has(&commands, |c| matches!(
            c,
            Command::Show(Page::Method { pin: false, .. })
        )),
        "counter unknown: not again"
    );
}

#[test]
fn invariant_2_incomplete_entries_are_never_sent() {
    let mut desk = Desk::at("pin");
    desk.type_digits("123");
    assert!(!has(&desk.log, |c| matches!(c, Command::VerifyPin { .. })));
}

#[test]
fn invariant_3_matching_number_stops_below_four_tries() {
    let mut desk = Desk::at("choosing-method");
    desk.press(Input::Face);
    for left in [5, 4] {
        desk.type_digits("02011520304321");
        desk.card(CardAnswer::Number(Verify::Wrong { tries_left: left }));
        assert_eq!(desk.machine.state_name(), "face");
    }
    desk.type_digits("02011520304321");
    let commands = desk.card(CardAnswer::Number(Verify::Wrong { tries_left: 3 }));
    assert!(has(&commands, |c| matches!(
        c,
        Command::Show(Page::Method {
            face: false,
            pin: true,
            ..
        })
    )));
}

#[test]
fn matching_number_without_the_year_of_expiry() {
    for (known, typed, sent) in [
        (true, "5502172285", true),
        (true, "55021720352285", true),
        (true, "55021720352", false),
        (true, "550217228", false),
        (false, "5502172285", false),
        (false, "55021720352285", true),
    ] {
        let mut desk = Desk::ready();
        desk.lay(1);
        desk.card(CardAnswer::Identified {
            kind: CardKind::MyNumberCard,
            pin_tries: Some(3),
            number_tries: Some(10),
            expires_soon: false,
            expiry_known: known,
        });
        let asked = desk.press(Input::Face);
        let length = if known { 10 } else { 14 };
        assert!(
            matches!(&asked[..], [Command::LookAtCamera { .. }, Command::Show(Page::Keypad { length: l, .. })] if *l == length),
            "{asked:?}"
        );
        let commands = desk.type_digits(typed);
        let number = commands.iter().find_map(|command| match command {
            Command::VerifyNumber { number, .. } => Some(number.expose().to_vec()),
            _ => None,
        });
        assert_eq!(
            number,
            sent.then(|| typed.as_bytes().to_vec()),
            "{known} {typed}"
        );
    }
}

/// Whatever lies there, the person is told what it is, under a code of its own, and the card is let go.

#[test]
fn invariant_3_a_card_with_few_tries_at_its_numbers_is_not_offered_face_and_the_page_says_why() {
    for (number_tries, why) in [(3, Some(Notice::NumberRefused)), (4, None)] {
        let mut desk = Desk::at("identifying");
        let commands = desk.card(CardAnswer::Identified {
            kind: CardKind::MyNumberCard,
            pin_tries: Some(3),
            number_tries: Some(number_tries),
            expires_soon: false,
            expiry_known: false,
        });
        assert!(
            has(&commands, |c| matches!(
                c,
                Command::Show(Page::Method { face, pin: true, notice, .. })
                    if *face == why.is_none() && *notice == why
            )),
            "{number_tries}: {commands:?}"
        );
        desk.press(Input::Face);
        assert_eq!(
            desk.machine.state_name() == "choosing-method",
            why.is_some(),
            "{number_tries}"
        );
    }
}

/// What the camera filled in can be wiped at one touch, for the PIN as for the number; no digit of it is sent any more.
#[test]
fn all_digits_are_taken_back_at_one_touch() {
    for way in [Input::Face, Input::Pin] {
        let mut desk = Desk::at("choosing-method");
        desk.press(way);
        for digit in [1, 2, 3, 4] {
            desk.press(Input::Digit(digit));
        }
        let commands = desk.press(Input::Clear);
        assert!(
            has(&commands, |c| matches!(
                c,
                Command::Show(Page::Keypad { filled: 0, .. })
            )),
            "{commands:?}"
        );
        desk.press(Input::Confirm);
        assert!(
            !has(&desk.log, |c| matches!(
                c,
                Command::VerifyPin { .. } | Command::VerifyNumber { .. }
            )),
            "nothing is there to send"
        );
    }
}
