//! The two encodings of the interface, UTF-8 and Shift_JIS (in its everyday form CP932), without silent loss.
//!
//! Unreadable names (●) are what clinics complain about most, so a character that the encoding can't hold
//! is written as the geta mark 〓, the customary sign for "character not available", and reported.

use std::borrow::Cow;

use encoding_rs::SHIFT_JIS;

use crate::error::OqsError;

/// Encoding of the XML form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8.
    Utf8,
    /// Shift_JIS as CP932.
    ShiftJis,
}

/// A character that could not be written as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostCharacter {
    /// Name of the element it stood in.
    pub element: String,
    /// The character.
    pub character: char,
    /// What stands in its place; empty for a dropped variation selector (the basic form remains).
    pub written: &'static str,
}

/// A message in bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Encoded {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What the encoding could not hold.
    pub lost: Vec<LostCharacter>,
    /// The encoding.
    pub charset: Charset,
}

/// What stands for a character that can't be written.
pub const GETA: char = '〓';

impl Charset {
    /// Name for an XML declaration and for `charset=`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::ShiftJis => "Shift_JIS",
        }
    }

    /// Code of CharacterCodeIdentifier (OQSCD005).
    pub(crate) fn identifier(self) -> &'static str {
        match self {
            Self::Utf8 => "0",
            Self::ShiftJis => "1",
        }
    }

    /// The encoding of an XML declaration's label, when it is one of the two.
    fn from_label(label: &str) -> Option<Self> {
        if label.eq_ignore_ascii_case("cp932") {
            return Some(Self::ShiftJis);
        }
        match encoding_rs::Encoding::for_label(label.as_bytes())? {
            found if found == SHIFT_JIS => Some(Self::ShiftJis),
            found if found == encoding_rs::UTF_8 => Some(Self::Utf8),
            _ => None,
        }
    }

    /// The text as the encoding can hold it; what is replaced is appended to `lost`.
    pub(crate) fn fit(self, element: &str, text: &str, lost: &mut Vec<LostCharacter>) -> String {
        let mut fitted = String::with_capacity(text.len());
        for character in text.chars() {
            let character = match self {
                Self::Utf8 => character,
                Self::ShiftJis => equivalent(character),
            };
            if !is_xml(character) || (self == Self::ShiftJis && !in_cp932(character)) {
                let dropped = is_variation_selector(character);
                lost.push(LostCharacter {
                    element: element.to_owned(),
                    character,
                    written: if dropped { "" } else { "〓" },
                });
                if !dropped {
                    fitted.push(GETA);
                }
            } else {
                fitted.push(character);
            }
        }
        fitted
    }

    /// Bytes of a text that was fitted.
    pub(crate) fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::ShiftJis => SHIFT_JIS.encode(text).0.into_owned(),
        }
    }
}

/// The text of an XML file: UTF-8 by byte order mark, else as its declaration says, else UTF-8.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, OqsError> {
    let (charset, mark) = sniff(bytes)?;
    let bytes = bytes.get(mark..).unwrap_or_default();
    match charset {
        Charset::Utf8 => utf8(bytes),
        Charset::ShiftJis => SHIFT_JIS
            .decode_without_bom_handling_and_without_replacement(bytes)
            .ok_or(OqsError::NotText("Shift_JIS")),
    }
}

/// The charset of an XML file by its first bytes (byte order mark or declaration, else UTF-8), and the length of
/// the mark.
pub(crate) fn sniff(head: &[u8]) -> Result<(Charset, usize), OqsError> {
    if head.starts_with(b"\xEF\xBB\xBF") {
        return Ok((Charset::Utf8, 3));
    }
    match declared(head) {
        None => Ok((Charset::Utf8, 0)),
        Some(label) => Charset::from_label(&label)
            .map(|charset| (charset, 0))
            .ok_or(OqsError::Encoding),
    }
}

/// The text with replacement characters for what is none; true when there were any.
pub(crate) fn decode_leniently(bytes: &[u8]) -> Result<(Cow<'_, str>, bool), OqsError> {
    let (charset, mark) = sniff(bytes)?;
    let bytes = bytes.get(mark..).unwrap_or_default();
    Ok(match charset {
        Charset::Utf8 => {
            let text = String::from_utf8_lossy(bytes);
            let lost = matches!(text, Cow::Owned(_));
            (text, lost)
        }
        Charset::ShiftJis => SHIFT_JIS.decode_without_bom_handling(bytes),
    })
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, OqsError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(_) => Err(OqsError::NotText("UTF-8")),
    }
}

