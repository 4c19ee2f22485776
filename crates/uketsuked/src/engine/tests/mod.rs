//! The engine's wiring: what each of the visit's commands does, and what an answer changes.

mod alerts;
mod another_person;
mod bench;
mod face;
mod held_up;
mod later;
mod log;
mod outages;
mod passcode;
mod recorder;
mod service_words;
mod unreadable;
mod who;

use std::sync::atomic::Ordering;

use bench::{Bench, NAME, NUMBER, SESSION, Service, photo, proof};
use card::{CardAnswer, CardCommand, ProveHow, VerifyOutcome};
use central::{CentralError, UnreachableCause};
use kiosk::patient::{Input, Page};
use vision::protocol::{FaceOutcome, Request};
use visit::{LedgerAnswer, VisitId};
use zeroize::Zeroizing;

use super::{CentralReply, Message};

fn unreachable() -> CentralError {
    CentralError::Unreachable {
        cause: UnreachableCause::Connect,
        detail: "refused".into(),
    }
}

fn refused() -> CentralError {
    CentralError::Refused {
        code: "X1".into(),
        message: format!("{NAME} {NUMBER}"),
    }
}

/// One visit with a PIN and all consents: every command reaches its side, in order, and nothing is held after.
#[tokio::test]
async fn a_visit_reaches_card_service_and_ledger_and_is_forgotten() {
    let mut bench = Bench::new(Service::good());
    bench.reach_proof().await;
    let visit = bench.visit();
    {
        let commands = bench.devices.card.lock().unwrap();
        assert!(matches!(&commands[0], CardCommand::Begin { visit: v, .. } if *v == visit.0));
        assert!(matches!(&commands[1], CardCommand::VerifyPin { visit: v, .. } if *v == visit.0));
        assert!(
            matches!(&commands[2], CardCommand::Prove { visit: v, nonce, how: ProveHow::AfterPin } if *v == visit.0 && nonce.len() == 32 && nonce[..31] == [9; 31]),
            "one of the nonces that the service gave: {:?} after {:?}",
            commands[2],
            bench.service.asked()
        );
        assert_eq!(commands.len(), 3);
    }
    bench.card(proof(SESSION));
    assert!(
        matches!(bench.devices.card.lock().unwrap().last(), Some(CardCommand::End { visit: v }) if *v == visit.0),
        "the card is let go of as soon as it has proved itself"
    );
    bench.until("consenting").await;
    assert_eq!(
        bench.queued().await,
        0,
        "nothing is written before the consents are closed"
    );
    bench.engine.pressed(Input::ConsentAll(true));
    bench.until("farewell").await;

    let kinds: Vec<String> = bench.results().await.into_iter().map(|r| r.kind).collect();
    assert_eq!(kinds, ["medicines", "qualification"], "newest first");
    assert_eq!(bench.results().await[0].reader, "desk-1/reader-0");
    assert_eq!(bench.queued().await, 0, "closed with the result");
    assert!(
        bench.engine.held.is_none(),
        "nothing is held after the visit (invariant 5)"
    );
    assert_eq!(bench.engine.parts.live_visit.load(Ordering::SeqCst), 0);
    let asked = bench.service.asked();
    let order: Vec<&str> = asked
        .iter()
        .filter_map(|asked| asked.split(' ').next())
        .collect();
    assert_eq!(
        order,
        ["nonce", "nonce", "confirm", "qualification", "medicines"],
        "the first look also keeps a nonce"
    );
}

