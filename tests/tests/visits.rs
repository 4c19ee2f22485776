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
use e2e::{Bench, BenchOptions};

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
