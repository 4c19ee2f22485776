//! The visits of the demonstration, one file each. They act only as people do: lay a card, press, type,
//! stand before the camera, pull a plug.

mod both_results;
mod bulk_settles;
mod by_number;
mod card_pulled;
mod central_down;
mod crash;
mod face;
mod pin_guard;
mod qualification_only;
mod recipient_checkups;
mod refused_cards;
mod reinquiry;
pub(crate) mod special;
mod unentrusted;
mod wrong_face;

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde::Serialize;
use serde_json::Value;

use crate::bench::Bench;
pub(crate) use crate::desk::matching_number;
use crate::page::PatientPage;
use crate::watch::Watch;

/// Names of all visits, in the order in which they are played.
pub const NAMES: [&str; 19] = [
    "face",
    "unentrusted",
    "wrong-face",
    "pin-guard",
    "card-pulled",
    "central-down",
    "crash",
    "both-results",
    "number-valid",
    "number-invalid",
    "bulk-settles",
    "reinquiry",
    "disaster",
    "outage",
    "expired-card",
    "expired-lately",
    "not-registered",
    "recipient-checkups",
    "qualification-only",
];

/// Longest wait for something the terminal does by itself.
const PATIENCE: Duration = Duration::from_secs(30);

/// One step of a visit with the time since the visit's first.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// What happened.
    pub what: String,
    /// Milliseconds since the visit began.
    pub at_ms: u64,
}

/// How one visit went.
#[derive(Debug, Clone, Serialize)]
pub struct VisitReport {
    /// Name of the visit.
    pub name: &'static str,
    /// Everything was as it must be.
    pub ok: bool,
    /// How the terminal says the visit ended, or what was wrong.
    pub outcome: String,
    /// Time the person waited for the machine, as the terminal measured it.
    pub machine_ms: u64,
    /// What happened, in order.
    pub steps: Vec<Step>,
    /// What the receipt computer received.
    pub received: Vec<Value>,
}

/// Plays one visit. A visit that goes wrong is reported, not an error.
pub async fn play(bench: &mut Bench, name: &'static str, tell: impl Fn(&Step)) -> VisitReport {
    let mut visit = Visit {
        steps: Vec::new(),
        began: Instant::now(),
        tell: &tell,
        machine_ms: 0,
        outcome: String::new(),
        received: Vec::new(),
    };
    let played = match name {
        "face" => face::play(bench, &mut visit).await,
        "unentrusted" => unentrusted::play(bench, &mut visit).await,
        "wrong-face" => wrong_face::play(bench, &mut visit).await,
        "pin-guard" => pin_guard::play(bench, &mut visit).await,
        "card-pulled" => card_pulled::play(bench, &mut visit).await,
        "central-down" => central_down::play(bench, &mut visit).await,
        "crash" => crash::play(bench, &mut visit).await,
        "both-results" => both_results::play(bench, &mut visit).await,
        "number-valid" => by_number::valid(bench, &mut visit).await,
        "number-invalid" => by_number::invalid(bench, &mut visit).await,
        "bulk-settles" => bulk_settles::play(bench, &mut visit).await,
        "reinquiry" => reinquiry::play(bench, &mut visit).await,
        "disaster" => special::disaster(bench, &mut visit).await,
        "outage" => special::outage(bench, &mut visit).await,
        "expired-card" => refused_cards::expired(bench, &mut visit).await,
        "expired-lately" => refused_cards::expired_lately(bench, &mut visit).await,
        "recipient-checkups" => recipient_checkups::play(bench, &mut visit).await,
        "not-registered" => refused_cards::not_registered(bench, &mut visit).await,
        "qualification-only" => qualification_only::play(bench, &mut visit).await,
        other => Err(anyhow::anyhow!("there is no visit `{other}`")),
    };
    let Visit {
        steps,
        machine_ms,
        outcome,
        received,
        ..
    } = visit;
    match played {
        Ok(()) => VisitReport {
            name,
            ok: true,
            outcome,
            machine_ms,
            steps,
            received,
        },
        Err(error) => {
            // Leave the desk as the next person expects it.
            let _ = bench.clinic.central_up().await;
            let _ = bench.clinic.take().await;
            VisitReport {
                name,
                ok: false,
                outcome: format!("{error:#}"),
                machine_ms,
                steps,
                received,
            }
        }
    }
}

/// A visit while it is played.
pub(crate) struct Visit<'a> {
    steps: Vec<Step>,
    began: Instant,
    tell: &'a dyn Fn(&Step),
    machine_ms: u64,
    outcome: String,
    received: Vec<Value>,
}

