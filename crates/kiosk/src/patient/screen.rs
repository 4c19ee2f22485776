//! What the patient's page can be told to show. Plain data, set by the daemon from the visit's state.
//!
//! Architecture invariant: nothing here can carry a name, a qualification, an assistance (invariant 17) or a digit (invariant 5).

use crate::patient::Choices;

/// Seconds before a page gives up on the person from which it counts down: long enough to hear the warning to its end, think and
/// reach the button (WCAG 2.2, success criterion 2.2.1, asks for at least 20).
pub const COUNTDOWN_S: u16 = 30;
const _: () = assert!(COUNTDOWN_S >= 20, "WCAG 2.2.1");

/// One screen of the patient's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screen {
    /// What this patient chose about the page: language, colours, letters, sound.
    pub choices: Choices,
    /// Whether the terminal simulates; the banner is then on every screen (invariant 13).
    pub simulated: bool,
    /// Seconds left before the idle visit ends, once the warning is due.
    pub idle_seconds_left: Option<u16>,
    /// The keypad offers to hold the card up to the camera instead.
    pub hold_card: bool,
    /// The digits that stand on the keypad are all the camera's.
    pub by_camera: bool,
    /// What the screen shows.
    pub page: Page,
}

impl Screen {
    /// A screen with the default choices and without an idle warning.
    pub fn new(page: Page) -> Self {
        Self {
            choices: Choices::default(),
            simulated: false,
            idle_seconds_left: None,
            hold_card: false,
            by_camera: false,
            page,
        }
    }
}

/// The page of a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// The daemon is starting.
    Starting,
    /// The terminal cannot serve; `code` is what staff tell the technician.
    OutOfService {
        /// Stable code, `UK-…`.
        code: &'static str,
    },
    /// No visit: lay the card down.
    Waiting,
    /// A card was laid down and is being read.
    Reading,
    /// What lies there is not a My Number Card.
    NotMyNumberCard {
        /// What it is, as far as it can be known.
        what: OtherCard,
        /// Stable code, `UK-…`.
        code: &'static str,
    },
    /// Choice of the way of identification.
    Method {
        /// Face may be chosen.
        face: bool,
        /// PIN may be chosen (invariant 2: not below two tries).
        pin: bool,
        /// PIN tries left, if they were read.
        pin_tries: Option<u8>,
        /// Staff can confirm by sight.
        visual: bool,
        /// Why the person is here again, or what to know.
        notice: Option<Notice>,
    },
    /// Digits are typed; the daemon keeps them, the page knows only their count (invariant 5).
    Keypad {
        /// What is typed.
        purpose: KeypadPurpose,
        /// How many digits are wanted.
        length: u8,
        /// How many have been typed.
        filled: u8,
        /// Tries left, shown before typing (invariant 2).
        tries_left: Option<u8>,
        /// What became of the last entry, if anything.
        notice: Option<Notice>,
    },
    /// The card's front is held up to the camera, so that nobody has to type what it says.
    HoldCard {
        /// How far that is.
        step: HoldStep,
    },
    /// The face is looked at; camera frames are drawn under an oval.
    FaceCheck {
        /// The one thing to do now.
        guidance: Option<Guidance>,
        /// Which attempt this is, from 1.
        attempt: u8,
        /// PIN is on offer as another way.
        pin: bool,
        /// Staff can confirm by sight.
        visual: bool,
    },
    /// Visual confirmation was asked for; staff is coming.
    StaffComing {
        /// Why, if the person did not ask.
        notice: Option<Notice>,
    },
    /// The machine works; the same steps for everybody (invariant 17).
    Working {
        /// Which step.
        step: WorkStep,
    },
    /// The question whether to register the card for use at receptions (健康保険証利用登録).
    Register,
    /// The questions of consent.
    Consents {
        /// Answers so far, in the order of [`ConsentKind::ALL`].
        answers: [Option<bool>; 4],
        /// Whether each is asked apart.
        itemised: bool,
    },
    /// The end of a visit: what was agreed to, without a name (invariant 11).
    Farewell {
        /// The visit went through. Otherwise it was ended before, and nothing was received.
        received: bool,
        /// What was agreed to; nothing where nothing was asked.
        agreed: Option<Vec<ConsentKind>>,
        /// Whether the card still lies in the reader.
        take_card: bool,
        /// What to know.
        notice: Option<Notice>,
    },
    /// The visit is over and wiped, and the card still lies in the reader.
    CardLeft,
    /// The visit ended without a result.
    Trouble {
        /// Stable code, `UK-…`.
        code: &'static str,
        /// Whether the card still lies in the reader.
        take_card: bool,
        /// Why, in words.
        notice: Option<Notice>,
    },
}

