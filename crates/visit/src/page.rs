//! What the patient is shown, without words, colours or wire form. Nothing here says anything about
//! qualification or assistance (invariant 17).

use crate::{ConsentAnswers, ConsentKind, Guidance, Unusable};

/// One page of the patient's screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// The terminal can't serve; the code says why.
    OutOfService {
        /// Stable code.
        code: &'static str,
    },
    /// Lay down your card.
    Waiting,
    /// The card is being read; keep it lying.
    Reading,
    /// Choose how to be recognised.
    Method {
        /// Face is on offer.
        face: bool,
        /// PIN is on offer.
        pin: bool,
        /// Tries left, shown before typing (invariant 2).
        pin_tries: Option<u8>,
        /// Staff can confirm by sight.
        visual: bool,
        /// Why another way is needed, if it is.
        notice: Option<Notice>,
    },
    /// Type digits; the page knows only how many (invariant 5).
    Keypad {
        /// What is typed.
        purpose: KeypadPurpose,
        /// Digits wanted.
        length: u8,
        /// Digits typed.
        filled: u8,
        /// Tries left.
        tries_left: Option<u8>,
        /// What happened to the last entry, if anything.
        notice: Option<Notice>,
    },
    /// Look into the camera.
    FaceCheck {
        /// One instruction at a time.
        guidance: Option<Guidance>,
        /// 1 for the first try.
        attempt: u8,
        /// PIN is on offer as another way.
        pin: bool,
        /// Staff can confirm by sight.
        visual: bool,
    },
    /// Staff has been called to compare face and card.
    StaffComing,
    /// The machine works.
    Working {
        /// On what.
        step: WorkStep,
    },
    /// Shall this card be registered for insurance use? (健康保険証利用登録)
    Register,
    /// What may the clinic see?
    Consents {
        /// Answers so far.
        answers: ConsentAnswers,
        /// One by one instead of all at once.
        itemised: bool,
    },
    /// Over: what was agreed, take your card.
    Farewell {
        /// The visit went through. Otherwise it was ended before, and nothing was received.
        received: bool,
        /// Kinds agreed to, no name; nothing where nothing was asked, for then nothing was refused either.
        agreed: Option<Vec<ConsentKind>>,
        /// The card still lies there.
        take_card: bool,
        /// Something the person should know.
        notice: Option<Notice>,
    },
    /// The visit is over and wiped; the card still lies there.
    CardLeft,
    /// It did not work; the code and its sentence say what to do.
    Trouble {
        /// Stable code.
        code: &'static str,
        /// The card still lies there.
        take_card: bool,
        /// Why, in words.
        notice: Option<Notice>,
    },
}

/// What is typed on the keypad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeypadPurpose {
    /// 利用者証明用 PIN, 4 digits.
    Pin,
    /// 照合番号B as printed: 14 digits, or 10 without the year of expiry when the chip told it (an eleventh
    /// digit means that the person types all 14).
    MatchingNumber,
}

/// On what the machine works while the person waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkStep {
    /// Card.
    CheckingCard,
    /// Central service.
    AskingService,
    /// Ledger.
    Saving,
}

/// Something the person should know, worded by the kiosk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// Wrong PIN.
    PinWrong,
    /// One try left: it is kept, another way is offered (invariant 2).
    PinNearlyBlocked,
    /// The PIN is blocked; a municipality resets it.
    PinBlocked,
    /// Whether the PIN was right is not known; please again.
    PinUnknown,
    /// Wrong matching number.
    NumberWrong,
    /// Whether the matching number was right is not known; please again.
    NumberUnknown,
    /// The number can't be right as typed; nothing was spent.
    NumberImplausible,
    /// Too few tries left for the matching number (invariant 3).
    NumberRefused,
    /// The face could not be recognised with certainty.
    FaceDoubtful,
    /// Several people stayed before the camera.
    SeveralFaces,
    /// Camera or worker are not there.
    CameraGone,
    /// The card's photo can't be trusted.
    CardNotGenuine,
    /// What lies there can't be used.
    CannotUse(Unusable),
    /// The service can't be reached; staff knows, the inquiry goes on.
    ServiceUnreachable,
    /// The service can't be reached, and nothing could be queued.
    ServiceAway,
    /// A 顔認証マイナンバーカード: it has no PIN, and none is asked for.
    NoPinNeeded,
    /// Another card took the place of the one before: its visit starts at the beginning (invariant 16).
    CardChanged,
    /// The certificate ends within three months.
    CertificateExpiresSoon,
    /// The card went before all questions were answered: those became "no".
    ConsentsEndedCardGone,
    /// Time ran out: unanswered questions became "no".
    ConsentsEndedTime,
    /// The card is not registered for insurance use; where it can be.
    NotRegistered,
    /// The registration could not be made just now; where else it can be.
    NotRegisteredNow,
    /// The card has been registered for insurance use in this visit.
    Registered,
    /// The service does not know this card.
    UnknownPerson,
    /// The certificate has ended; the service still gave the qualification, and no medical information was asked for.
    CertificateEnded,
    /// The certificate has expired, says the service.
    CertificateRefused,
    /// The certificate can't be used: revoked, says the service, or what the card signed does not fit it.
    CertificateUnusable,
    /// The card was taken away too early.
    CardTakenEarly,
    /// Nobody touched the page.
    IdleTimeout,
    /// Staff did not come in time.
    StaffTimeout,
    /// Staff can confirm nobody by sight for a while; other ways are open.
    VisualLocked,
    /// Cancelled by the person or staff.
    Cancelled,
    /// The reader went away.
    ReaderGone,
    /// The card could not be read.
    CardUnreadable,
    /// The answer could not be stored; staff knows, the inquiry goes on.
    NotStored,
    /// The inquiry could not be written down; nothing goes on.
    NotKept,
    /// The service refused the inquiry; staff knows.
    ServiceRefused,
}
