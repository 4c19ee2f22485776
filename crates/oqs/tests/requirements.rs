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
        let Some((file, name)) = row.test.trim_matches('`').split_once("::") else {
            let said = row.test.starts_with("open:")
                || (row.class == "O" && row.test.starts_with("outside"));
            assert!(said, "{}: neither a test nor a word about it", row.number);
            continue;
        };
        let text = std::fs::read_to_string(root.join(file))
            .unwrap_or_else(|_| panic!("{}: {file} is missing", row.number));
        let (before, _) = text
            .split_once(&format!("fn {name}("))
            .unwrap_or_else(|| panic!("{}: no test {name} in {file}", row.number));
        let attributes = before.rsplit("\n}").next().unwrap_or(before);
        assert!(
            attributes.contains("test"),
            "{}: {name} is no test",
            row.number
        );
        assert!(
            !attributes.contains("#[ignore"),
            "{}: {name} is ignored",
            row.number
        );
    }
}
