//! Hidden names: under one a file is written before it gets its own, and under one it is taken back. Each holds a random suffix that is noted
//! before it is used. So nobody can put something under it beforehand, what lies under it after a crash is our own file, and where
//! something stands that can't be removed the next pass takes another.

use super::dir::Folder;
use super::gateway::FolderGateway;
use super::problem::{First, FolderProblem};
use super::{DeliveryRecord, DeliveryStep};
use crate::store::StoreError;
use std::fs::File;
use std::io::{self, Read};

/// Bytes of a suffix, as random bytes.
const LENGTH: usize = 8;

/// The name under which a file is written before it gets its own; an empty suffix gives the names of earlier releases.
pub(crate) fn hidden(name: &str, suffix: &str) -> String {
    beside(name, suffix, "tmp")
}

/// The name under which a file is taken back.
pub(crate) fn withdrawn(name: &str, suffix: &str) -> String {
    beside(name, suffix, "withdrawn")
}

fn beside(name: &str, suffix: &str, end: &str) -> String {
    let dot = if suffix.is_empty() { "" } else { "." };
    format!(".uketsuke-{name}{dot}{suffix}.{end}")
}

/// What stands in a hidden name.
#[derive(Debug, PartialEq, Eq)]
struct Parts<'a> {
    /// The file's own name.
    name: &'a str,
    suffix: &'a str,
    withdrawn: bool,
}

fn parts(hidden: &str) -> Option<Parts<'_>> {
    let rest = hidden.strip_prefix(".uketsuke-")?;
    let (rest, withdrawn) = match rest.strip_suffix(".withdrawn") {
        Some(rest) => (rest, true),
        None => (rest.strip_suffix(".tmp")?, false),
    };
    let random = |end: &str| {
        end.len() == LENGTH * 2
            && end
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let (name, suffix) = match rest.rsplit_once('.') {
        Some((name, suffix)) if random(suffix) => (name, suffix),
        _ => (rest, ""),
    };
    Some(Parts {
        name,
        suffix,
        withdrawn,
    })
}

/// What the ledger tells of a file's hidden names.
pub(crate) enum Noted {
    Suffix(String),
    /// An earlier release wrote it under its customary hidden name, or the note was lost with a part of the ledger.
    Nothing,
    /// The note is damaged.
    Unreadable,
}

impl Noted {
    /// The name under which the file was written, as far as that is known.
    fn hidden(&self, name: &str) -> Option<String> {
        match self {
            Self::Suffix(suffix) => Some(hidden(name, suffix)),
            Self::Nothing => Some(hidden(name, "")),
            Self::Unreadable => None,
        }
    }

    /// Whether a file that is neither there nor under its own name has certainly left its hidden one.
    pub(crate) fn is_sure(&self) -> bool {
        matches!(self, Self::Suffix(_))
    }
}

/// A suffix that nobody can guess.
///
/// # Errors
/// The system gives no random bytes.
pub(crate) fn random_suffix() -> io::Result<String> {
    random(LENGTH)
}

