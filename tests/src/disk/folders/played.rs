//! What a start after such a day finds, compared with what the receipt computer placed and took (invariants 9 and 10); after a power cut
//! and after a disk that failed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use ledger::{DeliveryState, ResultFilter, ResultState};
use uketsuked::measure::{FolderSide, SUFFIX};

use super::play::{LONG, PERSONS, answer, folders, receipt, settings};
use super::seen::{Seen, Sure};
use crate::disk::Dice;
use crate::disk::crash::scratch;
use crate::disk::inject::{Fault, Report, faults, strace_with};
use crate::disk::looked::{Found, NOW, options};
use crate::disk::rebuilt::{Disk, Left};
use crate::disk::strace::{self, Step};
use crate::process::Programs;

/// What the receipt computer did, by name; whether the power can still undo it.
#[derive(Debug, Default)]
struct Done {
    placed: BTreeMap<String, Sure>,
    taken: BTreeMap<String, Sure>,
}

/// Starts on what is left below `base` and compares.
fn judge(base: &Path, done: &Done, everything: bool) -> anyhow::Result<Found> {
    let mut found = Found::default();
    for folder in folders(base)
        .iter()
        .chain(&[base.join("ledger"), base.join("head")])
    {
        std::fs::create_dir_all(folder)?;
    }
    let mut side = match FolderSide::open(options(base), settings(base, LONG), NOW) {
        Ok(side) => side,
        Err(error) => {
            found.lose(1, format!("the ledger does not open: {error:#}"));
            return Ok(found);
        }
    };
    if let Err(error) = side.settle(5, answer) {
        found.broken += 1;
        found.problems.push(format!("the gateway: {error:#}"));
        return Ok(found);
    }
    let there = shown(base)?;
    let fresh = |name: &str| there.contains_key(name) || done.taken.contains_key(name);
    for (name, sure) in &done.placed {
        let answer = name.replace("req_", "res_");
        let stem = answer.trim_end_matches(".xml");
        // A refusal's answer may have a number behind its name.
        let answered = there
            .keys()
            .chain(done.taken.keys())
            .any(|file| file.starts_with(stem));
        let subjects = ["req:", "req-sjis:"].map(|kind| format!("{kind}{name}"));
        let withdrawn = side.ledger(move |ledger| {
            let mut ended = false;
            for subject in &subjects {
                let known = ledger.delivery("folders", subject)?;
                ended |= known.is_some_and(|known| known.state == DeliveryState::Uncollected);
            }
            Ok::<_, ledger::LedgerError>(ended)
        })??;
        if (*sure == Sure::Durable || everything) && !answered && !withdrawn {
            found.lose(1, format!("{name} has no answer"));
        }
    }
    for (name, _) in done
        .taken
        .iter()
        .filter(|(_, sure)| **sure == Sure::Durable)
    {
        if there.contains_key(name) {
            found.doubled += 1;
            found
                .problems
                .push(format!("{name} was taken and is there again"));
        }
    }
    let filter = ResultFilter {
        limit: ledger::MAX_ROWS,
        ..ResultFilter::default()
    };
    let results = side.ledger(move |ledger| {
        let mut all = Vec::new();
        let follow_ups = ledger.follow_ups(0, false, ledger::MAX_ROWS)?;
        for result in ledger.results(filter)? {
            let delivery = ledger.delivery("folders", &result.id)?;
            let told = follow_ups
                .iter()
                .any(|one| one.result_id == result.id && one.reason == "uncollected");
            all.push((result, delivery, told));
        }
        Ok::<_, ledger::LedgerError>(all)
    })??;
    let mut known = BTreeSet::new();
    for (result, delivery, told) in &results {
        if result.reader.contains("/number:rececon") && result.owner.is_none() {
            found.broken += 1;
            found.problems.push(format!("{} is nobody's", result.id));
        }
        if result.reader.contains("/number:") {
            continue;
        }
        let Some(delivery) = delivery else {
            found.lose(1, format!("{} became no file", result.id));
            continue;
        };
        known.insert(delivery.name.clone());
        let taken = done.taken.contains_key(&delivery.name);
        let lies = there.get(&delivery.name);
        let name = PERSONS
            .iter()
            .find(|(number, _)| result.body_json.contains(number))
            .map_or("?", |(_, name)| name);
        if lies.is_some_and(|text| !text.contains(name)) {
            found.mixed += 1;
            found
                .problems
                .push(format!("{} is about another", delivery.name));
        }
        let fine = match (result.state, delivery.state) {
            (ResultState::Acknowledged, _) => taken,
            (_, DeliveryState::Uncollected) => {
                !taken && lies.is_none() && result.owner.is_none() && *told
            }
            _ => lies.is_some(),
        };
        if !fine {
            let text = format!(
                "{}: {:?}, file {:?}, taken {taken}, there {}",
                result.id,
                result.state,
                delivery.state,
                lies.is_some()
            );
            found.lose(1, text);
        }
    }
    for name in there
        .keys()
        .chain(done.taken.keys())
        .filter(|name| name.contains("res_face_"))
    {
        if !known.contains(name) {
            found.doubled += 1;
            found.problems.push(format!("{name} belongs to no result"));
        }
    }
    for answer in ["OQSsiquc01res_1.xml", "OQSsiquc01res_2.xml"] {
        let other = if answer.contains("_1.") {
            PERSONS[1].1
        } else {
            PERSONS[0].1
        };
        if fresh(answer) && there.get(answer).is_some_and(|text| text.contains(other)) {
            found.mixed += 1;
            found.problems.push(format!("{answer} is about another"));
        }
    }
    if !side.ledger(|ledger| ledger.verify().map(|report| report.intact()))?? {
        found.broken += 1;
        found
            .problems
            .push("the audit chain does not verify".into());
    }
    Ok(found)
}

