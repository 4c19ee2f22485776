//! The receipt computer's folders under systemd, with the very commands of `uketsuke-folders(7)`. Samba itself is not in this machine. Only the path differs: a simulated terminal takes no other than one that says so (invariant 13).

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};

use super::agent::Agent;
use super::camera::wait;

/// The manual's folder, and the one of a simulation.
const FOLDER: &str = "/var/lib/uketsuke-folders";
const SIMULATED: &str = "/var/lib/uketsuke-simulation-folders";

/// Puts the manual's blocks into the shared folder. Before the machine starts, which keeps what it has seen of the folder.
pub(super) fn prepare(share: &Path) -> Result<()> {
    let manual = fs::read_to_string(crate::root().join("docs/man/uketsuke-folders.7"))?;
    let [unit, _, account] = blocks(&manual)?;
    let folder = share.join("folders");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("unit.sh"), unit)?;
    let account: String = account
        .lines()
        .filter(|line| !line.starts_with("smbpasswd"))
        .map(|line| format!("{line}\n"))
        .collect();
    fs::write(folder.join("account.sh"), account)?;
    let settings = format!(
        "\n[folders]\nreq = \"{SIMULATED}/req\"\nres = \"{SIMULATED}/res\"\nface = \"{SIMULATED}/face\"\n"
    );
    fs::write(folder.join("settings.toml"), settings)?;
    Ok(())
}

/// Folders, account and share are made; the daemon serves them from its sandbox.
pub(super) fn set_up(agent: &mut Agent) -> Result<String> {
    agent.must("bash -euo pipefail /host/folders/account.sh 2>&1", 60)?;
    agent.must(
        "cat /host/folders/settings.toml >> /etc/uketsuke/uketsuke.toml",
        60,
    )?;
    agent.must("bash -euo pipefail /host/folders/unit.sh 2>&1", 620)?;
    wait("the folders' mark", || {
        Ok(agent
            .run(&format!("test -f {SIMULATED}/req/.uketsuke-folder"), 20)?
            .code
            == 0)
    })?;
    let seen = agent.must(
        &format!("stat -c '%a %G %n' {SIMULATED}/req {SIMULATED}/res {SIMULATED}/face"),
        20,
    )?;
    ensure!(
        seen.lines()
            .all(|line| line.starts_with("2770 uketsuke-folders")),
        "{seen}"
    );
    let doctor = agent.run("uketsukectl doctor --json", 120)?;
    for code in ["UK-DIAG-221", "UK-DIAG-222", "UK-DIAG-223", "UK-DIAG-224"] {
        ensure!(
            !doctor.out.contains(code),
            "the doctor says {code}: {}",
            doctor.out
        );
    }
    Ok("served from the sandbox, by the group alone".into())
}

/// A receipt computer, by its account alone: writes a request under another name, renames it, reads the answer and takes it away.
pub(super) fn taken(agent: &mut Agent) -> Result<String> {
    let name = "OQSsiquc01req_202611230001.xml";
    // A half request: refused after its time, with an error file and a copy in `rejected`.
    account(
        agent,
        &format!(
            "cd {SIMULATED}/req && printf '<?xml version=\"1.0\" encoding=\"UTF-8\"?><XmlMsg><MessageHeader/>' > {name}.tmp && mv {name}.tmp {name}"
        ),
    )?;
    let mut answer = String::new();
    wait("an answer in res/", || {
        let listed = account(agent, &format!("ls {SIMULATED}/res"))?;
        answer = listed
            .split_whitespace()
            .find(|word| word.starts_with("OQSsiquc01res_"))
            .unwrap_or_default()
            .to_owned();
        Ok(!answer.is_empty())
    })?;
    let said = account(
        agent,
        &format!(
            "mv {SIMULATED}/res/{answer} /tmp/answer.xml && grep -a -o 'UK-RCPT-[0-9]*' /tmp/answer.xml | head -n 1"
        ),
    )?;
    ensure!(said.starts_with("UK-RCPT-7"), "{said}");
    let left = agent.must(
        &format!("ls {SIMULATED}/res; ls {SIMULATED}/req; ls {SIMULATED}/req/rejected"),
        20,
    )?;
    ensure!(
        !left.contains(&answer) && left.contains(name),
        "left:\n{left}"
    );
    let stranger = agent.run(&format!("runuser -u stranger -- ls {SIMULATED}/res"), 30)?;
    ensure!(
        stranger.code != 0,
        "a stranger sees the folder: {}",
        stranger.out
    );
    Ok(format!(
        "{name} was answered with {answer} ({}), read and taken away; a stranger sees nothing",
        said.trim()
    ))
}

fn account(agent: &mut Agent, command: &str) -> Result<String> {
    let quoted = command.replace('\'', "'\\''");
    agent.must(
        &format!("runuser -u oqs-receipt -- sh -c '{quoted}' 2>&1"),
        60,
    )
}

/// The manual's three blocks: the unit's addition, the share, the accounts and folders.
fn blocks(manual: &str) -> Result<[String; 3]> {
    let blocks: Vec<String> = manual
        .split("\n.EX\n")
        .skip(1)
        .filter_map(|rest| rest.split_once("\n.EE").map(|(block, _)| block))
        .map(|block| block.replace("\\-", "-").replace(FOLDER, SIMULATED) + "\n")
        .collect();
    blocks
        .try_into()
        .map_err(|found: Vec<_>| anyhow::anyhow!("the manual has {} blocks, not 3", found.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_says_unit_share_and_account() {
        let manual = fs::read_to_string(crate::root().join("docs/man/uketsuke-folders.7")).unwrap();
        let [unit, samba, account] = blocks(&manual).unwrap();
        assert!(unit.contains("uketsukectl folders unit >"));
        assert!(samba.contains("guest ok = no") && samba.contains(SIMULATED));
        assert!(account.contains("smbpasswd -a oqs-receipt") && account.contains("2770"));
        assert!(!account.contains(&format!("{FOLDER}/")));
    }
}
