//! Every page in both languages: what must be on all of them, and what must never be.

use super::*;
use crate::patient::{ConsentKind, Guidance, KeypadPurpose, Notice, OtherCard, WorkStep};
use serde_json::Value;

/// Words that would tell about a qualification or an assistance (invariant 17).
const FORBIDDEN: [&str; 24] = [
    "資格",
    "保険",
    "扶助",
    "生活保護",
    "保護",
    "委託",
    "医療券",
    "調剤券",
    "公費",
    "負担",
    "福祉",
    "受給",
    "無効",
    "限度額",
    "照会",
    "qualif",
    "insur",
    "assist",
    "welfare",
    "entrust",
    "ticket",
    "eligib",
    "payer",
    "recipient",
];

/// One screen for every page and every notice, guidance and step it can carry.
fn every_page() -> Vec<Page> {
    let mut pages = vec![
        Page::Starting,
        Page::OutOfService {
            code: "UK-CARD-001",
        },
        Page::Waiting,
        Page::Reading,
        Page::StaffComing { notice: None },
        Page::FaceCheck {
            guidance: None,
            attempt: 2,
        },
        Page::Consents {
            answers: [None; 4],
            itemised: false,
        },
        Page::Consents {
            answers: [Some(true), Some(false), None, None],
            itemised: true,
        },
        Page::Farewell {
            agreed: vec![],
            take_card: true,
            notice: None,
        },
        Page::Farewell {
            agreed: ConsentKind::ALL.to_vec(),
            take_card: false,
            notice: None,
        },
        Page::Trouble {
            code: "UK-VISIT-001",
            take_card: true,
            notice: None,
        },
        Page::Trouble {
            code: "UK-VISIT-001",
            take_card: false,
            notice: None,
        },
    ];
    for (face, pin) in [(true, true), (true, false), (false, true), (false, false)] {
        pages.push(Page::Method {
            face,
            pin,
            pin_tries: None,
            visual: true,
            notice: None,
        });
        pages.push(Page::Method {
            face,
            pin,
            pin_tries: Some(2),
            visual: false,
            notice: None,
        });
    }
    for purpose in [KeypadPurpose::Pin, KeypadPurpose::MatchingNumber] {
        let length = if purpose == KeypadPurpose::Pin { 4 } else { 14 };
        for filled in [0, 1, length] {
            pages.push(Page::Keypad {
                purpose,
                length,
                filled,
                tries_left: Some(3),
                notice: (filled == 0).then_some(Notice::PinWrong),
            });
        }
    }
    for filled in [0, 1, 10] {
        pages.push(Page::Keypad {
            purpose: KeypadPurpose::MatchingNumber,
            length: 10,
            filled,
            tries_left: Some(10),
            notice: None,
        });
    }
    pages.extend(OtherCard::ALL.map(|what| Page::NotMyNumberCard {
        what,
        code: "UK-VISIT-102",
    }));
    pages.extend(Notice::ALL.map(|notice| Page::StaffComing {
        notice: Some(notice),
    }));
    pages.extend(Guidance::ALL.map(|guidance| Page::FaceCheck {
        guidance: Some(guidance),
        attempt: 1,
    }));
    pages.extend(
        [
            WorkStep::CheckingCard,
            WorkStep::AskingService,
            WorkStep::Saving,
        ]
        .map(|step| Page::Working { step }),
    );
    pages
}

fn every_view() -> Vec<View> {
    let mut views = Vec::new();
    for page in every_page() {
        for lang in Lang::ALL {
            for idle_seconds_left in [None, Some(1), Some(20)] {
                views.push(render(
                    &Screen {
                        lang,
                        simulated: true,
                        idle_seconds_left,
                        page: page.clone(),
                    },
                    false,
                ));
            }
        }
    }
    views
}

#[test]
fn every_page_has_its_texts_in_both_languages() {
    for view in every_view() {
        let json = serde_json::to_string(&view).unwrap();
        assert!(!json.contains('\u{27E6}'), "a text is missing: {json}");
        assert!(!view.title.is_empty());
        let japanese = view
            .title
            .chars()
            .any(|c| ('\u{3040}'..='\u{9FFF}').contains(&c));
        assert_eq!(japanese, view.lang == "ja", "{}", view.title);
    }
}

#[test]
fn no_view_speaks_of_qualification_or_assistance_invariant_17() {
    for view in every_view() {
        let json = serde_json::to_string(&view).unwrap().to_lowercase();
        for word in FORBIDDEN {
            assert!(!json.contains(word), "{word} in {json}");
        }
    }
}

#[test]
fn the_view_has_no_fields_but_these_invariant_17() {
    // A new field must be weighed against invariant 17 before it is added here.
    let known = [
        "type",
        "page",
        "lang",
        "window_title",
        "banner",
        "title",
        "lines",
        "notice",
        "tone",
        "text",
        "picture",
        "name",
        "label",
        "keypad",
        "groups",
        "length",
        "filled",
        "count",
        "tries",
        "keys",
        "id",
        "detail",
        "icon",
        "look",
        "pressed",
        "enabled",
        "face",
        "instruction",
        "steady",
        "hint",
        "steps",
        "state",
        "spoken",
        "kinds",
        "what",
        "answers",
        "kinds_label",
        "agreed",
        "items",
        "choices",
        "actions",
        "idle",
        "button",
        "code",
        "languages",
        "languages_label",
    ];
    fn walk(value: &Value, known: &[&str]) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| {
                assert!(known.contains(&name.as_str()), "field {name}");
                walk(value, known);
            }),
            Value::Array(items) => items.iter().for_each(|item| walk(item, known)),
            _ => {}
        }
    }
    every_view()
        .iter()
        .for_each(|view| walk(&serde_json::to_value(view).unwrap(), &known));
}

#[test]
fn a_simulated_screen_always_says_so_invariant_13() {
    for page in every_page() {
        for lang in Lang::ALL {
            let screen = Screen {
                lang,
                ..Screen::new(page.clone())
            };
            assert_eq!(render(&screen, false).banner, None);
            let simulated = Screen {
                simulated: true,
                ..screen.clone()
            };
            for view in [render(&simulated, false), render(&screen, true)] {
                assert!(
                    view.banner
                        .is_some_and(|banner| banner.contains("シミュレーション")
                            || banner.contains("SIMULATION"))
                );
            }
        }
    }
}

#[test]
fn every_button_is_unique_and_means_something_and_languages_are_everywhere() {
    for view in every_view() {
        let mut seen = std::collections::BTreeSet::new();
        for button in view.buttons() {
            assert!(
                seen.insert(button.id.clone()),
                "{} twice on {}",
                button.id,
                view.page
            );
            assert!(Input::from_id(&button.id).is_some(), "{}", button.id);
            assert!(!button.label.is_empty());
        }
        assert!(seen.contains("lang-ja") && seen.contains("lang-en"));
        assert_eq!(seen.contains("stay"), view.idle.is_some());
    }
}

#[test]
fn icons_and_pictures_exist_on_the_page() {
    let page = include_str!("../../../assets/patient/index.html");
    let script = include_str!("../../../assets/patient/page.js");
    for view in every_view() {
        if let Some(picture) = &view.picture {
            assert!(
                page.contains(&format!("id=\"drawing-{}\"", picture.name)),
                "{}",
                picture.name
            );
        }
        for icon in view.buttons().filter_map(|button| button.icon) {
            assert!(script.contains(&format!("{icon}: \"")), "{icon}");
        }
    }
}
