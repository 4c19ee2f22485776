//! Outage, disaster and emergency over the socket: what went wrong, whom nobody was found for and what is not shown reach the client; and
//! notes on follow-ups, failed bulk jobs, discarded answers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{Answer, INSURED, NOW, Server, config};
use receipt::Right;
use receipt::counter::{Refusal, ScriptedCounter, Why};
use receipt::memory::MemoryStore;
use serde_json::{Value, json};
use std::sync::Arc;

struct Desk {
    store: Arc<MemoryStore>,
    counter: Arc<ScriptedCounter>,
    server: Server,
}

impl Desk {
    fn new(rights: &[Right]) -> Self {
        let (store, counter) = (Arc::default(), Arc::default());
        let server = Server::with_counter(&store, &counter, config("alpha", rights));
        Self {
            store,
            counter,
            server,
        }
    }

    fn post(&self, target: &str, key: &str, body: &Value) -> Answer {
        let body = body.to_string();
        let headers = format!(
            "Idempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
            body.len()
        );
        self.server.ask("POST", target, &headers, body.as_bytes())
    }

    /// A result that stands in the store.
    fn result(&self) -> String {
        self.store.store(
            NOW,
            9,
            "desk-1/disaster:alpha",
            "qualification",
            INSURED,
            true,
        )
    }
}

fn person() -> Value {
    json!({"name": "生保　一郎", "birth_date": "19900115", "sex": "1", "address": "清瀬市"})
}

fn asked() -> Value {
    json!([{"label_ja": "氏名", "label_en": "Name", "value": "生保　一郎"}])
}

/// Whoever uses the receipt computer sees whom nobody was found for, with what was written down, and why somebody was not answered.
#[test]
fn everybody_noted_in_an_outage_is_accounted_for() {
    let desk = Desk::new(&Right::ALL);
    let failure = json!({"note": "00000000000000ab", "error": {"code": "UK-VISIT-504",
        "service_code": "E1", "service_message": "混み合っています"}});
    let nobody = json!({"note": "00000000000000cd", "result": "r-2", "asked": asked()});
    desk.counter
        .answer(Ok(json!({"results": ["r-1", "r-2"], "failed": 1,
        "failures": [failure], "not_found": [nobody]})));
    let told = desk.post("/v1/outage/inquiries", "k", &json!({"operator": "a"}));
    let told = told.json();
    assert_eq!(
        (&told["failed"], &told["failures"][0], &told["not_found"][0]),
        (&json!(1), &failure, &nobody)
    );
}

/// Nobody takes the lists for all that there is; somebody not found in a disaster is told with what was asked.
#[test]
fn what_is_not_shown_is_named_in_a_disaster_and_in_an_emergency() {
    let desk = Desk::new(&Right::ALL);
    let answer = json!({"result": desk.result(), "visit": "0000000000000009", "information": {},
        "not_shown": ["Vaccine"], "asked": asked(), "several_match": true});
    let disaster = json!({"person": person(), "operator": "a", "reason": "地震",
        "oral_consent": true, "information": true});
    let emergency = json!({"person": person(), "operator": "a", "reason": "救急", "factor": "3", "method": "01"});
    for (target, body) in [
        ("/v1/disaster/inquiries", disaster),
        ("/v1/emergency-viewings", emergency),
    ] {
        desk.counter.answer(Ok(answer.clone()));
        let told = desk.post(target, target, &body).json();
        assert_eq!(told["not_shown"], json!(["Vaccine"]), "{target}");
        let of_disaster = target.starts_with("/v1/disaster");
        let expected = if of_disaster { asked() } else { Value::Null };
        assert_eq!(told["asked"], expected, "{target}");
        let several = if of_disaster {
            json!(true)
        } else {
            Value::Null
        };
        assert_eq!(told["several_match"], several, "{target}");
    }
}

