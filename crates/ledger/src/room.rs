//! Room: how large the file is, how much of it is free, and giving free pages back to the disk.

use std::time::Duration;

use crate::schema::BUSY;
use crate::{Erased, Ledger, LedgerError};

/// The mode of `auto_vacuum` in which free pages are given back when that is asked for.
const INCREMENTAL: i64 = 2;
/// How long the emptying of the write-ahead log after an erasure waits for readers.
const FOR_READERS: Duration = Duration::from_millis(50);

/// A write-ahead log of so many bytes is emptied by [`Ledger::bound_log`]. SQLite copies it back after 4 MiB by itself and then uses it again
/// from its beginning, unless somebody reads.
pub const LOG: u64 = 16 * 1024 * 1024;

impl Ledger {
    /// Size of the database's pages in bytes, and how much of it is free for new records.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn size(&self) -> Result<(u64, u64), LedgerError> {
        let page = self.number("page_size")?;
        Ok((
            self.number("page_count")? * page,
            self.number("freelist_count")? * page,
        ))
    }

    /// Whether the file can give free pages back to the disk. One that was begun by a release before that can't, until
    /// [`Self::make_shrinkable`] has turned it: its free pages are used for new records.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn shrinks(&self) -> Result<bool, LedgerError> {
        Ok(i64::try_from(self.number("auto_vacuum")?) == Ok(INCREMENTAL))
    }

    /// Gives up to `pages` free pages back to the disk, in one transaction of SQLite, and gives how many bytes the database has become
    /// smaller. (What is moved to other places for that is sealed, as everything.)
    ///
    /// # Errors
    /// The disk; nothing was changed then.
    pub fn shrink(&mut self, pages: u32) -> Result<u64, LedgerError> {
        if !self.shrinks()? || self.number("freelist_count")? == 0 {
            return Ok(0);
        }
        let (before, _) = self.size()?;
        {
            let mut statement = self
                .connection
                .prepare(&format!("PRAGMA incremental_vacuum({pages})"))?;
            let mut rows = statement.query([])?;
            // One row for each page.
            while rows.next()?.is_some() {}
        }
        self.empty_log_now()?;
        let (after, _) = self.size()?;
        Ok(before.saturating_sub(after))
    }

    /// What was erased still stands in the write-ahead log until that is copied back; it is emptied at once, as far as no reader
    /// holds it, and otherwise by [`Self::bound_log`]. (It holds sealed records only.)
    pub(crate) fn empty_log(&mut self, erased: &Erased) -> Result<(), LedgerError> {
        if erased.any() {
            self.empty_log_now()
        } else {
            Ok(())
        }
    }

    /// Empties the write-ahead log when it has grown larger than [`LOG`]: while a reader (the check of the chain) reads, it only grows, and
    /// when it is used again from its beginning it does not become smaller by itself. To be called from time to time; costs one look at the
    /// file otherwise.
    ///
    /// # Errors
    /// The disk.
    pub fn bound_log(&mut self) -> Result<(), LedgerError> {
        let mut log = self.path.clone().into_os_string();
        log.push("-wal");
        let large = match std::fs::metadata(&log) {
            Ok(found) => found.len() > LOG,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
            Err(error) => return Err(LedgerError::io("look at the ledger's log")(error)),
        };
        if large || self.log_left {
            self.empty_log_now()
        } else {
            Ok(())
        }
    }

    /// A reader (the check of the chain) does not hold up who writes.
    pub(crate) fn empty_log_now(&mut self) -> Result<(), LedgerError> {
        self.connection.busy_timeout(FOR_READERS)?;
        let done = self.settle();
        self.connection.busy_timeout(BUSY)?;
        done
    }

    /// Copies the write-ahead log back and empties it, as at a stop: a backup that is put in the ledger's place then meets no log of the
    /// ledger that stood there.
    ///
    /// # Errors
    /// The disk.
    pub fn settle(&mut self) -> Result<(), LedgerError> {
        let held: i64 =
            self.connection
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        self.log_left = held != 0;
        Ok(())
    }

    fn number(&self, pragma: &str) -> Result<u64, LedgerError> {
        let value: i64 = self
            .connection
            .query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0))?;
        Ok(u64::try_from(value).unwrap_or(0))
    }
}
