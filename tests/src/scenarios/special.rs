//! `disaster` and `outage`: persons without a card, asked only while the service has opened that search, with operator
//! and reason on record (invariant 1); in an outage four items are noted and asked when the service is back.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use hw_sim::central::Opening;
use serde_json::{Value, json};

use super::Visit;
use super::both_results::results_of;
use crate::bench::Bench;
use crate::desk::status_until;

fn person() -> Value {
    json!({"name": "生保　一郎", "birth_date": "19900115", "sex": "1", "address": "東京都清瀬市架空町"})
}

/// Opens a search for Tokyo, or closes it.
pub(crate) fn open(bench: &Bench, mode: &str, open: bool) {
    let central = bench.clinic.central();
    let now = central.clock().now();
    central.open_special(Opening {
        mode: mode.into(),
        region: "13".into(),
        until: if open { now + 600_000 } else { now - 1 },
    });
}

pub(super) async fn disaster(bench: &mut Bench, visit: &mut Visit<'_>) -> anyhow::Result<()> {
    let receipt = bench.receipt();
    let search = json!({
        "person": person(),
        "operator": "受付 花子",
        "reason": "地震、カードなし",
        "oral_consent": true,
        "information": true,
    });
    receipt
        .refused("/v1/disaster/inquiries", &search, "UK-RCPT-027")
        .await?;
    visit.step("not opened by the service: refused");
    open(bench, "disaster", true);
    visit.step("the service opens the region for the disaster");
    let began = Instant::now();
    let found = receipt.ask("/v1/disaster/inquiries", &search).await?;
    let id = found["result"].as_str().context("no result")?;
    let answer = visit.take_own(bench, id).await?;
    visit.answered(began);
    ensure!(
        results_of(&answer).len() == 2,
        "both qualifications: {answer}"
    );
    ensure!(
        found["information"].to_string().contains("架空錠10mg"),
        "medicines, on oral consent: {found}"
    );
    visit.step("found by four items; qualification and medicines arrive on oral consent");
    let records = all_audit(bench).await?;
    ensure!(
        records.iter().any(|record| {
            record["action"] == "disaster-search"
                && record["actor"] == "staff:受付 花子"
                && record["detail"]["reason"] == "地震、カードなし"
                && record["detail"]["oral_consent"] == true
        }),
        "operator and reason stand in the audit chain"
    );
    visit.step("operator, reason and consent stand in the audit chain");
    open(bench, "disaster", false);
    receipt
        .refused("/v1/disaster/inquiries", &search, "UK-RCPT-027")
        .await?;
    visit.step("closed again: refused again");
    Ok(())
}

/// The whole audit chain as a receipt computer reads it.
pub(crate) async fn all_audit(bench: &Bench) -> anyhow::Result<Vec<Value>> {
    let mut records = Vec::new();
    let mut after = 0;
    loop {
        let page = bench
            .receipt()
            .read(&format!("/v1/audit?after={after}&limit=500"))
            .await?;
        records.extend(page["records"].as_array().cloned().unwrap_or_default());
        match page["next"].as_u64() {
            Some(next) => after = next,
            None => return Ok(records),
        }
    }
}

pub(super) async fn outage(bench: &mut Bench, visit: &mut Visit<'_>) -> anyhow::Result<()> {
    let receipt = bench.receipt();
    let reports = bench.clinic.central().usage_reports().len();
    bench.clinic.central_down().await?;
    visit.step("the central service goes down");
    let note = json!({"person": person(), "operator": "受付 花子"});
    let noted = receipt.ask("/v1/outage/notes", &note).await?;
    ensure!(noted["noted"] == 1, "{noted}");
    visit.step("the card face's four items are noted");
    let ask = json!({"operator": "受付 花子"});
    let early = receipt.post("/v1/outage/inquiries", &ask).await?;
    ensure!(early.status >= 400, "nobody can be asked yet");
    bench.clinic.central_up().await?;
    status_until(bench, "the service", |status| {
        status["central"]["reachable"] == true
    })
    .await?;
    receipt
        .refused("/v1/outage/inquiries", &ask, "UK-RCPT-027")
        .await?;
    visit.step("it is back, but the search is not open: refused, the note stays");
    open(bench, "outage", true);
    let began = Instant::now();
    let asked = receipt.ask("/v1/outage/inquiries", &ask).await?;
    let ids = asked["results"].as_array().cloned().unwrap_or_default();
    ensure!(ids.len() == 1 && asked["failed"] == 0, "{asked}");
    let id = ids[0].as_str().context("an id")?;
    let answer = visit.take_own(bench, id).await?;
    visit.answered(began);
    ensure!(
        results_of(&answer).len() == 2,
        "both qualifications: {answer}"
    );
    visit.step("opened by the call centre: everybody noted is asked, the result arrives");
    let empty = receipt.ask("/v1/outage/inquiries", &ask).await?;
    ensure!(empty["results"] == json!([]), "asked once: {empty}");
    let report = json!({"mode": "outage", "operator": "受付 花子"});
    let reported = receipt.ask("/v1/usage-reports", &report).await?;
    ensure!(
        reported["reported"] == 1 && bench.clinic.central().usage_reports().len() == reports + 1,
        "{reported}"
    );
    open(bench, "outage", false);
    visit.step("once; and the use is reported to the service");
    Ok(())
}
