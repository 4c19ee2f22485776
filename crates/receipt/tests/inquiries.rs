//! Inquiries by number and bulk jobs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{Events, INSURED, NOW, Server, UNENTRUSTED, all, send, with_rights};
use receipt::Right;
use receipt::memory::MemoryStore;
use serde_json::json;
use std::sync::Arc;

const NUMBERS: &str = r#"{"XmlMsg":{"MessageBody":{"QualificationConfirmSearchInfo":{"InsurerNumber":"06123456","InsuredIdentificationNumber":"3456789"}}}}"#;

#[test]
fn inv9_an_inquiry_by_number_is_asked_once_per_key_and_seen_by_its_asker_only() {
    let store = Arc::new(MemoryStore::default());
    let (alpha, beta) = (all(&store, "alpha"), all(&store, "beta"));
    let ask = |server: &Server, key: &str, body: &str| {
        send(
            server,
            "POST",
            "/v1/inquiries",
            key,
            "application/json",
            body.as_bytes(),
        )
    };
    assert_eq!(ask(&alpha, "", NUMBERS).problem(), "UK-RCPT-022");
    let first = ask(&alpha, "k1", NUMBERS);
    assert_eq!(
        (first.status, first.header("location")),
        (202, "/v1/inquiries/1")
    );
    let again = ask(&alpha, "k1", NUMBERS);
    assert_eq!((again.status, again.json()["id"].as_u64()), (202, Some(1)));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.header("location"), first.header("location"));
    let other = NUMBERS.replace("3456789", "1");
    assert_eq!(ask(&alpha, "k1", &other).problem(), "UK-RCPT-021");
    assert_eq!(
        ask(&beta, "k1", &other).json()["id"],
        2,
        "keys are each client's own"
    );
    assert_eq!(beta.get("/v1/inquiries/1").problem(), "UK-RCPT-023");
    assert_eq!(
        alpha.get("/v1/inquiries").json()["inquiries"]
            .as_array()
            .unwrap()
            .len(),
        1
    );

    // Waiting ends as soon as it is settled.
    let waiting = std::thread::spawn({
        let store = Arc::clone(&store);
        move || {
            let result = store.store(NOW, 9, "desk/number:alpha", "qualification", INSURED, true);
            store.answer_inquiry(NOW, 1, Ok(&result));
            store.service_said(2, "E-77", "窓口にない番号です");
            store.told_as(2, "受け付けられません", "Not accepted");
            store.answer_inquiry(NOW, 2, Err("UK-CENT-010"));
        }
    });
    let begin = std::time::Instant::now();
    let settled = alpha.get("/v1/inquiries/1?wait=20").json();
    waiting.join().unwrap();
    assert!(begin.elapsed().as_secs() < 10);
    assert_eq!(settled["state"], "answered");
    assert_eq!(
        alpha.get(settled["result_href"].as_str().unwrap()).status,
        200
    );
    let failed = beta.get("/v1/inquiries/2").json();
    assert_eq!(failed["code"], "UK-CENT-010");
    assert_eq!(
        (&failed["ja"], &failed["en"]),
        (&"受け付けられません".into(), &"Not accepted".into()),
        "the code's own sentences stand beside it"
    );
    assert_eq!(
        (&failed["service_code"], &failed["service_message"]),
        (&"E-77".into(), &"窓口にない番号です".into()),
        "verbatim, for the help desk"
    );
    let tag = alpha.get("/v1/inquiries/1").header("etag").to_owned();
    assert_eq!(
        alpha
            .ask(
                "GET",
                "/v1/inquiries/1",
                &format!("If-None-Match: {tag}\r\n"),
                b""
            )
            .status,
        304
    );
}

