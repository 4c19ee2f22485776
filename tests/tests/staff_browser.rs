//! The staff's page in a real browser: sign in, look up by number, phone and settle, with a second page that sees it live.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use e2e::browser::Browser;
use e2e::{Bench, BenchOptions, registered};

async fn signed_in(bench: &Bench, name: &str, password: &str) -> Browser {
    let mut browser = Browser::start(1280, 960).await.unwrap();
    let url = std::fs::read_to_string(bench.path("staff.url")).unwrap();
    browser.open(url.trim()).await.unwrap();
    browser.tap("go-desk").await.unwrap();
    browser
        .wait_for("!!document.getElementById('sign-in')")
        .await
        .unwrap();
    typed(&mut browser, "name", name).await;
    typed(&mut browser, "password", password).await;
    browser.tap("sign-in").await.unwrap();
    browser
        .wait_for("!!document.getElementById('home')")
        .await
        .unwrap();
    browser
}

async fn typed(browser: &mut Browser, id: &str, text: &str) {
    browser
        .evaluate(&format!("document.getElementById('{id}').value = '{text}'"))
        .await
        .unwrap();
}

async fn says(browser: &mut Browser, words: &str) {
    browser
        .wait_for(&format!("document.body?.innerText?.includes('{words}')"))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_in_lookup_and_a_call_settled_live_on_a_second_page() {
    let bench = Bench::start(BenchOptions {
        without_vision: true,
        ..BenchOptions::default()
    })
    .await
    .unwrap();
    let password = registered(&bench, "uketsuke hanako").unwrap();
    let other_password = registered(&bench, "uketsuke taro").unwrap();
    let mut one = signed_in(&bench, "uketsuke hanako", &password).await;
    let mut other = signed_in(&bench, "uketsuke taro", &other_password).await;
    says(&mut other, "シミュレーション").await;
    other.tap("go-follow-ups").await.unwrap();
    says(&mut other, "確認が必要なものはありません").await;

    // An unentrusted person without a card: the second page, left alone, shows the call to make.
    one.tap("go-lookup").await.unwrap();
    one.wait_for("!!document.getElementById('send-assistance')")
        .await
        .unwrap();
    typed(&mut one, "assistance-insurer_number", "12000009").await;
    typed(&mut one, "assistance-number", "2020002").await;
    one.tap("assistance-identity").await.unwrap();
    one.tap("send-assistance").await.unwrap();
    says(&mut one, "福祉事務所 に電話").await;
    let text = one.evaluate("document.body.innerText").await.unwrap();
    let text = text.as_str().unwrap();
    assert!(
        text.contains("未委託") && !text.contains("12000009") && !text.contains("2020002"),
        "invariant 6: {text}"
    );
    other
        .wait_for("!!document.querySelector('tr.open textarea')")
        .await
        .unwrap();

    // What is being typed there stays while the list changes around it.
    let area = other
        .evaluate("document.querySelector('tr.open textarea').id")
        .await
        .unwrap();
    let area = area.as_str().unwrap().to_owned();
    typed(&mut other, &area, "half an ans").await;
    one.tap("go-follow-ups").await.unwrap();
    one.wait_for("!!document.querySelector('tr.open textarea')")
        .await
        .unwrap();
    typed(&mut one, &area, "OK to treat").await;
    one.tap(&area.replace("answer-", "settle-")).await.unwrap();
    says(&mut one, "OK to treat").await;
    other
        .wait_for("!!document.querySelector('tr.closed')")
        .await
        .unwrap();
    says(&mut other, "OK to treat").await;
    says(&mut other, "uketsuke hanako").await;
    says(&mut other, "03-0000-0002").await;
    let text = other.evaluate("document.body.innerText").await.unwrap();
    assert!(!text.as_str().unwrap().contains("staff:"), "{text}");

    // Calls made and calls to make, with notes, on one sheet of A5.
    for note in ["nobody answered", "they call back at four in the afternoon"] {
        one.tap("go-lookup").await.unwrap();
        one.wait_for("!!document.getElementById('send-assistance')")
            .await
            .unwrap();
        typed(&mut one, "assistance-insurer_number", "12000009").await;
        typed(&mut one, "assistance-number", "2020002").await;
        one.tap("assistance-identity").await.unwrap();
        one.tap("send-assistance").await.unwrap();
        says(&mut one, "福祉事務所 に電話").await;
        one.tap("go-follow-ups").await.unwrap();
        one.wait_for("!!document.querySelector('tr.open textarea')")
            .await
            .unwrap();
        let area = one
            .evaluate("document.querySelector('tr.open textarea').id")
            .await
            .unwrap();
        let area = area.as_str().unwrap().to_owned();
        typed(&mut one, &area, note).await;
        one.tap(&area.replace("answer-", "note-")).await.unwrap();
        says(&mut one, note).await;
    }
    one.evaluate("location.assign('/desk/print/follow-ups')")
        .await
        .unwrap();
    one.wait_for(
        "!!document.querySelector('.sheet tbody tr') && document.readyState === 'complete'",
    )
    .await
    .unwrap();
    let printed = one.evaluate("document.body.innerText").await.unwrap();
    let printed = printed.as_str().unwrap();
    for words in ["OK to treat", "nobody answered", "they call back"] {
        assert!(printed.contains(words), "{printed}");
    }
    assert!(
        !printed.contains("12000009") && !printed.contains("2020002"),
        "invariant 6: {printed}"
    );
    let (pages, pdf) = one.printed(148.0, 210.0).await.unwrap();
    assert_eq!(pages, 1, "{} bytes", pdf.len());
    // As wide as an A5 between its margins (132 mm), nothing reaches over the paper's edge.
    one.resize(499, 700).await.unwrap();
    one.wait_for("innerWidth === 499").await.unwrap();
    let over = one
        .evaluate(
            "[...document.querySelectorAll('.sheet, .sheet *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 0.5).map((e) => e.outerHTML.slice(0, 80))",
        )
        .await
        .unwrap();
    assert_eq!(over.as_array().map(Vec::len), Some(0), "{over}");
    one.resize(1280, 960).await.unwrap();
    one.evaluate("location.assign('/desk')").await.unwrap();
    one.wait_for("!!document.getElementById('home')")
        .await
        .unwrap();

    one.tap("sign-out").await.unwrap();
    one.wait_for("location.pathname === '/desk/sign-in'")
        .await
        .unwrap();
    assert!(bench.stop().await);
}

/// Insurance and medical assistance of one person: an A5 in millimetres holds both, and an A4.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_with_two_qualifications_prints_on_one_a5() {
    let bench = Bench::start(BenchOptions {
        without_vision: true,
        ..BenchOptions::default()
    })
    .await
    .unwrap();
    let mut patient = bench.patient().await.unwrap();
    patient.wait_for(&["waiting"]).await.unwrap();
    bench.clinic.lay("seiho").await.unwrap();
    patient.wait_for(&["method"]).await.unwrap();
    patient.press("pin").await.unwrap();
    patient.type_digits("1234").await.unwrap();
    patient.wait_for(&["consents"]).await.unwrap();
    patient.press("consent-all-no").await.unwrap();
    patient.wait_for(&["farewell"]).await.unwrap();
    bench.clinic.take().await.unwrap();

    let password = registered(&bench, "uketsuke hanako").unwrap();
    let mut browser = signed_in(&bench, "uketsuke hanako", &password).await;
    browser
        .wait_for("!!document.querySelector('#home tbody a')")
        .await
        .unwrap();
    browser
        .evaluate("location.assign(document.querySelector('#home tbody a').pathname.replace('/desk/', '/desk/print/'))")
        .await
        .unwrap();
    browser
        .wait_for("document.querySelectorAll('.sheet .summary').length === 2 && document.readyState === 'complete'")
        .await
        .unwrap();
    for (paper, width, height) in [("A5", 148.0, 210.0), ("A4", 210.0, 297.0)] {
        let (pages, pdf) = browser.printed(width, height).await.unwrap();
        assert_eq!(pages, 1, "{paper}, {} bytes", pdf.len());
    }
    assert!(bench.stop().await);
}
