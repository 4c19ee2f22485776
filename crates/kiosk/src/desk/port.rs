//! What the desk's pages need of the daemon, as a trait that the daemon implements, and what it answers.

use crate::Words;
use crate::staff::{OfficePhone, StaffResult, StaffSummary};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use tokio::sync::watch;
use zeroize::Zeroizing;

/// A boxed answer.
pub type Fut<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A member of staff after the first factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Name, as it stands in every record of what was done.
    pub name: String,
    /// Qualified to view medical information (有資格者等), once the second factor was given.
    pub medical: bool,
    /// Changes with the account: a new password or role makes another one of it, and what was signed in before ends.
    pub edition: u64,
}

/// Who asks for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Name.
    pub name: String,
    /// Qualified, and the second factor was given in this session.
    pub qualified: bool,
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Signed out.
    SignedOut,
    /// Nothing was done for too long.
    Idle,
    /// It had lasted as long as a session may, whatever was done in it.
    TooLong,
    /// The account was removed or given a new password.
    AccountChanged,
}

/// How a result is looked at, for its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// On its page.
    Page,
    /// As a sheet for the printer.
    Sheet,
    /// Only as the head of its medical information, whose look is recorded by itself ([`StaffDesk::medical`]).
    Medical,
}

/// Results of the day, a page of them.
#[derive(Clone, PartialEq)]
pub struct DayResults {
    /// Newest first.
    pub results: Vec<StaffResult>,
    /// How many newer ones stand before them.
    pub from: usize,
    /// Results of the day in all.
    pub count: usize,
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq)]
pub struct DeskProblem {
    /// Stable code, `UK-…`.
    pub code: String,
    /// What happened and what to do.
    pub text: Words,
    /// The service's own code and words, verbatim, for the help desk.
    pub service: Option<(String, String)>,
}

/// A result with everything staff may want beside it.
#[derive(Clone, PartialEq)]
pub struct ResultDetail {
    /// The result as on the overview.
    pub result: StaffResult,
    /// Day and time of day, as shown.
    pub at: String,
    /// Labels of fields whose text has lost a character (●, 〓, private use), and of those that Shift_JIS can't hold.
    pub marked: Vec<Marked>,
    /// The spelling that staff accepted for this person.
    pub spelling: Option<Spelling>,
    /// The result before, of the same name and birth date, and what differs.
    pub before: Option<Before>,
    /// Its calls to the welfare office, oldest first.
    pub calls: Vec<FollowUpLine>,
    /// What was done in this visit, oldest first.
    pub audit: Vec<AuditLine>,
    /// Kinds of medical information that are there and may be opened now by qualified staff.
    pub medical: bool,
    /// Its file was not taken in time and may be put into the folder once more.
    pub uncollected: bool,
    /// Its qualifications for which a reference number (照会番号) can be registered.
    pub referable: Vec<Referable>,
}

/// A field whose letters need a look.
#[derive(Clone, PartialEq)]
pub struct Marked {
    /// Which field.
    pub label: Words,
    /// The letters lost on the way here (true), or ones that a receipt computer with Shift_JIS will lose (false).
    pub lost: bool,
}

/// A spelling accepted by staff.
#[derive(Clone, PartialEq)]
pub struct Spelling {
    /// The text.
    pub text: String,
    /// By whom.
    pub by: String,
    /// When, as shown.
    pub at: String,
}

/// The result before.
#[derive(Clone, PartialEq)]
pub struct Before {
    /// Its id.
    pub id: String,
    /// When, as shown.
    pub at: String,
    /// What differs.
    pub changes: Vec<Change>,
}

/// One difference.
#[derive(Clone, PartialEq)]
pub struct Change {
    /// Field.
    pub label: Words,
    /// Before; empty when it was not there.
    pub before: Words,
    /// Now; empty when it is gone.
    pub now: Words,
}

/// One record of the audit chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    /// When, as shown.
    pub at: String,
    /// Who.
    pub actor: String,
    /// What: the chain's own word.
    pub action: String,
    /// With what, as the chain has it: an object of short values.
    pub detail: serde_json::Value,
}

