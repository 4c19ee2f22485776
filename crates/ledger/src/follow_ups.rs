//! Follow-ups: what staff must still do about a result (phone the welfare office, look after a file nobody took), until somebody
//! says that it was done and what came of it.

use crate::audit::Entry;
use crate::seal::Sealer;
use crate::write::acceptable;
use crate::{Ledger, LedgerError, MAX_ROWS, events};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::json;

/// Longest accepted note or outcome, in bytes.
const MAX_NOTE: usize = 4096;

/// A follow-up to be opened.
#[derive(Clone)]
pub struct NewFollowUp {
    /// The visit that gave the reason.
    pub visit: u64,
    /// Its card reader.
    pub reader: String,
    /// The result concerned.
    pub result_id: String,
    /// Why: `unentrusted`, `uncollected` …
    pub reason: String,
    /// What staff need to know to act (the office's name, say); sealed. At most 4 KiB.
    pub note: String,
}

/// A follow-up as it stands in the ledger.
#[derive(Clone, PartialEq, Eq)]
pub struct FollowUp {
    /// Its number.
    pub id: u64,
    /// When it was opened, milliseconds since the Unix epoch.
    pub made_at: i64,
    /// The visit that gave the reason.
    pub visit: u64,
    /// Its card reader.
    pub reader: String,
    /// The result concerned.
    pub result_id: String,
    /// Why.
    pub reason: String,
    /// What staff need to know to act.
    pub note: String,
    /// When it was closed.
    pub closed_at: Option<i64>,
    /// Who closed it.
    pub closed_by: Option<String>,
    /// What came of it.
    pub outcome: Option<String>,
    /// The seal of its note or outcome does not open: that one is empty here.
    pub unreadable: bool,
}

/// Without note and outcome: they are about a patient.
impl std::fmt::Debug for FollowUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FollowUp")
            .field("id", &self.id)
            .field("result_id", &self.result_id)
            .field("reason", &self.reason)
            .field("closed_by", &self.closed_by)
            .finish_non_exhaustive()
    }
}

/// Without the note: it is about a patient.
impl std::fmt::Debug for NewFollowUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewFollowUp")
            .field("result_id", &self.result_id)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

impl Ledger {
    /// Opens a follow-up; a second one of the same result and reason is the first.
    pub fn open_follow_up(&mut self, now: i64, new: &NewFollowUp) -> Result<u64, LedgerError> {
        self.change(now, "terminal", |connection, sealer| {
            insert(connection, sealer, now, new)
        })
    }

    /// One follow-up.
    pub fn follow_up(&self, id: u64) -> Result<Option<FollowUp>, LedgerError> {
        Ok(self
            .read_follow_ups("id = ?1", i64::try_from(id).unwrap_or(-1), 1)?
            .pop())
    }

    /// Follow-ups with a greater number than `after`, oldest first, only open ones if wanted; at most `limit` and [`MAX_ROWS`].
    pub fn follow_ups(
        &self,
        after: u64,
        open_only: bool,
        limit: usize,
    ) -> Result<Vec<FollowUp>, LedgerError> {
        let open = if open_only {
            " AND closed_at IS NULL"
        } else {
            ""
        };
        self.read_follow_ups(
            &format!("id > ?1{open}"),
            i64::try_from(after).unwrap_or(i64::MAX),
            limit,
        )
    }

