//! Ledgers of releases that gave no page back to the disk (`auto_vacuum = NONE`) are written anew once, so that they can.

use crate::{Ledger, LedgerError};

/// A larger file is left as it is, bytes: at its start a terminal shall not stand still for longer than a person waits for a machine that
/// was switched on. Writing anew took 1.5 s for 90 MB (200,000 records; `cargo xtask bench audit`, a debug build, two busy cores, a disk in
/// memory). Each byte goes three times to the disk (temporary file, log, file): some 80 s for this size at 10 MB/s.
pub const LARGEST: u64 = 256 * 1024 * 1024;
/// Beside twice the file itself (its copy in the log, and a temporary one), bytes.
const MARGIN: u64 = 64 * 1024 * 1024;
/// Stands in the state from before the writing until it ended, well or not.
const BEGUN: &str = "shrinkable-begun";

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
    /// It was begun before and did not come to an end: whoever did it was killed. Nothing was changed, and it is not begun again.
    Unfinished,
}

impl Ledger {
    /// Turns a file of an earlier release into one that can give free pages back, when `available` bytes are free where it lies and where SQLite
    /// keeps temporary files. The whole file is written anew in one transaction of SQLite: after a crash in the middle the old one is there,
    /// whole. Holds the ledger for all of that time, so it belongs before the first visit; and so that a start which is killed for it is not
    /// followed by one that is killed for it, it is begun once: that is noted, durably, before, and forgotten when it returned, also with an
    /// error. What SQLite's temporary file holds is what the ledger holds: sealed.
    ///
    /// # Errors
    /// The disk, or somebody else is reading; the ledger is as it was then.
    pub fn make_shrinkable(&mut self, available: u64) -> Result<Turned, LedgerError> {
        if self.shrinks()? {
            return Ok(Turned::Already);
        }
        if self.was_begun()? {
            return Ok(Turned::Unfinished);
        }
        let (before, _) = self.size()?;
        if before > LARGEST {
            return Ok(Turned::TooLarge { bytes: before });
        }
        let needed = before.saturating_mul(2).saturating_add(MARGIN);
        if available < needed {
            return Ok(Turned::NoRoom { needed });
        }
        self.put_state(BEGUN, "1")?;
        let written = self.write_anew();
        // In either case: what was written in vain stands in the log, and where that filled the disk nothing else could be recorded. What fails
        // here is no failure of the writing; the ledger's care bounds the log again, and the note says nothing of a ledger that is turned.
        if let Err(error) = self.settle() {
            tracing::warn!(code = error.code(), %error, "the ledger's log was not emptied after its writing anew");
        }
        if let Err(error) = self.forget_state(BEGUN) {
            tracing::warn!(code = error.code(), %error, "that the ledger's writing anew ended could not be noted");
        }
        written?;
        let (after, _) = self.size()?;
        Ok(Turned::Now { before, after })
    }

    fn write_anew(&mut self) -> Result<(), LedgerError> {
        // Takes effect with the next writing anew of the whole file, and only then.
        self.connection
            .pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        Ok(self.connection.execute_batch("VACUUM")?)
    }

    /// Whether the note stands; it need not be readable for that.
    fn was_begun(&self) -> Result<bool, LedgerError> {
        Ok(self.connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM state WHERE key = ?1)",
            [BEGUN],
            |row| row.get(0),
        )?)
    }
}
