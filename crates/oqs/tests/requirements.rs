//! The table of requirements: every point once, every named test there and not ignored.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::Path;

struct Row {
    number: usize,
    class: String,
    test: String,
}

fn rows() -> Vec<Row> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = std::fs::read_to_string(root.join("docs/requirements.md")).unwrap();
    text.lines()
        .filter_map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
            let number = cells.first()?.parse().ok()?;
            assert_eq!(cells.len(), 5, "{line}");
            Some(Row {
                number,
                class: cells[1].to_owned(),
                test: cells[4].to_owned(),
            })
        })
        .collect()
}

#[test]
fn every_point_is_listed_once_with_its_class() {
    let numbers: Vec<_> = rows().iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=74).collect::<Vec<_>>());
    assert!(
        rows()
            .iter()
            .all(|row| matches!(row.class.as_str(), "C" | "S" | "O"))
    );
}

#[test]
fn every_named_test_exists_and_is_not_ignored() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for row in rows() {
        // One test, or several between commas.
        let named: Vec<_> = row
            .test
            .split(", ")
            .filter_map(|test| test.trim_matches('`').split_once("::"))
            .collect();
        if named.is_empty() {
            // What is core is held by a test; what supports it says what is open; what lies outside says so.
            let said = match row.class.as_str() {
                "S" => row.test.starts_with("open: ") && row.test.len() > "open: ".len(),
                "O" => row.test.starts_with("outside"),
                _ => false,
            };
            assert!(said, "{}: neither a test nor a word about it", row.number);
        }
        let parts = row.test.split(", ").count();
        assert!(
            named.is_empty() || named.len() == parts,
            "{}: no test: {}",
            row.number,
            row.test
        );
        for (file, name) in named {
            let text = std::fs::read_to_string(root.join(file))
                .unwrap_or_else(|_| panic!("{}: {file} is missing", row.number));
            if let Err(why) = is_a_test(&text, name) {
                panic!("{}: {file}::{name} {why}", row.number);
            }
        }
    }
}

/// Whether a source has this function as a test that runs: the attributes right above it say so.
fn is_a_test(text: &str, name: &str) -> Result<(), &'static str> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_it = |line: &&str| {
        ["fn ", "async fn "]
            .iter()
            .any(|word| line.starts_with(&format!("{word}{name}(")))
    };
    let at = lines.iter().position(is_it).ok_or("is missing")?;
    let above = lines[..at].iter().rev();
    let attributes: Vec<_> = above
        .take_while(|line| line.starts_with("#[") || line.starts_with("///"))
        .filter(|line| line.starts_with("#["))
        .collect();
    let is_test = |line: &&&str| {
        **line == "#[test]" || **line == "#[tokio::test]" || line.starts_with("#[tokio::test(")
    };
    if !attributes.iter().any(is_test) {
        return Err("is no test");
    }
    if attributes
        .iter()
        .any(|line| line.contains("ignore") || line.contains("cfg_attr"))
    {
        return Err("is ignored");
    }
    Ok(())
}

#[test]
fn a_named_test_is_one_that_runs() {
    let source = "#[test]\nfn good() {}\n#[tokio::test(flavor = \"x\")]\nasync fn waits() {}\n#[cfg(test)]\nfn helper() {}\n\
        #[test]\n#[ignore = \"long\"]\nfn asleep() {}\n#[test]\nfn other() {}\nfn plain() {}\n#[test_case]\nfn case() {}\n";
    let of = |name| is_a_test(source, name);
    assert_eq!((of("good"), of("waits")), (Ok(()), Ok(())));
    assert_eq!(of("asleep"), Err("is ignored"));
    for name in ["helper", "plain", "case"] {
        assert_eq!(of(name), Err("is no test"), "{name}");
    }
    assert_eq!(of("nothing"), Err("is missing"));
}
