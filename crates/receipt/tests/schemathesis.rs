//! schemathesis over the OpenAPI document, against the real server: every operation but the event stream, under a client with every
//! right, with objects seeded so that each answers with a 2xx at least once. It speaks TCP only; a bridge stands between. Needs
//! `target/schemathesis`, which `cargo xtask test` installs; without it the test fails.
//!
//! `cargo xtask sweep api` is the long form: `UKETSUKE_API_EXAMPLES` and `UKETSUKE_API_SEED` set the cases per operation and their seed and
//! add the other phases, `UKETSUKE_API_REPORT` names the file for the figures.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

mod common;

use common::{INSURED, NOW, Server, config};
use receipt::counter::{Answered, ReceiptCounter, Wish};
use receipt::memory::MemoryStore;
use receipt::{InquiryState, NewBulk, NewInquiry, ReceiptConfig, ReceiptStore, Right};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// Left out: an answer without an end.
const EXCLUDED: &str = "events";

/// A counter whose service is always there and agrees with everything.
struct Agreeing(Arc<MemoryStore>);

impl ReceiptCounter for Agreeing {
    fn carry_out(&self, client: String, wish: Wish) -> Answered<'_> {
        let store = Arc::clone(&self.0);
        Box::pin(async move {
            let owned = |how: &str| {
                let visit = 1_000_000 + store.latest_event_seq().unwrap_or(0);
                let reader = format!("desk-1/{how}:{client}");
                let id = store.store(NOW, visit, &reader, "qualification", INSURED, true);
                store.claim(&id, &client, NOW, 1).unwrap();
                json!({"result": id, "visit": format!("{visit:016x}"), "message": {}})
            };
            let job =
                |kind: &str, persons| json!({"job": store.begin_shared_bulk(NOW, kind, persons)});
            Ok(match wish {
                Wish::Settings | Wish::ChangeSettings { .. } => json!({
                    "medical_assistance": true, "visiting_care": false, "online_care": null, "emergency_authority": "1",
                }),
                Wish::RegisterReference(_) => json!({"registered": "1"}),
                Wish::RegisterReferences(many) => job("references", many.len()),
                Wish::FetchTickets { .. } => job("tickets", 1),
                Wish::FetchConsented { .. } => job("visiting", 1),
                Wish::Reinquire { .. } => owned("visiting"),
                Wish::Withdraw { .. } => json!({"withdrawn": true}),
                Wish::AccessUrl { .. } => {
                    json!({"url": "https://example.invalid/", "qr_svg": "<svg/>"})
                }
                Wish::Openings => {
                    json!({"disaster": true, "outage": true, "emergency_authority": true})
                }
                Wish::Disaster { information, .. } => {
                    let mut found = owned("disaster");
                    if information {
                        found["information"] = json!({"MedicineList": []});
                    }
                    found
                }
                Wish::NoteOutage { .. } => json!({"noted": 1}),
                Wish::AskNoted { .. } => json!({"results": [], "failed": 0}),
                Wish::ReportUsage { .. } => json!({"reported": 1}),
                Wish::Emergency { .. } => json!({"information": {}}),
            })
        })
    }
}

/// Values of path parameters, by operation.
fn seed(store: &MemoryStore) -> BTreeMap<&'static str, Value> {
    let result = |visit, owned: bool| {
        let id = store.store(NOW, visit, "Reader 0", "qualification", INSURED, true);
        if owned {
            store.claim(&id, "alpha", NOW, 1).unwrap();
        }
        json!(id)
    };
    store.store(NOW, 9, "Reader 0", "medicines", "{}", true);
    let new = NewInquiry {
        client: "alpha".into(),
        key: "seed".into(),
        request_json: "{}".into(),
    };
    let inquiry = store.queue_inquiry(new, NOW).unwrap();
    let answer = result(5, true);
    store.answer_inquiry(NOW, inquiry, Ok(answer.as_str().unwrap()));
    let new = NewBulk {
        client: "alpha".into(),
        key: "seed".into(),
        requests: vec!["{}".into()],
        header_json: "{}".into(),
    };
    let bulk = store.begin_bulk(new, NOW).unwrap();
    store.answer_bulk(NOW, bulk, INSURED);
    let follow_up = |visit| {
        let id = answer.as_str().unwrap();
        store.open_follow_up(
            NOW,
            visit,
            "Reader 0",
            id,
            "unentrusted",
            "架空市福祉事務所",
        )
    };
    BTreeMap::from([
        ("getResult", result(1, false)),
        ("claimResult", result(2, false)),
        ("acknowledgeResult", result(3, true)),
        ("releaseResult", result(4, true)),
        ("getInquiry", json!(inquiry)),
        ("getBulk", json!(bulk)),
        ("bulkAnswers", json!(bulk)),
        ("bulkChanges", json!(bulk)),
        ("getFollowUp", json!(follow_up(6))),
        ("closeFollowUp", json!(follow_up(7))),
    ])
}

