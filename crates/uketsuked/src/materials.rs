//! Keys, passwords and certificates named in the settings: read once, checked, kept zeroized.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use central::{CentralConfig, Paths};
use ledger::{LedgerKeys, OpenOptions};
use zeroize::Zeroizing;

use crate::config::Config;

/// Largest secret or certificate file accepted, bytes.
const LARGEST: u64 = 256 * 1024;

/// Reads a small file.
///
/// # Errors
/// Missing, unreadable or larger than any key or certificate.
pub(crate) fn read(path: &Path, key: &'static str) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let named = || format!("{key}: {}", path.display());
    let file = std::fs::File::open(path).with_context(named)?;
    let size = file.metadata().with_context(named)?.len();
    // Room for all at once: a secret is not left behind in a smaller buffer that was outgrown.
    let room = usize::try_from(size.min(LARGEST)).unwrap_or(0);
    let mut bytes = Zeroizing::new(Vec::with_capacity(room + 1));
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .with_context(named)?;
    if bytes.len() as u64 > LARGEST {
        bail!("{}: more than {LARGEST} bytes are not accepted", named());
    }
    Ok(bytes)
}

/// Reads one line of text, without its end.
///
/// # Errors
/// As for [`read`], or not UTF-8, or empty.
pub(crate) fn read_line(path: &Path, key: &'static str) -> anyhow::Result<Zeroizing<String>> {
    let bytes = read(path, key)?;
    let text = std::str::from_utf8(&bytes)
        .with_context(|| format!("{key}: {} is not text", path.display()))?;
    let line = text.lines().next().unwrap_or_default().trim();
    if line.is_empty() {
        bail!("{key}: {} is empty", path.display());
    }
    Ok(Zeroizing::new(line.to_owned()))
}

/// How to open the ledger.
///
/// # Errors
/// The key file can't be read, or is neither one key nor a list of numbered ones.
pub fn ledger(config: &Config) -> anyhow::Result<OpenOptions> {
    let bytes = read(&config.ledger.key_file, "ledger.key_file")?;
    let text = std::str::from_utf8(&bytes).context("ledger.key_file: is not text")?;
    let key = LedgerKeys::parse(text)
        .map_err(|error| anyhow::anyhow!("{}", error.code()))
        .context("ledger.key_file: 64 hex digits, or lines `GENERATION KEY`, are needed")?;
    Ok(OpenOptions {
        path: config.ledger.path.clone(),
        head_path: config.ledger.head.clone(),
        key,
        simulated: config.simulated(),
    })
}

/// How to reach the central service.
///
/// # Errors
/// A file can't be read.
pub(crate) fn central(config: &Config) -> anyhow::Result<CentralConfig> {
    let section = &config.central;
    let mut paths = Paths::default();
    for (path, given) in [
        (&mut paths.auth, &section.paths.login),
        (&mut paths.search, &section.paths.qualification),
        (&mut paths.nonce, &section.paths.nonce),
        (&mut paths.confirm, &section.paths.confirm),
        (&mut paths.medicines, &section.paths.medicines),
        (&mut paths.others, &section.paths.others),
    ] {
        if let Some(given) = given {
            path.clone_from(given);
        }
    }
    Ok(CentralConfig {
        host: section.host.clone(),
        port: section.port,
        connect_address: section.connect,
        crls: section
            .crls
            .iter()
            .map(|path| Ok(read(path, "central.crls")?.to_vec()))
            .collect::<anyhow::Result<_>>()?,
        ca_pem: read(&section.ca, "central.ca")?.to_vec(),
        client_cert_pem: read(&section.client_certificate, "central.client_certificate")?.to_vec(),
        client_key_pem: read(&section.client_key, "central.client_key")?,
        user_id: section.user_id.clone(),
        password: read_line(&section.password_file, "central.password_file")?,
        paths,
        tls12: section.tls12,
        connect_timeout: std::time::Duration::from_millis(section.connect_timeout_ms),
        request_timeout: std::time::Duration::from_millis(section.request_timeout_ms),
        institution_code: config.terminal.institution_code.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_for_a_key_is_not_read_in() {
        assert!(read(Path::new("/dev/zero"), "x").is_err());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, b"secret\n").unwrap();
        assert_eq!(read(&path, "x").unwrap().as_slice(), b"secret\n");
        assert_eq!(read_line(&path, "x").unwrap().as_str(), "secret");
        std::fs::write(&path, b"\n").unwrap();
        assert!(read_line(&path, "x").is_err(), "empty");
    }
}
