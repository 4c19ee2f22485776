//! The ledger's keys: one per generation, the newest seals, the older ones still open.

use crate::LedgerError;
use std::collections::BTreeMap;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// More generations than any clinic will have in its life.
const MAX_GENERATION: u32 = 10_000;

/// One of the ledger's keys, 32 bytes, wiped when dropped. It is never derived from anything that stands in the ledger.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct LedgerKey(pub [u8; 32]);

impl std::fmt::Debug for LedgerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LedgerKey(…)")
    }
}

/// All keys the ledger may meet, by generation (from 1). The newest seals; older ones open what was sealed with them until
/// everything was sealed anew ([`crate::Ledger::reseal`]).
#[derive(Debug)]
pub struct LedgerKeys(BTreeMap<u32, LedgerKey>);

impl From<LedgerKey> for LedgerKeys {
    /// A single key is generation 1.
    fn from(key: LedgerKey) -> Self {
        Self(BTreeMap::from([(1, key)]))
    }
}

impl LedgerKeys {
    /// Reads a key file: one line of 64 hexadecimal digits (generation 1), or one line `GENERATION KEY` for each
    /// generation. Empty lines and lines that begin with `#` are passed over.
    ///
    /// # Errors
    /// [`LedgerError::KeyFile`] for anything else, for a generation named twice, and for no key at all.
    pub fn parse(text: &str) -> Result<Self, LedgerError> {
        let mut keys = BTreeMap::new();
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (generation, digits) = match line.split_once(char::is_whitespace) {
                Some((generation, digits)) => (generation.parse().ok(), digits.trim()),
                None => (Some(1), line),
            };
            let generation = generation
                .filter(|generation| (1..=MAX_GENERATION).contains(generation))
                .ok_or(LedgerError::KeyFile)?;
            let key = unhex32(digits).ok_or(LedgerError::KeyFile)?;
            if keys.insert(generation, key).is_some() {
                return Err(LedgerError::KeyFile);
            }
        }
        if keys.is_empty() {
            return Err(LedgerError::KeyFile);
        }
        Ok(Self(keys))
    }

    /// The generation that seals.
    pub fn newest(&self) -> u32 {
        self.0.keys().next_back().copied().unwrap_or(1)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &LedgerKey)> {
        self.0.iter().map(|(generation, key)| (*generation, key))
    }
}

/// Digit by digit into the key itself, so that no copy of it stays behind.
fn unhex32(text: &str) -> Option<LedgerKey> {
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let mut key = LedgerKey([0; 32]);
    for (byte, pair) in key.0.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |at: usize| {
            pair.get(at)
                .and_then(|digit| char::from(*digit).to_digit(16))
        };
        *byte = u8::try_from(digit(0)? * 16 + digit(1)?).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_has_one_key_or_numbered_ones() {
        let hex = "0f".repeat(32);
        assert_eq!(LedgerKeys::parse(&format!("{hex}\n")).unwrap().newest(), 1);
        let two = format!(
            "# rotated in November\n1 {hex}\n\n 2   {}\n",
            "a1".repeat(32)
        );
        let keys = LedgerKeys::parse(&two).unwrap();
        assert_eq!(keys.newest(), 2);
        assert!(keys.0.values().map(|key| key.0[0]).eq([0x0f, 0xa1]));
        for bad in [
            "",
            "#",
            "0f",
            &"0g".repeat(32),
            &"0f".repeat(33),
            &"é".repeat(32),
            &format!("{hex}\n{hex}"),
            &format!("1 {hex}\n{hex}"),
            &format!("0 {hex}"),
            &format!("-1 {hex}"),
            &format!("99999999 {hex}"),
            &format!("one {hex}"),
        ] {
            assert!(LedgerKeys::parse(bad).is_err(), "{bad}");
        }
        assert!(!format!("{keys:?}").contains("161"), "no key in a log");
    }
}