/// The document with the seeded objects as examples of its path parameters.
fn with_examples(mut document: Value, seeds: &BTreeMap<&'static str, Value>) -> Value {
    for methods in document["paths"].as_object_mut().unwrap().values_mut() {
        for operation in methods.as_object_mut().unwrap().values_mut() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            let parameters = operation
                .get_mut("parameters")
                .and_then(Value::as_array_mut);
            for parameter in parameters.into_iter().flatten() {
                if parameter["name"] == "Idempotency-Key" {
                    // One of its own for each, or the second request of a client would be refused for the key of the first.
                    parameter["examples"] = json!({"seeded": {"value": format!("seed-{id}")}});
                }
                if parameter["in"] == "path" {
                    let seed = seeds.get(id.as_str());
                    let seed = seed.unwrap_or_else(|| panic!("no seed for {id}"));
                    parameter["examples"] = json!({"seeded": {"value": seed}});
                }
            }
        }
    }
    document
}

/// Answers lookups by number soon after they were asked, as the terminal does, so that nobody waits for long.
fn answering(store: &Arc<MemoryStore>) {
    let store = Arc::downgrade(store);
    std::thread::spawn(move || {
        let mut done = 0;
        while let Some(store) = store.upgrade() {
            for inquiry in store.inquiries("alpha", done, 100).unwrap() {
                done = inquiry.id;
                let visit = 2_000_000 + inquiry.id;
                if inquiry.state == InquiryState::Queued {
                    let id = format!("sim-{visit:016x}-qualification");
                    store.answer_inquiry(NOW, inquiry.id, Ok(&id));
                }
                store.store(
                    NOW,
                    visit,
                    "desk-1/number:alpha",
                    "qualification",
                    INSURED,
                    true,
                );
            }
            drop(store);
            std::thread::park_timeout(Duration::from_millis(20));
        }
    });
}

/// TCP on this machine to the Unix socket.
fn bridge(socket: PathBuf) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for near in listener.incoming().flatten() {
            let Ok(far) = UnixStream::connect(&socket) else {
                return;
            };
            let (mut near_in, mut far_out) = (near.try_clone().unwrap(), far.try_clone().unwrap());
            std::thread::spawn(move || {
                copy(&mut near_in, &mut far_out);
                let _ = far_out.shutdown(Shutdown::Write);
            });
            let (mut far_in, mut near_out) = (far, near);
            std::thread::spawn(move || {
                copy(&mut far_in, &mut near_out);
                let _ = near_out.shutdown(Shutdown::Both);
            });
        }
    });
    port
}

fn copy(from: &mut impl Read, to: &mut impl Write) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..read]).is_err() {
            return;
        }
    }
}

/// Well-formed requests may be refused for what no schema says: a day that does not exist, a key used before, nothing with that number.
const SETTINGS: &str = r#"
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 304, 400, 404, 406, 409, 422]
[checks.negative_data_rejection]
expected-statuses = [304, 400, 404, 405, 406, 409, 411, 413, 415, 422]
[checks.missing_required_header]
expected-statuses = [400, 406, 415, 422]
"#;

fn run(folder: &Path, port: u16) -> String {
    let tool =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/schemathesis/bin/schemathesis");
    assert!(
        tool.is_file(),
        "schemathesis is not installed ({}): `cargo xtask test` installs it",
        tool.display()
    );
    let long = std::env::var("UKETSUKE_API_EXAMPLES").ok();
    let seed = std::env::var("UKETSUKE_API_SEED").ok();
    let phases = if long.is_some() {
        "examples,coverage,fuzzing,stateful"
    } else {
        "examples,fuzzing"
    };
    let output = Command::new(tool)
        .args(["--config-file", "schemathesis.toml", "run", "openapi.json"])
        .arg(format!("--url=http://127.0.0.1:{port}"))
        .arg(format!("--exclude-operation-id={EXCLUDED}"))
        .args(["--checks=all", "--continue-on-failure"])
        .arg(format!("--seed={}", seed.as_deref().unwrap_or("20261122")))
        .arg(format!("--phases={phases}"))
        .arg(format!("--max-examples={}", long.as_deref().unwrap_or("3")))
        .args(["--suppress-health-check=all", "--request-timeout=40"])
        .args([
            "--warnings=off",
            "--no-color",
            "--report-ndjson-path=report.ndjson",
        ])
        .env("HYPOTHESIS_STORAGE_DIRECTORY", folder.join("hypothesis"))
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    // 0 and 1 are its verdicts; anything else is a mistake in its use.
    assert!(matches!(output.status.code(), Some(0 | 1)), "{said}");
    said
}

