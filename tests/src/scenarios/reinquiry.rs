//! `reinquiry`: visiting care. The patient consented once on the mobile page; from the second visit on the clinic asks
//! again by the stored numbers, and for the medicines that the consent opens, until the consent is withdrawn.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use hw_sim::central::{Care, HomeConsent};
use serde_json::json;

use super::both_results::results_of;
use super::{Visit, asked, last_request};
use crate::bench::Bench;

pub(super) async fn play(bench: &mut Bench, visit: &mut Visit<'_>) -> anyhow::Result<()> {
    let receipt = bench.receipt();
    let before = last_request(bench);
    let numbers = json!({"insurer_number": "12000001", "number": "1010001"});
    let again = json!({"care": "visiting", "numbers": numbers});
    receipt
        .refused("/v1/reinquiries", &again, "UK-RCPT-025")
        .await?;
    visit.step("without a consent the service says no");
    let central = bench.clinic.central();
    central.add_consent(HomeConsent {
        person: "seiho".into(),
        institution_code: bench.clinic.addresses().institution_code,
        care: Care::Visiting,
        at: central.clock().now(),
        examination: bench.day(),
        kinds: vec!["YZK".into()],
        withdrawn: false,
    });
    visit.step("the patient consents on the mobile page, at home");
    for time in ["second", "third"] {
        let began = Instant::now();
        let found = receipt.ask("/v1/reinquiries", &again).await?;
        let id = found["result"].as_str().context("no result")?;
        let answer = visit.take_own(bench, id).await?;
        visit.answered(began);
        let results = results_of(&answer);
        let assistance = results
            .iter()
            .find(|result| result["InsuredCardClassification"] == "A1")
            .with_context(|| format!("no assistance: {answer}"))?;
        ensure!(
            assistance["PharmacistsInfoConsFlg"] == "1"
                && assistance["PharmacistsInfoAvailableTime"].is_string()
                && assistance["SpecificHealthCheckupsInfoConsFlg"] != "1"
                && assistance["PublicExpenseResultList"][0].is_object(),
            "consent with the service's own window, and the ticket: {assistance}"
        );
        let medical = found["medical"].as_array().context("no medical results")?;
        ensure!(
            medical.len() == 1 && medical[0]["kind"] == "medicines",
            "medicines alone were consented to: {found}"
        );
        let id = medical[0]["result"].as_str().context("no result")?;
        let medicines = visit.take_own(bench, id).await?;
        let listed = &medicines["XmlMsg"]["MessageBody"]["MedicineList"];
        ensure!(
            listed.as_array().is_some_and(|list| !list.is_empty()),
            "no medicines: {medicines}"
        );
        visit.step(format!(
            "{time} visit: asked again by the stored numbers, no card; the medicines that the consent opens came too"
        ));
    }
    receipt
        .ask(
            "/v1/consent-withdrawals",
            &json!({"care": "visiting", "by": "patient", "numbers": numbers}),
        )
        .await?;
    receipt
        .refused("/v1/reinquiries", &again, "UK-RCPT-025")
        .await?;
    visit.step("withdrawn: the next re-inquiry is refused, nothing medical is asked for");
    ensure!(
        asked(bench, before, "/if/025") == 4
            && asked(bench, before, "medicines") == 2
            && asked(bench, before, "checkups") == 0,
        "four re-inquiries, and medicines only under the consent"
    );
    Ok(())
}
