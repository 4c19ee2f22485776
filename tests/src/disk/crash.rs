//! The crash sweep: after every recorded operation the power goes, the disk is rebuilt from what could be left of it, and nothing that a
//! receipt computer was told may be lost, doubled or another visit's (invariants 9, 10, 12).

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, ensure};
use serde::Serialize;
use tempfile::TempDir;

use super::Dice;
use super::anew::{self, AnewReport};
use super::daemon_again;
use super::folders::{self, FolderReport};
use super::kills::{Kills, kill};
use super::looked::{Found, look};
use super::rebuilt::{Disk, Left};
use super::record::{Recording, record};
use super::strace::Step;
use super::told::Told;

/// Most problems that are written out.
const WRITTEN_OUT: usize = 20;

/// How much is swept.
#[derive(Debug, Clone)]
pub struct Options {
    /// Recorded visits.
    pub visits: usize,
    /// Only every so many operations; 1 = all.
    pub every: usize,
    /// Rebuilt disks on which the whole daemon is started besides.
    pub restarts: usize,
    /// SIGKILLs of the running daemon.
    pub kills: u32,
    /// Only every so many operations of the folders; 1 = all.
    pub folders_every: usize,
    /// Seed of everything that is chosen at random.
    pub seed: u64,
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Nothing lost, doubled, mixed or broken, and the control lost something.
    pub ok: bool,
    /// Rebuilt disks, restarts of the whole daemon and SIGKILLs together.
    pub runs: u64,
    /// Told, and not there afterwards.
    pub lost: u64,
    /// There twice.
    pub doubled: u64,
    /// Joined to another visit, or not what the visit brought.
    pub mixed: u64,
    /// The audit chain does not verify, or an inquiry can't be answered.
    pub broken: u64,
    /// Operations after which the power went.
    pub points: u64,
    /// Recorded operations by kind; those on the database file itself are writes of a checkpoint.
    pub operations: BTreeMap<&'static str, u64>,
    /// Recorded visits.
    pub visits: u64,
    /// Results of those visits.
    pub results: u64,
    /// Of them, what the receipt computer had been told of by the end.
    pub told: u64,
    /// How often the patient's page said goodbye, from which moment the visit's result counts as told too.
    pub farewells: u64,
    /// Rebuilt disks; each point gives three.
    pub rebuilt: u64,
    /// Times the whole daemon was started on a rebuilt disk.
    pub restarts: u64,
    /// SIGKILLs of the running daemon.
    pub kills: Kills,
    /// A ledger of an earlier release that is written anew.
    pub anew: AnewReport,
    /// The folders of a receipt computer of today.
    pub folders: FolderReport,
    /// Points of the control, whose ledger does not wait for the disk.
    pub control_points: u64,
    /// What the control lost: the proof that this sweep can see a loss.
    pub control_losses: u64,
    /// Seed.
    pub seed: u64,
    /// What was wrong, the first of it.
    pub problems: Vec<String>,
}

impl Report {
    fn add(&mut self, found: Found, place: &str) {
        self.lost += found.lost;
        self.doubled += found.doubled;
        self.mixed += found.mixed;
        self.broken += found.broken;
        let room = WRITTEN_OUT.saturating_sub(self.problems.len());
        let problems = found.problems.into_iter().take(room);
        self.problems
            .extend(problems.map(|problem| format!("{place}: {problem}")));
    }
}

