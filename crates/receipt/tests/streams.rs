//! The event stream and the limits of connections: resumed without loss, and nobody harms anybody (invariants 9, 15).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{ALL_RIGHTS, Events, INSURED, NOW, Server, config};
use receipt::ReceiptConfig;
use receipt::memory::MemoryStore;
use std::io::{Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn put(store: &MemoryStore, visit: u64) -> String {
    store.store(NOW, visit, "Reader 0", "qualification", INSURED, true)
}

fn short() -> ReceiptConfig {
    ReceiptConfig {
        request_timeout: Duration::from_millis(300),
        idle_timeout: Duration::from_millis(600),
        heartbeat: Duration::from_millis(100),
        ..config("alpha", &ALL_RIGHTS)
    }
}

#[test]
fn inv9_events_are_replayed_followed_and_resumed() {
    let store = Arc::new(MemoryStore::default());
    let ids: Vec<String> = (0..250).map(|visit| put(&store, visit)).collect();
    let mut server = Server::of(&store, "alpha");
    let mut events = Events::open(&server, "");
    for (n, id) in ids.iter().enumerate() {
        let (seq, kind, data) = events.next();
        assert_eq!((seq, kind.as_str()), (n as u64 + 1, "result-stored"));
        assert_eq!(
            (data["result"].as_str(), data["simulated"].as_bool()),
            (Some(id.as_str()), Some(true))
        );
        assert_eq!(data["href"], format!("/v1/results/{id}"));
    }
    // Followed live, in order, from another connection's acts.
    server.post(&format!("/v1/results/{}/claim", ids[0]), "");
    assert_eq!(events.next().1, "result-claimed");
    let late = put(&store, 999);
    let (seq, _, data) = events.next();
    assert_eq!((seq, data["result"].as_str()), (252, Some(late.as_str())));

    // The server goes away in an orderly way and comes back; the client resumes where it was.
    server.stop();
    while events.line().is_some() {}
    server.post_is_gone();
    put(&store, 1000);
    let server = Server::of(&store, "alpha");
    assert_eq!(
        Events::open(&server, "Last-Event-ID: 250\r\n").next().0,
        251
    );
    let mut resumed = Events::open(&server, "Last-Event-ID: 252\r\n");
    assert_eq!(resumed.next().0, 253);
}

impl Server {
    fn post_is_gone(&self) {
        assert!(
            std::os::unix::net::UnixStream::connect(&self.socket).is_err(),
            "still listening"
        );
    }
}

#[test]
fn a_last_event_id_from_elsewhere_is_refused() {
    let store = Arc::new(MemoryStore::default());
    put(&store, 1);
    let server = Server::of(&store, "alpha");
    let ask = |id: &str| {
        server.ask(
            "GET",
            "/v1/events",
            &format!("Accept: text/event-stream\r\nLast-Event-ID: {id}\r\n"),
            b"",
        )
    };
    for id in ["2", "x", "-1", "", "99999999999999999999999"] {
        let answer = ask(id);
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (400, "UK-RCPT-011"),
            "{id:?}"
        );
    }
    assert_eq!(
        server
            .accept("/v1/events?since=1", "text/event-stream")
            .problem(),
        "UK-RCPT-010"
    );
}

