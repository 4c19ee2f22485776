//! Digits typed one by one; zeroed when dropped, never printed (invariant 5). They stay in one place on
//! the heap: moving an entry from state to command leaves no copy behind.

use std::fmt;
use zeroize::Zeroizing;

/// Longest entry: matching number B.
const CAPACITY: usize = 14;

/// A PIN or matching number while it is typed and handed to the card.
#[derive(Clone)]
pub struct Digits {
    bytes: Box<Zeroizing<[u8; CAPACITY]>>,
    filled: usize,
    wanted: usize,
}

impl Digits {
    /// An empty entry of `wanted` digits (at most 14).
    #[must_use]
    pub fn new(wanted: usize) -> Self {
        Self {
            bytes: Box::new(Zeroizing::new([0; CAPACITY])),
            filled: 0,
            wanted: wanted.min(CAPACITY),
        }
    }

    /// Adds a digit 0–9; anything else, or a digit too many, changes nothing.
    pub fn push(&mut self, digit: u8) {
        if digit <= 9 && self.filled < self.wanted {
            self.bytes[self.filled] = b'0' + digit;
            self.filled += 1;
        }
    }

    /// Takes the last digit back.
    pub fn erase(&mut self) {
        if self.filled > 0 {
            self.filled -= 1;
            self.bytes[self.filled] = 0;
        }
    }

    /// Takes all digits back.
    pub fn clear(&mut self) {
        self.bytes.fill(0);
        self.filled = 0;
    }

    /// How many digits stand there: all that a page may know.
    #[must_use]
    pub fn filled(&self) -> usize {
        self.filled
    }

    /// How many are wanted.
    #[must_use]
    pub fn wanted(&self) -> usize {
        self.wanted
    }

    /// Whether all digits stand there.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.filled == self.wanted
    }

    /// The digits as ASCII, for the card alone.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digits({} of {})", self.filled, self.wanted)
    }
}

impl PartialEq for Digits {
    fn eq(&self, other: &Self) -> bool {
        self.wanted == other.wanted && self.expose() == other.expose()
    }
}

impl Eq for Digits {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_to_its_length_and_forgets_erased_digits() {
        let mut digits = Digits::new(4);
        for d in [1, 2, 3, 4, 5, 12] {
            digits.push(d);
        }
        assert_eq!(digits.expose(), b"1234");
        digits.erase();
        assert_eq!((digits.filled(), digits.bytes[3]), (3, 0));
        digits.clear();
        assert_eq!((digits.filled(), **digits.bytes), (0, [0; CAPACITY]));
    }

    #[test]
    fn invariant_5_debug_shows_only_the_count() {
        let mut digits = Digits::new(4);
        digits.push(7);
        assert_eq!(format!("{digits:?}"), "Digits(1 of 4)");
    }
}
