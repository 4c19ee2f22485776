//! `cargo xtask gallery`: every screen in every language, look and size as pictures with one index page, each checked.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::Result;
use clap::Args;
use e2e::gallery::{AxeOptions, Options};
use serde_json::json;

use crate::apt::{self, For};
use crate::{must, root};

/// Packages of npm that only checks need.
const AXE: &str = "axe-core@4.14.1";

/// Options of `cargo xtask gallery`.
#[derive(Args)]
pub(crate) struct GalleryArguments {
    /// Where the pictures go.
    #[arg(long, default_value = "target/gallery")]
    into: PathBuf,
    /// Check only, keep no pictures.
    #[arg(long)]
    check_only: bool,
    /// Only these screens of the desk, such as `7-portrait`.
    #[arg(long, value_delimiter = ',')]
    formats: Vec<String>,
    /// Only these looks: standard, dark, large, large-dark, low, large-dark-low.
    #[arg(long, value_delimiter = ',')]
    variants: Vec<String>,
    /// Only these languages.
    #[arg(long, value_delimiter = ',')]
    languages: Vec<String>,
    /// Only screens whose name contains one of these.
    #[arg(long, value_delimiter = ',')]
    screens: Vec<String>,
    /// How high the low layout may reach (`kiosk.screen.low_reach_mm`).
    #[arg(long)]
    reach_mm: Option<f32>,
    /// Leave axe-core out.
    #[arg(long)]
    no_axe: bool,
    /// Only axe-core.
    #[arg(long, conflicts_with = "no_axe")]
    only_axe: bool,
    /// The screen on which axe-core looks; the looks are those of `--variants`, without any standard and dark.
    #[arg(long, default_value = "10-landscape")]
    axe_format: String,
    /// Install no package; the programs are built all the same.
    #[arg(long)]
    no_install: bool,
    /// One JSON document on standard output.
    #[arg(long)]
    json: bool,
}

/// Draws, checks, reports; says whether nothing was found.
pub(crate) fn run(arguments: &GalleryArguments) -> Result<bool> {
    if !arguments.no_install {
        apt::install(For::Test)?;
    }
    let runtime = tokio::runtime::Runtime::new()?;
    let options = Options {
        folder: (!arguments.check_only).then(|| root().join(&arguments.into)),
        formats: arguments.formats.clone(),
        variants: arguments.variants.clone(),
        languages: arguments.languages.clone(),
        screens: arguments.screens.clone(),
        reach_mm: arguments.reach_mm,
    };
    let pictures = if arguments.only_axe {
        None
    } else {
        Some(runtime.block_on(e2e::gallery::run(&options, |told| eprintln!("{told}")))?)
    };
    let axe = if arguments.no_axe {
        None
    } else {
        let options = AxeOptions {
            script: axe_core()?,
            languages: arguments.languages.clone(),
            screens: arguments.screens.clone(),
            format: arguments.axe_format.clone(),
            variants: arguments.variants.clone(),
        };
        Some(runtime.block_on(e2e::gallery::audit(&options))?)
    };
    let clean = pictures
        .as_ref()
        .is_none_or(|report| report.findings.is_empty())
        && axe
            .as_ref()
            .is_none_or(|report| report.violations.is_empty());
    if arguments.json {
        println!(
            "{}",
            json!({ "ok": clean, "pictures": pictures, "axe": axe })
        );
        return Ok(clean);
    }
    if let Some(report) = &pictures {
        for finding in &report.findings {
            println!("{}: {}", finding.picture, finding.found.join("; "));
        }
        println!(
            "{} pictures of {} screens and {} of the staff's page, {} with something wrong; capitals from {:.2} mm as measured, letters set for up to {:.2} mm, touch areas from {:.1} mm, gaps from {:.2} mm, contrast from {:.1}:1, {} drawn closest",
            report.pictures,
            report.screens,
            report.staff_pictures,
            report.findings.len(),
            report.smallest_letters_mm,
            report.largest_letters_mm,
            report.smallest_touch_mm,
            report.smallest_gap_mm,
            report.lowest_contrast,
            report.tightest
        );
    }
    if let Some(report) = &axe {
        for violation in &report.violations {
            println!("{violation}");
        }
        println!(
            "axe-core: {} screens, {} violations of WCAG 2.2 A and AA",
            report.screens,
            report.violations.len()
        );
    }
    Ok(clean)
}

/// axe-core from npm, kept below `target/`, where the tests look for it (`e2e::gallery::axe_script`).
pub(crate) fn axe_core() -> Result<PathBuf> {
    let folder = root().join("target/tools");
    let script = e2e::gallery::axe_script();
    if !script.is_file() {
        eprintln!("== {AXE} is needed and will be installed from npm below target/tools");
        std::fs::create_dir_all(&folder)?;
        must(
            Command::new("npm")
                .args([
                    "install",
                    "--silent",
                    "--no-audit",
                    "--no-fund",
                    "--ignore-scripts",
                    "--prefix",
                ])
                .arg(&folder)
                .arg(AXE)
                .stdout(Stdio::null()),
            "npm install",
        )?;
    }
    Ok(script)
}
