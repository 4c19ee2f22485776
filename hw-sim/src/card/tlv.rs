//! BER objects as the card writes them: one- or two-byte tags, lengths of one byte or `82 hh ll`
//! (not minimal: `82 00 80` occurs, myna commit 2e897df).

use crate::persons::BerForm;

/// How an object that would fit a one-byte length is written.
pub(crate) fn object_in(form: BerForm, tag: u16, value: &[u8]) -> Vec<u8> {
    match form {
        BerForm::Usual => object(tag, value),
        BerForm::Long => long_object(tag, value),
    }
}

/// An object with a short length when it fits in one byte, else `82 hh ll`.
pub(crate) fn object(tag: u16, value: &[u8]) -> Vec<u8> {
    if value.len() < 0x80 {
        build(tag, &[short(value.len())], value)
    } else {
        long_object(tag, value)
    }
}

/// An object whose length is always written `82 hh ll`.
pub(crate) fn long_object(tag: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes();
    build(tag, &[0x82, length[0], length[1]], value)
}

fn short(length: usize) -> u8 {
    u8::try_from(length).unwrap_or(0x7F)
}

fn build(tag: u16, length: &[u8], value: &[u8]) -> Vec<u8> {
    let [high, low] = tag.to_be_bytes();
    let mut out = Vec::with_capacity(5 + value.len());
    if high != 0 {
        out.push(high);
    }
    out.push(low);
    out.extend_from_slice(length);
    out.extend_from_slice(value);
    out
}

/// An object in a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tlv<'a> {
    pub(crate) tag: u16,
    pub(crate) value: &'a [u8],
    /// Header and value.
    pub(crate) whole: &'a [u8],
}

/// The first object of a buffer and what follows it.
pub(crate) fn first(bytes: &[u8]) -> Option<(Tlv<'_>, &[u8])> {
    let tag_length = if bytes.first()? & 0x1F == 0x1F { 2 } else { 1 };
    let tag = match bytes.get(..tag_length)? {
        [low] => u16::from(*low),
        [high, low] => u16::from_be_bytes([*high, *low]),
        _ => return None,
    };
    let (length_length, length) = match bytes.get(tag_length..)? {
        [n @ 0..=0x7F, ..] => (1, usize::from(*n)),
        [0x81, n, ..] => (2, usize::from(*n)),
        [0x82, high, low, ..] => (3, usize::from(u16::from_be_bytes([*high, *low]))),
        _ => return None,
    };
    let start = tag_length + length_length;
    let end = start + length;
    Some((
        Tlv {
            tag,
            value: bytes.get(start..end)?,
            whole: bytes.get(..end)?,
        },
        bytes.get(end..)?,
    ))
}

/// All objects up to the end or the filler (00 or FF).
pub(crate) fn all(mut bytes: &[u8]) -> Vec<Tlv<'_>> {
    let mut out = Vec::new();
    while let Some((tlv, rest)) = first(bytes) {
        out.push(tlv);
        bytes = rest;
        if matches!(bytes.first(), None | Some(0x00)) {
            break;
        }
    }
    out
}

/// The value of an object with this tag.
pub(crate) fn find<'a>(objects: &[Tlv<'a>], tag: u16) -> Option<&'a [u8]> {
    objects.iter().find(|o| o.tag == tag).map(|o| o.value)
}
