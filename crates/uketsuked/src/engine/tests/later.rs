//! Medical information that a visit agreed to and did not get (invariant 1): asked for again while its consent lasts, and no longer.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use central::{Inquiry, InquiryQueue as _};

use super::*;
use crate::inquiry::LedgerQueue;
use crate::medical_later::Asker;

fn asker(bench: &Bench) -> Asker {
    Asker {
        central: Arc::clone(&bench.service) as _,
        desk: bench.desk.clone(),
        clock: Arc::clone(&bench.engine.parts.clock),
        engine: bench.engine.parts.mailbox.clone(),
        live_visit: Arc::clone(&bench.engine.parts.live_visit),
        institution_code: "1310000001".into(),
        simulated: true,
    }
}

/// The ledger's inquiries, all due.
pub(super) fn queue(bench: &Bench) -> LedgerQueue {
    LedgerQueue {
        desk: bench.desk.clone(),
        clock: Arc::clone(&bench.engine.parts.clock),
        happenings: crate::happenings::Happenings::default(),
        engine: bench.engine.parts.mailbox.clone(),
        live_visit: Arc::new(AtomicU64::new(0)),
        all_due: Arc::new(AtomicBool::new(true)),
        institution_code: "1310000001".into(),
        simulated: true,
        given: std::sync::Mutex::new(HashMap::new()),
    }
}

/// So many minutes pass.
fn later(bench: &Bench, minutes: i64) {
    let clock = &bench.engine.parts.clock;
    clock.service_said(clock.wall_ms() + minutes * 60_000);
}

/// How often staff heard that something did not come.
fn given_up(bench: &mut Bench) -> usize {
    let mut told = 0;
    while let Ok(message) = bench.mail.try_recv() {
        let code = "UK-VISIT-214";
        told += usize::from(matches!(message, Message::ServiceSaid { code: it, .. } if it == code));
    }
    told
}

fn times(bench: &Bench, what: &str) -> usize {
    bench
        .service
        .asked()
        .iter()
        .filter(|asked| *asked == what)
        .count()
}

async fn kinds(bench: &Bench) -> Vec<String> {
    let results = bench.results().await;
    results.into_iter().map(|result| result.kind).collect()
}

/// One visit with all consents, the medicines not reached.
async fn visit_without_medicines(bench: &mut Bench) {
    bench.service.away.store(true, Ordering::SeqCst);
    bench.reach_consents().await;
    bench.engine.pressed(Input::ConsentAll(true));
    bench.until("farewell").await;
}

/// A checkup document where medicines were asked for is told to staff under its code and stored under no name; the medicines come later.
#[tokio::test]
async fn invariant_1_another_kind_than_asked_for_is_told_and_not_kept() {
    let mut bench = Bench::new(Service::good());
    bench.service.mixed_up.store(true, Ordering::SeqCst);
    bench.reach_consents().await;
    bench.engine.pressed(Input::ConsentAll(true));
    bench.until("farewell").await;
    assert_eq!(kinds(&bench).await, ["qualification"]);
    let alerts = bench.engine.parts.board.alerts();
    assert!(alerts.iter().any(|told| told.code == "UK-CENT-403"));
    let asker = asker(&bench);
    asker.pass().await.unwrap();
    assert_eq!(kinds(&bench).await, ["qualification"], "still mixed up");
    bench.service.mixed_up.store(false, Ordering::SeqCst);
    later(&bench, 10);
    asker.pass().await.unwrap();
    assert_eq!(kinds(&bench).await, ["medicines", "qualification"]);
}

#[tokio::test]
async fn invariant_1_what_a_visit_did_not_get_comes_when_the_service_is_back() {
    let mut bench = Bench::new(Service::good());
    visit_without_medicines(&mut bench).await;
    assert_eq!(kinds(&bench).await, ["qualification"]);
    let asker = asker(&bench);
    assert!(asker.pass().await.is_err(), "not reached yet");
    bench.service.away.store(false, Ordering::SeqCst);
    asker.pass().await.unwrap();
    assert_eq!(kinds(&bench).await, ["medicines", "qualification"]);
    let results = bench.results().await;
    assert_eq!(results[0].visit, results[1].visit, "invariant 10");
    let asked = times(&bench, "medicines");
    asker.pass().await.unwrap();
    assert_eq!(
        times(&bench, "medicines"),
        asked,
        "once it is there it is not asked for"
    );
}

