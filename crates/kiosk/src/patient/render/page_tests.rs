//! Single pages: keypad, choice, consents, farewell.

use super::*;
use crate::Lang;
use crate::patient::{Choices, ConsentKind, KeypadPurpose, Notice};
use serde_json::Value;

fn view(page: Page) -> View {
    render(&Screen::new(page), &Terminal::default())
}

fn ids(view: &View) -> Vec<&str> {
    view.buttons().map(|button| button.id.as_str()).collect()
}

#[test]
fn a_keypad_carries_only_the_count_invariant_5() {
    let keypad = |filled| {
        view(Page::Keypad {
            purpose: KeypadPurpose::Pin,
            length: 4,
            filled,
            tries_left: Some(3),
            notice: None,
        })
    };
    let counts: Vec<_> = (0..=4)
        .map(|filled| keypad(filled).keypad.unwrap().groups[0].filled)
        .collect();
    assert_eq!(counts, [0, 1, 2, 3, 4]);
    // Two digits look the same whatever they are: the rendered view depends on nothing but the count.
    let json = serde_json::to_value(keypad(2).keypad.unwrap()).unwrap();
    let digits: Vec<&Value> = json["groups"].as_array().unwrap().iter().collect();
    assert_eq!(digits, [&serde_json::json!({"length": 4, "filled": 2})]);
}

#[test]
fn the_tries_left_stand_there_before_typing_invariant_2() {
    let keypad = view(Page::Keypad {
        purpose: KeypadPurpose::Pin,
        length: 4,
        filled: 0,
        tries_left: Some(3),
        notice: None,
    });
    assert!(keypad.keypad.unwrap().tries.unwrap().contains('3'));
    let method = view(Page::Method {
        face: true,
        pin: true,
        pin_tries: Some(2),
        visual: true,
        notice: None,
    });
    let pin = method
        .choices
        .iter()
        .find(|button| button.id == "pin")
        .unwrap();
    assert!(pin.detail.as_deref().unwrap().contains('2'));
    assert!(
        pin.spoken.contains(&"speech-tries-2"),
        "heard as well as read"
    );
}

#[test]
fn keys_can_be_pressed_only_when_they_mean_something() {
    let keypad = |filled| {
        view(Page::Keypad {
            purpose: KeypadPurpose::Pin,
            length: 4,
            filled,
            tries_left: None,
            notice: None,
        })
    };
    let enabled = |view: &View, id: &str| {
        view.buttons()
            .find(|button| button.id == id)
            .unwrap()
            .enabled
    };
    assert!(
        enabled(&keypad(0), "key-0")
            && !enabled(&keypad(0), "erase")
            && !enabled(&keypad(0), "confirm")
    );
    assert!(
        enabled(&keypad(3), "key-9")
            && enabled(&keypad(3), "erase")
            && !enabled(&keypad(3), "confirm")
    );
    assert!(
        !enabled(&keypad(4), "key-0")
            && enabled(&keypad(4), "erase")
            && enabled(&keypad(4), "confirm")
    );
    // A count that cannot be is shown as full, never as more.
    assert_eq!(keypad(9).keypad.unwrap().groups[0].filled, 4);
}

#[test]
fn matching_number_b_is_grouped_as_printed() {
    let page = Page::Keypad {
        purpose: KeypadPurpose::MatchingNumber,
        length: 14,
        filled: 8,
        tries_left: Some(10),
        notice: None,
    };
    let groups: Vec<(u8, u8)> = view(page)
        .keypad
        .unwrap()
        .groups
        .iter()
        .map(|group| (group.length, group.filled))
        .collect();
    assert_eq!(groups, [(6, 6), (4, 2), (4, 0)]);
}

