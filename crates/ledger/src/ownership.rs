//! Who owns a result: exactly one consumer, from its claim until for ever, unless it or staff gives the result back (invariant 9).

use crate::audit::Entry;
use crate::write::acceptable;
use crate::{Ledger, LedgerError, consents, events};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;

/// Whose the result is after a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimOutcome {
    /// The asking client is the owner.
    Owned,
    /// Another client is the owner and stays it.
    OwnedByOther(String),
}

impl Ledger {
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
            let Held {
                owner,
                acknowledged,
                reader,
            } = held(connection, id)?;
            match owner {
                Some(owner) if owner != client => {
                    return Ok((ClaimOutcome::OwnedByOther(owner), None));
                }
                Some(_) if acknowledged => return Ok((ClaimOutcome::Owned, None)),
                Some(_) => {}
                None => events::insert(connection, now, "result-claimed", id, &reader)?,
            }
            connection.execute(
                "UPDATE results SET owner = ?2, lease_until = ?3, lapsed_at = NULL WHERE id = ?1",
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
            let (acknowledged, reader) = owned(connection, id, client)?;
            if acknowledged {
                return Ok(((), None));
            }
            connection.execute(
                "UPDATE results SET acknowledged_at = ?2, lease_until = NULL, lapsed_at = NULL WHERE id = ?1",
                params![id, now],
            )?;
            events::insert(connection, now, "result-acknowledged", id, &reader)?;
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
            let (acknowledged, reader) = owned(connection, id, client)?;
            if acknowledged {
                return Err(LedgerError::AlreadyAcknowledged);
            }
            free(connection, now, id, &reader)?;
            Ok((
                (),
                Some(Entry {
                    action: "result-released",
                    detail: json!({"result": id}),
                }),
            ))
        })
    }

    /// Takes a result away from its owner on staff's word, so that another client may claim it: the only way besides release
    /// in which a result changes hands (invariant 9). `staff` and `reason` stand in the audit chain.
    pub fn release_by_staff(
        &mut self,
        id: &str,
        staff: &str,
        reason: &str,
        now: i64,
    ) -> Result<(), LedgerError> {
        acceptable("staff", staff)?;
        acceptable("reason", reason)?;
        self.change(now, staff, |connection, _| {
            let Held {
                owner,
                acknowledged,
                reader,
            } = held(connection, id)?;
            let owner = owner.ok_or(LedgerError::NotClaimed)?;
            if acknowledged {
                return Err(LedgerError::AlreadyAcknowledged);
            }
            free(connection, now, id, &reader)?;
            let detail = json!({"result": id, "from": owner, "reason": reason});
            Ok((
                (),
                Some(Entry {
                    action: "result-released-by-staff",
                    detail,
                }),
            ))
        })
    }

    /// Tells each owner, once, that its claim has run out: as an event. The result stays its owner's (invariant 9).
    /// Gives how many were told; at most 100 at a time.
    pub fn tell_lapsed(&mut self, now: i64) -> Result<usize, LedgerError> {
        let lapsed: Vec<(String, String, String)> = {
            let mut statement = self.connection.prepare_cached(
                "SELECT id, reader, owner FROM results WHERE acknowledged_at IS NULL AND owner IS NOT NULL
                 AND lapsed_at IS NULL AND lease_until < ?1 ORDER BY seq LIMIT 100",
            )?;
            let rows =
                statement.query_map([now], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        for (id, reader, owner) in &lapsed {
            self.change(now, "terminal", |connection, _| {
                connection.execute(
                    "UPDATE results SET lapsed_at = ?2 WHERE id = ?1",
                    params![id, now],
                )?;
                events::insert(connection, now, "claim-lapsed", id, reader)?;
                let detail = json!({"result": id, "owner": owner});
                Ok((
                    (),
                    Some(Entry {
                        action: "claim-lapsed",
                        detail,
                    }),
                ))
            })?;
        }
        Ok(lapsed.len())
    }

    /// Records that `client` was shown a result's body, as a copy or as its owner, with what kind of information it was and
    /// on which consent that rests. The body is shown only when this succeeded.
    pub fn record_reading(
        &mut self,
        id: &str,
        client: &str,
        copy: bool,
        now: i64,
    ) -> Result<(), LedgerError> {
        acceptable("client", client)?;
        self.change(now, client, |connection, _| {
            let (visit, kind): (String, String) = connection.query_row(
                "SELECT visit, kind FROM results WHERE id = ?1",
                [id],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            let consent = consents::holding(connection, &visit, &kind, now)?;
            let detail = json!({"result": id, "copy": copy, "kind": kind, "consent": consent});
            Ok((
                (),
                Some(Entry {
                    action: "result-read",
                    detail,
                }),
            ))
        })
    }
}

/// Whose a result is.
struct Held {
    owner: Option<String>,
    acknowledged: bool,
    reader: String,
}

fn held(connection: &Connection, id: &str) -> Result<Held, LedgerError> {
    Ok(connection.query_row(
        "SELECT owner, acknowledged_at IS NOT NULL, reader FROM results WHERE id = ?1",
        [id],
        |row| {
            Ok(Held {
                owner: row.get(0)?,
                acknowledged: row.get(1)?,
                reader: row.get(2)?,
            })
        },
    )?)
}

/// Succeeds only for the owner; gives whether the result was acknowledged, and its reader.
fn owned(connection: &Connection, id: &str, client: &str) -> Result<(bool, String), LedgerError> {
    let Held {
        owner,
        acknowledged,
        reader,
    } = held(connection, id)?;
    match owner {
        None => Err(LedgerError::NotClaimed),
        Some(owner) if owner != client => Err(LedgerError::NotOwner { owner }),
        Some(_) => Ok((acknowledged, reader)),
    }
}

/// Visit and reader of a result that `client` owns and has not acknowledged; `None` of any other.
pub(crate) fn unfinished(
    connection: &Connection,
    id: &str,
    client: &str,
) -> Result<Option<(u64, String)>, LedgerError> {
    let found: Option<(String, String)> = connection
        .query_row(
            "SELECT visit, reader FROM results WHERE id = ?1 AND owner = ?2 AND acknowledged_at IS NULL",
            [id, client],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    Ok(found.map(|(visit, reader)| (u64::from_str_radix(&visit, 16).unwrap_or(0), reader)))
}

pub(crate) fn free(
    connection: &Connection,
    now: i64,
    id: &str,
    reader: &str,
) -> Result<(), LedgerError> {
    connection.execute(
        "UPDATE results SET owner = NULL, lease_until = NULL, lapsed_at = NULL WHERE id = ?1",
        [id],
    )?;
    events::insert(connection, now, "result-released", id, reader)
}
