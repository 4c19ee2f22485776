//! One folder, held open: whatever happens to its path, files are read and written in this folder and nowhere else. Links are never
//! followed, and only regular files are opened.

use super::FolderMark;
use nix::fcntl::{AtFlags, OFlag, openat, renameat};
use nix::sys::stat::{FileStat, Mode, SFlag, fchmod, fstat, fstatat, mkdirat};
use nix::unistd::{UnlinkatFlags, unlinkat};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Entries taken from one look at a folder; what a flood leaves comes with the next.
pub(crate) const MAX_ENTRIES: usize = 10_000;

/// What one look at a folder gave.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// The wanted names, sorted; at most [`MAX_ENTRIES`].
    pub(crate) names: Vec<OsString>,
    /// There are more.
    pub(crate) more: bool,
}

/// A folder.
#[derive(Debug)]
pub(crate) struct Folder {
    /// `req`, `res` …
    pub(crate) what: &'static str,
    path: PathBuf,
    /// `None` while it can't be opened.
    fd: Option<OwnedFd>,
    /// Whether it was found to be the folder that was served before.
    pub(crate) known: bool,
    /// By what it is known.
    pub(crate) mark: Option<FolderMark>,
}

/// What tells whether a file has changed between two looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    inode: u64,
    pub(crate) size: i64,
    modified: (i64, i64),
    /// Seconds since the Unix epoch, and nanoseconds.
    pub(crate) changed: (i64, i64),
    /// A regular file with one name.
    pub(crate) plain: bool,
    pub(crate) folder: bool,
}

impl Seen {
    /// The same file has the same identity, also after a restart.
    pub(crate) fn identity(&self) -> String {
        // A folder changes with everything that is put into it, and is still the same one.
        if self.folder {
            return format!("{} folder", self.inode);
        }
        format!("{} {}.{}", self.inode, self.modified.0, self.modified.1)
    }
}

impl Folder {
    /// A folder that is not open yet.
    pub(crate) fn at(what: &'static str, path: &Path) -> Self {
        Self {
            what,
            path: path.to_owned(),
            fd: None,
            known: false,
            mark: None,
        }
    }

    /// Opens what stands at its path now, making it when it is missing and that is wanted.
    pub(crate) fn reopen(&mut self, make: bool) -> io::Result<()> {
        self.fd = None;
        if make {
            std::fs::create_dir_all(&self.path)?;
        }
        let flags = OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        self.fd = Some(nix::fcntl::open(&self.path, flags, Mode::empty())?);
        Ok(())
    }

