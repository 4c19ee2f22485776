//! The machine's disk: Debian 12 with the packages that a terminal needs, built once into `target/vm` and used again until what is
//! asked of it changes. What the guest needs of ours comes over a shared folder, so that a new build needs no new image.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::must;

/// The release: what the units are written for.
const SUITE: &str = "bookworm";
const PACKAGES: &[&str] = &[
    // the machine
    "systemd",
    "systemd-sysv",
    "udev",
    "dbus",
    "kmod",
    "iproute2",
    "initramfs-tools",
    "linux-image-amd64",
    // what the terminal talks to, and what looks at it from outside
    "pcscd",
    "libccid",
    "libpcsclite1",
    "opensc",
    "v4l-utils",
    "usbutils",
];
/// Drivers that have to be there before the disk is.
const EARLY_DRIVERS: &str = "virtio_pci\nvirtio_blk\next4\ncrc32c_generic\n";
/// What only costs time in a machine that lives for minutes.
const MASKED: &[&str] = &[
    "getty@tty1.service",
    "serial-getty@ttyS0.service",
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "e2scrub_all.timer",
    "e2scrub_reap.service",
    "fstrim.timer",
    "dpkg-db-backup.timer",
    "systemd-networkd-wait-online.service",
    "modprobe@drm.service",
    "modprobe@fuse.service",
    "modprobe@loop.service",
    "modprobe@dm_mod.service",
    "systemd-update-utmp.service",
    "systemd-timesyncd.service",
];
/// The shared folder, and the agent out of it.
const AGENT: &str = "[Unit]\nDescription=bench: the host's agent\nStartLimitIntervalSec=0\n\
    [Service]\nExecStartPre=/bin/mkdir -p /host\n\
    ExecStartPre=/bin/sh -c 'mountpoint -q /host || mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,ro host /host'\n\
    ExecStart=/host/bin/vm-guest agent\nRestart=always\nRestartSec=1\n\
    [Install]\nWantedBy=multi-user.target\n";
const NETWORK: &str = "[Match]\nType=ether\n[Network]\nAddress=10.0.2.15/24\nGateway=10.0.2.2\n";
const DRIVERS: &str = "virtio_console\nvirtio_net\n9pnet_virtio\n";

/// A disk and what boots it.
pub(super) struct Image {
    pub(super) disk: PathBuf,
    pub(super) kernel: PathBuf,
    pub(super) early: PathBuf,
    /// It was there already.
    pub(super) cached: bool,
}

/// Takes the image that is there, or builds it; `fresh` builds it in any case.
pub(super) fn provide(store: &Path, fresh: bool) -> Result<Image> {
    fs::create_dir_all(store)?;
    // One builder at a time: a second one waits and then finds it done.
    let lock = fs::File::create(store.join("image.lock"))?;
    let _held = nix::fcntl::Flock::lock(lock, nix::fcntl::FlockArg::LockExclusive)
        .map_err(|(_, errno)| errno)
        .context("waiting for another image build")?;
    let place = store.join(format!("debian-{SUITE}-{}", fingerprint()));
    let image = |cached| Image {
        disk: place.join("disk.img"),
        kernel: place.join("vmlinuz"),
        early: place.join("initrd.img"),
        cached,
    };
    if !fresh && image(true).disk.is_file() {
        return Ok(image(true));
    }
    let building = tempfile::Builder::new()
        .prefix("building-")
        .tempdir_in(store)?;
    build(building.path())?;
    if place.exists() {
        fs::remove_dir_all(&place)?;
    }
    fs::rename(building.keep(), &place)?;
    Ok(image(false))
}

fn build(folder: &Path) -> Result<()> {
    let text = |path: &Path| {
        path.to_str()
            .map(str::to_owned)
            .context("a path that is not UTF-8")
    };
    let overlay = folder.join("overlay");
    lay_out(&overlay)?;
    fs::write(folder.join("modules"), EARLY_DRIVERS)?;
    let tar = folder.join("root.tar");
    let (kernel, early) = (folder.join("vmlinuz"), folder.join("initrd.img"));
    let mut command = root_command("mmdebstrap");
    command.args([
        "--quiet",
        "--mode=root",
        "--variant=minbase",
        "--format=tar",
    ]);
    command.arg(format!("--include={}", PACKAGES.join(",")));
    command.arg("--aptopt=Acquire::Languages \"none\"");
    for part in ["doc", "man", "locale"] {
        command.arg(format!("--dpkgopt=path-exclude=/usr/share/{part}/*"));
    }
    command.arg("--essential-hook=mkdir -p \"$1/etc/initramfs-tools/conf.d\"; echo MODULES=list > \"$1/etc/initramfs-tools/conf.d/vm\"");
    command.arg(format!(
        "--essential-hook=copy-in {} /etc/initramfs-tools",
        quoted(&text(&folder.join("modules"))?)
    ));
    command.arg(format!(
        "--customize-hook=cat \"$1\"/boot/vmlinuz-6* > {}; cat \"$1\"/boot/initrd.img-6* > {}; rm -f \"$1\"/boot/*",
        quoted(&text(&kernel)?),
        quoted(&text(&early)?)
    ));
    command.arg(format!(
        "--customize-hook=sync-in {} /",
        quoted(&text(&overlay)?)
    ));
    command.arg(SUITE).arg(&tar);
    if let Some(mirror) = mirror() {
        command.arg(format!("deb {mirror} {SUITE} main"));
    }
    must(command.stdout(Stdio::null()), "mmdebstrap")?;
    // A disk without loop devices and without rights: the owners come from the archive.
    let make = "mkdir root && tar -xf root.tar -C root --exclude='./dev/*' && truncate -s 3G disk.img && \
        mke2fs -q -t ext4 -E lazy_itable_init=1 -d root disk.img";
    must(
        Command::new("fakeroot")
            .args(["sh", "-ec", make])
            .current_dir(folder),
        "making the disk",
    )?;
    for rest in ["root", "overlay"] {
        fs::remove_dir_all(folder.join(rest))?;
    }
    for rest in ["root.tar", "modules"] {
        fs::remove_file(folder.join(rest))?;
    }
    if fs::metadata(&kernel)?.len() == 0 {
        bail!("the image has no kernel");
    }
    Ok(())
}

