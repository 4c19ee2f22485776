//! Records changed, removed, inserted, cut off, and files of before put back, each at many random places: found, and named the right place?

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::ensure;
use ledger::FindingKind::{Changed, CutOff, Inserted, Removed};
use ledger::{FindingKind, Ledger};
use serde::Serialize;

use super::{append, filled_quickly, options};
use crate::disk::Dice;

/// How much is played.
#[derive(Debug, Clone)]
pub struct TamperOptions {
    /// Runs of each kind.
    pub runs: u32,
    /// Records of the chain.
    pub records: u64,
    /// Seed of the places.
    pub seed: u64,
}

/// One kind of tampering.
#[derive(Debug, Default, Serialize)]
pub struct Kind {
    /// Times it was done.
    pub runs: u32,
    /// Times the check found something.
    pub found: u32,
    /// Times the first thing it found was the right kind at the right record.
    pub named: u32,
    /// Different places.
    pub places: usize,
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
pub struct Told {
    /// Everything was found at its place, and nothing was found in a chain that nobody had touched.
    pub ok: bool,
    /// Records of the chain.
    pub records: u64,
    /// Seed of the places.
    pub seed: u64,
    /// Tampering, by kind.
    pub kinds: BTreeMap<&'static str, Kind>,
    /// Checks of untouched copies.
    pub untouched: u32,
    /// Findings in them.
    pub false_alarms: u32,
    /// What was not found, or at another place; the first of them.
    pub wrong: Vec<String>,
    /// How long it took.
    pub seconds: f64,
}

/// Wrong ones that are printed.
const SHOWN: usize = 20;

/// What is done to a copy, and what has to be found.
struct Act {
    sql: String,
    place: u64,
    expected: (u64, FindingKind),
}

/// One way of tampering with a chain of so many records.
type Way = fn(&mut Dice, u64) -> Act;

const WAYS: [(&str, Way); 7] = [
    ("changed", changed),
    ("removed", |dice, records| {
        let seq = 1 + dice.below(records - 1);
        Act {
            sql: format!("DELETE FROM audit WHERE seq = {seq}"),
            place: seq,
            expected: (seq, Removed),
        }
    }),
    ("removed, gap closed", |dice, records| {
        let seq = 1 + dice.below(records - 1);
        Act {
            sql: format!(
                "DELETE FROM audit WHERE seq = {seq}; {}",
                shift(seq + 1, -1)
            ),
            place: seq,
            expected: (seq, Removed),
        }
    }),
    ("inserted", |dice, records| {
        let (at, of) = (1 + dice.below(records - 1), 1 + dice.below(records));
        let linked = dice.below(2) == 0;
        inserted(at + 1, of, linked)
    }),
    ("appended", |dice, records| {
        let of = 1 + dice.below(records);
        let linked = dice.below(2) == 0;
        let act = inserted(records + 1, of, linked);
        Act { place: of, ..act }
    }),
    ("cut off", |dice, records| {
        let kept = dice.below(records);
        Act {
            sql: format!("DELETE FROM audit WHERE seq > {kept}"),
            place: kept,
            expected: (kept + 1, CutOff),
        }
    }),
    ("exchanged", |dice, records| {
        let seq = 1 + dice.below(records - 1);
        Act {
            sql: format!(
                "UPDATE audit SET seq = -1 WHERE seq = {seq}; UPDATE audit SET seq = {seq} WHERE seq = {seq} + 1;
                 UPDATE audit SET seq = {seq} + 1 WHERE seq = -1"
            ),
            place: seq,
            expected: (seq, Inserted),
        }
    }),
];

/// The files of an earlier moment.
const BEFORE: &str = "file of before put back";

fn changed(dice: &mut Dice, records: u64) -> Act {
    let seq = 1 + dice.below(records);
    let byte = dice.below(32) + 1;
    let flip = |column: &str| {
        // SQLite changes no single byte of a blob: the part before, another byte, the part behind.
        format!(
            "{column} = CAST(substr({column}, 1, {byte} - 1) || CASE WHEN substr({column}, {byte}, 1) = x'41' THEN x'42' ELSE x'41' END
             || substr({column}, {byte} + 1) AS BLOB)"
        )
    };
    let set = match dice.below(6) {
        0 => format!("at = at + {}", 1 + dice.below(1_000_000)),
        1 => "actor = actor || 'x'".to_owned(),
        2 => "action = 'x' || action".to_owned(),
        3 => flip("detail"),
        4 => flip("prev"),
        _ => flip("hash"),
    };
    Act {
        sql: format!("UPDATE audit SET {set} WHERE seq = {seq}"),
        place: seq,
        expected: (seq, Changed),
    }
}

/// A copy of record `of` as number `at`, the later ones moved on; `linked` = with the right link to the one before.
fn inserted(at: u64, of: u64, linked: bool) -> Act {
    // A copy of the record that stands there would be as good as that one.
    let of = match of.cmp(&at) {
        std::cmp::Ordering::Less => of,
        std::cmp::Ordering::Equal => at - 1,
        std::cmp::Ordering::Greater => of + 1,
    };
    let link = format!(
        "; UPDATE audit SET prev = (SELECT hash FROM audit WHERE seq = {at} - 1) WHERE seq = {at}"
    );
    Act {
        sql: format!(
            "{}; INSERT INTO audit SELECT {at}, at, actor, action, detail, prev, hash FROM audit WHERE seq = {of}{}",
            shift(at, 1),
            if linked { link.as_str() } else { "" }
        ),
        place: at,
        expected: (at, Inserted),
    }
}

