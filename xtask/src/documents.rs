//! Documents that must keep up with the code.

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    fn sources(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }

    /// Codes of the form `UK-AREA-NNN` in a text.
    fn codes(text: &str) -> BTreeSet<String> {
        let mut codes = BTreeSet::new();
        for part in text.split("UK-").skip(1) {
            let code: String = part
                .chars()
                .take_while(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || *c == '-')
                .collect();
            if let Some((area, number)) = code.split_once('-')
                && number.len() == 3
                && number.bytes().all(|b| b.is_ascii_digit())
                && area.bytes().all(|b| b.is_ascii_uppercase())
            {
                codes.insert(format!("UK-{area}-{number}"));
            }
        }
        codes
    }

    /// Files below a folder of the tree, as paths from its root.
    fn files(folder: &str, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(crate::root().join(folder)).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                files(&path, found);
            } else {
                found.push(path);
            }
        }
    }

    #[test]
    fn every_file_of_units_and_rules_stands_in_the_installation() {
        let text = std::fs::read_to_string(crate::root().join("docs/installation.md")).unwrap();
        let mut found = Vec::new();
        files("systemd", &mut found);
        files("udev", &mut found);
        assert!(found.len() > 12, "{found:?}");
        // Units are listed by name behind their folder; everything else by its whole path.
        let missing: Vec<_> = found
            .iter()
            .filter(|path| {
                let name = path.strip_prefix("systemd/system/").unwrap_or(path);
                !text.contains(&format!("`{path}`")) && !text.contains(&format!("`{name}`"))
            })
            .collect();
        assert!(missing.is_empty(), "{missing:?} stand in no row");
    }

    #[test]
    fn every_code_in_the_sources_stands_in_the_documents() {
        let root = crate::root();
        let mut texts = Vec::new();
        for entry in std::fs::read_dir(root.join("crates")).unwrap() {
            sources(&entry.unwrap().path().join("src"), &mut texts);
        }
        let used: BTreeSet<String> = texts.iter().flat_map(|text| codes(text)).collect();
        assert!(used.len() > 100, "the sources were not found");
        let documented: BTreeSet<String> = ["docs/errors.md", "docs/errors-receipt.md"]
            .iter()
            .flat_map(|file| codes(&std::fs::read_to_string(root.join(file)).unwrap()))
            .collect();
        let missing: Vec<_> = used.difference(&documented).collect();
        assert!(missing.is_empty(), "{missing:?} stand in no document");
    }
}
