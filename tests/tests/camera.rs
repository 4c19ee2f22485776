//! A camera that is unplugged, or that opens and gives nothing, is noticed where people look: by the patient before
//! fourteen digits are typed, by staff, and by the technician; and it comes back by itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::time::{Duration, Instant};

use e2e::{
    Bench, BenchOptions, StaffPage, end, matching_number, status_until, to_camera, to_method,
    worker_again,
};
use hw_sim::camera::{CameraMode, Face};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

/// "Within seconds".
const SOON: Duration = Duration::from_secs(30);

/// What `uketsukectl` prints, and its exit code.
async fn technician(bench: &Bench, arguments: &[&str]) -> (i32, String) {
    let mut command = bench.command("uketsukectl");
    command
        .arg("--config")
        .arg(bench.settings())
        .args(arguments);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), text)
}

async fn status_says(bench: &Bench, ok: bool) {
    let seen = status_until(bench, "the camera", |status| {
        status["vision"]["camera"]["ok"] == ok
    });
    tokio::time::timeout(SOON, seen).await.unwrap().unwrap();
}

async fn staff_sees(staff: &mut StaffPage, ok: bool) {
    let wanted = |view: &Value| {
        view["terminal"]["lines"].as_array().is_some_and(|lines| {
            lines.iter().any(|line| {
                line["ok"] == ok && line["text"].as_str().is_some_and(|t| t.contains("カメラ"))
            })
        })
    };
    let seen = staff.wait_until("the camera's line", wanted);
    tokio::time::timeout(SOON, seen).await.unwrap().unwrap();
}

/// The daemon's log warns with this code, and staff is told of it; or no longer.
async fn told(bench: &Bench, staff: &mut StaffPage, code: &str, now: bool) {
    let wanted = |view: &Value| {
        let alerts = view["alerts"]["items"].as_array();
        alerts.into_iter().flatten().any(|one| one["code"] == code) == now
    };
    let seen = staff.wait_until("the alert, or its end", wanted);
    tokio::time::timeout(SOON, seen).await.unwrap().unwrap();
    let log = bench.daemon_log();
    let warned = |line: &&str| line.contains("WARN") && line.contains(code);
    assert!(log.lines().any(|line| warned(&line)), "{code}: {log}");
}

