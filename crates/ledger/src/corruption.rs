//! A damaged file: set aside, said, and followed by a new ledger that is linked to the old head (invariant 12). Only on damage
//! that was confirmed twice, and only with the key that the head outside knows; never because a key or a file is missing.

use crate::audit;
use crate::head::{self, HeadFile};
use crate::joints::{self, Joint};
use crate::keys::LedgerKeys;
use crate::open::{OpenOptions, connect, create, create_private};
use crate::seal::Sealer;
use crate::write::begin;
use crate::{Ledger, LedgerError, NewResult, events, results, schema};
use ring::digest::{Context, SHA256};
use rusqlite::{Connection, OpenFlags, params};
use serde_json::json;
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What was done about a damaged ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// Where the damaged file lies now.
    pub aside: PathBuf,
    /// Results that nobody had acknowledged and that could still be read; they stand in the new ledger.
    pub results: usize,
    /// Inquiries to repeat that could still be read.
    pub inquiries: usize,
    /// The newest record that the old chain had, as the head outside says.
    pub old_head: u64,
}

impl Ledger {
    /// Sets a damaged ledger aside and begins a new one behind the old head, with everything undelivered that could still be
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
        let rescued = Rescued::from(path, key, *simulated);
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
        let mut connection = connect(&beside, true)?;
        let transaction = begin(&mut connection)?;
        create(&transaction, &mut sealer)?;
        joints::add(&transaction, &sealer, Joint::new(0, old.seq, &old.hash))?;
        // Numbers go on behind the old ones: a consumer's place in the events stays behind what is new. Every result
        // had an audit record of its own, so theirs were no greater than the head's; of events there may be two for each.
        events::continue_after(&transaction, old.seq)?;
        results::continue_after(&transaction, old.seq)?;
        for (seq, new) in &rescued.results {
            let (id, _) = results::insert(&transaction, &sealer, now, new)?;
            if let Some(owner) = rescued.owners.get(seq) {
                transaction.execute(
                    "UPDATE results SET owner = ?2 WHERE id = ?1",
                    params![id, owner],
                )?;
            }
        }
        for (visit, reader, queued_at, payload) in &rescued.inquiries {
            transaction.execute(
                "INSERT INTO inquiries (visit, reader, queued_at, next_at, payload) VALUES (?1, ?2, ?3, ?3, x'')",
                params![visit, reader, queued_at],
            )?;
            let id = transaction.last_insert_rowid();
            let sealed = sealer.seal(
                "inquiries",
                &id.to_string(),
                &[visit, reader],
                payload.as_bytes(),
            )?;
            transaction.execute(
                "UPDATE inquiries SET payload = ?2 WHERE id = ?1",
                params![id, sealed],
            )?;
        }
        for (name, value) in &rescued.state {
            let sealed = sealer.seal("state", name, &[], value.as_bytes())?;
            transaction.execute(
                "INSERT INTO state (key, value) VALUES (?1, ?2)",
                params![name, sealed],
            )?;
        }
        let replaced = Replaced {
            aside,
            results: rescued.results.len(),
            inquiries: rescued.inquiries.len(),
            old_head: old.seq,
        };
        let detail = json!({
            "aside": replaced.aside.file_name().map(|name| name.to_string_lossy().into_owned()),
            "sha256": fingerprint,
            "old_head": old.seq,
            "results": replaced.results,
            "inquiries": replaced.inquiries,
            "simulated": simulated,
        });
        audit::append(
            &transaction,
            &sealer,
            now,
            "ledger",
            "ledger-begun-after-damage",
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

/// Whether SQLite itself says, on a fresh look, that the file is damaged. Anything that could be a passing failure (a full disk, an
/// unreadable sector, another program's lock) is an error instead.
fn is_damaged(path: &Path) -> Result<bool, LedgerError> {
    let looked = (|| {
        let connection = connect(path, true)?;
        if schema::is_blank(&connection)? {
            return Err(LedgerError::Missing);
        }
        let said: String =
            connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        Ok(said != "ok")
    })();
    match looked {
        Ok(damaged) => Ok(damaged),
        Err(LedgerError::Corrupt(_)) => Ok(true),
        Err(other) => Err(other),
    }
}

/// What could still be read.
#[derive(Default)]
struct Rescued {
    results: Vec<(i64, NewResult)>,
    owners: std::collections::BTreeMap<i64, String>,
    inquiries: Vec<(String, String, i64, String)>,
    state: Vec<(String, String)>,
}

impl Rescued {
    /// Reads as far as the file gives anything; what does not open under its seal is left.
    fn from(path: &Path, keys: &LedgerKeys, simulated: bool) -> Self {
        let mut rescued = Self::default();
        let Ok(sealer) = Sealer::new(keys, simulated) else {
            return rescued;
        };
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let Ok(connection) = Connection::open_with_flags(path, flags) else {
            return rescued;
        };
        rescued.read_results(&connection, &sealer);
        rescued.read_inquiries(&connection, &sealer);
        rescued.read_state(&connection, &sealer);
        rescued
    }

    fn read_results(&mut self, connection: &Connection, sealer: &Sealer) {
        let sql = "SELECT seq, id, visit, reader, kind, body, owner FROM results WHERE acknowledged_at IS NULL ORDER BY seq";
        each(connection, sql, |row| {
            let (seq, id): (i64, String) = (row.get(0)?, row.get(1)?);
            let (visit, reader, kind): (String, String, String) =
                (row.get(2)?, row.get(3)?, row.get(4)?);
            let sealed: Vec<u8> = row.get(5)?;
            let opened = sealer.open_text("results", &id, &[&visit, &reader, &kind], &sealed);
            if let (Ok(body_json), Ok(visit)) = (opened, u64::from_str_radix(&visit, 16)) {
                let simulated = sealer.simulated();
                self.results.push((
                    seq,
                    NewResult {
                        visit,
                        reader,
                        kind,
                        body_json,
                        simulated,
                    },
                ));
                if let Some(owner) = row.get::<_, Option<String>>(6)? {
                    self.owners.insert(seq, owner);
                }
            }
            Ok(())
        });
    }

    fn read_inquiries(&mut self, connection: &Connection, sealer: &Sealer) {
        let sql = "SELECT id, visit, reader, queued_at, payload FROM inquiries WHERE state = 'queued' ORDER BY id";
        each(connection, sql, |row| {
            let id: i64 = row.get(0)?;
            let (visit, reader): (String, String) = (row.get(1)?, row.get(2)?);
            let sealed: Vec<u8> = row.get(4)?;
            if let Ok(payload) =
                sealer.open_text("inquiries", &id.to_string(), &[&visit, &reader], &sealed)
            {
                self.inquiries.push((visit, reader, row.get(3)?, payload));
            }
            Ok(())
        });
    }

    fn read_state(&mut self, connection: &Connection, sealer: &Sealer) {
        each(connection, "SELECT key, value FROM state", |row| {
            let name: String = row.get(0)?;
            let sealed: Vec<u8> = row.get(1)?;
            if let Ok(value) = sealer.open_text("state", &name, &[], &sealed) {
                self.state.push((name, value));
            }
            Ok(())
        });
    }
}

/// Goes through rows until the file gives no more.
fn each(
    connection: &Connection,
    sql: &str,
    mut take: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<()>,
) {
    let Ok(mut statement) = connection.prepare(sql) else {
        return;
    };
    let Ok(mut rows) = statement.query([]) else {
        return;
    };
    while let Ok(Some(row)) = rows.next() {
        if take(row).is_err() {
            return;
        }
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