/// Invariants 5 and 16: the photo goes to the worker alone, and is gone with the comparison.
#[tokio::test]
async fn a_face_visit_hands_the_photo_over_and_forgets_it() {
    let mut bench = Bench::new(Service::good());
    bench.lay();
    bench.engine.pressed(Input::Face);
    assert!(
        matches!(
            bench.devices.face.lock().unwrap().remove(0).0,
            Request::CheckCamera { picture: true }
        ),
        "the camera is tried before anything is typed"
    );
    bench.press(&[0, 2, 0, 1, 1, 5, 2, 0, 3, 0, 4, 3, 2, 1]);
    bench.card(CardAnswer::MatchingNumber(VerifyOutcome::Accepted));
    bench.card(photo(SESSION));
    let visit = bench.visit().0;
    assert!(
        matches!(&bench.devices.face.lock().unwrap()[0], (Request::StartFace { visit: v, deadline_ms: 12_000, .. }, payload) if *v == visit && payload == b"photo")
    );
    bench.preview.put(visit, Zeroizing::new(b"frame".to_vec()));
    assert!(bench.preview.subscribe().borrow().is_some());
    bench.engine.take(Message::Face(
        visit,
        FaceOutcome::Matched {
            distance: 0.3,
            frames: 5,
        },
    ));
    assert!(
        matches!(bench.devices.face.lock().unwrap()[1].0, Request::Stop { visit: v } if v == visit)
    );
    assert!(bench.engine.held.as_ref().unwrap().photo.is_none());
    bench
        .preview
        .put(visit, Zeroizing::new(b"late frame".to_vec()));
    assert!(
        bench.preview.subscribe().borrow().is_none(),
        "a late picture is not shown"
    );
    bench
        .until_card(|command| {
            matches!(
                command,
                CardCommand::Prove {
                    how: ProveHow::Pinless,
                    ..
                }
            )
        })
        .await;
}

/// How often the front was to be read, and how many digits the keypad holds.
fn reading(bench: &Bench) -> (usize, usize) {
    let asked = bench.devices.face.lock().unwrap();
    let times = asked
        .iter()
        .filter(|(request, _)| matches!(request, Request::ReadCard { .. }))
        .count();
    let filled = match bench.engine.page {
        visit::Page::Keypad { filled, .. } => filled.into(),
        _ => usize::MAX,
    };
    (times, filled)
}

/// Invariant 3: a number that the card refused is not read off it once more, to be confirmed once more: each costs one of ten tries.
#[tokio::test]
async fn invariant_3_a_refused_number_is_not_filled_in_again() {
    let mut bench = Bench::new(Service::good());
    bench.engine.parts.settings.read_card = true;
    bench.lay();
    bench.engine.pressed(Input::Face);
    assert_eq!(reading(&bench), (1, 0));
    let visit = bench.visit().0;
    let digits = || Zeroizing::new(b"02011520304321".to_vec());
    bench.engine.take(Message::CardRead(visit, digits(), false));
    assert_eq!(reading(&bench), (1, 14));
    bench.engine.pressed(Input::Confirm);
    bench.card(CardAnswer::MatchingNumber(VerifyOutcome::Wrong {
        tries_left: 9,
    }));
    assert_eq!(reading(&bench), (1, 0), "typed now");
    bench.engine.take(Message::CardRead(visit, digits(), false));
    assert_eq!(reading(&bench), (1, 0), "a late answer fills nothing in");
}

/// Ten sure digits are birth date and year of expiry. They stand on the keypad unless the chip knows the year: then the code comes after the date.
#[tokio::test]
async fn ten_sure_digits_are_filled_in_where_the_year_is_wanted() {
    for (expiry, expected) in [(None, 10), (Some("20300115"), 6)] {
        let mut bench = Bench::new(Service::good());
        bench.engine.parts.settings.read_card = true;
        bench.lay_with_expiry(expiry);
        bench.engine.pressed(Input::Face);
        let visit = bench.visit().0;
        let digits = Zeroizing::new(b"0201152030".to_vec());
        bench.engine.take(Message::CardRead(visit, digits, false));
        assert_eq!(reading(&bench), (1, expected), "{expiry:?}");
    }
}