/// Invariant 8: staff is not offered where staff has no passcode to confirm with.
#[test]
fn where_staff_cannot_confirm_nobody_is_told_to_wait_for_it() {
    for (face, pin) in [(true, false), (false, false)] {
        let method = view(Page::Method {
            face,
            pin,
            pin_tries: None,
            visual: false,
            notice: Some(Notice::CameraGone),
        });
        assert!(!ids(&method).contains(&"visual"));
        assert!(ids(&method).contains(&"cancel"));
        assert_eq!(method.choices.is_empty(), !face);
        assert_eq!(
            method.lines.iter().any(|line| line.contains("受付")),
            !face,
            "{:?}",
            method.lines
        );
    }
}

#[test]
fn only_ways_that_are_open_are_offered() {
    let method = |face, pin| {
        view(Page::Method {
            face,
            pin,
            pin_tries: Some(1),
            visual: true,
            notice: Some(Notice::PinNearlyBlocked),
        })
    };
    assert!(
        ids(&method(true, false)).contains(&"face") && !ids(&method(true, false)).contains(&"pin")
    );
    assert!(
        !ids(&method(false, true)).contains(&"face") && ids(&method(false, true)).contains(&"pin")
    );
    for (face, pin) in [(true, true), (true, false), (false, true), (false, false)] {
        assert!(
            ids(&method(face, pin)).contains(&"visual"),
            "staff can always be asked"
        );
        assert!(ids(&method(face, pin)).contains(&"cancel"));
    }
}

#[test]
fn both_answers_are_alike_and_none_is_chosen_before_the_person_chooses() {
    let together = view(Page::Consents {
        answers: [None; 4],
        itemised: false,
    });
    let [yes, no] = together.choices.as_slice() else {
        panic!("two answers")
    };
    assert_eq!(
        (yes.id.as_str(), no.id.as_str()),
        ("consent-all-yes", "consent-all-no")
    );
    assert_eq!(
        (yes.look, yes.enabled, yes.pressed),
        (no.look, no.enabled, no.pressed)
    );
    assert!(
        together.actions.iter().any(|button| button.id == "itemise"),
        "each apart is one touch away"
    );
    assert!(together.kinds.iter().all(|kind| !kind.what.is_empty()));

    let apart = view(Page::Consents {
        answers: [None; 4],
        itemised: true,
    });
    let [yes, no] = apart.choices.as_slice() else {
        panic!("two answers")
    };
    assert_eq!(
        (yes.id.as_str(), no.id.as_str()),
        ("consent-checkups-yes", "consent-checkups-no")
    );
    assert_eq!((yes.look, yes.pressed), (no.look, no.pressed));
}

#[test]
fn one_question_at_a_time_and_every_answer_can_be_changed_at_the_end() {
    let apart = |answers| {
        view(Page::Consents {
            answers,
            itemised: true,
        })
    };
    let second = apart([Some(false), None, None, None]);
    assert!(ids(&second).contains(&"consent-medicines-yes"));
    assert!(!ids(&second).contains(&"consent-treatment-yes"));
    assert!(
        !ids(&second).contains(&"consent-done"),
        "two are still open"
    );
    assert!(second.progress.as_ref().unwrap().contains('2'));
    // An answer may come out of order: what is still open is asked.
    let third = apart([Some(false), Some(true), None, Some(true)]);
    assert!(ids(&third).contains(&"consent-treatment-no"));

    let review = apart([Some(true), Some(false), Some(true), Some(false)]);
    let change: Vec<&str> = review
        .choices
        .iter()
        .map(|button| button.id.as_str())
        .collect();
    assert_eq!(
        change,
        [
            "consent-checkups-change",
            "consent-medicines-change",
            "consent-treatment-change",
            "consent-operations-change"
        ],
        "an id stays while its answer changes, and the button keeps the focus"
    );
    let given: Vec<Option<bool>> = review.choices.iter().map(|button| button.pressed).collect();
    assert_eq!(
        given,
        [Some(true), Some(false), Some(true), Some(false)],
        "which answer was given, also for those who do not see it"
    );
    let kind = ConsentKind::Checkups;
    assert_eq!(
        review.press("consent-checkups-change"),
        Some(Input::Consent(kind, false)),
        "the other answer than the one on the button"
    );
    let kind = ConsentKind::Medicines;
    assert_eq!(
        review.press("consent-medicines-change"),
        Some(Input::Consent(kind, true))
    );
    assert_eq!(second.press("consent-medicines-change"), None);
    assert!(ids(&review).contains(&"consent-done"));
}

