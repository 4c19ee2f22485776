//! Verification of the whole audit chain: names the place where it was changed, shortened, lengthened or cut off
//! (invariant 12).

use crate::LedgerError;
use crate::audit::{self, COLUMNS, Record};
use crate::head::{self, HeadFile};
use crate::joints::{self, Joint};
use crate::results_check::Results;
use crate::seal::{Sealer, hex};
use crate::time_source;
use rusqlite::Connection;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// How often a moving chain is looked at before the writer is held up.
const TRIES: usize = 20;
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(5);
/// Records of releases that did not write where their time came from.
pub(crate) const NO_SOURCE: &str = "not-recorded";
/// More findings than this say nothing new.
const MAX_FINDINGS: usize = 100;

/// What a check of the whole chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditReport {
    /// Number of records in the database.
    pub records: u64,
    /// Number of the newest record named by the head outside the database; 0 when there is no head.
    pub head_seq: u64,
    /// Hash of the newest record in the database, hexadecimal; to be kept elsewhere by an auditor.
    pub newest_hash: String,
    /// The database is exactly one record ahead of the head, as a crash between the two leaves it; healed by the next write.
    pub head_behind: bool,
    /// Places where the chain goes on from a head of before: after a corrupt file was set aside, or a backup was restored.
    /// What lay between is not in this file; who decided so stands in the record after the joint.
    pub joints: Vec<Joint>,
    /// How many records have their time from where: the words of [`crate::TimeSource`], and `not-recorded`.
    pub time_sources: BTreeMap<String, u64>,
    /// Everything that must not be; empty when the chain is intact.
    pub findings: Vec<Finding>,
}

impl AuditReport {
    /// Whether nothing was changed, removed, inserted or cut off.
    pub fn intact(&self) -> bool {
        self.findings.is_empty()
    }
}

/// One place where the chain is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Number of the record concerned (the first one, when several are).
    pub seq: u64,
    /// What was done to it.
    pub kind: FindingKind,
}

/// In which way a record disagrees with the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindingKind {
    /// Its content, seal or hash is not what was written.
    Changed,
    /// It is missing between others.
    Removed,
    /// It was not written by this ledger.
    Inserted,
    /// It and all after it are missing, although the head names them.
    CutOff,
    /// An exported file ends with it (or is empty: 0), and the signed head that ends an export is not there.
    EndMissing,
    /// The head outside the database is missing although records exist.
    HeadMissing,
    /// The head outside the database was not written with this ledger's key.
    HeadForged,
    /// The head names another hash than the record has.
    HeadDiffers,
    /// The database file itself is damaged.
    Damaged,
    /// The result that it tells of is not there any more, although nobody has taken it over.
    ResultGone,
    /// The result that it tells of has another owner or state than the chain says.
    ResultChanged,
    /// The seal of the result that it tells of does not open: the result is lost.
    ResultUnreadable,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = match self.kind {
            FindingKind::Changed => "was changed",
            FindingKind::Removed => "was removed",
            FindingKind::Inserted => "was inserted",
            FindingKind::CutOff => "and everything after it was cut off",
            FindingKind::EndMissing if self.seq == 0 => {
                return f
                    .write_str("the signed head at the end is missing, and there is no record");
            }
            FindingKind::EndMissing => {
                "is the last one of the file: the signed head at the end is missing, and nobody can tell whether more records followed"
            }
            FindingKind::HeadMissing => "has no head outside the database",
            FindingKind::HeadForged => "has a head that this ledger did not write",
            FindingKind::HeadDiffers => "is not the one that the head names",
            FindingKind::Damaged => "stands in a damaged file",
            FindingKind::ResultGone => {
                "tells of a result that nobody has taken over and that is gone"
            }
            FindingKind::ResultChanged => {
                "tells of a result whose owner or state was changed behind the terminal's back"
            }
            FindingKind::ResultUnreadable => "tells of a result that can't be read any more",
        };
        write!(f, "record {} {what}", self.seq)
    }
}

/// Checks the chain beside a writer that goes on: head and newest record are taken from the same moment, without holding the
/// writer up.
pub(crate) fn steady(
    connection: &mut Connection,
    sealer: &Sealer,
    head_path: &Path,
) -> Result<AuditReport, LedgerError> {
    for _ in 0..TRIES {
        // The first reading fixes what this transaction sees; the head is read after it, so it may only be too new.
        let snapshot = connection.transaction()?;
        let newest = audit::newest(&snapshot)?.map_or(0, |record| record.seq);
        // That very head is compared: one read again later would name records that this transaction does not see.
        match head::read(head_path, sealer)? {
            HeadFile::Good(head) if head.seq > newest => {}
            head => return verify(&snapshot, sealer, &head),
        }
        drop(snapshot);
        std::thread::park_timeout(PAUSE);
    }
    // Still ahead: either somebody cut records off, or very much is written. With the lock there is no doubt.
    let locked = crate::write::begin(connection)?;
    let head = head::read(head_path, sealer)?;
    verify(&locked, sealer, &head)
}

