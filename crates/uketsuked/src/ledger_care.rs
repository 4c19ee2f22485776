//! What the ledger needs from time to time: lapsed claims told to their owners, what has had its time erased, records sealed with a
//! newer key, and an eye on the disk.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ledger::{Ledger, LedgerError, Resealed, Retention};
use nix::sys::statvfs::statvfs;
use tokio::sync::{mpsc, watch};

use crate::audit_watch::{self, AuditWatch};
use crate::board::Board;
use crate::clock::TrustedClock;
use crate::config::LedgerKeep;
use crate::engine::Message;
use crate::ledger_desk::LedgerDesk;

/// How often lapsed claims and the disk are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// Every so many looks what has had its time is erased: an hour.
const RETAIN: u64 = 3600;
/// Every so many looks the whole audit chain is checked, and the results against it: ten minutes.
const CHECK: u64 = 600;
/// Records sealed anew between two looks; few, so that no patient waits for them.
const RESEAL: usize = 50;
/// Longest wait for a check of the chain, which holds nobody up.
const CHECK_WAIT: Duration = Duration::from_secs(600);
/// Acknowledged so short a time ago, a result is erased for want of space only when visits are refused, ms: an hour.
const SPARED: i64 = 3600 * 1000;
/// Free pages given back to the disk at each look: 1 MiB.
const GIVEN_BACK: u32 = 256;
/// What the ledger's log and the audit head need of the disk itself, bytes.
const RESERVE: u64 = 16 * 1024 * 1024;
const DAY: i64 = 24 * 3600 * 1000;

/// What the care works with.
pub(crate) struct Care {
    /// Ledger.
    pub(crate) desk: LedgerDesk,
    /// Time.
    pub(crate) clock: Arc<TrustedClock>,
    /// The engine, which refuses new visits.
    pub(crate) engine: mpsc::Sender<Message>,
    /// What staff sees.
    pub(crate) board: Arc<Board>,
    /// Settings.
    pub(crate) settings: crate::config::Ledger,
    /// The check of the audit chain.
    pub(crate) audit: Arc<AuditWatch>,
    /// No receipt computer may take medical information over: the clinic has folders only, or none at all.
    pub(crate) nobody_takes_medical: bool,
}

/// Whether no client of the settings may both see and claim medical information.
pub(crate) fn nobody_takes_medical(config: &crate::config::Config) -> bool {
    let takes = |rights: &[String]| {
        ["claim", "medical"]
            .iter()
            .all(|right| rights.iter().any(|one| one == right))
    };
    !config
        .receipt
        .clients
        .iter()
        .any(|client| takes(&client.rights))
}

/// How full the disk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Filling {
    Normal,
    Erase,
    Refuse,
}

/// Looks after the ledger until `stop` says so.
pub(crate) async fn run(care: Care, mut stop: watch::Receiver<bool>) {
    let care = Arc::new(care);
    let keep = Retention {
        untaken_medical: care
            .nobody_takes_medical
            .then(|| retention(&care.settings.keep).acknowledged),
        ..retention(&care.settings.keep)
    };
    let mut last = Filling::Normal;
    let mut resealing = true;
    let mut looks: u64 = 0;
    loop {
        let now = care.clock.wall_ms();
        let free = care.desk.run(|ledger| ledger.size()).await;
        let free = free.ok().and_then(Result::ok).map_or(0, |(_, free)| free);
        let filling = filling(&care.settings.path, free, &care.settings.disk);
        if filling != last {
            told(&care, filling, now).await;
            last = filling;
        }
        care.housekeep("lapsed claims", move |ledger| {
            ledger.tell_lapsed(now)?;
            ledger.bound_log()
        })
        .await;
        if filling >= Filling::Erase {
            care.housekeep("erasing for want of space", move |ledger| {
                make_room(ledger, filling, now)
            })
            .await;
        }
        if looks.is_multiple_of(RETAIN) {
            care.housekeep("retention", move |ledger| {
                loop {
                    let erased = ledger.retain(now, &keep)?;
                    if erased.results == 0 && erased.untaken == 0 {
                        return Ok(());
                    }
                }
            })
            .await;
        }
        if looks % CHECK == CHECK - 1 {
            let checking = Arc::clone(&care);
            tokio::spawn(async move { checking.check(now).await });
        }
        if resealing {
            resealing = reseal(&care, now).await;
        }
        looks += 1;
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

impl Care {
    /// Tells staff of a chain that does not verify, and of results that are gone, changed or unreadable (invariant 12).
    async fn check(&self, now: i64) {
        let looked = audit_watch::apart(&self.audit, CHECK_WAIT, AuditWatch::look);
        if let Some(verified) = looked.await
            && let Some(problem) = verified.problem
        {
            tracing::error!(problem, "the audit chain");
            self.board.alert("UK-LEDG-004", now);
        }
    }

    async fn housekeep(
        &self,
        what: &'static str,
        job: impl FnOnce(&mut Ledger) -> Result<(), LedgerError> + Send + 'static,
    ) {
        match self.desk.run(job).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!(code = error.code(), error = %crate::chain(&error), what, "the ledger's housekeeping failed");
            }
            Err(closed) => tracing::debug!(%closed, what, "the ledger is closing"),
        }
    }
}

