//! What staff is told ends with what ends it; what has no end of its own is closed by staff, on record.

use card::CardEvent;
use kiosk::staff::{StaffAction, StaffRequest};

use super::bench::READER;
use super::*;

fn told(bench: &Bench) -> Vec<String> {
    let alerts = bench.engine.parts.board.alerts();
    alerts.into_iter().map(|alert| alert.code).collect()
}

#[tokio::test]
async fn the_alert_of_a_card_left_behind_ends_when_it_is_taken() {
    let mut bench = Bench::new(Service::good());
    bench.reach_consents().await;
    bench.engine.pressed(Input::ConsentAll(false));
    bench.until("farewell").await;
    bench.engine.alert("UK-VISIT-113");
    bench.engine.alert("UK-VISIT-112");
    assert_eq!(told(&bench), ["UK-VISIT-112", "UK-VISIT-113"]);
    bench.engine.take(Message::Card(CardEvent::CardLeft {
        reader: READER.into(),
    }));
    assert_eq!(
        told(&bench),
        ["UK-VISIT-112"],
        "that one happened, and stays"
    );
}

#[tokio::test]
async fn the_alert_of_a_hung_reader_ends_when_it_answers() {
    let mut bench = Bench::new(Service::good());
    let mut hung = |trouble: Option<&str>| {
        bench.engine.take(Message::Card(CardEvent::ReaderHung {
            reader: READER.into(),
            trouble: trouble.map(str::to_owned),
        }));
        told(&bench)
    };
    assert_eq!(hung(Some("30 s without an answer")), ["UK-CARD-022"]);
    assert_eq!(hung(Some("again")), ["UK-CARD-022"], "once");
    assert!(hung(None).is_empty());
}

/// The service is away for one visit and answers in the next: its alert ends with the first answer. So does that of a clock that was wrong.
#[tokio::test]
async fn the_alerts_of_service_and_clock_end_with_the_services_next_answer() {
    let mut bench = Bench::new(Service {
        qualification: Err(unreachable()),
        ..Service::good()
    });
    bench.reach_consents().await;
    bench.engine.pressed(Input::ConsentAll(false));
    bench.until("farewell").await;
    bench.engine.alert("UK-VISIT-401");
    assert!(told(&bench).contains(&"UK-VISIT-201".to_owned()));
    bench.engine.take(Message::Card(CardEvent::CardLeft {
        reader: READER.into(),
    }));
    // No look failed in between: the alert ends with the next one that is answered, and what waits is due.
    bench.engine.take(Message::Looked(Ok(None)));
    assert!(!told(&bench).contains(&"UK-VISIT-201".to_owned()));
    assert!(bench.engine.parts.all_due.load(Ordering::SeqCst));
    bench.devices.card.lock().unwrap().clear();
    bench.reach_proof().await;
    bench.card(proof(SESSION));
    bench.until("consenting").await;
    assert!(!told(&bench).contains(&"UK-VISIT-401".to_owned()));
}

/// Closed by name, on record, before it leaves the page; what ends by itself, what is gone and what nobody is named for is refused.
#[tokio::test]
async fn staff_closes_what_has_no_end_of_its_own() {
    let mut bench = Bench::new(Service::good());
    bench.engine.alert("UK-VISIT-201");
    bench.engine.alert("UK-VISIT-112");
    let board = std::sync::Arc::clone(&bench.engine.parts.board);
    let of = |code: &str| {
        let alerts = board.alerts();
        alerts.into_iter().find(|one| one.code == code).unwrap()
    };
    let (lasts, happened) = (of("UK-VISIT-201"), of("UK-VISIT-112"));
    assert!(happened.closable && !lasts.closable);
    for (alert, by, done) in [
        (lasts.id, "hanako", false),
        (happened.id, " \n", false),
        (happened.id + 50, "hanako", false),
        (happened.id, "hanako", true),
        (happened.id, "hanako", false),
    ] {
        let (reply, answer) = tokio::sync::oneshot::channel();
        bench.engine.staff_asked(StaffRequest {
            action: StaffAction::CloseAlert {
                alert,
                by: by.to_owned(),
            },
            named: kiosk::staff::Named::SignedIn,
            reply,
        });
        match answer.await.unwrap() {
            Ok(()) => assert!(done, "{alert} by {by:?}"),
            Err(problem) => {
                assert_eq!(problem.code, "UK-VISIT-015");
                assert!(!done, "{alert} by {by:?}");
            }
        }
    }
    assert_eq!(told(&bench), ["UK-VISIT-201"]);
    let records = bench.desk.run(|ledger| ledger.audit_records(0, 100));
    let closed: Vec<_> = records
        .await
        .unwrap()
        .unwrap()
        .into_iter()
        .filter(|record| record.action == "alert-closed")
        .map(|record| record.detail)
        .collect();
    assert_eq!(
        closed,
        [serde_json::json!({"code": "UK-VISIT-112", "staff": "hanako", "named": "signed-in"})]
    );
}

/// A worker or a camera that goes away is told to staff, and no longer once it is back; a site that never had one is told nothing.
#[tokio::test]
async fn a_face_check_that_went_away_is_told_to_staff_until_it_is_back() {
    let mut bench = Bench::new(Service::good());
    for code in ["UK-FACE-002", "UK-FACE-011"] {
        let state = |state| Message::FaceAvailable(state, String::new());
        bench.engine.take(state(Err(code)));
        assert_eq!(told(&bench), [code]);
        bench.engine.take(state(Err(code)));
        assert_eq!(told(&bench), [code], "once");
        bench.engine.take(state(Ok(())));
        assert!(told(&bench).is_empty(), "over");
    }
    // A camera that is there may still show nothing: one look at its shutter spares a technician.
    bench
        .engine
        .take(Message::FaceAvailable(Err("UK-FACE-002"), String::new()));
    let advice = bench.engine.parts.board.alerts().remove(0).advice;
    assert!(
        advice.ja.contains("シャッター") && advice.en.contains("shutter is closed"),
        "{advice:?}"
    );
    // What is missing changes: staff reads what to do now, and nothing of before.
    let mut changing = Bench::new(Service::good());
    let camera_last = ["UK-FACE-002", "UK-FACE-011", "UK-FACE-002"];
    for code in camera_last {
        let state = Message::FaceAvailable(Err(code), String::new());
        changing.engine.take(state);
        assert_eq!(told(&changing), [code]);
    }
    let back = Message::FaceAvailable(Ok(()), String::new());
    changing.engine.take(back);
    assert!(told(&changing).is_empty(), "over");
    let mut without = Bench::new(Service::good());
    without.engine.face_was_there = false;
    for code in ["UK-FACE-011", "UK-FACE-002"] {
        let state = Message::FaceAvailable(Err(code), String::new());
        without.engine.take(state);
        assert!(told(&without).is_empty());
    }
}
