//! What `cargo xtask` runs first: sees to the Debian packages that the project's own tool needs to be built at all, and hands over to it.
//! Depends on nothing but the standard library, so that it is built anywhere.
#![allow(
    clippy::print_stderr,
    reason = "a command line tool speaks on its outputs"
)]

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode, Stdio};

/// One package's name in a line.
const PACKAGES: &str = include_str!("../build-packages.txt");

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let asked = |word: &str| arguments.iter().any(|argument| argument == word);
    let install = !asked("--no-install") && !asked("--help") && !asked("-h");
    let missing = missing();
    if !missing.is_empty() {
        let names = missing.join(" ");
        if install {
            eprintln!(
                "== building needs these Debian packages, they will be installed with apt-get: {names}"
            );
            if let Err(reason) = fetch(&missing) {
                eprintln!(
                    "prepare: {reason}. Install them by hand, then again: sudo apt-get install {names}"
                );
                return ExitCode::FAILURE;
            }
        } else {
            eprintln!("== building needs these Debian packages: {names}");
        }
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(&cargo);
    // What cargo told this program of its own package is no matter of the next cargo: build scripts that look at it would run anew, and with
    // them most of the tree would be built twice.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    let error = command
        .args(["run", "--bin", "xtask", "--"])
        .args(&arguments)
        .exec();
    eprintln!("prepare: {} can't be started: {error}", cargo.display());
    ExitCode::FAILURE
}

/// The packages that dpkg does not know as installed; none where there is no dpkg, for then cargo says what is missing.
fn missing() -> Vec<&'static str> {
    PACKAGES
        .lines()
        .filter(|package| {
            Command::new("dpkg-query")
                .args(["-W", "-f", "${Status}", package])
                .stderr(Stdio::null())
                .output()
                .is_ok_and(|told| {
                    !String::from_utf8_lossy(&told.stdout).contains("install ok installed")
                })
        })
        .collect()
}

/// `apt-get`, through sudo when we are not root.
fn fetch(packages: &[&str]) -> Result<(), String> {
    let root = std::fs::metadata("/proc/self").is_ok_and(|of| of.uid() == 0);
    for step in [
        &["update", "-qq"][..],
        &["install", "-y", "-qq", "--no-install-recommends"][..],
    ] {
        let mut command = Command::new(if root { "apt-get" } else { "sudo" });
        if !root {
            command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        }
        let last = step.len() > 2;
        let ended = command
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(step)
            .args(packages.iter().filter(|_| last))
            .stdout(Stdio::null())
            .status();
        match ended {
            Ok(status) if status.success() => {}
            Ok(status) => return Err(format!("apt-get {} ended with {status}", step.join(" "))),
            Err(error) => return Err(format!("apt-get can't be started: {error}")),
        }
    }
    Ok(())
}
