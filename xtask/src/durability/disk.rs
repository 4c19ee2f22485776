//! `cargo xtask sweep disk`: every system call on the ledger's folders fails once with EIO and with ENOSPC.

use clap::Args;
use e2e::disk::inject::{Options, sweep as run};

use crate::apt::{self, For};

/// Options of `sweep disk`.
#[derive(Args)]
pub(crate) struct SweepDisk {
    /// Print one JSON document on standard output; progress goes to standard error.
    #[arg(long)]
    json: bool,
    /// Let only every so many calls fail.
    #[arg(long, default_value_t = 1)]
    every: usize,
    /// Visits at the real daemon with an error.
    #[arg(long, default_value_t = 40)]
    daemons: u32,
    /// Seed of the calls chosen for the daemon.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Programs side by side.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Install no package; the programs are built all the same.
    #[arg(long)]
    no_install: bool,
}

/// Sweeps; says whether every run ended with a defined answer and the ledger was whole afterwards.
pub(crate) fn sweep(arguments: &SweepDisk) -> anyhow::Result<bool> {
    if !arguments.no_install {
        apt::install(For::Test)?;
    }
    crate::build()?;
    let options = Options {
        every: arguments.every.max(1),
        daemons: arguments.daemons,
        seed: arguments.seed,
        threads: arguments.threads,
    };
    eprintln!("== seed {}", options.seed);
    let report = super::runtime()?.block_on(run(&options, |line| eprintln!("{line}")))?;
    super::print(arguments.json, &report)?;
    Ok(report.ok)
}
