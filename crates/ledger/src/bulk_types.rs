//! What bulk jobs and their answers are.

/// A job to be begun.
#[derive(Clone)]
pub struct NewBulkJob {
    /// Who wants it.
    pub client: String,
    /// The client's own key: the same key is the same job.
    pub key: String,
    /// What is asked: `qualification`, `tickets` …
    pub kind: String,
    /// What it was asked with, as JSON; sealed.
    pub params_json: String,
    /// The number under which the answer is fetched; unique.
    pub reception: String,
    /// How many answers are expected; 0 when the service will say.
    pub total: u64,
}

/// How a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BulkState {
    /// Not all answers are here.
    Working,
    /// All answers are here.
    Done,
    /// It failed; the code says why.
    Failed,
}

/// A job as it stands in the ledger.
#[derive(Clone, PartialEq, Eq)]
pub struct BulkJob {
    /// Its number.
    pub id: u64,
    /// Who wants it.
    pub client: String,
    /// The client's own key.
    pub key: String,
    /// What is asked.
    pub kind: String,
    /// What it was asked with.
    pub params_json: String,
    /// The number under which the answer is fetched.
    pub reception: String,
    /// When it was begun, milliseconds since the Unix epoch.
    pub made_at: i64,
    /// How it stands.
    pub state: BulkState,
    /// Why it failed.
    pub code: String,
    /// How many answers are expected.
    pub total: u64,
    /// How many are here.
    pub done: u64,
}

/// Without what it was asked with.
impl std::fmt::Debug for BulkJob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BulkJob")
            .field("id", &self.id)
            .field("client", &self.client)
            .field("kind", &self.kind)
            .field("state", &self.state)
            .field("total", &self.total)
            .field("done", &self.done)
            .finish_non_exhaustive()
    }
}

/// Without what it is asked with.
impl std::fmt::Debug for NewBulkJob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewBulkJob")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// One answer of a job.
#[derive(Clone, PartialEq, Eq)]
pub struct BulkItem {
    /// Its place in the job, from 0.
    pub n: u32,
    /// Whom or what it is about; equal in two jobs for the same person and ticket. Only its keyed hash is kept.
    pub who: String,
    /// The answer as JSON; sealed.
    pub body_json: String,
}

/// What changed between two jobs, by the place of the items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BulkDifference {
    /// In the later job only: its places.
    pub new: Vec<u32>,
    /// In both, with another content: places in the later job.
    pub changed: Vec<u32>,
    /// In the earlier job only: its places there.
    pub gone: Vec<u32>,
}
