//! What the technician says of two that look alike, with `--same` and `--different`: which of those who were measured are one person, and which are
//! two. What contradicts itself is refused with both sayings.

use std::path::Path;

use anyhow::{Result, bail, ensure};

use super::calibrate::Measured;

/// The sayings, checked.
#[derive(Debug)]
pub(crate) struct OnePerson {
    /// Each that was measured, and who stands for that person: the one that was named first.
    whose: Vec<(String, String)>,
    /// Those that are two persons.
    two: Vec<(String, String)>,
}

impl OnePerson {
    /// Takes the sayings in. Fails for names that were not measured, saying why, and for two that are said to be one person and two.
    pub(crate) fn told(
        measured: &Measured,
        same: &[(String, String)],
        different: &[(String, String)],
    ) -> Result<Self> {
        let mut told = Self {
            whose: measured
                .persons
                .iter()
                .map(|(name, _)| (name.clone(), name.clone()))
                .collect(),
            two: Vec::new(),
        };
        for (one, other) in same {
            let (one, other) = (found(measured, one)?, found(measured, other)?);
            let (stays, goes) = (told.of(one).to_owned(), told.of(other).to_owned());
            for (_, whose) in told.whose.iter_mut().filter(|(_, whose)| *whose == goes) {
                whose.clone_from(&stays);
            }
        }
        for (one, other) in different {
            let (first, second) = (found(measured, one)?, found(measured, other)?);
            ensure!(
                first != second,
                "--different {one}={other}: both are the same picture"
            );
            let (first, second) = (told.of(first), told.of(second));
            ensure!(
                first != second,
                "--different {one}={other}: --same says that they are one person; only one of the two can be so"
            );
            told.two.push((first.to_owned(), second.to_owned()));
        }
        Ok(told)
    }

    /// Who stands for the person of this name.
    pub(crate) fn of<'a>(&'a self, name: &'a str) -> &'a str {
        self.whose
            .iter()
            .find(|(own, _)| own == name)
            .map_or(name, |(_, whose)| whose)
    }

    /// Whether somebody said that they are two persons.
    pub(crate) fn are_two(&self, one: &str, other: &str) -> bool {
        self.two
            .iter()
            .any(|(a, b)| (a == one && b == other) || (a == other && b == one))
    }
}

/// The measured one that a name stands for: with or without the folder, and a copy for the picture it is a copy of.
fn found<'a>(measured: &'a Measured, given: &'a str) -> Result<&'a str> {
    let bare = Path::new(given).file_name().and_then(|name| name.to_str());
    let name = bare.unwrap_or(given);
    let copy = measured.copies.iter().find(|copy| copy.file == name);
    let name = copy.map_or(name, |copy| &copy.same_as);
    if let Some((own, _)) = measured.persons.iter().find(|(own, _)| own == name) {
        return Ok(own);
    }
    let mut left_out = measured.unreadable.iter().chain(&measured.undetected);
    match left_out.find(|bad| bad.file == name) {
        Some(bad) => bail!("{given} was left out: {}", bad.reason),
        None => bail!("{given} is none of those who were measured"),
    }
}

#[cfg(test)]
mod tests {
    use vision::embed::Embedding;

    use super::super::album::{Copy, Named};
    use super::*;

    fn measured() -> Measured {
        let person = |name: &str| {
            let face = Embedding::new(&[0.5; 128]).unwrap();
            (name.to_owned(), face)
        };
        Measured {
            persons: ["a.jpg", "b.jpg", "c.jpg"].map(person).into(),
            copies: vec![Copy {
                file: "z.jpg".into(),
                same_as: "a.jpg".into(),
            }],
            unreadable: vec![Named {
                file: "bad.jpg".into(),
                reason: "damaged".into(),
            }],
            undetected: Vec::new(),
        }
    }

    fn told(same: &[(&str, &str)], different: &[(&str, &str)]) -> Result<OnePerson> {
        let owned = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            let own = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
            pairs.iter().map(own).collect()
        };
        OnePerson::told(&measured(), &owned(same), &owned(different))
    }

    #[test]
    fn the_first_stands_for_a_person_however_the_names_are_chained_and_spelt() {
        let one = told(&[("b.jpg", "c.jpg"), ("z.jpg", "./b.jpg")], &[]).unwrap();
        assert_eq!(
            ["a.jpg", "b.jpg", "c.jpg"].map(|name| one.of(name)),
            ["a.jpg"; 3]
        );
        // Said of the second of one person, it holds for the first.
        let two = told(&[("a.jpg", "b.jpg")], &[("c.jpg", "staff/b.jpg")]).unwrap();
        assert!(two.are_two("a.jpg", "c.jpg") && two.are_two("c.jpg", "a.jpg"));
        assert!(!two.are_two("a.jpg", "b.jpg"));
    }

    #[test]
    fn what_contradicts_itself_or_was_not_measured_is_refused_with_the_reason() {
        type Said<'a> = &'a [(&'a str, &'a str)];
        let cases: [(Said, Said, &str); 5] = [
            (
                &[("a.jpg", "b.jpg")],
                &[("b.jpg", "a.jpg")],
                "--same says that they are one person",
            ),
            (
                &[("a.jpg", "b.jpg"), ("b.jpg", "c.jpg")],
                &[("a.jpg", "c.jpg")],
                "--same says",
            ),
            (&[], &[("a.jpg", "z.jpg")], "both are the same picture"),
            (
                &[("a.jpg", "bad.jpg")],
                &[],
                "bad.jpg was left out: damaged",
            ),
            (
                &[],
                &[("a.jpg", "d.jpg")],
                "d.jpg is none of those who were measured",
            ),
        ];
        for (same, different, words) in cases {
            let said = told(same, different).unwrap_err().to_string();
            assert!(said.contains(words), "{said}");
        }
    }
}
