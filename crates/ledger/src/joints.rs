//! Joints: places where the audit chain goes on from the head kept outside the database instead of from the record before,
//! because what lay between is not in this file any more. Each is sealed, so that only the holder of the ledger's key can
//! make one, and the record behind it says why and by whom (invariant 12).

use crate::LedgerError;
use crate::seal::{Sealer, hex, unhex};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

const PLACE: &str = "joints";
/// Action of the record behind the joint of a ledger that follows a damaged one.
pub(crate) const AFTER_DAMAGE: &str = "ledger-begun-after-damage";
/// Action of the record behind the joint of a restored backup.
pub(crate) const RESTORED: &str = "ledger-restored";

/// One joint.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Joint {
    /// Number of the last record before it in this file; 0 when the file begins with it.
    pub after: u64,
    /// Number of the newest record that the head outside named.
    pub seq: u64,
    /// That record's hash, hexadecimal.
    pub hash: String,
}

impl Joint {
    pub(crate) fn new(after: u64, seq: u64, hash: &[u8; 32]) -> Self {
        Self {
            after,
            seq,
            hash: hex(hash),
        }
    }

    /// The joint that a record tells of, if it tells of one: it is part of what the record's hash covers, so that no joint can be made up
    /// beside the chain.
    pub(crate) fn told(seq: u64, action: &str, detail: &Value, prev: &str) -> Option<Self> {
        let number = |key: &str| detail.get(key).and_then(Value::as_u64);
        let (after, last) = match action {
            AFTER_DAMAGE => (0, number("old_head")?),
            RESTORED => (number("missing_from")?.checked_sub(1)?, number("missing_to")?),
            _ => return None,
        };
        (seq.checked_sub(1) == Some(last) && after < last).then(|| Self {
            after,
            seq: last,
            hash: prev.to_owned(),
        })
    }

    pub(crate) fn hash(&self) -> Result<[u8; 32], LedgerError> {
        unhex(&self.hash)
            .and_then(|hash| hash.try_into().ok())
            .ok_or_else(|| LedgerError::Corrupt("a joint of the audit chain".into()))
    }
}

/// All joints, oldest first.
pub(crate) fn all(connection: &Connection, sealer: &Sealer) -> Result<Vec<Joint>, LedgerError> {
    let sealed: Option<Vec<u8>> = connection
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([PLACE], |row| row.get(0))
        .optional()?;
    let Some(sealed) = sealed else {
        return Ok(Vec::new());
    };
    let text = sealer.open_text("meta", PLACE, &[], &sealed)?;
    serde_json::from_str(&text).map_err(|error| LedgerError::Corrupt(error.to_string()))
}

/// The joint behind record `seq`, if there is one.
pub(crate) fn after(
    connection: &Connection,
    sealer: &Sealer,
    seq: u64,
) -> Result<Option<Joint>, LedgerError> {
    let all = all(connection, sealer)?;
    Ok(all.into_iter().find(|joint| joint.after == seq))
}

pub(crate) fn add(
    connection: &Connection,
    sealer: &Sealer,
    joint: Joint,
) -> Result<(), LedgerError> {
    let mut joints = all(connection, sealer)?;
    joints.push(joint);
    let text =
        serde_json::to_string(&joints).map_err(|error| LedgerError::Corrupt(error.to_string()))?;
    let sealed = sealer.seal("meta", PLACE, &[], text.as_bytes())?;
    connection.execute(
        "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
        params![PLACE, sealed],
    )?;
    Ok(())
}
