//! What of a damaged file comes into the ledger that follows it: every row that can still be read and whose seals hold, under its own
//! number; and that no number, event or file name begins again, whatever could not be read (invariants 9 and 12).

use crate::outbox::{FILES, FLOOR};
use crate::rotation::{COLUMNS, Sealed};
use crate::seal::Sealer;
use crate::{LedgerError, NewFollowUp, events, follow_ups};
use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, OpenFlags, params, params_from_iter};
use serde_json::json;
use std::path::Path;
use zeroize::Zeroizing;

/// What became of one table of a damaged file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rescued {
    /// The table: `results`, `deliveries` …
    pub table: &'static str,
    /// Rows that stand in the new ledger.
    pub rows: usize,
    /// Whether every row could be read and opened; otherwise part of it is lost.
    pub whole: bool,
}

/// The tables in an order in which what is referred to comes first, and the columns that name a row in it.
const TABLES: &[(&str, &str)] = &[
    ("results", "rowid"),
    ("events", "rowid"),
    ("cursors", "rowid"),
    ("deliveries", "rowid"),
    ("counters", "rowid"),
    ("inquiries", "rowid"),
    ("asks", "rowid"),
    ("follow_ups", "rowid"),
    ("consents", "rowid"),
    ("bulk_jobs", "rowid"),
    ("bulk_items", "job, n"),
    ("answers", "rowid"),
    ("state", "rowid"),
];

/// The most numbers of a table that one audit record can stand for: a bulk job has one record and many asks, a result may have a
/// follow-up and events beside it.
const NUMBERS: &[(&str, u64)] = &[
    ("results", 1),
    ("events", 3),
    ("inquiries", 1),
    ("asks", 65_536),
    ("follow_ups", 2),
    ("consents", 16),
    ("bulk_jobs", 1),
];

/// Numbers of files given since the last audit record: a request that is refused draws a new one each time its answer is tried.
const FILES_PER_RECORD: u64 = 1_000;

/// Copies what can be read of the ledger at `path` into the new one. What can't be read at all gives tables that are not whole.
pub(crate) fn bring_over(
    path: &Path,
    into: &Connection,
    sealer: &Sealer,
) -> Result<Vec<Rescued>, LedgerError> {
    // Rows refer to each other; what refers to a lost one is mended at the end.
    into.pragma_update(None, "defer_foreign_keys", true)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let damaged = Connection::open_with_flags(path, flags).ok();
    let mut done = Vec::new();
    for &(table, order) in TABLES {
        let mut rescued = Rescued {
            table,
            rows: 0,
            whole: false,
        };
        if let Some(damaged) = &damaged {
            copy(damaged, into, sealer, order, &mut rescued)?;
        }
        done.push(rescued);
    }
    if let Some(damaged) = &damaged {
        pepper(damaged, into, sealer)?;
        for (table, _) in NUMBERS {
            let last = damaged.query_row(
                "SELECT seq FROM sqlite_sequence WHERE name = ?1",
                [table],
                |row| row.get::<_, i64>(0),
            );
            if let Ok(last) = last {
                events::sequence(into, table, u64::try_from(last).unwrap_or(0))?;
            }
        }
    }
    into.execute_batch(
        "UPDATE inquiries SET result_id = NULL WHERE result_id NOT IN (SELECT id FROM results);
         DELETE FROM bulk_items WHERE job NOT IN (SELECT id FROM bulk_jobs);",
    )?;
    Ok(done)
}

/// Nothing that was given out before is given out again: numbers, events and names of files go on behind every one that a chain of
/// `records` audit records can have brought.
pub(crate) fn numbers_go_on(into: &Connection, records: u64) -> Result<(), LedgerError> {
    for (table, each) in NUMBERS {
        events::sequence(into, table, records.saturating_mul(*each))?;
    }
    let floor = i64::try_from(records.saturating_mul(FILES_PER_RECORD)).unwrap_or(i64::MAX / 2);
    into.execute(
        "INSERT INTO counters (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = max(value, ?2)",
        params![FLOOR, floor],
    )?;
    into.execute(
        "UPDATE counters SET value = max(value, ?1) WHERE name <> ?2",
        params![floor, FLOOR],
    )?;
    Ok(())
}

