//! From the visit's pages to what the kiosk draws. Types only change shape here; nothing is added.

use kiosk::patient as k;
use visit::{Guidance, KeypadPurpose, Notice, Page, Unusable, WorkStep};

/// The kiosk's page for the visit's page.
pub(crate) fn page(page: &Page) -> k::Page {
    match page {
        Page::OutOfService { code } => k::Page::OutOfService { code },
        Page::Waiting => k::Page::Waiting,
        Page::Reading => k::Page::Reading,
        Page::Method {
            face,
            pin,
            pin_tries,
            visual,
            notice: n,
        } => k::Page::Method {
            face: *face,
            pin: *pin,
            pin_tries: *pin_tries,
            visual: *visual,
            notice: n.map(notice),
        },
        Page::Keypad {
            purpose,
            length,
            filled,
            tries_left,
            notice: n,
        } => k::Page::Keypad {
            purpose: match purpose {
                KeypadPurpose::Pin => k::KeypadPurpose::Pin,
                KeypadPurpose::MatchingNumber => k::KeypadPurpose::MatchingNumber,
            },
            length: *length,
            filled: *filled,
            tries_left: *tries_left,
            notice: n.map(notice),
        },
        Page::FaceCheck {
            guidance: g,
            attempt,
            pin,
            visual,
        } => k::Page::FaceCheck {
            guidance: g.map(guidance),
            attempt: *attempt,
            pin: *pin,
            visual: *visual,
        },
        Page::StaffComing => k::Page::StaffComing { notice: None },
        Page::Working { step } => k::Page::Working {
            step: match step {
                WorkStep::CheckingCard => k::WorkStep::CheckingCard,
                WorkStep::AskingService => k::WorkStep::AskingService,
                WorkStep::Saving => k::WorkStep::Saving,
            },
        },
        Page::Register => k::Page::Register,
        Page::Consents { answers, itemised } => k::Page::Consents {
            answers: answers.as_array(),
            itemised: *itemised,
        },
        Page::Farewell {
            received,
            agreed,
            take_card,
            notice: n,
        } => k::Page::Farewell {
            received: *received,
            agreed: agreed
                .as_ref()
                .map(|kinds| kinds.iter().copied().map(consent).collect()),
            take_card: *take_card,
            notice: n.map(notice),
        },
        Page::CardLeft => k::Page::CardLeft,
        Page::Trouble {
            code,
            take_card: true,
            notice: Some(Notice::CannotUse(what)),
        } if !matches!(what, Unusable::Certificate { .. }) => k::Page::NotMyNumberCard {
            what: other_card(*what),
            code,
        },
        Page::Trouble {
            code,
            take_card,
            notice: n,
        } => k::Page::Trouble {
            code,
            take_card: *take_card,
            notice: n.map(notice),
        },
    }
}

/// The kiosk's word for an instruction.
pub(crate) fn guidance(guidance: Guidance) -> k::Guidance {
    match guidance {
        Guidance::LookHere => k::Guidance::LookHere,
        Guidance::ComeCloser => k::Guidance::ComeCloser,
        Guidance::StepBack => k::Guidance::StepBack,
        Guidance::OnlyOnePerson => k::Guidance::OnlyOnePerson,
        Guidance::HoldStill => k::Guidance::HoldStill,
        Guidance::MoreLight => k::Guidance::MoreLight,
        Guidance::LessLight => k::Guidance::LessLight,
        Guidance::FaceFront => k::Guidance::FaceFront,
        Guidance::MoveToMiddle => k::Guidance::MoveToMiddle,
        Guidance::MoveLeft => k::Guidance::MoveLeft,
        Guidance::MoveRight => k::Guidance::MoveRight,
        Guidance::MoveUp => k::Guidance::MoveUp,
        Guidance::MoveDown => k::Guidance::MoveDown,
        Guidance::Matching => k::Guidance::Matching,
        Guidance::EvenLight => k::Guidance::EvenLight,
        Guidance::TurnLeft => k::Guidance::TurnLeft,
        Guidance::TurnRight => k::Guidance::TurnRight,
        Guidance::TakeOffMask => k::Guidance::NoMask,
    }
}

fn consent(kind: visit::ConsentKind) -> k::ConsentKind {
    match kind {
        visit::ConsentKind::Checkups => k::ConsentKind::Checkups,
        visit::ConsentKind::Medicines => k::ConsentKind::Medicines,
        visit::ConsentKind::Treatment => k::ConsentKind::Treatment,
        visit::ConsentKind::Operations => k::ConsentKind::Operations,
    }
}

