//! From lines of characters to a birth date, an expiry and a security code. Pure.
//!
//! As printed: birth in the era's year (元年 is 01) or, for holders whose card prints it so, in the Western year, of which the last two
//! digits count; expiry as a Western date. The rule for the Western form is taken from the older residents' card and from OCR products.

use super::Known;
use super::tesseract::Symbol;

/// A run of digits with its lowest confidence and the line it stands in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field {
    /// Digits of matching number B: six of birth, four of expiry or four of the code, as a number.
    pub value: u32,
    /// Lowest confidence, 0..100.
    pub confidence: f32,
    /// Left, top, right, bottom of the line's part, pixels of the card.
    pub place: [i32; 4],
    /// Month and day, for dates.
    pub day: Option<(u8, u8)>,
    /// Read the same way twice.
    pub confirmed: bool,
}

/// What one picture says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Era or Western year's last two digits, month, day.
    pub birth: Option<Field>,
    /// Year of expiry.
    pub expiry: Option<Field>,
    /// Security code.
    pub code: Option<Field>,
    /// A day of expiry, read well, that is not the chip's. Never one of the digits.
    pub denied: Option<Field>,
}

impl Reading {
    fn fields(&mut self) -> [&mut Option<Field>; 4] {
        [
            &mut self.birth,
            &mut self.expiry,
            &mut self.code,
            &mut self.denied,
        ]
    }

    /// Where something was read.
    pub fn places(&self) -> Vec<[i32; 4]> {
        [&self.birth, &self.expiry, &self.code, &self.denied]
            .into_iter()
            .flatten()
            .map(|field| field.place)
            .collect()
    }

    /// The place could not be looked at again.
    pub fn doubt(&mut self, place: [i32; 4]) {
        for field in self.fields() {
            field.take_if(|own| own.place == place);
        }
    }

    /// The second look at a place: what it does not repeat is dropped.
    pub fn confirm(&mut self, place: [i32; 4], again: &Self) {
        for (field, other) in self
            .fields()
            .into_iter()
            // One line by itself is not held against the chip: what was denied is an expiry there.
            .zip([&again.birth, &again.expiry, &again.code, &again.expiry])
        {
            if let Some(own) = field.as_mut().filter(|own| own.place == place) {
                own.confirmed =
                    other.is_some_and(|other| other.value == own.value && other.day == own.day);
                if !own.confirmed {
                    *field = None;
                }
            }
        }
    }
}

/// Understands the lines of a whole card; characters below `sure` make a field unread.
pub fn understand(lines: &[Vec<Symbol>], known: Known, sure: f32) -> Reading {
    let mut reading = Reading::default();
    let mut codes: Vec<Field> = Vec::new();
    for line in lines {
        let own = parse(line);
        for (slot, found) in [
            (&mut reading.birth, own.birth),
            (&mut reading.expiry, own.expiry),
        ] {
            // Two different dates of one kind: neither is believed (an addendum repeats dates).
            match (slot.as_ref(), found) {
                (_, None) => {}
                (None, Some(found)) => *slot = Some(found),
                (Some(before), Some(found)) if before.value == found.value => {}
                (Some(before), Some(_)) => {
                    *slot = Some(Field {
                        confidence: 0.0,
                        ..*before
                    })
                }
            }
        }
        codes.extend(own.code);
    }
    // The code is the only line of four digits alone.
    if let [only] = codes.as_slice() {
        reading.code = Some(*only);
    }
    plausible(&mut reading, known);
    for field in reading.fields() {
        field.take_if(|own| own.confidence.is_nan() || own.confidence < sure);
    }
    reading
}

/// Understands one line by itself: what it says alone, for comparison by [`Reading::confirm`]. Its dates are not held
/// against each other, because birthday and expiry stand on two lines.
pub fn understand_line(lines: &[Vec<Symbol>]) -> Reading {
    let all: Vec<Symbol> = lines.iter().flatten().copied().collect();
    parse(&all)
}

