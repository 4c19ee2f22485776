//! The counter over the real socket: rights, keys, bodies, and what becomes of the counter's refusals.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{Answer, INSURED, NOW, Server, config};
use receipt::counter::{Refusal, ScriptedCounter, Why, Wish};
use receipt::memory::MemoryStore;
use receipt::{ReceiptStore, Right};
use serde_json::json;
use std::sync::Arc;

struct Desk {
    store: Arc<MemoryStore>,
    counter: Arc<ScriptedCounter>,
    server: Server,
}

fn desk(rights: &[Right]) -> Desk {
    let (store, counter) = (Arc::default(), Arc::default());
    let server = Server::with_counter(&store, &counter, config("alpha", rights));
    Desk {
        store,
        counter,
        server,
    }
}

impl Desk {
    fn send(&self, method: &str, target: &str, key: &str, body: &str) -> Answer {
        let key = if key.is_empty() {
            String::new()
        } else {
            format!("Idempotency-Key: {key}\r\n")
        };
        let headers = format!(
            "{key}Content-Type: application/json\r\nContent-Length: {}\r\n",
            body.len()
        );
        self.server.ask(method, target, &headers, body.as_bytes())
    }
}

const NUMBERS: &str = r#"{"insurer_number":"06123456","number":"3456789","birth_date":"19900115"}"#;
const PERSON: &str =
    r#"{"name":"生保　一郎","birth_date":"19900115","sex":"1","address":"清瀬市"}"#;

