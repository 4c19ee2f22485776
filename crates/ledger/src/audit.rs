//! The audit chain: each record carries the SHA-256 of the one before, and the newest is compared with the head outside the
//! database before every write (invariant 12).

use crate::head::{self, Head, HeadFile};
use crate::joints;
use crate::seal::Sealer;
use crate::time_source::Moment;
use crate::verify::{Finding, FindingKind};
use crate::{LedgerError, MAX_DETAIL};
use ring::digest::{Context, SHA256};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;
use std::path::Path;

/// One record to be appended.
pub(crate) struct Entry {
    pub(crate) action: &'static str,
    pub(crate) detail: Value,
}

pub(crate) struct Record {
    pub(crate) seq: u64,
    pub(crate) at: i64,
    pub(crate) actor: String,
    pub(crate) action: String,
    pub(crate) detail: Vec<u8>,
    pub(crate) prev: Vec<u8>,
    pub(crate) hash: Vec<u8>,
}

impl Record {
    pub(crate) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0),
            at: row.get(1)?,
            actor: row.get(2)?,
            action: row.get(3)?,
            detail: row.get(4)?,
            prev: row.get(5)?,
            hash: row.get(6)?,
        })
    }

    /// Whether seal and hash are right for a record that stands at number `seq`.
    pub(crate) fn holds(&self, seq: u64, sealer: &Sealer) -> bool {
        self.plain(seq, sealer).is_some()
    }

    /// The opened detail, if seal and hash are right for a record that stands at number `seq`.
    pub(crate) fn plain(&self, seq: u64, sealer: &Sealer) -> Option<Vec<u8>> {
        let prev = <[u8; 32]>::try_from(self.prev.as_slice()).ok()?;
        let detail = sealer.open("audit", &seq.to_string(), &[], &self.detail)?;
        let hash = digest(&prev, seq, self.at, &self.actor, &self.action, &detail);
        (hash.as_slice() == self.hash).then_some(detail)
    }
}

pub(crate) const COLUMNS: &str = "seq, at, actor, action, detail, prev, hash";

pub(crate) fn digest(
    prev: &[u8; 32],
    seq: u64,
    at: i64,
    actor: &str,
    action: &str,
    detail: &[u8],
) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    context.update(b"uketsuke audit record 1");
    context.update(prev);
    context.update(&seq.to_be_bytes());
    context.update(&at.to_be_bytes());
    for part in [actor.as_bytes(), action.as_bytes(), detail] {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// JSON with sorted keys and no spaces: the same value always gives the same bytes.
pub(crate) fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<_> = map.iter().collect();
            keys.sort_by_key(|(key, _)| *key);
            let fields: Vec<String> = keys
                .into_iter()
                .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), canonical(value)))
                .collect();
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        other => other.to_string(),
    }
}

/// Appends one record inside the caller's transaction and gives its number. What the caller says may be [`MAX_DETAIL`] long; the source of
/// the time comes on top.
pub(crate) fn append(
    connection: &Connection,
    sealer: &Sealer,
    moment: Moment,
    actor: &str,
    action: &str,
    detail: &Value,
) -> Result<u64, LedgerError> {
    crate::write::acceptable("actor", actor)?;
    crate::write::acceptable("action", action)?;
    if canonical(detail).len() > MAX_DETAIL {
        return Err(LedgerError::Unacceptable("audit detail"));
    }
    let now = moment.at;
    let detail = canonical(&moment.into_detail(detail)?);
    let newest = newest(connection)?;
    let prev = match &newest {
        Some(record) => <[u8; 32]>::try_from(record.hash.as_slice()).map_err(|_| {
            LedgerError::Tampered(Finding {
                seq: record.seq,
                kind: FindingKind::Changed,
            })
        })?,
        None => [0; 32],
    };
    let seq = newest.map_or(0, |record| record.seq) + 1;
    // Behind a joint the chain goes on from the head that was kept outside.
    let (seq, prev) = match joints::after(connection, sealer, seq - 1)? {
        Some(joint) => (joint.seq + 1, joint.hash()?),
        None => (seq, prev),
    };
    let hash = digest(&prev, seq, now, actor, action, detail.as_bytes());
    let sealed = sealer.seal("audit", &seq.to_string(), &[], detail.as_bytes())?;
    connection.execute(
        "INSERT INTO audit (seq, at, actor, action, detail, prev, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![seq as i64, now, actor, action, sealed, prev, hash],
    )?;
    Ok(seq)
}

pub(crate) fn newest(connection: &Connection) -> Result<Option<Record>, LedgerError> {
    Ok(connection
        .query_row(
            &format!("SELECT {COLUMNS} FROM audit ORDER BY seq DESC LIMIT 1"),
            [],
            Record::from_row,
        )
        .optional()?)
}

/// Compares the newest record with the head outside and writes the head when the database is exactly one record ahead.
/// Gives whether it wrote. Must run under the database's write lock; any other difference is tampering.
pub(crate) fn settle(
    connection: &Connection,
    sealer: &Sealer,
    head_path: &Path,
) -> Result<bool, LedgerError> {
    let tampered = |seq, kind| Err(LedgerError::Tampered(Finding { seq, kind }));
    let Some(newest) = newest(connection)? else {
        return match head::read(head_path, sealer)? {
            HeadFile::Absent => Ok(false),
            HeadFile::Forged => tampered(0, FindingKind::HeadForged),
            HeadFile::Good(_) => tampered(1, FindingKind::CutOff),
        };
    };
    let head = match head::read(head_path, sealer)? {
        HeadFile::Good(head) => head,
        HeadFile::Forged => return tampered(newest.seq, FindingKind::HeadForged),
        // Before the very first record there is no head.
        HeadFile::Absent if newest.seq == 1 => Head {
            seq: 0,
            hash: [0; 32],
            signed: true,
        },
        HeadFile::Absent => return tampered(newest.seq, FindingKind::HeadMissing),
    };
    let write = || {
        let hash = <[u8; 32]>::try_from(newest.hash.as_slice()).unwrap_or_default();
        head::write(head_path, newest.seq, &hash, sealer)
    };
    match newest.seq.checked_sub(head.seq) {
        // A head of the first format, or of the ledger before this one, is signed anew.
        Some(0) if newest.hash == head.hash && !head.signed => write().map(|()| false),
        Some(0) if newest.hash == head.hash => Ok(false),
        Some(0) => tampered(newest.seq, FindingKind::HeadDiffers),
        Some(1) if newest.prev == head.hash && newest.holds(newest.seq, sealer) => {
            write().map(|()| true)
        }
        Some(_) => tampered(head.seq + 1, FindingKind::Inserted),
        None => tampered(newest.seq + 1, FindingKind::CutOff),
    }
}

#[cfg(test)]
mod tests {
    use super::canonical;
    use serde_json::json;

    #[test]
    fn canonical_form_does_not_depend_on_the_order_of_keys() {
        let one = json!({"b": [1, {"z": null, "a": "資\"格"}], "a": 1.5});
        let two = json!({"a": 1.5, "b": [1, {"a": "資\"格", "z": null}]});
        assert_eq!(canonical(&one), canonical(&two));
        assert_eq!(
            canonical(&one),
            r#"{"a":1.5,"b":[1,{"a":"資\"格","z":null}]}"#
        );
    }
}
