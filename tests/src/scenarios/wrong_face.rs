//! `wrong-face`: somebody else stands before the camera and is refused; staff confirms by sight; all
//! consents no, so no medical request leaves (invariants 1, 7 and 8).

use anyhow::ensure;
use hw_sim::camera::Face;

use super::{Visit, asked, by_face, last_request, lay, leave, matching_number};
use crate::bench::Bench;
use crate::settings::PASSCODE;

pub(super) async fn play(bench: &mut Bench, visit: &mut Visit<'_>) -> anyhow::Result<()> {
    let mut page = bench.patient().await?;
    let mut staff = bench.staff().await?;
    let watch = bench.watch().await?;
    let before = last_request(bench);
    bench.clinic.face(&Face::Portrait("biden".into()))?;
    lay(bench, &mut page, visit, "seiho").await?;
    by_face(&mut page, visit, &matching_number("seiho")?).await?;
    page.wait_for(&["face-check"]).await?;
    let method = page.wait_for(&["method"]).await?;
    visit.step("another person's face is refused, other ways are offered");
    ensure!(
        asked(bench, before, "confirm") == 0,
        "nobody may be confirmed by this face"
    );
    let face = method["choices"]
        .as_array()
        .or(method["buttons"].as_array())
        .is_some_and(|buttons| {
            buttons
                .iter()
                .any(|button| button["id"] == "face" && button["enabled"] == true)
        });
    ensure!(!face, "face is closed for this visit: {method}");
    page.press("visual").await?;
    page.wait_for(&["staff-coming"]).await?;
    let refused = staff.confirm_visual("受付 花子", "0000").await?;
    ensure!(
        refused["ok"] == false,
        "a wrong passcode was accepted: {refused}"
    );
    visit.step("a wrong passcode is refused");
    let accepted = staff.confirm_visual("受付 花子", PASSCODE).await?;
    ensure!(accepted["ok"] == true, "{accepted}");
    visit.step("staff confirms by sight with the passcode");
    page.wait_for(&["consents"]).await?;
    page.press("consent-all-no").await?;
    page.wait_for(&["farewell"]).await?;
    let number = visit.ended(&watch, "delivered").await?;
    leave(bench, &mut page, visit).await?;
    ensure!(
        asked(bench, before, "medicines") == 0,
        "a medical request left without consent"
    );
    let _ = visit
        .take_results(bench, &number, &["qualification"])
        .await?;
    visit.step("the qualification arrived, nothing medical was asked");
    bench.clinic.face(&Face::None)?;
    Ok(())
}
