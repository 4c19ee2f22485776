//! The worker over its real socket with a real frame stream: whole comparisons, stops, unplugged and silent cameras.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod bench;
mod common;
mod hanging;
mod infrared;

use std::io::Write;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bench::{Bench, LONG, frames};
use common::{models, portrait};
use vision::client::VisionClient;
use vision::engine::Sources;
use vision::protocol::{
    Challenge, Event, FaceOutcome, Guidance, Request, read_message, write_message,
};
use vision::server::{ServeError, ServerConfig, serve};

#[test]
fn hello_and_camera() {
    let bench = Bench::start(frames(&["obama.jpg"], 400));
    bench.client.send(&Request::Hello, &[]).unwrap();
    let (
        Event::Hello {
            version,
            recipe,
            source,
            simulated,
            models,
            open,
            ..
        },
        _,
    ) = bench.next()
    else {
        panic!("no hello")
    };
    assert_eq!(
        (version, recipe.as_str(), simulated),
        (vision::protocol::PROTOCOL_VERSION, vision::RECIPE, true)
    );
    assert!(source.starts_with("stream:") && open.is_empty());
    assert_eq!(
        models
            .iter()
            .map(|(file, _)| file.as_str())
            .collect::<Vec<_>>(),
        ["blazeface.onnx", "facemesh.onnx", "facerec.onnx"]
    );
    assert!(models.iter().all(|(_, digest)| digest.len() == 64));
    for picture in [false, true] {
        bench
            .client
            .send(&Request::CheckCamera { picture }, &[])
            .unwrap();
        assert!(matches!(bench.next().0, Event::Camera { ok: true, .. }));
    }
}

#[test]
fn a_whole_match() {
    let bench = Bench::start(frames(&["obama.jpg"], 400));
    let begun = Instant::now();
    bench.begin(7, &portrait("obama.jp2"), 20_000);
    let heard = bench.until_outcome(7);
    println!("{heard:?} after {:?}", begun.elapsed());
    let Some(FaceOutcome::Matched { distance, frames }) = heard.outcome else {
        panic!("{heard:?}")
    };
    assert!(
        distance < 0.40 && (3..=5).contains(&frames),
        "{distance} {frames}"
    );
    assert!(heard.previews > 0);
    assert_eq!(heard.guidance.last(), Some(&Guidance::Matching));
    bench.nothing_more();
}

/// Invariant 7: another face is never accepted.
#[test]
fn invariant_7_another_person_is_not_matched() {
    let bench = Bench::start(frames(&["biden.jpg"], 480));
    bench.begin(8, &portrait("obama.jp2"), 20_000);
    let heard = bench.until_outcome(8);
    assert!(
        matches!(heard.outcome, Some(FaceOutcome::NotMatched { distance }) if distance > 0.70),
        "{heard:?}"
    );
}

#[test]
fn nobody_and_two_persons() {
    let bench = Bench::start(frames(&[], 1));
    bench.begin(9, &portrait("obama.jp2"), 1_500);
    let heard = bench.until_outcome(9);
    assert_eq!(
        (heard.outcome, heard.guidance),
        (Some(FaceOutcome::NoFace), vec![Guidance::LookHere])
    );
    *bench.camera.frames.lock().unwrap() = frames(&["obama.jpg", "biden.jpg"], 300);
    // The try lasts as long as it was given: they may still become one.
    let begun = Instant::now();
    bench.begin(10, &portrait("obama.jp2"), 5_000);
    let heard = bench.until_outcome(10);
    assert!(begun.elapsed() >= Duration::from_millis(4_900));
    assert_eq!(
        heard.outcome,
        Some(FaceOutcome::SeveralFaces),
        "{:?}",
        heard.guidance
    );
    assert!(heard.guidance.contains(&Guidance::OnlyOnePerson));
}

