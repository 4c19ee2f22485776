//! Matching number B (照合番号B): what may be typed, and whether it is possible at all. A mistyped one would
//! cost one of ten tries.
//!
//! Fourteen digits: YYMMDD of birth as printed, expiry year of the card, four-digit security code
//! (myna-card `verification_code_b`, P8N card-info documentation). Three rules make the YY: the year of
//! the Japanese era; 01 for its first year, printed 元年; the last two digits of a Western year, as
//! printed for foreign residents. 99 stands for an unknown month or day (末日).

use zeroize::Zeroizing;

use crate::jst::Day;

/// Digits of the whole number.
pub const WHOLE: usize = 14;
/// Digits that a person types when the chip tells the card's expiry: birth date and security code.
pub const WITHOUT_EXPIRY: usize = 10;

/// How the birth date is printed on the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Printed {
    /// In the year of the Japanese era; the first year (元年) counts as 01.
    Era,
    /// In Western years, as for foreign residents.
    Western,
}

/// First and last day of each era, and the Gregorian year before its year 1.
const ERAS: [(Day, Day, i64); 5] = [
    (day(1868, 1, 25), day(1912, 7, 29), 1867),
    (day(1912, 7, 30), day(1926, 12, 24), 1911),
    (day(1926, 12, 25), day(1989, 1, 7), 1925),
    (day(1989, 1, 8), day(2019, 4, 30), 1988),
    (day(2019, 5, 1), day(9999, 12, 31), 2018),
];
/// Nobody alive was born longer ago.
const OLDEST: i64 = 130;

const fn day(year: i64, month: i64, day: i64) -> Day {
    Day { year, month, day }
}

/// The six digits of a birth date as the number has them; `None` for a day that no era holds.
#[must_use]
pub fn birth_digits(birth: Day, printed: Printed) -> Option<String> {
    let year = match printed {
        Printed::Western => birth.year.rem_euclid(100),
        Printed::Era => {
            let (_, _, before) = ERAS
                .iter()
                .find(|(first, last, _)| (*first..=*last).contains(&birth))?;
            birth.year - before
        }
    };
    birth
        .exists()
        .then(|| format!("{year:02}{:02}{:02}", birth.month, birth.day))
}

/// Whether the birth date in the first six digits of a number can be this one (yyyymmdd), by either way of printing it; `None` when
/// either is none: then nothing can be said.
#[must_use]
pub fn is_birth_date_of(number: &[u8], birth: &str) -> Option<bool> {
    let digits = number.get(..6)?;
    Some(as_printed(birth)?.any(|text| text.as_bytes() == digits))
}

/// A birth date (yyyymmdd) as the six digits of a number may have it, by either way of printing it; `None` when it is none.
#[must_use]
pub fn as_printed(birth: &str) -> Option<impl Iterator<Item = String>> {
    let birth = Day::parse(birth)?;
    let printed = [Printed::Western, Printed::Era];
    let digits = move |printed| birth_digits(birth, printed);
    Some(printed.into_iter().filter_map(digits))
}

/// The whole number from what was typed: all fourteen digits as printed, or ten (birth date, security
/// code) with the expiry year from the chip's free record (`yyyymmdd`). Fourteen digits stand as typed,
/// also against the chip: the expiry of a card may have been changed after issue. `None` when the
/// entry cannot be right; nothing must be sent then (invariant 3).
#[must_use]
pub fn complete(typed: &[u8], card_expiry: Option<&str>, now: i64) -> Option<Zeroizing<Vec<u8>>> {
    // Reserved once: growing would leave an unwiped copy behind.
    let mut number = Zeroizing::new(Vec::with_capacity(WHOLE));
    match typed.len() {
        WHOLE => number.extend_from_slice(typed),
        WITHOUT_EXPIRY => {
            let expiry = card_expiry.filter(|expiry| Day::parse(expiry).is_some())?;
            number.extend_from_slice(&typed[..6]);
            number.extend_from_slice(&expiry.as_bytes()[..4]);
            number.extend_from_slice(&typed[6..]);
        }
        _ => return None,
    }
    is_plausible(&number, now).then_some(number)
}

/// Whether fourteen typed digits name another year of expiry than the chip's free record (`yyyymmdd`). More often a
/// slip than a changed expiry, and a slip would cost a try.
#[must_use]
pub fn doubts_expiry(typed: &[u8], card_expiry: Option<&str>) -> bool {
    let chip = card_expiry.filter(|expiry| Day::parse(expiry).is_some());
    typed.len() == WHOLE && chip.is_some_and(|expiry| typed[6..10] != expiry.as_bytes()[..4])
}

/// Whether `number` can be a matching number B at `now` (milliseconds since the Unix epoch). A card lives at
/// most until its holder's tenth birthday after issue, so its expiry year lies between last year and
/// eleven years ahead; the birth date exists under at least one of the three rules and is not to come.
#[must_use]
pub fn is_plausible(number: &[u8], now: i64) -> bool {
    if number.len() != WHOLE || !number.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let value = |range: std::ops::Range<usize>| {
        number[range]
            .iter()
            .fold(0_i64, |sum, digit| sum * 10 + i64::from(digit - b'0'))
    };
    let today = Day::at(now);
    let expiry = value(6..10);
    (today.year - 1..=today.year + 11).contains(&expiry)
        && is_birth_date(value(0..2), value(2..4), value(4..6), today)
}