#[test]
fn inv1_an_inquiry_in_any_form_opens_nothing_medical_and_unknown_fields_are_refused() {
    let store = Arc::new(MemoryStore::default());
    let alpha = all(&store, "alpha");
    let xml = |encoding: &str, more: &str| {
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"{encoding}\"?><XmlMsg><MessageHeader><ArbitraryFileIdentifier>f1</ArbitraryFileIdentifier></MessageHeader>\
             <MessageBody><QualificationConfirmSearchInfo><InsurerNumber>06123456</InsurerNumber><InsuredCardSymbol>記号</InsuredCardSymbol>\
             <InsuredIdentificationNumber>1</InsuredIdentificationNumber>{more}</QualificationConfirmSearchInfo></MessageBody></XmlMsg>"
        );
        if encoding == "Shift_JIS" {
            // 記号
            let bytes = text.into_bytes();
            let at = bytes
                .windows(6)
                .position(|window| window == "記号".as_bytes())
                .unwrap();
            [&bytes[..at], b"\x8bL\x8d\x86", &bytes[at + 6..]].concat()
        } else {
            text.into_bytes()
        }
    };
    let post =
        |key: &str, kind: &str, body: &[u8]| send(&alpha, "POST", "/v1/inquiries", key, kind, body);
    assert_eq!(post("x1", "application/xml", &xml("UTF-8", "")).status, 202);
    assert_eq!(
        post("x2", "text/xml; charset=Shift_JIS", &xml("Shift_JIS", "")).status,
        202
    );
    for more in [
        "<PharmacistsInfoConsFlg>1</PharmacistsInfoConsFlg>",
        "<CardConfirmationIdentifier>c</CardConfirmationIdentifier>",
        "<Something>1</Something>",
    ] {
        let key = format!("x3-{}", more.len());
        let refused = post(&key, "application/xml", &xml("UTF-8", more));
        assert_eq!(
            (refused.status, refused.problem().as_str()),
            (422, "UK-RCPT-024"),
            "{more}"
        );
        // What is wrong with it, in both languages, Japanese first.
        let detail = refused.json()["detail"].as_str().unwrap().to_owned();
        let (ja, en) = detail.split_once(" / ").unwrap();
        assert!(!ja.is_ascii() && en.is_ascii(), "{detail}");
    }
    // Beside the root as within it.
    for target in ["/v1/inquiries", "/v1/bulk"] {
        for beside in ["\"Other\":1,", "\"other\":null,"] {
            let body = NUMBERS.replacen('{', &format!("{{{beside}"), 1);
            let key = format!("b{}{target}", beside.len());
            let refused = send(
                &alpha,
                "POST",
                target,
                &key,
                "application/json",
                body.as_bytes(),
            );
            assert_eq!(
                (refused.status, refused.problem().as_str()),
                (422, "UK-RCPT-024"),
                "{target} {body}"
            );
            let detail = refused.json()["detail"].to_string().to_lowercase();
            assert!(
                detail.contains("otherは使えない要素です / unknown element other"),
                "{detail}"
            );
        }
    }
    let dtd = b"<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e \"x\">]><XmlMsg/>";
    assert_eq!(post("x4", "application/xml", dtd).problem(), "UK-RCPT-010");
    let text = post("x5", "text/plain", b"x");
    assert_eq!(text.problem(), "UK-RCPT-013");
    assert_eq!(
        text.json()["detail"],
        "application/json, application/xml, text/xml",
        "the types that are taken are named"
    );
    let large = post("x6", "application/json", &vec![b' '; 5 * 1024 * 1024]);
    assert_eq!(large.problem(), "UK-RCPT-012");
    assert_eq!(
        large.json()["detail"],
        "本文は4194304バイトまでです / at most 4194304 bytes of body"
    );
    let elsewhere = NUMBERS.replace(
        "\"MessageBody\"",
        "\"MessageHeader\":{\"MedicalInstitutionCode\":\"9999999999\"},\"MessageBody\"",
    );
    assert_eq!(
        post("x7", "application/json", elsewhere.as_bytes()).problem(),
        "UK-RCPT-024"
    );
    let without = with_rights(&store, "gamma", &[Right::Read, Right::Claim]);
    assert_eq!(
        send(
            &without,
            "POST",
            "/v1/inquiries",
            "k",
            "application/json",
            NUMBERS.as_bytes()
        )
        .problem(),
        "UK-RCPT-002"
    );
}

#[test]
fn bulk_jobs_are_begun_followed_and_compared() {
    let store = Arc::new(MemoryStore::default());
    let (alpha, beta) = (all(&store, "alpha"), all(&store, "beta"));
    let info = json!({"InsurerNumber": "06123456", "InsuredIdentificationNumber": "1"});
    let body = json!({"XmlMsg": {"MessageBody": {"QualificationConfirmSearchInfo": [info, info]}}})
        .to_string();
    let begun = send(
        &alpha,
        "POST",
        "/v1/bulk",
        "b1",
        "application/json",
        body.as_bytes(),
    );
    assert_eq!(begun.status, 202, "{}", begun.text());
    assert_eq!(
        (&begun.json()["state"], &begun.json()["total"]),
        (&json!("working"), &json!(2))
    );
    store.answer_bulk(NOW, 1, UNENTRUSTED);
    assert_eq!(alpha.get("/v1/bulk/1").json()["answered"], 1);
    assert_eq!(
        alpha.get("/v1/bulk/1/answers").status,
        200,
        "each of a client's own persons was asked singly"
    );
    assert_eq!(
        alpha.get("/v1/bulk/1/changes").problem(),
        "UK-RCPT-034",
        "who was not asked yet is not gone"
    );
    store.answer_bulk(NOW, 1, "{\"error\":\"UK-CENT-010\"}");
    assert_eq!(alpha.get("/v1/bulk/1").json()["state"], "done");
    let answers = alpha.get("/v1/bulk/1/answers");
    let text = answers.text();
    assert!(
        text.contains("架空市福祉事務所")
            && !text.contains("12000001")
            && !text.contains("1010001"),
        "invariant 6: {text}"
    );
    assert_eq!(
        answers.json()["answers"][1]["answer"]["error"],
        "UK-CENT-010"
    );
    assert_eq!(
        alpha.get("/v1/bulk/1/answers?after=0").json()["answers"][0]["n"],
        1
    );
    assert_eq!(alpha.get("/v1/bulk/1/changes").json()["new"], json!([0, 1]));
    for target in [
        "/v1/bulk/1",
        "/v1/bulk/1/answers",
        "/v1/bulk/1/changes",
        "/v1/bulk/x",
        "/v1/bulk/99",
    ] {
        assert_eq!(beta.get(target).problem(), "UK-RCPT-023", "{target}");
    }
    assert!(
        store
            .readings()
            .iter()
            .any(|(what, who, _)| what == "bulk-1" && who == "alpha"),
        "on record"
    );
    let (_, kind, data) = Events::open(&alpha, "").next();
    assert_eq!(
        (kind.as_str(), &data["bulk"], &data["href"]),
        ("bulk-ended", &json!(1), &json!("/v1/bulk/1"))
    );
}
