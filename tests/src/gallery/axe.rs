//! axe-core over every screen: WCAG 2.2 up to AA, in the real browser.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use kiosk::patient::Choices;
use kiosk::{Lang, ScreenSize};
use serde::Serialize;

use super::screens::{self, Desk};
use super::staff;
use super::staff_states;
use super::stage::Stage;
use super::{FORMATS, Format, VARIANTS, Variant};
use crate::browser::Browser;

pub(super) const RUN: &str = r#"axe.run(document, { runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }, resultTypes: ["violations"] })
  .then((r) => r.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).slice(0, 3).join(", ")}`))"#;

/// What to look at.
#[derive(Clone, Debug)]
pub struct AxeOptions {
    /// `axe.min.js`.
    pub script: PathBuf,
    /// Languages by their keys; empty = all.
    pub languages: Vec<String>,
    /// Screens whose name contains one of these; empty = all.
    pub screens: Vec<String>,
    /// Size of the screen by its name; empty = 10.1 inch lying.
    pub format: String,
    /// Looks by their names; empty = standard and dark.
    pub variants: Vec<String>,
}

impl AxeOptions {
    fn format(&self) -> anyhow::Result<&'static Format> {
        let name = if self.format.is_empty() {
            "10-landscape"
        } else {
            &self.format
        };
        let known = FORMATS.iter().find(|format| format.name == name);
        known.with_context(|| format!("no size of screen is called {name}"))
    }

    fn variants(&self) -> Vec<&'static Variant> {
        let usual = |variant: &&Variant| !variant.large && !variant.low;
        let asked = |variant: &&Variant| self.variants.iter().any(|name| name == variant.name);
        let none = self.variants.is_empty();
        let all = VARIANTS.iter();
        all.filter(|one| if none { usual(one) } else { asked(one) })
            .collect()
    }
}

/// Where `cargo xtask gallery` and `cargo xtask test` put axe-core.
#[must_use]
pub fn axe_script() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.join("target/tools/node_modules/axe-core/axe.min.js")
}

/// What was found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AxeReport {
    /// Screens looked at, each language and look counted.
    pub screens: usize,
    /// `look/language/screen: rule: elements`.
    pub violations: Vec<String>,
}

/// Runs axe-core over every screen, language and look wanted, on one size of screen; staff's page and desk have one look.
///
/// # Errors
/// axe-core is not there, or the browser fails.
pub async fn audit(options: &AxeOptions) -> anyhow::Result<AxeReport> {
    let script = std::fs::read_to_string(&options.script)
        .with_context(|| format!("{}: axe-core", options.script.display()))?;
    let format = options.format()?;
    let (width, height) = format.pixels;
    let size = ScreenSize::from_diagonal(format.inches, width, height)?;
    let mut browser = Browser::start(width, height).await?;
    let mut report = AxeReport::default();
    for desk in [Desk::Plain, Desk::Simulated, Desk::QualificationOnly] {
        let here: Vec<_> = screens::all()
            .into_iter()
            .filter(|shown| shown.desk == desk)
            .filter(|shown| {
                options.screens.is_empty()
                    || options
                        .screens
                        .iter()
                        .any(|part| shown.name.contains(part.as_str()))
            })
            .collect();
        let Some(first) = here.first() else { continue };
        let mut stage = Stage::open(size, desk, first.screen.clone()).await?;
        stage.load(&mut browser).await?;
        stage.show(&mut browser, first.screen.clone()).await?;
        browser.evaluate(&format!("{script};0")).await?;
        for variant in options.variants() {
            for lang in Lang::ALL {
                if !super::wanted(&options.languages, lang.key()) {
                    continue;
                }
                for shown in &here {
                    let mut screen = shown.screen.clone();
                    screen.choices = Choices {
                        lang,
                        theme: variant.theme,
                        large: variant.large,
                        low: variant.low,
                        ..screen.choices
                    };
                    stage.show(&mut browser, screen).await?;
                    report.screens += 1;
                    let found = browser.evaluate(RUN).await?;
                    for one in found.as_array().into_iter().flatten() {
                        report.violations.push(format!(
                            "{}/{}/{}: {}",
                            variant.name,
                            lang.key(),
                            shown.name,
                            one.as_str().unwrap_or_default()
                        ));
                    }
                }
            }
        }
    }
    for (name, state) in staff_states::states() {
        let shown = format!("staff-{name}");
        for lang in Lang::STAFF {
            let asked = options.screens.is_empty()
                || options
                    .screens
                    .iter()
                    .any(|part| shown.contains(part.as_str()));
            if !asked || !super::wanted(&options.languages, lang.key()) {
                continue;
            }
            let mut browser = staff::draw(format, &state, lang).await?;
            browser.evaluate(&format!("{script};0")).await?;
            report.screens += 1;
            let found = browser.evaluate(RUN).await?;
            for one in found.as_array().into_iter().flatten() {
                report.violations.push(format!(
                    "standard/{}/{shown}: {}",
                    lang.key(),
                    one.as_str().unwrap_or_default()
                ));
            }
        }
    }
    let asked = options.screens.is_empty()
        || options
            .screens
            .iter()
            .any(|part| "desk".contains(part.as_str()));
    if asked {
        let (pages, found) = super::desk::audit(&script, format.pixels).await?;
        report.screens += pages;
        report
            .violations
            .extend(found.into_iter().map(|one| format!("desk {one}")));
    }
    Ok(report)
}
