//! The patient's page without eyes and without touch: whole visits by keys alone with sound only, everything that is said in its order,
//! in both voices; by two switches, fast and slow; what is said before the camera.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::time::Duration;

use e2e::browser::Browser;
use e2e::recorded::{open, texts};
use e2e::{Bench, BenchOptions};

/// One bench at a time: each has browsers of its own.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// A desk whose last page stays for ten seconds, and which counts down after 20 seconds in which nobody did anything.
async fn desk() -> (Bench, Browser) {
    let options = BenchOptions {
        without_vision: true,
        ..BenchOptions::default()
    };
    let mut bench = Bench::start(options).await.unwrap();
    bench
        .resettle("farewell_s = 3\n", "farewell_s = 10\nidle_s = 50\n")
        .await
        .unwrap();
    let mut browser = open(&bench, "kiosk.url").await.unwrap();
    browser.wait_for_page("waiting").await.unwrap();
    (bench, browser)
}

/// Waits until a sentence was said to its end.
async fn hears_out(browser: &mut Browser, name: &str) {
    browser
        .wait_for(&format!("window.ended.includes('{name}')"))
        .await
        .unwrap();
}

/// The screens that pass by while the machine works may be gone before they are heard.
fn passes_by(name: &str) -> bool {
    ["patient-reading", "patient-working", "patient-step-"]
        .iter()
        .any(|part| name.starts_with(part))
}

/// Presses keys, each once what was said before it has ended, waits for the page, and gives everything that is heard then.
async fn keys(browser: &mut Browser, keys: &[&str], page: &str) -> Vec<String> {
    for key in keys {
        browser.key(key).await.unwrap();
    }
    heard(browser, page).await
}

async fn heard(browser: &mut Browser, page: &str) -> Vec<String> {
    browser.wait_for_page(page).await.unwrap();
    // What a press brings comes over the line first.
    tokio::time::sleep(Duration::from_millis(300)).await;
    browser.wait_for("window.quiet()").await.unwrap();
    let heard = texts(browser, "window.heard.splice(0)").await.unwrap();
    heard.into_iter().filter(|name| !passes_by(name)).collect()
}

/// A whole visit with sound only, everything that is said: a wrong PIN, the questions one by one, one answer changed at the end.
async fn by_keys(bench: &Bench, browser: &mut Browser) {
    browser
        .evaluate("window.heard = []; window.fast = 4")
        .await
        .unwrap();
    let told = keys(browser, &["Enter"], "waiting").await;
    assert_eq!(
        told,
        [
            "speech-on",
            "common-simulation",
            "patient-waiting",
            "patient-waiting-more",
            "speech-reader-front"
        ]
    );
    bench.clinic.lay("seiho").await.unwrap();
    let told = heard(browser, "method").await;
    // No camera at this desk: the PIN is the first thing to choose.
    assert_eq!(
        told,
        ["patient-method", "patient-notice-camera", "speech-choose"]
    );
    let told = keys(browser, &["ArrowDown"], "method").await;
    assert_eq!(
        told,
        ["patient-pin", "patient-pin-detail", "speech-tries-3"]
    );
    let told = keys(browser, &["Enter"], "keypad").await;
    assert_eq!(
        told,
        [
            "patient-keypad-pin",
            "patient-keypad-pin-more",
            "speech-tries-3",
            "speech-digits"
        ],
        "invariant 2: the tries left before typing"
    );
    types(browser, "9999").await;
    browser.key("Enter").await.unwrap();
    browser
        .wait_for("!!document.getElementById('notice')")
        .await
        .unwrap();
    assert_eq!(
        heard(browser, "keypad").await,
        [
            "patient-notice-pin-wrong",
            "speech-tries-2",
            "patient-keypad-pin",
            "speech-digits"
        ],
        "what went wrong, then what is asked"
    );
    types(browser, "1234").await;
    let told = keys(browser, &["Enter"], "consents").await;
    assert_eq!(
        told,
        [
            "patient-consents",
            "patient-consents-more",
            "patient-checkups",
            "patient-medicines",
            "patient-treatment",
            "patient-operations",
            "speech-choose"
        ]
    );
    for name in [
        "patient-consent-yes",
        "patient-consent-no",
        "patient-consents-meaning",
        "patient-consent-itemise",
    ] {
        assert_eq!(keys(browser, &["ArrowDown"], "consents").await, [name]);
    }
    browser.key("Enter").await.unwrap();
    for (at, kind) in ["checkups", "medicines", "treatment", "operations"]
        .iter()
        .enumerate()
    {
        assert_eq!(
            heard(browser, "consents").await,
            [
                format!("patient-{kind}"),
                format!("speech-question-{}", at + 1),
                format!("patient-{kind}-what"),
                "patient-consents-each".to_owned(),
                "speech-choose".to_owned()
            ]
        );
        let told = keys(browser, &["ArrowDown"], "consents").await;
        assert_eq!(told, ["patient-consent-yes"]);
        browser.key("Enter").await.unwrap();
    }
    assert_eq!(
        heard(browser, "consents").await,
        [
            "patient-consents-review",
            "patient-consents-review-more",
            "speech-choose"
        ]
    );
    changed(browser).await;
    assert_eq!(
        keys(browser, &["ArrowUp"], "consents").await,
        ["patient-checkups", "patient-consent-yes"]
    );
    for name in [
        "patient-comfort",
        "patient-language",
        "patient-consent-done",
    ] {
        let told = keys(browser, &["ArrowUp"], "consents").await;
        assert_eq!(told, [name], "the tools of every screen come last");
    }
    let told = keys(browser, &["Enter"], "farewell").await;
    let (chimes, said): (Vec<_>, Vec<_>) = told.into_iter().partition(|name| name == "chime");
    assert_eq!(chimes.len(), 1);
    assert_eq!(
        said,
        [
            "patient-farewell-take",
            "patient-farewell-done",
            "patient-farewell-more",
            "patient-agreed",
            "patient-checkups",
            "patient-treatment",
            "patient-operations"
        ]
    );
    bench.clinic.take().await.unwrap();
    browser.wait_for_page("waiting").await.unwrap();
    let heard = texts(browser, "window.heard").await.unwrap();
    assert!(
        heard.iter().all(|name| !name.starts_with("NOT HEARD")),
        "{heard:?}"
    );
}

