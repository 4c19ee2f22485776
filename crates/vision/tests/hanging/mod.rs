//! An engine that does not come back from its camera: noticed by the service manager, and by whoever asks.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use vision::client::VisionClient;
use vision::engine::Sources;
use vision::protocol::{Challenge, Event, Request};
use vision::server::{ServerConfig, serve};
use vision::source::SourceSpec;

use crate::bench::LONG;
use crate::common::{models, portrait};

/// A worker whose camera is a pipe that nobody writes into: whoever looks through it hangs.
fn hanging(pipe: &Path, socket: &Path) -> (UnixListener, ServerConfig) {
    let made = std::process::Command::new("mkfifo").arg(pipe).status();
    assert!(made.unwrap().success());
    let config = ServerConfig {
        sources: Sources {
            face: SourceSpec::Pictures(pipe.parent().unwrap().into()),
            document: None,
            infrared: None,
        },
        ocr: None,
        simulation: true,
        models: models(),
        attack_model: None,
        open: Vec::new(),
    };
    (UnixListener::bind(socket).unwrap(), config)
}

/// Writes into the pipe again and again, until what is waited for has come or eight seconds have gone.
fn release(pipe: &Path, come: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(8);
    while !come() && Instant::now() < until {
        let _ = std::fs::OpenOptions::new()
            .write(true)
            .custom_flags(nix::libc::O_NONBLOCK)
            .open(pipe)
            .and_then(|mut pipe| pipe.write_all(b"x"));
        pause_for(0);
    }
}

/// Ends the worker also when a test fails: its thread is waited for.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn pause_for(seconds: u64) {
    let (_keep, never) = std::sync::mpsc::channel::<()>();
    let _ = never.recv_timeout(Duration::from_secs(seconds));
}

/// Invariant 15: a driver that never comes back keeps the service manager from being told that all is well, and so ends the process; here the
/// "driver" is a pipe that nobody writes into. One that comes back after all is forgiven.
#[test]
fn invariant_15_an_engine_that_hangs_stops_the_watchdog() {
    let folder = tempfile::tempdir().unwrap();
    let (pipe, socket) = (
        folder.path().join("0.jpg"),
        folder.path().join("vision.sock"),
    );
    let (listener, config) = hanging(&pipe, &socket);
    let (stop, alive) = (AtomicBool::new(false), AtomicU32::new(0));
    let told = || alive.load(Ordering::SeqCst);
    std::thread::scope(|scope| {
        let _ends = Ends(&stop);
        let serving = scope.spawn(|| {
            serve(&listener, config, &stop, || {
                alive.fetch_add(1, Ordering::SeqCst);
            })
        });
        pause_for(2);
        let client = VisionClient::connect(&socket, Duration::from_secs(5)).unwrap();
        client
            .send(&Request::CheckCamera { picture: true }, &[])
            .unwrap();
        let before = told();
        assert!(before > 0);
        pause_for(12);
        let hanging = told();
        pause_for(2);
        assert_eq!(told(), hanging, "the watchdog is still fed");
        // Somebody writes: the engine goes on, and so does the watchdog.
        release(&pipe, || told() > hanging);
        assert!(told() > hanging);
        stop.store(true, Ordering::SeqCst);
        // The engine's thread may wait for the pipe again; it is not waited for.
        serving.join().unwrap().unwrap();
    });
}

/// Invariant 15: while somebody waits before the camera and the engine does not come back, the worker does not answer that all is well: the
/// person is to hear of another way within seconds, not when the service manager has lost its patience.
#[test]
fn invariant_15_a_comparison_that_hangs_is_told_when_the_camera_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (pipe, socket) = (
        folder.path().join("0.jpg"),
        folder.path().join("vision.sock"),
    );
    let (listener, config) = hanging(&pipe, &socket);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _ends = Ends(&stop);
        let serving = scope.spawn(|| serve(&listener, config, &stop, || {}));
        let mut client = VisionClient::connect(&socket, Duration::from_secs(5)).unwrap();
        let events = client.events().unwrap();
        let request = Request::StartFace {
            visit: 1,
            deadline_ms: 30_000,
            threshold: 0.56,
            preview: true,
            challenge: Challenge::Off,
        };
        client.send(&request, &portrait("obama.jp2")).unwrap();
        let ask = || {
            client
                .send(&Request::CheckCamera { picture: false }, &[])
                .unwrap();
            loop {
                if let (Event::Camera { ok, .. }, _) = events.recv_timeout(LONG).unwrap() {
                    return ok;
                }
            }
        };
        pause_for(1);
        assert!(ask(), "it may only be slow");
        let begun = Instant::now();
        while ask() && begun.elapsed() < Duration::from_secs(8) {
            pause_for(1);
        }
        assert!(!ask(), "{:?}", begun.elapsed());
        release(&pipe, ask);
        assert!(ask(), "it came back");
        stop.store(true, Ordering::SeqCst);
        drop(client);
        release(&pipe, || serving.is_finished());
        serving.join().unwrap().unwrap();
    });
}
