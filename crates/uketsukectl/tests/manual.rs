//! The manual pages say what exists: every key of the settings, every diagnosis code, every command.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::Path;

use uketsuked::config::Config;

fn page(name: &str) -> String {
    std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../docs/man")
            .join(name),
    )
    .unwrap()
}

/// Rows of the page's section as (key, default).
fn keys(page: &str, section: &str) -> Vec<String> {
    let heading = format!("## {section}\n");
    let body = page
        .split(&heading)
        .nth(1)
        .unwrap_or_else(|| panic!("no {heading}"));
    let body = body.split("\n## ").next().unwrap();
    let mut keys: Vec<String> = body
        .lines()
        .filter_map(|line| {
            line.strip_prefix("| `")?
                .split_once('`')
                .map(|(key, _)| key.to_owned())
        })
        .collect();
    keys.sort();
    keys
}

/// What the parser knows in a section, by its own words about an unknown key.
fn known(prefix: &str) -> Vec<String> {
    let problem = toml::from_str::<Config>(&format!("{prefix}\nno_such_key = 1\n"))
        .unwrap_err()
        .to_string();
    let (_, list) = problem
        .split_once("expected")
        .unwrap_or_else(|| panic!("{problem}"));
    let mut keys: Vec<String> = list
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect();
    keys.sort();
    keys
}

#[test]
fn every_key_of_the_settings_is_described_and_no_other() {
    let page = page("uketsuke.toml.5.md");
    let nested = ["paths", "fictitious_terminal", "client"];
    for section in [
        "[terminal]",
        "[card]",
        "[card.fictitious_terminal]",
        "[vision]",
        "[central]",
        "[central.paths]",
        "[ledger]",
        "[receipt]",
        "[[receipt.client]]",
        "[kiosk]",
        "[visit]",
        "[admin]",
    ] {
        let mut known = known(section);
        known.retain(|key| !nested.contains(&key.as_str()));
        assert_eq!(keys(&page, section), known, "{section}");
    }
    for section in known("") {
        assert!(
            page.contains(&format!("## [{section}]\n")),
            "section {section} is not described"
        );
    }
}

#[test]
fn the_example_in_the_manual_is_accepted() {
    let page = page("uketsuke.toml.5.md");
    let example = page
        .split("```toml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    Config::parse(example, Path::new("example")).unwrap();
}

#[test]
fn every_diagnosis_code_stands_in_the_manual_with_its_sentences() {
    let page = page("uketsukectl.1.md");
    let mut rows = 0;
    for entry in diagnosis::catalogue::all() {
        let row = format!(
            "| {} | {} {} | {} {} |",
            entry.code, entry.ja, entry.advice_ja, entry.en, entry.advice_en
        );
        assert!(page.contains(&row), "{row}");
        rows += 1;
    }
    assert_eq!(
        page.matches("| UK-DIAG-").count(),
        rows,
        "the manual names codes that do not exist"
    );
}

#[test]
fn every_command_and_option_stands_in_the_manual() {
    let page = page("uketsukectl.1.md");
    let help = std::process::Command::new(env!("CARGO_BIN_EXE_uketsukectl"))
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for word in [
        "status", "doctor", "watch", "--config", "--socket", "--lang", "--json",
    ] {
        assert!(
            help.contains(word) && page.contains(&format!("`{word}`")),
            "{word}"
        );
    }
}
