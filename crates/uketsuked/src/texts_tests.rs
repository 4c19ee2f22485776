//! What staff reads on a page comes from the Fluent files of `kiosk`: no sentence stands in the code that feeds the pages, and
//! whatever that code asks for has its text.

use std::collections::BTreeSet;
use std::path::Path;

/// Code that reaches a page, beside `kiosk` itself (whose own test reads it): this crate, the meaning of an answer, the visit.
const FOLDERS: &[&str] = &["../uketsuked/src", "../oqs/src/summary", "../visit/src"];

/// Every source file of these folders with what ships of it: without tests and comments.
fn shipped() -> Vec<(String, String)> {
    fn read(folder: &Path, into: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.display().to_string();
            // What is wrong with the settings is told at the command line, in both languages, and on no page.
            let tests = name.contains("tests")
                || name.ends_with("config/problem.rs")
                || name.ends_with("/main.rs");
            if path.is_dir() && !tests {
                read(&path, into);
            } else if name.ends_with(".rs") && !tests {
                let source = std::fs::read_to_string(&path).unwrap();
                let source = source
                    .split("#[cfg(test)]\nmod tests {")
                    .next()
                    .unwrap_or_default();
                let lines = source
                    .lines()
                    .filter(|line| !line.trim_start().starts_with("//"));
                into.push((name, lines.collect::<Vec<_>>().join("\n")));
            }
        }
    }
    let mut found = Vec::new();
    for folder in FOLDERS {
        read(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
            &mut found,
        );
    }
    found
}

/// The keys of a Fluent file.
fn keys(file: &str) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../kiosk/i18n/ja/{file}.ftl"));
    let source = std::fs::read_to_string(path).unwrap();
    source
        .lines()
        .filter(|line| line.starts_with(file))
        .filter_map(|line| line.split_once(" ="))
        .map(|(key, _)| key.to_owned())
        .collect()
}

/// Whole literals in what ships that begin so.
fn literals(all: &str, start: &str) -> BTreeSet<String> {
    let begin = format!("\"{start}");
    all.split(&begin)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(|rest| format!("{start}{rest}"))
        .collect()
}

fn is_code(part: &str) -> bool {
    let mut parts = part.split('-');
    parts.next() == Some("UK")
        && parts
            .next()
            .is_some_and(|area| area.chars().all(|c| c.is_ascii_uppercase()))
        && parts
            .next()
            .is_some_and(|number| number.len() == 3 && number.bytes().all(|b| b.is_ascii_digit()))
        && parts.next().is_none()
}

#[test]
fn no_text_stands_in_code_that_feeds_a_page() {
    let all = shipped();
    assert!(all.len() > 80, "the sources are found");
    for (name, source) in &all {
        let found = source.chars().find(
            |c| matches!(*c, '\u{3040}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}' | '\u{FF00}'..='\u{FFEF}'),
        );
        assert_eq!(
            found, None,
            "{name}: staff's words belong in crates/kiosk/i18n"
        );
        // A sentence in English only would be no better.
        let squeezed: String = source.split_whitespace().collect();
        for literal in ["Words::new(\"", "Words::new(format!", "problem(\"UK-\",\""] {
            assert!(
                !squeezed.contains(literal),
                "{name}: a sentence is made in code"
            );
        }
    }
}

#[test]
fn whatever_is_asked_for_has_its_text_and_no_text_is_idle() {
    let all: String = shipped().into_iter().map(|(_, source)| source).collect();
    let squeezed: String = all.split_whitespace().collect();
    // The operation test and what is typed in for nobody.
    let mut asked = literals(&all, "operation-");
    // The request of that name.
    asked.remove("operation-test");
    assert_eq!(asked, keys("operation"));
    // How a field must be: each word is asked for here.
    for key in keys("input") {
        if let Some(form) = key.strip_prefix("input-form-") {
            assert!(all.contains(&format!("\"{form}\"")), "{key} is idle");
        }
    }
    // Errors: every text belongs to a code of this crate, every code that is made into a problem here has a text.
    let codes = literals(&all, "UK-");
    let errors = keys("errors");
    for key in &errors {
        let code = key.trim_start_matches("errors-").to_ascii_uppercase();
        assert!(codes.contains(&code), "{key}: no such code");
    }
    for start in [
        "problem(\"",
        "CounterError::of(\"",
        "Self::of(\"",
        "staff::error(\"",
    ] {
        for rest in squeezed.split(start).skip(1) {
            let code = rest.split('"').next().unwrap_or_default();
            if is_code(code) {
                let key = format!("errors-{}", code.to_ascii_lowercase());
                assert!(errors.contains(&key), "{key} has no text");
            }
        }
    }
    // Alerts: a text for a code that no crate of the terminal has is idle. That each has both halves is its own check.
    let documented: String = ["errors.md", "errors-receipt.md"]
        .iter()
        .map(|name| {
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../../docs")
                .join(name)
        })
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    for key in keys("alerts") {
        let (word, todo) = match key.strip_suffix("-do") {
            Some(word) => (word.to_owned(), key.clone()),
            None => (key.clone(), format!("{key}-do")),
        };
        assert!(
            keys("alerts").contains(&word) && keys("alerts").contains(&todo),
            "{key}"
        );
        let code = word.trim_start_matches("alerts-").to_ascii_uppercase();
        assert!(
            !is_code(&code) || documented.contains(&code),
            "{key}: no such code"
        );
    }
}
