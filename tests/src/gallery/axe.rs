//! axe-core over every screen: WCAG 2.2 up to AA, in the real browser.

use std::path::PathBuf;

use anyhow::Context as _;
use kiosk::patient::{Choices, Theme};
use kiosk::{Lang, ScreenSize};
use serde::Serialize;

use super::screens::{self, Desk};
use super::staff;
use super::stage::Stage;
use super::{FORMATS, VARIANTS};
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
}

/// What was found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AxeReport {
    /// Screens looked at, each language and theme counted.
    pub screens: usize,
    /// `theme/language/screen: rule: elements`.
    pub violations: Vec<String>,
}

/// Runs axe-core on a 10.1-inch screen over every screen, language and theme wanted.
///
/// # Errors
/// axe-core is not there, or the browser fails.
pub async fn audit(options: &AxeOptions) -> anyhow::Result<AxeReport> {
    let script = std::fs::read_to_string(&options.script)
        .with_context(|| format!("{}: axe-core", options.script.display()))?;
    let format = FORMATS[2];
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
        for variant in VARIANTS
            .iter()
            .filter(|variant| !variant.large && !variant.low)
        {
            for lang in Lang::ALL {
                if !super::wanted(&options.languages, lang.key()) {
                    continue;
                }
                for shown in &here {
                    let mut screen = shown.screen.clone();
                    screen.choices = Choices {
                        lang,
                        theme: variant.theme,
                        ..screen.choices
                    };
                    stage.show(&mut browser, screen).await?;
                    report.screens += 1;
                    let found = browser.evaluate(RUN).await?;
                    for one in found.as_array().into_iter().flatten() {
                        report.violations.push(format!(
                            "{}/{}/{}: {}",
                            if variant.theme == Theme::Dark {
                                "dark"
                            } else {
                                "standard"
                            },
                            lang.key(),
                            shown.name,
                            one.as_str().unwrap_or_default()
                        ));
                    }
                }
            }
        }
    }
    for (name, state) in staff::states() {
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
            let mut browser = staff::draw(&format, &state, lang).await?;
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
        let (pages, found) = super::desk::audit(&script).await?;
        report.screens += pages;
        report
            .violations
            .extend(found.into_iter().map(|one| format!("desk {one}")));
    }
    Ok(report)
}
