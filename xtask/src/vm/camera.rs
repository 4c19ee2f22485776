//! `cargo xtask vm-camera`: the worker, as its unit starts it, and a USB camera behind the kernel's `uvcvideo` driver.

use std::path::Path;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use hw_sim::camera::{Face, frames};
use hw_sim::usb_camera::{Fault, Form, Shape, UsbCamera};
use serde_json::{Value, json};

use super::image::Image;
use super::install;
use super::machine::{Machine, Wish};
use super::steps::Steps;

const DEVICE: &str = "/dev/uketsuke/face-camera";
const LOOK: &str = "uketsuke-vision camera --source v4l2:/dev/uketsuke/face-camera --json";
/// Longest wait for the kernel and udev, on this machine's clock.
const PLUG_LIMIT: Duration = Duration::from_secs(900);
/// How often something is looked at that has no event.
const POLL: Duration = Duration::from_millis(500);
/// Who stands there, whose card it is: two pictures of one person taken years apart.
const PERSON: &str = "obama2";
const CARD: &str = "/host/data/portraits/obama.jp2";
const OTHER: &str = "biden";
/// What the unit in systemd/ says of the worker, as systemd understood it.
const AS_SHIPPED: [&str; 5] = [
    "RestartUSec=100ms",
    "--source v4l2:/dev/uketsuke/face-camera",
    "--document v4l2:/dev/uketsuke/document-camera",
    "--infrared v4l2:/dev/uketsuke/infrared-camera",
    "--site-models /etc/uketsuke-vision",
];
/// Pictures a second that the patient's page is to get.
const LIVE: f64 = 15.0;
/// Frames a second: more only costs a slow machine time while it computes.
const RATE: u32 = 15;

/// All steps.
pub(super) fn prove(steps: &mut Steps, image: &Image, share: &Path, keep: bool) -> Result<()> {
    install::prepare(share)?;
    let mut machine = steps.step("the machine boots", || {
        let mut machine = Machine::boot(
            image,
            &Wish {
                share,
                reader: false,
                keep,
            },
        )?;
        let kernel = machine.agent.must("uname -r", 20)?;
        Ok((machine, format!("Linux {}", kernel.trim())))
    })?;
    steps.step("installed as docs/installation.md says", || {
        Ok(((), install::run(&mut machine.agent)?))
    })?;
    steps.step("uketsuke-vision.service starts without a camera", || {
        machine
            .agent
            .must("systemctl start uketsuke-vision.service || { journalctl -b --no-pager -o cat -n 30 -u uketsuke-vision; exit 1; }", 620)?;
        let seen = check(&mut machine)?;
        ensure!(
            seen["ok"] == json!(false),
            "a camera that is not there: {seen}"
        );
        Ok(((), format!("active; {}", text(&seen["detail"]))))
    })?;
    steps.step("it runs as the shipped unit says", || {
        let shown = machine.agent.must(
            "systemctl show -p RestartUSec -p ExecStart uketsuke-vision.service",
            30,
        )?;
        for wanted in AS_SHIPPED {
            ensure!(shown.contains(wanted), "{wanted} is not in {shown}");
        }
        Ok(((), AS_SHIPPED.join(", ")))
    })?;
    every_form(steps, &mut machine)?;
    broken(steps, &mut machine)?;
    matching(steps, &mut machine)?;
    steps.step("nothing failed in the machine", || {
        let failed = machine
            .agent
            .must("systemctl --failed --no-legend --plain", 30)?;
        ensure!(failed.trim().is_empty(), "{failed}");
        let restarts = machine.agent.must(
            "systemctl show -p NRestarts --value uketsuke-vision.service",
            30,
        )?;
        ensure!(
            restarts.trim() == "0",
            "the worker was restarted {} times",
            restarts.trim()
        );
        Ok(((), "no failed unit, no restart of the worker".into()))
    })
}

/// Each form in which a camera may send its pictures, through the driver.
fn every_form(steps: &mut Steps, machine: &mut Machine) -> Result<()> {
    // A camera that was just switched on: dark, then brighter.
    let shown = calm(PERSON)?;
    let dark: Vec<Vec<u8>> = [5u8, 15, 30, 50, 75, 100, 130]
        .iter()
        .map(|grey| plain(*grey))
        .collect::<Result<_>>()?;
    for form in [Form::Mjpeg, Form::Yuyv, Form::Nv12, Form::Grey] {
        steps.step(&format!("a camera with {form:?} is plugged in, tagged by udev, and delivers"), || {
            let camera = plug(machine, vec![form], 30)?;
            camera.show(&dark, &shown)?;
            let begun = Instant::now();
            let seen: Value = serde_json::from_str(&machine.agent.must(&format!("{LOOK} --frames 30 --seconds 60"), 90)?)?;
            let host = camera.counts().frames as f64 / begun.elapsed().as_secs_f64();
            ensure!(seen["frames"].as_u64() >= Some(30) && seen["dark"] == json!(0) && seen["broken"] == json!(0), "{seen}");
            ensure!(seen["first_frame_ms"].as_u64().is_some() && seen["brightness"].as_f64() > Some(100.0), "not settled: {seen}");
            let detail = format!(
                "{} {}x{}, {} frames, sent by the host {host:.1}/s, brightness {:.0}, dark {}",
                text(&seen["camera"]), seen["width"], seen["height"], seen["frames"], seen["brightness"].as_f64().unwrap_or(0.0), seen["dark"]
            );
            drop(camera);
            gone(machine)?;
            Ok((seen, detail))
        })
        .map(|seen| steps.figure(&format!("{form:?}"), seen))?;
    }
    Ok(())
}

