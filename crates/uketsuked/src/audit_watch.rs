//! Whether the audit chain still verifies (invariant 12). The check reads every record, on a connection of its own and never on the ledger's
//! thread, and its outcome is kept for a minute at least: whoever asks for the status often slows nobody down.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use ledger::Checker;

/// How long an outcome stands at least.
const STANDS: Duration = Duration::from_secs(60);
/// An outcome stands so many times as long as its check took, whoever asks how often. A check reads in one transaction, and while it does the
/// write-ahead log only grows: so it can be copied back and used again from its beginning for ten parts of the time out of eleven.
const REST: u32 = 10;
/// But no longer than this: a check that a stalled disk held up does not keep tampering unseen for hours (invariant 12).
const LONGEST: Duration = Duration::from_secs(3600);

/// What the last check came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verified {
    /// What is wrong, if anything.
    pub(crate) problem: Option<String>,
    /// Records in the chain.
    pub(crate) records: u64,
}

/// The last check, and what makes the next one.
pub(crate) struct AuditWatch {
    checker: Mutex<Checker>,
    last: Mutex<Option<Last>>,
}

#[derive(Clone)]
struct Last {
    ended: Instant,
    took: Duration,
    verified: Verified,
}

impl Last {
    fn stands_at(&self, now: Instant) -> bool {
        let stands = self.took.saturating_mul(REST).clamp(STANDS, LONGEST);
        now.saturating_duration_since(self.ended) < stands
    }
}

impl AuditWatch {
    pub(crate) fn new(checker: Checker) -> Self {
        Self {
            checker: Mutex::new(checker),
            last: Mutex::default(),
        }
    }

    /// The last outcome while it stands, else that of a new check; waits for one that is under way. Blocks as long as the chain is read.
    pub(crate) fn look(&self, now: Instant) -> Verified {
        if let Some(standing) = self.standing(now) {
            return standing;
        }
        let checker = self.checker.lock().unwrap_or_else(PoisonError::into_inner);
        self.check(checker, now)
    }

    /// The same, but while a check is under way the outcome of the one before, however old.
    pub(crate) fn glance(&self, now: Instant) -> Verified {
        if let Some(standing) = self.standing(now) {
            return standing;
        }
        match (self.checker.try_lock(), self.last()) {
            (Ok(checker), _) => self.check(checker, now),
            (Err(TryLockError::Poisoned(poisoned)), _) => self.check(poisoned.into_inner(), now),
            (Err(TryLockError::WouldBlock), Some(last)) => last.verified,
            (Err(TryLockError::WouldBlock), None) => self.look(now),
        }
    }

    /// What the last check came to, if there was one.
    pub(crate) fn newest(&self) -> Option<Verified> {
        self.last().map(|last| last.verified)
    }

