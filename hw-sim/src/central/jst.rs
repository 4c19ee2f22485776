//! The service's way to write times: `yyyyMMddHHmmss` and `yyyyMMdd` in Japan Standard Time, which
//! is nine hours before UTC all year round.

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// `yyyyMMddHHmmss` in Japan of a time in milliseconds since the Unix epoch.
pub fn stamp(ms: i64) -> String {
    let local = ms.saturating_add(9 * HOUR_MS);
    let (year, month, day) = civil(local.div_euclid(DAY_MS));
    let seconds = local.rem_euclid(DAY_MS) / 1000;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}")
}

/// `yyyyMMdd` in Japan.
pub fn day(ms: i64) -> String {
    stamp(ms).get(..8).map(str::to_owned).unwrap_or_default()
}

/// The day of the same number so many months later, as `yyyyMMdd`. Where that month has no such day the text still compares
/// rightly with days that exist.
pub(crate) fn months_after(day: &str, months: i64) -> Option<String> {
    if !is_day(day) {
        return None;
    }
    let part = |from: usize, to: usize| day.get(from..to).and_then(|t| t.parse::<i64>().ok());
    let count = part(0, 4)? * 12 + part(4, 6)? - 1 + months;
    let (year, month) = (count.div_euclid(12), count.rem_euclid(12) + 1);
    Some(format!("{year:04}{month:02}{}", day.get(6..)?))
}

/// Midnight in Japan at which a `yyyyMMdd` begins, ms since the Unix epoch.
pub fn start_of(day: &str) -> Option<i64> {
    if !is_day(day) {
        return None;
    }
    let part = |from: usize, to: usize| day.get(from..to).and_then(|t| t.parse::<i64>().ok());
    let (y, m, d) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    // The inverse of `civil` (Howard Hinnant's `days_from_civil`).
    let y = if m <= 2 { y - 1 } else { y };
    let era = y.div_euclid(400);
    let yoe = y - era * 400;
    let doy = (153 * ((m + 9) % 12) + 2) / 5 + d - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    Some((era * 146_097 + doe - 719_468) * DAY_MS - 9 * HOUR_MS)
}

/// Is this text 14 digits that could be a time of day on a day?
pub fn is_stamp(text: &str) -> bool {
    text.len() == 14 && is_day(text.get(..8).unwrap_or_default()) && {
        let part = |from: usize| text.get(from..from + 2).and_then(|t| t.parse::<u8>().ok());
        part(8).is_some_and(|h| h < 24)
            && part(10).is_some_and(|m| m < 60)
            && part(12).is_some_and(|s| s < 61)
    }
}

/// Is this text `yyyyMMdd` of a day that exists?
pub fn is_day(text: &str) -> bool {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<u32>().ok();
    if text.len() != 8 || !is_month(text.get(..6).unwrap_or_default()) {
        return false;
    }
    let (Some(year), Some(month), Some(day)) = (number(0..4), number(4..6), number(6..8)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    text.bytes().all(|b| b.is_ascii_digit()) && (1..=last).contains(&day)
}

/// Is this text `yyyyMM`?
pub fn is_month(text: &str) -> bool {
    text.len() == 6
        && text.bytes().all(|b| b.is_ascii_digit())
        && matches!(
            text.get(4..).and_then(|m| m.parse::<u8>().ok()),
            Some(1..=12)
        )
}

/// Days since 1970-01-01 to year, month, day in the Gregorian calendar (Howard Hinnant's
/// `civil_from_days`, which is in the public domain).
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_added_over_the_turn_of_a_year() {
        let of = |day, months| months_after(day, months).unwrap_or_default();
        assert_eq!(of("20261111", 3), "20270211");
        assert_eq!(of("20260930", 3), "20261230");
        // 30 November is the last day of it, 1 December is beyond.
        let end = of("20260831", 3);
        assert!("20261130" <= end.as_str() && end.as_str() < "20261201");
        assert_eq!(months_after("2026111", 3), None);
    }

    #[test]
    fn stamps_are_in_japan_time() {
        assert_eq!(stamp(0), "19700101090000");
        // `date -ud '2024-02-29 15:30:05' +%s` = 1709220605: the next day in Japan.
        assert_eq!(stamp(1_709_220_605_999), "20240301003005");
        assert_eq!(day(1_709_220_605_000), "20240301");
        assert_eq!(stamp(1_709_132_400_000), "20240229000000");
    }

    #[test]
    fn days_begin_at_midnight_in_japan() {
        for text in ["19700101", "20240229", "20261122", "21991231"] {
            let start = start_of(text).unwrap();
            assert_eq!(stamp(start), format!("{text}000000"));
            assert!(day(start - 1).as_str() < text);
        }
        assert_eq!(start_of("20261301"), None);
    }

    #[test]
    fn shapes() {
        assert!(is_stamp("20261122093000"));
        for bad in [
            "",
            "2026112209300",
            "20261322093000",
            "20261122243000",
            "2026１１22093000",
        ] {
            assert!(!is_stamp(bad), "{bad}");
        }
        assert!(is_day("20261122") && !is_day("20261132") && !is_day("+2026112"));
        assert!(is_month("202611") && !is_month("202613") && !is_month("2026"));
    }
}
