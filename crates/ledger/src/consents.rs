//! Consents as the service holds them, with their windows, so that every later view can say on which consent it rests, and so
//! that none is used after its time (invariant 1).

use crate::audit::Entry;
use crate::seal::Sealer;
use crate::write::acceptable;
use crate::{Ledger, LedgerError, MAX_ROWS};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Value, json};

/// Longest accepted description of the person, in bytes.
const MAX_PERSON: usize = 4096;

/// A consent to be recorded.
#[derive(Clone)]
pub struct NewConsent {
    /// The visit in which it was given.
    pub visit: u64,
    /// What it opens: `medicines`, `checkups`, `treatment`, `operations` …
    pub kind: String,
    /// The way it was given: `reader`, `visiting`, `house-call`, `online`, `alternative-route`.
    pub flow: String,
    /// The service's flag, OQSCD016: `0` no, `1` yes, `2` expired, `3` could not be obtained.
    pub flag: String,
    /// When it was given, milliseconds since the Unix epoch, as the service says.
    pub given_at: Option<i64>,
    /// Until when it may be used: the service's time, or the end of its flow's window where that comes first; `None` = without an end.
    pub until: Option<i64>,
    /// What finds the person again, as JSON; sealed. Empty for a card visit, where nothing needs to be found again.
    pub person: String,
}

/// A consent as it stands in the ledger.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredConsent {
    /// Its number; stands in the audit record of every view that rests on it.
    pub id: u64,
    /// The visit in which it was given.
    pub visit: u64,
    /// What it opens.
    pub kind: String,
    /// The way it was given.
    pub flow: String,
    /// The service's flag.
    pub flag: String,
    /// When it was given.
    pub given_at: Option<i64>,
    /// Until when it may be used.
    pub until: Option<i64>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<i64>,
    /// What finds the person again.
    pub person: String,
}

impl StoredConsent {
    /// Whether it may be used at `now`: flag "yes", not withdrawn, not past its time.
    pub fn holds(&self, now: i64) -> bool {
        self.flag == "1"
            && self.withdrawn_at.is_none()
            && self.until.is_none_or(|until| now <= until)
            && self.given_at.is_none_or(|given| given <= now)
    }
}

/// Without the person.
impl std::fmt::Debug for StoredConsent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredConsent")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("flow", &self.flow)
            .field("flag", &self.flag)
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}

/// Without the person.
impl std::fmt::Debug for NewConsent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewConsent")
            .field("kind", &self.kind)
            .field("flow", &self.flow)
            .field("flag", &self.flag)
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}

impl Ledger {
    /// Records what the service says about the consents of a visit; a later answer about the same visit and kind takes the
    /// place of the earlier one, unless that was withdrawn.
    pub fn record_consents(
        &mut self,
        now: i64,
        consents: &[NewConsent],
    ) -> Result<(), LedgerError> {
        let Some(first) = consents.first() else {
            return Ok(());
        };
        let visit = format!("{:016x}", first.visit);
        self.change(now, "terminal", |connection, sealer| {
            let told = insert(connection, sealer, now, consents)?;
            let detail = json!({"visit": visit, "consents": told, "consents_by": "patient"});
            Ok((
                (),
                Some(Entry {
                    action: "consents-recorded",
                    detail,
                }),
            ))
        })
    }

    /// The consents of one visit.
    pub fn consents_of(&self, visit: u64) -> Result<Vec<StoredConsent>, LedgerError> {
        self.read_consents("visit = ?1", &format!("{visit:016x}"))
    }

    /// Consents given in one way (`visiting`, say), oldest first.
    pub fn consents_by_flow(&self, flow: &str) -> Result<Vec<StoredConsent>, LedgerError> {
        self.read_consents("flow = ?1", flow)
    }