/// A follow-up.
#[derive(Clone, PartialEq)]
pub struct FollowUpLine {
    /// Its number.
    pub id: u64,
    /// Since when, as shown.
    pub since: String,
    /// The result it is about.
    pub result: String,
    /// The person's name, when the result is still there.
    pub name: String,
    /// Whom to phone.
    pub office: String,
    /// Their telephone.
    pub phone: OfficePhone,
    /// A ticket of a bulk fetch that may be the one awaited.
    pub proposed: Option<ProposedTicket>,
    /// When it was closed, as shown; `None` while open.
    pub closed: Option<String>,
    /// By whom.
    pub by: String,
    /// What came of it.
    pub answer: String,
    /// What staff noted without settling it, oldest first.
    pub notes: Vec<FollowUpNote>,
    /// Part of it is damaged and can't be read: whom to phone, the answer or earlier notes.
    pub unreadable: bool,
}

/// A note on a follow-up.
#[derive(Clone, PartialEq)]
pub struct FollowUpNote {
    /// When, as shown.
    pub at: String,
    /// By whom.
    pub by: String,
    /// What.
    pub text: String,
}

/// A ticket that settles nothing by itself: staff must look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposedTicket {
    /// The bulk job it came with.
    pub job: u64,
    /// Its place there, from 0.
    pub item: u32,
    /// Why: `name` (only name and birth date are the same), `period` or `kind` (it does not fit the day of the visit).
    pub why: &'static str,
}

/// How a bulk job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// The service works, or persons arrive.
    Working,
    /// Done.
    Done,
    /// It failed.
    Failed,
}

/// A bulk job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobLine {
    /// Its number.
    pub id: u64,
    /// `tickets`, `visiting`, `online`, `references`.
    pub kind: String,
    /// What was asked for, as shown (month or days).
    pub asked: String,
    /// When it began, as shown.
    pub at: String,
    /// How it stands.
    pub state: JobState,
    /// Persons so far.
    pub persons: u64,
    /// Code of a failure.
    pub code: String,
    /// The service's code and words about it, verbatim.
    pub service: Option<(String, String)>,
    /// New, changed and gone against the job before, when done.
    pub difference: Option<(usize, usize, usize)>,
    /// Of reference numbers: how many were not registered; 0 in other jobs.
    pub refused: usize,
    /// Of the first of them: the line in what was sent (from 1), where it is known, and the service's code and words; empty where it said none.
    pub refused_first: Vec<(Option<usize>, String)>,
}

/// What a bulk job brought, a page of it.
#[derive(Clone, PartialEq)]
pub struct JobDetail {
    /// The job as in the list.
    pub line: JobLine,
    /// Persons or registrations of this page.
    pub items: Vec<JobItem>,
    /// Place of the next page's first, if there is one.
    pub next: Option<u32>,
}

/// One answer of a bulk job.
#[derive(Clone, PartialEq)]
pub struct JobItem {
    /// Its place in the job, from 0.
    pub n: u32,
    /// `new` or `changed` against the job before; else empty.
    pub change: &'static str,
    /// What it says of the person, each qualification with its name.
    pub summaries: Vec<(String, StaffSummary)>,
    /// What became of a registration, in jobs of that kind.
    pub registration: Option<RegistrationLine>,
}

/// What became of the registration of a reference number.
#[derive(Clone, PartialEq)]
pub struct RegistrationLine {
    /// 照会番号.
    pub reference: String,
    /// It is registered.
    pub registered: bool,
    /// The service's answer says nothing of it.
    pub missing: bool,
    /// The service's code and words.
    pub said: String,
}

/// A qualification for which a reference number can be registered.
#[derive(Clone, PartialEq)]
pub struct Referable {
    /// Place among the result's qualifications.
    pub index: usize,
    /// Insurer or office.
    pub of: String,
    /// The number it has.
    pub number: Option<String>,
}

/// Medical information of one kind, as received.
#[derive(Clone, PartialEq)]
pub struct MedicalList {
    /// `medicines`, `treatment`, `operations`, `checkups`, or the message's own name of a list that is not known here.
    pub kind: String,
    /// What it is.
    pub title: Words,
    /// Until when the consent lasts, as shown; empty where no consent was needed.
    pub until: String,
    /// What stands beside the lists of the message: its name and its text, as received.
    pub notes: Vec<(String, String)>,
    /// That nothing came of this kind, which was agreed to, in words.
    pub missing: Option<Words>,
    /// Why this kind can't be shown.
    pub problem: Option<DeskProblem>,
    /// Headings.
    pub columns: Vec<Words>,
    /// Rows; a row's mark says that the same medicine stands in another row of an overlapping time.
    pub rows: Vec<MedicalRow>,
}

/// One row of medical information.
#[derive(Clone, PartialEq)]
pub struct MedicalRow {
    /// Cells, one for each heading.
    pub cells: Vec<String>,
    /// The same medicine from another institution, or more than once, in the time shown.
    pub twice: bool,
}

