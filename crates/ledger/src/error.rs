//! Everything that can go wrong with the ledger, each with its stable code and a sentence for people in two languages.

use crate::verify::Finding;

/// Why the ledger could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The disk, or the size set for the ledger, is full. Nothing was changed.
    #[error("no space left for the ledger")]
    DiskFull,
    /// The ledger was made under another key, or its sealed check record was changed. Nothing was opened or created.
    #[error("the ledger does not open with this key")]
    WrongKey,
    /// A simulated ledger was opened by production or the other way round (invariant 13).
    #[error("the ledger is {} and was opened as {}", word(*.ledger), word(!*.ledger))]
    SimulationMismatch {
        /// Whether the ledger on disk is a simulated one.
        ledger: bool,
    },
    /// The audit chain and its head outside the database do not agree (invariant 12).
    #[error("the audit chain was tampered with: {0}")]
    Tampered(Finding),
    /// The audit head exists but the database does not; no empty ledger is begun in its place (invariant 12).
    #[error("the ledger file is missing although its audit head exists")]
    Missing,
    /// The database was written by a newer release.
    #[error("the ledger has format {found}, this release knows up to {known}")]
    TooNew {
        /// Format number of the file.
        found: i64,
        /// The newest format number this release knows.
        known: i64,
    },
    /// The file is no ledger, or a record in it cannot be read.
    #[error("the ledger is corrupt: {0}")]
    Corrupt(String),
    /// The seal of one record does not open: what it held is lost, those beside it are not.
    #[error("{0} can't be read")]
    Unreadable(String),
    /// The result went out as the answer to a request; only a new request brings another file.
    #[error("the result answered a request")]
    AnswersRequest,
    /// Another writer held the ledger longer than the waiting time.
    #[error("the ledger is busy")]
    Busy,
    /// No such result or inquiry.
    #[error("no such record")]
    NotFound,
    /// Somebody else owns the result (invariant 9).
    #[error("the result belongs to {owner}")]
    NotOwner {
        /// The owner's client name.
        owner: String,
    },
    /// The result has no owner yet: it must be claimed first (invariant 9).
    #[error("the result has not been claimed")]
    NotClaimed,
    /// The result was acknowledged and cannot be released any more.
    #[error("the result was already acknowledged")]
    AlreadyAcknowledged,
    /// A result was offered for the inquiry of another visit (invariant 10).
    #[error("the result belongs to another visit than the inquiry")]
    VisitMismatch,
    /// A file said to be restored from a backup is not older than its head outside the database: nothing is missing.
    #[error("this file is not older than its head")]
    NotOlder,
    /// The client has so much waiting that more is not taken on.
    #[error("too much of this client waits already")]
    TooMany,
    /// A value is longer than the ledger accepts, or a name has characters it must not have.
    #[error("{0} is too long or malformed")]
    Unacceptable(&'static str),
    /// The key file is neither one key nor a list of numbered ones.
    #[error("the key file is malformed")]
    KeyFile,
    /// The operating system refused a file operation.
    #[error("file operation failed: {what}")]
    Io {
        /// What was being done.
        what: &'static str,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// Any other database error.
    #[error("database error")]
    Database(#[source] rusqlite::Error),
}

fn word(simulated: bool) -> &'static str {
    if simulated { "simulated" } else { "productive" }
}

impl LedgerError {
    /// The stable code, documented in docs/errors.md.
    pub fn code(&self) -> &'static str {
        self.about().0
    }

    /// What happened and what to do, in Japanese.
    pub fn ja(&self) -> &'static str {
        self.about().1
    }

    /// What happened and what to do, in English.
    pub fn en(&self) -> &'static str {
        self.about().2
    }

    fn about(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::TooMany => (
                "UK-LEDG-027",
                "待っている照会が多すぎます。終わってからもう一度要求してください。",
                "Too much of this client is waiting. Ask again when some of it is done.",
            ),
            Self::DiskFull => (
                "UK-LEDG-001",
                "保存領域がいっぱいです。不要なファイルを削除してください。受付済みの結果は失われていません。",
                "The disk is full. Free some space. Results already accepted are not lost.",
            ),
            Self::WrongKey => (
                "UK-LEDG-002",
                "台帳の鍵が違います。元の鍵を戻してください。新しい台帳は作成していません。",
                "The ledger key is not the one it was made with. Restore the key. No new ledger was begun.",
            ),
            Self::SimulationMismatch { .. } => (
                "UK-LEDG-003",
                "シミュレーション用と本番用の台帳が取り違えられています。設定の場所を確認してください。",
                "A simulated ledger and a productive one were mixed up. Check the configured directory.",
            ),
            Self::Tampered(_) => (
                "UK-LEDG-004",
                "監査記録が改ざんされた疑いがあります。ファイルをそのまま残し、管理者に連絡してください。",
                "The audit chain seems to have been tampered with. Call the administrator and keep the files as they are.",
            ),
            Self::Missing => (
                "UK-LEDG-005",
                "台帳ファイルが見つかりません。バックアップから戻してください。空の台帳は作成していません。",
                "The ledger file is missing. Restore it from the backup. No empty ledger was begun.",
            ),
            Self::TooNew { .. } => (
                "UK-LEDG-006",
                "台帳はより新しい版で作成されています。端末のソフトウェアを更新してください。",
                "The ledger was written by a newer release. Update this terminal.",
            ),
            Self::Corrupt(_) => (
                "UK-LEDG-007",
                "台帳が壊れています。ファイルをそのまま残し、管理者に連絡してください。",
                "The ledger is damaged. Keep the files as they are and call the administrator.",
            ),
            Self::Unreadable(_) => (
                "UK-LEDG-028",
                "保存された結果の一つを読み出せません。ほかの結果は無事です。管理者に連絡し、患者の資格確認をもう一度行ってください。",
                "One stored result can't be read; the others are safe. Call the administrator, and confirm that patient's qualification again.",
            ),
            Self::AnswersRequest => (
                "UK-LEDG-029",
                "この結果は要求ファイルへの回答です。レセプトコンピューターから新しい名前でもう一度要求してください。",
                "This result answered a request file. Have the receipt computer ask again under a new name.",
            ),
            Self::Busy => (
                "UK-LEDG-008",
                "台帳が使用中です。しばらくしてからもう一度お試しください。",
                "The ledger is busy. Try again in a moment.",
            ),
            Self::NotFound => (
                "UK-LEDG-009",
                "該当する記録がありません。",
                "There is no such record.",
            ),
            Self::NotOwner { .. } => (
                "UK-LEDG-010",
                "この結果は別のシステムが受け取り済みです。",
                "This result belongs to another system.",
            ),
            Self::NotClaimed => (
                "UK-LEDG-011",
                "この結果にはまだ引き取り先がありません。",
                "This result has no owner yet.",
            ),
            Self::AlreadyAcknowledged => (
                "UK-LEDG-012",
                "この結果は取り込み済みです。",
                "This result was already acknowledged.",
            ),
            Self::VisitMismatch => (
                "UK-LEDG-013",
                "別の受付の結果のため保存しませんでした。",
                "The result belongs to another visit and was not stored.",
            ),
            Self::NotOlder => (
                "UK-LEDG-025",
                "復元されたファイルではありません（記録は欠けていません）。何も変えていません。",
                "This is not a restored file: no records are missing. Nothing was changed.",
            ),
            Self::Unacceptable(_) => (
                "UK-LEDG-014",
                "値が長すぎるか、使えない文字を含みます。",
                "A value is too long or malformed.",
            ),
            Self::KeyFile => (
                "UK-LEDG-017",
                "台帳の鍵ファイルの形式が正しくありません。64 桁の 16 進数、または「世代 鍵」の行を書いてください。",
                "The ledger's key file is malformed. It holds 64 hexadecimal digits, or lines of the form GENERATION KEY.",
            ),
            Self::Io { .. } => (
                "UK-LEDG-015",
                "台帳のファイルを読み書きできません。ディスクと権限を確認してください。",
                "The ledger's files cannot be read or written. Check the disk and the permissions.",
            ),
            Self::Database(_) => (
                "UK-LEDG-016",
                "台帳の処理に失敗しました。管理者に連絡してください。",
                "The ledger failed. Call the administrator.",
            ),
        }
    }

    pub(crate) fn io(what: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Io { what, source },
        }
    }
}

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Corrupt(error.to_string())
            }
            _ => match error {
                rusqlite::Error::QueryReturnedNoRows => Self::NotFound,
                other => Self::Database(other),
            },
        }
    }
}