/// A step of sealing anew; says whether there is more.
async fn reseal(care: &Care, now: i64) -> bool {
    match care
        .desk
        .run(move |ledger| ledger.reseal(now, RESEAL))
        .await
    {
        Ok(Ok(Resealed::Some(_))) => true,
        Ok(Ok(Resealed::All)) | Err(_) => false,
        Ok(Err(LedgerError::DiskFull | LedgerError::Busy)) => true,
        Ok(Err(error)) => {
            tracing::error!(code = error.code(), error = %crate::chain(&error), "sealing with the newer key stopped");
            care.board.alert("UK-LEDG-021", now);
            false
        }
    }
}

async fn told(care: &Care, filling: Filling, now: i64) {
    tracing::warn!(?filling, "the ledger's disk");
    match filling {
        // A write that found the disk full failed for that reason alone.
        Filling::Normal => {
            care.board
                .settle(&["UK-LEDG-001", "UK-LEDG-018", "UK-LEDG-019"]);
        }
        Filling::Erase => {
            care.board.settle(&["UK-LEDG-001", "UK-LEDG-018"]);
            care.board.alert("UK-LEDG-019", now);
        }
        Filling::Refuse => {
            care.board.settle(&["UK-LEDG-019"]);
            care.board.alert("UK-LEDG-018", now);
        }
    }
    let full = Message::StorageFull(filling == Filling::Refuse);
    if care.engine.send(full).await.is_err() {
        tracing::debug!("the engine is closing");
    }
}

/// Makes room on a disk that fills: erases what was acknowledged, the oldest first (what was acknowledged just now only where visits are
/// refused already), and gives free pages back to the disk.
fn make_room(ledger: &mut Ledger, filling: Filling, now: i64) -> Result<(), LedgerError> {
    let (_, free) = ledger.size()?;
    // A file that gives nothing back has room of its own then, and erasing more would help nobody.
    if ledger.shrinks()? || free < RESERVE {
        let before = match filling {
            Filling::Refuse => i64::MAX,
            Filling::Erase | Filling::Normal => now.saturating_sub(SPARED),
        };
        ledger.erase_acknowledged_before(now, before)?;
    }
    ledger.shrink(GIVEN_BACK).map(drop)
}

/// How full the disk with this file is, of whose size `free` bytes are free for new records; a disk that can't be asked counts as normal,
/// since writing tells.
fn filling(path: &Path, free: u64, disk: &crate::config::LedgerDisk) -> Filling {
    let folder = path.parent().unwrap_or(Path::new("."));
    let Ok(found) = statvfs(folder) else {
        return Filling::Normal;
    };
    // As df counts: what is kept back for others is neither used nor to be had.
    let used = found.blocks().saturating_sub(found.blocks_free());
    let available = found.blocks_available();
    let block = found.fragment_size().max(1);
    let all = used.saturating_add(available);
    judge(with_own(available, free, block).min(all), all, disk)
}

/// Blocks that the ledger may still fill: those of the disk, and what is free in its own file. Its log and the audit head need some of the
/// disk itself, whatever is free in the file.
fn with_own(available: u64, free: u64, block: u64) -> u64 {
    if available.saturating_mul(block) < RESERVE {
        return available;
    }
    available.saturating_add(free / block)
}

