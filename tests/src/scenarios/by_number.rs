//! `number-valid` and `number-invalid`: a recipient without a card, looked up by payer and recipient number from a
//! paper. Valid: the ticket is delivered. Not valid: staff is told to phone the welfare office. Medical information
//! is asked in neither case (invariant 1).

use std::time::Instant;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::both_results::results_of;
use super::{Visit, asked, last_request};
use crate::bench::Bench;

pub(super) async fn valid(bench: &mut Bench, visit: &mut Visit<'_>) -> anyhow::Result<()> {
    let answer = look_up(bench, visit, "12000001", "1010001").await?;
    let results = results_of(&answer);
    ensure!(results.len() == 1, "the assistance alone: {answer}");
    let result = results[0];
    ensure!(
        result["InsuredCardClassification"] == "A1"
            && result["PublicExpenseResultList"][0]["MedicalTicketInfo"]["InjuryName1"]
                == "架空性頭痛",
        "the ticket's data: {result}"
    );
    ensure!(
        !answer.to_string().contains("InfoConsFlg\":\"1\""),
        "no consent comes with a number: {answer}"
    );
    visit.step("valid: the ticket's data arrived, nothing medical was asked");
    Ok(())
}

pub(super) async fn invalid(bench: &mut Bench, visit: &mut Visit<'_>) -> anyhow::Result<()> {
    let mut staff = bench.staff().await?;
    let answer = look_up(bench, visit, "12000001", "9999999").await?;
    let body = &answer["XmlMsg"]["MessageBody"];
    ensure!(
        body["QualificationValidity"] == "4" && results_of(&answer).is_empty(),
        "no such recipient: {answer}"
    );
    let of_visit = answer["Uketsuke"]["visit"].as_str().context("no visit")?;
    staff
        .wait_until("the advice to phone", |view| {
            let items = view["results"]["items"].as_array();
            items.into_iter().flatten().any(|item| {
                let text = item.to_string();
                text.contains(of_visit) && text.contains("福祉事務所に電話")
            })
        })
        .await?;
    visit.step("not valid: the staff's page says to phone the welfare office");
    Ok(())
}

/// Asks as a receipt computer does, and takes what comes.
async fn look_up(
    bench: &Bench,
    visit: &mut Visit<'_>,
    payer: &str,
    recipient: &str,
) -> anyhow::Result<Value> {
    let receipt = bench.receipt();
    let (before, began) = (last_request(bench), Instant::now());
    let request = json!({"XmlMsg": {
        "MessageHeader": {"MedicalInstitutionCode": bench.clinic.addresses().institution_code},
        "MessageBody": {"QualificationConfirmSearchInfo": {
            "InsurerNumber": payer,
            "InsuredIdentificationNumber": recipient,
        }},
    }});
    let asked_for = receipt.ask("/v1/inquiries?wait=8", &request).await?;
    visit.step(format!(
        "the receipt computer asks by payer {payer} and recipient {recipient}"
    ));
    ensure!(asked_for["state"] == "answered", "{asked_for}");
    let id = asked_for["result"].as_str().context("no result")?;
    let answer = visit.take_own(bench, id).await?;
    visit.answered(began);
    ensure!(
        asked(bench, before, "search") == 1 && asked(bench, before, "medicines") == 0,
        "one inquiry, and never medicines by a number"
    );
    Ok(answer)
}