/// Invariant 16: photo and proof count only from the session in which the card was identified.
#[tokio::test]
async fn invariant_16_another_power_on_session_proves_nothing() {
    let mut bench = Bench::new(Service::good());
    bench.lay();
    bench.engine.pressed(Input::Face);
    bench.press(&[0, 2, 0, 1, 1, 5, 2, 0, 3, 0, 4, 3, 2, 1]);
    bench.card(CardAnswer::MatchingNumber(VerifyOutcome::Accepted));
    bench.card(photo(SESSION + 1));
    assert_eq!(bench.state(), "choosing-method");
    assert!(
        bench
            .devices
            .face
            .lock()
            .unwrap()
            .iter()
            .all(|(request, _)| !matches!(request, Request::StartFace { .. }))
    );

    let mut bench = Bench::new(Service::good());
    bench.reach_proof().await;
    bench.card(proof(SESSION + 1));
    assert_eq!(bench.trouble(), Some("UK-VISIT-104"));
    assert!(bench.engine.held.is_none());
    assert!(
        !bench
            .service
            .asked()
            .iter()
            .any(|asked| asked.starts_with("confirm"))
    );
}

/// Invariants 2 and 16: a reset at the VERIFY costs the verdict, not the visit. The same card goes on in the session that
/// the card threads name, and only there.
#[tokio::test]
async fn invariants_2_16_after_a_lost_verdict_the_same_card_finishes() {
    for (proved_in, proves) in [(SESSION + 1, true), (SESSION, false), (SESSION + 2, false)] {
        let mut bench = Bench::new(Service::good());
        bench.lay();
        bench.engine.pressed(Input::Pin);
        bench.press(&[1, 2, 3, 4]);
        bench.card(CardAnswer::Pin(VerifyOutcome::Unknown {
            tries_left: Some(3),
            session: Some(SESSION + 1),
        }));
        assert_eq!(bench.state(), "pin");
        bench.press(&[1, 2, 3, 4]);
        bench.card(CardAnswer::Pin(VerifyOutcome::Accepted));
        bench
            .until_card(|command| matches!(command, CardCommand::Prove { .. }))
            .await;
        bench.card(proof(proved_in));
        let refused = bench.trouble() == Some("UK-VISIT-104");
        assert_eq!(refused, !proves, "proved in {proved_in}");
    }
}

/// Invariant 10: an answer for another visit changes nothing, whoever it comes from.
#[tokio::test]
async fn invariant_10_answers_of_another_visit_change_nothing() {
    let mut bench = Bench::new(Service::good());
    bench.reach_proof().await;
    let other = VisitId(bench.visit().0 ^ 1);
    let nonce = bench.engine.held.as_ref().unwrap().nonce.clone();
    bench.card_of(other.0, photo(SESSION));
    bench.card_of(other.0, proof(SESSION));
    bench.card_of(other.0, CardAnswer::Pin(VerifyOutcome::Accepted));
    bench.engine.take(Message::Face(
        other.0,
        FaceOutcome::Matched {
            distance: 0.1,
            frames: 9,
        },
    ));
    bench
        .engine
        .take(Message::Ledger(other, LedgerAnswer::QualificationStored));
    bench.engine.take(Message::VisualConfirmed {
        visit: other,
        staff: "x".into(),
    });
    let confirmation = serde_json::from_value(
        serde_json::json!({ "result": "confirmed", "confirmationId": "OTHER" }),
    )
    .unwrap();
    bench.engine.take(Message::Central(
        other,
        CentralReply::Confirmation(Ok(confirmation)),
    ));
    assert_eq!(bench.state(), "confirming");
    let held = bench.engine.held.as_ref().unwrap();
    assert!(held.photo.is_none() && held.proof.is_none() && held.confirmation_id.is_none());
    assert_eq!(held.nonce, nonce);
}

/// Invariant 1: medicines need the person's "yes" and the service's, while its time runs.
#[tokio::test]
async fn invariant_1_medicines_need_both_consents() {
    let until = Service::good().server_time + 3_600_000;
    for (person, service) in [
        (false, Ok((true, until))),
        (true, Ok((false, until))),
        (true, Ok((true, 0))),
    ] {
        let mut bench = Bench::new(Service {
            qualification: service,
            ..Service::good()
        });
        bench.reach_consents().await;
        bench.engine.pressed(Input::ConsentAll(person));
        bench.until("farewell").await;
        assert!(!bench.service.asked().contains(&"medicines".to_owned()));
        assert_eq!(
            bench.results().await.len(),
            1,
            "the qualification needs no consent"
        );
    }
}

