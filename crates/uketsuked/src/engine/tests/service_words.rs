//! The service's own code and words when it refuses in a visit with a card: verbatim for staff and in the audit chain, never on the
//! patient's page.

use kiosk::staff::{ServiceSaid, StaffState};

use super::*;

/// What staff was told last under this code.
fn told(bench: &Bench, code: &str) -> Option<ServiceSaid> {
    let alerts = bench.engine.parts.board.alerts();
    alerts.into_iter().find(|one| one.code == code)?.service
}

/// The record of the visit's end.
async fn ended(bench: &Bench) -> serde_json::Value {
    let records = bench.desk.run(|ledger| ledger.audit_records(0, 1000)).await;
    let records = records.unwrap().unwrap();
    let mut ends = records
        .into_iter()
        .filter(|one| one.action == "visit-ended");
    ends.next_back().expect("a visit has ended").detail
}

#[tokio::test]
async fn a_refusals_own_words_reach_staff_and_audit_and_never_the_patient() {
    let words = format!("{NAME} {NUMBER}");
    let mut bench = Bench::new(Service {
        qualification: Err(refused()),
        ..Service::good()
    });
    bench.reach_consents().await;
    bench.engine.pressed(Input::ConsentAll(true));
    bench.until("farewell").await;
    let said = told(&bench, "UK-CENT-301").expect("said to staff");
    assert_eq!((said.code.as_str(), &said.words), ("X1", &words));
    let record = ended(&bench).await;
    assert_eq!(record["outcome"], "refused");
    assert_eq!(record["service_code"], "X1");
    assert_eq!(record["service_message"], words);
    let screen = bench.screen.borrow().clone();
    let page = format!("{screen:?}");
    assert!(page.contains("UK-CENT-301"), "{page}");
    assert!(!page.contains("X1") && !page.contains(NAME), "{page}");
    let state = StaffState {
        alerts: bench.engine.parts.board.alerts(),
        ..StaffState::default()
    };
    assert!(!format!("{state:?}").contains(NAME), "in no log either");
}

#[tokio::test]
async fn a_card_that_is_not_confirmed_keeps_the_services_words() {
    let mut bench = Bench::new(Service {
        confirm: Ok("proof-invalid"),
        ..Service::good()
    });
    bench.reach_proof().await;
    bench.card(proof(SESSION));
    bench.until("farewell").await;
    let said = told(&bench, "UK-VISIT-213").expect("said to staff");
    assert_eq!((said.code.as_str(), said.words.as_str()), ("K-1", "原文"));
    assert_eq!(ended(&bench).await["service_message"], "原文");
}

/// A visit that went well has nothing of the kind; neither has one whose registration was only missing.
#[tokio::test]
async fn a_visit_that_went_well_names_no_refusal() {
    let mut bench = Bench::new(Service {
        confirm: Ok("not-registered"),
        registers: Some(Ok(true)),
        ..Service::good()
    });
    bench.reach_proof().await;
    bench.card(proof(SESSION));
    bench.until("registering").await;
    bench.engine.pressed(Input::Register(true));
    bench.until("consenting").await;
    bench.engine.pressed(Input::ConsentAll(false));
    bench.until("farewell").await;
    let record = ended(&bench).await;
    assert_eq!(record["outcome"], "delivered");
    assert!(record["service_code"].is_null(), "{record}");
}
