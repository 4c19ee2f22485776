//! The patient's page without eyes and without touch, and what goes over its line: a whole visit by keys alone with sound
//! only, one by two switches, and the recorded traffic of three persons whose results differ. And two staff at once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeSet;
use std::time::Duration;

use e2e::browser::Browser;
use e2e::{Bench, BenchOptions};
use serde_json::Value;

/// Notes what is played, what comes over the line and what is sent.
const RECORD: &str = r#"
  window.heard = []; window.ended = []; window.came = []; window.sent = [];
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    const name = this.src.split("/").pop();
    if (!this.noted) {
      this.noted = true;
      this.addEventListener("ended", () => window.ended.push(this.src.split("/").pop()), true); // before the page's own, which loads the next
    }
    const playing = play.call(this);
    playing.then(() => window.heard.push(name), (error) => { if (error.name !== "AbortError") window.heard.push(`NOT HEARD ${name} ${error}`); });
    return playing;
  };
  const Plain = WebSocket;
  window.WebSocket = class extends Plain {
    set onmessage(draw) {
      window.line = this; window.deliver = draw;
      super.onmessage = (event) => { draw(event); if (typeof event.data === "string" && !event.data.includes('"alive"')) window.came.push(event.data); };
    }
    send(text) { window.sent.push(text); super.send(text); }
  };
"#;

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

