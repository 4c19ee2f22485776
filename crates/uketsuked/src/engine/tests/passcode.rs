//! The passcode for visual confirmation that came from the service (IF-049/050).

use kiosk::staff::{StaffAction, StaffRequest};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::*;

const OWN: &str = "1111";
const FETCHED: &str = "2222";

/// A bench whose clinic has a passcode of its own, and one from the service that holds for a minute.
fn with_both() -> Bench {
    let mut bench = Bench::new(Service::good());
    bench.engine.parts.settings.passcode = Some(Zeroizing::new(OWN.to_owned()));
    let now = bench.engine.parts.clock.wall_ms();
    bench.engine.take(Message::Passcode {
        passcode: Zeroizing::new(FETCHED.into()),
        until: Some(now + 60_000),
    });
    bench
}

/// Somebody waits to be looked at.
fn asks_for_staff(bench: &mut Bench) {
    bench.lay();
    bench.engine.pressed(Input::Visual);
    assert_eq!(bench.state(), "visual");
}

/// What staff is told about a passcode.
async fn tells(bench: &mut Bench, passcode: &str) -> Result<(), String> {
    let (reply, told) = oneshot::channel();
    let action = StaffAction::ConfirmVisual {
        visit: bench.visit().0,
        staff_name: "架空 受付".into(),
        passcode: Zeroizing::new(passcode.to_owned()),
    };
    bench.engine.staff_asked(StaffRequest {
        action,
        named: kiosk::staff::Named::Typed,
        reply,
    });
    told.await.unwrap().map_err(|problem| problem.code)
}

/// While the service's passcode holds, the clinic's own does not; at its end it is the other way round.
#[tokio::test]
async fn invariant_8_one_passcode_holds_at_a_time() {
    let wrong = || Err("UK-VISIT-014".to_owned());
    let mut bench = with_both();
    asks_for_staff(&mut bench);
    assert_eq!(tells(&mut bench, OWN).await, wrong());
    assert_eq!(tells(&mut bench, FETCHED).await, Ok(()));
    bench
        .until_card(|command| matches!(command, CardCommand::Prove { .. }))
        .await;

    let mut bench = with_both();
    let now = bench.engine.parts.clock.wall_ms();
    bench.engine.parts.clock.service_said(now + 61_000);
    asks_for_staff(&mut bench);
    assert_eq!(
        tells(&mut bench, FETCHED).await,
        wrong(),
        "its end has passed"
    );
    assert_eq!(tells(&mut bench, OWN).await, Ok(()));
}

/// Staff whose own passcode is refused read why, and until when.
#[tokio::test]
async fn a_wrong_passcode_says_until_when_the_services_one_holds() {
    let words = async |bench: &mut Bench| {
        asks_for_staff(bench);
        let (reply, told) = oneshot::channel();
        bench.engine.staff_asked(StaffRequest {
            action: StaffAction::ConfirmVisual {
                visit: bench.visit().0,
                staff_name: "架空 受付".into(),
                passcode: Zeroizing::new("9999".into()),
            },
            named: kiosk::staff::Named::Typed,
            reply,
        });
        let problem = told.await.unwrap().unwrap_err();
        assert_eq!(problem.code, "UK-VISIT-014");
        problem.text.ja
    };
    let mut bench = with_both();
    let until = bench.engine.fetched_passcode.as_ref().unwrap().1.unwrap();
    let told = words(&mut bench).await;
    let end = crate::staff::day_and_time(until);
    assert!(told.contains(&format!("{end}まで")), "{told}");
    assert!(told.contains("医院のパスコードは使えません"), "{told}");
    let mut own = Bench::new(Service::good());
    own.engine.parts.settings.passcode = Some(Zeroizing::new(OWN.to_owned()));
    own.engine.machine.offer_visual(true);
    let told = words(&mut own).await;
    assert!(!told.contains("オンライン資格確認"), "{told}");
}

/// Five wrong ones lock the service's passcode as they lock the clinic's own; a new one from the service opens nothing.
#[tokio::test]
async fn invariant_8_five_wrong_ones_lock_the_services_passcode_too() {
    let mut bench = with_both();
    asks_for_staff(&mut bench);
    for _ in 0..4 {
        assert_eq!(tells(&mut bench, "0000").await, Err("UK-VISIT-014".into()));
    }
    assert_eq!(tells(&mut bench, "0000").await, Err("UK-VISIT-013".into()));
    assert_eq!(tells(&mut bench, FETCHED).await, Err("UK-VISIT-013".into()));
    bench.engine.take(Message::Passcode {
        passcode: Zeroizing::new("3333".into()),
        until: None,
    });
    assert_eq!(tells(&mut bench, "3333").await, Err("UK-VISIT-013".into()));
    let alerts = bench.engine.parts.board.alerts();
    let told = alerts.iter().filter(|alert| alert.code == "UK-VISIT-013");
    assert_eq!(told.count(), 1, "one lock, one alert");
}

/// While the lock holds nobody is left waiting for staff, nor offered to: the person chooses another way and is told to speak to the
/// staff. Afterwards it is offered again.
#[tokio::test]
async fn invariant_8_nobody_waits_for_staff_while_it_is_locked() {
    let offered = |bench: &Bench| match bench.engine.page {
        visit::Page::Method { visual, notice, .. } => Some((visual, notice)),
        _ => None,
    };
    let mut bench = with_both();
    bench.lay();
    assert_eq!(offered(&bench).map(|(visual, _)| visual), Some(true));
    bench.engine.pressed(Input::Visual);
    for _ in 0..5 {
        assert!(tells(&mut bench, "0000").await.is_err());
    }
    assert_eq!(bench.state(), "choosing-method");
    let locked = Some(visit::Notice::VisualLocked);
    assert_eq!(offered(&bench), Some((false, locked)));
    bench.engine.pressed(Input::Visual);
    assert_eq!(bench.state(), "choosing-method", "nor by another client");

    bench.engine.pressed(Input::Cancel);
    let now = bench.engine.parts.clock.wall_ms();
    bench.engine.parts.clock.service_said(now + 15 * 60_000);
    bench.engine.event(visit::Event::Timeout);
    bench.lay();
    bench.engine.pressed(Input::Visual);
    assert_eq!(bench.state(), "visual", "15 minutes are over");
}