/// What a receipt computer finds, decoded.
fn shown(base: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let [_, res, face] = folders(base);
    let mut files = BTreeMap::new();
    for folder in [res, face] {
        for name in super::record::shown(&folder)? {
            let bytes = std::fs::read(folder.join(&name))?;
            let text = if String::from_utf8_lossy(&bytes).contains("Shift_JIS") {
                encoding_rs::SHIFT_JIS.decode(&bytes).0.into_owned()
            } else {
                String::from_utf8_lossy(&bytes).into_owned()
            };
            files.insert(name, text);
        }
    }
    Ok(files)
}

fn empty(base: &Path) -> anyhow::Result<()> {
    for folder in folders(base)
        .iter()
        .chain(&[base.join("ledger"), base.join("head")])
    {
        std::fs::create_dir_all(folder)?;
    }
    Ok(())
}

/// What was found at which place.
type Wrong = Vec<(String, Found)>;

/// The crash sweep over the day; gives points, rebuilt disks and what was wrong.
pub(super) fn cut(every: usize, seed: u64) -> anyhow::Result<(u64, u64, Wrong)> {
    let place = scratch()?;
    empty(place.path())?;
    let log = place.path().join("strace.log");
    let command = strace::recorder(&log);
    let (strace, arguments) = command.split_first().context("no command")?;
    let mut child = Command::new(strace)
        .args(arguments)
        .arg(Programs::beside_us()?.path("folder-visits"))
        .arg(place.path())
        .arg("alone")
        .stdout(Stdio::null())
        .spawn()
        .context("strace (apt-get install strace)")?;
    let id = child.id();
    ensure!(child.wait()?.success(), "the day does not go well");
    let text = strace::finished(&log, id)?;
    let recorded: Vec<PathBuf> = folders(place.path())
        .into_iter()
        .chain(["ledger", "head", "folders/req/rejected"].map(|name| place.path().join(name)))
        .collect();
    let steps = strace::read(&text, &recorded)?;
    let operations: Vec<_> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Disk(op) => Some(op),
            Step::Sent(..) => None,
        })
        .collect();
    let (mut disk, mut seen, mut dice) = (Disk::default(), Seen::default(), Dice::new(seed));
    let (mut points, mut rebuilt, mut wrong) = (0, 0, Vec::new());
    for (done, op) in operations.iter().enumerate() {
        if done % every == 0 {
            points += 1;
            for left in [
                Left::Everything,
                Left::Synced,
                Left::Scattered(dice.below(u64::MAX)),
            ] {
                let again = scratch()?;
                disk.write(left, place.path(), again.path())?;
                let mine = |names: &BTreeMap<String, Sure>| {
                    let open = names.iter().filter(|(name, _)| !name.starts_with('.'));
                    open.map(|(name, sure)| (name.clone(), *sure)).collect()
                };
                let so_far = Done {
                    placed: mine(&seen.placed),
                    taken: mine(&seen.taken),
                };
                let found = judge(again.path(), &so_far, left == Left::Everything)?;
                rebuilt += 1;
                if !found.clean() {
                    wrong.push((
                        format!("a day at the folders, after operation {done}, {left:?}"),
                        found,
                    ));
                }
            }
        }
        seen.take(op, &folders(place.path()));
        disk.apply(op)?;
    }
    Ok((points, rebuilt, wrong))
}

