//! Bulk jobs: many persons asked for at once, answered in two phases under a reception number, kept so that progress, the whole and
//! the difference to the job before can be given, also after a restart.

use crate::audit::Entry;
use crate::bulk_types::{BulkItem, BulkJob, BulkState, NewBulkJob};
use crate::seal::Sealer;
use crate::write::acceptable;
use crate::{Ledger, LedgerError, MAX_BODY, MAX_ROWS, asks, events};
use ring::hmac;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::json;

impl Ledger {
    /// Begins a job; the same client and key give the job of before.
    pub fn begin_bulk(&mut self, now: i64, new: &NewBulkJob) -> Result<u64, LedgerError> {
        for (what, text) in [
            ("client", &new.client),
            ("key", &new.key),
            ("kind", &new.kind),
            ("reception", &new.reception),
        ] {
            acceptable(what, text)?;
        }
        if new.params_json.len() > MAX_BODY {
            return Err(LedgerError::Unacceptable("parameters"));
        }
        self.change(now, &new.client, |connection, sealer| {
            if let Some(known) = known(connection, new)? {
                return Ok((known, None));
            }
            let id = insert_job(connection, sealer, now, new)?;
            let detail = json!({"job": id, "kind": new.kind, "total": new.total});
            Ok((
                id,
                Some(Entry {
                    action: "bulk-begun",
                    detail,
                }),
            ))
        })
    }

    /// Begins a job that is answered by asking for each person singly: `requests` are the fresh visit numbers and the requests
    /// as JSON. Job and asks are durable together.
    pub fn begin_bulk_asks(
        &mut self,
        now: i64,
        new: &NewBulkJob,
        requests: &[(u64, String)],
    ) -> Result<u64, LedgerError> {
        for (what, text) in [
            ("client", &new.client),
            ("key", &new.key),
            ("kind", &new.kind),
            ("reception", &new.reception),
        ] {
            acceptable(what, text)?;
        }
        if requests.iter().any(|(_, request)| request.len() > MAX_BODY) {
            return Err(LedgerError::Unacceptable("request"));
        }
        self.change(now, &new.client, |connection, sealer| {
            if let Some(known) = known(connection, new)? {
                return Ok((known, None));
            }
            asks::room_for_a_job(connection, &new.client)?;
            let id = insert_job(connection, sealer, now, new)?;
            for (n, (visit, request)) in requests.iter().enumerate() {
                let visit = format!("{visit:016x}");
                let key = format!("{} {n}", new.reception);
                let place = format!("{} {key}", new.client);
                let sealed = sealer.seal("asks", &place, &[&visit], request.as_bytes())?;
                connection.execute(
                    "INSERT INTO asks (client, key, visit, job, made_at, next_at, request) VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6)",
                    params![new.client, key, visit, row_id(id), now, sealed],
                )?;
            }
            let detail = json!({"job": id, "kind": new.kind, "total": requests.len()});
            Ok((id, Some(Entry { action: "bulk-begun", detail })))
        })
    }

    /// Ends one ask of a job with its answer (or with what stands for it), in one transaction; with the last one the job ends too.
    /// An ask that has ended already changes nothing.
    pub fn answer_bulk_ask(
        &mut self,
        now: i64,
        ask: u64,
        item: &BulkItem,
    ) -> Result<(), LedgerError> {
        if item.body_json.len() > MAX_BODY {
            return Err(LedgerError::Unacceptable("bulk item"));
        }
        let pepper = self.pepper()?;
        self.change(now, "terminal", |connection, sealer| {
            let found: Option<i64> = connection
                .query_row(
                    "SELECT job FROM asks WHERE id = ?1 AND state = 'queued' AND job IS NOT NULL",
                    [row_id(ask)],
                    |row| row.get(0),
                )
                .optional()?;
            let Some(job) = found else {
                return Ok(((), None));
            };
            put_item(connection, sealer, &pepper, job, item)?;
            connection.execute(
                "UPDATE asks SET state = 'answered', ended_at = ?2, code = '', request = x'' WHERE id = ?1",
                params![row_id(ask), now],
            )?;
            let left: i64 = connection.query_row(
                "SELECT count(*) FROM asks WHERE job = ?1 AND state = 'queued'",
                [job],
                |row| row.get(0),
            )?;
            let ended = left == 0;
            if ended {
                connection.execute(
                    "UPDATE bulk_jobs SET state = 'done', ended_at = ?2 WHERE id = ?1 AND state = 'working'",
                    params![job, now],
                )?;
                events::insert(connection, now, "bulk-ended", &job.to_string(), "")?;
            }
            let detail = json!({"job": job, "n": item.n, "ended": ended});
            Ok(((), Some(Entry { action: "bulk-answered", detail })))
        })
    }

