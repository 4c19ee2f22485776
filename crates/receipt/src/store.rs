//! What the socket needs from whoever keeps the results. All methods may block; they are called off the async threads.

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
    /// `result-stored`, `result-claimed`, `result-released`, `result-acknowledged`.
    pub kind: String,
    /// The result concerned.
    pub result_id: String,
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
}
