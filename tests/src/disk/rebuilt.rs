//! A disk as a power cut leaves it: what was written, what was made durable, and what hung between. A file's bytes are durable after its
//! own fsync, its name after its folder's; nothing else is promised (POSIX, fsync).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::Dice;
use super::strace::Op;

/// A disk sector: written whole or not, except the one in which the power went.
const BLOCK: u64 = 512;

/// What of it is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    /// Everything: the process died, the machine did not.
    Everything,
    /// Only what was made durable; of the last write that was not, its last block half.
    Synced,
    /// What was made durable, and of the rest each block and each folder's names or not, as the dice fall: a disk writes back in
    /// any order.
    Scattered(u64),
}

#[derive(Debug, Default, Clone)]
struct File {
    now: Vec<u8>,
    synced: Vec<u8>,
    since: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Write(u64, Vec<u8>),
    Length(u64),
}

/// The recorded folders.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    files: Vec<File>,
    now: BTreeMap<PathBuf, usize>,
    synced: BTreeMap<PathBuf, usize>,
    /// The file written last, while that write is not durable.
    last: Option<usize>,
}

impl Disk {
    /// Does one operation; says whether it could matter to what is left.
    pub(crate) fn apply(&mut self, op: &Op) -> anyhow::Result<bool> {
        match op {
            Op::Open {
                path,
                create,
                truncate,
            } => {
                if let Some(&file) = self.now.get(path) {
                    return Ok(*truncate && self.change(file, Change::Length(0)));
                }
                anyhow::ensure!(*create, "{} was never made", path.display());
                self.now.insert(path.clone(), self.files.len());
                self.files.push(File::default());
                Ok(true)
            }
            Op::Write { path, at, bytes } => {
                let file = self.file(path)?;
                Ok(self.change(file, Change::Write(*at, bytes.clone())))
            }
            Op::Truncate { path, length } => {
                let file = self.file(path)?;
                Ok(self.change(file, Change::Length(*length)))
            }
            Op::Sync(path) => Ok(self.sync(path)),
            Op::Rename(from, to) => {
                let file = self.now.remove(from).context("renamed, never made")?;
                self.now.insert(to.clone(), file);
                Ok(true)
            }
            Op::Unlink(path) => Ok(self.now.remove(path).is_some()),
        }
    }

    fn file(&self, path: &Path) -> anyhow::Result<usize> {
        self.now
            .get(path)
            .copied()
            .with_context(|| format!("{} was never made", path.display()))
    }

    fn change(&mut self, file: usize, change: Change) -> bool {
        self.last = matches!(change, Change::Write(..)).then_some(file);
        let Some(file) = self.files.get_mut(file) else {
            return false;
        };
        change.apply(&mut file.now);
        file.since.push(change);
        true
    }

    fn sync(&mut self, path: &Path) -> bool {
        if let Some(&index) = self.now.get(path) {
            if self.last == Some(index) {
                self.last = None;
            }
            if let Some(file) = self.files.get_mut(index) {
                file.synced.clone_from(&file.now);
                file.since.clear();
            }
            return true;
        }
        let inside = |name: &Path| name.parent() == Some(path);
        self.synced.retain(|name, _| !inside(name));
        let names = self.now.iter().filter(|(name, _)| inside(name));
        self.synced
            .extend(names.map(|(name, file)| (name.clone(), *file)));
        true
    }

    /// Writes what is left into `to`, with the paths below `from`.
    pub(crate) fn write(&self, left: Left, from: &Path, to: &Path) -> anyhow::Result<()> {
        for (name, bytes) in self.left(left) {
            let path = to.join(name.strip_prefix(from)?);
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            std::fs::write(&path, bytes)?;
        }
        Ok(())
    }

