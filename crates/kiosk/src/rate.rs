//! How many messages one page may send: a bucket that fills with time. `now` is a parameter.

use std::time::Duration;
use tokio::time::Instant;

/// A person presses at most some ten times in a second; the rest is a fault or an attack. Two whole numbers off a card and a PIN may come at
/// once, though (a keypad of keys that sends what was stored, a test): a dropped "confirm" would leave the person before a page that does nothing.
const BURST: f64 = 60.0;
const PER_SECOND: f64 = 15.0;
/// So many messages over the limit end the connection.
const PATIENCE: u32 = 200;

/// What to do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Serve it.
    Serve,
    /// Drop it.
    Drop,
    /// Close the connection.
    Close,
}

/// The bucket of one connection.
#[derive(Debug)]
pub(crate) struct Bucket {
    level: f64,
    filled_at: Instant,
    refused: u32,
}

impl Bucket {
    /// A full bucket.
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            level: BURST,
            filled_at: now,
            refused: 0,
        }
    }

    /// Takes one message.
    pub(crate) fn take(&mut self, now: Instant) -> Verdict {
        let passed: Duration = now.saturating_duration_since(self.filled_at);
        self.filled_at = now;
        self.level = (self.level + passed.as_secs_f64() * PER_SECOND).min(BURST);
        if self.level >= 1.0 {
            self.level -= 1.0;
            return Verdict::Serve;
        }
        self.refuse()
    }

    /// Counts a message that cannot be understood.
    pub(crate) fn refuse(&mut self) -> Verdict {
        self.refused = self.refused.saturating_add(1);
        if self.refused > PATIENCE {
            Verdict::Close
        } else {
            Verdict::Drop
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fast_person_is_served_and_a_flood_is_not() {
        let mut now = Instant::now();
        let mut bucket = Bucket::new(now);
        for _ in 0..300 {
            now += Duration::from_millis(80);
            assert_eq!(bucket.take(now), Verdict::Serve);
        }
        let mut served = 0;
        let mut closed = false;
        for _ in 0..1000 {
            match bucket.take(now) {
                Verdict::Serve => served += 1,
                Verdict::Drop => {}
                Verdict::Close => {
                    closed = true;
                    break;
                }
            }
        }
        assert!(served <= 60 && closed, "{served} {closed}");
    }

    /// The card's number twice, a PIN and the answers, as fast as a program presses: none is lost.
    #[test]
    fn a_visit_pressed_at_once_is_served_whole() {
        let mut bucket = Bucket::new(Instant::now());
        let at_once = (0..2 * (1 + 14 + 1) + 1 + 4 + 1 + 6).map(|_| bucket.take(bucket.filled_at));
        assert!(at_once.into_iter().all(|verdict| verdict == Verdict::Serve));
    }

    #[test]
    fn a_clock_that_goes_back_harms_nothing() {
        let now = Instant::now();
        let mut bucket = Bucket::new(now + Duration::from_secs(5));
        assert_eq!(bucket.take(now), Verdict::Serve);
    }
}
