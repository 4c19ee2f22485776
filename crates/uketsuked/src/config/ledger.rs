//! `[ledger]`: where it stands, how full its disk may be, how long what is done with is kept.

use std::path::PathBuf;

use serde::Deserialize;

use super::numbers;

/// `[ledger]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// Database file.
    pub path: PathBuf,
    /// File with the head of the audit chain; keep it on another disk where possible (invariant 12).
    pub head: PathBuf,
    /// File with the sealing key: 64 hex digits, or one line `GENERATION KEY` for each generation (a systemd credential in
    /// production).
    pub key_file: PathBuf,
    /// Whether every write waits for the disk. `false` only in a simulation: with it the crash sweep shows what is lost then.
    #[serde(default = "super::defaults::yes")]
    pub durable: bool,
    /// How full the ledger's disk may be.
    #[serde(default)]
    pub disk: LedgerDisk,
    /// How long what is done with is kept.
    #[serde(default)]
    pub keep: LedgerKeep,
}

/// `[ledger.disk]` – in percent of the disk that holds the ledger.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LedgerDisk {
    /// From here on acknowledged results are erased, the oldest first, and staff is told.
    #[serde(deserialize_with = "numbers::whole_u8")]
    pub erase_percent: u8,
    /// From here on no new visit begins.
    #[serde(deserialize_with = "numbers::whole_u8")]
    pub refuse_percent: u8,
}

/// `[ledger.keep]` – in days after the end of what is kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LedgerKeep {
    /// Acknowledged results.
    #[serde(deserialize_with = "numbers::whole_u32")]
    pub results_days: u32,
    /// Inquiries that were answered or given up.
    #[serde(deserialize_with = "numbers::whole_u32")]
    pub inquiries_days: u32,
    /// Follow-ups that were closed.
    #[serde(deserialize_with = "numbers::whole_u32")]
    pub follow_ups_days: u32,
    /// Consents whose time has passed.
    #[serde(deserialize_with = "numbers::whole_u32")]
    pub consents_days: u32,
    /// Bulk jobs that ended.
    #[serde(deserialize_with = "numbers::whole_u32")]
    pub bulk_days: u32,
    /// Spellings of names that staff accepted, after they were last kept or shown.
    #[serde(deserialize_with = "numbers::whole_u32")]
    pub spellings_days: u32,
}

impl Default for LedgerDisk {
    fn default() -> Self {
        Self {
            erase_percent: 90,
            refuse_percent: 97,
        }
    }
}

impl Default for LedgerKeep {
    fn default() -> Self {
        Self {
            results_days: 30,
            inquiries_days: 30,
            follow_ups_days: 365,
            consents_days: 365,
            bulk_days: 90,
            spellings_days: 1_825,
        }
    }
}
