//! The outbox: each consumer's own place in the events, and what a consumer that writes files has done about each subject. A
//! broker for a whole hospital is one more consumer with its own cursor.

use crate::audit::Entry;
use crate::write::acceptable;
use crate::{Ledger, LedgerError, MAX_ROWS, NewFollowUp, follow_ups, hidden, ownership};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;

/// The consumer that writes files: the folder gateway.
pub(crate) const FILES: &str = "folders";
/// Where counters begin that are not there, in a ledger that follows a damaged one.
pub(crate) const FLOOR: &str = "";

/// How far one delivery has come. The order is the order of steps; none is skipped, so that a crash between two leaves no doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// A name was chosen, nothing was written yet.
    Planned,
    /// The whole content lies on disk under a hidden name.
    Ready,
    /// It lies under its own name.
    Written,
    /// It is being taken back; whether somebody took it before is seen from where the file is.
    Withdrawing,
    /// Somebody took it away.
    Taken,
    /// Nobody took it in time, or its owner lost it; it was removed.
    Uncollected,
    /// It was planned and never came under its name.
    Abandoned,
}

impl DeliveryState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Ready => "ready",
            Self::Written => "written",
            Self::Withdrawing => "withdrawing",
            Self::Taken => "taken",
            Self::Uncollected => "uncollected",
            Self::Abandoned => "abandoned",
        }
    }

    /// What the audit chain says of it; nothing of what nobody else can see.
    fn recorded(self) -> Option<&'static str> {
        match self {
            Self::Ready => Some("file-to-be-named"),
            Self::Written => Some("file-written"),
            Self::Taken => Some("file-taken"),
            Self::Planned | Self::Withdrawing | Self::Uncollected | Self::Abandoned => None,
        }
    }

    fn ended(self) -> bool {
        matches!(self, Self::Taken | Self::Uncollected | Self::Abandoned)
    }

    fn of(word: &str) -> Self {
        match word {
            "planned" => Self::Planned,
            "ready" => Self::Ready,
            "written" => Self::Written,
            "withdrawing" => Self::Withdrawing,
            "taken" => Self::Taken,
            "abandoned" => Self::Abandoned,
            _ => Self::Uncollected,
        }
    }
}

/// One delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// What is delivered: a result's id, or another name that the consumer uses.
    pub subject: String,
    /// Name of the file, used once and never again.
    pub name: String,
    /// How far it has come.
    pub state: DeliveryState,
    /// When it came so far, milliseconds since the Unix epoch.
    pub moved_at: i64,
}

impl Ledger {
    /// The consumer's place in the events: the number of the last one it is done with, 0 at the beginning.
    pub fn cursor(&self, consumer: &str) -> Result<u64, LedgerError> {
        let seq: Option<i64> = self
            .connection
            .prepare_cached("SELECT seq FROM cursors WHERE consumer = ?1")?
            .query_row([consumer], |row| row.get(0))
            .optional()?;
        Ok(seq.and_then(|seq| u64::try_from(seq).ok()).unwrap_or(0))
    }

    /// Moves the consumer's place forward; never back, and never beyond the newest event. Durable when this returns. That a client
    /// moved its own place stands in the audit chain; of the files' consumer each claim and each file stands there instead.
    pub fn advance(&mut self, now: i64, consumer: &str, seq: u64) -> Result<u64, LedgerError> {
        acceptable("consumer", consumer)?;
        let seq = i64::try_from(seq.min(self.latest_event_seq()?)).unwrap_or(i64::MAX);
        const MOVE: &str = "INSERT INTO cursors (consumer, seq, moved_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (consumer) DO UPDATE SET seq = ?2, moved_at = ?3 WHERE seq < ?2";
        if consumer == FILES {
            self.connection.execute(MOVE, params![consumer, seq, now])?;
        } else if u64::try_from(seq).is_ok_and(|seq| seq > 0) {
            self.change(now, consumer, |connection, _| {
                let moved = connection.execute(MOVE, params![consumer, seq, now])? > 0;
                let detail = json!({"place": seq});
                let entry = Entry {
                    action: "cursor-moved",
                    detail,
                };
                Ok(((), moved.then_some(entry)))
            })?;
        }
        self.cursor(consumer)
    }

