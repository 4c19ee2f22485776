//! Short forms of `cargo xtask sweep central` and `cargo xtask bench bulk`.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_service_loses_doubles_and_mixes_nothing_invariants_9_10() {
    let told = e2e::central_sweep::sweep(20, 7, |line| println!("{line}"))
        .await
        .unwrap();
    assert!(told.ok, "{told:#?}");
    assert_eq!(told.runs, 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_tickets_stream_into_the_ledger_invariant_9() {
    let told = e2e::bulk_bench::bench(1_000, |line| println!("{line}"))
        .await
        .unwrap();
    assert!(told.ok, "{told:#?}");
    assert!(told.tickets >= 1_000 && told.after_kill >= 1_000);
}
