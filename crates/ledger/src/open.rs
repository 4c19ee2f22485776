//! Opening: an existing ledger only with its own key and in its own world; a new one only where there was none.

use crate::audit;
use crate::head::{self, HeadFile};
use crate::seal::{LedgerKey, Sealer};
use crate::verify::{self, AuditReport};
use crate::write::begin;
use crate::{Ledger, LedgerError, schema};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use serde_json::json;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

const CHECK: &[u8] = b"uketsuke ledger check record";

/// Where the ledger lies and what opens it.
#[derive(Debug)]
pub struct OpenOptions {
    /// The database file; `-wal` and `-shm` lie beside it.
    pub path: PathBuf,
    /// The file that keeps the newest audit head, best in another directory than the database.
    pub head_path: PathBuf,
    /// The sealing key.
    pub key: LedgerKey,
    /// Whether this terminal is a simulation; must be what the ledger was created with (invariant 13).
    pub simulated: bool,
}

impl Ledger {
    /// Opens the ledger, or creates it when neither the database nor its head exists.
    ///
    /// # Errors
    /// [`LedgerError::WrongKey`], [`LedgerError::SimulationMismatch`], [`LedgerError::Tampered`], [`LedgerError::Missing`]
    /// and [`LedgerError::Corrupt`] leave all files as they were: an empty ledger is never begun in place of one that does
    /// not open (invariant 12).
    pub fn open(options: OpenOptions, now: i64) -> Result<Self, LedgerError> {
        let OpenOptions {
            path,
            head_path,
            key,
            simulated,
        } = options;
        let sealer = Sealer::new(&key, simulated)?;
        drop(key);
        let blank = match std::fs::metadata(&path) {
            Ok(found) => found.len() == 0,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
            Err(error) => return Err(LedgerError::io("look for the ledger")(error)),
        };
        if blank {
            if head::read(&head_path, &sealer)? != HeadFile::Absent {
                return Err(LedgerError::Missing);
            }
            create_private(&path)?;
        }
        let mut connection = connect(&path)?;
        let transaction = begin(&mut connection)?;
        if schema::is_blank(&transaction)? {
            if head::read(&head_path, &sealer)? != HeadFile::Absent {
                return Err(LedgerError::Missing);
            }
            schema::migrate(&transaction)?;
            seal_meta(&transaction, &sealer)?;
            audit::append(
                &transaction,
                &sealer,
                now,
                "ledger",
                "ledger-created",
                &json!({"simulated": simulated}),
            )?;
        } else {
            check_meta(&transaction, &sealer)?;
            schema::migrate(&transaction)?;
        }
        transaction.commit()?;

        let mut ledger = Self {
            connection,
            sealer,
            head_path,
        };
        let transaction = begin(&mut ledger.connection)?;
        let healed = audit::settle(&transaction, &ledger.sealer, &ledger.head_path)?;
        drop(transaction);
        if healed && !blank {
            tracing::warn!(
                "the audit head was one record behind, as after a crash; it was brought up to date"
            );
            ledger.append_audit(now, "ledger", "head-healed", &json!({}))?;
        }
        Ok(ledger)
    }

    /// Checks the audit chain of a ledger that [`Ledger::open`] may refuse because of tampering. Changes nothing.
    pub fn inspect(options: OpenOptions) -> Result<AuditReport, LedgerError> {
        let OpenOptions {
            path,
            head_path,
            key,
            simulated,
        } = options;
        let sealer = Sealer::new(&key, simulated)?;
        drop(key);
        if !path.exists() {
            return Err(LedgerError::Missing);
        }
        let mut connection = connect(&path)?;
        let transaction = begin(&mut connection)?;
        if schema::is_blank(&transaction)? {
            return Err(LedgerError::Missing);
        }
        check_meta(&transaction, &sealer)?;
        verify::verify(&transaction, &sealer, &head_path)
    }

    /// Limits the database to `pages` pages of 4 KiB, the present size at least; a write beyond gives
    /// [`LedgerError::DiskFull`]. Holds for this connection.
    pub fn limit_pages(&self, pages: u32) -> Result<(), LedgerError> {
        self.connection
            .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
        Ok(())
    }
}

fn connect(path: &Path) -> Result<Connection, LedgerError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    schema::prepare(&connection)?;
    Ok(connection)
}

/// The file exists with its final rights before SQLite sees it; journal and index inherit them.
fn create_private(path: &Path) -> Result<(), LedgerError> {
    std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .and_then(|file| file.sync_all())
        .map_err(LedgerError::io("create the ledger"))?;
    head::sync_directory(path)
}

fn seal_meta(connection: &Connection, sealer: &Sealer) -> Result<(), LedgerError> {
    let check = sealer.seal("meta", "check", &[], CHECK)?;
    let insert = "INSERT INTO meta (key, value) VALUES (?1, ?2)";
    connection.execute(
        insert,
        params!["simulated", vec![u8::from(sealer.simulated())]],
    )?;
    connection.execute(insert, params!["check", check])?;
    Ok(())
}

fn check_meta(connection: &Connection, sealer: &Sealer) -> Result<(), LedgerError> {
    let value = |key: &str| -> Result<Option<Vec<u8>>, LedgerError> {
        Ok(connection
            .query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| {
                row.get(0)
            })
            .optional()?)
    };
    let Some([flag]) = value("simulated")?.map(|flag| <[u8; 1]>::try_from(flag).unwrap_or([2]))
    else {
        return Err(LedgerError::Corrupt("no simulation flag".into()));
    };
    if flag != u8::from(sealer.simulated()) {
        return Err(LedgerError::SimulationMismatch { ledger: flag == 1 });
    }
    let check = value("check")?.ok_or_else(|| LedgerError::Corrupt("no check record".into()))?;
    match sealer.open("meta", "check", &[], &check) {
        Some(text) if text == CHECK => Ok(()),
        _ => Err(LedgerError::WrongKey),
    }
}
