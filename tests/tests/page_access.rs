//! The patient's page without eyes and without touch, and what goes over its line: a whole visit by keys alone with sound
//! only, and the recorded traffic of three persons whose results differ.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeSet;
use std::time::Duration;

use e2e::browser::Browser;
use e2e::{Bench, BenchOptions};
use serde_json::Value;

/// Notes what is played, what comes over the line and what is sent.
const RECORD: &str = r#"
  window.heard = []; window.came = []; window.sent = [];
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    const name = this.src.split("/").pop();
    const playing = play.call(this);
    playing.then(() => window.heard.push(name), (error) => { if (error.name !== "AbortError") window.heard.push(`NOT HEARD ${name} ${error}`); });
    return playing;
  };
  const Plain = WebSocket;
  window.WebSocket = class extends Plain {
    set onmessage(draw) {
      super.onmessage = (event) => { draw(event); if (typeof event.data === "string" && !event.data.includes('"alive"')) window.came.push(event.data); };
    }
    send(text) { window.sent.push(text); super.send(text); }
  };
"#;

async fn desk() -> (Bench, Browser) {
    let options = BenchOptions {
        without_vision: true,
        ..BenchOptions::default()
    };
    let bench = Bench::start(options).await.unwrap();
    let mut browser = Browser::start(1280, 800).await.unwrap();
    browser.before_every_page(RECORD).await.unwrap();
    let url = std::fs::read_to_string(bench.path("kiosk.url")).unwrap();
    browser.open(url.trim()).await.unwrap();
    browser.wait_for_page("waiting").await.unwrap();
    (bench, browser)
}

async fn texts(browser: &mut Browser, list: &str) -> Vec<String> {
    let found = browser.evaluate(list).await.unwrap();
    found
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one.as_str().unwrap().to_owned())
        .collect()
}

async fn hears(browser: &mut Browser, name: &str) {
    browser
        .wait_for(&format!("window.heard.includes('{name}')"))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_visit_by_keys_alone_with_sound_only_invariant_5() {
    let (bench, mut browser) = desk().await;
    browser.key("Enter").await.unwrap();
    hears(&mut browser, "speech-on").await;
    bench.clinic.lay("seiho").await.unwrap();
    browser.wait_for_page("method").await.unwrap();
    hears(&mut browser, "patient-method").await;
    // No camera at this desk: the PIN is the first thing to choose.
    browser.key("ArrowDown").await.unwrap();
    hears(&mut browser, "patient-pin").await;
    browser.key("Enter").await.unwrap();
    browser.wait_for_page("keypad").await.unwrap();
    hears(&mut browser, "patient-keypad-pin").await;
    for (digit, count) in [("1", 1), ("2", 2), ("3", 3)] {
        browser.key(digit).await.unwrap();
        hears(&mut browser, &format!("speech-count-{count}")).await;
    }
    browser.key("4").await.unwrap();
    hears(&mut browser, "speech-full").await;
    browser.key("Enter").await.unwrap();
    browser.wait_for_page("consents").await.unwrap();
    hears(&mut browser, "patient-consents").await;
    browser.key("ArrowDown").await.unwrap();
    hears(&mut browser, "patient-consent-yes").await;
    browser.key("ArrowDown").await.unwrap();
    hears(&mut browser, "patient-consent-no").await;
    browser.key("Enter").await.unwrap();
    browser.wait_for_page("farewell").await.unwrap();
    hears(&mut browser, "patient-farewell-take").await;
    bench.clinic.take().await.unwrap();
    hears(&mut browser, "patient-farewell").await;

    let transcript = texts(&mut browser, "window.heard").await;
    let order = [
        "speech-on",
        "patient-method",
        "patient-pin",
        "patient-keypad-pin",
        "tick",
        "speech-count-1",
        "speech-count-2",
        "speech-count-3",
        "speech-full",
        "patient-consents",
        "patient-consent-yes",
        "patient-consent-no",
        "patient-farewell-take",
        "patient-farewell",
    ];
    let mut rest = transcript.iter();
    for name in order {
        assert!(
            rest.any(|heard| heard == name),
            "{name} is missing or out of order in {transcript:?}"
        );
    }
    for heard in &transcript {
        assert!(!heard.starts_with("NOT HEARD"), "{heard}");
        assert!(
            !heard.starts_with("key-"),
            "invariant 5: no digit is spoken: {heard}"
        );
    }
    assert_eq!(
        transcript.iter().filter(|heard| *heard == "tick").count(),
        4,
        "one like the other for each key"
    );
    assert!(bench.stop().await);
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
        let filled = format!(
            "document.querySelectorAll('.dot.filled').length === {}",
            count + 1
        );
        browser.wait_for(&filled).await.unwrap();
    }
    browser.tap("confirm").await.unwrap();
    browser.wait_for_page("consents").await.unwrap();
    browser.tap("consent-all-yes").await.unwrap();
    browser.wait_for_page("farewell").await.unwrap();
    bench.clinic.take().await.unwrap();
    browser.wait_for_page("waiting").await.unwrap();
    let came = texts(browser, "window.came").await;
    let sent = texts(browser, "window.sent").await;
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
    let passing: BTreeSet<&String> = seen
        .iter()
        .flat_map(|(_, came, _)| came)
        .filter(|text| passes_by(text))
        .collect();
    // Reading, and three steps of working: nothing that only one of them sees.
    assert!(passing.len() <= 4, "{passing:#?}");
    let (_, came, sent) = &seen[0];
    for (person, other, pressed) in &seen[1..] {
        assert_eq!(stays(came), stays(other), "what came to {person}");
        assert_eq!(sent, pressed, "what {person} pressed");
    }
    assert!(bench.stop().await);
}
