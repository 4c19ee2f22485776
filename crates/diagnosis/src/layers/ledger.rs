//! Ledger: it opens with its key, its audit chain holds against the head kept outside (invariant 12),
//! and the disk has room. When the daemon runs, it is asked; it verified the chain at its start.

use std::path::Path;

use ::ledger::{Ledger, LedgerError, LedgerKeys, OpenOptions};

use crate::admin::LedgerStatus;
use crate::catalogue;
use crate::input::LedgerSettings;
use crate::report::Finding;
use crate::secrets::{Secret, SecretSource};

/// Below this no visit should begin; bytes.
const FULL: u64 = 16 << 20;
/// Below this somebody should act; bytes.
const LOW: u64 = 512 << 20;

/// What was seen of the ledger.
#[derive(Debug)]
pub(crate) enum LedgerSeen {
    /// The daemon's word.
    Daemon(LedgerStatus),
    /// Chain verified by ourselves.
    Verified { records: u64, findings: Vec<String> },
    /// Refused to open.
    Refused(LedgerError),
    /// No database; whether its head exists.
    Absent { head: bool },
    /// The key can't be used.
    Key(String),
    /// Not for this user.
    Denied,
}

/// Opens and verifies; changes nothing.
pub(crate) fn probe(
    settings: &LedgerSettings,
    simulated: bool,
    secrets: &SecretSource,
) -> LedgerSeen {
    match settings.path.try_exists() {
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            return LedgerSeen::Denied;
        }
        Ok(false) | Err(_) => {
            return LedgerSeen::Absent {
                head: settings.head.exists(),
            };
        }
        Ok(true) => {}
    }
    if let Err(error) = std::fs::File::open(&settings.path)
        && error.kind() == std::io::ErrorKind::PermissionDenied
    {
        return LedgerSeen::Denied;
    }
    let key = match secrets.read(&settings.key_file) {
        Secret::Denied => return LedgerSeen::Denied,
        Secret::Missing(reason) => return LedgerSeen::Key(reason),
        Secret::Read(content) => match parse_key(&content) {
            Some(key) => key,
            None => {
                return LedgerSeen::Key(
                    "neither 64 hexadecimal digits nor a list of numbered keys".into(),
                );
            }
        },
    };
    match Ledger::inspect(OpenOptions {
        path: settings.path.clone(),
        head_path: settings.head.clone(),
        key,
        simulated,
    }) {
        Ok(report) => LedgerSeen::Verified {
            records: report.records,
            findings: report
                .findings
                .iter()
                .take(3)
                .map(|f| format!("record {}: {:?}", f.seq, f.kind))
                .collect(),
        },
        Err(error) => LedgerSeen::Refused(error),
    }
}

/// One key, or a list of numbered ones.
fn parse_key(content: &[u8]) -> Option<LedgerKeys> {
    LedgerKeys::parse(std::str::from_utf8(content).ok()?).ok()
}

/// Judges what was seen.
pub(crate) fn judge(seen: &LedgerSeen) -> Finding {
    match seen {
        LedgerSeen::Daemon(status) => {
            let detail = format!(
                "{} audit records, {} results waiting (the daemon says)",
                status.audit_records, status.waiting
            );
            if status.ok {
                Finding::ok(detail).ja(format!(
                    "監査記録 {}件、未受取の結果 {}件（デーモンの報告）",
                    status.audit_records, status.waiting
                ))
            } else {
                Finding::failed(
                    &catalogue::LEDGER_DAMAGED,
                    status.problem.clone().unwrap_or(detail),
                )
            }
        }
        LedgerSeen::Verified { records, findings } if findings.is_empty() => {
            Finding::ok(format!("{records} audit records, chain intact"))
                .ja(format!("監査記録 {records}件、連鎖は正常"))
        }
        LedgerSeen::Verified { findings, .. } => {
            Finding::failed(&catalogue::LEDGER_DAMAGED, findings.join("; "))
        }
        LedgerSeen::Absent { head: true } => {
            Finding::failed(&catalogue::LEDGER_GONE, "audit head without ledger")
                .ja("台帳がなく、監査記録の控えだけがあります")
        }
        LedgerSeen::Absent { head: false } => {
            Finding::warning(&catalogue::LEDGER_MISSING, "neither ledger nor audit head")
                .ja("台帳も監査記録の控えもありません")
        }
        LedgerSeen::Key(reason) => Finding::failed(&catalogue::LEDGER_KEY, reason.clone()),
        LedgerSeen::Denied => {
            Finding::skipped(&catalogue::NEEDS_ROOT, "ledger or key: permission denied")
                .ja("台帳または鍵: 権限がありません")
        }
        LedgerSeen::Refused(error) => {
            let detail = format!("{}: {error}", error.code());
            let entry = match error {
                LedgerError::WrongKey => &catalogue::LEDGER_KEY,
                LedgerError::SimulationMismatch { .. } => &catalogue::LEDGER_MIXED,
                LedgerError::Missing => &catalogue::LEDGER_GONE,
                LedgerError::Tampered(_) | LedgerError::Corrupt(_) => &catalogue::LEDGER_DAMAGED,
                LedgerError::DiskFull => &catalogue::DISK_FULL,
                _ => &catalogue::LEDGER_OTHER,
            };
            Finding::failed(entry, detail)
        }
    }
}

/// Free bytes for unprivileged users on the file system of the ledger (or of its nearest existing folder).
pub(crate) fn free_space(path: &Path) -> Option<u64> {
    let existing = path.ancestors().find(|folder| folder.exists())?;
    let stat = nix::sys::statvfs::statvfs(existing).ok()?;
    Some(stat.blocks_available() as u64 * stat.fragment_size() as u64)
}

/// Judges the free space.
pub(crate) fn judge_space(free: Option<u64>) -> Finding {
    let Some(free) = free else {
        return Finding::skipped(&catalogue::NEEDS_ROOT, "free space unknown").ja("空き容量は不明");
    };
    let detail = format!("{} MiB free", free >> 20);
    match free {
        free if free < FULL => Finding::failed(&catalogue::DISK_FULL, detail),
        free if free < LOW => Finding::warning(&catalogue::DISK_LOW, detail),
        _ => Finding::ok(detail),
    }
    .ja(format!("空き {} MiB", free >> 20))
}
