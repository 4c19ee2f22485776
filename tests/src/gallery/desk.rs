//! The desk in the gallery: each of its pages at a real terminal after a visit that left a call to make, as pictures and under axe-core.

use anyhow::Context as _;
use serde_json::Value;

use super::axe::RUN;
use super::{FORMATS, Format, Options, Report, look, take, wanted};
use crate::bench::{Bench, BenchOptions};
use crate::browser::Browser;
use crate::desk::registered;

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
/// In the order in which they are asked for.
const LANGUAGES: [&str; 2] = ["ja", "en"];
/// Who works there.
const NAME: &str = "uketsuke hanako";
/// File with the page's address.
const ADDRESS: &str = "staff.url";

/// What the check asks of these pages: they are read at a desk, and may be longer than the screen.
const LIMITS: &str = r#"{ letters: 2.1, contrast: 7, touch: 8.99, gap: 0, roots: ROOTS }"#;
/// The desk's screens: two that lie, one that stands.
const SIZES: [&str; 3] = ["10-landscape", "10-portrait", "15-landscape"];

/// A terminal after a visit that left a call to make, and a browser with somebody signed in.
struct Office {
    bench: Bench,
    browser: Browser,
    /// Number of the visit's result.
    result: String,
}

impl Office {
    /// A browser before the sign-in, and the terminal it looks at.
    async fn closed() -> anyhow::Result<(Bench, Browser)> {
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
        let url = std::fs::read_to_string(bench.path(ADDRESS))?;
        browser.open(url.trim()).await?;
        browser.tap("go-desk").await?;
        browser
            .wait_for("!!document.getElementById('sign-in')")
            .await?;
        Ok((bench, browser))
    }

    async fn open(bench: Bench, mut browser: Browser) -> anyhow::Result<Self> {
        sign_in(&mut browser, &bench).await?;
        browser
            .wait_for("!!document.querySelector('#home tbody a')")
            .await?;
        let link = browser
            .evaluate("document.querySelector('#home tbody a').pathname")
            .await?;
        let result = link
            .as_str()
            .and_then(|path| path.rsplit('/').next())
            .context("the result has no link")?
            .to_owned();
        Ok(Self {
            bench,
            browser,
            result,
        })
    }

    async fn go(&mut self, page: &str) -> anyhow::Result<()> {
        go(&mut self.browser, &page.replace("{id}", &self.result)).await
    }

    /// Asks for the language in which the pages do not stand now.
    async fn other_language(&mut self, lang: &str) -> anyhow::Result<()> {
        self.go("/desk").await?;
        self.browser.tap("speak").await?;
        self.browser
            .wait_for(&format!(
                "!!document.documentElement && document.documentElement.lang !== '{lang}'"
            ))
            .await
    }

    async fn close(self) -> anyhow::Result<()> {
        anyhow::ensure!(self.bench.stop().await, "the terminal did not stop");
        Ok(())
    }
}

/// Every page in both languages with the rules it broke; how many there were.
///
/// # Errors
/// The terminal does not come up, or a page does not open.
pub(super) async fn audit(script: &str) -> anyhow::Result<(usize, Vec<String>)> {
    let (bench, mut browser) = Office::closed().await?;
    let mut pages = 0;
    let mut found = Vec::new();
    rules(&mut browser, script, "sign-in", &mut pages, &mut found).await?;
    let mut office = Office::open(bench, browser).await?;
    for lang in LANGUAGES {
        for page in PAGES {
            office.go(page).await?;
            let name = format!("{lang}{page}");
            rules(&mut office.browser, script, &name, &mut pages, &mut found).await?;
        }
        office.other_language(lang).await?;
    }
    office.close().await?;
    Ok((pages, found))
}

/// Draws and looks at every page of the desk on every size in both languages.
///
/// # Errors
/// The terminal does not come up, or a page does not open.
pub(super) async fn run(
    options: &Options,
    report: &mut Report,
    pictures: &mut Vec<String>,
) -> anyhow::Result<()> {
    let sizes: Vec<&Format> = FORMATS
        .iter()
        .filter(|format| SIZES.contains(&format.name) && wanted(&options.formats, format.name))
        .collect();
    let asked = options.screens.is_empty() || options.screens.iter().any(|part| part == "desk");
    if sizes.is_empty() || !asked || !wanted(&options.variants, "standard") {
        return Ok(());
    }
    let (bench, mut browser) = Office::closed().await?;
    for format in &sizes {
        if wanted(&options.languages, LANGUAGES[0]) {
            let name = format!("{}/standard/{}/desk-sign-in", format.name, LANGUAGES[0]);
            picture(&mut browser, format, &name, options, report, pictures).await?;
        }
    }
    let mut office = Office::open(bench, browser).await?;
    for lang in LANGUAGES {
        for page in PAGES {
            office.go(page).await?;
            let shown = match page.strip_prefix("/desk/") {
                Some(rest) => rest.replace("/{id}", "").replace('/', "-"),
                None => "home".to_owned(),
            };
            for format in &sizes {
                if wanted(&options.languages, lang) {
                    let name = format!("{}/standard/{lang}/desk-{shown}", format.name);
                    picture(
                        &mut office.browser,
                        format,
                        &name,
                        options,
                        report,
                        pictures,
                    )
                    .await?;
                }
            }
        }
        office.other_language(lang).await?;
    }
    office.close().await
}

/// Looks at the page that stands there, on a screen of this width as long as the page.
async fn picture(
    browser: &mut Browser,
    format: &Format,
    name: &str,
    options: &Options,
    report: &mut Report,
    pictures: &mut Vec<String>,
) -> anyhow::Result<()> {
    let (width, height) = format.pixels;
    browser.resize(width, height).await?;
    let long = browser
        .evaluate("document.documentElement.scrollHeight")
        .await?;
    let long = u32::try_from(long.as_u64().context("the page has no height")?)?;
    browser.resize(width, long.max(height)).await?;
    let roots = browser
        .evaluate("JSON.stringify(['head', 'content', 'foot'].filter((id) => document.getElementById(id)))")
        .await?;
    let limits = LIMITS.replace("ROOTS", roots.as_str().context("no parts")?);
    look(browser, report, name, &limits).await?;
    if let Some(folder) = &options.folder {
        take(browser, folder, name).await?;
        pictures.push(name.to_owned());
    }
    Ok(())
}

async fn sign_in(browser: &mut Browser, bench: &Bench) -> anyhow::Result<()> {
    let password = registered(bench, NAME)?;
    for (id, value) in [("name", NAME), ("password", password.as_str())] {
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
        .evaluate(&format!(
            "window.leaving = true; location.assign({}); 0",
            Value::from(path)
        ))
        .await?;
    browser
        .wait_for(&format!(
            "!window.leaving && location.pathname === {} && document.readyState === 'complete' && !!document.getElementById('content')",
            Value::from(path)
        ))
        .await
        .with_context(|| path.to_owned())
}

async fn rules(
    browser: &mut Browser,
    script: &str,
    name: &str,
    pages: &mut usize,
    found: &mut Vec<String>,
) -> anyhow::Result<()> {
    browser.evaluate(&format!("{script};0")).await?;
    let broken = browser.evaluate(RUN).await?;
    *pages += 1;
    for one in broken.as_array().context("axe-core gave no list")? {
        found.push(format!("{name}: {}", one.as_str().unwrap_or_default()));
    }
    Ok(())
}
