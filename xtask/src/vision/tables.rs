//! `cargo xtask bench attacks`, `cargo xtask bench cards`: the tables of docs/face.md, made anew.

use anyhow::Result;
use clap::Args;

use crate::apt::{self, For};
use crate::{cargo, must};

/// Options of both tables.
#[derive(Args)]
pub(crate) struct TableArguments {
    /// Print one JSON document on standard output; progress goes to standard error.
    #[arg(long)]
    json: bool,
    /// Presentations of each kind and card holder, or cards of each condition.
    #[arg(long, alias = "rounds", default_value_t = 2)]
    trials: u32,
    /// Install no package; the programs are built all the same.
    #[arg(long)]
    no_install: bool,
}

/// Presentation attacks.
pub(crate) fn attacks(arguments: &TableArguments) -> Result<bool> {
    table(arguments, "attacks", "--trials")
}

/// Optical reading of card fronts.
pub(crate) fn cards(arguments: &TableArguments) -> Result<bool> {
    table(arguments, "cards", "--cards")
}

fn table(arguments: &TableArguments, example: &str, count: &str) -> Result<bool> {
    if !arguments.no_install {
        apt::install(For::Test)?;
    }
    let mut command = cargo();
    command.args([
        "run",
        "--quiet",
        "-p",
        "vision",
        "--example",
        example,
        "--",
        count,
    ]);
    command.arg(arguments.trials.to_string());
    if arguments.json {
        command.arg("--json");
    }
    must(&mut command, example)?;
    Ok(true)
}
