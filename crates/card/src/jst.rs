//! Calendar dates in Japan, for validity and plausibility. No clock here (invariant 14): milliseconds since
//! the Unix epoch come from the caller.

/// Japan is nine hours ahead, without summer time.
const JST_MS: i64 = 9 * 3_600_000;
const DAY_MS: i64 = 86_400_000;

/// A day in the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    /// Year, astronomical.
    pub year: i64,
    /// 1 to 12.
    pub month: i64,
    /// 1 to 31.
    pub day: i64,
}

impl Day {
    /// The day in Japan at `ms` since the Unix epoch (days-to-civil after Howard Hinnant's public
    /// `chrono`-compatible algorithms).
    #[must_use]
    pub const fn at(ms: i64) -> Self {
        let days = ms.saturating_add(JST_MS).div_euclid(DAY_MS) + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * of_year + 2) / 153;
        let month = if shifted < 10 {
            shifted + 3
        } else {
            shifted - 9
        };
        let year = year_of_era + era * 400 + (month <= 2) as i64;
        Self {
            year,
            month,
            day: of_year - (153 * shifted + 2) / 5 + 1,
        }
    }

    /// The same day of the month so many months later, or that month's last day.
    #[must_use]
    pub const fn months_later(self, months: i64) -> Self {
        let count = self.year * 12 + self.month - 1 + months;
        let (year, month) = (count.div_euclid(12), count.rem_euclid(12) + 1);
        let last = last_of_month(year, month);
        Self {
            year,
            month,
            day: if self.day < last { self.day } else { last },
        }
    }

    /// Reads eight ASCII digits, `yyyymmdd`, of a day that exists.
    #[must_use]
    pub fn parse(digits: &str) -> Option<Self> {
        if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number = |range: std::ops::Range<usize>| digits.get(range)?.parse().ok();
        let day = Self {
            year: number(0..4)?,
            month: number(4..6)?,
            day: number(6..8)?,
        };
        day.exists().then_some(day)
    }

    /// Whether the calendar has it.
    #[must_use]
    pub const fn exists(self) -> bool {
        self.month >= 1
            && self.month <= 12
            && self.day >= 1
            && self.day <= last_of_month(self.year, self.month)
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

const fn last_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_by_example() {
        for (ms, day) in [
            (0, "1970-01-01"),
            (1_795_305_600_000, "2026-11-22"),
            // 14:59:59 UTC is the last second of the day in Japan.
            (1_897_138_799_000, "2030-02-12"),
            (1_897_138_800_000, "2030-02-13"),
            (951_750_000_000, "2000-02-29"),
            (-1, "1970-01-01"),
            (-32_400_001, "1969-12-31"),
        ] {
            assert_eq!(Day::at(ms).to_string(), day, "{ms}");
        }
        for odd in [i64::MIN, i64::MAX] {
            assert!(Day::at(odd).exists());
        }
    }

    #[test]
    fn months_end_where_the_month_ends() {
        let day = |text| Day::parse(text).unwrap();
        assert_eq!(day("20261130").months_later(3), day("20270228"));
        assert_eq!(day("20261122").months_later(3), day("20270222"));
        assert_eq!(day("20271130").months_later(3), day("20280229"));
        for bad in ["20260229", "20261301", "2026011", "2026-1-1", "２０２６"] {
            assert_eq!(Day::parse(bad), None, "{bad}");
        }
    }
}
