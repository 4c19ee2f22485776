//! `cargo xtask sweep card`: every fault at every command of a face visit, a PIN visit and one with a wrong PIN.

use std::io::IsTerminal as _;

use clap::Args;
use e2e::card::sweep::{Options, Report, run};

/// How to sweep.
#[derive(Args)]
pub(crate) struct SweepCard {
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
    /// Only the first command of each name, and only faults that take no time.
    #[arg(long)]
    short: bool,
    /// Runs side by side; most of the time they wait.
    #[arg(long, default_value_t = 8)]
    threads: usize,
}

/// Says whether nothing failed.
pub(crate) fn sweep(arguments: &SweepCard) -> anyhow::Result<bool> {
    eprintln!("== preparing cards");
    let prepared = super::prepared()?;
    let options = Options {
        short: arguments.short,
        threads: arguments.threads,
    };
    let live = std::io::stderr().is_terminal();
    let report = run(&prepared, options, |done, of| {
        if live || done % 100 == 0 || done == of {
            eprint!(
                "{}{done} of {of} runs{}",
                if live { "\r" } else { "" },
                if live { "" } else { "\n" }
            );
        }
    })?;
    if live {
        eprintln!();
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        people(&report);
    }
    Ok(report.failures == 0 && report.tries_lost == 0)
}

fn people(report: &Report) {
    for failure in &report.list {
        println!(
            "{} command {} ({}), {}: {}",
            failure.visit, failure.index, failure.command, failure.fault, failure.what
        );
    }
    println!(
        "runs: {}, finished: {}, typed errors: {}, failures: {}, tries lost: {}",
        report.runs, report.finished, report.typed_errors, report.failures, report.tries_lost
    );
}
