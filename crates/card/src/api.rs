//! The words between the card threads and the daemon: configuration, commands, events, answers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::certificate::CertificateProblem;
use crate::error::CardError;
use crate::issuers::IssuerKeys;
use crate::pinless::{PinlessAuthenticator, SurfaceEvidence};
use crate::reset::ReaderReset;
use crate::secret::Secret;

/// Where the card thread gets the time from: milliseconds since the Unix epoch, as the daemon trusts it
/// (invariant 14). Used only for the plausible range of the expiry year in matching number B.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Everything the card threads are told at start.
pub struct CardConfig {
    /// Whether this installation is a simulation. Outside one, virtual readers, test key hierarchies and
    /// simulation-only authenticators are refused (invariant 13).
    pub simulation: bool,
    /// Use only readers whose name contains one of these; empty = every reader.
    pub reader_filters: Vec<String>,
    /// Readers (parts of names) that a technician's probe found to pass extended length; with all others
    /// files are read in 256-byte blocks.
    pub extended_readers: Vec<String>,
    /// What restarts a reader that hangs in its driver.
    pub reset: Option<Arc<dyn ReaderReset>>,
    /// Keys under which a card's 券面事項確認AP certificate must verify.
    pub issuers: IssuerKeys,
    /// DER certificates of the accepted 利用者証明用 certification authorities; the published ones are
    /// [`crate::certificate::published_roots`].
    pub auth_roots: Vec<Vec<u8>>,
    /// The way to use the authentication key without a PIN, when there is one.
    pub pinless: Option<Box<dyn PinlessAuthenticator>>,
    /// The longest wait for one answer of the card. After it the session is over.
    pub apdu_timeout: Duration,
    /// The daemon's trusted time.
    pub clock: Clock,
}

/// What the daemon asks of the card. `visit` is repeated in the answer.
#[derive(Debug)]
pub enum CardCommand {
    /// Opens the card in `reader` exclusively, switches it off and on, identifies it. An open session of
    /// another visit ends silently.
    Begin {
        /// The visit that asks.
        visit: u64,
        /// Reader name as given in [`CardEvent::CardArrived`].
        reader: String,
    },
    /// One attempt with the 4-digit authentication PIN (invariant 2).
    VerifyPin {
        /// The visit that asks.
        visit: u64,
        /// Four ASCII digits.
        pin: Secret,
    },
    /// One attempt with 照合番号B (invariant 3).
    VerifyMatchingNumber {
        /// The visit that asks.
        visit: u64,
        /// Fourteen ASCII digits as printed, or ten without the year of expiry when
        /// [`CardIdentity::card_expiry`] is known.
        number: Secret,
    },
    /// Reads the photo and proves the card genuine (invariant 16).
    ReadPhoto {
        /// The visit that asks.
        visit: u64,
    },
    /// Signs the central service's nonce with the authentication key.
    Prove {
        /// The visit that asks.
        visit: u64,
        /// The bytes to sign, 1 to 1024.
        nonce: Vec<u8>,
        /// What makes the key usable.
        how: ProveHow,
    },
    /// Ends the session: power off, disconnect.
    End {
        /// The visit that asks.
        visit: u64,
    },
    /// Ends the threads.
    Shutdown,
}

/// What makes the authentication key usable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProveHow {
    /// The PIN was accepted in this session.
    AfterPin,
    /// The configured [`PinlessAuthenticator`].
    Pinless,
}

/// What the card side tells the daemon.
#[derive(Debug)]
pub enum CardEvent {
    /// pcscd cannot be reached; it is tried again each second.
    ServiceDown {
        /// For the technician, without secrets.
        detail: String,
    },
    /// pcscd answers (also said once at the start).
    ServiceUp,
    /// A usable reader is there.
    ReaderArrived {
        /// Its name.
        reader: String,
    },
    /// A reader went away.
    ReaderLeft {
        /// Its name.
        reader: String,
    },
    /// A card lies on the reader. What card it is, only [`CardCommand::Begin`] finds out.
    CardArrived {
        /// The reader's name.
        reader: String,
    },
    /// The card was taken from the reader.
    CardLeft {
        /// The reader's name.
        reader: String,
    },
    /// The reader hangs in its driver; a restart was tried.
    ReaderHung {
        /// The reader's name.
        reader: String,
        /// `None` when the restart was made (the reader then leaves and arrives), else why not.
        trouble: Option<String>,
    },
    /// The answer to a command. Without a command, only `Failed(ReaderGone)` when the reader of an open
    /// session goes away.
    Answer {
        /// The visit of the command.
        visit: u64,
        /// What came of it.
        answer: CardAnswer,
    },
}

/// Answers to [`CardCommand`].
#[derive(Debug)]
pub enum CardAnswer {
    /// A My Number Card; the session is open.
    Identified(CardIdentity),
    /// Not a card this terminal can use; no session is open.
    NotUsable(CardKind),
    /// What came of the PIN.
    Pin(VerifyOutcome),
    /// What came of matching number B.
    MatchingNumber(VerifyOutcome),
    /// The photo of a genuine, present card.
    Photo(CardPhoto),
    /// The signed nonce.
    Proof(CardProof),
    /// It did not work; [`CardError::ends_session`] says whether the session is over.
    Failed(CardError),
    /// The session is over and the card is switched off.
    Ended,
}

