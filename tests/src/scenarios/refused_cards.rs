//! `expired-card` and `not-registered`: cards that the service does not accept as they are. The person is told what
//! to do in words that blame nobody, staff is told the reason, and nothing waits to be delivered.

use anyhow::ensure;

use super::{Visit, by_pin, lay, leave, pin_of};
use crate::bench::Bench;
use crate::page::PatientPage;
use crate::watch::Watch;

pub(super) async fn expired(bench: &mut Bench, visit: &mut Visit<'_>) -> anyhow::Result<()> {
    let mut page = bench.patient().await?;
    let watch = bench.watch().await?;
    refused(bench, &mut page, &watch, visit, "kigen", "UK-VISIT-212").await?;
    visit.step("the person is sent to the municipality; nothing was delivered");
    Ok(())
}

pub(super) async fn not_registered(bench: &mut Bench, visit: &mut Visit<'_>) -> anyhow::Result<()> {
    let mut page = bench.patient().await?;
    let watch = bench.watch().await?;
    refused(bench, &mut page, &watch, visit, "mitouroku", "UK-VISIT-210").await?;
    visit.step("the person is told that the card is not registered yet, and to speak to staff");
    bench.clinic.central().register_insurance_use("mitouroku");
    visit.step("the person registers the card (マイナポータル)");
    let watch = bench.watch().await?;
    lay(bench, &mut page, visit, "mitouroku").await?;
    by_pin(&mut page, visit, &pin_of("mitouroku")?).await?;
    page.wait_for(&["consents"]).await?;
    page.press("consent-all-no").await?;
    page.wait_for(&["farewell"]).await?;
    let number = visit.ended(&watch, "delivered").await?;
    leave(bench, &mut page, visit).await?;
    let received = visit
        .take_results(bench, &number, &["qualification"])
        .await?;
    ensure!(
        received[0].to_string().contains("5550001"),
        "the person's insurance: {}",
        received[0]
    );
    visit.step("and the same card works");
    Ok(())
}

/// A visit that the service refuses with a code; no result comes of it.
async fn refused(
    bench: &Bench,
    page: &mut PatientPage,
    watch: &Watch,
    visit: &mut Visit<'_>,
    person: &str,
    code: &str,
) -> anyhow::Result<()> {
    let mut staff = bench.staff().await?;
    let before = bench.receipt().waiting().await?.len();
    lay(bench, page, visit, person).await?;
    by_pin(page, visit, &pin_of(person)?).await?;
    let told = page.wait_for(&["trouble", "consents", "farewell"]).await?;
    ensure!(
        told["page"] == "trouble" && told["code"].as_str().is_some_and(|c| c.ends_with(code)),
        "{person} is told with {code}: {told}"
    );
    visit.ended(watch, "refused").await?;
    visit.step(format!("the service does not accept the card: {code}"));
    staff
        .wait_until("the reason on the staff's page", |view| {
            view.to_string().contains(code)
        })
        .await?;
    leave(bench, page, visit).await?;
    let waiting = bench.receipt().waiting().await?;
    ensure!(waiting.len() == before, "nothing came of it: {waiting:?}");
    Ok(())
}
