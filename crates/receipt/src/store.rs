//! What the socket needs from whoever keeps the results. All methods may block; they are called off the async threads.

use crate::records::{
    AuditExtract, BulkAnswer, BulkChanges, BulkRecord, FollowUpRecord, InquiryRecord, NewBulk,
    NewInquiry, Remembered,
};
use tokio::sync::watch;

/// A result, as the store keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct ResultRecord {
    /// Its name, the same for ever; letters, digits and hyphens.
    pub id: String,
    /// Grows with every stored result.
    pub seq: u64,
    /// The visit it belongs to.
    pub visit: u64,
    /// Name of the card reader of that visit.
    pub reader: String,
    /// `qualification`, `medicines` …
    pub kind: String,
    /// When it was stored, milliseconds since the Unix epoch.
    pub stored_at: i64,
    /// The message as JSON; for `qualification` the stored form of `oqs::delivery::Deliverable`.
    pub body_json: String,
    /// How far its delivery has come.
    pub state: ResultState,
    /// Its owner; stays the owner when the claim has lapsed and after acknowledging (invariant 9).
    pub owner: Option<String>,
    /// Until when the claim runs, milliseconds since the Unix epoch.
    pub lease_until: Option<i64>,
    /// Whether the claim ran out and the owner was told so; the owner stays the owner.
    pub lapsed: bool,
    /// Whether it is a simulated one.
    pub simulated: bool,
}

/// Without the message: it is about a patient and belongs in no log.
impl std::fmt::Debug for ResultRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResultRecord")
            .field("id", &self.id)
            .field("seq", &self.seq)
            .field("reader", &self.reader)
            .field("state", &self.state)
            .field("owner", &self.owner)
            .field("lease_until", &self.lease_until)
            .field("simulated", &self.simulated)
            .finish_non_exhaustive()
    }
}

/// How far the delivery of a result has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultState {
    /// Nobody owns it.
    Waiting,
    /// It has an owner who has not acknowledged it yet.
    Claimed,
    /// Its owner has taken it over.
    Acknowledged,
}

impl ResultState {
    /// The word used in the interface.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Claimed => "claimed",
            Self::Acknowledged => "acknowledged",
        }
    }
}

/// Which results to list, in the order in which they were stored.
#[derive(Clone, Copy, Debug)]
pub struct ResultFilter {
    /// Only results with a greater number.
    pub after_seq: u64,
    /// Only results not yet acknowledged.
    pub unacknowledged_only: bool,
    /// Only results in this state.
    pub state: Option<ResultState>,
    /// At most so many.
    pub limit: usize,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRecord {
    /// Its number, growing, never used twice, the same after a restart.
    pub seq: u64,
    /// When it happened, milliseconds since the Unix epoch.
    pub at: i64,
    /// `result-stored`, `result-claimed`, `claim-lapsed`, `result-released`, `result-acknowledged`, `inquiry-failed`, `bulk-ended`,
    /// `follow-up-opened`, `follow-up-closed`.
    pub kind: String,
    /// What it is about: a result's id, or the number of an inquiry, a bulk job or a follow-up.
    pub result_id: String,
    /// The card reader of the visit; empty where there is none.
    pub reader: String,
}

/// Whose the result is after a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The asking client's.
    Owned,
    /// Another client's, who stays the owner.
    OwnedByOther(String),
}

/// What the socket must answer when the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No such result.
    #[error("no such result")]
    NotFound,
    /// Another client owns it.
    #[error("owned by {0}")]
    NotOwner(String),
    /// It must be claimed first.
    #[error("not claimed")]
    NotClaimed,
    /// It was acknowledged and cannot be given back.
    #[error("already acknowledged")]
    AlreadyAcknowledged,
    /// No space; nothing was changed.
    #[error("no space left")]
    DiskFull,
    /// So much of this client waits that more is not taken on.
    #[error("too much waits")]
    TooMany,
    /// What was stored can't be read any more; those beside it can.
    #[error("stored and unreadable")]
    Unreadable,
    /// A value that the store does not accept; the text says which.
    #[error("not accepted: {0}")]
    Unacceptable(String),
    /// The store can't answer now; the text is for the log only.
    #[error("store unavailable: {0}")]
    Unavailable(String),
}

