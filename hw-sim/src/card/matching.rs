//! Matching number B (照合番号B): what opens the photograph. Fourteen digits, the birth date as
//! printed (era year, or Western year for foreign residents), the year of expiry, and the security
//! code (myna-card `data.rs`, measured: 1980-02-17, 2035, 2285 gives 55021720352285).

/// Why no matching number can be formed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MatchingNumberError {
    /// Not a date the card could print.
    #[error("the birth date is not YYYYMMDD of the Meiji era or later")]
    BirthDate,
    /// Not a date.
    #[error("the expiry is not YYYYMMDD")]
    Expiry,
    /// Not four digits.
    #[error("the security code is not four digits")]
    SecurityCode,
}

/// A date in parts; no calendar arithmetic is needed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DateParts {
    /// Gregorian year.
    pub year: u16,
    /// 1–12.
    pub month: u8,
    /// 1–31 (not checked against the month).
    pub day: u8,
}

impl DateParts {
    /// Parses `YYYYMMDD`.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let year = text.get(..4)?.parse().ok()?;
        let month = text.get(4..6)?.parse().ok()?;
        let day = text.get(6..)?.parse().ok()?;
        ((1..=12).contains(&month) && (1..=31).contains(&day)).then_some(Self { year, month, day })
    }
}

/// First day of each era, newest first, with the year that is year 1.
const ERAS: [(DateParts, &str); 5] = [
    (date(2019, 5, 1), "令和"),
    (date(1989, 1, 8), "平成"),
    (date(1926, 12, 25), "昭和"),
    (date(1912, 7, 30), "大正"),
    (date(1868, 1, 25), "明治"),
];

const fn date(year: u16, month: u8, day: u8) -> DateParts {
    DateParts { year, month, day }
}

/// Era name and year of a date; the first year (元年) is 1. `None` before the Meiji era.
pub fn era_year(day: DateParts) -> Option<(&'static str, u16)> {
    ERAS.iter()
        .find(|(first, _)| day >= *first)
        .map(|(first, name)| (*name, day.year - first.year + 1))
}

/// Derives matching number B from what the card prints.
///
/// # Errors
/// When one of the parts is not what a card could print.
pub fn matching_number_b(
    birth_date: &str,
    western: bool,
    expiry: &str,
    security_code: &str,
) -> Result<String, MatchingNumberError> {
    let birth = birth_key(birth_date, western)?;
    let expiry = DateParts::parse(expiry).ok_or(MatchingNumberError::Expiry)?;
    if security_code.len() != 4 || !security_code.bytes().all(|b| b.is_ascii_digit()) {
        return Err(MatchingNumberError::SecurityCode);
    }
    Ok(format!("{birth}{:04}{security_code}", expiry.year))
}

/// The six digits that open the age record (生年月日 key): the first six of matching number B.
///
/// # Errors
/// When the birth date is not one.
pub fn birth_key(birth_date: &str, western: bool) -> Result<String, MatchingNumberError> {
    let birth = DateParts::parse(birth_date).ok_or(MatchingNumberError::BirthDate)?;
    let year = if western {
        birth.year % 100
    } else {
        era_year(birth)
            .map(|(_, year)| year)
            .filter(|year| *year < 100)
            .ok_or(MatchingNumberError::BirthDate)?
    };
    Ok(format!("{year:02}{:02}{:02}", birth.month, birth.day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matching_number_b_follows_the_printed_birth_date() {
        for (birth, western, expiry, code, expected) in [
            // The value measured on a test card (myna-card).
            ("19800217", false, "20350217", "2285", "55021720352285"),
            // The first year of an era is printed as 元年 and typed as 01.
            ("19890108", false, "20300108", "0001", "01010820300001"),
            ("20190501", false, "20300501", "0002", "01050120300002"),
            // The last day of the former era.
            ("19890107", false, "20300107", "0003", "64010720300003"),
            ("20190430", false, "20300430", "0004", "31043020300004"),
            ("19261224", false, "20300101", "0005", "15122420300005"),
            // Foreign residents: last two digits of the Western year.
            ("20010509", true, "20290509", "2468", "01050920292468"),
            ("19990101", true, "20290101", "2468", "99010120292468"),
        ] {
            assert_eq!(
                matching_number_b(birth, western, expiry, code).as_deref(),
                Ok(expected)
            );
        }
    }

    #[test]
    fn impossible_parts_are_refused() {
        let number = |b, e, c| matching_number_b(b, false, e, c);
        assert_eq!(
            number("18000101", "20300101", "1234"),
            Err(MatchingNumberError::BirthDate)
        );
        assert_eq!(
            number("1990011", "20300101", "1234"),
            Err(MatchingNumberError::BirthDate)
        );
        assert_eq!(
            number("19900115", "20301301", "1234"),
            Err(MatchingNumberError::Expiry)
        );
        assert_eq!(
            number("19900115", "20300101", "12345"),
            Err(MatchingNumberError::SecurityCode)
        );
    }
}
