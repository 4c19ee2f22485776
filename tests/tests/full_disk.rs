//! A full disk: the person is told with a code, nothing is lost, and when there is room again the inquiry
//! is answered by itself (invariants 9 and 15).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use e2e::{Bench, BenchOptions, PatientPage, identify_by_pin};

/// A file of the daemon's own small disk, reached through its process.
fn inside(bench: &mut Bench, name: &str) -> PathBuf {
    let id = bench.daemon().id();
    let folder = bench.path("ledger");
    PathBuf::from(format!("/proc/{id}/root{}", folder.display())).join(name)
}

/// Writes until nothing more fits.
fn fill(path: &std::path::Path) {
    let mut file = std::fs::File::create(path).unwrap();
    for size in [65536, 4096, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}

async fn pin_visit(bench: &Bench, page: &mut PatientPage) -> serde_json::Value {
    identify_by_pin(bench, page, "seiho").await.unwrap();
    page.wait_for(&["consents"]).await.unwrap();
    page.press("consent-all-no").await.unwrap();
    let last = page.wait_for(&["farewell", "trouble"]).await.unwrap();
    bench.clinic.take().await.unwrap();
    last
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_said_and_the_next_patient_is_served_invariants_9_15() {
    let mut bench = Bench::start(BenchOptions {
        ledger_disk: Some(4 << 20),
        without_vision: true,
        ..BenchOptions::default()
    })
    .await
    .unwrap();
    let mut page = bench.patient().await.unwrap();
    let ballast = inside(&mut bench, "ballast");
    fill(&ballast);

    let told = pin_visit(&bench, &mut page).await;
    assert_eq!(told["page"], "trouble", "{told}");
    assert!(
        told["code"].as_str().unwrap().contains("UK-LEDG-001"),
        "{told}"
    );
    assert!(
        bench.receipt().waiting().await.unwrap().is_empty(),
        "invariant 9: nobody was told"
    );

    // Rather refused than half kept: no visit begins while the disk is that full.
    let closed = page.wait_for(&["out-of-service"]).await.unwrap();
    assert!(
        closed["code"].as_str().unwrap().contains("UK-LEDG-018"),
        "{closed}"
    );

    let status = e2e::status(&bench).await.unwrap();
    assert!(status["alerts"].to_string().contains("UK-LEDG-018"));

    std::fs::remove_file(&ballast).unwrap();
    page.wait_for(&["waiting"]).await.unwrap();
    // What staff was told of the disk is over with it.
    let status = e2e::status(&bench).await.unwrap();
    let alerts = status["alerts"].to_string();
    assert!(
        !alerts.contains("UK-LEDG-018") && !alerts.contains("UK-LEDG-001"),
        "{alerts}"
    );
    let watch = bench.watch().await.unwrap();
    let good = pin_visit(&bench, &mut page).await;
    assert_eq!(good["page"], "farewell", "{good}");
    watch
        .wait_for("the result", Duration::from_secs(20), |value| {
            value["event"] == "stored"
        })
        .await
        .unwrap();
    assert_eq!(bench.receipt().waiting().await.unwrap().len(), 1);
    assert!(bench.stop().await);
}