/// Files that are put over the packages' own.
fn lay_out(root: &Path) -> Result<()> {
    let units = root.join("etc/systemd/system");
    let wanted = units.join("multi-user.target.wants");
    for folder in [
        &wanted,
        &root.join("etc/systemd/network"),
        &root.join("etc/modules-load.d"),
        &root.join("var/log/journal"),
    ] {
        fs::create_dir_all(folder)?;
    }
    for name in MASKED {
        symlink("/dev/null", units.join(name))?;
    }
    fs::write(units.join("vm-agent.service"), AGENT)?;
    symlink("../vm-agent.service", wanted.join("vm-agent.service"))?;
    symlink(
        "/lib/systemd/system/systemd-networkd.service",
        wanted.join("systemd-networkd.service"),
    )?;
    fs::write(root.join("etc/systemd/network/10-user.network"), NETWORK)?;
    fs::write(root.join("etc/modules-load.d/vm.conf"), DRIVERS)?;
    fs::write(root.join("etc/hostname"), "uketsuke-vm\n")?;
    Ok(())
}

/// Changes whenever the image would.
fn fingerprint() -> String {
    let all = [
        SUITE,
        &PACKAGES.join(" "),
        EARLY_DRIVERS,
        &MASKED.join(" "),
        AGENT,
        NETWORK,
        DRIVERS,
        "3",
    ]
    .join("\0");
    let digest = ring::digest::digest(&ring::digest::SHA256, all.as_bytes());
    digest
        .as_ref()
        .iter()
        .take(6)
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// The mirror that this machine itself uses for the release, when it does.
fn mirror() -> Option<String> {
    let listed = Command::new("apt-get")
        .args([
            "indextargets",
            "--format",
            "$(REPO_URI) $(CODENAME) $(COMPONENT) $(ORIGIN)",
            "Created-By: Packages",
        ])
        .stderr(Stdio::null())
        .output()
        .ok()?;
    pick_mirror(&String::from_utf8_lossy(&listed.stdout))
}

fn pick_mirror(listed: &str) -> Option<String> {
    listed.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [address, SUITE, "main", "Debian"] if address.starts_with("http") => {
                Some((*address).to_owned())
            }
            _ => None,
        }
    })
}

fn quoted(path: &str) -> String {
    format!("'{}'", path.replace('\'', "'\\''"))
}

/// A command that needs root.
fn root_command(program: &str) -> Command {
    if nix::unistd::geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.arg(program);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_own_mirror() {
        let listed = "https://deb.nodesource.com/node_20.x/ nodistro main . nodistro\n\
                      http://security.example/debian-security/ bookworm-security main Debian\n\
                      file:/srv/debian/ bookworm main Debian\n\
                      http://mirror.example/debian/ bookworm main Debian\n";
        assert_eq!(
            pick_mirror(listed).as_deref(),
            Some("http://mirror.example/debian/")
        );
        assert_eq!(
            pick_mirror("http://mirror.example/debian/ trixie main Debian"),
            None
        );
    }

    #[test]
    fn what_is_laid_over_the_packages() {
        let folder = tempfile::tempdir().unwrap();
        lay_out(folder.path()).unwrap();
        let unit = fs::read_to_string(
            folder
                .path()
                .join("etc/systemd/system/multi-user.target.wants/vm-agent.service"),
        )
        .unwrap();
        assert!(
            unit.contains("ExecStart=/host/bin/vm-guest agent\n"),
            "{unit}"
        );
        assert_eq!(fingerprint().len(), 12);
        assert_eq!(quoted("/a b/c'd"), r"'/a b/c'\''d'");
    }
}
