//! Taking a command APDU apart, strictly: every byte accounted for (ISO/IEC 7816-3 §12.1).

/// A command, borrowed.
#[derive(Debug)]
pub(super) struct Apdu<'a> {
    /// CLA INS P1 P2.
    pub(super) header: [u8; 4],
    /// Data field.
    pub(super) data: &'a [u8],
    /// Expected length in bytes; a coded zero is 256 (short) or 65536 (extended).
    pub(super) le: Option<usize>,
    /// Whether the extended length form is used.
    pub(super) extended: bool,
}

impl<'a> Apdu<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (header, rest) = bytes.split_first_chunk::<4>()?;
        let apdu = |data, le, extended| {
            Some(Self {
                header: *header,
                data,
                le,
                extended,
            })
        };
        match rest {
            [] => apdu(&[], None, false),
            [le] => apdu(&[], Some(short(*le)), false),
            [0x00, high, low] => apdu(&[], Some(extended_le(*high, *low)), true),
            [0x00, high, low, rest @ ..] => {
                let count = usize::from(u16::from_be_bytes([*high, *low]));
                match rest.get(count..)? {
                    [] if count > 0 => apdu(&rest[..count], None, true),
                    [high, low] if count > 0 => {
                        apdu(&rest[..count], Some(extended_le(*high, *low)), true)
                    }
                    _ => None,
                }
            }
            [0x00, ..] => None,
            [count, rest @ ..] => {
                let count = usize::from(*count);
                match rest.get(count..)? {
                    [] => apdu(&rest[..count], None, false),
                    [le] => apdu(&rest[..count], Some(short(*le)), false),
                    _ => None,
                }
            }
        }
    }

    /// Short form without an expected answer.
    pub(super) const fn is_plain(&self) -> bool {
        self.le.is_none() && !self.extended
    }
}

fn short(le: u8) -> usize {
    if le == 0 { 256 } else { usize::from(le) }
}

fn extended_le(high: u8, low: u8) -> usize {
    match u16::from_be_bytes([high, low]) {
        0 => 65_536,
        le => usize::from(le),
    }
}
