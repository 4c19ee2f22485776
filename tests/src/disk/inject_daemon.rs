//! The disk sweep at the real daemon: whole visits while one call on the ledger's files fails. The person sees a farewell or a page
//! with a code, a start that is refused says why, and what the receipt computer was told is there afterwards.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, bail, ensure};
use ledger::{Ledger, ResultFilter};

use super::Dice;
use super::inject::{Fault, Options, Report, injector};
use super::looked::{Found, NOW, names, options as ledger_options};
use super::record::{PERSONS, folders, follow_events};
use super::told::{Reached, Told};
use crate::bench::{Bench, BenchOptions};
use crate::served::identify_by_pin;

/// How many of each call a start with one visit makes, roughly: moments are chosen among them.
const CALLS: [(&str, u64); 6] = [
    ("pwrite64", 100),
    ("fsync", 28),
    ("write", 8),
    ("openat", 40),
    ("rename", 8),
    ("ftruncate", 1),
];

/// Plays `options.daemons` visits with an error each.
///
/// # Errors
/// The desk does not come up without an error.
pub(crate) async fn sweep(
    options: &Options,
    report: &mut Report,
    tell: impl Fn(&str),
) -> anyhow::Result<()> {
    if options.daemons == 0 {
        return Ok(());
    }
    let mut bench = Bench::start(BenchOptions {
        without_vision: true,
        ..BenchOptions::default()
    })
    .await?;
    let mut dice = Dice::new(options.seed);
    let logs = tempfile::TempDir::new()?;
    for round in 0..options.daemons {
        let (call, most) = CALLS[dice.below(CALLS.len() as u64) as usize];
        let fault = Fault {
            call: call.to_owned(),
            when: 1 + dice.below(most) as usize,
            error: if dice.below(2) == 0 { "EIO" } else { "ENOSPC" },
            on: dice.below(3) == 0,
        };
        let person = PERSONS[round as usize % PERSONS.len()];
        let log = logs.path().join(format!("{round}.log"));
        let (ended, told) = one(&mut bench, &fault, person, &log).await?;
        let injected = std::fs::read_to_string(&log)?.contains("(INJECTED)");
        if !injected {
            // The visit makes fewer such calls than that.
            tell(&format!("daemon {}: {fault} did not happen", round + 1));
            continue;
        }
        report.runs += 1;
        report.daemon_runs += 1;
        *report.calls.entry(fault.call.clone()).or_default() += 1;
        tell(&format!("daemon {}: {fault}: {ended:?}", round + 1));
        match ended {
            Ended::Well => report.succeeded += 1,
            Ended::Said(code) => {
                report.typed_errors += 1;
                *report.codes.entry(code).or_default() += 1;
            }
            Ended::Undefined(why) => {
                report.undefined += 1;
                report.problems.push(format!("daemon, {fault}: {why}"));
            }
        }
        let found = look(bench.path("").as_path(), &told, person)?;
        report.add(found, &format!("daemon, {fault}"));
    }
    let _ = bench.stop().await;
    Ok(())
}

#[derive(Debug)]
enum Ended {
    Well,
    Said(String),
    Undefined(String),
}

async fn one(
    bench: &mut Bench,
    fault: &Fault,
    person: &str,
    log: &Path,
) -> anyhow::Result<(Ended, Told)> {
    let _ = bench.stop_daemon();
    let base = bench.path("");
    for folder in folders(&base) {
        std::fs::remove_dir_all(&folder)?;
        std::fs::create_dir_all(&folder)?;
    }
    let before = bench.daemon_log().len();
    let heard = Arc::new(Mutex::new(Told::default()));
    let under = injector(&base, Some(fault), log);
    let mut ended = match bench.restart_daemon_under(&under).await {
        Ok(()) => visit(bench, person, &heard)
            .await
            .unwrap_or_else(|error| Ended::Undefined(format!("{error:#}"))),
        Err(error) => {
            let said = bench.daemon_log().split_off(before);
            match code(&said) {
                // It ended by itself and said why; systemd starts it anew.
                Some(code) if !bench.daemon().runs() => Ended::Said(code),
                _ => Ended::Undefined(format!("no start: {error:#}")),
            }
        }
    };
    bench.clinic.take().await.ok();
    if bench.daemon().runs() {
        let id = bench.daemon().id();
        if !bench.stop_daemon() {
            ended = Ended::Undefined("it did not end when asked to".into());
        }
        super::strace::finished(log, id)?;
    }
    if bench.daemon_log().split_off(before).contains("panicked") {
        ended = Ended::Undefined("it panicked".into());
    }
    let told = heard.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok((ended, told))
}

