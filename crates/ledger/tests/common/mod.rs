//! A ledger in a temporary directory, with its head in another one, as installed.
#![allow(dead_code)] // each test file uses its own part

use ledger::{Ledger, LedgerError, LedgerKey, NewResult, OpenOptions};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// An arbitrary moment: 2026-11-22 00:00 in Japan.
pub(crate) const NOW: i64 = 1_795_273_200_000;

pub(crate) struct Place(pub(crate) TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("head")).unwrap();
        Self(dir)
    }

    pub(crate) fn db(&self) -> PathBuf {
        db(self.0.path())
    }

    pub(crate) fn head(&self) -> PathBuf {
        head(self.0.path())
    }

    pub(crate) fn options(&self) -> OpenOptions {
        options(self.0.path(), 7, false)
    }

    pub(crate) fn try_open(&self) -> Result<Ledger, LedgerError> {
        Ledger::open(self.options(), NOW)
    }

    pub(crate) fn open(&self) -> Ledger {
        self.try_open().unwrap()
    }

    pub(crate) fn raw(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.db()).unwrap()
    }
}

pub(crate) fn db(dir: &Path) -> PathBuf {
    dir.join("ledger.sqlite")
}

pub(crate) fn head(dir: &Path) -> PathBuf {
    dir.join("head/audit-head.json")
}

pub(crate) fn options(dir: &Path, key: u8, simulated: bool) -> OpenOptions {
    OpenOptions {
        path: db(dir),
        head_path: head(dir),
        key: LedgerKey([key; 32]).into(),
        simulated,
    }
}

pub(crate) fn result(visit: u64, kind: &str, body: &str) -> NewResult {
    NewResult {
        visit,
        reader: "Reader 0".into(),
        kind: kind.into(),
        body_json: body.into(),
        simulated: false,
    }
}
