//! Opening: an existing ledger only with its own key and in its own world; a new one only where there was none.

use crate::audit;
use crate::head::{self, HeadFile};
use crate::keys::LedgerKeys;
use crate::rotation;
use crate::seal::Sealer;
use crate::signer::Signer;
use crate::time_source::Moment;
use crate::verify::{self, AuditReport};
use crate::write::begin;
use crate::{Ledger, LedgerError, schema};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use serde_json::json;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const CHECK: &[u8] = b"uketsuke ledger check record";

/// Where the ledger lies and what opens it.
#[derive(Debug)]
pub struct OpenOptions {
    /// The database file; `-wal` and `-shm` lie beside it.
    pub path: PathBuf,
    /// The file that keeps the newest audit head, best in another directory than the database.
    pub head_path: PathBuf,
    /// The sealing keys of all generations in use; a single [`crate::LedgerKey`] becomes one with `into()`.
    pub key: LedgerKeys,
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
        Self::open_with(options, now, true)
    }

    /// The same, for a simulated ledger with `durable` false also without waiting for the disk (`synchronous=OFF`): the proof
    /// that the crash sweep finds what is lost then. A productive ledger is always durable.
    ///
    /// # Errors
    /// As for [`Ledger::open`].
    pub fn open_with(options: OpenOptions, now: i64, durable: bool) -> Result<Self, LedgerError> {
        let OpenOptions {
            path,
            head_path,
            key,
            simulated,
        } = options;
        let mut sealer = Sealer::new(&key, simulated)?;
        drop(key);
        let durable = durable || !simulated;
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
        let mut connection = if blank {
            connect_new(&path, durable)?
        } else {
            connect(&path, durable)?
        };
        let moment = Moment::unchecked(now);
        let transaction = begin(&mut connection)?;
        if schema::is_blank(&transaction)? {
            if head::read(&head_path, &sealer)? != HeadFile::Absent {
                return Err(LedgerError::Missing);
            }
            create(&transaction, &mut sealer)?;
            audit::append(
                &transaction,
                &sealer,
                moment,
                "ledger",
                "ledger-created",
                &json!({"simulated": simulated, "public_key": sealer.signer().map(Signer::public)}),
            )?;
        } else {
            check_meta(&transaction, &sealer)?;
            let from = schema::migrate(&transaction)?;
            let signer = match Signer::load(&transaction, &sealer)? {
                Some(signer) => signer,
                None => Signer::create(&transaction, &sealer)?,
            };
            sealer.set_signer(signer);
            // A record may be appended only where the head outside agrees with the newest one.
            if let Some(from) = from {
                audit::settle(&transaction, &sealer, &head_path)?;
                let detail = json!({"from": from, "to": schema::newest(), "public_key": sealer.signer().map(Signer::public)});
                audit::append(
                    &transaction,
                    &sealer,
                    moment,
                    "ledger",
                    "ledger-migrated",
                    &detail,
                )?;
            }
        }
        transaction.commit()?;

        let mut ledger = Self {
            connection,
            sealer: Arc::new(sealer),
            path,
            head_path,
            time_sources: None,
            log_left: false,
            reseal_at: rotation::Place::default(),
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
        ledger.announce_rotation(now)?;
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
        let (mut connection, sealer) = existing(&path, &key, simulated)?;
        verify::steady(&mut connection, &sealer, &head_path)
    }

    /// Limits the database to `pages` pages of 4 KiB, the present size at least; a write beyond gives
    /// [`LedgerError::DiskFull`]. Holds for this connection.
    pub fn limit_pages(&self, pages: u32) -> Result<(), LedgerError> {
        self.connection
            .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
        Ok(())
    }
}

/// A connection to a ledger that exists, for looking only; nothing is migrated or repaired.
pub(crate) fn existing(
    path: &Path,
    keys: &LedgerKeys,
    simulated: bool,
) -> Result<(Connection, Sealer), LedgerError> {
    let mut sealer = Sealer::new(keys, simulated)?;
    if !path.exists() {
        return Err(LedgerError::Missing);
    }
    let connection = connect(path, true)?;
    if schema::is_blank(&connection)? {
        return Err(LedgerError::Missing);
    }
    check_meta(&connection, &sealer)?;
    if let Some(signer) = Signer::load(&connection, &sealer)? {
        sealer.set_signer(signer);
    }
    Ok((connection, sealer))
}

pub(crate) fn connect(path: &Path, durable: bool) -> Result<Connection, LedgerError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    schema::prepare(&connection, durable)?;
    Ok(connection)
}

/// The same for a file that holds nothing yet: what is given back to the disk later must be settled before the first page is written.
pub(crate) fn connect_new(path: &Path, durable: bool) -> Result<Connection, LedgerError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    schema::prepare(&connection, durable)?;
    Ok(connection)
}

/// Tables, check record and signing key of a new ledger.
pub(crate) fn create(connection: &Connection, sealer: &mut Sealer) -> Result<(), LedgerError> {
    schema::migrate(connection)?;
    seal_meta(connection, sealer)?;
    let signer = Signer::create(connection, sealer)?;
    sealer.set_signer(signer);
    rotation::begin_with_newest(connection, sealer)
}

/// The file exists with its final rights before SQLite sees it; journal and index inherit them.
pub(crate) fn create_private(path: &Path) -> Result<(), LedgerError> {
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

pub(crate) fn seal_meta(connection: &Connection, sealer: &Sealer) -> Result<(), LedgerError> {
    let check = sealer.seal("meta", "check", &[], CHECK)?;
    let insert =
        "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2";
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
    rotation::check_generations(connection, sealer)?;
    let check = value("check")?.ok_or_else(|| LedgerError::Corrupt("no check record".into()))?;
    match sealer.open("meta", "check", &[], &check) {
        Some(text) if text == CHECK => Ok(()),
        _ => Err(LedgerError::WrongKey),
    }
}
