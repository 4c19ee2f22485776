//! By payer and recipient number from a paper, and the month's bulk fetch that settles a call.

use anyhow::ensure;

use super::{a_result, has};
use crate::bench::Bench;
use crate::scenarios::{asked, last_request};
use crate::staff_browser::DeskBrowser;

/// The form with both numbers and the confirmed identity.
async fn look_up(desk: &mut DeskBrowser, payer: &str, recipient: &str) -> anyhow::Result<String> {
    ask(desk, payer, recipient).await?;
    a_result(desk).await
}

async fn ask(desk: &mut DeskBrowser, payer: &str, recipient: &str) -> anyhow::Result<()> {
    let fields = [
        ("insurer_number", payer),
        ("number", recipient),
        ("identity", "yes"),
    ];
    desk.send("/desk/lookup", "assistance", &fields).await
}

fn nothing_medical(bench: &Bench, before: u64) -> anyhow::Result<()> {
    ensure!(
        asked(bench, before, "search") == 1 && asked(bench, before, "medicines") == 0,
        "one inquiry, and never medicines by a number (invariant 1)"
    );
    Ok(())
}

pub(super) async fn valid(bench: &Bench, desk: &mut DeskBrowser) -> anyhow::Result<()> {
    let before = last_request(bench);
    let text = look_up(desk, "12000001", "1010001").await?;
    has(&text, &["12000001", "1010001", "架空性頭痛", "医療扶助"])?;
    nothing_medical(bench, before)
}

pub(super) async fn invalid(bench: &Bench, desk: &mut DeskBrowser) -> anyhow::Result<()> {
    let before = last_request(bench);
    ask(desk, "12000001", "9999999").await?;
    // What was asked with is shown before the result, with what to do.
    let text = desk.text().await?;
    has(
        &text,
        &["見つかりませんでした", "9999999", "福祉事務所に電話"],
    )?;
    nothing_medical(bench, before)
}

pub(super) async fn bulk_settles(bench: &Bench, desk: &mut DeskBrowser) -> anyhow::Result<()> {
    let text = look_up(desk, "12000009", "2020002").await?;
    has(&text, &["未委託"])?;
    ensure!(
        !text.contains("12000009") && !text.contains("2020002"),
        "invariant 6: {text}"
    );
    desk.go("/desk/follow-ups").await?;
    desk.browser
        .wait_for("document.querySelectorAll('tr.open').length === 1")
        .await?;

    let institution = bench.clinic.addresses().institution_code;
    ensure!(
        bench
            .clinic
            .central()
            .register_ticket("mitaku", &institution),
        "mitaku is on assistance"
    );
    let before = last_request(bench);
    let month = bench.month();
    let month = format!("{}-{}", &month[..4], &month[4..]);
    desk.send("/desk/bulk", "tickets", &[("month", &month)])
        .await?;
    // The page goes on by itself while the service works.
    desk.browser
        .wait_for("document.querySelector('#jobs tbody tr')?.dataset.state === 'done'")
        .await?;
    has(&desk.text().await?, &[&month, "完了"])?;
    ensure!(
        asked(bench, before, "/if/013") == 1 && asked(bench, before, "/if/015") >= 1,
        "in two phases"
    );
    desk.go("/desk/follow-ups").await?;
    let text = desk.text().await?;
    has(&text, &["済み", "端末"])?;
    ensure!(
        desk.browser
            .evaluate("document.querySelectorAll('tr.open').length")
            .await?
            == 0,
        "the call is settled without anybody: {text}"
    );
    Ok(())
}
