//! Results: stored once per visit and kind, kept until acknowledged, owned by exactly one consumer (invariants 9 and 10).

use crate::audit::Entry;
use crate::seal::Sealer;
use crate::write::acceptable;
use crate::{Ledger, LedgerError, MAX_BODY, MAX_ROWS, events};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::json;

/// A result that is to be stored.
#[derive(Clone)]
pub struct NewResult {
    /// The visit it belongs to.
    pub visit: u64,
    /// Name of the card reader of that visit.
    pub reader: String,
    /// What it is: `qualification`, `medicines` … (small letters, digits, hyphens).
    pub kind: String,
    /// The message as JSON; sealed in the ledger.
    pub body_json: String,
    /// Must be what the ledger is (invariant 13).
    pub simulated: bool,
}

/// A result as it stands in the ledger.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredResult {
    /// Name of the result, the same for ever; begins with `sim-` in a simulation.
    pub id: String,
    /// Grows with every stored result.
    pub seq: u64,
    /// The visit it belongs to.
    pub visit: u64,
    /// Name of the card reader of that visit.
    pub reader: String,
    /// What it is.
    pub kind: String,
    /// When it was stored, milliseconds since the Unix epoch.
    pub stored_at: i64,
    /// The message as JSON.
    pub body_json: String,
    /// How far its delivery has come.
    pub state: ResultState,
    /// Its owner; stays the owner when the claim has lapsed and after acknowledging.
    pub owner: Option<String>,
    /// Until when the owner's claim runs; afterwards the owner is expected to ask again.
    pub lease_until: Option<i64>,
    /// Whether it is a simulated one.
    pub simulated: bool,
}

/// Without the message: it is about a patient and belongs in no log.
impl std::fmt::Debug for NewResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewResult")
            .field("visit", &format_args!("{:016x}", self.visit))
            .field("reader", &self.reader)
            .field("kind", &self.kind)
            .field("simulated", &self.simulated)
            .finish_non_exhaustive()
    }
}

/// Without the message: it is about a patient and belongs in no log.
impl std::fmt::Debug for StoredResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredResult")
            .field("id", &self.id)
            .field("seq", &self.seq)
            .field("reader", &self.reader)
            .field("state", &self.state)
            .field("owner", &self.owner)
            .field("lease_until", &self.lease_until)
            .field("simulated", &self.simulated)
            .finish_non_exhaustive()
    }
}

/// How far the delivery of a result has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultState {
    /// Nobody owns it.
    Waiting,
    /// It has an owner who has not acknowledged it yet.
    Claimed,
    /// Its owner has taken it over.
    Acknowledged,
}

impl ResultState {
    /// The word used in interfaces: `waiting`, `claimed`, `acknowledged`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Claimed => "claimed",
            Self::Acknowledged => "acknowledged",
        }
    }
}

/// Which results to list; `Default` lists all from the beginning.
#[derive(Clone, Copy, Debug)]
pub struct ResultFilter {
    /// Only results with a greater number.
    pub after_seq: u64,
    /// Only results not yet acknowledged.
    pub unacknowledged_only: bool,
    /// Only results in this state.
    pub state: Option<ResultState>,
    /// At most so many, and at most [`MAX_ROWS`].
    pub limit: usize,
}

impl Default for ResultFilter {
    fn default() -> Self {
        Self {
            after_seq: 0,
            unacknowledged_only: false,
            state: None,
            limit: 100,
        }
    }
}

/// Whose the result is after a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimOutcome {
    /// The asking client is the owner.
    Owned,
    /// Another client is the owner and stays it.
    OwnedByOther(String),
}

impl Ledger {
    /// Stores a result durably and tells it as an event. A second result of the same visit and kind is not stored: the
    /// first is given back.
    pub fn store_result(&mut self, now: i64, new: &NewResult) -> Result<StoredResult, LedgerError> {
        let id = self.change(now, "terminal", |connection, sealer| {
            insert(connection, sealer, now, new)
        })?;
        self.result(&id)?.ok_or(LedgerError::NotFound)
    }

    /// One result.
    pub fn result(&self, id: &str) -> Result<Option<StoredResult>, LedgerError> {
        self.connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM results WHERE id = ?1"))?
            .query_row([id], Raw::from_row)
            .optional()?
            .map(|raw| raw.open(&self.sealer))
            .transpose()
    }

