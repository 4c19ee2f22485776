//! What stands before the camera, or in the card, is not what it should be: each leads to another way
//! (invariant 7), and the next person is served.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use e2e::{Bench, BenchOptions, PatientPage, end, matching_number, to_camera, to_method};
use hw_sim::camera::Face;

/// Comparing faces takes a core for itself: side by side on a busy machine, no comparison would get enough pictures.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

async fn refused_then_pin(bench: &Bench, page: &mut PatientPage) {
    let method = page
        .wait_until("another way with its reason", |view| {
            view["page"] == "method" && view["notice"].is_object()
        })
        .await
        .unwrap();
    assert!(
        !bench
            .clinic
            .central_requests()
            .iter()
            .any(|request| request.path.contains("confirm")),
        "invariant 7: nobody was confirmed: {method}"
    );
    page.press("pin").await.unwrap();
    page.type_digits("1234").await.unwrap();
    page.wait_for(&["consents"]).await.unwrap();
    page.press("consent-all-no").await.unwrap();
    page.wait_for(&["farewell"]).await.unwrap();
    bench.clinic.take().await.unwrap();
    page.wait_for(&["waiting"]).await.unwrap();
}

async fn with_camera(face: Face) {
    let _alone = ALONE.lock().await;
    let bench = Bench::start(BenchOptions::default()).await.unwrap();
    bench.clinic.face(&face).unwrap();
    let mut page = bench.patient().await.unwrap();
    to_camera(&bench, &mut page, "seiho").await.unwrap();
    page.wait_for(&["face-check"]).await.unwrap();
    refused_then_pin(&bench, &mut page).await;
    end(bench).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_before_the_camera_invariant_7() {
    with_camera(Face::None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_before_the_camera_invariant_7() {
    with_camera(Face::Two("obama".into(), "biden".into())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photo_that_is_not_signed_invariant_16() {
    let _alone = ALONE.lock().await;
    let bench = Bench::start(BenchOptions::default()).await.unwrap();
    bench.clinic.face(&Face::Portrait("obama".into())).unwrap();
    let mut page = bench.patient().await.unwrap();
    to_method(&bench, &mut page, "seiho").await.unwrap();
    let other = std::fs::read(e2e::repository().join("data/portraits/biden.jp2")).unwrap();
    bench
        .clinic
        .with_card(0, |card| card.set_photo(&other))
        .unwrap()
        .unwrap();
    page.press("face").await.unwrap();
    page.type_digits(&matching_number("seiho").unwrap())
        .await
        .unwrap();
    refused_then_pin(&bench, &mut page).await;
    end(bench).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photo_that_cannot_be_decoded_invariant_7() {
    let _alone = ALONE.lock().await;
    let bench = Bench::start(BenchOptions::default()).await.unwrap();
    bench.clinic.face(&Face::Portrait("obama".into())).unwrap();
    let mut page = bench.patient().await.unwrap();
    to_method(&bench, &mut page, "seiho").await.unwrap();
    // Genuine, as far as its signature goes, but cut off.
    let whole = std::fs::read(e2e::repository().join("data/portraits/obama.jp2")).unwrap();
    let dir = bench.clinic.addresses().dir;
    let register = hw_sim::persons::Register::default_register().unwrap();
    let prepared =
        hw_sim::pki::prepare_with(&dir, &register, &e2e::repository().join("data/portraits"))
            .unwrap();
    bench
        .clinic
        .with_card(0, |card| {
            prepared.resign_photo(card, &whole[..whole.len() / 2])
        })
        .unwrap()
        .unwrap();
    page.press("face").await.unwrap();
    page.type_digits(&matching_number("seiho").unwrap())
        .await
        .unwrap();
    refused_then_pin(&bench, &mut page).await;
    end(bench).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_face_worker_dies_during_a_visit_and_comes_back() {
    let _alone = ALONE.lock().await;
    let mut bench = Bench::start(BenchOptions::default()).await.unwrap();
    let mut page = bench.patient().await.unwrap();
    to_camera(&bench, &mut page, "seiho").await.unwrap();
    page.wait_for(&["face-check"]).await.unwrap();
    bench.vision().unwrap().kill().unwrap();
    refused_then_pin(&bench, &mut page).await;
    bench.restart_vision().await.unwrap();
    bench.clinic.face(&Face::Portrait("obama2".into())).unwrap();
    to_camera(&bench, &mut page, "seiho").await.unwrap();
    page.wait_for(&["consents"]).await.unwrap();
    page.press("consent-all-no").await.unwrap();
    page.wait_for(&["farewell"]).await.unwrap();
    end(bench).await.unwrap();
}
