//! The gallery: every screen in every language, colour and letter size on every size of screen, looked at by a program
//! (nothing cut off, nothing over anything else, sizes in millimetres, contrast) and kept as pictures for people.

mod axe;
mod camera;
#[cfg(test)]
mod check_tests;
mod desk;
mod index;
mod notices;
mod screens;
mod sheets;
mod staff;
mod staff_states;
mod stage;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kiosk::patient::{Choices, Theme};
use kiosk::{Lang, ScreenSize};
use serde::Serialize;

use crate::browser::Browser;
use screens::{Desk, Shown};
use stage::Stage;

pub use axe::{AxeOptions, AxeReport, audit, axe_script};
pub use desk::SHOTS;

/// The standard letters' capital height; large ones are multiples of it.
const LETTERS_MM: f64 = 4.8;
const CHECK: &str = include_str!("check.js");
/// What the check asks of the patient's page, in millimetres.
/// `words`: where the terminal's settings give the reach, the words lie below it too.
fn limits(reach_mm: f64, words: bool) -> String {
    format!(
        r#"{{ letters: 4.8, contrast: 10, touch: 12.69, gap: 2.53, reach: {reach_mm}, words: {words}, roots: ["screen", "bar"] }}"#
    )
}

/// In the low layout, where the settings say nothing else, nothing that is touched lies higher than this above the screen's lower edge, in millimetres: where that edge
/// stands at 1,000 mm or lower, everything is within the 1,220 mm that somebody reaches from a wheelchair (ADA Standards 308).
pub const LOW_REACH_MM: f64 = 220.0;

/// One size of screen, one way up.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Format {
    /// Name in folders and reports.
    pub name: &'static str,
    /// Diagonal, inches.
    pub inches: f32,
    /// Width and height, pixels.
    pub pixels: (u32, u32),
}

/// 7, 10.1 and 15.6 inch, both ways up, and a small one whose millimetres are those of the largest of the small.
pub const FORMATS: [Format; 7] = [
    Format {
        name: "7-landscape",
        inches: 7.0,
        pixels: (1024, 600),
    },
    Format {
        name: "7-portrait",
        inches: 7.0,
        pixels: (600, 1024),
    },
    Format {
        name: "10-landscape",
        inches: 10.1,
        pixels: (1280, 800),
    },
    Format {
        name: "10-portrait",
        inches: 10.1,
        pixels: (800, 1280),
    },
    Format {
        name: "15-landscape",
        inches: 15.6,
        pixels: (1920, 1080),
    },
    Format {
        name: "15-portrait",
        inches: 15.6,
        pixels: (1080, 1920),
    },
    Format {
        name: "8-landscape",
        inches: 7.92,
        pixels: (1024, 600),
    },
];

/// How a screen looks: its colours, letters and height.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Variant {
    /// Name in folders and reports.
    pub name: &'static str,
    #[serde(skip)]
    theme: Theme,
    #[serde(skip)]
    large: bool,
    #[serde(skip)]
    low: bool,
}

/// Standard and dark colours, large letters in both, the low layout, and all three choices at once.
pub const VARIANTS: [Variant; 6] = [
    Variant {
        name: "standard",
        theme: Theme::Standard,
        large: false,
        low: false,
    },
    Variant {
        name: "dark",
        theme: Theme::Dark,
        large: false,
        low: false,
    },
    Variant {
        name: "large",
        theme: Theme::Standard,
        large: true,
        low: false,
    },
    Variant {
        name: "large-dark",
        theme: Theme::Dark,
        large: true,
        low: false,
    },
    Variant {
        name: "low",
        theme: Theme::Standard,
        large: false,
        low: true,
    },
    Variant {
        name: "large-dark-low",
        theme: Theme::Dark,
        large: true,
        low: true,
    },
];

/// What to draw.
#[derive(Clone, Debug)]
pub struct Options {
    /// Folder for the pictures and the index page; `None` = check only.
    pub folder: Option<PathBuf>,
    /// Names of formats; empty = all.
    pub formats: Vec<String>,
    /// Names of variants; empty = all.
    pub variants: Vec<String>,
    /// Languages by their keys; empty = all.
    pub languages: Vec<String>,
    /// Screens whose name contains one of these; empty = all.
    pub screens: Vec<String>,
    /// How high the low layout may reach above the screen's lower edge, mm, as the terminal's setting has it; none = no such setting.
    pub reach_mm: Option<f32>,
}

