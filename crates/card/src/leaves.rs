//! What left since a session began: the monitor writes, the worker asks.
//!
//! pcscd itself refuses commands after a removal; this is the second, independent witness, and the way
//! the worker learns of a removal while nobody sends a command.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Only the newest departures matter: a session that slept through more than this is over anyway.
const KEPT: usize = 64;

/// Who left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    /// The card was taken.
    Card,
    /// The whole reader went.
    Reader,
}

#[derive(Debug, Default)]
struct Log {
    next: u64,
    recent: VecDeque<(u64, String, Left)>,
}

/// A bounded log of departures.
#[derive(Debug, Default)]
pub(crate) struct Leaves(Mutex<Log>);

impl Leaves {
    /// Notes a departure.
    pub(crate) fn note(&self, reader: &str, left: Left) {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seq = log.next;
        log.next += 1;
        if log.recent.len() == KEPT {
            log.recent.pop_front();
        }
        log.recent.push_back((seq, reader.to_owned(), left));
    }

    /// A mark to compare later departures with.
    pub(crate) fn mark(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).next
    }

    /// What left from `reader` since `mark`. A reader's departure outweighs its card's.
    pub(crate) fn since(&self, mark: u64, reader: &str) -> Option<Left> {
        let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let forgotten = log.recent.front().is_some_and(|(seq, ..)| *seq > mark);
        let mut found = forgotten.then_some(Left::Card);
        for (seq, name, left) in &log.recent {
            if *seq >= mark && name == reader {
                match left {
                    Left::Reader => return Some(Left::Reader),
                    Left::Card => found = Some(Left::Card),
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_departures_after_the_mark_and_of_this_reader_count() {
        let leaves = Leaves::default();
        leaves.note("a", Left::Card);
        let mark = leaves.mark();
        assert_eq!(leaves.since(mark, "a"), None);
        leaves.note("b", Left::Reader);
        assert_eq!(leaves.since(mark, "a"), None);
        leaves.note("a", Left::Card);
        assert_eq!(leaves.since(mark, "a"), Some(Left::Card));
        leaves.note("a", Left::Reader);
        assert_eq!(leaves.since(mark, "a"), Some(Left::Reader));
    }

    #[test]
    fn a_flood_of_departures_stays_bounded_and_counts_as_left() {
        let leaves = Leaves::default();
        let mark = leaves.mark();
        for _ in 0..1000 {
            leaves.note("other", Left::Card);
        }
        assert_eq!(leaves.since(mark, "mine"), Some(Left::Card));
        assert_eq!(leaves.0.lock().unwrap().recent.len(), KEPT);
    }
}