/// Makes the copied rows agree: a result that waits and whose event is lost is told anew, no place lies behind the newest event, and what
/// the files' consumer owns without a note of where its file is goes to staff instead of a second file.
pub(crate) fn settle(
    into: &Connection,
    sealer: &Sealer,
    now: i64,
    whole: &dyn Fn(&str) -> bool,
) -> Result<(), LedgerError> {
    into.execute(
        "UPDATE cursors SET seq = min(seq, (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'events'))",
        [],
    )?;
    let untold = rows(
        into,
        "SELECT id, reader FROM results WHERE acknowledged_at IS NULL AND NOT EXISTS
         (SELECT 1 FROM events WHERE subject = results.id AND kind = 'result-stored') ORDER BY seq",
    )?;
    for (id, reader) in untold {
        events::insert(into, now, "result-stored", &id, &reader)?;
    }
    if !whole("deliveries") {
        doubtful_files(into, sealer, now, "owner = ?1")?;
    }
    // Without its place it would begin with the oldest event; what it has delivered is known by its notes, if those are whole.
    let writes_files: bool = into.query_row(
        "SELECT EXISTS (SELECT 1 FROM results WHERE owner = ?1) OR EXISTS (SELECT 1 FROM asks WHERE client = ?1)
         OR EXISTS (SELECT 1 FROM deliveries WHERE consumer = ?1)",
        [FILES],
        |row| row.get(0),
    )?;
    if writes_files && !whole("cursors") && !whole("deliveries") {
        past_all_events(into, now)?;
        doubtful_files(into, sealer, now, "owner IS NULL OR owner = ?1")?;
    }
    Ok(())
}

