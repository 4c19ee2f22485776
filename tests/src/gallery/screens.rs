//! Every screen of the patient's page worth looking at.

use kiosk::patient::{
    COUNTDOWN_S, ConsentKind, Guidance, HoldStep, KeypadPurpose, Notice, OtherCard, Page, Screen,
    WorkStep,
};

use super::{notices, sheets};

/// Which terminal shows a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Desk {
    /// One with a way by telephone.
    Plain,
    /// A simulated one.
    Simulated,
    /// One that asks for the qualification only.
    QualificationOnly,
}

/// One screen of the gallery.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    /// Name of the picture.
    pub(super) name: String,
    /// The screen; language, colours and letters are set when it is drawn.
    pub(super) screen: Screen,
    /// Where it is shown.
    pub(super) desk: Desk,
}

fn shown(name: impl Into<String>, screen: Screen) -> Shown {
    Shown {
        name: name.into(),
        screen,
        desk: Desk::Plain,
    }
}

/// Every screen: each page in its states, each notice, each instruction, each sheet, each kind of terminal.
pub(super) fn all() -> Vec<Shown> {
    let mut all: Vec<Shown> = pages()
        .into_iter()
        .map(|(name, screen)| shown(name, screen))
        .collect();
    let method = Page::Method {
        face: true,
        pin: true,
        pin_tries: Some(3),
        visual: true,
        notice: None,
    };
    for notice in Notice::ALL {
        for (word, screen) in notices::of(notice) {
            let name = match notice {
                Notice::OtherCard(_) => format!("notice-other{word}"),
                _ => format!("notice-{notice:?}{word}").to_lowercase(),
            };
            all.push(shown(name, screen));
        }
    }
    for what in OtherCard::ALL {
        let name = format!("{what:?}").to_lowercase();
        let page = Page::NotMyNumberCard {
            what,
            code: "UK-VISIT-102",
        };
        all.push(shown(format!("not-card-{name}"), Screen::new(page)));
    }
    for guidance in Guidance::ALL {
        let page = Page::FaceCheck {
            guidance: Some(guidance),
            attempt: 1,
            pin: true,
            visual: true,
        };
        all.push(shown(
            format!("guidance-{guidance:?}").to_lowercase(),
            Screen::new(page),
        ));
    }
    all.extend(sheets::all(&method).map(|(name, screen)| shown(format!("sheet-{name}"), screen)));
    all.extend(at_other_desks(&method));
    all
}

/// What a simulated terminal and one that asks for the qualification only show otherwise. The banner takes its room from every
/// screen, so those with the least room are looked at below it.
fn at_other_desks(method: &Page) -> Vec<Shown> {
    let farewell = |agreed| Page::Farewell {
        received: true,
        agreed,
        take_card: true,
        notice: None,
    };
    let keypad = |purpose, length, notice| Page::Keypad {
        purpose,
        length,
        filled: u8::from(notice != Some(Notice::NumberImplausible)),
        tries_left: Some(3),
        notice,
    };
    let pin = || keypad(KeypadPurpose::Pin, 4, None);
    let number = |length, notice| keypad(KeypadPurpose::MatchingNumber, length, notice);
    let consents = |answers, itemised| Page::Consents { answers, itemised };
    let same = |agreed| {
        vec![
            ("waiting", Page::Waiting),
            ("method", method.clone()),
            ("keypad", pin()),
            ("farewell", farewell(agreed)),
        ]
    };
    let tight = vec![
        ("keypad-number", number(14, None)),
        ("keypad-number-short", number(10, None)),
        (
            "keypad-number-implausible",
            number(14, Some(Notice::NumberImplausible)),
        ),
        ("register", Page::Register),
        ("consents", consents([None; 4], false)),
        (
            "consents-second",
            consents([Some(true), None, None, None], true),
        ),
        (
            "consents-review",
            consents([Some(true), Some(false), Some(true), Some(false)], true),
        ),
        (
            "face",
            Page::FaceCheck {
                guidance: Some(Guidance::EvenLight),
                attempt: 1,
                pin: true,
                visual: true,
            },
        ),
        (
            "hold-card",
            Page::HoldCard {
                step: HoldStep::Hold,
            },
        ),
        (
            "trouble",
            Page::Trouble {
                code: "UK-VISIT-210",
                take_card: true,
                notice: Some(Notice::NotRegisteredNow),
            },
        ),
    ];
    let simulated = same(Some(Vec::new()))
        .into_iter()
        .chain(tight)
        .map(|(name, page)| Shown {
            desk: Desk::Simulated,
            ..shown(format!("simulated-{name}"), Screen::new(page))
        });
    let only = same(None).into_iter().map(|(name, page)| Shown {
        desk: Desk::QualificationOnly,
        ..shown(format!("qualification-only-{name}"), Screen::new(page))
    });
    let below = sheets::all(method).map(|(name, screen)| Shown {
        desk: Desk::Simulated,
        ..shown(format!("simulated-sheet-{name}"), screen)
    });
    simulated.chain(below).chain(only).collect()
}

