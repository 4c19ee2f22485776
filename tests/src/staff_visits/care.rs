//! Visiting care: asked again by the stored numbers under the consent given at home, until it is withdrawn.

use anyhow::ensure;
use hw_sim::central::{Care, HomeConsent};

use super::{a_result, has, refused};
use crate::bench::Bench;
use crate::scenarios::{asked, last_request};
use crate::staff_browser::DeskBrowser;

pub(super) async fn reinquiry(bench: &Bench, desk: &mut DeskBrowser) -> anyhow::Result<()> {
    let before = last_request(bench);
    let who = [
        ("care", "visiting"),
        ("insurer_number", "12000001"),
        ("number", "1010001"),
    ];
    desk.send("/desk/reinquiry", "reinquire", &who).await?;
    refused(desk, "UK-VISIT-504").await?;
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
    for _ in ["second visit", "third visit"] {
        desk.send("/desk/reinquiry", "reinquire", &who).await?;
        has(&a_result(desk).await?, &["医療扶助", "1010001"])?;
    }
    let mut withdrawal = who.to_vec();
    withdrawal.push(("by_patient", "true"));
    desk.send("/desk/reinquiry", "withdraw", &withdrawal)
        .await?;
    desk.there("answer").await?;
    desk.send("/desk/reinquiry", "reinquire", &who).await?;
    refused(desk, "UK-VISIT-504").await?;
    ensure!(
        asked(bench, before, "/if/025") == 4 && asked(bench, before, "medicines") == 2,
        "four re-inquiries, and medicines only under the consent"
    );
    Ok(())
}
