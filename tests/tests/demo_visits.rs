//! The rest of the demonstration's visits in a real browser: those of patients by touch, one after the other at one terminal and in
//! one browser; those without a patient on the staff's page. And docs/gallery.md says which test drives which visit.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

use e2e::scenarios::{NAMES, Step, play};
use e2e::{Bench, BenchOptions, DeskBrowser, repository, staff_visits};

/// The patients' visits that `visits.rs` does not play. The last one starts the terminal anew with other settings.
const PATIENTS: [&str; 7] = [
    "both-results",
    "bulk-settles",
    "expired-card",
    "expired-lately",
    "not-registered",
    "recipient-checkups",
    "qualification-only",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_patients_touch_the_page_one_after_the_other() {
    let options = BenchOptions {
        in_browser: true,
        without_vision: true,
        ..BenchOptions::default()
    };
    let mut bench = Bench::start(options).await.unwrap();
    for name in PATIENTS {
        let report = play(&mut bench, name, |step: &Step| {
            println!("{name} {:>6} ms  {}", step.at_ms, step.what)
        })
        .await;
        assert!(
            report.ok,
            "{name}: {}\n{:#?}\n--- daemon\n{}",
            report.outcome,
            report.steps,
            bench.daemon_log()
        );
    }
    assert!(bench.stop().await, "the daemon did not end when asked to");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_does_at_its_page_what_needs_no_patient() {
    let bench = Bench::start(BenchOptions {
        without_vision: true,
        all_rights: true, // a receipt computer that may read the audit chain, to look what it says
        ..BenchOptions::default()
    })
    .await
    .unwrap();
    let mut desk = DeskBrowser::as_qualified(&bench, "ishi taro")
        .await
        .unwrap();
    for name in staff_visits::NAMES {
        staff_visits::play(&bench, &mut desk, name).await.unwrap();
        println!("{name}");
    }
    assert!(bench.stop().await);
}

/// The table in docs/gallery.md has every visit of the demonstration, and each test that it names drives that visit.
#[test]
fn every_visit_of_the_demonstration_has_its_test_in_the_table() {
    let root = repository();
    let page = std::fs::read_to_string(root.join("docs/gallery.md")).unwrap();
    let table = page
        .split("| visit | patient's page, by touch | staff's page |")
        .nth(1)
        .unwrap();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let named: Vec<&str> = rows.iter().map(|row| row[0].trim_matches('`')).collect();
    assert_eq!(
        named, NAMES,
        "the table's visits in the demonstration's order"
    );
    let read = |name: &str| {
        std::fs::read_to_string(root.join("tests/tests").join(format!("{name}.rs"))).unwrap()
    };
    let single = read("visits");
    for row in &rows {
        let (visit, patient, staff) = (row[0].trim_matches('`'), row[1], row[2]);
        let expected = if single.contains(&format!("visit(\"{visit}\").await")) {
            let test = single.split(&format!("visit(\"{visit}\")")).next().unwrap();
            let test = test.rsplit("async fn ").next().unwrap();
            format!("`visits.rs::{}`", test.split('(').next().unwrap())
        } else if PATIENTS.contains(&visit) {
            "`demo_visits.rs::the_other_patients_touch_the_page_one_after_the_other`".to_owned()
        } else {
            "-".to_owned()
        };
        assert_eq!(patient, expected, "{visit}");
        let expected = if staff_visits::NAMES.contains(&visit) {
            "`demo_visits.rs::staff_does_at_its_page_what_needs_no_patient`"
        } else {
            "-"
        };
        assert_eq!(staff, expected, "{visit}");
        assert!(patient != "-" || staff != "-", "nothing drives {visit}");
    }
}
