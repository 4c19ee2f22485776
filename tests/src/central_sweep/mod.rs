//! Visits while the central service fails at random. Every visit must end in a defined outcome; what was promised arrives exactly once, and
//! belongs to the visit it came from (invariants 9 and 10).

mod fault;
mod ledger;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use hw_sim::card::Latency;
use serde::Serialize;

use crate::bench::{Bench, BenchOptions};
use crate::desk::{end, status_until};
use crate::page::PatientPage;
use crate::watch::Watch;
use fault::{Moment, Trouble};
use ledger::{Books, Played};

/// Both virtual readers.
const READERS: [usize; 2] = [0, 1];
/// Longest wait for a step of a visit.
const PATIENCE: Duration = Duration::from_secs(30);
/// How visits may end: with a result, with one to come, or with words to person and staff and nothing to come.
const DEFINED: [&str; 3] = ["delivered", "queued", "unreachable"];

/// Who comes, with what tells them apart in an answer.
const PEOPLE: [Person; 4] = [
    Person::new("seiho", "1234", "3456789", "架空錠10mg", ""),
    Person::new("mitaku", "2345", "隣架空市福祉事務所", "", ""),
    Person::new("hoken", "3456", "1002003", "架空散20％", ""),
    Person::new("futari", "4567", "8800123", "", "架空処置（再診）"),
];

/// A person of the sweep.
#[derive(Debug, Clone, Copy)]
struct Person {
    id: &'static str,
    pin: &'static str,
    /// Stands in this person's qualification and in nobody else's.
    mark: &'static str,
    /// Stands in this person's medicines; empty for a person without.
    medicine: &'static str,
    /// The same for treatment.
    treatment: &'static str,
}

impl Person {
    const fn new(
        id: &'static str,
        pin: &'static str,
        mark: &'static str,
        medicine: &'static str,
        treatment: &'static str,
    ) -> Self {
        Self {
            id,
            pin,
            mark,
            medicine,
            treatment,
        }
    }
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
pub struct Told {
    /// Nothing failed, nothing was lost, doubled or mixed.
    pub ok: bool,
    /// Visits.
    pub runs: u32,
    /// Visits that did not end as they may, or after which the terminal did not go on.
    pub failures: u32,
    /// Results that were promised (delivered or queued) and never came.
    pub lost: u32,
    /// Results that came more than once.
    pub doubled: u32,
    /// Results that hold another visit's answer, or that no visit of the sweep promised.
    pub mixed: u32,
    /// Seed of everything random.
    pub seed: u64,
    /// How the visits ended.
    pub outcomes: BTreeMap<String, u32>,
    /// Which faults they met.
    pub faults: BTreeMap<String, u32>,
    /// Results the receipt computer took, by kind.
    pub results: BTreeMap<String, u32>,
    /// Everything, seconds.
    pub seconds: f64,
    /// What went wrong, at most fifty lines.
    pub problems: Vec<String>,
}

impl Told {
    fn problem(&mut self, what: String) {
        if self.problems.len() < 50 {
            self.problems.push(what);
        }
    }
}

/// A small generator of numbers that the seed gives again (xorshift).
#[derive(Debug, Clone)]
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// From 0 to below `of`.
    fn below(&mut self, of: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) % of.max(1)
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> Option<T> {
        let at = self.below(list.len() as u64);
        list.get(usize::try_from(at).unwrap_or(0)).copied()
    }
}

