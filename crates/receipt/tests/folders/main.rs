//! The folders against an existing receipt computer and against its hostile twin, and through crashes between any two steps.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "../common/mod.rs"]
mod common;
mod counter;
mod crowd;
mod place;
mod planted;
mod reused;
mod several;
mod trouble;
mod withdrawn;

use common::NOW;
use place::{Place, answer_everything, script, serving};
use receipt::folders::{FOLDERS, FolderStore};
use receipt::{ReceiptStore, ResultState};
use serde_json::Value;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

#[test]
fn an_existing_receipt_computer_works_unchanged() {
    let place = Place::new();
    for visit in 0..3 {
        place.visit(visit);
    }
    let output = serving(&place, || {
        Command::new("python3")
            .arg(script("conformance.py"))
            .args([place.at("req"), place.at("res"), place.at("face")])
            .args(["--faces", "3"])
            .output()
            .unwrap()
    });
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let encodings = |what: &str| -> Vec<String> {
        report[what]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["encoding"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        (encodings("single"), encodings("bulk")),
        (
            vec!["UTF-8".into(), "Shift_JIS".into()],
            vec!["UTF-8".into(), "Shift_JIS".into()]
        )
    );
    assert_eq!(report["single"][0]["name"], "𠮷田　髙一");
    assert_eq!(
        report["single"][1]["name"], "〓田　髙一",
        "what Shift_JIS lacks is marked, never a black dot"
    );
    assert_eq!(report["bulk"][0]["persons"], 3);
    let files: Vec<&str> = report["faces"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["file"].as_str().unwrap())
        .collect();
    assert!(
        files.iter().all(|file| file.contains("SIMULATION")),
        "{files:?}"
    );
    // What was moved away was taken, and only that.
    let mut gateway = place.gateway();
    gateway.pass().unwrap();
    for result in place
        .store
        .results(receipt::ResultFilter {
            after_seq: 0,
            unacknowledged_only: false,
            state: None,
            limit: 99,
        })
        .unwrap()
    {
        assert_eq!(
            (result.state, result.owner.as_deref()),
            (ResultState::Acknowledged, Some(FOLDERS)),
            "{}",
            result.id
        );
    }
}

#[test]
fn inv15_the_hostile_twin_gets_an_error_for_each_and_nothing_leaves_the_folders() {
    let place = Place::new();
    for folder in ["req", "res", "outside"] {
        std::fs::create_dir_all(place.at(folder)).unwrap();
    }
    std::fs::write(place.at("outside/secret.xml"), "PLANTED").unwrap();
    let face =
        |number| format!("OQSsiquc01res_face_1310000001SIMULATION{number:010}_20261122000000.xml");
    let output = serving(&place, || {
        let twin = Command::new("python3")
            .arg(script("hostile.py"))
            .args([place.at("req"), place.at("res"), place.at("outside")])
            .arg("0.6")
            .arg(place.at("face"))
            .args([face(1), face(2)])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The names of face files are known beforehand: what stands in their way stands there before the visits.
        let until = Instant::now() + Duration::from_secs(30);
        while !place.at("face").join(".planted").exists() {
            assert!(Instant::now() < until, "nothing was planted");
            std::thread::park_timeout(Duration::from_millis(20));
        }
        place.visit(1);
        place.visit(2);
        twin.wait_with_output().unwrap()
    });
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let code = |stem: &str| {
        report["codes"][format!("OQSsiquc01res_{stem}.xml")]
            .as_str()
            .unwrap_or("none")
            .to_owned()
    };
    for (stem, expected) in [
        ("half", "UK-RCPT-707"),
        ("empty", "UK-RCPT-707"),
        ("dtd", "UK-RCPT-704"),
        ("bomb", "UK-RCPT-704"),
        ("big", "UK-RCPT-703"),
        ("bytes", "UK-RCPT-704"),
        ("euc", "UK-RCPT-704"),
        ("deep", "UK-RCPT-704"),
        ("medical", "UK-RCPT-706"),
        ("link", "UK-RCPT-702"),
        ("folderlink", "UK-RCPT-702"),
        ("loop", "UK-RCPT-702"),
        ("hard", "UK-RCPT-702"),
        ("pipe", "UK-RCPT-702"),
        ("dir", "UK-RCPT-702"),
    ] {
        assert_eq!(code(stem), expected, "{stem}");
    }
    assert_eq!(report["codes"]["OQSmuquc02res_nobody.xml"], "UK-RCPT-708");
    assert!(report["asked"].as_u64().unwrap() >= 22);
    let beside: Vec<String> = std::fs::read_dir(place.dir.path())
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(beside.len(), 4, "{beside:?}");
}

#[test]
fn inv9_a_request_is_asked_once_whatever_is_left_of_it_after_a_crash() {
    let place = Place::new();
    let mut gateway = place.gateway();
    place.request("OQSsiquc01req_1.xml");
    let copy = std::fs::read(place.at("req/OQSsiquc01req_1.xml")).unwrap();
    gateway.pass().unwrap();
    assert!(place.files("req").is_empty());
    // The power went before the removal was durable: the file is there again when the terminal starts.
    std::fs::write(place.at("req/OQSsiquc01req_1.xml"), &copy).unwrap();
    let mut gateway = place.gateway();
    gateway.pass().unwrap();
    assert!(place.files("req").is_empty());
    answer_everything(&place.store);
    gateway.pass().unwrap();
    gateway.pass().unwrap();
    assert_eq!(place.files("res"), ["OQSsiquc01res_1.xml"]);
    assert_eq!(
        place.store.inquiries(FOLDERS, 0, 10).unwrap().len(),
        1,
        "asked once"
    );
    // A later file of the same name is another thing: refused, and the true answer's name is not used for that.
    place.request("OQSsiquc01req_1.xml");
    gateway.pass().unwrap();
    let files = place.files("res");
    assert_eq!(files.len(), 2, "{files:?}");
    let error = files.iter().find(|name| name.contains("error")).unwrap();
    assert!(
        std::fs::read_to_string(place.at("res").join(error))
            .unwrap()
            .contains("UK-RCPT-705")
    );
    assert_eq!(place.store.inquiries(FOLDERS, 0, 10).unwrap().len(), 1);
}

#[test]
fn inv9_a_result_is_given_once_through_a_crash_at_any_step() {
    // After each step of a delivery the terminal is started anew with what the disk would hold.
    let place = Place::new();
    let id = place.visit(1);
    let mut gateway = place.gateway();
    gateway.pass().unwrap();
    let [name] = place.files("face").try_into().unwrap();
    let content = std::fs::read(place.at("face").join(&name)).unwrap();
    let hidden = place.hidden("face", &name, "tmp");
    use receipt::folders::DeliveryStep::{Planned, Ready};
    for (step, hidden_there, named_there) in [
        (Planned, false, false),
        (Planned, true, false),
        (Ready, true, false),
        (Ready, false, true),
    ] {
        let _ = std::fs::remove_file(place.at("face").join(&name));
        if hidden_there {
            std::fs::write(
                &hidden,
                &content[..content.len() / if step == Planned { 2 } else { 1 }],
            )
            .unwrap();
        }
        if named_there {
            std::fs::write(place.at("face").join(&name), &content).unwrap();
        }
        place.store.note_delivery(&id, &name, step, NOW).unwrap();
        place.gateway().pass().unwrap();
        assert_eq!(
            place.files("face"),
            [name.as_str()],
            "{step:?} {hidden_there} {named_there}"
        );
        assert_eq!(
            std::fs::read(place.at("face").join(&name)).unwrap(),
            content,
            "whole"
        );
    }
    // Renamed, taken, and then the power went: it is not given again.
    std::fs::remove_file(place.at("face").join(&name)).unwrap();
    place.store.note_delivery(&id, &name, Ready, NOW).unwrap();
    let mut gateway = place.gateway();
    gateway.pass().unwrap();
    gateway.pass().unwrap();
    assert!(place.files("face").is_empty());
    assert_eq!(
        place.store.result(&id).unwrap().unwrap().state,
        ResultState::Acknowledged
    );
}

#[test]
fn inv9_what_another_client_owns_is_not_written_and_what_nobody_takes_is_given_back() {
    let place = Place::new();
    let (theirs, ours) = (place.visit(1), place.visit(2));
    place.store.claim(&theirs, "rececon", NOW, 1000).unwrap();
    place
        .store
        .store(NOW, 3, "desk-1/Reader 0", "medicines", "{}", true);
    let mut gateway = place.gateway();
    gateway.pass().unwrap();
    assert_eq!(place.files("face").len(), 1);
    assert_eq!(
        place.store.result(&ours).unwrap().unwrap().owner.as_deref(),
        Some(FOLDERS)
    );
    place.now.fetch_add(61_000, Ordering::SeqCst);
    gateway.pass().unwrap();
    gateway.pass().unwrap();
    assert!(
        place.files("face").is_empty(),
        "no personal data stays behind"
    );
    let record = place.store.result(&ours).unwrap().unwrap();
    assert_eq!((record.state, record.owner), (ResultState::Waiting, None));
    assert_eq!(
        place.store.follow_ups(0, true, 10).unwrap()[0].reason,
        "uncollected"
    );
    gateway.pass().unwrap();
    assert!(
        place.files("face").is_empty(),
        "and not written again by itself"
    );
    // A release by its owner is an offer to everybody.
    place.store.release(&theirs, "rececon", NOW).unwrap();
    gateway.pass().unwrap();
    assert_eq!(place.files("face").len(), 1);
}

#[test]
fn files_still_being_written_are_left_alone_until_they_are_whole() {
    let place = Place::new();
    let mut gateway = place.gateway();
    place.request("OQSsiquc01req_2.xml");
    let path = place.at("req/OQSsiquc01req_2.xml");
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 3]).unwrap();
    std::fs::write(place.at("req/OQSsiquc01req_3.xml.tmp"), b"x").unwrap();
    gateway.pass().unwrap();
    gateway.pass().unwrap();
    assert_eq!(place.files("req").len(), 2, "neither touched");
    assert!(place.files("res").is_empty());
    std::fs::write(&path, &whole).unwrap();
    gateway.pass().unwrap();
    assert_eq!(place.files("req"), ["OQSsiquc01req_3.xml.tmp"]);
    assert_eq!(place.store.inquiries(FOLDERS, 0, 10).unwrap().len(), 1);
}
