//! The search for what must stand nowhere: PINs, matching numbers, pieces of the card's photo, suppressed numbers of unentrusted
//! visits. Each is looked for as UTF-8, Shift_JIS, UTF-16, base64 and hexadecimal. Short digits are found only as a word of their own, or
//! every clock would contain a PIN.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Bytes of a photo taken as one piece.
const PIECE: usize = 24;
/// Digits up to this many are found as a whole word only.
const SHORT: usize = 6;

/// Base64 that begins within a run of its characters is looked for only in runs so long.
const RUN: usize = 12;

/// Something that must stand nowhere.
#[derive(Clone)]
pub struct Secret {
    /// What it is, for the report; never the secret itself.
    pub name: String,
    forms: Vec<Form>,
    /// Found only as a word of its own.
    word: bool,
}

#[derive(Clone)]
struct Form {
    bytes: Vec<u8>,
    /// UTF-16: its neighbours are two bytes each.
    wide: bool,
}

impl Form {
    fn narrow(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: bytes.into(),
            wide: false,
        }
    }

    /// UTF-16, little-endian, as a browser keeps texts on the machines that a terminal is made of.
    fn wide(text: &str) -> Self {
        Self {
            bytes: text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            wide: true,
        }
    }

    fn hex(&self) -> Self {
        let text: String = self
            .bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self::narrow(text)
    }

    /// Whether it stands in these bytes; as a `word` only between what is none.
    fn stands_in(&self, bytes: &[u8], word: bool) -> bool {
        let mut places = memchr::memmem::find_iter(bytes, &self.bytes);
        if !word {
            return places.next().is_some();
        }
        places.any(|at| {
            let (before, after) = bytes.split_at(at);
            // Four digits after `ms=` in a log are a time.
            !before.ends_with(b"ms=")
                && self.ends(before)
                && self.begins(&after[self.bytes.len()..])
        })
    }

    /// Nothing that belongs to it stands before it.
    fn ends(&self, before: &[u8]) -> bool {
        match (self.wide, before) {
            (true, [.., letter, 0]) | (false, [.., letter]) => !is_word(*letter),
            _ => true,
        }
    }

    /// Nor behind it.
    fn begins(&self, after: &[u8]) -> bool {
        match (self.wide, after) {
            (true, [letter, 0, ..]) | (false, [letter, ..]) => !is_word(*letter),
            _ => true,
        }
    }
}

impl Secret {
    /// Digits; also as full-width ones, in UTF-8 and in Shift_JIS (plain digits are the same bytes in both), and in UTF-16.
    #[must_use]
    pub fn digits(name: &str, digits: &str) -> Self {
        let numbers: Vec<u8> = digits.bytes().map(|byte| byte.wrapping_sub(b'0')).collect();
        let full: String = numbers
            .iter()
            .filter_map(|n| char::from_u32(0xFF10 + u32::from(*n)))
            .collect();
        let sjis: Vec<u8> = numbers.iter().flat_map(|n| [0x82, 0x4F + n]).collect();
        Self {
            name: name.to_owned(),
            forms: vec![
                Form::narrow(digits),
                Form::wide(digits),
                Form::wide(&full),
                Form::narrow(full),
                Form::narrow(sjis),
            ],
            word: digits.len() <= SHORT,
        }
    }

    /// A text without Japanese letters, such as a password: as UTF-8 (the same bytes in Shift_JIS) and UTF-16.
    #[must_use]
    pub fn text(name: &str, text: &str) -> Self {
        Self {
            name: name.to_owned(),
            forms: vec![Form::narrow(text), Form::wide(text)],
            word: false,
        }
    }

    /// Pieces of a photo: evenly over the file, without its head, which all photos have in common.
    #[must_use]
    pub fn photo(name: &str, bytes: &[u8]) -> Vec<Self> {
        let body = bytes.get(bytes.len() / 4..).unwrap_or_default();
        let step = (body.len() / 16).max(PIECE);
        let pieces = body.chunks(step).filter_map(|chunk| chunk.get(..PIECE));
        pieces
            .enumerate()
            .map(|(n, piece)| Self {
                name: format!("{name}, piece {n}"),
                forms: vec![Form::narrow(piece)],
                word: false,
            })
            .collect()
    }

    /// How it is found in these bytes, if it is: `plain`, `hex` or `base64`.
    #[must_use]
    pub fn found_in(&self, bytes: &[u8]) -> Option<&'static str> {
        self.found_among(&Readings::of(bytes))
    }

    fn found_among(&self, readings: &Readings<'_>) -> Option<&'static str> {
        let any = |bytes: &[u8]| {
            self.forms
                .iter()
                .any(|form| form.stands_in(bytes, self.word))
        };
        let hex = |form: &Form| form.hex().stands_in(&readings.lower, self.word);
        if any(readings.bytes) {
            Some("plain")
        } else if self.forms.iter().any(hex) {
            Some("hex")
        } else if any(&readings.decoded) {
            Some("base64")
        } else {
            None
        }
    }
}

