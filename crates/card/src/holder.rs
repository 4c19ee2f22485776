//! Who else uses the smart card service? For the message when the card is held by another program.
//!
//! pcscd does not tell. Programs that talk to it have its client library loaded, which `/proc/PID/maps` shows
//! to root and to the program's own user; of the rest at least the usual holders are known by name. Under
//! the daemon's sandbox (`ProtectProc=invisible`) nobody else is seen, so the daemon names nobody; a technician's
//! `uketsukectl card`, as root, does.

use std::path::Path;

/// Programs known for keeping a card (GnuPG, GNOME, OpenSC, browsers' helpers, pcsc-tools).
const USUAL: [&str; 8] = [
    "scdaemon",
    "gsd-smartcard",
    "pcsc_scan",
    "opensc-tool",
    "pkcs11-tool",
    "pkcs15-tool",
    "p11-kit-remote",
    "uketsuked",
];
/// Most processes looked at, and most bytes of one's map.
const MOST: usize = 4096;
const LONGEST_MAP: u64 = 4 * 1024 * 1024;

/// Another program that uses, or may use, the card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Process id.
    pub pid: u32,
    /// Its name as the kernel has it.
    pub name: String,
    /// Seen with the client library loaded, not only known by name.
    pub seen: bool,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (pid {})", self.name, self.pid)
    }
}

/// Programs that may hold a card, the surest first. `proc` is `/proc`.
#[must_use]
pub fn holders(proc: &Path) -> Vec<Holder> {
    let own = std::process::id();
    let Ok(entries) = std::fs::read_dir(proc) else {
        return Vec::new();
    };
    let mut found: Vec<Holder> = entries
        .flatten()
        .take(MOST)
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|pid| *pid != own)
        .filter_map(|pid| look(proc, pid))
        .collect();
    found.sort_by_key(|holder| (!holder.seen, holder.pid));
    found
}

fn look(proc: &Path, pid: u32) -> Option<Holder> {
    use std::io::Read as _;
    let folder = proc.join(pid.to_string());
    let name = std::fs::read_to_string(folder.join("comm")).ok()?;
    let name: String = name.trim().chars().filter(|c| !c.is_control()).collect();
    // The service itself is no holder.
    if name == "pcscd" {
        return None;
    }
    // Our own tool is linked with the library whatever it does; only these words of it take a card.
    if name == "uketsukectl" {
        let words = std::fs::read(folder.join("cmdline")).unwrap_or_default();
        let mut words = words.split(|byte| *byte == 0);
        if !words.any(|word| matches!(word, b"card" | b"doctor")) {
            return None;
        }
    }
    let mut map = Vec::new();
    let seen = std::fs::File::open(folder.join("maps"))
        .and_then(|file| file.take(LONGEST_MAP).read_to_end(&mut map))
        .is_ok_and(|_| {
            const LIBRARY: &[u8] = b"/libpcsclite";
            map.windows(LIBRARY.len()).any(|part| part == LIBRARY)
        });
    (seen || USUAL.contains(&name.as_str())).then_some(Holder { pid, name, seen })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holders_are_found_by_library_and_by_name() {
        let proc = tempfile::tempdir().unwrap();
        let process = |pid: u32, name: &str, map: &str| {
            let folder = proc.path().join(pid.to_string());
            std::fs::create_dir(&folder).unwrap();
            std::fs::write(folder.join("comm"), format!("{name}\n")).unwrap();
            if !map.is_empty() {
                std::fs::write(folder.join("maps"), map).unwrap();
            }
        };
        process(10, "bash", "7f /usr/lib/libc.so.6\n");
        process(20, "scdaemon", "");
        process(
            30,
            "clinic-app",
            "7f /usr/lib/x86_64-linux-gnu/libpcsclite.so.1.0.0\n",
        );
        process(40, "pcscd", "7f /usr/lib/libpcsclite.so.1\n");
        process(std::process::id(), "us", "7f /usr/lib/libpcsclite.so.1\n");
        std::fs::write(proc.path().join("meminfo"), "").unwrap();
        let names: Vec<String> = holders(proc.path())
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(names, ["clinic-app (pid 30)", "scdaemon (pid 20)"]);
        assert!(holders(&proc.path().join("nothing")).is_empty());
    }
}
