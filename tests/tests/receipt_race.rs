//! The race of `cargo xtask bench receipt` in small: who owns what is asserted, no time is.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv9_eight_clients_claim_fifty_results_at_once_and_each_has_one_owner() {
    let told = e2e::receipt_race::race(8, 50, 10, &|step| println!("{step}"))
        .await
        .unwrap();
    assert!(told.ok, "{told:#?}");
    assert_eq!((told.owned_once, told.wrong, told.misled), (50, 0, 0));
    let root = nix::unistd::geteuid().is_root();
    assert_eq!(told.server, if root { "uketsuked" } else { "in-process" });
    assert_eq!(told.won.count, 50);
    assert_eq!(told.refused.count, 350);
    assert_eq!(told.event.count, 80, "every client got every event");
}
