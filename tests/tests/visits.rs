//! The demonstration's visits, each on a bench of its own: real pcscd, real sockets, real models, and the patient's page
//! drawn and touched in a real browser.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

use e2e::scenarios::{Step, play};
use e2e::{Bench, BenchOptions, get, request, serve};

async fn visit(name: &'static str) {
    let options = BenchOptions {
        in_browser: true,
        ..BenchOptions::default()
    };
    let mut bench = Bench::start(options).await.unwrap();
    let report = play(&mut bench, name, |step: &Step| {
        println!("{:>6} ms  {}", step.at_ms, step.what)
    })
    .await;
    let log = bench.daemon_log();
    assert!(
        report.ok,
        "{name}: {}\n{:#?}\n--- daemon\n{log}",
        report.outcome, report.steps
    );
    assert!(bench.stop().await, "the daemon did not end when asked to");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn face() {
    visit("face").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unentrusted_invariant_6() {
    visit("unentrusted").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_face_invariants_1_7_8() {
    visit("wrong-face").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pin_guard_invariant_2() {
    visit("pin-guard").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn card_pulled_invariant_11() {
    visit("card-pulled").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn central_down() {
    visit("central-down").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_invariant_9() {
    visit("crash").await;
}

/// Point 58: from the card to the receipt computer nobody of the staff does, chooses or types anything (no department either), for insured, for both
/// in one answer and for an unentrusted recipient alike.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_asks_nothing_of_staff() {
    let options = BenchOptions {
        without_vision: true,
        all_rights: true,
        ..BenchOptions::default()
    };
    let bench = Bench::start(options).await.unwrap();
    let mut page = bench.patient().await.unwrap();
    let socket = bench.path("receipt.sock");
    for person in ["hoken", "futari", "mitaku"] {
        let result = serve(&bench, &mut page, person).await.unwrap();
        let id = result["id"].as_str().unwrap();
        let path = format!("/v1/results/{id}/claim");
        let taken = request(&socket, "POST", &path, &[], b"").await.unwrap();
        assert_eq!(taken.status, 200, "{person}: it needs nobody's word");
        let text = String::from_utf8(taken.body).unwrap();
        assert!(!text.contains("Department"), "{person}: {text}");
    }
    let audit = get(&socket, "/v1/audit?limit=500").await.unwrap();
    let audit = audit.json().unwrap();
    let records = audit["records"].as_array().unwrap();
    let count = |action: &str| {
        let those = records.iter().filter(|record| record["action"] == action);
        those.count()
    };
    assert_eq!(count("result-claimed"), 3, "{audit}");
    for record in records {
        let actor = record["actor"].as_str().unwrap();
        // Whoever acts stands there by name: `staff`, `staff:NAME` or `technician`.
        let a_person = actor.starts_with("staff") || actor == "technician";
        assert!(!a_person, "nobody but the machines did anything: {record}");
    }
    assert!(bench.stop().await, "the daemon did not end when asked to");
}