/// An answer about somebody else, or of another kind, is not an unreachable service: the cause's own code and words are told.
#[test]
fn a_discarded_answer_is_told_in_the_words_of_its_cause() {
    let desk = Desk::new(&Right::ALL);
    desk.counter.answer(Err(Refusal {
        why: Why::Discarded,
        cause: "UK-CENT-402".into(),
        words: ("別の方の応答です。".into(), "Another person's.".into()),
        service: None,
        field: None,
    }));
    let body = json!({"person": person(), "operator": "a", "reason": "b", "oral_consent": true});
    let refused = desk.post("/v1/disaster/inquiries", "k", &body);
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (502, "UK-RCPT-037")
    );
    assert_eq!(refused.header("retry-after"), "");
    let told = refused.json();
    assert_eq!(
        (&told["cause"], &told["cause_ja"], &told["cause_en"]),
        (
            &json!("UK-CENT-402"),
            &json!("別の方の応答です。"),
            &json!("Another person's.")
        )
    );
}

#[test]
fn a_bulk_job_that_failed_says_what_the_service_said() {
    let desk = Desk::new(&Right::ALL);
    let job = desk.store.begin_shared_bulk(NOW, "tickets", 0);
    let place = format!("/v1/bulk/{job}");
    assert_eq!(desk.server.get(&place).json()["service_code"], Value::Null);
    desk.store
        .fail_bulk(job, "UK-VISIT-504", Some(("E-99", "集計できませんでした")));
    let told = desk.server.get(&place).json();
    assert_eq!(
        (&told["state"], &told["code"], &told["service_code"]),
        (&json!("failed"), &json!("UK-VISIT-504"), &json!("E-99"))
    );
    assert_eq!(told["service_message"], "集計できませんでした");
}

/// "Calls back tomorrow": noted under a key with the right to claim, once, on what is open; it stays open.
#[test]
fn a_note_on_a_follow_up_leaves_it_open() {
    const TARGET: &str = "/v1/follow-ups/1/notes";
    let desk = Desk::new(&[Right::Read, Right::Claim]);
    desk.store
        .open_follow_up(NOW, 1, "Reader 0", "r1", "unentrusted", "架空市福祉事務所");
    let body = json!({"staff": "鈴木", "note": "明日折り返しあり"});
    for (n, bad) in [
        json!({}),
        json!({"staff": "鈴木"}),
        json!({"staff": " ", "note": "x"}),
        json!({"staff": "a", "note": " "}),
        json!({"staff": "a", "note": "x\u{7}"}),
        json!({"staff": "a", "note": "x".repeat(501)}),
        json!({"staff": "a", "note": "x", "more": 1}),
    ]
    .into_iter()
    .enumerate()
    {
        let refused = desk.post(TARGET, &format!("bad-{n}"), &bad);
        assert_eq!(refused.problem(), "UK-RCPT-010", "{bad}");
    }
    assert_eq!(
        desk.server.post(TARGET, &body.to_string()).problem(),
        "UK-RCPT-022",
        "without a key"
    );
    for _ in 0..2 {
        let noted = desk.post(TARGET, "k", &body);
        let noted = noted.json();
        assert_eq!(noted["open"], true);
        let notes = noted["notes"].as_array().unwrap();
        assert_eq!(notes.len(), 1, "the same key notes nothing twice");
        assert_eq!(
            (&notes[0]["by"], &notes[0]["text"]),
            (&json!("alpha/鈴木"), &json!("明日折り返しあり"))
        );
    }
    let list = desk.server.get("/v1/follow-ups?open=true").json();
    assert_eq!(
        list["follow_ups"][0]["notes"][0]["text"],
        "明日折り返しあり"
    );
    let other = "/v1/follow-ups/7/notes";
    assert_eq!(desk.post(other, "k7", &body).problem(), "UK-RCPT-023");
    desk.server.post(
        "/v1/follow-ups/1/close",
        r#"{"staff":"田中","outcome":"委託済み"}"#,
    );
    let late = desk.post(TARGET, "late", &body);
    assert_eq!((late.status, late.problem().as_str()), (409, "UK-RCPT-038"));

    let reader = Desk::new(&[Right::Read, Right::Inquire]);
    assert_eq!(reader.post(TARGET, "k", &body).problem(), "UK-RCPT-002");
}