    fn left(&self, left: Left) -> Vec<(PathBuf, Vec<u8>)> {
        match left {
            Left::Everything => self.named(&self.now, |file, _| file.now.clone()),
            Left::Synced => self.named(&self.synced, |file, index| {
                let mut bytes = file.synced.clone();
                if let (true, Some(Change::Write(at, written))) =
                    (self.last == Some(index), file.since.last())
                {
                    let end = at + written.len() as u64;
                    let block = end.saturating_sub(1) / BLOCK * BLOCK;
                    let begin = block.max(*at);
                    let torn = begin + (end - begin) / 2;
                    put(
                        &mut bytes,
                        *at,
                        written.get(..(torn - at) as usize).unwrap_or_default(),
                    );
                }
                bytes
            }),
            Left::Scattered(seed) => {
                let mut dice = Dice::new(seed);
                let mut names = BTreeMap::new();
                let mut folders: BTreeMap<PathBuf, bool> = BTreeMap::new();
                for (map, kept) in [(&self.synced, false), (&self.now, true)] {
                    for (name, file) in map {
                        let folder = name.parent().unwrap_or(name).to_path_buf();
                        let newest = *folders.entry(folder).or_insert_with(|| dice.below(2) == 1);
                        if newest == kept {
                            names.insert(name.clone(), *file);
                        }
                    }
                }
                self.named(&names, |file, _| file.scattered(&mut dice))
            }
        }
    }

    fn named(
        &self,
        names: &BTreeMap<PathBuf, usize>,
        mut bytes: impl FnMut(&File, usize) -> Vec<u8>,
    ) -> Vec<(PathBuf, Vec<u8>)> {
        names
            .iter()
            .filter_map(|(name, &index)| {
                let file = self.files.get(index)?;
                Some((name.clone(), bytes(file, index)))
            })
            .collect()
    }
}

impl File {
    fn scattered(&self, dice: &mut Dice) -> Vec<u8> {
        let mut bytes = self.synced.clone();
        for change in &self.since {
            match change {
                Change::Length(_) => {
                    if dice.below(2) == 1 {
                        change.apply(&mut bytes);
                    }
                }
                Change::Write(at, written) => {
                    let mut done = 0;
                    while let Some(rest) = written.get(done..).filter(|rest| !rest.is_empty()) {
                        let place = at + done as u64;
                        let length = (BLOCK - place % BLOCK).min(rest.len() as u64) as usize;
                        if dice.below(2) == 1 {
                            put(&mut bytes, place, rest.get(..length).unwrap_or_default());
                        }
                        done += length;
                    }
                }
            }
        }
        bytes
    }
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write(at, written) => put(bytes, *at, written),
            Self::Length(length) => bytes.resize(*length as usize, 0),
        }
    }
}

fn put(bytes: &mut Vec<u8>, at: u64, written: &[u8]) {
    let at = at as usize;
    let end = at + written.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    if let Some(place) = bytes.get_mut(at..end) {
        place.copy_from_slice(written);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_and_bytes_are_durable_only_after_their_own_fsync() {
        let (a, b, folder) = (
            PathBuf::from("/d/a"),
            PathBuf::from("/d/b"),
            PathBuf::from("/d"),
        );
        let mut disk = Disk::default();
        let open = Op::Open {
            path: a.clone(),
            create: true,
            truncate: true,
        };
        let write = |byte: u8| Op::Write {
            path: a.clone(),
            at: 0,
            bytes: vec![byte; 1024],
        };
        disk.apply(&open).unwrap();
        disk.apply(&write(1)).unwrap();
        disk.apply(&Op::Sync(a.clone())).unwrap();
        assert!(
            disk.left(Left::Synced).is_empty(),
            "the name is not durable"
        );
        disk.apply(&Op::Sync(folder.clone())).unwrap();
        assert_eq!(disk.left(Left::Synced), [(a.clone(), vec![1; 1024])]);

        disk.apply(&write(2)).unwrap();
        let torn = [vec![2; 512 + 256], vec![1; 256]].concat();
        assert_eq!(disk.left(Left::Synced), [(a.clone(), torn)]);
        disk.apply(&Op::Sync(a.clone())).unwrap();
        disk.apply(&Op::Rename(a.clone(), b.clone())).unwrap();
        assert_eq!(disk.left(Left::Synced), [(a.clone(), vec![2; 1024])]);
        assert_eq!(disk.left(Left::Everything), [(b.clone(), vec![2; 1024])]);
        disk.apply(&Op::Sync(folder.clone())).unwrap();
        assert_eq!(disk.left(Left::Synced), [(b.clone(), vec![2; 1024])]);

        let truncate = Op::Truncate {
            path: b.clone(),
            length: 0,
        };
        disk.apply(&truncate).unwrap();
        let seen: std::collections::BTreeSet<usize> = (0..40)
            .map(|seed| disk.left(Left::Scattered(seed))[0].1.len())
            .collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [0, 1024]);
    }
}