/// Walks the whole chain. Never writes; a missing or wrong record becomes a finding, not an error.
pub(crate) fn verify(
    connection: &Connection,
    sealer: &Sealer,
    head: &HeadFile,
) -> Result<AuditReport, LedgerError> {
    let mut findings = Vec::new();
    let mut statement = connection.prepare(&format!("SELECT {COLUMNS} FROM audit ORDER BY seq"))?;
    let mut rows = statement.query_map([], Record::from_row)?.peekable();

    let mut records = 0;
    let mut results = Results::default();
    // The number the next record should have, if nobody had renumbered; `shift` is how far numbers were moved up.
    let mut expected: u64 = 1;
    let mut shift: i64 = 0;
    let mut last = [0u8; 32].to_vec();
    let mut broken = false;
    let mut head_hash_at = Vec::new();
    let mut time_sources = BTreeMap::new();
    let joints = joints::all(connection, sealer)?;

    while let Some(row) = rows.next() {
        let row = row?;
        records += 1;
        if let Some(joint) = joints.iter().find(|joint| joint.after + 1 == expected)
            && row.seq > expected
        {
            let gap = expected;
            expected = joint.seq + 1;
            last = joint.hash()?.to_vec();
            // Only the record behind it says that there is a joint, and why.
            if row.seq == expected && !tells_of(&row, joint, sealer) {
                findings.push(Finding {
                    seq: gap,
                    kind: FindingKind::Removed,
                });
            }
            // The head may still name the last record of before: what stands in its place here is the joint.
            if let HeadFile::Good(head) = head
                && head.seq == joint.seq
            {
                head_hash_at.clone_from(&last);
            }
        }
        let number = row.seq.saturating_add_signed(-shift);
        if number > expected {
            findings.push(Finding {
                seq: expected,
                kind: FindingKind::Removed,
            });
            expected = number;
            broken = true;
        }
        if let Some(plain) = row.plain(expected, sealer) {
            let mut detail = serde_json::from_slice(&plain).unwrap_or(Value::Null);
            let source = time_source::taken_from(&mut detail);
            *time_sources
                .entry(source.unwrap_or_else(|| NO_SOURCE.to_owned()))
                .or_insert(0) += 1;
            results.take(&row, expected, &detail);
            if row.prev != last && !broken {
                findings.push(Finding {
                    seq: expected,
                    kind: FindingKind::Changed,
                });
            }
        } else if row.holds(expected + 1, sealer)
            && rows
                .peek()
                .is_none_or(|next| matches!(next, Ok(next) if next.holds(expected + 2, sealer)))
        {
            // The rows after the gap were moved up by one.
            findings.push(Finding {
                seq: expected,
                kind: FindingKind::Removed,
            });
            shift -= 1;
            expected += 1;
        // A row that is not ours, after which the rows were moved down by one.
        } else if matches!(rows.peek(), Some(Ok(next)) if next.prev == last && next.holds(expected, sealer))
        {
            findings.push(Finding {
                seq: row.seq,
                kind: FindingKind::Inserted,
            });
            shift += 1;
            continue;
        } else {
            let beyond = matches!(head, HeadFile::Good(head) if expected > head.seq);
            let kind = if beyond {
                FindingKind::Inserted
            } else {
                FindingKind::Changed
            };
            findings.push(Finding {
                seq: expected,
                kind,
            });
        }
        broken = findings
            .last()
            .is_some_and(|finding| finding.seq == expected);
        if let HeadFile::Good(head) = head
            && head.seq == expected
        {
            head_hash_at.clone_from(&row.hash);
        }
        last = row.hash;
        expected += 1;
        if findings.len() >= MAX_FINDINGS {
            break;
        }
    }

    let newest = expected - 1;
    let mut head_behind = false;
    match head {
        HeadFile::Absent => {
            head_behind = newest == 1;
            if newest > 1 {
                findings.push(Finding {
                    seq: newest,
                    kind: FindingKind::HeadMissing,
                });
            }
        }
        HeadFile::Forged => findings.push(Finding {
            seq: newest,
            kind: FindingKind::HeadForged,
        }),
        HeadFile::Good(head) if findings.len() >= MAX_FINDINGS => {
            tracing::debug!(
                head = head.seq,
                "too many findings, the head was not compared"
            );
        }
        HeadFile::Good(head) if newest < head.seq => {
            findings.push(Finding {
                seq: newest + 1,
                kind: FindingKind::CutOff,
            });
        }
        HeadFile::Good(head) => {
            if head.seq > 0 && head_hash_at != head.hash {
                findings.push(Finding {
                    seq: head.seq,
                    kind: FindingKind::HeadDiffers,
                });
            }
            head_behind = newest == head.seq + 1 && findings.is_empty();
            if newest > head.seq + 1 && !findings.iter().any(|finding| finding.seq > head.seq) {
                findings.push(Finding {
                    seq: head.seq + 1,
                    kind: FindingKind::Inserted,
                });
            }
        }
    }
    // A broken chain tells of itself; what it says of results is then not to be relied on.
    if findings.is_empty() {
        findings = results.compare(connection, sealer)?;
    }
    let damage: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if damage != "ok" {
        findings.push(Finding {
            seq: newest,
            kind: FindingKind::Damaged,
        });
    }
    let head_seq = if let HeadFile::Good(head) = head {
        head.seq
    } else {
        0
    };
    Ok(AuditReport {
        records,
        head_seq,
        newest_hash: hex(&last),
        head_behind,
        joints,
        time_sources,
        findings,
    })
}

/// Whether a record is the one that tells of this joint.
fn tells_of(row: &Record, joint: &Joint, sealer: &Sealer) -> bool {
    let detail = row
        .plain(row.seq, sealer)
        .and_then(|plain| serde_json::from_slice::<Value>(&plain).ok());
    let told = detail.and_then(|detail| Joint::told(row.seq, &row.action, &detail, &joint.hash));
    told.as_ref() == Some(joint)
}
