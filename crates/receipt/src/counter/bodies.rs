//! The parts of which requests at the counter are made, in the interface's vocabulary; unknown fields are refused, and lengths are
//! bounded here, before anything is asked.

use crate::problem::{Kind, Problem};
use serde::Deserialize;

/// For which care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Care {
    /// 訪問診療等: the first consent serves later visits.
    Visiting,
    /// 往診: asked each time. In re-inquiries and withdrawals only.
    HouseCall,
    /// オンライン診療等.
    Online,
    /// 通常とは異なる動線. In re-inquiries and withdrawals only.
    AlternativeRoute,
}

impl Care {
    /// Bulk fetches and the mobile page know the service's two kinds only.
    pub(crate) fn the_services(self) -> Result<Self, Problem> {
        match self {
            Self::Visiting | Self::Online => Ok(self),
            Self::HouseCall | Self::AlternativeRoute => Err(bad(
                "care はここでは visiting か online です",
                "care is visiting or online here",
            )),
        }
    }
}

/// Who wants a consent ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Withdrawer {
    /// The person.
    Patient,
    /// The institution.
    Institution,
}

/// A special mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SpecialMode {
    /// 災害時.
    Disaster,
    /// システム障害時.
    Outage,
}

/// Numbers of an insurance paper or of a medical ticket (券).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbers {
    /// 保険者番号 or 公費負担者番号.
    pub insurer_number: String,
    /// 記号.
    #[serde(default)]
    pub symbol: String,
    /// 番号 or 受給者番号.
    pub number: String,
    /// 枝番.
    #[serde(default)]
    pub branch: String,
    /// yyyyMMdd; needed for insurance, not for medical assistance.
    #[serde(default)]
    pub birth_date: String,
    /// 限度額 information as well, with oral consent.
    #[serde(default)]
    pub limit_certificate: bool,
}

/// A reference number (照会番号) for a person's insurance, so that the card works as 診察券.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// 照会番号, at most 50 characters.
    pub reference_number: String,
    /// 保険者番号 or 公費負担者番号.
    pub insurer_number: String,
    /// 記号.
    #[serde(default)]
    pub symbol: String,
    /// 番号 or 受給者番号.
    pub number: String,
    /// 枝番.
    #[serde(default)]
    pub branch: String,
}

/// The four items by which a person is searched without a card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// 氏名.
    pub name: String,
    /// yyyyMMdd.
    pub birth_date: String,
    /// 1 male, 2 female, 3 unknown.
    pub sex: String,
    /// 住所.
    pub address: String,
}

impl Numbers {
    pub(crate) fn check(&self) -> Result<(), Problem> {
        insurer(&self.insurer_number)?;
        text("number", &self.number, 1, 20)?;
        text("symbol", &self.symbol, 0, 20)?;
        digits("branch", &self.branch, &[0, 1, 2])?;
        digits("birth_date", &self.birth_date, &[0, 8])
    }
}

impl Registration {
    pub(crate) fn check(&self) -> Result<(), Problem> {
        insurer(&self.insurer_number)?;
        text("reference_number", &self.reference_number, 1, 50)?;
        text("number", &self.number, 1, 20)?;
        text("symbol", &self.symbol, 0, 20)?;
        digits("branch", &self.branch, &[0, 1, 2])
    }
}

impl Person {
    pub(crate) fn check(&self) -> Result<(), Problem> {
        text("name", &self.name, 1, 60)?;
        text("address", &self.address, 1, 200)?;
        digits("birth_date", &self.birth_date, &[8])?;
        match self.sex.as_str() {
            "1" | "2" | "3" => Ok(()),
            _ => Err(bad("sex は 1、2、3 のどれかです", "sex is 1, 2 or 3")),
        }
    }
}

/// The name of whoever stands behind a request.
pub(crate) fn operator(name: &str) -> Result<(), Problem> {
    text("operator", name, 1, 40)
}

/// The reason for it.
pub(crate) fn reason(words: &str) -> Result<(), Problem> {
    text("reason", words, 1, 200)
}

fn insurer(number: &str) -> Result<(), Problem> {
    digits("insurer_number", number, &[6, 7, 8])
}

/// ASCII digits, as many as one of `lengths`.
pub(crate) fn digits(name: &str, value: &str, lengths: &[usize]) -> Result<(), Problem> {
    if value.bytes().all(|byte| byte.is_ascii_digit()) && lengths.contains(&value.len()) {
        return Ok(());
    }
    let lengths: Vec<String> = lengths.iter().map(ToString::to_string).collect();
    Err(bad(
        format!("{name} は {} 桁の数字です", lengths.join("・")),
        format!("{name} has {} digits", lengths.join(" or ")),
    ))
}

/// Characters that can be shown, `least` to `most` of them; blanks alone are nothing.
pub(crate) fn text(name: &str, value: &str, least: usize, most: usize) -> Result<(), Problem> {
    let length = value.chars().count();
    let empty = least > 0 && value.trim().is_empty();
    if empty || length < least || length > most || value.chars().any(char::is_control) {
        return Err(bad(
            format!("{name} は {least}～{most} 文字です（空白だけ・制御文字は不可）"),
            format!(
                "{name} has {least} to {most} characters, not blanks alone, no control characters"
            ),
        ));
    }
    Ok(())
}

fn bad(ja: impl Into<String>, en: impl Into<String>) -> Problem {
    Problem::new(Kind::Malformed).because(ja, en)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(insurer: &str, number: &str, branch: &str, born: &str) -> bool {
        let numbers = Numbers {
            insurer_number: insurer.into(),
            number: number.into(),
            branch: branch.into(),
            birth_date: born.into(),
            ..Numbers::default()
        };
        numbers.check().is_ok()
    }

    #[test]
    fn numbers_are_bounded() {
        for (fine, is) in [
            (true, numbers("06123456", "3456789", "00", "19900115")),
            (true, numbers("12000001", "1010001", "", "")),
            (false, numbers("1200", "1", "", "")),
            (false, numbers("１２００００００", "1", "", "")),
            (false, numbers("12000001", " ", "", "")),
            (false, numbers("12000001", "1\n", "", "")),
            (false, numbers("12000001", &"1".repeat(21), "", "")),
            (false, numbers("12000001", "1", "000", "")),
            (false, numbers("12000001", "1", "", "1990")),
        ] {
            assert_eq!(fine, is);
        }
    }

    #[test]
    fn a_person_needs_all_four_items() {
        let person = |name: &str, born: &str, sex: &str, address: &str| {
            let person = Person {
                name: name.into(),
                birth_date: born.into(),
                sex: sex.into(),
                address: address.into(),
            };
            person.check().is_ok()
        };
        assert!(person("未託　花子", "19750303", "2", "清瀬市"));
        assert!(!person("", "19750303", "2", "清瀬市"));
        assert!(!person("未託", "1975", "2", "清瀬市"));
        assert!(!person("未託", "19750303", "9", "清瀬市"));
        assert!(!person("未託", "19750303", "2", ""));
        assert!(!person(&"長".repeat(61), "19750303", "2", "清瀬市"));
    }
}
