//! axe-core over the desk: each of its pages at a real terminal, after a visit that left a call to make.

use anyhow::Context as _;
use serde_json::Value;

use super::axe::RUN;
use crate::bench::{Bench, BenchOptions};
use crate::browser::Browser;

/// Paths of the pages; `{id}` is the result's number.
const PAGES: [&str; 10] = [
    "/desk",
    "/desk/follow-ups",
    "/desk/bulk",
    "/desk/lookup",
    "/desk/reinquiry",
    "/desk/special",
    "/desk/settings",
    "/desk/result/{id}",
    "/desk/print/result/{id}",
    "/desk/print/follow-ups",
];
/// Who works there.
const NAME: &str = "uketsuke hanako";
/// File with the page's address.
const ADDRESS: &str = "staff.url";

/// Every page in both languages with the rules it broke; how many there were.
///
/// # Errors
/// The terminal does not come up, or a page does not open.
pub(super) async fn audit(script: &str) -> anyhow::Result<(usize, Vec<String>)> {
    let bench = Bench::start(BenchOptions {
        without_vision: true,
        ..BenchOptions::default()
    })
    .await?;
    let mut patient = bench.patient().await?;
    patient.wait_for(&["waiting"]).await?;
    bench.clinic.lay("mitaku").await?;
    patient.wait_for(&["method"]).await?;
    patient.press("pin").await?;
    patient.type_digits("2345").await?;
    patient.wait_for(&["consents"]).await?;
    patient.press("consent-all-no").await?;
    patient.wait_for(&["farewell"]).await?;
    bench.clinic.take().await?;

    let mut browser = Browser::start(1280, 960).await?;
    let mut pages = 0;
    let mut found = Vec::new();
    let url = std::fs::read_to_string(bench.path(ADDRESS))?;
    browser.open(url.trim()).await?;
    browser.tap("go-desk").await?;
    browser
        .wait_for("!!document.getElementById('sign-in')")
        .await?;
    look(&mut browser, script, "sign-in", &mut pages, &mut found).await?;
    sign_in(&mut browser, &bench).await?;
    browser
        .wait_for("!!document.querySelector('#home tbody a')")
        .await?;
    let link = browser
        .evaluate("document.querySelector('#home tbody a').pathname")
        .await?;
    let id = link
        .as_str()
        .and_then(|path| path.rsplit('/').next())
        .context("the result has no link")?
        .to_owned();
    for lang in ["ja", "en"] {
        for page in PAGES {
            let path = page.replace("{id}", &id);
            go(&mut browser, &path).await?;
            let name = format!("{lang}{page}");
            look(&mut browser, script, &name, &mut pages, &mut found).await?;
        }
        go(&mut browser, "/desk").await?;
        browser.tap("speak").await?;
        browser
            .wait_for(&format!(
                "!!document.documentElement && document.documentElement.lang !== '{lang}'"
            ))
            .await?;
    }
    anyhow::ensure!(bench.stop().await, "the terminal did not stop");
    Ok((pages, found))
}

async fn sign_in(browser: &mut Browser, bench: &Bench) -> anyhow::Result<()> {
    let output = bench
        .command("uketsukectl")
        .args(["--json", "--config"])
        .arg(bench.settings())
        .args(["staff", "add", NAME])
        .output()?;
    let told: Value = serde_json::from_slice(&output.stdout)?;
    let password = told["password"].as_str().context("no password was made")?;
    for (id, value) in [("name", NAME), ("password", password)] {
        browser
            .evaluate(&format!(
                "document.getElementById('{id}').value = {}",
                Value::from(value)
            ))
            .await?;
    }
    browser.tap("sign-in").await
}

async fn go(browser: &mut Browser, path: &str) -> anyhow::Result<()> {
    browser
        .evaluate(&format!("location.assign({}); 0", Value::from(path)))
        .await?;
    browser
        .wait_for(&format!(
            "location.pathname === {} && document.readyState === 'complete' && !!document.getElementById('content')",
            Value::from(path)
        ))
        .await
        .with_context(|| path.to_owned())
}

async fn look(
    browser: &mut Browser,
    script: &str,
    name: &str,
    pages: &mut usize,
    found: &mut Vec<String>,
) -> anyhow::Result<()> {
    browser.evaluate(&format!("{script};0")).await?;
    let rules = browser.evaluate(RUN).await?;
    *pages += 1;
    for one in rules.as_array().context("axe-core gave no list")? {
        found.push(format!("{name}: {}", one.as_str().unwrap_or_default()));
    }
    Ok(())
}
