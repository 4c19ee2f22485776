//! The programs of a bench and what they start from: the daemon, the face worker, the simulator's folder.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use nix::fcntl::{Flock, FlockArg};

use crate::process::{Child, Programs, repository};

/// The daemon with the bench's settings; run by another program where one is named, on a disk of its own where a size is.
pub(super) fn start_daemon(
    programs: &Programs,
    dir: &Path,
    pcscd: Option<&Path>,
    ledger_disk: Option<u64>,
    under: &[OsString],
) -> anyhow::Result<Child> {
    let daemon = programs.path("uketsuked");
    let mut command = match (ledger_disk, under) {
        (Some(bytes), _) => on_small_disk(&daemon, &dir.join("ledger"), bytes)?,
        (None, [program, arguments @ ..]) => {
            let mut command = Command::new(program);
            command.args(arguments).arg(daemon);
            command
        }
        (None, []) => Command::new(daemon),
    };
    command
        .arg("--config")
        .arg(dir.join("uketsuke.toml"))
        .env_remove("JOURNAL_STREAM");
    if let Some(socket) = pcscd {
        command.env("PCSCLITE_CSOCK_NAME", socket);
    }
    Child::start("uketsuked", &mut command, &dir.join("uketsuked.log"))
}

/// A program in a mount namespace in which `folder` is a small disk.
fn on_small_disk(program: &Path, folder: &Path, bytes: u64) -> anyhow::Result<Command> {
    std::fs::create_dir_all(folder)?;
    let mut command = Command::new("unshare");
    if !nix::unistd::geteuid().is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    let script = format!(
        "mount -t tmpfs -o size={bytes} tmpfs '{}' && exec '{}' \"$@\"",
        folder.display(),
        program.display()
    );
    command.args(["--mount", "sh", "-c", &script, "sh"]);
    Ok(command)
}

/// The face worker with the simulated camera.
pub(super) fn start_vision(
    programs: &Programs,
    dir: &Path,
    camera: &Path,
    document: Option<&Path>,
) -> anyhow::Result<Child> {
    let mut command = Command::new(programs.path("uketsuke-vision"));
    command
        .arg("--socket")
        .arg(dir.join("vision.sock"))
        .arg("--models")
        .arg(repository().join("data/models"))
        .arg("--source")
        .arg(format!("stream:{}", camera.display()))
        .arg("--simulation")
        .env_remove("JOURNAL_STREAM");
    if let Some(folder) = document {
        command
            .arg("--document")
            .arg(format!("pictures:{}", folder.display()));
    }
    Child::start("uketsuke-vision", &mut command, &dir.join("vision.log"))
}

/// The simulator's keys and cards, made once and copied for each bench.
pub(super) fn prepared() -> anyhow::Result<PathBuf> {
    let folder = repository().join("target/simulated-clinic");
    std::fs::create_dir_all(&folder)?;
    let lock = File::create(folder.with_extension("lock"))?;
    let _lock = Flock::lock(lock, FlockArg::LockExclusive).map_err(|(_, error)| error)?;
    let register = hw_sim::persons::Register::default_register()?;
    let _ = hw_sim::pki::prepare_with(&folder, &register, &repository().join("data/portraits"))
        .context("the simulator's keys and cards")?;
    Ok(folder)
}

/// A folder with everything in it, copied.
pub(super) fn copy_tree(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
