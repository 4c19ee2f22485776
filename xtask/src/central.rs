//! `cargo xtask sweep central`: visits while the central service fails at random; nothing lost, doubled or mixed. `cargo xtask bench bulk`:
//! ten thousand tickets at once.

use anyhow::Result;
use clap::Args;

use crate::apt::{self, For};

/// Options of `sweep central`.
#[derive(Args)]
pub(crate) struct SweepCentral {
    /// Print one JSON document on standard output; progress goes to standard error.
    #[arg(long)]
    json: bool,
    /// How many visits.
    #[arg(long, default_value_t = 500)]
    visits: u32,
    /// Seed of persons, answers, faults and moments.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Install no package; the programs are built all the same.
    #[arg(long)]
    no_install: bool,
}

/// Sweeps; says whether every visit ended as it may, and every result arrived once and where it belongs.
pub(crate) fn sweep(arguments: &SweepCentral) -> Result<bool> {
    if !arguments.no_install {
        apt::install(For::Test)?;
    }
    crate::build()?;
    eprintln!("== {} visits, seed {}", arguments.visits, arguments.seed);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let told = runtime.block_on(e2e::central_sweep::sweep(
        arguments.visits,
        arguments.seed,
        |line| eprintln!("{line}"),
    ))?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&told)?);
    } else {
        for problem in &told.problems {
            println!("{problem}");
        }
        println!(
            "runs: {}, failures: {}, lost: {}, doubled: {}, mixed: {} (seed {}, {:.0} s)",
            told.runs, told.failures, told.lost, told.doubled, told.mixed, told.seed, told.seconds
        );
    }
    Ok(told.ok)
}

/// Options of `bench bulk`.
#[derive(Args)]
pub(crate) struct BenchBulk {
    /// Print one JSON document on standard output; progress goes to standard error.
    #[arg(long)]
    json: bool,
    /// Tickets of a fetch.
    #[arg(long, default_value_t = 10_000)]
    tickets: u32,
    /// Install no package; the programs are built all the same.
    #[arg(long)]
    no_install: bool,
}

/// Says whether all tickets are durable and the memory stayed within its bound.
pub(crate) fn bulk(arguments: &BenchBulk) -> Result<bool> {
    let runtime = crate::prepared(arguments.no_install)?;
    let told = runtime.block_on(e2e::bulk_bench::bench(arguments.tickets, |line| {
        eprintln!("{line}");
    }))?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&told)?);
    } else {
        println!(
            "{} tickets in {:.1} s at most; {:.1} MiB idle, {:.1} MiB at most, {:.1} MiB above idle; {} progress events; {} there after a kill",
            told.tickets,
            told.seconds,
            mib(told.idle_rss),
            mib(told.peak_rss),
            mib(told.above_idle),
            told.progress_events,
            told.after_kill
        );
    }
    Ok(told.ok)
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / (1024.0 * 1024.0)
}