/// Bytes and what else they can be read as.
struct Readings<'a> {
    bytes: &'a [u8],
    /// In small letters, for hexadecimal.
    lower: Vec<u8>,
    /// Whatever could be base64, decoded; a zero between any two.
    decoded: Vec<u8>,
}

impl<'a> Readings<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let mut decoded = Vec::new();
        for run in words(bytes) {
            // A text may have begun at any character of a run that something else was written against.
            let starts = if run.len() < RUN { 1 } else { 4 };
            for start in 0..starts {
                decoded.extend(run.get(start..).and_then(self::decoded).unwrap_or_default());
                decoded.push(0);
            }
        }
        Self {
            bytes,
            lower: bytes.to_ascii_lowercase(),
            decoded,
        }
    }
}

/// Letters and digits, and what continues a number or a fraction of a second. After a bare `:` stands a number of JSON: a count or a
/// time; digits that somebody typed are texts, in quotes.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'_' | b'/' | b'+')
}

/// What may be base64: unbroken runs of its characters.
fn words(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes
        .split(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')))
        .filter(|word| word.len() >= 4)
}

fn decoded(word: &[u8]) -> Option<Vec<u8>> {
    // One character more than whole bytes is a run that something else was written against.
    let word = if word.len() % 4 == 1 {
        word.get(..word.len() - 1)?
    } else {
        word
    };
    let lenient = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let alphabet = if word.iter().any(|byte| matches!(byte, b'-' | b'_')) {
        &URL_SAFE
    } else {
        &STANDARD
    };
    GeneralPurpose::new(alphabet, lenient).decode(word).ok()
}

/// A place that is searched.
pub struct Place {
    /// Its name.
    pub name: String,
    /// Everything that stands there.
    pub bytes: Vec<u8>,
}

impl Place {
    /// With a name.
    #[must_use]
    pub fn new(name: &str, bytes: Vec<u8>) -> Self {
        Self {
            name: name.to_owned(),
            bytes,
        }
    }
}

/// What is found, as `secret: place (form)`.
#[must_use]
pub fn search(places: &[Place], secrets: &[Secret]) -> Vec<String> {
    let mut found = Vec::new();
    for place in places {
        let readings = Readings::of(&place.bytes);
        for secret in secrets {
            if let Some(form) = secret.found_among(&readings) {
                found.push(format!("{}: {} ({form})", secret.name, place.name));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_seen_and_a_clock_is_no_pin() {
        let number = Secret::digits("payer", "12000009");
        let pin = Secret::digits("pin", "3456");
        for (bytes, form) in [
            (&b"x12000009y"[..], "plain"),
            (
                "\u{ff11}\u{ff12}\u{ff10}\u{ff10}\u{ff10}\u{ff10}\u{ff10}\u{ff19}".as_bytes(),
                "plain",
            ),
            (
                b"\x82\x50\x82\x51\x82\x4f\x82\x4f\x82\x4f\x82\x4f\x82\x4f\x82\x58",
                "plain",
            ),
            (b"ab3132303030303039cd", "hex"),
            (b"\"MTIwMDAwMDk=\"", "base64"),
            (b"\"eDEyMDAwMDA5\"", "base64"),
            (b"\"eHgxMjAwMDAwOQ\"", "base64"),
        ] {
            assert_eq!(number.found_in(bytes), Some(form), "{bytes:?}");
        }
        assert_eq!(pin.found_in(b"\"pin\":\"3456\""), Some("plain"));
        assert_eq!(pin.found_in(b"digits MzQ1Ng== end"), Some("base64"));
        assert_eq!(pin.found_in(b" 33343536 "), Some("hex"));
        for clock in [
            "1795273456",
            "09:12:33.3456",
            "a3456f",
            "20263456T",
            "{\"ms\":3456}",
            "machine_ms=3456 ",
        ] {
            assert_eq!(pin.found_in(clock.as_bytes()), None, "{clock}");
        }
        let wide =
            |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
        assert_eq!(number.found_in(&wide("x12000009y")), Some("plain"));
        assert_eq!(
            number.found_in(b"xMTIwMDAwMDk9"),
            Some("base64"),
            "not at the start of the run"
        );
        assert_eq!(pin.found_in(&wide("\"3456\"")), Some("plain"));
        assert_eq!(pin.found_in(&wide("134567")), None);
        let password = Secret::text("password", "kame-sora-umi");
        assert_eq!(password.found_in(&wide("a kame-sora-umi b")), Some("plain"));
        let photo: Vec<u8> = (0..2000_u32).map(|n| (n * n % 251) as u8).collect();
        let pieces = Secret::photo("photo", &photo);
        assert!(pieces.len() >= 10);
        assert!(pieces.iter().all(|piece| piece.found_in(&photo).is_some()));
        let part = base64::engine::general_purpose::STANDARD.encode(&photo[900..1400]);
        let seen = pieces
            .iter()
            .filter(|piece| piece.found_in(part.as_bytes()).is_some());
        assert!(seen.count() >= 3);
        assert!(
            pieces
                .iter()
                .all(|piece| piece.found_in(&[7; 4000]).is_none())
        );
    }
}