/// Invariant 15: what can't be used is said, and the worker goes on.
#[test]
fn unusable_photos_and_thresholds_are_refused_and_the_worker_goes_on() {
    let bench = Bench::start(frames(&["obama.jpg"], 400));
    let photo = portrait("obama.jp2");
    for (visit, unusable) in [
        (11, &photo[..photo.len() / 2]),
        (12, b"no photo".as_slice()),
        (13, &[]),
    ] {
        bench.begin(visit, unusable, 5_000);
        let heard = bench.until_outcome(visit);
        assert!(
            matches!(heard.outcome, Some(FaceOutcome::PhotoUnusable { .. })),
            "{heard:?}"
        );
    }
    for (visit, threshold) in [(14, 0.61), (15, 0.1)] {
        let request = Request::StartFace {
            visit,
            deadline_ms: 5_000,
            threshold,
            preview: false,
            challenge: Challenge::Off,
        };
        bench.client.send(&request, &photo).unwrap();
        let heard = bench.until_outcome(visit);
        assert!(
            matches!(heard.outcome, Some(FaceOutcome::CameraGone { .. })),
            "{heard:?}"
        );
        assert_eq!(heard.problems, ["UK-FACE-004"]);
    }
    bench.begin(16, &photo, 20_000);
    assert!(matches!(
        bench.until_outcome(16).outcome,
        Some(FaceOutcome::Matched { .. })
    ));
}

#[test]
fn a_stop_is_answered_at_once_and_once() {
    let bench = Bench::start(frames(&[], 1));
    bench.begin(17, &portrait("obama.jp2"), 30_000);
    loop {
        if let (Event::Preview { .. }, _) = bench.next() {
            break;
        }
    }
    bench
        .client
        .send(&Request::Stop { visit: 99 }, &[])
        .unwrap();
    let begun = Instant::now();
    bench
        .client
        .send(&Request::Stop { visit: 17 }, &[])
        .unwrap();
    let heard = bench.until_outcome(17);
    let took = begun.elapsed();
    println!("stopped after {took:?}");
    assert_eq!(heard.outcome, Some(FaceOutcome::Stopped));
    assert!(took < Duration::from_millis(200), "{took:?}");
    bench.nothing_more();
}

#[test]
fn a_newer_comparison_replaces_the_older() {
    let bench = Bench::start(frames(&[], 1));
    bench.begin(18, &portrait("obama.jp2"), 30_000);
    *bench.camera.frames.lock().unwrap() = frames(&["obama.jpg"], 400);
    bench.begin(19, &portrait("obama.jp2"), 20_000);
    assert_eq!(bench.until_outcome(18).outcome, Some(FaceOutcome::Stopped));
    assert!(matches!(
        bench.until_outcome(19).outcome,
        Some(FaceOutcome::Matched { .. })
    ));
}

#[test]
fn an_unplugged_and_a_silent_camera_are_gone() {
    let bench = Bench::start(frames(&[], 1));
    bench.begin(20, &portrait("obama.jp2"), 30_000);
    loop {
        if let (Event::Preview { .. }, _) = bench.next() {
            break;
        }
    }
    bench.camera.cut.store(true, Ordering::SeqCst);
    let heard = bench.until_outcome(20);
    assert!(
        matches!(heard.outcome, Some(FaceOutcome::CameraGone { .. })),
        "{heard:?}"
    );
    assert_eq!(heard.problems, ["UK-FACE-003"]);
    // Back again, but silent.
    bench.camera.frames.lock().unwrap().clear();
    bench.camera.cut.store(false, Ordering::SeqCst);
    let begun = Instant::now();
    bench.begin(21, &portrait("obama.jp2"), 30_000);
    let heard = bench.until_outcome(21);
    assert!(
        matches!(heard.outcome, Some(FaceOutcome::CameraGone { .. })),
        "{heard:?}"
    );
    assert!(begun.elapsed() < Duration::from_secs(15));
}

