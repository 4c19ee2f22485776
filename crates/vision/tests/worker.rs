//! The worker over its real socket with a real frame stream: whole comparisons, stops, unplugged and silent cameras.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod bench;
mod common;

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bench::{Bench, LONG, frames};
use common::{models, portrait};
use vision::client::VisionClient;
use vision::engine::Sources;
use vision::protocol::{
    Challenge, Event, FaceOutcome, Ground, Guidance, Request, read_message, write_message,
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

/// Invariant 7: a face that the infrared camera does not see is doubted, however near it is; so is every face before one whose lens or light is
/// covered. A camera that shows every other picture unlit takes nothing away.
#[test]
fn invariant_7_a_face_that_infrared_does_not_show_is_doubted() {
    let grey = |value: u8| {
        let picture = vision::frame::Picture::from_grey(640, 480, &vec![value; 640 * 480]).unwrap();
        vision::decode::jpeg::encode(&picture, 85).unwrap().to_vec()
    };
    let faces = || frames(&["obama.jpg"], 400);
    let blinking: Vec<Vec<u8>> = faces().into_iter().flat_map(|lit| [lit, grey(2)]).collect();
    for (what, infrared, alive) in [
        ("a screen", vec![grey(90)], false),
        ("a face", faces(), true),
        ("a face in every other picture", blinking, true),
        ("a finger on the lens", vec![grey(2)], false),
    ] {
        let bench = Bench::with_infrared(faces(), &infrared);
        bench.begin(11, &portrait("obama.jp2"), 20_000);
        let heard = bench.until_outcome(11);
        let expected = match heard.outcome {
            Some(FaceOutcome::Matched { .. }) => alive,
            Some(FaceOutcome::NotAlive {
                ground: Ground::Infrared,
            }) => !alive,
            _ => false,
        };
        assert!(expected, "{what}: {heard:?}");
    }
}

/// Invariant 7: an infrared camera that was there and can't be opened any more is not left out: head turns are asked for, though the
/// site switched them off. The technician is told.
#[test]
fn invariant_7_an_infrared_camera_that_was_pulled_out_forces_the_head_turns() {
    let faces = frames(&["obama.jpg"], 400);
    let bench = Bench::with_infrared(faces.clone(), &faces);
    let seen = bench.cameras();
    assert!(
        matches!(seen.as_slice(), [one] if one.role == "infrared" && one.there && !one.missed),
        "{seen:?}"
    );
    bench.pull_infrared();
    let seen = bench.cameras();
    assert!(
        matches!(seen.as_slice(), [one] if !one.there && one.missed),
        "{seen:?}"
    );
    bench.begin(12, &portrait("obama.jp2"), 20_000);
    let heard = bench.until_outcome(12);
    assert!(
        matches!(
            heard.outcome,
            Some(FaceOutcome::NotAlive {
                ground: Ground::NoTurn | Ground::Interrupted
            })
        ),
        "{heard:?}"
    );
    assert!(
        heard.guidance.contains(&Guidance::TurnLeft)
            || heard.guidance.contains(&Guidance::TurnRight),
        "{heard:?}"
    );
}

/// Whoever stands there only later is not doubted for the time before: the infrared camera is asked while a face is seen.
#[test]
fn an_empty_place_before_the_person_comes_is_no_ground_for_doubt() {
    let faces = frames(&["obama.jpg"], 400);
    let bench = Bench::with_infrared(frames(&[], 1), &frames(&[], 1));
    bench.begin(13, &portrait("obama.jp2"), 20_000);
    for _ in 0..12 {
        while !matches!(bench.next().0, Event::Preview { .. }) {}
    }
    bench.show_infrared(&faces);
    *bench.camera.frames.lock().unwrap() = faces;
    let heard = bench.until_outcome(13);
    assert!(
        matches!(heard.outcome, Some(FaceOutcome::Matched { .. })),
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
    bench.begin(10, &portrait("obama.jp2"), 20_000);
    let heard = bench.until_outcome(10);
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

/// Invariant 15: a driver that never comes back keeps the service manager from being told that all is well, and so ends the process; here the
/// "driver" is a pipe that nobody writes into. One that comes back after all is forgiven.
#[test]
fn invariant_15_an_engine_that_hangs_stops_the_watchdog() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = folder.path().join("pictures");
    std::fs::create_dir(&pictures).unwrap();
    let pipe = pictures.join("0.jpg");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let socket = folder.path().join("vision.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let config = ServerConfig {
        sources: Sources {
            face: vision::source::SourceSpec::Pictures(pictures),
            document: None,
            infrared: None,
        },
        ocr: None,
        simulation: true,
        models: models(),
        attack_model: None,
        open: Vec::new(),
    };
    let (stop, alive) = (AtomicBool::new(false), AtomicU32::new(0));
    let told = || alive.load(Ordering::SeqCst);
    std::thread::scope(|scope| {
        let serving = scope.spawn(|| {
            serve(&listener, config, &stop, || {
                alive.fetch_add(1, Ordering::SeqCst);
            })
        });
        let pause = |seconds| {
            let (_keep, never) = std::sync::mpsc::channel::<()>();
            let _ = never.recv_timeout(Duration::from_secs(seconds));
        };
        pause(2);
        let client = VisionClient::connect(&socket, Duration::from_secs(5)).unwrap();
        client
            .send(&Request::CheckCamera { picture: true }, &[])
            .unwrap();
        let before = told();
        assert!(before > 0);
        pause(12);
        let hanging = told();
        pause(2);
        assert_eq!(told(), hanging, "the watchdog is still fed");
        // Somebody writes: the engine goes on, and so does the watchdog.
        std::fs::write(&pipe, b"no picture").unwrap();
        let until = Instant::now() + Duration::from_secs(8);
        while told() == hanging && Instant::now() < until {
            let _ = std::fs::OpenOptions::new()
                .write(true)
                .custom_flags(nix::libc::O_NONBLOCK)
                .open(&pipe)
                .and_then(|mut pipe| pipe.write_all(b"x"));
            pause(0);
        }
        assert!(told() > hanging);
        stop.store(true, Ordering::SeqCst);
        // The engine's thread may wait for the pipe again; it is not waited for.
        serving.join().unwrap().unwrap();
    });
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
