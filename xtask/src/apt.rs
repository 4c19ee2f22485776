//! What the project needs from Debian, and installing it after saying so.

use std::process::{Command, Stdio};

use crate::must;

/// Needed to build; `prepare` installs them before this program can be built.
const BUILD: &str = include_str!("../prepare/build-packages.txt");
/// Needed to run the demonstration.
const DEMO: [&str; 4] = ["pcscd", "vsmartcard-vpcd", "opensc", "libopenjp2-tools"];
/// Needed by the tests besides.
const TEST: [&str; 14] = [
    "chromium",
    "fonts-noto-cjk",
    "systemd",
    "udev",
    "nodejs",
    "man-db",
    "openssl",
    "curl",
    "libtesseract5",
    "tesseract-ocr-jpn",
    "strace",
    "jq",
    "openjdk-17-jdk-headless",
    "python3-venv",
];
/// Needed to build and run the virtual machine besides.
const MACHINE: [&str; 6] = [
    "qemu-system-x86",
    "mmdebstrap",
    "fakeroot",
    "e2fsprogs",
    "util-linux",
    "binutils",
];

/// Needed to make the spoken guidance again.
const SOUNDS: [&str; 6] = [
    "open-jtalk",
    "open-jtalk-mecab-naist-jdic",
    "flite",
    "sox",
    "opus-tools",
    "python3-pip",
];

/// For whom packages are installed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum For {
    /// Building and the demonstration.
    Demo,
    /// The tests.
    Test,
    /// The virtual machine.
    Machine,
    /// Making the spoken guidance.
    Sounds,
}

/// Installs what is missing, saying what first. Nothing is asked of apt when nothing is missing.
pub(crate) fn install(purpose: For) -> anyhow::Result<()> {
    let mut wanted: Vec<&str> = BUILD.lines().chain(DEMO).collect();
    match purpose {
        For::Demo => {}
        For::Test => wanted.extend(TEST),
        For::Machine => wanted.extend(MACHINE),
        For::Sounds => wanted.extend(SOUNDS),
    }
    let missing: Vec<&str> = wanted
        .into_iter()
        .filter(|package| !present(package))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    eprintln!(
        "== these Debian packages are needed and will be installed with apt-get: {}",
        missing.join(" ")
    );
    must(
        apt().args(["update", "-qq"]).stdout(Stdio::null()),
        "apt-get update",
    )?;
    must(
        apt()
            .args(["install", "-y", "-qq", "--no-install-recommends"])
            .args(&missing)
            .stdout(Stdio::null()),
        "apt-get install",
    )
}

/// Installed, or there under another package's name (a Node.js that is not Debian's).
fn present(package: &str) -> bool {
    // A JDK of another version or maker runs the sample client as well, if it is 17 or newer.
    if package.starts_with("openjdk")
        && Command::new("javac")
            .arg("--release=17")
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    {
        return true;
    }
    if package == "nodejs"
        && Command::new("node")
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    {
        return true;
    }
    let output = Command::new("dpkg-query")
        .args(["-W", "-f", "${Status}", package])
        .stderr(Stdio::null())
        .output();
    output.is_ok_and(|output| {
        String::from_utf8_lossy(&output.stdout).contains("install ok installed")
    })
}

/// `apt-get`, through sudo when we are not root.
fn apt() -> Command {
    let root = nix::unistd::geteuid().is_root();
    let mut command = Command::new(if root { "apt-get" } else { "sudo" });
    if !root {
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    }
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}
