//! Results: stored once per visit and kind, kept until acknowledged, owned by exactly one consumer (invariants 9 and 10).

use crate::audit::Entry;
use crate::seal::Sealer;
use crate::write::acceptable;
use crate::{Beside, Ledger, LedgerError, MAX_BODY, MAX_ROWS, events};
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

impl NewResult {
    /// The name that the result has once it is stored: the same for ever, and never another visit's (invariants 9 and 10).
    pub fn id(&self) -> String {
        let prefix = if self.simulated { "sim-" } else { "" };
        format!("{prefix}{:016x}-{}", self.visit, self.kind)
    }
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
    /// Whether the claim ran out and its owner was told so.
    pub lapsed: bool,
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

impl Ledger {
    /// Stores a result durably and tells it as an event. A second result of the same visit and kind is not stored: the
    /// first is given back.
    pub fn store_result(&mut self, now: i64, new: &NewResult) -> Result<StoredResult, LedgerError> {
        self.store_result_with(now, new, &Beside::default())
    }

    /// The same, with what follows from it in the same transaction. For a result that was stored before, `beside` was too.
    pub fn store_result_with(
        &mut self,
        now: i64,
        new: &NewResult,
        beside: &Beside,
    ) -> Result<StoredResult, LedgerError> {
        self.store(now, new, beside, None)
    }

    /// The same for a result that somebody asked for: it is `owner`'s from the first moment, so that nobody else can claim it
    /// between (invariant 9).
    pub fn store_owned_result(
        &mut self,
        now: i64,
        new: &NewResult,
        beside: &Beside,
        owner: &str,
    ) -> Result<StoredResult, LedgerError> {
        acceptable("client", owner)?;
        self.store(now, new, beside, Some(owner))
    }

    fn store(
        &mut self,
        now: i64,
        new: &NewResult,
        beside: &Beside,
        owner: Option<&str>,
    ) -> Result<StoredResult, LedgerError> {
        let id = self.change(now, owner.unwrap_or("terminal"), |connection, sealer| {
            let (id, mut entry) = insert(connection, sealer, now, new)?;
            if let Some(entry) = &mut entry {
                beside.insert(connection, sealer, now, new, &mut entry.detail)?;
            }
            // One that was there already keeps the owner that its records name.
            if let (Some(owner), Some(entry)) = (owner, &mut entry) {
                connection.execute(
                    "UPDATE results SET owner = ?2 WHERE id = ?1 AND owner IS NULL",
                    params![id, owner],
                )?;
                // Said beside the actor: the terminal itself stores results of nobody and results of its own.
                if let Some(detail) = entry.detail.as_object_mut() {
                    let _ = detail.insert("owner".to_owned(), owner.into());
                }
            }
            Ok((id, entry))
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

    /// The results of one kind stored since a moment, newest first, at most `limit` of them after the newest `skip`, and how many there
    /// are in all. Looks at the newest 20,000 results.
    pub fn results_since(
        &self,
        kind: &str,
        since: i64,
        (skip, limit): (usize, usize),
    ) -> Result<(Vec<StoredResult>, usize), LedgerError> {
        const LOOKED_AT: i64 = 20_000;
        const SINCE: &str = "FROM results WHERE seq > (SELECT coalesce(max(seq), 0) FROM results) - ?1 AND kind = ?2 AND stored_at >= ?3";
        let count: i64 = self.connection.query_row(
            &format!("SELECT count(*) {SINCE}"),
            params![LOOKED_AT, kind, since],
            |row| row.get(0),
        )?;
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} {SINCE} ORDER BY seq DESC LIMIT ?4 OFFSET ?5"
        ))?;
        let rows = statement
            .query_map(
                params![
                    LOOKED_AT,
                    kind,
                    since,
                    limit.min(MAX_ROWS) as i64,
                    i64::try_from(skip).unwrap_or(i64::MAX)
                ],
                Raw::from_row,
            )?
            .map(|raw| Ok(raw?.listed(&self.sealer)))
            .collect::<Result<Vec<_>, LedgerError>>()?;
        Ok((rows, usize::try_from(count).unwrap_or(0)))
    }

    /// Results in the order in which they were stored. One whose seal does not open is listed with an empty message, so that those
    /// beside it are not lost to sight; asked for alone it is an error.
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
            .map(|raw| Ok(raw?.listed(&self.sealer)))
            .collect()
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
    let id = new.id();
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
    events::insert(connection, now, "result-stored", &id, &new.reader)?;
    let detail = json!({"result": id, "visit": visit, "reader": new.reader, "kind": new.kind});
    Ok((
        id,
        Some(Entry {
            action: "result-stored",
            detail,
        }),
    ))
}

/// A result moved to another reader, visit or kind inside the database does not open any more (invariant 9).
fn bound<'a>(visit: &'a str, reader: &'a str, kind: &'a str) -> [&'a str; 3] {
    [visit, reader, kind]
}

const COLUMNS: &str = "id, seq, visit, reader, kind, stored_at, body, owner, lease_until, acknowledged_at IS NOT NULL, lapsed_at IS NOT NULL";
/// Every result, in the order in which they were stored, in every format of the ledger: one is checked before it is brought up to date, too.
pub(crate) const ALL: &str = "SELECT id, seq, visit, reader, kind, stored_at, body, owner, lease_until, acknowledged_at IS NOT NULL, 0 FROM results ORDER BY seq";

pub(crate) struct Raw {
    result: StoredResult,
    visit: String,
    sealed: Vec<u8>,
}

impl Raw {
    pub(crate) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
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
                lapsed: row.get(10)?,
                simulated: false,
            },
            visit,
            sealed: row.get(6)?,
        })
    }

    pub(crate) fn id(&self) -> &str {
        &self.result.id
    }

    /// Whether its seal opens.
    pub(crate) fn opens(&self, sealer: &Sealer) -> bool {
        self.body(sealer).is_ok()
    }

    /// Whether its owner acknowledged it.
    pub(crate) fn taken_over(&self) -> bool {
        self.result.state == ResultState::Acknowledged
    }

    /// Whether it has this owner, and was acknowledged or not.
    pub(crate) fn is(&self, owner: Option<&str>, acknowledged: bool) -> bool {
        self.result.owner.as_deref() == owner && self.taken_over() == acknowledged
    }

    fn open(mut self, sealer: &Sealer) -> Result<StoredResult, LedgerError> {
        self.result.body_json = self.body(sealer)?;
        self.result.simulated = sealer.simulated();
        Ok(self.result)
    }

    fn listed(mut self, sealer: &Sealer) -> StoredResult {
        match self.body(sealer) {
            Ok(body) => self.result.body_json = body,
            Err(error) => {
                // Who looks after the ledger is told by its check; lists are asked for all the time.
                tracing::debug!(
                    code = error.code(),
                    result = self.result.id,
                    "a result can't be read"
                );
            }
        }
        self.result.simulated = sealer.simulated();
        self.result
    }

    fn body(&self, sealer: &Sealer) -> Result<String, LedgerError> {
        let columns = bound(&self.visit, &self.result.reader, &self.result.kind);
        let opened = sealer.open_text("results", &self.result.id, &columns, &self.sealed);
        opened.map_err(|_| LedgerError::Unreadable(format!("result {}", self.result.id)))
    }
}
