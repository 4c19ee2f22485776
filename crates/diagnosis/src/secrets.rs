//! Reads files that hold secrets. Under systemd they are credentials that exist only while the
//! daemon runs; when it is down, root can open the sealed copy with `systemd-creds`.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::bounded::within;

/// No key, certificate or password is longer.
const CAP: u64 = 1 << 20;

/// What came of reading.
pub(crate) enum Secret {
    /// The content.
    Read(Zeroizing<Vec<u8>>),
    /// Not for this user.
    Denied,
    /// Not there, with the reason in words.
    Missing(String),
}

/// Where secrets come from.
#[derive(Debug, Clone)]
pub(crate) struct SecretSource {
    pub(crate) store: PathBuf,
    pub(crate) limit: Duration,
}

impl SecretSource {
    /// Reads the file; falls back to the sealed credential of the same name.
    pub(crate) fn read(&self, path: &Path) -> Secret {
        match read_capped(path) {
            Ok(content) => Secret::Read(content),
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => Secret::Denied,
            Err(error) => {
                let sealed = path
                    .starts_with("/run/credentials")
                    .then(|| path.file_name().map(|name| self.store.join(name)))
                    .flatten();
                match sealed {
                    Some(sealed) => self.unseal(&sealed),
                    None => Secret::Missing(error.to_string()),
                }
            }
        }
    }

    fn unseal(&self, sealed: &Path) -> Secret {
        match std::fs::File::open(sealed) {
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                return Secret::Denied;
            }
            Err(error) => {
                return Secret::Missing(format!(
                    "daemon not running; {}: {error}",
                    sealed.display()
                ));
            }
            Ok(_) => {}
        }
        let name = sealed
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let mut command = Command::new("systemd-creds");
        command
            .arg(format!("--name={name}"))
            .arg("decrypt")
            .arg(sealed)
            .arg("-");
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let run = move || {
            let mut child = command.spawn().ok()?;
            let mut content = buffer(CAP);
            let read = child
                .stdout
                .take()
                .map(|pipe| pipe.take(CAP).read_to_end(&mut content));
            let status = child.wait().ok()?;
            (status.success() && matches!(read, Some(Ok(_)))).then_some(content)
        };
        match within(self.limit, run).flatten() {
            Some(content) => Secret::Read(content),
            None => Secret::Missing(format!("systemd-creds can't open {}", sealed.display())),
        }
    }
}

/// Room for `size` bytes and for noticing that there are more: growing would leave unwiped copies.
fn buffer(size: u64) -> Zeroizing<Vec<u8>> {
    let size = usize::try_from(size.min(CAP)).unwrap_or(0);
    Zeroizing::new(Vec::with_capacity(size + 64))
}

fn read_capped(path: &Path) -> std::io::Result<Zeroizing<Vec<u8>>> {
    // Looked at before opening: opening a FIFO waits for its writer.
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("not a file"));
    }
    let file = std::fs::File::open(path)?;
    let mut content = buffer(file.metadata()?.len());
    file.take(CAP + 1).read_to_end(&mut content)?;
    if content.len() as u64 > CAP {
        Err(std::io::Error::other("over 1 MiB"))
    } else {
        Ok(content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(store: &Path) -> SecretSource {
        SecretSource {
            store: store.into(),
            limit: Duration::from_secs(5),
        }
    }

    #[test]
    fn a_plain_file_is_read_and_a_missing_one_says_why() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("key"), b"abc").unwrap();
        assert!(
            matches!(source(dir.path()).read(&dir.path().join("key")), Secret::Read(c) if c.as_slice() == b"abc")
        );
        assert!(matches!(
            source(dir.path()).read(&dir.path().join("none")),
            Secret::Missing(_)
        ));
        assert!(
            matches!(source(dir.path()).read(dir.path()), Secret::Missing(_)),
            "a folder is no key"
        );
    }

    #[test]
    fn a_credential_of_a_stopped_daemon_names_its_sealed_copy() {
        let dir = tempfile::tempdir().unwrap();
        match source(dir.path()).read(Path::new(
            "/run/credentials/uketsuked.service/uketsuke.none",
        )) {
            Secret::Missing(reason) => assert!(
                reason.contains("daemon not running") && reason.contains("uketsuke.none"),
                "{reason}"
            ),
            _ => panic!("nothing is there to read"),
        }
    }
}
