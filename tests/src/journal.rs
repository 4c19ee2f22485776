//! The system's journal for one daemon: a systemd-journald of its own, in a mount namespace of its own, so that what the daemon logs is kept
//! as on a terminal and nobody else's journal is touched.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};

/// How long journald may take to write what was logged.
const PATIENCE: Duration = Duration::from_secs(20);
/// Runs what follows it with a journal; `$1` is the folder that keeps the journal's files. journald ends with the program.
const SCRIPT: &str = r#"
set -e
kept=$1
shift
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/journal /run/log/journal
mount --bind "$kept" /run/log/journal
setpriv --pdeathsig TERM /usr/lib/systemd/systemd-journald &
tries=0
until [ -S /run/systemd/journal/socket ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 400 ] || { echo "systemd-journald does not come up" >&2; exit 1; }
    sleep 0.05
done
export JOURNAL_STREAM=0:0
exec "$@"
"#;

/// A journal that is kept in a folder.
#[derive(Debug)]
pub struct Journal(PathBuf);

impl Journal {
    /// In this folder, which must exist and be empty.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self(folder.to_path_buf())
    }

    /// The command that runs what follows it with this journal; for [`crate::BenchOptions::daemon_under`].
    #[must_use]
    pub fn around(&self) -> Vec<OsString> {
        let mut command: Vec<OsString> = vec!["unshare".into()];
        if !nix::unistd::geteuid().is_root() {
            command.extend(["--user", "--map-root-user"].map(OsString::from));
        }
        command.extend(["--mount", "sh", "-c", SCRIPT, "sh"].map(OsString::from));
        command.push(self.0.clone().into());
        command
    }

    /// Everything in the journal, every field of every entry, as `journalctl -o export` writes it, once `wanted` stands there.
    ///
    /// # Errors
    /// It does not come to stand there, or journalctl is missing.
    pub fn export(&self, wanted: &str) -> anyhow::Result<Vec<u8>> {
        let until = Instant::now() + PATIENCE;
        loop {
            let mut directory = OsString::from("--directory=");
            directory.push(&self.0);
            let output = Command::new("journalctl")
                .arg(directory)
                .args(["--all", "--output=export", "--no-pager"])
                .output()
                .context("journalctl (package systemd)")?;
            ensure!(
                output.status.success(),
                "journalctl: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            let text = String::from_utf8_lossy(&output.stdout);
            if text.contains(wanted) {
                return Ok(output.stdout);
            }
            if Instant::now() > until {
                bail!("`{wanted}` does not come to stand in the journal: {text:.2000}");
            }
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }
}
