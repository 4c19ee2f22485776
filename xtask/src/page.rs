//! `cargo xtask bench page`: what the patient's page costs and how fast it is, in a real browser before a real daemon.

use clap::Args;
use e2e::page_bench::{PageReport, measure};
use serde_json::json;

/// Goals: bytes of the first view without sound, ms from touch to paint, pictures a second, ms from camera to paint.
const BYTES: u64 = 200_000;
const TOUCH_MS: f64 = 100.0;
const PICTURES: f64 = 15.0;
const DELAY_MS: f64 = 150.0;

/// How to measure.
#[derive(Args)]
pub(crate) struct BenchPage {
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
    /// Rounds of sixteen touches.
    #[arg(long, default_value_t = 12)]
    rounds: usize,
    /// Install no package; the programs are built all the same.
    #[arg(long)]
    no_install: bool,
}

/// Says whether every goal holds.
pub(crate) fn bench(arguments: &BenchPage) -> anyhow::Result<bool> {
    let runtime = crate::prepared(arguments.no_install)?;
    let report = runtime.block_on(measure(arguments.rounds, |line| eprintln!("{line}")))?;
    let missed = missed(&report);
    if arguments.json {
        println!(
            "{}",
            json!({ "ok": missed.is_empty(), "missed": missed, "measured": report })
        );
        return Ok(missed.is_empty());
    }
    println!(
        "first view: {} bytes in {} files, {} ms",
        report.first_view_bytes,
        report.first_view_files.len(),
        report.first_view_ms
    );
    let spread = |what: &str, of: e2e::page_bench::Spread| {
        println!(
            "{what}: median {} ms, p95 {} ms, longest {} ms ({} measured)",
            of.median, of.p95, of.longest, of.count
        );
    };
    spread("from touch to paint", report.touch_to_paint_ms);
    spread("from a view's arrival to paint", report.view_to_paint_ms);
    println!(
        "live picture {}: {} a second",
        report.picture, report.pictures_per_second
    );
    spread("from camera to paint", report.picture_delay_ms);
    for goal in &missed {
        println!("missed: {goal}");
    }
    Ok(missed.is_empty())
}

/// Goals that do not hold.
fn missed(report: &PageReport) -> Vec<String> {
    let goals = [
        (
            report.first_view_bytes < BYTES,
            format!("first view below {BYTES} bytes"),
        ),
        (
            report.touch_to_paint_ms.p95 < TOUCH_MS,
            format!("touch to paint p95 below {TOUCH_MS} ms"),
        ),
        (
            report.pictures_per_second >= PICTURES,
            format!("{PICTURES} pictures a second"),
        ),
        (
            report.picture_delay_ms.p95 < DELAY_MS,
            format!("camera to paint p95 below {DELAY_MS} ms"),
        ),
    ];
    goals
        .into_iter()
        .filter(|(holds, _)| !holds)
        .map(|(_, goal)| goal)
        .collect()
}
