//! The folders in the crash sweep: after every recorded change to `req`, `res`, `face`, the ledger and its head the power goes; the gateway is
//! started on what is left, and no request may stay without its answer, be answered twice or with another's (invariants 9 and 10).
//! Beside the daemon's record a day without a daemon is swept (`play`), with refusals, files that are taken back, and the counter's writes.

mod judge;
mod play;
mod played;
mod record;
mod seen;

use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;

use super::Dice;
use super::crash::scratch;
use super::looked::Found;
use super::rebuilt::{Disk, Left};
use super::strace::{Op, Step};
use judge::judge;
pub use play::{day, receipt};
pub(crate) use played::fail_each;
use record::{Recording, record};
use seen::Seen;

/// What was swept.
#[derive(Debug, Default, Serialize)]
pub struct FolderReport {
    /// Operations after which the power went.
    pub points: u64,
    /// Rebuilt disks.
    pub rebuilt: u64,
    /// Recorded operations on `req`, `res` and `face`; the others are the ledger's.
    pub operations: u64,
    /// Requests of the receipt computer.
    pub requests: u64,
    /// Face files.
    pub faces: u64,
    /// Answers and face files that it took.
    pub taken: u64,
    /// Operations of a day with refusals, files taken back and the counter's writes, after which the power went.
    pub day_points: u64,
    /// Its rebuilt disks.
    pub day_rebuilt: u64,
    /// Rebuilt disks of the control, in which no flush of the folders counts.
    pub control_rebuilt: u64,
    /// What the control found lost or doubled: the proof that this sweep can see it.
    pub control_losses: u64,
}

/// Sweeps; only every so many operations.
pub(super) async fn sweep(
    every: usize,
    seed: u64,
    tell: impl Fn(&str),
) -> anyhow::Result<(FolderReport, Vec<(String, Found)>)> {
    tell("recording the folders");
    let recording = record().await?;
    let mut report = FolderReport {
        faces: recording.faces.len() as u64,
        ..FolderReport::default()
    };
    // The gateway's calls block, which a thread of the runtime must not.
    let (report, found) = std::thread::scope(|scope| {
        let cut = scope.spawn(|| {
            let (found, seen) = cut(&recording, false, every, seed, &mut report)?;
            report.requests = seen.placed.len() as u64;
            report.taken = seen.taken.len() as u64;
            let (points, rebuilt, wrong) = played::cut(every, seed)?;
            (report.day_points, report.day_rebuilt) = (points, rebuilt);
            let found = [found, wrong].concat();
            let mut control = FolderReport::default();
            let (lost, _) = cut(&recording, true, every.max(3), seed, &mut control)?;
            report.control_rebuilt = control.rebuilt;
            report.control_losses = lost
                .iter()
                .map(|(_, found)| found.lost + found.doubled)
                .sum();
            anyhow::Ok((report, found))
        });
        cut.join()
            .unwrap_or_else(|_| Err(anyhow::anyhow!("the sweep of the folders broke off")))
    })?;
    tell(&format!(
        "the folders: {} rebuilt disks, {} with a problem; control: {} losses",
        report.rebuilt + report.day_rebuilt,
        found.len(),
        report.control_losses
    ));
    Ok((report, found))
}

/// Cuts the power after each operation; gives what was found wrong. In the control no flush of a folder of files counts.
fn cut(
    recording: &Recording,
    control: bool,
    every: usize,
    seed: u64,
    report: &mut FolderReport,
) -> anyhow::Result<(Vec<(String, Found)>, Seen)> {
    let mut wrong = Vec::new();
    let mut marked = BTreeSet::new();
    let (mut disk, mut seen, mut dice) = (Disk::default(), Seen::default(), Dice::new(seed));
    let ours = |op: &Op| {
        let path = match op {
            Op::Open { path, .. } | Op::Write { path, .. } | Op::Truncate { path, .. } => path,
            Op::Sync(path) | Op::Rename(_, path) | Op::Unlink(path) => path,
        };
        let folders = &recording.folders;
        folders.contains(path)
            || path
                .parent()
                .is_some_and(|parent| folders.iter().any(|folder| folder == parent))
    };
    let operations: Vec<&Op> = recording
        .steps
        .iter()
        .filter_map(|step| match step {
            Step::Disk(op) => Some(op),
            Step::Sent(..) => None,
        })
        .collect();
    for (done, op) in operations.iter().enumerate() {
        if done % every == 0 {
            for left in [
                Left::Everything,
                Left::Synced,
                Left::Scattered(dice.below(u64::MAX)),
            ] {
                let place = scratch()?;
                let found = judge(recording, &disk, left, &seen, place.path())?;
                report.rebuilt += 1;
                if !found.clean() {
                    wrong.push((format!("folders, after operation {done}, {left:?}"), found));
                }
            }
            report.points += 1;
        }
        report.operations += u64::from(ours(op));
        seen.take(op, &recording.folders);
        // A folder's mark stands before anything is lost; without it a gateway would touch nothing, and the control see nothing.
        let marks = match op {
            Op::Sync(path) if path.ends_with(".uketsuke-folder") => {
                marked.extend(path.parent().map(Path::to_path_buf));
                true
            }
            Op::Sync(path) => marked.remove(path),
            _ => false,
        };
        if marks || !(control && ours(op) && matches!(op, Op::Sync(_))) {
            disk.apply(op)?;
        }
    }
    Ok((wrong, seen))
}
