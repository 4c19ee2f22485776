//! The command as its users meet it: exit codes, JSON, languages, with a daemon, without one, and
//! against services that never answer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;

fn ctl(dir: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_uketsukectl"))
        .args(arguments)
        .arg("--config")
        .arg(dir.join("uketsuke.toml"))
        .env("PCSCLITE_CSOCK_NAME", dir.join("pcscd.comm"))
        .output()
        .unwrap()
}

fn settings(dir: &Path) {
    let text = r#"
[terminal]
institution_code = "1310000001"
mode = "simulation"
[card]
issuers = "DIR/issuers.toml"
auth_roots = ["DIR/ca.der"]
[vision]
socket = "DIR/vision.sock"
[central]
host = "localhost"
port = 1
ca = "DIR/ca.pem"
client_certificate = "DIR/c.pem"
client_key = "DIR/k.pem"
user_id = "u"
password_file = "DIR/p"
[ledger]
path = "DIR/ledger.db"
head = "DIR/head"
key_file = "DIR/key"
[receipt]
socket = "DIR/receipt.sock"
[admin]
socket = "DIR/admin.sock"
"#;
    std::fs::write(
        dir.join("uketsuke.toml"),
        text.replace("DIR", dir.to_str().unwrap()),
    )
    .unwrap();
    for file in [
        "issuers.toml",
        "ca.der",
        "ca.pem",
        "c.pem",
        "k.pem",
        "p",
        "key",
    ] {
        std::fs::write(dir.join(file), "x").unwrap();
    }
}

/// Answers every connection on `path` with `head`, `body` and a close.
fn answer(path: &Path, content_type: &str, body: &str) {
    let listener = UnixListener::bind(path).unwrap();
    let text = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\nconnection: close\r\n\r\n{body}"
    );
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(text.as_bytes());
        }
    });
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stdout)))
}

