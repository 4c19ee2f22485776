//! Each notice on the pages where a visit really shows it, as the states of `visit` and the engine's `pages` do.

use kiosk::patient::{ConsentKind, KeypadPurpose, Notice, OtherCard, Page, Screen};

/// The screens of a notice; the word tells several of one notice apart. No `_`: who adds a notice says where it is seen.
pub(super) fn of(notice: Notice) -> Vec<(&'static str, Screen)> {
    let one = |page| vec![("", Screen::new(page))];
    match notice {
        Notice::PinWrong | Notice::PinUnclear => one(pin(notice)),
        Notice::NumberWrong | Notice::NumberUnclear | Notice::NumberImplausible => {
            // With the offer to hold the card up the bar is at its fullest.
            vec![
                ("", Screen::new(number(14, notice))),
                ("-short", Screen::new(number(10, notice))),
                ("-hold-card", offered(number(10, notice))),
            ]
        }
        Notice::NumberNotRead | Notice::AnotherCardRead => vec![
            ("", offered(number(10, notice))),
            ("-whole", offered(number(14, notice))),
        ],
        Notice::PinNearlyBlocked | Notice::PinBlocked => one(method(true, false, notice)),
        Notice::NumberBlocked
        | Notice::FaceDoubtful
        | Notice::SeveralFaces
        | Notice::CameraGone => one(method(false, true, notice)),
        Notice::VisualLocked => one(method_without_staff(notice)),
        Notice::StaffTimeout | Notice::CardChanged => one(method(true, true, notice)),
        Notice::NoPinNeeded => one(method(true, false, notice)),
        // Before the photo was read nothing but face is closed; a card that does not prove itself ends the visit.
        Notice::CardNotGenuine => vec![
            ("", Screen::new(trouble("UK-VISIT-104", true, notice))),
            ("-method", Screen::new(method(false, true, notice))),
        ],
        // Tries at the PIN that can't be read close its way.
        Notice::CardUnreadable => vec![
            ("", Screen::new(trouble("UK-VISIT-101", true, notice))),
            ("-method", Screen::new(method(true, false, notice))),
        ],
        Notice::CertificateExpiresSoon => vec![
            ("", Screen::new(received(true, asked(), notice))),
            ("-method", Screen::new(method(true, true, notice))),
        ],
        Notice::Registered | Notice::ConsentsEndedTime => one(received(true, asked(), notice)),
        Notice::ConsentsEndedCardGone => one(received(false, asked(), notice)),
        Notice::CertificateEnded => one(received(true, None, notice)),
        Notice::Cancelled | Notice::IdleTimeout => one(Page::Farewell {
            received: false,
            agreed: None,
            take_card: true,
            notice: Some(notice),
        }),
        Notice::ServiceUnreachable => one(trouble("UK-VISIT-201", true, notice)),
        Notice::ServiceAway => one(trouble("UK-VISIT-202", true, notice)),
        Notice::CardTakenEarly => one(trouble("UK-VISIT-103", false, notice)),
        Notice::ReaderGone => one(trouble("UK-VISIT-105", false, notice)),
        Notice::NotRegistered | Notice::NotRegisteredNow => {
            one(trouble("UK-VISIT-210", true, notice))
        }
        Notice::UnknownPerson => one(trouble("UK-VISIT-211", true, notice)),
        Notice::CertificateExpired | Notice::CertificateUnusable => {
            one(trouble("UK-VISIT-212", true, notice))
        }
        Notice::ServiceRefused => one(trouble("UK-CENT-401", true, notice)),
        Notice::NotStored | Notice::NotKept => one(trouble("UK-LEDG-018", true, notice)),
        // While it lies there it has a page of its own; afterwards this is said.
        Notice::OtherCard(_) => OtherCard::ALL
            .into_iter()
            .map(|what| {
                let word = other_card(what);
                let page = trouble("UK-VISIT-102", false, Notice::OtherCard(what));
                (word, Screen::new(page))
            })
            .collect(),
    }
}

fn other_card(what: OtherCard) -> &'static str {
    match what {
        OtherCard::OldJukiCard => "-juki",
        OtherCard::AndroidPhone => "-android",
        OtherCard::IPhone => "-iphone",
        OtherCard::DrivingLicence => "-licence",
        OtherCard::FidoToken => "-fido",
        OtherCard::TransitCard => "-transit",
        OtherCard::NoChip => "-no-chip",
        OtherCard::Unknown => "-unknown",
    }
}

fn asked() -> Option<Vec<ConsentKind>> {
    Some(vec![ConsentKind::Medicines])
}

fn pin(notice: Notice) -> Page {
    Page::Keypad {
        purpose: KeypadPurpose::Pin,
        length: 4,
        filled: 0,
        tries_left: Some(2),
        notice: Some(notice),
    }
}

fn number(length: u8, notice: Notice) -> Page {
    Page::Keypad {
        purpose: KeypadPurpose::MatchingNumber,
        length,
        filled: 0,
        tries_left: Some(9),
        notice: Some(notice),
    }
}

fn offered(page: Page) -> Screen {
    Screen {
        hold_card: true,
        ..Screen::new(page)
    }
}

fn method(face: bool, pin: bool, notice: Notice) -> Page {
    Page::Method {
        face,
        pin,
        pin_tries: pin.then_some(2),
        visual: true,
        notice: Some(notice),
    }
}

/// Where staff can't confirm for a while: the other ways alone.
fn method_without_staff(notice: Notice) -> Page {
    Page::Method {
        face: true,
        pin: true,
        pin_tries: Some(2),
        visual: false,
        notice: Some(notice),
    }
}

fn received(take_card: bool, agreed: Option<Vec<ConsentKind>>, notice: Notice) -> Page {
    Page::Farewell {
        received: true,
        agreed,
        take_card,
        notice: Some(notice),
    }
}

fn trouble(code: &'static str, take_card: bool, notice: Notice) -> Page {
    Page::Trouble {
        code,
        take_card,
        notice: Some(notice),
    }
}
