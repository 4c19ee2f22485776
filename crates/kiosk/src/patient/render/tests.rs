//! Every page in every language: what must be on all of them, and what must never be.

use super::*;
use crate::Lang;
use crate::patient::{
    Choices, ConsentKind, Guidance, HoldStep, KeypadPurpose, MobileRoute, Notice, OtherCard, Panel,
    Theme, WorkStep,
};
use crate::texts::Texts;
use serde_json::Value;

/// Words that would tell about a qualification or an assistance (invariant 17).
const FORBIDDEN: [&str; 45] = [
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
    // 中文
    "资格",
    "保险",
    "补助",
    "福利",
    "救助",
    "委托",
    "无效",
    // 한국어
    "자격",
    "보험",
    "부조",
    "복지",
    "급여",
    "위탁",
    // Tiếng Việt
    "bảo hiểm",
    "trợ cấp",
    "phúc lợi",
    "tư cách",
    // Português
    "seguro-",
    "benefício",
    "previdência",
    "elegib",
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
        Page::CardLeft,
        Page::HoldCard {
            step: HoldStep::Hold,
        },
        Page::HoldCard {
            step: HoldStep::LayDown,
        },
        Page::HoldCard {
            step: HoldStep::NotRead,
        },
        Page::HoldCard {
            step: HoldStep::AnotherCard,
        },
        Page::Register,
        Page::Consents {
            answers: [Some(true), Some(false), Some(true), Some(false)],
            itemised: true,
        },
        Page::FaceCheck {
            guidance: None,
            attempt: 2,
            pin: true,
            visual: true,
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
            received: true,
            agreed: Some(vec![]),
            take_card: true,
            notice: None,
        },
        Page::Farewell {
            received: true,
            agreed: Some(ConsentKind::ALL.to_vec()),
            take_card: false,
            notice: None,
        },
        Page::Farewell {
            received: true,
            agreed: None,
            take_card: true,
            notice: Some(Notice::CertificateEnded),
        },
        Page::Farewell {
            received: false,
            agreed: None,
            take_card: true,
            notice: Some(Notice::Cancelled),
        },
        Page::Farewell {
            received: false,
            agreed: None,
            take_card: false,
            notice: Some(Notice::IdleTimeout),
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
        pin: true,
        visual: true,
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

/// A terminal with everything: simulated, with a way by telephone.
fn terminal(qualification_only: bool) -> Terminal {
    Terminal {
        simulated: true,
        qualification_only,
        mobile: Some(MobileRoute::new("https://zaitaku.example/clinic").unwrap()),
        ..Terminal::default()
    }
}

/// Drawn once for all tests.
pub(super) fn every_view() -> &'static [View] {
    static VIEWS: std::sync::OnceLock<Vec<View>> = std::sync::OnceLock::new();
    VIEWS.get_or_init(draw_every_view)
}

fn draw_every_view() -> Vec<View> {
    let mut views = Vec::new();
    for page in every_page() {
        let told = matches!(
            page,
            Page::StaffComing { notice: Some(_) } | Page::FaceCheck { attempt: 1, .. }
        );
        for lang in Lang::ALL {
            let chosen = |panel| Choices {
                lang,
                panel,
                speech: true,
                ..Choices::default()
            };
            let mut draw = |choices, idle_seconds_left, only| {
                let screen = Screen {
                    choices,
                    simulated: true,
                    hold_card: false,
                    by_camera: false,
                    idle_seconds_left,
                    page: page.clone(),
                };
                views.push(render(&screen, &terminal(only)));
            };
            draw(chosen(None), None, false);
            if told {
                // One of many of the same kind: what lies over it has been drawn over others.
                continue;
            }
            for idle in [Some(1), Some(20)] {
                draw(chosen(None), idle, false);
            }
            draw(chosen(None), None, true);
            for panel in Panel::ALL {
                draw(chosen(Some(panel)), None, false);
            }
        }
    }
    views
}

#[test]
fn every_page_has_its_texts_in_every_language() {
    for view in every_view() {
        let json = serde_json::to_string(&view).unwrap();
        assert!(!json.contains('\u{27E6}'), "a text is missing: {json}");
        assert!(!view.title.is_empty());
        let has = |from: char, to: char| view.title.chars().any(|c| (from..=to).contains(&c));
        let kana = has('\u{3041}', '\u{30FA}');
        let letters = (
            kana,
            has('\u{4E00}', '\u{9FFF}'),
            has('\u{AC00}', '\u{D7A3}'),
        );
        match view.lang {
            "ja" => assert!(letters.0 || letters.1, "{}", view.title),
            "ja-x-easy" => assert_eq!(letters, (true, false, false), "{}", view.title),
            "zh-Hans" => assert_eq!(letters, (false, true, false), "{}", view.title),
            "ko" => assert_eq!(letters, (false, false, true), "{}", view.title),
            _ => assert_eq!(letters, (false, false, false), "{}", view.title),
        }
    }
}

/// What is heard is what stands there: every sentence named is one that has a sound.
#[test]
fn every_sentence_named_is_a_spoken_text() {
    let known: std::collections::BTreeSet<String> =
        crate::patient::spoken_texts(crate::patient::Voice::Ja)
            .into_iter()
            .map(|(id, _)| id)
            .collect();
    for view in every_view() {
        assert!(!view.sound.sentences.is_empty(), "{} is silent", view.page);
        let buttons = view
            .buttons()
            .flat_map(|button| button.spoken.iter().map(|id| (*id).to_owned()));
        for id in view.sound.sentences.iter().cloned().chain(buttons) {
            assert!(known.contains(&id), "{id} on {} has no sound", view.page);
        }
        for button in view
            .buttons()
            .filter(|button| !button.id.starts_with("key-"))
        {
            assert!(
                !button.spoken.is_empty(),
                "{} has no name to hear",
                button.id
            );
        }
    }
}

#[test]
fn no_digit_is_ever_named_invariant_5() {
    for view in every_view() {
        for button in view
            .buttons()
            .filter(|button| button.id.starts_with("key-"))
        {
            assert!(button.spoken.is_empty());
        }
    }
}

/// The choices about the page change how it looks and sounds, nothing else.
#[test]
fn colours_letters_and_height_are_handed_on() {
    let screen = Screen {
        choices: Choices {
            theme: Theme::Dark,
            large: true,
            low: true,
            still: true,
            speech: true,
            volume: 4,
            ..Choices::default()
        },
        ..Screen::new(Page::Waiting)
    };
    let view = render(&screen, &Terminal::default());
    assert_eq!((view.theme, view.size, view.low), ("dark", "large", true));
    assert!(view.still, "drawings stand still");
    assert_eq!((view.sound.speak, view.sound.volume), (true, 1.0));
    let silent = Screen {
        choices: Choices {
            volume: 0,
            ..screen.choices
        },
        ..screen
    };
    assert!(!render(&silent, &Terminal::default()).sound.speak);
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
    let known = "type page lang theme size low still window_title banner title progress lines notice tone text picture name \
        label keypad groups length filled count tries keys id detail icon look pressed enabled face instruction steady hint \
        steps state spoken kinds what kinds_label agreed items choices actions idle button code tools panel rows buttons \
        path close busy sound speak volume voice sentences signal again_s";
    let known: Vec<&str> = known.split_whitespace().collect();
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
            let plain = Terminal::default();
            let screen = Screen {
                choices: Choices {
                    lang,
                    ..Choices::default()
                },
                ..Screen::new(page.clone())
            };
            assert_eq!(render(&screen, &plain).banner, None);
            let wanted = Texts(lang).get("common-simulation");
            let simulated = Screen {
                simulated: true,
                ..screen.clone()
            };
            for view in [
                render(&simulated, &plain),
                render(&screen, &terminal(false)),
            ] {
                assert_eq!(view.banner.as_ref(), Some(&wanted));
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
        match &view.panel {
            Some(panel) if panel.name == "language" => {
                assert!(
                    Lang::ALL
                        .iter()
                        .all(|lang| seen.contains(&format!("lang-{}", lang.key())))
                );
            }
            Some(_) => assert!(seen.contains("close")),
            None => assert!(seen.contains("open-language") && seen.contains("open-comfort")),
        }
        assert_eq!(seen.contains("stay"), view.idle.is_some());
    }
}

#[test]
fn icons_and_pictures_exist_on_the_page() {
    let page = include_str!("../../../assets/patient/index.html");
    let script = include_str!("../../../assets/patient/sheet.js");
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