/// What schemathesis did, counted from its own record of it.
#[derive(Default, Debug)]
struct Told {
    version: String,
    cases: usize,
    statuses: BTreeMap<u64, usize>,
    checks: BTreeMap<String, usize>,
    failed: BTreeMap<String, usize>,
    with_2xx: BTreeMap<String, bool>,
}

fn read(report: &Path, document: &Value) -> Told {
    let mut told = Told::default();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if operation["operationId"] != EXCLUDED {
                let name = format!("{} {path}", method.to_uppercase());
                told.with_2xx.insert(name, false);
            }
        }
    }
    for line in std::fs::read_to_string(report).unwrap().lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        if let Some(version) = event["Initialize"]["schemathesis_version"].as_str() {
            told.version = version.to_owned();
        }
        let recorder = &event["ScenarioFinished"]["recorder"];
        for (id, interaction) in recorder["interactions"].as_object().into_iter().flatten() {
            told.cases += 1;
            let status = interaction["response"]["status_code"].as_u64().unwrap_or(0);
            *told.statuses.entry(status).or_default() += 1;
            let case = &recorder["cases"][id]["value"];
            let name = format!(
                "{} {}",
                case["method"].as_str().unwrap_or_default(),
                case["path"].as_str().unwrap_or_default()
            );
            if (200..300).contains(&status)
                && let Some(seen) = told.with_2xx.get_mut(&name)
            {
                *seen = true;
            }
        }
        let checks = recorder["checks"]
            .as_object()
            .into_iter()
            .flat_map(|c| c.values());
        for check in checks.filter_map(Value::as_array).flatten() {
            let name = check["name"].as_str().unwrap_or_default().to_owned();
            if check["status"] == "failure" {
                *told.failed.entry(name.clone()).or_default() += 1;
            }
            *told.checks.entry(name).or_default() += 1;
        }
    }
    told
}

#[test]
#[ignore = "takes minutes and a package from PyPI: cargo xtask sweep api"]
fn the_server_keeps_to_its_openapi_document_and_every_operation_answers() {
    let store = Arc::new(MemoryStore::default());
    let seeds = seed(&store);
    answering(&store);
    let settings = ReceiptConfig {
        institution_code: "1310000001".into(),
        ..config("alpha", &Right::ALL)
    };
    let server = Server::with_any_counter(&store, Arc::new(Agreeing(Arc::clone(&store))), settings);
    let folder = tempfile::tempdir().unwrap();
    let document = with_examples(server.get("/v1/openapi.json").json(), &seeds);
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("openapi.json", &document.to_string());
    write("schemathesis.toml", SETTINGS);
    let said = run(folder.path(), bridge(server.socket.clone()));
    let told = read(&folder.path().join("report.ndjson"), &document);
    let without: Vec<&String> = told
        .with_2xx
        .iter()
        .filter(|(_, seen)| !**seen)
        .map(|(name, _)| name)
        .collect();
    let violations: usize = [
        "response_schema",
        "status_code",
        "content_type",
        "response_headers",
    ]
    .iter()
    .filter_map(|what| told.failed.get(&format!("{what}_conformance")))
    .sum();
    let errors: usize = told.statuses.range(500..).map(|(_, count)| count).sum();
    println!(
        "schemathesis {}: {} cases, {} of {} operations with a 2xx, {errors} server errors, {violations} schema violations",
        told.version,
        told.cases,
        told.with_2xx.len() - without.len(),
        told.with_2xx.len()
    );
    for (check, count) in &told.checks {
        let failed = told.failed.get(check).copied().unwrap_or(0);
        println!("  {check}: {count} made, {failed} failed");
    }
    println!("  answers by status: {:?}", told.statuses);
    if let Ok(report) = std::env::var("UKETSUKE_API_REPORT") {
        let figures = json!({
            "schemathesis": told.version,
            "cases": told.cases,
            "operations": told.with_2xx.len(),
            "operations_with_2xx": told.with_2xx.len() - without.len(),
            "without_2xx": without,
            "checks": told.checks,
            "failed": told.failed,
            "server_errors": errors,
            "schema_violations": violations,
            "statuses": told.statuses.iter().map(|(s, n)| (s.to_string(), n)).collect::<BTreeMap<_, _>>(),
        });
        std::fs::write(report, figures.to_string()).unwrap();
    }
    assert!(told.failed.is_empty(), "{said}\n{:?}", told.failed);
    assert!(without.is_empty(), "without a 2xx: {without:?}\n{said}");
    assert_eq!((errors, violations), (0, 0));
    assert!(
        told.with_2xx.len() >= 38 && told.cases >= 38 && told.checks.len() >= 5,
        "{told:?}"
    );
}