impl Page {
    /// The page's stable name, as it stands in `<body data-page="…">`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::OutOfService { .. } => "out-of-service",
            Self::Waiting => "waiting",
            Self::Reading => "reading",
            Self::NotMyNumberCard { .. } => "not-my-number-card",
            Self::Method { .. } => "method",
            Self::Keypad { .. } => "keypad",
            Self::HoldCard { .. } => "hold-card",
            Self::FaceCheck { .. } => "face-check",
            Self::StaffComing { .. } => "staff-coming",
            Self::Working { .. } => "working",
            Self::Register => "register",
            Self::Consents { .. } => "consents",
            Self::Farewell { .. } => "farewell",
            Self::CardLeft => "card-left",
            Self::Trouble { .. } => "trouble",
        }
    }
}

/// What lies on the reader instead of a My Number Card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are the things")]
pub enum OtherCard {
    OldJukiCard,
    AndroidPhone,
    IPhone,
    DrivingLicence,
    FidoToken,
    TransitCard,
    /// Nothing answers: no chip, or it lies the wrong way.
    NoChip,
    Unknown,
}

impl OtherCard {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::OldJukiCard,
        Self::AndroidPhone,
        Self::IPhone,
        Self::DrivingLicence,
        Self::FidoToken,
        Self::TransitCard,
        Self::NoChip,
        Self::Unknown,
    ];
}

/// What is typed on the keypad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeypadPurpose {
    /// The four-digit PIN of the authentication certificate (利用者証明用電子証明書の暗証番号).
    Pin,
    /// Matching number B (照合番号B), fourteen digits printed on the card.
    MatchingNumber,
}

/// How far the card is that is held up to the camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HoldStep {
    /// The camera looks for it.
    Hold,
    /// It was read; it is laid on the reader again.
    LayDown,
    /// It was not read; it is laid on the reader again and the digits are typed.
    NotRead,
    /// It does not seem to be the card that lay on the reader.
    AnotherCard,
}

/// What the machine is doing while the person waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WorkStep {
    /// The card proves itself.
    CheckingCard,
    /// The central service is asked.
    AskingService,
    /// The result is being stored.
    Saving,
}

/// What a patient consents to, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConsentKind {
    /// 健診情報.
    Checkups,
    /// 薬剤情報.
    Medicines,
    /// 診療情報.
    Treatment,
    /// 手術情報.
    Operations,
}

impl ConsentKind {
    /// Every kind, in the order in which answers are kept and shown.
    pub const ALL: [ConsentKind; 4] = [
        Self::Checkups,
        Self::Medicines,
        Self::Treatment,
        Self::Operations,
    ];

    /// The stable part of this kind's button ids (`consent-medicines-yes`).
    pub fn name(self) -> &'static str {
        match self {
            Self::Checkups => "checkups",
            Self::Medicines => "medicines",
            Self::Treatment => "treatment",
            Self::Operations => "operations",
        }
    }

    /// Position in [`Page::Consents`]' answers.
    pub fn index(self) -> usize {
        match self {
            Self::Checkups => 0,
            Self::Medicines => 1,
            Self::Treatment => 2,
            Self::Operations => 3,
        }
    }
}

