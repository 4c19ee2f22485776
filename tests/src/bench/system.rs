//! The system's pcscd, which one clinic at a time may play with.

use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::START;
use crate::process::Child;

/// First port of Debian's vpcd.
pub(super) const VPCD_PORT: u16 = 35963;
/// Where pcscd's clients look.
const SOCKET: &str = "/run/pcscd/pcscd.comm";

/// Two clinics on the system's pcscd would read each other's cards: the second is refused before it starts anything.
pub(super) fn alone_on_the_system() -> anyhow::Result<File> {
    let path = std::env::temp_dir().join("uketsuke-system-pcscd.lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .with_context(|| path.display().to_string())?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => bail!(
            "another simulated clinic plays with the system's pcscd already: stop it first (Ctrl-C where it runs), its cards would be taken for this one's"
        ),
        Err(std::fs::TryLockError::Error(error)) => {
            Err(error).with_context(|| path.display().to_string())
        }
    }
}

/// Uses the system's pcscd; starts one when none runs.
pub(super) fn system_pcscd(dir: &Path) -> anyhow::Result<Option<Child>> {
    let vpcd = SocketAddr::from(([127, 0, 0, 1], VPCD_PORT));
    if std::os::unix::net::UnixStream::connect(SOCKET).is_ok() {
        if TcpStream::connect(vpcd).is_err() {
            bail!(
                "pcscd runs without the virtual reader: restart it (systemctl restart pcscd) so that it loads vsmartcard-vpcd"
            );
        }
        return Ok(None);
    }
    std::fs::create_dir_all("/run/pcscd").ok();
    let mut command = if nix::unistd::geteuid().is_root() {
        Command::new("pcscd")
    } else {
        Command::new("sudo")
    };
    if !nix::unistd::geteuid().is_root() {
        command.arg("pcscd");
    }
    command.arg("--foreground");
    let mut child = Child::start("pcscd", &mut command, &dir.join("pcscd.log"))?;
    let until = Instant::now() + START;
    while std::os::unix::net::UnixStream::connect(SOCKET).is_err() {
        if Instant::now() > until || !child.runs() {
            bail!("pcscd does not come up: {}", child.log());
        }
        std::thread::park_timeout(Duration::from_millis(50));
    }
    Ok(Some(child))
}
