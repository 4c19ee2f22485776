//! Invariants 9 and 10: the service answers a request for medicines with the answer to the one before, another patient's. That is taken by nobody,
//! and the patient's own medicines arrive once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::time::{Duration, Instant};

use e2e::{Bench, BenchOptions, PatientPage, identify_by_pin};
use hw_sim::central::Fault;
use serde_json::Value;

/// A visit by PIN in which everything is agreed to.
async fn visit(bench: &Bench, page: &mut PatientPage, person: &str) {
    identify_by_pin(bench, page, person).await.unwrap();
    page.wait_for(&["consents"]).await.unwrap();
    page.press("consent-all-yes").await.unwrap();
    page.wait_for(&["farewell"]).await.unwrap();
    bench.clinic.take().await.unwrap();
    page.wait_for(&["waiting"]).await.unwrap();
}

/// What there is of a kind, as (visit, text).
async fn of_kind(bench: &Bench, kind: &str) -> Vec<(String, String)> {
    let receipt = bench.receipt();
    let mut found = Vec::new();
    for one in receipt.waiting().await.unwrap() {
        if one["kind"] == kind {
            let id = one["id"].as_str().unwrap();
            let body = receipt.result(id, "application/json").await.unwrap();
            let body: Value = body.json().unwrap();
            let visit = one["visit"]
                .as_str()
                .map_or_else(|| one["visit"].to_string(), str::to_owned);
            found.push((visit, body.to_string()));
        }
    }
    found
}

async fn wait_for(bench: &Bench, count: usize) -> Vec<(String, String)> {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let found = of_kind(bench, "medicines").await;
        if found.len() >= count {
            return found;
        }
        assert!(
            Instant::now() < until,
            "{} of {count} medicines",
            found.len()
        );
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_duplicated_answer_about_medicines_reaches_nobody_invariants_9_10() {
    let bench = Bench::start(BenchOptions {
        without_vision: true,
        all_rights: true,
        ..BenchOptions::default()
    })
    .await
    .unwrap();
    let mut page = bench.patient().await.unwrap();
    page.wait_for(&["waiting"]).await.unwrap();
    visit(&bench, &mut page, "hoken").await;
    let first = wait_for(&bench, 1).await;
    assert_eq!(first.len(), 1);
    bench.clinic.central().set_fault(Fault::DuplicateLists);
    visit(&bench, &mut page, "seiho").await;
    // The first answer is the former patient's; asked again, its own comes, and comes once.
    let both = wait_for(&bench, 2).await;
    assert_ne!(both[0].0, both[1].0, "each under its own visit: {both:?}");
    bench.clinic.central().set_fault(Fault::None);
    tokio::time::sleep(Duration::from_secs(5)).await;
    let after = of_kind(&bench, "medicines").await;
    assert_eq!(after.len(), 2, "delivered once");
    let theirs = after
        .iter()
        .find(|(visit, _)| *visit != first[0].0)
        .unwrap();
    assert_ne!(theirs.1, first[0].1);
    assert!(
        !theirs.1.contains(&medicine_of(&first[0].1)),
        "not the former patient's"
    );
    assert!(bench.stop().await, "the daemon did not end when asked to");
}

/// The name of the first medicine in a result.
fn medicine_of(text: &str) -> String {
    let body: Value = serde_json::from_str(text).unwrap();
    let list = &body["XmlMsg"]["MessageBody"]["MedicineList"];
    let name = list[0]["Name"]
        .as_str()
        .or(list[0]["Medicine"]["Name"].as_str());
    name.expect("a medicine").to_owned()
}
