//! The OpenAPI document against the server: the same paths and methods, answers that fit their schemas, known problems.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{Answer, INSURED, NOW, Server, config};
use receipt::Right;
use receipt::counter::{Refusal, ScriptedCounter, Why};
use receipt::memory::MemoryStore;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

fn document() -> Value {
    serde_json::from_str(receipt::OPENAPI).unwrap()
}

/// What is wrong with `value` under `schema`; the part of JSON Schema that the document uses, and nothing else is allowed.
fn faults(doc: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let mut out = Vec::new();
    for (word, rule) in schema.as_object().unwrap() {
        match word.as_str() {
            "$ref" => {
                let pointer = rule.as_str().unwrap().trim_start_matches('#');
                out.extend(faults(doc, doc.pointer(pointer).unwrap(), value, at));
            }
            "type" => {
                let is = |name: &Value| match name.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "integer" => value.is_i64() || value.is_u64(),
                    "boolean" => value.is_boolean(),
                    "null" => value.is_null(),
                    other => panic!("unknown type {other}"),
                };
                if !rule
                    .as_array()
                    .map_or_else(|| is(rule), |names| names.iter().any(is))
                {
                    out.push(format!("{at}: {value} is not {rule}"));
                }
            }
            "required" => {
                for name in rule.as_array().unwrap() {
                    if value.get(name.as_str().unwrap()).is_none() {
                        out.push(format!("{at}: {name} is missing"));
                    }
                }
            }
            "properties" => {
                for (name, schema) in rule.as_object().unwrap() {
                    if let Some(field) = value.get(name) {
                        out.extend(faults(doc, schema, field, &format!("{at}/{name}")));
                    }
                }
                // Answers may gain fields for clients; for this test an undescribed field is a fault.
                for name in value.as_object().into_iter().flat_map(|map| map.keys()) {
                    if rule.get(name).is_none() {
                        out.push(format!("{at}: {name} is not described"));
                    }
                }
            }
            "items" => {
                for item in value.as_array().into_iter().flatten() {
                    out.extend(faults(doc, rule, item, &format!("{at}[]")));
                }
            }
            "enum" if !rule.as_array().unwrap().contains(value) => {
                out.push(format!("{at}: {value} not in {rule}"))
            }
            "const" if rule != value => out.push(format!("{at}: {value} is not {rule}")),
            "minimum" if value.as_i64() < rule.as_i64() => {
                out.push(format!("{at}: {value} < {rule}"))
            }
            "pattern" => {
                let text = value.as_str().unwrap();
                let fits = match rule.as_str().unwrap() {
                    "^[0-9a-f]{16}$" => {
                        text.len() == 16 && text.bytes().all(|b| b"0123456789abcdef".contains(&b))
                    }
                    "^UK-[A-Z]+-[0-9]{3}$" => text.starts_with("UK-RCPT-") && text.len() == 11,
                    other => panic!("unknown pattern {other}"),
                };
                if !fits {
                    out.push(format!("{at}: {value} does not fit {rule}"));
                }
            }
            "enum"
            | "const"
            | "minimum"
            | "maximum"
            | "format"
            | "description"
            | "minLength"
            | "maxLength"
            | "minItems"
            | "maxItems"
            | "default"
            | "additionalProperties"
            | "examples" => {}
            other => panic!("unknown word {other}"),
        }
    }
    out
}

/// Checks an answer against what the document says of the operation.
fn check(doc: &Value, path: &str, method: &str, answer: &Answer) {
    let responses = &doc["paths"][path][method]["responses"];
    let mut response = &responses[answer.status.to_string()];
    if let Some(pointer) = response["$ref"].as_str() {
        response = doc.pointer(pointer.trim_start_matches('#')).unwrap();
    }
    assert!(
        response.is_object(),
        "{method} {path}: {} is not described",
        answer.status
    );
    if answer.status == 304 {
        return;
    }
    let kind = answer.header("content-type").replace("; charset=utf-8", "");
    let schema = &response["content"][&kind]["schema"];
    assert!(
        schema.is_object(),
        "{method} {path}: {kind} is not described"
    );
    if kind.ends_with("json") {
        let found = faults(doc, schema, &answer.json(), "");
        assert!(found.is_empty(), "{method} {path}: {found:#?}");
    }
    for (name, header) in response["headers"].as_object().into_iter().flatten() {
        if header["required"] == true {
            assert!(
                !answer.header(&name.to_ascii_lowercase()).is_empty(),
                "{method} {path}: no {name}"
            );
        }
    }
}

