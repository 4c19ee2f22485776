//! Times as people read them: RFC 3339 in Japan's time, which knows no summer time.

/// `2026-11-22T09:00:00.000+09:00` for milliseconds since the Unix epoch.
pub(crate) fn japan(ms: i64) -> String {
    let local = i128::from(ms) + 9 * 3_600_000;
    let (days, of_day) = (local.div_euclid(86_400_000), local.rem_euclid(86_400_000));
    // Days to a civil date (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms"), counting from 0000-03-01.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = year_of_era + era * 400 + i128::from(month <= 2);
    let (hour, minute) = (of_day / 3_600_000, of_day / 60_000 % 60);
    let (second, milli) = (of_day / 1000 % 60, of_day % 1000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}+09:00")
}

#[cfg(test)]
mod tests {
    #[test]
    fn dates_are_right_at_the_edges() {
        let rows = [
            (0, "1970-01-01T09:00:00.000+09:00"),
            (-1, "1970-01-01T08:59:59.999+09:00"),
            (
                951_782_400_000 - 9 * 3_600_000,
                "2000-02-29T00:00:00.000+09:00",
            ),
            (
                951_868_800_000 - 9 * 3_600_000,
                "2000-03-01T00:00:00.000+09:00",
            ),
            (1_795_273_200_123, "2026-11-22T00:00:00.123+09:00"),
        ];
        for (ms, text) in rows {
            assert_eq!(super::japan(ms), text);
        }
        assert!(!super::japan(i64::MAX).is_empty() && !super::japan(i64::MIN).is_empty());
    }
}
