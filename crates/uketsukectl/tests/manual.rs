//! The manual pages say what exists: every key of the settings, every diagnosis code. (Programs and their
//! options: the end-to-end test `manual_pages`.)
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

/// Keys of the page's section: the tags of its paragraphs.
fn keys(page: &str, section: &str) -> Vec<String> {
    let heading = format!(".SH \"{section}\"\n");
    let body = page
        .split(&heading)
        .nth(1)
        .unwrap_or_else(|| panic!("no {heading}"));
    let body = body.split("\n.SH ").next().unwrap();
    let mut keys: Vec<String> = body
        .split(".TP\n.B ")
        .skip(1)
        .filter_map(|entry| entry.lines().next().map(literal))
        .collect();
    keys.sort();
    keys
}

/// Text as roff shows it, for the few escapes that the pages use.
fn literal(text: &str) -> String {
    text.replace("\\-", "-")
        .replace("\\(aq", "'")
        .replace("\\(ga", "`")
        .replace("\\(ti", "~")
        .replace("\\(ha", "^")
        .replace("\\e", "\\")
        .lines()
        .map(|line| line.strip_prefix("\\&").unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n")
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
    let page = page("uketsuke.toml.5");
    let nested = [
        "paths",
        "fictitious_terminal",
        "client",
        "disk",
        "keep",
        "screen",
        "defaults",
        "lan",
    ];
    for section in [
        "[terminal]",
        "[card]",
        "[card.fictitious_terminal]",
        "[vision]",
        "[central]",
        "[central.paths]",
        "[ledger]",
        "[ledger.disk]",
        "[ledger.keep]",
        "[receipt]",
        "[[receipt.client]]",
        "[folders]",
        "[kiosk]",
        "[visit]",
        "[tickets]",
        "[staff]",
        "[staff.lan]",
        "[[welfare_office]]",
        "[admin]",
    ] {
        let mut known = known(section);
        known.retain(|key| !nested.contains(&key.as_str()));
        assert_eq!(keys(&page, section), known, "{section}");
    }
    for section in known("") {
        let headings = [
            format!(".SH \"[{section}]\"\n"),
            format!(".SH \"[[{section}]]\"\n"),
        ];
        assert!(
            headings.iter().any(|heading| page.contains(heading)),
            "section {section} is not described"
        );
    }
}

#[test]
fn the_example_in_the_manual_is_accepted() {
    let page = page("uketsuke.toml.5");
    let (_, example) = page.split_once(".EX\n").unwrap();
    let example = literal(example.split_once("\n.EE").unwrap().0);
    assert!(example.starts_with("[terminal]"), "{example}");
    Config::parse(&example, Path::new("example")).unwrap();
}

#[test]
fn every_diagnosis_code_stands_in_the_manual_with_its_sentences() {
    let shown = literal(
        &page("uketsukectl.1")
            .replace("\\fB", "")
            .replace("\\fR", ""),
    );
    let shown = shown.replace('`', "");
    let mut rows = 0;
    for entry in diagnosis::catalogue::all() {
        let row = format!(
            ".TP\n.B {}\n{} {}\n.br\n{} {}\n",
            entry.code, entry.ja, entry.advice_ja, entry.en, entry.advice_en
        )
        .replace('`', "");
        assert!(shown.contains(&row), "{row}");
        rows += 1;
    }
    assert_eq!(
        shown.matches(".B UK-DIAG-").count(),
        rows,
        "the manual names codes that do not exist"
    );
}
