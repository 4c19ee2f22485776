//! What is typed: days, digits, and the four items of somebody without numbers.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::counter::CounterError;

/// A day.
pub(crate) const DAY: &str = "day";

/// Items by the names of their fields, in the words of staff in both languages; what was left out is not told.
pub(super) fn told(items: &[(&str, &str)]) -> Value {
    let items = items.iter().filter(|(_, value)| !value.trim().is_empty());
    items
        .map(|(name, value)| {
            let label = kiosk::staff::said(&format!("input-name-{name}"), &[]);
            json!({"label_ja": label.ja, "label_en": label.en, "value": value})
        })
        .collect()
}

pub(super) fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// Full-width digits as ASCII.
pub(super) fn half_width(text: &str) -> String {
    let plain = |c: char| match c {
        '\u{FF10}'..='\u{FF19}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        c => c,
    };
    text.chars().map(plain).collect()
}

/// The same for what is digits alone: spaces and hyphens go.
pub(super) fn plain_digits(text: &str) -> String {
    let mut text = half_width(text);
    text.retain(|c| {
        !c.is_whitespace() && !matches!(c, '-' | '\u{FF0D}' | '\u{30FC}' | '\u{2010}' | '\u{2015}')
    });
    text
}

/// Name, birth date, sex and address, as noted by hand.
#[derive(Clone, Default, Deserialize, serde::Serialize)]
pub struct FourItems {
    /// 氏名.
    pub name: String,
    /// yyyyMMdd.
    pub birth_date: String,
    /// 1 male, 2 female.
    pub sex: String,
    /// 住所.
    pub address: String,
}

impl FourItems {
    /// Full-width digits made plain.
    pub(crate) fn tidy(&mut self) {
        self.birth_date = plain_digits(&self.birth_date);
        self.sex = half_width(self.sex.trim());
    }

    /// All four are there and bounded.
    ///
    /// # Errors
    /// The first that is not, by name.
    pub(crate) fn check(&self) -> Result<(), CounterError> {
        let fine = |text: &str, most: usize| {
            !text.trim().is_empty()
                && text.chars().count() <= most
                && !text.chars().any(char::is_control)
        };
        if !fine(&self.name, 60) {
            return Err(CounterError::field("name", "sixty"));
        }
        if !oqs::time::is_date(&self.birth_date) {
            return Err(CounterError::field("birth_date", DAY));
        }
        if !matches!(self.sex.as_str(), "1" | "2" | "3") {
            return Err(CounterError::field("sex", "sex"));
        }
        if !fine(&self.address, 200) {
            return Err(CounterError::field("address", "two-hundred"));
        }
        Ok(())
    }

    /// What was asked with, for staff to see a slip.
    pub(crate) fn asked(&self) -> Value {
        let sex = kiosk::staff::said(&format!("input-sex-{}", self.sex), &[]);
        told(&[
            ("name", &self.name),
            ("birth_date", &self.birth_date),
            ("sex", &format!("{} / {}", sex.ja, sex.en)),
            ("address", &self.address),
        ])
    }
}
