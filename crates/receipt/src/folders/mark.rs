//! The mark of a folder: a hidden file with a random id that the store knows too. A folder that is not mounted, was emptied or is another
//! one lacks it, and then nothing is concluded from what is missing there, and nothing is written: the gateway waits, and says so.

use super::dir::Folder;
use super::gateway::FolderGateway;
use super::hidden::random;
use super::problem::{First, FolderProblem};
use super::{FolderMark, FolderStore};
use std::io;

/// The file that holds the id.
const MARK: &str = ".uketsuke-folder";
/// A file by which staff says that the folder is a new one; some editors add an ending.
const NEW: [&str; 2] = ["uketsuke-new-folder", "uketsuke-new-folder.txt"];
/// Bytes of an id, as random bytes.
const LENGTH: usize = 16;

/// Whether a name in a folder belongs to its mark.
pub(crate) fn is_about_the_mark(name: &std::ffi::OsStr) -> bool {
    name == MARK || NEW.iter().any(|new| name == *new)
}

impl FolderGateway {
    /// Looks whether each folder is the one that was served before, and opens it anew if it wasn't.
    pub(crate) fn know_the_folders(&mut self, first: &mut First) {
        let (store, now) = (self.store.clone(), self.now());
        let before = self.req.known;
        let mut problems = Vec::new();
        let folders = [Some(&mut self.req), Some(&mut self.res), self.face.as_mut()];
        for folder in folders.into_iter().flatten() {
            folder.known = match know(store.as_ref(), folder, now) {
                Ok(known) => known,
                Err(problem) => {
                    problems.push((folder.what, problem));
                    false
                }
            };
        }
        for (what, problem) in problems {
            self.failed(what, problem, first);
        }
        if self.req.known
            && !before
            && let Err(error) = self.req.inside("rejected").map(|it| self.rejected = it)
        {
            // Refused requests stay where they are then; good ones are taken.
            let problem = FolderProblem::io("req/rejected")(error);
            self.failed("req/rejected", problem, first);
        }
    }
}

/// Whether it is the folder of before. One that never was marked is marked.
fn know(store: &dyn FolderStore, folder: &mut Folder, now: i64) -> Result<bool, FolderProblem> {
    let what = folder.what;
    let failed = || FolderProblem::io(what);
    // Also where the terminal's time was set back, and the store's mark with it.
    if folder.mark.as_ref().is_none_or(|mark| mark.since > now) {
        folder.mark = store.folder_mark(what)?;
    }
    if !folder.known {
        // A folder that was marked is somewhere, and a new one in its place would hide it.
        match folder.reopen(folder.mark.is_none()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && folder.mark.is_some() => {
                return Err(FolderProblem::Unknown { what });
            }
            other => other.map_err(failed())?,
        }
    }
    let there = there(folder).map_err(failed())?;
    let mark = match (&folder.mark, there) {
        (Some(mark), Some(there)) if mark.id == there => return Ok(true),
        (Some(_), _) if !said_to_be_new(folder).map_err(failed())? => {
            return Err(FolderProblem::Unknown { what });
        }
        // The store's place was begun anew, or the power went before it knew.
        (None, Some(id)) => FolderMark { id, since: 0 },
        (known, _) => {
            let id = random(LENGTH).map_err(failed())?;
            folder.write(MARK, id.as_bytes()).map_err(failed())?;
            let since = if known.is_some() { now } else { 0 };
            FolderMark { id, since }
        }
    };
    store.keep_folder_mark(what, &mark)?;
    let detail = serde_json::json!({"folder": what, "new": mark.since != 0});
    store.record("folder-marked", &detail, now)?;
    for name in NEW {
        folder.remove(name).map_err(failed())?;
    }
    folder.mark = Some(mark);
    Ok(true)
}

/// The id that stands in the folder; `None` when there is none, or a torn one.
fn there(folder: &Folder) -> io::Result<Option<String>> {
    let bytes = match folder.read(MARK.as_ref(), LENGTH * 2) {
        Ok((bytes, _)) => bytes,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::InvalidInput
            ) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let text = String::from_utf8(bytes).unwrap_or_default();
    let whole = text.len() == LENGTH * 2 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    Ok(whole.then_some(text))
}

fn said_to_be_new(folder: &Folder) -> io::Result<bool> {
    for name in NEW {
        if folder.has(name)? {
            return Ok(true);
        }
    }
    Ok(false)
}
