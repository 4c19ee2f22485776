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
    let nonce = central::CentralService::nonce(&*bench.service).await;
    bench.engine.take(Message::Looked(Ok(nonce.ok())));
    assert!(!told(&bench).contains(&"UK-VISIT-401".to_owned()));
}

/// What made the service useless is told once, in the words of its code, and is over with the first answer that can be used: a connection's
/// fault with the connection, an unreadable answer with one that can be read.
#[tokio::test]
async fn the_services_faults_are_told_once_each_and_end_by_themselves() {
    use central::ServerCertificateProblem as S;
    let mut bench = Bench::new(Service::good());
    let tls = |problem| CentralError::TlsServer {
        problem,
        detail: String::new(),
    };
    let bad = || CentralError::BadAnswer {
        detail: String::new(),
    };
    for error in [
        tls(S::UnknownIssuer),
        tls(S::Revoked),
        bad(),
        tls(S::UnknownIssuer),
    ] {
        bench.engine.alert(error.code());
        bench.engine.take(Message::Looked(Err(error)));
    }
    let mut codes = told(&bench);
    codes.sort();
    assert_eq!(codes, ["UK-CENT-104", "UK-CENT-105", "UK-CENT-401"]);
    let alerts = bench.engine.parts.board.alerts();
    for (code, words) in [
        ("UK-CENT-104", "認証局のものではありません"),
        ("UK-CENT-105", "失効しています"),
        ("UK-CENT-401", "応答を読み取れません"),
    ] {
        let alert = alerts.iter().find(|alert| alert.code == code).unwrap();
        assert!(
            alert.text.ja.contains(words) && !alert.closable,
            "{alert:?}"
        );
    }
    bench.engine.alert("UK-CENT-301");
    bench.engine.take(Message::Looked(Ok(None)));
    assert_eq!(told(&bench), ["UK-CENT-301", "UK-CENT-401"], "connected");
    let nonce = central::CentralService::nonce(&*bench.service)
        .await
        .unwrap();
    bench.engine.take(Message::Looked(Ok(Some(nonce))));
    assert_eq!(told(&bench), ["UK-CENT-301"], "of one request: staff's");
}

/// Both clocks and the minutes between them are named; once the service is right again, that the terminal still works ahead of both.
#[tokio::test]
async fn invariant_14_clocks_that_are_apart_are_named_with_their_minutes() {
    let mut bench = Bench::new(Service::good());
    let machine = bench.engine.parts.clock.machine_ms();
    let words = |bench: &Bench| {
        let mut alerts = bench.engine.parts.board.alerts();
        assert_eq!(alerts.len(), 1, "{alerts:?}");
        let alert = alerts.remove(0);
        assert_eq!(alert.code, "UK-VISIT-401");
        alert.text
    };
    bench.engine.time_said(machine + 7_200_000 + 30_000);
    let (ja, en) = (words(&bench).ja, words(&bench).en);
    assert!(ja.contains("120分ずれています"), "{ja}");
    assert!(en.contains("differ by 120 minutes"), "{en}");
    bench.engine.time_said(machine);
    let kept = words(&bench).ja;
    assert!(kept.contains("120分進んだ時刻"), "{kept}");
    // Also behind: the same words.
    let mut behind = Bench::new(Service::good());
    behind.engine.time_said(machine - 3_600_000 - 30_000);
    assert!(words(&behind).ja.contains("60分ずれています"));
    behind
        .engine
        .time_said(behind.engine.parts.clock.machine_ms());
    assert!(told(&behind).is_empty());
}

/// A nonce that was kept while the service was away tells the time of then: no word about its clock, which is right. One that came just now is.
#[tokio::test]
async fn invariant_14_a_nonce_of_before_is_no_word_about_the_clock() {
    for (stocked, expected) in [(true, &[][..]), (false, &["UK-VISIT-401"][..])] {
        let mut bench = Bench::new(Service::good());
        bench.lay();
        bench.engine.pressed(Input::Pin);
        bench.press(&[1, 2, 3, 4]);
        bench.card(CardAnswer::Pin(VerifyOutcome::Accepted));
        let machine = bench.engine.parts.clock.machine_ms();
        let nonce = central::Nonce {
            bytes: vec![7; 32],
            expires_at: machine + 3_600_000,
            server_time: machine - 600_000,
        };
        let reply = CentralReply::Nonce {
            reply: Ok(nonce),
            stocked,
        };
        let visit = bench.visit();
        bench.engine.take(Message::Central(visit, reply));
        assert_eq!(told(&bench), expected);
    }
}

/// Whom the camera did not recognise staff has looked at: the next patient is not meant.
#[tokio::test]
async fn the_alert_of_a_face_that_did_not_match_ends_when_staff_has_looked() {
    let mut bench = Bench::new(Service::good());
    bench.lay();
    bench.engine.alert("UK-VISIT-112");
    bench.engine.pressed(Input::Visual);
    assert_eq!(told(&bench), ["UK-VISIT-112"]);
    let (visit, staff) = (bench.visit(), "架空 受付".to_owned());
    bench.engine.take(Message::VisualConfirmed { visit, staff });
    assert!(told(&bench).is_empty());
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
