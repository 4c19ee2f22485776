//! strace's log as what it says: changes to the recorded folders, and bytes sent on sockets, in their order. A system call that can
//! change a file and is not understood here is an error, never passed over.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

/// Every system call by which a file's bytes, length or name can change or be made durable, and those that send.
const CALLS: &str = "open,openat,creat,openat2,write,writev,pwrite64,pwritev,pwritev2,lseek,fsync,fdatasync,sync_file_range,ftruncate,\
truncate,fallocate,rename,renameat,renameat2,unlink,unlinkat,link,linkat,symlink,symlinkat,mmap,sendfile,copy_file_range,splice,\
sendto,sendmsg,io_uring_setup";
/// How long strace may take to finish its log after the program has ended.
const FINISH: Duration = Duration::from_secs(20);

/// One step of the recorded program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// A change to the recorded folders, at the moment it was done.
    Disk(Op),
    /// Bytes that began to leave on a socket, with its descriptor.
    Sent(u32, Vec<u8>),
}

/// A change to a recorded folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Op {
    /// A name is made for a new file, unless it exists; and emptied if so wanted.
    Open {
        /// File.
        path: PathBuf,
        /// O_CREAT.
        create: bool,
        /// O_TRUNC.
        truncate: bool,
    },
    /// Bytes.
    Write {
        /// File.
        path: PathBuf,
        /// Place.
        at: u64,
        /// What.
        bytes: Vec<u8>,
    },
    /// A new length.
    Truncate {
        /// File.
        path: PathBuf,
        /// Length.
        length: u64,
    },
    /// fsync or fdatasync of a file or a folder.
    Sync(PathBuf),
    /// A new name in place of another.
    Rename(PathBuf, PathBuf),
    /// A name is gone.
    Unlink(PathBuf),
}

impl Op {
    /// What it is, in a word.
    pub(crate) fn kind(&self) -> &'static str {
        let database = |path: &Path| path.extension().is_some_and(|kind| kind == "db");
        match self {
            Self::Open { .. } => "open",
            Self::Write { path, .. } if database(path) => "write-database",
            Self::Write { .. } => "write",
            Self::Truncate { .. } => "truncate",
            Self::Sync(_) => "sync",
            Self::Rename(..) => "rename",
            Self::Unlink(_) => "unlink",
        }
    }
}

/// The command that records what follows it into `log`; the recorded program stays the direct child of whoever starts it.
pub(crate) fn recorder(log: &Path) -> Vec<OsString> {
    let mut command: Vec<OsString> = ["strace", "-D", "-f", "-q", "-y", "-xx"]
        .map(OsString::from)
        .into();
    command.extend(["-s", "16777216", "--seccomp-bpf", "-e"].map(OsString::from));
    command.push(format!("trace={CALLS}").into());
    command.extend([OsString::from("-o"), log.into()]);
    command
}

