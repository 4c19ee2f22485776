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
            RESTORED => (
                number("missing_from")?.checked_sub(1)?,
                number("missing_to")?,
            ),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FindingKind, Ledger, LedgerKey, OpenOptions};
    use serde_json::json;

    #[test]
    fn only_a_record_right_behind_the_gap_tells_of_a_joint() {
        let restored = json!({"missing_from": 4, "missing_to": 9, "reason": "x"});
        let joint = Joint::told(10, RESTORED, &restored, "aa");
        let expected = Joint {
            after: 3,
            seq: 9,
            hash: "aa".to_owned(),
        };
        assert_eq!(joint, Some(expected));
        assert_eq!(Joint::told(11, RESTORED, &restored, "aa"), None);
        assert_eq!(Joint::told(10, "looked", &restored, "aa"), None);
        let damage = json!({"old_head": 9});
        let joint = Joint::told(10, AFTER_DAMAGE, &damage, "aa").unwrap();
        assert_eq!((joint.after, joint.seq), (0, 9));
        for (action, detail) in [
            (AFTER_DAMAGE, json!({})),
            (AFTER_DAMAGE, json!({"old_head": 8})),
            (RESTORED, json!({"missing_from": 0, "missing_to": 9})),
            (RESTORED, json!({"missing_from": 10, "missing_to": 9})),
            (RESTORED, json!(null)),
        ] {
            assert_eq!(Joint::told(10, action, &detail, "aa"), None, "{detail}");
        }
    }

    /// Even with the ledger's key a joint beside the chain explains nothing (invariant 12).
    #[test]
    fn inv12_a_joint_of_which_no_record_tells_is_a_finding() {
        let folder = tempfile::tempdir().unwrap();
        let options = || OpenOptions {
            path: folder.path().join("ledger.db"),
            head_path: folder.path().join("head"),
            key: LedgerKey([3; 32]).into(),
            simulated: true,
        };
        let mut ledger = Ledger::open(options(), 1).unwrap();
        for n in 0..8 {
            ledger
                .append_audit(1, "staff", "looked", &json!({"n": n}))
                .unwrap();
        }
        let hash = ledger.audit_records(6, 1).unwrap().remove(0).hash;
        let joint = Joint {
            after: 4,
            seq: 7,
            hash,
        };
        add(&ledger.connection, &ledger.sealer, joint).unwrap();
        ledger
            .connection
            .execute("DELETE FROM audit WHERE seq BETWEEN 5 AND 7", [])
            .unwrap();
        let findings = ledger.verify().unwrap().findings;
        let found: Vec<_> = findings.iter().map(|one| (one.seq, one.kind)).collect();
        assert_eq!(found, [(5, FindingKind::Removed)]);
    }
}