#[test]
fn the_document_has_exactly_the_routes_of_the_server() {
    let doc = document();
    let source = include_str!("../src/router.rs");
    let mut routed = BTreeSet::new();
    for route in source.split(".route(").skip(1) {
        let path = route.split('"').nth(1).unwrap();
        // The methods of one route end where the next statement of the chain begins.
        let methods = route.split("\n        .").next().unwrap();
        for method in ["get", "post", "put", "patch"] {
            let calls = [
                format!(" {method}("),
                format!(".{method}("),
                format!("({method}("),
            ];
            if calls.iter().any(|call| methods.contains(call.as_str())) {
                routed.insert((path.to_owned(), method.to_owned()));
            }
        }
    }
    let described: BTreeSet<(String, String)> = doc["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            methods
                .as_object()
                .unwrap()
                .keys()
                .map(|method| (path.clone(), method.clone()))
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(routed, described);
    assert!(routed.len() >= 39, "{routed:?}");
}

#[test]
fn the_server_answers_as_the_document_says() {
    let doc = document();
    assert!(doc["openapi"].as_str().unwrap().starts_with("3.1"));
    let store = Arc::new(MemoryStore::default());
    let id = store.store(NOW, 1, "Reader 0", "qualification", INSURED, true);
    let bad = store.store(NOW, 2, "Reader 0", "qualification", "[]", true);
    let (alpha, beta) = (Server::of(&store, "alpha"), Server::of(&store, "beta"));
    let one = format!("/v1/results/{id}");
    let change = |action: &str| format!("{one}/{action}");
    const ONE: &str = "/v1/results/{id}";
    let (claim, acknowledge, release) = (
        &format!("{ONE}/claim"),
        &format!("{ONE}/acknowledge"),
        &format!("{ONE}/release"),
    );

    let served = alpha.get("/v1/openapi.json");
    assert_eq!(served.json(), doc);
    check(&doc, "/v1/openapi.json", "get", &served);
    check(&doc, "/v1/status", "get", &alpha.get("/v1/status"));
    check(
        &doc,
        "/v1/status",
        "get",
        &alpha.accept("/v1/status", "text/plain"),
    );
    check(&doc, "/v1/results", "get", &alpha.get("/v1/results"));
    check(
        &doc,
        "/v1/results",
        "get",
        &alpha.get("/v1/results?limit=0"),
    );
    for accept in [
        "application/json",
        "application/xml",
        "application/xml;charset=Shift_JIS",
        "text/html",
    ] {
        check(&doc, ONE, "get", &alpha.accept(&one, accept));
    }
    let tag = alpha.get(&one).header("etag").to_owned();
    check(
        &doc,
        ONE,
        "get",
        &alpha.ask("GET", &one, &format!("If-None-Match: {tag}\r\n"), b""),
    );
    check(&doc, ONE, "get", &alpha.get("/v1/results/none"));
    check(&doc, ONE, "get", &alpha.get(&format!("/v1/results/{bad}")));
    check(
        &doc,
        acknowledge,
        "post",
        &alpha.post(&change("acknowledge"), ""),
    );
    check(
        &doc,
        claim,
        "post",
        &alpha.post(&change("claim"), r#"{"lease_seconds":null}"#),
    );
    check(&doc, claim, "post", &beta.post(&change("claim"), ""));
    check(&doc, claim, "post", &beta.post(&change("claim"), "{"));
    check(
        &doc,
        claim,
        "post",
        &beta.post(&change("claim"), &" ".repeat(70_000)),
    );
    check(
        &doc,
        claim,
        "post",
        &beta.ask("POST", &change("claim"), "Content-Length: 2\r\n", b"{}"),
    );
    check(&doc, release, "post", &alpha.post(&change("release"), "{}"));
    check(
        &doc,
        release,
        "post",
        &alpha.post("/v1/results/none/release", ""),
    );
    check(&doc, claim, "post", &alpha.post(&change("claim"), "{}"));
    check(
        &doc,
        acknowledge,
        "post",
        &alpha.post(&change("acknowledge"), ""),
    );
    store.set_full(true);
    check(&doc, ONE, "get", &alpha.get(&one));
    store.set_full(false);
    let events = "Accept: text/event-stream\r\nLast-Event-ID: x\r\n";
    check(
        &doc,
        "/v1/events",
        "get",
        &alpha.ask("GET", "/v1/events", events, b""),
    );
    let (_, kind, data) = common::Events::open(&alpha, "").next();
    let event = &doc["components"]["schemas"]["Event"];
    assert_eq!(faults(&doc, event, &data, ""), Vec::<String>::new());
    assert_eq!(data["kind"], kind);
}

/// What the counter answers beside its results, a note on a follow-up, and a job that failed are described.
#[test]
fn what_goes_wrong_is_described_too() {
    let doc = document();
    let (store, counter): (Arc<MemoryStore>, Arc<ScriptedCounter>) = Default::default();
    let alpha = Server::with_counter(&store, &counter, config("alpha", &Right::ALL));
    let post = |path: &str, target: &str, body: Value| {
        let body = body.to_string();
        let headers = format!(
            "Idempotency-Key: {target}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
            body.len()
        );
        let answer = alpha.ask("POST", target, &headers, body.as_bytes());
        check(&doc, path, "post", &answer);
        answer.status
    };
    let asked = json!([{"label_ja": "氏名", "label_en": "Name", "value": "x"}]);
    let note = "00000000000000ab";
    counter.answer(Ok(json!({"results": ["r"], "failed": 1,
        "failures": [{"note": note, "error": {"code": "UK-VISIT-504"}}],
        "not_found": [{"note": note, "result": "r", "asked": asked, "several_match": false}]})));
    let noted = "/v1/outage/inquiries";
    assert_eq!(post(noted, noted, json!({"operator": "a"})), 200);
    let id = store.store(NOW, 9, "Reader 0", "qualification", INSURED, true);
    let person = json!({"name": "a", "birth_date": "19900115", "sex": "1", "address": "b"});
    let found = json!({"result": id, "visit": "0000000000000009", "asked": asked, "several_match": true,
        "not_shown": ["Vaccine"], "information": {}});
    let disaster = "/v1/disaster/inquiries";
    let body = json!({"person": person, "operator": "a", "reason": "b", "oral_consent": true, "information": true});
    counter.answer(Ok(found.clone()));
    assert_eq!(post(disaster, disaster, body.clone()), 201);
    counter.answer(Err(Refusal {
        why: Why::Discarded,
        cause: "UK-RCPT-000".into(),
        words: ("a".into(), "b".into()),
        service: None,
        field: None,
    }));
    assert_eq!(post(disaster, disaster, body), 502);
    let emergency = "/v1/emergency-viewings";
    let body =
        json!({"person": person, "operator": "a", "reason": "b", "factor": "3", "method": "01"});
    counter.answer(Ok(found));
    assert_eq!(post(emergency, emergency, body), 200);
    store.open_follow_up(NOW, 1, "Reader 0", "r1", "unentrusted", "");
    let body = json!({"staff": "a", "note": "b"});
    let notes = "/v1/follow-ups/{id}/notes";
    assert_eq!(post(notes, "/v1/follow-ups/1/notes", body), 200);
    let job = store.begin_shared_bulk(NOW, "tickets", 0);
    store.fail_bulk(job, "UK-RCPT-000", Some(("E-99", "x")));
    let answer = alpha.get(&format!("/v1/bulk/{job}"));
    check(&doc, "/v1/bulk/{id}", "get", &answer);
    counter.answer(Ok(
        json!({"notes": [{"id": note, "at": "20261122090500", "by": "a",
        "name": "a", "birth_date": "19900115", "sex": "1", "address": "b", "oral_consent": true,
        "nobody_found_at": "20261122110500", "result": "r", "several_match": true}],
        "unreadable": ["00000000000000ac"]}),
    ));
    check(
        &doc,
        "/v1/outage/notes",
        "get",
        &alpha.get("/v1/outage/notes"),
    );
}

#[test]
fn the_check_itself_sees_faults() {
    let doc = document();
    let schema = &doc["components"]["schemas"]["Problem"];
    let wrong = serde_json::json!({"type": 1, "status": "x", "code": "UK", "extra": 1});
    assert!(faults(&doc, schema, &wrong, "").len() >= 6);
}
