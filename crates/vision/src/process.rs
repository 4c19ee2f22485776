//! What the process does for itself: log, no core dump, memory that is not swapped out where the system allows it.

use nix::sys::mman::{MlockAllFlags, mlockall};
use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit, setrlimit};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Logs to the journal under systemd, else to standard error.
pub(crate) fn start_log(json: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    let journal = std::env::var_os("JOURNAL_STREAM").and_then(|_| tracing_journald::layer().ok());
    let result = match journal {
        Some(journal) => registry.with(journal).try_init(),
        None if json => registry
            .with(
                tracing_subscriber::fmt::layer()
                    .json()
                    .with_writer(std::io::stderr),
            )
            .try_init(),
        None => registry
            .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
            .try_init(),
    };
    // A second start in one process keeps the first log.
    let _ = result;
}

/// Faces must reach no core dump and no swap (invariant 5, docs/invariants.md). Best effort: the unit forbids both as well.
pub(crate) fn keep_memory_private() {
    let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    let _ = nix::sys::prctl::set_dumpable(false);
    // With a limit, locking what comes later would make an allocation fail in the middle of a comparison.
    let unlimited =
        getrlimit(Resource::RLIMIT_MEMLOCK).is_ok_and(|(soft, _)| soft == RLIM_INFINITY);
    let locked =
        unlimited && mlockall(MlockAllFlags::MCL_CURRENT | MlockAllFlags::MCL_FUTURE).is_ok();
    tracing::info!(locked, "memory");
}

/// Has the system's allocator overwrite what C and C++ code gives back: the optical reading keeps the card's front and number in memory of its own
/// (invariant 5, docs/invariants.md). What it keeps for reuse at once (glibc's per-thread cache, blocks of up to 1 kB) is left out unless the unit
/// switches that cache off by GLIBC_TUNABLES, as the shipped one does.
#[allow(unsafe_code, reason = "a setting of the C library")]
pub(crate) fn wipe_what_c_gives_back() {
    #[cfg(target_env = "gnu")]
    // SAFETY: sets a number; called while the process is still single-threaded at start.
    unsafe {
        let set = nix::libc::mallopt(nix::libc::M_PERTURB, 0xff);
        tracing::debug!(set, "memory given back is overwritten");
    }
}

#[cfg(test)]
#[cfg(target_env = "gnu")]
#[allow(unsafe_code, reason = "takes memory as C code does")]
mod tests {
    use std::os::unix::fs::FileExt as _;
    use std::process::Command;

    use nix::libc;

    const CHILD: &str = "UKETSUKE_TEST_WIPED";
    /// As in the unit.
    const UNIT: &str = include_str!("../../../systemd/system/uketsuke-vision.service");

    /// What a C program wrote there, after it gave the block back: of each size, how many of its bytes are still there.
    fn left() -> Vec<usize> {
        let memory = std::fs::File::open("/proc/self/mem").unwrap();
        let mut left = Vec::new();
        for size in [48usize, 900, 5_000, 70_000] {
            // SAFETY: plain malloc and free; the block behind it keeps it from being given back to the system.
            let (place, behind) = unsafe {
                let (place, behind) = (libc::malloc(size), libc::malloc(64));
                libc::memset(place, 0x37, size);
                libc::free(place);
                (place as u64, behind)
            };
            let mut bytes = vec![0; size];
            memory.read_exact_at(&mut bytes, place).unwrap();
            left.push(bytes.iter().filter(|byte| **byte == 0x37).count());
            // SAFETY: taken above.
            unsafe { libc::free(behind) };
        }
        left
    }

    /// Invariant 5: what Tesseract gives back holds nothing of the card any more.
    #[test]
    fn invariant_5_memory_that_c_code_gives_back_is_overwritten() {
        if std::env::var_os(CHILD).is_some() {
            super::wipe_what_c_gives_back();
            let left = left();
            assert!(left.iter().all(|count| *count == 0), "{left:?}");
            return;
        }
        let tunables = UNIT
            .lines()
            .find_map(|line| line.strip_prefix("Environment=GLIBC_TUNABLES="))
            .unwrap();
        let output = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "process::tests::invariant_5_memory_that_c_code_gives_back_is_overwritten",
            ])
            .env(CHILD, "1")
            .env("GLIBC_TUNABLES", tunables)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(
            String::from_utf8_lossy(&output.stdout).contains("1 passed"),
            "{output:?}"
        );
    }
}
