//! Whether the audit chain still verifies (invariant 12). The check reads every record, so its outcome is kept
//! for a minute: whoever asks for the status often does not slow the ledger down for the patients.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ledger::Ledger;

/// How long an outcome stands.
const STANDS: Duration = Duration::from_secs(60);

/// What the last check came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verified {
    /// What is wrong, if anything.
    pub(crate) problem: Option<String>,
    /// Records in the chain.
    pub(crate) records: u64,
}

/// The last check.
#[derive(Default)]
pub(crate) struct AuditWatch(Mutex<Option<(Instant, Verified)>>);

impl AuditWatch {
    /// The last outcome while it stands, else that of a new check.
    pub(crate) fn look(&self, ledger: &mut Ledger, now: Instant) -> Verified {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, verified)) = last.as_ref()
            && now.saturating_duration_since(*at) < STANDS
        {
            return verified.clone();
        }
        let verified = match ledger.verify() {
            Ok(report) => Verified {
                problem: report.findings.first().map(|finding| {
                    format!("UK-LEDG-004 the audit chain does not verify: {finding}")
                }),
                records: report.records,
            },
            Err(error) => Verified {
                problem: Some(format!("{} {}", error.code(), error.en())),
                records: 0,
            },
        };
        *last = Some((now, verified.clone()));
        verified
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::{LedgerKey, OpenOptions};

    #[test]
    fn the_chain_is_checked_at_most_once_a_minute() {
        let folder = tempfile::tempdir().unwrap();
        let options = OpenOptions {
            path: folder.path().join("ledger.db"),
            head_path: folder.path().join("head"),
            key: LedgerKey([3; 32]).into(),
            simulated: true,
        };
        let mut ledger = Ledger::open(options, 1).unwrap();
        let watch = AuditWatch::default();
        let start = Instant::now();
        let first = watch.look(&mut ledger, start);
        assert_eq!(first.problem, None);
        ledger
            .append_audit(2, "terminal", "test", &serde_json::json!({}))
            .unwrap();
        let soon = start + Duration::from_secs(59);
        assert_eq!(watch.look(&mut ledger, soon), first, "not checked again");
        let later = start + STANDS;
        assert_eq!(watch.look(&mut ledger, later).records, first.records + 1);
        // A head that is gone is found at the next check, and said.
        std::fs::remove_file(folder.path().join("head")).unwrap();
        let problem = watch.look(&mut ledger, later + STANDS).problem.unwrap();
        assert!(problem.contains("UK-LEDG-004"), "{problem}");
    }
}
