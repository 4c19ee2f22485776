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
            if let Err(why) = is_a_test(&text, name).and_then(|()| is_compiled(&root, file)) {
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
    if attributes.iter().any(|line| leaves_out(line)) {
        return Err("is left out by a cfg");
    }
    // The modules around it in the same file: nearer to the margin than it is itself.
    let margin = |line: &str| line.len() - line.trim_start().len();
    let raw: Vec<&str> = text.lines().collect();
    let mut own = margin(raw[at]);
    for above in (0..at).rev().filter(|above| !raw[*above].trim().is_empty()) {
        if margin(raw[above]) < own && module_of(lines[above]).is_some() {
            own = margin(raw[above]);
            may_be_compiled(&lines, above)?;
        }
    }
    Ok(())
}

/// Whether this attribute leaves out what follows in an ordinary run of the tests.
fn leaves_out(attribute: &str) -> bool {
    attribute.contains("cfg")
        && !attribute.contains("cfg(test)")
        && !attribute.contains("cfg(unix)")
}

/// The name of the module that a line opens or names.
fn module_of(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("mod ")?;
    let public = before.is_empty() || before.starts_with("pub");
    let end = after.find([';', ' ', '{'])?;
    public.then(|| &after[..end])
}

/// Whether the attributes right above a line leave it in.
fn may_be_compiled(lines: &[&str], at: usize) -> Result<(), &'static str> {
    let above = lines[..at].iter().rev();
    let mut attributes = above.take_while(|line| line.starts_with("#[") || line.starts_with("///"));
    match attributes.any(|line| line.starts_with("#[") && leaves_out(line)) {
        true => Err("stands in a module that a cfg leaves out"),
        false => Ok(()),
    }
}

/// Whether a file is part of a crate's tests: a `mod` of its parent includes it, and the parent is included in turn.
fn is_compiled(root: &Path, file: &str) -> Result<(), &'static str> {
    let text = std::fs::read_to_string(root.join(file)).map_err(|_| "stands in no file")?;
    let mut inner = text.lines().filter(|line| line.starts_with("#!["));
    if inner.any(leaves_out) {
        return Err("stands in a file that a cfg leaves out");
    }
    let parents = parents(file);
    if parents.is_empty() {
        return Ok(());
    }
    let stem = file.trim_end_matches(".rs").trim_end_matches("/mod");
    let name = stem.rsplit('/').next().unwrap_or(stem);
    let mut why = "stands in a file that no module includes";
    for parent in parents {
        let Ok(text) = std::fs::read_to_string(root.join(&parent)) else {
            continue;
        };
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let includes = |line: &&str| line.ends_with(';') && module_of(line) == Some(name);
        let Some(at) = lines.iter().position(includes) else {
            continue;
        };
        match may_be_compiled(&lines, at).and_then(|()| is_compiled(root, &parent)) {
            Ok(()) => return Ok(()),
            Err(other) => why = other,
        }
    }
    Err(why)
}

/// The files that may include this one; none for the root of a crate.
fn parents(file: &str) -> Vec<String> {
    let stem = file.trim_end_matches(".rs");
    let (folder, name) = stem.rsplit_once('/').unwrap_or(("", stem));
    let folder = if name == "mod" {
        folder.rsplit_once('/').map_or("", |(above, _)| above)
    } else {
        folder
    };
    let top = folder.ends_with("/src") || folder.ends_with("/tests");
    match (top, name) {
        (true, "lib" | "main") => Vec::new(),
        // Each file right below `tests` is a program of its own; below `src` there may be a folder of that name.
        (true, _) if folder.ends_with("/tests") && !folder.contains("/src/") && name != "mod" => {
            Vec::new()
        }
        (_, "main") if !folder.contains("/src") => Vec::new(),
        _ => ["/lib.rs", "/main.rs", "/mod.rs", ".rs"]
            .map(|end| format!("{folder}{end}"))
            .into(),
    }
}

#[test]
fn a_named_test_is_one_that_runs() {
    let source = "#[test]\nfn good() {}\n#[tokio::test(flavor = \"x\")]\nasync fn waits() {}\n#[cfg(test)]\nfn helper() {}\n\
        #[test]\n#[ignore = \"long\"]\nfn asleep() {}\n#[test]\nfn other() {}\nfn plain() {}\n#[test_case]\nfn case() {}\n";
    let of = |name| is_a_test(source, name);
    assert_eq!((of("good"), of("waits")), (Ok(()), Ok(())));
    assert_eq!(of("asleep"), Err("is ignored"));
    let left_out = "#[cfg(feature = \"x\")]\n#[test]\nfn one() {}\n#[cfg(any())]\nmod never {\n    #[test]\n    fn two() {}\n}\n\
        #[cfg(test)]\nmod tests {\n    #[test]\n    fn three() {}\n}\n";
    assert_eq!(is_a_test(left_out, "one"), Err("is left out by a cfg"));
    let inside = is_a_test(left_out, "two");
    assert_eq!(inside, Err("stands in a module that a cfg leaves out"));
    assert_eq!(is_a_test(left_out, "three"), Ok(()));
    for name in ["helper", "plain", "case"] {
        assert_eq!(of(name), Err("is no test"), "{name}");
    }
    assert_eq!(of("nothing"), Err("is missing"));
}

/// A file that no `mod` names is compiled by nobody, whatever stands in it.
#[test]
fn a_named_file_is_one_that_is_compiled() {
    let folder = std::env::temp_dir().join(format!("requirements-{}", std::process::id()));
    let write = |file: &str, text: &str| {
        let path = folder.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "a/src/lib.rs",
        "mod b;\n#[cfg(test)]\nmod c;\n#[cfg(feature = \"x\")]\nmod d;\n// mod e;\n",
    );
    write("a/src/b.rs", "#[cfg(test)]\npub(crate) mod tests;\n");
    write("a/src/b/tests.rs", "");
    write("a/src/c.rs", "");
    write("a/src/d.rs", "");
    write("a/src/e.rs", "");
    write("a/tests/f.rs", "");
    write("a/tests/g/main.rs", "mod h;\n");
    write("a/tests/g/h.rs", "");
    write("a/tests/g/i.rs", "");
    write("a/tests/j.rs", "#![cfg(feature = \"x\")]\n");
    let of = |file: &str| is_compiled(&folder, file);
    for file in [
        "a/src/b/tests.rs",
        "a/src/c.rs",
        "a/tests/f.rs",
        "a/tests/g/h.rs",
    ] {
        assert_eq!(of(file), Ok(()), "{file}");
    }
    assert_eq!(
        of("a/src/d.rs"),
        Err("stands in a module that a cfg leaves out")
    );
    assert_eq!(
        of("a/tests/j.rs"),
        Err("stands in a file that a cfg leaves out")
    );
    for file in ["a/src/e.rs", "a/tests/g/i.rs"] {
        assert_eq!(
            of(file),
            Err("stands in a file that no module includes"),
            "{file}"
        );
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
