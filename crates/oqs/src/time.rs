//! Times as the interface writes them: `yyyyMMddHHmmss` and `yyyyMMdd` in Japan time (UTC+9, no summer time).
//! Pure arithmetic; nothing here reads a clock (invariant 14).

const JST_OFFSET_MS: i64 = 9 * 3600 * 1000;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// `yyyyMMddHHmmss` in Japan time of milliseconds since the Unix epoch. Years outside 0–9999 give the nearest.
pub fn to_jst(now_ms: i64) -> String {
    // Year 0 to year 9999, so that the text always has 14 digits.
    let local = now_ms
        .saturating_add(JST_OFFSET_MS)
        .clamp(-62_167_219_200_000, 253_402_300_799_999);
    let (year, month, day) = civil(local.div_euclid(DAY_MS));
    let seconds = local.rem_euclid(DAY_MS) / 1000;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}")
}

/// Milliseconds since the Unix epoch of `yyyyMMddHHmmss` in Japan time; `None` for anything else.
pub fn from_jst(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.len() != 14 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hour, minute, second) = (
        digits(text, 8, 2)?,
        digits(text, 10, 2)?,
        digits(text, 12, 2)?,
    );
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let day = day_number(text.get(..8)?)?;
    Some(day * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 - JST_OFFSET_MS)
}

/// True for a `yyyyMMdd` that exists in the calendar, years 1800 to 2199.
pub fn is_date(text: &str) -> bool {
    let year = digits(text, 0, 4);
    day_number(text).is_some() && year.is_some_and(|year| (1800..2200).contains(&year))
}

/// `2026年11月22日` of `20261122`, or the text itself when it is not a date.
pub fn ja_date(text: &str) -> String {
    let numbers = || {
        Some((
            digits(text, 0, 4)?,
            digits(text, 4, 2)?,
            digits(text, 6, 2)?,
        ))
    };
    match numbers() {
        Some((year, month, day)) if is_date(text) => {
            let (era, era_year) = era(year, month, day);
            let era_year = if era_year == 1 {
                "元".to_owned()
            } else {
                era_year.to_string()
            };
            format!("{era}{era_year}年{month}月{day}日")
        }
        _ => text.to_owned(),
    }
}

/// `2026-11-22` of `20261122`, or the text itself when it is not a date.
pub fn en_date(text: &str) -> String {
    match (text.get(..4), text.get(4..6), text.get(6..)) {
        (Some(year), Some(month), Some(day)) if is_date(text) => format!("{year}-{month}-{day}"),
        _ => text.to_owned(),
    }
}

/// `2026-11` of `202611`, or the text itself when it is not a month.
pub fn en_month(text: &str) -> String {
    let date = en_date(&format!("{text}01"));
    match date.strip_suffix("-01") {
        Some(month) if text.len() == 6 => month.to_owned(),
        _ => text.to_owned(),
    }
}

/// The day `days` after (before, when negative) a `yyyyMMdd`; `None` when it is no date.
pub fn add_days(date: &str, days: i64) -> Option<String> {
    let number = day_number(date)?.checked_add(days)?;
    let (year, month, day) = civil(number);
    (0..=9999)
        .contains(&year)
        .then(|| format!("{year:04}{month:02}{day:02}"))
}

/// `令和8年11月` of `202611`, or the text itself when it is not a month.
pub fn ja_month(text: &str) -> String {
    let date = ja_date(&format!("{text}01"));
    match date.strip_suffix("1日") {
        Some(month) if text.len() == 6 => month.to_owned(),
        _ => text.to_owned(),
    }
}

/// Japanese era and year of a date. Before Meiji 6 the calendar differs; the western year is given then.
fn era(year: i64, month: i64, day: i64) -> (&'static str, i64) {
    match (year, month, day) {
        date if date >= (2019, 5, 1) => ("令和", year - 2018),
        date if date >= (1989, 1, 8) => ("平成", year - 1988),
        date if date >= (1926, 12, 25) => ("昭和", year - 1925),
        date if date >= (1912, 7, 30) => ("大正", year - 1911),
        date if date >= (1873, 1, 1) => ("明治", year - 1867),
        _ => ("西暦", year),
    }
}

fn digits(text: &str, start: usize, length: usize) -> Option<i64> {
    let part = text.get(start..start + length)?;
    part.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| part.parse().ok())
        .flatten()
}

/// Days since 1970-01-01 of `yyyyMMdd`, when such a day exists.
fn day_number(text: &str) -> Option<i64> {
    if text.len() != 8 {
        return None;
    }
    let (year, month, day) = (
        digits(text, 0, 4)?,
        digits(text, 4, 2)?,
        digits(text, 6, 2)?,
    );
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Days from the civil date, Howard Hinnant's algorithm: years begin in March.
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let number = era * 146_097 + day_of_era - 719_468;
    // 31 February comes out as a day of March.
    (civil(number) == (year, month, day)).then_some(number)
}

/// Year, month and day of days since 1970-01-01 (the inverse of the above).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 {
        month_index + 3
    } else {
        month_index - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_go_both_ways() {
        for (ms, text) in [
            (0, "19700101090000"),
            (1_795_273_200_000, "20261122000000"),
            (1_709_132_399_000, "20240228235959"),
            (1_709_218_799_000, "20240229235959"),
        ] {
            assert_eq!(to_jst(ms), text);
            assert_eq!(from_jst(text), Some(ms), "{text}");
        }
    }

    #[test]
    fn times_that_do_not_exist_are_refused() {
        for text in [
            "",
            "20230229000000",
            "20231301000000",
            "20230101240000",
            "2023010100000",
            "２０２３0101",
            "2023-01-01 00:0",
        ] {
            assert_eq!(from_jst(text), None, "{text}");
        }
        assert!(!is_date("12000001"));
        assert!(is_date("19900115"));
    }

    #[test]
    fn extremes_stay_fourteen_digits() {
        assert_eq!(to_jst(i64::MAX).len(), 14);
        assert_eq!(to_jst(i64::MIN).len(), 14);
    }

    #[test]
    fn dates_in_eras() {
        assert_eq!(ja_date("19900115"), "平成2年1月15日");
        assert_eq!(ja_date("20240701"), "令和6年7月1日");
        assert_eq!(ja_date("20190501"), "令和元年5月1日");
        assert_eq!(ja_date("19890107"), "昭和64年1月7日");
        assert_eq!(ja_month("202407"), "令和6年7月");
        assert_eq!(ja_month("202411"), "令和6年11月");
        assert_eq!(ja_month("x"), "x");
        assert_eq!(en_date("20240701"), "2024-07-01");
        assert_eq!(en_date("20240732"), "20240732");
        assert_eq!(en_month("202407"), "2024-07");
        assert_eq!(en_month("0701"), "0701");
        assert_eq!(ja_date("00000000"), "00000000");
    }
}
