//! `cargo xtask sweep tamper` and `cargo xtask bench audit` in small; no time is asserted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

use e2e::chain::{BenchOptions, TamperOptions, measure, tamper};

#[test]
fn inv12_tampering_at_random_places_is_found_and_its_place_named() {
    let options = TamperOptions {
        runs: 12,
        records: 120,
        seed: 4,
    };
    let told = tamper(&options, &|step| println!("{step}")).unwrap();
    assert!(told.ok, "{told:#?}");
    assert_eq!((told.kinds.len(), told.false_alarms), (8, 0));
    assert!(told.kinds.values().all(|kind| kind.places > 5), "{told:#?}");
}

/// What `crates/ledger/tests/erasing.rs` shows of the log this does not: so small a ledger's stays small.
#[test]
fn inv12_the_audit_bench_checks_beside_a_writer_and_after_writing_anew() {
    let folder = tempfile::tempdir().unwrap();
    let options = BenchOptions {
        records: 1500,
        checks: 2,
        folder: folder.path().to_owned(),
    };
    let told = measure(&options, &|step| println!("{step}")).unwrap();
    assert!(told.ok, "{told:#?}");
    assert_eq!((told.records, told.alone.len()), (1500, 2));
    assert!(told.written > 0 && told.log_peak > 0, "{told:#?}");
    assert!(told.database > 0 && told.rewritten > 0.0, "{told:#?}");
}