/// A camera that hangs, that sends rubbish, and one that another program has.
fn broken(steps: &mut Steps, machine: &mut Machine) -> Result<()> {
    for fault in [Fault::Stalled, Fault::Damaged, Fault::Cut] {
        steps.step(
            &format!("{fault:?}: three broken captures open the camera again"),
            || {
                let camera = plug(machine, vec![Form::Mjpeg], RATE)?;
                camera.show(&[], &calm(PERSON)?)?;
                let (done, seen) = channel();
                let seen = std::thread::scope(|scope| {
                    let agent = &mut machine.agent;
                    scope.spawn(move || done.send(agent.must(&format!("{LOOK} --seconds 12"), 60)));
                    let begun = camera.counts();
                    wait("pictures", || {
                        Ok(camera.counts().frames >= begun.frames + 10)
                    })?;
                    camera.set_fault(fault);
                    let before = camera.counts().starts;
                    let again = wait("another start", || Ok(camera.counts().starts > before));
                    camera.set_fault(Fault::None);
                    again?;
                    seen.recv_timeout(PLUG_LIMIT)
                        .context("the camera check did not end")?
                })?;
                let seen: Value = serde_json::from_str(&seen)?;
                ensure!(
                    seen["reopened"].as_u64() >= Some(1) && seen["frames"].as_u64() >= Some(10),
                    "{seen}"
                );
                let detail = format!(
                    "broken {}, opened again {}, frames {}",
                    seen["broken"], seen["reopened"], seen["frames"]
                );
                drop(camera);
                gone(machine)?;
                Ok(((), detail))
            },
        )?;
    }
    steps.step("a camera that another program has is busy, and free afterwards", || {
        let camera = plug(machine, vec![Form::Mjpeg], RATE)?;
        camera.show(&[], &calm(PERSON)?)?;
        machine.agent.must(
            "systemd-run --quiet --unit=other-program v4l2-ctl -d /dev/uketsuke/face-camera --stream-mmap --stream-count=100000 --stream-to=/dev/null",
            30,
        )?;
        wait("the other program", || Ok(camera.counts().frames > 3))?;
        let seen = check(machine)?;
        ensure!(seen["ok"] == json!(false) && text(&seen["detail"]).contains("in use"), "{seen}");
        machine.agent.must("systemctl stop other-program.service", 30)?;
        let free = check(machine)?;
        ensure!(free["ok"] == json!(true), "{free}");
        drop(camera);
        gone(machine)?;
        Ok(((), text(&seen["detail"])))
    })
}

/// A face is matched, the camera is pulled out and comes back, it is matched again; another person is not.
fn matching(steps: &mut Steps, machine: &mut Machine) -> Result<()> {
    let camera = steps.step(
        "the face before the camera matches the card's photo",
        || {
            let camera = plug(machine, vec![Form::Mjpeg], RATE)?;
            camera.show(&[], &calm(PERSON)?)?;
            let outcome = face(machine)?;
            ensure!(outcome["result"] == json!("matched"), "{outcome}");
            Ok((camera, outcome.to_string()))
        },
    )?;
    steps.step(
        "pulled out in the middle of a comparison: camera gone",
        || {
            camera.show(&[], &frames(&portraits(), &Face::None, 3)?)?;
            let before = camera.counts().starts;
            let (done, seen) = channel();
            let outcome = std::thread::scope(|scope| {
                let machine = &mut *machine;
                scope.spawn(move || done.send(face(machine)));
                let at_work = wait("the comparison", || Ok(camera.counts().starts > before));
                // Dropping it is pulling it out.
                drop(camera);
                at_work?;
                seen.recv_timeout(PLUG_LIMIT * 2)
                    .context("the comparison did not end")?
            })?;
            ensure!(outcome["result"] == json!("camera-gone"), "{outcome}");
            gone(machine)?;
            let seen = check(machine)?;
            ensure!(seen["ok"] == json!(false), "{seen}");
            Ok(((), outcome.to_string()))
        },
    )?;
    let camera = steps.step("plugged in again: the face matches again", || {
        let camera = plug(machine, vec![Form::Mjpeg], RATE)?;
        camera.show(&[], &calm(PERSON)?)?;
        let outcome = face(machine)?;
        ensure!(outcome["result"] == json!("matched"), "{outcome}");
        Ok((camera, outcome.to_string()))
    })?;
    live(steps, machine, &camera)?;
    steps.step(
        "another person before the camera is not matched (invariant 7)",
        || {
            camera.show(&[], &calm(OTHER)?)?;
            let outcome = face(machine)?;
            ensure!(outcome["result"] == json!("not-matched"), "{outcome}");
            Ok(((), outcome.to_string()))
        },
    )
}

