//! The desk in the gallery: each of its pages and each answer of its forms at a real terminal after a day's visits, as pictures and
//! under axe-core.

use anyhow::Context as _;
use serde_json::Value;

use super::axe::RUN;
use super::staff::SIZES;
use super::{FORMATS, Format, Options, Report, look, take, wanted};
use crate::bench::{Bench, BenchOptions};
use crate::browser::Browser;
use crate::desk::{one_time_code, registered_as_qualified};
use crate::scenarios::special::open;
use crate::served::identify_by_pin;
use crate::staff_browser::DeskBrowser;

/// Paths of the pages; `{id}` is the number of a result with medical information.
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
const NAME: &str = "ishi taro";
/// A person that the simulated service knows.
const PERSON: [(&str, &str); 4] = [
    ("name", "生保　一郎"),
    ("birth_date", "19900115"),
    ("sex", "1"),
    ("address", "東京都清瀬市架空町"),
];

/// What is sent from a page: the picture's name, the page, the form, its fields beside those of the person, whether these are sent too.
type Sent = (
    &'static str,
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    bool,
);

/// Answers of forms, bad ones and good ones.
const ANSWERS: [Sent; 11] = [
    (
        "reinquire-refused",
        "/desk/reinquiry",
        "reinquire",
        &[
            ("care", "visiting"),
            ("insurer_number", "12000001"),
            ("number", "1010001"),
        ],
        false,
    ),
    (
        "lookup-nobody",
        "/desk/lookup",
        "assistance",
        &[
            ("insurer_number", "12000001"),
            ("number", "9999999"),
            ("identity", "yes"),
        ],
        false,
    ),
    (
        "reference-done",
        "/desk/lookup",
        "reference",
        &[
            ("reference_number", "A-1001"),
            ("insurer_number", "12000001"),
            ("number", "1010001"),
        ],
        false,
    ),
    (
        "access-done",
        "/desk/reinquiry",
        "access",
        &[("care", "online")],
        false,
    ),
    (
        "tickets-begun",
        "/desk/bulk",
        "tickets",
        &[("month", "2026-11")],
        false,
    ),
    (
        "institution-done",
        "/desk/settings",
        "institution",
        &[("sure", "yes")],
        false,
    ),
    (
        "passcode-done",
        "/desk/settings",
        "passcode",
        &[("sure", "yes")],
        false,
    ),
    ("test-done", "/desk/settings", "test", &[], false),
    ("note-done", "/desk/special", "note", &[], true),
    (
        "emergency-refused",
        "/desk/special",
        "emergency",
        &[("reason", "意識なし")],
        true,
    ),
    (
        "disaster-found",
        "/desk/special",
        "disaster",
        &[
            ("reason", "地震"),
            ("oral_consent", "true"),
            ("information", "yes"),
        ],
        true,
    ),
];

/// Pictures of one language: the sign-in and a wrong one, the pages, the second factor and a wrong code, the viewer, the answers, and
/// a form that was sent without what it needs.
pub const SHOTS: usize = 2 + PAGES.len() + 2 + 1 + ANSWERS.len() + 1;

/// What the check asks of these pages: they are read at a desk, and may be longer than the screen.
const LIMITS: &str = r#"{ letters: 2.1, contrast: 7, touch: 8.99, gap: 0, roots: ROOTS }"#;

/// What is done with each page that stands there, under its name.
trait Eye {
    async fn on(&mut self, browser: &mut Browser, lang: &str, name: &str) -> anyhow::Result<()>;
}

/// Goes through the desk in both languages.
async fn tour(eye: &mut impl Eye) -> anyhow::Result<()> {
    let bench = Bench::start(BenchOptions {
        without_vision: true,
        ..BenchOptions::default()
    })
    .await?;
    let mut patient = bench.patient().await?;
    // One who is not entrusted, and one who lets everything be seen.
    for (person, answer) in [("mitaku", "consent-all-no"), ("seiho", "consent-all-yes")] {
        identify_by_pin(&bench, &mut patient, person).await?;
        patient.wait_for(&["consents"]).await?;
        patient.press(answer).await?;
        patient.wait_for(&["farewell"]).await?;
        bench.clinic.take().await?;
        patient.wait_for(&["waiting"]).await?;
    }
    let (password, address) = registered_as_qualified(&bench, NAME)?;
    let mut desk = DeskBrowser::before_sign_in(&bench).await?;
    for lang in LANGUAGES {
        if lang != LANGUAGES[0] {
            desk.browser.tap("speak").await?;
            in_language(&mut desk, lang).await?;
        }
        eye.on(&mut desk.browser, lang, "sign-in").await?;
        desk.fill(&[("name", NAME), ("password", "not the password")])
            .await?;
        desk.browser.tap("sign-in").await?;
        desk.there("trouble").await?;
        eye.on(&mut desk.browser, lang, "sign-in-wrong").await?;
        desk.sign_in(NAME, &password).await?;
        in_language(&mut desk, lang).await?;
        inside(&bench, &mut desk, lang, &address, eye).await?;
        desk.go("/desk").await?;
        desk.browser.tap("sign-out").await?;
        desk.there("sign-in").await?;
    }
    anyhow::ensure!(bench.stop().await, "the terminal did not stop");
    Ok(())
}

