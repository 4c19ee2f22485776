//! `cargo xtask bench attacks`, `cargo xtask bench cards`, `cargo xtask bench picture`: the tables and figures of docs/face.md, made anew.

use anyhow::Result;
use clap::Args;

use crate::apt::{self, For};
use crate::{cargo, must};

/// Options of them all.
#[derive(Args)]
pub(crate) struct TableArguments {
    /// Print one JSON document on standard output; progress goes to standard error.
    #[arg(long)]
    json: bool,
    /// Presentations of each kind and card holder (2 where nothing is said), cards of each condition (6, one of each way of writing the year), or
    /// comparisons (2).
    #[arg(long, alias = "rounds", value_parser = clap::value_parser!(u32).range(1..))]
    trials: Option<u32>,
    /// Install no package; the programs are built all the same.
    #[arg(long)]
    no_install: bool,
}

/// Presentation attacks.
pub(crate) fn attacks(arguments: &TableArguments) -> Result<bool> {
    run(arguments, "attacks", &[], "--trials", 2)
}

/// Optical reading of card fronts.
pub(crate) fn cards(arguments: &TableArguments) -> Result<bool> {
    run(arguments, "cards", &[], "--cards", 6)
}

/// Live pictures a second, of the worker as it is shipped: figures of another build say nothing. Fails below fifteen.
pub(crate) fn picture(arguments: &TableArguments) -> Result<bool> {
    run(
        arguments,
        "live_picture",
        &["--at-least", "15"],
        "--trials",
        2,
    )
}

/// Runs an example of the vision crate; what is held against a goal of time runs as it is shipped.
fn run(
    arguments: &TableArguments,
    example: &str,
    goal: &[&str],
    count: &str,
    usual: u32,
) -> Result<bool> {
    if !arguments.no_install {
        apt::install(For::Test)?;
    }
    let mut command = cargo();
    command.args(["run", "--quiet", "-p", "vision", "--example", example]);
    if !goal.is_empty() {
        command.arg("--release");
    }
    command.arg("--").args(goal).arg(count);
    command.arg(arguments.trials.unwrap_or(usual).to_string());
    if arguments.json {
        command.arg("--json");
    }
    must(&mut command, example)?;
    Ok(true)
}
