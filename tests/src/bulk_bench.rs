//! The tickets of a large clinic fetched at once: how long from the first byte to the durable ledger, how much memory the daemon takes for
//! it, and what it tells meanwhile. The daemon is killed right after it said "done"; everything must be there when it is back.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use hw_sim::central::BulkForm;
use hw_sim::central::invented::Invented;
use serde::Serialize;
use serde_json::{Value, json};

use crate::bench::{Bench, BenchOptions};
use crate::desk::end;

/// More memory than this above idle is too much, bytes.
pub const GOAL: u64 = 64 * 1024 * 1024;
/// Longest wait for a fetch.
const PATIENCE: Duration = Duration::from_secs(300);

/// One fetch.
#[derive(Debug, Clone, Serialize)]
pub struct Fetch {
    /// Form of the answer.
    pub form: &'static str,
    /// Tickets stored.
    pub tickets: u64,
    /// From the service's first byte to "done", which is told when everything is durable.
    pub seconds: f64,
    /// The daemon's memory before, bytes.
    pub idle_rss: u64,
    /// Its highest during the fetch, bytes.
    pub peak_rss: u64,
    /// The difference.
    pub above_idle: u64,
    /// Progress events that a watcher received.
    pub progress_events: usize,
}

/// What came of it: the figures of the slowest and of the most memory, and every form's own.
#[derive(Debug, Serialize)]
pub struct Told {
    /// Everything was stored, told and there after the kill, and the memory stayed within its bound.
    pub ok: bool,
    /// Tickets of each fetch.
    pub tickets: u64,
    /// The slowest fetch.
    pub seconds: f64,
    /// Memory before the fetch that took most.
    pub idle_rss: u64,
    /// The highest of that fetch.
    pub peak_rss: u64,
    /// The difference, at most 64 MiB.
    pub above_idle: u64,
    /// The fewest progress events of a fetch.
    pub progress_events: usize,
    /// Tickets in the ledger after the daemon was killed and started again.
    pub after_kill: u64,
    /// Each form.
    pub fetches: Vec<Fetch>,
}

/// Fetches `tickets` tickets in each form.
///
/// # Errors
/// The desk does not come up, or a fetch does not end.
pub async fn bench(tickets: u32, tell: impl Fn(&str)) -> anyhow::Result<Told> {
    let mut bench = Bench::start(BenchOptions {
        without_vision: true,
        all_rights: true,
        // Every second invented person is on medical assistance.
        invented: Invented {
            seed: 1,
            persons: tickets.saturating_mul(2),
        },
        ..BenchOptions::default()
    })
    .await?;
    let mut fetches = Vec::new();
    for (form, name) in [
        (BulkForm::Json, "json"),
        (BulkForm::Xml, "xml"),
        (BulkForm::XmlShiftJis, "xml-shift-jis"),
        (BulkForm::Zip, "zip"),
    ] {
        bench.clinic.central().set_bulk_form(form);
        let (fetch, _) = one(&mut bench, name).await?;
        tell(&format!(
            "{name}: {} tickets in {:.1} s, {} kB above idle, {} events",
            fetch.tickets,
            fetch.seconds,
            fetch.above_idle / 1024,
            fetch.progress_events
        ));
        fetches.push(fetch);
    }
    bench.clinic.central().set_bulk_form(BulkForm::Json);
    let (_, job) = one(&mut bench, "json").await?;
    bench.kill_daemon()?;
    bench.restart_daemon().await?;
    let after = bench.receipt().read(&format!("/v1/bulk/{job}")).await?;
    let after_kill = after["answered"].as_u64().unwrap_or(0);
    tell(&format!(
        "killed after \"done\": {after_kill} tickets are there"
    ));
    end(bench).await?;
    let most = fetches
        .iter()
        .max_by_key(|fetch| fetch.above_idle)
        .context("no fetch")?;
    let stored = fetches.iter().map(|fetch| fetch.tickets).min().unwrap_or(0);
    let told = Told {
        ok: stored >= u64::from(tickets)
            && after_kill == stored
            && most.above_idle <= GOAL
            && fetches.iter().all(|fetch| fetch.progress_events >= 3),
        tickets: stored,
        seconds: fetches
            .iter()
            .map(|fetch| fetch.seconds)
            .fold(0.0, f64::max),
        idle_rss: most.idle_rss,
        peak_rss: most.peak_rss,
        above_idle: most.above_idle,
        progress_events: fetches
            .iter()
            .map(|fetch| fetch.progress_events)
            .min()
            .unwrap_or(0),
        after_kill,
        fetches: fetches.clone(),
    };
    Ok(told)
}

async fn one(bench: &mut Bench, form: &'static str) -> anyhow::Result<(Fetch, u64)> {
    let receipt = bench.receipt();
    let watch = bench.watch().await?;
    let asked = bench.clinic.central_requests().last().map_or(0, |r| r.seq);
    let pid = bench.daemon().id();
    forget_peak(pid)?;
    let idle_rss = memory(pid, "VmRSS:")?;
    let month = bench.month();
    let job = receipt
        .ask("/v1/bulk/tickets", &json!({ "month": month }))
        .await?;
    let job = job["id"].as_u64().context("no job")?;
    let is = |value: &Value, state: &str| {
        value["event"] == "bulk" && value["job"] == job && value["state"] == state
    };
    let done = watch
        .wait_for("the end of the bulk fetch", PATIENCE, |value| {
            is(value, "done") || is(value, "failed")
        })
        .await?;
    let peak_rss = memory(pid, "VmHWM:")?;
    ensure!(done["state"] == "done", "{done}");
    // Noted when the answer was ready, before its first byte left.
    let first_byte = bench
        .clinic
        .central()
        .requests_after(asked)
        .into_iter()
        .filter(|request| request.path.ends_with("/if/015"))
        .map(|request| request.at)
        .max()
        .context("no download")?;
    let ended = done["at"].as_i64().context("at")?;
    let progress_events = watch
        .take()
        .iter()
        .filter(|value| value["event"] == "bulk" && value["job"] == job)
        .count();
    let fetch = Fetch {
        form,
        tickets: done["persons"].as_u64().unwrap_or(0),
        seconds: (ended - first_byte) as f64 / 1000.0,
        idle_rss,
        peak_rss,
        above_idle: peak_rss.saturating_sub(idle_rss),
        progress_events,
    };
    Ok((fetch, job))
}

/// Lets the kernel count the highest memory of a process anew (proc(5), clear_refs).
fn forget_peak(pid: u32) -> anyhow::Result<()> {
    let file = format!("/proc/{pid}/clear_refs");
    std::fs::write(&file, "5").with_context(|| file)
}

/// A line of the process's status, in bytes.
fn memory(pid: u32, name: &str) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .with_context(|| format!("no {name}"))?;
    let kilobytes = line.trim().trim_end_matches("kB").trim();
    Ok(kilobytes.parse::<u64>()? * 1024)
}