#[tokio::test]
async fn invariant_1_what_came_in_the_visit_is_not_asked_for_again() {
    let mut bench = Bench::new(Service::good());
    bench.reach_consents().await;
    bench.engine.pressed(Input::ConsentAll(true));
    bench.until("farewell").await;
    assert_eq!(times(&bench, "medicines"), 1);
    asker(&bench).pass().await.unwrap();
    assert_eq!(times(&bench, "medicines"), 1);
}

#[tokio::test]
async fn invariant_1_nothing_is_asked_for_after_the_consents_time() {
    let mut bench = Bench::new(Service::good());
    visit_without_medicines(&mut bench).await;
    bench.service.away.store(false, Ordering::SeqCst);
    let asked = times(&bench, "medicines");
    let now = bench.engine.parts.clock.wall_ms();
    bench.engine.parts.clock.service_said(now + 2 * 3_600_000);
    let asker = asker(&bench);
    asker.pass().await.unwrap();
    assert_eq!(
        times(&bench, "medicines"),
        asked,
        "the window of an hour has passed"
    );
    let mut told = false;
    while let Ok(message) = bench.mail.try_recv() {
        told |= matches!(
            message,
            Message::ServiceSaid {
                code: "UK-VISIT-214",
                service: None
            }
        );
    }
    assert!(told, "staff hears that it is given up");
    assert_eq!(kinds(&bench).await, ["qualification"]);
}

/// An inquiry that waited for the service: with its answer come the medicines that the person agreed to; nothing for a "no".
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_1_an_inquiry_answered_after_an_outage_brings_what_was_agreed_to() {
    for agreed in [true, false] {
        let bench = Bench::new(Service::good());
        let now = bench.engine.parts.clock.wall_ms();
        let payload = payload(agreed);
        let queued = bench
            .desk
            .run(move |ledger| ledger.queue_inquiry(now, 0x77, "desk-1/r", &payload))
            .await;
        queued.unwrap().unwrap();
        let queue = queue(&bench);
        let report = central::replay(bench.service.as_ref(), &queue, "1310000001", now).await;
        assert_eq!(report.unwrap().ended, 1);
        assert!(queue.due(now).unwrap().is_empty());
        asker(&bench).pass().await.unwrap();
        assert_eq!(times(&bench, "medicines"), usize::from(agreed));
        let expected: &[&str] = if agreed {
            &["medicines", "qualification"]
        } else {
            &["qualification"]
        };
        assert_eq!(kinds(&bench).await, expected);
    }
}

/// One answer that can't be used keeps nothing else back, and takes nothing away: however many passes there are while the service (or what
/// stands in its way) answers so, the entry rests between its tries, and what was agreed to comes when the answers are right again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_1_unusable_answers_keep_no_other_back_and_take_nothing_away() {
    let mut bench = two_agreed_to(40).await;
    bench.service.mixed_up.store(true, Ordering::SeqCst);
    let asker = asker(&bench);
    for _ in 0..8 {
        asker.pass().await.unwrap();
    }
    let both = kinds(&bench).await;
    assert_eq!(both, ["treatment", "qualification"], "the other one came");
    assert_eq!(times(&bench, "medicines"), 1, "it rests");
    later(&bench, 9);
    asker.pass().await.unwrap();
    assert_eq!(times(&bench, "medicines"), 1);
    // Ten minutes after the first try, twenty after the second, then an hour.
    for (minutes, asked) in [(1, 2), (10, 2), (10, 3), (59, 3), (1, 4)] {
        later(&bench, minutes);
        for _ in 0..4 {
            asker.pass().await.unwrap();
        }
        assert_eq!(times(&bench, "medicines"), asked);
    }
    assert_eq!(times(&bench, "treatment"), 1);
    assert_eq!(given_up(&mut bench), 0);
    bench.service.mixed_up.store(false, Ordering::SeqCst);
    later(&bench, 60);
    asker.pass().await.unwrap();
    assert!(kinds(&bench).await.contains(&"medicines".to_owned()));
}

