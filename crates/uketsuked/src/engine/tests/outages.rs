//! What becomes of a visit when the service refuses or is away, when the card is not registered, and when a part of the terminal is gone.

use super::*;

/// The service's own "no" ends the inquiry; what it can't be reached for stays.
#[tokio::test]
async fn a_refusal_drops_the_inquiry_and_an_outage_keeps_it() {
    let bad = CentralError::BadAnswer {
        detail: "JSON".into(),
    };
    let login = CentralError::LoginRefused {
        code: "1".into(),
        message: String::new(),
    };
    for (error, kept, code, alert) in [
        (refused(), 0, "UK-CENT-301", "UK-CENT-301"),
        (unreachable(), 1, "UK-VISIT-201", "UK-VISIT-201"),
        (bad, 1, "UK-VISIT-201", "UK-CENT-401"),
        (login, 1, "UK-VISIT-201", "UK-CENT-201"),
    ] {
        let mut bench = Bench::new(Service {
            qualification: Err(error),
            ..Service::good()
        });
        bench.reach_consents().await;
        bench.engine.pressed(Input::ConsentAll(true));
        bench.until("farewell").await;
        assert_eq!(bench.queued().await, kept, "{code}");
        assert_eq!(bench.trouble(), Some(code));
        let alerts = bench.engine.parts.board.alerts();
        assert!(alerts.iter().any(|told| told.code == alert), "{alert}");
        assert!(bench.results().await.is_empty());
        assert!(bench.engine.held.is_none());
    }
}

/// Why the service did not confirm the card is told apart.
#[tokio::test]
async fn each_refusal_of_the_card_has_its_code() {
    for (result, code) in [
        ("not-registered", "UK-VISIT-210"),
        ("unknown-person", "UK-VISIT-211"),
        ("certificate-revoked", "UK-VISIT-212"),
        ("certificate-expired", "UK-VISIT-212"),
        ("proof-invalid", "UK-VISIT-213"),
        ("something-new", "UK-VISIT-213"),
    ] {
        let mut bench = Bench::new(Service {
            confirm: Ok(result),
            ..Service::good()
        });
        bench.reach_proof().await;
        bench.card(proof(SESSION));
        bench.until("farewell").await;
        assert_eq!(bench.trouble(), Some(code), "{result}");
        assert_eq!(bench.queued().await, 0);
    }
}

/// Registered after the person's yes: the same proof confirms the card, and the record says so. Nothing without the yes.
#[tokio::test]
async fn a_card_not_yet_registered_is_registered_after_asking() {
    let offered = |registers| Service {
        confirm: Ok("not-registered"),
        registers: Some(registers),
        ..Service::good()
    };
    let mut bench = Bench::new(offered(Ok(true)));
    bench.reach_proof().await;
    bench.card(proof(SESSION));
    bench.until("registering").await;
    let registrations = |bench: &Bench| {
        let asked = bench.service.asked();
        asked.iter().filter(|a| a.starts_with("register")).count()
    };
    assert_eq!(registrations(&bench), 0, "nothing before the yes");
    bench.engine.pressed(Input::Register(true));
    bench.until("consenting").await;
    assert_eq!(registrations(&bench), 1);
    bench.engine.pressed(Input::ConsentAll(false));
    bench.until("farewell").await;
    assert_eq!(bench.results().await.len(), 1);
    let records = bench
        .desk
        .run(|ledger| ledger.audit_records(0, 100))
        .await
        .unwrap()
        .unwrap();
    let ended = records.iter().find(|r| r.action == "visit-ended").unwrap();
    assert_eq!(ended.detail["registered"], true);

    let mut bench = Bench::new(offered(Ok(true)));
    bench.reach_proof().await;
    bench.card(proof(SESSION));
    bench.until("registering").await;
    bench.engine.pressed(Input::Register(false));
    bench.until("farewell").await;
    assert_eq!(bench.trouble(), Some("UK-VISIT-210"));
    assert_eq!(registrations(&bench), 0, "nothing after a no");

    let lost = CentralError::Unreachable {
        cause: UnreachableCause::Timeout,
        detail: String::new(),
    };
    for outcome in [Ok(false), Err(lost)] {
        let mut bench = Bench::new(offered(outcome));
        bench.reach_proof().await;
        bench.card(proof(SESSION));
        bench.until("registering").await;
        bench.engine.pressed(Input::Register(true));
        bench.until("farewell").await;
        assert_eq!(bench.trouble(), Some("UK-VISIT-215"));
        assert!(bench.results().await.is_empty());
        // Staff is told what to say; the record says that nobody was registered, and nothing of the person.
        let alerts = bench.engine.parts.board.alerts();
        assert!(alerts.iter().any(|alert| alert.code == "UK-VISIT-215"));
        let read = bench.desk.run(|ledger| ledger.audit_records(0, 100)).await;
        let records = read.unwrap().unwrap();
        let ended = records.iter().find(|r| r.action == "visit-ended").unwrap();
        assert_eq!(ended.detail["registered"], false);
        assert!(!ended.detail.to_string().contains(NAME));
    }
}

