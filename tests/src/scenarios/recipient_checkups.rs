//! `recipient-checkups`: a recipient of medical assistance agrees to checkups alone. They are asked for by payer and
//! recipient number, arrive beside the ticket, and nothing else medical is asked for (invariant 1).

use anyhow::ensure;

use super::{Visit, asked, by_pin, last_request, lay, leave, pin_of};
use crate::bench::Bench;

pub(super) async fn play(bench: &mut Bench, visit: &mut Visit<'_>) -> anyhow::Result<()> {
    let mut page = bench.patient().await?;
    let watch = bench.watch().await?;
    let before = last_request(bench);
    lay(bench, &mut page, visit, "jukyu").await?;
    by_pin(&mut page, visit, &pin_of("jukyu")?).await?;
    page.wait_for(&["consents"]).await?;
    page.press("itemise").await?;
    page.wait_until("the first question", |view| {
        view.to_string().contains("consent-checkups-yes")
    })
    .await?;
    for (answer, then) in [
        ("consent-checkups-yes", "consent-medicines-no"),
        ("consent-medicines-no", "consent-treatment-no"),
        ("consent-treatment-no", "consent-operations-no"),
        ("consent-operations-no", "consent-done"),
        ("consent-done", ""),
    ] {
        page.press(answer).await?;
        if !then.is_empty() {
            page.wait_until("the next question", |view| view.to_string().contains(then))
                .await?;
        }
    }
    page.wait_for(&["farewell"]).await?;
    visit.step("the person agrees to checkups, and to nothing else");
    let number = visit.ended(&watch, "delivered").await?;
    leave(bench, &mut page, visit).await?;
    ensure!(
        asked(bench, before, "medicines") == 0,
        "no medicines were agreed to"
    );
    let requests = bench.clinic.central().requests_after(before);
    let lists: Vec<_> = requests
        .iter()
        .filter(|r| r.path.ends_with("/checkups"))
        .collect();
    ensure!(
        lists.len() == 1 && lists[0].summary.contains("by payer and recipient number"),
        "checkups alone, by the recipient's numbers: {lists:?}"
    );
    let received = visit
        .take_results(bench, &number, &["qualification", "checkups"])
        .await?;
    let all = serde_json::Value::Array(received).to_string();
    for expected in ["12000001", "1010027", "架空性腰痛", "HbA1c"] {
        ensure!(
            all.contains(expected),
            "`{expected}` has not arrived: {all}"
        );
    }
    visit.step("ticket and checkups have arrived");
    Ok(())
}
