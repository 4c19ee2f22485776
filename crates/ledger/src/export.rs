//! The audit chain as a file for an auditor: one JSON document per line, a signed head at the end. It is checked without the
//! ledger's key: the hashes follow from what stands in the lines, and the head is signed with a public key that the auditor noted
//! when the terminal was installed.

use crate::audit::{self, COLUMNS, Record, canonical};
use crate::head::SignedHead;
use crate::joints::{self, Joint};
use crate::open::{OpenOptions, existing};
use crate::seal::{hex, unhex};
use crate::time_source;
use crate::{Finding, FindingKind, Ledger, LedgerError, MAX_ROWS, verify};
use rusqlite::params;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, Write};

/// The longest line of an export: a detail of full size, escaped, and what stands around it.
const MAX_LINE: u64 = 256 * 1024;
/// Records of the audit chain that a search looks at.
pub const MAX_LOOKED_AT: usize = 5000;
/// More findings than this say nothing new.
const MAX_FINDINGS: usize = 100;

/// One record of the audit chain, opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditRecord {
    /// Its number.
    pub seq: u64,
    /// When, milliseconds since the Unix epoch, by the terminal's trusted clock.
    pub at: i64,
    /// Where that time came from, as [`crate::TimeSource`] has it; `None` in a record of a release that did not write it. For the hash it
    /// stands in the detail, under the same name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_source: Option<String>,
    /// Who: a client, a member of staff, or a part of the terminal.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what, on which consent, with which outcome.
    pub detail: Value,
    /// Hash of the record before it, hexadecimal.
    pub prev: String,
    /// Its own hash, hexadecimal.
    pub hash: String,
}

impl AuditRecord {
    fn open(record: &Record, sealer: &crate::seal::Sealer) -> Result<Self, LedgerError> {
        let text = sealer.open_text("audit", &record.seq.to_string(), &[], &record.detail)?;
        let mut detail =
            serde_json::from_str(&text).map_err(|error| LedgerError::Corrupt(error.to_string()))?;
        Ok(Self {
            seq: record.seq,
            at: record.at,
            time_source: time_source::taken_from(&mut detail),
            actor: record.actor.clone(),
            action: record.action.clone(),
            detail,
            prev: hex(&record.prev),
            hash: hex(&record.hash),
        })
    }

    /// Whether the hash follows from the rest.
    fn holds(&self) -> bool {
        let Some(prev) = unhex(&self.prev).and_then(|prev| <[u8; 32]>::try_from(prev).ok()) else {
            return false;
        };
        let mut detail = self.detail.clone();
        if let (Some(source), Some(fields)) = (&self.time_source, detail.as_object_mut()) {
            fields.insert(time_source::KEY.to_owned(), source.as_str().into());
        }
        let detail = canonical(&detail);
        let hash = audit::digest(
            &prev,
            self.seq,
            self.at,
            &self.actor,
            &self.action,
            detail.as_bytes(),
        );
        hex(&hash) == self.hash
    }
}

/// The last line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    head: SignedHead,
    joints: Vec<Joint>,
    /// Number of the first record in the file.
    first: u64,
}

/// What the check of an exported file found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportReport {
    /// Records in the file.
    pub records: u64,
    /// Number of its first record as its last line says it, else as it stands there; 0 without either.
    pub first: u64,
    /// Places where the chain goes on from a head of before. Only those of which the record behind them tells count: that record's hash
    /// covers it, while what the last line says beside the signed head is anybody's word.
    pub joints: Vec<Joint>,
    /// How many records have their time from where: the words of [`crate::TimeSource`], and `not-recorded`.
    pub time_sources: BTreeMap<String, u64>,
    /// The head at its end; `None` when the file has no whole last line.
    pub head: Option<SignedHead>,
    /// Everything that must not be.
    pub findings: Vec<Finding>,
}