/// Checkups are fetched inside their own consent's window, with or without medicines, and stored for qualified viewers.
#[tokio::test]
async fn invariant_1_checkups_are_fetched_under_their_own_consent() {
    let until = Service::good().server_time + 3_600_000;
    for (medicines, checkups, expected) in [
        (true, true, vec!["checkups", "medicines", "qualification"]),
        (false, true, vec!["checkups", "qualification"]),
        (true, false, vec!["medicines", "qualification"]),
    ] {
        let mut bench = Bench::new(Service {
            qualification: Ok((medicines, until)),
            checkups,
            ..Service::good()
        });
        bench.reach_consents().await;
        bench.engine.pressed(Input::ConsentAll(true));
        bench.until("farewell").await;
        let results = bench.results().await;
        let kinds: Vec<&str> = results.iter().map(|result| result.kind.as_str()).collect();
        assert_eq!(kinds, expected, "newest first");
        let stored = results.iter().find(|result| result.kind == "checkups");
        assert_eq!(
            stored.is_some_and(|one| one.body_json.contains("132/84")),
            checkups
        );
        assert_eq!(
            bench.service.asked().contains(&"checkups".to_owned()),
            checkups
        );
    }
}

/// Treatment and operations, in the assumed form: each under its own consent, stored when there is something, with the institution
/// where it was done.
#[tokio::test]
async fn invariant_1_past_treatment_is_fetched_under_its_own_consent() {
    let until = Service::good().server_time + 3_600_000;
    for (person, treatment, expected) in [
        (true, true, vec!["treatment", "qualification"]),
        (true, false, vec!["qualification"]),
        (false, true, vec!["qualification"]),
    ] {
        let mut bench = Bench::new(Service {
            qualification: Ok((false, until)),
            treatment,
            ..Service::good()
        });
        bench.reach_consents().await;
        bench.engine.pressed(Input::ConsentAll(person));
        bench.until("farewell").await;
        let results = bench.results().await;
        let kinds: Vec<&str> = results.iter().map(|result| result.kind.as_str()).collect();
        assert_eq!(kinds, expected, "an empty list of operations is no result");
        let asked = bench.service.asked();
        for kind in ["treatment", "operations"] {
            assert_eq!(asked.contains(&kind.to_owned()), person && treatment);
        }
        let stored = results.iter().find(|result| result.kind == "treatment");
        assert_eq!(
            stored.is_some_and(|one| one.body_json.contains("前の架空医院")),
            person && treatment
        );
    }
}

/// Invariant 14: a terminal whose clock is a year behind judges consents by the service's time, and says so.
#[tokio::test]
async fn invariant_14_a_clock_a_year_behind_uses_the_services_time() {
    const YEAR: i64 = 365 * 86_400_000;
    for (until, expected) in [(YEAR + 3_600_000, true), (YEAR - 3_600_000, false)] {
        let now = Service::good().server_time;
        let mut bench = Bench::new(Service {
            server_time: now + YEAR,
            qualification: Ok((true, now + until)),
            ..Service::good()
        });
        bench.reach_consents().await;
        bench.engine.pressed(Input::ConsentAll(true));
        bench.until("farewell").await;
        let asked = bench.service.asked();
        assert_eq!(asked.contains(&"medicines".to_owned()), expected);
        let year = oqs::time::to_jst(now + YEAR);
        let confirm = asked
            .iter()
            .find(|asked| asked.starts_with("confirm"))
            .unwrap();
        assert!(confirm.contains(&format!("at {}", &year[..8])), "{confirm}");
        let alerts = bench.engine.parts.board.alerts();
        assert_eq!(
            alerts
                .iter()
                .filter(|alert| alert.code == "UK-VISIT-401")
                .count(),
            1
        );
        let kept = bench
            .desk
            .run(|ledger| ledger.get_state(crate::clock::STATE_KEY))
            .await
            .unwrap()
            .unwrap();
        assert!(
            kept.unwrap().parse::<i64>().unwrap() >= now + YEAR,
            "kept for the next start"
        );
    }
}