/// Every change of the counter with a good body, and the right that it needs.
fn changes() -> Vec<(&'static str, &'static str, String, Right)> {
    let registration =
        r#"{"reference_number":"P-1","insurer_number":"06123456","number":"3456789"}"#;
    vec![
        (
            "PATCH",
            "/v1/settings",
            r#"{"medical_assistance":false}"#.into(),
            Right::Settings,
        ),
        (
            "POST",
            "/v1/access-url",
            r#"{"care":"online"}"#.into(),
            Right::Settings,
        ),
        (
            "POST",
            "/v1/reference-numbers",
            registration.into(),
            Right::Inquire,
        ),
        (
            "POST",
            "/v1/bulk/reference-numbers",
            format!(r#"{{"registrations":[{registration}]}}"#),
            Right::Inquire,
        ),
        (
            "POST",
            "/v1/bulk/tickets",
            r#"{"month":"202611"}"#.into(),
            Right::Inquire,
        ),
        (
            "POST",
            "/v1/bulk/consented",
            r#"{"care":"visiting","from":"20261101","to":"20261122"}"#.into(),
            Right::Inquire,
        ),
        (
            "POST",
            "/v1/reinquiries",
            format!(r#"{{"care":"visiting","numbers":{NUMBERS}}}"#),
            Right::Inquire,
        ),
        (
            "POST",
            "/v1/consent-withdrawals",
            format!(r#"{{"care":"online","by":"patient","numbers":{NUMBERS}}}"#),
            Right::Inquire,
        ),
        (
            "POST",
            "/v1/disaster/inquiries",
            format!(r#"{{"person":{PERSON},"operator":"a","reason":"地震","oral_consent":true}}"#),
            Right::Inquire,
        ),
        (
            "POST",
            "/v1/outage/notes",
            format!(r#"{{"person":{PERSON},"operator":"a"}}"#),
            Right::Inquire,
        ),
        (
            "POST",
            "/v1/outage/note-removals",
            r#"{"id":"00000000000000ab","operator":"a","reason":"b"}"#.into(),
            Right::Inquire,
        ),
        ("POST", "/v1/visual-passcode", "{}".into(), Right::Settings),
        ("POST", "/v1/operation-test", "{}".into(), Right::Settings),
        (
            "POST",
            "/v1/outage/inquiries",
            r#"{"operator":"a"}"#.into(),
            Right::Inquire,
        ),
        (
            "POST",
            "/v1/usage-reports",
            r#"{"mode":"outage","operator":"a"}"#.into(),
            Right::Inquire,
        ),
        (
            "POST",
            "/v1/emergency-viewings",
            format!(
                r#"{{"person":{PERSON},"operator":"a","reason":"b","factor":"3","method":"01"}}"#
            ),
            Right::Inquire,
        ),
    ]
}

#[test]
fn nothing_is_asked_without_the_right_the_key_and_a_body_of_known_fields() {
    let all = desk(&Right::ALL);
    for (method, target, body, right) in changes() {
        let others: Vec<Right> = Right::ALL.into_iter().filter(|r| *r != right).collect();
        let poor = desk(&others);
        let refused = poor.send(method, target, "k", &body);
        assert_eq!(refused.problem(), "UK-RCPT-002", "{target}");
        assert!(poor.counter.asked().is_empty(), "{target}");

        if method == "POST" {
            let refused = all.send(method, target, "", &body);
            assert_eq!(refused.problem(), "UK-RCPT-022", "{target}");
        }
        let unknown = body.replacen('{', r#"{"unknown":1,"#, 1);
        let refused = all.send(method, target, &format!("u{target}"), &unknown);
        assert_eq!(refused.problem(), "UK-RCPT-010", "{target}");
        let inner = body.replace(r#""number":"#, r#""x":1,"number":"#);
        if inner != body {
            let refused = all.send(method, target, &format!("i{target}"), &inner);
            assert_eq!(refused.problem(), "UK-RCPT-010", "{target}");
        }
        assert!(all.counter.asked().is_empty(), "{target}");

        // A good one reaches the counter, which reaches no service here.
        let refused = all.send(method, target, &format!("g{target}"), &body);
        assert_eq!(
            (refused.status, refused.problem().as_str()),
            (503, "UK-RCPT-026"),
            "{target}"
        );
        assert_eq!(refused.json()["cause"], "UK-CENT-002");
        assert_eq!(all.counter.asked().len(), 1, "{target}");
        drop(poor);
        all.counter.forget();
    }
}

#[test]
fn inv1_medical_information_needs_its_right() {
    let no_medical: Vec<Right> = Right::ALL
        .into_iter()
        .filter(|right| *right != Right::Medical)
        .collect();
    let desk = desk(&no_medical);
    let disaster = format!(
        r#"{{"person":{PERSON},"operator":"a","reason":"b","oral_consent":true,"information":true}}"#
    );
    let emergency =
        format!(r#"{{"person":{PERSON},"operator":"a","reason":"b","factor":"3","method":"01"}}"#);
    for (target, body) in [
        ("/v1/disaster/inquiries", disaster),
        ("/v1/emergency-viewings", emergency),
    ] {
        let refused = desk.send("POST", target, target, &body);
        assert_eq!(refused.problem(), "UK-RCPT-002", "{target}");
    }
    let list = desk.server.get("/v1/medical-information");
    assert_eq!(list.problem(), "UK-RCPT-002");
    assert!(desk.counter.asked().is_empty());
}

#[test]
fn medical_information_lists_what_is_no_qualification() {
    let desk = desk(&Right::ALL);
    desk.store
        .store(NOW, 7, "Reader 0", "qualification", INSURED, true);
    let medicines = desk
        .store
        .store(NOW, 7, "Reader 0", "medicines", "{}", true);
    desk.store
        .store(NOW, 8, "Reader 0", "medicines", "{}", true);
    let list = desk
        .server
        .get("/v1/medical-information?visit=0000000000000007")
        .json();
    assert_eq!(list["results"].as_array().unwrap().len(), 1);
    assert_eq!(list["results"][0]["id"], medicines);
    let bad = desk.server.get("/v1/medical-information?visit=7");
    assert_eq!(bad.problem(), "UK-RCPT-010");
}

#[test]
fn the_counters_refusals_keep_the_services_own_words() {
    let desk = desk(&Right::ALL);
    let (method, target, body, _) = changes().remove(6);
    for (why, status, code) in [
        (Why::Implausible, 422, "UK-RCPT-029"),
        (Why::NotOpen, 409, "UK-RCPT-027"),
        (Why::QualificationOnly, 409, "UK-RCPT-028"),
        (Why::SaidNo, 422, "UK-RCPT-025"),
        (Why::Unreachable, 503, "UK-RCPT-026"),
        (Why::Unknown, 404, "UK-RCPT-023"),
        (Why::NothingToReport, 404, "UK-RCPT-036"),
        (Why::Full, 507, "UK-RCPT-016"),
        (Why::Unavailable, 503, "UK-RCPT-017"),
    ] {
        desk.counter.answer(Err(Refusal {
            why,
            cause: "UK-VISIT-504".into(),
            words: ("断られました。".into(), "Refused.".into()),
            field: None,
            service: Some(("E1".into(), "該当なし".into())),
        }));
        // The same key each time: what was refused may be asked again.
        let refused = desk.send(method, target, "k", &body);
        assert_eq!((refused.status, refused.problem().as_str()), (status, code));
        let json = refused.json();
        assert_eq!(json["cause"], "UK-VISIT-504");
        assert_eq!(json["service_code"], "E1");
        assert_eq!(json["service_message"], "該当なし");
    }
}

#[test]
fn inv9_a_reinquiry_is_made_once_per_key_and_says_where_its_result_stands() {
    let desk = desk(&Right::ALL);
    let id = desk.store.store(
        NOW,
        9,
        "desk-1/visiting:alpha",
        "qualification",
        INSURED,
        true,
    );
    desk.counter.answer(Ok(
        json!({"result": id, "visit": "0000000000000009", "summaries": [], "message": {"secret": 1}}),
    ));
    let (method, target, body, _) = changes().remove(6);
    let first = desk.send(method, target, "k", &body);
    assert_eq!(
        (first.status, first.header("location")),
        (201, &*format!("/v1/results/{id}"))
    );
    assert!(
        first.json().get("message").is_none(),
        "what it says is read at its own address"
    );
    let again = desk.send(method, target, "k", &body);
    assert_eq!(
        (again.status, again.header("idempotency-replayed")),
        (201, "true")
    );
    assert_eq!(first.json(), again.json());
    assert_eq!(desk.counter.asked().len(), 1);
    let (client, wish) = desk.counter.asked().remove(0);
    assert_eq!(client, "alpha");
    assert!(matches!(wish, Wish::Reinquire { numbers, .. } if numbers.number == "3456789"));
}

#[test]
fn the_terminals_bulk_jobs_are_everybodys_with_the_right() {
    let desk = desk(&Right::ALL);
    let job = desk.store.begin_shared_bulk(NOW, "tickets", 2);
    desk.counter.answer(Ok(json!({"job": job})));
    let begun = desk.send("POST", "/v1/bulk/tickets", "k", r#"{"month":"202611"}"#);
    assert_eq!(
        (begun.status, begun.header("location")),
        (202, "/v1/bulk/1")
    );
    let json = begun.json();
    assert_eq!(
        (
            &json["kind"],
            &json["shared"],
            &json["state"],
            &json["reception_number"]
        ),
        (
            &json!("tickets"),
            &json!(true),
            &json!("working"),
            &json!("0000000000000001")
        )
    );
    desk.store.answer_bulk(NOW, job, INSURED);
    for part in ["answers", "changes"] {
        let half = desk.server.get(&format!("/v1/bulk/1/{part}"));
        assert_eq!((half.status, half.problem().as_str()), (409, "UK-RCPT-034"));
    }
    desk.store.answer_bulk(NOW, job, INSURED);
    assert_eq!(desk.server.get("/v1/bulk/1").json()["state"], "done");
    let whole = desk.server.get("/v1/bulk/1/answers").json();
    assert_eq!(whole["answers"].as_array().unwrap().len(), 2);
    let changes = desk.server.get("/v1/bulk/1/changes").json();
    assert_eq!(changes["new"], json!([0, 1]));
    assert_eq!(desk.server.get("/v1/bulk").json()["bulk"][0]["id"], 1);
    let references = desk.store.begin_shared_bulk(NOW, "references", 1);
    desk.store.answer_bulk(
        NOW,
        references,
        r#"{"reference_number":"P-1","registered":true}"#,
    );
    let whole = desk.server.get("/v1/bulk/2/answers").json();
    assert_eq!(whole["answers"][0]["answer"]["registered"], true);
    let without = Server::start(&desk.store, config("beta", &[Right::Read]));
    assert_eq!(without.get("/v1/bulk/1/answers").problem(), "UK-RCPT-002");
}

#[test]
fn settings_come_with_an_etag_and_a_change_must_change_something() {
    let desk = desk(&Right::ALL);
    let shown = json!({"medical_assistance": true, "visiting_care": null, "online_care": false});
    desk.counter.answer(Ok(shown.clone()));
    let first = desk.server.get("/v1/settings");
    assert_eq!(first.json()["medical_assistance"], true);
    desk.counter.answer(Ok(shown));
    let tag = format!("If-None-Match: {}\r\n", first.header("etag"));
    assert_eq!(
        desk.server.ask("GET", "/v1/settings", &tag, b"").status,
        304
    );
    for nothing in ["{}", r#"{"online_care":null}"#] {
        let refused = desk.send("PATCH", "/v1/settings", "", nothing);
        assert_eq!(refused.problem(), "UK-RCPT-010");
    }
    assert_eq!(desk.counter.asked().len(), 2);
    assert!(desk.store.latest_event_seq().unwrap() == 0);
}

fn repeated(desk: &Desk) -> Vec<serde_json::Value> {
    let all = desk.store.accesses().into_iter();
    all.filter(|(who, what, _)| who == "alpha" && *what == "answer-repeated")
        .map(|(_, _, detail)| detail)
        .collect()
}

#[test]
fn inv1_an_answer_with_medical_information_is_never_repeated_from_what_was_kept() {
    let desk = desk(&Right::ALL);
    let id = desk.store.store(
        NOW,
        9,
        "desk-1/disaster:alpha",
        "qualification",
        INSURED,
        true,
    );
    let disaster = format!(
        r#"{{"person":{PERSON},"operator":"a","reason":"地震","oral_consent":true,"information":true}}"#
    );
    let emergency = format!(
        r#"{{"person":{PERSON},"operator":"a","reason":"救急","factor":"1","method":"01"}}"#
    );
    for (target, body) in [
        ("/v1/disaster/inquiries", &disaster),
        ("/v1/emergency-viewings", &emergency),
    ] {
        let found =
            json!({"result": id, "visit": "0000000000000009", "information": {"YZK": "secret"}});
        desk.counter.forget();
        desk.counter.answer(Ok(found));
        let first = desk.send("POST", target, target, body);
        assert!(
            first.status < 300 && first.text().contains("secret"),
            "{first:?}"
        );
        // Closed since, or the authority is gone: asked anew, and refused.
        desk.counter.answer(Err(Refusal {
            why: Why::NotOpen,
            cause: "UK-VISIT-504".into(),
            words: ("断られました。".into(), "Refused.".into()),
            service: None,
            field: None,
        }));
        let again = desk.send("POST", target, target, body);
        assert_eq!(again.problem(), "UK-RCPT-027", "{target}: {again:?}");
        assert_eq!(desk.counter.asked().len(), 2, "{target}");
        let without = Server::with_counter(
            &desk.store,
            &desk.counter,
            config("alpha", &[Right::Read, Right::Inquire]),
        );
        let desk = Desk {
            store: Arc::clone(&desk.store),
            counter: Arc::clone(&desk.counter),
            server: without,
        };
        let refused = desk.send("POST", target, target, body);
        assert_eq!(refused.problem(), "UK-RCPT-002", "{target}: {refused:?}");
        assert_eq!(repeated(&desk), [json!(null); 0], "{target}");
    }
}

#[test]
fn inv12_every_answer_that_is_given_again_stands_in_the_audit_chain() {
    let desk = desk(&Right::ALL);
    let id = desk.store.store(
        NOW,
        9,
        "desk-1/visiting:alpha",
        "qualification",
        INSURED,
        true,
    );
    let medical = json!([{"kind": "medicines", "result": "sim-9-medicines"}]);
    desk.counter.answer(Ok(
        json!({"result": id, "visit": "0000000000000009", "medical": medical}),
    ));
    let (method, target, body, _) = changes().remove(6);
    let first = desk.send(method, target, "k", &body);
    assert_eq!(first.json()["medical"], medical, "{first:?}");
    for times in 1..3 {
        let again = desk.send(method, target, "k", &body);
        assert_eq!(again.header("idempotency-replayed"), "true");
        let told = json!({"request": "POST /v1/reinquiries", "key": "k"});
        assert_eq!(repeated(&desk), vec![told; times]);
    }
    // Not while it can't be recorded, and not to whom the kinds may not be told any more.
    desk.store.set_full(true);
    assert_eq!(
        desk.send(method, target, "k", &body).problem(),
        "UK-RCPT-016"
    );
    desk.store.set_full(false);
    let rights = [Right::Read, Right::Claim, Right::Inquire];
    let without = Server::with_counter(&desk.store, &desk.counter, config("alpha", &rights));
    let desk = Desk {
        server: without,
        ..desk
    };
    assert_eq!(
        desk.send(method, target, "k", &body).problem(),
        "UK-RCPT-002"
    );
    assert_eq!(repeated(&desk).len(), 2);
}
