//! The service's clock. Every decision takes `now` from here, and tests move it by hand, so that a
//! token, a nonce, a consent or a certificate can run out without anybody waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// A clock that can be shifted. Clones share the shift.
#[derive(Clone, Debug)]
pub struct SimClock {
    base: Base,
    shift_ms: Arc<AtomicI64>,
}

#[derive(Clone, Copy, Debug)]
enum Base {
    System,
    Fixed(i64),
}

impl SimClock {
    /// Follows the system's clock.
    pub fn system() -> Self {
        Self::on(Base::System)
    }

    /// Stands still at `now_ms` (milliseconds since the Unix epoch) until it is shifted.
    pub fn fixed(now_ms: i64) -> Self {
        Self::on(Base::Fixed(now_ms))
    }

    fn on(base: Base) -> Self {
        Self {
            base,
            shift_ms: Arc::new(AtomicI64::new(0)),
        }
    }

    /// The time, in milliseconds since the Unix epoch.
    pub fn now(&self) -> i64 {
        let base = match self.base {
            Base::Fixed(ms) => ms,
            Base::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX)),
        };
        base.saturating_add(self.shift_ms.load(Ordering::Relaxed))
    }

    /// Moves the clock by `ms` (negative: back).
    pub fn shift(&self, ms: i64) {
        self.shift_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Default for SimClock {
    fn default() -> Self {
        Self::system()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_the_shift() {
        let clock = SimClock::fixed(1_000);
        let other = clock.clone();
        other.shift(500);
        assert_eq!(clock.now(), 1_500);
        clock.shift(-1_500);
        assert_eq!(other.now(), 0);
    }
}
