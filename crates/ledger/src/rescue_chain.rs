//! What the chain of a damaged file still says of the results, beside those that came through: whoever spoils a file may have removed
//! results from it before, and every table can then be read whole (invariants 9 and 12).

use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use crate::LedgerError;
use crate::audit::{COLUMNS, Record};
use crate::head::Head;
use crate::results_check::{Gaps, Results};
use crate::seal::Sealer;
use crate::time_source;

/// How far one reading came.
struct Read {
    /// Number and hash of the last record.
    last: (u64, Vec<u8>),
    /// Whether it came to the end of the table.
    to_the_end: bool,
}

/// Compares what can be read of the chain at `path` with the results that stand in `into`; `true` when the chain could be read whole up to
/// the head of before. Of a chain with a gap it can't be said who owns a result by now: then only those that are gone are named.
pub(crate) fn compare(
    path: &Path,
    head: &Head,
    into: &Connection,
    sealer: &Sealer,
) -> Result<(Gaps, bool), LedgerError> {
    let mut results = Results::default();
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let whole = match Connection::open_with_flags(path, flags) {
        Ok(damaged) => gather(&damaged, head, sealer, &mut results),
        Err(_) => false,
    };
    let mut gaps = results.gaps(into)?;
    if !whole {
        gaps.changed.clear();
    }
    Ok((gaps, whole))
}

/// From the beginning as far as the file gives anything, and from behind the bad place again; says whether that is the whole chain.
fn gather(damaged: &Connection, head: &Head, sealer: &Sealer, results: &mut Results) -> bool {
    let mut whole = true;
    let Some(first) = read(damaged, 0, sealer, results, &mut whole) else {
        return false;
    };
    if first.to_the_end {
        return whole && first.last == (head.seq, head.hash.to_vec());
    }
    if let Some(behind) = behind(damaged, first.last.0) {
        let mut rest = true;
        let _ = read(damaged, behind, sealer, results, &mut rest);
    }
    false
}

/// Takes in the records from number `from` on, in their order; `whole` becomes false where one is not right or missing. (A joint of before
/// counts as a gap: what lay there is not known.)
fn read(
    damaged: &Connection,
    from: u64,
    sealer: &Sealer,
    results: &mut Results,
    whole: &mut bool,
) -> Option<Read> {
    let sql = format!("SELECT {COLUMNS} FROM audit WHERE seq >= ?1 ORDER BY seq");
    let mut statement = damaged.prepare(&sql).ok()?;
    let mut rows = statement
        .query([i64::try_from(from).unwrap_or(i64::MAX)])
        .ok()?;
    let mut last = (0, vec![0; 32]);
    loop {
        let record = match rows.next() {
            Ok(Some(row)) => Record::from_row(row),
            Ok(None) => {
                return Some(Read {
                    last,
                    to_the_end: true,
                });
            }
            Err(error) => Err(error),
        };
        let Ok(record) = record else {
            return Some(Read {
                last,
                to_the_end: false,
            });
        };
        let detail = record
            .plain(record.seq, sealer)
            .and_then(|plain| serde_json::from_slice::<Value>(&plain).ok());
        *whole &= record.seq == last.0 + 1 && record.prev == last.1 && detail.is_some();
        if let Some(mut detail) = detail {
            let _ = time_source::taken_from(&mut detail);
            results.take(&record, record.seq, &detail);
        }
        last = (record.seq, record.hash);
    }
}

/// The lowest number behind a bad place that can be reached from the end.
fn behind(damaged: &Connection, last: u64) -> Option<u64> {
    let mut statement = damaged
        .prepare("SELECT seq, hash FROM audit ORDER BY seq DESC")
        .ok()?;
    let mut rows = statement.query([]).ok()?;
    let mut lowest = None;
    while let Ok(Some(row)) = rows.next() {
        let seq = row
            .get::<_, i64>(0)
            .ok()
            .and_then(|seq| u64::try_from(seq).ok())?;
        if seq <= last {
            break;
        }
        lowest = Some(seq);
    }
    lowest
}