#[test]
fn without_a_settings_file_the_configuration_layer_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let output = ctl(dir.path(), &["doctor", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let report = json(&output);
    assert_eq!(
        (&report["schema"], &report["layer"]),
        (&"uketsuke-doctor/1".into(), &"configuration".into())
    );
    assert_eq!(report["checks"][0]["code"], "UK-CONF-001");
    assert_eq!(
        report["checks"][1]["code"], "UK-DIAG-111",
        "the reader is looked at all the same: {report}"
    );
}

#[test]
fn a_pcscd_that_hangs_is_named_and_does_not_hold_the_doctor_up() {
    let dir = tempfile::tempdir().unwrap();
    settings(dir.path());
    let _silent = UnixListener::bind(dir.path().join("pcscd.comm")).unwrap();
    let start = Instant::now();
    let output = ctl(dir.path(), &["doctor", "--json"]);
    assert!(
        start.elapsed() < Duration::from_secs(15),
        "{:?}",
        start.elapsed()
    );
    let report = json(&output);
    assert_eq!(
        (&report["status"], &report["layer"]),
        (&"failed".into(), &"pcscd".into())
    );
    let code = |layer: &str| {
        report["checks"]
            .as_array()
            .unwrap()
            .iter()
            .find(|check| check["layer"] == layer)
            .unwrap()["code"]
            .clone()
    };
    assert_eq!(
        (code("pcscd"), code("certificate"), code("tls")),
        (
            "UK-DIAG-115".into(),
            "UK-DIAG-156".into(),
            "UK-DIAG-178".into()
        )
    );
}

#[test]
fn people_read_japanese_first_and_english_on_wish() {
    let dir = tempfile::tempdir().unwrap();
    settings(dir.path());
    let ja = String::from_utf8(ctl(dir.path(), &["doctor"]).stdout).unwrap();
    assert!(
        ja.contains("[異常] カードサービス(pcscd): カードサービス(pcscd)が動いていません。"),
        "{ja}"
    );
    let en = String::from_utf8(ctl(dir.path(), &["doctor", "--lang", "en"]).stdout).unwrap();
    assert!(
        en.is_ascii() && en.contains("[FAILED] card service (pcscd)"),
        "{en}"
    );
    assert!(
        en.trim_end().ends_with("`apt install pcscd libccid`."),
        "the headline's advice stands last: {en}"
    );
}

#[test]
fn wrong_usage_and_a_missing_daemon_have_their_own_exit_codes() {
    let dir = tempfile::tempdir().unwrap();
    settings(dir.path());
    assert_eq!(ctl(dir.path(), &["nonsense"]).status.code(), Some(2));
    for command in ["status", "watch"] {
        let output = ctl(dir.path(), &[command, "--json"]);
        assert_eq!(output.status.code(), Some(1), "{command}");
        assert!(
            json(&output)["error"]
                .as_str()
                .unwrap()
                .contains("admin.sock"),
            "{command}"
        );
        let code = json(&output)["code"].as_str().unwrap().to_owned();
        assert!(code.starts_with("UK-"), "{command}: {code}");
    }
    let output = ctl(dir.path(), &["status", "--lang", "en"]);
    assert!(
        output.stdout.is_empty()
            && String::from_utf8_lossy(&output.stderr).contains("uketsukectl doctor")
    );
}

#[test]
fn status_passes_the_document_on_and_its_exit_code_follows() {
    for (document, expected) in [
        (
            r#"{"version":"1","ok":true,"simulated":true,"unknown":[1]}"#,
            0,
        ),
        (
            r#"{"ok":true,"alerts":[{"code":"UK-CENT-002","ja":"x","en":"x"}]}"#,
            3,
        ),
        (r#"{"ok":false}"#, 1),
        ("not json", 1),
    ] {
        let dir = tempfile::tempdir().unwrap();
        settings(dir.path());
        answer(&dir.path().join("admin.sock"), "application/json", document);
        let output = ctl(dir.path(), &["status", "--json"]);
        assert_eq!(output.status.code(), Some(expected), "{document}");
        if let Ok(sent) = serde_json::from_str::<Value>(document) {
            assert_eq!(json(&output), sent, "the document comes through whole");
        }
    }
}

#[test]
fn watch_prints_one_document_per_line_and_ends_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    settings(dir.path());
    let stream = ": hello\n\ndata: {\"event\":\"device\",\"state\":\"up\"}\n\nevent: missed\ndata: 3\n\ndata: {\"event\":\"late\"}\n\n";
    answer(&dir.path().join("admin.sock"), "text/event-stream", stream);
    let output = ctl(dir.path(), &["watch", "--json", "--events", "2"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "{\"event\":\"device\",\"state\":\"up\"}\n{\"event\":\"missed\",\"data\":3}\n"
    );
    let output = ctl(dir.path(), &["watch", "--lang", "en"]);
    assert_eq!(output.status.code(), Some(0), "the daemon's end ends it");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("the terminal has ended"), "{told}");
    let short = ctl(dir.path(), &["watch", "--events", "9"]);
    assert_eq!(short.status.code(), Some(1), "fewer than were asked for");
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines = text.lines();
    assert!(lines.next().unwrap().starts_with("watching /"), "{text}");
    assert!(
        lines.next().unwrap().ends_with("device  state=up"),
        "{text}"
    );
    assert!(!text.contains("hello"), "heartbeats are silent: {text}");
}

#[test]
fn a_daemon_that_runs_is_asked_for_what_it_holds() {
    let dir = tempfile::tempdir().unwrap();
    settings(dir.path());
    let document = r#"{"simulated":true,"ok":true,"vision":{"connected":true,"recipe":"r","simulated":true,"camera":{"ok":true,"width":640,"height":480}},"ledger":{"ok":false,"problem":"chain broken"}}"#;
    answer(&dir.path().join("admin.sock"), "application/json", document);
    let report = json(&ctl(dir.path(), &["doctor", "--json"]));
    assert_eq!(report["daemon_running"], true);
    let of = |name: &str| {
        report["checks"]
            .as_array()
            .unwrap()
            .iter()
            .find(|check| check["name"] == name)
            .unwrap()
            .clone()
    };
    assert_eq!(
        (&of("worker")["status"], &of("camera")["status"]),
        (&"ok".into(), &"ok".into())
    );
    assert_eq!(
        (&of("audit-chain")["code"], &of("audit-chain")["detail"]),
        (&"UK-DIAG-204".into(), &"chain broken".into())
    );
}