    /// Adds answers, in one transaction; one that is there already is not added again.
    pub fn add_bulk_items(&mut self, job: u64, items: &[BulkItem]) -> Result<(), LedgerError> {
        let pepper = self.pepper()?;
        let transaction = crate::write::begin(&mut self.connection)?;
        for item in items {
            if item.body_json.len() > MAX_BODY {
                return Err(LedgerError::Unacceptable("bulk item"));
            }
            put_item(&transaction, &self.sealer, &pepper, row_id(job), item)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// One job.
    pub fn bulk_job(&self, id: u64) -> Result<Option<BulkJob>, LedgerError> {
        Ok(self.read_jobs("id = ?1", &[&row_id(id)], 1)?.pop())
    }

    /// The job behind a reception number.
    pub fn bulk_job_by_reception(&self, reception: &str) -> Result<Option<BulkJob>, LedgerError> {
        Ok(self.read_jobs("reception = ?1", &[&reception], 1)?.pop())
    }

    /// Jobs with a greater number than `after`, of one client if wanted.
    pub fn bulk_jobs(
        &self,
        client: Option<&str>,
        after: u64,
        limit: usize,
    ) -> Result<Vec<BulkJob>, LedgerError> {
        match client {
            Some(client) => {
                self.read_jobs("id > ?1 AND client = ?2", &[&row_id(after), &client], limit)
            }
            None => self.read_jobs("id > ?1", &[&row_id(after)], limit),
        }
    }

    /// Jobs with a greater number than `after` that belong to one of two clients.
    pub fn bulk_jobs_of_either(
        &self,
        clients: [&str; 2],
        after: u64,
        limit: usize,
    ) -> Result<Vec<BulkJob>, LedgerError> {
        self.read_jobs(
            "id > ?1 AND client IN (?2, ?3)",
            &[&row_id(after), &clients[0], &clients[1]],
            limit,
        )
    }

    /// The newest jobs of a client, the newest first, from below job `below` on.
    pub fn newest_bulk_jobs(
        &self,
        client: &str,
        below: Option<u64>,
        limit: usize,
    ) -> Result<Vec<BulkJob>, LedgerError> {
        let below = below.map_or(i64::MAX, row_id);
        self.read_jobs_in("DESC", "id < ?1 AND client = ?2", &[&below, &client], limit)
    }

    /// Jobs that are still working.
    pub fn working_bulk_jobs(&self) -> Result<Vec<BulkJob>, LedgerError> {
        self.read_jobs("state = 'working'", &[], MAX_ROWS)
    }

    fn read_jobs(
        &self,
        wanted: &str,
        values: &[&dyn rusqlite::ToSql],
        limit: usize,
    ) -> Result<Vec<BulkJob>, LedgerError> {
        self.read_jobs_in("ASC", wanted, values, limit)
    }

    pub(crate) fn read_jobs_in(
        &self,
        order: &'static str,
        wanted: &str,
        values: &[&dyn rusqlite::ToSql],
        limit: usize,
    ) -> Result<Vec<BulkJob>, LedgerError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT id, client, key, kind, params, reception, made_at, state, code, total,
             (SELECT count(*) FROM bulk_items WHERE job = bulk_jobs.id) FROM bulk_jobs WHERE {wanted} ORDER BY id {order} LIMIT {}",
            limit.min(MAX_ROWS)
        ))?;
        statement
            .query_map(values, raw)?
            .map(|row| {
                let (mut job, sealed) = row?;
                job.params_json = self
                    .sealer
                    .open_text("bulk", &job.reception, &[], &sealed)?;
                Ok(job)
            })
            .collect()
    }

    /// Answers of a job from place `from` on, in their order; at most `limit` and [`MAX_ROWS`]. `who` is empty: only its hash is
    /// kept.
    pub fn bulk_items(
        &self,
        job: u64,
        from: u32,
        limit: usize,
    ) -> Result<Vec<BulkItem>, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT n, body FROM bulk_items WHERE job = ?1 AND n >= ?2 ORDER BY n LIMIT ?3",
        )?;
        let rows = statement.query_map(
            params![row_id(job), from, limit.min(MAX_ROWS) as i64],
            |row| Ok((row.get::<_, u32>(0)?, row.get::<_, Vec<u8>>(1)?)),
        )?;
        rows.map(|row| {
            let (n, sealed) = row?;
            let place = format!("{} {n}", row_id(job));
            let body_json = self.sealer.open_text("bulk-item", &place, &[], &sealed)?;
            Ok(BulkItem {
                n,
                who: String::new(),
                body_json,
            })
        })
        .collect()
    }

    /// The key of the hashes, made once and sealed; a new sealing key does not change it.
    pub(crate) fn pepper(&mut self) -> Result<hmac::Key, LedgerError> {
        const PLACE: &str = "pepper";
        let sealed: Option<Vec<u8>> = self
            .connection
            .query_row("SELECT value FROM meta WHERE key = ?1", [PLACE], |row| {
                row.get(0)
            })
            .optional()?;
        let bytes = match sealed {
            Some(sealed) => self
                .sealer
                .open("meta", PLACE, &[], &sealed)
                .ok_or_else(|| {
                    LedgerError::Corrupt("the key of bulk hashes does not open".into())
                })?,
            None => {
                let bytes = self.sealer.random::<32>()?.to_vec();
                let sealed = self.sealer.seal("meta", PLACE, &[], &bytes)?;
                self.connection.execute(
                    "INSERT INTO meta (key, value) VALUES (?1, ?2)",
                    params![PLACE, sealed],
                )?;
                bytes
            }
        };
        Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
    }
}