/// Where the code may stand that was not understood: the only line of nothing but a few digits.
pub fn unsure_code(lines: &[Vec<Symbol>]) -> Option<[i32; 4]> {
    let places: Vec<[i32; 4]> = lines
        .iter()
        .filter_map(|line| {
            let letters: Vec<Symbol> = line
                .iter()
                .copied()
                .filter(|symbol| !symbol.letter.is_whitespace())
                .collect();
            let digits = letters.iter().all(|symbol| symbol.letter.is_ascii_digit());
            (digits && (2..=5).contains(&letters.len())).then(|| around(&letters))
        })
        .collect();
    match places.as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

fn plausible(reading: &mut Reading, known: Known) {
    let (year, _, _) = known.today;
    let years = u32::from(year)..=u32::from(year) + 11;
    reading
        .expiry
        .take_if(|field| !years.contains(&field.value));
    reading.denied = reading
        .expiry
        .take_if(|field| {
            known.expiry.is_some_and(|(year, month, day)| {
                field.value != u32::from(year) || field.day != Some((month, day))
            })
        })
        // 末日 for a day that the chip tells: the same card may be printed so.
        .filter(|field| {
            known.expiry.is_some_and(|(year, month, day)| {
                let open = day == 99 || matches!(field.day, Some((_, 99)));
                let month_differs = !matches!(field.day, Some((printed, _)) if printed == month);
                !open || field.value != u32::from(year) || month_differs
            })
        });
    // A card ends on a birthday. Where birth and expiry differ (a limited stay, or a slip), nothing of the dates is sure.
    let agree = |field: &Field| {
        known
            .expiry
            .is_none_or(|(_, month, day)| field.day == Some((month, day)))
    };
    let same = match (&reading.birth, &reading.expiry) {
        (Some(birth), Some(expiry)) => birth.day == expiry.day && agree(birth),
        (Some(field), None) | (None, Some(field)) => known.expiry.is_some() && agree(field),
        (None, None) => true,
    };
    if !same {
        (reading.birth, reading.expiry) = (None, None);
    }
}

fn parse(line: &[Symbol]) -> Reading {
    let mut reading = Reading::default();
    let letters: Vec<Symbol> = line
        .iter()
        .copied()
        .filter(|symbol| !symbol.letter.is_whitespace())
        .collect();
    for at in 0..letters.len() {
        let Some((year, era, rest)) = year(&letters[at..]) else {
            continue;
        };
        // Only the first character of a number begins it.
        if at > 0 && letters[at - 1].letter.is_ascii_digit() && era.is_none() {
            continue;
        }
        let Some((month, rest)) = number(rest, 2, '月') else {
            continue;
        };
        let Some((day, rest)) = day(rest) else {
            continue;
        };
        let used = &letters[at..letters.len() - rest.len()];
        let ending: String = rest.iter().take(4).map(|symbol| symbol.letter).collect();
        let valid = (1..=12).contains(&month) && ((1..=31).contains(&day) || day == 99);
        if !valid {
            continue;
        }
        let field = |value: u32, tail: usize| {
            let part = &letters[at..(letters.len() - rest.len() + tail).min(letters.len())];
            Field {
                value,
                confidence: used
                    .iter()
                    .map(|symbol| symbol.confidence)
                    .fold(100.0, f32::min),
                place: around(part),
                day: Some((month as u8, day as u8)),
                confirmed: false,
            }
        };
        if ending.starts_with('生') {
            let plausible_year = match era {
                Some(longest) => (1..=longest).contains(&year),
                None => (1900..=2100).contains(&year),
            };
            if plausible_year {
                reading.birth = Some(field(year % 100 * 10_000 + month * 100 + day, 1));
            }
        } else if era.is_none() && ending.starts_with('ま') && (2016..=2100).contains(&year) {
            reading.expiry = Some(field(year, 4));
        }
    }
    let digits = letters.len() == 4 && letters.iter().all(|symbol| symbol.letter.is_ascii_digit());
    if digits {
        let value = letters.iter().fold(0, |value, symbol| {
            value * 10 + symbol.letter.to_digit(10).unwrap_or(0)
        });
        let confidence = letters
            .iter()
            .map(|symbol| symbol.confidence)
            .fold(100.0, f32::min);
        reading.code = Some(Field {
            value,
            confidence,
            place: around(&letters),
            day: None,
            confirmed: false,
        });
    }
    reading
}

/// Year with the longest year of its era, or a Western year of four digits; and what follows 年.
fn year(letters: &[Symbol]) -> Option<(u32, Option<u32>, &[Symbol])> {
    let begin: String = letters.iter().take(2).map(|symbol| symbol.letter).collect();
    let era = match begin.as_str() {
        "明治" => Some(45),
        "大正" => Some(15),
        "昭和" => Some(64),
        "平成" => Some(31),
        "令和" => Some(99),
        _ => None,
    };
    if era.is_none() {
        let (year, rest) = number(letters, 4, '年')?;
        return (year >= 1000).then_some((year, None, rest));
    }
    let rest = letters.get(2..)?;
    if rest.first()?.letter == '元' {
        return (rest.get(1)?.letter == '年').then(|| (1, era, rest.get(2..).unwrap_or_default()));
    }
    let (year, rest) = number(rest, 2, '年')?;
    Some((year, era, rest))
}

/// 末日 counts as 99, as OCR products for these cards write an incomplete date.
fn day(letters: &[Symbol]) -> Option<(u32, &[Symbol])> {
    if letters.first()?.letter == '末' && letters.get(1)?.letter == '日' {
        return Some((99, letters.get(2..).unwrap_or_default()));
    }
    number(letters, 2, '日')
}

/// A number of at most so many digits with its unit, and what follows.
fn number(letters: &[Symbol], most: usize, unit: char) -> Option<(u32, &[Symbol])> {
    let count = letters
        .iter()
        .take_while(|symbol| symbol.letter.is_ascii_digit())
        .count();
    if count == 0 || count > most || letters.get(count)?.letter != unit {
        return None;
    }
    let value = letters.iter().take(count).fold(0, |value, symbol| {
        value * 10 + symbol.letter.to_digit(10).unwrap_or(0)
    });
    Some((value, letters.get(count + 1..).unwrap_or_default()))
}

fn around(letters: &[Symbol]) -> [i32; 4] {
    letters.iter().fold(
        [i32::MAX, i32::MAX, i32::MIN, i32::MIN],
        |[l, t, r, b], symbol| {
            let [left, top, right, bottom] = symbol.place;
            [l.min(left), t.min(top), r.max(right), b.max(bottom)]
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, confidence: f32) -> Vec<Symbol> {
        text.chars()
            .enumerate()
            .map(|(at, letter)| Symbol {
                letter,
                confidence,
                place: [at as i32 * 10, 0, at as i32 * 10 + 9, 12],
            })
            .collect()
    }

    const KNOWN: Known = Known {
        today: (2026, 11, 22),
        expiry: None,
    };

    fn read(lines: &[&str]) -> (Option<u32>, Option<u32>, Option<u32>) {
        let lines: Vec<_> = lines.iter().map(|text| line(text, 95.0)).collect();
        let reading = understand(&lines, KNOWN, 80.0);
        let value = |field: Option<Field>| field.map(|field| field.value);
        (
            value(reading.birth),
            value(reading.expiry),
            value(reading.code),
        )
    }

    #[test]
    fn all_forms() {
        for (birth, expiry, expected) in [
            ("昭和55年2月17日生", "2035年2月17日まで有効", 550_217),
            ("平成元年12月1日生", "2030年12月1日まで有効", 11_201),
            ("令和 3 年 1 月 15 日生", "2031年1月15日まで有効", 30_115),
            ("1985年11月30日生", "2034年11月30日まで有効", 851_130),
            ("大正15年8月末日生", "2029年8月末日まで有効", 150_899),
        ] {
            let (got, year, code) = read(&[birth, expiry, "2285", "12345"]);
            assert_eq!((got, code), (Some(expected), Some(2285)), "{birth}");
            assert!(year.is_some());
        }
    }

    /// Invariant 3: what does not fit together is not sure.
    #[test]
    fn invariant_3_doubtful_readings_give_nothing() {
        // Birthday and expiry differ by a misread digit.
        assert_eq!(
            read(&["昭和55年2月17日生", "2035年2月11日まで有効"]),
            (None, None, None)
        );
        // Without the other date nothing confirms it.
        assert_eq!(read(&["昭和55年2月17日生"]), (None, None, None));
        // An era does not have so many years; a month does not exist; expiry long past or far off.
        assert_eq!(
            read(&["平成55年2月17日生", "2035年2月17日まで有効"]).0,
            None
        );
        assert_eq!(
            read(&["昭和55年13月17日生", "2035年2月17日まで有効"]).0,
            None
        );
        assert_eq!(
            read(&["昭和55年2月17日生", "2015年2月17日まで有効"]),
            (None, None, None)
        );
        // Two codes, two different births.
        assert_eq!(read(&["1234", "5678"]).2, None);
        let twice = read(&[
            "昭和55年2月17日生",
            "昭和56年2月17日生",
            "2035年2月17日まで有効",
        ]);
        assert_eq!(twice.0, None);
        // A single unsure character.
        let mut unsure = line("2285", 95.0);
        unsure[2].confidence = 60.0;
        assert_eq!(understand(&[unsure], KNOWN, 80.0).code, None);
    }

    #[test]
    fn the_chip_s_expiry_confirms_or_denies() {
        let known = |day| Known {
            expiry: Some(day),
            ..KNOWN
        };
        let lines = [line("昭和55年2月17日生", 95.0)];
        assert!(
            understand(&lines, known((2035, 2, 17)), 80.0)
                .birth
                .is_some()
        );
        assert!(
            understand(&lines, known((2035, 2, 11)), 80.0)
                .birth
                .is_none()
        );
        let lines = [
            line("昭和55年2月17日生", 95.0),
            line("2036年2月17日まで有効", 95.0),
        ];
        let reading = understand(&lines, known((2035, 2, 17)), 80.0);
        assert!(reading.expiry.is_none());
        assert_eq!(reading.denied.map(|field| field.value), Some(2036));
    }

    /// What speaks of another card is a plausible day of expiry that the chip does not tell; an open day may be the same card's.
    #[test]
    fn a_day_that_the_chip_denies_is_remarked() {
        let denied = |text: &str, expiry, confidence| {
            let known = Known { expiry, ..KNOWN };
            understand(&[line(text, confidence)], known, 80.0)
                .denied
                .is_some()
        };
        let chip = Some((2035, 2, 17));
        for (text, expected) in [
            ("2035年2月17日まで有効", false),
            ("2035年2月18日まで有効", true),
            ("2034年2月17日まで有効", true),
            ("2035年2月末日まで有効", false),
            ("2035年3月末日まで有効", true),
            // Long past: misread, not another card.
            ("2017年2月17日まで有効", false),
        ] {
            assert_eq!(denied(text, chip, 95.0), expected, "{text}");
            assert!(!denied(text, None, 95.0), "{text}: nothing to compare with");
            assert!(!denied(text, chip, 60.0), "{text}: hardly read");
        }
        assert!(!denied("2035年2月17日まで有効", Some((2035, 2, 99)), 95.0));
        // Like every field it counts only when a second look at the line says the same.
        let known = Known {
            expiry: chip,
            ..KNOWN
        };
        let lines = [line("2034年2月17日まで有効", 95.0)];
        let mut reading = understand(&lines, known, 80.0);
        let place = reading.denied.unwrap().place;
        reading.confirm(place, &understand_line(&lines));
        assert!(reading.denied.is_some_and(|field| field.confirmed));
        reading.confirm(
            place,
            &understand_line(&[line("2035年2月17日まで有効", 95.0)]),
        );
        assert_eq!(reading.denied, None);
    }

    /// Invariant 3: where two numbers could be the code, none is looked at again.
    #[test]
    fn invariant_3_only_one_place_can_be_the_code() {
        let birth = line("昭和55年2月17日生", 95.0);
        let short = line("2 95", 40.0);
        assert_eq!(
            unsure_code(&[birth.clone(), short.clone()]),
            Some([0, 0, 39, 12])
        );
        assert_eq!(unsure_code(&[short, line("1234", 95.0)]), None);
        assert_eq!(
            unsure_code(&[birth, line("7", 95.0), line("295生", 95.0)]),
            None
        );
    }

    #[test]
    fn a_second_look_must_agree() {
        let lines = [
            line("昭和55年2月17日生", 95.0),
            line("2035年2月17日まで有効", 95.0),
        ];
        let mut reading = understand(&lines, KNOWN, 80.0);
        let place = reading.birth.unwrap().place;
        let same = understand_line(&[line("昭和55年2月17日生", 40.0)]);
        reading.confirm(place, &same);
        assert!(reading.birth.is_some_and(|field| field.confirmed));
        reading.confirm(place, &understand_line(&[line("昭和56年2月17日生", 99.0)]));
        assert!(reading.birth.is_none());
    }
}
