//! Everything a visit asks the outside to do.

use crate::{ConsentAnswers, Digits, Method, Page, VisitId};

/// One thing to do. Commands are carried out in the order in which they come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Show a page to the patient.
    Show(Page),
    /// Take hold of the card and say what it is. Also: warm up what the visit will need.
    BeginCard {
        /// The visit.
        visit: VisitId,
        /// The reader.
        reader: String,
    },
    /// One VERIFY of the PIN (invariant 2).
    VerifyPin {
        /// The visit.
        visit: VisitId,
        /// The entry.
        pin: Digits,
    },
    /// One VERIFY of matching number B (invariant 3).
    VerifyNumber {
        /// The visit.
        visit: VisitId,
        /// The entry.
        number: Digits,
    },
    /// Read and check the photo; keep it for [`Command::StartFace`].
    ReadPhoto {
        /// The visit.
        visit: VisitId,
    },
    /// See whether the camera delivers, now that the person chose face: whoever types fourteen digits must not
    /// learn afterwards that it was for nothing. What is found comes as [`crate::Event::FaceAvailable`].
    LookAtCamera {
        /// The visit.
        visit: VisitId,
    },
    /// Compare the photo with who stands before the camera.
    StartFace {
        /// The visit.
        visit: VisitId,
    },
    /// Stop the camera and forget photo and frames.
    StopFace {
        /// The visit.
        visit: VisitId,
    },
    /// Call staff to confirm by sight.
    CallStaff {
        /// The visit.
        visit: VisitId,
    },
    /// Get a nonce (a prefetched one will do).
    FetchNonce {
        /// The visit.
        visit: VisitId,
    },
    /// Let the card prove itself for the nonce.
    Prove {
        /// The visit.
        visit: VisitId,
        /// How the person was recognised: decides how the key is made usable.
        method: Method,
    },
    /// Hand the proof to the service.
    ConfirmCard {
        /// The visit.
        visit: VisitId,
        /// How the person was recognised.
        method: Method,
    },
    /// Register the card's holder for insurance use; issued only after this person's own "yes".
    RegisterInsuranceUse {
        /// The visit.
        visit: VisitId,
    },
    /// Power the card off and let go of it.
    EndCard {
        /// The visit.
        visit: VisitId,
    },
    /// Write down durably that this inquiry is to be asked, with these consents.
    OpenInquiry {
        /// The visit.
        visit: VisitId,
        /// Closed answers: nothing is left open here.
        consents: ConsentAnswers,
        /// How the person was recognised.
        method: Method,
        /// The card has not been confirmed yet: confirmation comes first when it is asked later.
        confirm_first: bool,
    },
    /// Ask IF-001.
    AskQualification {
        /// The visit.
        visit: VisitId,
    },
    /// Store the answer to IF-001 durably, closing the inquiry in the same transaction.
    StoreQualification {
        /// The visit.
        visit: VisitId,
    },
    /// Ask for medicines; issued only under a consent "yes" of this visit (invariant 1).
    AskMedicines {
        /// The visit.
        visit: VisitId,
    },
    /// Store the medicines durably.
    StoreMedicines {
        /// The visit.
        visit: VisitId,
    },
    /// The service refused for good: close the inquiry with its reason.
    DropInquiry {
        /// The visit.
        visit: VisitId,
        /// Stable code.
        code: &'static str,
    },
    /// Tell the staff.
    Alert {
        /// The visit.
        visit: VisitId,
        /// What.
        kind: AlertKind,
    },
    /// The visit is over: forget everything held for it, write the audit record.
    Finish {
        /// The visit.
        visit: VisitId,
        /// How it ended.
        reason: EndReason,
        /// The stable code of its last page, where it has one.
        code: Option<&'static str>,
    },
    /// Something came for a visit that is not the present one; log it (invariant 10).
    Dropped {
        /// The visit it was for.
        visit: VisitId,
    },
}

/// What staff is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertKind {
    /// The face was refused; the person may be somebody else (invariant 7).
    FaceRefused,
    /// Several people stayed before the camera until time ran out.
    SeveralFaces,
    /// PIN nearly blocked or blocked.
    PinGuard,
    /// The service can't be reached; the inquiry is queued.
    Queued,
    /// The service can't be reached and nothing could be queued: ask for the card again later.
    NotQueued,
    /// The card can't be trusted.
    CardNotGenuine,
    /// The result could not be stored.
    NotStored {
        /// Stable code.
        code: &'static str,
    },
    /// The service refused.
    Refused {
        /// Stable code.
        code: &'static str,
    },
    /// The card's certificate has ended; the service gave the qualification alone.
    CertificateEnded,
    /// The person went without the card.
    CardLeft,
}

/// How a visit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// The result is stored.
    Delivered,
    /// The inquiry is queued and goes on without the person.
    Queued,
    /// Nothing was asked or stored.
    NotDelivered(NotDelivered),
}

/// Why nothing was delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotDelivered {
    /// The card went too early.
    CardRemoved,
    /// Another card came.
    CardSwapped,
    /// Nobody went on.
    Idle,
    /// Reader or card failed.
    Device,
    /// The service could not be reached before anything could be queued.
    Unreachable,
    /// Person or staff ended it.
    Cancelled,
    /// Stop or restart.
    Restart,
    /// Not a card for this.
    NotUsable,
    /// The service said no.
    Refused,
}
