//! The receipt computer's folders under systemd, and from another machine through Samba, with the very commands and settings of
//! `uketsuke-folders(7)`. Only the path differs: a simulated terminal takes no other than one that says so (invariant 13).

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use super::agent::Agent;
use super::camera::wait;

/// The manual's folder, and the one of a simulation.
const FOLDER: &str = "/var/lib/uketsuke-folders";
const SIMULATED: &str = "/var/lib/uketsuke-simulation-folders";
/// The account of the receipt computers; its password exists in this machine only.
const ACCOUNT: &str = "oqs-receipt%vm-only";

/// Puts the manual's blocks into the shared folder. Before the machine starts, which keeps what it has seen of the folder.
pub(super) fn prepare(share: &Path) -> Result<()> {
    let manual = fs::read_to_string(crate::root().join("docs/man/uketsuke-folders.7"))?;
    let [unit, samba, account] = blocks(&manual)?;
    let folder = share.join("folders");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("unit.sh"), unit)?;
    fs::write(folder.join("smb.conf"), samba)?;
    fs::write(
        folder.join("account.sh"),
        account.replace(
            "smbpasswd -a",
            "printf 'vm-only\\nvm-only\\n' | smbpasswd -s -a",
        ),
    )?;
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
        "cp /host/folders/smb.conf /etc/samba/smb.conf && testparm -s >/dev/null 2>&1 && \
         cat /host/folders/settings.toml >> /etc/uketsuke/uketsuke.toml",
        60,
    )?;
    agent.must("bash -euo pipefail /host/folders/unit.sh 2>&1", 620)?;
    agent.must("systemctl unmask smbd 2>&1; systemctl restart smbd", 120)?;
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

/// A receipt computer on another machine: writes a request under another name, renames it, reads the answer and takes it away.
pub(super) fn over_samba(agent: &mut Agent) -> Result<String> {
    agent.must(
        "printf '<?xml version=\"1.0\" encoding=\"UTF-8\"?><XmlMsg><MessageHeader/>' > /tmp/request.xml",
        20,
    )?;
    // The first connection takes an emulated processor longer than a client waits.
    wait("the share", || {
        Ok(agent.run(&smbclient("ls"), 120)?.code == 0)
    })?;
    // A half request: refused after its time, with an error file and a copy in `rejected`.
    let name = "OQSsiquc01req_202611230001.xml";
    samba(
        agent,
        &format!("cd req; put /tmp/request.xml {name}.tmp; rename {name}.tmp {name}; ls"),
    )?;
    let mut listed = String::new();
    let mut answer = String::new();
    wait("an answer in res/", || {
        listed = samba(agent, "cd res; ls")?;
        answer = listed
            .split_whitespace()
            .find(|word| word.starts_with("OQSsiquc01res_"))
            .unwrap_or_default()
            .to_owned();
        Ok(!answer.is_empty())
    })
    .with_context(|| listed.clone())?;
    ensure!(
        !listed.contains(".uketsuke-folder"),
        "the mark is shown: {listed}"
    );
    samba(
        agent,
        &format!("cd res; get {answer} /tmp/answer; del {answer}"),
    )?;
    let said = agent.must("grep -a -o 'UK-RCPT-[0-9]*' /tmp/answer | head -n 1", 20)?;
    ensure!(said.starts_with("UK-RCPT-7"), "{said}");
    let left = agent.must(
        &format!("ls {SIMULATED}/res; ls {SIMULATED}/req; ls -l {SIMULATED}/req/rejected"),
        20,
    )?;
    ensure!(
        !left.contains(&answer) && left.contains(name),
        "left:\n{left}"
    );
    Ok(format!(
        "{name} was answered with {answer} ({}), read and taken away",
        said.trim()
    ))
}

/// Who has no account, speaks an old or open protocol, or follows a link gets nothing.
pub(super) fn shut_out(agent: &mut Agent) -> Result<String> {
    agent.must(
        &format!(
            "ln -s /etc {SIMULATED}/req/etc-link && chown -h oqs-receipt {SIMULATED}/req/etc-link"
        ),
        20,
    )?;
    for (who, command) in [
        ("a guest", "smbclient //127.0.0.1/OQS -N -t 100 -c ls"),
        (
            "a wrong password",
            "smbclient //127.0.0.1/OQS -U oqs-receipt%wrong -t 100 -c ls",
        ),
        (
            "an old protocol",
            "smbclient //127.0.0.1/OQS -U oqs-receipt%vm-only -m SMB2_10 -t 100 -c ls",
        ),
        (
            "a link",
            "smbclient //127.0.0.1/OQS -U oqs-receipt%vm-only -t 100 -c 'cd req/etc-link; get passwd /tmp/passwd'",
        ),
        (
            "the mark",
            "smbclient //127.0.0.1/OQS -U oqs-receipt%vm-only -t 100 -c 'cd req; get .uketsuke-folder /tmp/mark'",
        ),
    ] {
        let ran = agent.run(
            &format!("rm -f /tmp/passwd /tmp/mark; {command} 2>&1; test ! -e /tmp/passwd && test ! -e /tmp/mark"),
            120,
        )?;
        ensure!(
            ran.code == 0 && !ran.out.contains("TIMEOUT") && ran.out.contains("NT_STATUS_"),
            "{who} was let in: {}",
            ran.out
        );
    }
    agent.must(&format!("rm {SIMULATED}/req/etc-link"), 20)?;
    Ok("guest, wrong password, SMB 2.1, a link and the folders' mark".into())
}

fn samba(agent: &mut Agent, commands: &str) -> Result<String> {
    agent.must(&smbclient(commands), 120)
}

fn smbclient(commands: &str) -> String {
    format!("smbclient //127.0.0.1/OQS -U {ACCOUNT} -m SMB3 -t 100 -c '{commands}' 2>&1")
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
