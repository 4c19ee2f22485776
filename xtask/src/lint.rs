//! `cargo xtask lint`: format, lints, and the dependencies' licences, bans and sources.

use std::process::{Command, Stdio};

use crate::{cargo, must, root};

/// Version of cargo-deny the settings were written for.
const DENY: &str = "0.20";

/// Checks everything; the first failure ends it.
pub(crate) fn run() -> anyhow::Result<bool> {
    println!("== format");
    must(cargo().args(["fmt", "--all", "--check"]), "cargo fmt")?;
    println!("== lints");
    must(
        cargo().args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ]),
        "cargo clippy",
    )?;
    println!("== dependencies");
    if !Command::new("cargo-deny")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
    {
        eprintln!("cargo-deny is not installed; building it into target/tools");
        must(
            cargo().args([
                "install",
                "--quiet",
                "--locked",
                "--version",
                &format!("^{DENY}"),
                "--root",
                "target/tools",
                "cargo-deny",
            ]),
            "cargo install cargo-deny",
        )?;
    }
    let tools = root().join("target/tools/bin");
    let path = std::env::join_paths(std::iter::once(tools).chain(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    )))?;
    must(
        cargo()
            .env("PATH", path)
            .args(["deny", "check", "licenses", "bans", "sources"]),
        "cargo deny",
    )?;
    println!(
        "advisories are checked with `cargo deny check advisories` where the advisory database can be reached"
    );
    Ok(true)
}
