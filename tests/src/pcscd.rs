//! A pcscd of our own, with its own socket and its own virtual readers, so that tests run side by side and
//! beside the system's pcscd. It lives in a mount namespace; clients reach it through its process.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::process::Child;

/// Where Debian's vpcd driver lies below the folder of PC/SC drivers.
const DRIVER: &str = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";

/// A running pcscd.
#[derive(Debug)]
pub struct PrivatePcscd {
    child: Child,
    pid: u32,
    /// First port of its virtual readers; the second reader has the next one.
    pub vpcd_port: u16,
}

impl PrivatePcscd {
    /// Starts pcscd with two virtual readers, or with none.
    ///
    /// # Errors
    /// pcscd or the virtual reader's driver are not installed, or it does not come up.
    pub fn start(folder: &Path, readers: bool) -> anyhow::Result<Self> {
        if !Path::new(DRIVER).exists() {
            bail!("{DRIVER} is missing: apt-get install pcscd vsmartcard-vpcd");
        }
        let conf = folder.join("reader.conf.d");
        std::fs::create_dir_all(&conf)?;
        std::fs::create_dir_all("/run/pcscd").ok();
        let vpcd_port = free_port_pair()?;
        if readers {
            let text = format!("FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:{vpcd_port:#06X}\nLIBPATH {DRIVER}\nCHANNELID {vpcd_port:#06X}\n").replace("0X", "0x");
            std::fs::write(conf.join("vpcd"), text)?;
        }
        let pid_file = folder.join("pcscd.pid");
        let _ = std::fs::remove_file(&pid_file);
        let script = format!(
            "mount -t tmpfs tmpfs /run/pcscd && echo $$ > '{}' && exec pcscd --foreground --config '{}'",
            pid_file.display(),
            conf.display()
        );
        let mut command = Command::new("unshare");
        if !nix::unistd::geteuid().is_root() {
            command.args(["--user", "--map-root-user"]);
        }
        command.args(["--mount", "sh", "-c", &script]);
        let mut child = Child::start("pcscd", &mut command, &folder.join("pcscd.log"))?;
        let until = Instant::now() + Duration::from_secs(15);
        loop {
            let pid = std::fs::read_to_string(&pid_file)
                .ok()
                .and_then(|text| text.trim().parse::<u32>().ok());
            if let Some(pid) = pid
                && socket_of(pid).exists()
            {
                return Ok(Self {
                    child,
                    pid,
                    vpcd_port,
                });
            }
            if Instant::now() > until || !child.runs() {
                bail!("pcscd does not come up: {}", child.log());
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }

    /// The socket that clients find through `PCSCLITE_CSOCK_NAME`.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        socket_of(self.pid)
    }

    /// Lets it hang as a driver at a dead reader does: it runs, holds its socket, and answers nobody; or lets it go on.
    ///
    /// # Errors
    /// It is not there any more.
    pub fn hang(&self, hangs: bool) -> anyhow::Result<()> {
        use nix::sys::signal::{Signal, kill};
        let signal = if hangs {
            Signal::SIGSTOP
        } else {
            Signal::SIGCONT
        };
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.pid)?);
        kill(pid, signal).context("pcscd")
    }

    /// Stops it, as a technician would to see what happens.
    pub fn stop(&mut self) {
        let _ = self.child.stop(Duration::from_secs(5));
    }
}

fn socket_of(pid: u32) -> PathBuf {
    format!("/proc/{pid}/root/run/pcscd/pcscd.comm").into()
}

/// Two neighbouring ports nobody uses.
fn free_port_pair() -> anyhow::Result<u16> {
    for _ in 0..200 {
        let first = TcpListener::bind("0.0.0.0:0")?;
        let port = first.local_addr()?.port();
        if port < u16::MAX && TcpListener::bind(("0.0.0.0", port + 1)).is_ok() {
            return Ok(port);
        }
    }
    Err(anyhow::anyhow!("no two free ports beside each other")).context("virtual reader")
}
