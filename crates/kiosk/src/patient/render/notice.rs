//! Notices in words.

use crate::patient::{Notice, OtherCard};

/// The text of a notice, and whether it asks for attention or only tells.
pub(super) fn words(notice: Notice) -> (&'static str, &'static str) {
    match notice {
        Notice::PinWrong => ("attention", "patient-notice-pin-wrong"),
        Notice::PinNearlyBlocked => ("attention", "patient-notice-pin-nearly"),
        Notice::PinBlocked => ("attention", "patient-notice-pin-blocked"),
        Notice::PinUnclear => ("attention", "patient-notice-pin-unclear"),
        Notice::NumberWrong => ("attention", "patient-notice-number-wrong"),
        Notice::NumberUnclear => ("attention", "patient-notice-number-unclear"),
        Notice::NumberBlocked => ("attention", "patient-notice-number-blocked"),
        Notice::FaceDoubtful => ("attention", "patient-notice-face"),
        Notice::SeveralFaces => ("attention", "patient-notice-several"),
        Notice::CameraGone => ("attention", "patient-notice-camera"),
        Notice::CardNotGenuine => ("attention", "patient-notice-not-genuine"),
        Notice::ServiceUnreachable => ("info", "patient-notice-service"),
        Notice::ServiceAway => ("attention", "patient-notice-service-away"),
        Notice::NoPinNeeded => ("info", "patient-notice-no-pin"),
        Notice::CertificateExpiresSoon => ("info", "patient-notice-expires-soon"),
        Notice::CertificateEnded => ("info", "patient-notice-ended"),
        Notice::CertificateExpired => ("attention", "patient-notice-expired"),
        Notice::ConsentsEndedCardGone => ("info", "patient-notice-card-gone"),
        Notice::NotRegistered => ("info", "patient-notice-not-registered"),
        Notice::NotRegisteredNow => ("attention", "patient-notice-not-registered-now"),
        Notice::Registered => ("info", "patient-notice-registered"),
        Notice::UnknownPerson => ("attention", "patient-notice-unknown-person"),
        Notice::CardChanged => ("info", "patient-notice-card-changed"),
        Notice::NumberImplausible => ("attention", "patient-notice-number-implausible"),
        Notice::NumberNotRead => ("info", "patient-notice-number-not-read"),
        Notice::AnotherCardRead => ("attention", "patient-notice-number-another"),
        Notice::ConsentsEndedTime => ("info", "patient-notice-consent-time"),
        Notice::CardTakenEarly => ("attention", "patient-notice-card-early"),
        Notice::IdleTimeout => ("info", "patient-notice-idle"),
        Notice::StaffTimeout => ("info", "patient-notice-staff-timeout"),
        // Known already, written and spoken, in every language.
        Notice::VisualLocked => ("attention", "patient-trouble-more"),
        Notice::Cancelled => ("info", "patient-notice-cancelled"),
        Notice::ReaderGone => ("attention", "patient-notice-reader-gone"),
        Notice::CardUnreadable => ("attention", "patient-notice-card-unreadable"),
        Notice::CertificateUnusable => ("attention", "patient-notice-certificate-unusable"),
        Notice::OtherCard(what) => ("attention", other_card(what)),
        Notice::NotStored => ("attention", "patient-notice-not-stored"),
        Notice::NotKept => ("attention", "patient-notice-not-kept"),
        Notice::ServiceRefused => ("attention", "patient-notice-service-refused"),
    }
}

/// The sentence about what lies there instead of a My Number Card.
pub(super) fn other_card(what: OtherCard) -> &'static str {
    match what {
        OtherCard::OldJukiCard => "patient-other-juki",
        OtherCard::AndroidPhone => "patient-other-android",
        OtherCard::IPhone => "patient-other-iphone",
        OtherCard::DrivingLicence => "patient-other-licence",
        OtherCard::FidoToken => "patient-other-fido",
        OtherCard::TransitCard => "patient-other-transit",
        OtherCard::NoChip => "patient-other-no-chip",
        OtherCard::Unknown => "patient-not-card-more",
    }
}