/// A browser of its own before one of the terminal's pages.
async fn open(bench: &Bench, file: &str) -> Browser {
    let mut browser = Browser::start(1280, 800).await.unwrap();
    browser.before_every_page(RECORD).await.unwrap();
    let url = std::fs::read_to_string(bench.path(file)).unwrap();
    browser.open(url.trim()).await.unwrap();
    browser
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

/// Waits until a sentence was said to its end.
async fn hears_out(browser: &mut Browser, name: &str) {
    browser
        .wait_for(&format!("window.ended.includes('{name}')"))
        .await
        .unwrap();
}

async fn hears(browser: &mut Browser, name: &str) {
    browser
        .wait_for(&format!("window.heard.includes('{name}')"))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whole_visits_by_keys_and_by_two_switches_with_sound_only_invariant_5() {
    let _turn = TURN.lock().await;
    let (bench, mut browser) = desk().await;
    by_keys(&bench, &mut browser).await;
    by_two_switches(&bench, &mut browser).await;
    assert!(bench.stop().await);
}

async fn by_keys(bench: &Bench, browser: &mut Browser) {
    browser.key("Enter").await.unwrap();
    hears_out(browser, "speech-on").await;
    bench.clinic.lay("seiho").await.unwrap();
    browser.wait_for_page("method").await.unwrap();
    hears_out(browser, "patient-method").await;
    // No camera at this desk: the PIN is the first thing to choose.
    browser.key("ArrowDown").await.unwrap();
    hears(browser, "patient-pin").await;
    browser.key("Enter").await.unwrap();
    browser.wait_for_page("keypad").await.unwrap();
    hears_out(browser, "patient-keypad-pin").await;
    for (digit, count) in [("1", 1), ("2", 2), ("3", 3)] {
        browser.key(digit).await.unwrap();
        hears(browser, &format!("speech-count-{count}")).await;
    }
    browser.key("4").await.unwrap();
    hears(browser, "speech-full").await;
    browser.key("Enter").await.unwrap();
    browser.wait_for_page("consents").await.unwrap();
    hears_out(browser, "patient-consents").await;
    browser.key("ArrowDown").await.unwrap();
    hears(browser, "patient-consent-yes").await;
    browser.key("ArrowDown").await.unwrap();
    hears(browser, "patient-consent-no").await;
    browser.key("Enter").await.unwrap();
    browser.wait_for_page("farewell").await.unwrap();
    hears_out(browser, "patient-farewell-take").await;
    bench.clinic.take().await.unwrap();
    hears(browser, "patient-farewell").await;

    let transcript = texts(browser, "window.heard").await;
    let order = [
        "speech-on",
        "patient-method",
        "patient-pin",
        "patient-keypad-pin",
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
    let ended = texts(browser, "window.ended").await;
    for name in [
        "speech-on",
        "patient-method",
        "patient-keypad-pin",
        "patient-consents",
    ] {
        assert!(
            ended.iter().any(|one| one == name),
            "{name} was cut: {ended:?}"
        );
    }
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
}

/// The page's own sounds with their real lengths, given views as they come before the camera.
const FACE: &str = r#"
(async () => {
  const { hear, hush } = await import("/sound.js?alone");
  const view = (guidance) => ({ page: "face-check", title: "t", face: {}, sound: { speak: true, volume: 0.5, voice: "ja",
    sentences: ["speech-camera-left", "patient-face-check", "patient-face-check-more", guidance] } });
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  window.ended = [];
  hear(view("patient-guidance-none"));
  await wait(300);
  for (const name of ["look-here", "come-closer", "left", "hold-still"]) {
    hear(view(`patient-guidance-${name}`));
    await wait(150);
  }
  window.quiet = hush;
})()
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn before_the_camera_a_sentence_ends_and_the_newest_instruction_follows_and_comes_again() {
    let _turn = TURN.lock().await;
    let (bench, mut browser) = desk().await;
    browser.key("Enter").await.unwrap();
    hears_out(&mut browser, "speech-on").await;
    browser.evaluate(FACE).await.unwrap();
    browser
        .wait_for(
            "window.ended.filter((name) => name === 'patient-guidance-hold-still').length === 2",
        )
        .await
        .unwrap();
    let ended = texts(
        &mut browser,
        "window.ended.filter((name) => /^(speech-camera|patient-face|patient-guidance)-/.test(name))",
    )
    .await;
    assert_eq!(
        ended,
        [
            "speech-camera-left",
            "patient-guidance-hold-still",
            "patient-guidance-hold-still"
        ],
        "where the camera is first and whole, then the newest, then the same again"
    );
    browser.evaluate("window.quiet()").await.unwrap();
    assert!(bench.stop().await);
}

/// Space steps on, Enter chooses: all a person with two switches has.
async fn by_two_switches(bench: &Bench, browser: &mut Browser) {
    browser.wait_for_page("waiting").await.unwrap();
    browser.evaluate("window.sent = []").await.unwrap();
    bench.clinic.lay("seiho").await.unwrap();
    browser.wait_for_page("method").await.unwrap();
    switch_to(browser, "pin").await;
    browser.wait_for_page("keypad").await.unwrap();
    for (count, digit) in "1234".chars().enumerate() {
        switch_to(browser, &format!("key-{digit}")).await;
        typed(browser, count + 1).await;
    }
    switch_to(browser, "confirm").await;
    browser.wait_for_page("consents").await.unwrap();
    switch_to(browser, "itemise").await;
    for kind in ["checkups", "medicines", "treatment", "operations"] {
        switch_to(browser, &format!("consent-{kind}-no")).await;
    }
    switch_to(browser, "consent-done").await;
    browser.wait_for_page("farewell").await.unwrap();
    bench.clinic.take().await.unwrap();
    browser.wait_for_page("waiting").await.unwrap();
    let sent = texts(browser, "window.sent").await;
    assert_eq!(sent.len(), 12, "nothing was pressed by mistake: {sent:?}");
}

/// Steps until the button is reached, and chooses it.
async fn switch_to(browser: &mut Browser, id: &str) {
    browser
        .wait_for(&format!(
            "document.getElementById('{id}')?.disabled === false"
        ))
        .await
        .unwrap();
    for _ in 0..40 {
        browser.key(" ").await.unwrap();
        let reached = browser
            .evaluate("document.activeElement?.id")
            .await
            .unwrap();
        if reached == id {
            browser.key("Enter").await.unwrap();
            return;
        }
    }
    panic!("`{id}` is not reached by the switch");
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
