//! Command APDUs as they arrive: the four cases, short and extended (ISO/IEC 7816-4, JICSAP 6.1).
use super::status;

/// A parsed command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Command<'a> {
    pub(crate) cla: u8,
    pub(crate) ins: u8,
    pub(crate) p1: u8,
    pub(crate) p2: u8,
    pub(crate) data: &'a [u8],
    /// Bytes expected back; `None` when there is no Le.
    pub(crate) le: Option<usize>,
    /// Lc or Le was in the extended form.
    pub(crate) extended: bool,
}

impl<'a> Command<'a> {
    /// Splits a command; the error is the status word.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, u16> {
        let [cla, ins, p1, p2, body @ ..] = bytes else {
            return Err(status::WRONG_LENGTH);
        };
        let (data, le, extended) = split(body).ok_or(status::WRONG_LENGTH)?;
        Ok(Self {
            cla: *cla,
            ins: *ins,
            p1: *p1,
            p2: *p2,
            data,
            le,
            extended,
        })
    }

    /// P1 and P2 as one number.
    pub(crate) fn p1p2(&self) -> u16 {
        u16::from_be_bytes([self.p1, self.p2])
    }
}

type Parts<'a> = (&'a [u8], Option<usize>, bool);

fn split(body: &[u8]) -> Option<Parts<'_>> {
    match body {
        [] => Some((&[], None, false)),
        [le] => Some((&[], Some(or_max(usize::from(*le), 256)), false)),
        [0, high, low] => Some((&[], Some(or_max(be16(*high, *low), 65536)), true)),
        [0, high, low, rest @ ..] => {
            let lc = be16(*high, *low);
            let data = rest.get(..lc).filter(|data| !data.is_empty())?;
            match rest.get(lc..)? {
                [] => Some((data, None, true)),
                [high, low] => Some((data, Some(or_max(be16(*high, *low), 65536)), true)),
                _ => None,
            }
        }
        [0, _] => None,
        [lc, rest @ ..] => {
            let lc = usize::from(*lc);
            let data = rest.get(..lc)?;
            match rest.get(lc..)? {
                [] => Some((data, None, false)),
                [le] => Some((data, Some(or_max(usize::from(*le), 256)), false)),
                _ => None,
            }
        }
    }
}

fn be16(high: u8, low: u8) -> usize {
    usize::from(u16::from_be_bytes([high, low]))
}

fn or_max(value: usize, max: usize) -> usize {
    if value == 0 { max } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_of_a_command_is_understood() {
        let long = [&[0x80, 0xA2, 6, 0xC1, 0, 1, 0x33][..], &[7; 307]].concat();
        let cases: [(&[u8], usize, Option<usize>, bool); 8] = [
            (&[0, 0x20, 0, 0x80], 0, None, false),
            (&[0, 0xB0, 0, 0, 0], 0, Some(256), false),
            (&[0, 0xB0, 0, 0, 7], 0, Some(7), false),
            (&[0, 0xB0, 0x8A, 0, 0, 0, 0], 0, Some(65536), true),
            (&[0, 0xA4, 2, 0xC, 2, 0, 0xA], 2, None, false),
            (&[0x80, 0x2A, 0, 0x97, 1, 9, 0], 1, Some(256), false),
            (&long, 307, None, true),
            (&[0x80, 0x2A, 0, 0x97, 0, 0, 1, 9, 1, 0], 1, Some(256), true),
        ];
        for (bytes, data, le, extended) in cases {
            let command = Command::parse(bytes).unwrap();
            assert_eq!(
                (command.data.len(), command.le, command.extended),
                (data, le, extended),
                "{bytes:02X?}"
            );
        }
    }

    #[test]
    fn malformed_lengths_are_refused() {
        for bytes in [
            &[][..],
            &[0, 0xA4, 4],
            &[0, 0xA4, 4, 0, 5, 1, 2],
            &[0, 0xA4, 4, 0, 1, 1, 0, 0],
            &[0, 0xA4, 4, 0, 0, 1],
            &[0, 0xA4, 4, 0, 0, 0, 2, 1],
            &[0, 0xA4, 4, 0, 0, 0, 1, 1, 1],
            &[0, 0xA4, 4, 0, 0, 0, 0, 1],
        ] {
            assert_eq!(Command::parse(bytes), Err(status::WRONG_LENGTH));
        }
    }
}
