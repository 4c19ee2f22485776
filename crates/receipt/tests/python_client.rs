//! The Python sample client (clients/python/receive.py) against the real server. Needs `python3` in the path.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{INSURED, NOW, Server, UNENTRUSTED};
use receipt::memory::MemoryStore;
use receipt::{ReceiptStore, ResultState};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn client(socket: &Path, out: &Path) -> Command {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../clients/python/receive.py"
    );
    let mut command = Command::new("python3");
    command
        .arg("-B")
        .arg(script)
        .arg("--socket")
        .arg(socket)
        .arg("--out")
        .arg(out);
    command
}

fn once(socket: &Path, out: &Path) -> (Output, Value) {
    let output = client(socket, out)
        .args(["--once", "--json", "--timeout", "20"])
        .output()
        .unwrap();
    let document = serde_json::from_slice(&output.stdout).unwrap();
    (output, document)
}

fn files(out: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Whether a result is acknowledged before the time is over.
fn taken_within(store: &MemoryStore, id: &str, limit: Duration) -> bool {
    let start = Instant::now();
    let mut news = store.event_watch();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    while store.result(id).unwrap().unwrap().state != ResultState::Acknowledged {
        if start.elapsed() > limit {
            return false;
        }
        let wait = async { tokio::time::timeout(Duration::from_millis(200), news.changed()).await };
        let _ = runtime.block_on(wait);
    }
    true
}

#[test]
fn inv9_the_client_takes_each_result_once_and_leaves_what_others_own() {
    let store = Arc::new(MemoryStore::default());
    let first = store.store(NOW, 1, "Reader 0", "qualification", INSURED, true);
    let second = store.store(NOW, 2, "Reader 1", "qualification", UNENTRUSTED, true);
    let others = store.store(NOW, 3, "Reader 1", "qualification", INSURED, true);
    store.claim(&others, "beta", NOW, 1).unwrap();
    let server = Server::of(&store, "alpha");
    let out = tempfile::tempdir().unwrap();

    let (output, document) = once(&server.socket, out.path());
    assert!(output.status.success(), "{output:?}");
    let taken: Vec<_> = document["taken"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["id"].as_str().unwrap())
        .collect();
    assert_eq!(taken, [first.as_str(), second.as_str()]);
    assert_eq!(document["left"][0]["owner"], "beta");
    assert_eq!(
        files(out.path()),
        [
            ".last-event-id".to_owned(),
            format!("SIMULATION_{first}.json"),
            format!("SIMULATION_{second}.json")
        ]
    );
    let written: Value = serde_json::from_slice(
        &std::fs::read(out.path().join(format!("SIMULATION_{first}.json"))).unwrap(),
    )
    .unwrap();
    assert_eq!(written["Uketsuke"]["reader"], "Reader 0");
    assert!(written["Uketsuke"].get("copy").is_none());
    for id in [&first, &second] {
        let record = store.result(id).unwrap().unwrap();
        assert_eq!(
            (record.state, record.owner.as_deref()),
            (ResultState::Acknowledged, Some("alpha"))
        );
    }

    // Again: nothing new. Then one more, and a lost memory, which must not double anything.
    assert_eq!(
        once(&server.socket, out.path()).1["taken"],
        serde_json::json!([])
    );
    let third = store.store(NOW, 4, "Reader 0", "qualification", INSURED, true);
    assert_eq!(once(&server.socket, out.path()).1["taken"][0]["id"], third);
    std::fs::remove_file(out.path().join(".last-event-id")).unwrap();
    assert_eq!(
        once(&server.socket, out.path()).1["taken"],
        serde_json::json!([])
    );
}

#[test]
fn the_client_follows_live_and_survives_a_restart_of_the_terminal() {
    let store = Arc::new(MemoryStore::default());
    let mut server = Server::of(&store, "alpha");
    let out = tempfile::tempdir().unwrap();
    let link = out.path().join("socket");
    std::os::unix::fs::symlink(&server.socket, &link).unwrap();
    let mut following = client(&link, out.path())
        .args(["--form", "sjis"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let acknowledged = |id: &str| taken_within(&store, id, Duration::from_secs(20));
    let first = store.store(NOW, 1, "Reader 0", "qualification", INSURED, true);
    let live = acknowledged(&first);
    server.stop();
    let second = store.store(NOW, 2, "Reader 0", "qualification", INSURED, true);
    let server = Server::of(&store, "alpha");
    std::fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(&server.socket, &link).unwrap();
    let resumed = acknowledged(&second);
    following.kill().unwrap();
    following.wait().unwrap();
    assert!(live && resumed, "live {live}, resumed {resumed}");
    let bytes = std::fs::read(out.path().join(format!("SIMULATION_{second}.xml"))).unwrap();
    assert!(bytes.starts_with(b"<?xml version=\"1.0\" encoding=\"Shift_JIS\""));
}

#[test]
fn the_client_says_what_is_wrong() {
    let out = tempfile::tempdir().unwrap();
    let missing = out.path().join("none.sock");
    let output = client(&missing, out.path()).arg("--once").output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("there is no socket at") && said.contains("none.sock"),
        "{said}"
    );

    let mut stranger = common::config("alpha", &common::ALL_RIGHTS);
    stranger.clients[0].uid = Some(nix::unistd::getuid().as_raw() + 1);
    let server = Server::start(&Arc::new(MemoryStore::default()), stranger);
    let (output, document) = once(&server.socket, out.path());
    assert_eq!(output.status.code(), Some(1));
    assert!(
        document["error"].as_str().unwrap().contains("UK-RCPT-001"),
        "{document}"
    );

    let output = client(&missing, &out.path().join("nowhere"))
        .arg("--once")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_client_begins_anew_when_the_terminal_has_a_new_ledger() {
    let store = Arc::new(MemoryStore::default());
    let id = store.store(NOW, 1, "Reader 0", "qualification", INSURED, true);
    let server = Server::of(&store, "alpha");
    let out = tempfile::tempdir().unwrap();
    // As left behind by a terminal whose ledger was lost: far beyond every event of the new one.
    std::fs::write(out.path().join(".last-event-id"), "500").unwrap();
    let (output, document) = once(&server.socket, out.path());
    assert!(output.status.success(), "{output:?}");
    assert_eq!(document["taken"][0]["id"], id.as_str(), "{document}");
    let cursor = std::fs::read_to_string(out.path().join(".last-event-id")).unwrap();
    assert!(cursor.parse::<u64>().unwrap() < 10, "{cursor}");
}

#[test]
fn the_following_client_outlives_a_full_disk_of_the_terminal() {
    let store = Arc::new(MemoryStore::default());
    store.set_full(true);
    let id = store.store(NOW, 1, "Reader 0", "qualification", INSURED, true);
    let server = Server::of(&store, "alpha");
    let out = tempfile::tempdir().unwrap();
    let mut following = client(&server.socket, out.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = String::new();
    std::io::BufRead::read_line(
        &mut std::io::BufReader::new(following.stdout.as_mut().unwrap()),
        &mut said,
    )
    .unwrap();
    store.set_full(false);
    let taken = taken_within(&store, &id, Duration::from_secs(20));
    following.kill().unwrap();
    following.wait().unwrap();
    assert!(
        said.contains("UK-RCPT-016") && said.contains("trying again"),
        "{said}"
    );
    assert!(taken, "the client gave up");
}

#[test]
fn a_result_that_cannot_be_given_does_not_hold_up_the_next() {
    let store = Arc::new(MemoryStore::default());
    let broken = store.store(NOW, 1, "Reader 0", "qualification", "not JSON", true);
    let good = store.store(NOW, 2, "Reader 0", "qualification", INSURED, true);
    let server = Server::of(&store, "alpha");
    let out = tempfile::tempdir().unwrap();
    let (output, document) = once(&server.socket, out.path());
    // Somebody has to look at it: not success, though all the others were taken.
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(document["taken"][0]["id"], good.as_str(), "{document}");
    assert_eq!(document["left"][0]["id"], broken.as_str(), "{document}");
    let left = store.result(&broken).unwrap().unwrap();
    assert_eq!(left.state, ResultState::Claimed, "it is kept for a person");
}
