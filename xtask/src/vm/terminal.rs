//! `cargo xtask vm`: the whole terminal under systemd, with a card reader, a card and a camera on USB.

use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use hw_sim::card::vscard::UsbReader;
use hw_sim::persons::Register;
use hw_sim::usb_camera::Form;
use serde_json::Value;

use super::camera::{calm, plug, wait};
use super::folders;
use super::image::Image;
use super::install;
use super::machine::{Machine, Wish};
use super::share;
use super::steps::Steps;

/// Whose card lies on the reader, and who stands before the camera.
const PERSON: &str = "seiho";
const FACE: &str = "obama";
const RATE: u32 = 15;
const UNITS: [&str; 2] = ["uketsuke-vision.service", "uketsuked.service"];
/// Layers of the doctor that do not need the central service, which does not exist in this machine.
const LOCAL: [&str; 7] = [
    "pcscd",
    "reader",
    "card",
    "vision-worker",
    "camera",
    "ledger",
    "sockets",
];
/// What the doctor says of a card that a visit holds.
const CARD_IN_USE: &str = "UK-DIAG-133";
/// The settings, the credentials sealed to the machine, and the simulation of the worker's unit.
const SET_UP: &str = include_str!("set_up.sh");
const SETTINGS: &str = include_str!("uketsuke.toml");

/// All steps.
pub(super) fn prove(steps: &mut Steps, image: &Image, folder: &Path, keep: bool) -> Result<()> {
    install::prepare(folder)?;
    folders::prepare(folder)?;
    let card = steps.step("a simulated clinic's certificates and cards", || {
        let store = folder.parent().context("the store")?.join("clinic");
        let prepared = hw_sim::pki::prepare(&store, &Register::default_register()?)?;
        share::copy(&store.join("terminal"), &folder.join("clinic/terminal"))?;
        share::copy(&store.join("central"), &folder.join("clinic/central"))?;
        std::fs::write(folder.join("uketsuke.toml"), SETTINGS)?;
        std::fs::write(folder.join("set_up.sh"), SET_UP)?;
        Ok((prepared.card(PERSON)?, store.display().to_string()))
    })?;
    let mut machine = steps.step("the machine boots", || {
        let wish = Wish {
            share: folder,
            reader: true,
            keep,
        };
        let mut machine = Machine::boot(image, &wish)?;
        let version = machine.agent.must("systemctl --version | head -n 1", 20)?;
        Ok((machine, version.trim().to_owned()))
    })?;
    steps.step("installed as docs/installation.md says", || {
        Ok(((), install::run(&mut machine.agent)?))
    })?;
    steps.step("settings, and credentials sealed to this machine", || {
        machine
            .agent
            .must("cd /host && sh -eu set_up.sh 2>&1", 120)?;
        let said = machine.agent.must("uketsuked --check 2>&1", 60)?;
        Ok(((), said.trim().to_owned()))
    })?;
    let mut reader = UsbReader::start(&machine.card_socket())?;
    steps.step("the terminal starts", || {
        machine.agent.must("systemctl start uketsuke.target", 620)?;
        Ok(((), active(&mut machine)?))
    })?;
    let camera = steps.step(
        "card, reader and camera are there: the doctor sees them",
        || {
            ensure!(
                reader.insert(card).is_ok(),
                "a card lay on the reader already"
            );
            let camera = plug(&mut machine, vec![Form::Mjpeg], RATE)?;
            camera.show(&[], &calm(FACE)?)?;
            let detail = seen_by_the_doctor(&mut machine)?;
            Ok((camera, detail))
        },
    )?;
    steps.step("who may open what", || Ok(((), doors(&mut machine)?)))?;
    steps.step("the receipt computer's folders, as the manual says", || {
        Ok(((), folders::set_up(&mut machine.agent)?))
    })?;
    steps.step("a receipt computer takes part by its account", || {
        Ok(((), folders::taken(&mut machine.agent)?))
    })?;
    for unit in UNITS {
        steps.step(
            &format!("{unit} hangs: the watchdog starts it again"),
            || Ok(((), hang(&mut machine, unit)?)),
        )?;
    }
    steps.step("the machine boots again: all of it comes by itself", || {
        machine.reboot()?;
        wait("the units", || Ok(active(&mut machine).is_ok()))?;
        // The reader is QEMU's own and comes back with the machine; the camera hangs on the network and is plugged in anew.
        drop(camera);
        let camera = plug(&mut machine, vec![Form::Mjpeg], RATE)?;
        camera.show(&[], &calm(FACE)?)?;
        Ok(((), seen_by_the_doctor(&mut machine)?))
    })?;
    steps.step("nothing failed in the machine", || {
        let failed = machine.agent.must("systemctl --failed --no-legend --plain", 30)?;
        ensure!(failed.trim().is_empty(), "{failed}");
        let complaints = machine.agent.must(
            "journalctl -b --no-pager -o cat -p warning -u systemd-sysusers -u systemd-tmpfiles-setup -u systemd-udevd _PID=1 | grep -i uketsuke | sort | uniq -c || true",
            60,
        )?;
        let rating = machine.agent.must(
            "for unit in uketsuked uketsuke-vision; do systemd-analyze security --no-pager $unit.service | tail -n 1 | grep -o 'uketsuke.*'; done",
            60,
        )?;
        let complaints = complaints.trim();
        ensure!(complaints.is_empty(), "{complaints}");
        Ok(((), rating.trim().replace('\n', "; ")))
    })
}