    /// The newest results, newest first; at most `limit`, and at most [`MAX_ROWS`].
    pub fn newest_results(&self, limit: usize) -> Result<Vec<StoredResult>, LedgerError> {
        let newest: i64 = self.connection.query_row(
            "SELECT coalesce(min(seq), 0) FROM (SELECT seq FROM results ORDER BY seq DESC LIMIT ?1)",
            [limit.min(MAX_ROWS) as i64],
            |row| row.get(0),
        )?;
        let after_seq = u64::try_from(newest).unwrap_or(0).saturating_sub(1);
        let mut rows = self.results(ResultFilter {
            after_seq,
            limit,
            ..ResultFilter::default()
        })?;
        rows.reverse();
        Ok(rows)
    }

    /// Results in the order in which they were stored.
    pub fn results(&self, filter: ResultFilter) -> Result<Vec<StoredResult>, LedgerError> {
        let state = match filter.state {
            None => "",
            Some(ResultState::Waiting) => " AND owner IS NULL",
            Some(ResultState::Claimed) => " AND owner IS NOT NULL AND acknowledged_at IS NULL",
            Some(ResultState::Acknowledged) => " AND acknowledged_at IS NOT NULL",
        };
        let open = if filter.unacknowledged_only {
            " AND acknowledged_at IS NULL"
        } else {
            ""
        };
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM results WHERE seq > ?1{state}{open} ORDER BY seq LIMIT ?2"
        ))?;
        let after = i64::try_from(filter.after_seq).unwrap_or(i64::MAX);
        statement
            .query_map(
                params![after, filter.limit.min(MAX_ROWS) as i64],
                Raw::from_row,
            )?
            .map(|raw| raw?.open(&self.sealer))
            .collect()
    }

    /// Makes `client` the owner if the result has none; for the owner it renews the claim for `lease_ms` milliseconds.
    /// The owner stays the owner when the claim lapses (invariant 9).
    pub fn claim(
        &mut self,
        id: &str,
        client: &str,
        now: i64,
        lease_ms: i64,
    ) -> Result<ClaimOutcome, LedgerError> {
        acceptable("client", client)?;
        let until = now.saturating_add(lease_ms.max(0));
        self.change(now, client, |connection, _| {
            let (owner, acknowledged) = ownership(connection, id)?;
            match owner {
                Some(owner) if owner != client => {
                    return Ok((ClaimOutcome::OwnedByOther(owner), None));
                }
                Some(_) if acknowledged => return Ok((ClaimOutcome::Owned, None)),
                Some(_) => {}
                None => events::insert(connection, now, "result-claimed", id)?,
            }
            connection.execute(
                "UPDATE results SET owner = ?2, lease_until = ?3 WHERE id = ?1",
                params![id, client, until],
            )?;
            let detail = json!({"result": id, "until": until});
            Ok((
                ClaimOutcome::Owned,
                Some(Entry {
                    action: "result-claimed",
                    detail,
                }),
            ))
        })
    }

    /// Ends the delivery: the owner has the result durably. Repeating it changes nothing.
    pub fn acknowledge(&mut self, id: &str, client: &str, now: i64) -> Result<(), LedgerError> {
        self.change(now, client, |connection, _| {
            if owned(connection, id, client)? {
                return Ok(((), None));
            }
            connection.execute(
                "UPDATE results SET acknowledged_at = ?2, lease_until = NULL WHERE id = ?1",
                params![id, now],
            )?;
            events::insert(connection, now, "result-acknowledged", id)?;
            Ok((
                (),
                Some(Entry {
                    action: "result-acknowledged",
                    detail: json!({"result": id}),
                }),
            ))
        })
    }

    /// Gives a claimed result back, so that another client may claim it.
    pub fn release(&mut self, id: &str, client: &str, now: i64) -> Result<(), LedgerError> {
        self.change(now, client, |connection, _| {
            if owned(connection, id, client)? {
                return Err(LedgerError::AlreadyAcknowledged);
            }
            connection.execute(
                "UPDATE results SET owner = NULL, lease_until = NULL WHERE id = ?1",
                [id],
            )?;
            events::insert(connection, now, "result-released", id)?;
            Ok((
                (),
                Some(Entry {
                    action: "result-released",
                    detail: json!({"result": id}),
                }),
            ))
        })
    }
}