fn offers_face(view: &Value) -> bool {
    view["choices"]
        .as_array()
        .is_some_and(|choices| choices.iter().any(|choice| choice["id"] == "face"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unplugged_camera_shows_everywhere_within_seconds_and_comes_back() {
    let bench = Bench::start(BenchOptions::default()).await.unwrap();
    let (mut page, mut staff) = (bench.patient().await.unwrap(), bench.staff().await.unwrap());
    staff_sees(&mut staff, true).await;

    bench.clinic.camera_gone(true);
    staff_sees(&mut staff, false).await;
    status_says(&bench, false).await;
    let (exit, ja) = technician(&bench, &["status"]).await;
    assert!(ja.contains("カメラ: 異常") && exit == 3, "{exit} {ja}");
    let (exit, report) = technician(&bench, &["doctor", "--json"]).await;
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(
        (exit, report["layer"].as_str()),
        (1, Some("camera")),
        "{report:#}"
    );
    let camera = report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["layer"] == "camera")
        .unwrap();
    assert_eq!(camera["status"], "failed");

    // The patient is not offered what would fail, and is told why.
    to_method(&bench, &mut page, "seiho").await.unwrap();
    let view = page.wait_for(&["method"]).await.unwrap();
    assert!(!offers_face(&view), "{view}");
    assert!(view["notice"].to_string().contains("カメラ"), "{view}");
    // Plugged in again while the person still chooses.
    bench.clinic.camera_gone(false);
    let back = page.wait_until("face to be offered again", offers_face);
    let view = tokio::time::timeout(SOON, back).await.unwrap().unwrap();
    assert!(view["notice"].is_null(), "{view}");
    bench.clinic.face(&Face::Portrait("obama2".into())).unwrap();
    page.press("face").await.unwrap();
    page.type_digits(&matching_number("seiho").unwrap())
        .await
        .unwrap();
    page.wait_for(&["consents"]).await.unwrap();
    staff_sees(&mut staff, true).await;
    status_says(&bench, true).await;
    end(bench).await.unwrap();
}

/// Invariant 15: a worker that stands still in the middle of a check (a driver, a machine under pressure) leaves nobody before a frozen picture: within
/// seconds the person is offered another way, and ends the visit by PIN. Once it goes on, face is there again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_15_a_worker_that_stands_still_in_a_check_leaves_nobody_waiting() {
    let mut bench = Bench::start(BenchOptions::default()).await.unwrap();
    let mut page = bench.patient().await.unwrap();
    // Nobody is there to be matched, so that the check goes on.
    bench.clinic.face(&Face::None).unwrap();
    to_camera(&bench, &mut page, "seiho").await.unwrap();
    page.wait_for(&["face-check"]).await.unwrap();
    let worker = Pid::from_raw(i32::try_from(bench.vision().unwrap().id()).unwrap());
    kill(worker, Signal::SIGSTOP).unwrap();
    let stopped = Instant::now();
    let away = page.wait_for(&["method"]);
    let view = tokio::time::timeout(SOON, away).await.unwrap().unwrap();
    let took = stopped.elapsed();
    println!("another way after {took:?}");
    assert!(took < Duration::from_secs(15), "{took:?}");
    assert!(!offers_face(&view), "{view}");
    assert!(view["notice"].to_string().contains("カメラ"), "{view}");
    let mut staff = bench.staff().await.unwrap();
    told(&bench, &mut staff, "UK-FACE-011", true).await;
    page.press("pin").await.unwrap();
    page.type_digits("1234").await.unwrap();
    page.wait_for(&["consents"]).await.unwrap();
    kill(worker, Signal::SIGCONT).unwrap();
    status_says(&bench, true).await;
    told(&bench, &mut staff, "UK-FACE-011", false).await;
    end(bench).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_that_delivers_nothing_is_noticed_before_the_digits_are_typed() {
    let bench = Bench::start(BenchOptions::default()).await.unwrap();
    let mut page = bench.patient().await.unwrap();
    to_method(&bench, &mut page, "seiho").await.unwrap();
    // It still opens: only asking it for a picture can tell.
    bench.clinic.camera_mode(CameraMode::Frozen);
    page.press("face").await.unwrap();
    page.wait_for(&["keypad"]).await.unwrap();
    let away = page.wait_for(&["method"]);
    let view = tokio::time::timeout(SOON, away).await.unwrap().unwrap();
    assert!(!offers_face(&view), "{view}");
    assert!(view["notice"].to_string().contains("カメラ"), "{view}");
    let verified = bench.clinic.with_card(0, |card| {
        card.transcript()
            .iter()
            .filter(|entry| entry.is_verify())
            .count()
    });
    assert_eq!(verified, Some(0), "no try was spent");
    let mut staff = bench.staff().await.unwrap();
    told(&bench, &mut staff, "UK-FACE-002", true).await;
    bench.clinic.camera_mode(CameraMode::Live);
    let back = page.wait_until("face to be offered again", offers_face);
    tokio::time::timeout(SOON, back).await.unwrap().unwrap();
    told(&bench, &mut staff, "UK-FACE-002", false).await;
    end(bench).await.unwrap();
}

/// Where no service manager runs (in the demonstration), a worker that was killed is named and started again as by systemd, and used again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_worker_is_named_and_started_again() {
    let mut bench = Bench::start(BenchOptions::default()).await.unwrap();
    assert_eq!(worker_again(&mut bench).await.unwrap(), None, "it runs");
    let first = bench.vision().unwrap().id();
    bench.vision().unwrap().kill().unwrap();
    let line = worker_again(&mut bench).await.unwrap().unwrap();
    assert!(
        line.starts_with("uketsuke-vision ended (signal: 9"),
        "{line}"
    );
    assert!(bench.vision().unwrap().runs() && bench.vision().unwrap().id() != first);
    status_says(&bench, true).await;
    end(bench).await.unwrap();
}