/// Both units run; their processes and users.
fn active(machine: &mut Machine) -> Result<String> {
    let units = UNITS.join(" ");
    let state = machine
        .agent
        .run(&format!("systemctl is-active {units}"), 30)?;
    if state.code != 0 {
        let why = machine.agent.run(
            &format!("systemctl status --no-pager -n 20 {}", UNITS.join(" ")),
            30,
        )?;
        bail!("{}", why.out);
    }
    let seen = machine.agent.must(
        &format!("systemctl show -p User -p MainPID -p ActiveState --value {units} | tr '\\n' ' '"),
        30,
    )?;
    Ok(seen.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Waits until every layer is well; what the units said last, when that does not come.
fn seen_by_the_doctor(machine: &mut Machine) -> Result<String> {
    let mut detail = String::new();
    let seen = wait("the doctor to see all of it", || {
        let (well, said) = doctor(machine)?;
        detail = said;
        Ok(well)
    });
    seen.with_context(|| {
        let units = UNITS.join(" -u ");
        let journal = machine.agent.run(
            &format!("journalctl -b --no-pager -o short-monotonic -n 60 -u {units}"),
            60,
        );
        let journal = journal.map(|ran| ran.out).unwrap_or_default();
        format!("{detail}\n{journal}")
    })?;
    Ok(detail)
}

/// Whether every layer that can be well here is well, and what was said of each.
fn doctor(machine: &mut Machine) -> Result<(bool, String)> {
    let ran = machine.agent.run("uketsukectl doctor --json", 120)?;
    let report: Value =
        serde_json::from_str(&ran.out).with_context(|| format!("the doctor said: {}", ran.out))?;
    let mut said = Vec::new();
    let mut well = true;
    for layer in LOCAL {
        let mut checks = report["checks"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|check| check["layer"] == layer)
            .peekable();
        ensure!(
            checks.peek().is_some(),
            "the doctor did not look at {layer}"
        );
        for check in checks {
            let text = |key: &str| check[key].as_str().unwrap_or_default();
            // An unsealed or young ledger may warn; nothing here may fail or be left out. The card that lies there has begun a visit, and the
            // terminal holds it to itself: that is told of a card that was seen.
            let held = layer == "card" && text("code") == CARD_IN_USE;
            if !held && !matches!(text("status"), "ok" | "warning") {
                well = false;
            }
            said.push(format!(
                "{layer}/{} {} ({})",
                text("name"),
                text("status"),
                text("detail")
            ));
        }
    }
    Ok((well, said.join("; ")))
}

/// The sockets' owners, and that a technician gets in and a stranger does not.
fn doors(machine: &mut Machine) -> Result<String> {
    let agent = &mut machine.agent;
    agent.must(
        "useradd -G uketsuke-admin technician && useradd stranger",
        30,
    )?;
    let seen = agent.must(
        "stat -c '%n %U:%G %a' /run/uketsuke/admin.sock /run/uketsuke/receipt.sock /run/uketsuke-vision/vision.sock /var/lib/uketsuke",
        30,
    )?;
    for expected in [
        "/run/uketsuke/admin.sock uketsuke:uketsuke-admin 660",
        "/run/uketsuke/receipt.sock uketsuke:uketsuke-receipt 660",
        "/run/uketsuke-vision/vision.sock uketsuke-vision:uketsuke-vision 660",
        "/var/lib/uketsuke uketsuke:uketsuke 700",
    ] {
        ensure!(
            seen.lines().any(|line| line == expected),
            "expected {expected}; seen:\n{seen}"
        );
    }
    // Without a central service the status is not well, and the command's exit code says so; what counts is who is answered.
    let mut answered = |user: &str| {
        let ran = agent.run(
            &format!("runuser -u {user} -- uketsukectl status --json"),
            60,
        )?;
        let status: Value = serde_json::from_str(&ran.out).unwrap_or_default();
        Ok::<_, anyhow::Error>((status["simulated"] == true, ran.out))
    };
    let (technician, said) = answered("technician")?;
    ensure!(technician, "a technician is not answered: {said}");
    let (stranger, said) = answered("stranger")?;
    ensure!(!stranger, "a stranger may ask the daemon: {said}");
    Ok("technician in, stranger out".into())
}

/// Stops a unit's main process, and waits until systemd has replaced it.
fn hang(machine: &mut Machine, unit: &str) -> Result<String> {
    let pid = main_pid(machine, unit)?;
    machine.agent.must(&format!("kill -STOP {pid}"), 30)?;
    wait("the watchdog", || {
        Ok(main_pid(machine, unit).is_ok_and(|now| now != pid)
            && machine
                .agent
                .run(&format!("systemctl is-active {unit}"), 30)?
                .code
                == 0)
    })?;
    let said = machine.agent.must(
        &format!("journalctl -b --no-pager -o cat -u {unit} | grep -m 1 -i watchdog"),
        60,
    )?;
    Ok(said.trim().to_owned())
}

fn main_pid(machine: &mut Machine, unit: &str) -> Result<String> {
    let pid = machine
        .agent
        .must(&format!("systemctl show -p MainPID --value {unit}"), 30)?;
    let pid = pid.trim().to_owned();
    ensure!(pid != "0", "{unit} has no process");
    Ok(pid)
}