/// SQL that moves all records from `from` on by `by` places.
fn shift(from: u64, by: i64) -> String {
    format!(
        "UPDATE audit SET seq = -(seq + {by}) WHERE seq >= {from}; UPDATE audit SET seq = -seq WHERE seq < 0"
    )
}

/// A ledger with the chain, and copies of its file at the wanted lengths.
fn ledger(folder: &Path, records: u64, lengths: &[u64]) -> anyhow::Result<()> {
    let mut ledger = filled_quickly(folder)?;
    for n in 0.. {
        // The first record is the ledger's own creation.
        let length = n + 1;
        if lengths.contains(&length) {
            ledger.settle()?;
            std::fs::copy(folder.join("ledger.sqlite"), before(folder, length))?;
        }
        if length == records {
            break;
        }
        append(&mut ledger, n)?;
    }
    ledger.settle()?;
    Ok(())
}

fn before(folder: &Path, length: u64) -> PathBuf {
    folder.join(format!("before-{length}.sqlite"))
}

/// Findings in a copy to which `sql` was done.
fn look(
    base: &Path,
    database: &Path,
    sql: Option<&str>,
) -> anyhow::Result<Vec<(u64, FindingKind)>> {
    let copy = tempfile::tempdir()?;
    std::fs::copy(database, copy.path().join("ledger.sqlite"))?;
    std::fs::copy(
        base.join("audit-head.json"),
        copy.path().join("audit-head.json"),
    )?;
    if let Some(sql) = sql {
        let raw = rusqlite::Connection::open(copy.path().join("ledger.sqlite"))?;
        raw.execute_batch(&format!("BEGIN; {sql}; COMMIT"))?;
        ensure!(raw.changes() > 0, "nothing was changed by {sql}");
    }
    let report = Ledger::inspect(options(copy.path()))?;
    let findings = report.findings.into_iter();
    Ok(findings
        .map(|finding| (finding.seq, finding.kind))
        .collect())
}

/// Tampers with copies of a ledger and lets each be checked.
///
/// # Errors
/// The ledger can't be made, or a copy can't be changed.
pub fn tamper(options: &TamperOptions, progress: &dyn Fn(&str)) -> anyhow::Result<Told> {
    ensure!(
        options.records >= 3,
        "a chain of three records is the least"
    );
    let begun = Instant::now();
    let records = options.records;
    let mut dice = Dice::new(options.seed);
    let base = tempfile::tempdir()?;
    let lengths: Vec<u64> = (0..options.runs)
        .map(|_| 1 + dice.below(records - 1))
        .collect();
    progress(&format!("a ledger with {records} records"));
    ledger(base.path(), records, &lengths)?;
    let whole = base.path().join("ledger.sqlite");
    let mut told = Told {
        records,
        seed: options.seed,
        ..Told::default()
    };
    for _ in 0..options.runs.min(20) {
        told.untouched += 1;
        let found = look(base.path(), &whole, None)?;
        if !found.is_empty() {
            told.false_alarms += 1;
            told.wrong.push(format!("untouched: {found:?}"));
        }
    }
    for (name, way) in WAYS {
        progress(name);
        let mut places = Vec::new();
        for _ in 0..options.runs {
            let act = way(&mut dice, records);
            let found = look(base.path(), &whole, Some(&act.sql))?;
            places.push(act.place);
            judge(&mut told, name, &found, act.expected);
        }
        seen(&mut told, name, places);
    }
    progress(BEFORE);
    for length in &lengths {
        let found = look(base.path(), &before(base.path(), *length), None)?;
        judge(&mut told, BEFORE, &found, (*length + 1, CutOff));
    }
    seen(&mut told, BEFORE, lengths);
    told.wrong.truncate(SHOWN);
    told.ok = told.false_alarms == 0
        && told
            .kinds
            .values()
            .all(|kind| kind.runs > 0 && kind.found == kind.runs && kind.named == kind.runs);
    told.seconds = begun.elapsed().as_secs_f64();
    Ok(told)
}

fn judge(
    told: &mut Told,
    name: &'static str,
    found: &[(u64, FindingKind)],
    expected: (u64, FindingKind),
) {
    let kind = told.kinds.entry(name).or_default();
    kind.runs += 1;
    kind.found += u32::from(!found.is_empty());
    if found.first() == Some(&expected) {
        kind.named += 1;
    } else {
        let first: Vec<_> = found.iter().take(3).collect();
        told.wrong
            .push(format!("{name}: {expected:?} expected, {first:?} found"));
    }
}

fn seen(told: &mut Told, name: &'static str, mut places: Vec<u64>) {
    places.sort_unstable();
    places.dedup();
    told.kinds.entry(name).or_default().places = places.len();
}