/// The disk sweep over the day: each call on the folders' files fails; the receipt computer's own do not.
pub(crate) fn fail_each(
    every: usize,
    report: &mut Report,
    tell: &dyn Fn(&str),
) -> anyhow::Result<u64> {
    let mut names = BTreeSet::new();
    // Names first, then a clean day with only those looked at.
    play(None, &mut names)?;
    let (clean, _, _) = play(None, &mut names)?;
    let faults = faults(&clean, every);
    ensure!(!faults.is_empty(), "no call on the folders was seen");
    tell(&format!(
        "{} calls on the folders, {} runs",
        faults.len() / 3,
        faults.len()
    ));
    for fault in &faults {
        let (log, ended, found) = play(Some(fault), &mut names.clone())?;
        ensure!(log.contains("(INJECTED)"), "{fault} was not injected");
        report.folder(fault, ended, found);
    }
    Ok(faults.len() as u64 / 3)
}

/// How it ended: its exit code, and the codes that it said.
type Ended = (Option<i32>, BTreeSet<String>);

fn play(
    fault: Option<&Fault>,
    names: &mut BTreeSet<String>,
) -> anyhow::Result<(String, Ended, Found)> {
    let place = scratch()?;
    empty(place.path())?;
    let log = place.path().join("strace.log");
    let paths = paths(place.path(), names);
    let command = strace_with(&paths, fault, &log);
    let (strace, arguments) = command.split_first().context("no command")?;
    let mut child = Command::new(strace)
        .args(arguments)
        .arg(Programs::beside_us()?.path("folder-visits"))
        .arg(place.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("strace (apt-get install strace)")?;
    let id = child.id();
    let (mut orders, said) = (
        child.stdin.take().context("no stdin")?,
        BufReader::new(child.stdout.take().context("no stdout")?),
    );
    let mut done = Done::default();
    let mut codes = BTreeSet::new();
    for line in said.lines() {
        let line = line?;
        match line.split_once(' ') {
            Some(("turn", number)) => {
                let [placed, taken] = receipt(place.path(), number.parse()?)?;
                done.placed
                    .extend(placed.into_iter().map(|name| (name, Sure::Durable)));
                done.taken
                    .extend(taken.into_iter().map(|name| (name, Sure::Durable)));
                writeln!(orders, "on")?;
            }
            Some(("error", code)) => drop(codes.insert(code.to_owned())),
            _ => {}
        }
    }
    drop(orders);
    let status = child.wait()?;
    let text = strace::finished(&log, id)?;
    for folder in folders(place.path()) {
        for entry in std::fs::read_dir(folder.join("rejected"))
            .into_iter()
            .flatten()
        {
            names.insert(format!(
                "req/rejected/{}",
                entry?.file_name().to_string_lossy()
            ));
        }
    }
    names.extend(done.placed.keys().map(|name| format!("req/{name}")));
    let all = done
        .taken
        .keys()
        .cloned()
        .chain(shown(place.path())?.into_keys());
    for name in all.chain(["OQSsiquc01res_2.xml".to_owned()]) {
        let folder = if name.contains("_face_") {
            "face"
        } else {
            "res"
        };
        for name in [
            name.clone(),
            format!(".uketsuke-{name}.{SUFFIX}.tmp"),
            format!(".uketsuke-{name}.{SUFFIX}.withdrawn"),
        ] {
            names.insert(format!("{folder}/{name}"));
        }
    }
    let found = judge(place.path(), &done, true)?;
    Ok((text, (status.code(), codes), found))
}

/// Every path of the folders that the day touches.
fn paths(base: &Path, names: &BTreeSet<String>) -> Vec<PathBuf> {
    let marks = ["req", "res", "face"].map(|folder| format!("{folder}/.uketsuke-folder"));
    let own = ["req", "req/rejected", "res", "face"].map(str::to_owned);
    let mut all: Vec<PathBuf> = own
        .iter()
        .chain(&marks)
        .chain(names)
        .map(|name| base.join("folders").join(name))
        .collect();
    // The third face file is taken back and never seen by the receipt computer; its name has the next number.
    let seen: Vec<String> = names
        .iter()
        .filter(|name| name.contains("/OQSsiquc01res_face_"))
        .cloned()
        .collect();
    for name in seen {
        let next = name
            .replace("0000000002_", "0000000003_")
            .replace("0000000001_", "0000000003_");
        let bare = next.trim_start_matches("face/").to_owned();
        for name in [
            bare.clone(),
            format!(".uketsuke-{bare}.{SUFFIX}.tmp"),
            format!(".uketsuke-{bare}.{SUFFIX}.withdrawn"),
        ] {
            all.push(base.join("folders/face").join(name));
        }
    }
    all.sort();
    all.dedup();
    all
}
