//! A whole visit in a real browser: every press is a press on the page.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use e2e::browser::Browser;
use e2e::{Bench, BenchOptions};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pin_visit_from_card_to_farewell_in_chromium() {
    let bench = Bench::start(BenchOptions::default()).await.unwrap();
    let watch = bench.watch().await.unwrap();
    let mut browser = Browser::start(1280, 800).await.unwrap();
    let url = std::fs::read_to_string(bench.path("kiosk.url")).unwrap();
    browser.open(url.trim()).await.unwrap();
    browser.wait_for_page("waiting").await.unwrap();
    assert!(
        browser
            .evaluate("document.body.innerText")
            .await
            .unwrap()
            .as_str()
            .unwrap()
            .contains("シミュレーション"),
        "invariant 13: the screen says that it is simulated"
    );

    bench.clinic.lay("seiho").await.unwrap();
    browser.wait_for_page("method").await.unwrap();
    browser.tap("open-language").await.unwrap();
    browser.tap("lang-en").await.unwrap();
    browser
        .wait_for("document.documentElement.lang === 'en'")
        .await
        .unwrap();
    browser.tap("open-language").await.unwrap();
    browser.tap("lang-ja").await.unwrap();
    browser
        .wait_for("document.documentElement.lang === 'ja'")
        .await
        .unwrap();
    browser.tap("pin").await.unwrap();
    browser.wait_for_page("keypad").await.unwrap();
    for digit in "1234".chars() {
        browser.tap(&format!("key-{digit}")).await.unwrap();
    }
    let typed = browser.evaluate("document.body.innerText").await.unwrap();
    assert!(
        !typed.as_str().unwrap().contains("1234"),
        "invariant 5: the page never shows the digits"
    );
    browser.tap("confirm").await.unwrap();
    browser.wait_for_page("consents").await.unwrap();
    browser.tap("consent-all-no").await.unwrap();
    browser.wait_for_page("farewell").await.unwrap();
    let text = browser.evaluate("document.body.innerText").await.unwrap();
    for forbidden in ["生保", "医療扶助", "12000001", "福祉事務所", "有効"] {
        assert!(
            !text.as_str().unwrap().contains(forbidden),
            "invariant 17: `{forbidden}` on the patient's page"
        );
    }
    let end = watch
        .wait_for("the end", std::time::Duration::from_secs(20), |value| {
            value["event"] == "visit-ended"
        })
        .await
        .unwrap();
    assert_eq!(end["outcome"], "delivered");
    bench.clinic.take().await.unwrap();
    browser.wait_for_page("waiting").await.unwrap();
    assert!(bench.stop().await);
}
