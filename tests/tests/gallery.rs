//! The short form of `cargo xtask gallery`: every screen on the smallest screen, both ways up, in the languages with the
//! longest words and lines, looked at by a program. Nothing cut off, nothing over anything else, sizes and contrast measured.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use e2e::gallery::{LOW_REACH_MM, Options, Report, SHOTS, run};

async fn looked_at(format: &str, variant: &str, languages: &[&str]) {
    let options = Options {
        folder: None,
        formats: vec![format.to_owned()],
        variants: vec![variant.to_owned()],
        languages: languages.iter().map(|lang| (*lang).to_owned()).collect(),
        screens: Vec::new(),
        reach_mm: None,
    };
    let report = run(&options, |_| {}).await.unwrap();
    assert!(
        report.pictures >= 80 * languages.len(),
        "{}",
        report.pictures
    );
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
    assert!(
        report.smallest_letters_mm >= 4.8,
        "{}",
        report.smallest_letters_mm
    );
    assert!(
        report.smallest_touch_mm >= 12.7,
        "{}",
        report.smallest_touch_mm
    );
    assert!(report.smallest_gap_mm >= 2.54, "{}", report.smallest_gap_mm);
    assert!(report.lowest_contrast >= 10.0, "{}", report.lowest_contrast);
    if variant.starts_with("large") {
        assert!(report.largest_letters_mm > 8.9, "large letters reach 9 mm");
        larger(&report, LEAST_LARGE_MM);
    }
}

/// Large letters on ten inches are at least so high on every screen, mm.
const LEAST_LARGE_MM: f64 = 5.3;

/// Every screen's letters reach a height: large letters are larger on each, not only where there is room to spare.
fn larger(report: &Report, least_mm: f64) {
    let below: Vec<_> = report
        .letters_mm
        .iter()
        .filter(|(_, mm)| **mm < least_mm)
        .collect();
    assert!(below.is_empty(), "below {least_mm} mm: {below:#?}");
    assert!(!report.letters_mm.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_screen_fits_seven_inches_lying() {
    looked_at("7-landscape", "standard", &["ja", "pt"]).await;
}

/// The screens with the most on them, each also in the languages with the longest words and lines, both ways up: the keypad, the
/// choices with and without a notice, the consents and the sheets, with the banner and without.
const FULLEST: [&str; 11] = [
    "keypad-hold-card",
    "keypad-read-part",
    "keypad-number-implausible",
    "notice-number",
    "notice-anothercardread",
    "notice-facedoubtful",
    "notice-pinblocked",
    "notice-visuallocked",
    "consents",
    "sheet-comfort",
    "sheet-language",
];

async fn fullest(format: &str, variant: &str, languages: &[&str], screens: &[&str]) {
    let options = Options {
        folder: None,
        formats: vec![format.to_owned()],
        variants: vec![variant.to_owned()],
        languages: languages.iter().map(|lang| (*lang).to_owned()).collect(),
        screens: screens.iter().map(|name| (*name).to_owned()).collect(),
        reach_mm: None,
    };
    let report = run(&options, |_| {}).await.unwrap();
    let least = screens.len() * languages.len();
    assert!(report.pictures >= least, "{}", report.pictures);
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_fullest_screens_fit_seven_inches_upright_in_the_longest_languages() {
    fullest(
        "7-portrait",
        "standard",
        &["ja", "ja-easy", "ko", "vi"],
        &FULLEST,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_fullest_screens_fit_seven_inches_lying_in_the_longest_languages() {
    fullest(
        "7-landscape",
        "standard",
        &["ja-easy", "ko", "vi"],
        &FULLEST,
    )
    .await;
}

/// What only a whole gallery found: the sheet for display and sound in the low layout, below the banner and on the largest screen, and the
/// card's numbers upright below the banner in the longest words.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_low_sheet_and_the_banners_keypad_fit() {
    let sheet = ["simulated-sheet-comfort"];
    fullest("7-landscape", "low", &["ja", "vi"], &sheet).await;
    fullest("15-portrait", "large-dark-low", &["ja", "en"], &sheet).await;
    let keypad = ["simulated-keypad-number", "simulated-hold-card"];
    fullest("7-portrait", "standard", &["pt"], &keypad).await;
    fullest("7-landscape", "standard", &["ja-easy"], &keypad).await;
}

/// Below the banner of a simulated terminal: the sheets' titles and ways out are whole, and the card's name on the first screen breaks
/// between its two words.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_letters_fit_ten_inches_below_the_banner() {
    let screens = ["simulated-sheet", "simulated-waiting"];
    for variant in ["large", "large-dark-low"] {
        fullest("10-landscape", variant, &["ja", "ja-easy"], &screens).await;
        fullest("10-portrait", variant, &["ja", "ja-easy"], &screens).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_screen_fits_ten_inches_with_large_dark_letters() {
    looked_at("10-landscape", "large-dark", &["ja", "vi"]).await;
}

/// Large letters, dark and low at once on a small screen: the keypad has no scrollbar, keys of one height and whole words, and the
/// questions of consent are larger than the standard letters.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_choices_at_once_fit_a_small_screen() {
    let run_for = async |screens: &[&str], variant: &str| {
        let options = Options {
            folder: std::env::var_os("GALLERY_FOLDER").map(Into::into),
            formats: vec!["8-landscape".to_owned()],
            variants: vec![variant.to_owned()],
            languages: ["ja", "en"].map(str::to_owned).into(),
            screens: screens.iter().map(|name| (*name).to_owned()).collect(),
            reach_mm: None,
        };
        run(&options, |_| {}).await.unwrap()
    };
    let report = run_for(&["keypad", "consents", "stopped"], "large-dark-low").await;
    assert!(report.pictures >= 20, "{}", report.pictures);
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
    let letters = report.letters_mm.clone();
    let consents = letters
        .iter()
        .filter(|(name, _)| name.contains("/consents"));
    assert!(
        consents.clone().count() >= 5 && consents.clone().all(|(_, mm)| *mm > 4.9),
        "{letters:#?}"
    );
}

async fn low_reach(format: &str, reach_mm: Option<f32>) -> f64 {
    let options = Options {
        folder: None,
        formats: vec![format.to_owned()],
        variants: vec!["low".to_owned()],
        languages: vec!["ja".to_owned()],
        screens: Vec::new(),
        reach_mm,
    };
    let report = run(&options, |_| {}).await.unwrap();
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
    assert!(report.low_reach_mm > 0.0);
    report.low_reach_mm
}

/// On the tallest screen what is touched in the low layout lies within reach from a wheelchair, and where the terminal's
/// settings name a height, all that is said lies below it too: a screen that hangs high.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_low_layout_lies_within_reach_on_the_tallest_screen() {
    let reach = low_reach("15-portrait", None).await;
    assert!(reach <= LOW_REACH_MM, "{reach}");
    let lower = low_reach("15-portrait", Some(150.0)).await;
    assert!(lower <= 150.0, "{lower}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_of_the_desk_fits_ten_inches_upright_in_both_languages() {
    let options = Options {
        folder: None,
        formats: vec!["10-portrait".to_owned()],
        variants: vec!["standard".to_owned()],
        languages: Vec::new(),
        screens: vec!["desk".to_owned()],
        reach_mm: None,
    };
    let report = run(&options, |_| {}).await.unwrap();
    assert_eq!(
        report.staff_pictures,
        2 * SHOTS,
        "everything in both languages"
    );
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
}