    /// Notes a step of a delivery; the first is [`DeliveryState::Planned`] and fixes the name. Durable when this returns. Before a file
    /// gets its name ([`DeliveryState::Ready`]), and after every later step, the audit chain says so, so that no crash hides a file.
    ///
    /// # Errors
    /// [`LedgerError::Unacceptable`] when the name was used before for another subject.
    pub fn note_delivery(
        &mut self,
        now: i64,
        consumer: &str,
        subject: &str,
        name: &str,
        state: DeliveryState,
    ) -> Result<(), LedgerError> {
        acceptable("consumer", consumer)?;
        acceptable("subject", subject)?;
        acceptable("name", name)?;
        let known = self.delivery(consumer, subject)?;
        let noted = |connection: &Connection| {
            let changed = match &known {
                Some(known) if known.name != name => 0,
                Some(_) => connection.execute(
                    "UPDATE deliveries SET state = ?3, moved_at = ?4 WHERE consumer = ?1 AND subject = ?2",
                    params![consumer, subject, state.as_str(), now],
                )?,
                None => connection.execute(
                    "INSERT INTO deliveries (subject, consumer, name, state, moved_at) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (name) DO NOTHING",
                    params![subject, consumer, name, state.as_str(), now],
                )?,
            };
            if changed == 0 {
                Err(LedgerError::Unacceptable("name"))
            } else {
                if state.ended() {
                    hidden::forget(connection, name)?;
                }
                Ok(())
            }
        };
        let Some(action) = state.recorded() else {
            return noted(&self.connection);
        };
        self.change(now, consumer, |connection, _| {
            noted(connection)?;
            let detail = json!({"file": name});
            Ok(((), Some(Entry { action, detail })))
        })
    }

    /// What the consumer has done about a subject.
    pub fn delivery(&self, consumer: &str, subject: &str) -> Result<Option<Delivery>, LedgerError> {
        Ok(self
            .connection
            .prepare_cached("SELECT subject, name, state, moved_at FROM deliveries WHERE consumer = ?1 AND subject = ?2")?
            .query_row(params![consumer, subject], delivery)
            .optional()?)
    }

    /// The consumer's delivery that has this file name.
    pub fn delivery_named(
        &self,
        consumer: &str,
        name: &str,
    ) -> Result<Option<Delivery>, LedgerError> {
        Ok(self
            .connection
            .prepare_cached("SELECT subject, name, state, moved_at FROM deliveries WHERE consumer = ?1 AND name = ?2")?
            .query_row(params![consumer, name], delivery)
            .optional()?)
    }

