//! `face`: right face, all consents yes; insurance and an entrusted ticket arrive, medicines are fetched.
//! The receipt computer is the sample client in Python.

use anyhow::{Context as _, ensure};
use hw_sim::camera::Face;
use serde_json::Value;

use super::{Visit, asked, by_face, last_request, lay, leave, matching_number};
use crate::bench::Bench;

pub(super) async fn play(bench: &mut Bench, visit: &mut Visit<'_>) -> anyhow::Result<()> {
    let mut page = bench.patient().await?;
    let watch = bench.watch().await?;
    let before = last_request(bench);
    bench.clinic.face(&Face::Portrait("obama2".into()))?;
    lay(bench, &mut page, visit, "seiho").await?;
    by_face(&mut page, visit, &matching_number("seiho")?).await?;
    page.wait_for(&["face-check"]).await?;
    visit.step("the camera looks");
    page.wait_for(&["consents"]).await?;
    visit.step("the face matches the card's photo; consents are asked");
    ensure!(page.frames().await? > 0, "no live picture reached the page");
    page.press("consent-all-yes").await?;
    let farewell = page.wait_for(&["farewell", "trouble"]).await?;
    ensure!(farewell["page"] == "farewell", "{farewell}");
    let number = visit.ended(&watch, "delivered").await?;
    visit.step("the terminal says good-bye");
    leave(bench, &mut page, visit).await?;
    ensure!(
        asked(bench, before, "medicines") == 1,
        "medicines were to be asked for once"
    );

    let out = tempfile::tempdir()?;
    let output = bench.receipt().run_python(out.path())?;
    visit.step("the Python client has taken the results");
    let mut kinds = Vec::new();
    for entry in std::fs::read_dir(out.path())? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let text = std::fs::read_to_string(&path)?;
            let Ok(value) = serde_json::from_str::<Value>(&text) else {
                continue;
            };
            if value["Uketsuke"]["visit"] == number.as_str() {
                kinds.push(
                    value["Uketsuke"]["kind"]
                        .as_str()
                        .unwrap_or_default()
                        .to_owned(),
                );
                visit.received.push(value);
            }
        }
    }
    kinds.sort();
    ensure!(
        kinds == ["medicines", "qualification"],
        "the client wrote {kinds:?}; it said {}",
        String::from_utf8_lossy(&output.stdout)
    );
    let all = Value::Array(visit.received.clone()).to_string();
    for expected in ["06123456", "12000001", "1010001", "架空錠10mg"] {
        ensure!(
            all.contains(expected),
            "`{expected}` has not arrived: {all}"
        );
    }
    let qualification = visit
        .received
        .iter()
        .find(|value| value["Uketsuke"]["kind"] == "qualification")
        .context("no qualification")?;
    ensure!(
        qualification
            .to_string()
            .matches("InsuredCardClassification")
            .count()
            >= 2,
        "insurance and assistance were to arrive together"
    );
    Ok(())
}
