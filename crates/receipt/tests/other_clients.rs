//! The sample clients in shell and Java (clients/) against the real server. Need `curl`, `jq` and a JDK 17.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{INSURED, NOW, Server, UNENTRUSTED};
use receipt::memory::MemoryStore;
use receipt::{ReceiptStore, ResultState};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

fn shell(socket: &Path, out: &Path) -> Command {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../clients/shell/receive.sh"
    );
    let mut command = Command::new("sh");
    command.arg(script).arg(socket).arg(out);
    command
}

fn java(socket: &Path, out: &Path) -> Command {
    let source = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../clients/java/Receive.java"
    );
    let mut command = Command::new("java");
    command
        .args(["-XX:TieredStopAtLevel=1", source])
        .arg(socket)
        .arg(out);
    command
}

fn java_once(socket: &Path, out: &Path) -> Command {
    let mut command = java(socket, out);
    command.arg("--once");
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn files(out: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// What every client must do: take each result once, leave what others own, get past what can't be read, say what is wrong.
fn takes_each_once(client: fn(&Path, &Path) -> Command) {
    let store = Arc::new(MemoryStore::default());
    let first = store.store(NOW, 1, "Reader 0", "qualification", INSURED, true);
    let second = store.store(NOW, 2, "Reader 1", "qualification", UNENTRUSTED, true);
    let others = store.store(NOW, 3, "Reader 1", "qualification", INSURED, true);
    store.claim(&others, "beta", NOW, 1).unwrap();
    let begun = store.store(NOW, 4, "Reader 1", "qualification", INSURED, true);
    store.claim(&begun, "alpha", NOW, 1).unwrap();
    let server = Server::of(&store, "alpha");
    let out = tempfile::tempdir().unwrap();

    let output = client(&server.socket, out.path()).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let mut expected: Vec<String> = [&first, &second, &begun]
        .iter()
        .map(|id| format!("SIMULATION_{id}.json"))
        .collect();
    expected.sort();
    assert_eq!(files(out.path()), expected, "{}", said(&output));
    let written = std::fs::read(out.path().join(&expected[0])).unwrap();
    let written: serde_json::Value = serde_json::from_slice(&written).unwrap();
    assert!(
        written["Uketsuke"].get("copy").is_none(),
        "the owner's original"
    );
    for id in [&first, &second, &begun] {
        let record = store.result(id).unwrap().unwrap();
        assert_eq!(
            (record.state, record.owner.as_deref()),
            (ResultState::Acknowledged, Some("alpha"))
        );
    }
    let left = store.result(&others).unwrap().unwrap();
    assert_eq!(
        (left.state, left.owner.as_deref()),
        (ResultState::Claimed, Some("beta"))
    );

    // Again: nothing new. Then one that can't be read, and a good one behind it.
    let again = client(&server.socket, out.path()).output().unwrap();
    assert!(
        again.status.success() && !said(&again).contains("taken"),
        "{}",
        said(&again)
    );
    let broken = store.store(NOW, 5, "Reader 0", "qualification", "not JSON", true);
    let good = store.store(NOW, 6, "Reader 0", "qualification", INSURED, true);
    let output = client(&server.socket, out.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("UK-RCPT-019"), "{}", said(&output));
    assert_eq!(
        store.result(&broken).unwrap().unwrap().state,
        ResultState::Claimed
    );
    assert_eq!(
        store.result(&good).unwrap().unwrap().state,
        ResultState::Acknowledged
    );

    let nobody = client(&out.path().join("none.sock"), out.path())
        .output()
        .unwrap();
    assert_eq!(nobody.status.code(), Some(3), "{}", said(&nobody));
    let nowhere = client(&server.socket, &out.path().join("nowhere"))
        .output()
        .unwrap();
    assert_eq!(nowhere.status.code(), Some(2), "{}", said(&nowhere));
}

#[test]
fn inv9_the_shell_client_takes_each_result_once_and_leaves_what_others_own() {
    takes_each_once(shell);
}

#[test]
fn inv9_the_java_client_takes_each_result_once_and_leaves_what_others_own() {
    takes_each_once(java_once);
}

#[test]
fn the_java_client_follows_the_events() {
    let store = Arc::new(MemoryStore::default());
    let first = store.store(NOW, 1, "Reader 0", "qualification", INSURED, true);
    let server = Server::of(&store, "alpha");
    let out = tempfile::tempdir().unwrap();
    let mut following = java(&server.socket, out.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(following.stdout.take().unwrap());
    let mut next = || {
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        line.trim().to_owned()
    };
    assert_eq!(next(), format!("taken {first}"));
    // The event of the first comes as well: it is ours already, and is taken again without harm; or not seen at all.
    let second = store.store(NOW, 2, "Reader 0", "qualification", INSURED, true);
    let mut line = next();
    while line == format!("taken {first}") {
        line = next();
    }
    following.kill().unwrap();
    following.wait().unwrap();
    assert_eq!(line, format!("taken {second}"));
    assert_eq!(
        store.result(&second).unwrap().unwrap().state,
        ResultState::Acknowledged
    );
}

#[test]
fn inv9_the_java_client_keeps_its_place_over_a_disk_that_is_full_for_a_time() {
    let store = Arc::new(MemoryStore::default());
    store.set_full(true);
    let id = store.store(NOW, 1, "Reader 0", "qualification", INSURED, true);
    let server = Server::of(&store, "alpha");
    let out = tempfile::tempdir().unwrap();
    let mut following = java(&server.socket, out.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It says so, on whichever way.
    let (told, heard) = mpsc::channel();
    let pipes: [Box<dyn BufRead + Send>; 2] = [
        Box::new(BufReader::new(following.stdout.take().unwrap())),
        Box::new(BufReader::new(following.stderr.take().unwrap())),
    ];
    for pipe in pipes {
        let told = told.clone();
        std::thread::spawn(move || {
            for line in pipe.lines().map_while(Result::ok) {
                if told.send(line).is_err() {
                    return;
                }
            }
        });
    }
    let said = heard.recv_timeout(Duration::from_secs(60)).unwrap();
    assert!(said.contains("UK-RCPT-016"), "{said}");
    // Long enough for the event of the same result to come by.
    std::thread::park_timeout(Duration::from_millis(500));
    store.set_full(false);
    let until = Instant::now() + Duration::from_secs(15);
    let taken = || store.result(&id).unwrap().unwrap().state == ResultState::Acknowledged;
    while !taken() && Instant::now() < until {
        std::thread::park_timeout(Duration::from_millis(50));
    }
    following.kill().unwrap();
    following.wait().unwrap();
    assert!(taken(), "the client went past it");
}

#[test]
fn the_java_client_connects_again_when_the_stream_falls_silent() {
    let out = tempfile::tempdir().unwrap();
    let socket = out.path().join("silent.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let (told, heard) = mpsc::channel();
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut first = String::new();
            reader.read_line(&mut first).unwrap();
            let answer = if first.contains("/v1/events") {
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n:\n\r\n".to_owned()
            } else {
                let body = r#"{"results":[],"next":null}"#;
                format!(
                    "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                )
            };
            stream.write_all(answer.as_bytes()).unwrap();
            // A terminal that is stuck closes nothing.
            open.push(stream);
            if told.send(first).is_err() {
                return;
            }
        }
    });
    let mut command = java(&socket, out.path());
    command.env("JDK_JAVA_OPTIONS", "-Duketsuke.silence=1");
    let mut following = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let until = Instant::now() + Duration::from_secs(60);
    let mut streams = 0;
    while streams < 2 && Instant::now() < until {
        if let Ok(first) = heard.recv_timeout(Duration::from_millis(500)) {
            streams += u32::from(first.contains("/v1/events"));
        }
    }
    following.kill().unwrap();
    following.wait().unwrap();
    assert_eq!(streams, 2, "it waits for ever");
}
