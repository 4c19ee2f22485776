//! `cargo xtask sweep tamper` and `cargo xtask bench audit`: the audit chain (invariant 12).

use std::path::PathBuf;

use clap::Args;
use e2e::chain::{BenchOptions, TamperOptions};

/// What `sweep tamper` can be told.
#[derive(Args)]
pub(crate) struct SweepTamper {
    /// Print one JSON document on standard output; progress goes to standard error.
    #[arg(long)]
    json: bool,
    /// Runs of each kind of tampering.
    #[arg(long, default_value_t = 200)]
    runs: u32,
    /// Records of the chain.
    #[arg(long, default_value_t = 400)]
    records: u64,
    /// Seed of the places.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Says whether everything was found at its place.
pub(crate) fn tamper(arguments: &SweepTamper) -> anyhow::Result<bool> {
    let options = TamperOptions {
        runs: arguments.runs,
        records: arguments.records,
        seed: arguments.seed,
    };
    let told = e2e::chain::tamper(&options, &|step| eprintln!("== {step}"))?;
    if arguments.json {
        println!("{}", serde_json::to_string(&told)?);
    } else {
        println!(
            "a chain of {} records, {} untouched copies with {} false alarms, {:.0} s",
            told.records, told.untouched, told.false_alarms, told.seconds
        );
        for (name, kind) in &told.kinds {
            println!(
                "  {name}: {} runs at {} places, {} found, {} with the right record and kind",
                kind.runs, kind.places, kind.found, kind.named
            );
        }
        for wrong in &told.wrong {
            println!("  wrong: {wrong}");
        }
    }
    Ok(told.ok)
}

/// What `bench audit` can be told.
#[derive(Args)]
pub(crate) struct BenchAudit {
    /// Print one JSON document on standard output; progress goes to standard error.
    #[arg(long)]
    json: bool,
    /// Records of the chain.
    #[arg(long, default_value_t = 200_000)]
    records: u64,
    /// Checks with nobody beside.
    #[arg(long, default_value_t = 3)]
    checks: u32,
    /// Folder in which the ledger is made.
    #[arg(long, default_value_os_t = std::env::temp_dir())]
    folder: PathBuf,
}

/// Says whether every check found the chain intact; no time is judged.
pub(crate) fn bench(arguments: &BenchAudit) -> anyhow::Result<bool> {
    let options = BenchOptions {
        records: arguments.records,
        checks: arguments.checks,
        folder: arguments.folder.clone(),
    };
    let told = e2e::chain::measure(&options, &|step| eprintln!("== {step}"))?;
    let text = if arguments.json {
        serde_json::to_string(&told)
    } else {
        serde_json::to_string_pretty(&told)
    };
    println!("{}", text?);
    Ok(told.ok)
}
