//! The worker closes itself in: no new program, no network, no file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use vision::client::VisionClient;
use vision::protocol::{Event, Request};

/// Whether this kernel knows landlock: asked for its version (landlock_create_ruleset(2) with LANDLOCK_CREATE_RULESET_VERSION).
#[allow(unsafe_code, reason = "a system call without a wrapper")]
fn landlock() -> bool {
    // SAFETY: no memory is handed over.
    let version = unsafe {
        nix::libc::syscall(
            nix::libc::SYS_landlock_create_ruleset,
            std::ptr::null::<u8>(),
            0usize,
            1u32,
        )
    };
    version > 0
}

#[test]
fn the_running_worker_is_confined() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("vision.sock");
    // As in the unit, where this process may lift the limit: then all memory is locked, and nothing of it reaches a swap partition (invariant 5).
    let unlimited = ["--memlock=unlimited:unlimited"];
    let may = Command::new("prlimit")
        .args(unlimited)
        .arg("true")
        .status()
        .is_ok_and(|status| status.success());
    let program = env!("CARGO_BIN_EXE_uketsuke-vision");
    let mut command = if may {
        let mut command = Command::new("prlimit");
        command.args(unlimited).arg(program);
        command
    } else {
        Command::new(program)
    };
    let mut worker = command
        .arg("--socket")
        .arg(&socket)
        .arg("--models")
        .arg(common::data("models"))
        .arg("--source")
        .arg(format!("pictures:{}", common::data("portraits").display()))
        .arg("--simulation")
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let until = Instant::now() + Duration::from_secs(60);
    let (client, events) = loop {
        if let Ok(mut client) = VisionClient::connect(&socket, Duration::from_secs(5)) {
            let events = client.events().unwrap();
            client.send(&Request::Hello, &[]).unwrap();
            if let Ok((Event::Hello { open, .. }, _)) = events.recv_timeout(Duration::from_secs(20))
            {
                // What the worker itself tried and was not refused. Only a kernel without landlock may leave files open.
                let expected: &[&str] = if landlock() { &[] } else { &["files"] };
                assert_eq!(open, expected);
                break (client, events);
            }
        }
        assert!(Instant::now() < until, "the worker does not come up");
        let (_keep, never) = std::sync::mpsc::channel::<()>();
        let _ = never.recv_timeout(Duration::from_millis(50));
    };
    for task in std::fs::read_dir(format!("/proc/{}/task", worker.id())).unwrap() {
        let status = std::fs::read_to_string(task.unwrap().path().join("status")).unwrap();
        let field = |name: &str| {
            let line = status
                .lines()
                .find(|line| line.starts_with(name))
                .unwrap_or_default()
                .to_owned();
            line.split_whitespace()
                .last()
                .unwrap_or_default()
                .to_owned()
        };
        assert_eq!(
            (field("Seccomp:").as_str(), field("NoNewPrivs:").as_str()),
            ("2", "1"),
            "{status}"
        );
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", worker.id())).unwrap();
    let kilobytes = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace()
            .nth(1)
            .and_then(|number| number.parse::<u64>().ok())
            .unwrap()
    };
    let (locked, used) = (kilobytes("VmLck:"), kilobytes("VmRSS:"));
    println!("may lock: {may}; locked {locked} kB of {used} kB");
    assert!(
        !may || locked >= used / 2,
        "locked {locked} kB of {used} kB"
    );
    // It still works: the frames of the folder are reached.
    client
        .send(&Request::CheckCamera { picture: true }, &[])
        .unwrap();
    let (event, _) = events.recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(matches!(event, Event::Camera { ok: true, .. }), "{event:?}");
    worker.kill().unwrap();
    worker.wait().unwrap();
    drop(client);
}
