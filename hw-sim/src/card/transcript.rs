//! The last commands a card saw, for tests and the control page. Credentials are masked and no
//! response data is kept; the number of entries is bounded.
use std::collections::VecDeque;

use super::engine::Reply;

/// Entries kept.
const LIMIT: usize = 1000;
/// Command bytes kept of one entry.
const COMMAND_LIMIT: usize = 64;

/// One command and what came back.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Entry {
    /// The command in hexadecimal, credentials as `**`, long data cut with `…`.
    pub command: String,
    /// Status word in hexadecimal, or `removed`, `silent`, `short`.
    pub status: String,
    /// Bytes of response data.
    pub data_length: usize,
}

impl Entry {
    /// Whether this was a VERIFY with a credential in it (not a question for the counter).
    pub fn is_verify(&self) -> bool {
        self.command.starts_with("0020") && self.command.len() > 8
    }
}

/// The bounded list.
#[derive(Debug, Default)]
pub(crate) struct Transcript(VecDeque<Entry>);

impl Transcript {
    pub(crate) fn record(&mut self, command: &[u8], reply: &Reply) {
        if self.0.len() == LIMIT {
            self.0.pop_front();
        }
        let (status, data_length) = match reply {
            Reply::Removed => ("removed".into(), 0),
            Reply::Silent => ("silent".into(), 0),
            Reply::Answer(bytes) => match bytes.split_last_chunk::<2>() {
                Some((data, status)) => {
                    (format!("{:04X}", u16::from_be_bytes(*status)), data.len())
                }
                None => ("short".into(), bytes.len()),
            },
        };
        self.0.push_back(Entry {
            command: masked(command),
            status,
            data_length,
        });
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.0.iter().cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// VERIFY, CHANGE REFERENCE DATA and CHANGE KEY carry credentials after their five-byte head.
fn masked(command: &[u8]) -> String {
    let secret = matches!(command.get(1), Some(0x20 | 0x24 | 0x32));
    let mut text = String::new();
    for (index, byte) in command.iter().take(COMMAND_LIMIT).enumerate() {
        if secret && index >= 5 {
            text.push_str("**");
        } else {
            text.push_str(&format!("{byte:02X}"));
        }
    }
    if command.len() > COMMAND_LIMIT {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_never_enter_the_transcript() {
        let mut transcript = Transcript::default();
        let ok = Reply::Answer(vec![0x90, 0x00]);
        for command in [
            &b"\x00\x20\x00\x98\x041234"[..],
            b"\x00\x24\x01\x80\x041234",
            b"\x80\x32\x00\x80\x041234",
            b"\x00\x20\x00\x92\x0E02011520304321",
        ] {
            transcript.record(command, &ok);
        }
        let all = format!("{:?}", transcript.entries());
        assert!(!all.contains("31323334") && !all.contains("3032303131"));
        assert!(transcript.entries()[0].is_verify());
        assert_eq!(transcript.entries()[0].command, "0020009804********");
    }

    #[test]
    fn the_transcript_is_bounded() {
        let mut transcript = Transcript::default();
        for n in 0..(LIMIT + 10) {
            let n = u32::try_from(n).unwrap().to_be_bytes();
            transcript.record(&[n.to_vec(), vec![0; 500]].concat(), &Reply::Silent);
        }
        let entries = transcript.entries();
        assert_eq!(entries.len(), LIMIT);
        assert!(entries[0].command.starts_with("0000000A"));
        assert!(entries[0].command.len() < 140);
    }
}