/// Unfinished results for which a file may lie or may have been taken, and no note says so: none is written, staff looks.
pub(crate) fn doubtful_files(
    into: &Connection,
    sealer: &Sealer,
    now: i64,
    whose: &str,
) -> Result<usize, LedgerError> {
    let mut statement = into.prepare(&format!(
        "SELECT id, visit, reader FROM results WHERE acknowledged_at IS NULL AND ({whose}) AND id NOT IN
         (SELECT subject FROM deliveries WHERE consumer = ?1) ORDER BY seq"
    ))?;
    let doubtful: Vec<(String, String, String)> = statement
        .query_map([FILES], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    for (id, visit, reader) in &doubtful {
        into.execute(
            "INSERT OR IGNORE INTO deliveries (subject, consumer, name, state, moved_at) VALUES (?1, ?2, ?3, 'uncollected', ?4)",
            params![id, FILES, format!("unknown {id}"), now],
        )?;
        let new = NewFollowUp {
            visit: u64::from_str_radix(visit, 16).unwrap_or(0),
            reader: reader.clone(),
            result_id: id.clone(),
            reason: "uncollected".to_owned(),
            note: String::new(),
        };
        follow_ups::insert(into, sealer, now, &new)?;
    }
    Ok(doubtful.len())
}

/// Lets the files' consumer go on with what comes from now on, if there ever was one.
pub(crate) fn past_all_events(into: &Connection, now: i64) -> Result<(), LedgerError> {
    into.execute(
        "INSERT INTO cursors (consumer, seq, moved_at)
         VALUES (?1, (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'events'), ?2)
         ON CONFLICT (consumer) DO UPDATE SET seq = excluded.seq, moved_at = ?2",
        params![FILES, now],
    )?;
    Ok(())
}

/// What the audit record says: each table with its rows, and those of which part is lost.
pub(crate) fn told(rescued: &[Rescued]) -> serde_json::Value {
    rescued
        .iter()
        .map(|one| {
            (
                one.table.to_owned(),
                json!({"rows": one.rows, "whole": one.whole}),
            )
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn rows(connection: &Connection, sql: &str) -> Result<Vec<(String, String)>, LedgerError> {
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// One table, from its beginning as far as the file gives anything, and from its end the same: a bad place in the middle hides itself only.
fn copy(
    damaged: &Connection,
    into: &Connection,
    sealer: &Sealer,
    order: &str,
    rescued: &mut Rescued,
) -> Result<(), LedgerError> {
    let table = rescued.table;
    let columns: Vec<String> = into
        .prepare("SELECT name FROM pragma_table_info(?1) ORDER BY cid")?
        .query_map([table], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let sealed: Vec<&Sealed> = COLUMNS.iter().filter(|one| one.table == table).collect();
    let id = sealed.first().map_or("''", |one| one.id);
    let list = columns.join(", ");
    let marks = vec!["?"; columns.len()].join(", ");
    let mut insert = into.prepare(&format!("INSERT INTO {table} ({list}) VALUES ({marks})"))?;
    let mut opened = true;
    for backwards in [false, true] {
        let direction = if backwards {
            order
                .split(", ")
                .map(|column| format!("{column} DESC"))
                .collect::<Vec<_>>()
                .join(", ")
        } else {
            order.to_owned()
        };
        // A file of an older format has other columns; what it has not can't be read.
        let sql = format!("SELECT {list}, {id} FROM {table} ORDER BY {direction}");
        let Ok(mut statement) = damaged.prepare(&sql) else {
            return Ok(());
        };
        let Ok(mut found) = statement.query([]) else {
            return Ok(());
        };
        loop {
            let row = match found.next() {
                Ok(Some(row)) => row,
                Ok(None) if !backwards => {
                    rescued.whole = opened;
                    return Ok(());
                }
                _ => break,
            };
            let Some(values) = anew(row, &columns, &sealed, sealer)? else {
                opened = false;
                continue;
            };
            match insert.execute(params_from_iter(values)) {
                Ok(_) => rescued.rows += 1,
                Err(error)
                    if matches!(
                        error.sqlite_error_code(),
                        Some(ErrorCode::ConstraintViolation)
                    ) =>
                {
                    // From the end on, this is where the way from the beginning had come.
                    if backwards {
                        break;
                    }
                    opened = false;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}

/// A row's values with everything sealed sealed anew; `None` when it can't be read or a seal does not hold.
fn anew(
    row: &rusqlite::Row<'_>,
    columns: &[String],
    sealed: &[&Sealed],
    sealer: &Sealer,
) -> Result<Option<Vec<Value>>, LedgerError> {
    let values: Result<Vec<Value>, _> = (0..columns.len()).map(|at| row.get(at)).collect();
    let (Ok(mut values), Ok(id)) = (values, row.get::<_, String>(columns.len())) else {
        return Ok(None);
    };
    let at = |name: &str| columns.iter().position(|column| column == name);
    for one in sealed {
        let mut bound = Vec::new();
        for name in one.bound {
            match at(name).and_then(|at| values.get(at)) {
                Some(Value::Text(text)) => bound.push(text.clone()),
                _ => return Ok(None),
            }
        }
        let bound: Vec<&str> = bound.iter().map(String::as_str).collect();
        let Some(value) = at(one.column).and_then(|at| values.get_mut(at)) else {
            return Ok(None);
        };
        match value {
            Value::Null => {}
            Value::Blob(blob) if blob.is_empty() => {}
            Value::Blob(blob) => {
                let Some(plain) = sealer
                    .open(one.place, &id, &bound, blob)
                    .map(Zeroizing::new)
                else {
                    return Ok(None);
                };
                *blob = sealer.seal(one.place, &id, &bound, &plain)?;
            }
            _ => return Ok(None),
        }
    }
    Ok(Some(values))
}

/// The key of the hashes of bulk answers and of repeated changes; without it those of before can't be compared.
fn pepper(damaged: &Connection, into: &Connection, sealer: &Sealer) -> Result<(), LedgerError> {
    let sealed = damaged.query_row("SELECT value FROM meta WHERE key = 'pepper'", [], |row| {
        row.get::<_, Vec<u8>>(0)
    });
    let plain = sealed
        .ok()
        .and_then(|sealed| sealer.open("meta", "pepper", &[], &sealed))
        .map(Zeroizing::new);
    if let Some(plain) = plain {
        into.execute(
            "INSERT INTO meta (key, value) VALUES ('pepper', ?1)",
            [sealer.seal("meta", "pepper", &[], &plain)?],
        )?;
    }
    Ok(())
}
