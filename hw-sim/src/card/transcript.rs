//! The last commands a card saw, for tests, the control page and people. Of a command's data only the
//! names in SELECT are kept, of an answer's data nothing but its length, so that neither a credential nor
//! anything about a person can stand here. The number of entries is bounded; the totals are not.
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::time::Duration;

use super::engine::Reply;

/// Entries kept.
const LIMIT: usize = 1000;
/// Command bytes shown of one entry.
const COMMAND_LIMIT: usize = 64;

/// One command and what came back.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Entry {
    /// Number of the command since the card was loaded or the transcript cleared, from 1.
    pub number: u64,
    /// What it is, as `verify jpki/auth-pin`.
    pub name: String,
    /// The command in hexadecimal, data as `**`, long data cut with `…`.
    pub command: String,
    /// Status word in hexadecimal, or `removed`, `silent`, `short`.
    pub status: String,
    /// Bytes of response data.
    pub data_length: usize,
    /// Bytes sent to the card.
    pub sent: usize,
    /// Bytes that came back, status word included.
    pub received: usize,
    /// Microseconds that the card took, by its latency profile and the faults set.
    pub card_us: u64,
    /// The fault that the script put here, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

impl Entry {
    /// Whether this was a VERIFY with a credential in it (not a question for the counter).
    pub fn is_verify(&self) -> bool {
        self.command.starts_with("0020") && self.command.len() > 8
    }
}

/// Totals since the card was loaded or the transcript cleared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Traffic {
    /// Commands.
    pub commands: u64,
    /// Bytes sent to the card.
    pub sent: u64,
    /// Bytes that came back, status words included.
    pub received: u64,
    /// Uses of a private key.
    pub signatures: u64,
    /// Microseconds that the card took.
    pub card_us: u64,
}

impl Traffic {
    /// The time that the card took.
    pub fn card_time(&self) -> Duration {
        Duration::from_micros(self.card_us)
    }
}

/// What is noted about one exchange.
pub(crate) struct Exchange<'a> {
    pub(crate) name: String,
    pub(crate) command: &'a [u8],
    pub(crate) reply: &'a Reply,
    pub(crate) time: Duration,
    pub(crate) signatures: u32,
    pub(crate) fault: Option<String>,
}

/// The bounded list.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    entries: VecDeque<Entry>,
    traffic: Traffic,
}

impl Transcript {
    pub(crate) fn record(&mut self, exchange: Exchange<'_>) {
        if self.entries.len() == LIMIT {
            self.entries.pop_front();
        }
        let (status, data_length, received) = match exchange.reply {
            Reply::Removed => ("removed".into(), 0, 0),
            Reply::Silent => ("silent".into(), 0, 0),
            Reply::Answer(bytes) => match bytes.split_last_chunk::<2>() {
                Some((data, status)) => {
                    let status = format!("{:04X}", u16::from_be_bytes(*status));
                    (status, data.len(), bytes.len())
                }
                None => ("short".into(), bytes.len(), bytes.len()),
            },
        };
        let sent = exchange.command.len();
        let card_us = u64::try_from(exchange.time.as_micros()).unwrap_or(u64::MAX);
        let wide = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let traffic = &mut self.traffic;
        traffic.commands += 1;
        traffic.sent = traffic.sent.saturating_add(wide(sent));
        traffic.received = traffic.received.saturating_add(wide(received));
        traffic.signatures += u64::from(exchange.signatures);
        traffic.card_us = traffic.card_us.saturating_add(card_us);
        self.entries.push_back(Entry {
            number: traffic.commands,
            name: exchange.name,
            command: masked(exchange.command),
            status,
            data_length,
            sent,
            received,
            card_us,
            fault: exchange.fault,
        });
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.entries.iter().cloned().collect()
    }

