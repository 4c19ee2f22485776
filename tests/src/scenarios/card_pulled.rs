//! `card-pulled`: the card goes while consents are asked. Answers given stand, the rest is "no", the
//! qualification is still delivered (invariant 11).

use anyhow::ensure;

use super::{Visit, asked, by_pin, last_request, lay};
use crate::bench::Bench;

pub(super) async fn play(bench: &mut Bench, visit: &mut Visit<'_>) -> anyhow::Result<()> {
    let mut page = bench.patient().await?;
    let watch = bench.watch().await?;
    let before = last_request(bench);
    lay(bench, &mut page, visit, "seiho").await?;
    by_pin(&mut page, visit, "1234").await?;
    page.wait_for(&["consents"]).await?;
    page.press("open-language").await?;
    page.wait_until("the languages", |view| !view["panel"].is_null())
        .await?;
    page.press("lang-en").await?;
    page.wait_until("the questions in English", |view| {
        view["page"] == "consents" && view["lang"] == "en" && view["panel"].is_null()
    })
    .await?;
    visit.step("the person changes to English; the questions stand as they were");
    for (press, next) in [
        ("itemise", "consent-checkups-no"),
        ("consent-checkups-no", "consent-medicines-yes"),
        ("consent-medicines-yes", "consent-treatment-yes"),
    ] {
        page.press(press).await?;
        page.wait_until("the next question", |view| view.to_string().contains(next))
            .await?;
    }
    visit.step("checkups: no, medicines: yes; two questions are still open");
    bench.clinic.take().await?;
    visit.step("the card is pulled out");
    let farewell = page.wait_for(&["farewell"]).await?;
    visit.step("the page says good-bye with what was agreed");
    let number = visit.ended(&watch, "delivered").await?;
    ensure!(
        !farewell.to_string().contains("生保"),
        "no name on the last page: {farewell}"
    );
    ensure!(farewell["lang"] == "en", "still in English: {farewell}");
    let waiting = page.wait_for(&["waiting"]).await?;
    ensure!(
        waiting["lang"] == "ja",
        "the next person finds the page in its own language: {waiting}"
    );
    visit.step("and is wiped by itself; the page speaks Japanese again");
    let search = bench
        .clinic
        .central()
        .requests_after(before)
        .into_iter()
        .find(|request| request.path.contains("search"));
    let summary = search.map(|request| request.summary).unwrap_or_default();
    visit.step(format!("the service saw: {summary}"));
    ensure!(
        asked(bench, before, "medicines") == 1,
        "the confirmed answer stands"
    );
    let received = visit
        .take_results(bench, &number, &["qualification", "medicines"])
        .await?;
    let text = received[0].to_string();
    ensure!(
        text.contains("\"PharmacistsInfoConsFlg\":\"1\""),
        "medicines were agreed to: {text}"
    );
    for kind in [
        "SpecificHealthCheckupsInfoConsFlg",
        "DiagnosisInfoConsFlg",
        "OperationInfoConsFlg",
    ] {
        ensure!(
            !text.contains(&format!("\"{kind}\":\"1\"")),
            "{kind} was never answered"
        );
    }
    Ok(())
}
