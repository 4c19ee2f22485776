//! How often a card's face may be tried: every try is another chance for somebody else. Kept in memory, by a keyed digest of the photo,
//! so that neither card nor person can be told from it.

use std::collections::VecDeque;
use std::time::Duration;

use ring::{hmac, rand};

/// The time over which tries are counted.
pub(crate) const WINDOW: Duration = Duration::from_secs(3600);
/// Tries that are remembered, of all cards together; the oldest are forgotten first.
const REMEMBERED: usize = 4096;

/// Tries of the last hour.
pub(crate) struct FaceLimits {
    key: Option<hmac::Key>,
    most: usize,
    tries: VecDeque<([u8; 16], Duration)>,
}

impl FaceLimits {
    /// Begins with a key that lives as long as this process.
    pub(crate) fn new(most: u8) -> Self {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &rand::SystemRandom::new()).ok();
        Self {
            key,
            most: most.into(),
            tries: VecDeque::new(),
        }
    }

    /// Counts a try of this card; false when it has had too many (invariant 7). Without random numbers there is no key, and no try.
    pub(crate) fn admit(&mut self, photo: &[u8], now: Duration) -> bool {
        let Some(name) = self.name(photo) else {
            return false;
        };
        self.tries
            .retain(|(_, at)| now.saturating_sub(*at) < WINDOW);
        if self.tries.iter().filter(|(own, _)| *own == name).count() >= self.most {
            return false;
        }
        if self.tries.len() >= REMEMBERED {
            self.tries.pop_front();
        }
        self.tries.push_back((name, now));
        true
    }

    /// Has this card's face been tried within the hour without a match?
    pub(crate) fn tried(&self, photo: &[u8], now: Duration) -> bool {
        self.name(photo).is_none_or(|name| {
            self.tries
                .iter()
                .any(|(own, at)| *own == name && now.saturating_sub(*at) < WINDOW)
        })
    }

    /// The face matched: the tries before it were the card holder's own.
    pub(crate) fn matched(&mut self, photo: &[u8]) {
        if let Some(name) = self.name(photo) {
            self.tries.retain(|(own, _)| *own != name);
        }
    }

    fn name(&self, photo: &[u8]) -> Option<[u8; 16]> {
        let tag = hmac::sign(self.key.as_ref()?, photo);
        tag.as_ref().first_chunk::<16>().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// Invariant 7: a card has so many tries an hour, whoever holds it, and other cards are not touched by it.
    #[test]
    fn invariant_7_tries_are_counted_by_card() {
        let mut limits = FaceLimits::new(3);
        assert!(
            [0, 1, 2]
                .map(|s| limits.admit(b"a", at(s)))
                .iter()
                .all(|admitted| *admitted)
        );
        assert!(!limits.admit(b"a", at(3)));
        assert!(limits.admit(b"b", at(4)));
        assert!(limits.admit(b"a", at(3600)), "the first has lapsed");
        assert!(!limits.admit(b"a", at(3600)));
        assert!(limits.tried(b"a", at(3600)) && !limits.tried(b"c", at(3600)));
        assert!(!limits.tried(b"a", at(7201)), "only within the hour");
        limits.matched(b"a");
        assert!(!limits.tried(b"a", at(3600)));
        assert!(limits.admit(b"a", at(3601)));
    }

    #[test]
    fn memory_is_bounded() {
        let mut limits = FaceLimits::new(1);
        for card in 0..10_000u32 {
            assert!(limits.admit(&card.to_be_bytes(), at(1)));
        }
        assert_eq!(limits.tries.len(), REMEMBERED);
    }
}
