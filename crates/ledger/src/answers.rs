//! Remembered answers: a client that repeats a change under the same idempotency key gets the answer it was given, also after a
//! restart.

use crate::write::acceptable;
use crate::{Ledger, LedgerError};
use ring::digest::{SHA256, digest};
use ring::hmac;
use rusqlite::{OptionalExtension, params};

/// Longest answer that is remembered, in bytes.
const MAX_ANSWER: usize = 64 * 1024;

/// When it was first used, fingerprint of the request, status and sealed answer.
type Known = (i64, Vec<u8>, Option<u16>, Option<Vec<u8>>);

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remembered {
    /// Nothing, or the change was begun and not answered: it is to be made. With the time at which the key was first used: together
    /// they name the change, also when it is repeated after it broke off.
    New(i64),
    /// The answer of before: HTTP status and body.
    Answer(u16, String),
    /// The key was used for another request.
    Other,
}

impl Ledger {
    /// Looks a key up and keeps it for this request (`request` is everything that makes it the same one; only a
    /// keyed hash of it is kept, because it may hold a patient's numbers).
    pub fn remember(
        &mut self,
        now: i64,
        client: &str,
        key: &str,
        request: &[u8],
    ) -> Result<Remembered, LedgerError> {
        acceptable("client", client)?;
        acceptable("key", key)?;
        let fingerprint = hmac::sign(&self.pepper()?, request).as_ref().to_vec();
        let known: Option<Known> = self
            .connection
            .prepare_cached(
                "SELECT at, fingerprint, status, answer FROM answers WHERE client = ?1 AND key = ?2",
            )?
            .query_row(params![client, key], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        match known {
            None => {
                self.connection.execute(
                    "INSERT INTO answers (client, key, at, fingerprint) VALUES (?1, ?2, ?3, ?4)",
                    params![client, key, now, fingerprint],
                )?;
                Ok(Remembered::New(now))
            }
            // Earlier versions kept a plain hash; those rows are gone after two days.
            Some((_, first, ..))
                if first != fingerprint && first != digest(&SHA256, request).as_ref() =>
            {
                Ok(Remembered::Other)
            }
            Some((_, _, Some(status), Some(sealed))) => {
                let place = format!("{client} {key}");
                let answer = self.sealer.open_text("answers", &place, &[], &sealed)?;
                Ok(Remembered::Answer(status, answer))
            }
            Some((at, ..)) => Ok(Remembered::New(at)),
        }
    }

    /// Keeps the answer for a key that was looked up before. One that is too long is not kept: the change is then made again under
    /// the same name, which stores no second result and begins no second job.
    pub fn keep_answer(
        &mut self,
        client: &str,
        key: &str,
        status: u16,
        answer: &str,
    ) -> Result<(), LedgerError> {
        if answer.len() > MAX_ANSWER {
            return Ok(());
        }
        let place = format!("{client} {key}");
        let sealed = self
            .sealer
            .seal("answers", &place, &[], answer.as_bytes())?;
        self.connection.execute(
            "UPDATE answers SET status = ?3, answer = ?4 WHERE client = ?1 AND key = ?2",
            params![client, key, status, sealed],
        )?;
        Ok(())
    }
}
