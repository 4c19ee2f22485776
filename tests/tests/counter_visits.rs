//! The demonstration's visits beside the card: lookups by number, bulk fetch, re-inquiry, disaster, outage, and cards that the
//! service does not accept; one after the other on one terminal, as on one day.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

use e2e::scenarios::{NAMES, Step, play};
use e2e::{Bench, BenchOptions};

/// Played on the page itself by `visits.rs`.
const ON_THE_PAGE: usize = 7;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_visits_beside_the_card_invariants_1_6_9() {
    let mut bench = Bench::start(BenchOptions {
        without_vision: true,
        all_rights: true,
        ..BenchOptions::default()
    })
    .await
    .unwrap();
    for name in NAMES.into_iter().skip(ON_THE_PAGE) {
        let report = play(&mut bench, name, |step: &Step| {
            println!("{name}: {:>6} ms  {}", step.at_ms, step.what)
        })
        .await;
        assert!(
            report.ok,
            "{name}: {}\n{:#?}\n--- daemon\n{}",
            report.outcome,
            report.steps,
            bench.daemon_log()
        );
        assert!(
            !report.received.is_empty() || name == "expired-card",
            "{name}: something was delivered"
        );
    }
    assert!(bench.stop().await, "the daemon did not end when asked to");
}
