//! The short forms of `cargo xtask sweep crash` and `cargo xtask sweep disk`: the same proofs over fewer points.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use e2e::disk::{anew, crash, inject};

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
    assert!(report.anew.rebuilt > 15, "{text}");
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
    assert!(report.anew_points > 2, "{text}");
    assert!(report.typed_errors > 0 && report.succeeded > 0, "{text}");
}

#[test]
fn inv9_12_15_a_ledger_of_an_earlier_release_is_written_anew_whatever_the_disk_does() {
    let (report, wrong) = anew::cut(3, 5).unwrap();
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(report.points > 20, "{report:?}");
    let options = inject::Options {
        every: 7,
        daemons: 0,
        seed: 3,
        threads: 2,
    };
    let report = inject::fail_anew(&options).unwrap();
    let text = serde_json::to_string_pretty(&report).unwrap();
    let wrong = [
        report.undefined,
        report.lost,
        report.doubled,
        report.mixed,
        report.broken,
    ];
    assert_eq!(wrong, [0; 5], "{text}");
    assert!(report.anew_points > 5 && report.typed_errors > 0, "{text}");
}
