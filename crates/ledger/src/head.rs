//! The newest head of the audit chain, kept in a small signed file outside the database (invariant 12).
//!
//! It is written after the commit, so the database may be exactly one record ahead of it after a crash; whoever writes
//! next first brings it up to date ([`crate::write`]). Anything else between the two is tampering.

use crate::LedgerError;
use crate::seal::{Sealer, hex, unhex};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A head file is far smaller; more is not read.
const MAX_FILE: u64 = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) seq: u64,
    pub(crate) hash: [u8; 32],
}

/// What stands in the head file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum HeadFile {
    Absent,
    Forged,
    Good(Head),
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct OnDisk {
    format: u32,
    seq: u64,
    hash: String,
    mark: String,
}

fn signed_text(seq: u64, hash: &str, simulated: bool) -> String {
    format!("uketsuke audit head 1 {seq} {hash} {simulated}")
}

pub(crate) fn read(path: &Path, sealer: &Sealer) -> Result<HeadFile, LedgerError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(HeadFile::Absent),
        Err(error) => return Err(LedgerError::io("open the audit head")(error)),
    };
    let mut text = Vec::new();
    file.take(MAX_FILE)
        .read_to_end(&mut text)
        .map_err(LedgerError::io("read the audit head"))?;
    Ok(parse(&text, sealer).map_or(HeadFile::Forged, HeadFile::Good))
}

fn parse(text: &[u8], sealer: &Sealer) -> Option<Head> {
    let disk: OnDisk = serde_json::from_slice(text).ok()?;
    let signed = signed_text(disk.seq, &disk.hash, sealer.simulated());
    if disk.format != 1 || !sealer.head_is_ours(&signed, &disk.mark) {
        return None;
    }
    Some(Head {
        seq: disk.seq,
        hash: unhex(&disk.hash)?.try_into().ok()?,
    })
}

/// Replaces the head file: temporary file, fsync, rename, fsync of the directory. The caller holds the database's write lock.
pub(crate) fn write(path: &Path, head: Head, sealer: &Sealer) -> Result<(), LedgerError> {
    let hash = hex(&head.hash);
    let mark = sealer.sign_head(&signed_text(head.seq, &hash, sealer.simulated()));
    let text = serde_json::to_vec(&OnDisk {
        format: 1,
        seq: head.seq,
        hash,
        mark,
    })
    .map_err(|error| LedgerError::Corrupt(error.to_string()))?;
    let temporary = temporary_of(path);
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)
        .map_err(LedgerError::io("create the audit head"))?;
    file.write_all(&text)
        .map_err(LedgerError::io("write the audit head"))?;
    file.sync_all()
        .map_err(LedgerError::io("flush the audit head"))?;
    std::fs::rename(&temporary, path).map_err(LedgerError::io("replace the audit head"))?;
    sync_directory(path)
}

pub(crate) fn sync_directory(path: &Path) -> Result<(), LedgerError> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(LedgerError::io("flush the directory"))
}

fn temporary_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}