    /// Deliveries of a consumer that have not come to an end: planned, ready, written or being withdrawn, in the order of their subjects,
    /// of subjects greater than `after`; at most [`MAX_ROWS`]. Whoever goes on behind the last one sees all, however many are stuck.
    pub fn open_deliveries(
        &self,
        consumer: &str,
        after: &str,
    ) -> Result<Vec<Delivery>, LedgerError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT subject, name, state, moved_at FROM deliveries
             WHERE consumer = ?1 AND subject > ?2 AND state IN ('planned', 'ready', 'written', 'withdrawing')
             ORDER BY subject LIMIT {MAX_ROWS}"
        ))?;
        let rows = statement.query_map([consumer, after], delivery)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Ends a delivery that nobody takes any more, in one transaction with what becomes of its result: a follow-up for staff
    /// (`uncollected`) and, when `give_back`, the consumer's release of it. A result that is not the consumer's any more is left alone.
    ///
    /// # Errors
    /// [`LedgerError::Unacceptable`] when there is no such delivery.
    pub fn end_delivery(
        &mut self,
        now: i64,
        consumer: &str,
        ended: &Delivery,
        result: Option<&str>,
        give_back: bool,
    ) -> Result<(), LedgerError> {
        self.change(now, consumer, |connection, sealer| {
            let changed = connection.execute(
                "UPDATE deliveries SET state = ?4, moved_at = ?5 WHERE consumer = ?1 AND subject = ?2 AND name = ?3",
                params![consumer, ended.subject, ended.name, ended.state.as_str(), now],
            )?;
            if changed == 0 {
                return Err(LedgerError::Unacceptable("name"));
            }
            hidden::forget(connection, &ended.name)?;
            let held = match result {
                Some(id) => ownership::unfinished(connection, id, consumer)?.map(|held| (id, held)),
                None => None,
            };
            let Some((id, (visit, reader))) = held else {
                let detail = json!({"file": ended.name, "state": ended.state.as_str()});
                return Ok(((), Some(Entry { action: "file-withdrawn", detail })));
            };
            let new = NewFollowUp {
                visit,
                reader: reader.clone(),
                result_id: id.to_owned(),
                reason: "uncollected".to_owned(),
                note: String::new(),
            };
            let (follow_up, _) = follow_ups::insert(connection, sealer, now, &new)?;
            let action = if give_back {
                ownership::free(connection, now, id, &reader)?;
                "result-released"
            } else {
                "follow-up-opened"
            };
            let detail =
                json!({"result": id, "reason": "uncollected", "follow_up": follow_up, "file": ended.name});
            Ok(((), Some(Entry { action, detail })))
        })
    }

    /// Whether [`Self::deliver_again`] would take it: a file of it ended without being taken, nobody acknowledged it, and no other
    /// client has it.
    pub fn may_be_delivered_again(&self, id: &str) -> Result<bool, LedgerError> {
        let found = self
            .connection
            .prepare_cached(
                "SELECT 1 FROM results JOIN deliveries ON deliveries.subject = results.id
                 WHERE results.id = ?2 AND acknowledged_at IS NULL AND (owner IS NULL OR owner = ?1)
                 AND consumer = ?1 AND deliveries.state IN ('uncollected', 'abandoned')",
            )?
            .query_row([FILES, id], |_| Ok(()))
            .optional()?;
        Ok(found.is_some())
    }

    /// Lets the files' consumer deliver a result once more, under a new name, after nobody took its file in time: on staff's word, who and
    /// why stand in the audit chain. The name of before stays used.
    ///
    /// # Errors
    /// [`LedgerError::NotFound`] when no file was ever ended for it, [`LedgerError::AnswersRequest`] when it went out under a request's name, [`LedgerError::AlreadyAcknowledged`], and
    /// [`LedgerError::NotOwner`] when another client has it by now (invariant 9).
    pub fn deliver_again(
        &mut self,
        now: i64,
        id: &str,
        staff: &str,
        reason: &str,
    ) -> Result<(), LedgerError> {
        acceptable("staff", staff)?;
        acceptable("reason", reason)?;
        self.change(now, staff, |connection, _| {
            let (owner, acknowledged, reader) = connection
                .query_row(
                    "SELECT owner, acknowledged_at IS NOT NULL, reader FROM results WHERE id = ?1",
                    [id],
                    |row| {
                        Ok((
                            row.get::<_, Option<String>>(0)?,
                            row.get::<_, bool>(1)?,
                            row.get::<_, String>(2)?,
                        ))
                    },
                )
                .optional()?
                .ok_or(LedgerError::NotFound)?;
            if acknowledged {
                return Err(LedgerError::AlreadyAcknowledged);
            }
            if let Some(owner) = owner.filter(|owner| owner != FILES) {
                return Err(LedgerError::NotOwner { owner });
            }
            let ended = connection.execute(
                "UPDATE deliveries SET subject = subject || ' ' || name
                 WHERE consumer = ?1 AND subject = ?2 AND state IN ('uncollected', 'abandoned')",
                [FILES, id],
            )?;
            if ended == 0 {
                let asked: bool = connection.query_row(
                    "SELECT EXISTS (SELECT 1 FROM asks WHERE result_id = ?1)",
                    [id],
                    |row| row.get(0),
                )?;
                return Err(if asked {
                    LedgerError::AnswersRequest
                } else {
                    LedgerError::NotFound
                });
            }
            ownership::free(connection, now, id, &reader)?;
            let detail = json!({"result": id, "reason": reason});
            Ok((
                (),
                Some(Entry {
                    action: "result-delivered-again",
                    detail,
                }),
            ))
        })
    }

    /// Whether a file name was ever given to a delivery.
    pub fn name_was_used(&self, name: &str) -> Result<bool, LedgerError> {
        Ok(self
            .connection
            .prepare_cached("SELECT 1 FROM deliveries WHERE name = ?1")?
            .exists([name])?)
    }

    /// The next number of a counter, from 1; never given twice. Durable when this returns.
    pub fn next_number(&mut self, counter: &str) -> Result<u64, LedgerError> {
        acceptable("counter", counter)?;
        let value: i64 = self.connection.query_row(
            "INSERT INTO counters (name, value)
             VALUES (?1, 1 + (SELECT coalesce(max(value), 0) FROM counters WHERE name = ?2))
             ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
            [counter, FLOOR],
            |row| row.get(0),
        )?;
        Ok(u64::try_from(value).unwrap_or(0))
    }

    /// The counters and how far they have come.
    pub fn counters(&self) -> Result<Vec<(String, u64)>, LedgerError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT name, value FROM counters WHERE name <> ?1 ORDER BY name")?;
        let rows = statement.query_map([FLOOR], |row| {
            Ok((
                row.get(0)?,
                u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0),
            ))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn delivery(row: &rusqlite::Row<'_>) -> rusqlite::Result<Delivery> {
    let state: String = row.get(2)?;
    Ok(Delivery {
        subject: row.get(0)?,
        name: row.get(1)?,
        state: DeliveryState::of(&state),
        moved_at: row.get(3)?,
    })
}
