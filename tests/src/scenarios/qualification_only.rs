//! `qualification-only`: a terminal set up as 資格確認限定型. The card brings the qualification; no consent is asked,
//! no medical question ever leaves (invariant 1).

use anyhow::ensure;
use serde_json::json;

use super::{Visit, asked, by_pin, last_request, lay, leave, pin_of};
use crate::bench::Bench;

const FULL: &str = "mode = \"simulation\"\n";
const ONLY: &str = "mode = \"simulation\"\nqualification_only = true\n";

pub(super) async fn play(bench: &mut Bench, visit: &mut Visit<'_>) -> anyhow::Result<()> {
    bench.resettle(FULL, ONLY).await?;
    visit.step("the terminal starts as qualification-only");
    let played = only(bench, visit).await;
    // The next visit meets the terminal as it was, whatever came of this one.
    bench.resettle(ONLY, FULL).await?;
    played?;
    visit.step("the terminal starts as before");
    Ok(())
}

async fn only(bench: &mut Bench, visit: &mut Visit<'_>) -> anyhow::Result<()> {
    let mut page = bench.patient().await?;
    let watch = bench.watch().await?;
    let before = last_request(bench);
    lay(bench, &mut page, visit, "seiho").await?;
    by_pin(&mut page, visit, &pin_of("seiho")?).await?;
    let next = page.wait_for(&["consents", "farewell", "trouble"]).await?;
    ensure!(next["page"] == "farewell", "no consent is asked: {next}");
    let number = visit.ended(&watch, "delivered").await?;
    leave(bench, &mut page, visit).await?;
    let received = visit
        .take_results(bench, &number, &["qualification"])
        .await?;
    let text = received[0].to_string();
    ensure!(
        text.contains("06123456") && text.contains("12000001"),
        "the qualification is complete: {text}"
    );
    ensure!(
        !text.contains("InfoConsFlg\":\"1\""),
        "no consent is held: {text}"
    );
    visit.step("the qualification arrives without a question");
    let disaster = json!({
        "person": {"name": "生保　一郎", "birth_date": "19900115", "sex": "1", "address": "東京都清瀬市架空町"},
        "operator": "受付 花子",
        "reason": "地震",
        "oral_consent": true,
        "information": true,
    });
    bench
        .receipt()
        .refused("/v1/disaster/inquiries", &disaster, "UK-RCPT-028")
        .await?;
    for medical in ["medicines", "checkups", "special", "/if/047"] {
        ensure!(asked(bench, before, medical) == 0, "{medical} was asked");
    }
    visit.step("and no medical question ever left the terminal, not even in a disaster");
    Ok(())
}