/// The label in `<?xml … encoding="…" ?>`, which is ASCII in both encodings.
fn declared(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..bytes.len().min(256))?;
    let head = head.strip_prefix(b"<?xml")?;
    let end = head.windows(2).position(|pair| pair == b"?>")?;
    let declaration = std::str::from_utf8(head.get(..end)?).ok()?;
    let (_, rest) = declaration.split_once("encoding")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (label, _) = rest.get(1..)?.split_once(quote)?;
    Some(label.to_owned())
}

/// The same JIS character under the code point that CP932 uses for it, and yen and overline signs that
/// would otherwise become a backslash and a tilde.
fn equivalent(character: char) -> char {
    match character {
        '\u{301C}' => '\u{FF5E}',
        '\u{2016}' => '\u{2225}',
        '\u{2212}' => '\u{FF0D}',
        '\u{2014}' => '\u{2015}',
        '\u{00A2}' => '\u{FFE0}',
        '\u{00A3}' => '\u{FFE1}',
        '\u{00AC}' => '\u{FFE2}',
        '\u{00A5}' => '\u{FFE5}',
        '\u{203E}' => '\u{FFE3}',
        other => other,
    }
}

fn in_cp932(character: char) -> bool {
    let mut buffer = [0; 4];
    character.is_ascii() || !SHIFT_JIS.encode(character.encode_utf8(&mut buffer)).2
}

/// Whether Shift_JIS (CP932) holds every character of a text, or a customary equivalent of it.
pub fn shift_jis_holds(text: &str) -> bool {
    text.chars()
        .all(|character| in_cp932(equivalent(character)))
}

/// True for a character that XML 1.0 can hold.
pub(crate) fn is_xml(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

fn is_variation_selector(character: char) -> bool {
    matches!(character, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// True when a text shows that a character was lost before it came here: ●, 〓, the replacement character,
/// or a code of the private use area. Such a name must never overwrite a stored one.
pub fn is_unreadable(text: &str) -> bool {
    text.chars()
        .any(|c| matches!(c, '●' | GETA | '\u{FFFD}' | '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(text: &str) -> (String, Vec<char>) {
        let mut lost = Vec::new();
        let fitted = Charset::ShiftJis.fit("Name", text, &mut lost);
        (fitted, lost.iter().map(|l| l.character).collect())
    }

    #[test]
    fn what_cp932_holds_survives_both_ways() {
        let text = "髙﨑　はしご①㈱ｶﾅ～－∥￢\\~";
        let (fitted, lost) = fit(text);
        assert_eq!((fitted.as_str(), lost), (text, vec![]));
        let bytes = Charset::ShiftJis.encode(&fitted);
        let back = SHIFT_JIS.decode_without_bom_handling_and_without_replacement(&bytes);
        assert_eq!(back.as_deref(), Some(text));
    }

    #[test]
    fn what_cp932_lacks_is_marked_and_reported_never_a_black_dot() {
        assert_eq!(fit("𠮷田"), ("〓田".to_owned(), vec!['𠮷']));
        assert_eq!(fit("葛\u{E0100}城"), ("葛城".to_owned(), vec!['\u{E0100}']));
        assert_eq!(fit("김"), ("〓".to_owned(), vec!['김']));
        assert_eq!(fit("a\u{1}b"), ("a〓b".to_owned(), vec!['\u{1}']));
    }

    #[test]
    fn twins_of_the_same_jis_character_are_not_a_loss() {
        assert_eq!(fit("〜−¥"), ("～－￥".to_owned(), vec![]));
    }

    #[test]
    fn lost_characters_are_seen() {
        for text in ["●田", "山\u{FFFD}", "\u{E000}", "〓"] {
            assert!(is_unreadable(text), "{text}");
        }
        assert!(!is_unreadable("髙﨑　一郎○◎"));
    }

    #[test]
    fn labels_of_declarations() {
        let of = |text: &str| declared(text.as_bytes());
        assert_eq!(
            of("<?xml version='1.0' encoding='cp932'?>").as_deref(),
            Some("cp932")
        );
        assert_eq!(of("<?xml version=\"1.0\"?><a encoding=\"x\"/>"), None);
        assert_eq!(of("<?xml encoding=é"), None);
        assert_eq!(Charset::from_label("Windows-31J"), Some(Charset::ShiftJis));
        assert_eq!(Charset::from_label("EUC-JP"), None);
    }
}