/// What was found on one picture.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// `format/variant/language/screen`.
    pub picture: String,
    /// What is wrong.
    pub found: Vec<String>,
}

/// What was measured over all pictures.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Pictures looked at.
    pub pictures: usize,
    /// Pictures of the staff's page and of the desk looked at, beside those.
    pub staff_pictures: usize,
    /// Screens, languages, variants and formats they are made of.
    pub screens: usize,
    /// Pictures on which something is wrong.
    pub findings: Vec<Finding>,
    /// Smallest capital height, mm, measured in the font that was used.
    pub smallest_letters_mm: f64,
    /// Largest size for which `fit.js` set the letters, mm: nominal, for a font's capitals are seldom exactly so high.
    pub largest_letters_mm: f64,
    /// Shortest side of a touch area, mm.
    pub smallest_touch_mm: f64,
    /// Smallest gap between touch areas, mm.
    pub smallest_gap_mm: f64,
    /// Smallest letters of each screen as `fit.js` chose them, mm, over the languages: `format/variant/screen`.
    pub letters_mm: BTreeMap<String, f64>,
    /// Lowest contrast of letters.
    pub lowest_contrast: f64,
    /// Highest touch area of the low layout above the screen's lower edge, mm.
    pub low_reach_mm: f64,
    /// Pictures drawn closest together.
    pub tightest: usize,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            pictures: 0,
            staff_pictures: 0,
            screens: 0,
            findings: Vec::new(),
            smallest_letters_mm: f64::INFINITY,
            largest_letters_mm: 0.0,
            letters_mm: BTreeMap::new(),
            smallest_touch_mm: f64::INFINITY,
            smallest_gap_mm: f64::INFINITY,
            lowest_contrast: f64::INFINITY,
            low_reach_mm: 0.0,
            tightest: 0,
        }
    }
}

fn wanted(list: &[String], name: &str) -> bool {
    list.is_empty() || list.iter().any(|one| one == name)
}

/// Draws and looks at everything wanted; `told` hears of each picture on which something is wrong as soon as it was looked at, and of
/// how far it is after each format and variant.
///
/// # Errors
/// The browser does not come up, a screen is not drawn, a file can't be written. What was found until then has been told, and stands in
/// `report.json` and the index page where pictures are kept.
pub async fn run(options: &Options, mut told: impl FnMut(&str)) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let mut pictures = Vec::new();
    let whole = draw(options, &mut report, &mut pictures, &mut told).await;
    if let Some(folder) = &options.folder {
        std::fs::create_dir_all(folder)?;
        index::write(folder, &pictures, &report)?;
    }
    whole.map(|()| report)
}

/// Tells what was found since `from`; where to go on from.
fn tell(report: &Report, from: usize, told: &mut impl FnMut(&str)) -> usize {
    for finding in report.findings.iter().skip(from) {
        told(&format!(
            "{}: {}",
            finding.picture,
            finding.found.join("; ")
        ));
    }
    report.findings.len()
}