fn known(connection: &Connection, new: &NewBulkJob) -> Result<Option<u64>, LedgerError> {
    let known: Option<i64> = connection
        .query_row(
            "SELECT id FROM bulk_jobs WHERE client = ?1 AND key = ?2",
            params![new.client, new.key],
            |row| row.get(0),
        )
        .optional()?;
    Ok(known.and_then(|known| u64::try_from(known).ok()))
}

fn insert_job(
    connection: &Connection,
    sealer: &Sealer,
    now: i64,
    new: &NewBulkJob,
) -> Result<u64, LedgerError> {
    let sealed = sealer.seal("bulk", &new.reception, &[], new.params_json.as_bytes())?;
    connection.execute(
        "INSERT INTO bulk_jobs (client, key, kind, params, reception, made_at, total) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![new.client, new.key, new.kind, sealed, new.reception, now, i64::try_from(new.total).unwrap_or(i64::MAX)],
    )?;
    Ok(u64::try_from(connection.last_insert_rowid()).unwrap_or(0))
}

pub(crate) fn put_item(
    connection: &Connection,
    sealer: &Sealer,
    pepper: &hmac::Key,
    job: i64,
    item: &BulkItem,
) -> Result<(), LedgerError> {
    let place = format!("{job} {}", item.n);
    let sealed = sealer.seal("bulk-item", &place, &[], item.body_json.as_bytes())?;
    let who = hmac::sign(pepper, format!("who {}", item.who).as_bytes());
    let digest = hmac::sign(
        pepper,
        format!("body {}", content(&item.body_json)).as_bytes(),
    );
    connection.execute(
        "INSERT INTO bulk_items (job, n, who, digest, body) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        params![job, item.n, who.as_ref(), digest.as_ref(), sealed],
    )?;
    Ok(())
}

/// What an answer says of its person: without its header, which has the time of the answer and the numbers of the fetch.
fn content(body_json: &str) -> String {
    match serde_json::from_str::<serde_json::Value>(body_json) {
        Ok(mut body) => {
            for whole in [true, false] {
                let part = if whole {
                    Some(&mut body)
                } else {
                    body.get_mut("XmlMsg")
                };
                if let Some(map) = part.and_then(serde_json::Value::as_object_mut) {
                    map.remove("MessageHeader");
                }
            }
            body.to_string()
        }
        Err(_) => body_json.to_owned(),
    }
}

pub(crate) fn row_id(id: u64) -> i64 {
    i64::try_from(id).unwrap_or(i64::MAX)
}

fn raw(row: &Row<'_>) -> rusqlite::Result<(BulkJob, Vec<u8>)> {
    let state: String = row.get(7)?;
    let number = |at: usize| -> rusqlite::Result<u64> {
        Ok(u64::try_from(row.get::<_, i64>(at)?).unwrap_or(0))
    };
    let job = BulkJob {
        id: number(0)?,
        client: row.get(1)?,
        key: row.get(2)?,
        kind: row.get(3)?,
        params_json: String::new(),
        reception: row.get(5)?,
        made_at: row.get(6)?,
        state: match state.as_str() {
            "done" => BulkState::Done,
            "failed" => BulkState::Failed,
            _ => BulkState::Working,
        },
        code: row.get(8)?,
        total: number(9)?,
        done: number(10)?,
    };
    Ok((job, row.get(4)?))
}
