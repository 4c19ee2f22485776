//! What goes over the line of the patient's page: the recorded traffic of three persons whose results differ. And two staff at once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeSet;
use std::time::Duration;

use e2e::browser::Browser;
use e2e::passing::while_it_works;
use e2e::recorded::texts;
use e2e::{Bench, BenchOptions};
use serde_json::Value;

/// One bench at a time: each has browsers of its own.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

async fn desk() -> (Bench, Browser) {
    let options = BenchOptions {
        without_vision: true,
        all_rights: true, // a receipt computer that may read the audit chain
        ..BenchOptions::default()
    };
    let bench = Bench::start(options).await.unwrap();
    let mut browser = open(&bench, "kiosk.url").await;
    browser.wait_for_page("waiting").await.unwrap();
    (bench, browser)
}

async fn open(bench: &Bench, file: &str) -> Browser {
    e2e::recorded::open(bench, file).await.unwrap()
}

/// Waits until so many digits stand there.
async fn typed(browser: &mut Browser, count: usize) {
    let filled = format!("document.querySelectorAll('.dot.filled').length === {count}");
    browser.wait_for(&filled).await.unwrap();
}

/// One person's visit with the same answers as everybody's; what came and what was sent.
async fn traffic(
    bench: &Bench,
    browser: &mut Browser,
    person: &str,
    pin: &str,
) -> (Vec<String>, Vec<String>) {
    browser
        .evaluate("window.came = []; window.sent = [];")
        .await
        .unwrap();
    bench.clinic.lay(person).await.unwrap();
    browser.wait_for_page("method").await.unwrap();
    browser.tap("pin").await.unwrap();
    browser.wait_for_page("keypad").await.unwrap();
    for (count, digit) in pin.chars().enumerate() {
        browser.tap(&format!("key-{digit}")).await.unwrap();
        typed(browser, count + 1).await;
    }
    browser.tap("confirm").await.unwrap();
    browser.wait_for_page("consents").await.unwrap();
    browser.tap("consent-all-yes").await.unwrap();
    browser.wait_for_page("farewell").await.unwrap();
    bench.clinic.take().await.unwrap();
    browser.wait_for_page("waiting").await.unwrap();
    let came = texts(browser, "window.came").await.unwrap();
    let sent = texts(browser, "window.sent").await.unwrap();
    for text in &came {
        assert!(!text.contains(pin), "invariant 5: the PIN in {text}");
    }
    let typed: Vec<&String> = sent.iter().filter(|text| text.contains("key-")).collect();
    assert_eq!(
        typed.len(),
        4,
        "invariant 5: single key events, one a digit"
    );
    for (text, digit) in typed.iter().zip(pin.chars()) {
        assert_eq!(**text, format!(r#"{{"type":"press","id":"key-{digit}"}}"#));
    }
    (came, sent)
}

/// Pages that pass by: a slow browser is sent the newest state only, so any of them may be missing.
fn passes_by(text: &str) -> bool {
    let view: Value = serde_json::from_str(text).unwrap();
    matches!(view["page"].as_str(), Some("reading" | "working"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_goes_to_an_insured_an_entrusted_and_an_unentrusted_person_invariant_17() {
    let _turn = TURN.lock().await;
    let (bench, mut browser) = desk().await;
    let mut seen = Vec::new();
    for (person, pin) in [("hoken", "3456"), ("seiho", "1234"), ("mitaku", "2345")] {
        let (came, sent) = traffic(&bench, &mut browser, person, pin).await;
        let sent: Vec<String> = sent
            .iter()
            .map(|text| {
                text.chars()
                    .map(|c| if c.is_ascii_digit() { '#' } else { c })
                    .collect()
            })
            .collect();
        seen.push((person, came, sent));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let stays = |came: &[String]| -> Vec<String> {
        came.iter()
            .filter(|text| !passes_by(text))
            .cloned()
            .collect()
    };
    // Reading, and three steps of working, byte for byte: nothing else passes by, for nobody.
    let expected = while_it_works().unwrap();
    for (person, came, _) in &seen {
        let passing: BTreeSet<String> = came
            .iter()
            .filter(|text| passes_by(text))
            .cloned()
            .collect();
        let other: Vec<&String> = passing.difference(&expected).collect();
        assert!(other.is_empty(), "{person}: {other:#?}");
    }
    let (_, came, sent) = &seen[0];
    for (person, other, pressed) in &seen[1..] {
        assert_eq!(stays(came), stays(other), "what came to {person}");
        assert_eq!(sent, pressed, "what {person} pressed");
    }
    assert!(bench.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_staff_pages_live_at_once() {
    let _turn = TURN.lock().await;
    let (bench, mut patient) = desk().await;
    let mut first = open(&bench, "staff.url").await;
    first.wait_for(SHOWN).await.unwrap();
    // The address was used up; the next staff member gets a fresh one.
    let mut second = open(&bench, "staff.url").await;
    second.wait_for(SHOWN).await.unwrap();

    bench.clinic.lay("hoken").await.unwrap();
    patient.wait_for_page("method").await.unwrap();
    for staff in [&mut first, &mut second] {
        staff
            .wait_for("!!document.getElementById('cancel-visit')")
            .await
            .unwrap();
    }
    patient.tap("pin").await.unwrap();
    for (count, digit) in "3456".chars().enumerate() {
        patient.tap(&format!("key-{digit}")).await.unwrap();
        typed(&mut patient, count + 1).await;
    }
    patient.tap("confirm").await.unwrap();
    patient.tap("consent-all-no").await.unwrap();
    patient.wait_for_page("farewell").await.unwrap();
    for staff in [&mut first, &mut second] {
        staff
            .wait_for("document.querySelectorAll('#results .result').length === 1")
            .await
            .unwrap();
    }
    bench.clinic.take().await.unwrap();
    patient.wait_for_page("waiting").await.unwrap();

    // What one of them does, the other sees. Begun anew, the card that lies there is asked for its PIN from the beginning.
    bench.clinic.lay("hoken").await.unwrap();
    patient.wait_for_page("method").await.unwrap();
    patient.tap("pin").await.unwrap();
    patient.wait_for_page("keypad").await.unwrap();
    patient.tap("key-3").await.unwrap();
    typed(&mut patient, 1).await;
    unfolded(&mut first, "restart-visit").await;
    patient.wait_for_page("method").await.unwrap();
    patient.tap("pin").await.unwrap();
    patient.wait_for_page("keypad").await.unwrap();
    typed(&mut patient, 0).await;
    unfolded(&mut first, "cancel-visit").await;
    patient
        .wait_for("['trouble', 'card-left'].includes(document.body.dataset.page)")
        .await
        .unwrap();
    bench.clinic.take().await.unwrap();
    patient.wait_for_page("waiting").await.unwrap();
    for staff in [&mut first, &mut second] {
        staff
            .wait_for("!document.getElementById('cancel-visit')")
            .await
            .unwrap();
    }

    // A refused card is told on both; one of them closes it, by name, and it is gone from both. Who did it is recorded.
    bench.clinic.central().set_revoked("hoken", true);
    bench.clinic.lay("hoken").await.unwrap();
    patient.wait_for_page("method").await.unwrap();
    patient.tap("pin").await.unwrap();
    for (count, digit) in "3456".chars().enumerate() {
        patient.tap(&format!("key-{digit}")).await.unwrap();
        typed(&mut patient, count + 1).await;
    }
    patient.tap("confirm").await.unwrap();
    patient.wait_for_page("trouble").await.unwrap();
    bench.clinic.take().await.unwrap();
    let told = "[...document.querySelectorAll('#alerts .alert')].some((one) => one.textContent.includes('UK-VISIT-212'))";
    for staff in [&mut first, &mut second] {
        staff.wait_for(told).await.unwrap();
    }
    let button = second
        .evaluate("document.querySelector('#alerts .alert button').id")
        .await
        .unwrap();
    let button = button.as_str().unwrap().to_owned();
    second.tap(&button).await.unwrap();
    second
        .wait_for("!!document.querySelector('#alerts .answer.bad')")
        .await
        .unwrap();
    assert_eq!(first.evaluate(told).await.unwrap(), true, "nobody is named");
    second
        .evaluate("document.getElementById('close-name').value = 'uketsuke taro'")
        .await
        .unwrap();
    second.tap(&button).await.unwrap();
    for staff in [&mut first, &mut second] {
        staff.wait_for(&format!("!({told})")).await.unwrap();
    }
    let audit = e2e::get(&bench.path("receipt.sock"), "/v1/audit?limit=500").await;
    let audit = audit.unwrap().json().unwrap().to_string();
    assert!(
        audit.contains("alert-closed") && audit.contains("uketsuke taro"),
        "{audit}"
    );

    // The terminal's health in one line, on both at once, and its way to the checks.
    let health = |ok: bool| {
        let tone = if ok { "good" } else { "bad" };
        format!(
            "document.querySelector('#health.{tone} a[href=\"#terminal\"]') && document.querySelectorAll('#terminal li.bad').length === {}",
            usize::from(!ok)
        )
    };
    let was = first.evaluate(&health(true)).await.unwrap();
    bench.clinic.central_down().await.unwrap();
    // Asked in a visit, the service is found to be away at once.
    patient.wait_for_page("waiting").await.unwrap();
    bench.clinic.lay("hoken").await.unwrap();
    patient.wait_for_page("method").await.unwrap();
    patient.tap("pin").await.unwrap();
    for (count, digit) in "3456".chars().enumerate() {
        patient.tap(&format!("key-{digit}")).await.unwrap();
        typed(&mut patient, count + 1).await;
    }
    patient.tap("confirm").await.unwrap();
    for staff in [&mut first, &mut second] {
        staff
            .wait_for("[...document.querySelectorAll('#health.bad')].length === 1 && [...document.querySelectorAll('#terminal li.bad')].some((line) => line.textContent.includes('オンライン資格確認'))")
            .await
            .unwrap();
    }
    bench.clinic.central_up().await.unwrap();
    first
        .wait_for("![...document.querySelectorAll('#terminal li.bad')].some((line) => line.textContent.includes('オンライン資格確認'))")
        .await
        .unwrap();
    assert_eq!(first.evaluate(&health(true)).await.unwrap(), was);
    bench.clinic.take().await.unwrap();
    first.tap("to-checks").await.unwrap();
    first
        .wait_for("location.hash === '#terminal'")
        .await
        .unwrap();
    assert!(bench.stop().await);
}

/// Names and numbers leave the screen with the right to look at them: when the session ended, and when the line is gone and the
/// terminal refuses this browser.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_staff_page_that_may_look_no_longer_is_emptied() {
    let _turn = TURN.lock().await;
    let (bench, mut patient) = desk().await;
    let mut staff = open(&bench, "staff.url").await;
    staff.wait_for(SHOWN).await.unwrap();
    traffic(&bench, &mut patient, "hoken", "3456").await;
    let named = "document.querySelectorAll('#results .result').length === 1";
    staff.wait_for(named).await.unwrap();
    staff
        .evaluate(
            r#"(() => {
  window.fetch = () => Promise.resolve(new Response("", { status: 403 }));
  window.WebSocket = class { close() {} };
  window.line.close();
})()"#,
        )
        .await
        .unwrap();
    staff
        .wait_for("document.getElementById('results').textContent === '' && document.getElementById('page').hidden")
        .await
        .unwrap();

    let mut other = open(&bench, "staff.url").await;
    other.wait_for(named).await.unwrap();
    other
        .evaluate(
            r#"(() => {
  addEventListener("pagehide", () => { sessionStorage.left = document.getElementById("results").textContent.length; });
  window.deliver({ data: '{"type":"full"}' });
  sessionStorage.said = document.getElementById("full").getClientRects().length;
  window.deliver({ data: '{"type":"ended"}' });
})()"#,
        )
        .await
        .unwrap();
    other
        .wait_for("location.pathname === '/desk/sign-in' && document.readyState === 'complete'")
        .await
        .unwrap();
    assert_eq!(
        other.evaluate("sessionStorage.said").await.unwrap(),
        "1",
        "why there is no line"
    );
    assert_eq!(
        other.evaluate("sessionStorage.left").await.unwrap(),
        "0",
        "emptied before it goes"
    );
    assert!(bench.stop().await);
}

/// The staff's page stands there and is connected.
const SHOWN: &str = "document.getElementById('page')?.hidden === false";

/// Presses a button that stands folded away beside the visit.
async fn unfolded(staff: &mut Browser, id: &str) {
    staff
        .wait_for(&format!("!!document.getElementById('{id}')"))
        .await
        .unwrap();
    let open = "document.querySelector('#visit details').open";
    if staff.evaluate(open).await.unwrap() == false {
        staff.tap("fold-visit").await.unwrap();
    }
    staff.wait_for(open).await.unwrap();
    if staff
        .evaluate("!document.getElementById('cancel-name').value")
        .await
        .unwrap()
        == true
    {
        // Nobody is named: refused, and the refusal stands where it can be read.
        staff.tap(id).await.unwrap();
        staff
            .wait_for(
                "document.querySelector('#visit details .answer.bad')?.getClientRects().length > 0",
            )
            .await
            .unwrap();
        assert_eq!(
            staff.evaluate(open).await.unwrap(),
            true,
            "it stays unfolded"
        );
        staff
            .evaluate("document.getElementById('cancel-name').value = 'uketsuke hanako'")
            .await
            .unwrap();
    }
    staff.tap(id).await.unwrap();
}
