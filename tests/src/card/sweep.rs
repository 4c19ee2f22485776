//! Every fault at every command of a visit. Whatever happens, the visit finishes or ends with a typed error, no try
//! is spent that nobody typed, no evidence of two cards is mixed, and the next card is served.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use hw_sim::card::{Counters, CredentialName, Entry, Fault, QEMU_LIMIT, Rule, read_card_file};
use serde::Serialize;

use super::table::{Laid, Table};
use super::visit::{Kind, Outcome, play};

/// Whose card is swept.
pub const PERSON: &str = "seiho";
/// Whose card is laid down instead in the faults that swap.
pub const OTHER: &str = "hoken";
/// Who comes next.
pub const NEXT: &str = "futari";
/// All of them, to be prepared.
pub const PERSONS: [&str; 3] = [PERSON, OTHER, NEXT];
/// The card threads' limit for one answer, where the fault is that no answer comes in time: each such run waits for it.
const LIMIT: Duration = Duration::from_secs(1);
/// The limit elsewhere. Never met, however busy the computer is.
const PATIENT_LIMIT: Duration = Duration::from_secs(20);

/// Every counter that a wrong command could spend.
const CREDENTIALS: [CredentialName; 10] = [
    CredentialName::AuthPin,
    CredentialName::SignPassword,
    CredentialName::BirthDate,
    CredentialName::SurfaceB,
    CredentialName::SurfaceA,
    CredentialName::TextPin,
    CredentialName::TextA,
    CredentialName::TextB,
    CredentialName::CommonPin,
    CredentialName::JukiPin,
];

/// How much of it.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Only the first command of each name, and only the faults that take no time.
    pub short: bool,
    /// Runs side by side; most of them wait.
    pub threads: usize,
}

/// What it came to.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Visits played, each with one fault.
    pub runs: usize,
    /// Of them, visits that went through in spite of the fault.
    pub finished: usize,
    /// Of them, visits that ended with a typed error.
    pub typed_errors: usize,
    /// Runs in which something was not as it must be.
    pub failures: usize,
    /// Tries of any counter spent that no person typed.
    pub tries_lost: u64,
    /// Commands of each visit kind.
    pub commands: Vec<(&'static str, usize)>,
    /// The faults.
    pub faults: Vec<String>,
    /// What failed, by command and fault.
    pub list: Vec<Failure>,
}

/// One failure.
#[derive(Debug, Clone, Serialize)]
pub struct Failure {
    /// Which visit.
    pub visit: &'static str,
    /// Number of the command from 1.
    pub index: u32,
    /// Its name.
    pub command: String,
    /// The fault.
    pub fault: String,
    /// What was wrong.
    pub what: String,
}

/// A desk for runs one after the other, and whether its reader takes extended length.
type Desk = (bool, Table);

struct Job {
    kind: Kind,
    index: u32,
    command: String,
    fault: String,
    rule: Rule,
}

/// Runs it. `prepared` holds the cards of [`PERSONS`]; `tell` hears how many runs are done of how many.
///
/// # Errors
/// The sweep itself can't be played; what goes wrong in a run is in the report.
pub fn run(
    prepared: &Path,
    options: Options,
    tell: impl Fn(usize, usize) + Sync,
) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let mut jobs = Vec::new();
    for kind in Kind::ALL {
        let clean = clean(prepared, kind)?;
        report.commands.push((kind.name(), clean.len()));
        jobs.extend(jobs_of(kind, &clean, options.short));
    }
    report.faults = jobs
        .iter()
        .map(|job| job.fault.clone())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    report.runs = jobs.len();
    // Those that wait come last: a desk keeps its limit.
    jobs.sort_by_key(|job| !takes_no_time(&job.rule.fault));
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let collected = Mutex::new(&mut report);
    std::thread::scope(|scope| {
        for _ in 0..options.threads.max(1) {
            scope.spawn(|| {
                let mut table: Option<Desk> = None;
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if !takes_no_time(&job.rule.fault)
                        && let Some((_, table)) = table.take()
                    {
                        table.end();
                    }
                    let result = one(prepared, job, &mut table);
                    // A run that failed, left a connection in a hung driver or had the short limit gets a new desk
                    // behind it.
                    if (result.is_err() || !takes_no_time(&job.rule.fault))
                        && let Some((_, table)) = table.take()
                    {
                        table.end();
                    }
                    let mut report = collected.lock().unwrap_or_else(PoisonError::into_inner);
                    report.take(job, result);
                    drop(report);
                    tell(done.fetch_add(1, Ordering::Relaxed) + 1, jobs.len());
                }
                if let Some((_, table)) = table.take() {
                    table.end();
                }
            });
        }
    });
    report
        .list
        .sort_by(|a, b| (a.visit, a.index, &a.fault).cmp(&(b.visit, b.index, &b.fault)));
    Ok(report)
}

