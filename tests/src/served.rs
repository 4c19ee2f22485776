//! An ordinary patient who identifies with the PIN: the visit to start from, and the proof after something bad
//! that the next person is served.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::bench::Bench;
use crate::desk::to_method;
use crate::page::PatientPage;

/// Longest wait for a result after the last page.
const PATIENCE: Duration = Duration::from_secs(20);

/// Lays a person's card, waits for the choice of method and types the person's own PIN.
///
/// # Errors
/// A page does not come, or the register does not know the person.
pub async fn identify_by_pin(
    bench: &Bench,
    page: &mut PatientPage,
    person: &str,
) -> anyhow::Result<()> {
    let register = hw_sim::persons::Register::default_register()?;
    let person = register
        .person(person)
        .with_context(|| format!("no person `{person}`"))?;
    to_method(bench, page, &person.id).await?;
    page.press("pin").await?;
    page.type_digits(&person.card.pin).await
}

/// Plays a whole visit by PIN without consents. Gives the entry of its qualification in the list of results,
/// which still waits for its receipt computer.
///
/// # Errors
/// A page does not come, the visit does not end well, or no result arrives.
pub async fn serve(bench: &Bench, page: &mut PatientPage, person: &str) -> anyhow::Result<Value> {
    let receipt = bench.receipt();
    let before = receipt.waiting().await?;
    identify_by_pin(bench, page, person).await?;
    let shown = page.wait_for(&["consents", "trouble"]).await?;
    ensure!(
        shown["page"] == "consents",
        "{person} is not served: {shown}"
    );
    page.press("consent-all-no").await?;
    let shown = page.wait_for(&["farewell", "trouble"]).await?;
    ensure!(
        shown["page"] == "farewell",
        "{person} is not served: {shown}"
    );
    bench.clinic.take().await?;
    page.wait_for(&["waiting"]).await?;
    let until = Instant::now() + PATIENCE;
    loop {
        let mut waiting = receipt.waiting().await?;
        waiting.retain(|result| {
            result["kind"] == "qualification" && before.iter().all(|old| old["id"] != result["id"])
        });
        if let Some(result) = waiting.pop() {
            return Ok(result);
        }
        ensure!(Instant::now() < until, "no result of {person} arrived");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
