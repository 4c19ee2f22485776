//! The central service's clock was two hours ahead for a while: the terminal stays ahead, also after a restart, until a technician sets it back
//! (invariant 14).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::process::Output;

use e2e::{
    Bench, desk_without_camera, end, next_is_served, serve, status, status_until, to_method,
};
use serde_json::Value;

fn accept(bench: &Bench, more: &[&str]) -> Output {
    let mut command = bench.command("uketsukectl");
    command.arg("--config").arg(bench.settings());
    command.args([
        "clock",
        "accept",
        "--staff",
        "鈴木",
        "--reason",
        "時計が進んでいた",
    ]);
    command.args(more).output().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

async fn ahead(bench: &Bench) -> i64 {
    status(bench).await.unwrap()["ahead_of_machine_ms"]
        .as_i64()
        .unwrap()
}

fn warned(status: &Value) -> bool {
    status["alerts"].to_string().contains("UK-VISIT-401")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_14_a_technician_sets_the_time_back_that_a_wrong_service_has_pushed() {
    let (mut bench, mut page) = desk_without_camera().await.unwrap();
    let refused = accept(&bench, &["--json"]);
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(json(&refused)["error"]["code"], "UK-VISIT-402");

    bench.clinic.central().set_server_time_skew(7_200_000);
    for person in ["hoken", "futari", "seiho"] {
        serve(&bench, &mut page, person).await.unwrap();
    }
    status_until(&bench, "word of the clock", warned)
        .await
        .unwrap();
    let refused = accept(&bench, &["--json"]);
    assert_eq!(
        json(&refused)["error"]["code"],
        "UK-VISIT-403",
        "{refused:?}"
    );

    // Right again, and a restart: still ahead.
    bench.clinic.central().set_server_time_skew(0);
    bench.restart_daemon().await.unwrap();
    status_until(&bench, "the service", |status| {
        status["central"]["reachable"] == true
    })
    .await
    .unwrap();
    assert!((ahead(&bench).await - 7_200_000).abs() < 120_000);

    // Not while somebody's card lies there.
    let mut page = bench.patient().await.unwrap();
    to_method(&bench, &mut page, "hoken").await.unwrap();
    let refused = accept(&bench, &["--json"]);
    assert_eq!(json(&refused)["error"]["code"], "UK-VISIT-404");
    bench.clinic.take().await.unwrap();
    page.wait_for(&["waiting"]).await.unwrap();

    let done = accept(&bench, &["--lang", "en"]);
    assert!(done.status.success(), "{done:?}\n{}", bench.daemon_log());
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let minutes = said.split(' ').find_map(|word| word.parse::<i64>().ok());
    assert!(
        minutes.is_some_and(|minutes| (118..=121).contains(&minutes)),
        "{said}"
    );
    assert!(ahead(&bench).await < 60_000);
    status_until(&bench, "the end of the alert", |status| !warned(status))
        .await
        .unwrap();
    // Kept: another start, whose clock is the machine's.
    bench.restart_daemon().await.unwrap();
    assert!(ahead(&bench).await < 60_000);
    let mut page = bench.patient().await.unwrap();
    next_is_served(&bench, &mut page).await.unwrap();
    assert!(ahead(&bench).await < 60_000);
    end(bench).await.unwrap();
}