fn judge(available: u64, all: u64, disk: &crate::config::LedgerDisk) -> Filling {
    if all == 0 {
        return Filling::Normal;
    }
    let used = u128::from(all.saturating_sub(available)) * 100;
    let at = |percent: u8| used >= u128::from(all) * u128::from(percent);
    match (at(disk.refuse_percent), at(disk.erase_percent)) {
        (true, _) => Filling::Refuse,
        (false, true) => Filling::Erase,
        (false, false) => Filling::Normal,
    }
}

fn retention(keep: &LedgerKeep) -> Retention {
    let days = |days: u32| i64::from(days) * DAY;
    Retention {
        acknowledged: days(keep.results_days),
        inquiries: days(keep.inquiries_days),
        follow_ups: days(keep.follow_ups_days),
        consents: days(keep.consents_days),
        bulk: days(keep.bulk_days),
        spellings: days(keep.spellings_days),
        ..Retention::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_watermarks_are_reached_at_their_percent_and_not_before() {
        let disk = crate::config::LedgerDisk::default();
        for (available, expected) in [
            (1000, Filling::Normal),
            (101, Filling::Normal),
            (100, Filling::Erase),
            (31, Filling::Erase),
            (30, Filling::Refuse),
            (0, Filling::Refuse),
        ] {
            assert_eq!(judge(available, 1000, &disk), expected, "{available}");
        }
        assert_eq!(judge(0, 0, &disk), Filling::Normal);
        assert_eq!(judge(0, u64::MAX, &disk), Filling::Refuse);
    }

    #[test]
    fn what_is_free_in_the_ledger_itself_is_room_but_its_log_needs_the_disk() {
        let disk = crate::config::LedgerDisk::default();
        // 4 GiB in blocks of 4 KiB, 8 % left.
        let (all, left, block) = (1_048_576, 83_886, 4096);
        assert_eq!(judge(left, all, &disk), Filling::Erase);
        let half = u64::from(u32::MAX) / 2;
        assert_eq!(
            judge(with_own(left, half, block), all, &disk),
            Filling::Normal
        );
        let nearly_none = RESERVE / block - 1;
        assert_eq!(
            judge(with_own(nearly_none, half, block), all, &disk),
            Filling::Refuse
        );
    }

    fn acknowledged(ledger: &mut Ledger, visit: u64, at: i64) {
        let new = ledger::NewResult {
            visit,
            reader: "r".into(),
            kind: "qualification".into(),
            body_json: format!("{{\"x\":\"{}\"}}", "y".repeat(100_000)),
            simulated: true,
        };
        let id = ledger.store_result(at, &new).unwrap().id;
        ledger.claim(&id, "a", at, 1000).unwrap();
        ledger.acknowledge(&id, "a", at).unwrap();
    }

    #[test]
    fn erasing_for_want_of_space_makes_the_file_smaller_and_spares_what_was_just_taken() {
        let folder = tempfile::tempdir().unwrap();
        let options = ledger::OpenOptions {
            path: folder.path().join("ledger.db"),
            head_path: folder.path().join("head"),
            key: ledger::LedgerKey([3; 32]).into(),
            simulated: true,
        };
        let mut ledger = Ledger::open(options, 1).unwrap();
        for visit in 0..30 {
            acknowledged(&mut ledger, visit, DAY);
        }
        acknowledged(&mut ledger, 30, 2 * DAY);
        ledger.settle().unwrap();
        let size = || {
            std::fs::metadata(folder.path().join("ledger.db"))
                .unwrap()
                .len()
        };
        let before = size();
        let left = |ledger: &Ledger| {
            ledger
                .results(ledger::ResultFilter::default())
                .unwrap()
                .len()
        };
        let mut looks = 0;
        while size() > before / 4 {
            make_room(&mut ledger, Filling::Erase, 2 * DAY + 1).unwrap();
            looks += 1;
            assert!(looks < 20, "{before} {}", size());
        }
        assert_eq!(left(&ledger), 1, "taken just now");
        make_room(&mut ledger, Filling::Refuse, 2 * DAY + 1).unwrap();
        assert_eq!(left(&ledger), 0);
        assert!(ledger.verify().unwrap().intact());
    }
}