/// The kiosk's word for a notice.
pub(crate) fn notice(notice: Notice) -> k::Notice {
    match notice {
        Notice::PinWrong => k::Notice::PinWrong,
        Notice::PinNearlyBlocked => k::Notice::PinNearlyBlocked,
        Notice::PinBlocked => k::Notice::PinBlocked,
        Notice::PinUnknown => k::Notice::PinUnclear,
        Notice::NumberWrong => k::Notice::NumberWrong,
        Notice::NumberUnknown => k::Notice::NumberUnclear,
        Notice::NumberImplausible => k::Notice::NumberImplausible,
        Notice::NumberRefused => k::Notice::NumberBlocked,
        Notice::FaceDoubtful => k::Notice::FaceDoubtful,
        Notice::SeveralFaces => k::Notice::SeveralFaces,
        Notice::CameraGone => k::Notice::CameraGone,
        Notice::CardNotGenuine => k::Notice::CardNotGenuine,
        Notice::CannotUse(Unusable::Certificate { .. }) => k::Notice::CertificateUnusable,
        Notice::CannotUse(what) => k::Notice::OtherCard(other_card(what)),
        Notice::CardUnreadable => k::Notice::CardUnreadable,
        Notice::ServiceUnreachable => k::Notice::ServiceUnreachable,
        Notice::ServiceAway => k::Notice::ServiceAway,
        Notice::NoPinNeeded => k::Notice::NoPinNeeded,
        Notice::CardChanged => k::Notice::CardChanged,
        Notice::CertificateExpiresSoon => k::Notice::CertificateExpiresSoon,
        Notice::ConsentsEndedCardGone => k::Notice::ConsentsEndedCardGone,
        Notice::ConsentsEndedTime => k::Notice::ConsentsEndedTime,
        Notice::NotRegistered => k::Notice::NotRegistered,
        Notice::NotRegisteredNow => k::Notice::NotRegisteredNow,
        Notice::Registered => k::Notice::Registered,
        Notice::UnknownPerson => k::Notice::UnknownPerson,
        Notice::CertificateEnded => k::Notice::CertificateEnded,
        Notice::CertificateRefused => k::Notice::CertificateExpired,
        Notice::CertificateUnusable => k::Notice::CertificateUnusable,
        Notice::CardTakenEarly => k::Notice::CardTakenEarly,
        Notice::IdleTimeout => k::Notice::IdleTimeout,
        Notice::StaffTimeout => k::Notice::StaffTimeout,
        Notice::VisualLocked => k::Notice::VisualLocked,
        Notice::Cancelled => k::Notice::Cancelled,
        Notice::ReaderGone => k::Notice::ReaderGone,
        Notice::NotStored => k::Notice::NotStored,
        Notice::NotKept => k::Notice::NotKept,
        Notice::ServiceRefused => k::Notice::ServiceRefused,
    }
}

fn other_card(what: Unusable) -> k::OtherCard {
    match what {
        Unusable::OldJukiCard => k::OtherCard::OldJukiCard,
        Unusable::AndroidPhone => k::OtherCard::AndroidPhone,
        Unusable::IPhone => k::OtherCard::IPhone,
        Unusable::DrivingLicence => k::OtherCard::DrivingLicence,
        Unusable::FidoToken => k::OtherCard::FidoToken,
        Unusable::TransitCard => k::OtherCard::TransitCard,
        Unusable::NoChip => k::OtherCard::NoChip,
        Unusable::Other | Unusable::Certificate { .. } => k::OtherCard::Unknown,
    }
}

/// The visit's input for the kiosk's; what a person chooses about the page itself is none of the visit's.
pub(crate) fn input(input: k::Input) -> Option<visit::Input> {
    Some(match input {
        k::Input::Face => visit::Input::Face,
        k::Input::Pin => visit::Input::Pin,
        k::Input::Visual => visit::Input::Visual,
        k::Input::Back => visit::Input::Back,
        k::Input::Cancel => visit::Input::Cancel,
        k::Input::Digit(digit) => visit::Input::Digit(digit),
        k::Input::Erase => visit::Input::Erase,
        k::Input::Clear => visit::Input::Clear,
        k::Input::Confirm => visit::Input::Confirm,
        k::Input::ConsentAll(yes) => visit::Input::ConsentAll(yes),
        k::Input::Itemise => visit::Input::Itemise,
        k::Input::Consent(kind, yes) => visit::Input::Consent(
            match kind {
                k::ConsentKind::Checkups => visit::ConsentKind::Checkups,
                k::ConsentKind::Medicines => visit::ConsentKind::Medicines,
                k::ConsentKind::Treatment => visit::ConsentKind::Treatment,
                k::ConsentKind::Operations => visit::ConsentKind::Operations,
            },
            yes,
        ),
        k::Input::Register(yes) => visit::Input::Register(yes),
        k::Input::ConsentDone => visit::Input::ConsentDone,
        k::Input::Stay => visit::Input::Stay,
        // Its view has turned it into the answer meant. How the page looks and sounds is the page's own affair.
        k::Input::Change(_)
        | k::Input::HoldCard
        | k::Input::Language(_)
        | k::Input::Theme(_)
        | k::Input::Large(_)
        | k::Input::Low(_)
        | k::Input::Still(_)
        | k::Input::Speech(_)
        | k::Input::Louder
        | k::Input::Softer
        | k::Input::Open(_)
        | k::Input::Close => return None,
    })
}