    /// Consents given in one way that are neither withdrawn nor past their time, oldest first, with a number above `after`; at most
    /// [`MAX_ROWS`].
    pub fn open_consents(
        &self,
        flow: &str,
        now: i64,
        after: u64,
    ) -> Result<Vec<StoredConsent>, LedgerError> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        self.read(
            "flow = ?1 AND id > ?2 AND flag = '1' AND withdrawn_at IS NULL AND (until IS NULL OR until >= ?3)",
            params![flow, after, now],
        )
    }

    /// Consents of a kind given in one way at one moment, ended or not, oldest first, with a number above `after`; at most [`MAX_ROWS`].
    pub fn consents_given(
        &self,
        (flow, kind): (&str, &str),
        given_at: Option<i64>,
        after: u64,
    ) -> Result<Vec<StoredConsent>, LedgerError> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        self.read(
            "flow = ?1 AND kind = ?2 AND given_at IS ?3 AND id > ?4",
            params![flow, kind, given_at, after],
        )
    }

    fn read_consents(&self, wanted: &str, value: &str) -> Result<Vec<StoredConsent>, LedgerError> {
        self.read(wanted, params![value])
    }

    fn read(
        &self,
        wanted: &str,
        values: &[&dyn rusqlite::ToSql],
    ) -> Result<Vec<StoredConsent>, LedgerError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT id, visit, kind, flow, flag, given_at, until, withdrawn_at, person FROM consents WHERE {wanted}
             ORDER BY id LIMIT {MAX_ROWS}"
        ))?;
        statement
            .query_map(values, raw)?
            .map(|row| {
                let (mut consent, visit, sealed) = row?;
                let place = format!("{visit} {}", consent.kind);
                consent.person = self.sealer.open_text("consents", &place, &[], &sealed)?;
                Ok(consent)
            })
            .collect()
    }

    /// Ends a consent for good: withdrawn by the patient or by the institution, who and why as the record says.
    pub fn withdraw_consent(
        &mut self,
        now: i64,
        id: u64,
        actor: &str,
        reason: &str,
    ) -> Result<(), LedgerError> {
        let reason: String = reason
            .chars()
            .filter(|c| !c.is_control())
            .take(200)
            .collect();
        let row = i64::try_from(id).unwrap_or(-1);
        self.change(now, actor, |connection, _| {
            let withdrawn: Option<i64> = connection
                .query_row(
                    "SELECT withdrawn_at FROM consents WHERE id = ?1",
                    [row],
                    |row| row.get(0),
                )
                .optional()?
                .ok_or(LedgerError::NotFound)?;
            if withdrawn.is_some() {
                return Ok(((), None));
            }
            connection.execute(
                "UPDATE consents SET withdrawn_at = ?2 WHERE id = ?1",
                params![row, now],
            )?;
            let detail = json!({"consent": id, "reason": reason});
            Ok((
                (),
                Some(Entry {
                    action: "consent-withdrawn",
                    detail,
                }),
            ))
        })
    }
}

/// Writes consents and gives what the audit record says of them.
pub(crate) fn insert(
    connection: &Connection,
    sealer: &Sealer,
    now: i64,
    consents: &[NewConsent],
) -> Result<Vec<Value>, LedgerError> {
    let mut told = Vec::new();
    for new in consents {
        acceptable("kind", &new.kind)?;
        acceptable("flow", &new.flow)?;
        acceptable("flag", &new.flag)?;
        if new.person.len() > MAX_PERSON {
            return Err(LedgerError::Unacceptable("person"));
        }
        let visit = format!("{:016x}", new.visit);
        let place = format!("{visit} {}", new.kind);
        let person = sealer.seal("consents", &place, &[], new.person.as_bytes())?;
        connection.execute(
            "INSERT INTO consents (visit, kind, flow, flag, given_at, until, recorded_at, person)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (visit, kind) DO UPDATE SET flow = ?3, flag = ?4, given_at = ?5, until = ?6,
             recorded_at = ?7, person = ?8 WHERE withdrawn_at IS NULL",
            params![
                visit,
                new.kind,
                new.flow,
                new.flag,
                new.given_at,
                new.until,
                now,
                person
            ],
        )?;
        told.push(
            json!({"kind": new.kind, "flow": new.flow, "flag": new.flag, "until": new.until}),
        );
    }
    Ok(told)
}

/// The consent of a visit and kind that holds at `now`.
pub(crate) fn holding(
    connection: &Connection,
    visit: &str,
    kind: &str,
    now: i64,
) -> Result<Option<u64>, LedgerError> {
    let found: Option<i64> = connection
        .query_row(
            "SELECT id FROM consents WHERE visit = ?1 AND kind = ?2 AND flag = '1' AND withdrawn_at IS NULL
             AND (until IS NULL OR until >= ?3)",
            params![visit, kind, now],
            |row| row.get(0),
        )
        .optional()?;
    Ok(found.and_then(|id| u64::try_from(id).ok()))
}

fn raw(row: &Row<'_>) -> rusqlite::Result<(StoredConsent, String, Vec<u8>)> {
    let visit: String = row.get(1)?;
    let consent = StoredConsent {
        id: u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0),
        visit: u64::from_str_radix(&visit, 16).unwrap_or(0),
        kind: row.get(2)?,
        flow: row.get(3)?,
        flag: row.get(4)?,
        given_at: row.get(5)?,
        until: row.get(6)?,
        withdrawn_at: row.get(7)?,
        person: String::new(),
    };
    Ok((consent, visit, row.get(8)?))
}