/// Staff ends a visit while its inquiry is being written down: the write comes first, the taking back behind it.
#[tokio::test]
async fn an_inquiry_cancelled_while_it_is_written_does_not_stay_in_the_queue() {
    let mut bench = Bench::new(Service::good());
    bench.reach_consents().await;
    bench.engine.pressed(Input::ConsentAll(true));
    assert_eq!(
        bench.state(),
        "inquiring",
        "the ledger's answer has not been taken yet"
    );
    let (reply, told) = tokio::sync::oneshot::channel();
    let visit = bench.visit().0;
    bench.engine.staff_asked(kiosk::staff::StaffRequest {
        action: kiosk::staff::StaffAction::CancelVisit {
            visit,
            by: "受付 花子".into(),
        },
        named: kiosk::staff::Named::Typed,
        reply,
    });
    assert!(told.await.unwrap().is_ok());
    assert_eq!(bench.queued().await, 0);
    assert!(bench.engine.held.is_none());
    let records = bench
        .desk
        .run(|ledger| ledger.audit_records(0, 100))
        .await
        .unwrap()
        .unwrap();
    let of = |action: &str| records.iter().find(|r| r.action == action).unwrap();
    assert_eq!(of("visit-cancelled").detail["staff"], "受付 花子");
    assert_eq!(
        of("visit-cancelled").detail["named"],
        "typed",
        "nobody checked the name"
    );
    assert_eq!(of("visit-ended").detail["ended_by"], "受付 花子");
}

/// A ledger that takes no work, and card threads that are gone, end the visit with their code; the next one
/// can begin.
#[tokio::test]
async fn what_is_gone_gives_the_trouble_page() {
    let mut bench = Bench::without_ledger(Service::good());
    bench.reach_consents().await;
    bench.engine.pressed(Input::ConsentAll(false));
    assert_eq!(bench.trouble(), Some("UK-VISIT-301"));
    assert!(bench.engine.held.is_none());
    assert!(
        !bench
            .service
            .asked()
            .iter()
            .any(|asked| asked.starts_with("qualification")),
        "nothing is asked that can't be stored"
    );

    let mut bench = Bench::new(Service::good());
    bench.lay();
    bench.devices.gone.store(true, Ordering::SeqCst);
    bench.engine.pressed(Input::Pin);
    bench.press(&[1, 2, 3, 4]);
    assert_eq!(bench.trouble(), Some("UK-VISIT-101"));
    assert!(bench.engine.held.is_none());
}

/// A face worker that is gone when it is needed leads to another way (invariant 7).
#[tokio::test]
async fn a_worker_that_is_gone_leads_to_another_way() {
    let mut bench = Bench::new(Service::good());
    bench.lay();
    bench.engine.pressed(Input::Face);
    bench.press(&[0, 2, 0, 1, 1, 5, 2, 0, 3, 0, 4, 3, 2, 1]);
    bench.card(CardAnswer::MatchingNumber(VerifyOutcome::Accepted));
    bench.devices.gone.store(true, Ordering::SeqCst);
    bench.card(photo(SESSION));
    let page = bench.screen.borrow().page.clone();
    assert!(
        matches!(
            page,
            Page::Method {
                pin: true,
                notice: Some(kiosk::patient::Notice::CameraGone),
                ..
            }
        ),
        "{page:?}"
    );
}

/// A thread that dies by itself ends the engine, so that the daemon is started anew.
#[tokio::test]
async fn the_engine_ends_with_the_threads_it_needs() {
    for (ledger, expected) in [
        (true, crate::engine::Ended::CardThreadsGone),
        (false, crate::engine::Ended::LedgerGone),
    ] {
        let bench = if ledger {
            Bench::new(Service::good())
        } else {
            Bench::without_ledger(Service::good())
        };
        if ledger {
            bench
                .engine
                .parts
                .mailbox
                .send(Message::CardThreadsGone)
                .await
                .unwrap();
        }
        let (_presses, input) = tokio::sync::mpsc::channel(1);
        let (_requests, staff) = tokio::sync::mpsc::channel(1);
        let ended = bench.engine.run(bench.mail, input, staff, || {});
        let ended = tokio::time::timeout(std::time::Duration::from_secs(20), ended).await;
        assert_eq!(ended.unwrap(), expected);
    }
}

/// Invariant 14: the trusted time goes on being kept while the service is away, so that a clock set back across a restart revives no consent;
/// the system clock, which may be wrong, is not kept.
#[tokio::test]
async fn invariant_14_the_trusted_time_is_kept_while_the_service_is_away() {
    const YEAR: i64 = 365 * 86_400_000;
    let mut bench = Bench::new(Service::good());
    let kept = async |bench: &Bench| {
        let read = bench
            .desk
            .run(|ledger| ledger.get_state(crate::clock::STATE_KEY));
        let text = read.await.unwrap().unwrap();
        text.and_then(|text| text.parse::<i64>().ok())
    };
    bench.engine.keep_time();
    assert_eq!(
        kept(&bench).await,
        None,
        "nothing but the system clock is known"
    );
    let now = bench.engine.parts.clock.wall_ms();
    bench.engine.parts.clock.not_before(now + YEAR);
    bench.engine.keep_time();
    let first = kept(&bench).await.unwrap();
    assert!(first >= now + YEAR);
    bench.engine.parts.clock.not_before(now + YEAR + 61_000);
    bench.engine.keep_time();
    assert!(
        kept(&bench).await.unwrap() >= now + YEAR + 61_000,
        "each minute"
    );
}
