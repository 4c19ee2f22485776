//! schemathesis over the OpenAPI document that the real daemon serves, against that daemon with its ledger and the simulated service: every
//! operation but the event stream, under a client with every right, with objects planted so that each answers with a 2xx at least
//! once. It speaks TCP only; a bridge stands between.

mod bridge;
mod seeds;
mod tool;

use std::collections::BTreeMap;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::bench::{Bench, BenchOptions};
use crate::receipt_race::{Times, times};

/// Left out: an answer without an end.
const EXCLUDED: &str = "events";

/// How much is tried.
#[derive(Debug, Clone)]
pub struct Options {
    /// Generated cases for each operation.
    pub examples: u32,
    /// Seed of the cases.
    pub seed: u64,
    /// All phases: also the edges of each parameter and the links between operations.
    pub long: bool,
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Every operation gave a 2xx, and no check failed.
    pub ok: bool,
    /// Its version.
    pub schemathesis: String,
    /// Requests made.
    pub cases: usize,
    /// Operations of the document without the event stream.
    pub operations: usize,
    /// Of them, those that gave a 2xx.
    pub operations_with_2xx: usize,
    /// And those that did not, with what they answered.
    pub without_2xx: BTreeMap<String, Vec<String>>,
    /// Left out by name.
    pub excluded: Vec<&'static str>,
    /// Checks made, by name.
    pub checks: BTreeMap<String, usize>,
    /// Of them, those that failed.
    pub failed: BTreeMap<String, usize>,
    /// Answers that say that the terminal itself failed.
    pub server_errors: usize,
    /// Answers that are not as the document has them: status, type of content, headers, body.
    pub schema_violations: usize,
    /// Answers by status.
    pub statuses: BTreeMap<u64, usize>,
    /// How long the answers took.
    pub answered_in: Times,
    /// Seed of the cases.
    pub seed: u64,
    /// Everything, milliseconds.
    pub total_ms: u64,
    /// What schemathesis said and the daemon logged, when something was wrong.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub said: String,
}

/// Runs it; `tell` hears how far it is.
///
/// # Errors
/// The desk does not come up, an object can't be planted, or schemathesis is not installed.
pub async fn sweep(options: &Options, tell: impl Fn(&str)) -> anyhow::Result<Report> {
    let began = Instant::now();
    let bench = Bench::start(BenchOptions {
        without_vision: true,
        all_rights: true,
        ..BenchOptions::default()
    })
    .await?;
    let addresses = bench.clinic.addresses();
    let central = bench.clinic.central();
    tell("planting objects");
    let planted = seeds::plant(&bench).await?;
    let document = seeds::with_examples(seeds::document(&bench).await?, &planted)?;
    let folder = tempfile::tempdir()?;
    let (bridge, asked) = bridge::Bridge::open(bench.path("receipt.sock")).await?;
    tell(&format!(
        "schemathesis: {} cases for each operation, seed {}",
        options.examples, options.seed
    ));
    let said = tokio::select! {
        said = tool::run(folder.path(), &document, bridge.port, options) => said?,
        kept = seeds::keep_service(&bench, central, &addresses.institution_code, asked) => match kept? {},
    };
    let did = tool::read(folder.path(), &document)?;
    let mut report = judged(did, options);
    if !report.ok {
        report.said = format!("{said}\n--- daemon\n{}", bench.daemon_log());
    }
    bench.stop().await;
    report.total_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(report)
}

fn judged(did: tool::Did, options: &Options) -> Report {
    let without: BTreeMap<String, Vec<String>> = did
        .with_2xx
        .iter()
        .filter(|(_, seen)| !**seen)
        .map(|(name, _)| {
            let told = did.refusals.get(name).cloned();
            (name.clone(), told.unwrap_or_default())
        })
        .collect();
    let violations = [
        "response_schema",
        "status_code",
        "content_type",
        "response_headers",
    ];
    let violations = violations
        .iter()
        .filter_map(|what| did.failed.get(&format!("{what}_conformance")))
        .sum();
    Report {
        ok: did.failed.is_empty() && without.is_empty() && did.cases > 0,
        schemathesis: did.version,
        cases: did.cases,
        operations: did.with_2xx.len(),
        operations_with_2xx: did.with_2xx.len() - without.len(),
        without_2xx: without,
        excluded: vec![EXCLUDED],
        checks: did.checks,
        server_errors: did.statuses.range(500..).map(|(_, count)| count).sum(),
        failed: did.failed,
        schema_violations: violations,
        statuses: did.statuses,
        answered_in: times(did.answered_in),
        seed: options.seed,
        ..Report::default()
    }
}

/// Milliseconds since the Unix epoch.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}