impl Visit<'_> {
    pub(crate) fn step(&mut self, what: impl Into<String>) {
        let step = Step {
            what: what.into(),
            at_ms: u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX),
        };
        (self.tell)(&step);
        self.steps.push(step);
    }

    /// Waits for the terminal's own account of the visit.
    pub(crate) async fn ended(&mut self, watch: &Watch, outcome: &str) -> anyhow::Result<String> {
        let end = watch
            .wait_for("the end of the visit", PATIENCE, |value| {
                value["event"] == "visit-ended"
            })
            .await?;
        self.machine_ms = end["machine_ms"].as_u64().context("machine_ms")?;
        self.outcome = end["outcome"].as_str().unwrap_or_default().to_owned();
        ensure!(
            self.outcome == outcome,
            "the visit ended as `{}`, not `{outcome}`",
            self.outcome
        );
        Ok(end["visit"].as_str().unwrap_or_default().to_owned())
    }

    /// An inquiry without a card was answered: what the visit came to, and how long it took.
    pub(crate) fn answered(&mut self, since: Instant) {
        self.machine_ms += u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.outcome = "answered".to_owned();
    }

    /// Takes a result that the receipt computer owns because it asked for it.
    pub(crate) async fn take_own(&mut self, bench: &Bench, id: &str) -> anyhow::Result<Value> {
        let receipt = bench.receipt();
        let answer = receipt.read(&format!("/v1/results/{id}")).await?;
        receipt.take(id).await?;
        self.received.push(answer.clone());
        Ok(answer)
    }

    /// Takes what waits for the receipt computer and keeps it for the report.
    pub(crate) async fn take_results(
        &mut self,
        bench: &Bench,
        visit: &str,
        kinds: &[&str],
    ) -> anyhow::Result<Vec<Value>> {
        let receipt = bench.receipt();
        let until = Instant::now() + PATIENCE;
        let waiting = loop {
            let waiting: Vec<Value> = receipt
                .waiting()
                .await?
                .into_iter()
                .filter(|result| result["visit"] == visit)
                .collect();
            if waiting.len() >= kinds.len() || Instant::now() > until {
                break waiting;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        let found: Vec<&str> = waiting
            .iter()
            .filter_map(|result| result["kind"].as_str())
            .collect();
        ensure!(
            found == kinds,
            "the receipt computer was to get {kinds:?}, it got {found:?}"
        );
        let mut taken = Vec::new();
        for result in &waiting {
            let id = result["id"].as_str().context("a result without id")?;
            let whole = receipt.result(id, "application/json").await?;
            ensure!(whole.status == 200, "result {id}: {}", whole.status);
            taken.push(whole.json()?);
            receipt.take(id).await?;
        }
        ensure!(
            !receipt
                .waiting()
                .await?
                .iter()
                .any(|result| result["visit"] == visit),
            "a result is still waiting after it was taken"
        );
        self.received.extend(taken.clone());
        Ok(taken)
    }
}

/// PIN of a simulated person.
pub(crate) fn pin_of(person: &str) -> anyhow::Result<String> {
    let register = hw_sim::persons::Register::default_register()?;
    let found = register.person(person);
    Ok(found
        .with_context(|| format!("no person `{person}`"))?
        .card
        .pin
        .clone())
}

/// Lays the card and waits for the choice of method.
pub(crate) async fn lay(
    bench: &Bench,
    page: &mut PatientPage,
    visit: &mut Visit<'_>,
    person: &str,
) -> anyhow::Result<Value> {
    page.wait_for(&["waiting"]).await?;
    bench.clinic.lay(person).await?;
    visit.step(format!("{person}'s card is laid down"));
    let view = page.wait_for(&["method"]).await?;
    visit.step("the terminal has read the card and offers its ways");
    Ok(view)
}

/// Chooses PIN and types it.
pub(crate) async fn by_pin(
    page: &mut PatientPage,
    visit: &mut Visit<'_>,
    pin: &str,
) -> anyhow::Result<()> {
    page.press("pin").await?;
    let view = page.wait_for(&["keypad"]).await?;
    ensure!(
        view["keypad"]["tries"]
            .as_str()
            .is_some_and(|tries| tries.contains('3')),
        "the tries left are shown before typing: {view}"
    );
    page.type_digits(pin).await?;
    visit.step("the PIN is typed");
    Ok(())
}

/// Chooses face and types matching number B.
pub(crate) async fn by_face(
    page: &mut PatientPage,
    visit: &mut Visit<'_>,
    number: &str,
) -> anyhow::Result<()> {
    page.press("face").await?;
    page.wait_for(&["keypad"]).await?;
    page.type_digits(number).await?;
    visit.step("matching number B is typed");
    Ok(())
}

/// Takes the card away and waits until the next patient can come.
pub(crate) async fn leave(
    bench: &Bench,
    page: &mut PatientPage,
    visit: &mut Visit<'_>,
) -> anyhow::Result<()> {
    bench.clinic.take().await?;
    visit.step("the card is taken away");
    page.wait_for(&["waiting"]).await?;
    visit.step("the terminal waits for the next patient");
    Ok(())
}

/// What the central service was asked since `after`, by path.
pub(crate) fn asked(bench: &Bench, after: u64, path: &str) -> usize {
    bench
        .clinic
        .central()
        .requests_after(after)
        .iter()
        .filter(|request| request.path.contains(path))
        .count()
}

/// The number of the last request the service saw.
pub(crate) fn last_request(bench: &Bench) -> u64 {
    bench
        .clinic
        .central_requests()
        .last()
        .map_or(0, |request| request.seq)
}

/// Fails when a marker stands anywhere in what left the terminal.
pub(crate) fn nowhere(what: &[Value], markers: &[&str]) -> anyhow::Result<()> {
    for value in what {
        let text = value.to_string();
        for marker in markers {
            ensure!(
                !text.contains(marker),
                "`{marker}` left the terminal: {text}"
            );
        }
    }
    Ok(())
}