/// So many random bytes, in hexadecimal.
pub(crate) fn random(length: usize) -> io::Result<String> {
    let mut bytes = vec![0; length];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl FolderGateway {
    /// What is noted of the hidden names of this file.
    pub(crate) fn noted(&self, name: &str) -> Result<Noted, FolderProblem> {
        Ok(match self.store.hidden_suffix(name) {
            Err(StoreError::Unreadable) => Noted::Unreadable,
            other => other?.map_or(Noted::Nothing, Noted::Suffix),
        })
    }

    /// The hidden name under which this file lies, if it does.
    pub(crate) fn lies_hidden(
        &self,
        folder: &Folder,
        name: &str,
        noted: &Noted,
    ) -> io::Result<Option<String>> {
        match noted.hidden(name) {
            Some(hidden) if folder.has(&hidden)? => Ok(Some(hidden)),
            _ => Ok(None),
        }
    }

    /// Notes a fresh suffix for this file.
    pub(crate) fn other_suffix(&self, name: &str) -> Result<String, FolderProblem> {
        let fresh = (self.suffixes)().map_err(FolderProblem::io("choose a hidden name"))?;
        self.store.keep_hidden_suffix(name, &fresh)?;
        Ok(fresh)
    }

    /// Writes a file under its hidden name, durable and noted as ready. Where something stands in the way that can't be removed, this pass
    /// fails and the next one takes another name.
    pub(crate) fn write_hidden(
        &mut self,
        delivery: &DeliveryRecord,
        bytes: &[u8],
    ) -> Result<(), FolderProblem> {
        let name = delivery.name.as_str();
        let suffix = match self.noted(name)? {
            Noted::Suffix(kept) => kept,
            Noted::Nothing | Noted::Unreadable => self.other_suffix(name)?,
        };
        let Some(folder) = self.target(&delivery.subject) else {
            return Err(FolderProblem::Unknown { what: "res" });
        };
        let written = folder.write(&hidden(name, &suffix), bytes);
        if matches!(&written, Err(error) if error.kind() == io::ErrorKind::AlreadyExists) {
            self.other_suffix(name)?;
            self.untidy = true;
        }
        written.map_err(FolderProblem::io("write an answer"))?;
        self.note(&delivery.subject, name, DeliveryStep::Ready)
    }

    /// Removes hidden files that no delivery needs any more: of deliveries that have come to their end, and those that were given up for
    /// another hidden name. Only of our own: several terminals may share a folder. One that can't be removed holds up no other.
    pub(crate) fn tidy(&mut self) -> Result<(), FolderProblem> {
        if !self.untidy {
            return Ok(());
        }
        let mut first = First::default();
        let mut all = true;
        for folder in [Some(&self.res), self.face.as_ref()].into_iter().flatten() {
            if !folder.known {
                all = false;
                continue;
            }
            let found = folder.names(|name| name.to_str().and_then(parts).is_some());
            let found = found.map_err(FolderProblem::io("remove a hidden file"))?;
            all &= !found.more;
            for name in &found.names {
                let Some(name) = name.to_str() else { continue };
                let removed = match self.is_left_over(name) {
                    // A folder of that name is nobody's of ours.
                    Ok(true) => folder
                        .look(name.as_ref())
                        .and_then(|seen| match seen {
                            Some(seen) if !seen.folder => folder.remove(name),
                            _ => Ok(()),
                        })
                        .map_err(FolderProblem::io("remove a hidden file")),
                    Ok(false) => Ok(()),
                    Err(problem) => Err(problem),
                };
                if let Err(problem) = removed {
                    all = false;
                    first.keep(problem);
                }
            }
        }
        self.untidy = !all;
        first.outcome()
    }

    fn is_left_over(&self, hidden: &str) -> Result<bool, FolderProblem> {
        let Some(parts) = parts(hidden) else {
            return Ok(false);
        };
        let Some(known) = self.store.delivery_named(parts.name)? else {
            return Ok(false);
        };
        Ok(match known.step {
            DeliveryStep::Taken | DeliveryStep::Uncollected | DeliveryStep::Abandoned => true,
            // Its content lies under the name that is noted, or under its own.
            _ => {
                let noted = self.noted(parts.name)?;
                !parts.withdrawn && matches!(noted, Noted::Suffix(noted) if noted != parts.suffix)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_name_tells_whose_it_is_with_and_without_a_suffix() {
        let suffix = random_suffix().unwrap();
        assert_ne!(suffix, random_suffix().unwrap());
        for suffix in ["", suffix.as_str()] {
            for name in ["OQSsiquc01res_1.xml", "a.0123.zip"] {
                let told = |withdrawn| {
                    Some(Parts {
                        name,
                        suffix,
                        withdrawn,
                    })
                };
                assert_eq!(parts(&hidden(name, suffix)), told(false));
                assert_eq!(parts(&withdrawn(name, suffix)), told(true));
            }
        }
        assert_eq!(parts(".uketsuke-folder"), None);
        assert_eq!(parts("OQSsiquc01res_1.xml.tmp"), None);
    }
}
