//! A bulk answer as a whole: begun anew without what a cut one left, ended together with its last persons and with what follows from it.

use crate::audit::Entry;
use crate::bulk::{put_item, row_id};
use crate::bulk_types::BulkItem;
use crate::{Ledger, LedgerError, MAX_BODY, events, state};
use rusqlite::params;
use serde_json::{Value, json};

impl Ledger {
    /// Forgets the persons that a job holds so far, before its answer is read from the beginning again. A job that has ended keeps its
    /// own.
    pub fn clear_bulk_items(&mut self, job: u64) -> Result<(), LedgerError> {
        self.connection.execute(
            "DELETE FROM bulk_items WHERE job = ?1 AND EXISTS (SELECT 1 FROM bulk_jobs WHERE id = ?1 AND state = 'working')",
            [row_id(job)],
        )?;
        Ok(())
    }

    /// Replaces what is kept with a job that still works (how often it was tried, say).
    pub fn put_bulk_params(&mut self, job: u64, params_json: &str) -> Result<(), LedgerError> {
        if params_json.len() > MAX_BODY {
            return Err(LedgerError::Unacceptable("parameters"));
        }
        let Some(known) = self.bulk_job(job)? else {
            return Err(LedgerError::NotFound);
        };
        let sealed = self
            .sealer
            .seal("bulk", &known.reception, &[], params_json.as_bytes())?;
        self.connection.execute(
            "UPDATE bulk_jobs SET params = ?2 WHERE id = ?1 AND state = 'working'",
            params![row_id(job), sealed],
        )?;
        Ok(())
    }

    /// Ends a job well: its last persons, its end and `beside` (small state, as for [`Ledger::put_state`]) in one transaction. False, and
    /// nothing is written, when it has ended already.
    pub fn finish_bulk(
        &mut self,
        now: i64,
        job: u64,
        rest: &[BulkItem],
        beside: &[(String, String)],
    ) -> Result<bool, LedgerError> {
        if rest.iter().any(|item| item.body_json.len() > MAX_BODY) {
            return Err(LedgerError::Unacceptable("bulk item"));
        }
        let pepper = self.pepper()?;
        self.change(now, "terminal", |connection, sealer| {
            for item in rest {
                put_item(connection, sealer, &pepper, row_id(job), item)?;
            }
            let changed = connection.execute(
                "UPDATE bulk_jobs SET state = 'done', code = '', ended_at = ?2,
                 total = (SELECT count(*) FROM bulk_items WHERE job = ?1) WHERE id = ?1 AND state = 'working'",
                params![row_id(job), now],
            )?;
            if changed == 0 {
                return Ok((false, None));
            }
            for (key, value) in beside {
                state::put(connection, sealer, key, value)?;
            }
            events::insert(connection, now, "bulk-ended", &job.to_string(), "")?;
            let detail = json!({"job": job, "code": null});
            Ok((true, Some(Entry { action: "bulk-ended", detail })))
        })
    }

    /// Ends a job that has come to nothing: the persons that it holds are forgotten, the service's code and words (verbatim, where it
    /// said any) stand with the job as `service_code` and `service_message`, as in the audit record, and the job has ended with `code`: all
    /// of it or nothing. False, and nothing is written, when it has ended already.
    ///
    /// # Errors
    /// [`LedgerError::NotFound`] for no such job, [`LedgerError::Unacceptable`] for what is too long; the database.
    pub fn fail_bulk(
        &mut self,
        now: i64,
        job: u64,
        code: &str,
        said: Option<(&str, &str)>,
    ) -> Result<bool, LedgerError> {
        let known = self.bulk_job(job)?.ok_or(LedgerError::NotFound)?;
        let mut detail = json!({"job": job, "code": code});
        let mut params_json = known.params_json;
        if let Some((service_code, words)) = said {
            let mut params: Value = serde_json::from_str(&params_json)
                .map_err(|_| LedgerError::Unacceptable("parameters"))?;
            for place in [&mut params, &mut detail] {
                if let Some(place) = place.as_object_mut() {
                    place.insert("service_code".to_owned(), service_code.into());
                    place.insert("service_message".to_owned(), words.into());
                }
            }
            params_json = params.to_string();
        }
        if params_json.len() > MAX_BODY {
            return Err(LedgerError::Unacceptable("parameters"));
        }
        self.change(now, "terminal", |connection, sealer| {
            let sealed = sealer.seal("bulk", &known.reception, &[], params_json.as_bytes())?;
            let changed = connection.execute(
                "UPDATE bulk_jobs SET state = 'failed', code = ?2, ended_at = ?3, params = ?4 WHERE id = ?1 AND state = 'working'",
                params![row_id(job), code, now, sealed],
            )?;
            if changed == 0 {
                return Ok((false, None));
            }
            connection.execute("DELETE FROM bulk_items WHERE job = ?1", [row_id(job)])?;
            events::insert(connection, now, "bulk-ended", &job.to_string(), "")?;
            Ok((true, Some(Entry { action: "bulk-ended", detail })))
        })
    }
}
