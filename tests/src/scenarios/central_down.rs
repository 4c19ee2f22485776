//! `central-down`: the service goes away while the person is at the desk. The person is told, the inquiry
//! is queued, and comes back by itself, once.

use std::time::Duration;

use anyhow::ensure;

use super::{Visit, by_pin, lay, leave};
use crate::bench::Bench;

pub(super) async fn play(bench: &mut Bench, visit: &mut Visit<'_>) -> anyhow::Result<()> {
    let mut page = bench.patient().await?;
    let watch = bench.watch().await?;
    lay(bench, &mut page, visit, "hoken").await?;
    bench.clinic.central_down().await?;
    visit.step("the central service goes down");
    let register = hw_sim::persons::Register::default_register()?;
    let pin = register
        .person("hoken")
        .map(|person| person.card.pin.clone())
        .unwrap_or_default();
    by_pin(&mut page, visit, &pin).await?;
    let told = page.wait_for(&["trouble"]).await?;
    ensure!(
        told.to_string().contains("UK-VISIT-201"),
        "the person is told with a code: {told}"
    );
    visit.step("the person is told that it goes on by itself");
    let number = visit.ended(&watch, "queued").await?;
    leave(bench, &mut page, visit).await?;
    ensure!(
        bench
            .receipt()
            .waiting()
            .await?
            .iter()
            .all(|result| result["visit"] != number.as_str()),
        "nothing can have arrived yet"
    );
    ensure!(staff_is_told(bench).await?, "staff is told that it is away");
    bench.clinic.central_up().await?;
    visit.step("the central service is back");
    watch
        .wait_for(
            "the queued inquiry to be answered",
            Duration::from_secs(60),
            |value| {
                value["event"] == "queue"
                    && value["state"] == "answered"
                    && value["visit"] == number.as_str()
            },
        )
        .await?;
    visit.step("the inquiry was answered without anybody doing anything");
    let _ = visit
        .take_results(bench, &number, &["qualification"])
        .await?;
    visit.step("the result was delivered");
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let all = crate::get(&bench.path("receipt.sock"), "/v1/results?limit=500")
        .await?
        .json()?;
    let copies = all["results"].as_array().map_or(0, |rows| {
        rows.iter()
            .filter(|row| row["visit"] == number.as_str())
            .count()
    });
    ensure!(copies == 1, "the result exists {copies} times");
    visit.step("exactly once");
    ensure!(
        !staff_is_told(bench).await?,
        "staff is no longer told that the service is away"
    );
    Ok(())
}

/// Does the alert of an unreachable service stand on the staff's page?
async fn staff_is_told(bench: &Bench) -> anyhow::Result<bool> {
    let status = crate::desk::status(bench).await?;
    Ok(status["alerts"].to_string().contains("UK-VISIT-201"))
}
