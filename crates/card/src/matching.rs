//! Is a typed matching number B (照合番号B) possible at all? A mistyped one would cost one of ten tries.
//!
//! Fourteen digits: YYMMDD of birth as printed (era year, or the last two digits of a Western year),
//! expiry year of the card, four-digit security code (myna-card `verification_code_b`, P8N card-info
//! documentation). 99 stands for an unknown month or day (末日).

/// Milliseconds in the mean Gregorian year.
const YEAR_MS: i64 = 31_556_952_000;
/// Japan is nine hours ahead.
const JST_MS: i64 = 9 * 3_600_000;

/// Whether `number` can be a matching number B at `now` (milliseconds since the Unix epoch). A card lives at
/// most until its holder's tenth birthday after issue, so its expiry year lies between last year and
/// eleven years ahead.
#[must_use]
pub fn is_plausible(number: &[u8], now: i64) -> bool {
    if number.len() != 14 || !number.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let value = |range: std::ops::Range<usize>| {
        number[range]
            .iter()
            .fold(0_i64, |sum, digit| sum * 10 + i64::from(digit - b'0'))
    };
    let (month, day, expiry) = (value(2..4), value(4..6), value(6..10));
    let this_year = year(now);
    is_month_and_day(month, day) && (this_year - 1..=this_year + 11).contains(&expiry)
}

fn is_month_and_day(month: i64, day: i64) -> bool {
    let last = match month {
        // The era year alone does not tell a leap year.
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1..=12 | 99 => 31,
        _ => return false,
    };
    day == 99 || (1..=last).contains(&day)
}

/// The Gregorian year in Japan. Mean years are off by at most a day or so around New Year, which the
/// tolerance of a year on either side covers.
const fn year(now: i64) -> i64 {
    1970 + now.saturating_add(JST_MS).div_euclid(YEAR_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-22 00:00 UTC.
    const NOW: i64 = 1_795_305_600_000;

    #[test]
    fn invariant_3_plausibility_by_example() {
        let rows: [(&str, bool); 22] = [
            ("55021720352285", true),  // Showa 55-02-17, expiry 2035
            ("00123120300000", true),  // Western year 2000
            ("01050120260001", true),  // 元年
            ("63999920301234", true),  // unknown month and day
            ("63029920301234", true),  // 末日
            ("55021720252285", true),  // expired last year
            ("55021720372285", true),  // eleven years ahead
            ("55021720242285", false), // two years past
            ("55021720382285", false), // twelve years ahead
            ("55001720352285", false), // month 0
            ("55131720352285", false), // month 13
            ("55020020352285", false), // day 0
            ("55023020352285", false), // 30 February
            ("55043120352285", false), // 31 April
            ("55023220352285", false),
            ("5502172035228", false),
            ("550217203522851", false),
            ("5502172035228a", false),
            ("", false),
            ("19800217203522", false), // eight-digit birth date typed by mistake
            ("２２", false),
            ("99999999999999", false),
        ];
        for (number, expected) in rows {
            assert_eq!(is_plausible(number.as_bytes(), NOW), expected, "{number}");
        }
    }

    #[test]
    fn invariant_14_the_range_moves_with_the_given_time() {
        let in_2040 = NOW + 14 * YEAR_MS;
        assert!(!is_plausible(b"55021720352285", in_2040));
        assert!(is_plausible(b"55021720452285", in_2040));
        for odd in [i64::MIN, -1, 0, i64::MAX] {
            let _ = is_plausible(b"55021720352285", odd);
        }
    }
}
