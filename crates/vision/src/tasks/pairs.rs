//! The list of pairs that `evaluate` reads: CSV (RFC 4180, one pair a line), with or without a byte order mark, quotes and a heading. Every error
//! names the file and the line.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

/// What spreadsheets put before UTF-8.
const BYTE_ORDER_MARK: char = '\u{feff}';
/// Longest part of a line that an error quotes, characters.
const QUOTED: usize = 200;

/// One pair of the list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Picture, beside the list.
    pub(crate) left: String,
    /// The other.
    pub(crate) right: String,
    /// One person?
    pub(crate) same: bool,
    /// Where it stands, from 1.
    line: usize,
}

/// The pairs of a list, each once, and those that were given again.
pub(crate) fn load(path: &Path) -> Result<(Vec<Listed>, Vec<String>)> {
    let bytes = super::regular_file(path)?;
    let told = || path.display().to_string();
    let text = std::str::from_utf8(&bytes)
        .context("it is no UTF-8")
        .with_context(told)?;
    read(text).and_then(once).with_context(told)
}

/// Each pair once, and those that were given again. A picture with itself is no comparison, and a pair can't be both.
fn once(listed: Vec<Listed>) -> Result<(Vec<Listed>, Vec<String>)> {
    let (mut known, mut kept, mut twice) = (HashMap::new(), Vec::new(), Vec::new());
    for pair in listed {
        let Listed {
            left,
            right,
            same,
            line,
        } = &pair;
        ensure!(left != right, "line {line}: {left} is compared with itself");
        let key = (left.min(right).clone(), left.max(right).clone());
        match known.get(&key) {
            None => {
                known.insert(key, (*same, *line));
                kept.push(pair);
            }
            Some((before, _)) if before == same => twice.push(format!("{left}, {right}")),
            Some((_, first)) => bail!(
                "lines {first} and {line}: {left} and {right} are called the same person and not the same person"
            ),
        }
    }
    Ok((kept, twice))
}

fn read(text: &str) -> Result<Vec<Listed>> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let mut listed = Vec::new();
    for (at, line) in text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
    {
        let slip = |why: &str| {
            let quoted: String = line.chars().take(QUOTED).collect();
            format!("line {}: {why}: {quoted:?}", at + 1)
        };
        let fields = fields(line).map_err(|why| anyhow::anyhow!(slip(why)))?;
        let pair = |left: &str, right: &str, same| Listed {
            left: left.to_owned(),
            right: right.to_owned(),
            same,
            line: at + 1,
        };
        let words: Vec<&str> = fields.iter().map(String::as_str).collect();
        match words.as_slice() {
            [left, right, "1"] => listed.push(pair(left, right, true)),
            [left, right, "0"] => listed.push(pair(left, right, false)),
            // A heading names columns, not pictures.
            [left, right, _] if at == 0 && !is_picture(left) && !is_picture(right) => {}
            _ => bail!(slip("expected left,right,1 or left,right,0")),
        }
    }
    Ok(listed)
}

/// The fields of a line: a quoted one as it stands, a quote in it doubled; others without the space around them.
fn fields(line: &str) -> Result<Vec<String>, &'static str> {
    let (mut fields, mut rest) = (Vec::new(), line);
    loop {
        let after = match rest.trim_start().strip_prefix('"') {
            Some(quoted) => {
                let (field, after) = unquoted(quoted).ok_or("a quotation mark is not closed")?;
                fields.push(field);
                after.trim_start()
            }
            None => {
                let (field, after) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
                fields.push(field.trim().to_owned());
                after
            }
        };
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None if after.is_empty() => return Ok(fields),
            None => return Err("something stands behind a closing quotation mark"),
        }
    }
}

/// What stands before the closing quotation mark, and behind it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let (mut field, mut rest) = (String::new(), text);
    loop {
        let (before, after) = rest.split_once('"')?;
        field.push_str(before);
        match after.strip_prefix('"') {
            Some(more) => {
                field.push('"');
                rest = more;
            }
            None => return Some((field, after)),
        }
    }
}

fn is_picture(word: &str) -> bool {
    Path::new(word).extension().is_some_and(|kind| {
        ["jpg", "jpeg", "png", "jp2"]
            .iter()
            .any(|known| kind.eq_ignore_ascii_case(known))
    })
}

#[cfg(test)]
mod tests {
    use super::{Listed, load, once, read};

    fn plain(listed: &[Listed]) -> Vec<(&str, &str, bool)> {
        listed
            .iter()
            .map(|pair| (&*pair.left, &*pair.right, pair.same))
            .collect()
    }

    #[test]
    fn a_pair_given_twice_counts_once_and_is_named() {
        let listed = read("a.jpg,b.jpg,1\nb.jpg,a.jpg,1\nc.jpg,a.jpg,0").unwrap();
        let (kept, twice) = once(listed).unwrap();
        assert_eq!(
            plain(&kept),
            [("a.jpg", "b.jpg", true), ("c.jpg", "a.jpg", false)]
        );
        assert_eq!(twice, ["b.jpg, a.jpg"]);
    }

    #[test]
    fn lists_are_read_as_spreadsheets_write_them() {
        let expected = [("a.jpg", "b.jpg", true), ("c.jpg", "d.jpg", false)];
        for text in [
            "left,right,same\na.jpg, b.jpg ,1\n\nc.jpg,d.jpg,0\n",
            "\u{feff}a.jpg,b.jpg,1\r\nc.jpg,d.jpg,0\r\n",
            "\u{feff}\"left\",\"right\",\"same\"\n\"a.jpg\", \"b.jpg\" ,\"1\"\n\"c.jpg\",\"d.jpg\",0",
        ] {
            assert_eq!(plain(&read(text).unwrap()), expected, "{text:?}");
        }
        let odd = read("\"a, \"\"b\"\".jpg\",\" c.jpg\",0").unwrap();
        assert_eq!(plain(&odd), [("a, \"b\".jpg", " c.jpg", false)]);
    }

    #[test]
    fn slips_are_named_with_file_line_and_words() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        for (text, named) in [
            (
                "a,b,1\na,b,yes",
                &["line 2: expected", "\"a,b,yes\""] as &[&str],
            ),
            // A slip in the first line is no heading.
            (
                "\u{feff}a.jpg,b.jpg,yes\na.jpg,b.jpg,1",
                &["line 1:", "\"a.jpg,b.jpg,yes\""],
            ),
            ("a.jpg,\"b.jpg,1", &["line 1: a quotation mark"]),
            ("a.jpg,\"b\"c.jpg,1", &["line 1: something stands behind"]),
            ("\na.jpg,b.jpg,1\nb.jpg,a.jpg,0", &["lines 2 and 3: b.jpg"]),
            (
                "a.jpg,b.jpg,1\na.jpg,a.jpg,1",
                &["line 2: a.jpg is compared with itself"],
            ),
        ] {
            std::fs::write(&path, text).unwrap();
            let said = format!("{:#}", load(&path).unwrap_err());
            for words in named.iter().chain(&[&*path.to_string_lossy()]) {
                assert!(said.contains(words), "{text:?}: {said}");
            }
        }
    }
}
