//! Who looked at what and who was refused stands in the audit chain (invariant 12): the first at once, the others of a minute as one record,
//! also when no more come and when the terminal ends.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{INSURED, NOW, Server, config};
use receipt::memory::MemoryStore;
use receipt::{ReceiptConfig, ReceiptStore, Right};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn every(seconds: f64) -> ReceiptConfig {
    let mut config = config("alpha", &Right::ALL);
    config.tell_every = Duration::from_secs_f64(seconds);
    config
}

fn told(store: &MemoryStore, about: &str) -> Vec<(String, String, Value)> {
    let all = store.accesses().into_iter();
    all.filter(|(_, _, detail)| detail["request"] == about)
        .map(|(who, what, detail)| (who, what.to_owned(), detail["times"].clone()))
        .collect()
}

fn once(action: &str, times: u64) -> (String, String, Value) {
    ("alpha".into(), action.into(), json!(times))
}

#[test]
fn inv12_every_list_that_a_client_looks_at_is_recorded() {
    let store = Arc::new(MemoryStore::default());
    let id = store.store(NOW, 9, "Reader 0", "medicines", "{}", true);
    let follow_up = store.open_follow_up(NOW, 9, "Reader 0", &id, "unentrusted", "");
    let job = store.begin_shared_bulk(NOW, "tickets", 1);
    store.answer_bulk(NOW, job, INSURED);
    let new = receipt::NewInquiry {
        client: "alpha".into(),
        key: "k".into(),
        request_json: "{}".into(),
    };
    let inquiry = store.queue_inquiry(new, NOW).unwrap();
    let server = Server::start(&store, every(3600.0));
    let rows = [
        ("/v1/results".to_owned(), "/v1/results"),
        (
            "/v1/medical-information?visit=0000000000000009".to_owned(),
            "/v1/medical-information",
        ),
        ("/v1/inquiries".to_owned(), "/v1/inquiries"),
        (format!("/v1/inquiries/{inquiry}"), "/v1/inquiries/{id}"),
        ("/v1/bulk".to_owned(), "/v1/bulk"),
        (format!("/v1/bulk/{job}"), "/v1/bulk/{id}"),
        (format!("/v1/bulk/{job}/changes"), "/v1/bulk/{id}/changes"),
        ("/v1/follow-ups".to_owned(), "/v1/follow-ups"),
        (format!("/v1/follow-ups/{follow_up}"), "/v1/follow-ups/{id}"),
    ];
    for (target, about) in &rows {
        let answer = server.get(target);
        assert_eq!(answer.status, 200, "{target}: {answer:?}");
        assert_eq!(told(&store, about), [once("looked-at", 1)], "{target}");
    }
    drop(common::Events::open(&server, ""));
    assert_eq!(told(&store, "/v1/events"), [once("looked-at", 1)]);
    // What is about nobody is not.
    assert_eq!(server.get("/v1/status").status, 200);
    assert_eq!(store.accesses().len(), rows.len() + 1);
    // What is refused shows nothing.
    assert_eq!(server.get("/v1/bulk/99").status, 404);
    assert_eq!(told(&store, "/v1/bulk/{id}"), [once("looked-at", 1)]);
}

#[test]
fn inv12_what_was_counted_is_recorded_though_no_more_comes_and_at_the_end() {
    let store = Arc::new(MemoryStore::default());
    let mut few = every(0.4);
    few.clients[0].rights = vec![Right::Read];
    let mut server = Server::start(&store, few);
    for _ in 0..5 {
        server.get("/v1/results");
        assert_eq!(server.get("/v1/audit").problem(), "UK-RCPT-002");
    }
    let until = Instant::now() + Duration::from_secs(10);
    for (about, action) in [
        ("/v1/results", "looked-at"),
        ("GET /v1/audit", "request-refused"),
    ] {
        let times = || -> u64 {
            let told = told(&store, about);
            assert!(told.iter().all(|(_, what, _)| what == action), "{told:?}");
            told.iter().filter_map(|(_, _, times)| times.as_u64()).sum()
        };
        while times() < 5 {
            assert!(Instant::now() < until, "{:?}", store.accesses());
            std::thread::park_timeout(Duration::from_millis(20));
        }
        assert_eq!(times(), 5);
    }
    server.stop();
    // A minute that is cut off by the end of the terminal.
    let store = Arc::new(MemoryStore::default());
    let mut server = Server::start(&store, every(3600.0));
    for _ in 0..3 {
        server.get("/v1/results");
    }
    server.stop();
    let expected = [once("looked-at", 1), once("looked-at", 2)];
    assert_eq!(told(&store, "/v1/results"), expected);
}

#[test]
fn inv12_a_list_is_recorded_later_when_the_disk_is_full_and_medical_information_is_not_shown_without()
 {
    let store = Arc::new(MemoryStore::default());
    store.store(NOW, 9, "Reader 0", "medicines", "{}", true);
    let server = Server::start(&store, every(0.2));
    store.set_full(true);
    assert_eq!(server.get("/v1/results").status, 200);
    for _ in 0..2 {
        let refused = server.get("/v1/medical-information");
        assert_eq!(refused.problem(), "UK-RCPT-016");
    }
    store.set_full(false);
    assert_eq!(server.get("/v1/medical-information").status, 200);
    assert_eq!(told(&store, "/v1/medical-information").len(), 1);
    // Each look has its own record, made before it is shown: none is only counted.
    assert_eq!(server.get("/v1/medical-information").status, 200);
    let looks = told(&store, "/v1/medical-information");
    assert_eq!(looks, [once("looked-at", 1), once("looked-at", 1)]);
    let until = Instant::now() + Duration::from_secs(10);
    while told(&store, "/v1/results").is_empty() {
        assert!(Instant::now() < until, "{:?}", store.accesses());
        std::thread::park_timeout(Duration::from_millis(20));
    }
    assert_eq!(told(&store, "/v1/results"), [once("looked-at", 1)]);
}