async fn visit(bench: &Bench, person: &str, heard: &Arc<Mutex<Told>>) -> anyhow::Result<Ended> {
    let mut page = bench.patient().await?;
    // A disk that fails for good may fail the event stream too; with a code then.
    if let Err(error) = follow_events(&bench.path("receipt.sock"), Some(Arc::clone(heard))).await {
        let said = format!("{error:#}");
        return Ok(match code(&said) {
            Some(code) => Ended::Said(code),
            None => Ended::Undefined(said),
        });
    }
    identify_by_pin(bench, &mut page, person).await?;
    let shown = page
        .wait_for(&["consents", "trouble", "out-of-service"])
        .await?;
    if shown["page"] != "consents" {
        return shown_code(&shown);
    }
    page.press("consent-all-yes").await?;
    let shown = page
        .wait_for(&["farewell", "trouble", "out-of-service"])
        .await?;
    let receipt = bench.receipt();
    let fresh: Vec<String> = {
        let heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.results().keys().cloned().collect()
    };
    let mut refused = None;
    for id in fresh {
        match receipt.take(&id).await {
            Ok(()) => heard
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .told(&id, Reached::Acknowledged),
            Err(error) => refused = Some(code(&format!("{error:#}")).context(error)?),
        }
    }
    if shown["page"] != "farewell" {
        return shown_code(&shown);
    }
    Ok(refused.map_or(Ended::Well, Ended::Said))
}

fn shown_code(shown: &serde_json::Value) -> anyhow::Result<Ended> {
    match code(&shown.to_string()) {
        Some(code) => Ok(Ended::Said(code)),
        None => bail!("a page without a code: {shown}"),
    }
}

/// The first `UK-…` in a text.
fn code(text: &str) -> Option<String> {
    let found = text.get(text.find("UK-")?..)?;
    let end = found.find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-'));
    Some(found.get(..end.unwrap_or(found.len()))?.to_owned())
}

/// What is left after one visit of `person` on an empty ledger.
fn look(base: &Path, told: &Told, person: &str) -> anyhow::Result<Found> {
    let mut found = Found::default();
    let mut ledger = match Ledger::open(ledger_options(base), NOW) {
        Ok(ledger) => ledger,
        Err(error) => {
            let count = told.results().len().max(1) as u64;
            found.lose(
                count,
                format!("the ledger does not open: {} {error}", error.code()),
            );
            return Ok(found);
        }
    };
    if !ledger.verify()?.intact() {
        found.broken += 1;
        found
            .problems
            .push("the audit chain does not verify".into());
    }
    let results = ledger.results(ResultFilter::default())?;
    for (id, reached) in told.results() {
        let state = results.iter().find(|result| result.id == *id);
        let state = state.and_then(|result| Reached::word(result.state.as_str()));
        if state.is_none_or(|state| state < *reached) {
            found.lose(1, format!("{id}: told as {reached:?}, now {state:?}"));
        }
    }
    let register = hw_sim::persons::Register::default_register()?;
    let person = register.person(person).context("person")?;
    let mut kinds = BTreeSet::new();
    for result in &results {
        if !kinds.insert(&result.kind) {
            found.doubled += 1;
            found.problems.push(format!("{}: a second one", result.id));
        }
        let named = names(&serde_json::from_str(&result.body_json)?);
        if result.kind == "qualification" && named.iter().any(|name| *name != person.name) {
            found.mixed += 1;
            found.problems.push(format!("{}: {named:?}", result.id));
        }
    }
    ensure!(
        ledger.open_inquiries()?.len() <= 1,
        "more inquiries than visits"
    );
    Ok(found)
}
