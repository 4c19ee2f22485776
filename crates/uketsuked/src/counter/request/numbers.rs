//! Numbers of a paper, by which somebody is asked about.

use oqs::NumberLookup;
pub(crate) use receipt::counter::Registration;
use serde::Deserialize;
use serde_json::Value;

use super::fields::{DAY, half_width, is_digits, plain_digits, told};
use crate::counter::CounterError;

/// Numbers of an insurance paper or of a medical ticket.
#[derive(Clone, Default, Deserialize)]
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
    /// yyyyMMdd.
    #[serde(default)]
    pub birth_date: String,
    /// 限度額 information, with oral consent.
    #[serde(default)]
    pub limit_certificate: bool,
}

impl Numbers {
    /// As a request of the interface wants them.
    pub(crate) fn lookup(&self) -> NumberLookup<'_> {
        NumberLookup {
            insurer_number: &self.insurer_number,
            symbol: &self.symbol,
            number: &self.number,
            branch: &self.branch,
            birthdate: &self.birth_date,
            limit_certificate: self.limit_certificate,
        }
    }

    /// Full-width digits made plain; hyphens and spaces in what is digits alone are nothing.
    pub(crate) fn tidy(&mut self) {
        for digits in [
            &mut self.insurer_number,
            &mut self.branch,
            &mut self.birth_date,
        ] {
            *digits = plain_digits(digits);
        }
        self.number = half_width(&self.number);
    }

    /// Digits and lengths that the interface can carry; insurance needs the birth date, medical assistance does not.
    ///
    /// # Errors
    /// The first field that can't be asked with, by name.
    pub(crate) fn check(&self) -> Result<(), CounterError> {
        let insurer = self.insurer_number.trim();
        let number = self.number.trim();
        if !(6..=8).contains(&insurer.len()) || !is_digits(insurer) {
            return Err(CounterError::field("insurer_number", "insurer"));
        }
        if !(1..=20).contains(&number.chars().count()) || number.chars().any(char::is_control) {
            return Err(CounterError::field("number", "twenty"));
        }
        if self.symbol.chars().count() > 20 {
            return Err(CounterError::field("symbol", "twenty-at-most"));
        }
        if self.branch.len() > 2 || !is_digits(&self.branch) {
            return Err(CounterError::field("branch", "branch"));
        }
        if !self.birth_date.is_empty() && !oqs::time::is_date(&self.birth_date) {
            return Err(CounterError::field("birth_date", DAY));
        }
        if self.birth_date.is_empty() && !self.are_of_assistance() {
            return Err(CounterError::missing("birth_date"));
        }
        Ok(())
    }

    /// 公費負担者番号 of medical assistance: 12 and eight digits in all. Six digits that begin with 12 are Chiba's 国民健康保険.
    pub(crate) fn are_of_assistance(&self) -> bool {
        let insurer = self.insurer_number.trim();
        insurer.len() == 8 && insurer.starts_with("12")
    }

    /// What was asked with, for staff to see a slip: label in Japanese, in English, value.
    pub(crate) fn asked(&self) -> Value {
        told(&[
            ("insurer_number", &self.insurer_number),
            ("symbol", &self.symbol),
            ("number", &self.number),
            ("branch", &self.branch),
            ("birth_date", &self.birth_date),
        ])
    }
}
