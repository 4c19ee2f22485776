//! `pin-guard`: two wrong PINs; the terminal refuses to spend the last try (invariant 2).

use anyhow::ensure;

use super::{Visit, lay, leave};
use crate::bench::Bench;

pub(super) async fn play(bench: &mut Bench, visit: &mut Visit<'_>) -> anyhow::Result<()> {
    let mut page = bench.patient().await?;
    let watch = bench.watch().await?;
    ensure!(
        bench.clinic.card_counters("futari")?.auth_pin == 3,
        "the card should begin with three tries"
    );
    lay(bench, &mut page, visit, "futari").await?;
    page.press("pin").await?;
    page.type_digits("0000").await?;
    let again = page
        .wait_until("two tries left", |view| {
            view["page"] == "keypad"
                && view["notice"].is_object()
                && view["keypad"]["tries"]
                    .as_str()
                    .is_some_and(|tries| tries.contains('2'))
        })
        .await?;
    visit.step(format!(
        "wrong; the page shows the tries left: {}",
        again["keypad"]["tries"]
    ));
    page.type_digits("1111").await?;
    let method = page.wait_for(&["method"]).await?;
    let pin = method.to_string();
    ensure!(
        !pin.contains("\"id\":\"pin\",\"label\"") || pin.contains("\"enabled\":false"),
        "the PIN must not be offered again: {method}"
    );
    visit.step("wrong again; the PIN is no longer offered, one try is kept");
    page.press_absent("pin").await?;
    page.press("cancel").await?;
    page.wait_for(&["farewell", "trouble"]).await?;
    let _ = visit.ended(&watch, "cancelled").await?;
    leave(bench, &mut page, visit).await?;
    let counters = bench.clinic.card_counters("futari")?;
    ensure!(
        counters.auth_pin == 1,
        "the card's counter stands at {}",
        counters.auth_pin
    );
    visit.step("the card's own counter stands at 1");
    Ok(())
}
