//! Optical reading on a handful of the conditions that `cargo xtask bench cards` measures: what matters is that no digit is sure and wrong.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    dead_code,
    missing_docs
)]

#[path = "../examples/cards/conditions.rs"]
mod conditions;
#[path = "../examples/cards/judge.rs"]
mod judge;

use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use conditions::Studio;
use judge::{Layouts, Row, problems};
use vision::client::VisionClient;
use vision::decode::jpeg;
use vision::engine::Sources;
use vision::models::FaceModels;
use vision::ocr::CardReader;
use vision::ocr::tesseract::Tesseract;
use vision::protocol::{Event, Request};
use vision::server::{ServerConfig, serve};
use vision::source::SourceSpec;

/// One card each, of another layout each; frames of each card.
const CONDITIONS: [(&str, &str); 7] = [
    ("700 px, 5 degrees", "yes"),
    ("700 px, 20 aside, 15 below, turned by 8", "yes"),
    ("held, 1280x720, 700 px, clutter", "yes"),
    ("held, 640x480, 450 px, clutter", "yes"),
    ("500 px, 8 degrees", "yes"),
    ("1000 px, straight", "no"),
    ("held, 1280x720, 700 px, clutter", "another one"),
];
const FRAMES: u64 = 6;

/// Invariant 3: a digit that is called sure is right, whatever the card lies on or is held before, and nothing is sure that the chip denies.
#[test]
fn invariant_3_no_digit_that_is_called_sure_is_wrong() {
    let studio = Studio::new().unwrap();
    let engine = Tesseract::load().expect("libtesseract5, tesseract-ocr-jpn");
    let all = conditions::all();
    let mut layouts = Layouts::default();
    for (at, (name, chip)) in CONDITIONS.iter().enumerate() {
        let condition = all
            .iter()
            .find(|row| row.name == *name && row.chip.words() == *chip)
            .expect(name);
        let card = at as u64 + 1;
        let invented = conditions::invented(card, condition.last_day);
        let mut reader = CardReader::new(&engine, condition.shown(), condition.known(&invented));
        for frame in 0..FRAMES {
            let image = studio
                .frame(condition, card, &invented.print, frame)
                .unwrap();
            reader.frame(&conditions::picture(image).unwrap()).unwrap();
            if reader.decided() {
                break;
            }
        }
        let digits = reader.digits();
        assert_eq!(reader.another(), *chip == "another one", "{name}, {chip}");
        assert_eq!(digits[..], invented.number[..digits.len()], "{name}");
        if condition.nothing {
            assert!(digits.is_empty(), "{name}: the chip tells another expiry");
            continue;
        }
        for layout in invented.layouts.iter().copied() {
            layouts.add(layout, digits.len(), 0);
        }
    }
    println!("{layouts}");
    // Each way of writing the year was drawn and read, 末日 apart, which is no card's that the chip tells of.
    let printed = &conditions::LAYOUTS[..7];
    assert_eq!(problems(&[], &layouts, printed), Vec::<String>::new());
}

/// A table in which something was not read, or not drawn, does not pass for one in which it was.
#[test]
fn a_table_with_a_gap_is_a_failure() {
    let row = |chip| Row {
        condition: "700 px".into(),
        chip,
        cards: 2,
        found: 2,
        whole: 2,
        ..Row::default()
    };
    let mut layouts = Layouts::default();
    layouts.add("平成", 14, 0);
    layouts.add("平成", 0, 0);
    let told = |row: Row, layouts: &Layouts| problems(&[row], layouts, &["平成"]).join("; ");
    assert_eq!(told(row("yes"), &layouts), "");
    for chip in ["yes", "no", "another one"] {
        let unread = Row {
            whole: 0,
            none: 2,
            ..row(chip)
        };
        assert!(
            told(unread, &layouts).contains("nothing was read"),
            "{chip}"
        );
    }
    let denied = Row {
        nothing: true,
        ..row("another one")
    };
    assert!(told(denied, &layouts).contains("sure of what the chip denies"));
    assert!(told(row("yes"), &Layouts::default()).contains("平成: no such card was drawn"));
    layouts.add("西暦", 10, 0);
    assert_eq!(told(row("yes"), &layouts), "西暦: never read whole");
    let wrong = Row {
        false_digits: 1,
        ..row("yes")
    };
    assert!(told(wrong, &layouts).contains("1 false digits"));
    // The cards of the table come in every layout, six to a round.
    let drawn: std::collections::BTreeSet<&str> = (0..6)
        .flat_map(|at| conditions::invented(at, at == 3).layouts)
        .collect();
    assert_eq!(drawn.len(), conditions::LAYOUTS.len());
}

/// The worker reads a card that is held up before the face camera when it is asked to, and only then looks at the person at all; what it shows is too
/// coarse to read (invariant 5).
#[test]
fn the_worker_reads_a_held_card_off_the_face_camera_only_when_asked() {
    let studio = Studio::new().unwrap();
    let all = conditions::all();
    let condition = all
        .iter()
        .find(|row| row.name == "held, 1280x720, 700 px, clutter")
        .unwrap();
    let invented = conditions::invented(1, false);
    let folder = tempfile::tempdir().unwrap();
    let pictures = folder.path().join("pictures");
    std::fs::create_dir(&pictures).unwrap();
    for frame in 0..4 {
        let image = studio.frame(condition, 1, &invented.print, frame).unwrap();
        image.save(pictures.join(format!("{frame}.jpg"))).unwrap();
    }
    let models = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/models");
    let config = ServerConfig {
        sources: Sources {
            face: SourceSpec::Pictures(pictures),
            document: None,
            infrared: None,
        },
        ocr: Some(Tesseract::load().unwrap()),
        simulation: true,
        models: Arc::new(FaceModels::load(&models).unwrap()),
        attack_model: None,
        open: Vec::new(),
    };
    let socket = folder.path().join("vision.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let stopping = Arc::clone(&stop);
    let worker = std::thread::spawn(move || serve(&listener, config, &stopping, || {}));
    let mut client = VisionClient::connect(&socket, Duration::from_secs(5)).unwrap();
    let events = client.events().unwrap();
    let known = condition.known(&invented);
    let ask = |held_up| {
        let request = Request::ReadCard {
            visit: 7,
            deadline_ms: 20_000,
            today: known.today,
            expiry: known.expiry,
            held_up,
        };
        client.send(&request, &[]).unwrap();
        let mut previews = 0;
        loop {
            match events.recv_timeout(Duration::from_secs(60)).unwrap() {
                (Event::Preview { visit: 7 }, payload) => {
                    let shown = jpeg::decode(&payload).unwrap();
                    assert!(shown.width() <= 72 && shown.height() <= 72);
                    previews += 1;
                }
                (Event::CardRead { visit: 7, .. }, digits) => return (previews, digits),
                (other, _) => panic!("{other:?}"),
            }
        }
    };
    let (previews, digits) = ask(false);
    assert_eq!(
        (previews, digits.len()),
        (0, 0),
        "nobody is looked at unasked"
    );
    let (previews, digits) = ask(true);
    assert!(previews > 0);
    let printed: Vec<u8> = invented.number.iter().map(|digit| digit + b'0').collect();
    assert_eq!(digits[..], printed[..]);
    stop.store(true, Ordering::SeqCst);
    drop(client);
    worker.join().unwrap().unwrap();
}
