//! `crash`: the daemon is killed after the result was stored and before the receipt computer asked. After
//! the restart the receipt computer gets it, once (invariant 9).

use anyhow::ensure;

use super::{PATIENCE, Visit, by_pin, lay};
use crate::bench::Bench;

pub(super) async fn play(bench: &mut Bench, visit: &mut Visit<'_>) -> anyhow::Result<()> {
    let mut page = bench.patient().await?;
    let watch = bench.watch().await?;
    let register = hw_sim::persons::Register::default_register()?;
    let pin = register
        .person("hoken")
        .map(|person| person.card.pin.clone())
        .unwrap_or_default();
    lay(bench, &mut page, visit, "hoken").await?;
    by_pin(&mut page, visit, &pin).await?;
    page.wait_for(&["consents"]).await?;
    page.press("consent-all-no").await?;
    watch
        .wait_for("the result to be stored", PATIENCE, |value| {
            value["event"] == "stored"
        })
        .await?;
    let number = visit.ended(&watch, "delivered").await?;
    bench.kill_daemon()?;
    visit.step("the daemon is killed right after the result was stored");
    bench.clinic.take().await?;
    bench.restart_daemon().await?;
    visit.step("the daemon is back");
    let _ = visit
        .take_results(bench, &number, &["qualification"])
        .await?;
    visit.step("the receipt computer got the result");
    ensure!(
        bench.receipt().waiting().await?.is_empty(),
        "something is still waiting"
    );
    let mut page = bench.patient().await?;
    page.wait_for(&["waiting"]).await?;
    visit.step("once, and the terminal waits for the next patient");
    Ok(())
}