fn pages() -> Vec<(&'static str, Screen)> {
    let pin = |filled, wrong: bool, tries| Page::Keypad {
        purpose: KeypadPurpose::Pin,
        length: 4,
        filled,
        tries_left: Some(tries),
        notice: wrong.then_some(Notice::PinWrong),
    };
    let pages = vec![
        ("waiting", Page::Waiting),
        ("starting", Page::Starting),
        (
            "out-of-service",
            Page::OutOfService {
                code: "UK-CARD-001",
            },
        ),
        ("reading", Page::Reading),
        (
            "not-card",
            Page::NotMyNumberCard {
                what: OtherCard::Unknown,
                code: "UK-VISIT-102",
            },
        ),
        (
            "method",
            Page::Method {
                face: true,
                pin: true,
                pin_tries: Some(3),
                visual: true,
                notice: None,
            },
        ),
        (
            "method-face-doubtful",
            Page::Method {
                face: true,
                pin: true,
                pin_tries: Some(2),
                visual: true,
                notice: Some(Notice::FaceDoubtful),
            },
        ),
        (
            "method-pin-nearly",
            Page::Method {
                face: true,
                pin: false,
                pin_tries: Some(1),
                visual: true,
                notice: Some(Notice::PinNearlyBlocked),
            },
        ),
        (
            "method-staff-only",
            Page::Method {
                face: false,
                pin: false,
                pin_tries: Some(0),
                visual: true,
                notice: Some(Notice::PinBlocked),
            },
        ),
        ("keypad", pin(0, false, 3)),
        ("keypad-wrong", pin(2, true, 2)),
        ("keypad-full", pin(4, false, 3)),
        (
            "keypad-number",
            Page::Keypad {
                purpose: KeypadPurpose::MatchingNumber,
                length: 14,
                filled: 8,
                tries_left: Some(10),
                notice: None,
            },
        ),
        (
            "keypad-number-wrong",
            Page::Keypad {
                purpose: KeypadPurpose::MatchingNumber,
                length: 14,
                filled: 0,
                tries_left: Some(9),
                notice: Some(Notice::NumberWrong),
            },
        ),
        (
            "face",
            Page::FaceCheck {
                guidance: Some(Guidance::ComeCloser),
                attempt: 1,
                pin: true,
                visual: true,
            },
        ),
        (
            "face-light",
            Page::FaceCheck {
                guidance: Some(Guidance::LessLight),
                attempt: 2,
                pin: true,
                visual: true,
            },
        ),
        (
            "face-matching",
            Page::FaceCheck {
                guidance: Some(Guidance::Matching),
                attempt: 1,
                pin: true,
                visual: true,
            },
        ),
        ("staff-coming", Page::StaffComing { notice: None }),
        (
            "staff-coming-blocked",
            Page::StaffComing {
                notice: Some(Notice::PinBlocked),
            },
        ),
        (
            "working",
            Page::Working {
                step: WorkStep::AskingService,
            },
        ),
        ("register", Page::Register),
        (
            "consents",
            Page::Consents {
                answers: [None; 4],
                itemised: false,
            },
        ),
        (
            "consents-first",
            Page::Consents {
                answers: [None; 4],
                itemised: true,
            },
        ),
        (
            "consents-third",
            Page::Consents {
                answers: [Some(true), Some(false), None, None],
                itemised: true,
            },
        ),
        (
            "consents-review",
            Page::Consents {
                answers: [Some(true), Some(false), Some(true), Some(false)],
                itemised: true,
            },
        ),
        ("card-left", Page::CardLeft),
        (
            "hold-card",
            Page::HoldCard {
                step: HoldStep::Hold,
            },
        ),
        (
            "hold-card-read",
            Page::HoldCard {
                step: HoldStep::LayDown,
            },
        ),
        (
            "hold-card-not-read",
            Page::HoldCard {
                step: HoldStep::NotRead,
            },
        ),
        (
            "hold-card-another",
            Page::HoldCard {
                step: HoldStep::AnotherCard,
            },
        ),
        (
            "farewell-take",
            Page::Farewell {
                received: true,
                agreed: Some(vec![
                    ConsentKind::Checkups,
                    ConsentKind::Medicines,
                    ConsentKind::Treatment,
                ]),
                take_card: true,
                notice: None,
            },
        ),
        (
            "farewell",
            Page::Farewell {
                received: true,
                agreed: Some(ConsentKind::ALL.to_vec()),
                take_card: false,
                notice: None,
            },
        ),
        (
            "farewell-none",
            Page::Farewell {
                received: true,
                agreed: Some(vec![]),
                take_card: true,
                notice: None,
            },
        ),
        (
            "stopped",
            Page::Farewell {
                received: false,
                agreed: None,
                take_card: false,
                notice: Some(Notice::Cancelled),
            },
        ),
        (
            "queued",
            Page::Trouble {
                code: "UK-VISIT-201",
                take_card: false,
                notice: Some(Notice::ServiceUnreachable),
            },
        ),
        (
            "farewell-card-gone",
            Page::Farewell {
                received: true,
                agreed: Some(vec![]),
                take_card: false,
                notice: Some(Notice::ConsentsEndedCardGone),
            },
        ),
        (
            "trouble",
            Page::Trouble {
                code: "UK-CARD-014",
                take_card: true,
                notice: None,
            },
        ),
    ];
    let mut all: Vec<(&'static str, Screen)> = pages
        .into_iter()
        .map(|(name, page)| (name, Screen::new(page)))
        .collect();
    let idle = |page| Screen {
        idle_seconds_left: Some(COUNTDOWN_S),
        ..Screen::new(page)
    };
    all.push((
        "method-idle",
        idle(Page::Method {
            face: true,
            pin: true,
            pin_tries: Some(3),
            visual: true,
            notice: None,
        }),
    ));
    all.push((
        "consents-idle",
        idle(Page::Consents {
            answers: [None; 4],
            itemised: false,
        }),
    ));
    all.push((
        "consents-second-idle",
        idle(Page::Consents {
            answers: [Some(true), None, None, None],
            itemised: true,
        }),
    ));
    all.push(("keypad-idle", idle(pin(1, true, 2))));
    let number = |filled, notice| Page::Keypad {
        purpose: KeypadPurpose::MatchingNumber,
        length: 14,
        filled,
        tries_left: Some(9),
        notice,
    };
    all.push(("keypad-number-idle", idle(number(8, None))));
    let wrong = idle(number(0, Some(Notice::NumberImplausible)));
    all.push(("keypad-number-implausible-idle", wrong));
    // Where the face camera is the only one: a chip that tells the year of expiry asks for ten digits, until an eleventh is typed. What the camera filled
    // in: all of it, and parts.
    for (name, filled, length) in [
        ("keypad-hold-card", 0, 10),
        ("keypad-hold-card-whole", 0, 14),
        ("keypad-read", 14, 14),
        ("keypad-read-part", 6, 10),
        ("keypad-read-part-whole", 10, 14),
    ] {
        let purpose = KeypadPurpose::MatchingNumber;
        let page = Page::Keypad {
            purpose,
            length,
            filled,
            tries_left: Some(10),
            notice: None,
        };
        let screen = Screen {
            hold_card: filled == 0,
            by_camera: filled > 0,
            ..Screen::new(page)
        };
        all.push((name, screen));
    }
    all
}
