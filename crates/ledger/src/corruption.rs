//! A damaged file: set aside, said, and followed by a new ledger that is linked to the old head (invariant 12). Only on damage
//! that was confirmed twice, and only with the key that the head outside knows; never because a key or a file is missing.

use crate::audit;
use crate::head::{self, HeadFile};
use crate::joints::{self, Joint};
use crate::open::{OpenOptions, connect_new, create, create_private};
use crate::rescue::{self, Rescued};
use crate::seal::Sealer;
use crate::time_source::Moment;
use crate::write::begin;
use crate::{Ledger, LedgerError, rescue_chain, schema};
use ring::digest::{Context, SHA256};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use serde_json::json;
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What was done about a damaged ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// Where the damaged file lies now.
    pub aside: PathBuf,
    /// What of each table stands in the new ledger.
    pub rescued: Vec<Rescued>,
    /// The newest record that the old chain had, as the head outside says.
    pub old_head: u64,
    /// Results (their ids, at most 100) that the old chain tells of, that nobody has taken over and that are not there: lost with the damage,
    /// or removed before it.
    pub missing: Vec<String>,
    /// Results (their ids, at most 100) that came through with another owner or state than the old chain, readable to its end, says.
    pub changed: Vec<String>,
}

impl Replaced {
    /// Rows of a table that stand in the new ledger.
    pub fn rows(&self, table: &str) -> usize {
        let found = self.rescued.iter().find(|one| one.table == table);
        found.map_or(0, |one| one.rows)
    }

    /// The tables of which part or everything could not be read, and the results where the old chain tells of others than those that came
    /// through: staff and technician are told.
    pub fn lost(&self) -> Vec<&'static str> {
        let gaps = !self.missing.is_empty() || !self.changed.is_empty();
        let lost = |one: &&Rescued| !one.whole || (gaps && one.table == "results");
        self.rescued
            .iter()
            .filter(lost)
            .map(|one| one.table)
            .collect()
    }
}

impl Ledger {
    /// Sets a damaged ledger aside and begins a new one behind the old head, with everything that could still be
    /// read and whose seal holds. To be called after [`Ledger::open`] gave [`LedgerError::Corrupt`].
    ///
    /// # Errors
    /// [`LedgerError::WrongKey`] when the head outside was not made with this key, [`LedgerError::Missing`] when there is no
    /// head, [`LedgerError::Unacceptable`] when a second look finds no damage. All files stay as they were then.
    pub fn replace_corrupt(
        options: OpenOptions,
        now: i64,
    ) -> Result<(Self, Replaced), LedgerError> {
        let OpenOptions {
            path,
            head_path,
            key,
            simulated,
        } = &options;
        let sealer = Sealer::new(key, *simulated)?;
        let old = match head::read(head_path, &sealer)? {
            HeadFile::Good(head) => head,
            HeadFile::Absent => return Err(LedgerError::Missing),
            HeadFile::Forged => return Err(LedgerError::WrongKey),
        };
        if !is_damaged(path)? {
            return Err(LedgerError::Unacceptable("the file is not damaged; it"));
        }
        let fingerprint = fingerprint(path)?;
        let aside = with(path, &format!(".damaged-{now}"));
        // Made whole beside the old one and put in its place in one step: a power cut leaves the one or the other.
        let beside = with(path, ".new");
        for stale in [beside.clone(), with(&beside, "-wal"), with(&beside, "-shm")] {
            match std::fs::remove_file(&stale) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(LedgerError::io("remove half a ledger")(error));
                }
                _ => {}
            }
        }
        create_private(&beside)?;
        let mut sealer = sealer;
        let mut connection = connect_new(&beside, true)?;
        let transaction = begin(&mut connection)?;
        create(&transaction, &mut sealer)?;
        joints::add(&transaction, &sealer, Joint::new(0, old.seq, &old.hash))?;
        // Rows keep their numbers, and new ones go on behind: a consumer's place in the events stays behind what is new.
        let rescued = rescue::bring_over(path, &transaction, &sealer)?;
        let (gaps, chain_whole) = rescue_chain::compare(path, &old, &transaction, &sealer)?;
        rescue::numbers_go_on(&transaction, old.seq)?;
        let whole = |table: &str| rescued.iter().any(|one| one.table == table && one.whole);
        rescue::settle(&transaction, &sealer, now, &whole)?;
        let replaced = Replaced {
            aside,
            old_head: old.seq,
            rescued,
            missing: gaps.gone,
            changed: gaps.changed,
        };
        let detail = json!({
            "aside": replaced.aside.file_name().map(|name| name.to_string_lossy().into_owned()),
            "sha256": fingerprint,
            "old_head": old.seq,
            "rescued": rescue::told(&replaced.rescued),
            "old_chain_whole": chain_whole,
            "results_missing": replaced.missing,
            "results_changed": replaced.changed,
            "simulated": simulated,
        });
        audit::append(
            &transaction,
            &sealer,
            Moment::unchecked(now),
            "ledger",
            joints::AFTER_DAMAGE,
            &detail,
        )?;
        transaction.commit()?;
        // Closing copies the log into the file.
        connection
            .close()
            .map_err(|(_, error)| LedgerError::from(error))?;
        put_in_place(&beside, path, &replaced.aside)?;
        let ledger = Self::open(options, now)?;
        Ok((ledger, replaced))
    }
}

/// Whether SQLite itself says, on a fresh look, that the file is damaged: by its own codes for that, or by its check of every page. Anything
/// that could be a passing failure (a full disk, an unreadable sector, another program's lock) is an error instead. A sound file whose
/// content is not as it should be (another program's mark, a missing record) is no damage: somebody made it so, and it stays where it is.
fn is_damaged(path: &Path) -> Result<bool, LedgerError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let looked = Connection::open_with_flags(path, flags).and_then(|connection| {
        connection.busy_timeout(schema::BUSY)?;
        connection.query_row("PRAGMA integrity_check(1)", [], |row| {
            row.get::<_, String>(0)
        })
    });
    match looked {
        Ok(said) => Ok(said != "ok"),
        Err(error)
            if matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
            ) =>
        {
            Ok(true)
        }
        Err(other) => Err(other.into()),
    }
}

/// SHA-256 of the damaged file, so that the auditor knows it again.
fn fingerprint(path: &Path) -> Result<String, LedgerError> {
    let mut file = std::fs::File::open(path).map_err(LedgerError::io("read the damaged ledger"))?;
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = file
            .read(&mut buffer)
            .map_err(LedgerError::io("read the damaged ledger"))?;
        if count == 0 {
            return Ok(crate::seal::hex(context.finish().as_ref()));
        }
        context.update(buffer.get(..count).unwrap_or_default());
    }
}

fn with(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Keeps the damaged database with its log under names that say when, and puts the new one in its place. Nothing is deleted.
fn put_in_place(beside: &Path, path: &Path, aside: &Path) -> Result<(), LedgerError> {
    let failed = || LedgerError::io("set the damaged ledger aside");
    std::fs::hard_link(path, aside).map_err(failed())?;
    for suffix in ["-wal", "-shm"] {
        match std::fs::rename(with(path, suffix), with(aside, suffix)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(failed()(error));
            }
            _ => {}
        }
    }
    head::sync_directory(path)?;
    std::fs::rename(beside, path).map_err(failed())?;
    head::sync_directory(path)
}