/// Sweeps.
///
/// # Errors
/// The desk does not come up, or what was recorded can't be read.
pub async fn sweep(options: &Options, tell: impl Fn(&str)) -> anyhow::Result<Report> {
    let mut report = Report {
        seed: options.seed,
        ..Report::default()
    };
    tell(&format!("recording {} visits", options.visits));
    let (mut bench, recording) = record(options.visits, false).await?;
    report.visits = options.visits as u64;
    report.results = recording.truth.results.len() as u64;
    cut(&recording, options, &mut report, &tell)?;
    let restarted = daemon_again::sweep(&mut bench, &recording, options, &tell).await?;
    report.restarts = restarted.len() as u64;
    for (place, found) in restarted {
        report.add(found, &place);
    }
    let _ = bench.stop().await;

    tell("recording the control: a ledger that does not wait for the disk");
    let (bench, careless) = record(options.visits.div_ceil(3), true).await?;
    let _ = bench.stop().await;
    let mut control = Report::default();
    cut(&careless, options, &mut control, |_| {})?;
    (report.control_points, report.control_losses) = (control.points, control.lost);
    tell(&format!(
        "control: {} losses at {} points",
        control.lost, control.points
    ));

    let (anew, wrong) = anew::cut_each(options.every, options.seed, &tell)?;
    for (place, found) in wrong {
        report.add(found, &place);
    }
    let (swept, wrong) = folders::sweep(options.folders_every, options.seed, &tell).await?;
    for (place, found) in wrong {
        report.add(found, &place);
    }
    let (kills, found) = kill(options.kills, options.seed, &tell).await?;
    report.add(found, "SIGKILL");
    report.runs = report.rebuilt
        + report.restarts
        + anew.rebuilt
        + swept.rebuilt
        + swept.day_rebuilt
        + u64::from(kills.runs);
    report.anew = anew;
    report.folders = swept;
    report.kills = kills;
    let clean = [report.lost, report.doubled, report.mixed, report.broken] == [0; 4];
    let control = report.control_losses > 0 && report.folders.control_losses > 0;
    report.ok = clean && control && report.points > 0;
    Ok(report)
}

/// Cuts the power after each operation.
fn cut(
    recording: &Recording,
    options: &Options,
    report: &mut Report,
    tell: impl Fn(&str),
) -> anyhow::Result<()> {
    let all = recording.points();
    let mut disk = Disk::default();
    let mut told = Told::nothing_of(recording.truth.qualifications.clone());
    let mut dice = Dice::new(options.seed);
    let mut done = 0;
    for (index, step) in recording.steps.iter().enumerate() {
        match step {
            Step::Sent(descriptor, bytes) => told.sent(*descriptor, bytes),
            Step::Disk(op) => {
                // Everything that was told before this operation began was told after the one before it.
                if done % options.every == 0 {
                    at(&disk, &told, recording, done, &mut dice, report)?;
                }
                disk.apply(op)
                    .with_context(|| format!("step {index}: {op:?}"))?;
                *report.operations.entry(op.kind()).or_default() += 1;
                done += 1;
                if done % 250 == 0 {
                    tell(&format!(
                        "{done} of {all} operations, {} problems",
                        report.problems.len()
                    ));
                }
            }
        }
    }
    at(&disk, &told, recording, done, &mut dice, report)?;
    report.told = told.results().len() as u64;
    report.farewells = told.farewells() as u64;
    let visits = recording.truth.qualifications.len();
    ensure!(
        told.farewells() == visits,
        "the patient's page said goodbye {} times in {visits} visits",
        told.farewells()
    );
    ensure!(
        !told.results().is_empty(),
        "nothing was told to the receipt computer"
    );
    Ok(())
}

fn at(
    disk: &Disk,
    told: &Told,
    recording: &Recording,
    done: usize,
    dice: &mut Dice,
    report: &mut Report,
) -> anyhow::Result<()> {
    report.points += 1;
    for left in [
        Left::Everything,
        Left::Synced,
        Left::Scattered(dice.below(u64::MAX)),
    ] {
        let place = scratch()?;
        disk.write(left, &recording.base, place.path())?;
        let found = look(place.path(), &recording.truth, told.results())?;
        report.rebuilt += 1;
        report.add(found, &format!("after operation {done}, {left:?}"));
    }
    Ok(())
}

/// A folder in memory where there is one: what is proved is the order of the recorded operations, not this machine's disk.
pub(crate) fn scratch() -> anyhow::Result<TempDir> {
    let memory = Path::new("/dev/shm");
    Ok(if memory.is_dir() {
        TempDir::new_in(memory)?
    } else {
        TempDir::new()?
    })
}

impl Recording {
    /// How many operations were recorded.
    pub(crate) fn points(&self) -> usize {
        let disk = |step: &&Step| matches!(step, Step::Disk(_));
        self.steps.iter().filter(disk).count()
    }
}
