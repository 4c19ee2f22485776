//! Inquiries that could not be made when the service was out of reach, kept until they were answered or given up.

use crate::audit::Entry;
use crate::results::insert;
use crate::write::acceptable;
use crate::{Beside, Ledger, LedgerError, MAX_BODY, NewResult, StoredResult};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::json;

/// The most that one call lists; the rest comes with the next.
const MAX_LISTED: i64 = 100;

/// An inquiry that waits to be repeated.
#[derive(Clone, PartialEq, Eq)]
pub struct Inquiry {
    /// Its number.
    pub id: u64,
    /// The visit whose answer it is to bring (invariant 10).
    pub visit: u64,
    /// Name of the card reader of that visit.
    pub reader: String,
    /// When it was queued, milliseconds since the Unix epoch.
    pub queued_at: i64,
    /// Before this time it is not repeated.
    pub next_at: i64,
    /// How often it was postponed.
    pub attempts: u32,
    /// Why it was postponed last.
    pub reason: String,
    /// What is needed to repeat it, as JSON; sealed in the ledger. Empty when its seal does not open: it can only be given up then.
    pub payload_json: String,
}

/// Without the payload: it holds a card's proof and names a person.
impl std::fmt::Debug for Inquiry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inquiry")
            .field("id", &self.id)
            .field("visit", &format_args!("{:016x}", self.visit))
            .field("next_at", &self.next_at)
            .field("attempts", &self.attempts)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

impl Ledger {
    /// Queues an inquiry, due at once, and gives its number. Durable when this returns.
    pub fn queue_inquiry(
        &mut self,
        now: i64,
        visit: u64,
        reader: &str,
        payload_json: &str,
    ) -> Result<u64, LedgerError> {
        acceptable("reader", reader)?;
        if payload_json.len() > MAX_BODY {
            return Err(LedgerError::Unacceptable("payload"));
        }
        let visit = format!("{visit:016x}");
        self.change(now, "terminal", |connection, sealer| {
            connection.execute(
                "INSERT INTO inquiries (visit, reader, queued_at, next_at, payload) VALUES (?1, ?2, ?3, ?3, x'')",
                params![visit, reader, now],
            )?;
            let id = connection.last_insert_rowid();
            let sealed = sealer.seal("inquiries", &id.to_string(), &[&visit, reader], payload_json.as_bytes())?;
            connection.execute("UPDATE inquiries SET payload = ?2 WHERE id = ?1", params![id, sealed])?;
            // It rests on the patient's card and the patient's own answers.
            let detail = json!({"inquiry": id, "visit": visit, "reader": reader, "by": "patient"});
            Ok((u64::try_from(id).unwrap_or(0), Some(Entry { action: "inquiry-queued", detail })))
        })
    }

    /// Inquiries whose time has come, the longest waiting first, at most 100.
    pub fn due_inquiries(&self, now: i64) -> Result<Vec<Inquiry>, LedgerError> {
        self.list_inquiries(now)
    }

    /// All inquiries still waiting, due or not, at most 100.
    pub fn open_inquiries(&self) -> Result<Vec<Inquiry>, LedgerError> {
        self.list_inquiries(i64::MAX)
    }

