//! Simulation and production never mix: the kind is chosen once, written beside the ledger, and every
//! later start must agree (invariant 13).

use std::io::Write as _;
use std::net::IpAddr;
use std::path::Path;

use anyhow::{Context as _, bail};

use crate::config::{Config, Mode};

/// File beside the ledger that holds the kind of installation.
const MARKER: &str = "installation";

/// Refuses to start where simulation would stand beside production, or the other way round.
///
/// # Errors
/// Says which setting or file does not fit, and what to do.
pub(crate) fn check(config: &Config) -> anyhow::Result<()> {
    let folder = config
        .ledger
        .path
        .parent()
        .context("ledger.path: needs a folder")?;
    match config.terminal.mode {
        Mode::Simulation => simulated_host(config)?,
        Mode::Production => production_materials(config)?,
    }
    agree(folder, word(config.terminal.mode))
}

fn word(mode: Mode) -> &'static str {
    match mode {
        Mode::Production => "production",
        Mode::Simulation => "simulation",
    }
}

/// A simulated terminal speaks to this machine only.
fn simulated_host(config: &Config) -> anyhow::Result<()> {
    let host = config.central.host.as_str();
    let local_name = host == "localhost"
        || host.ends_with(".localhost")
        || host.ends_with(".invalid")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let local_address = config
        .central
        .connect
        .is_none_or(|address| address.ip().is_loopback());
    if !local_name || !local_address {
        bail!(
            "UK-CONF-010: central.host `{host}`: a simulated terminal speaks only to a simulated service on this machine (invariant 13)"
        );
    }
    for store in [
        "/etc/credstore/uketsuke.client-key",
        "/etc/credstore.encrypted/uketsuke.client-key",
    ] {
        if Path::new(store).exists() {
            bail!(
                "UK-CONF-011: {store} is a production credential; a simulated terminal does not start beside it (invariant 13)"
            );
        }
    }
    Ok(())
}

/// A production terminal takes no test material.
fn production_materials(config: &Config) -> anyhow::Result<()> {
    let issuers = std::fs::read_to_string(&config.card.issuers)
        .with_context(|| format!("card.issuers: {}", config.card.issuers.display()))?;
    if card::IssuerKeys::from_toml(&issuers)?.has_test_keys() {
        bail!("UK-CONF-012: card.issuers holds test keys; production refuses them (invariant 13)");
    }
    Ok(())
}

fn agree(folder: &Path, kind: &str) -> anyhow::Result<()> {
    let path = folder.join(MARKER);
    match std::fs::read_to_string(&path) {
        Ok(found) if found.trim() == kind => Ok(()),
        Ok(found) => bail!(
            "UK-CONF-013: {} says `{}`, the settings say `{kind}`: use another folder for the other kind (invariant 13)",
            path.display(),
            found.trim()
        ),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            std::fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
            // Whole or not at all: a half-written marker would keep the terminal from ever starting again.
            let beside = folder.join(format!("{MARKER}.new"));
            std::fs::File::create(&beside)
                .and_then(|mut file| {
                    file.write_all(kind.as_bytes())?;
                    file.sync_all()?;
                    std::fs::rename(&beside, &path)?;
                    std::fs::File::open(folder)?.sync_all()
                })
                .with_context(|| format!("{}", path.display()))
        }
        Err(error) => Err(error).with_context(|| format!("{}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invariant_13_the_kind_is_chosen_once() {
        let folder = tempfile::tempdir().unwrap();
        agree(folder.path(), "simulation").unwrap();
        agree(folder.path(), "simulation").unwrap();
        assert!(!folder.path().join("installation.new").exists());
        let refused = agree(folder.path(), "production").unwrap_err().to_string();
        assert!(refused.contains("UK-CONF-013"), "{refused}");
    }

    #[test]
    fn invariant_13_a_simulated_terminal_speaks_to_this_machine_only() {
        let text = |host: &str, connect: &str| {
            format!(
                "[terminal]\ninstitution_code=\"1310000001\"\nmode=\"simulation\"\n[card]\nissuers=\"/x\"\nauth_roots=[]\n[central]\nhost=\"{host}\"\n{connect}ca=\"/x\"\nclient_certificate=\"/x\"\nclient_key=\"/x\"\nuser_id=\"u\"\npassword_file=\"/x\"\n[ledger]\npath=\"/x/l\"\nhead=\"/x/h\"\nkey_file=\"/x/k\"\n"
            )
        };
        let config = |host: &str, connect: &str| {
            Config::parse(&text(host, connect), Path::new("t")).unwrap()
        };
        assert!(simulated_host(&config("localhost", "")).is_ok());
        assert!(simulated_host(&config("127.0.0.1", "")).is_ok());
        assert!(simulated_host(&config("hweb-api.oqs.onshikaku.org", "")).is_err());
        assert!(simulated_host(&config("localhost", "connect=\"192.0.2.1:443\"\n")).is_err());
    }
}