/// Waits until strace has written the end of process `id`.
pub(crate) fn finished(log: &Path, id: u32) -> anyhow::Result<String> {
    let until = Instant::now() + FINISH;
    loop {
        let text = std::fs::read_to_string(log).with_context(|| format!("{}", log.display()))?;
        let ended = text.lines().rev().take(200).any(|line| {
            line.split_once(' ').is_some_and(|(pid, rest)| {
                pid.parse() == Ok(id) && rest.trim_start().starts_with("+++ ")
            })
        });
        if ended {
            return Ok(text);
        }
        if Instant::now() > until {
            bail!("strace did not finish {}", log.display());
        }
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// Reads a log; `folders` are those recorded. The index of a WAL (`-shm`) is no part of it: SQLite makes it anew.
pub(crate) fn read(text: &str, folders: &[PathBuf]) -> anyhow::Result<Vec<Step>> {
    let mut reader = Reader {
        folders,
        steps: Vec::new(),
        begun: HashMap::new(),
        places: HashMap::new(),
    };
    for (number, line) in text.lines().enumerate() {
        reader
            .line(line)
            .with_context(|| format!("line {} of strace's log: {:.300}", number + 1, line))?;
    }
    Ok(reader.steps)
}

struct Reader<'a> {
    folders: &'a [PathBuf],
    steps: Vec<Step>,
    /// Calls that have begun, by thread.
    begun: HashMap<u32, String>,
    /// Where the next `write` goes, by file: no recorded file is written over two descriptors at once.
    places: HashMap<PathBuf, u64>,
}

impl Reader<'_> {
    fn line(&mut self, line: &str) -> anyhow::Result<()> {
        let (pid, rest) = line.split_once(' ').context("no process id")?;
        let pid: u32 = pid.parse()?;
        let rest = rest.trim_start();
        if rest.starts_with("---") || rest.starts_with("+++") {
            return Ok(());
        }
        if let Some(head) = rest.strip_suffix("<unfinished ...>") {
            let head = head.trim_end();
            self.sent(head)?;
            self.begun.insert(pid, head.to_owned());
            return Ok(());
        }
        if let Some(resumed) = rest.strip_prefix("<... ") {
            let (_, tail) = resumed.split_once(" resumed>").context("no `resumed>`")?;
            let head = self.begun.remove(&pid).context("resumed, never begun")?;
            return self.done(&format!("{head}{tail}"));
        }
        self.sent(rest)?;
        self.done(rest)
    }

    /// What begins to leave is told from now on.
    fn sent(&mut self, call: &str) -> anyhow::Result<()> {
        let (name, arguments) = call.split_once('(').context("no call")?;
        if !matches!(name, "write" | "writev" | "sendto" | "sendmsg") {
            return Ok(());
        }
        let (descriptor, path) = descriptor(arguments)?;
        if path.starts_with("socket:") {
            self.steps.push(Step::Sent(descriptor, strings(arguments)?));
        }
        Ok(())
    }

    fn done(&mut self, call: &str) -> anyhow::Result<()> {
        let (name, rest) = call.split_once('(').context("no call")?;
        let (arguments, result) = rest.rsplit_once(" = ").context("no result")?;
        let arguments = arguments.trim_end().strip_suffix(')').unwrap_or(arguments);
        let value = result.split(['<', ' ']).next().unwrap_or_default();
        if result.starts_with('?') || value.starts_with('-') {
            // It failed, or its process ended in it and nobody was told: nothing is known to have been done.
            return Ok(());
        }
        let op = match name {
            "open" | "openat" | "creat" | "openat2" => self.opened(arguments)?,
            "write" | "writev" | "pwrite64" => self.written(name, arguments, value)?,
            "lseek" => {
                let path = PathBuf::from(descriptor(arguments)?.1);
                if self.recorded(&path) {
                    self.places.insert(path, value.parse()?);
                }
                None
            }
            "fsync" | "fdatasync" => {
                let path = PathBuf::from(descriptor(arguments)?.1);
                let is_folder = self.folders.contains(&path);
                (is_folder || self.recorded(&path)).then_some(Op::Sync(path))
            }
            "ftruncate" => {
                let path = PathBuf::from(descriptor(arguments)?.1);
                let length = arguments.rsplit(',').next().unwrap_or_default().trim();
                let length = length.parse()?;
                self.recorded(&path)
                    .then_some(Op::Truncate { path, length })
            }
            "rename" | "renameat" | "renameat2" => {
                let [from, to] = self.two(arguments)?;
                match (self.recorded(&from), self.recorded(&to)) {
                    (true, true) => Some(Op::Rename(from, to)),
                    (false, false) => None,
                    _ => bail!("a rename into or out of the recorded folders"),
                }
            }
            "unlink" | "unlinkat" => {
                let path = paths(arguments)?.pop().context("no path")?;
                self.recorded(&path).then_some(Op::Unlink(path))
            }
            // None of these is used on the ledger; if that changes, this recorder must learn it.
            _ => {
                if self.touches(name, arguments)? {
                    bail!("{name} on a recorded file is not understood");
                }
                None
            }
        };
        self.steps.extend(op.map(Step::Disk));
        Ok(())
    }

    fn opened(&mut self, arguments: &str) -> anyhow::Result<Option<Op>> {
        let path = paths(arguments)?.pop().context("no path")?;
        if !self.recorded(&path) {
            return Ok(None);
        }
        let flag = |name: &str| arguments.split(['|', ',', ' ']).any(|flag| flag == name);
        if flag("O_APPEND") {
            bail!("a file that is appended to is not understood");
        }
        self.places.insert(path.clone(), 0);
        let (create, truncate) = (flag("O_CREAT"), flag("O_TRUNC"));
        Ok((create || truncate).then_some(Op::Open {
            path,
            create,
            truncate,
        }))
    }

    fn written(&mut self, name: &str, arguments: &str, value: &str) -> anyhow::Result<Option<Op>> {
        let path = PathBuf::from(descriptor(arguments)?.1);
        if !self.recorded(&path) {
            return Ok(None);
        }
        let mut bytes = strings(arguments)?;
        let count: usize = value.parse()?;
        bytes.truncate(count);
        if bytes.len() != count {
            bail!("{} of {count} bytes are in the log", bytes.len());
        }
        let at = if name == "pwrite64" {
            let place = arguments.rsplit(',').next().unwrap_or_default().trim();
            place.parse()?
        } else {
            let place = self
                .places
                .get_mut(&path)
                .context("a file that was not seen opened")?;
            let at = *place;
            *place += count as u64;
            at
        };
        Ok(Some(Op::Write { path, at, bytes }))
    }

    /// Whether a call that is not understood has to do with a recorded file.
    fn touches(&self, name: &str, arguments: &str) -> anyhow::Result<bool> {
        let all = arguments.split(['<', '>', '"', ',']);
        let concerned = all
            .filter_map(|part| unescape(part.trim()).ok())
            .any(|part| self.recorded(Path::new(&String::from_utf8_lossy(&part).into_owned())));
        let written = name != "mmap"
            || (arguments.contains("MAP_SHARED") && arguments.contains("PROT_WRITE"));
        Ok(concerned && written && !matches!(name, "sendto" | "sendmsg"))
    }

    fn two(&self, arguments: &str) -> anyhow::Result<[PathBuf; 2]> {
        let all = paths(arguments)?;
        <[PathBuf; 2]>::try_from(all).map_err(|_| anyhow::anyhow!("not two paths"))
    }

    fn recorded(&self, path: &Path) -> bool {
        let inside = path
            .parent()
            .is_some_and(|parent| self.folders.iter().any(|folder| folder == parent));
        inside && !path.to_string_lossy().ends_with("-shm")
    }
}

