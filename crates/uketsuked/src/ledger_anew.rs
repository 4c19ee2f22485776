//! At the start: a ledger of an earlier release is written anew once, so that it gives free pages back to the disk from then on.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use ledger::{Ledger, Turned};
use nix::sys::statfs::{TMPFS_MAGIC, statfs};
use nix::sys::statvfs::statvfs;
use nix::unistd::{AccessFlags, access};

/// How much longer systemd is to wait, from each time that it is told, microseconds: five minutes.
const LONGER: u32 = 300_000_000;
/// How often it is told while the ledger is written anew.
const AGAIN: Duration = Duration::from_secs(60);
/// How many times at most: a disk that hangs does not keep the terminal for ever. The daemon is ended then, and the next start goes on without.
const TIMES: u32 = 15;

/// Lets a ledger of an earlier release give free pages back to the disk from now on. At the start and not while the terminal runs: the file
/// is held for all of that time, and a visit in front of the machine would wait for it. What fails is said; the terminal works without.
pub(crate) fn make_shrinkable(ledger: &mut Ledger, path: &Path) {
    match ledger.shrinks() {
        Ok(true) => return,
        Ok(false) => {}
        Err(error) => {
            tracing::warn!(code = error.code(), error = %crate::chain(&error), "the ledger's form can't be read");
            return;
        }
    }
    let available = room(path.parent().unwrap_or(Path::new(".")));
    let begun = Instant::now();
    let turned = told_meanwhile(AGAIN, wait_longer, || ledger.make_shrinkable(available));
    match turned {
        Ok(Turned::Already) => {}
        Ok(Turned::Now { before, after }) => {
            let seconds = begun.elapsed().as_secs_f64();
            tracing::info!(
                before,
                after,
                seconds,
                "the ledger was written anew: from now on it gives free pages back to the disk"
            );
        }
        Ok(Turned::NoRoom { needed }) => tracing::warn!(
            code = "UK-LEDG-030",
            needed,
            available,
            "too little room to write the ledger anew; its free pages stay its own until a start with more room"
        ),
        Ok(Turned::TooLarge { bytes }) => tracing::warn!(
            code = "UK-LEDG-030",
            bytes,
            largest = ledger::LARGEST,
            "the ledger is too large to be written anew at a start; its free pages stay its own"
        ),
        Ok(Turned::Unfinished) => tracing::warn!(
            code = "UK-LEDG-030",
            "an earlier start was ended while it wrote the ledger anew; that is not begun again, and its free pages stay its own"
        ),
        Err(error) => tracing::warn!(
            code = error.code(),
            error = %crate::chain(&error),
            "the ledger was not written anew; it is as it was, and the next start tries again"
        ),
    }
}

/// Nobody has told systemd anything yet, and it waits for a start only so long.
fn wait_longer() {
    if let Err(error) = sd_notify::notify(&[sd_notify::NotifyState::ExtendTimeoutUsec(LONGER)]) {
        tracing::warn!(%error, "systemd could not be told that the start takes longer");
    }
}

/// Does the work, and tells of it at its beginning, `again` and again, and at its end: what follows has as long.
fn told_meanwhile<T>(again: Duration, tell: impl Fn() + Sync, work: impl FnOnce() -> T) -> T {
    tell();
    let (done, ended) = mpsc::channel::<()>();
    let outcome = std::thread::scope(|scope| {
        let telling = std::thread::Builder::new()
            .name("longer-start".into())
            .spawn_scoped(scope, || {
                let ended = ended;
                for _ in 0..TIMES {
                    if ended.recv_timeout(again) != Err(RecvTimeoutError::Timeout) {
                        return;
                    }
                    tell();
                }
            });
        if let Err(error) = telling {
            tracing::warn!(%error, "no thread that tells of a longer start");
        }
        let outcome = work();
        drop(done);
        outcome
    });
    tell();
    outcome
}

/// Bytes that are free both where the ledger lies and where SQLite keeps its copy meanwhile.
fn room(folder: &Path) -> u64 {
    let named = ["SQLITE_TMPDIR", "TMPDIR"].map(std::env::var_os);
    let temporary = temporary(named.into_iter().flatten().map(PathBuf::from));
    room_beside(folder, temporary.as_deref())
}

/// The same; none where the copy would be kept in memory, of which the daemon has only so much.
fn room_beside(folder: &Path, temporary: Option<&Path>) -> u64 {
    let free = |folder: &Path| {
        statvfs(folder).map_or(0, |found| {
            found
                .blocks_available()
                .saturating_mul(found.fragment_size())
        })
    };
    let in_memory =
        |folder: &Path| statfs(folder).is_ok_and(|found| found.filesystem_type() == TMPFS_MAGIC);
    match temporary {
        Some(temporary) if !in_memory(temporary) => free(folder).min(free(temporary)),
        _ => 0,
    }
}

/// The folder that SQLite takes for temporary files: the first that is one and can be written (its `unixTempFileDir`,
/// <https://www.sqlite.org/tempfiles.html>).
fn temporary(named: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    let customary = ["/var/tmp", "/usr/tmp", "/tmp", "."].map(PathBuf::from);
    named.chain(customary).find(|folder| {
        folder.is_dir() && access(folder, AccessFlags::W_OK | AccessFlags::X_OK).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// However long it takes systemd is told in time, but not for ever (invariant 15), and once more for what follows.
    #[test]
    fn inv15_a_long_start_is_told_of_while_it_goes_on_and_no_longer() {
        let told = AtomicU32::new(0);
        let tell = || {
            told.fetch_add(1, Ordering::SeqCst);
        };
        let work = |wanted: u32| {
            let begun = Instant::now();
            while told.load(Ordering::SeqCst) < wanted && begun.elapsed() < Duration::from_secs(20)
            {
                std::thread::yield_now();
            }
            // Long enough for more, where there were more.
            std::thread::park_timeout(Duration::from_millis(100));
            told.load(Ordering::SeqCst)
        };
        let again = Duration::from_millis(1);
        let at_its_end = told_meanwhile(again, tell, || work(1 + TIMES));
        assert_eq!(at_its_end, 1 + TIMES);
        assert_eq!(told.load(Ordering::SeqCst), 2 + TIMES);
        let quick = told_meanwhile(AGAIN, tell, || told.load(Ordering::SeqCst));
        assert_eq!((quick, told.load(Ordering::SeqCst)), (3 + TIMES, 4 + TIMES));
    }

    #[test]
    fn the_folder_for_temporary_files_is_the_first_that_can_be_used() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("file");
        std::fs::write(&file, "").unwrap();
        let named = [place.path().join("none"), file, place.path().to_owned()];
        let found = temporary(named.clone().into_iter());
        assert_eq!(found.as_deref(), Some(place.path()));
        let other = temporary(named.into_iter().take(2)).unwrap();
        assert!(other.is_dir() && other != place.path(), "{other:?}");
    }

    #[test]
    fn where_temporary_files_would_lie_in_memory_there_is_no_room() {
        let memory = Path::new("/dev/shm");
        assert_eq!(statfs(memory).unwrap().filesystem_type(), TMPFS_MAGIC);
        assert_eq!(room_beside(Path::new("/"), Some(memory)), 0);
        assert_eq!(room_beside(Path::new("/"), None), 0);
        assert!(room_beside(Path::new("/"), Some(Path::new("/"))) > 0);
    }
}