async fn draw(
    options: &Options,
    report: &mut Report,
    pictures: &mut Vec<String>,
    told: &mut impl FnMut(&str),
) -> anyhow::Result<()> {
    let screens: Vec<Shown> = screens::all()
        .into_iter()
        .filter(|shown| {
            options.screens.is_empty()
                || options
                    .screens
                    .iter()
                    .any(|part| shown.name.contains(part.as_str()))
        })
        .collect();
    let languages: Vec<Lang> = Lang::ALL
        .into_iter()
        .filter(|lang| wanted(&options.languages, lang.key()))
        .collect();
    let limits = limits(
        options.reach_mm.map_or(LOW_REACH_MM, f64::from),
        options.reach_mm.is_some(),
    );
    report.screens = screens.len();
    let mut at = 0;
    for format in FORMATS
        .iter()
        .filter(|format| wanted(&options.formats, format.name))
    {
        let (width, height) = format.pixels;
        let size = ScreenSize::from_diagonal(format.inches, width, height)?;
        let size = match options.reach_mm {
            Some(reach) => size.with_low_reach(reach)?,
            None => size,
        };
        let mut browser = Browser::start(width, height).await?;
        for desk in [Desk::Plain, Desk::Simulated, Desk::QualificationOnly] {
            let here: Vec<&Shown> = screens.iter().filter(|shown| shown.desk == desk).collect();
            let Some(first) = here.first() else { continue };
            let mut stage = Stage::open(size, desk, first.screen.clone()).await?;
            stage.load(&mut browser).await?;
            for variant in VARIANTS
                .iter()
                .filter(|variant| wanted(&options.variants, variant.name))
            {
                for lang in &languages {
                    for shown in &here {
                        let mut screen = shown.screen.clone();
                        screen.choices = Choices {
                            lang: *lang,
                            theme: variant.theme,
                            large: variant.large,
                            low: variant.low,
                            ..screen.choices
                        };
                        stage.show(&mut browser, screen).await?;
                        let name = format!(
                            "{}/{}/{}/{}",
                            format.name,
                            variant.name,
                            lang.key(),
                            shown.name
                        );
                        look(&mut browser, report, &name, &limits).await?;
                        at = tell(report, at, told);
                        if let Some(folder) = &options.folder {
                            take(&mut browser, folder, &name).await?;
                            pictures.push(name);
                        }
                    }
                }
                told(&format!(
                    "{} {} {desk:?}: {} pictures so far, {} with something wrong",
                    format.name,
                    variant.name,
                    report.pictures,
                    report.findings.len()
                ));
            }
        }
    }
    // The figures in millimetres are the patient's page's own; of the staff's page only findings count.
    let mut others = Report::default();
    let mut drawn = staff::run(options, &mut others, pictures).await;
    if drawn.is_ok() {
        drawn = desk::run(options, &mut others, pictures).await;
    }
    report.staff_pictures = others.pictures;
    report.findings.append(&mut others.findings);
    tell(report, at, told);
    drawn?;
    told(&format!(
        "staff: {} pictures, {} with something wrong in all",
        report.staff_pictures,
        report.findings.len()
    ));
    Ok(())
}

/// `format/variant/language/screen` without the language.
fn without_language(name: &str) -> String {
    let parts: Vec<&str> = name.split('/').collect();
    match parts[..] {
        [format, variant, _, screen] => format!("{format}/{variant}/{screen}"),
        _ => name.to_owned(),
    }
}

async fn look(
    browser: &mut Browser,
    report: &mut Report,
    name: &str,
    limits: &str,
) -> anyhow::Result<()> {
    let seen = browser.evaluate(&format!("({CHECK})({limits})")).await?;
    report.pictures += 1;
    let number = |field: &str| seen[field].as_f64();
    for (field, least) in [
        ("smallest", &mut report.smallest_letters_mm),
        ("palest", &mut report.lowest_contrast),
        ("narrowest", &mut report.smallest_touch_mm),
        ("nearest", &mut report.smallest_gap_mm),
    ] {
        if let Some(value) = number(field) {
            *least = least.min(value);
        }
    }
    if let Some(reach) = number("reach") {
        report.low_reach_mm = report.low_reach_mm.max(reach);
    }
    if let Some(scale) = number("scale") {
        let mm = scale * LETTERS_MM;
        report.largest_letters_mm = report.largest_letters_mm.max(mm);
        let least = report
            .letters_mm
            .entry(without_language(name))
            .or_insert(mm);
        *least = least.min(mm);
    }
    report.tightest += usize::from(seen["tight"] == "2");
    let found: Vec<String> = seen["found"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one.as_str().map(str::to_owned))
        .collect();
    if !found.is_empty() {
        report.findings.push(Finding {
            picture: name.to_owned(),
            found,
        });
    }
    Ok(())
}

async fn take(browser: &mut Browser, folder: &Path, name: &str) -> anyhow::Result<()> {
    let file = folder.join(format!("{name}.webp"));
    if let Some(parent) = file.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(file, browser.picture("webp", 75).await?)?;
    Ok(())
}