#[test]
fn the_farewell_lists_what_was_agreed_once_and_in_order() {
    let agreed = vec![
        ConsentKind::Operations,
        ConsentKind::Checkups,
        ConsentKind::Operations,
    ];
    let view = render(
        &Screen {
            choices: Choices {
                lang: Lang::En,
                ..Choices::default()
            },
            ..Screen::new(Page::Farewell {
                received: true,
                agreed: Some(agreed),
                take_card: true,
                notice: None,
            })
        },
        &Terminal::default(),
    );
    assert_eq!(
        view.agreed.unwrap().items,
        ["Health checkups", "Operations"]
    );
    assert_eq!(view.picture.unwrap().name, "take-card");
}

fn in_english(page: Page) -> View {
    let screen = Screen {
        choices: Choices {
            lang: Lang::En,
            ..Choices::default()
        },
        ..Screen::new(page)
    };
    render(&screen, &Terminal::default())
}

/// The service is away and the check waits: nobody is told that everything is done; what happens next is the headline, or stands
/// just below the one that asks to take the card. The same for everybody (invariant 17).
#[test]
fn a_visit_that_waits_for_the_service_says_what_happens_next() {
    let shown = |take_card| {
        let view = in_english(Page::Trouble {
            code: "UK-VISIT-201",
            take_card,
            notice: Some(Notice::ServiceUnreachable),
        });
        assert!(view.code.is_some_and(|code| code.contains("UK-VISIT-201")));
        (view.title, view.lines)
    };
    let nothing_kept = in_english(Page::Trouble {
        code: "UK-VISIT-202",
        take_card: false,
        notice: Some(Notice::ServiceUnreachable),
    });
    assert!(!nothing_kept.title.contains("check follows later"));
    let (title, lines) = shown(false);
    assert!(title.contains("check follows later"), "{title}");
    assert!(lines[0].contains("Staff will call you"), "{lines:?}");
    let (title, lines) = shown(true);
    assert!(title.contains("take your card"), "{title}");
    assert!(lines[0].contains("check follows later") && lines[1].contains("Staff will call you"));
    for take_card in [true, false] {
        let (title, lines) = shown(take_card);
        assert!(!format!("{title}{lines:?}").contains("checked in"));
    }
    // Where nothing waits, nobody is promised a later check.
    for notice in [Notice::ServiceAway, Notice::NotKept] {
        let view = in_english(Page::Trouble {
            code: "UK-VISIT-202",
            take_card: true,
            notice: Some(notice),
        });
        let all = serde_json::to_string(&view).unwrap();
        assert!(all.contains("not checked in yet"), "{all}");
        assert!(
            !all.contains("later") && !all.contains("automatically"),
            "{all}"
        );
    }
}