/// Results, their owners and events, durable before any method returns.
pub trait ReceiptStore: Send + Sync + 'static {
    /// Lists results; bodies may be left empty.
    fn results(&self, filter: ResultFilter) -> Result<Vec<ResultRecord>, StoreError>;
    /// One result with its body.
    fn result(&self, id: &str) -> Result<Option<ResultRecord>, StoreError>;
    /// Makes `client` the owner when there is none; exactly one owner for ever (invariant 9).
    fn claim(&self, id: &str, client: &str, now: i64, lease_ms: i64) -> Result<Claim, StoreError>;
    /// The owner has the result durably; repeatable.
    fn acknowledge(&self, id: &str, client: &str, now: i64) -> Result<(), StoreError>;
    /// The owner gives the result back.
    fn release(&self, id: &str, client: &str, now: i64) -> Result<(), StoreError>;
    /// Events with a number greater than `seq`, oldest first.
    fn events_after(&self, seq: u64, limit: usize) -> Result<Vec<EventRecord>, StoreError>;
    /// Number of the newest event, 0 before the first.
    fn latest_event_seq(&self) -> Result<u64, StoreError>;
    /// Tells the number of the newest event whenever it grows, after that event is durable.
    fn event_watch(&self) -> watch::Receiver<u64>;
    /// Records that `client` was shown the body of result `id`; the body is shown only when this succeeded.
    fn record_reading(
        &self,
        id: &str,
        client: &str,
        copy: bool,
        now: i64,
    ) -> Result<(), StoreError>;
    /// The consumer's place in the events that it keeps here, 0 at the beginning.
    fn cursor(&self, client: &str) -> Result<u64, StoreError>;
    /// Moves that place forward, never back and never beyond the newest event; gives it.
    fn advance(&self, client: &str, seq: u64, now: i64) -> Result<u64, StoreError>;
    /// Looks an idempotency key up and keeps it for this request.
    fn remember(
        &self,
        client: &str,
        key: &str,
        request: &[u8],
        now: i64,
    ) -> Result<Remembered, StoreError>;
    /// Keeps the answer for it.
    fn keep_answer(
        &self,
        client: &str,
        key: &str,
        status: u16,
        answer: &str,
    ) -> Result<(), StoreError>;
    /// Queues a lookup by number, durable when this returns; the same client and key give the one of before.
    fn queue_inquiry(&self, new: NewInquiry, now: i64) -> Result<u64, StoreError>;
    /// One inquiry.
    fn inquiry(&self, id: u64) -> Result<Option<InquiryRecord>, StoreError>;
    /// A client's inquiries with a greater number, oldest first.
    fn inquiries(
        &self,
        client: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<InquiryRecord>, StoreError>;
    /// Begins many lookups at once; the same client and key give the job of before.
    fn begin_bulk(&self, new: NewBulk, now: i64) -> Result<u64, StoreError>;
    /// One bulk job.
    fn bulk(&self, id: u64) -> Result<Option<BulkRecord>, StoreError>;
    /// The bulk job with this reception number.
    fn bulk_by_reception(&self, reception: &str) -> Result<Option<BulkRecord>, StoreError>;
    /// A client's bulk jobs and the terminal's with a greater number, oldest first.
    fn bulks(&self, client: &str, after: u64, limit: usize) -> Result<Vec<BulkRecord>, StoreError>;
    /// Answers of a bulk job from a place on.
    fn bulk_answers(&self, id: u64, from: u32, limit: usize)
    -> Result<Vec<BulkAnswer>, StoreError>;
    /// Records that `client` was shown `count` answers of a bulk job.
    fn record_bulk_reading(
        &self,
        id: u64,
        client: &str,
        count: usize,
        now: i64,
    ) -> Result<(), StoreError>;
    /// What changed since the client's job before.
    fn bulk_changes(&self, id: u64) -> Result<BulkChanges, StoreError>;
    /// Follow-ups with a greater number, oldest first.
    fn follow_ups(
        &self,
        after: u64,
        open_only: bool,
        limit: usize,
    ) -> Result<Vec<FollowUpRecord>, StoreError>;
    /// One follow-up.
    fn follow_up(&self, id: u64) -> Result<Option<FollowUpRecord>, StoreError>;
    /// Notes something on one that is open, which stays open; on one that is not there or closed, [`StoreError::NotFound`].
    fn note_follow_up(&self, id: u64, who: &str, text: &str, now: i64) -> Result<(), StoreError>;
    /// Closes it: `who` did what was to be done.
    fn close_follow_up(
        &self,
        id: u64,
        who: &str,
        outcome: &str,
        now: i64,
    ) -> Result<(), StoreError>;
    /// Records in the audit chain what `client` did or was refused that nothing else here records.
    fn record_access(
        &self,
        client: &str,
        action: &'static str,
        detail: &serde_json::Value,
        now: i64,
    ) -> Result<(), StoreError>;
    /// Records of the audit chain with a greater number; that they were looked at is itself recorded, with `client`.
    fn audit(
        &self,
        client: &str,
        after: u64,
        limit: usize,
        now: i64,
    ) -> Result<AuditExtract, StoreError>;
}
