//! Telephones of welfare offices, as the site wrote them into its settings: no message of the service carries one.

use super::said::said;
use crate::Words;
use std::sync::Arc;

/// A welfare office (福祉事務所) of the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Office {
    /// Its name as the service writes it.
    pub name: String,
    /// Beginnings of the payer numbers (公費負担者番号) that are its own.
    pub payer_numbers: Vec<String>,
    /// Its telephone number, as it is read out.
    pub telephone: String,
    /// When somebody answers there; may be empty.
    pub hours: String,
}

/// All of them. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Offices(Arc<[Office]>);

/// The telephone of the office that staff is told to phone, in words; or that it is not known, and where it is entered.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct OfficePhone {
    /// Whether there is a number to call.
    pub known: bool,
    /// Office, number and hours; or what to do so that they stand here.
    pub text: Words,
}

impl Offices {
    /// Those of the settings.
    #[must_use]
    pub fn new(all: Vec<Office>) -> Self {
        Self(all.into())
    }

    /// The telephone of the office with this payer number, or else of this name; what is empty finds none. The longest beginning of
    /// a number counts; spaces in a name do not.
    #[must_use]
    pub fn phone(&self, name: &str, payer: &str) -> OfficePhone {
        match self.by_number(payer).or_else(|| self.by_name(name)) {
            Some(office) => OfficePhone {
                known: true,
                text: office.words(),
            },
            None => OfficePhone::unknown(),
        }
    }

    /// One line for each, for the list beside the calls.
    pub fn lines(&self) -> impl Iterator<Item = Words> {
        self.0.iter().map(Office::words)
    }

    fn by_number(&self, payer: &str) -> Option<&Office> {
        let payer = payer.trim();
        let fits = |office: &&Office| {
            let own = office.payer_numbers.iter();
            let fitting = own.filter(|start| payer.starts_with(start.as_str()));
            fitting.map(String::len).max()
        };
        let found = self.0.iter().filter(|office| fits(office).is_some());
        found.max_by_key(fits)
    }

    fn by_name(&self, name: &str) -> Option<&Office> {
        let wanted = bare(name);
        let mut all = self.0.iter();
        all.find(|office| !wanted.is_empty() && bare(&office.name) == wanted)
    }
}

impl Office {
    fn words(&self) -> Words {
        let values = [
            ("office", self.name.as_str()),
            ("telephone", self.telephone.as_str()),
            ("hours", self.hours.as_str()),
        ];
        let key = if self.hours.trim().is_empty() {
            "staff-phone-at-any-hour"
        } else {
            "staff-phone"
        };
        said(key, &values)
    }
}

impl OfficePhone {
    /// No number is known here.
    #[must_use]
    pub fn unknown() -> Self {
        Self {
            known: false,
            text: said("staff-phone-unknown", &[]),
        }
    }
}

fn bare(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offices() -> Offices {
        let office = |name: &str, numbers: &[&str], telephone: &str, hours: &str| Office {
            name: name.into(),
            payer_numbers: numbers.iter().map(|one| (*one).to_owned()).collect(),
            telephone: telephone.into(),
            hours: hours.into(),
        };
        Offices::new(vec![
            office("架空県福祉事務所", &["1213"], "03-0000-0001", ""),
            office(
                "架空市 福祉事務所",
                &["1213001", "1213002"],
                "03-0000-0002",
                "平日8:30～17:15",
            ),
        ])
    }

    #[test]
    fn an_office_is_found_by_its_number_or_its_name_and_never_by_nothing() {
        let phone = |name: &str, payer: &str| offices().phone(name, payer);
        for (name, payer, number) in [
            ("", "12130017", "03-0000-0002"),
            ("", " 12130025", "03-0000-0002"),
            ("", "12139999", "03-0000-0001"),
            ("架空市福祉事務所", "", "03-0000-0002"),
            ("架空市\u{3000}福祉事務所", "12999999", "03-0000-0002"),
            // The number says more than the name: an office may have been renamed.
            ("架空県福祉事務所", "12130017", "03-0000-0002"),
        ] {
            let found = phone(name, payer);
            assert!(
                found.known && found.text.ja.contains(number) && found.text.en.contains(number),
                "{name} {payer}: {found:?}"
            );
        }
        assert!(
            phone("架空市福祉事務所", "")
                .text
                .ja
                .contains("平日8:30～17:15")
        );
        for (name, payer) in [("", ""), ("架空", "12"), ("隣架空市福祉事務所", "06123456")]
        {
            let none = phone(name, payer);
            assert!(
                !none.known && none.text.ja.contains("[[welfare_office]]"),
                "{name} {payer}: {none:?}"
            );
        }
        assert!(
            !Offices::default()
                .phone("架空市福祉事務所", "12130017")
                .known
        );
    }
}
