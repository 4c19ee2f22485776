//! Ledgers of releases that gave no page back to the disk (`auto_vacuum = NONE`) are written anew once, so that they can.

use crate::{Ledger, LedgerError};

/// A larger file is left as it is, bytes: at its start a terminal shall not stand still for longer than a person waits for a machine that
/// was switched on. Writing anew took 1.5 s for 90 MB (200,000 records; `cargo xtask bench audit`, a debug build, two busy cores, a disk in
/// memory): some 20 s for this size. Each byte goes three times to the disk (temporary file, log, file): at 50 MB/s that is about a minute.
pub const LARGEST: u64 = 1024 * 1024 * 1024;
/// Beside twice the file itself (its copy in the log, and a temporary one), bytes.
const MARGIN: u64 = 64 * 1024 * 1024;

/// What came of [`Ledger::make_shrinkable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turned {
    /// It can give pages back already.
    Already,
    /// It was written anew; size in bytes before and after.
    Now {
        /// Before.
        before: u64,
        /// After.
        after: u64,
    },
    /// The disk has too little room for that now; nothing was changed.
    NoRoom {
        /// Bytes that have to be free.
        needed: u64,
    },
    /// The file is larger than [`LARGEST`]; nothing was changed.
    TooLarge {
        /// Its size.
        bytes: u64,
    },
}

impl Ledger {
    /// Turns a file of an earlier release into one that can give free pages back, when `available` bytes of the disk are enough for it. The
    /// whole file is written anew in one transaction of SQLite: after a crash in the middle the old one is there, whole. Holds the ledger for
    /// all of that time, so it belongs before the first visit. What SQLite's temporary file holds is what the ledger holds: sealed.
    ///
    /// # Errors
    /// The disk, or somebody else is reading; nothing was changed then.
    pub fn make_shrinkable(&mut self, available: u64) -> Result<Turned, LedgerError> {
        if self.shrinks()? {
            return Ok(Turned::Already);
        }
        let (before, _) = self.size()?;
        if before > LARGEST {
            return Ok(Turned::TooLarge { bytes: before });
        }
        let needed = before.saturating_mul(2).saturating_add(MARGIN);
        if available < needed {
            return Ok(Turned::NoRoom { needed });
        }
        // Takes effect with the next writing anew of the whole file, and only then.
        self.connection
            .pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        self.connection.execute_batch("VACUUM")?;
        self.settle()?;
        let (after, _) = self.size()?;
        Ok(Turned::Now { before, after })
    }
}
