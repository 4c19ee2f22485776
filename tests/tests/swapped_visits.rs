//! Invariant 16 through the whole terminal: the card is exchanged for another in each state of a visit by PIN and of a
//! visit by face. What was read of the first one goes nowhere further, and the second card gets a visit of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::time::Duration;

use e2e::{Bench, BenchOptions, PatientPage, end, matching_number, to_method};
use hw_sim::camera::Face;
use hw_sim::persons::{Person, Register};

/// Whose card is taken away.
const FIRST: &str = "hoken";
/// Whose card is laid down instead, and who then stands before the camera.
const SECOND: &str = "seiho";
const SECONDS_FACE: &str = "obama2";
/// Longest wait for something the terminal does by itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// When the cards are exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// While the first card is read.
    Reading,
    /// When the ways are offered.
    Method,
    /// In the middle of an entry.
    Keypad,
    /// After the credential was accepted: the photo is out, the camera looks for a face.
    Camera,
    /// When the service has confirmed the first card and consents are asked.
    Consents,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Pin,
    Face,
}

fn person(id: &str) -> Person {
    let register = Register::default_register().unwrap();
    register.person(id).unwrap().clone()
}

/// Chooses a way and types what it asks for.
async fn enter(page: &mut PatientPage, way: Way, id: &str) {
    match way {
        Way::Pin => {
            page.press("pin").await.unwrap();
            page.type_digits(&person(id).card.pin).await.unwrap();
        }
        Way::Face => {
            page.press("face").await.unwrap();
            let number = matching_number(id).unwrap();
            page.type_digits(&number).await.unwrap();
        }
    }
}

/// The first card, up to the moment.
async fn begin(bench: &Bench, page: &mut PatientPage, way: Way, moment: Moment) {
    let face = match (way, moment) {
        (Way::Face, Moment::Consents) => Face::Portrait("astronaut".into()),
        _ => Face::None,
    };
    bench.clinic.face(&face).unwrap();
    if moment == Moment::Reading {
        page.wait_for(&["waiting"]).await.unwrap();
        bench.clinic.lay(FIRST).await.unwrap();
        page.wait_for(&["reading"]).await.unwrap();
        return;
    }
    to_method(bench, page, FIRST).await.unwrap();
    match moment {
        Moment::Reading | Moment::Method => {}
        Moment::Keypad => {
            let key = if way == Way::Pin { "pin" } else { "face" };
            page.press(key).await.unwrap();
            page.wait_for(&["keypad"]).await.unwrap();
            page.press("key-1").await.unwrap();
        }
        Moment::Camera => {
            enter(page, way, FIRST).await;
            page.wait_for(&["face-check"]).await.unwrap();
        }
        Moment::Consents => {
            enter(page, way, FIRST).await;
            page.wait_for(&["consents"]).await.unwrap();
        }
    }
}

/// Persons whose cards the service has confirmed since, in order.
fn confirmed(bench: &Bench, since: u64) -> Vec<String> {
    let requests = bench.clinic.central().requests_after(since);
    let ids = [FIRST, SECOND];
    requests
        .iter()
        .filter(|request| request.path.contains("confirm"))
        .map(|request| {
            let who = ids.iter().find(|id| request.summary.starts_with(**id));
            who.map_or_else(|| request.summary.clone(), |id| (*id).to_owned())
        })
        .collect()
}

async fn exchanged(bench: &Bench, way: Way, moment: Moment) {
    let what = format!("{way:?} {moment:?}");
    let mut page = bench.patient().await.unwrap();
    let watch = bench.watch().await.unwrap();
    let since = bench.clinic.central_requests().last().map_or(0, |r| r.seq);
    begin(bench, &mut page, way, moment).await;
    let of_first = watch
        .wait_for("the first visit", PATIENCE, |value| {
            value["event"] == "state" && value["state"] == "identifying"
        })
        .await
        .unwrap()["visit"]
        .clone();

    bench.clinic.take().await.unwrap();
    bench.clinic.lay(SECOND).await.unwrap();
    let of_second = watch
        .wait_for("the second card's own visit", PATIENCE, |value| {
            value["event"] == "state"
                && value["state"] == "choosing-method"
                && value["visit"] != of_first
        })
        .await
        .unwrap()["visit"]
        .clone();
    let untouched = bench.clinic.with_card(0, |engine| {
        engine.transcript().iter().all(|entry| !entry.is_verify())
    });
    assert_eq!(untouched, Some(true), "{what}: nobody typed for this card");

    // Served the same way; by face only the second card's own photo can match who stands there now.
    let face = Face::Portrait(SECONDS_FACE.into());
    bench.clinic.face(&face).unwrap();
    let mut page = bench.patient().await.unwrap();
    page.wait_for(&["method"]).await.unwrap();
    enter(&mut page, way, SECOND).await;
    let shown = page.wait_for(&["consents", "trouble"]).await.unwrap();
    assert_eq!(shown["page"], "consents", "{what}: {shown}");
    page.press("consent-all-no").await.unwrap();
    page.wait_for(&["farewell"]).await.unwrap();
    bench.clinic.take().await.unwrap();
    page.wait_for(&["waiting"]).await.unwrap();
    watch
        .wait_for("the second result", PATIENCE, |value| {
            value["event"] == "stored" && value["visit"] == of_second
        })
        .await
        .unwrap();

    let expected: &[&str] = match moment {
        Moment::Consents => &[FIRST, SECOND],
        _ => &[SECOND],
    };
    assert_eq!(confirmed(bench, since), expected, "{what}");
    // Every result is of its own visit's card.
    let receipt = bench.receipt();
    let mut seen = Vec::new();
    for waiting in receipt.waiting().await.unwrap() {
        let id = waiting["id"].as_str().unwrap();
        let result = receipt.result(id, "application/json").await.unwrap();
        let text = result.json().unwrap().to_string();
        let (own, other) = if waiting["visit"] == of_second {
            (SECOND, FIRST)
        } else {
            assert_eq!(waiting["visit"], of_first, "{what}");
            (FIRST, SECOND)
        };
        assert!(text.contains(&person(own).name), "{what}: {text}");
        assert!(!text.contains(&person(other).name), "{what}: {text}");
        seen.push(own);
        receipt.take(id).await.unwrap();
    }
    assert!(seen.contains(&SECOND), "{what}");
    assert_eq!(seen.contains(&FIRST), moment == Moment::Consents, "{what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_16_cards_exchanged_in_any_state_of_a_visit_are_never_mixed() {
    let bench = Bench::start(BenchOptions::default()).await.unwrap();
    for moment in [
        Moment::Reading,
        Moment::Method,
        Moment::Keypad,
        Moment::Consents,
    ] {
        exchanged(&bench, Way::Pin, moment).await;
    }
    for moment in [Moment::Keypad, Moment::Camera, Moment::Consents] {
        exchanged(&bench, Way::Face, moment).await;
    }
    let left = |id: &str| bench.clinic.card_counters(id).unwrap();
    for id in [FIRST, SECOND] {
        assert_eq!(left(id).auth_pin, 3, "invariant 2: {id}");
        assert_eq!(left(id).surface_b, 10, "invariant 3: {id}");
    }
    end(bench).await.unwrap();
}
