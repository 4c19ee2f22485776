//! `cargo xtask sweep crash`: the power goes after every operation on the ledger's folders, and the daemon is killed at random moments.

use clap::Args;
use e2e::disk::crash::{Options, sweep as run};

use crate::apt::{self, For};

/// Options of `sweep crash`.
#[derive(Args)]
pub(crate) struct SweepCrash {
    /// Print one JSON document on standard output; progress goes to standard error.
    #[arg(long)]
    json: bool,
    /// Whole visits that are recorded.
    #[arg(long, default_value_t = 12)]
    visits: usize,
    /// Cut the power only after every so many operations.
    #[arg(long, default_value_t = 1)]
    every: usize,
    /// Rebuilt disks on which the whole daemon is started.
    #[arg(long, default_value_t = 24)]
    restarts: usize,
    /// SIGKILLs of the running daemon.
    #[arg(long, default_value_t = 100)]
    kills: u32,
    /// Seed of everything chosen at random.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Install no package; the programs are built all the same.
    #[arg(long)]
    no_install: bool,
}

/// Sweeps; says whether nothing was lost, doubled or mixed, and the control lost something.
pub(crate) fn sweep(arguments: &SweepCrash) -> anyhow::Result<bool> {
    if !arguments.no_install {
        apt::install(For::Test)?;
    }
    crate::build()?;
    let options = Options {
        visits: arguments.visits,
        every: arguments.every.max(1),
        restarts: arguments.restarts,
        kills: arguments.kills,
        folders_every: arguments.every.max(1),
        seed: arguments.seed,
    };
    eprintln!("== seed {}", options.seed);
    let report = super::runtime()?.block_on(run(&options, |line| eprintln!("{line}")))?;
    super::print(arguments.json, &report)?;
    Ok(report.ok)
}
