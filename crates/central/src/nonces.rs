//! Nonces fetched ahead, so that no patient waits for one and a card can still make its proof while the
//! service is down.

use std::collections::VecDeque;

use crate::assumed::Nonce;

/// A stock of nonces. Pure: `now` is a parameter (milliseconds since the Unix epoch).
#[derive(Debug)]
pub struct NoncePool {
    capacity: usize,
    margin_ms: i64,
    stock: VecDeque<(Nonce, i64)>,
    /// The newest ones put in, given out or not.
    known: VecDeque<Vec<u8>>,
}

/// How many nonces are remembered, to know an answer that comes a second time.
const REMEMBERED: usize = 64;

impl NoncePool {
    /// An empty stock for `capacity` nonces (at least one). A nonce is not given out in the last
    /// `margin_ms` of its life: handing the proof in takes time too.
    pub fn new(capacity: usize, margin_ms: i64) -> Self {
        Self {
            capacity: capacity.max(1),
            margin_ms: margin_ms.max(0),
            stock: VecDeque::new(),
            known: VecDeque::new(),
        }
    }

    /// Puts a nonce in that came at `now`. Its life is counted from then, as the service's and this
    /// terminal's clocks may differ. One that has no life left, no room, or that came before, is let go: the service refuses a
    /// proof over a spent nonce.
    pub fn put(&mut self, nonce: Nonce, now: i64) {
        self.forget_old(now);
        let life = nonce.expires_at.saturating_sub(nonce.server_time);
        let until = now.saturating_add(life).saturating_sub(self.margin_ms);
        if until > now && self.stock.len() < self.capacity && self.is_new(&nonce) {
            self.stock.push_back((nonce, until));
        }
    }

    /// Notes a nonce; false when it came before, as the answer to an earlier request that came again.
    pub fn is_new(&mut self, nonce: &Nonce) -> bool {
        if self.known.contains(&nonce.bytes) {
            return false;
        }
        if self.known.len() >= REMEMBERED {
            self.known.pop_front();
        }
        self.known.push_back(nonce.bytes.clone());
        true
    }

    /// Takes the oldest usable nonce out; each is given once.
    pub fn take(&mut self, now: i64) -> Option<Nonce> {
        self.forget_old(now);
        self.stock.pop_front().map(|(nonce, _)| nonce)
    }

    /// How many nonces should be fetched now.
    pub fn wanted(&mut self, now: i64) -> usize {
        self.forget_old(now);
        self.capacity - self.stock.len()
    }

    fn forget_old(&mut self, now: i64) {
        self.stock.retain(|(_, until)| now < *until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nonce(byte: u8, server_time: i64, life: i64) -> Nonce {
        Nonce {
            bytes: vec![byte; 32],
            expires_at: server_time + life,
            server_time,
        }
    }

    #[test]
    fn each_nonce_is_given_once_oldest_first() {
        let mut pool = NoncePool::new(2, 10);
        assert_eq!(pool.wanted(0), 2);
        for byte in 1..=3 {
            pool.put(nonce(byte, 0, 100), 0);
        }
        assert_eq!(pool.wanted(0), 0);
        assert_eq!(pool.take(1).unwrap().bytes[0], 1);
        assert_eq!(pool.wanted(1), 1);
        assert_eq!(pool.take(1).unwrap().bytes[0], 2);
        assert_eq!(pool.take(1), None);
    }

    #[test]
    fn an_answer_that_comes_again_brings_no_nonce() {
        let mut pool = NoncePool::new(2, 10);
        pool.put(nonce(1, 0, 100), 0);
        assert!(pool.take(0).is_some());
        pool.put(nonce(1, 0, 100), 0);
        assert_eq!(pool.take(0), None);
        assert!(!pool.is_new(&nonce(1, 0, 100)) && pool.is_new(&nonce(2, 0, 100)));
    }

    #[test]
    fn a_nonce_is_not_given_in_the_last_of_its_life() {
        let mut pool = NoncePool::new(1, 10);
        pool.put(nonce(1, 0, 100), 0);
        assert_eq!(pool.wanted(89), 0);
        assert_eq!(pool.wanted(90), 1);
        assert_eq!(pool.take(90), None);
    }

    #[test]
    fn life_is_counted_by_this_terminals_clock() {
        let mut pool = NoncePool::new(1, 10);
        // The service's clock is an hour behind: by its own words the nonce would seem long dead.
        pool.put(nonce(1, 0, 100), 3_600_000);
        assert!(pool.take(3_600_050).is_some());
        pool.put(nonce(2, 0, 10), 0);
        assert_eq!(pool.take(0), None, "shorter than the margin");
    }
}