/// Something the person should know on the screen shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Notice {
    /// The PIN was wrong.
    PinWrong,
    /// One PIN try is left; it is not used here (invariant 2).
    PinNearlyBlocked,
    /// The PIN is blocked; only the municipality can unlock it.
    PinBlocked,
    /// It is not known whether the PIN was accepted; nothing is repeated by itself (invariant 2).
    PinUnclear,
    /// Matching number B was wrong or implausible.
    NumberWrong,
    /// Whether the digits were right could not be found out.
    NumberUnclear,
    /// Matching number B may not be tried any more (invariant 3).
    NumberBlocked,
    /// The face was not recognised with certainty (invariant 7).
    FaceDoubtful,
    /// Several people stayed before the camera.
    SeveralFaces,
    /// The camera does not answer.
    CameraGone,
    /// The card could not prove that it is genuine (invariant 16).
    CardNotGenuine,
    /// The central service cannot be reached; it is asked again later.
    ServiceUnreachable,
    /// The central service cannot be reached, and nothing waits for it.
    ServiceAway,
    /// A card without a PIN: none is asked for.
    NoPinNeeded,
    /// The card's certificate ends soon.
    CertificateExpiresSoon,
    /// The card's certificate has ended.
    CertificateExpired,
    /// It has ended; the visit went through, without the questions about records.
    CertificateEnded,
    /// The card was taken during the questions: what was not answered is "no" (invariant 11).
    ConsentsEndedCardGone,
    /// The card has not been registered for use at reception, and where it can be.
    NotRegistered,
    /// The registration could not be made just now, and where it can be.
    NotRegisteredNow,
    /// The card was registered in this visit.
    Registered,
    /// The central service does not know this person.
    UnknownPerson,
    /// Another card was laid down; the visit started over (invariant 16).
    CardChanged,
    /// The number can't be right as typed; nothing was spent (invariant 3).
    NumberImplausible,
    /// Nothing was read of a card that was to be held up to the camera.
    NumberNotRead,
    /// What was held up to the camera does not seem to be the card that lies on the reader.
    AnotherCardRead,
    /// Time ran out: unanswered questions became "no" (invariant 11).
    ConsentsEndedTime,
    /// The card was taken away too early.
    CardTakenEarly,
    /// Nobody touched the page.
    IdleTimeout,
    /// Staff did not come in time.
    StaffTimeout,
    /// Nobody can be confirmed by sight for a while.
    VisualLocked,
    /// Ended by the person or by staff.
    Cancelled,
    /// The reader went away.
    ReaderGone,
    /// The card could not be read.
    CardUnreadable,
    /// The card's certificate can't be used; the municipality helps.
    CertificateUnusable,
    /// What lies there instead of a My Number Card.
    OtherCard(OtherCard),
    /// The answer could not be stored; staff knows, and the service is asked again.
    NotStored,
    /// The inquiry could not be written down; nothing goes on.
    NotKept,
    /// The service refused; staff knows.
    ServiceRefused,
}

impl Notice {
    /// Every notice, for tests and the gallery.
    pub const ALL: [Notice; 39] = [
        Self::PinWrong,
        Self::PinNearlyBlocked,
        Self::PinBlocked,
        Self::PinUnclear,
        Self::NumberWrong,
        Self::NumberUnclear,
        Self::NumberBlocked,
        Self::FaceDoubtful,
        Self::SeveralFaces,
        Self::CameraGone,
        Self::CardNotGenuine,
        Self::ServiceUnreachable,
        Self::ServiceAway,
        Self::NoPinNeeded,
        Self::CertificateExpiresSoon,
        Self::CertificateExpired,
        Self::CertificateEnded,
        Self::ConsentsEndedCardGone,
        Self::NotRegistered,
        Self::NotRegisteredNow,
        Self::Registered,
        Self::UnknownPerson,
        Self::CardChanged,
        Self::NumberImplausible,
        Self::NumberNotRead,
        Self::AnotherCardRead,
        Self::ConsentsEndedTime,
        Self::CardTakenEarly,
        Self::IdleTimeout,
        Self::StaffTimeout,
        Self::VisualLocked,
        Self::Cancelled,
        Self::ReaderGone,
        Self::CardUnreadable,
        Self::CertificateUnusable,
        Self::OtherCard(OtherCard::Unknown),
        Self::NotStored,
        Self::NotKept,
        Self::ServiceRefused,
    ];
}

/// The one instruction during the face check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Guidance {
    /// Look at the screen.
    LookHere,
    /// Come closer.
    ComeCloser,
    /// Step back a little.
    StepBack,
    /// More than one face is seen.
    OnlyOnePerson,
    /// Keep still.
    HoldStill,
    /// Too dark.
    MoreLight,
    /// Too bright.
    LessLight,
    /// Turn the face to the front.
    FaceFront,
    /// Move to the middle.
    MoveToMiddle,
    /// Move to one's own left.
    MoveLeft,
    /// Move to one's own right.
    MoveRight,
    /// Raise the face.
    MoveUp,
    /// Lower the face.
    MoveDown,
    /// Take the mask off.
    NoMask,
    /// The face is being compared.
    Matching,
    /// Lit from one side.
    EvenLight,
    /// Turn the head to the person's own left.
    TurnLeft,
    /// Turn the head to the person's own right.
    TurnRight,
}

impl Guidance {
    /// Every instruction, for tests and the gallery.
    pub const ALL: [Guidance; 18] = [
        Self::LookHere,
        Self::ComeCloser,
        Self::StepBack,
        Self::OnlyOnePerson,
        Self::HoldStill,
        Self::MoreLight,
        Self::LessLight,
        Self::FaceFront,
        Self::MoveToMiddle,
        Self::MoveLeft,
        Self::MoveRight,
        Self::MoveUp,
        Self::MoveDown,
        Self::NoMask,
        Self::Matching,
        Self::EvenLight,
        Self::TurnLeft,
        Self::TurnRight,
    ];
}
