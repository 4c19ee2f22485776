//! The list of pairs that `evaluate` reads: CSV (RFC 4180, one pair a line), with or without a byte order mark, quotes and a heading. Every error
//! names the file and the line.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// What spreadsheets put before UTF-8.
const BYTE_ORDER_MARK: char = '\u{feff}';
/// Longest part of a line that an error quotes, characters.
const QUOTED: usize = 200;

/// One pair of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// The pairs of a list: each once, those that were given again, and those that compare a picture with itself.
#[derive(Debug, Default)]
pub(crate) struct Once {
    /// Each pair the first time it stands there.
    pub(crate) kept: Vec<Listed>,
    /// Pairs that stood there before, either way round.
    pub(crate) again: Vec<Listed>,
    /// Pairs whose two sides are one picture.
    pub(crate) with_itself: Vec<Listed>,
}

/// Names of the pairs, as messages tell them.
pub(crate) fn told(pairs: &[Listed]) -> Vec<String> {
    pairs
        .iter()
        .map(|pair| format!("{}, {}", pair.left, pair.right))
        .collect()
}

/// The pairs of a list, by the names that stand in it. A name beside itself is a slip.
pub(crate) fn load(path: &Path) -> Result<Once> {
    let bytes = super::regular_file(path)?;
    let file = || path.display().to_string();
    let text = std::str::from_utf8(&bytes)
        .context("it is no UTF-8")
        .with_context(file)?;
    let once = read(text)
        .and_then(|listed| once(listed, str::to_owned))
        .with_context(file)?;
    if let Some(Listed { line, left, .. }) = once.with_itself.first() {
        bail!("{}: line {line}: {left} is compared with itself", file());
    }
    Ok(once)
}

/// Each pair once, by what `picture` says a name stands for. A pair can't be both, the same person and not.
pub(crate) fn once(listed: Vec<Listed>, picture: impl Fn(&str) -> String) -> Result<Once> {
    let (mut known, mut told) = (HashMap::new(), Once::default());
    for pair in listed {
        let (left, right) = (picture(&pair.left), picture(&pair.right));
        if left == right {
            told.with_itself.push(pair);
            continue;
        }
        let key = if left < right {
            (left, right)
        } else {
            (right, left)
        };
        match known.get(&key) {
            None => {
                known.insert(key, (pair.same, pair.line));
                told.kept.push(pair);
            }
            Some((before, _)) if *before == pair.same => told.again.push(pair),
            Some((_, first)) => bail!(
                "lines {first} and {}: {} and {} are called the same person and not the same person",
                pair.line,
                pair.left,
                pair.right
            ),
        }
    }
    Ok(told)
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
            [left, right, _]
                if at == 0
                    && ![left, right]
                        .into_iter()
                        .any(|word| super::is_picture(Path::new(word))) => {}
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

#[cfg(test)]
mod tests {
    use super::{Listed, load, once, read, told};

    fn plain(listed: &[Listed]) -> Vec<(&str, &str, bool)> {
        listed
            .iter()
            .map(|pair| (&*pair.left, &*pair.right, pair.same))
            .collect()
    }

    #[test]
    fn a_pair_given_twice_counts_once_and_is_named() {
        let listed = read("a.jpg,b.jpg,1\nb.jpg,a.jpg,1\nc.jpg,a.jpg,0").unwrap();
        let found = once(listed, str::to_owned).unwrap();
        assert_eq!(
            plain(&found.kept),
            [("a.jpg", "b.jpg", true), ("c.jpg", "a.jpg", false)]
        );
        assert_eq!(told(&found.again), ["b.jpg, a.jpg"]);
        assert!(found.with_itself.is_empty());
    }

    /// Other names of one picture make no second comparison, and none with itself; what they contradict is a slip as if they were spelt alike.
    #[test]
    fn names_of_one_picture_count_once() {
        let original = |name: &str| match name {
            "./a.jpg" | "copy.jpg" => "a.jpg".to_owned(),
            other => other.to_owned(),
        };
        let text = "a.jpg,b.jpg,0\n./a.jpg,b.jpg,0\nb.jpg,copy.jpg,0\na.jpg,copy.jpg,1";
        let found = once(read(text).unwrap(), original).unwrap();
        assert_eq!(plain(&found.kept), [("a.jpg", "b.jpg", false)]);
        assert_eq!(told(&found.again), ["./a.jpg, b.jpg", "b.jpg, copy.jpg"]);
        assert_eq!(told(&found.with_itself), ["a.jpg, copy.jpg"]);
        let said = once(read("a.jpg,b.jpg,0\ncopy.jpg,b.jpg,1").unwrap(), original);
        let said = said.unwrap_err().to_string();
        assert!(
            said.starts_with("lines 1 and 2: copy.jpg and b.jpg"),
            "{said}"
        );
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