    fn list_inquiries(&self, until: i64) -> Result<Vec<Inquiry>, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, visit, reader, queued_at, next_at, attempts, reason, payload FROM inquiries
             WHERE state = 'queued' AND next_at <= ?1 ORDER BY next_at, id LIMIT ?2",
        )?;
        statement
            .query_map(params![until, MAX_LISTED], raw)?
            .map(|row| {
                let (mut inquiry, visit, sealed) = row?;
                let columns = [visit.as_str(), inquiry.reader.as_str()];
                // One that can't be read keeps no other back: without its payload whoever repeats it gives it up.
                match self.sealer.open_text("inquiries", &inquiry.id.to_string(), &columns, &sealed)
                {
                    Ok(payload) => inquiry.payload_json = payload,
                    Err(error) => {
                        tracing::debug!(code = "UK-LEDG-028", %error, inquiry = inquiry.id, "an inquiry can't be read");
                    }
                }
                Ok(inquiry)
            })
            .collect()
    }

    /// Puts an inquiry off until `next_at`. Not an audited act: nothing was asked and nothing was seen.
    pub fn postpone_inquiry(
        &mut self,
        id: u64,
        next_at: i64,
        reason: &str,
    ) -> Result<(), LedgerError> {
        let reason: String = reason
            .chars()
            .filter(|c| !c.is_control())
            .take(500)
            .collect();
        let changed = self.connection.execute(
            "UPDATE inquiries SET next_at = ?2, attempts = attempts + 1, reason = ?3 WHERE id = ?1 AND state = 'queued'",
            params![row_id(id), next_at, reason],
        )?;
        if changed == 0 {
            Err(LedgerError::NotFound)
        } else {
            Ok(())
        }
    }

    /// Stores the answer with what follows from it and ends the inquiry, all in one transaction, so that a crash neither loses
    /// nor doubles any of it (invariant 9). Repeating it gives the result stored the first time.
    pub fn complete_inquiry(
        &mut self,
        id: u64,
        now: i64,
        new: &NewResult,
        beside: &Beside,
    ) -> Result<StoredResult, LedgerError> {
        let result_id = self.change(now, "terminal", |connection, sealer| {
            let (visit, done) = inquiry_state(connection, id)?;
            if visit != format!("{:016x}", new.visit) {
                return Err(LedgerError::VisitMismatch);
            }
            if let Some(result_id) = done {
                return Ok((result_id, None));
            }
            let (result_id, _) = insert(connection, sealer, now, new)?;
            end(connection, id, "done", "", Some(&result_id))?;
            let mut detail = json!({"inquiry": id, "result": result_id, "visit": visit, "reader": new.reader, "kind": new.kind});
            beside.insert(connection, sealer, now, new, &mut detail)?;
            Ok((result_id, Some(Entry { action: "inquiry-completed", detail })))
        })?;
        self.result(&result_id)?.ok_or(LedgerError::NotFound)
    }

    /// Gives an inquiry up, with the reason that staff see.
    pub fn drop_inquiry(&mut self, id: u64, now: i64, reason: &str) -> Result<(), LedgerError> {
        let reason: String = reason
            .chars()
            .filter(|c| !c.is_control())
            .take(500)
            .collect();
        self.change(now, "terminal", |connection, _| {
            let (visit, done) = inquiry_state(connection, id)?;
            if done.is_some() {
                return Err(LedgerError::NotFound);
            }
            end(connection, id, "dropped", &reason, None)?;
            let detail = json!({"inquiry": id, "visit": visit, "reason": reason});
            Ok((
                (),
                Some(Entry {
                    action: "inquiry-dropped",
                    detail,
                }),
            ))
        })
    }
}

/// The visit of an inquiry that was not dropped, and its result when it is done.
fn inquiry_state(
    connection: &Connection,
    id: u64,
) -> Result<(String, Option<String>), LedgerError> {
    connection
        .query_row(
            "SELECT visit, result_id FROM inquiries WHERE id = ?1 AND state <> 'dropped'",
            [row_id(id)],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?
        .ok_or(LedgerError::NotFound)
}

/// Ends an inquiry; its payload names a person and is not needed any more.
fn end(
    connection: &Connection,
    id: u64,
    state: &str,
    reason: &str,
    result: Option<&str>,
) -> Result<(), LedgerError> {
    connection.execute(
        "UPDATE inquiries SET state = ?2, reason = ?3, result_id = ?4, payload = x'' WHERE id = ?1",
        params![row_id(id), state, reason, result],
    )?;
    Ok(())
}

fn row_id(id: u64) -> i64 {
    i64::try_from(id).unwrap_or(-1)
}

fn raw(row: &Row<'_>) -> rusqlite::Result<(Inquiry, String, Vec<u8>)> {
    let visit: String = row.get(1)?;
    let inquiry = Inquiry {
        id: u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0),
        visit: u64::from_str_radix(&visit, 16).unwrap_or(0),
        reader: row.get(2)?,
        queued_at: row.get(3)?,
        next_at: row.get(4)?,
        attempts: u32::try_from(row.get::<_, i64>(5)?).unwrap_or(u32::MAX),
        reason: row.get(6)?,
        payload_json: String::new(),
    };
    Ok((inquiry, visit, row.get(7)?))
}
