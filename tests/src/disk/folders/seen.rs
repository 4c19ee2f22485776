//! What a receipt computer had done and been given by a moment of the record: requests that were placed, answers that were taken.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::disk::strace::Op;

/// A change to a name, and whether the power can still undo it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sure {
    /// Its folder was not made durable since.
    NotYet,
    /// It was.
    Durable,
}

/// By file name.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Requests under their own name in `req`, with their bytes.
    pub(super) placed: BTreeMap<String, Sure>,
    /// What each request says.
    pub(super) requests: BTreeMap<String, String>,
    /// Answers and face files that were there and are gone.
    pub(super) taken: BTreeMap<String, Sure>,
    /// Half-written files and their bytes so far.
    writing: BTreeMap<PathBuf, Vec<u8>>,
    /// Files that the gateway gave their name.
    given: BTreeSet<PathBuf>,
}

impl Seen {
    /// Takes the next change.
    pub(super) fn take(&mut self, op: &Op, folders: &[PathBuf; 3]) {
        let [req, res, face] = folders;
        let inside = |path: &Path, folder: &Path| path.parent() == Some(folder);
        match op {
            Op::Write { path, bytes, .. } if inside(path, req) => {
                self.writing.entry(path.clone()).or_default().extend(bytes);
            }
            Op::Rename(from, to) if inside(to, req) => {
                let bytes = self.writing.remove(from).unwrap_or_default();
                let name = name_of(to);
                // Numbers are ASCII in every encoding of a request.
                self.requests
                    .insert(name.clone(), String::from_utf8_lossy(&bytes).into_owned());
                self.placed.insert(name, Sure::NotYet);
            }
            Op::Rename(_, to) if inside(to, res) || inside(to, face) => {
                self.given.insert(to.clone());
            }
            Op::Unlink(path) if self.given.contains(path) => {
                self.taken.insert(name_of(path), Sure::NotYet);
            }
            Op::Sync(folder) if folder == req => durable(&mut self.placed, |_| true),
            Op::Sync(folder) if folder == res => durable(&mut self.taken, |name| !is_face(name)),
            Op::Sync(folder) if folder == face => durable(&mut self.taken, is_face),
            _ => {}
        }
    }
}

fn durable(names: &mut BTreeMap<String, Sure>, which: impl Fn(&str) -> bool) {
    for (name, sure) in names {
        if which(name) {
            *sure = Sure::Durable;
        }
    }
}

pub(super) fn is_face(name: &str) -> bool {
    name.contains("res_face_")
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}
