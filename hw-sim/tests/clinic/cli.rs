//! The command itself: it says when it is ready, is moved by its own short commands, refuses with
//! words, and leaves on SIGTERM.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Output, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::support::{portraits, prepared};

fn hw_sim() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hw-sim"));
    command
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

/// Killed when a test fails half-way.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn ask(control: &str, words: &[&str]) -> Output {
    let mut command = hw_sim();
    command.args(words).args(["--control", control, "--json"]);
    command.output().unwrap()
}

#[test]
fn it_runs_obeys_and_leaves() {
    let run = tempfile::tempdir().unwrap();
    let camera = run.path().join("camera.sock");
    // Nothing listens on port 1, which stands for a machine without pcscd.
    let mut child = Running(
        hw_sim()
            .args(["run", "--json", "--control", "0", "--vpcd-port", "1"])
            .arg("--dir")
            .arg(prepared())
            .arg("--portraits")
            .arg(portraits())
            .arg("--camera")
            .arg(&camera)
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let mut out = BufReader::new(child.0.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(ready["simulation"], true);
    assert_eq!(ready["vpcd_ports"], serde_json::json!([1, 2]));
    assert_eq!(ready["camera"], camera.to_str().unwrap());
    let control = ready["control"].as_str().unwrap().trim_end_matches('/');
    let control = control.rsplit(':').next().unwrap();

    let down = ask(control, &["central", "down"]);
    assert!(down.status.success());
    let state: Value = serde_json::from_slice(&down.stdout).unwrap();
    assert_eq!(state["central"]["up"], false);
    let face = ask(control, &["face", "obama+biden"]);
    let state: Value = serde_json::from_slice(&face.stdout).unwrap();
    assert_eq!(state["camera"]["face"], "obama+biden");

    let held = ask(control, &["hold-up", "seiho"]);
    let state: Value = serde_json::from_slice(&held.stdout).unwrap();
    assert_eq!(state["camera"]["held_up"], "seiho");
    let words = hw_sim()
        .args(["state", "--control", control])
        .output()
        .unwrap();
    let words = String::from_utf8(words.stdout).unwrap();
    assert!(words.contains("the card of seiho held up"), "{words}");
    let away = ask(control, &["hold-up", "--away"]);
    let state: Value = serde_json::from_slice(&away.stdout).unwrap();
    assert_eq!(state["camera"]["held_up"], Value::Null);

    ask(control, &["face", "obama"]);
    for (words, kind, turned) in [
        (&["turn", "left"][..], "bona-fide", -24.0),
        (
            &["turn", "right", "--degrees", "30", "--seconds", "0"],
            "bona-fide",
            30.0,
        ),
        (&["present", "print-bent"], "print-bent", 0.0),
        (&["turn", "right"], "print-bent", 24.0),
        (&["present", "swap", "--other", "biden"], "swap", 0.0),
        (&["turn", "front"], "swap", 0.0),
    ] {
        let done = ask(control, &[&["camera"], words].concat());
        let state: Value = serde_json::from_slice(&done.stdout).unwrap();
        let seen = (&state["camera"]["presented"], &state["camera"]["turned"]);
        assert_eq!(seen, (&kind.into(), &turned.into()), "{words:?}: {done:?}");
    }
    ask(control, &["camera", "turn", "left"]);
    let words = hw_sim()
        .args(["state", "--control", control])
        .output()
        .unwrap();
    let words = String::from_utf8(words.stdout).unwrap();
    let told = "camera: obama, live, presented as swap, turned left by 24 degrees";
    assert!(words.contains(told), "{words}");
    for (words, expected) in [
        (&["present", "swap"][..], "say who"),
        (
            &["present", "phone", "--other", "biden"],
            "shows nobody else",
        ),
        (&["turn", "left", "--degrees", "41"], "degrees: 0 to 40"),
        (&["turn", "left", "--seconds", "-1"], "seconds: 0.1 to 600"),
    ] {
        let refused = ask(control, &[&["camera"], words].concat());
        assert_eq!(refused.status.code(), Some(1), "{words:?}");
        let told = String::from_utf8(refused.stderr).unwrap();
        assert!(told.contains(expected) && !told.is_ascii(), "{told}");
    }

    for (words, expected) in [
        (["lay", "seiho"], "is pcscd with vpcd running?"),
        (["lay", "nobody"], "there is no person \"nobody\""),
        (["face", "nobody"], "there is no portrait \"nobody\""),
        (["hold-up", "nobody"], "there is no person \"nobody\""),
    ] {
        let refused = ask(control, &words);
        assert_eq!(refused.status.code(), Some(1), "{words:?}");
        let told = String::from_utf8(refused.stderr).unwrap();
        assert!(told.contains(expected), "{told}");
        assert!(!told.is_ascii(), "in Japanese too: {told}");
        let document: Value = serde_json::from_slice(&refused.stdout).unwrap();
        let said = document["error"].as_str().unwrap();
        assert!(said.contains(expected), "{said}");
    }

    let pid = Pid::from_raw(child.0.id().try_into().unwrap());
    kill(pid, Signal::SIGTERM).unwrap();
    assert!(child.0.wait().unwrap().success());
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert!(rest.is_empty(), "one line, no more: {rest}");
    assert!(!camera.exists());
    let gone = ask(control, &["state"]);
    assert_eq!(gone.status.code(), Some(1));
    let told = String::from_utf8(gone.stderr).unwrap();
    assert!(told.contains("is `hw-sim run` running?"), "{told}");
}

#[test]
fn a_picture_becomes_a_card_photo() {
    let run = tempfile::tempdir().unwrap();
    let output = run.path().join("photo.jp2");
    let made = hw_sim()
        .args(["photo", "--json"])
        .arg(portraits().join("obama.jpg"))
        .arg(&output)
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let told: Value = serde_json::from_slice(&made.stdout).unwrap();
    let bytes = std::fs::read(&output).unwrap();
    assert_eq!(told["bytes"], bytes.len());
    assert!(bytes.starts_with(b"\0\0\0\x0cjP  "), "JPEG 2000");
    let refused = hw_sim()
        .arg("photo")
        .arg("/nowhere.jpg")
        .arg(&output)
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
}

#[test]
fn cards_are_listed_and_spoken_to_without_a_clinic() {
    let list = hw_sim()
        .args(["card", "list", "--catalogue", "--json"])
        .output()
        .unwrap();
    assert!(list.status.success());
    let told: Value = serde_json::from_slice(&list.stdout).unwrap();
    let cards = told["cards"].as_array().unwrap();
    let find = |id: &str| cards.iter().find(|card| card["person"] == id).unwrap();
    assert_eq!(find("seiho")["pin"], "1234");
    assert_eq!(find("card-foreign")["matching_number"], "88022920291014");
    assert_eq!(find("card-first-year")["matching_number"], "01050120291015");
    assert_eq!(find("card-transit")["atr"], "felica");

    let apdu = |commands: &[&str]| {
        hw_sim()
            .args(["card", "apdu", "seiho", "--dir"])
            .arg(prepared())
            .arg("--portraits")
            .arg(portraits())
            .args(commands)
            .output()
            .unwrap()
    };
    let said = apdu(&["00A4040C0AD392F000260100000001", "00 B0 88 00 00"]);
    assert!(said.status.success());
    assert_eq!(said.stdout, b"9000\n8F8F009000\n");
    let refused = apdu(&["00A4X"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("not hexadecimal"));
    // What makes no sense is refused before a clinic is looked for.
    let wrong = ask("1", &["card", "fault", "truncate"]);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("truncate needs bytes"));
    let nobody = ask("1", &["card", "fault", "removed", "--command", "12"]);
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("is `hw-sim run` running?"));
}
