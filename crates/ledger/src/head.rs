//! The newest head of the audit chain, kept in a small signed file outside the database (invariant 12).
//!
//! It is written after the commit, so the database may be exactly one record ahead of it after a crash; whoever writes
//! next first brings it up to date ([`crate::write`]). Anything else between the two is tampering.

use crate::LedgerError;
use crate::seal::{Sealer, hex, unhex};
use crate::signer::{self, Signer};
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
    /// Whether the ledger's present signing key signed it; a head of format 1, or of a ledger that was set aside, is only
    /// marked.
    pub(crate) signed: bool,
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    generation: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    simulated: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    public_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
}

/// A head as an auditor keeps it: which record was the newest, signed by the ledger. What is signed is the text
/// `uketsuke audit head 1 SEQ HASH SIMULATED`, with Ed25519.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedHead {
    /// Number of the newest record.
    pub seq: u64,
    /// Its hash, 64 hexadecimal digits.
    pub hash: String,
    /// Whether the ledger is a simulated one.
    pub simulated: bool,
    /// The ledger's public key, 64 hexadecimal digits. An auditor compares it with the one noted at installation.
    pub public_key: String,
    /// Ed25519 signature, 128 hexadecimal digits.
    pub signature: String,
}

impl SignedHead {
    /// Whether the signature is one of `public_key` over this head.
    pub fn holds(&self) -> bool {
        let text = signed_text(self.seq, &self.hash, self.simulated);
        signer::holds(&self.public_key, &text, &self.signature)
    }

    pub(crate) fn of(seq: u64, hash: &[u8; 32], sealer: &Sealer) -> Option<Self> {
        let (hash, simulated) = (hex(hash), sealer.simulated());
        let signer = sealer.signer()?;
        let signature = signer.sign(&signed_text(seq, &hash, simulated));
        Some(Self {
            seq,
            hash,
            simulated,
            public_key: signer.public().to_owned(),
            signature,
        })
    }
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
    // Format 1 had no generations and no signature.
    let generation = match (disk.format, disk.generation) {
        (1, None) => 1,
        (2, Some(generation)) => generation,
        _ => return None,
    };
    if !sealer.mark_holds(generation, &signed, &disk.mark) {
        return None;
    }
    let ours = disk.public_key.as_deref() == sealer.signer().map(Signer::public);
    let signature_holds = match (&disk.public_key, &disk.signature) {
        (Some(public), Some(signature)) => signer::holds(public, &signed, signature),
        _ => disk.format == 1,
    };
    if !signature_holds {
        return None;
    }
    Some(Head {
        seq: disk.seq,
        hash: unhex(&disk.hash)?.try_into().ok()?,
        signed: disk.format == 2 && ours,
    })
}

/// Replaces the head file: temporary file, fsync, rename, fsync of the directory. The caller holds the database's write lock.
pub(crate) fn write(
    path: &Path,
    seq: u64,
    hash: &[u8; 32],
    sealer: &Sealer,
) -> Result<(), LedgerError> {
    let head = SignedHead::of(seq, hash, sealer)
        .ok_or_else(|| LedgerError::Corrupt("no signing key".into()))?;
    let signed = signed_text(seq, &head.hash, head.simulated);
    let text = serde_json::to_vec(&OnDisk {
        format: 2,
        seq,
        hash: head.hash,
        mark: sealer.mark(&signed).ok_or(LedgerError::WrongKey)?,
        generation: Some(sealer.newest()),
        simulated: Some(head.simulated),
        public_key: Some(head.public_key),
        signature: Some(head.signature),
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
