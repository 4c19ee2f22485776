//! Everything that can reach a visit from outside.

use crate::{ConsentKind, VisitId};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A card lies on a reader. `visit` is a fresh number made by the caller; it becomes the visit's
    /// number if a visit begins.
    CardArrived {
        /// Fresh number.
        visit: VisitId,
        /// PC/SC reader name.
        reader: String,
    },
    /// The card left the reader.
    CardLeft {
        /// PC/SC reader name.
        reader: String,
    },
    /// A reader is there and usable.
    ReaderArrived {
        /// PC/SC reader name.
        reader: String,
    },
    /// A reader (or the smart card service) went away.
    ReaderLeft {
        /// PC/SC reader name.
        reader: String,
    },
    /// Answer of the card.
    Card(VisitId, CardAnswer),
    /// Instruction from the face worker.
    FaceGuidance(VisitId, Guidance),
    /// Answer of the face worker.
    Face(VisitId, FaceAnswer),
    /// Whether face matching can be offered at all (worker and camera are there).
    FaceAvailable(bool),
    /// Answer of the central service to one question.
    Central(VisitId, Ask, CentralAnswer),
    /// The service was found unreachable (or reachable again) outside a question.
    CentralReachable(bool),
    /// Answer of the ledger.
    Ledger(VisitId, LedgerAnswer),
    /// The person pressed something.
    Patient(Input),
    /// Staff confirmed the person by sight; the passcode has been checked.
    VisualConfirmed {
        /// Which visit staff was looking at.
        visit: VisitId,
        /// Who.
        staff: String,
    },
    /// Too many wrong passcodes: nobody can be confirmed by sight for a while (invariant 8).
    VisualLocked {
        /// Which visit staff was looking at.
        visit: VisitId,
    },
    /// Staff ends a visit.
    StaffCancel {
        /// Which visit.
        visit: VisitId,
    },
    /// Staff ends a visit and begins it anew with the card that still lies there; without a card it only ends.
    StaffRestart {
        /// Which visit.
        visit: VisitId,
        /// Fresh number for the one that begins.
        next: VisitId,
    },
    /// The time asked for by `poll_timeout` has come.
    Timeout,
    /// The daemon stops, or the power came back: nothing held in memory may go on.
    Restart,
}

/// The ways out that every state must answer, whatever it is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Interrupt {
    /// The card is gone.
    CardRemoved,
    /// Another card lies there (it came after the former had gone, or on a second reader).
    CardSwapped {
        /// Number for the new card's visit.
        visit: VisitId,
        /// Its reader.
        reader: String,
    },
    /// Nobody did anything for as long as this state waits.
    Idle,
    /// A device this state may need is gone.
    DeviceGone(Device),
    /// The central service can't be reached.
    CentralUnreachable,
    /// Staff ends the visit.
    StaffCancel,
    /// Stop or restart of the daemon.
    Restart,
}

/// A device that can go away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// Card reader or pcscd.
    Reader,
    /// Camera or vision worker.
    Camera,
}

/// What lies on the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardKind {
    /// マイナンバーカード
    MyNumberCard,
    /// 顔認証マイナンバーカード: no PIN was set.
    FaceOnlyCard,
}

/// Why what lies there can't be used. Each is told to the person in its own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// 住民基本台帳カード, no longer valid.
    OldJukiCard,
    /// An Android phone.
    AndroidPhone,
    /// An iPhone.
    IPhone,
    /// 運転免許証.
    DrivingLicence,
    /// A FIDO security key.
    FidoToken,
    /// 交通系ICカード and the like.
    TransitCard,
    /// Nothing answers: no chip, or it lies the wrong way.
    NoChip,
    /// Something else.
    Other,
    /// A My Number Card without an authentication certificate that could be used.
    Certificate {
        /// Stable code of what is wrong with it.
        code: &'static str,
    },
}

impl Unusable {
    /// The stable code shown beside the words.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Other => "UK-VISIT-102",
            Self::OldJukiCard => "UK-VISIT-120",
            Self::AndroidPhone => "UK-VISIT-121",
            Self::IPhone => "UK-VISIT-122",
            Self::DrivingLicence => "UK-VISIT-123",
            Self::FidoToken => "UK-VISIT-124",
            Self::TransitCard => "UK-VISIT-125",
            Self::NoChip => "UK-VISIT-126",
            Self::Certificate { code } => code,
        }
    }
}

