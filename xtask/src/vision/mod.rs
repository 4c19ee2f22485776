//! Measurements and long proofs of the vision side.

pub(crate) mod engines;
pub(crate) mod face;
pub(crate) mod sweep;
pub(crate) mod tables;

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use serde_json::Value;

/// Runs a program and reads the JSON document on its standard output; what it says besides goes to ours.
fn json(command: &mut Command, what: &str) -> Result<Value> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| what.to_owned())?;
    anyhow::ensure!(output.status.success(), "{what} failed ({})", output.status);
    serde_json::from_slice(&output.stdout).with_context(|| format!("{what}: no JSON"))
}

/// Builds the worker as it is shipped; figures of another build say nothing.
fn optimised() -> Result<PathBuf> {
    eprintln!("== building uketsuke-vision as it is shipped (cargo build --release -p vision)");
    crate::must(
        crate::cargo().args(["build", "--release", "--quiet", "-p", "vision", "--bins"]),
        "the build",
    )?;
    Ok(crate::root().join("target/release/uketsuke-vision"))
}