#[test]
fn a_newer_connection_replaces_the_older_and_its_comparison() {
    let bench = Bench::start(frames(&["obama.jpg"], 400));
    bench
        .client
        .send(
            &Request::StartFace {
                visit: 22,
                deadline_ms: 30_000,
                threshold: 0.56,
                preview: false,
                challenge: Challenge::Off,
            },
            &portrait("obama2.jp2"),
        )
        .unwrap();
    let mut second = VisionClient::connect(&bench.socket, Duration::from_secs(5)).unwrap();
    let events = second.events().unwrap();
    second
        .send(
            &Request::StartFace {
                visit: 23,
                deadline_ms: 20_000,
                threshold: 0.56,
                preview: false,
                challenge: Challenge::Off,
            },
            &portrait("obama.jp2"),
        )
        .unwrap();
    // The old one hears no outcome of the new, and ends.
    while let Ok((event, _)) = bench.events.recv_timeout(LONG) {
        assert!(!matches!(event, Event::Outcome { visit: 23, .. }));
    }
    loop {
        match events.recv_timeout(LONG).unwrap().0 {
            Event::Outcome { visit, outcome } => {
                assert_eq!(visit, 23);
                assert!(
                    matches!(outcome, FaceOutcome::Matched { .. }),
                    "{outcome:?}"
                );
                break;
            }
            Event::Guidance { visit, .. } => assert_eq!(visit, 23),
            other => panic!("{other:?}"),
        }
    }
}

/// Invariant 15: rubbish on the socket ends that connection at most.
#[test]
fn rubbish_on_the_socket() {
    let bench = Bench::start(frames(&[], 1));
    let mut raw = UnixStream::connect(&bench.socket).unwrap();
    raw.set_read_timeout(Some(LONG)).unwrap();
    write_message(&mut raw, &serde_json::json!({"type": "open-the-door"}), &[]).unwrap();
    let (event, _) = read_message::<Event>(&mut raw).unwrap();
    assert!(
        matches!(event, Event::Problem { ref code, .. } if code == "UK-FACE-007"),
        "{event:?}"
    );
    write_message(&mut raw, &Request::Hello, &[]).unwrap();
    assert!(
        matches!(
            read_message::<Event>(&mut raw).unwrap().0,
            Event::Hello { .. }
        ),
        "the connection goes on"
    );
    raw.write_all(&[0xff; 64]).unwrap();
    assert!(
        read_message::<Event>(&mut raw).is_err(),
        "a length beyond the limit ends the connection"
    );
    // Half a message ends its connection after a while, without stopping others from coming.
    let mut half = UnixStream::connect(&bench.socket).unwrap();
    half.set_read_timeout(Some(LONG)).unwrap();
    half.write_all(&[0, 0, 0, 9, 0]).unwrap();
    assert!(read_message::<Event>(&mut half).is_err());
    let mut client = VisionClient::connect(&bench.socket, Duration::from_secs(5)).unwrap();
    let events = client.events().unwrap();
    client.send(&Request::Hello, &[]).unwrap();
    assert!(matches!(
        events.recv_timeout(LONG).unwrap().0,
        Event::Hello { .. }
    ));
}

/// Invariant 13: in production the worker does not even begin to serve with a stream or a folder.
#[test]
fn invariant_13_production_refuses_other_sources() {
    let folder = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(folder.path().join("vision.sock")).unwrap();
    for source in ["stream:/tmp/x", "pictures:/tmp", "v4l2:/dev/video0"] {
        let config = ServerConfig {
            sources: Sources {
                face: source.parse().unwrap(),
                document: None,
                infrared: None,
            },
            ocr: None,
            simulation: false,
            models: models(),
            attack_model: None,
            open: Vec::new(),
        };
        let result = serve(&listener, config, &AtomicBool::new(true), || {});
        assert!(
            matches!(result, Err(ServeError::Source(_))),
            "{source}: {result:?}"
        );
    }
}