impl Ledger {
    /// Records of the audit chain with a number greater than `after`, opened; at most `limit` and [`MAX_ROWS`].
    pub fn audit_records(&self, after: u64, limit: usize) -> Result<Vec<AuditRecord>, LedgerError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2"
        ))?;
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let rows =
            statement.query_map(params![after, limit.min(MAX_ROWS) as i64], Record::from_row)?;
        rows.map(|row| AuditRecord::open(&row?, &self.sealer))
            .collect()
    }

    /// Records since `since` (ms since 1970) whose detail names one of these texts (a visit's number, a result's id), oldest first.
    /// At most [`MAX_LOOKED_AT`] records are looked at.
    pub fn audit_about(
        &self,
        about: &[String],
        since: i64,
    ) -> Result<Vec<AuditRecord>, LedgerError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM audit WHERE at >= ?1 ORDER BY seq LIMIT {MAX_LOOKED_AT}"
        ))?;
        let rows = statement.query_map([since], Record::from_row)?;
        let mut found = Vec::new();
        for row in rows {
            let record = AuditRecord::open(&row?, &self.sealer)?;
            let detail = record.detail.to_string();
            if about.iter().any(|text| detail.contains(text.as_str())) {
                found.push(record);
            }
        }
        Ok(found)
    }

    /// The newest head, signed, to be kept elsewhere.
    pub fn signed_head(&self) -> Result<Option<SignedHead>, LedgerError> {
        let Some(newest) = audit::newest(&self.connection)? else {
            return Ok(None);
        };
        let hash = <[u8; 32]>::try_from(newest.hash.as_slice())
            .map_err(|_| LedgerError::Corrupt("the newest audit record".into()))?;
        Ok(SignedHead::of(newest.seq, &hash, &self.sealer))
    }
}

/// Writes the whole chain, or its part from record `from` on, with a signed head at the end; gives the number of records. Changes
/// nothing and may run beside the daemon.
///
/// # Errors
/// As for [`Ledger::inspect`]; [`LedgerError::Corrupt`] for a record that does not open (the verification names the place).
pub fn export(options: OpenOptions, from: u64, out: &mut dyn Write) -> Result<u64, LedgerError> {
    let OpenOptions {
        path,
        key,
        simulated,
        ..
    } = options;
    let (mut connection, sealer) = existing(&path, &key, simulated)?;
    drop(key);
    let snapshot = connection.transaction()?;
    let wrong = |error: std::io::Error| LedgerError::io("write the export")(error);
    let mut count = 0;
    let mut newest = None;
    let mut first = 0;
    let mut statement = snapshot.prepare(&format!(
        "SELECT {COLUMNS} FROM audit WHERE seq >= ?1 ORDER BY seq"
    ))?;
    let rows = statement.query_map([i64::try_from(from).unwrap_or(i64::MAX)], Record::from_row)?;
    for row in rows {
        let record = row?;
        let opened = AuditRecord::open(&record, &sealer)?;
        if count == 0 {
            first = record.seq;
        }
        let line = serde_json::to_string(&opened)
            .map_err(|error| LedgerError::Corrupt(error.to_string()))?;
        writeln!(out, "{line}").map_err(wrong)?;
        newest = <[u8; 32]>::try_from(record.hash.as_slice())
            .ok()
            .map(|hash| (record.seq, hash));
        count += 1;
    }
    let (seq, hash) = newest.ok_or(LedgerError::NotFound)?;
    let head = SignedHead::of(seq, &hash, &sealer)
        .ok_or_else(|| LedgerError::Corrupt("no signing key".into()))?;
    let joints = joints::all(&snapshot, &sealer)?;
    let end = serde_json::to_string(&End {
        head,
        joints,
        first,
    })
    .map_err(|error| LedgerError::Corrupt(error.to_string()))?;
    writeln!(out, "{end}")
        .and_then(|()| out.flush())
        .map_err(wrong)?;
    Ok(count)
}

