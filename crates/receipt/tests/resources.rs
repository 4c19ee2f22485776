//! Follow-ups, the audit extract, idempotency keys, cursors and bound clients.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{Events, INSURED, NOW, Server, all, config, send, with_rights};
use receipt::memory::MemoryStore;
use receipt::{ClientRule, ReceiptConfig, Right};
use serde_json::{Value, json};
use std::sync::Arc;

#[test]
fn follow_ups_are_seen_and_closed_with_the_name_of_who_did_it() {
    let store = Arc::new(MemoryStore::default());
    let alpha = all(&store, "alpha");
    store.open_follow_up(NOW, 1, "Reader 0", "r1", "unentrusted", "架空市福祉事務所");
    let list = alpha.get("/v1/follow-ups?open=true").json();
    assert_eq!(list["follow_ups"][0]["note"], "架空市福祉事務所");
    for bad in [
        "",
        "{}",
        r#"{"staff":""}"#,
        r#"{"staff":"a","more":1}"#,
        r#"{"staff":"a\u0000"}"#,
    ] {
        assert_eq!(
            alpha.post("/v1/follow-ups/1/close", bad).problem(),
            "UK-RCPT-010",
            "{bad}"
        );
    }
    let closed = alpha
        .post(
            "/v1/follow-ups/1/close",
            r#"{"staff":"鈴木","outcome":"委託済み"}"#,
        )
        .json();
    assert_eq!(
        (&closed["open"], &closed["closed_by"]),
        (&json!(false), &json!("alpha/鈴木"))
    );
    alpha.post(
        "/v1/follow-ups/1/close",
        r#"{"staff":"田中","outcome":"x"}"#,
    );
    assert_eq!(
        alpha.get("/v1/follow-ups/1").json()["outcome"],
        "委託済み",
        "the first outcome stands"
    );
    assert!(
        alpha.get("/v1/follow-ups?open=true").json()["follow_ups"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        alpha
            .post("/v1/follow-ups/7/close", r#"{"staff":"a"}"#)
            .problem(),
        "UK-RCPT-023"
    );
}

#[test]
fn an_idempotency_key_brings_back_the_answer_that_was_lost() {
    let store = Arc::new(MemoryStore::default());
    let id = store.store(NOW, 1, "Reader 0", "qualification", INSURED, true);
    let (alpha, beta) = (all(&store, "alpha"), all(&store, "beta"));
    let claim = |server: &Server, key: &str| {
        send(
            server,
            "POST",
            &format!("/v1/results/{id}/claim"),
            key,
            "application/json",
            b"{}",
        )
    };
    let first = claim(&alpha, "c1");
    // A claim is made again, not told again: meanwhile the result may be another's.
    let again = claim(&alpha, "c1");
    assert_eq!(
        (
            again.header("idempotency-replayed"),
            again.json()["mine"].clone()
        ),
        ("", first.json()["mine"].clone())
    );
    let path = format!("/v1/results/{id}/acknowledge");
    let acknowledge = || send(&alpha, "POST", &path, "a1", "application/json", b"{}");
    let first = acknowledge();
    let replayed = acknowledge();
    assert_eq!(
        (replayed.header("idempotency-replayed"), replayed.json()),
        ("true", first.json())
    );
    // A refusal is not remembered for ever.
    assert_eq!(claim(&beta, "c1").problem(), "UK-RCPT-007");
    assert_eq!(claim(&beta, "c1").header("idempotency-replayed"), "");
    let other = send(
        &alpha,
        "POST",
        &format!("/v1/results/{id}/release"),
        "c1",
        "application/json",
        b"{}",
    );
    assert_eq!(other.problem(), "UK-RCPT-021");
    let queried = format!("/v1/results/{id}/claim?wait=31");
    let queried = send(&alpha, "POST", &queried, "c1", "application/json", b"{}");
    assert_eq!(
        queried.problem(),
        "UK-RCPT-021",
        "another query is another request"
    );
    let path = format!("/v1/results/{id}/release");
    let listed = send(&alpha, "POST", &path, "c7", "application/json", b"[]");
    assert_eq!(listed.problem(), "UK-RCPT-010", "a list is no object");
    // A method that is not offered is refused for that, with a key that was used and with a new one.
    let path = format!("/v1/results/{id}/claim");
    for key in ["c1", "c9"] {
        let put = send(&alpha, "PUT", &path, key, "application/json", b"{}");
        assert_eq!(put.problem(), "UK-RCPT-005", "{key}");
    }
    for bad in ["a b", &"x".repeat(129), "ü"] {
        assert_eq!(claim(&alpha, bad).problem(), "UK-RCPT-022", "{bad}");
    }
}

#[test]
fn a_client_that_keeps_nothing_resumes_at_its_cursor() {
    let store = Arc::new(MemoryStore::default());
    for visit in 0..5 {
        store.store(NOW, visit, "Reader 0", "qualification", INSURED, true);
    }
    let (alpha, beta) = (all(&store, "alpha"), all(&store, "beta"));
    let put = |seq: &str| {
        send(
            &alpha,
            "PUT",
            "/v1/events/cursor",
            "",
            "application/json",
            format!("{{\"seq\":{seq}}}").as_bytes(),
        )
    };
    assert_eq!(put("3").json()["seq"], 3);
    assert_eq!(put("1").json()["seq"], 3, "never back");
    assert_eq!(put("99").json()["seq"], 5, "never beyond the newest");
    assert_eq!(put("\"x\"").problem(), "UK-RCPT-010");
    assert_eq!(beta.get("/v1/events/cursor").json()["seq"], 0);
    store.store(NOW, 6, "Reader 0", "qualification", INSURED, true);
    let target = "GET /v1/events?from=cursor HTTP/1.1\r\nHost: t\r\n\r\n";
    let mut stream = std::io::BufReader::new(alpha.connect());
    std::io::Write::write_all(stream.get_mut(), target.as_bytes()).unwrap();
    let mut line = String::new();
    while !line.starts_with("id:") {
        line.clear();
        assert!(
            std::io::BufRead::read_line(&mut stream, &mut line).unwrap() > 0,
            "the stream ended"
        );
    }
    assert_eq!(line.trim(), "id: 6");
}

#[test]
fn inv9_a_bound_client_gets_the_results_of_its_readers_and_no_others() {
    let store = Arc::new(MemoryStore::default());
    let near = store.store(NOW, 1, "desk-1/Reader 0", "qualification", INSURED, true);
    let far = store.store(NOW, 2, "desk-2/Reader 0", "qualification", INSURED, true);
    let rule = ClientRule {
        readers: vec!["desk-1".into()],
        ..config("alpha", &Right::ALL).clients.pop().unwrap()
    };
    let bound = Server::start(
        &store,
        ReceiptConfig {
            clients: vec![rule],
            ..config("alpha", &[])
        },
    );
    let ids: Vec<Value> = bound.get("/v1/results").json()["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["id"].clone())
        .collect();
    assert_eq!(ids, [near.as_str()]);
    for (method, target) in [
        ("GET", format!("/v1/results/{far}")),
        ("POST", format!("/v1/results/{far}/claim")),
    ] {
        let refused = bound.ask(method, &target, "", b"");
        assert_eq!(
            (refused.status, refused.problem().as_str()),
            (403, "UK-RCPT-020")
        );
    }
    assert_eq!(
        bound.post(&format!("/v1/results/{near}/claim"), "").status,
        200
    );
    let mut events = Events::open(&bound, "");
    let seen: Vec<u64> = (0..2).map(|_| events.next().0).collect();
    assert_eq!(seen, [1, 3], "the other reader's event is passed over");
}

#[test]
fn the_audit_extract_needs_its_right_and_is_itself_recorded() {
    let store = Arc::new(MemoryStore::default());
    let without = with_rights(
        &store,
        "alpha",
        &[Right::Read, Right::Claim, Right::Medical, Right::Inquire],
    );
    assert_eq!(without.get("/v1/audit").problem(), "UK-RCPT-002");
    let auditor = all(&store, "auditor");
    auditor.get("/v1/audit");
    let extract = auditor.get("/v1/audit?after=0&limit=10").json();
    assert_eq!(extract["records"][0]["actor"], "auditor");
    assert_eq!(extract["records"][0]["action"], "audit-read");
    assert_eq!(auditor.get("/v1/audit?limit=501").problem(), "UK-RCPT-010");
}
