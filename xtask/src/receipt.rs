//! `cargo xtask sweep api` and `cargo xtask bench receipt`: the receipt computer's side, at length; and schemathesis, which it needs.

use std::process::{Command, Stdio};

use anyhow::Context as _;
use clap::Args;

use crate::apt::{self, For};
use crate::{must, root};

/// Its version: another one may find more, or count differently.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";

/// Puts schemathesis into a virtual environment of its own below `target/`, saying so first.
pub(crate) fn install_schemathesis() -> anyhow::Result<()> {
    let folder = root().join("target/schemathesis");
    let mark = folder.join("installed");
    if std::fs::read_to_string(&mark).is_ok_and(|version| version == SCHEMATHESIS) {
        return Ok(());
    }
    eprintln!("== {SCHEMATHESIS} will be installed from PyPI into target/schemathesis");
    must(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder)
            .stdout(Stdio::null()),
        "python3 -m venv (package python3-venv)",
    )?;
    must(
        Command::new(folder.join("bin/pip")).args([
            "install",
            "--quiet",
            "--disable-pip-version-check",
            SCHEMATHESIS,
        ]),
        "pip install",
    )?;
    std::fs::write(&mark, SCHEMATHESIS).with_context(|| format!("{}", mark.display()))
}

/// What `sweep api` can be told.
#[derive(Args)]
pub(crate) struct SweepApi {
    /// Print one JSON document on standard output; progress goes to standard error.
    #[arg(long)]
    json: bool,
    /// Install no package; the programs are built all the same.
    #[arg(long)]
    no_install: bool,
    /// Fuzzed cases per operation.
    #[arg(long, default_value_t = 60)]
    examples: u32,
    /// Seed of the cases.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Says whether the terminal keeps to its document, and every operation gave a 2xx.
pub(crate) fn sweep_api(arguments: &SweepApi) -> anyhow::Result<bool> {
    if !arguments.no_install {
        apt::install(For::Test)?;
        install_schemathesis()?;
    }
    crate::build()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let options = e2e::api::Options {
        examples: arguments.examples,
        seed: arguments.seed,
        long: true,
    };
    let told = runtime.block_on(e2e::api::sweep(&options, |step| eprintln!("== {step}")))?;
    if !told.said.is_empty() {
        eprintln!("{}", told.said);
    }
    if arguments.json {
        println!("{}", serde_json::to_string(&told)?);
    } else {
        println!(
            "schemathesis {}: {} cases, {} of {} operations with a 2xx, {} server errors, {} schema violations",
            told.schemathesis,
            told.cases,
            told.operations_with_2xx,
            told.operations,
            told.server_errors,
            told.schema_violations
        );
        for (check, count) in &told.checks {
            let failed = told.failed.get(check).copied().unwrap_or(0);
            println!("  {check}: {count} made, {failed} failed");
        }
    }
    Ok(told.ok)
}

/// What `bench receipt` can be told.
#[derive(Args)]
pub(crate) struct BenchReceipt {
    /// Print one JSON document on standard output; progress goes to standard error.
    #[arg(long)]
    json: bool,
    /// Receipt computers at once.
    #[arg(long, default_value_t = 50)]
    clients: usize,
    /// Results that all of them claim.
    #[arg(long, default_value_t = 1000)]
    results: usize,
    /// Events whose way is measured.
    #[arg(long, default_value_t = 100)]
    events: usize,
    /// Install no package; the programs are built all the same.
    #[arg(long)]
    no_install: bool,
}

/// Says whether every result had exactly one owner; no time is judged.
pub(crate) fn bench(arguments: &BenchReceipt) -> anyhow::Result<bool> {
    if !arguments.no_install {
        apt::install(For::Demo)?;
    }
    crate::build()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let told = runtime.block_on(e2e::receipt_race::race(
        arguments.clients,
        arguments.results,
        arguments.events,
        &|step| eprintln!("== {step}"),
    ))?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&told)?);
    } else {
        println!(
            "{} clients claimed {} results ({}): {} with exactly one owner, {} wrong, {} misled",
            told.clients, told.results, told.server, told.owned_once, told.wrong, told.misled
        );
        for (what, times) in [
            ("claim", &told.claim),
            ("claim that won", &told.won),
            ("claim that was refused", &told.refused),
            ("durable write of a result", &told.stored),
            ("stored to event", &told.event),
            ("bare echo of the same size", &told.echo),
        ] {
            println!(
                "  {what}: p50 {:.3} ms, p99 {:.3} ms ({} times)",
                times.p50_ms, times.p99_ms, times.count
            );
        }
    }
    Ok(told.ok)
}
