//! What the staff's page shows, set by the daemon. Sentences come in both languages, because each page has its own.

use super::OfficePhone;
use crate::Words;

/// Everything the staff's page shows.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct StaffState {
    /// Whether the terminal simulates (invariant 13).
    pub simulated: bool,
    /// Health of the terminal.
    pub terminal: TerminalState,
    /// The visit going on, if any.
    pub visit: Option<StaffVisit>,
    /// Today's results, newest first.
    pub results: Vec<StaffResult>,
    /// How many older results of today are not among them.
    pub results_left_out: usize,
    /// Today's visits that ended without a result, newest first.
    pub ended: Vec<StaffEnded>,
    /// Inquiries waiting to be repeated.
    pub queued: Vec<StaffQueued>,
    /// What staff should know and do.
    pub alerts: Vec<StaffAlert>,
    /// The welfare offices of the settings, a line each, for the page of calls.
    pub offices: Vec<Words>,
}

/// A visit that ended without a result.
#[derive(Clone, Debug, PartialEq)]
pub struct StaffEnded {
    /// When, as shown.
    pub at: String,
    /// How: a word of the audit chain (`card-removed`, `cancelled` …).
    pub outcome: String,
    /// The stable code of the reason, where there is one.
    pub code: Option<String>,
}

/// Health of the terminal.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TerminalState {
    /// Whether a patient can be received now.
    pub ok: bool,
    /// One line for each part (reader, camera, service …).
    pub lines: Vec<TerminalLine>,
}

/// The state of one part of the terminal.
#[derive(Clone, Debug, PartialEq)]
pub struct TerminalLine {
    /// Whether this part works.
    pub ok: bool,
    /// What to say of it.
    pub text: Words,
}

/// The visit going on.
#[derive(Clone, Debug, PartialEq)]
pub struct StaffVisit {
    /// Number of the visit.
    pub visit: u64,
    /// The reader the card lies in.
    pub reader: String,
    /// Name of the patient's page now ([`crate::patient::Page::name`]).
    pub page: String,
    /// Whether visual confirmation (目視確認) is awaited.
    pub waiting_for_visual: bool,
}

/// One stored result.
#[derive(Clone, PartialEq)]
pub struct StaffResult {
    /// Id in the ledger.
    pub id: String,
    /// Time of day as shown.
    pub at: String,
    /// When it was stored, milliseconds since the Unix epoch.
    pub stored_at: i64,
    /// Number of the visit.
    pub visit: u64,
    /// The reader.
    pub reader: String,
    /// The person's name.
    pub name: String,
    /// Whether the receipt computer has it.
    pub state: ResultState,
    /// Stable code of what is special about it, whatever its validity says (a card whose certificate has ended).
    pub remark: Option<String>,
    /// The person agreed to medical information, and it may be opened now by qualified staff.
    pub medical: bool,
    /// One for each qualification in the result (insurance, medical assistance), side by side.
    pub summaries: Vec<StaffSummary>,
}

/// Without the person's name: values are about patients and belong in no log.
impl std::fmt::Debug for StaffResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StaffResult")
            .field("id", &self.id)
            .field("reader", &self.reader)
            .field("state", &self.state)
            .field("summaries", &self.summaries)
            .finish_non_exhaustive()
    }
}

/// Where a result stands on its way to the receipt computer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResultState {
    /// Nobody has it yet.
    Waiting,
    /// A client holds it.
    Claimed {
        /// The client's name.
        by: String,
    },
    /// Taken and acknowledged.
    Taken,
}

/// One qualification in plain words (`oqs::summary` makes it from a deliverable, invariant 6).
#[derive(Clone, Debug, PartialEq, Default)]
pub struct StaffSummary {
    /// 資格有効性 code as the service gave it ("1" valid … "6" valid, ticket not registered).
    pub validity: String,
    /// Whether this institution is not entrusted (未委託).
    pub unentrusted: bool,
    /// Valid, with something to settle first (the ticket does not fit the day).
    pub doubtful: bool,
    /// What this qualification is (健康保険, 医療扶助).
    pub classification: Words,
    /// The sentence that says whether it is valid.
    pub headline: Words,
    /// What to do.
    pub advice: Words,
    /// The welfare office to phone, for medical assistance.
    pub office: Option<String>,
    /// Its telephone, where staff is told to phone it.
    pub phone: Option<OfficePhone>,
    /// Fields in S000's order; an empty value is shown as "-".
    pub fields: Vec<StaffField>,
}

/// One field of a qualification.
#[derive(Clone, PartialEq)]
pub struct StaffField {
    /// What it is: a stable word (`oqs::summary::Item`).
    pub item: &'static str,
    /// The same in words.
    pub label: Words,
    /// Its value; empty when absent or withheld. Names and what the service wrote are the same in both languages.
    pub value: Words,
}

/// The label only: values are about patients and belong in no log.
impl std::fmt::Debug for StaffField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}=…", self.label.en)
    }
}

/// An inquiry to be repeated.
#[derive(Clone, Debug, PartialEq)]
pub struct StaffQueued {
    /// Id in the queue.
    pub id: String,
    /// Time of day it was put there.
    pub at: String,
    /// Number of the visit.
    pub visit: u64,
    /// Why it waits.
    pub reason: Words,
    /// Time of day of the next try.
    pub next_at: String,
}

/// What the central service itself said, verbatim: the help desk asks for it.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceSaid {
    /// Its code.
    pub code: String,
    /// Its words.
    pub words: String,
}

/// The code only: the words may be about a patient and belong in no log.
impl std::fmt::Debug for ServiceSaid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServiceSaid")
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

/// Something staff should know, with its code and what to do.
#[derive(Clone, Debug, PartialEq)]
pub struct StaffAlert {
    /// Its number, by which staff closes it.
    pub id: u64,
    /// Whether staff may close it: it tells of something that has no end by itself.
    pub closable: bool,
    /// Stable code, `UK-…`.
    pub code: String,
    /// Time of day.
    pub at: String,
    /// What happened.
    pub text: Words,
    /// What to do.
    pub advice: Words,
    /// The service's own code and words, where it gave any.
    pub service: Option<ServiceSaid>,
}