/// A visit that was ended (by the person, by staff, by silence) received nothing: it says so in every language, tells nobody to wait
/// to be called, and sums up no consents.
#[test]
fn a_visit_that_did_not_happen_never_says_that_it_did() {
    for lang in Lang::ALL {
        for notice in [Notice::Cancelled, Notice::IdleTimeout] {
            for take_card in [true, false] {
                let shown = |received| {
                    let screen = Screen {
                        choices: Choices {
                            lang,
                            ..Choices::default()
                        },
                        ..Screen::new(Page::Farewell {
                            received,
                            agreed: None,
                            take_card,
                            notice: Some(notice),
                        })
                    };
                    render(&screen, &Terminal::default())
                };
                let (ended, done) = (shown(false), shown(true));
                let texts = crate::texts::Texts(lang);
                let said = format!("{} {:?}", ended.title, ended.lines);
                for never in [
                    "patient-farewell",
                    "patient-farewell-done",
                    "patient-farewell-more",
                ] {
                    let never_said = texts.get(never);
                    assert!(!said.contains(&never_said), "{}: {said}", lang.tag());
                    assert!(!ended.sound.sentences.contains(&never.to_owned()));
                }
                assert!(said.contains(&texts.get("patient-stopped-more")), "{said}");
                let not = ["patient-stopped", "patient-stopped-not"];
                assert!(
                    ended
                        .sound
                        .sentences
                        .iter()
                        .any(|key| not.contains(&key.as_str())),
                    "that nothing was received is heard"
                );
                assert_eq!(
                    (ended.agreed, done.agreed),
                    (None, None),
                    "nothing was asked"
                );
                assert_ne!(ended.picture.unwrap().name, "done");
            }
        }
    }
    let english = in_english(Page::Farewell {
        received: false,
        agreed: None,
        take_card: true,
        notice: Some(Notice::Cancelled),
    });
    assert!(
        english.lines[0].contains("not checked in"),
        "{:?}",
        english.lines
    );
}

/// Where nothing was asked, nobody is told that they agreed to nothing.
#[test]
fn a_refusal_that_nobody_made_is_not_told() {
    let farewell = |agreed| {
        in_english(Page::Farewell {
            received: true,
            agreed,
            take_card: true,
            notice: Some(Notice::CertificateEnded),
        })
    };
    let unasked = farewell(None);
    assert_eq!(unasked.agreed, None);
    assert!(
        unasked
            .sound
            .sentences
            .iter()
            .all(|key| !key.starts_with("patient-agreed"))
    );
    assert_eq!(
        farewell(Some(vec![])).agreed.unwrap().title,
        "You did not agree that we may see any records."
    );
}

/// Whoever chose a language without a voice of its own reads beside the sound's buttons which language is spoken.
#[test]
fn which_language_is_spoken_stands_beside_the_sound_of_a_language_without_one() {
    use crate::patient::Panel;
    for lang in Lang::ALL {
        let screen = Screen {
            choices: Choices {
                lang,
                panel: Some(Panel::Comfort),
                ..Choices::default()
            },
            ..Screen::new(Page::Waiting)
        };
        let panel = render(&screen, &Terminal::default()).panel.unwrap();
        let row = panel
            .rows
            .iter()
            .find(|row| row.buttons.iter().any(|button| button.id == "speech-on"))
            .unwrap();
        let spoken = match lang {
            Lang::Ja | Lang::En => None,
            Lang::JaEasy => Some("にほんご"),
            Lang::ZhHans => Some("英语"),
            Lang::Ko => Some("영어"),
            Lang::Vi => Some("tiếng Anh"),
            Lang::Pt => Some("inglês"),
        };
        let label = row.label.as_deref().unwrap();
        match spoken {
            Some(spoken) => assert!(label.contains(spoken), "{label}"),
            None => assert_eq!(label, crate::texts::Texts(lang).get("patient-speech")),
        }
    }
}

/// The keys are named: "hold the next key" would be read out by nobody's keyboard.
#[test]
fn the_spoken_guidance_names_the_keys() {
    for (voice, enter) in [
        (crate::patient::Voice::Ja, "エンター"),
        (crate::patient::Voice::En, "enter key"),
    ] {
        let texts = crate::patient::spoken_texts(voice);
        for id in [
            "speech-choose",
            "speech-digits",
            "speech-full",
            "speech-idle",
        ] {
            let (_, said) = texts.iter().find(|(known, _)| known == id).unwrap();
            assert!(said.contains(enter), "{said}");
        }
        let (_, choose) = texts.iter().find(|(id, _)| id == "speech-choose").unwrap();
        assert!(choose.contains('6') && choose.contains('5'), "{choose}");
    }
}
