//! The keypad that the camera filled in.

use super::*;
use crate::Lang;
use crate::patient::{Choices, HoldStep, KeypadPurpose, Notice};

fn read(lang: Lang, filled: u8, length: u8) -> View {
    let screen = Screen {
        by_camera: true,
        choices: Choices {
            lang,
            ..Choices::default()
        },
        ..Screen::new(Page::Keypad {
            purpose: KeypadPurpose::MatchingNumber,
            length,
            filled,
            tries_left: Some(10),
            notice: None,
        })
    };
    render(&screen, &Terminal::default())
}

fn enabled<'a>(view: &'a View, start: &str) -> Vec<&'a str> {
    view.buttons()
        .filter(|button| button.enabled && button.id.starts_with(start))
        .map(|button| button.id.as_str())
        .collect()
}

/// Invariant 3: nobody confirms digits blindly that a camera filled in. The page and the voice say that it did, how many there are, and that they can be
/// wiped and typed; keys that would do nothing can't be pressed.
#[test]
fn invariant_3_what_the_camera_filled_in_is_said_before_it_is_confirmed() {
    for lang in Lang::ALL {
        let view = read(lang, 14, 14);
        assert!(view.title.contains("14") && !view.title.contains("10"));
        let said = &view.sound.sentences;
        for key in ["patient-keypad-read", "patient-keypad-read-more"] {
            assert!(said.iter().any(|one| one == key), "{key}: {said:?}");
        }
        // It is not called typed as printed by hand.
        let printed = crate::texts::Texts(lang).get("patient-keypad-number-more");
        assert!(!view.lines.contains(&printed), "{:?}", view.lines);
        assert_eq!(enabled(&view, "key-"), Vec::<&str>::new());
        assert_eq!(enabled(&view, "confirm"), ["confirm"]);
        assert_eq!(view.press("clear"), Some(Input::Clear));
        assert_eq!(view.press("erase"), None, "one digit of fourteen unseen");
    }
    let en = read(Lang::En, 14, 14);
    assert!(en.title.contains("Camera"), "{}", en.title);
    let [line] = en.lines.as_slice() else {
        panic!("{:?}", en.lines)
    };
    assert!(
        line.contains("your card") && line.contains("erase"),
        "{line}"
    );
}

/// A part that the camera read: which one shows by its places, the rest is typed, and all of it can be wiped.
#[test]
fn a_part_that_the_camera_filled_in_is_said_to_be_one() {
    for (filled, length) in [(6, 10), (6, 14), (10, 14)] {
        let view = read(Lang::En, filled, length);
        assert_eq!(view.title, "Camera read a part");
        let groups = view.keypad.as_ref().unwrap().groups.iter();
        let whole: u8 = groups
            .filter(|group| group.filled == group.length)
            .map(|group| group.filled)
            .sum();
        assert_eq!(whole, filled, "whole parts");
        assert_eq!(enabled(&view, "key-").len(), 10);
        assert_eq!(enabled(&view, "confirm"), Vec::<&str>::new());
        assert_eq!(view.press("clear"), Some(Input::Clear));
    }
}

/// What to do about digits that the camera did not bring, in a word of each language: type.
fn type_them(lang: Lang) -> &'static str {
    match lang {
        Lang::Ja => "入力してください",
        Lang::JaEasy => "いれて ください",
        Lang::En => "type",
        Lang::ZhHans => "请输入",
        Lang::Ko => "입력해 주세요",
        Lang::Vi => "nhập",
        Lang::Pt => "digite",
    }
}

/// Another card than the one that lies there is called that, in words of its own; and either notice says what to do about it, in every language.
#[test]
fn another_card_is_not_called_unread() {
    let mut told = std::collections::BTreeSet::new();
    for lang in Lang::ALL {
        for notice in [Notice::NumberNotRead, Notice::AnotherCardRead] {
            let screen = Screen {
                choices: Choices {
                    lang,
                    ..Choices::default()
                },
                ..Screen::new(Page::Keypad {
                    purpose: KeypadPurpose::MatchingNumber,
                    length: 10,
                    filled: 0,
                    tries_left: Some(10),
                    notice: Some(notice),
                })
            };
            let text = render(&screen, &Terminal::default()).notice.unwrap().text;
            let low = text.to_lowercase();
            assert!(low.contains(type_them(lang)), "{lang:?}: {text}");
            told.insert(text);
        }
    }
    assert_eq!(told.len(), 2 * Lang::ALL.len(), "{told:?}");
}

/// A card whose date was changed after issue reads like another one, and reading it again never helps: its holder is told what was seen, not that the
/// card is somebody else's, and in either place that the digits can be typed.
#[test]
fn who_reads_another_date_is_asked_to_type_and_not_called_somebody_else() {
    for (lang, types, another) in [
        (Lang::Ja, "入力", "別のカード"),
        (Lang::JaEasy, "いれて", "ちがう カード"),
        (Lang::En, "ype ", "another card"),
        (Lang::ZhHans, "输入", "另一张"),
        (Lang::Ko, "입력", "다른 카드"),
        (Lang::Vi, "nhập", "thẻ khác"),
        (Lang::Pt, "igite", "outro cartão"),
    ] {
        let screen = |page| Screen {
            choices: Choices {
                lang,
                ..Choices::default()
            },
            ..Screen::new(page)
        };
        let hold = Page::HoldCard {
            step: HoldStep::AnotherCard,
        };
        let title = render(&screen(hold), &Terminal::default()).title;
        let keypad = Page::Keypad {
            purpose: KeypadPurpose::MatchingNumber,
            length: 14,
            filled: 0,
            tries_left: Some(10),
            notice: Some(Notice::AnotherCardRead),
        };
        let notice = render(&screen(keypad), &Terminal::default()).notice;
        let notice = notice.unwrap().text;
        for text in [title, notice] {
            assert!(
                text.contains(types) && !text.contains(another),
                "{lang:?}: {text}"
            );
        }
    }
    assert_eq!(Lang::ALL.len(), 7, "all languages are looked at");
}
