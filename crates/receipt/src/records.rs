//! What the socket and the folders get from whoever keeps things, besides results and events.

use serde_json::Value;

/// A lookup by number that a client wants made.
#[derive(Clone)]
pub struct NewInquiry {
    /// Who asks; owns the answer.
    pub client: String,
    /// The client's idempotency key: the same key is the same inquiry.
    pub key: String,
    /// The request in the JSON form of the interface; checked, and by number only (invariant 1).
    pub request_json: String,
}

/// How an inquiry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InquiryState {
    /// Not answered yet.
    Queued,
    /// Answered; there is a result.
    Answered,
    /// Refused, or given up; the code says why.
    Failed,
}

impl InquiryState {
    /// The word used in the interface.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Answered => "answered",
            Self::Failed => "failed",
        }
    }
}

/// An inquiry as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InquiryRecord {
    /// Its number.
    pub id: u64,
    /// Who asks.
    pub client: String,
    /// When it came, milliseconds since the Unix epoch.
    pub made_at: i64,
    /// How it stands.
    pub state: InquiryState,
    /// How often it was put off.
    pub attempts: u32,
    /// Code of the last failure; empty when there was none.
    pub code: String,
    /// What that code tells, in Japanese and English.
    pub words: Option<(String, String)>,
    /// The answer's id.
    pub result_id: Option<String>,
    /// The service's own code and words about a failed one, verbatim, for the help desk.
    pub service: Option<(String, String)>,
}

/// Many lookups at once.
#[derive(Clone)]
pub struct NewBulk {
    /// Who asks.
    pub client: String,
    /// The client's idempotency key.
    pub key: String,
    /// The checked single requests in the JSON form of the interface.
    pub requests: Vec<String>,
    /// The header of the bulk request in JSON, to be echoed.
    pub header_json: String,
}

/// A bulk job as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkRecord {
    /// Its number.
    pub id: u64,
    /// Who asks.
    pub client: String,
    /// `qualification` (asked for by number), `tickets`, `visiting`, `online`, `references`.
    pub kind: String,
    /// The terminal's own: every client that may inquire sees it.
    pub shared: bool,
    /// The number under which the answer is fetched (受付番号); what follows `#` is no part of it.
    pub reception: String,
    /// When it was begun, milliseconds since the Unix epoch.
    pub made_at: i64,
    /// Whether all answers are here.
    pub done: bool,
    /// Whether it failed; the code says why.
    pub code: String,
    /// The service's code and words about a job that failed, verbatim.
    pub service: Option<(String, String)>,
    /// How many answers are expected.
    pub total: u64,
    /// How many are here.
    pub answered: u64,
    /// The header of the request in JSON.
    pub header_json: String,
}

/// One answer of a bulk job.
#[derive(Clone, PartialEq, Eq)]
pub struct BulkAnswer {
    /// Its place, from 0.
    pub n: u32,
    /// The answer: the stored form of `oqs::delivery::Deliverable`, or `{"error":"UK-…"}`, with the service's `service_code` and
    /// `service_message` where it said any.
    pub body_json: String,
}

/// What changed since the client's bulk job before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BulkChanges {
    /// The job compared with; `None` when there was none, and everything is new.
    pub before: Option<u64>,
    /// Places that are new.
    pub new: Vec<u32>,
    /// Places whose content changed.
    pub changed: Vec<u32>,
    /// Places in the job before that are gone.
    pub gone: Vec<u32>,
}

/// Something staff must still do about a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowUpRecord {
    /// Its number.
    pub id: u64,
    /// When it was opened, milliseconds since the Unix epoch.
    pub made_at: i64,
    /// The visit.
    pub visit: u64,
    /// Its card reader.
    pub reader: String,
    /// The result concerned.
    pub result_id: String,
    /// Why: `unentrusted`, `uncollected` …
    pub reason: String,
    /// What is needed to act.
    pub note: String,
    /// When it was closed.
    pub closed_at: Option<i64>,
    /// Who closed it.
    pub closed_by: Option<String>,
    /// What came of it.
    pub outcome: Option<String>,
    /// What was noted on it without closing it, oldest first.
    pub notes: Vec<FollowUpNote>,
    /// Part of it is damaged and can't be read: what is needed to act, the outcome or earlier notes.
    pub unreadable: bool,
}

/// A note on a follow-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowUpNote {
    /// When, milliseconds since the Unix epoch.
    pub at: i64,
    /// Who wrote it.
    pub by: String,
    /// The note.
    pub text: String,
}

/// What is known of an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remembered {
    /// The change is to be made; the time at which the key was first used, which with the key names the change.
    New(i64),
    /// The answer of before: HTTP status and body.
    Answer(u16, String),
    /// The key was used for another request.
    Other,
}

/// A part of the audit chain.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditExtract {
    /// The records as JSON objects with `seq`, `at`, `actor`, `action`, `detail`, `prev`, `hash`.
    pub records: Vec<Value>,
    /// The newest head, signed.
    pub head: Value,
}
