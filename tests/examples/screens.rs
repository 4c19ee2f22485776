//! Pictures of the pages, taken from a running terminal: `cargo run -p e2e --example screens FOLDER`
//! (build the workspace first). The pictures in `docs/screens` are made this way.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs
)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use e2e::browser::Browser;
use e2e::{Bench, BenchOptions};
use hw_sim::camera::Face;

async fn take(browser: &mut Browser, folder: &Path, name: &str) {
    // Let pictures and transitions settle.
    tokio::time::sleep(Duration::from_millis(400)).await;
    let file = folder.join(format!("{name}.png"));
    browser.screenshot(&file).await.unwrap();
    println!("{}", file.display());
}

async fn open(browser: &mut Browser, file: PathBuf) {
    let url = std::fs::read_to_string(file).unwrap();
    browser.open(url.trim()).await.unwrap();
}

/// Taps as soon as nothing covers the button any more: a panel may still be closing.
async fn tap_when_free(browser: &mut Browser, id: &str) {
    for _ in 0..50 {
        if browser.tap(id).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    browser.tap(id).await.unwrap();
}

/// Answers one question after the other at a person's pace: the page takes a second press that comes at once, on what the
/// first one brought under the finger, for a double tap.
async fn answer(browser: &mut Browser, ids: &[&str]) {
    for id in ids {
        tokio::time::sleep(Duration::from_millis(900)).await;
        browser.tap(id).await.unwrap();
    }
}

async fn digits(browser: &mut Browser, digits: &str) {
    for digit in digits.chars() {
        browser.tap(&format!("key-{digit}")).await.unwrap();
    }
}

async fn sign_in(staff: &mut Browser, bench: &Bench, folder: &Path) {
    let output = bench
        .command("uketsukectl")
        .args(["--json", "--config"])
        .arg(bench.settings())
        .args(["staff", "add", "受付 花子"])
        .output()
        .unwrap();
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    staff.tap("go-desk").await.unwrap();
    staff
        .wait_for("!!document.getElementById('password')")
        .await
        .unwrap();
    for (id, value) in [
        ("name", "受付 花子"),
        ("password", told["password"].as_str().unwrap()),
    ] {
        let set = format!("document.getElementById('{id}').value = '{value}'");
        staff.evaluate(&set).await.unwrap();
    }
    take(staff, folder, "staff-sign-in.ja").await;
    staff.tap("sign-in").await.unwrap();
    staff
        .wait_for("document.querySelectorAll('#home tbody a[href^=\"/desk/result/\"]').length > 1")
        .await
        .unwrap();
}

/// The two displays of S000: a recipient with a ticket for this clinic, and one without. Both carry a reference number, as there.
async fn pair(staff: &mut Browser, bench: &Bench, page: &mut Browser, folder: &Path) {
    sign_in(staff, bench, folder).await;
    for (person, pin, number) in [
        ("jukyu", "9012", "00000001"),
        ("mitaku", "2345", "00000002"),
    ] {
        bench.clinic.central().set_reference(person, number);
        bench.clinic.lay(person).await.unwrap();
        page.wait_for_page("method").await.unwrap();
        page.tap("pin").await.unwrap();
        page.wait_for_page("keypad").await.unwrap();
        digits(page, pin).await;
        page.tap("confirm").await.unwrap();
        page.wait_for_page("consents").await.unwrap();
        page.tap("consent-all-no").await.unwrap();
        page.wait_for_page("farewell").await.unwrap();
        bench.clinic.take().await.unwrap();
        page.wait_for_page("waiting").await.unwrap();
    }
    staff.resize(820, 760).await.unwrap();
    // Newest first.
    for (at, name) in [
        (1, "staff-result-entrusted.ja"),
        (0, "staff-result-unentrusted.ja"),
    ] {
        staff.tap("go-home").await.unwrap();
        staff
            .wait_for(
                "document.querySelectorAll('#home tbody a[href^=\"/desk/result/\"]').length > 3",
            )
            .await
            .unwrap();
        let press = format!(
            "document.querySelectorAll('#home tbody a[href^=\"/desk/result/\"]')[{at}].click()"
        );
        staff.evaluate(&press).await.unwrap();
        staff
            .wait_for("location.pathname.startsWith('/desk/result/') && !!document.querySelector('.summaries')")
            .await
            .unwrap();
        take(staff, folder, name).await;
    }
    staff.resize(1280, 960).await.unwrap();
    staff.tap("go-home").await.unwrap();
}

/// Takes the desk's pages: both results, the calls, the lookup.
async fn desk(staff: &mut Browser, folder: &Path) {
    staff
        .wait_for("document.querySelectorAll('#home tbody a[href^=\"/desk/result/\"]').length > 1")
        .await
        .unwrap();
    take(staff, folder, "staff-desk.ja").await;
    // Below the two just taken: insurance and assistance of one card.
    for (at, name) in [(2, "staff-result-both.ja")] {
        staff
            .wait_for(
                "document.querySelectorAll('#home tbody a[href^=\"/desk/result/\"]').length > 1",
            )
            .await
            .unwrap();
        let press = format!(
            "document.querySelectorAll('#home tbody a[href^=\"/desk/result/\"]')[{at}].click()"
        );
        staff.evaluate(&press).await.unwrap();
        staff
            .wait_for("location.pathname.startsWith('/desk/result/') && !!document.querySelector('.summaries')")
            .await
            .unwrap();
        take(staff, folder, name).await;
        staff.tap("go-home").await.unwrap();
    }
    for (link, wait, name) in [
        (
            "go-follow-ups",
            "!!document.querySelector('tr.open')",
            "staff-calls.ja",
        ),
        (
            "go-lookup",
            "!!document.getElementById('send-assistance')",
            "staff-lookup.ja",
        ),
        (
            "go-bulk",
            "!!document.getElementById('send-tickets')",
            "staff-bulk.ja",
        ),
        (
            "go-special",
            "!!document.getElementById('send-disaster')",
            "staff-special.ja",
        ),
        (
            "go-settings",
            "!!document.getElementById('institution')",
            "staff-settings.ja",
        ),
    ] {
        staff.tap(link).await.unwrap();
        staff.wait_for(wait).await.unwrap();
        take(staff, folder, name).await;
    }
    staff.tap("send-test").await.unwrap();
    staff
        .wait_for("!!document.querySelector('#answer table')")
        .await
        .unwrap();
    staff.resize(1280, 1500).await.unwrap();
    take(staff, folder, "staff-operation-test.ja").await;
    staff.resize(1280, 960).await.unwrap();
    staff.tap("go-overview").await.unwrap();
    staff
        .wait_for("document.querySelectorAll('.result').length > 1")
        .await
        .unwrap();
}

#[tokio::main]
async fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("a folder"));
    std::fs::create_dir_all(&folder).unwrap();
    let bench = Bench::start(BenchOptions::default()).await.unwrap();
    let register = hw_sim::persons::Register::default_register().unwrap();
    let mut page = Browser::start(1280, 800).await.unwrap();
    let mut staff = Browser::start(1280, 960).await.unwrap();
    open(&mut page, bench.path("kiosk.url")).await;
    open(&mut staff, bench.path("staff.url")).await;

    page.wait_for_page("waiting").await.unwrap();
    take(&mut page, &folder, "patient-waiting.ja").await;
    bench.clinic.lay("mitaku").await.unwrap();
    page.wait_for_page("method").await.unwrap();
    take(&mut page, &folder, "patient-method.ja").await;
    page.tap("open-language").await.unwrap();
    page.tap("lang-en").await.unwrap();
    page.wait_for("document.documentElement.lang === 'en'")
        .await
        .unwrap();
    take(&mut page, &folder, "patient-method.en").await;
    page.tap("open-language").await.unwrap();
    page.tap("lang-ja").await.unwrap();
    tap_when_free(&mut page, "pin").await;
    page.wait_for_page("keypad").await.unwrap();
    digits(&mut page, "0000").await;
    page.tap("confirm").await.unwrap();
    page.wait_for(
        "document.body.dataset.page === 'keypad' && document.body.innerText.includes('違いました')",
    )
    .await
    .unwrap();
    take(&mut page, &folder, "patient-keypad-wrong.ja").await;
    digits(&mut page, "2345").await;
    page.tap("confirm").await.unwrap();
    page.wait_for_page("consents").await.unwrap();
    take(&mut page, &folder, "patient-consents.ja").await;
    page.tap("open-language").await.unwrap();
    page.tap("lang-en").await.unwrap();
    page.wait_for("document.documentElement.lang === 'en'")
        .await
        .unwrap();
    take(&mut page, &folder, "patient-consents.en").await;
    page.tap("open-language").await.unwrap();
    page.tap("lang-ja").await.unwrap();
    tap_when_free(&mut page, "itemise").await;
    answer(&mut page, &["consent-checkups-yes", "consent-medicines-no"]).await;
    take(&mut page, &folder, "patient-consents-each.ja").await;
    answer(
        &mut page,
        &["consent-treatment-no", "consent-operations-no"],
    )
    .await;
    take(&mut page, &folder, "patient-consents-review.ja").await;
    answer(&mut page, &["consent-done"]).await;
    page.wait_for_page("farewell").await.unwrap();
    take(&mut page, &folder, "patient-farewell-take.ja").await;
    bench.clinic.take().await.unwrap();
    page.wait_for_page("waiting").await.unwrap();

    // Nobody steps before the camera before the picture is taken.
    bench.clinic.face(&Face::None).unwrap();
    bench.clinic.lay("seiho").await.unwrap();
    page.wait_for_page("method").await.unwrap();
    page.tap("face").await.unwrap();
    page.wait_for_page("keypad").await.unwrap();
    take(&mut page, &folder, "patient-keypad-number.ja").await;
    let number = register.person("seiho").unwrap().matching_number_b();
    digits(&mut page, &number.unwrap()).await;
    page.tap("confirm").await.unwrap();
    page.wait_for_page("face-check").await.unwrap();
    tokio::time::sleep(Duration::from_millis(1200)).await;
    take(&mut page, &folder, "patient-face.ja").await;
    page.tap("back").await.unwrap();
    page.wait_for_page("method").await.unwrap();
    page.tap("visual").await.unwrap();
    page.wait_for_page("staff-coming").await.unwrap();
    staff
        .wait_for("document.body.innerText.includes('未委託')")
        .await
        .unwrap();
    take(&mut staff, &folder, "staff-unentrusted.ja").await;
    bench.clinic.take().await.unwrap();
    page.wait_for_page("waiting").await.unwrap();

    // The two displays of S000 beside each other: entrusted, after the unentrusted one above.
    bench.clinic.lay("seiho").await.unwrap();
    page.wait_for_page("method").await.unwrap();
    page.tap("pin").await.unwrap();
    page.wait_for_page("keypad").await.unwrap();
    digits(&mut page, "1234").await;
    page.tap("confirm").await.unwrap();
    page.wait_for_page("consents").await.unwrap();
    page.tap("consent-all-no").await.unwrap();
    page.wait_for_page("farewell").await.unwrap();
    bench.clinic.take().await.unwrap();
    page.wait_for_page("waiting").await.unwrap();
    pair(&mut staff, &bench, &mut page, &folder).await;
    desk(&mut staff, &folder).await;

    bench.clinic.central_down().await.unwrap();
    bench.clinic.lay("seiho").await.unwrap();
    page.wait_for_page("method").await.unwrap();
    page.tap("pin").await.unwrap();
    page.wait_for_page("keypad").await.unwrap();
    digits(&mut page, "1234").await;
    page.tap("confirm").await.unwrap();
    page.wait_for_page("trouble").await.unwrap();
    take(&mut page, &folder, "patient-trouble.ja").await;
    bench.clinic.take().await.unwrap();
    let _ = bench.stop().await;
}
