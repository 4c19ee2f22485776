//! `[[welfare_office]]`: telephones of the welfare offices, which no message of the service carries.

use serde::Deserialize;

use super::ConfigProblem;
use super::problem::value;

/// The table's name, for what is wrong with it.
const KEY: &str = "welfare_office";
/// Longest name and longest hours, characters.
const WORDS: usize = 60;
/// Longest telephone number with an extension, characters.
const TELEPHONE: usize = 40;

/// `[[welfare_office]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WelfareOffice {
    /// Name as the service writes it (福祉事務所名).
    pub name: String,
    /// Beginnings of its payer numbers (公費負担者番号), 4 to 8 digits each, by which a lookup that found nobody knows it.
    #[serde(default)]
    pub payer_numbers: Vec<String>,
    /// Telephone number, with an extension where there is one.
    pub telephone: String,
    /// When somebody answers there, as staff reads it.
    #[serde(default)]
    pub hours: String,
}

/// As the staff's pages take them.
pub(super) fn all(offices: &[WelfareOffice]) -> ::kiosk::staff::Offices {
    let each = offices.iter().map(|one| ::kiosk::staff::Office {
        name: one.name.trim().to_owned(),
        payer_numbers: one.payer_numbers.clone(),
        telephone: one.telephone.trim().to_owned(),
        hours: one.hours.trim().to_owned(),
    });
    ::kiosk::staff::Offices::new(each.collect())
}

/// Refuses what nobody could call, and what would find two offices.
pub(super) fn check(offices: &[WelfareOffice]) -> Result<(), ConfigProblem> {
    let wrong =
        |office: &WelfareOffice, why: &str| Err(value(KEY, format!("{:?}: {why}", office.name)));
    let plain = |text: &str, most: usize| {
        text.chars().count() <= most && !text.chars().any(char::is_control)
    };
    for (at, office) in offices.iter().enumerate() {
        if office.name.trim().is_empty() || !plain(&office.name, WORDS) {
            return wrong(office, "name must be 1 to 60 characters");
        }
        if !plain(&office.hours, WORDS) {
            return wrong(office, "hours must be at most 60 characters");
        }
        let digits = office.telephone.chars().filter(char::is_ascii_digit);
        let begins = office.telephone.trim().starts_with(['0', '+', '(']);
        if !begins || digits.count() < 9 || !plain(&office.telephone, TELEPHONE) {
            return wrong(
                office,
                "telephone must be a number with its area code in plain digits, at most 40 characters",
            );
        }
        let number = |one: &String| {
            (4..=8).contains(&one.len()) && one.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !office.payer_numbers.iter().all(number) {
            return wrong(office, "payer_numbers are 4 to 8 plain digits each");
        }
        let others = offices.iter().take(at);
        let bare = |name: &str| -> String { name.chars().filter(|c| !c.is_whitespace()).collect() };
        let same = |other: &WelfareOffice| {
            bare(&other.name) == bare(&office.name)
                || other
                    .payer_numbers
                    .iter()
                    .any(|one| office.payer_numbers.contains(one))
        };
        if others.into_iter().any(same) {
            return wrong(office, "its name or a payer number stands there twice");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<WelfareOffice>, String> {
        #[derive(Deserialize)]
        struct File {
            welfare_office: Vec<WelfareOffice>,
        }
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        check(&file.welfare_office).map_err(|error| error.to_string())?;
        Ok(file.welfare_office)
    }

    fn office(more: &str) -> String {
        format!("[[welfare_office]]\nname = \"架空市福祉事務所\"\n{more}\n")
    }

    #[test]
    fn an_office_needs_a_name_and_a_number_that_can_be_called() {
        let good = office(
            "telephone = \"03-0000-0002 内線123\"\npayer_numbers = [\"1213001\"]\nhours = \"平日8:30～17:15\"",
        );
        let read_back = all(&read(&good).unwrap());
        assert!(read_back.phone("", "12130017").text.ja.contains("内線123"));
        let again = office("telephone = \"03-0000-0003\"");
        for (text, why) in [
            (office(""), "telephone"),
            (office("telephone = \"123\""), "area code"),
            (
                office("telephone = \"代表番号にお電話ください\""),
                "area code",
            ),
            (
                office("telephone = \"03-0000-0002\"\npayer_numbers = [\"12\"]"),
                "payer_numbers",
            ),
            (
                office("telephone = \"03-0000-0002\"\nfax = \"03-0000-0009\""),
                "fax",
            ),
            (format!("{good}{again}"), "twice"),
            (good.replace("架空市福祉事務所", " "), "name must be"),
            (
                format!("{good}{}", good.replace("架空市", "別の架空市")),
                "twice",
            ),
        ] {
            let refused = read(&text).unwrap_err();
            assert!(refused.contains(why), "{why}: {refused}");
        }
    }
}