/// An answer is changed where it stands: said, put into the live region, and the button keeps the focus.
async fn changed(browser: &mut Browser) {
    const MEDICINES: &str = "consent-medicines-change";
    keys(browser, &["ArrowDown"], "consents").await;
    let told = keys(browser, &["ArrowDown"], "consents").await;
    assert_eq!(told, ["patient-medicines", "patient-consent-yes"]);
    for (answer, yes) in [
        ("patient-consent-no", "false"),
        ("patient-consent-yes", "true"),
        ("patient-consent-no", "false"),
    ] {
        let told = keys(browser, &["Enter"], "consents").await;
        assert_eq!(told, ["patient-medicines", answer]);
        let at = browser.evaluate("document.activeElement.id").await.unwrap();
        assert_eq!(at, MEDICINES, "the person is where they were");
        let pressed = format!("document.activeElement.getAttribute('aria-pressed') === '{yes}'");
        assert_eq!(browser.evaluate(&pressed).await.unwrap(), true, "{yes}");
        let words = browser
            .evaluate("['.label', '.detail'].map((part) => document.activeElement.querySelector(part).textContent).join(' ') === document.getElementById('spoken').textContent")
            .await
            .unwrap();
        assert_eq!(words, true, "the live region says the same");
    }
}

/// Types digits, and hears for each the same tick and how many there are (invariant 5).
async fn types(browser: &mut Browser, digits: &str) {
    for (at, digit) in digits.chars().enumerate() {
        let digit = digit.to_string();
        let told = keys(browser, &[digit.as_str()], "keypad").await;
        let count = match at + 1 {
            4 => "speech-full".to_owned(),
            count => format!("speech-count-{count}"),
        };
        let (ticks, said): (Vec<_>, Vec<_>) = told.into_iter().partition(|name| name == "tick");
        assert_eq!(
            (ticks.len(), said),
            (1, vec![count]),
            "one like the other for each key"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_is_said_in_whole_visits_by_keys_in_both_voices_invariants_2_and_5() {
    let _turn = TURN.lock().await;
    let (bench, mut browser) = desk().await;
    for lang in ["ja", "en"] {
        if lang == "en" {
            browser.tap("open-language").await.unwrap();
            browser.tap("lang-en").await.unwrap();
            browser
                .wait_for("document.documentElement.lang === 'en' && document.getElementById('panel').hidden")
                .await
                .unwrap();
        }
        by_keys(&bench, &mut browser).await;
        let voices = browser
            .evaluate(&format!(
                "performance.getEntriesByType('resource').some((one) => one.name.includes('/sound/{lang}/patient-consents-review'))"
            ))
            .await
            .unwrap();
        assert_eq!(voices, true, "said by the voice of {lang}");
    }
    assert!(bench.stop().await);
}

/// What is changed where it stands is said: an answer at the end of the questions, and a choice in the sheet for display and sound.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_made_by_keys_is_said_and_the_button_keeps_the_focus() {
    let _turn = TURN.lock().await;
    let (bench, mut browser) = desk().await;
    let browser = &mut browser;
    browser.evaluate("window.fast = 4").await.unwrap();
    browser.key("Enter").await.unwrap();
    hears_out(browser, "speech-on").await;
    browser.tap("open-comfort").await.unwrap();
    hears_out(browser, "patient-comfort-title").await;
    heard(browser, "waiting").await;
    // Past the button that closes the sheet.
    keys(browser, &["ArrowDown", "ArrowDown"], "waiting").await;
    let told = keys(browser, &["ArrowDown"], "waiting").await;
    assert_eq!(told, ["patient-size", "patient-size-large"]);
    let told = keys(browser, &["Enter"], "waiting").await;
    assert_eq!(
        told,
        ["patient-size", "patient-size-large", "speech-chosen"]
    );
    let at = browser.evaluate("document.activeElement.id").await.unwrap();
    assert_eq!(at, "size-large");
    browser.tap("close").await.unwrap();

    bench.clinic.lay("seiho").await.unwrap();
    browser.wait_for_page("method").await.unwrap();
    browser.tap("pin").await.unwrap();
    browser.wait_for_page("keypad").await.unwrap();
    for (count, digit) in "1234".chars().enumerate() {
        browser.tap(&format!("key-{digit}")).await.unwrap();
        typed(browser, count + 1).await;
    }
    browser.tap("confirm").await.unwrap();
    browser.tap("itemise").await.unwrap();
    for kind in ["checkups", "medicines", "treatment", "operations"] {
        // A tap so soon at the same place would be the second of a double tap.
        tokio::time::sleep(Duration::from_millis(700)).await;
        browser.tap(&format!("consent-{kind}-yes")).await.unwrap();
    }
    browser
        .wait_for("!!document.getElementById('consent-done')")
        .await
        .unwrap();
    heard(browser, "consents").await;
    changed(browser).await;
    browser.tap("consent-done").await.unwrap();
    browser.wait_for_page("farewell").await.unwrap();
    assert!(bench.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whole_visits_by_two_switches_and_slow_ones_are_not_hurried() {
    let _turn = TURN.lock().await;
    let (bench, mut browser) = desk().await;
    by_two_switches(&bench, &mut browser).await;
    slowly(&bench, &mut browser).await;
    assert!(bench.stop().await);
}

/// Six seconds a step: whoever steps is there, and no warning comes. When it does come, after "I need more time" the person is where
/// they were.
async fn slowly(bench: &Bench, browser: &mut Browser) {
    const AT: &str = "document.activeElement?.id";
    const WARNED: &str = "!document.getElementById('idle').hidden";
    bench.clinic.lay("seiho").await.unwrap();
    browser.wait_for_page("method").await.unwrap();
    switch_to(browser, "pin").await;
    browser.wait_for_page("keypad").await.unwrap();
    for _ in 0..7 {
        browser.key(" ").await.unwrap();
        let from = std::time::Instant::now();
        while from.elapsed() < Duration::from_secs(6) {
            assert_eq!(browser.evaluate(WARNED).await.unwrap(), false);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
    let before = browser.evaluate(AT).await.unwrap();
    assert_eq!(before, "key-7");
    browser.wait_for(WARNED).await.unwrap();
    assert_eq!(browser.evaluate(AT).await.unwrap(), "stay");
    browser.key("Enter").await.unwrap();
    browser.wait_for(&format!("!({WARNED})")).await.unwrap();
    assert_eq!(browser.evaluate(AT).await.unwrap(), before);
    browser.key("Escape").await.unwrap();
    browser.wait_for_page("method").await.unwrap();
    browser.tap("cancel").await.unwrap();
    browser.wait_for_page("farewell").await.unwrap();
    bench.clinic.take().await.unwrap();
    browser.wait_for_page("waiting").await.unwrap();
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
    .await
    .unwrap();
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
    let sent = texts(browser, "window.sent").await.unwrap();
    let sent: Vec<String> = sent
        .into_iter()
        .filter(|text| !text.contains(r#""stay""#)) // somebody is there, nothing is pressed
        .collect();
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
