//! From the answers of card and face worker to the visit's events.

use card::{CardKind, VerifyOutcome};
use vision::protocol::{FaceOutcome, Guidance};
use visit::{FaceAnswer, Unusable, Verify};

/// What the card said about itself.
pub(crate) fn identified(identity: &card::CardIdentity, now_ms: i64) -> visit::CardAnswer {
    let kind = match identity.kind {
        CardKind::MyNumberCard => visit::CardKind::MyNumberCard,
        CardKind::FaceOnlyCard => visit::CardKind::FaceOnlyCard,
        other => return unusable(other),
    };
    if let Some(problem) = identity.certificate_problem {
        return visit::CardAnswer::NotUsable(Unusable::Certificate {
            code: problem.code(),
        });
    }
    visit::CardAnswer::Identified {
        kind,
        pin_tries: identity.pin_tries,
        number_tries: identity.matching_number_tries,
        expires_soon: card::certificate::expires_soon(identity.certificate_not_after, now_ms),
        expiry_known: identity.card_expiry.is_some(),
    }
}

/// What lies there that is no My Number Card.
pub(crate) fn unusable(kind: CardKind) -> visit::CardAnswer {
    visit::CardAnswer::NotUsable(match kind {
        CardKind::OldJukiCard => Unusable::OldJukiCard,
        CardKind::AndroidPhone => Unusable::AndroidPhone,
        CardKind::IPhone => Unusable::IPhone,
        CardKind::DrivingLicence => Unusable::DrivingLicence,
        CardKind::FidoToken => Unusable::FidoToken,
        CardKind::TransitCard => Unusable::TransitCard,
        CardKind::NoChip => Unusable::NoChip,
        CardKind::MyNumberCard | CardKind::FaceOnlyCard | CardKind::Unknown => Unusable::Other,
    })
}

/// What became of an entry.
pub(crate) fn verify(outcome: VerifyOutcome) -> Verify {
    match outcome {
        VerifyOutcome::Accepted => Verify::Accepted,
        VerifyOutcome::Wrong { tries_left } => Verify::Wrong { tries_left },
        VerifyOutcome::Refused { tries_left } => Verify::Refused { tries_left },
        VerifyOutcome::Blocked => Verify::Blocked,
        VerifyOutcome::Unknown { tries_left, .. } => Verify::Unknown { tries_left },
        VerifyOutcome::Implausible => Verify::Implausible,
    }
}

/// What the face worker said; `None` for the answer to our own stop.
pub(crate) fn face(outcome: &FaceOutcome) -> Option<FaceAnswer> {
    Some(match outcome {
        FaceOutcome::Matched { .. } => FaceAnswer::Matched,
        FaceOutcome::Doubtful { .. } | FaceOutcome::NotAlive { .. } => FaceAnswer::Doubtful,
        FaceOutcome::NotMatched { .. } => FaceAnswer::NotMatched,
        FaceOutcome::NoFace => FaceAnswer::NoFace,
        FaceOutcome::SeveralFaces => FaceAnswer::SeveralFaces,
        FaceOutcome::PhotoUnusable { .. } => FaceAnswer::PhotoUnusable,
        FaceOutcome::CameraGone { .. } => FaceAnswer::Gone,
        FaceOutcome::TimedOut => FaceAnswer::TimedOut,
        FaceOutcome::Stopped => return None,
    })
}

/// The visit's word for the worker's instruction.
pub(crate) fn guidance(guidance: Guidance) -> visit::Guidance {
    match guidance {
        Guidance::LookHere => visit::Guidance::LookHere,
        Guidance::ComeCloser => visit::Guidance::ComeCloser,
        Guidance::StepBack => visit::Guidance::StepBack,
        Guidance::OnlyOnePerson => visit::Guidance::OnlyOnePerson,
        Guidance::HoldStill => visit::Guidance::HoldStill,
        Guidance::MoreLight => visit::Guidance::MoreLight,
        Guidance::LessLight => visit::Guidance::LessLight,
        Guidance::FaceFront => visit::Guidance::FaceFront,
        Guidance::MoveToMiddle => visit::Guidance::MoveToMiddle,
        Guidance::MoveLeft => visit::Guidance::MoveLeft,
        Guidance::MoveRight => visit::Guidance::MoveRight,
        Guidance::MoveUp => visit::Guidance::MoveUp,
        Guidance::MoveDown => visit::Guidance::MoveDown,
        Guidance::Matching => visit::Guidance::Matching,
        Guidance::EvenLight => visit::Guidance::EvenLight,
        Guidance::TurnLeft => visit::Guidance::TurnLeft,
        Guidance::TurnRight => visit::Guidance::TurnRight,
        Guidance::TakeOffMask => visit::Guidance::TakeOffMask,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invariant_7_only_matched_becomes_matched() {
        for outcome in [
            FaceOutcome::Doubtful { distance: 0.1 },
            FaceOutcome::NotMatched { distance: 0.1 },
            FaceOutcome::NotAlive {
                ground: vision::protocol::Ground::Flat,
            },
            FaceOutcome::NoFace,
            FaceOutcome::SeveralFaces,
            FaceOutcome::PhotoUnusable {
                reason: String::new(),
            },
            FaceOutcome::CameraGone {
                detail: String::new(),
            },
            FaceOutcome::TimedOut,
            FaceOutcome::Stopped,
        ] {
            assert_ne!(face(&outcome), Some(FaceAnswer::Matched), "{outcome:?}");
        }
    }
}
