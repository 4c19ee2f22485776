//! The short form of the run of axe-core that `cargo xtask gallery` makes over everything: the rules of WCAG 2.0 to 2.2, A and AA, find
//! nothing. axe-core comes with `cargo xtask test` (from npm, below `target/tools`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use e2e::gallery::{AxeOptions, audit, axe_script};

async fn nothing_found(screens: &[&str], format: &str, variants: &[&str], least: usize) {
    let script = axe_script();
    assert!(
        script.is_file(),
        "{} is not there: `cargo xtask test` installs it",
        script.display()
    );
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let options = AxeOptions {
        script,
        languages: owned(&["ja", "en"]),
        screens: owned(screens),
        format: format.to_owned(),
        variants: owned(variants),
    };
    let report = audit(&options).await.unwrap();
    assert!(report.screens >= least, "{}", report.screens);
    assert!(report.violations.is_empty(), "{:#?}", report.violations);
}

/// Each kind of screen of the patient's page in both colours, the staff's page in each state, every page of the desk.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn axe_finds_nothing_on_the_screens_of_both_pages() {
    let screens = [
        "waiting", "method", "keypad", "face", "consents", "farewell", "trouble", "sheet", "staff",
        "desk",
    ];
    nothing_found(&screens, "", &[], 150).await;
}

/// The screen with the least room, in large dark letters and low, where signs take the place of words.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn axe_finds_nothing_on_a_small_upright_screen_with_every_choice() {
    let screens = ["waiting", "method", "keypad", "face", "consents", "sheet"];
    nothing_found(&screens, "7-portrait", &["large-dark-low"], 60).await;
}
