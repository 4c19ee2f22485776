//! `bulk-settles`: a recipient comes before the office has registered the ticket; staff gets a follow-up. Later the
//! ticket is registered, the month's bulk fetch brings it without the person, and the follow-up settles by itself.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::json;

use super::{PATIENCE, Visit, asked, by_pin, last_request, lay, leave, nowhere, pin_of};
use crate::bench::Bench;

pub(super) async fn play(bench: &mut Bench, visit: &mut Visit<'_>) -> anyhow::Result<()> {
    let receipt = bench.receipt();
    let mut page = bench.patient().await?;
    let watch = bench.watch().await?;
    lay(bench, &mut page, visit, "mitaku").await?;
    by_pin(&mut page, visit, &pin_of("mitaku")?).await?;
    page.wait_for(&["consents"]).await?;
    page.press("consent-all-no").await?;
    page.wait_for(&["farewell"]).await?;
    let number = visit.ended(&watch, "delivered").await?;
    leave(bench, &mut page, visit).await?;
    let received = visit
        .take_results(bench, &number, &["qualification"])
        .await?;
    nowhere(&received, &["12000009", "2020002"])?;
    let open = receipt.read("/v1/follow-ups?open=true&limit=500").await?;
    let follow_up = open["follow_ups"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|row| row["visit"] == number.as_str())
        .with_context(|| format!("no follow-up of this visit: {open}"))?;
    let follow_up = follow_up["id"].as_u64().context("its number")?;
    visit.step("unentrusted; whom to phone stands on the list");

    let institution = bench.clinic.addresses().institution_code;
    ensure!(
        bench
            .clinic
            .central()
            .register_ticket("mitaku", &institution),
        "mitaku is on assistance"
    );
    visit.step("the welfare office registers the ticket, days later");
    let before = last_request(bench);
    let month = bench.month();
    let job = receipt
        .ask("/v1/bulk/tickets", &json!({ "month": month }))
        .await?;
    let job = job["id"].as_u64().context("no job")?;
    let until = Instant::now() + PATIENCE;
    let done = loop {
        let now = receipt.read(&format!("/v1/bulk/{job}")).await?;
        if now["state"] != "working" || Instant::now() > until {
            break now;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    ensure!(done["state"] == "done", "the bulk fetch: {done}");
    ensure!(
        asked(bench, before, "/if/013") == 1 && asked(bench, before, "/if/015") >= 1,
        "in two phases"
    );
    visit.step(format!(
        "the tickets of {month} were fetched in two phases: {}",
        done["answered"]
    ));
    let answers = receipt.read(&format!("/v1/bulk/{job}/answers")).await?;
    let theirs = answers["answers"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|answer| answer.to_string().contains("2020002"))
        .with_context(|| format!("not among the answers: {answers}"))?;
    ensure!(
        theirs.to_string().contains("後から登録された架空傷病"),
        "with the ticket: {theirs}"
    );
    visit.received.push(theirs["answer"].clone());
    let changes = receipt.read(&format!("/v1/bulk/{job}/changes")).await?;
    ensure!(
        changes["gone"] == json!([]) || changes["gone"] == 0,
        "{changes}"
    );
    let closed = receipt.read(&format!("/v1/follow-ups/{follow_up}")).await?;
    ensure!(
        closed["open"] == false && closed["closed_by"] == "terminal",
        "settled by the terminal itself: {closed}"
    );
    visit.step("the person is entrusted now, and the follow-up settled by itself");
    Ok(())
}