macro_rules! without_content {
    ($($name:ident),*) => {$(
        /// Nothing of it: values are about patients and belong in no log.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}
without_content!(
    DayResults,
    ResultDetail,
    Marked,
    Spelling,
    Before,
    Change,
    FollowUpLine,
    FollowUpNote,
    JobDetail,
    JobItem,
    RegistrationLine,
    Referable,
    MedicalList,
    MedicalRow
);

/// What of the terminal's own settings staff should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ways {
    /// Day of the month (1 to 28) from which on tickets are fetched every day, and the hour (0 to 23); `None`: only on demand.
    pub tickets: Option<(u8, u8)>,
    /// 資格確認限定型: no consent is asked, no medical information is taken.
    pub qualification_only: bool,
}

/// What the desk asks of the daemon. Every call that does or shows something to somebody records who asked.
pub trait StaffDesk: Send + Sync + 'static {
    /// The first factor.
    fn sign_in(
        &self,
        name: String,
        password: Zeroizing<String>,
    ) -> Fut<Result<Person, DeskProblem>>;

    /// The second factor (TOTP, RFC 6238) of somebody signed in.
    fn second_factor(&self, name: String, code: Zeroizing<String>) -> Fut<Result<(), DeskProblem>>;

    /// Whether the account still is the one that signed in.
    fn stands(&self, person: Person) -> Fut<Result<bool, DeskProblem>>;

    /// Whether anybody has an account: whether anybody could sign in at all.
    fn has_accounts(&self) -> Fut<Result<bool, DeskProblem>>;

    /// Records that a session ended.
    fn left(&self, name: String, why: Left);

    /// Carries a request of the counter out.
    fn ask(
        &self,
        actor: Actor,
        request: serde_json::Value,
    ) -> Fut<Result<serde_json::Value, DeskProblem>>;

    /// A result with all that stands beside it; who looked, and how, is recorded before it is answered.
    fn result(
        &self,
        actor: Actor,
        id: String,
        look: Look,
    ) -> Fut<Result<ResultDetail, DeskProblem>>;

    /// Records that somebody is shown these results on the overview of the clinic's network, before they are shown.
    fn overview(&self, actor: Actor, results: Vec<String>) -> Fut<Result<(), DeskProblem>>;

    /// The day's results from a place on, for those that the overview has no room for.
    fn results(&self, from: usize) -> Fut<Result<DayResults, DeskProblem>>;

    /// Day and time of day, as shown: when a sheet was printed.
    fn clock(&self) -> String;

    /// The same in milliseconds since the Unix epoch: how old a result is.
    fn now(&self) -> i64;

    /// What of the terminal's own settings staff should know.
    fn ways(&self) -> Ways;

    /// The follow-ups, open ones first.
    fn follow_ups(&self) -> Fut<Result<Vec<FollowUpLine>, DeskProblem>>;

    /// The same for a sheet of paper; who prints it is recorded before it is answered.
    fn follow_ups_to_print(&self, actor: Actor) -> Fut<Result<Vec<FollowUpLine>, DeskProblem>>;

    /// The bulk jobs, newest first.
    fn jobs(&self) -> Fut<Result<Vec<JobLine>, DeskProblem>>;

    /// What a bulk job brought, from a place on; recorded before it is answered.
    fn job(&self, actor: Actor, id: u64, from: u32) -> Fut<Result<JobDetail, DeskProblem>>;

    /// Registers a reference number for one of the qualifications of a result, with the numbers that stand there.
    fn register_reference(
        &self,
        actor: Actor,
        id: String,
        index: usize,
        reference: String,
    ) -> Fut<Result<(), DeskProblem>>;

    /// Medical information of the visit of this result: for qualified staff, inside the consent's window, recorded before it
    /// is answered.
    fn medical(&self, actor: Actor, id: String) -> Fut<Result<Vec<MedicalList>, DeskProblem>>;

    /// Has the folders deliver a result once more that nobody took in time; who and why are recorded first (invariant 9).
    fn deliver_again(
        &self,
        actor: Actor,
        id: String,
        reason: String,
    ) -> Fut<Result<(), DeskProblem>>;

    /// Keeps the spelling that staff accepted for the person of this result.
    fn keep_spelling(&self, actor: Actor, id: String, text: String)
    -> Fut<Result<(), DeskProblem>>;

    /// Counts up whenever something on the desk's pages may have changed.
    fn changes(&self) -> watch::Receiver<u64>;
}