#[test]
fn a_quiet_stream_is_kept_alive_by_heartbeats_and_ends_in_time() {
    let store = Arc::new(MemoryStore::default());
    let server = Server::start(
        &store,
        ReceiptConfig {
            total_timeout: Duration::from_millis(1500),
            ..short()
        },
    );
    let start = Instant::now();
    let mut events = Events::open(&server, "");
    let mut heartbeats = 0;
    while let Some(line) = events.line() {
        heartbeats += u32::from(line.starts_with(": heartbeat") || line.starts_with(":heartbeat"));
    }
    assert!(heartbeats >= 5, "{heartbeats}");
    assert!(
        start.elapsed() >= Duration::from_millis(1400),
        "longer than the idle time: {:?}",
        start.elapsed()
    );
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn inv15_silent_and_slow_clients_are_closed_and_others_served_meanwhile() {
    let store = Arc::new(MemoryStore::default());
    put(&store, 1);
    let server = Server::start(&store, short());
    let mut silent = server.connect();
    let mut half_header = server.connect();
    half_header
        .write_all(b"GET /v1/status HTTP/1.1\r\nHost: ter")
        .unwrap();
    let mut half_body = server.connect();
    let claim = "POST /v1/results/sim-0000000000000001-qualification/claim HTTP/1.1\r\nHost: t\r\n\
                 Content-Type: application/json\r\nContent-Length: 20\r\n\r\n{";
    half_body.write_all(claim.as_bytes()).unwrap();
    assert_eq!(server.get("/v1/status").status, 200);

    let start = Instant::now();
    let mut answer = String::new();
    half_body.read_to_string(&mut answer).unwrap();
    assert!(
        answer.contains("408") && answer.contains("UK-RCPT-014"),
        "{answer}"
    );
    for stream in [&mut silent, &mut half_header] {
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        assert!(
            rest.is_empty() || rest.starts_with(b"HTTP/1.1 408"),
            "{}",
            String::from_utf8_lossy(&rest)
        );
    }
    // A client that uses keep-alive and then falls silent is closed as well.
    let mut idle = server.connect();
    idle.write_all(b"GET /v1/status HTTP/1.1\r\nHost: t\r\n\r\n")
        .unwrap();
    let mut rest = String::new();
    idle.read_to_string(&mut rest).unwrap();
    assert!(rest.starts_with("HTTP/1.1 200"), "{rest}");
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(store.latest(), 1, "the half request changed nothing");
}

trait Latest {
    fn latest(&self) -> u64;
}

impl Latest for MemoryStore {
    fn latest(&self) -> u64 {
        receipt::ReceiptStore::latest_event_seq(self).unwrap()
    }
}

#[test]
fn inv15_a_stream_that_nobody_reads_is_closed() {
    let store = Arc::new(MemoryStore::default());
    for visit in 0..5000 {
        put(&store, visit);
    }
    let server = Server::start(
        &store,
        ReceiptConfig {
            connections_per_user: 1,
            ..short()
        },
    );
    let mut deaf = server.connect();
    deaf.write_all(b"GET /v1/events HTTP/1.1\r\nHost: t\r\n\r\n")
        .unwrap();
    let start = Instant::now();
    // Its only seat is free again once the server has given it up.
    while !is_served(&server) {
        assert!(start.elapsed() < Duration::from_secs(15), "never closed");
    }
    assert!(
        start.elapsed() >= Duration::from_millis(300),
        "{:?}",
        start.elapsed()
    );
}

/// Whether a request gets a 200; no answer at all is a no.
fn is_served(server: &Server) -> bool {
    let mut stream = server.connect();
    let mut begin = [0; 12];
    stream
        .write_all(b"GET /v1/status HTTP/1.1\r\nHost: t\r\n\r\n")
        .is_ok()
        && stream.read_exact(&mut begin).is_ok()
        && &begin == b"HTTP/1.1 200"
}

#[test]
fn inv15_one_user_cannot_open_connections_without_end() {
    let store = Arc::new(MemoryStore::default());
    let server = Server::start(
        &store,
        ReceiptConfig {
            connections_per_user: 3,
            ..config("alpha", &ALL_RIGHTS)
        },
    );
    let held: Vec<Events> = (0..3).map(|_| Events::open(&server, "")).collect();
    let refused = server.get("/v1/status");
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (429, "UK-RCPT-015")
    );
    assert_eq!(refused.header("retry-after"), "1");
    // Far beyond the limit connections are closed without a word.
    let mut flood: Vec<_> = (0..40).map(|_| server.connect()).collect();
    let last = flood.last_mut().unwrap();
    let mut nothing = Vec::new();
    let _ = last.read_to_end(&mut nothing);
    assert!(nothing.is_empty());
    drop((flood, held));
    let start = Instant::now();
    while !is_served(&server) {
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "seats are not given back"
        );
    }
}

#[test]
fn keep_alive_serves_many_requests_on_one_connection() {
    let store = Arc::new(MemoryStore::default());
    put(&store, 1);
    let server = Server::of(&store, "alpha");
    let mut stream = std::io::BufReader::new(server.connect());
    for _ in 0..50 {
        stream
            .get_mut()
            .write_all(b"GET /v1/status HTTP/1.1\r\nHost: t\r\n\r\n")
            .unwrap();
        assert_eq!(common::Answer::read(&mut stream).status, 200);
    }
}