/// The live picture of a comparison: as many frames as the patient's page is to get, where the machine is no software emulation. One that
/// is computes a face for longer than a picture may take, and is measured only.
fn live(steps: &mut Steps, machine: &mut Machine, camera: &UsbCamera) -> Result<()> {
    let (rate, emulated) = steps.step("the live picture of a comparison", || {
        camera.show(&[], &frames(&portraits(), &Face::None, 3)?)?;
        let before = camera.counts().frames;
        let begun = Instant::now();
        let said = machine.agent.must(
            &format!("/host/bin/vm-guest face --photo {CARD} --deadline-ms 20000"),
            90,
        )?;
        let sent = (camera.counts().frames - before) as f64 / begun.elapsed().as_secs_f64();
        let last: Value =
            serde_json::from_str(said.lines().last().unwrap_or_default()).context("no outcome")?;
        let rate = last["previews_a_second"].as_f64().context("no rate")?;
        let virt = machine.agent.run("systemd-detect-virt", 30)?.out;
        let emulated = virt.trim() == "qemu";
        ensure!(
            emulated || rate >= LIVE,
            "{rate:.1} pictures a second, {LIVE} are wanted"
        );
        ensure!(rate > 0.0, "no live picture: {last}");
        let detail = format!(
            "{rate:.1} pictures a second of {sent:.1} sent ({}), wanted {LIVE}",
            if emulated {
                "processor emulated in software, measured only"
            } else {
                "virtualised"
            }
        );
        Ok(((rate, emulated), detail))
    })?;
    steps.figure("live_pictures_a_second", rate);
    steps.figure("processor_emulated", emulated);
    Ok(())
}

/// Plugs a camera in and waits until udev has linked it.
pub(super) fn plug(machine: &mut Machine, forms: Vec<Form>, rate: u32) -> Result<UsbCamera> {
    let camera = UsbCamera::plug(
        machine.usb()?,
        Shape {
            forms,
            rate,
            ..Shape::default()
        },
    )?;
    wait("the camera's link", || {
        machine.alive()?;
        ensure!(camera.plugged(), "the guest let the camera go");
        Ok(machine.agent.run(&format!("test -c {DEVICE}"), 30)?.code == 0)
    })?;
    let owner = machine.agent.must(&format!("stat -L -c '%U %G %a' {DEVICE}; udevadm info {DEVICE} | grep -c 'E: UKETSUKE_CAMERA=face'"), 30)?;
    ensure!(
        owner.trim() == "root uketsuke-vision 660\n1",
        "owner, group, mode, tag: {owner}"
    );
    Ok(camera)
}

/// Waits until the link has gone.
fn gone(machine: &mut Machine) -> Result<()> {
    wait("the camera's link to go", || {
        Ok(machine.agent.run(&format!("test -e {DEVICE}"), 30)?.code != 0)
    })
}

/// What the worker says of its camera.
fn check(machine: &mut Machine) -> Result<Value> {
    let said = machine.agent.must("/host/bin/vm-guest face", 60)?;
    let last: Value =
        serde_json::from_str(said.lines().last().unwrap_or_default()).context("no answer")?;
    Ok(last["event"].clone())
}

/// A comparison with the card's photo: its outcome.
fn face(machine: &mut Machine) -> Result<Value> {
    let said = machine
        .agent
        .must(&format!("/host/bin/vm-guest face --photo {CARD}"), 90)?;
    for line in said.lines() {
        eprintln!("      {line}");
    }
    let last: Value =
        serde_json::from_str(said.lines().last().unwrap_or_default()).context("no outcome")?;
    Ok(last["event"]["outcome"].clone())
}

/// Somebody who holds still: the first frames sway least.
pub(super) fn calm(person: &str) -> Result<Vec<Vec<u8>>> {
    Ok(frames(&portraits(), &Face::Portrait(person.into()), 3)?)
}

/// One brightness all over, as JPEG: an empty wall in the light of a camera that was just switched on.
fn plain(grey: u8) -> Result<Vec<u8>> {
    let picture =
        vision::frame::Picture::from_grey(640, 480, &vec![grey; 640 * 480]).context("a picture")?;
    Ok(vision::decode::jpeg::encode(&picture, 85)?.to_vec())
}

fn portraits() -> std::path::PathBuf {
    crate::root().join("data/portraits")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub(super) fn wait(what: &str, mut there: impl FnMut() -> Result<bool>) -> Result<()> {
    let until = Instant::now() + PLUG_LIMIT;
    let (_never, clock) = channel::<()>();
    while !there()? {
        if Instant::now() > until {
            bail!("{what}: not within {} s", PLUG_LIMIT.as_secs());
        }
        let _ = clock.recv_timeout(POLL);
    }
    Ok(())
}
