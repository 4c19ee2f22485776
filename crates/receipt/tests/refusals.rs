//! Refusals over the real socket: each mistake has its problem, and the next client is served (invariant 15).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{ALL_RIGHTS, INSURED, NOW, Server, config};
use receipt::Right;
use receipt::memory::MemoryStore;
use std::sync::Arc;

fn store() -> Arc<MemoryStore> {
    Arc::new(MemoryStore::default())
}

/// A store with one insured person's result, and its address.
fn with_one() -> (Arc<MemoryStore>, String) {
    let store = store();
    let id = store.store(NOW, 0xAB, "Reader 0", "qualification", INSURED, true);
    (store, format!("/v1/results/{id}"))
}

#[test]
fn inv15_every_mistake_gets_its_problem() {
    let (store, url) = with_one();
    let server = Server::of(&store, "alpha");
    let claim = format!("{url}/claim");
    let big = format!("{{\"x\":\"{}\"}}", "y".repeat(70_000));
    let chunked = |body: &str| {
        let chunk = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        let headers = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
        server.ask("POST", &claim, headers, chunk.as_bytes())
    };
    let text = "Content-Type: text/plain\r\nContent-Length: 2\r\n";
    let rows = [
        (
            "unknown route",
            server.get("/v2/status"),
            404,
            "UK-RCPT-003",
        ),
        ("root", server.get("/"), 404, "UK-RCPT-003"),
        (
            "climbing",
            server.get("/v1/results/../../etc/passwd"),
            404,
            "UK-RCPT-003",
        ),
        (
            "no such result",
            server.get("/v1/results/sim-0"),
            404,
            "UK-RCPT-004",
        ),
        (
            "climbing id",
            server.get("/v1/results/..%2F..%2Fetc"),
            404,
            "UK-RCPT-004",
        ),
        (
            "id that is no text",
            server.get("/v1/results/%FF"),
            404,
            "UK-RCPT-004",
        ),
        (
            "long id",
            server.get(&format!("/v1/results/{}", "a".repeat(4000))),
            404,
            "UK-RCPT-004",
        ),
        (
            "wrong method",
            server.ask("DELETE", &url, "", b""),
            405,
            "UK-RCPT-005",
        ),
        ("wrong method", server.get(&claim), 405, "UK-RCPT-005"),
        (
            "list as XML",
            server.accept("/v1/results", "application/xml"),
            406,
            "UK-RCPT-006",
        ),
        (
            "status as text",
            server.accept("/v1/status", "text/plain"),
            406,
            "UK-RCPT-006",
        ),
        (
            "events as JSON",
            server.accept("/v1/events", "application/json"),
            406,
            "UK-RCPT-006",
        ),
        (
            "unknown parameter",
            server.get("/v1/results?colour=red"),
            400,
            "UK-RCPT-010",
        ),
        (
            "unknown state",
            server.get("/v1/results?state=x"),
            400,
            "UK-RCPT-010",
        ),
        (
            "negative",
            server.get("/v1/results?after=-1"),
            400,
            "UK-RCPT-010",
        ),
        (
            "no page",
            server.get("/v1/results?limit=0"),
            400,
            "UK-RCPT-010",
        ),
        (
            "long page",
            server.get("/v1/results?limit=501"),
            400,
            "UK-RCPT-010",
        ),
        (
            "not JSON",
            server.post(&claim, "{lease"),
            400,
            "UK-RCPT-010",
        ),
        (
            "deep JSON",
            server.post(&claim, &"[".repeat(60_000)),
            400,
            "UK-RCPT-010",
        ),
        (
            "unknown field",
            server.post(&claim, r#"{"lease":1}"#),
            400,
            "UK-RCPT-010",
        ),
        (
            "no lease",
            server.post(&claim, r#"{"lease_seconds":0}"#),
            400,
            "UK-RCPT-010",
        ),
        (
            "long lease",
            server.post(&claim, r#"{"lease_seconds":86401}"#),
            400,
            "UK-RCPT-010",
        ),
        (
            "field where none is",
            server.post(&format!("{url}/release"), r#"{"a":1}"#),
            400,
            "UK-RCPT-010",
        ),
        ("oversized", server.post(&claim, &big), 413, "UK-RCPT-012"),
        ("oversized in chunks", chunked(&big), 413, "UK-RCPT-012"),
        (
            "not JSON by type",
            server.ask("POST", &claim, text, b"{}"),
            415,
            "UK-RCPT-013",
        ),
    ];
    for (name, answer, status, code) in &rows {
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (*status, *code),
            "{name}: {answer:?}"
        );
        assert_eq!(answer.header("uketsuke-simulated"), "true", "{name}");
        if *code == "UK-RCPT-012" {
            let limit = "本文は65536バイトまでです / at most 65536 bytes of body";
            assert_eq!(answer.json()["detail"], limit, "{name}");
        }
        // What exactly is wrong is said in Japanese first.
        if *code == "UK-RCPT-010" {
            let problem = answer.json();
            let detail = problem["detail"].as_str().unwrap();
            let (ja, en) = detail.split_once(" / ").unwrap();
            assert!(!ja.is_ascii() && en.is_ascii(), "{name}: {detail}");
        }
    }
    assert_eq!(rows[7].1.header("allow"), "GET,HEAD");
    assert_eq!(rows[8].1.header("allow"), "POST");
    let unclaimed = server.get("/v1/results?state=waiting").json();
    assert_eq!(
        unclaimed["results"].as_array().unwrap().len(),
        1,
        "none of it claimed anything"
    );
    assert_eq!(chunked("{}").status, 200, "a good body in chunks is taken");
}

#[test]
fn inv15_what_is_not_http_is_refused_and_the_next_client_is_served() {
    use std::io::{Read, Write};
    let server = Server::of(&store(), "alpha");
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"[..],
        b"GET\r\n\r\n",
        &[0xFF; 40_000],
    ] {
        let mut stream = server.connect();
        let _ = stream.write_all(garbage);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(
            answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
    }
    assert_eq!(server.get("/v1/status").status, 200);
}

#[test]
fn users_and_rights_are_checked_before_anything_else() {
    let store = store();
    let url = format!(
        "/v1/results/{}",
        store.store(NOW, 1, "Reader 0", "qualification", INSURED, true)
    );
    let medicines = store.store(
        NOW,
        1,
        "Reader 0",
        "medicines",
        r#"{"XmlMsg":{"MessageBody":{"ResultCode":"1"}}}"#,
        true,
    );
    let medicines = format!("/v1/results/{medicines}");

    let mut stranger = config("alpha", &ALL_RIGHTS);
    stranger.clients[0].uid = Some(nix::unistd::getuid().as_raw() + 1);
    let server = Server::start(&store, stranger);
    for target in [
        "/v1/status",
        "/v1/openapi.json",
        "/v1/events",
        &url,
        "/nowhere",
    ] {
        let answer = server.get(target);
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (403, "UK-RCPT-001"),
            "{target}"
        );
    }

    let reader = Server::start(&store, config("reader", &[Right::Read]));
    assert_eq!(reader.get(&url).status, 200);
    assert_eq!(
        reader.post(&format!("{url}/claim"), "").problem(),
        "UK-RCPT-002"
    );
    assert_eq!(reader.get(&medicines).problem(), "UK-RCPT-002");
    let claimer = Server::start(&store, config("claimer", &[Right::Claim]));
    assert_eq!(claimer.get("/v1/results").problem(), "UK-RCPT-002");
    assert_eq!(claimer.get(&url).problem(), "UK-RCPT-002");
    assert_eq!(
        claimer.accept("/v1/events", "text/event-stream").problem(),
        "UK-RCPT-002"
    );
    assert_eq!(
        claimer.post(&format!("{medicines}/claim"), "").problem(),
        "UK-RCPT-002"
    );
    assert_eq!(claimer.post(&format!("{url}/claim"), "").status, 200);
    assert_eq!(Server::of(&store, "medical").get(&medicines).status, 200);
}

#[test]
fn a_full_disk_shows_nothing_unrecorded_and_loses_nothing() {
    let (store, url) = with_one();
    let server = Server::of(&store, "alpha");
    store.set_full(true);
    assert_eq!(server.get(&url).problem(), "UK-RCPT-016");
    assert_eq!(
        server.post(&format!("{url}/claim"), "").problem(),
        "UK-RCPT-016"
    );
    store.set_full(false);
    assert_eq!(server.post(&format!("{url}/claim"), "").status, 200);
}

#[test]
fn a_stored_body_that_cannot_be_read_is_a_problem_not_a_crash() {
    let store = store();
    let server = Server::of(&store, "alpha");
    for (visit, body) in ["", "[]", "{\"XmlMsg\":1}", "not JSON"].iter().enumerate() {
        let id = store.store(NOW, visit as u64, "Reader 0", "qualification", body, true);
        let answer = server.get(&format!("/v1/results/{id}"));
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (500, "UK-RCPT-019"),
            "{body}"
        );
    }
}

#[test]
fn inv6_a_kind_that_nobody_has_judged_does_not_leave_in_any_form() {
    let store = store();
    let server = Server::of(&store, "alpha");
    let body = r#"{"XmlMsg":{"InsurerNumber":"12000001"}}"#;
    let id = store.store(NOW, 99, "Reader 0", "other", body, true);
    for accept in [
        "application/json",
        "application/xml",
        "application/xml;charset=Shift_JIS",
    ] {
        let answer = server.accept(&format!("/v1/results/{id}"), accept);
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (500, "UK-RCPT-019"),
            "{accept}"
        );
        assert!(!String::from_utf8_lossy(&answer.body).contains("12000001"));
    }
    assert!(store.readings().is_empty(), "nobody has seen it");
}

/// Who was refused what stands in the audit chain, and a program that asks over and over does not fill it.
#[test]
fn what_is_refused_is_recorded_once_and_not_over_and_over() {
    let (store, url) = with_one();
    let server = Server::start(&store, config("alpha", &[Right::Claim]));
    for _ in 0..5 {
        assert_eq!(server.get(&url).problem(), "UK-RCPT-002");
    }
    assert_eq!(server.get("/v1/nothing").problem(), "UK-RCPT-003");
    let told = store.accesses();
    let refused: Vec<_> = told
        .iter()
        .filter(|(_, _, detail)| detail["code"] == "UK-RCPT-002")
        .collect();
    assert_eq!(refused.len(), 1, "{told:?}");
    let (client, action, detail) = refused[0];
    assert_eq!((client.as_str(), *action), ("alpha", "request-refused"));
    assert_eq!(detail["request"], format!("GET {url}"));
}