#[test]
fn inv12_15_a_user_whom_no_rule_names_stands_in_the_audit_chain_and_does_not_fill_it() {
    let store = Arc::new(MemoryStore::default());
    let mut config = every(3600.0);
    let uid = nix::unistd::getuid().as_raw();
    config.clients[0].uid = Some(uid + 1);
    let mut server = Server::start(&store, config);
    for _ in 0..6 {
        assert_eq!(server.get("/v1/results").problem(), "UK-RCPT-001");
    }
    server.stop();
    let told: Vec<_> = store.accesses().into_iter().collect();
    let detail = |times: u64| json!({"code": "UK-RCPT-001", "request": "connect", "times": times});
    let who = format!("user {uid}");
    assert_eq!(
        told,
        [
            (who.clone(), "request-refused", detail(1)),
            (who, "request-refused", detail(5))
        ]
    );
}

/// How often `about` was done, by all records of it.
fn times(store: &MemoryStore, about: &str) -> u64 {
    let told = told(store, about);
    told.iter().filter_map(|(_, _, times)| times.as_u64()).sum()
}

/// So long; a park alone may end early.
fn wait(millis: u64) {
    let until = Instant::now() + Duration::from_millis(millis);
    while Instant::now() < until {
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

#[test]
fn inv12_a_stop_in_the_midst_of_writing_loses_no_count() {
    let store = Arc::new(MemoryStore::default());
    let mut server = Server::start(&store, every(0.2));
    let lists = ["/v1/results", "/v1/bulk", "/v1/inquiries", "/v1/follow-ups"];
    for list in lists {
        for _ in 0..3 {
            server.get(list);
        }
    }
    // The minute ends, its first record is being written, and the terminal stops.
    store.set_slow(Duration::from_millis(300));
    wait(350);
    server.stop();
    for list in lists {
        assert_eq!(times(&store, list), 3, "{list} {:?}", store.accesses());
    }
}

#[test]
fn inv12_a_client_that_goes_away_before_its_look_is_recorded_is_recorded_all_the_same() {
    use std::io::Write as _;
    let store = Arc::new(MemoryStore::default());
    let mut server = Server::start(&store, every(3600.0));
    // The disk is slow and full, and the client is gone before it says so.
    store.set_slow(Duration::from_millis(400));
    store.set_full(true);
    let mut client = server.connect();
    client
        .write_all(b"GET /v1/results HTTP/1.1\r\nHost: terminal\r\n\r\n")
        .unwrap();
    wait(150);
    drop(client);
    wait(500);
    store.set_full(false);
    server.stop();
    assert_eq!(times(&store, "/v1/results"), 1, "{:?}", store.accesses());
}

#[test]
fn inv12_what_cannot_be_written_when_the_stop_begins_is_written_at_its_end() {
    use std::io::Write as _;
    let store = Arc::new(MemoryStore::default());
    let id = store.store(NOW, 9, "Reader 0", "qualification", INSURED, true);
    let mut server = Server::start(&store, every(3600.0));
    for _ in 0..3 {
        server.get("/v1/results");
    }
    // A client that is still sending keeps the stop waiting, and the disk is full for a part of that.
    let mut client = server.connect();
    let request = format!(
        "POST /v1/results/{id}/claim HTTP/1.1\r\nHost: terminal\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{{"
    );
    client.write_all(request.as_bytes()).unwrap();
    wait(100);
    store.set_full(true);
    let disk = Arc::clone(&store);
    let freed = std::thread::spawn(move || {
        wait(1000);
        disk.set_full(false);
    });
    server.stop();
    freed.join().unwrap();
    assert_eq!(times(&store, "/v1/results"), 3, "{:?}", store.accesses());
}

#[test]
fn inv15_the_end_waits_for_a_ledger_that_hangs_only_so_long() {
    let store = Arc::new(MemoryStore::default());
    let place = tempfile::tempdir().unwrap();
    let socket = place.path().join("receipt.sock");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = {
        let _in = runtime.enter();
        let listener = tokio::net::UnixListener::bind(&socket).unwrap();
        let store: Arc<MemoryStore> = Arc::clone(&store);
        let counter = Arc::<receipt::counter::ScriptedCounter>::default();
        runtime.spawn(receipt::serve(
            listener,
            store,
            counter,
            every(0.2),
            async {
                drop(stopped.await);
            },
        ))
    };
    let look = |list: &str| {
        use std::io::{Read as _, Write as _};
        let mut stream = common::connect(&socket);
        let head = format!("GET {list} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    };
    for list in ["/v1/results", "/v1/results", "/v1/bulk", "/v1/bulk"] {
        look(list);
    }
    // What was counted is being recorded, one after the other, when the terminal stops: the ledger hangs.
    store.set_slow(Duration::from_secs(25));
    wait(400);
    let begun = Instant::now();
    stop.send(()).unwrap();
    let ended = runtime
        .block_on(async { tokio::time::timeout(Duration::from_millis(11_500), serving).await });
    assert!(ended.is_ok(), "still serving after {:?}", begun.elapsed());
    runtime.shutdown_background();
}
