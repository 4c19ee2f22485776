//! Texts of a known form: dates, months, times, numbers of limited length. Each keeps what came, verbatim,
//! says whether it is what it should be, and reads like the text it is.

use std::fmt;
use std::ops::Deref;

use crate::doubt::{DoubtKind, Doubts};
use crate::element::Content;
use crate::error::OqsError;
use crate::record::Value;
use crate::time;

/// A text type: `Deref` to `str`, so that it is compared and cut like the text it is.
macro_rules! text_type {
    ($(#[$meta:meta])* pub struct $type:ident $(<const $max:ident: $usize:ty>)?; sample $sample:expr; meaning $meaning:expr; doubt $doubt:expr) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $type $(<const $max: $usize>)? (String);

        impl $(<const $max: $usize>)? $type $(<$max>)? {
            /// The text, verbatim.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl $(<const $max: $usize>)? Deref for $type $(<$max>)? {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl $(<const $max: $usize>)? From<&str> for $type $(<$max>)? {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl $(<const $max: $usize>)? From<String> for $type $(<$max>)? {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl $(<const $max: $usize>)? From<$type $(<$max>)?> for String {
            fn from(value: $type $(<$max>)?) -> Self {
                value.0
            }
        }

        /// The kind only: values are about patients and belong in no log (invariant 5).
        impl $(<const $max: $usize>)? fmt::Debug for $type $(<$max>)? {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($type), "(…)"))
            }
        }

        impl $(<const $max: $usize>)? Value for $type $(<$max>)? {
            fn read(name: &str, content: Content) -> Result<Option<Self>, OqsError> {
                Ok(String::read(name, content)?.map(Self))
            }

            fn write(&self) -> Option<Content> {
                self.0.write()
            }

            fn doubts(&self, doubts: &mut Doubts) {
                let meaning: fn(&Self) -> Option<(String, String)> = $meaning;
                doubts.value(&self.0, meaning(self));
                doubts.unreadable(&self.0);
                let doubt: fn(&Self) -> Option<DoubtKind> = $doubt;
                if let Some(kind) = doubt(self) {
                    doubts.note(kind);
                }
            }

            #[cfg(test)]
            fn sample() -> Self {
                Self($sample.to_owned())
            }

            #[cfg(test)]
            fn any(random: &mut crate::record::Random) -> Self {
                if random.below(8) == 0 { Self(random.text()) } else { Self::sample() }
            }
        }
    };
}

text_type! {
    /// A day, `yyyyMMdd`.
    pub struct Date; sample "20261122";
    meaning |date| date.is_valid().then(|| (date.ja(), date.en()));
    doubt |date| (!date.is_valid()).then_some(DoubtKind::NotATime { form: "yyyyMMdd" })
}
text_type! {
    /// A month, `yyyyMM`.
    pub struct Month; sample "202611";
    meaning |month| month.is_valid().then(|| (month.ja(), format!("{}-{}", &month[..4], &month[4..])));
    doubt |month| (!month.is_valid()).then_some(DoubtKind::NotATime { form: "yyyyMM" })
}
text_type! {
    /// A time in Japan, `yyyyMMddHHmmss`.
    pub struct Timestamp; sample "20261122093000";
    meaning |time| time.ms().map(|_| time.words());
    doubt |time| time.ms().is_none().then_some(DoubtKind::NotATime { form: "yyyyMMddHHmmss" })
}
text_type! {
    /// 保険者番号 or 公費負担者番号: 8 characters, padded with spaces on the left (public XML samples) or with
    /// zeros (a Web API client); kept as it came.
    pub struct InsurerNumber; sample "06139307";
    meaning |_| None;
    doubt |number| {
        if number.trim().chars().count() > 8 {
            Some(DoubtKind::TooLong { limit: 8 })
        } else {
            (!check_digit_holds(number)).then_some(DoubtKind::CheckDigit)
        }
    }
}
text_type! {
    /// 照会番号, up to 50 characters: carries the clinic's patient ID.
    pub struct ReferenceNumber; sample "00000001";
    meaning |_| None;
    doubt |number| (number.chars().count() > Self::MAX).then_some(DoubtKind::TooLong { limit: Self::MAX })
}
text_type! {
    /// A text of at most `MAX` characters (more is doubted, not refused).
    pub struct Text<const MAX: usize>; sample "12";
    meaning |_| None;
    doubt |text| (text.trim().chars().count() > MAX).then_some(DoubtKind::TooLong { limit: MAX })
}

impl Date {
    /// True for a day that exists.
    pub fn is_valid(&self) -> bool {
        time::is_date(self)
    }

    /// With the Japanese era, `令和8年11月22日`; the text itself when it is no date.
    pub fn ja(&self) -> String {
        time::ja_date(self)
    }

    /// `2026-11-22`; the text itself when it is no date.
    pub fn en(&self) -> String {
        time::en_date(self)
    }

    /// The month the day lies in; the text's first six characters.
    pub fn month(&self) -> Month {
        Month(self.chars().take(6).collect())
    }
}

impl Month {
    /// True for a month that exists.
    pub fn is_valid(&self) -> bool {
        self.len() == 6 && time::is_date(&format!("{}01", self.0))
    }

    /// With the Japanese era, `令和8年11月`.
    pub fn ja(&self) -> String {
        time::ja_month(self)
    }

