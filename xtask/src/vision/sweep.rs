//! `cargo xtask sweep vision`: the face worker is killed at random moments of face visits; every visit ends by face, PIN or sight.

use anyhow::Result;
use clap::Args;

/// Options of `sweep vision`.
#[derive(Args)]
pub(crate) struct SweepArguments {
    /// Print one JSON document on standard output; progress goes to standard error.
    #[arg(long)]
    json: bool,
    /// How often the worker is killed.
    #[arg(long, default_value_t = 50)]
    kills: u32,
    /// Seed of the moments.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Install no package; the programs are built all the same.
    #[arg(long)]
    no_install: bool,
}

/// Sweeps; says whether every visit ended and the live picture was back in time.
pub(crate) fn sweep(arguments: &SweepArguments) -> Result<bool> {
    let runtime = crate::prepared(arguments.no_install)?;
    let told = runtime.block_on(e2e::worker_sweep::sweep(
        arguments.kills,
        arguments.seed,
        |line| eprintln!("{line}"),
    ))?;
    if arguments.json {
        println!("{}", serde_json::to_string(&told)?);
    } else {
        println!("{}", serde_json::to_string_pretty(&told)?);
    }
    Ok(told.ok)
}
