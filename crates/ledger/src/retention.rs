//! Retention: what is no longer needed is erased, kind by kind, after a set time. Erasing overwrites (`secure_delete`), the
//! write-ahead log is emptied afterwards, and the audit chain keeps that it was done, but nothing of what it was.

use crate::audit::Entry;
use crate::outbox::FILES;
use crate::{Ledger, LedgerError, retention_lists};
use rusqlite::{Connection, params};
use serde_json::json;

/// The most results that one call erases; the rest comes with the next.
const STEP: usize = 200;

/// Ended asks whose time has passed, but for those of request files whose answer still lies in its folder: through the ask the file's
/// result is known. The subject of such a delivery is one of two words and the ask's key.
const OLD_ASKS: &str = "DELETE FROM asks WHERE state <> 'queued' AND ended_at < ?1 AND NOT EXISTS
     (SELECT 1 FROM deliveries WHERE consumer = ?2 AND consumer = asks.client
      AND subject IN ('req:' || asks.key, 'req-sjis:' || asks.key)
      AND deliveries.state IN ('planned', 'ready', 'written', 'withdrawing'))";

/// Small state under this and a result's id belongs to the open follow-up of that result and is erased after it.
pub const MARK: &str = "unentrusted:";
/// Small state under this and a follow-up's number belongs to that follow-up and is erased after it.
pub const PROPOSAL: &str = "unentrusted-proposal:";

/// Small state under this and a follow-up's number is kept as long as that follow-up.
pub const FOLLOW_UP_NOTES: &str = "unentrusted-notes:";

/// The same, for what comes after notes that can't be read.
pub const FOLLOW_UP_NOTES_AFTER: &str = "unentrusted-notes-after:";

/// Small state under this and a result's id is the stable code of what staff must know of that result; it goes with the result.
pub const RESULT_REMARK: &str = "result-remark:";

/// How long each kind is kept after it has come to its end, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Results, after they were acknowledged; their events and deliveries go with them.
    pub acknowledged: i64,
    /// Inquiries and asks, after they were answered, failed or given up; that of a request file not before its answer has been taken or
    /// withdrawn.
    pub inquiries: i64,
    /// Follow-ups, after they were closed.
    pub follow_ups: i64,
    /// Consents, after their time has passed or they were withdrawn.
    pub consents: i64,
    /// Bulk jobs, after they ended.
    pub bulk: i64,
    /// Spellings of names that staff accepted, after they were last kept or shown.
    pub spellings: i64,
    /// Remembered answers of idempotency keys.
    pub answers: i64,
    /// Medical results that nobody may take here, after they were stored and every consent for them has ended; `None` = they wait for a
    /// client like every result.
    pub untaken_medical: Option<i64>,
}

impl Default for Retention {
    /// Results 30 days, inquiries 30 days, follow-ups and consents a year, bulk jobs 90 days, spellings five years, remembered answers 2 days.
    fn default() -> Self {
        const DAY: i64 = 24 * 3600 * 1000;
        Self {
            acknowledged: 30 * DAY,
            inquiries: 30 * DAY,
            follow_ups: 365 * DAY,
            consents: 365 * DAY,
            bulk: 90 * DAY,
            spellings: 1_825 * DAY,
            answers: 2 * DAY,
            untaken_medical: None,
        }
    }
}

/// How many of each kind were erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Results.
    pub results: usize,
    /// Inquiries and asks.
    pub inquiries: usize,
    /// Follow-ups.
    pub follow_ups: usize,
    /// Consents.
    pub consents: usize,
    /// Bulk jobs.
    pub bulk: usize,
    /// Accepted spellings.
    pub spellings: usize,
    /// Remembered answers.
    pub answers: usize,
    /// Medical results that nobody could have taken.
    pub untaken: usize,
}

impl Erased {
    /// Whether anything was erased.
    pub fn any(&self) -> bool {
        *self != Self::default()
    }
}

impl Ledger {
    /// Erases what has been kept long enough. An unacknowledged result, a waiting inquiry and an open follow-up are never
    /// erased, however old. What is done in one call is bounded; call again while it gives something.
    pub fn retain(&mut self, now: i64, retention: &Retention) -> Result<Erased, LedgerError> {
        let keep = *retention;
        let erased = self.change(now, "terminal", |connection, sealer| {
            let before = |kept: i64| now.saturating_sub(kept.max(0));
            let untaken = match keep.untaken_medical {
                Some(kept) => untaken(connection, before(kept), now)?,
                None => Vec::new(),
            };
            let erased = Erased {
                results: results(connection, before(keep.acknowledged), STEP)?,
                inquiries: connection.execute(
                    "DELETE FROM inquiries WHERE state <> 'queued' AND queued_at < ?1",
                    [before(keep.inquiries)],
                )? + connection
                    .execute(OLD_ASKS, params![before(keep.inquiries), FILES])?,
                follow_ups: connection.execute(
                    "DELETE FROM follow_ups WHERE closed_at < ?1",
                    [before(keep.follow_ups)],
                )?,
                consents: connection.execute(
                    "DELETE FROM consents WHERE coalesce(withdrawn_at, until) < ?1",
                    [before(keep.consents)],
                )?,
                bulk: connection.execute(
                    "DELETE FROM bulk_jobs WHERE ended_at < ?1",
                    [before(keep.bulk)],
                )?,
                spellings: retention_lists::spellings(connection, sealer, before(keep.spellings))?,
                answers: 0,
                untaken: untaken.len(),
            };
            if erased.results > 0 || erased.untaken > 0 {
                retention_lists::tidy(connection, sealer)?;
            }
            Ok((erased, entry(&erased, "its time has passed", &untaken)))
        })?;
        // Remembered answers are housekeeping, not an act about anybody: they need no audit record, and so no change of their own.
        let answers = self.connection.execute(
            "DELETE FROM answers WHERE at < ?1",
            [now.saturating_sub(keep.answers.max(0))],
        )?;
        let marks = self.forget_marks()?;
        let erased = Erased { answers, ..erased };
        self.empty_log(&erased)?;
        if marks > 0 && !erased.any() {
            self.empty_log_now()?;
        }
        Ok(erased)
    }

