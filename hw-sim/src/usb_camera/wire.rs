//! The USB/IP messages that travel once a device is attached: 48 bytes of header, big endian, and data.
//! Source: Linux, Documentation/usb/usbip_protocol.rst.

use std::io::{self, Read};

/// Length of every header.
const HEADER: usize = 48;
/// Most bytes that a host may send in one transfer; control transfers of a camera need 26.
const MOST_OUT: usize = 4096;
const CMD_SUBMIT: u32 = 1;
const CMD_UNLINK: u32 = 2;
const RET_SUBMIT: u32 = 3;
const RET_UNLINK: u32 = 4;
/// -ECONNRESET: the transfer was taken back.
const TAKEN_BACK: i32 = -104;
/// -EPIPE: the endpoint stalls, which is how a device says "I don't know this".
pub(super) const STALL: i32 = -32;

/// What the host asks.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// A control transfer.
    Control {
        seq: u32,
        setup: Setup,
        /// What the host sends with it.
        data: Vec<u8>,
        /// The host expects data.
        inward: bool,
        /// How much it takes at most, or sent.
        length: usize,
    },
    /// Data of the streaming endpoint is wanted.
    Bulk { seq: u32, length: usize },
    /// Take a transfer back.
    Unlink { seq: u32, which: u32 },
}

/// The eight bytes of a control transfer, USB 2.0 §9.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Setup {
    pub(super) kind: u8,
    pub(super) request: u8,
    pub(super) value: u16,
    pub(super) index: u16,
    pub(super) length: u16,
}

fn word(bytes: &[u8; HEADER], at: usize) -> u32 {
    bytes
        .get(at..at + 4)
        .and_then(|four| four.try_into().ok())
        .map_or(0, u32::from_be_bytes)
}

/// Reads one message.
pub(super) fn read(from: &mut impl Read) -> io::Result<Ask> {
    let mut head = [0; HEADER];
    from.read_exact(&mut head)?;
    let (command, seq, inward, endpoint) = (
        word(&head, 0),
        word(&head, 4),
        word(&head, 12),
        word(&head, 16),
    );
    match command {
        CMD_UNLINK => Ok(Ask::Unlink {
            seq,
            which: word(&head, 20),
        }),
        CMD_SUBMIT => {
            let length = word(&head, 24) as usize;
            if endpoint != 0 {
                return Ok(Ask::Bulk { seq, length });
            }
            let mut data = Vec::new();
            if inward == 0 {
                if length > MOST_OUT {
                    return Err(io::Error::other(format!("{length} bytes for a camera")));
                }
                data.resize(length, 0);
                from.read_exact(&mut data)?;
            }
            let &[kind, request, v0, v1, i0, i1, l0, l1] =
                head.last_chunk::<8>().unwrap_or(&[0; 8]);
            let setup = Setup {
                kind,
                request,
                value: u16::from_le_bytes([v0, v1]),
                index: u16::from_le_bytes([i0, i1]),
                length: u16::from_le_bytes([l0, l1]),
            };
            Ok(Ask::Control {
                seq,
                setup,
                data,
                inward: inward != 0,
                length,
            })
        }
        other => Err(io::Error::other(format!("unknown command {other}"))),
    }
}

/// The end of a transfer. `actual` is how much of the host's own data was taken, or the length of `data`.
pub(super) fn submitted(seq: u32, status: i32, actual: usize, data: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(HEADER + data.len());
    for value in [
        RET_SUBMIT,
        seq,
        0,
        0,
        0,
        status as u32,
        actual as u32,
        0,
        0,
        0,
    ] {
        message.extend(value.to_be_bytes());
    }
    message.resize(HEADER, 0);
    message.extend_from_slice(data);
    message
}

/// The answer to a transfer taken back; `pending`: it had not ended before.
pub(super) fn unlinked(seq: u32, pending: bool) -> Vec<u8> {
    let status = if pending { TAKEN_BACK } else { 0 };
    let mut message = Vec::with_capacity(HEADER);
    for value in [RET_UNLINK, seq, 0, 0, 0, status as u32] {
        message.extend(value.to_be_bytes());
    }
    message.resize(HEADER, 0);
    message
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A request as the host's kernel sends it.
    pub(crate) fn request(
        command: u32,
        seq: u32,
        inward: bool,
        endpoint: u32,
        length: u32,
        setup: [u8; 8],
    ) -> Vec<u8> {
        let mut message = Vec::new();
        for value in [
            command,
            seq,
            0x10002,
            u32::from(inward),
            endpoint,
            0,
            length,
            0,
            0,
            0,
        ] {
            message.extend(value.to_be_bytes());
        }
        message.extend(setup);
        message
    }

    #[test]
    fn messages_are_read() {
        let get = request(1, 7, true, 0, 18, [0x80, 6, 0, 1, 0, 0, 18, 0]);
        let Ok(Ask::Control {
            seq: 7,
            setup,
            inward: true,
            length: 18,
            ..
        }) = read(&mut get.as_slice())
        else {
            panic!()
        };
        assert_eq!((setup.request, setup.value, setup.length), (6, 0x100, 18));
        let mut set = request(1, 8, false, 0, 3, [0x21, 1, 0, 1, 1, 0, 3, 0]);
        assert!(read(&mut set.as_slice()).is_err(), "cut off");
        set.extend([1, 2, 3]);
        assert!(
            matches!(read(&mut set.as_slice()), Ok(Ask::Control { data, .. }) if data == [1, 2, 3])
        );
        let bulk = request(1, 9, true, 1, 16384, [0; 8]);
        assert_eq!(
            read(&mut bulk.as_slice()).unwrap(),
            Ask::Bulk {
                seq: 9,
                length: 16384
            }
        );
        let mut unlink = request(2, 10, false, 0, 0, [0; 8]);
        unlink[20..24].copy_from_slice(&9u32.to_be_bytes());
        assert_eq!(
            read(&mut unlink.as_slice()).unwrap(),
            Ask::Unlink { seq: 10, which: 9 }
        );
        assert!(read(&mut request(1, 1, false, 0, u32::MAX, [0; 8]).as_slice()).is_err());
        assert!(read(&mut request(9, 1, false, 0, 0, [0; 8]).as_slice()).is_err());
    }

    #[test]
    fn answers_have_the_right_length() {
        assert_eq!(submitted(3, STALL, 0, &[]).len(), HEADER);
        let data = submitted(3, 0, 2, &[9, 8]);
        assert_eq!((data.len(), &data[48..]), (HEADER + 2, &[9, 8][..]));
        assert_eq!(data[24..28], 2u32.to_be_bytes());
        assert_eq!(unlinked(4, true)[20..24], (-104i32).to_be_bytes());
        assert_eq!(unlinked(4, true).len(), HEADER);
    }
}
