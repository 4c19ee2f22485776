//! `expired-card` and `not-registered`: cards that the service does not accept as they are. The person is told what
//! to do in words that blame nobody, staff is told the reason, and nothing waits to be delivered.

use anyhow::ensure;

use super::{Visit, asked, by_pin, last_request, lay, leave, pin_of};
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

/// The certificate ended a month ago: the service still gives the qualification, and nothing else is asked, neither of the
/// person nor of the service (invariant 1).
pub(super) async fn expired_lately(bench: &mut Bench, visit: &mut Visit<'_>) -> anyhow::Result<()> {
    let mut page = bench.patient().await?;
    let mut staff = bench.staff().await?;
    let watch = bench.watch().await?;
    let before = last_request(bench);
    lay(bench, &mut page, visit, "yuyo").await?;
    by_pin(&mut page, visit, &pin_of("yuyo")?).await?;
    let told = page.wait_for(&["farewell", "consents", "trouble"]).await?;
    ensure!(
        told["page"] == "farewell"
            && told["notice"]["text"]
                .as_str()
                .is_some_and(|text| text.contains("期限")),
        "no question, and the page says that the certificate has ended: {told}"
    );
    let number = visit.ended(&watch, "delivered").await?;
    staff
        .wait_until("what is special, beside the result", |view| {
            view["results"]["items"][0]["remark"]["code"] == "UK-VISIT-216"
        })
        .await?;
    leave(bench, &mut page, visit).await?;
    ensure!(
        asked(bench, before, "medicines") + asked(bench, before, "checkups") == 0,
        "nothing medical was asked for"
    );
    let received = visit
        .take_results(bench, &number, &["qualification"])
        .await?;
    ensure!(
        received[0].to_string().contains("9990002"),
        "{}",
        received[0]
    );
    visit.step("the qualification has arrived; the person is sent to the municipality for a new certificate");
    Ok(())
}

/// Asked at the terminal: "no" tells where it can be done and registers nothing; a service that is away is nobody's fault;
/// "yes" registers for real in the service's register, and the same visit goes on to its result.
pub(super) async fn not_registered(bench: &mut Bench, visit: &mut Visit<'_>) -> anyhow::Result<()> {
    let mut page = bench.patient().await?;
    let watch = bench.watch().await?;
    refused(bench, &mut page, &watch, visit, "mitouroku", "UK-VISIT-210").await?;
    visit
        .step("the person says no, nothing is registered, and the page tells where it can be done");

    let registrations = |bench: &Bench| {
        let requests = bench.clinic.central_requests();
        let asked = requests
            .iter()
            .filter(|r| r.path.ends_with("insurance-use"));
        asked.count()
    };
    ensure!(registrations(bench) == 0, "nothing without a yes");
    let watch = bench.watch().await?;
    lay(bench, &mut page, visit, "mitouroku").await?;
    by_pin(&mut page, visit, &pin_of("mitouroku")?).await?;
    page.wait_for(&["register"]).await?;
    visit.step("another day: the terminal asks whether to register the card for insurance use");
    page.press("register-yes").await?;
    page.wait_for(&["consents"]).await?;
    visit.step(
        "the service registers the card; the same proof is handed in again, and the visit goes on",
    );
    page.press("consent-all-no").await?;
    let told = page.wait_for(&["farewell"]).await?;
    ensure!(
        told["notice"]["text"]
            .as_str()
            .is_some_and(|text| text.contains("登録")),
        "the page says that the card is registered: {told}"
    );
    let number = visit.ended(&watch, "delivered").await?;
    leave(bench, &mut page, visit).await?;
    ensure!(registrations(bench) == 1, "registered once");
    let received = visit
        .take_results(bench, &number, &["qualification"])
        .await?;
    ensure!(
        received[0].to_string().contains("5550001"),
        "the person's insurance: {}",
        received[0]
    );

    let watch = bench.watch().await?;
    lay(bench, &mut page, visit, "mitouroku").await?;
    by_pin(&mut page, visit, &pin_of("mitouroku")?).await?;
    page.wait_for(&["consents"]).await?;
    page.press("consent-all-no").await?;
    page.wait_for(&["farewell"]).await?;
    visit.ended(&watch, "delivered").await?;
    leave(bench, &mut page, visit).await?;
    visit.step("the next time nothing is asked about it");
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
    let mut told = page
        .wait_for(&["trouble", "consents", "farewell", "register"])
        .await?;
    if told["page"] == "register" {
        page.press("register-no").await?;
        told = page.wait_for(&["trouble", "consents", "farewell"]).await?;
    }
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