/// The commands of a visit to which nothing happens.
fn clean(prepared: &Path, kind: Kind) -> anyhow::Result<Vec<Entry>> {
    let card = Laid::new(prepared, &[PERSON])?;
    let limit = Duration::from_secs(10);
    let mut table = Table::with_lengths(prepared, limit, kind.is_extended())?;
    table.lay(&card)?;
    let outcome = play(&mut table, kind, PERSON)?;
    table.end();
    anyhow::ensure!(
        outcome.finished,
        "the {} visit without a fault ends with {}",
        kind.name(),
        outcome.ended
    );
    let transcript = card.engine().transcript();
    anyhow::ensure!(
        transcript.iter().any(is_long) == kind.is_extended(),
        "answers of the {} visit are not as long as they should be",
        kind.name()
    );
    Ok(transcript)
}

/// Whether QEMU's reader would never pass this answer on.
fn is_long(entry: &Entry) -> bool {
    entry.received > QEMU_LIMIT
}

fn jobs_of(kind: Kind, clean: &[Entry], short: bool) -> Vec<Job> {
    let mut names = BTreeSet::new();
    let mut jobs = Vec::new();
    for (entry, index) in clean.iter().zip(1..) {
        let long = is_long(entry);
        if short && !names.insert((entry.name.clone(), long)) {
            continue;
        }
        let mut faults: Vec<(String, Rule)> = Fault::list(index)
            .into_iter()
            .filter(|(_, rule)| match rule.fault {
                // Nothing happens to an answer within the limit.
                Fault::Limit(_) => long,
                _ => !short || takes_no_time(&rule.fault),
            })
            .map(|(word, rule)| (word.to_owned(), rule))
            .collect();
        for (word, fault) in [
            ("swapped", Fault::Swapped(OTHER.into())),
            ("swapped-unseen", Fault::SwappedUnseen(OTHER.into())),
        ] {
            faults.push((word.into(), fault.at(index)));
        }
        // The first command of a session may be answered 6F00 by a sound card.
        if index == 1 {
            faults.push(("first-6f00".into(), Fault::Status(0x6F00).at_power_on()));
        }
        jobs.extend(faults.into_iter().map(|(fault, rule)| Job {
            kind,
            index,
            command: entry.name.clone(),
            fault,
            rule,
        }));
    }
    jobs
}

fn takes_no_time(fault: &Fault) -> bool {
    !matches!(
        fault,
        Fault::Silent | Fault::SilentAfter | Fault::Delay(_) | Fault::Limit(_)
    )
}

/// What one run showed.
struct Run {
    finished: bool,
    problems: Vec<String>,
    lost: u64,
}

