//! What reaches the engine from the bridges and tasks.

use card::CardEvent;
use central::{CentralError, Confirmation, Nonce};
use kiosk::staff::ServiceSaid;
use oqs::assumed::StatusAnswer;
use oqs::{CheckupsAnswer, ConsentKind, MedicinesAnswer, QualificationAnswer};
use vision::protocol::{FaceOutcome, Guidance};
use visit::{LedgerAnswer, VisitId};
use zeroize::Zeroizing;

/// One message to the engine.
pub(crate) enum Message {
    /// From the card threads.
    Card(CardEvent),
    /// The vision worker is there (with a camera) or not: the code of what is wrong, and why.
    FaceAvailable(Result<(), &'static str>, String),
    /// One instruction to the person.
    Guidance(u64, Guidance),
    /// How the comparison ended.
    Face(u64, FaceOutcome),
    /// Digits of matching number B that are sure, as ASCII; true when the card seems to be another one than the chip's.
    CardRead(u64, Zeroizing<Vec<u8>>, bool),
    /// An answer of the central service.
    Central(VisitId, CentralReply),
    /// A look at the service, with a nonce if one was wanted.
    Looked(Result<Option<Nonce>, CentralError>),
    /// An answer of the ledger.
    Ledger(VisitId, LedgerAnswer),
    /// The passcode was right and the confirmation is on record.
    VisualConfirmed {
        /// Visit staff looked at.
        visit: VisitId,
        /// Who.
        staff: String,
    },
    /// Something about results or the queue changed: the staff's page is drawn anew.
    LedgerChanged,
    /// A request beside the visits was not answered: the service is looked at now, so that the shown state does not wait for the next look.
    LookAtService,
    /// The passcode for visual confirmation as the service gave it, and its end (ms since 1970).
    Passcode {
        /// The passcode.
        passcode: Zeroizing<String>,
        /// Until when it holds.
        until: Option<i64>,
    },
    /// The time is about to be set back: what holds until a moment is forgotten, and the answer says whether it is: not during a visit.
    ForgetTimes(tokio::sync::oneshot::Sender<bool>),
    /// The time has been set back from one to another, ms since 1970.
    SetBack {
        /// The time until now.
        from: i64,
        /// The time now.
        to: i64,
    },
    /// Something staff should see.
    Alert {
        /// Stable code.
        code: &'static str,
    },
    /// The same, with what the service itself said.
    ServiceSaid {
        /// Stable code.
        code: &'static str,
        /// Its own code and words.
        service: Option<ServiceSaid>,
    },
    /// The ledger's disk is so full that no new visit may begin, or has room again.
    StorageFull(bool),
    /// The card threads have ended by themselves: nothing more will come from them.
    CardThreadsGone,
    /// Stop.
    Stop,
}

/// Answers of the central service with what they carry.
pub(crate) enum CentralReply {
    /// To `nonce`.
    Nonce {
        /// The nonce.
        reply: Result<Nonce, CentralError>,
        /// From the stock, not straight from the service.
        stocked: bool,
    },
    /// To `confirm_card`.
    Confirmation(Result<Confirmation, CentralError>),
    /// To `register_insurance_use`.
    Registration(Box<Result<StatusAnswer, CentralError>>),
    /// To `qualification`.
    Qualification(Box<Result<QualificationAnswer, CentralError>>),
    /// About medical information, as far as each kind was asked.
    Medicines(Box<MedicalReplies>),
}

/// Answers about medical information; what is not there was not asked.
pub(crate) struct MedicalReplies {
    /// Medicines.
    pub(crate) medicines: Option<Result<MedicinesAnswer, CentralError>>,
    /// Checkups, treatment, operations, each that was asked.
    pub(crate) lists: Vec<(ConsentKind, Result<CheckupsAnswer, CentralError>)>,
}
