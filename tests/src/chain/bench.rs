//! The check of the whole chain on a full ledger: how long, beside whom, and how large the write-ahead log becomes meanwhile.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::{Context as _, ensure};
use ledger::{Checker, Turned};
use serde::Serialize;

use super::{append, filled_quickly};

/// What is measured.
#[derive(Debug, Clone)]
pub struct BenchOptions {
    /// Records of the chain.
    pub records: u64,
    /// Checks with nobody beside.
    pub checks: u32,
    /// Where the ledger is made; needs about 2 KB for each record, and twice that for writing it anew.
    pub folder: PathBuf,
}

/// What came of it. Times in seconds, sizes in bytes.
#[derive(Debug, Default, Serialize)]
pub struct Measured {
    /// Every check found the chain intact, also after writing anew, and the log was at most [`ledger::LOG`] afterwards.
    pub ok: bool,
    /// `debug` or `release`.
    pub profile: &'static str,
    /// Records of the chain.
    pub records: u64,
    /// Size of the database.
    pub database: u64,
    /// How long filling it took.
    pub filled: f64,
    /// The checks with nobody beside.
    pub alone: Vec<f64>,
    /// The check beside a writer that writes as fast as it can.
    pub beside: f64,
    /// Records that were written while it went on.
    pub written: u64,
    /// The longest of these writes.
    pub slowest_write: f64,
    /// The longest of as many writes with no check beside.
    pub slowest_write_alone: f64,
    /// The largest that the log became.
    pub log_peak: u64,
    /// The log once the check had ended and the ledger's care had looked.
    pub log_after: u64,
    /// How long it took to write the whole ledger anew, as the start does with one of an earlier release.
    pub rewritten: f64,
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |found| found.len())
}

/// Fills a ledger and measures.
///
/// # Errors
/// The ledger can't be made or checked.
pub fn measure(options: &BenchOptions, progress: &dyn Fn(&str)) -> anyhow::Result<Measured> {
    let place = tempfile::tempdir_in(&options.folder)
        .with_context(|| format!("{}", options.folder.display()))?;
    let mut told = Measured {
        profile: if cfg!(debug_assertions) {
            "debug"
        } else {
            "release"
        },
        ..Measured::default()
    };
    progress(&format!(
        "filling a ledger with {} records",
        options.records
    ));
    let begun = Instant::now();
    let mut ledger = filled_quickly(place.path())?;
    let mut next = 0;
    while next + 1 < options.records {
        append(&mut ledger, next)?;
        next += 1;
    }
    ledger.settle()?;
    told.filled = begun.elapsed().as_secs_f64();
    let database = place.path().join("ledger.sqlite");
    let log = place.path().join("ledger.sqlite-wal");
    told.database = size(&database);

    let mut checker = ledger.checker()?;
    for n in 1..=options.checks {
        progress(&format!("check {n} alone"));
        let (seconds, records) = check(&mut checker)?;
        told.alone.push(seconds);
        told.records = records;
    }

    progress("a check beside a writer");
    let done = Arc::new(AtomicBool::new(false));
    let ended = Arc::clone(&done);
    let checking = std::thread::spawn(move || {
        let checked = check(&mut checker);
        ended.store(true, Ordering::SeqCst);
        checked
    });
    while !done.load(Ordering::SeqCst) {
        told.slowest_write = told.slowest_write.max(timed(&mut ledger, &mut next)?);
        told.written += 1;
        told.log_peak = told.log_peak.max(size(&log));
        // As the ledger's care does each second.
        if told.written.is_multiple_of(1000) {
            ledger.bound_log()?;
        }
    }
    let checked = checking
        .join()
        .map_err(|_| anyhow::anyhow!("the check panicked"))?;
    told.beside = checked?.0;
    ledger.bound_log()?;
    told.log_after = size(&log);
    for _ in 0..told.written {
        told.slowest_write_alone = told.slowest_write_alone.max(timed(&mut ledger, &mut next)?);
    }
    ledger.settle()?;
    drop(ledger);

    progress("writing it anew");
    let raw = rusqlite::Connection::open(&database)?;
    raw.execute_batch("PRAGMA auto_vacuum = NONE; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")?;
    drop(raw);
    let mut ledger = filled_quickly(place.path())?;
    ensure!(!ledger.shrinks()?, "the ledger was not made an older one");
    let begun = Instant::now();
    let turned = ledger.make_shrinkable(u64::MAX)?;
    told.rewritten = begun.elapsed().as_secs_f64();
    let intact = ledger.verify()?.intact();
    told.ok = intact
        && matches!(turned, Turned::Now { .. })
        && told.log_after <= ledger::LOG
        && told.written > 0;
    Ok(told)
}

fn check(checker: &mut Checker) -> anyhow::Result<(f64, u64)> {
    let begun = Instant::now();
    let report = checker.verify()?;
    ensure!(report.intact(), "the chain is broken: {report:?}");
    Ok((begun.elapsed().as_secs_f64(), report.records))
}

fn timed(ledger: &mut ledger::Ledger, next: &mut u64) -> anyhow::Result<f64> {
    let begun = Instant::now();
    append(ledger, *next)?;
    *next += 1;
    Ok(begun.elapsed().as_secs_f64())
}
