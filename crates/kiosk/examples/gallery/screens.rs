//! Every screen of the patient's page worth looking at.

use kiosk::patient::{
    ConsentKind, Guidance, KeypadPurpose, Notice, OtherCard, Page, Screen, WorkStep,
};

/// Names and screens.
pub(crate) fn all() -> Vec<(&'static str, Screen)> {
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
            },
        ),
        (
            "face-light",
            Page::FaceCheck {
                guidance: Some(Guidance::LessLight),
                attempt: 2,
            },
        ),
        (
            "face-matching",
            Page::FaceCheck {
                guidance: Some(Guidance::Matching),
                attempt: 1,
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
        (
            "consents",
            Page::Consents {
                answers: [None; 4],
                itemised: false,
            },
        ),
        (
            "consents-each",
            Page::Consents {
                answers: [Some(true), Some(false), None, None],
                itemised: true,
            },
        ),
        (
            "farewell-take",
            Page::Farewell {
                agreed: vec![
                    ConsentKind::Checkups,
                    ConsentKind::Medicines,
                    ConsentKind::Treatment,
                ],
                take_card: true,
                notice: None,
            },
        ),
        (
            "farewell",
            Page::Farewell {
                agreed: ConsentKind::ALL.to_vec(),
                take_card: false,
                notice: None,
            },
        ),
        (
            "farewell-none",
            Page::Farewell {
                agreed: vec![],
                take_card: true,
                notice: Some(Notice::ServiceUnreachable),
            },
        ),
        (
            "farewell-card-gone",
            Page::Farewell {
                agreed: vec![],
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
        "consents-each-idle",
        idle(Page::Consents {
            answers: [None, Some(true), None, None],
            itemised: true,
        }),
    ));
    all.push(("keypad-idle", idle(pin(1, true, 2))));
    all
}