/// Answers of a day that can't be used are an end too; staff is told, the audit chain has its code, and it is asked for no more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_1_unusable_answers_of_a_day_are_an_end() {
    let mut bench = two_agreed_to(40).await;
    bench.service.mixed_up.store(true, Ordering::SeqCst);
    let asker = asker(&bench);
    for asked in 1..=24 {
        assert_eq!(given_up(&mut bench), 0);
        asker.pass().await.unwrap();
        assert_eq!(times(&bench, "medicines"), asked);
        later(&bench, 60);
    }
    asker.pass().await.unwrap();
    assert_eq!(times(&bench, "medicines"), 24);
    assert_eq!(given_up(&mut bench), 1, "staff hears that it is given up");
    let records = bench.desk.run(|ledger| ledger.audit_records(0, 500)).await;
    let records = records.unwrap().unwrap();
    let refused = records.iter().find(|one| one.action == "service-refused");
    assert_eq!(refused.unwrap().detail["code"], "UK-CENT-403");
}

/// What could not be used comes with the next try, and what rests when its consent ends is given up and told, once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_1_what_rests_comes_or_ends_with_its_consent() {
    for right_again in [true, false] {
        let mut bench = two_agreed_to(1).await;
        bench.service.mixed_up.store(true, Ordering::SeqCst);
        let asker = asker(&bench);
        asker.pass().await.unwrap();
        let minutes = if right_again { 10 } else { 61 };
        bench.service.mixed_up.store(!right_again, Ordering::SeqCst);
        later(&bench, minutes);
        for _ in 0..3 {
            asker.pass().await.unwrap();
        }
        let came = kinds(&bench).await.contains(&"medicines".to_owned());
        assert_eq!(came, right_again);
        assert_eq!(given_up(&mut bench), usize::from(!right_again));
        assert_eq!(times(&bench, "medicines"), 1 + usize::from(right_again));
    }
}

/// A qualification that came after an outage, with medicines and treatment agreed to for so many hours and not asked for yet.
async fn two_agreed_to(hours: i64) -> Bench {
    let good = Service::good();
    let bench = Bench::new(Service {
        treatment: true,
        qualification: Ok((true, good.server_time + hours * 3_600_000)),
        ..good
    });
    let now = bench.engine.parts.clock.wall_ms();
    let payload = payload(true).replace(r#""treatment":false"#, r#""treatment":true"#);
    let queued = bench
        .desk
        .run(move |ledger| ledger.queue_inquiry(now, 0x77, "desk-1/r", &payload))
        .await;
    queued.unwrap().unwrap();
    let queue = queue(&bench);
    let report = central::replay(bench.service.as_ref(), &queue, "1310000001", now).await;
    assert_eq!(report.unwrap().ended, 1);
    bench
}

/// An inquiry as it waits in the ledger; `agreed` to the medicines or not.
pub(super) fn payload(agreed: bool) -> String {
    let inquiry: Inquiry = serde_json::from_value(serde_json::json!({
        "confirmation": waiting(),
        "consents": {"checkups": false, "medicines": agreed, "treatment": false, "operations": false},
        "date": "20261122",
    }))
    .unwrap();
    serde_json::to_string(&inquiry).unwrap()
}

/// A card's confirmation as it waits in the ledger.
fn waiting() -> serde_json::Value {
    let nonce = central::Nonce {
        bytes: vec![9; 32],
        expires_at: i64::MAX,
        server_time: 0,
    };
    let confirmation = central::CardConfirmation::new(
        &nonce,
        vec![1],
        central::ProofKind::AuthenticationKeyAfterPin,
        vec![2],
        central::ConfirmationMethod::Pin,
        0,
    );
    serde_json::to_value(confirmation).unwrap()
}
