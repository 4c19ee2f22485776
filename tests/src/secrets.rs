//! The search for what must stand nowhere: PINs, matching numbers, pieces of the card's photo, suppressed numbers of unentrusted
//! visits. Each is looked for as UTF-8, Shift_JIS, base64 and hexadecimal. Short digits are found only as a word of their own, or
//! every clock would contain a PIN.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Bytes of a photo taken as one piece.
const PIECE: usize = 24;
/// Digits up to this many are found as a whole word only.
const SHORT: usize = 6;

/// Something that must stand nowhere.
#[derive(Clone)]
pub struct Secret {
    /// What it is, for the report; never the secret itself.
    pub name: String,
    forms: Vec<Vec<u8>>,
    /// Found only as a word of its own.
    word: bool,
}

impl Secret {
    /// Digits; also as full-width ones, in UTF-8 and in Shift_JIS (plain digits are the same bytes in both).
    #[must_use]
    pub fn digits(name: &str, digits: &str) -> Self {
        let numbers: Vec<u8> = digits.bytes().map(|byte| byte.wrapping_sub(b'0')).collect();
        let wide: String = numbers
            .iter()
            .filter_map(|n| char::from_u32(0xFF10 + u32::from(*n)))
            .collect();
        let sjis = numbers.iter().flat_map(|n| [0x82, 0x4F + n]).collect();
        Self {
            name: name.to_owned(),
            forms: vec![digits.as_bytes().to_vec(), wide.into_bytes(), sjis],
            word: digits.len() <= SHORT,
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
                forms: vec![piece.to_vec()],
                word: false,
            })
            .collect()
    }

    /// How it is found in these bytes, if it is: `plain`, `hex` or `base64`.
    #[must_use]
    pub fn found_in(&self, bytes: &[u8]) -> Option<&'static str> {
        let lower = bytes.to_ascii_lowercase();
        for form in &self.forms {
            if self.stands_in(bytes, form) {
                return Some("plain");
            }
            let hex: String = form.iter().map(|byte| format!("{byte:02x}")).collect();
            if self.stands_in(&lower, hex.as_bytes()) {
                return Some("hex");
            }
        }
        let in_base64 = words(bytes).any(|word| {
            let text = decoded(word).unwrap_or_default();
            self.forms.iter().any(|form| self.stands_in(&text, form))
        });
        if in_base64 {
            return Some("base64");
        }
        None
    }

    fn stands_in(&self, bytes: &[u8], form: &[u8]) -> bool {
        if !self.word {
            return contains(bytes, form);
        }
        let alone = |byte: Option<&u8>| byte.is_none_or(|byte| !is_word(*byte));
        bytes
            .windows(form.len())
            .enumerate()
            .filter(|(_, window)| *window == form)
            .any(|(at, _)| {
                // Four digits after `ms=` in a log are a time.
                let time = bytes
                    .get(..at)
                    .is_some_and(|before| before.ends_with(b"ms="));
                !time
                    && alone(at.checked_sub(1).and_then(|before| bytes.get(before)))
                    && alone(bytes.get(at + form.len()))
            })
    }
}

/// Letters and digits, and what continues a number or a fraction of a second. After a bare `:` stands a number of JSON: a count or a
/// time; digits that somebody typed are texts, in quotes.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'_' | b'/' | b'+')
}

/// Whether the piece stands anywhere in the bytes.
fn contains(bytes: &[u8], form: &[u8]) -> bool {
    let Some(first) = form.first() else {
        return false;
    };
    let mut from = 0;
    while let Some(at) = bytes
        .get(from..)
        .and_then(|rest| rest.iter().position(|byte| byte == first))
    {
        let at = from + at;
        if bytes.get(at..at + form.len()) == Some(form) {
            return true;
        }
        from = at + 1;
    }
    false
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
        for secret in secrets {
            if let Some(form) = secret.found_in(&place.bytes) {
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
