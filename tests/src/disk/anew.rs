//! A ledger of an earlier release is written anew (`Ledger::make_shrinkable`, SQLite's VACUUM): the power goes after each operation of that,
//! and each of its calls on the ledger's folders fails (invariants 9, 12 and 15). SQLite's temporary file lies elsewhere and is not recorded:
//! after a cut of the power nobody reads it.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use ledger::{Ledger, Turned};

use super::Dice;
use super::crash::scratch;
use super::inject::{Program, told};
use super::looked::{Found, NOW, Truth, look, options};
use super::rebuilt::{Disk, Left};
use super::record::folders;
use super::strace::{self, Op, Step};
use crate::process::Programs;

/// The word by which `ledger-visits` writes the ledger anew that it finds.
const ANEW: &str = "anew";
/// What it says when it did.
pub(super) const TURNED: &str = "turned";

/// A day's ledger as an earlier release would have left it, what was told of it, and the truth about it.
pub(super) fn older(program: &Path) -> anyhow::Result<(Program, Truth)> {
    let folder = scratch()?;
    for name in ["ledger", "head"] {
        std::fs::create_dir(folder.path().join(name))?;
    }
    let day = Command::new(program)
        .arg(folder.path())
        .stdin(Stdio::null())
        .output()?;
    ensure!(day.status.success(), "the day ended with {}", day.status);
    let copied = scratch()?;
    copy(folder.path(), copied.path())?;
    let truth = Truth::of(copied.path())?;
    let path = options(folder.path()).path;
    rusqlite::Connection::open(path)?
        .execute_batch("PRAGMA auto_vacuum = NONE; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")?;
    let older = Program {
        path: program.to_owned(),
        word: Some(ANEW),
        from: Some(folder),
        told: told(&String::from_utf8_lossy(&day.stdout)),
    };
    Ok((older, truth))
}

/// Copies ledger and head.
pub(super) fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    for folder in ["ledger", "head"] {
        std::fs::create_dir_all(to.join(folder))?;
        for entry in std::fs::read_dir(from.join(folder))? {
            let entry = entry?;
            std::fs::copy(entry.path(), to.join(folder).join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// What came of the cuts.
#[derive(Debug, Default, Clone, serde::Serialize)]
pub struct AnewReport {
    /// Operations after which the power went.
    pub points: u64,
    /// Rebuilt disks.
    pub rebuilt: u64,
    /// Of them, those on which the old ledger was found and written anew at the next start.
    pub not_begun: u64,
    /// The old ledger was found, and is left as it is.
    pub killed: u64,
    /// The new ledger was found.
    pub new: u64,
}

/// Cuts the power after every so many operations; gives what was wrong, in words.
///
/// # Errors
/// strace is missing, what was recorded can't be read, or not every stage was seen.
pub fn cut(every: usize, seed: u64) -> anyhow::Result<(AnewReport, Vec<String>)> {
    let (report, wrong) = cut_each(every, seed, |_| {})?;
    let said = wrong.into_iter().flat_map(|(place, found)| {
        let problems = found.problems.into_iter();
        problems.map(move |problem| format!("{place}: {problem}"))
    });
    Ok((report, said.collect()))
}

/// The same; `Found` counts what was wrong.
pub(super) fn cut_each(
    every: usize,
    seed: u64,
    tell: impl Fn(&str),
) -> anyhow::Result<(AnewReport, Vec<(String, Found)>)> {
    let (older, truth) = older(&Programs::beside_us()?.path("ledger-visits"))?;
    let begins = older.from.as_ref().context("no ledger to begin with")?;
    let place = scratch()?;
    copy(begins.path(), place.path())?;
    let mut disk = begun(place.path())?;
    let steps = recorded(&older, place.path())?;
    tell(&format!(
        "a ledger of an earlier release: {} operations",
        steps.len()
    ));
    let mut dice = Dice::new(seed);
    let mut report = AnewReport::default();
    let mut wrong = Vec::new();
    for done in 0..=steps.len() {
        if done % every == 0 || done == steps.len() {
            report.points += 1;
            for left in [
                Left::Everything,
                Left::Synced,
                Left::Scattered(dice.below(u64::MAX)),
            ] {
                let rebuilt = scratch()?;
                disk.write(left, place.path(), rebuilt.path())?;
                let mut found = look(rebuilt.path(), &truth, &older.told)?;
                if found.clean() {
                    started(rebuilt.path(), &mut report, &mut found)?;
                }
                report.rebuilt += 1;
                if !found.clean() {
                    wrong.push((format!("anew, after operation {done}, {left:?}"), found));
                }
            }
        }
        if let Some(op) = steps.get(done) {
            disk.apply(op)
                .with_context(|| format!("operation {done}: {op:?}"))?;
        }
    }
    ensure!(
        report.not_begun > 0 && report.killed > 0 && report.new > 0,
        "not every stage was seen: {report:?}"
    );
    Ok((report, wrong))
}

/// The next start: it writes anew, or leaves what it finds, and the chain stands.
fn started(folder: &Path, report: &mut AnewReport, found: &mut Found) -> anyhow::Result<()> {
    let mut ledger = Ledger::open(options(folder), NOW)?;
    match ledger.make_shrinkable(u64::MAX) {
        Ok(Turned::Now { .. }) => report.not_begun += 1,
        Ok(Turned::Unfinished) => report.killed += 1,
        Ok(Turned::Already) => report.new += 1,
        other => found.lose(1, format!("the next start: {other:?}")),
    }
    let checked = ledger.verify()?;
    if !checked.intact() {
        found.broken += 1;
        found
            .problems
            .push(format!("the audit chain: {:?}", checked.findings));
    }
    Ok(())
}

/// The disk with what lies there, all of it durable.
fn begun(base: &Path) -> anyhow::Result<Disk> {
    let mut disk = Disk::default();
    for folder in folders(base) {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            let bytes = std::fs::read(&path)?;
            let open = Op::Open {
                path: path.clone(),
                create: true,
                truncate: false,
            };
            let write = Op::Write {
                path: path.clone(),
                at: 0,
                bytes,
            };
            for op in [open, write, Op::Sync(path)] {
                disk.apply(&op)?;
            }
        }
        disk.apply(&Op::Sync(folder))?;
    }
    Ok(disk)
}

/// Writes it anew under the recorder and gives what was done to the disk.
fn recorded(older: &Program, place: &Path) -> anyhow::Result<Vec<Op>> {
    let logs = tempfile::TempDir::new()?;
    let log = logs.path().join("strace.log");
    let command = strace::recorder(&log);
    let (program, arguments) = command.split_first().context("no command")?;
    let child = Command::new(program)
        .args(arguments)
        .arg(&older.path)
        .arg(place)
        .args(older.word)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("strace (apt-get install strace)")?;
    let id = child.id();
    let output = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success() && said.contains(TURNED),
        "not written anew: {} {said}",
        output.status
    );
    let steps = strace::read(&strace::finished(&log, id)?, &folders(place))?;
    let disk = steps.into_iter().filter_map(|step| match step {
        Step::Disk(op) => Some(op),
        Step::Sent(..) => None,
    });
    Ok(disk.collect())
}
