//! `both-results`: one card, one answer, two qualifications. Insurance and medical assistance reach receipt computer
//! and staff together, each with its own validity, and the ticket is this month's.

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::{Visit, asked, by_pin, last_request, lay, leave, pin_of};
use crate::bench::Bench;

pub(super) async fn play(bench: &mut Bench, visit: &mut Visit<'_>) -> anyhow::Result<()> {
    let mut page = bench.patient().await?;
    let mut staff = bench.staff().await?;
    let watch = bench.watch().await?;
    let before = last_request(bench);
    lay(bench, &mut page, visit, "seiho").await?;
    by_pin(&mut page, visit, &pin_of("seiho")?).await?;
    page.wait_for(&["consents"]).await?;
    page.press("consent-all-no").await?;
    page.wait_for(&["farewell"]).await?;
    let number = visit.ended(&watch, "delivered").await?;
    leave(bench, &mut page, visit).await?;
    ensure!(asked(bench, before, "search") == 1, "one inquiry for both");

    let received = visit
        .take_results(bench, &number, &["qualification"])
        .await?;
    let results = results_of(&received[0]);
    ensure!(results.len() == 2, "two results in one answer: {results:?}");
    let of = |classification: &str| {
        let found = results
            .iter()
            .find(|result| result["InsuredCardClassification"] == classification);
        found.with_context(|| format!("no result of classification {classification}"))
    };
    let (insurance, assistance) = (of("01")?, of("A1")?);
    ensure!(
        insurance["InsurerNumber"].as_str().map(str::trim) == Some("06123456")
            && insurance["PublicExpenseResultList"].is_null(),
        "the insurance: {insurance}"
    );
    let ticket = &assistance["PublicExpenseResultList"][0]["MedicalTicketInfo"];
    ensure!(
        assistance["InsurerNumber"].as_str().map(str::trim) == Some("12000001")
            && assistance["InsuredIdentificationNumber"] == "1010001"
            && ticket["MedicalTreatmentMonth"] == bench.month().as_str(),
        "the assistance with this month's ticket: {assistance}"
    );
    visit.step(
        "the receipt computer has both qualifications in one result, and this month's ticket",
    );
    staff
        .wait_until("both on the staff's page", |view| {
            view["results"]["items"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|item| {
                    let text = item.to_string();
                    text.contains(&number)
                        && text.contains("架空健康保険組合")
                        && text.contains("架空市福祉事務所")
                })
        })
        .await?;
    visit.step("the staff's page shows insurer and welfare office side by side");
    Ok(())
}

/// The results in an answer as the receipt computer received it.
pub(super) fn results_of(message: &Value) -> Vec<&Value> {
    message["XmlMsg"]["MessageBody"]["ResultList"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|item| &item["ResultOfQualificationConfirmation"])
        .collect()
}
