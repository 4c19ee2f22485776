//! The whole daemon on a rebuilt disk: at a few of the points the real program starts on what is left, replays what is open against the
//! simulated service, and a receipt computer looks over its socket.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use ledger::Ledger;

use super::Dice;
use super::crash::{Options, scratch};
use super::looked::{Found, options as ledger_options};
use super::rebuilt::{Disk, Left};
use super::record::{Recording, folders};
use super::strace::Step;
use super::told::{Reached, Told};
use crate::bench::Bench;
use crate::http::get;

/// Longest wait for open inquiries to be answered.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts the daemon at `options.restarts` points, spread over the recording. The bench's daemon must be stopped.
///
/// # Errors
/// The rebuilt disk can't be written.
pub(crate) async fn sweep(
    bench: &mut Bench,
    recording: &Recording,
    options: &Options,
    tell: impl Fn(&str),
) -> anyhow::Result<Vec<(String, Found)>> {
    let mut dice = Dice::new(options.seed ^ 0xD5);
    let all = recording.points() as u64;
    let count = options.restarts as u64;
    // One in each part of the recording.
    let chosen: Vec<u64> = (0..count)
        .map(|part| part * all / count.max(1) + dice.below((all / count.max(1)).max(1)))
        .collect();
    let mut outcomes = Vec::new();
    let (mut disk, mut told, mut done) = (
        Disk::default(),
        Told::nothing_of(recording.truth.qualifications.clone()),
        0,
    );
    for step in &recording.steps {
        match step {
            Step::Sent(descriptor, bytes) => told.sent(*descriptor, bytes),
            Step::Disk(op) => {
                if chosen.contains(&done) {
                    let left = match outcomes.len() % 2 {
                        0 => Left::Synced,
                        _ => Left::Scattered(dice.below(u64::MAX)),
                    };
                    let found = start(bench, recording, &disk, left, told.results()).await?;
                    let place = format!("daemon after operation {done}, {left:?}");
                    tell(&format!(
                        "{place}: {}",
                        if found.clean() { "as told" } else { "WRONG" }
                    ));
                    outcomes.push((place, found));
                }
                disk.apply(op)?;
                done += 1;
            }
        }
    }
    Ok(outcomes)
}

async fn start(
    bench: &mut Bench,
    recording: &Recording,
    disk: &Disk,
    left: Left,
    told: &BTreeMap<String, Reached>,
) -> anyhow::Result<Found> {
    for folder in folders(&recording.base) {
        std::fs::remove_dir_all(&folder)?;
        std::fs::create_dir_all(&folder)?;
    }
    disk.write(left, &recording.base, &recording.base)?;
    let open = open_visits(disk, left, recording)?;
    let mut found = Found::default();
    if let Err(error) = bench.restart_daemon().await {
        found.lose(
            told.len().max(1) as u64,
            format!("the daemon does not start: {error:#}"),
        );
        let _ = bench.stop_daemon();
        return Ok(found);
    }
    let until = Instant::now() + PATIENCE;
    let results = loop {
        let answer = get(&bench.path("receipt.sock"), "/v1/results?limit=200").await?;
        ensure!(answer.status == 200, "results: {}", answer.status);
        let results = answer.json()?["results"]
            .as_array()
            .cloned()
            .context("results")?;
        let answered = open.iter().all(|visit| {
            results
                .iter()
                .any(|result| result["visit"] == visit.as_str())
        });
        if answered || Instant::now() > until {
            break results;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    for visit in &open {
        match results
            .iter()
            .filter(|result| result["visit"] == visit.as_str() && result["kind"] == "qualification")
            .count()
        {
            1 => {}
            0 => found.lose(
                1,
                format!("the open inquiry of visit {visit} was not answered"),
            ),
            _ => found.doubled += 1,
        }
    }
    for (id, reached) in told {
        let state = results.iter().find(|result| result["id"] == id.as_str());
        let state = state.and_then(|result| Reached::word(result["state"].as_str()?));
        if state.is_none_or(|state| state < *reached) {
            found.lose(1, format!("{id}: told as {reached:?}, now {state:?}"));
        }
    }
    for result in &results {
        let id = result["id"].as_str().unwrap_or_default();
        if results.iter().filter(|other| other["id"] == id).count() > 1 {
            found.doubled += 1;
        }
        let shown = bench
            .receipt()
            .result(id, "application/json")
            .await?
            .json()?;
        let is = recording.truth.results.get(id);
        if !is.is_some_and(|is| is.same_person(&shown)) {
            found.mixed += 1;
            found
                .problems
                .push(format!("{id}: not the person of the visit"));
        }
    }
    ensure!(bench.stop_daemon(), "the daemon did not end when asked to");
    let mut ledger = Ledger::open(ledger_options(&recording.base), super::looked::NOW)?;
    if !ledger.verify()?.intact() {
        found.broken += 1;
    }
    Ok(found)
}

/// Visits whose inquiry is open on this disk, as the results name them.
fn open_visits(disk: &Disk, left: Left, recording: &Recording) -> anyhow::Result<Vec<String>> {
    let place = scratch()?;
    disk.write(left, &recording.base, place.path())?;
    for name in ["ledger", "head"] {
        std::fs::create_dir_all(place.path().join(name))?;
    }
    let Ok(ledger) = Ledger::open(ledger_options(place.path()), super::looked::NOW) else {
        return Ok(Vec::new());
    };
    let open = ledger.open_inquiries()?;
    Ok(open
        .iter()
        .map(|inquiry| format!("{:016x}", inquiry.visit))
        .collect())
}