/// Answers of the card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardAnswer {
    /// It is a My Number Card.
    Identified {
        /// Which kind.
        kind: CardKind,
        /// Tries left for the PIN, if the card told.
        pin_tries: Option<u8>,
        /// Tries left for matching number B, if the card told.
        number_tries: Option<u8>,
        /// The authentication certificate ends within three months.
        expires_soon: bool,
        /// The chip told the card's expiry: the person need not type its year.
        expiry_known: bool,
    },
    /// It can't be used here.
    NotUsable(Unusable),
    /// Outcome of the PIN.
    Pin(Verify),
    /// Outcome of matching number B.
    Number(Verify),
    /// The photo was read and is genuine (invariant 16); the shell holds it.
    PhotoRead,
    /// The photo can't be trusted, or can't be read.
    PhotoRefused,
    /// The proof for the nonce was made; the shell holds it.
    Proved,
    /// No proof could be made this way.
    ProofRefused,
    /// The session ended; everything read is void.
    Failed {
        /// Stable code.
        code: &'static str,
    },
}

/// What became of one confirmed entry (invariants 2 and 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verify {
    /// Right.
    Accepted,
    /// Wrong.
    Wrong {
        /// Tries left now.
        tries_left: u8,
    },
    /// Nothing was sent: too few tries left, or their number could not be read.
    Refused {
        /// Tries left, if the card could tell.
        tries_left: Option<u8>,
    },
    /// Blocked.
    Blocked,
    /// Sent, outcome unknown; the counter was read again.
    Unknown {
        /// Tries left, if the card could tell.
        tries_left: Option<u8>,
    },
    /// Nothing was sent: the entry can't be right.
    Implausible,
}

/// Answers of the face worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaceAnswer {
    /// The same person.
    Matched,
    /// Not certain.
    Doubtful,
    /// Another person.
    NotMatched,
    /// Nobody before the camera.
    NoFace,
    /// Several people stayed, to the end or most of the time, though it was said that only one can be looked at.
    SeveralFaces,
    /// Time ran out without enough good frames.
    TimedOut,
    /// The card's photo can't be used.
    PhotoUnusable,
    /// Camera or worker are gone.
    Gone,
    /// This card's face was tried too often lately; nothing was compared.
    TooOften,
}

/// One instruction to the person before the camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the sentences")]
pub enum Guidance {
    LookHere,
    ComeCloser,
    StepBack,
    OnlyOnePerson,
    HoldStill,
    MoreLight,
    LessLight,
    EvenLight,
    FaceFront,
    MoveToMiddle,
    MoveLeft,
    MoveRight,
    MoveUp,
    MoveDown,
    Matching,
    TurnLeft,
    TurnRight,
    TakeOffMask,
}

/// The questions a visit asks the central service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// A nonce for the card.
    Nonce,
    /// Card confirmation.
    Confirm,
    /// Registration of the card's holder for insurance use (健康保険証利用登録).
    Register,
    /// Qualification with consents (IF-001).
    Qualification,
    /// Medicines (YZKsiquc01).
    Medicines,
}

/// Answers of the central service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CentralAnswer {
    /// Done; the shell holds what came.
    Ok {
        /// For a qualification: the service holds a consent for medicines whose availability time has
        /// not passed (invariant 1). False for other questions.
        medicines_allowed: bool,
    },
    /// The card is confirmed, for the qualification alone: its certificate has ended, lately enough that the service still
    /// takes it. An answer to [`Ask::Confirm`] only.
    QualificationOnly,
    /// Not reached, or not in time.
    Unreachable,
    /// The service said no.
    Refused(Refusal),
}

/// Why the service said no, as far as the person is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The card's holder is not registered for insurance use.
    NotRegistered {
        /// The service offers to register the holder now, from here.
        offered: bool,
    },
    /// The certificate belongs to nobody the service knows.
    UnknownPerson,
    /// Certificate expired, in the service's judgement.
    Certificate,
    /// Certificate revoked, in the service's judgement.
    Revoked,
    /// Anything else; the code is for the help desk.
    Other {
        /// Stable code of ours.
        code: &'static str,
    },
}

/// Answers of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerAnswer {
    /// The inquiry is durable and will be asked again after a crash.
    InquiryOpened,
    /// The qualification is durable; receipt computers may be told.
    QualificationStored,
    /// The medicines are durable.
    MedicinesStored,
    /// Could not be written.
    Failed {
        /// Stable code.
        code: &'static str,
    },
}

/// What the person can press.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Recognise me by face.
    Face,
    /// By PIN.
    Pin,
    /// By staff.
    Visual,
    /// One page back.
    Back,
    /// End.
    Cancel,
    /// A digit 0–9.
    Digit(u8),
    /// Take the last digit back.
    Erase,
    /// Take all digits back.
    Clear,
    /// These digits.
    Confirm,
    /// The same answer to all questions.
    ConsentAll(bool),
    /// Ask me each apart.
    Itemise,
    /// One answer.
    Consent(ConsentKind, bool),
    /// These answers.
    ConsentDone,
    /// Register me for insurance use, or not.
    Register(bool),
    /// I am still here: the waiting starts anew.
    Stay,
}
