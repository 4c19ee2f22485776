//! SIGKILLs of the running daemon at random moments of visits. Each time it is started again, and its receipt computer compares what it
//! had been told with what it finds (invariants 9 and 10).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use ledger::Ledger;
use serde::Serialize;
use serde_json::Value;

use super::Dice;
use super::looked::{Found, NOW, names, options};
use super::record::{PERSONS, follow_events};
use super::told::{Reached, Told};
use crate::bench::{Bench, BenchOptions};
use crate::desk::status_until;
use crate::http::get;
use crate::served::identify_by_pin;

/// Moments lie within this time after the card was laid; a visit by PIN takes less.
const MOMENTS_MS: u64 = 3_000;

/// What was killed.
#[derive(Debug, Default, Serialize)]
pub struct Kills {
    /// How often.
    pub runs: u32,
    /// Seed of the moments.
    pub seed: u64,
    /// Times a receipt computer had been told of the visit's result before the kill.
    pub after_told: u32,
    /// Visits whose results are there in the end.
    pub visits: u64,
}

type Heard = Arc<Mutex<Told>>;

/// Kills `count` times.
///
/// # Errors
/// The desk does not come up, or not again.
pub(crate) async fn kill(
    count: u32,
    seed: u64,
    tell: impl Fn(&str),
) -> anyhow::Result<(Kills, Found)> {
    let mut kills = Kills {
        seed,
        ..Kills::default()
    };
    let mut found = Found::default();
    if count == 0 {
        return Ok((kills, found));
    }
    let mut bench = Bench::start(BenchOptions {
        without_vision: true,
        ..BenchOptions::default()
    })
    .await?;
    let mut dice = Dice::new(seed);
    let heard: Heard = Arc::default();
    // Whose each visit was, as the receipt computer first saw it.
    let mut people: BTreeMap<String, &str> = BTreeMap::new();
    for (round, person) in (0..count).zip(PERSONS.iter().cycle()) {
        let moment = Duration::from_millis(dice.below(MOMENTS_MS));
        let before = lock(&heard).results().len();
        {
            follow_events(&bench.path("receipt.sock"), Some(Arc::clone(&heard))).await?;
            let visit = visit(&bench, person, &heard, round);
            let played = tokio::time::timeout(moment, visit).await;
            if let Ok(Err(error)) = played {
                return Err(error.context(format!("round {round}")));
            }
        }
        let dies = tokio::time::Instant::now();
        bench.kill_daemon()?;
        bench.clinic.take().await?;
        // What was on its way had been told too.
        tokio::time::sleep_until(dies + Duration::from_millis(50)).await;
        let told = lock(&heard).results().clone();
        kills.after_told += u32::from(told.len() > before);
        bench.restart_daemon().await?;
        status_until(&bench, "the open inquiries", |status| {
            status["central"]["queued"] == 0
        })
        .await?;
        let now = compare(&bench, &told, &mut people, person, &mut found).await?;
        kills.runs += 1;
        tell(&format!(
            "{} of {count}: killed {} ms into the visit of {person}; told of {}, there are {now}",
            round + 1,
            moment.as_millis(),
            told.len()
        ));
    }
    ensure!(bench.stop_daemon(), "the daemon did not end when asked to");
    let base = bench.path("");
    let mut ledger = Ledger::open(options(&base), NOW)?;
    if !ledger.verify()?.intact() {
        found.broken += 1;
        found
            .problems
            .push("the audit chain does not verify".into());
    }
    kills.visits = people.len() as u64;
    let _ = bench.stop().await;
    Ok((kills, found))
}

/// A visit, and a receipt computer that takes at once what it hears of.
async fn visit(bench: &Bench, person: &str, heard: &Heard, round: u32) -> anyhow::Result<()> {
    let mut page = bench.patient().await?;
    identify_by_pin(bench, &mut page, person).await?;
    page.wait_for(&["consents"]).await?;
    page.press(if round.is_multiple_of(2) {
        "consent-all-yes"
    } else {
        "consent-all-no"
    })
    .await?;
    let receipt = bench.receipt();
    // Every third round leaves what it claimed, as a receipt computer that was switched off.
    let aim = if round % 3 == 2 {
        Reached::Claimed
    } else {
        Reached::Acknowledged
    };
    loop {
        let fresh: Vec<String> = lock(heard)
            .results()
            .iter()
            .filter(|(_, reached)| **reached < aim)
            .map(|(id, _)| id.clone())
            .collect();
        for id in fresh {
            if aim == Reached::Claimed {
                receipt.claim(&id).await?;
            } else {
                receipt.take(&id).await?;
            }
            // The answer is a telling as good as an event.
            lock(heard).told(&id, aim);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn compare<'a>(
    bench: &Bench,
    told: &BTreeMap<String, Reached>,
    people: &mut BTreeMap<String, &'a str>,
    person: &'a str,
    found: &mut Found,
) -> anyhow::Result<usize> {
    let answer = get(&bench.path("receipt.sock"), "/v1/results?limit=500").await?;
    ensure!(answer.status == 200, "results: {}", answer.status);
    let results = answer.json()?["results"]
        .as_array()
        .cloned()
        .context("results")?;
    for (id, reached) in told {
        let state = results.iter().find(|result| result["id"] == id.as_str());
        let state = state.and_then(|result| Reached::word(result["state"].as_str()?));
        if state.is_none_or(|state| state < *reached) {
            found.lose(1, format!("{id}: told as {reached:?}, now {state:?}"));
        }
    }
    for result in &results {
        let key = |result: &Value| (result["visit"].clone(), result["kind"].clone());
        if results
            .iter()
            .filter(|other| key(other) == key(result))
            .count()
            > 1
        {
            found.doubled += 1;
            found.problems.push(format!("{}: twice", result["id"]));
        }
        let (id, visit) = (&result["id"], &result["visit"]);
        let (Some(id), Some(visit)) = (id.as_str(), visit.as_str()) else {
            continue;
        };
        let whose = people.entry(visit.to_owned()).or_insert(person);
        if result["kind"] == "qualification" {
            let shown = bench
                .receipt()
                .result(id, "application/json")
                .await?
                .json()?;
            let register = hw_sim::persons::Register::default_register()?;
            let name = register.person(whose).map(|person| person.name.clone());
            let named = names(&shown);
            if named.is_empty() || named.iter().any(|found| Some(found) != name.as_ref()) {
                found.mixed += 1;
                found
                    .problems
                    .push(format!("{id}: {named:?} in a visit of {whose}"));
            }
        }
    }
    Ok(results.len())
}

fn lock(heard: &Heard) -> std::sync::MutexGuard<'_, Told> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}