/// What came of one credential entry. At most one VERIFY was sent (invariants 2 and 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerifyOutcome {
    /// The card accepted it.
    Accepted,
    /// The card refused it and counted down.
    Wrong {
        /// Tries left by the card's own word.
        tries_left: u8,
    },
    /// Nothing was sent: the counter is too low or could not be read.
    Refused {
        /// Tries left; `None` when the card did not say.
        tries_left: Option<u8>,
    },
    /// The card blocks this credential.
    Blocked,
    /// The card's verdict was lost. The counter was read again, nothing was repeated.
    Unknown {
        /// Tries left, when they could be read.
        tries_left: Option<u8>,
        /// Number of the power-on session in which the visit may go on: another one than [`CardIdentity::session`] when
        /// the card had to be powered on again and is the same. `None`: it can't go on, the next command fails.
        session: Option<u64>,
    },
    /// Nothing was sent: the entry cannot be right (wrong length, impossible date).
    Implausible,
}

/// What is known of a card before any credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardIdentity {
    /// [`CardKind::MyNumberCard`] or [`CardKind::FaceOnlyCard`].
    pub kind: CardKind,
    /// The token name of JPKI EF 0006, e.g. `JPKIAPICCTOKEN2`.
    pub token: String,
    /// Tries left on the authentication PIN; `None` when the card has no such PIN or does not say.
    pub pin_tries: Option<u8>,
    /// Tries left on 照合番号B; `None` when the card does not say.
    pub matching_number_tries: Option<u8>,
    /// End of the authentication certificate, milliseconds since the Unix epoch; 0 without a certificate.
    pub certificate_not_after: i64,
    /// Why the certificate will not do, `None` when it is an authentication certificate of a configured
    /// root. Expiry is not judged here: a grace period is the central service's decision.
    pub certificate_problem: Option<CertificateProblem>,
    /// The card's own expiry, `yyyymmdd`, when the card tells it without a credential.
    pub card_expiry: Option<String>,
    /// Number of the power-on session this was read in (invariant 16).
    pub session: u64,
}

/// What lies on the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardKind {
    /// マイナンバーカード with a PIN.
    MyNumberCard,
    /// 顔認証マイナンバーカード: no usable PIN and no 署名用 certificate. Never ask it for a PIN.
    FaceOnlyCard,
    /// 住民基本台帳カード (token `JPKIAPICCTOKEN`), no longer valid.
    OldJukiCard,
    /// An Android phone's JPKI token.
    AndroidPhone,
    /// An iPhone's JPKI token.
    IPhone,
    /// 運転免許証.
    DrivingLicence,
    /// A FIDO security key.
    FidoToken,
    /// A FeliCa card: 交通系ICカード and the like.
    TransitCard,
    /// Nothing answers: no chip, or the card lies the wrong way.
    NoChip,
    /// Anything else.
    Unknown,
}

/// The photo of a card that proved itself genuine and present (invariant 16).
pub struct CardPhoto {
    /// JPEG 2000 as the card stores it (JP2 container, greyscale).
    pub jp2: Zeroizing<Vec<u8>>,
    /// What ties the photo to the card.
    pub binding: Binding,
}

impl fmt::Debug for CardPhoto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardPhoto")
            .field("binding", &self.binding)
            .finish_non_exhaustive()
    }
}

/// Evidence that photo and card belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Number of the power-on session; equal to that of [`CardIdentity`] and [`CardProof`].
    pub session: u64,
    /// 証明者鍵ID of the issuer key that certified the record's signer, hexadecimal.
    pub issuer_key_id: String,
    /// 被証明者鍵ID of the record's signer, hexadecimal.
    pub signer_key_id: String,
}

/// The nonce signed by the card's authentication key.
pub struct CardProof {
    /// The 利用者証明用 certificate of the same power-on session.
    pub certificate_der: Vec<u8>,
    /// The signature over the nonce bytes: of the authentication key, by the certificate's algorithm and
    /// already checked against it, or for [`ProofKind::SurfaceInternalAuthentication`]
    /// RSASSA-PKCS1-v1_5 with SHA-256 of the key named in `surface`.
    pub signature: Vec<u8>,
    /// What proves the card genuine when its authentication key was not used.
    pub surface: Option<Box<SurfaceEvidence>>,
    /// What made the key usable.
    pub kind: ProofKind,
    /// Number of the power-on session (invariant 16).
    pub session: u64,
}

impl fmt::Debug for CardProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardProof")
            .field("kind", &self.kind)
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

/// What made the authentication key usable, as the central service is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofKind {
    /// The person's PIN.
    AuthenticationKeyAfterPin,
    /// `hw-sim`'s invented terminal authentication. Never in production.
    FictitiousTerminalAuthentication,
    /// かざし利用: the surface AP's own key; the authentication key was not used, so this says that the
    /// card is genuine and present, for a service that knows its certificate from an earlier PIN use.
    SurfaceInternalAuthentication,
}
