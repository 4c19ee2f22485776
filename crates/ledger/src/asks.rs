//! Asks: lookups by number that a receipt computer (or a request file) wants made. Kept until they are answered or have failed, so
//! that a crash neither forgets one nor makes it twice for the same key; the answer becomes a result whose owner is the asker.

use crate::audit::Entry;
use crate::results::{self, NewResult};
use crate::write::acceptable;
use crate::{Beside, Ledger, LedgerError, MAX_BODY, MAX_ROWS, events};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::json;

/// An ask to be made.
#[derive(Clone)]
pub struct NewAsk {
    /// Who asks; owns the answer.
    pub client: String,
    /// The asker's own key: the same key is the same ask.
    pub key: String,
    /// A fresh visit number for the answer (invariant 10).
    pub visit: u64,
    /// The bulk job it belongs to, if any.
    pub job: Option<u64>,
    /// The request as JSON; sealed.
    pub request_json: String,
}

/// How an ask stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskState {
    /// Not answered yet.
    Queued,
    /// Answered; there is a result.
    Answered,
    /// The service refused it or it could not be made; the code says why.
    Failed,
}

/// An ask as it stands in the ledger.
#[derive(Clone, PartialEq, Eq)]
pub struct Ask {
    /// Its number.
    pub id: u64,
    /// Who asks.
    pub client: String,
    /// The asker's own key.
    pub key: String,
    /// The visit number of the answer.
    pub visit: u64,
    /// The bulk job it belongs to.
    pub job: Option<u64>,
    /// When it came, milliseconds since the Unix epoch.
    pub made_at: i64,
    /// Before this time it is not tried again.
    pub next_at: i64,
    /// How often it was put off.
    pub attempts: u32,
    /// How it stands.
    pub state: AskState,
    /// Code of the last failure; empty when there was none.
    pub code: String,
    /// The answer.
    pub result_id: Option<String>,
    /// The request as JSON; empty once the ask has ended, and when its seal does not open: it can only fail then.
    pub request_json: String,
    /// The service's own code and words about a failed ask, verbatim, for the help desk.
    pub service: Option<(String, String)>,
}

/// Without the request and the service's words: they may name a person.
impl std::fmt::Debug for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ask")
            .field("id", &self.id)
            .field("client", &self.client)
            .field("state", &self.state)
            .field("attempts", &self.attempts)
            .field("code", &self.code)
            .field("result_id", &self.result_id)
            .finish_non_exhaustive()
    }
}

/// Without the request: it names a person.
impl std::fmt::Debug for NewAsk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewAsk")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

/// The most single lookups of one client that wait at one time, and the most bulk jobs.
const MOST_WAITING: i64 = 2_000;
const MOST_JOBS: i64 = 20;

/// Refuses more of a client that has so many waiting already.
fn room(connection: &Connection, client: &str, which: &str, most: i64) -> Result<(), LedgerError> {
    let waiting: i64 = connection
        .prepare_cached(&format!(
            "SELECT count(*) FROM asks WHERE state = 'queued' AND client = ?1 AND {which}"
        ))?
        .query_row([client], |row| row.get(0))?;
    if waiting >= most {
        return Err(LedgerError::TooMany);
    }
    Ok(())
}

/// Refuses one more bulk job of lookups while so many of the client's are at work.
pub(crate) fn room_for_a_job(connection: &Connection, client: &str) -> Result<(), LedgerError> {
    let working: i64 = connection.query_row(
        "SELECT count(*) FROM bulk_jobs WHERE state = 'working' AND client = ?1",
        [client],
        |row| row.get(0),
    )?;
    if working >= MOST_JOBS {
        return Err(LedgerError::TooMany);
    }
    Ok(())
}

const SELECT: &str = "SELECT id, client, key, visit, job, made_at, next_at, attempts, state, code, result_id, request FROM asks";

impl Ledger {
    /// Queues an ask, due at once; the same client and key give the ask of before. Durable when this returns.
    pub fn queue_ask(&mut self, now: i64, new: &NewAsk) -> Result<u64, LedgerError> {
        acceptable("client", &new.client)?;
        acceptable("key", &new.key)?;
        if new.request_json.len() > MAX_BODY {
            return Err(LedgerError::Unacceptable("request"));
        }
        self.change(now, &new.client, |connection, sealer| {
            let known: Option<i64> = connection
                .query_row(
                    "SELECT id FROM asks WHERE client = ?1 AND key = ?2",
                    params![new.client, new.key],
                    |row| row.get(0),
                )
                .optional()?;
            if let Some(known) = known {
                return Ok((u64::try_from(known).unwrap_or(0), None));
            }
            room(connection, &new.client, "job IS NULL", MOST_WAITING)?;
            let visit = format!("{:016x}", new.visit);
            let place = format!("{} {}", new.client, new.key);
            let sealed = sealer.seal("asks", &place, &[&visit], new.request_json.as_bytes())?;
            let job = new.job.map(|job| i64::try_from(job).unwrap_or(-1));
            connection.execute(
                "INSERT INTO asks (client, key, visit, job, made_at, next_at, request) VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6)",
                params![new.client, new.key, visit, job, now, sealed],
            )?;
            let id = u64::try_from(connection.last_insert_rowid()).unwrap_or(0);
            let detail = json!({"ask": id, "visit": visit, "job": new.job});
            Ok((id, Some(Entry { action: "ask-queued", detail })))
        })
    }