    /// First and last day, `yyyyMMdd`, of a month that exists.
    pub fn days(&self) -> Option<(Date, Date)> {
        if !self.is_valid() {
            return None;
        }
        let last = (28..=31)
            .rev()
            .map(|day| format!("{}{day}", self.0))
            .find(|date| time::is_date(date))?;
        Some((Date(format!("{}01", self.0)), Date(last)))
    }
}

impl Timestamp {
    /// Milliseconds since the Unix epoch of a time that exists.
    pub fn ms(&self) -> Option<i64> {
        time::from_jst(self)
    }

    /// In words, `令和8年11月22日 9時30分00秒` and `2026-11-22 09:30:00`; for a time that exists.
    fn words(&self) -> (String, String) {
        let part = |from: usize, to: usize| self.0.trim().get(from..to).unwrap_or_default();
        let date = part(0, 8);
        let hour: u8 = part(8, 10).parse().unwrap_or_default();
        let (minute, second) = (part(10, 12), part(12, 14));
        (
            format!("{} {hour}時{minute}分{second}秒", time::ja_date(date)),
            format!("{} {hour:02}:{minute}:{second}", time::en_date(date)),
        )
    }

    /// The text of a time, ms since the Unix epoch.
    pub fn from_ms(ms: i64) -> Self {
        Self(time::to_jst(ms))
    }
}

impl InsurerNumber {
    /// 8 characters, padded with spaces on the left.
    pub fn padded(number: &str) -> Self {
        Self(format!("{:>8}", number.trim()))
    }
}

impl ReferenceNumber {
    /// Most characters that can be registered.
    pub const MAX: usize = 50;

    /// A number that may be registered: not empty, not too long, no control characters.
    ///
    /// # Errors
    /// [`OqsError::ReferenceNumber`] says that it can't.
    pub fn new(text: &str) -> Result<Self, OqsError> {
        let text = text.trim();
        let length = text.chars().count();
        if length == 0 || length > Self::MAX || text.chars().any(char::is_control) {
            return Err(OqsError::ReferenceNumber);
        }
        Ok(Self(text.to_owned()))
    }
}

/// True when the customary check digit (mod 10, weights 2 and 1 from the right of the last digit) agrees, and for
/// anything that has none. The founding document's own sample numbers fail it, so it is a hint only.
pub fn check_digit_holds(number: &str) -> bool {
    let digits: Option<Vec<u32>> = number.trim().chars().map(|c| c.to_digit(10)).collect();
    let Some((check, rest)) = digits.as_deref().and_then(<[u32]>::split_last) else {
        return number.trim().is_empty();
    };
    if !(6..=8).contains(&(rest.len() + 1)) {
        return true;
    }
    let sum: u32 = rest
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let weighted = if place % 2 == 0 { digit * 2 } else { *digit };
            weighted / 10 + weighted % 10
        })
        .sum();
    (10 - sum % 10) % 10 == *check
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubts(value: &impl Value) -> Vec<&'static str> {
        let mut doubts = Doubts::default();
        value.doubts(&mut doubts);
        let found = doubts.into_vec();
        found.iter().map(|doubt| doubt.kind.word()).collect()
    }

    #[test]
    fn times_say_what_they_are_and_keep_what_came() {
        assert_eq!(doubts(&Date::from("20261122")), [] as [&str; 0]);
        assert_eq!(doubts(&Date::from("20261131")), ["not-a-time"]);
        assert_eq!(doubts(&Month::from("202613")), ["not-a-time"]);
        assert_eq!(doubts(&Timestamp::from("20261122240000")), ["not-a-time"]);
        assert_eq!(Date::from("20261131").as_str(), "20261131");
        assert_eq!(Month::from("202402").days().unwrap().1.as_str(), "20240229");
        assert_eq!(Month::from("202613").days(), None);
        assert_eq!(Date::from("20261122").ja(), "令和8年11月22日");
        assert_eq!(Date::from("20261122").en(), "2026-11-22");
        assert_eq!(Timestamp::from_ms(0).as_str(), "19700101090000");
    }

    #[test]
    fn reference_numbers_have_at_most_fifty_characters() {
        assert!(ReferenceNumber::new(&"あ".repeat(50)).is_ok());
        assert_eq!(
            ReferenceNumber::new(&"1".repeat(51)),
            Err(OqsError::ReferenceNumber)
        );
        assert_eq!(ReferenceNumber::new(" "), Err(OqsError::ReferenceNumber));
        assert_eq!(ReferenceNumber::new("1\n2"), Err(OqsError::ReferenceNumber));
        assert_eq!(doubts(&ReferenceNumber::from("1".repeat(51))), ["too-long"]);
    }

    #[test]
    fn check_digits_are_doubted_and_never_refused() {
        assert!(check_digit_holds("06139307") && check_digit_holds(" 06139307"));
        assert!(!check_digit_holds("06139302"), "a digit mistyped");
        for number in ["12000001", "1010001"] {
            assert!(
                !check_digit_holds(number),
                "the sample of the founding document fails the rule"
            );
        }
        assert_eq!(doubts(&InsurerNumber::from("12000001")), ["check-digit"]);
        assert_eq!(doubts(&InsurerNumber::from("1234567890")), ["too-long"]);
        assert!(check_digit_holds("") && check_digit_holds("12") && !check_digit_holds("架空"));
        assert_eq!(InsurerNumber::padded("138016").as_str(), "  138016");
    }

    #[test]
    fn long_texts_are_doubted() {
        assert_eq!(doubts(&Text::<2>::from("012")), ["too-long"]);
        assert_eq!(doubts(&Text::<20>::from("12・34")), [] as [&str; 0]);
    }
}