/// What somebody signed in sees.
async fn inside(
    bench: &Bench,
    desk: &mut DeskBrowser,
    lang: &str,
    address: &str,
    eye: &mut impl Eye,
) -> anyhow::Result<()> {
    let id = seihos_result(desk).await?;
    for page in PAGES {
        desk.go(&page.replace("{id}", &id)).await?;
        let name = match page.strip_prefix("/desk/") {
            Some(rest) => rest.replace("/{id}", "").replace('/', "-"),
            None => "home".to_owned(),
        };
        eye.on(&mut desk.browser, lang, &name).await?;
    }
    desk.go(&format!("/desk/second/{id}")).await?;
    eye.on(&mut desk.browser, lang, "second").await?;
    desk.give_code("000000").await?;
    desk.there("trouble").await?;
    eye.on(&mut desk.browser, lang, "second-wrong").await?;
    // A code is good once; in the second language the next one is waited for.
    loop {
        desk.browser.evaluate("window.leaving = true; 0").await?;
        desk.give_code(&one_time_code(address, bench)?).await?;
        desk.browser
            .wait_for("!window.leaving && document.readyState === 'complete' && !!document.getElementById('content')")
            .await?;
        if desk.path().await? == format!("/desk/medical/{id}") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_secs(7)).await;
    }
    eye.on(&mut desk.browser, lang, "medical").await?;
    open(bench, "disaster", true);
    for (name, page, form, fields, of_person) in ANSWERS {
        let mut all = fields.to_vec();
        if of_person {
            all.extend(PERSON);
        }
        desk.send(page, form, &all).await?;
        eye.on(&mut desk.browser, lang, &format!("answer-{name}"))
            .await?;
    }
    open(bench, "disaster", false);
    desk.go("/desk/lookup").await?;
    desk.browser
        .evaluate("window.leaving = true; document.getElementById('form-assistance').noValidate = true; 0")
        .await?;
    desk.browser.tap("send-assistance").await?;
    desk.browser
        .wait_for("!window.leaving && !!document.getElementById('trouble')")
        .await?;
    eye.on(&mut desk.browser, lang, "answer-incomplete").await
}

/// Number of the result whose medical information may be opened: the newest of the first list that has such a button.
async fn seihos_result(desk: &mut DeskBrowser) -> anyhow::Result<String> {
    desk.go("/desk").await?;
    let links = desk
        .browser
        .evaluate("[...document.querySelectorAll('#home tbody a')].map((one) => one.pathname)")
        .await?;
    for link in links.as_array().into_iter().flatten() {
        let path = link.as_str().context("a link without path")?;
        desk.go(path).await?;
        let medical = "!!document.getElementById('medical')";
        if desk.browser.evaluate(medical).await? == Value::Bool(true) {
            return Ok(path.rsplit('/').next().unwrap_or_default().to_owned());
        }
    }
    anyhow::bail!("no result with medical information: {links}")
}

async fn in_language(desk: &mut DeskBrowser, lang: &str) -> anyhow::Result<()> {
    desk.browser
        .wait_for(&format!("document.documentElement?.lang === '{lang}'"))
        .await
}

/// Every page in both languages with the rules it broke; how many there were.
///
/// # Errors
/// The terminal does not come up, or a page does not open.
pub(super) async fn audit(
    script: &str,
    pixels: (u32, u32),
) -> anyhow::Result<(usize, Vec<String>)> {
    struct Rules<'s> {
        script: &'s str,
        pixels: (u32, u32),
        pages: usize,
        found: Vec<String>,
    }
    impl Eye for Rules<'_> {
        async fn on(
            &mut self,
            browser: &mut Browser,
            lang: &str,
            name: &str,
        ) -> anyhow::Result<()> {
            browser.resize(self.pixels.0, self.pixels.1).await?;
            browser.evaluate(&format!("{};0", self.script)).await?;
            let broken = browser.evaluate(RUN).await?;
            self.pages += 1;
            for one in broken.as_array().context("axe-core gave no list")? {
                let one = one.as_str().unwrap_or_default();
                self.found.push(format!("{lang} {name}: {one}"));
            }
            Ok(())
        }
    }
    let mut rules = Rules {
        script,
        pixels,
        pages: 0,
        found: Vec::new(),
    };
    tour(&mut rules).await?;
    Ok((rules.pages, rules.found))
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
    struct Pictures<'s> {
        sizes: Vec<&'static Format>,
        options: &'s Options,
        report: &'s mut Report,
        taken: &'s mut Vec<String>,
    }
    impl Eye for Pictures<'_> {
        async fn on(
            &mut self,
            browser: &mut Browser,
            lang: &str,
            name: &str,
        ) -> anyhow::Result<()> {
            if !wanted(&self.options.languages, lang) {
                return Ok(());
            }
            for format in &self.sizes {
                let name = format!("{}/standard/{lang}/desk-{name}", format.name);
                picture(
                    browser,
                    format,
                    &name,
                    self.options,
                    self.report,
                    self.taken,
                )
                .await?;
            }
            Ok(())
        }
    }
    let sizes: Vec<&Format> = FORMATS
        .iter()
        .filter(|format| SIZES.contains(&format.name) && wanted(&options.formats, format.name))
        .collect();
    let asked = options.screens.is_empty() || options.screens.iter().any(|part| part == "desk");
    if sizes.is_empty() || !asked || !wanted(&options.variants, "standard") {
        return Ok(());
    }
    tour(&mut Pictures {
        sizes,
        options,
        report,
        taken: pictures,
    })
    .await
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