    /// One ask.
    pub fn ask(&self, id: u64) -> Result<Option<Ask>, LedgerError> {
        let wanted = format!("{SELECT} WHERE id = ?1 LIMIT ?2");
        Ok(self
            .read_asks(&wanted, i64::try_from(id).unwrap_or(-1), 1)?
            .pop())
    }

    /// The ask that a client made under a key.
    pub fn ask_by_key(&self, client: &str, key: &str) -> Result<Option<Ask>, LedgerError> {
        let id: Option<i64> = self
            .connection
            .prepare_cached("SELECT id FROM asks WHERE client = ?1 AND key = ?2")?
            .query_row(params![client, key], |row| row.get(0))
            .optional()?;
        match id {
            Some(id) => self.ask(u64::try_from(id).unwrap_or(0)),
            None => Ok(None),
        }
    }

    /// A client's asks with a greater number than `after`, oldest first.
    pub fn asks_of(&self, client: &str, after: u64, limit: usize) -> Result<Vec<Ask>, LedgerError> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let mut statement = self.connection.prepare_cached(&format!(
            "{SELECT} WHERE client = ?3 AND job IS NULL AND id > ?1 ORDER BY id LIMIT ?2"
        ))?;
        let rows = statement.query_map(params![after, limit.min(MAX_ROWS) as i64, client], raw)?;
        rows.map(|row| Ok(self.open_ask(row?))).collect()
    }

    /// Asks whose time has come: those somebody waits for before those of bulk jobs; among each, one of every client in turn, its longest
    /// waiting first, so that no client's thousand hold up another's one; at most `limit` and [`MAX_ROWS`].
    pub fn due_asks(&self, now: i64, limit: usize) -> Result<Vec<Ask>, LedgerError> {
        let in_turn = "FROM (SELECT *, row_number() OVER (PARTITION BY client, job IS NULL ORDER BY next_at, id) AS turn FROM asks
             WHERE state = 'queued' AND next_at <= ?1)";
        let wanted = format!(
            "{} ORDER BY job IS NOT NULL, turn, next_at, id LIMIT ?2",
            SELECT.replace("FROM asks", in_turn)
        );
        self.read_asks(&wanted, now, limit)
    }

    /// The asks of a bulk job, in their order.
    pub fn asks_of_job(&self, job: u64, limit: usize) -> Result<Vec<Ask>, LedgerError> {
        let wanted = format!("{SELECT} WHERE job = ?1 ORDER BY id LIMIT ?2");
        self.read_asks(&wanted, i64::try_from(job).unwrap_or(-1), limit)
    }

    fn read_asks(&self, select: &str, value: i64, limit: usize) -> Result<Vec<Ask>, LedgerError> {
        let mut statement = self.connection.prepare_cached(select)?;
        let rows = statement.query_map(params![value, limit.min(MAX_ROWS) as i64], raw)?;
        rows.map(|row| Ok(self.open_ask(row?))).collect()
    }

    fn open_ask(&self, (mut ask, visit, sealed): (Ask, String, Vec<u8>)) -> Ask {
        if !sealed.is_empty() {
            let place = format!("{} {}", ask.client, ask.key);
            let text = match self.sealer.open_text("asks", &place, &[&visit], &sealed) {
                Ok(text) => text,
                // One that can't be read keeps no other back: without its request whoever makes it lets it fail.
                Err(error) => {
                    tracing::debug!(code = "UK-LEDG-028", %error, ask = ask.id, "an ask can't be read");
                    return ask;
                }
            };
            // What a failed ask keeps in the place of its request is what the service said.
            match ask.state {
                AskState::Failed => ask.service = serde_json::from_str(&text).ok(),
                AskState::Queued | AskState::Answered => ask.request_json = text,
            }
        }
        ask
    }

    /// Puts an ask off until `next_at`. Not an audited act: nothing was asked and nothing was seen.
    pub fn postpone_ask(&mut self, id: u64, next_at: i64, code: &str) -> Result<(), LedgerError> {
        acceptable("code", code)?;
        let changed = self.connection.execute(
            "UPDATE asks SET next_at = ?2, attempts = attempts + 1, code = ?3 WHERE id = ?1 AND state = 'queued'",
            params![i64::try_from(id).unwrap_or(-1), next_at, code],
        )?;
        if changed == 0 {
            Err(LedgerError::NotFound)
        } else {
            Ok(())
        }
    }

    /// Stores the answer with what follows from it, makes the asker its owner and ends the ask, all in one transaction. Repeating it gives the result
    /// stored the first time.
    pub fn answer_ask(
        &mut self,
        now: i64,
        id: u64,
        new: &NewResult,
        beside: &Beside,
    ) -> Result<String, LedgerError> {
        let row = i64::try_from(id).unwrap_or(-1);
        self.change(now, "terminal", |connection, sealer| {
            let (visit, client, known): (String, String, Option<String>) = connection
                .query_row(
                    "SELECT visit, client, result_id FROM asks WHERE id = ?1 AND state <> 'failed'",
                    [row],
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
                )
                .optional()?
                .ok_or(LedgerError::NotFound)?;
            if visit != format!("{:016x}", new.visit) {
                return Err(LedgerError::VisitMismatch);
            }
            if let Some(known) = known {
                return Ok((known, None));
            }
            let (result, _) = results::insert(connection, sealer, now, new)?;
            connection.execute(
                "UPDATE results SET owner = ?2 WHERE id = ?1",
                params![result, client],
            )?;
            connection.execute(
                "UPDATE asks SET state = 'answered', ended_at = ?2, code = '', result_id = ?3, request = x'' WHERE id = ?1",
                params![row, now, result],
            )?;
            let mut detail = json!({"ask": id, "result": result, "visit": visit, "owner": client});
            beside.insert(connection, sealer, now, new, &mut detail)?;
            Ok((result, Some(Entry { action: "ask-answered", detail })))
        })
    }

    /// Ends an ask that cannot be answered; `code` says why, `service` is the service's own code and words where it gave any: sealed in the
    /// place of the request, and in the audit record.
    pub fn fail_ask(
        &mut self,
        now: i64,
        id: u64,
        code: &str,
        service: Option<(&str, &str)>,
    ) -> Result<(), LedgerError> {
        acceptable("code", code)?;
        let row = i64::try_from(id).unwrap_or(-1);
        self.change(now, "terminal", |connection, sealer| {
            let (client, key, visit): (String, String, String) = connection
                .query_row(
                    "SELECT client, key, visit FROM asks WHERE id = ?1 AND state = 'queued'",
                    [row],
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
                )
                .optional()?
                .ok_or(LedgerError::NotFound)?;
            let said = match service {
                Some(said) => {
                    let text = serde_json::to_string(&said)
                        .map_err(|_| LedgerError::Unacceptable("service"))?;
                    let place = format!("{client} {key}");
                    sealer.seal("asks", &place, &[&visit], text.as_bytes())?
                }
                None => Vec::new(),
            };
            connection.execute(
                "UPDATE asks SET state = 'failed', ended_at = ?2, code = ?3, request = ?4 WHERE id = ?1",
                params![row, now, code, said],
            )?;
            events::insert(connection, now, "inquiry-failed", &id.to_string(), "")?;
            let mut detail = json!({"ask": id, "code": code});
            if let Some((code, words)) = service {
                detail["service_code"] = code.into();
                detail["service_message"] = words.into();
            }
            Ok(((), Some(Entry { action: "ask-failed", detail })))
        })
    }
}

fn raw(row: &Row<'_>) -> rusqlite::Result<(Ask, String, Vec<u8>)> {
    let visit: String = row.get(3)?;
    let state: String = row.get(8)?;
    let ask = Ask {
        id: u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0),
        client: row.get(1)?,
        key: row.get(2)?,
        visit: u64::from_str_radix(&visit, 16).unwrap_or(0),
        job: row
            .get::<_, Option<i64>>(4)?
            .and_then(|job| u64::try_from(job).ok()),
        made_at: row.get(5)?,
        next_at: row.get(6)?,
        attempts: u32::try_from(row.get::<_, i64>(7)?).unwrap_or(u32::MAX),
        state: match state.as_str() {
            "answered" => AskState::Answered,
            "failed" => AskState::Failed,
            _ => AskState::Queued,
        },
        code: row.get(9)?,
        result_id: row.get(10)?,
        request_json: String::new(),
        service: None,
    };
    Ok((ask, visit, row.get(11)?))
}