    fn check(&self, mut checker: MutexGuard<'_, Checker>, now: Instant) -> Verified {
        // Somebody may have just done it.
        if let Some(standing) = self.standing(now) {
            return standing;
        }
        let begun = Instant::now();
        let verified = match checker.verify() {
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
        // It stands from its end: a check that takes longer than it stands would otherwise begin again at once.
        let took = begun.elapsed();
        let last = Last {
            ended: now + took,
            took,
            verified: verified.clone(),
        };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(last);
        verified
    }

    fn standing(&self, now: Instant) -> Option<Verified> {
        let last = self.last()?;
        last.stands_at(now).then_some(last.verified)
    }

    fn last(&self) -> Option<Last> {
        self.last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// [`AuditWatch::look`] or [`AuditWatch::glance`] on a thread of its own; `None` when it does not end within `wait`. The daemon's end does not
/// wait for it: it changes nothing.
pub(crate) async fn apart(
    watch: &Arc<AuditWatch>,
    wait: Duration,
    look: fn(&AuditWatch, Instant) -> Verified,
) -> Option<Verified> {
    let watch = Arc::clone(watch);
    let (tell, looked) = tokio::sync::oneshot::channel();
    let begun = std::thread::Builder::new()
        .name("audit-check".into())
        .spawn(move || {
            let _ = tell.send(look(&watch, Instant::now()));
        });
    if let Err(error) = begun {
        tracing::error!(%error, "no thread for the check of the audit chain");
        return None;
    }
    tokio::time::timeout(wait, looked).await.ok()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger_desk::LedgerDesk;
    use ledger::{Ledger, LedgerKey, OpenOptions};

    fn opened(folder: &tempfile::TempDir) -> Ledger {
        let options = OpenOptions {
            path: folder.path().join("ledger.db"),
            head_path: folder.path().join("head"),
            key: LedgerKey([3; 32]).into(),
            simulated: true,
        };
        Ledger::open(options, 1).unwrap()
    }

    #[test]
    fn the_chain_is_checked_at_most_once_a_minute() {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = opened(&folder);
        let watch = AuditWatch::new(ledger.checker().unwrap());
        let start = Instant::now();
        let first = watch.look(start);
        assert_eq!(first.problem, None);
        ledger
            .append_audit(2, "terminal", "test", &serde_json::json!({}))
            .unwrap();
        let soon = start + Duration::from_secs(59);
        assert_eq!(watch.look(soon), first, "not checked again");
        // Counted from the end of the check before, which took a moment.
        let later = start + 2 * STANDS;
        assert_eq!(watch.look(later).records, first.records + 1);
        // A head that is gone is found at the next check, and said.
        std::fs::remove_file(folder.path().join("head")).unwrap();
        let problem = watch.look(later + 2 * STANDS).problem.unwrap();
        assert!(problem.contains("UK-LEDG-004"), "{problem}");
    }

    /// A chain so long that its check takes more than a minute, and somebody who asks all the time: the log can be emptied between checks.
    #[test]
    fn inv15_after_a_long_check_there_is_none_for_ten_times_as_long() {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = opened(&folder);
        let watch = AuditWatch::new(ledger.checker().unwrap());
        let ended = Instant::now();
        let took = Duration::from_secs(90);
        let verified = watch.look(ended);
        *watch.last.lock().unwrap() = Some(Last {
            ended,
            took,
            verified: verified.clone(),
        });
        ledger
            .append_audit(2, "terminal", "test", &serde_json::json!({}))
            .unwrap();
        for seconds in [61, 600, 899] {
            let now = ended + Duration::from_secs(seconds);
            assert_eq!(watch.glance(now), verified, "{seconds}");
            assert_eq!(watch.look(now), verified, "{seconds}");
        }
        let later = watch.look(ended + Duration::from_secs(900));
        assert_eq!(later.records, verified.records + 1);
    }

    /// A check that a stalled disk held up for half an hour: the next is made after one, and not after five.
    #[test]
    fn inv12_however_long_a_check_took_the_next_is_made_within_the_hour() {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = opened(&folder);
        let watch = AuditWatch::new(ledger.checker().unwrap());
        let ended = Instant::now();
        let verified = watch.look(ended);
        *watch.last.lock().unwrap() = Some(Last {
            ended,
            took: Duration::from_secs(1800),
            verified: verified.clone(),
        });
        ledger
            .append_audit(2, "terminal", "test", &serde_json::json!({}))
            .unwrap();
        let after = |seconds| ended + Duration::from_secs(seconds);
        assert_eq!(watch.look(after(3599)), verified);
        assert_eq!(watch.look(after(3600)).records, verified.records + 1);
    }

    /// Invariant 12, without a patient waiting for it: the ledger's thread is held up by a job, and the check is made all the same; a check
    /// is under way, and the ledger's thread works and the status says what the check before found.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn inv12_the_check_and_the_ledger_do_not_wait_for_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = opened(&folder);
        let watch = Arc::new(AuditWatch::new(ledger.checker().unwrap()));
        let desk = LedgerDesk::start(ledger).unwrap();
        let wait = Duration::from_secs(20);

        let (go_on, held) = std::sync::mpsc::channel::<()>();
        desk.submit(move |_| {
            let _ = held.recv();
        })
        .unwrap();
        let looked = apart(&watch, wait, AuditWatch::look).await.unwrap();
        assert_eq!((looked.problem, looked.records), (None, 1));
        go_on.send(()).unwrap();

        let (end, held) = std::sync::mpsc::channel::<()>();
        let (begin, under_way) = std::sync::mpsc::channel();
        let checked = Arc::clone(&watch);
        let checking = std::thread::spawn(move || {
            let _checker = checked.checker.lock().unwrap();
            begin.send(()).unwrap();
            let _ = held.recv();
        });
        under_way.recv().unwrap();
        let wrote =
            desk.run(|ledger| ledger.append_audit(2, "terminal", "test", &serde_json::json!({})));
        let wrote = tokio::time::timeout(wait, wrote).await.unwrap();
        assert_eq!(wrote.unwrap().unwrap(), 2);
        let later = Instant::now() + STANDS;
        assert_eq!(watch.glance(later).records, 1, "of the check before");
        end.send(()).unwrap();
        checking.join().unwrap();
        assert_eq!(watch.glance(later).records, 2);
    }
}