/// Checks an exported file without the ledger's key. With `public_key` (hexadecimal) the head must be signed by that very key;
/// without it the file only agrees with itself.
///
/// # Errors
/// The file can't be read. What is wrong with its content is a finding.
pub fn verify_export(
    input: impl BufRead,
    public_key: Option<&str>,
) -> Result<ExportReport, LedgerError> {
    let mut records: Vec<AuditRecord> = Vec::new();
    let mut findings = Vec::new();
    let mut end: Option<End> = None;
    let mut input = input;
    let mut number = 0;
    loop {
        let mut line = String::new();
        let read = std::io::Read::take(&mut input, MAX_LINE)
            .read_line(&mut line)
            .map_err(LedgerError::io("read the export"))?;
        if read == 0 {
            break;
        }
        number += 1;
        if end.is_some() {
            // Nothing may stand behind the head.
            findings.push(Finding {
                seq: number,
                kind: FindingKind::Inserted,
            });
            break;
        }
        if let Ok(record) = serde_json::from_str::<AuditRecord>(&line) {
            records.push(record);
        } else if let Ok(found) = serde_json::from_str::<End>(&line) {
            end = Some(found);
        } else {
            findings.push(Finding {
                seq: number,
                kind: FindingKind::Damaged,
            });
            break;
        }
    }
    let mut joints = Vec::new();
    let mut time_sources = BTreeMap::new();
    // Without an end nobody says with which record the file began.
    let mut expected = match &end {
        Some(end) => end.first,
        None => records.first().map_or(1, |record| record.seq),
    };
    let mut last: Option<String> = None;
    for record in &records {
        if findings.len() >= MAX_FINDINGS {
            break;
        }
        let source = record.time_source.as_deref().unwrap_or(verify::NO_SOURCE);
        *time_sources.entry(source.to_owned()).or_insert(0) += 1;
        let told = Joint::told(record.seq, &record.action, &record.detail, &record.prev);
        // It explains the very gap that is there, or the file begins with it and says so.
        if let Some(joint) = told
            && (joint.after + 1 == expected || (last.is_none() && record.seq == expected))
        {
            expected = record.seq;
            last = Some(joint.hash.clone());
            joints.push(joint);
        }
        let follows = last.as_ref().is_none_or(|last| *last == record.prev);
        let kind = match (record.seq.cmp(&expected), record.holds(), follows) {
            (std::cmp::Ordering::Equal, true, true) => None,
            (std::cmp::Ordering::Greater, _, _) => Some((expected, FindingKind::Removed)),
            (std::cmp::Ordering::Less, _, _) => Some((record.seq, FindingKind::Inserted)),
            (_, false, _) => Some((record.seq, FindingKind::Changed)),
            // The record is whole but stands on another past: what came before it was rewritten.
            (_, true, false) => Some((record.seq.saturating_sub(1), FindingKind::Changed)),
        };
        if let Some((seq, kind)) = kind {
            findings.push(Finding { seq, kind });
        }
        expected = record.seq + 1;
        last = Some(record.hash.clone());
    }
    let newest = records.last().map_or(0, |record| record.seq);
    match &end {
        None => findings.push(Finding {
            seq: newest,
            kind: FindingKind::EndMissing,
        }),
        Some(end) => {
            let head = &end.head;
            let known =
                public_key.is_none_or(|public| public.eq_ignore_ascii_case(&head.public_key));
            if !head.holds() || !known {
                findings.push(Finding {
                    seq: newest,
                    kind: FindingKind::HeadForged,
                });
            } else if head.seq > newest {
                findings.push(Finding {
                    seq: newest + 1,
                    kind: FindingKind::CutOff,
                });
            } else if head.seq != newest || last.as_ref() != Some(&head.hash) {
                findings.push(Finding {
                    seq: newest,
                    kind: FindingKind::HeadDiffers,
                });
            }
        }
    }
    Ok(ExportReport {
        records: records.len() as u64,
        first: end
            .as_ref()
            .map(|end| end.first)
            .or_else(|| records.first().map(|record| record.seq))
            .unwrap_or_default(),
        joints,
        time_sources,
        head: end.map(|end| end.head),
        findings,
    })
}

/// Compares the ledger with a head that was noted earlier: `None` when the ledger still has that record, unchanged. This finds
/// also that database and head file were put back together.
///
/// # Errors
/// As for [`Ledger::inspect`].
pub fn compare_head(
    options: &OpenOptions,
    head: &SignedHead,
) -> Result<Option<Finding>, LedgerError> {
    let (connection, sealer) = existing(&options.path, &options.key, options.simulated)?;
    let finding = |kind| {
        Ok(Some(Finding {
            seq: head.seq,
            kind,
        }))
    };
    let ours = sealer
        .signer()
        .is_some_and(|signer| signer.public() == head.public_key);
    if !head.holds() {
        return finding(FindingKind::HeadForged);
    }
    let hash: Option<Vec<u8>> = rusqlite::OptionalExtension::optional(connection.query_row(
        "SELECT hash FROM audit WHERE seq = ?1",
        [i64::try_from(head.seq).unwrap_or(-1)],
        |row| row.get(0),
    ))?;
    let behind_joint = joints::all(&connection, &sealer)?
        .iter()
        .any(|joint| joint.after < head.seq && head.seq <= joint.seq);
    match hash {
        Some(hash) if hex(&hash) == head.hash && ours => Ok(None),
        Some(hash) if hex(&hash) == head.hash => finding(FindingKind::HeadForged),
        Some(_) => finding(FindingKind::HeadDiffers),
        // Said by the chain itself, and by whom.
        None if behind_joint => finding(FindingKind::Removed),
        None => finding(FindingKind::CutOff),
    }
}
