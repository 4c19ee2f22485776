//! Installs the terminal in the guest with the very commands of `docs/installation.md`.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::agent::Agent;

/// Name of the script in the shared folder.
const SCRIPT: &str = "install.sh";

/// An emulated processor takes minutes over the models that a real one loads in a second. Nothing else of the units is changed.
const SLOW: &str = "mkdir -p /etc/systemd/system/uketsuke-vision.service.d && \
    printf '[Service]\\nTimeoutStartSec=600\\nWatchdogSec=120\\n' > /etc/systemd/system/uketsuke-vision.service.d/emulated.conf && \
    systemctl daemon-reload";

/// Puts the manual's commands into the shared folder. Before the machine starts, which keeps what it has seen of the folder.
pub(super) fn prepare(share: &Path) -> Result<()> {
    let manual = fs::read_to_string(crate::root().join("docs/installation.md"))?;
    let commands = commands(&manual).context("docs/installation.md has no block of commands")?;
    fs::write(share.join(SCRIPT), commands)?;
    Ok(())
}

/// Runs them.
pub(super) fn run(agent: &mut Agent) -> Result<String> {
    let said = agent.must(&format!("cd /host && BIN=bin sh -eu {SCRIPT} 2>&1"), 120)?;
    agent.must(SLOW, 60)?;
    let users = agent.must(
        "getent passwd uketsuke uketsuke-vision uketsuke-kiosk | cut -d: -f1 | tr '\\n' ' '",
        20,
    )?;
    let enabled = agent.must(
        "systemctl is-enabled uketsuked.service uketsuke-vision.service | tr '\\n' ' '",
        20,
    )?;
    let said = said.lines().count();
    Ok(format!(
        "users {}; units {}; {said} lines said",
        users.trim(),
        enabled.trim()
    ))
}

/// The block of shell commands in the manual.
fn commands(manual: &str) -> Option<&str> {
    let (_, rest) = manual.split_once("```sh\n")?;
    rest.split_once("```").map(|(block, _)| block)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Every file that the units, rules and folders of the tree consist of is installed by the manual's commands, to where
    /// systemd/README.md says.
    #[test]
    fn the_manuals_commands_name_every_file() {
        let root = crate::root();
        let manual = fs::read_to_string(root.join("docs/installation.md")).unwrap();
        let commands = commands(&manual).unwrap();
        for folder in [
            "system",
            "sysusers.d",
            "tmpfiles.d",
            "modules-load.d",
            "preset",
            "libexec",
        ] {
            for entry in fs::read_dir(root.join("systemd").join(folder)).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                let named = commands.contains(&format!("systemd/{folder}/{name}"))
                    || commands.contains(&format!("systemd/{folder}/*"));
                assert!(named, "{folder}/{name}");
            }
        }
        assert!(
            commands.contains("udev/70-uketsuke.rules")
                && commands.contains("systemd/polkit/50-uketsuke-pcscd.rules")
        );
        let shell = Command::new("sh")
            .args(["-n", "-c", commands])
            .status()
            .unwrap();
        assert!(shell.success());
    }
}
