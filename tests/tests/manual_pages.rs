//! The manual pages are pages that `man` shows without complaint, and every program's page has every option and
//! command that the program itself knows, and no other.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use e2e::{Programs, repository};

const PAGES: [&str; 7] = [
    "uketsuke-folders.7",
    "hw-sim.1",
    "uketsukectl.1",
    "uketsuke.toml.5",
    "uketsuke-receipt.7",
    "uketsuked.8",
    "uketsuke-vision.8",
];

fn path(page: &str) -> PathBuf {
    repository().join("docs/man").join(page)
}

/// A page as a technician sees it, and what `man` had to say about it.
fn rendered(page: &str) -> (String, String) {
    let output = Command::new("man")
        .args(["--warnings", "-E", "UTF-8", "-l"])
        .arg(path(page))
        .env("LC_ALL", "C.UTF-8")
        .env("MANWIDTH", "120")
        .env("MAN_KEEP_FORMATTING", "")
        .output()
        .expect("man (package man-db)");
    assert!(output.status.success(), "{page}: {output:?}");
    (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// `--words` of a text.
fn options(text: &str) -> BTreeSet<String> {
    text.split("--")
        .skip(1)
        .map(|rest| {
            let word =
                rest.split(|c: char| !c.is_ascii_lowercase() && c != '-' && !c.is_ascii_digit());
            format!("--{}", word.into_iter().next().unwrap_or_default())
        })
        .filter(|option| option.len() > 2)
        .collect()
}

/// What the program's own help says: options and commands, those of the commands included.
fn help(program: &str, arguments: &[&str]) -> (BTreeSet<String>, BTreeSet<String>) {
    let path = Programs::beside_us().unwrap().path(program);
    let output = Command::new(path)
        .args(arguments)
        .arg("--help")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let listed = |heading: &str| -> Vec<String> {
        let body = text
            .split(&format!("{heading}:\n"))
            .nth(1)
            .unwrap_or_default();
        let lines = body
            .lines()
            .take_while(|line| !line.is_empty() || heading == "Options");
        lines
            .take_while(|line| line.is_empty() || line.starts_with(' '))
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect()
    };
    let mut known: BTreeSet<String> = listed("Options")
        .iter()
        .filter(|line| line.starts_with('-'))
        .flat_map(|line| options(line.split("  ").next().unwrap_or_default()))
        .collect();
    let mut commands: BTreeSet<String> = listed("Commands")
        .iter()
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .filter(|command| command != "help")
        .collect();
    for command in commands.clone() {
        let (more, deeper) = help(program, &[arguments, &[command.as_str()]].concat());
        known.extend(more);
        commands.extend(deeper);
    }
    (known, commands)
}

#[test]
fn man_shows_every_page_without_complaint() {
    let mut found: Vec<String> = std::fs::read_dir(repository().join("docs/man"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    let mut expected = PAGES.map(str::to_owned);
    expected.sort();
    assert_eq!(found, expected);
    for page in PAGES {
        let (shown, complaints) = rendered(page);
        assert_eq!(complaints, "", "{page}");
        let (name, section) = page.rsplit_once('.').unwrap();
        assert!(shown.starts_with(&format!("{name}({section})")), "{shown}");
        for heading in ["NAME", "SEE ALSO"] {
            assert!(
                shown.contains(&format!("\n{heading}\n")),
                "{page}: {heading}"
            );
        }
        assert!(!shown.contains("\\f"), "{page}: an escape is shown");
    }
}

#[test]
fn every_option_and_command_of_every_program_stands_in_its_page() {
    for (program, page) in [
        ("uketsukectl", "uketsukectl.1"),
        ("uketsuked", "uketsuked.8"),
        ("uketsuke-vision", "uketsuke-vision.8"),
        ("hw-sim", "hw-sim.1"),
    ] {
        let (known, commands) = help(program, &[]);
        assert!(
            known.contains("--help") && known.len() >= 4,
            "{program}: {known:?}"
        );
        let source = std::fs::read_to_string(path(page)).unwrap();
        let tags: String = source
            .split("\n.TP\n")
            .skip(1)
            .filter_map(|entry| entry.lines().next())
            .map(|tag| tag.replace("\\-", "-") + "\n")
            .collect();
        // The tags of the page's own paragraphs, so that a word in passing does not count.
        let described = options(&tags);
        assert_eq!(described, known, "{program}");
        for command in commands {
            assert!(
                tags.contains(&format!("\\fB{command}\\fR")),
                "{program} {command}: {tags}"
            );
        }
    }
}
