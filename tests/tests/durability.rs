//! The short forms of `cargo xtask sweep crash` and `cargo xtask sweep disk`: the same proofs over fewer points.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use e2e::disk::{crash, inject};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv9_10_12_no_power_cut_and_no_kill_loses_doubles_or_mixes_a_result() {
    let options = crash::Options {
        visits: 3,
        every: 13,
        restarts: 1,
        kills: 2,
        folders_every: 17,
        seed: 7,
    };
    let report = crash::sweep(&options, |_| {}).await.unwrap();
    let text = serde_json::to_string_pretty(&report).unwrap();
    assert!(report.ok, "{text}");
    assert_eq!(
        (report.lost, report.doubled, report.mixed, report.broken),
        (0, 0, 0, 0),
        "{text}"
    );
    assert!(
        report.control_losses > 0,
        "a ledger that does not wait for the disk must lose something: {text}"
    );
    assert!(report.points > 20 && report.results >= 4, "{text}");
    let folders = &report.folders;
    assert!(
        folders.rebuilt > 60 && folders.requests >= 8 && folders.faces == 3,
        "{text}"
    );
    assert!(
        folders.control_losses > 0,
        "files that are not flushed must be lost: {text}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv9_12_15_a_disk_that_fails_at_any_call_gets_a_defined_answer() {
    let options = inject::Options {
        every: 17,
        daemons: 1,
        seed: 3,
        threads: 2,
    };
    let report = inject::sweep(&options, |_| {}).await.unwrap();
    let text = serde_json::to_string_pretty(&report).unwrap();
    assert!(report.ok && report.runs > 30, "{text}");
    assert!(report.typed_errors > 0 && report.succeeded > 0, "{text}");
}