/// A visit that staff begins anew is not told as one that was cancelled.
#[tokio::test]
async fn begun_anew_is_not_cancelled() {
    let mut bench = with_both();
    asks_for_staff(&mut bench);
    let (reply, told) = oneshot::channel();
    let visit = bench.visit().0;
    bench.engine.staff_asked(StaffRequest {
        action: StaffAction::RestartVisit {
            visit,
            by: "架空 受付".into(),
        },
        named: kiosk::staff::Named::Typed,
        reply,
    });
    assert!(told.await.unwrap().is_ok());
    assert_ne!(bench.visit().0, visit, "the next one goes on");
    let records = bench.desk.run(|ledger| ledger.audit_records(0, 500)).await;
    let records = records.unwrap().unwrap();
    let ended = records.iter().find(|one| one.action == "visit-ended");
    let ended = ended.unwrap();
    assert_eq!(ended.detail["outcome"], "begun-anew");
    assert_eq!(ended.detail["ended_by"], "架空 受付");
}

/// The passcode stands in no record (invariant 5).
#[tokio::test]
async fn invariant_5_a_passcode_stands_in_no_record() {
    let mut bench = with_both();
    asks_for_staff(&mut bench);
    assert_eq!(tells(&mut bench, "98765").await, Err("UK-VISIT-014".into()));
    assert_eq!(tells(&mut bench, FETCHED).await, Ok(()));
    let records = bench.desk.run(|ledger| ledger.audit_records(0, 500)).await;
    let records = records.unwrap().unwrap();
    let told: Vec<_> = records
        .iter()
        .filter(|record| record.action == "visual-confirmation")
        .map(|record| record.detail.to_string())
        .collect();
    assert_eq!(told.len(), 2);
    for detail in told {
        assert!(!detail.contains("98765") && !detail.contains(&format!("\"{FETCHED}\"")));
        assert!(detail.contains("架空 受付"));
    }
}

/// Invariant 8: the service's passcode ends at its time; then the clinic's own holds again, and without one nobody is offered to be confirmed by
/// sight.
#[tokio::test]
async fn invariant_8_a_fetched_passcode_ends_and_the_clinics_own_holds_again() {
    for own in [Some("1111"), None] {
        let mut bench = Bench::new(Service::good());
        bench.engine.parts.settings.passcode = own.map(|code| Zeroizing::new(code.to_owned()));
        let now = bench.engine.parts.clock.wall_ms();
        bench.engine.take(Message::Passcode {
            passcode: Zeroizing::new("2222".into()),
            until: Some(now + 60_000),
        });
        assert!(bench.engine.fetched_passcode.is_some());
        bench.engine.parts.clock.service_said(now + 120_000);
        bench.engine.event(visit::Event::Timeout);
        assert!(
            bench.engine.fetched_passcode.is_none(),
            "its end has passed"
        );
        let kept = bench.engine.parts.settings.passcode.as_ref();
        assert_eq!(kept.map(|code| code.as_str()), own);
    }
}

/// Invariant 8: a passcode of the service that ended by a time which was ahead does not hold again when that goes back; nor does a lock end with
/// it or last longer than it would have. The right time is kept for the next start from then on.
#[tokio::test]
async fn invariants_8_14_nothing_of_a_passcode_revives_when_the_time_goes_back() {
    const HOUR: i64 = 3_600_000;
    let mut bench = with_both();
    asks_for_staff(&mut bench);
    for _ in 0..5 {
        assert!(tells(&mut bench, "0000").await.is_err());
    }
    let from = bench.engine.parts.clock.wall_ms();
    bench.engine.kept_time = Some(from + 2 * HOUR);
    let (forgotten, done) = oneshot::channel();
    bench.engine.take(Message::ForgetTimes(forgotten));
    assert!(!done.await.unwrap(), "somebody's visit is under way");
    assert!(bench.engine.fetched_passcode.is_some(), "as it was");
    let visit = bench.visit();
    bench.engine.event(visit::Event::StaffCancel { visit });
    assert_eq!(bench.state(), "farewell");
    let (forgotten, done) = oneshot::channel();
    bench.engine.take(Message::ForgetTimes(forgotten));
    assert!(done.await.unwrap());
    assert!(bench.engine.fetched_passcode.is_none());
    assert!(bench.engine.visual, "the clinic's own holds");
    assert_eq!(bench.engine.nonces.take(from), None);
    // As if the time had been two hours ahead when the lock began.
    bench.engine.guard.locked_until_ms += 2 * HOUR;
    let to = from;
    bench.engine.take(Message::SetBack {
        from: from + 2 * HOUR,
        to,
    });
    assert!(bench.engine.guard.is_locked(to + 60_000));
    assert!(!bench.engine.guard.is_locked(to + 15 * 60_000));
    bench.engine.parts.clock.service_said(to);
    bench.engine.kept_time = Some(from + 2 * HOUR);
    bench.engine.keep_time();
    let kept = bench
        .desk
        .run(|ledger| ledger.get_state(crate::clock::STATE_KEY));
    let kept = kept.await.unwrap().unwrap().unwrap();
    assert!(kept.parse::<i64>().unwrap() < from + HOUR, "{kept}");
}
