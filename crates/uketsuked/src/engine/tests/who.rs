//! Who acted stands in the audit record of a visit: the patient, or a member of staff (invariant 12).

use super::*;

/// The record of the visit's end, and of the inquiry if there was one.
async fn records(bench: &Bench) -> (serde_json::Value, Option<serde_json::Value>) {
    let read = bench.desk.run(|ledger| ledger.audit_records(0, 100)).await;
    let records = read.unwrap().unwrap();
    let of = |action: &str| {
        let found = records.iter().find(|one| one.action == action);
        found.map(|one| one.detail.clone())
    };
    (of("visit-ended").unwrap(), of("inquiry-queued"))
}

#[tokio::test]
async fn inv12_what_the_patient_did_is_recorded_as_the_patients() {
    let mut bench = Bench::new(Service::good());
    bench.reach_consents().await;
    bench.engine.pressed(Input::ConsentAll(true));
    bench.until("farewell").await;
    let (ended, inquiry) = records(&bench).await;
    assert_eq!(ended["consents_by"], "patient");
    assert!(ended["ended_by"].is_null(), "it came to its end by itself");
    assert_eq!(inquiry.unwrap()["by"], "patient");

    let mut bench = Bench::new(Service::good());
    bench.lay();
    bench.engine.pressed(Input::Cancel);
    bench.until("farewell").await;
    let (ended, inquiry) = records(&bench).await;
    assert_eq!(ended["ended_by"], "patient");
    assert!(ended["consents_by"].is_null(), "nothing was agreed to");
    assert_eq!(inquiry, None);
}