fn is_birth_date(year: i64, month: i64, date: i64, today: Day) -> bool {
    let of_era = ERAS
        .iter()
        .filter(|_| year >= 1)
        .map(|(first, last, before)| (before + year, *first, *last));
    let first = day(i64::MIN / 2, 1, 1);
    let western = [1800, 1900, 2000, 2100].map(|century| (century + year, first, today));
    of_era.chain(western).any(|(year, first, last)| {
        if year < today.year - OLDEST || year > today.year {
            return false;
        }
        // An unknown part (99) may be any: the earliest and the latest day frame it.
        let (months, dates) = (span(month, 12), span(date, 31));
        let earliest = day(year, months.0, dates.0);
        let mut latest = day(year, months.1, dates.1);
        if date == 99 || month == 99 {
            while !latest.exists() && latest.day > 28 {
                latest.day -= 1;
            }
        }
        earliest.exists() && latest.exists() && earliest <= last.min(today) && latest >= first
    })
}

/// What a part that may be unknown stands for.
const fn span(value: i64, last: i64) -> (i64, i64) {
    if value == 99 {
        (1, last)
    } else {
        (value, value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-22 00:00 UTC.
    const NOW: i64 = 1_795_305_600_000;
    const YEAR_MS: i64 = 31_556_952_000;

    #[test]
    fn invariant_3_plausibility_by_example() {
        let rows: [(&str, bool); 33] = [
            ("55021720352285", true),  // Showa 55-02-17, expiry 2035
            ("00123120300000", true),  // Western year 2000
            ("01050120260001", true),  // 元年: Reiwa 1, May
            ("01010820261234", true),  // 元年: Heisei 1, January
            ("63999920301234", true),  // unknown month and day
            ("63029920301234", true),  // 末日
            ("63990120301234", true),  // unknown month
            ("55021720252285", true),  // expired last year
            ("55021720372285", true),  // eleven years ahead
            ("60022920302285", true),  // 29 February, Western 1960
            ("07022920302285", true),  // 29 February, Showa 7 = 1932
            ("64010720302285", true),  // last day of Showa
            ("98123120302285", true),  // Western 1998
            ("26112220302285", true),  // born today, Western 2026
            ("08112220302285", true),  // born today, Reiwa 8
            ("55021720242285", false), // two years past
            ("55021720382285", false), // twelve years ahead
            ("62022920302285", false), // 29 February in no reading of 62
            ("55001720352285", false), // month 0
            ("55131720352285", false), // month 13
            ("55020020352285", false), // day 0
            ("55023020352285", false), // 30 February
            ("55043120352285", false), // 31 April
            ("55003120352285", false),
            ("55023220352285", false),
            ("55990020352285", false),
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

    #[test]
    fn a_number_belongs_to_its_birth_date_by_either_way_of_printing() {
        for (number, birth, fits) in [
            (b"02011520304321", "19900115", Some(true)),
            (b"90011520304321", "19900115", Some(true)),
            (b"02011520304321", "20200115", Some(true)),
            (b"02011520304321", "19900116", Some(false)),
            (b"03011520304321", "19900115", Some(false)),
            (b"02011520304321", "19900000", None),
            (b"02011520304321", "", None),
        ] {
            assert_eq!(is_birth_date_of(number, birth), fits, "{birth}");
        }
        assert_eq!(is_birth_date_of(b"0201", "19900115"), None);
    }

    #[test]
    fn the_three_rules_of_the_birth_year() {
        for (birth, printed, digits) in [
            ("19800217", Printed::Era, Some("550217")), // measured on a test card by myna-card
            ("19800217", Printed::Western, Some("800217")),
            ("20190501", Printed::Era, Some("010501")), // 令和元年
            ("20190430", Printed::Era, Some("310430")),
            ("19890108", Printed::Era, Some("010108")), // 平成元年
            ("19890107", Printed::Era, Some("640107")),
            ("19261225", Printed::Era, Some("011225")), // 昭和元年
            ("20000229", Printed::Western, Some("000229")),
            ("18000101", Printed::Era, None),
        ] {
            let birth = Day::parse(birth).unwrap();
            assert_eq!(birth_digits(birth, printed).as_deref(), digits, "{birth}");
        }
    }

    #[test]
    fn the_chip_tells_the_expiry_that_the_person_need_not_type() {
        let whole = |typed: &str, chip| {
            complete(typed.as_bytes(), chip, NOW)
                .map(|number| String::from_utf8(number.to_vec()).unwrap())
        };
        let number = Some("55021720352285".to_owned());
        assert_eq!(whole("5502172285", Some("20350217")), number);
        assert_eq!(whole("55021720352285", Some("20350217")), number);
        assert_eq!(whole("55021720352285", None), number);
        // As printed stands, also against the chip.
        assert_eq!(whole("55021720352285", Some("20330217")), number);
        for (typed, chip, doubted) in [
            ("55021720352285", Some("20350217"), false),
            ("55021720332285", Some("20350217"), true),
            ("55021720332285", None, false),
            ("55021720332285", Some("20359999"), false),
            ("5502172285", Some("20350217"), false),
        ] {
            assert_eq!(doubts_expiry(typed.as_bytes(), chip), doubted, "{typed}");
        }
        for (typed, chip) in [
            ("5502172285", None),
            ("5502172285", Some("20359999")),
            ("5502172285", Some("20490217")),
            ("5513172285", Some("20350217")),
            ("550217228", Some("20350217")),
            ("55021722850", Some("20350217")),
            ("55021a2285", Some("20350217")),
        ] {
            assert_eq!(whole(typed, chip), None, "{typed} {chip:?}");
        }
    }
}
