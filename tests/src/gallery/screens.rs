//! Every screen of the patient's page worth looking at.

use kiosk::patient::{
    Choices, ConsentKind, Guidance, HoldStep, KeypadPurpose, Notice, OtherCard, Page, Panel,
    Screen, WorkStep,
};

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
        let page = match notice {
            Notice::PinWrong | Notice::PinUnclear => Page::Keypad {
                purpose: KeypadPurpose::Pin,
                length: 4,
                filled: 0,
                tries_left: Some(2),
                notice: Some(notice),
            },
            Notice::NumberWrong | Notice::NumberImplausible | Notice::NumberNotRead => {
                Page::Keypad {
                    purpose: KeypadPurpose::MatchingNumber,
                    length: 14,
                    filled: 0,
                    tries_left: Some(9),
                    notice: Some(notice),
                }
            }
            Notice::PinNearlyBlocked
            | Notice::PinBlocked
            | Notice::NumberBlocked
            | Notice::FaceDoubtful
            | Notice::CameraGone
            | Notice::StaffTimeout => Page::Method {
                face: !matches!(
                    notice,
                    Notice::CameraGone | Notice::FaceDoubtful | Notice::NumberBlocked
                ),
                pin: notice != Notice::PinBlocked && notice != Notice::PinNearlyBlocked,
                pin_tries: Some(2),
                visual: true,
                notice: Some(notice),
            },
            Notice::CertificateExpiresSoon
            | Notice::ConsentsEndedCardGone
            | Notice::ConsentsEndedTime => Page::Farewell {
                received: true,
                agreed: Some(vec![ConsentKind::Medicines]),
                take_card: notice != Notice::ConsentsEndedCardGone,
                notice: Some(notice),
            },
            Notice::CertificateEnded => Page::Farewell {
                received: true,
                agreed: None,
                take_card: true,
                notice: Some(notice),
            },
            Notice::Cancelled | Notice::IdleTimeout => Page::Farewell {
                received: false,
                agreed: None,
                take_card: true,
                notice: Some(notice),
            },
            _ => Page::Trouble {
                code: "UK-VISIT-201",
                take_card: notice != Notice::CardTakenEarly,
                notice: Some(notice),
            },
        };
        all.push(shown(
            format!("notice-{notice:?}").to_lowercase(),
            Screen::new(page),
        ));
    }
    for what in OtherCard::ALL {
        let name = format!("{what:?}").to_lowercase();
        let page = Page::NotMyNumberCard {
            what,
            code: "UK-VISIT-102",
        };
        all.push(shown(format!("not-card-{name}"), Screen::new(page)));
        let page = Page::Trouble {
            code: "UK-VISIT-201",
            take_card: true,
            notice: Some(Notice::OtherCard(what)),
        };
        all.push(shown(format!("notice-other-{name}"), Screen::new(page)));
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
    for panel in Panel::ALL {
        let under = match panel {
            Panel::Meaning => Page::Consents {
                answers: [None; 4],
                itemised: false,
            },
            _ => method.clone(),
        };
        let mut screen = Screen::new(under);
        screen.choices = Choices {
            panel: Some(panel),
            ..Choices::default()
        };
        all.push(shown(format!("sheet-{}", panel.name()), screen));
    }
    for desk in [Desk::Simulated, Desk::QualificationOnly] {
        let word = match desk {
            Desk::Simulated => "simulated",
            _ => "qualification-only",
        };
        let farewell = Page::Farewell {
            received: true,
            agreed: (desk != Desk::QualificationOnly).then(Vec::new),
            take_card: true,
            notice: None,
        };
        let keypad = Page::Keypad {
            purpose: KeypadPurpose::Pin,
            length: 4,
            filled: 1,
            tries_left: Some(3),
            notice: None,
        };
        for (name, page) in [
            ("waiting", Page::Waiting),
            ("method", method.clone()),
            ("keypad", keypad),
            ("farewell", farewell),
        ] {
            all.push(Shown {
                desk,
                ..shown(format!("{word}-{name}"), Screen::new(page))
            });
        }
    }
    all
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
        idle_seconds_left: Some(20),
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
    // Where the face camera is the only one: a chip that tells the year of expiry asks for ten digits, until an eleventh is typed. What the camera filled
    // in: all of it, and parts.
    let not_read = Some(Notice::NumberNotRead);
    let another = Some(Notice::AnotherCardRead);
    for (name, filled, length, notice) in [
        ("keypad-hold-card", 0, 10, None),
        ("keypad-hold-card-whole", 0, 14, None),
        ("keypad-hold-card-not-read", 0, 10, not_read),
        ("keypad-hold-card-another", 0, 10, another),
        ("keypad-read", 14, 14, None),
        ("keypad-read-part", 6, 10, None),
        ("keypad-read-part-whole", 10, 14, None),
    ] {
        let purpose = KeypadPurpose::MatchingNumber;
        let page = Page::Keypad {
            purpose,
            length,
            filled,
            tries_left: Some(10),
            notice,
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
