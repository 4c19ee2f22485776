//! Whole visits at the real daemon, with every change to its ledger's folders recorded: from the first start with an empty disk to the
//! orderly stop.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tempfile::TempDir;

use super::looked::Truth;
use super::strace::{self, Step};
use super::told::Told;
use crate::bench::{Bench, BenchOptions};
use crate::http::send;
use crate::page::PatientPage;
use crate::served::identify_by_pin;

/// Who comes, in turn: an insured, one with an entrusted and one with an unentrusted assistance.
pub(crate) const PERSONS: [&str; 3] = ["hoken", "seiho", "mitaku"];
/// Longest wait for something the terminal does by itself.
const PATIENCE: Duration = Duration::from_secs(40);

/// What was recorded.
pub(crate) struct Recording {
    /// Changes and sent bytes, in order.
    pub(crate) steps: Vec<Step>,
    /// What the visits brought.
    pub(crate) truth: Truth,
    /// The folder that the recorded paths lie below.
    pub(crate) base: PathBuf,
}

/// The folders with what must not be lost.
pub(crate) fn folders(base: &Path) -> [PathBuf; 2] {
    [base.join("ledger"), base.join("head")]
}

/// Plays `visits` visits under the recorder. The bench is given back with its daemon stopped.
///
/// # Errors
/// strace is missing, a visit does not go as it must, or the log holds something that is not understood.
pub(crate) async fn record(visits: usize, careless: bool) -> anyhow::Result<(Bench, Recording)> {
    let logs = TempDir::new()?;
    let log = logs.path().join("strace.log");
    let options = BenchOptions {
        without_vision: true,
        daemon_under: strace::recorder(&log),
        careless_ledger: careless,
        ..BenchOptions::default()
    };
    let mut bench = Bench::start(options)
        .await
        .context("the desk under strace (apt-get install strace)")?;
    let mut page = bench.patient().await?;
    follow_events(&bench.path("receipt.sock"), None).await?;
    for (turn, person) in PERSONS.iter().cycle().take(visits).enumerate() {
        visit(&bench, &mut page, person, turn)
            .await
            .with_context(|| format!("visit {turn}\n{}", bench.daemon_log()))?;
    }
    let id = bench.daemon().id();
    ensure!(bench.stop_daemon(), "the daemon did not end when asked to");
    let text = strace::finished(&log, id)?;
    let base = bench.path("");
    let steps = strace::read(&text, &folders(&base))?;
    let truth = Truth::of(&base)?;
    distinct(&truth, visits)?;
    Ok((bench, Recording { steps, truth, base }))
}

/// A visit by PIN, and its receipt computer: every second result is claimed and acknowledged, of the others one is only claimed.
async fn visit(
    bench: &Bench,
    page: &mut PatientPage,
    person: &str,
    turn: usize,
) -> anyhow::Result<()> {
    let watch = bench.watch().await?;
    identify_by_pin(bench, page, person).await?;
    page.wait_for(&["consents"]).await?;
    page.press(if turn.is_multiple_of(2) {
        "consent-all-yes"
    } else {
        "consent-all-no"
    })
    .await?;
    page.wait_for(&["farewell"]).await?;
    bench.clinic.take().await?;
    watch
        .wait_for("the end of the visit", PATIENCE, |value| {
            value["event"] == "visit-ended"
        })
        .await?;
    page.wait_for(&["waiting"]).await?;
    let receipt = bench.receipt();
    for result in receipt.waiting().await? {
        let id = result["id"].as_str().context("a result without id")?;
        let whole = receipt.result(id, "application/json").await?;
        ensure!(whole.status == 200, "{id}: {}", whole.status);
        match turn % 3 {
            0 => receipt.take(id).await?,
            1 => receipt.claim(id).await?,
            _ => {}
        }
    }
    Ok(())
}

/// A receipt computer that listens, so that events are told as soon as they may be.
pub(crate) async fn follow_events(
    socket: &Path,
    heard: Option<Arc<Mutex<Told>>>,
) -> anyhow::Result<()> {
    use http_body_util::BodyExt as _;
    let stream = tokio::net::UnixStream::connect(socket).await?;
    let headers = [("host", "terminal"), ("accept", "text/event-stream")];
    let response = send(stream, "GET", "/v1/events", &headers, Vec::new()).await?;
    let status = response.status();
    if status != 200 {
        let problem = response.into_body().collect().await?.to_bytes();
        anyhow::bail!("events: {status} {}", String::from_utf8_lossy(&problem));
    }
    let mut body = response.into_body();
    if let Some(heard) = &heard {
        let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.sent(0, b"HTTP/1.1 200 OK\r\n\r\n");
    }
    tokio::spawn(async move {
        while let Some(Ok(frame)) = body.frame().await {
            if let (Some(heard), Some(data)) = (&heard, frame.data_ref()) {
                let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                heard.sent(0, data);
            }
        }
    });
    Ok(())
}

/// The truth itself must be one: a qualification for each visit, and each is about the person whose turn it was.
fn distinct(truth: &Truth, visits: usize) -> anyhow::Result<()> {
    let register = hw_sim::persons::Register::default_register()?;
    let mut found = Vec::new();
    for (id, result) in &truth.results {
        let body: Value = serde_json::from_str(&result.body)?;
        if id.ends_with("-qualification") {
            let text = body.to_string();
            let who = PERSONS.iter().filter(|person| {
                let person = register.person(person);
                person.is_some_and(|person| text.contains(&person.name))
            });
            ensure!(who.count() == 1, "{id} is not about exactly one person");
            found.push(id);
        }
    }
    ensure!(
        found.len() == visits,
        "{} qualifications of {visits} visits",
        found.len()
    );
    Ok(())
}
