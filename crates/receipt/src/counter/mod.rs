//! The counter (窓口) as a receipt computer uses it: what is asked of the central service beside visits with a card. The crate checks
//! who may and whether the request is one; whoever implements [`ReceiptCounter`] carries it out and records it.

pub(crate) mod bodies;
pub(crate) mod bulk;
pub(crate) mod institution;
pub(crate) mod reinquiry;
mod scripted;
pub(crate) mod special;

pub use bodies::{Care, Numbers, Person, Registration, SpecialMode, Withdrawer};
pub use scripted::ScriptedCounter;

use crate::problem::{Kind, Problem};
use crate::router::{App, Caller};
use serde_json::Value;
use std::pin::Pin;
use std::sync::Arc;

/// What a receipt computer wants done. Checked for form; whether it makes sense the counter says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The institution's settings at the service.
    Settings,
    /// Change them; `None` stays as it is.
    ChangeSettings {
        /// 医療扶助.
        medical_assistance: Option<bool>,
        /// 訪問診療等.
        visiting_care: Option<bool>,
        /// オンライン診療等.
        online_care: Option<bool>,
    },
    /// Register one reference number (照会番号).
    RegisterReference(Registration),
    /// Register many, in two phases.
    RegisterReferences(Vec<Registration>),
    /// Fetch the tickets of a month, yyyyMM.
    FetchTickets {
        /// 診療年月.
        month: String,
    },
    /// Fetch the persons who consented.
    FetchConsented {
        /// For which care.
        care: Care,
        /// First day, yyyyMMdd.
        from: String,
        /// Last day.
        to: String,
        /// The days are those of the care.
        by_care_day: bool,
    },
    /// Ask again under a consent that the service holds, also for the medical information that it opens.
    Reinquire {
        /// For which care.
        care: Care,
        /// Day of the care, yyyyMMdd; `None` = today.
        care_day: Option<String>,
        /// Whom.
        numbers: Numbers,
        /// The client has the right `medical`: results with medical information are its own.
        medical: bool,
    },
    /// End such a consent.
    Withdraw {
        /// For which care.
        care: Care,
        /// Who wants it.
        by: Withdrawer,
        /// Whose.
        numbers: Numbers,
    },
    /// Address and QR code of the mobile page.
    AccessUrl {
        /// For which care.
        care: Care,
        /// A new one, which ends the old one.
        change: bool,
    },
    /// What disaster and outage searches are open.
    Openings,
    /// A search under a disaster opening.
    Disaster {
        /// Whom.
        person: Person,
        /// Who asks.
        operator: String,
        /// Why.
        reason: String,
        /// The person agreed by word of mouth.
        oral_consent: bool,
        /// Also medical information.
        information: bool,
    },
    /// Note a person during an outage.
    NoteOutage {
        /// Whom.
        person: Person,
        /// Who noted.
        operator: String,
        /// The person agreed, by word of mouth, to being asked about.
        oral_consent: bool,
    },
    /// Who is noted and was not answered yet.
    OutageNotes,
    /// Take a note off the list.
    RemoveNote {
        /// Its number, as the list says.
        id: String,
        /// Who takes it off.
        operator: String,
        /// Why.
        reason: String,
    },
    /// Take over the passcode for visual confirmation.
    Passcode,
    /// The operation test (運用テスト).
    OperationTest,
    /// Ask about everybody noted.
    AskNoted {
        /// Who asks.
        operator: String,
    },
    /// Report the use of a mode.
    ReportUsage {
        /// Which.
        mode: SpecialMode,
        /// Who reports.
        operator: String,
    },
    /// View in an emergency.
    Emergency {
        /// Whom.
        person: Person,
        /// Who asks.
        operator: String,
        /// Why.
        reason: String,
        /// Second factor of the viewer's sign-in, OQSCD041.
        factor: String,
        /// Its method, OQSCD042.
        method: String,
    },
}

/// Why something was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The values can't be asked.
    Implausible,
    /// The service has not opened it, or the institution has no authority.
    NotOpen,
    /// The terminal confirms qualification only (資格確認限定型).
    QualificationOnly,
    /// The service answered, and said no.
    SaidNo,
    /// The service was not reached.
    Unreachable,
    /// The service answered in a way that can't be used, or about somebody or something else: nothing of it was taken in.
    Discarded,
    /// No such thing.
    Unknown,
    /// A mode was not used since its last report.
    NothingToReport,
    /// No space; nothing was changed.
    Full,
    /// The terminal can't at the moment.
    Unavailable,
}

/// A refusal of the counter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub why: Why,
    /// The terminal's own stable code of the cause, `UK-VISIT-504` say.
    pub cause: String,
    /// What that code says, Japanese and English.
    pub words: (String, String),
    /// The service's code and words, verbatim, for the help desk.
    pub service: Option<(String, String)>,
    /// Which field of the request it is about, with its line in a list.
    pub field: Option<String>,
}

/// What the counter gives: a JSON object.
pub type Answered<'a> = Pin<Box<dyn Future<Output = Result<Value, Refusal>> + Send + 'a>>;

/// Carries wishes out. Every wish and who had it stands in the audit chain when the answer comes; a result of it is durable and
/// belongs to `client` (invariant 9).
pub trait ReceiptCounter: Send + Sync + 'static {
    /// Does it, within the deadlines of the central service. `change` names it when it came with a key: carried out again under the same
    /// name it stores no second result and begins no second job.
    fn carry_out(&self, client: String, change: Option<String>, wish: Wish) -> Answered<'_>;
}

impl App {
    /// Has a wish carried out. It is carried through also when the client hangs up meanwhile.
    pub(crate) async fn wish(&self, caller: &Caller, wish: Wish) -> Result<Value, Problem> {
        let counter = Arc::clone(&self.counter);
        let (client, change) = (caller.client.name.clone(), caller.change.clone());
        let done = tokio::spawn(async move { counter.carry_out(client, change, wish).await });
        match done.await {
            Ok(outcome) => outcome.map_err(Problem::from),
            Err(error) => {
                tracing::error!(code = "UK-RCPT-017", %error, "the counter broke off");
                Err(Kind::Unavailable.into())
            }
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let kind = match refusal.why {
            Why::Implausible => Kind::Implausible,
            Why::NotOpen => Kind::NotOpen,
            Why::QualificationOnly => Kind::QualificationOnly,
            Why::SaidNo => Kind::ServiceRefused,
            Why::Unreachable => Kind::ServiceUnreachable,
            Why::Discarded => Kind::AnswerDiscarded,
            Why::Unknown => Kind::NotFound,
            Why::NothingToReport => Kind::NothingToReport,
            Why::Full => Kind::Full,
            Why::Unavailable => Kind::Unavailable,
        };
        let problem = Self::new(kind).caused(refusal.cause, refusal.words, refusal.service);
        match refusal.field {
            Some(field) => problem.detail(field),
            None => problem,
        }
    }
}
