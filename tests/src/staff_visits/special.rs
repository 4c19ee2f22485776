//! Disaster and outage: only while the service has opened that search, with operator and reason on record (invariant 1).

use std::time::{Duration, Instant};

use anyhow::ensure;

use super::{a_result, has, refused};
use crate::bench::Bench;
use crate::desk::status_until;
use crate::scenarios::special::{all_audit, open};
use crate::staff_browser::DeskBrowser;

/// Longest wait until the terminal asks again.
const PATIENCE: Duration = Duration::from_secs(45);
const PAGE: &str = "/desk/special";
const FOUR: [(&str, &str); 4] = [
    ("name", "生保　一郎"),
    ("birth_date", "19900115"),
    ("sex", "1"),
    ("address", "東京都清瀬市架空町"),
];

pub(super) async fn disaster(bench: &Bench, desk: &mut DeskBrowser) -> anyhow::Result<()> {
    let mut search = FOUR.to_vec();
    search.extend([
        ("reason", "地震、カードなし"),
        ("oral_consent", "true"),
        ("information", "yes"),
    ]);
    desk.send(PAGE, "disaster", &search).await?;
    refused(desk, "UK-VISIT-503").await?;
    open(bench, "disaster", true);
    desk.send(PAGE, "disaster", &search).await?;
    has(
        &desk.text().await?,
        &["架空錠10mg", "生保　一郎", "東京都清瀬市架空町"],
    )?;
    let link = "document.querySelector('#answer a[href^=\"/desk/result/\"]')";
    desk.browser
        .evaluate(&format!("window.leaving = true; {link}.id = 'found'; 0"))
        .await?;
    desk.browser.tap("found").await?;
    desk.browser
        .wait_for("!window.leaving && document.readyState === 'complete' && !!document.getElementById('audit')")
        .await?;
    has(&a_result(desk).await?, &["06123456", "12000001"])?;
    let records = all_audit(bench).await?;
    ensure!(
        records.iter().any(|record| {
            record["action"] == "disaster-search"
                && record["actor"]
                    .as_str()
                    .is_some_and(|actor| actor.starts_with("staff:"))
                && record["detail"]["reason"] == "地震、カードなし"
                && record["detail"]["oral_consent"] == true
        }),
        "operator and reason stand in the audit chain"
    );
    open(bench, "disaster", false);
    desk.send(PAGE, "disaster", &search).await?;
    refused(desk, "UK-VISIT-503").await
}

pub(super) async fn outage(bench: &Bench, desk: &mut DeskBrowser) -> anyhow::Result<()> {
    let reports = bench.clinic.central().usage_reports().len();
    bench.clinic.central_down().await?;
    desk.send(PAGE, "note", &FOUR).await?;
    has(&desk.text().await?, &["控え 1 人"])?;
    desk.send(PAGE, "noted", &[]).await?;
    desk.there("trouble").await?;
    bench.clinic.central_up().await?;
    status_until(bench, "the service", |status| {
        status["central"]["reachable"] == true
    })
    .await?;
    // The terminal rests a while after the failures that the page has just brought about; somebody tries again until it asks.
    let until = Instant::now() + PATIENCE;
    desk.send(PAGE, "noted", &[]).await?;
    while desk.text().await?.contains("UK-CENT-") && Instant::now() < until {
        desk.send(PAGE, "noted", &[]).await?;
    }
    refused(desk, "UK-VISIT-503").await?;
    open(bench, "outage", true);
    desk.send(PAGE, "noted", &[]).await?;
    let links = "document.querySelectorAll('#answer a[href^=\"/desk/result/\"]').length";
    ensure!(
        desk.browser.evaluate(links).await? == 1,
        "everybody noted was asked: {}",
        desk.text().await?
    );
    desk.send(PAGE, "noted", &[]).await?;
    ensure!(
        desk.browser.evaluate(links).await? == 0,
        "asked once: {}",
        desk.text().await?
    );
    desk.send(PAGE, "usage", &[("mode", "outage")]).await?;
    has(&desk.text().await?, &["報告した利用 1 件"])?;
    ensure!(
        bench.clinic.central().usage_reports().len() == reports + 1,
        "the service has the report"
    );
    open(bench, "outage", false);
    Ok(())
}
