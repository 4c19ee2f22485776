//! Backup while the terminal works, through SQLite's online-backup interface, and taking a backup back into use. A backup is
//! sealed like the ledger itself; the key is kept elsewhere.

use crate::audit;
use crate::head::{self, HeadFile};
use crate::joints::{self, Joint};
use crate::open::{OpenOptions, existing};
use crate::outbox::FILES;
use crate::time_source::Moment;
use crate::write::{acceptable, begin};
use crate::{LedgerError, rescue, schema};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use serde_json::json;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

/// Pages copied at once; between two steps the terminal writes as it likes.
const STEP: i32 = 256;

/// Copies the ledger at `from` to the new file `to` while others write to it; durable when this returns. Needs no key.
///
/// # Errors
/// `to` exists, or either file can't be read or written.
pub fn backup(from: &Path, to: &Path) -> Result<(), LedgerError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let source = Connection::open_with_flags(from, flags)?;
    source.busy_timeout(Duration::from_secs(5))?;
    if schema::is_blank(&source)? {
        return Err(LedgerError::Missing);
    }
    let file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)
        .map_err(LedgerError::io("create the backup"))?;
    let mut target = Connection::open_with_flags(
        to,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    let copied = (|| {
        let backup = Backup::new(&source, &mut target)?;
        let mut waits = 0;
        loop {
            match backup.step(STEP)? {
                StepResult::Done => return Ok(()),
                StepResult::More => waits = 0,
                // Busy or locked for a moment: the other side has its own time limit, and so have we.
                _ if waits < 100 => {
                    waits += 1;
                    std::thread::park_timeout(Duration::from_millis(50));
                }
                _ => return Err(LedgerError::Busy),
            }
        }
    })();
    drop(target);
    copied.inspect_err(|_| {
        // Half a backup is none.
        let _ = std::fs::remove_file(to);
    })?;
    file.sync_all()
        .map_err(LedgerError::io("flush the backup"))?;
    head::sync_directory(to)
}

/// Takes a restored backup into use: the file at `options.path` is older than the head outside says, and `staff` has decided that
/// it stands. The gap and the decision go into the audit chain; what lay between is lost, and the chain says from where to where.
///
/// # Errors
/// [`LedgerError::NotOlder`] when the file is not older than its head, so that there is nothing to decide;
/// [`LedgerError::Tampered`] when the file itself does not verify, or the head is not ours.
pub fn accept_restored(
    options: &OpenOptions,
    now: i64,
    staff: &str,
    reason: &str,
) -> Result<(u64, u64), LedgerError> {
    acceptable("staff", staff)?;
    acceptable("reason", reason)?;
    let (mut connection, sealer) = existing(&options.path, &options.key, options.simulated)?;
    let head = head::read(&options.head_path, &sealer)?;
    let report = crate::verify::verify(&connection, &sealer, &head)?;
    let HeadFile::Good(head) = head else {
        return Err(LedgerError::Tampered(crate::Finding {
            seq: report.records,
            kind: crate::FindingKind::HeadForged,
        }));
    };
    let transaction = begin(&mut connection)?;
    let newest = audit::newest(&transaction)?.map_or(0, |record| record.seq);
    let other = report
        .findings
        .iter()
        .find(|finding| !(finding.kind == crate::FindingKind::CutOff && finding.seq == newest + 1));
    if let Some(other) = other {
        return Err(LedgerError::Tampered(other.clone()));
    }
    if head.seq <= newest {
        return Err(LedgerError::NotOlder);
    }
    schema::migrate(&transaction)?;
    joints::add(
        &transaction,
        &sealer,
        Joint::new(newest, head.seq, &head.hash),
    )?;
    // Whatever was given to a file since the backup is not known here: no second file is written, staff looks.
    let writes_files: bool = transaction.query_row(
        "SELECT EXISTS (SELECT 1 FROM cursors WHERE consumer = ?1)",
        [FILES],
        |row| row.get(0),
    )?;
    rescue::numbers_go_on(&transaction, head.seq)?;
    let mut doubtful = 0;
    if writes_files {
        rescue::past_all_events(&transaction, now)?;
        doubtful =
            rescue::doubtful_files(&transaction, &sealer, now, "owner IS NULL OR owner = ?1")?;
    }
    let detail = json!({"missing_from": newest + 1, "missing_to": head.seq, "reason": reason, "files_in_doubt": doubtful});
    audit::append(
        &transaction,
        &sealer,
        Moment::unchecked(now),
        staff,
        joints::RESTORED,
        &detail,
    )?;
    transaction.commit()?;
    Ok((newest + 1, head.seq))
}
