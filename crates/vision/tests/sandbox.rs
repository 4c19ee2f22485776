//! The worker closes itself in: no new program, no network, no file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use vision::client::VisionClient;
use vision::protocol::{Event, Request};

#[test]
fn the_running_worker_is_confined() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("vision.sock");
    let mut worker = Command::new(env!("CARGO_BIN_EXE_uketsuke-vision"))
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
            if let Ok((Event::Hello { .. }, _)) = events.recv_timeout(Duration::from_secs(20)) {
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