fn one(prepared: &Path, job: &Job, desk: &mut Option<Desk>) -> anyhow::Result<Run> {
    let card = Laid::new(prepared, &[PERSON, OTHER])?;
    let swaps = job.fault.starts_with("swapped");
    let before = tries(&card)?;
    let extended = job.kind.is_extended();
    if let Some((_, other)) = desk.take_if(|(lengths, _)| *lengths != extended) {
        other.end();
    }
    let (_, table) = match desk {
        Some(desk) => desk,
        None => {
            let limit = if takes_no_time(&job.rule.fault) {
                PATIENT_LIMIT
            } else {
                LIMIT
            };
            let table = Table::with_lengths(prepared, limit, extended)?;
            desk.insert((extended, table))
        }
    };
    table.lay(&card)?;
    card.engine().set_fault(job.rule.clone());
    let outcome = play(table, job.kind, PERSON)?;
    card.engine().clear_fault();
    let mut problems = Vec::new();
    let sent = card
        .engine()
        .transcript()
        .iter()
        .filter(|entry| entry.is_verify())
        .count();
    if sent > usize::from(outcome.entries) {
        problems.push(format!("{sent} VERIFY for {} entries", outcome.entries));
    }
    let lost = judge_tries(job, &outcome, &before, &tries(&card)?, swaps);
    if lost > 0 {
        problems.push(format!("{lost} tries lost"));
    }
    problems.extend(mixed(&card, &outcome)?);
    let next = Laid::new(prepared, &[NEXT])?;
    table.clear()?;
    table.lay(&next)?;
    let served = play(table, Kind::Pin, NEXT)?;
    table.clear()?;
    if !served.finished {
        problems.push(format!("the next card is not served: {}", served.ended));
    }
    Ok(Run {
        finished: outcome.finished,
        problems,
        lost,
    })
}

/// Tries left on both cards, as they are stored.
fn tries(card: &Laid) -> anyhow::Result<[Counters; 2]> {
    let of = |id: &str| {
        read_card_file(&card.folder().join(id))
            .map(|file| file.counters)
            .context("counters")
    };
    Ok([of(PERSON)?, of(OTHER)?])
}

/// Tries spent beyond what the person typed: right digits cost nothing on the person's own card, wrong ones and
/// those typed for a card that is no longer there one each.
fn judge_tries(
    job: &Job,
    outcome: &Outcome,
    before: &[Counters; 2],
    after: &[Counters; 2],
    swaps: bool,
) -> u64 {
    let spent = |at: usize| -> u64 {
        CREDENTIALS
            .iter()
            .map(|name| u64::from(before[at].get(*name).saturating_sub(after[at].get(*name))))
            .sum()
    };
    let typed = u64::from(outcome.entries);
    let own = if job.kind == Kind::WrongPin { typed } else { 0 };
    let others = if swaps { typed } else { 0 };
    let total = spent(0) + spent(1);
    total
        .saturating_sub(own.max(others))
        .max(spent(0).saturating_sub(own))
        .max(spent(1).saturating_sub(others))
}

/// Certificate and photo that were handed out must be those of one card, from one session (invariant 16).
fn mixed(card: &Laid, outcome: &Outcome) -> anyhow::Result<Vec<String>> {
    let mut problems = Vec::new();
    if outcome.sessions.windows(2).any(|pair| pair[0] != pair[1]) {
        problems.push(format!("evidence of sessions {:?}", outcome.sessions));
    }
    let whose = |id: &str, name: &str, bytes: &[u8]| -> anyhow::Result<bool> {
        Ok(std::fs::read(card.folder().join(id).join(name))? == bytes)
    };
    for id in [PERSON, OTHER] {
        let certificate = match &outcome.proof {
            Some(proof) => Some(whose(id, "auth-cert.der", &proof.certificate_der)?),
            None => None,
        };
        let photo = match &outcome.photo {
            Some(photo) => Some(whose(id, "photo.jp2", &photo.jp2)?),
            None => None,
        };
        if let (Some(certificate), Some(photo)) = (certificate, photo)
            && certificate != photo
        {
            problems.push("certificate and photo of two cards".into());
        }
    }
    Ok(problems)
}

impl Report {
    fn take(&mut self, job: &Job, result: anyhow::Result<Run>) {
        let problems = match result {
            Ok(run) => {
                self.tries_lost += run.lost;
                if run.finished {
                    self.finished += 1;
                } else {
                    self.typed_errors += 1;
                }
                run.problems
            }
            Err(error) => vec![format!("{error:#}")],
        };
        if problems.is_empty() {
            return;
        }
        self.failures += 1;
        self.list.push(Failure {
            visit: job.kind.name(),
            index: job.index,
            command: job.command.clone(),
            fault: job.fault.clone(),
            what: problems.join("; "),
        });
    }
}