/// The first argument `5<path>`.
fn descriptor(arguments: &str) -> anyhow::Result<(u32, String)> {
    let (number, rest) = arguments.split_once('<').context("no descriptor")?;
    let (path, _) = rest.split_once('>').context("no path")?;
    let path = String::from_utf8(unescape(path)?)?;
    Ok((number.trim().parse()?, path))
}

/// All quoted strings, joined.
fn strings(arguments: &str) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for (index, part) in arguments.split('"').enumerate() {
        if index % 2 == 1 {
            bytes.extend(unescape(part)?);
        } else if index > 0 && part.starts_with("...") {
            bail!("strace cut a string off");
        }
    }
    Ok(bytes)
}

/// All quoted strings as paths; one that is not absolute stands in the folder whose descriptor is named before it.
fn paths(arguments: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut before = "";
    for (index, part) in arguments.split('"').enumerate() {
        if index % 2 == 0 {
            before = part;
            continue;
        }
        let path = String::from_utf8_lossy(&unescape(part)?).into_owned();
        let folder = match before
            .rsplit_once('<')
            .and_then(|(_, rest)| rest.split_once('>'))
        {
            Some((folder, _)) => String::from_utf8_lossy(&unescape(folder)?).into_owned(),
            None => String::new(),
        };
        // An absolute path stays what it is.
        found.push(Path::new(&folder).join(path));
    }
    Ok(found)
}

/// `\x2f` and so on; anything else stands for itself.
fn unescape(text: &str) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4);
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        match after {
            [b'x', high, low, tail @ ..] if first == b'\\' => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits)?;
                bytes.push(u8::from_str_radix(digits, 16)?);
                rest = tail;
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    Ok(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn hex(text: &str) -> String {
        text.bytes().map(|byte| format!("\\x{byte:02x}")).collect()
    }

    #[test]
    fn a_log_with_interrupted_calls_is_read_in_order() {
        let db = hex("/d/a.db");
        let log = format!(
            "7 openat(AT_FDCWD<{cwd}>, \"{db}\", O_RDWR|O_CREAT|O_CLOEXEC, 0600) = 3<{db}>\n\
             7 pwrite64(3<{db}>, \"{abc}\", 3, 4096) = 3\n\
             7 fsync(3<{db}> <unfinished ...>\n\
             8 sendto(9<{socket}>, \"{abc}\", 3, MSG_NOSIGNAL, NULL, 0) = 3\n\
             7 <... fsync resumed>) = 0\n\
             7 write(3<{db}>, \"{abc}\", 3) = 2\n\
             7 unlink(\"{db}\") = -1 ENOENT (No such file or directory)\n\
             7 openat(AT_FDCWD<{cwd}>, \"{shm}\", O_RDWR|O_CREAT, 0600) = 4<{shm}>\n\
             7 mmap(NULL, 32768, PROT_READ|PROT_WRITE, MAP_SHARED, 4<{shm}>, 0) = 0x7f0000000000\n\
             7 fsync(5<{folder}>) = 0\n7 +++ exited with 0 +++\n",
            cwd = hex("/"),
            abc = hex("abc"),
            socket = hex("socket:[77]"),
            shm = hex("/d/a.db-shm"),
            folder = hex("/d"),
        );
        let path = PathBuf::from("/d/a.db");
        let write = |at, bytes: &[u8]| {
            Step::Disk(Op::Write {
                path: path.clone(),
                at,
                bytes: bytes.to_vec(),
            })
        };
        let steps = read(&log, &[PathBuf::from("/d")]).unwrap();
        let expected = [
            Step::Disk(Op::Open {
                path: path.clone(),
                create: true,
                truncate: false,
            }),
            write(4096, b"abc"),
            Step::Sent(9, b"abc".to_vec()),
            Step::Disk(Op::Sync(path.clone())),
            write(0, b"ab"),
            Step::Disk(Op::Sync(PathBuf::from("/d"))),
        ];
        assert_eq!(steps, expected);
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        let file = hex("/d/a.db");
        for call in [
            format!("fallocate(3<{file}>, 0, 0, 4096) = 0"),
            format!("mmap(NULL, 9, PROT_READ|PROT_WRITE, MAP_SHARED, 3<{file}>, 0) = 0x7f"),
            format!("pwrite64(3<{file}>, \"\\x61\"..., 9, 0) = 9"),
            format!("link(\"{file}\", \"{file}\") = 0"),
        ] {
            let folders = [PathBuf::from("/d")];
            assert!(read(&format!("7 {call}\n"), &folders).is_err(), "{call}");
            let elsewhere = [PathBuf::from("/e")];
            assert!(
                read(&format!("7 {call}\n"), &elsewhere).is_ok() || call.contains("..."),
                "{call}"
            );
        }
    }
}