    /// The newest follow-ups for one of two reasons, open or closed, the newest first; at most `limit` and [`MAX_ROWS`].
    pub fn newest_follow_ups(
        &self,
        reasons: [&str; 2],
        open: bool,
        limit: usize,
    ) -> Result<Vec<FollowUp>, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id FROM follow_ups WHERE reason IN (?1, ?2) AND (closed_at IS NULL) = ?3 ORDER BY id DESC LIMIT ?4",
        )?;
        let [one, other] = reasons;
        let rows = statement.query_map(
            params![one, other, open, limit.min(MAX_ROWS) as i64],
            |row| row.get::<_, i64>(0),
        )?;
        let ids = rows.collect::<Result<Vec<_>, _>>()?;
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            found.append(&mut self.read_follow_ups("id = ?1", id, 1)?);
        }
        Ok(found)
    }

    /// The follow-ups of one result for one of two reasons, open and closed, oldest first.
    pub fn follow_ups_of(
        &self,
        result_id: &str,
        reasons: [&str; 2],
    ) -> Result<Vec<FollowUp>, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id FROM follow_ups WHERE result_id = ?1 AND reason IN (?2, ?3) ORDER BY id LIMIT ?4",
        )?;
        let [one, other] = reasons;
        let rows = statement.query_map(params![result_id, one, other, MAX_ROWS as i64], |row| {
            row.get::<_, i64>(0)
        })?;
        let ids = rows.collect::<Result<Vec<_>, _>>()?;
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            found.append(&mut self.read_follow_ups("id = ?1", id, 1)?);
        }
        Ok(found)
    }

    fn read_follow_ups(
        &self,
        wanted: &str,
        value: i64,
        limit: usize,
    ) -> Result<Vec<FollowUp>, LedgerError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT id, made_at, visit, reader, result_id, reason, note, closed_at, closed_by, outcome FROM follow_ups
             WHERE {wanted} ORDER BY id LIMIT ?2"
        ))?;
        statement
            .query_map(params![value, limit.min(MAX_ROWS) as i64], raw)?
            .map(|row| {
                let (mut found, note, outcome) = row?;
                let place = format!("{} {}", found.result_id, found.reason);
                // One that is damaged keeps no other back.
                let mut open = |table: &str, sealed: &[u8]| {
                    let opened = self.sealer.open_text(table, &place, &[], sealed);
                    if let Err(error) = &opened {
                        tracing::debug!(code = "UK-LEDG-028", %error, id = found.id, "part of a follow-up can't be read");
                        found.unreadable = true;
                    }
                    opened.ok()
                };
                let note = open("follow-up", &note).unwrap_or_default();
                let outcome = outcome.and_then(|sealed| open("follow-up-outcome", &sealed));
                (found.note, found.outcome) = (note, outcome);
                Ok(found)
            })
            .collect()
    }

    /// Closes a follow-up: `actor` did what was to be done, and `outcome` says what came of it. Closing it again changes
    /// nothing: the first outcome stands.
    pub fn close_follow_up(
        &mut self,
        now: i64,
        id: u64,
        actor: &str,
        outcome: &str,
    ) -> Result<(), LedgerError> {
        if outcome.len() > MAX_NOTE {
            return Err(LedgerError::Unacceptable("outcome"));
        }
        let row = i64::try_from(id).unwrap_or(-1);
        self.change(now, actor, |connection, sealer| {
            let (result, reason, closed, reader): (String, String, Option<i64>, String) =
                connection
                    .query_row(
                        "SELECT result_id, reason, closed_at, reader FROM follow_ups WHERE id = ?1",
                        [row],
                        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
                    )
                    .optional()?
                    .ok_or(LedgerError::NotFound)?;
            if closed.is_some() {
                return Ok(((), None));
            }
            let place = format!("{result} {reason}");
            let sealed = sealer.seal("follow-up-outcome", &place, &[], outcome.as_bytes())?;
            connection.execute(
                "UPDATE follow_ups SET closed_at = ?2, closed_by = ?3, outcome = ?4 WHERE id = ?1",
                params![row, now, actor, sealed],
            )?;
            events::insert(
                connection,
                now,
                "follow-up-closed",
                &id.to_string(),
                &reader,
            )?;
            let detail = json!({"follow_up": id, "result": result, "reason": reason});
            Ok((
                (),
                Some(Entry {
                    action: "follow-up-closed",
                    detail,
                }),
            ))
        })
    }
}

pub(crate) fn insert(
    connection: &Connection,
    sealer: &Sealer,
    now: i64,
    new: &NewFollowUp,
) -> Result<(u64, Option<Entry>), LedgerError> {
    acceptable("result", &new.result_id)?;
    acceptable("reason", &new.reason)?;
    acceptable("reader", &new.reader)?;
    if new.note.len() > MAX_NOTE {
        return Err(LedgerError::Unacceptable("note"));
    }
    let known: Option<i64> = connection
        .query_row(
            "SELECT id FROM follow_ups WHERE result_id = ?1 AND reason = ?2",
            params![new.result_id, new.reason],
            |row| row.get(0),
        )
        .optional()?;
    if let Some(known) = known {
        return Ok((u64::try_from(known).unwrap_or(0), None));
    }
    let place = format!("{} {}", new.result_id, new.reason);
    let note = sealer.seal("follow-up", &place, &[], new.note.as_bytes())?;
    let visit = format!("{:016x}", new.visit);
    connection.execute(
        "INSERT INTO follow_ups (made_at, visit, reader, result_id, reason, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![now, visit, new.reader, new.result_id, new.reason, note],
    )?;
    let id = u64::try_from(connection.last_insert_rowid()).unwrap_or(0);
    events::insert(
        connection,
        now,
        "follow-up-opened",
        &id.to_string(),
        &new.reader,
    )?;
    let detail = json!({"follow_up": id, "result": new.result_id, "reason": new.reason});
    Ok((
        id,
        Some(Entry {
            action: "follow-up-opened",
            detail,
        }),
    ))
}

fn raw(row: &Row<'_>) -> rusqlite::Result<(FollowUp, Vec<u8>, Option<Vec<u8>>)> {
    let visit: String = row.get(2)?;
    let found = FollowUp {
        id: u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0),
        made_at: row.get(1)?,
        visit: u64::from_str_radix(&visit, 16).unwrap_or(0),
        reader: row.get(3)?,
        result_id: row.get(4)?,
        reason: row.get(5)?,
        note: String::new(),
        closed_at: row.get(7)?,
        closed_by: row.get(8)?,
        outcome: None,
        unreadable: false,
    };
    Ok((found, row.get(6)?, row.get(9)?))
}
