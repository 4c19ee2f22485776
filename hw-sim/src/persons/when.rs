//! Dates of the register that move with the clock, so that a ticket is of this month and a medicine of
//! last month whenever the simulator runs. A day or a month may also stand there as it is.
//!
//! | month | `202611`, `this-month`, `last-month`, `next-month`, `3-months-ago`, `3-months-ahead` |
//! |---|---|
//! | day | `20261130`, `today`, `40-days-ago`, `40-days-ahead`, `start-of-month`, `end-of-month`, and `start-of-` / `end-of-` before any month word (`end-of-3-months-ahead`) |
//! | day a card expires | `20300115`, `birthday-4-years-ahead` |

use crate::central::jst;

/// A hundred years; more is a slip of the pen.
const MOST_MONTHS: i64 = 1200;
/// The same in days.
const MOST_DAYS: i64 = 36_500;
const DAY_MS: i64 = 24 * 3_600_000;

/// `yyyyMM` of a month word, as of `now` (milliseconds since the Unix epoch, counted in Japan).
/// `None` for what is no month.
pub fn month(word: &str, now: i64) -> Option<String> {
    if jst::is_month(word) {
        return Some(word.to_owned());
    }
    let (year, month) = counted(month_of(now).checked_add(months_away(word)?)?);
    Some(format!("{year:04}{month:02}"))
}

/// `yyyyMMdd` of a day word, as of `now`. `None` for what is no day.
pub fn day(word: &str, now: i64) -> Option<String> {
    if jst::is_day(word) {
        return Some(word.to_owned());
    }
    if let Some(rest) = word.strip_prefix("start-of-") {
        return Some(format!("{}01", month(whole(rest), now)?));
    }
    if let Some(rest) = word.strip_prefix("end-of-") {
        let month = month(whole(rest), now)?;
        return Some(format!("{month}{:02}", length(&month)?));
    }
    let days = if word == "today" {
        0
    } else {
        away(word, "days", MOST_DAYS)?
    };
    Some(jst::day(now.saturating_add(days.checked_mul(DAY_MS)?)))
}

/// `yyyyMMdd` on which a card expires: a day, or a birthday to come.
pub(super) fn expiry(word: &str, birth_date: &str, now: i64) -> Option<String> {
    let Some(rest) = word.strip_prefix("birthday-") else {
        return jst::is_day(word).then(|| word.to_owned());
    };
    let (year, _) = counted(month_of(now).checked_add(12 * away(rest, "years", 50)?)?);
    let birthday = birth_date.get(4..8)?;
    Some(match birthday {
        // A day that only leap years have.
        "0229" => format!("{year:04}0228"),
        other => format!("{year:04}{other}"),
    })
}

/// `month` of `start-of-month` is this one.
fn whole(word: &str) -> &str {
    if word == "month" { "this-month" } else { word }
}

fn months_away(word: &str) -> Option<i64> {
    match word {
        "this-month" => Some(0),
        "last-month" => Some(-1),
        "next-month" => Some(1),
        other => away(other, "months", MOST_MONTHS),
    }
}

/// `3-months-ago` is -3, `3-months-ahead` is 3.
fn away(word: &str, unit: &str, most: i64) -> Option<i64> {
    let (number, rest) = word.split_once('-')?;
    let (found, direction) = rest.split_once('-')?;
    if found != unit || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: i64 = number.parse().ok().filter(|n| *n <= most)?;
    match direction {
        "ago" => Some(-number),
        "ahead" => Some(number),
        _ => None,
    }
}

/// Months since the year 0.
fn month_of(now: i64) -> i64 {
    let day = jst::day(now);
    let part = |from: usize, to: usize| {
        day.get(from..to)
            .and_then(|text| text.parse::<i64>().ok())
            .unwrap_or_default()
    };
    part(0, 4) * 12 + part(4, 6) - 1
}

fn counted(months: i64) -> (i64, i64) {
    (months.div_euclid(12), months.rem_euclid(12) + 1)
}

