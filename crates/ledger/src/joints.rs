//! Joints: places where the audit chain goes on from the head kept outside the database instead of from the record before,
//! because what lay between is not in this file any more. Each is sealed, so that only the holder of the ledger's key can
//! make one, and the record behind it says why and by whom (invariant 12).

use crate::LedgerError;
use crate::seal::{Sealer, hex, unhex};
use rusqlite::{Connection, OptionalExtension, params};

const PLACE: &str = "joints";

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
