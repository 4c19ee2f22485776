//! A running virtual machine: QEMU without KVM, so that it runs everywhere. Dropping it ends the process and removes its folder.
//!
//! The guest's clock counts instructions (`-icount`): a slow host makes the guest's seconds longer, not its programs late. Time limits
//! inside the guest therefore mean what they mean on a real machine, even where one of its seconds takes a minute. Its kernel is told
//! that the processor is [`SPEED`] times as fast as it is, since emulated vector instructions would make it a very slow one.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::agent::Agent;
use super::image::Image;

/// Where the guest's helper takes cameras.
const CAMERA_PORT: u16 = 3241;
/// How many instructions the guest believes to run in the time that QEMU gives it for one.
const SPEED: u32 = 4;
const BOOT_LIMIT: Duration = Duration::from_secs(1800);

/// What a machine is made of besides its disk.
pub(super) struct Wish<'a> {
    /// Folder that the guest sees as `/host`, read only.
    pub(super) share: &'a Path,
    /// A card reader whose card another program presents at `ccid.sock`.
    pub(super) reader: bool,
    /// Keep the folder with the console's log.
    pub(super) keep: bool,
}

/// See the module's description.
pub(super) struct Machine {
    qemu: Child,
    folder: Option<tempfile::TempDir>,
    place: PathBuf,
    camera: SocketAddr,
    keep: bool,
    pub(super) agent: Agent,
}

impl Machine {
    /// Starts it and waits for its agent.
    pub(super) fn boot(image: &Image, wish: &Wish<'_>) -> Result<Self> {
        // In the system's temporary folder: a socket's path must be short.
        let folder = tempfile::Builder::new().prefix("uketsuke-vm-").tempdir()?;
        let place = folder.path().to_owned();
        // Free now; should another program take it before QEMU does, QEMU says so and ends.
        let camera = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let socket = |name: &str| format!("path={}", place.join(name).display());
        let mut command = Command::new("setpriv");
        // It must not outlive us, whatever ends us.
        command.args(["--pdeathsig", "KILL", "--", "qemu-system-x86_64"]);
        // Of the processors that the nets have code for, this is the one that QEMU emulates fastest: no fused multiply-add.
        command.args([
            "-accel", "tcg", "-cpu", "Nehalem", "-icount", "shift=0", "-machine", "q35", "-m",
            "1536", "-smp", "1",
        ]);
        command.args(["-nodefaults", "-no-user-config", "-display", "none"]);
        command
            .arg("-kernel")
            .arg(&image.kernel)
            .arg("-initrd")
            .arg(&image.early);
        // QEMU counts one instruction as a nanosecond, so its time stamp counter runs at 1 GHz.
        let clock = format!("tsc_early_khz={} tsc=reliable", SPEED * 1_000_000);
        command.arg("-append").arg(format!(
            "root=/dev/vda rw console=ttyS0 quiet panic=-1 systemd.show_status=no {clock}"
        ));
        // Written to a temporary file only: the image stays as it is.
        command.arg("-drive").arg(format!(
            "file={},format=raw,if=none,id=d0,snapshot=on",
            image.disk.display()
        ));
        command.env("TMPDIR", &place);
        command.args([
            "-device",
            "virtio-blk-pci,drive=d0",
            "-device",
            "virtio-rng-pci",
            "-device",
            "virtio-serial-pci",
        ]);
        command.arg("-chardev").arg(format!(
            "socket,id=agent,{},server=on,wait=off",
            socket("agent.sock")
        ));
        command.args(["-device", "virtserialport,chardev=agent,name=agent.0"]);
        command.arg("-netdev").arg(format!(
            "user,id=n0,restrict=on,hostfwd=tcp:{camera}-:{CAMERA_PORT}"
        ));
        command.args(["-device", "virtio-net-pci,netdev=n0,romfile="]);
        command.arg("-virtfs").arg(format!(
            "local,path={},mount_tag=host,security_model=none,readonly=on",
            wish.share.display()
        ));
        if wish.reader {
            command.args(["-device", "qemu-xhci,id=xhci"]);
            command.arg("-chardev").arg(format!(
                "socket,id=ccid,{},server=on,wait=off",
                socket("ccid.sock")
            ));
            command.args([
                "-device",
                "usb-ccid,id=ccid0,bus=xhci.0,port=1",
                "-device",
                "ccid-card-passthru,id=card0,chardev=ccid,bus=ccid0.0",
            ]);
        }
        command
            .arg("-serial")
            .arg(format!("file:{}", place.join("console.log").display()));
        let said = std::fs::File::create(place.join("qemu.log"))?;
        let qemu = command
            .stdin(Stdio::null())
            .stdout(said.try_clone()?)
            .stderr(said)
            .spawn()
            .context("starting qemu-system-x86_64")?;
        let agent = Agent::new(&place.join("agent.sock"));
        let mut machine = Self {
            qemu,
            folder: Some(folder),
            place,
            camera,
            keep: wish.keep,
            agent,
        };
        let mut agent = std::mem::replace(&mut machine.agent, Agent::new(Path::new("")));
        agent.wait(BOOT_LIMIT, || machine.alive())?;
        machine.agent = agent;
        Ok(machine)
    }

    /// An error, with what it said, when the machine has ended.
    pub(super) fn alive(&mut self) -> Result<()> {
        let Some(status) = self.qemu.try_wait()? else {
            return Ok(());
        };
        let said = |name: &str| std::fs::read_to_string(self.place.join(name)).unwrap_or_default();
        let console = said("console.log");
        let last: Vec<&str> = console.lines().rev().take(15).collect();
        let last: Vec<&str> = last.into_iter().rev().collect();
        bail!(
            "the machine ended ({status}): {}\n{}",
            said("qemu.log").trim(),
            last.join("\n")
        );
    }

    /// Boots it again, as a power switch would, and waits for its agent.
    pub(super) fn reboot(&mut self) -> Result<()> {
        const BOOT: &str = "cat /proc/sys/kernel/random/boot_id";
        let before = self.agent.must(BOOT, 20)?;
        // The machine may be gone before it can answer.
        let _ = self.agent.run("sync; systemctl reboot", 20);
        let until = std::time::Instant::now() + BOOT_LIMIT;
        loop {
            let mut agent = std::mem::replace(&mut self.agent, Agent::new(Path::new("")));
            let there = agent.wait(BOOT_LIMIT, || self.alive());
            self.agent = agent;
            there?;
            if self.agent.must(BOOT, 20).is_ok_and(|now| now != before) {
                return Ok(());
            }
            if std::time::Instant::now() > until {
                bail!("the machine did not boot again");
            }
        }
    }

    /// A connection that becomes a USB device in the guest.
    pub(super) fn usb(&self) -> Result<TcpStream> {
        TcpStream::connect(self.camera).context("reaching the guest's USB port")
    }

    /// Where the reader's card is presented.
    pub(super) fn card_socket(&self) -> PathBuf {
        self.place.join("ccid.sock")
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.qemu.kill();
        let _ = self.qemu.wait();
        if self.keep
            && let Some(folder) = self.folder.take()
        {
            eprintln!(
                "== the machine's logs are kept in {}",
                folder.keep().display()
            );
        }
    }
}
