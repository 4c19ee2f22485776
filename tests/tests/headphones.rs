//! A terminal with a place for headphones, its page in a real browser: what is about the person is heard in the headphones or not at
//! all. The browser's audio outputs are the test's own (this machine has none); that they are asked for and used is what is looked at.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use e2e::browser::Browser;
use e2e::{Bench, BenchOptions};

/// Notes what is played and through which output; `plug(true)` plugs the headphones in.
const OUTPUTS: &str = r#"
  window.heard = []; window.paused = 0;
  let plugged = false;
  const devices = navigator.mediaDevices;
  devices.enumerateDevices = async () => [
    { kind: "audiooutput", label: "Default", deviceId: "default" },
    ...(plugged ? [{ kind: "audiooutput", label: "Test Phones (front)", deviceId: "phones" }] : []),
  ];
  window.plug = (yes) => { plugged = yes; devices.dispatchEvent(new Event("devicechange")); };
  Object.defineProperty(HTMLMediaElement.prototype, "sinkId", { get() { return this.mine ?? ""; } });
  window.refused = 0;
  HTMLMediaElement.prototype.setSinkId = async function (id) {
    if (id && window.refuse) {
      window.refused += 1;
      throw new DOMException("refused", "NotAllowedError");
    }
    this.mine = id;
  };
  const play = HTMLMediaElement.prototype.play, pause = HTMLMediaElement.prototype.pause;
  HTMLMediaElement.prototype.play = function () { window.heard.push(`${this.src.split("/").pop()} ${this.mine || "aloud"}`); return play.call(this); };
  HTMLMediaElement.prototype.pause = function () { window.paused += 1; return pause.call(this); };
"#;

async fn heard(browser: &mut Browser, what: &str) {
    browser
        .wait_for(&format!("window.heard.includes('{what}')"))
        .await
        .unwrap();
}

async fn never_heard(browser: &mut Browser, what: &str) {
    let all = browser.evaluate("window.heard.join()").await.unwrap();
    assert!(!all.as_str().unwrap().contains(what), "{what}: {all}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_about_the_person_is_heard_in_headphones_or_not_at_all_invariant_5() {
    let mut bench = Bench::start(BenchOptions {
        without_vision: true,
        ..BenchOptions::default()
    })
    .await
    .unwrap();
    bench
        .resettle("[kiosk]\n", "[kiosk]\nheadphones = \"Phones\"\n")
        .await
        .unwrap();
    let mut browser = Browser::start(1280, 800).await.unwrap();
    browser.before_every_page(OUTPUTS).await.unwrap();
    let url = std::fs::read_to_string(bench.path("kiosk.url")).unwrap();
    browser.open(url.trim()).await.unwrap();
    browser.wait_for_page("waiting").await.unwrap();

    // Without headphones: the guidance aloud, but not that the PIN was wrong and how many tries are left.
    browser.tap("open-comfort").await.unwrap();
    browser.tap("speech-on").await.unwrap();
    heard(&mut browser, "speech-on aloud").await;
    browser.tap("close").await.unwrap();
    bench.clinic.lay("hoken").await.unwrap();
    browser.wait_for_page("method").await.unwrap();
    heard(&mut browser, "patient-method aloud").await;
    browser.tap("pin").await.unwrap();
    browser.wait_for_page("keypad").await.unwrap();
    for key in ["key-9", "key-9", "key-9", "key-9", "confirm"] {
        browser.tap(key).await.unwrap();
    }
    browser
        .wait_for("!!document.getElementById('notice')")
        .await
        .unwrap();
    heard(&mut browser, "speech-on-screen aloud").await;
    never_heard(&mut browser, "patient-notice-").await;
    never_heard(&mut browser, "speech-tries-").await;

    // Plugged in: the screen is said again, all of it, there and nowhere else.
    browser
        .evaluate("window.heard = []; plug(true); 0")
        .await
        .unwrap();
    heard(&mut browser, "patient-notice-pin-wrong phones").await;
    heard(&mut browser, "speech-tries-2 phones").await;
    never_heard(&mut browser, "aloud").await;
    for digit in 0..=9 {
        never_heard(&mut browser, &format!("key-{digit}")).await;
    }

    // Pulled out: what is being said stops at once, and the guidance ends.
    browser
        .evaluate("window.heard = []; window.paused = 0; plug(false); window.stopped = window.paused > 0; 0")
        .await
        .unwrap();
    assert_eq!(
        browser.evaluate("window.stopped").await.unwrap(),
        true,
        "stopped before anybody knew which output went"
    );
    heard(&mut browser, "speech-off aloud").await;
    never_heard(&mut browser, "patient-notice-").await;

    // Plugged in again: the guidance begins by itself.
    browser
        .evaluate("window.heard = []; plug(true); 0")
        .await
        .unwrap();
    heard(&mut browser, "speech-on phones").await;

    // There, but the browser refuses to use it: nothing is said, least of all by the loudspeaker, and what would have been said can be read.
    browser.evaluate("plug(false); 0").await.unwrap();
    heard(&mut browser, "speech-off aloud").await;
    browser
        .evaluate("window.heard = []; window.refuse = true; plug(true); 0")
        .await
        .unwrap();
    browser.wait_for("window.refused > 0").await.unwrap();
    browser
        .wait_for("document.getElementById('notice')?.innerText.includes('暗証番号が違いました')")
        .await
        .unwrap();
    never_heard(&mut browser, "patient-").await;
    never_heard(&mut browser, "speech-").await;
    bench.clinic.take().await.unwrap();
    assert!(bench.stop().await);
}
