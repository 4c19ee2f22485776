//! What a person typed: a PIN or a matching number, wiped when dropped (invariant 5, docs/invariants.md).

use std::fmt;

use zeroize::Zeroizing;

/// A typed credential. It cannot be cloned, compared or printed, and its memory is zeroed on drop.
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes over `bytes` (ASCII digits). The caller's buffer becomes ours, nothing is copied.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes themselves, for the one place that builds the VERIFY command.
    pub(crate) fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Whether this is exactly `count` ASCII digits.
    #[must_use]
    pub fn is_digits(&self, count: usize) -> bool {
        self.0.len() == count && self.0.iter().all(u8::is_ascii_digit)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invariant_5_debug_shows_neither_digits_nor_their_number() {
        let short = format!("{:?}", Secret::new(b"1234".to_vec()));
        let long = format!("{:?}", Secret::new(b"55021720352285".to_vec()));
        assert_eq!(short, long);
        assert!(!short.contains('1'));
    }

    #[test]
    fn digits_are_counted_and_ascii() {
        assert!(Secret::new(b"0099".to_vec()).is_digits(4));
        assert!(!Secret::new(b"009".to_vec()).is_digits(4));
        assert!(!Secret::new("１２".into()).is_digits(6));
    }
}