    pub(crate) fn traffic(&self) -> Traffic {
        self.traffic
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// Entries as JSON lines.
pub fn json_lines(entries: &[Entry]) -> String {
    let mut text = String::new();
    for entry in entries {
        // Strings and numbers always serialise.
        if let Ok(line) = serde_json::to_string(entry) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

/// Entries for people, one line each.
pub fn readable(entries: &[Entry]) -> String {
    let mut text = String::new();
    for entry in entries {
        let millis = Duration::from_micros(entry.card_us).as_secs_f64() * 1000.0;
        let _ = write!(
            text,
            "{:>4}  {:<32} {:<7} {:>5} B {millis:>8.1} ms  {}",
            entry.number, entry.name, entry.status, entry.data_length, entry.command
        );
        if let Some(fault) = &entry.fault {
            let _ = write!(text, "  [{fault}]");
        }
        text.push('\n');
    }
    text
}

/// Header and length are shown; data only where it is a name (SELECT).
fn masked(command: &[u8]) -> String {
    let shown = matches!(command, [0x00, 0xA4, ..]);
    // The length field: one byte, or three when the first is zero.
    let head = match command.get(4) {
        Some(0) if command.len() > 5 => 7,
        _ => 5,
    };
    let mut text = String::new();
    for (index, byte) in command.iter().take(COMMAND_LIMIT).enumerate() {
        if shown || index < head {
            let _ = write!(text, "{byte:02X}");
        } else {
            text.push_str("**");
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

    fn record(transcript: &mut Transcript, command: &[u8], reply: &Reply) {
        transcript.record(Exchange {
            name: "test".into(),
            command,
            reply,
            time: Duration::from_micros(1500),
            signatures: 0,
            fault: None,
        });
    }

    #[test]
    fn neither_credentials_nor_data_enter_the_transcript() {
        let mut transcript = Transcript::default();
        let answer = Reply::Answer(b"19900115secret\x90\x00".to_vec());
        for command in [
            &b"\x00\x20\x00\x98\x041234"[..],
            b"\x00\x24\x01\x80\x041234",
            b"\x80\x32\x00\x80\x041234",
            b"\x00\x20\x00\x92\x0E02011520301234",
            // Odd forms: extended, another class, another channel, a wrong length, chained.
            b"\x00\x20\x00\x98\x00\x00\x041234",
            b"\x0C\x20\x00\x98\x041234",
            b"\x01\x20\x00\x98\x041234",
            b"\x00\x20\x00\x98\x091234",
            b"\x10\x20\x00\x98\x041234",
            b"\x00\x21\x00\x98\x041234",
            b"\x01\xA4\x04\x0C\x041234",
        ] {
            record(&mut transcript, command, &answer);
        }
        let entries = transcript.entries();
        for text in [
            format!("{entries:?}"),
            json_lines(&entries),
            readable(&entries),
        ] {
            assert!(!text.contains("31323334") && !text.contains("1234"));
            assert!(!text.contains("19900115") && !text.contains("secret"));
        }
        assert!(entries[0].is_verify());
        assert_eq!(entries[0].command, "0020009804********");
        assert_eq!((entries[0].data_length, entries[0].received), (14, 16));
    }

    #[test]
    fn totals_count_what_the_bounded_list_forgets() {
        let mut transcript = Transcript::default();
        for n in 0..(LIMIT + 10) {
            let n = u32::try_from(n).unwrap().to_be_bytes();
            record(
                &mut transcript,
                &[n.to_vec(), vec![0; 500]].concat(),
                &Reply::Silent,
            );
        }
        let entries = transcript.entries();
        assert_eq!(entries.len(), LIMIT);
        assert!(entries[0].command.starts_with("0000000A"));
        assert!(entries[0].command.len() < 140);
        assert_eq!(entries[0].number, 11);
        let traffic = transcript.traffic();
        assert_eq!((traffic.commands, traffic.sent), (1010, 1010 * 504));
        assert_eq!(traffic.card_time(), Duration::from_micros(1010 * 1500));
        transcript.clear();
        assert_eq!(transcript.traffic(), Traffic::default());
    }
}
