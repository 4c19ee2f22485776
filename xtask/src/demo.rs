//! `cargo xtask demo`: the visits of `e2e::scenarios`, played by a simulated patient through the real pcscd and real
//! sockets.

mod interactive;

use std::time::Instant;

use clap::Args;
use e2e::scenarios::{NAMES, Step, VisitReport, play};
use e2e::{Bench, BenchOptions, Pcscd};
use serde_json::json;

use crate::apt::{self, For};

/// What `demo` can be told.
#[derive(Args)]
pub(crate) struct DemoArguments {
    /// Print one JSON document on standard output; progress goes to standard error.
    #[arg(long)]
    json: bool,
    /// Play nothing: leave everything running, print the addresses, stop at Ctrl-C.
    #[arg(long, conflicts_with = "json")]
    interactive: bool,
    /// With `--interactive`: also the folders `req`, `res` and `face` of a receipt computer of today. They then take the results.
    #[arg(long, requires = "interactive")]
    folders: bool,
    /// With `--interactive`: face checks ask for head turns, as at a real desk; `hw-sim camera turn` and the control page make them.
    #[arg(long, requires = "interactive")]
    head_turns: bool,
    /// Play only these visits.
    #[arg(long, value_delimiter = ',', value_parser = clap::builder::PossibleValuesParser::new(NAMES))]
    only: Vec<String>,
    /// Install no package; the programs are built all the same.
    #[arg(long)]
    no_install: bool,
}

/// Plays the demonstration; says whether every visit went as it must.
pub(crate) fn run(arguments: &DemoArguments) -> anyhow::Result<bool> {
    let began = Instant::now();
    if !arguments.no_install {
        apt::install(For::Demo)?;
    }
    crate::build()?;
    let build_ms = milliseconds(began);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    if arguments.interactive {
        runtime
            .block_on(interactive::run(arguments.folders, arguments.head_turns))
            .map(|()| true)
    } else {
        runtime.block_on(async {
            // Ended from outside, the demonstration leaves nothing running: what it started ends with it.
            let mut term =
                tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
            tokio::select! {
                played = visits(arguments, began, build_ms) => played,
                pressed = tokio::signal::ctrl_c() => {
                    pressed?;
                    anyhow::bail!("stopped by Ctrl-C")
                }
                _ = term.recv() => anyhow::bail!("stopped by SIGTERM"),
            }
        })
    }
}

fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// `build_ms`: installing and building, before the first part was started.
async fn visits(arguments: &DemoArguments, began: Instant, build_ms: u64) -> anyhow::Result<bool> {
    let playing = Instant::now();
    eprintln!(
        "== starting pcscd, the simulated clinic, the face worker and the terminal (everything is simulated: no real patients)"
    );
    let fresh = || {
        Bench::start(BenchOptions {
            pcscd: Pcscd::System,
            // The receipt computer also asks by itself: lookups, bulk fetches, disaster.
            all_rights: true,
            ..BenchOptions::default()
        })
    };
    let mut bench = fresh().await?;
    let mut log = String::new();
    let mut ended = true;
    let mut reports: Vec<VisitReport> = Vec::new();
    for name in NAMES
        .into_iter()
        .filter(|name| arguments.only.is_empty() || arguments.only.iter().any(|only| only == name))
    {
        // What a visit that went wrong has left behind shall not fail the next one.
        if reports.last().is_some_and(|last| !last.ok) {
            eprintln!("== starting all parts anew");
            log.push_str(&bench.daemon_log());
            ended &= bench.stop().await;
            bench = fresh().await?;
        }
        eprintln!("== visit `{name}`");
        let report = play(&mut bench, name, |step: &Step| {
            eprintln!("   {:>6} ms  {}", step.at_ms, step.what)
        })
        .await;
        eprintln!(
            "   {} – {} (the person waited {} ms for the machine)",
            if report.ok { "ok" } else { "NOT OK" },
            report.outcome,
            report.machine_ms
        );
        reports.push(report);
    }
    log.push_str(&bench.daemon_log());
    ended &= bench.stop().await;
    let ok = ended && reports.iter().all(|report| report.ok);
    if !ok {
        eprintln!("== the terminal's log\n{log}");
    }
    // Starting and stopping all parts, and everything in between.
    let playing_ms = milliseconds(playing);
    let total_ms = milliseconds(began);
    if arguments.json {
        println!(
            "{}",
            serde_json::to_string_pretty(&json!({
                "simulation": true,
                "ok": ok,
                "visits": reports,
                "build_ms": build_ms,
                "playing_ms": playing_ms,
                "total_ms": total_ms,
            }))?
        );
    } else {
        received(&reports)?;
        let good = reports.iter().filter(|report| report.ok).count();
        println!(
            "{good} of {} visits went as they must, in {:.1} s (and {:.1} s to install and build)",
            reports.len(),
            playing_ms as f64 / 1000.0,
            build_ms as f64 / 1000.0
        );
    }
    Ok(ok)
}

/// What the receipt computer received, for people.
fn received(reports: &[VisitReport]) -> anyhow::Result<()> {
    println!("What the receipt computer received (シミュレーション: 実在の患者ではありません):");
    for report in reports {
        println!("\n--- {}", report.name);
        if report.received.is_empty() {
            println!("nothing");
        }
        for value in &report.received {
            println!("{}", serde_json::to_string_pretty(value)?);
        }
    }
    println!();
    Ok(())
}