    fn fd(&self) -> io::Result<BorrowedFd<'_>> {
        let closed = || io::Error::other("the folder is not open");
        Ok(self.fd.as_ref().ok_or_else(closed)?.as_fd())
    }

    /// When staff said that it is a new folder, milliseconds since the Unix epoch; 0 = never.
    pub(crate) fn since(&self) -> i64 {
        self.mark.as_ref().map_or(0, |mark| mark.since)
    }

    /// Opens a folder inside this one, making it when it is missing; never through a link.
    pub(crate) fn inside(&self, name: &'static str) -> io::Result<Self> {
        let here = self.fd()?;
        let made = match mkdirat(here, name, Mode::from_bits_truncate(0o770)) {
            Ok(()) => true,
            Err(nix::Error::EEXIST) => false,
            Err(error) => return Err(error.into()),
        };
        let flags = OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let fd = openat(here, name, flags, Mode::empty())?;
        if made {
            fchmod(&fd, Mode::from_bits_truncate(0o770))?;
        }
        Ok(Self {
            fd: Some(fd),
            known: true,
            ..Self::at(name, &self.path.join(name))
        })
    }

    /// Names in the folder that are wanted. What is not wanted does not count: however much of it lies there, it hides nothing.
    pub(crate) fn names(&self, mut wanted: impl FnMut(&OsStr) -> bool) -> io::Result<Listing> {
        let copy = openat(
            self.fd()?,
            ".",
            OFlag::O_DIRECTORY | OFlag::O_CLOEXEC,
            Mode::empty(),
        )?;
        let mut dir = nix::dir::Dir::from_fd(copy)?;
        let mut found = Listing::default();
        for entry in dir.iter() {
            let name = entry?.file_name().to_owned();
            let name = OsStr::from_bytes(name.to_bytes());
            if name == "." || name == ".." || !wanted(name) {
                continue;
            }
            if found.names.len() == MAX_ENTRIES {
                found.more = true;
                break;
            }
            found.names.push(name.to_owned());
        }
        found.names.sort();
        Ok(found)
    }

    /// How an entry looks now; `None` when it is gone.
    pub(crate) fn look(&self, name: &OsStr) -> io::Result<Option<Seen>> {
        match fstatat(self.fd()?, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(seen(&stat))),
            Err(nix::Error::ENOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn has(&self, name: &str) -> io::Result<bool> {
        Ok(self.look(OsStr::new(name))?.is_some())
    }

    /// Reads a regular file of at most `max` bytes; one more byte is read of a larger one. Also gives how the file looked while
    /// it was open.
    pub(crate) fn read(&self, name: &OsStr, max: usize) -> io::Result<(Vec<u8>, Seen)> {
        let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        let fd = openat(self.fd()?, name, flags, Mode::empty())?;
        let seen = seen(&fstat(&fd)?);
        if !seen.plain {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let mut bytes = Vec::new();
        File::from(fd)
            .take(max as u64 + 1)
            .read_to_end(&mut bytes)?;
        Ok((bytes, seen))
    }

    /// Writes a new file with its content durable, name and all. What already stands under that name, left by a crash or put there by
    /// somebody, is removed and never opened: a pipe would wait for a reader for ever, a file of another account could not be given its
    /// mode, and one with a second name would be overwritten elsewhere. Whatever mask the process has (the unit's is 0077), the
    /// folder's group may read it and take it away: the receipt computer's account. What can't be removed (a folder, say) is
    /// [`io::ErrorKind::AlreadyExists`]: another name has to be taken.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let fd = match self.create(name) {
            Err(nix::Error::EEXIST) => {
                let in_the_way =
                    |error: nix::Error| io::Error::new(io::ErrorKind::AlreadyExists, error);
                match unlinkat(self.fd()?, name, UnlinkatFlags::NoRemoveDir) {
                    Ok(()) | Err(nix::Error::ENOENT) => {}
                    Err(error @ (nix::Error::EIO | nix::Error::ENOSPC)) => return Err(error.into()),
                    Err(error) => return Err(in_the_way(error)),
                }
                self.create(name)
            }
            other => other,
        }?;
        fchmod(&fd, Mode::from_bits_truncate(0o660))?;
        let mut file = File::from(fd);
        file.write_all(bytes)?;
        file.sync_all()?;
        self.sync()
    }

    fn create(&self, name: &str) -> nix::Result<OwnedFd> {
        let flags = OFlag::O_WRONLY
            | OFlag::O_CREAT
            | OFlag::O_EXCL
            | OFlag::O_NONBLOCK
            | OFlag::O_NOFOLLOW
            | OFlag::O_CLOEXEC;
        let here = self.fd().map_err(|_| nix::Error::EBADF)?;
        openat(here, name, flags, Mode::from_bits_truncate(0o660))
    }

    /// Moves an entry to another folder of the same disk, links as links; durable. Refuses to replace anything.
    pub(crate) fn move_to(&self, name: &OsStr, to: &Self, new: &str) -> io::Result<()> {
        if to.has(new)? {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        renameat(self.fd()?, name, to.fd()?, new)?;
        to.sync()?;
        self.sync()
    }

    /// Removes a file; one that is gone already is no error.
    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        match unlinkat(self.fd()?, name, UnlinkatFlags::NoRemoveDir) {
            Ok(()) | Err(nix::Error::ENOENT) => self.sync(),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes a file back under a name that nobody looks at, durable; says whether it was there (also under that name already).
    pub(crate) fn take_back(&self, name: &str, away: &str) -> io::Result<bool> {
        match renameat(self.fd()?, name, self.fd()?, away) {
            Ok(()) => {
                // Two names of one file, which a rename leaves alone.
                if self.has(name)? {
                    self.remove(name)?;
                }
            }
            Err(nix::Error::ENOENT) => {}
            Err(error) => return Err(error.into()),
        }
        self.sync()?;
        self.has(away)
    }

    /// Removes an entry with all that is in it; links are not followed.
    pub(crate) fn remove_all(&self, name: &OsStr) -> io::Result<()> {
        let open = Path::new("/proc/self/fd").join(self.fd()?.as_raw_fd().to_string());
        let path = open.join(name);
        if std::fs::symlink_metadata(&path)?.is_dir() {
            std::fs::remove_dir_all(path)
        } else {
            std::fs::remove_file(path)
        }
    }

    /// Flushes the folder's entries.
    pub(crate) fn sync(&self) -> io::Result<()> {
        Ok(nix::unistd::fsync(self.fd()?)?)
    }
}

fn seen(stat: &FileStat) -> Seen {
    let kind = SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT;
    Seen {
        inode: stat.st_ino,
        size: stat.st_size,
        modified: (stat.st_mtime, stat.st_mtime_nsec),
        changed: (stat.st_ctime, stat.st_ctime_nsec),
        plain: kind == SFlag::S_IFREG && stat.st_nlink == 1,
        folder: kind == SFlag::S_IFDIR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_wanted_does_not_count_and_what_is_left_is_said() {
        let place = tempfile::tempdir().unwrap();
        for n in 0..=MAX_ENTRIES {
            File::create(place.path().join(n.to_string())).unwrap();
        }
        let mut folder = Folder::at("req", place.path());
        folder.reopen(false).unwrap();
        let all = folder.names(|_| true).unwrap();
        assert_eq!((all.names.len(), all.more), (MAX_ENTRIES, true));
        let few = folder.names(|name| name.to_str() != Some("7")).unwrap();
        assert_eq!((few.names.len(), few.more), (MAX_ENTRIES, false));
        let one = folder.names(|name| name.to_str() == Some("7")).unwrap();
        assert_eq!(
            (one.names.as_slice(), one.more),
            ([OsString::from("7")].as_slice(), false)
        );
    }
}