/// Inserts a result with its event, or finds the one already stored for the visit and kind.
pub(crate) fn insert(
    connection: &Connection,
    sealer: &Sealer,
    now: i64,
    new: &NewResult,
) -> Result<(String, Option<Entry>), LedgerError> {
    acceptable("reader", &new.reader)?;
    let kind_is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if new.kind.is_empty() || new.kind.len() > 32 || !new.kind.chars().all(kind_is_plain) {
        return Err(LedgerError::Unacceptable("kind"));
    }
    if new.body_json.len() > MAX_BODY {
        return Err(LedgerError::Unacceptable("body"));
    }
    if new.simulated != sealer.simulated() {
        return Err(LedgerError::SimulationMismatch {
            ledger: sealer.simulated(),
        });
    }
    let visit = format!("{:016x}", new.visit);
    let prefix = if new.simulated { "sim-" } else { "" };
    let id = format!("{prefix}{visit}-{}", new.kind);
    let known: Option<String> = connection
        .query_row(
            "SELECT id FROM results WHERE visit = ?1 AND kind = ?2",
            [&visit, &new.kind],
            |row| row.get(0),
        )
        .optional()?;
    if let Some(known) = known {
        return Ok((known, None));
    }
    let body = sealer.seal(
        "results",
        &id,
        &bound(&visit, &new.reader, &new.kind),
        new.body_json.as_bytes(),
    )?;
    connection.execute(
        "INSERT INTO results (id, visit, reader, kind, stored_at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![id, visit, new.reader, new.kind, now, body],
    )?;
    events::insert(connection, now, "result-stored", &id)?;
    let detail = json!({"result": id, "visit": visit, "reader": new.reader, "kind": new.kind});
    Ok((
        id,
        Some(Entry {
            action: "result-stored",
            detail,
        }),
    ))
}

/// Owner, and whether it was acknowledged.
fn ownership(connection: &Connection, id: &str) -> Result<(Option<String>, bool), LedgerError> {
    Ok(connection.query_row(
        "SELECT owner, acknowledged_at IS NOT NULL FROM results WHERE id = ?1",
        [id],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?)
}

/// Succeeds only for the owner; gives whether the result was acknowledged.
fn owned(connection: &Connection, id: &str, client: &str) -> Result<bool, LedgerError> {
    match ownership(connection, id)? {
        (None, _) => Err(LedgerError::NotClaimed),
        (Some(owner), _) if owner != client => Err(LedgerError::NotOwner { owner }),
        (Some(_), acknowledged) => Ok(acknowledged),
    }
}

/// A result moved to another reader, visit or kind inside the database does not open any more (invariant 9).
fn bound<'a>(visit: &'a str, reader: &'a str, kind: &'a str) -> [&'a str; 3] {
    [visit, reader, kind]
}

const COLUMNS: &str = "id, seq, visit, reader, kind, stored_at, body, owner, lease_until, acknowledged_at IS NOT NULL";

struct Raw {
    result: StoredResult,
    visit: String,
    sealed: Vec<u8>,
}

impl Raw {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let visit: String = row.get(2)?;
        let owner: Option<String> = row.get(7)?;
        let state = match (&owner, row.get(9)?) {
            (_, true) => ResultState::Acknowledged,
            (Some(_), false) => ResultState::Claimed,
            (None, false) => ResultState::Waiting,
        };
        Ok(Self {
            result: StoredResult {
                id: row.get(0)?,
                seq: u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0),
                visit: u64::from_str_radix(&visit, 16).unwrap_or(0),
                reader: row.get(3)?,
                kind: row.get(4)?,
                stored_at: row.get(5)?,
                body_json: String::new(),
                state,
                owner,
                lease_until: row.get(8)?,
                simulated: false,
            },
            visit,
            sealed: row.get(6)?,
        })
    }

    fn open(self, sealer: &Sealer) -> Result<StoredResult, LedgerError> {
        let Self {
            mut result,
            visit,
            sealed,
        } = self;
        let columns = bound(&visit, &result.reader, &result.kind);
        result.body_json = sealer.open_text("results", &result.id, &columns, &sealed)?;
        result.simulated = sealer.simulated();
        Ok(result)
    }
}
