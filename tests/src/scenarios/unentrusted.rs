//! `unentrusted`: PIN; validity 6. The staff is warned, and numbers and ticket items stay inside although
//! the simulated service sends them (invariant 6).

use anyhow::ensure;

use super::{Visit, by_pin, lay, leave, nowhere};
use crate::bench::Bench;

pub(super) async fn play(bench: &mut Bench, visit: &mut Visit<'_>) -> anyhow::Result<()> {
    let register = hw_sim::persons::Register::default_register()?;
    let person = register
        .person("mitaku")
        .ok_or_else(|| anyhow::anyhow!("no person mitaku"))?;
    let assistance = person
        .assistance
        .as_ref()
        .ok_or_else(|| anyhow::anyhow!("mitaku has no assistance"))?;
    let mut page = bench.patient().await?;
    let mut staff = bench.staff().await?;
    let watch = bench.watch().await?;
    lay(bench, &mut page, visit, "mitaku").await?;
    by_pin(&mut page, visit, "2345").await?;
    page.wait_for(&["consents"]).await?;
    page.press("consent-all-no").await?;
    page.wait_for(&["farewell"]).await?;
    let number = visit.ended(&watch, "delivered").await?;
    leave(bench, &mut page, visit).await?;

    let office = assistance.office_name.clone();
    let view = staff
        .wait_until("the warning on the staff's page", |view| {
            let text = view["results"].to_string();
            text.contains("未登録") && text.contains(&office)
        })
        .await?;
    visit.step("the staff's page warns and names the welfare office");
    let secret: Vec<&str> = vec![&assistance.payer_number, &assistance.recipient_number];
    let results = view["results"]["items"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let of_visit: Vec<_> = results
        .into_iter()
        .filter(|result| result.to_string().contains(&office))
        .collect();
    ensure!(
        !of_visit.is_empty(),
        "no result of this visit on the staff's page"
    );
    nowhere(&of_visit, &secret)?;
    let received = visit
        .take_results(bench, &number, &["qualification"])
        .await?;
    let tickets: Vec<&str> = assistance
        .tickets
        .iter()
        .flat_map(|ticket| ticket.injury_names.iter().map(String::as_str))
        .collect();
    nowhere(
        &received,
        &[secret, tickets, vec!["MedicalTicketInfo"]].concat(),
    )?;
    ensure!(
        received[0].to_string().contains(&office),
        "the office's name must arrive: {}",
        received[0]
    );
    visit.step("the receipt computer got name and office, no number and no ticket");
    ensure!(
        !bench.daemon_log().contains(&assistance.payer_number),
        "the payer number stands in the log"
    );
    Ok(())
}