/// Days of a month, `yyyyMM`.
fn length(month: &str) -> Option<u8> {
    let year: i64 = month.get(..4)?.parse().ok()?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    Some(match month.get(4..)? {
        "02" if leap => 29,
        "02" => 28,
        "04" | "06" | "09" | "11" => 30,
        _ => 31,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noon in Japan; the second value is `date -d 'YYYY-MM-DD 12:00 +0900' +%s`.
    const NOV_22: i64 = 1_795_316_400_000; // 2026-11-22
    /// One second before the year ends in Japan, when UTC still has nine hours to go.
    const NEW_YEARS_EVE: i64 = 1_798_729_199_000; // 2026-12-31 23:59:59 +0900
    const LEAP_DAY: i64 = 1_835_406_000_000; // 2028-02-29 12:00 +0900
    const MARCH_31: i64 = 1_774_926_000_000; // 2026-03-31 12:00 +0900

    #[test]
    fn the_test_times_are_what_they_say() {
        assert_eq!(jst::stamp(NOV_22), "20261122120000");
        assert_eq!(jst::stamp(NEW_YEARS_EVE), "20261231235959");
        assert_eq!(jst::stamp(LEAP_DAY), "20280229120000");
        assert_eq!(jst::stamp(MARCH_31), "20260331120000");
    }

    #[test]
    fn months_at_the_ends_of_months_and_years() {
        for (word, now, expected) in [
            ("this-month", NOV_22, "202611"),
            ("last-month", NOV_22, "202610"),
            ("this-month", NEW_YEARS_EVE, "202612"),
            ("next-month", NEW_YEARS_EVE, "202701"),
            // One second on, it is another year.
            ("this-month", NEW_YEARS_EVE + 1000, "202701"),
            ("last-month", NEW_YEARS_EVE + 1000, "202612"),
            ("13-months-ago", NEW_YEARS_EVE + 1000, "202512"),
            // From the 31st, the month before has 28 days and is not skipped.
            ("last-month", MARCH_31, "202602"),
            ("next-month", MARCH_31, "202604"),
            ("12-months-ahead", LEAP_DAY, "202902"),
            ("0-months-ago", LEAP_DAY, "202802"),
            ("202611", LEAP_DAY, "202611"),
        ] {
            assert_eq!(month(word, now).as_deref(), Some(expected), "{word} {now}");
        }
    }

    #[test]
    fn days_at_the_ends_of_months_and_years() {
        for (word, now, expected) in [
            ("today", NOV_22, "20261122"),
            ("today", NEW_YEARS_EVE, "20261231"),
            ("1-days-ahead", NEW_YEARS_EVE, "20270101"),
            ("31-days-ago", NEW_YEARS_EVE, "20261130"),
            ("365-days-ahead", LEAP_DAY, "20290228"),
            ("start-of-month", NEW_YEARS_EVE, "20261201"),
            ("end-of-month", NEW_YEARS_EVE, "20261231"),
            ("end-of-month", NOV_22, "20261130"),
            ("end-of-month", LEAP_DAY, "20280229"),
            ("end-of-last-month", MARCH_31, "20260228"),
            ("end-of-next-month", MARCH_31, "20260430"),
            ("start-of-31-months-ago", NOV_22, "20240401"),
            ("end-of-4-months-ahead", NOV_22, "20270331"),
            ("end-of-12-months-ahead", LEAP_DAY, "20290228"),
            ("start-of-202611", LEAP_DAY, "20261101"),
            ("20261130", LEAP_DAY, "20261130"),
        ] {
            assert_eq!(day(word, now).as_deref(), Some(expected), "{word} {now}");
        }
    }

    #[test]
    fn a_card_expires_on_a_birthday() {
        let on = |word, birth| expiry(word, birth, NEW_YEARS_EVE);
        assert_eq!(
            on("birthday-4-years-ahead", "19900115").as_deref(),
            Some("20300115")
        );
        assert_eq!(
            on("birthday-1-years-ahead", "19880229").as_deref(),
            Some("20270228")
        );
        assert_eq!(on("20300115", "19900115").as_deref(), Some("20300115"));
        for bad in ["birthday", "birthday-4-days-ahead", "today", "birthday-"] {
            assert_eq!(on(bad, "19900115"), None, "{bad}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for bad in [
            "",
            "20261301",
            "tomorrow",
            "-months-ago",
            "x-months-ago",
            "3-months",
            "3-months-before",
            "1201-months-ago",
            "99999999999999999999-months-ago",
            "+3-months-ago",
            "end-of-",
            "start-of-year",
        ] {
            assert_eq!(day(bad, NOV_22), None, "{bad}");
            assert_eq!(month(bad, NOV_22), None, "{bad}");
        }
        assert_eq!(month("today", NOV_22), None);
        assert_eq!(day("this-month", NOV_22), None);
        // No time makes it panic.
        for now in [i64::MIN, i64::MAX] {
            let _ = (month("last-month", now), day("1-days-ago", now));
        }
    }
}