/// Plays the visits.
///
/// # Errors
/// The desk does not come up, or can't go on.
pub async fn sweep(visits: u32, seed: u64, tell: impl Fn(&str)) -> anyhow::Result<Told> {
    let began = Instant::now();
    let mut bench = Bench::start(BenchOptions {
        without_vision: true,
        ..BenchOptions::default()
    })
    .await?;
    bench
        .resettle(
            "connect_timeout_ms = 2000\nrequest_timeout_ms = 4000",
            "connect_timeout_ms = 400\nrequest_timeout_ms = 800",
        )
        .await?;
    for reader in READERS {
        bench.clinic.desk().set_latency(reader, Latency::INSTANT)?;
    }
    let mut told = Told {
        seed,
        ..Told::default()
    };
    let mut books = Books::default();
    let mut random = Random::new(seed);
    let mut page = bench.patient().await?;
    let watch = bench.watch().await?;
    for run in 1..=visits {
        let trouble = Trouble::random(&mut random);
        let person = random.of(&PEOPLE).context("nobody")?;
        let agrees = random.below(2) == 0;
        *told.faults.entry(trouble.name().to_owned()).or_default() += 1;
        told.runs += 1;
        // By turns: a virtual slot stays empty for a while before pcscd sees the next card.
        let reader = READERS[usize::from(run % 2 == 0)];
        let played = visit(
            &bench,
            &mut page,
            &watch,
            (person, agrees),
            reader,
            &trouble,
        )
        .await;
        trouble.over(&bench);
        match played {
            Ok(played) => {
                *told.outcomes.entry(played.outcome.clone()).or_default() += 1;
                if !DEFINED.contains(&played.outcome.as_str()) {
                    told.failures += 1;
                    let what = format!(
                        "run {run} ({trouble}): {} ended as {}",
                        person.id, played.outcome
                    );
                    tell(&what);
                    told.problem(what);
                }
                books.promise(played);
            }
            Err(error) => {
                told.failures += 1;
                let what = format!("run {run} ({trouble}): {error:#}");
                tell(&what);
                told.problem(what);
                // The next person finds an empty reader.
                let _ = bench.clinic.take_from(reader).await;
            }
        }
        books.take(&bench, &mut told).await?;
        if run % 25 == 0 || run == visits {
            tell(&format!(
                "{run} of {visits} visits, {:.0} s: {:?}",
                began.elapsed().as_secs_f64(),
                told.outcomes
            ));
        }
    }
    settle(&bench).await?;
    books.take(&bench, &mut told).await?;
    books.close(&mut told);
    end(bench).await?;
    told.seconds = began.elapsed().as_secs_f64();
    told.ok = told.failures + told.lost + told.doubled + told.mixed == 0 && told.runs == visits;
    Ok(told)
}

/// One visit by PIN with its fault. Gives how it ended, as the terminal tells the technician.
async fn visit(
    bench: &Bench,
    page: &mut PatientPage,
    watch: &Watch,
    (person, agrees): (Person, bool),
    reader: usize,
    trouble: &Trouble,
) -> anyhow::Result<Played> {
    // The last page of the visit before may still stand there: a card on the other reader is served at once.
    page.wait_for(&["waiting", "farewell", "trouble"]).await?;
    watch.take();
    trouble.at(bench, Moment::BeforeTheCard).await;
    bench.clinic.lay_on(person.id, reader).await?;
    let begun = Cell::new(false);
    let view = page
        .wait_until("the choice of method", |view| {
            let last = matches!(
                view["page"].as_str(),
                Some("waiting" | "farewell" | "trouble")
            );
            begun.set(begun.get() || !last);
            view["page"] == "method" || (begun.get() && view["page"] == "trouble")
        })
        .await?;
    if view["page"] == "method" {
        trouble.at(bench, Moment::AtTheChoice).await;
        page.press("pin").await?;
        page.type_digits(person.pin).await?;
        trouble.at(bench, Moment::AfterThePin).await;
        let view = page.wait_for(&["consents", "trouble", "farewell"]).await?;
        if view["page"] == "consents" {
            trouble.at(bench, Moment::AtTheConsents).await;
            let answer = if agrees {
                "consent-all-yes"
            } else {
                "consent-all-no"
            };
            page.press(answer).await?;
            trouble.at(bench, Moment::WhileAsking).await;
        }
    }
    let ended = watch
        .wait_for("the end of the visit", PATIENCE, |value| {
            value["event"] == "visit-ended"
        })
        .await?;
    bench.clinic.take_from(reader).await?;
    Ok(Played {
        visit: ended["visit"].as_str().unwrap_or_default().to_owned(),
        outcome: ended["outcome"].as_str().unwrap_or_default().to_owned(),
        person,
        agrees,
        fault: trouble.to_string(),
    })
}

/// The service is well again: everything queued must be answered. It goes down and comes back once more, so that the terminal asks at once
/// and nobody waits for the longest pause between attempts.
async fn settle(bench: &Bench) -> anyhow::Result<()> {
    bench.clinic.central_down().await?;
    status_until(bench, "the service to be missed", |status| {
        status["central"]["reachable"] == false
    })
    .await?;
    bench.clinic.central_up().await?;
    status_until(bench, "an empty queue", |status| {
        status["central"]["reachable"] == true && status["central"]["queued"] == 0
    })
    .await?;
    Ok(())
}
