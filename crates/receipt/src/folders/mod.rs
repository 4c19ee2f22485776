//! The customary folders `req/`, `res/` and `face/`, for receipt computers of today: they write a request file and read the answer
//! file, and find in `face/` what came of a visit. The gateway is a client of the store like any other, with its own name, and owns
//! what it delivers (invariant 9).
//!
//! Rules of the files as public clients show them (YUKI-ENT/OQSDrug2, YUKI-ENT/MynaReception): names `PREFIX01req_DIGITS.xml`, answer
//! `PREFIX01res_DIGITS.xml`; write elsewhere, flush, rename; never use a name again; 4 MiB and no DTD.

pub(crate) mod answers;
mod counter;
mod deliver;
mod dir;
mod faces;
mod gateway;
mod hidden;
mod mark;
mod names;
mod problem;
mod refused;
mod requests;
mod serve;
mod withdraw;
mod zip;

pub use counter::FolderCounter;
pub use gateway::FolderGateway;
pub use problem::{FolderHealth, FolderProblem};
pub use serve::serve_folders;

use oqs::Charset;
use std::path::PathBuf;
use std::time::Duration;

/// Name under which the gateway claims, asks and stands in the audit chain.
pub const FOLDERS: &str = "folders";

/// The folders that are marked, as the store knows them.
pub const MARKED: [&str; 3] = ["req", "res", "face"];

/// Settings of the folders.
#[derive(Clone, Debug)]
pub struct FolderSettings {
    /// Where request files are written; made if it is missing, with `rejected/` below it.
    pub req: PathBuf,
    /// Where answers are written.
    pub res: PathBuf,
    /// Where results of visits are written; `None` = they are not.
    pub face: Option<PathBuf>,
    /// Encoding of result files. Answers follow their request's encoding.
    pub charset: Charset,
    /// Bulk answers come as a ZIP file with one XML file in it.
    pub bulk_zip: bool,
    /// `ResponseFileStayTime`: a file that nobody took for so long counts as forgotten and is removed.
    pub stay: Duration,
    /// A refused request stays in `req/rejected/` for so long; it holds patients' numbers in clear.
    pub rejected: Duration,
    /// A file is looked at once it has not changed for so long.
    pub settle: Duration,
    /// A file that is not whole after so long without a change is a bad request.
    pub half_written: Duration,
    /// A file under a temporary name that nobody finished for so long is a bad request too.
    pub unfinished: Duration,
    /// Time between two looks when the system tells of no change.
    pub poll: Duration,
    /// The card readers whose results go to `face/`; empty = all.
    pub readers: Vec<String>,
    /// 医療機関コード.
    pub institution_code: String,
    /// Whether this terminal is a simulation: every file name and message says so (invariant 13).
    pub simulated: bool,
}

/// How far a delivery has come; the steps are those of the ledger's outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryStep {
    /// A name was chosen.
    Planned,
    /// The content is durable under a hidden name.
    Ready,
    /// It lies under its own name.
    Written,
    /// It is being taken back.
    Withdrawing,
    /// Somebody took it away.
    Taken,
    /// Nobody took it in time, or its owner lost it.
    Uncollected,
    /// It was planned and never came under its name.
    Abandoned,
}

/// The mark by which a folder is known again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderMark {
    /// 32 hexadecimal digits, also in the folder's `.uketsuke-folder`.
    pub id: String,
    /// When staff said that the folder is a new one, milliseconds since the Unix epoch; 0 = it always was this one. What was written before
    /// is not known to have been taken when it isn't there.
    pub since: i64,
}

/// One delivery into a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryRecord {
    /// A result's id, or `req:NAME` for the answer to a request file.
    pub subject: String,
    /// Name of the file.
    pub name: String,
    /// How far it has come.
    pub step: DeliveryStep,
    /// When it came so far, milliseconds since the Unix epoch.
    pub moved_at: i64,
}

/// What the folders need beside [`crate::ReceiptStore`].
pub trait FolderStore: crate::ReceiptStore {
    /// Notes a step of a delivery, durable when this returns; the first one fixes its name for ever.
    fn note_delivery(
        &self,
        subject: &str,
        name: &str,
        step: DeliveryStep,
        now: i64,
    ) -> Result<(), crate::StoreError>;
    /// What was noted about a subject.
    fn delivery(&self, subject: &str) -> Result<Option<DeliveryRecord>, crate::StoreError>;
    /// What was noted about the delivery with this file name.
    fn delivery_named(&self, name: &str) -> Result<Option<DeliveryRecord>, crate::StoreError>;
    /// Deliveries that have not come to an end, in the order of their subjects, of subjects greater than `after`; as many as the store gives
    /// at once, none only when there are no more.
    fn open_deliveries(&self, after: &str) -> Result<Vec<DeliveryRecord>, crate::StoreError>;
    /// Ends a delivery that nobody takes any more with `ended.step`, in one transaction with what becomes of its result: a follow-up for
    /// staff (`uncollected`) and, when `give_back`, its release. A result that the folders do not own any more is left alone.
    fn end_delivery(
        &self,
        ended: &DeliveryRecord,
        result: Option<&str>,
        give_back: bool,
        now: i64,
    ) -> Result<(), crate::StoreError>;
    /// What nobody can guess in the hidden name of the open delivery with this file name; `None` = it has the customary hidden name, or has
    /// ended.
    fn hidden_suffix(&self, name: &str) -> Result<Option<String>, crate::StoreError>;
    /// Keeps it, durable when this returns; forgotten when the delivery ends.
    fn keep_hidden_suffix(&self, name: &str, suffix: &str) -> Result<(), crate::StoreError>;
    /// A number that is never given twice.
    fn next_number(&self, counter: &str) -> Result<u64, crate::StoreError>;
    /// The inquiry that the gateway made under a key.
    fn inquiry_by_key(&self, key: &str) -> Result<Option<crate::InquiryRecord>, crate::StoreError>;
    /// The mark of `req`, `res` or `face`; `None` = none was ever made.
    fn folder_mark(&self, folder: &str) -> Result<Option<FolderMark>, crate::StoreError>;
    /// Keeps it, durable when this returns.
    fn keep_folder_mark(&self, folder: &str, mark: &FolderMark) -> Result<(), crate::StoreError>;
    /// Records an act of the gateway in the audit chain.
    fn record(
        &self,
        action: &str,
        detail: &serde_json::Value,
        now: i64,
    ) -> Result<(), crate::StoreError>;
}