    /// What knows a person again is of use only while somebody waits for that person's ticket.
    fn forget_marks(&mut self) -> Result<usize, LedgerError> {
        let mut forgotten = 0;
        let open = " WHERE closed_at IS NULL";
        for (prefix, of, which) in [
            (MARK, "result_id", open),
            (PROPOSAL, "CAST(id AS TEXT)", open),
            (FOLLOW_UP_NOTES, "CAST(id AS TEXT)", ""),
            (FOLLOW_UP_NOTES_AFTER, "CAST(id AS TEXT)", ""),
        ] {
            let sql = format!(
                "DELETE FROM state WHERE substr(key, 1, length(?1)) = ?1 AND substr(key, length(?1) + 1) NOT IN
                 (SELECT {of} FROM follow_ups{which})"
            );
            forgotten += self.connection.execute(&sql, [prefix])?;
        }
        Ok(forgotten)
    }

    /// For want of space: erases acknowledged results, the oldest first and whatever their age, at most 200 in one call.
    pub fn erase_acknowledged(&mut self, now: i64) -> Result<Erased, LedgerError> {
        self.erase_acknowledged_before(now, i64::MAX)
    }

    /// The same, of those acknowledged before a moment only.
    pub fn erase_acknowledged_before(
        &mut self,
        now: i64,
        before: i64,
    ) -> Result<Erased, LedgerError> {
        let erased = self.change(now, "terminal", |connection, sealer| {
            let erased = Erased {
                results: results(connection, before, STEP)?,
                ..Erased::default()
            };
            if erased.results > 0 {
                retention_lists::tidy(connection, sealer)?;
            }
            Ok((erased, entry(&erased, "for want of space", &[])))
        })?;
        self.empty_log(&erased)?;
        Ok(erased)
    }
}

/// `untaken` are named, because nobody's acknowledgement in the chain says of them that they may be gone.
fn entry(erased: &Erased, why: &str, untaken: &[String]) -> Option<Entry> {
    erased.any().then(|| Entry {
        action: "erased",
        detail: json!({
            "why": why,
            "results": erased.results,
            "inquiries": erased.inquiries,
            "follow_ups": erased.follow_ups,
            "consents": erased.consents,
            "bulk": erased.bulk,
            "spellings": erased.spellings,
            "untaken_medical": erased.untaken,
            "untaken_results": untaken,
        }),
    })
}

/// Erases acknowledged results with everything that only belongs to them.
fn results(connection: &Connection, before: i64, limit: usize) -> Result<usize, LedgerError> {
    let ids: Vec<String> = connection
        .prepare_cached(
            "SELECT id FROM results WHERE acknowledged_at IS NOT NULL AND acknowledged_at < ?1 ORDER BY seq LIMIT ?2",
        )?
        .query_map(params![before, limit as i64], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    erase(connection, &ids)
}

/// Erases medical results that nobody owns and whose consents have all ended: what may not be used any more is not kept for ever.
fn untaken(connection: &Connection, before: i64, now: i64) -> Result<Vec<String>, LedgerError> {
    let ids: Vec<String> = connection
        .prepare_cached(
            "SELECT id FROM results WHERE kind <> 'qualification' AND owner IS NULL AND acknowledged_at IS NULL AND stored_at < ?1
             AND NOT EXISTS (SELECT 1 FROM consents WHERE consents.visit = results.visit AND consents.kind = results.kind
                 AND flag = '1' AND withdrawn_at IS NULL AND (until IS NULL OR until >= ?2)) ORDER BY seq LIMIT ?3",
        )?
        .query_map(params![before, now, STEP as i64], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    erase(connection, &ids)?;
    Ok(ids)
}

fn erase(connection: &Connection, ids: &[String]) -> Result<usize, LedgerError> {
    for id in ids {
        for sql in [
            "DELETE FROM events WHERE subject = ?1",
            "DELETE FROM deliveries WHERE (subject = ?1 OR subject LIKE ?1 || ' %') AND state IN ('taken', 'uncollected', 'abandoned')",
            "DELETE FROM inquiries WHERE result_id = ?1",
            "DELETE FROM state WHERE key = 'result-remark:' || ?1",
            "UPDATE asks SET result_id = NULL WHERE result_id = ?1",
            "DELETE FROM results WHERE id = ?1",
        ] {
            connection.execute(sql, [id])?;
        }
    }
    Ok(ids.len())
}
