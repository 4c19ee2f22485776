//! The challenge of head turns in whole visits: somebody who turns as asked is recognised, somebody who can't or won't is let through another
//! way at once, and both the site's choice and the way that was taken are recorded.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use e2e::{Bench, BenchOptions, PatientPage, end, get, to_camera};
use hw_sim::camera::Face;
use serde_json::Value;

/// How far the simulated head turns, degrees.
const FAR: f32 = 24.0;
const LEFT: &str = "顔をゆっくり左に向けてください";
const RIGHT: &str = "顔をゆっくり右に向けてください";

/// One after the other: a camera that turns heads, and a worker that must see enough frames a second of it, on a small machine.
static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

async fn asking(person: &str) -> (Bench, PatientPage) {
    let bench = Bench::start(BenchOptions {
        head_turns: true,
        all_rights: true,
        ..BenchOptions::default()
    })
    .await
    .unwrap();
    bench.clinic.face(&Face::Portrait(person.into())).unwrap();
    let page = bench.patient().await.unwrap();
    (bench, page)
}

fn instruction(view: &Value) -> &str {
    view["face"]["instruction"].as_str().unwrap_or_default()
}

async fn farewell(bench: &Bench, page: &mut PatientPage) {
    page.wait_for(&["consents"]).await.unwrap();
    page.press("consent-all-no").await.unwrap();
    let view = page.wait_for(&["farewell", "trouble"]).await.unwrap();
    assert_eq!(view["page"], "farewell", "{view}");
    bench.clinic.take().await.unwrap();
    page.wait_for(&["waiting"]).await.unwrap();
}

/// The choice at the start, and how the last visit's person was recognised.
async fn recorded(bench: &Bench) -> (String, String) {
    let audit = get(&bench.path("receipt.sock"), "/v1/audit?limit=500")
        .await
        .unwrap()
        .json()
        .unwrap();
    let records = audit["records"].as_array().unwrap();
    let detail = |action: &str, field: &str| {
        records
            .iter()
            .rfind(|record| record["action"] == action)
            .map(|record| {
                record["detail"][field]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned()
            })
            .unwrap_or_else(|| panic!("no {action} in {audit:#}"))
    };
    (
        detail("started", "face_challenge"),
        detail("visit-ended", "method"),
    )
}

/// Follows the instructions until the face check is over; the page behind it and the turns that were made.
async fn turn_as_asked(bench: &Bench, page: &mut PatientPage) -> (String, Vec<f32>) {
    let mut turns = Vec::new();
    let mut said = String::new();
    loop {
        let view = page
            .wait_until("the next instruction", |view| {
                ["consents", "method", "trouble"]
                    .contains(&view["page"].as_str().unwrap_or_default())
                    || view["page"] == "face-check" && instruction(view) != said
            })
            .await
            .unwrap();
        if view["page"] != "face-check" {
            return (view["page"].as_str().unwrap().to_owned(), turns);
        }
        said = instruction(&view).to_owned();
        // The person's own left is where the picture's right is.
        let goal = match said.as_str() {
            LEFT => -FAR,
            RIGHT => FAR,
            _ => 0.0,
        };
        if goal != 0.0 {
            turns.push(goal);
        }
        bench.clinic.camera().turn(goal);
    }
}

/// Invariant 7: the match counts after two turns as asked, and frontal frames before and after them. A machine that is too busy to see three
/// frames a second loses sight of the head and says so; then the person comes again, and nothing else may have spoken against it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_7_somebody_who_turns_as_asked_is_recognised() {
    let _turn = ONE_AT_A_TIME.lock().await;
    let (mut bench, mut page) = asking("obama2").await;
    for visit in 0.. {
        to_camera(&bench, &mut page, "seiho").await.unwrap();
        let (then, turns) = turn_as_asked(&bench, &mut page).await;
        if then == "consents" {
            assert!(turns.len() >= 2, "{turns:?}");
            break;
        }
        let worker = bench.vision().unwrap().log();
        let (doubts, interrupted) = (
            worker.matches("outcome=\"not-alive\"").count(),
            worker.matches("ground=\"interrupted\"").count(),
        );
        assert!(
            visit < 5 && doubts == interrupted && then == "method",
            "{then}: {worker}"
        );
        bench.clinic.camera().turn(0.0);
        page.press("cancel").await.unwrap();
        bench.clinic.take().await.unwrap();
    }
    farewell(&bench, &mut page).await;
    assert_eq!(
        recorded(&bench).await,
        ("always".to_owned(), "face".to_owned())
    );
    end(bench).await.unwrap();
}

/// Whoever can't turn the head presses PIN or staff while being asked to, without a reason, and is served.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_who_cannot_turn_has_another_way_at_once() {
    let _turn = ONE_AT_A_TIME.lock().await;
    let (bench, mut page) = asking("obama2").await;
    for way in ["pin", "visual"] {
        to_camera(&bench, &mut page, "seiho").await.unwrap();
        let view = page
            .wait_until("to be asked for a turn", |view| {
                [LEFT, RIGHT].contains(&instruction(view))
            })
            .await
            .unwrap();
        let offered = |id: &str| {
            view["actions"]
                .as_array()
                .is_some_and(|all| all.iter().any(|button| button["id"] == id))
        };
        assert!(offered("pin") && offered("visual"), "{view}");
        page.press(way).await.unwrap();
        if way == "pin" {
            page.type_digits("1234").await.unwrap();
        } else {
            page.wait_for(&["staff-coming"]).await.unwrap();
            let mut staff = bench.staff().await.unwrap();
            let accepted = staff.confirm_visual("架空 受付", "4649").await.unwrap();
            assert_eq!(accepted["ok"], true, "{accepted}");
        }
        farewell(&bench, &mut page).await;
        assert_eq!(
            recorded(&bench).await,
            ("always".to_owned(), way.to_owned())
        );
    }
    end(bench).await.unwrap();
}
