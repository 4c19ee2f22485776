//! How long a card takes. Every exchange is given a time by three figures; whoever plays the card over a
//! real line waits that long, whoever plays it in process reads the sum and need not wait.
//!
//! No measured figure of a real card is public. The presets are ESTIMATES from what is: the bit rates and
//! block size that the card's ATQB declares, and the etu of its contact ATR.
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The three figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// Microseconds for every command: reader, driver and the card's own work.
    pub command_us: u64,
    /// Nanoseconds for every byte of command and answer.
    pub byte_ns: u64,
    /// Microseconds for every use of a private key.
    pub signature_us: u64,
}

/// RSA-2048 on the card: the middle of the 0.3–1.0 s that are usual for such chips.
const SIGNATURE_US: u64 = 600_000;
/// What is left of the 10–25 ms assumed for a block of 256 bytes when its bytes are taken off.
const COMMAND_US: u64 = 5_000;

impl Latency {
    /// No time at all.
    pub const INSTANT: Self = Self {
        command_us: 0,
        byte_ns: 0,
        signature_us: 0,
    };
    /// 106 kbit/s: 13.25 kB/s.
    pub const CONTACTLESS_106: Self = Self {
        command_us: COMMAND_US,
        byte_ns: 75_472,
        signature_us: SIGNATURE_US,
    };
    /// 424 kbit/s: 53 kB/s.
    pub const CONTACTLESS_424: Self = Self {
        command_us: COMMAND_US,
        byte_ns: 18_868,
        signature_us: SIGNATURE_US,
    };
    /// T=1 as `3B E0 00 FF …` declares it: F=372, D=1, 11 etu a byte, at a reader's usual 4 MHz.
    pub const CONTACT: Self = Self {
        command_us: COMMAND_US,
        byte_ns: 1_023_000,
        signature_us: SIGNATURE_US,
    };
    /// The presets by name.
    pub const PRESETS: [(&str, Self); 4] = [
        ("instant", Self::INSTANT),
        ("contactless-106", Self::CONTACTLESS_106),
        ("contactless-424", Self::CONTACTLESS_424),
        ("contact", Self::CONTACT),
    ];

    /// A preset.
    pub fn preset(name: &str) -> Option<Self> {
        Self::PRESETS
            .iter()
            .find(|(preset, _)| *preset == name)
            .map(|(_, latency)| *latency)
    }

    /// The preset's name, if it is one.
    pub fn name(&self) -> Option<&'static str> {
        Self::PRESETS
            .iter()
            .find(|(_, preset)| preset == self)
            .map(|(name, _)| *name)
    }

    /// Time of one exchange: bytes of command and answer, and uses of a private key.
    pub fn time(&self, bytes: usize, signatures: u32) -> Duration {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        Duration::from_micros(self.command_us)
            .saturating_add(Duration::from_nanos(self.byte_ns.saturating_mul(bytes)))
            .saturating_add(Duration::from_micros(
                self.signature_us.saturating_mul(u64::from(signatures)),
            ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_stay_within_what_is_assumed_of_a_block() {
        // 10–25 ms for a block of 256 bytes over the air.
        for (name, low, high) in [
            ("contactless-106", 20, 25),
            ("contactless-424", 9, 12),
            ("contact", 200, 300),
        ] {
            let latency = Latency::preset(name).unwrap();
            let time = latency.time(5 + 258, 0).as_millis();
            assert!((low..=high).contains(&time), "{name}: {time} ms");
            assert_eq!(latency.name(), Some(name));
            let signature = latency.time(0, 1) - latency.time(0, 0);
            assert_eq!(signature, Duration::from_millis(600));
        }
        assert_eq!(Latency::INSTANT.time(1000, 1), Duration::ZERO);
        assert_eq!(Latency::preset("fast"), None);
        let endless = Latency {
            byte_ns: u64::MAX,
            ..Latency::INSTANT
        };
        assert!(endless.time(usize::MAX, u32::MAX) > Duration::from_secs(1));
    }
}
