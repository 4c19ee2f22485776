//! A circuit breaker: after a few calls in a row that found nobody, further calls fail at once instead of letting
//! each patient wait for a whole deadline. The look at the service every few seconds is the probe that closes it.
//! Pure: the moment is a parameter.

use std::time::Duration;

/// Failures in a row that open it.
const OPENS_AFTER: u32 = 3;
/// First and longest time until a call may try by itself, should nobody probe.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What a call may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// Go on.
    Go,
    /// Go on alone: its outcome decides for all.
    Probe,
    /// Fail at once.
    Wait,
}

/// The breaker. `T` is a moment on any monotonic clock, as its distance from a beginning.
#[derive(Debug, Clone, Default)]
pub struct Breaker {
    failures: u32,
    open_until: Option<Duration>,
    pause: Duration,
    probing: bool,
}

impl Breaker {
    /// May a call begin at `now`?
    pub fn permit(&mut self, now: Duration) -> Permit {
        match self.open_until {
            None => Permit::Go,
            Some(until) if now >= until && !self.probing => {
                self.probing = true;
                Permit::Probe
            }
            Some(_) => Permit::Wait,
        }
    }

    /// The service answered, whatever it said.
    pub fn answered(&mut self) {
        *self = Self::default();
    }

    /// A call found nobody.
    pub fn failed(&mut self, now: Duration) {
        self.failures = self.failures.saturating_add(1);
        self.probing = false;
        if self.failures >= OPENS_AFTER {
            self.pause = if self.pause.is_zero() {
                FIRST_PAUSE
            } else {
                self.pause.saturating_mul(2).min(LONGEST_PAUSE)
            };
            self.open_until = Some(now.saturating_add(self.pause));
        }
    }

    /// A call that was let through ended without saying anything about the service (it was given up by its caller).
    pub fn abandoned(&mut self) {
        self.probing = false;
    }

    /// True when a call has found nobody since the last answer.
    pub fn has_failed(&self) -> bool {
        self.failures > 0
    }

    /// True while calls fail at once.
    pub fn is_open(&self) -> bool {
        self.open_until.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    #[test]
    fn three_failures_open_it_and_one_answer_closes_it() {
        let mut breaker = Breaker::default();
        for _ in 0..2 {
            breaker.failed(S);
            assert_eq!(breaker.permit(S), Permit::Go);
        }
        breaker.failed(S);
        assert!(breaker.is_open());
        assert_eq!(breaker.permit(S * 2), Permit::Wait);
        breaker.answered();
        assert_eq!(breaker.permit(S * 2), Permit::Go);
        breaker.failed(S * 2);
        assert!(!breaker.is_open(), "failures count in a row only");
    }

    #[test]
    fn one_call_probes_and_pauses_grow_to_their_bound() {
        let mut breaker = Breaker::default();
        let mut now = S;
        for _ in 0..3 {
            breaker.failed(now);
        }
        let mut pauses = Vec::new();
        for _ in 0..6 {
            let mut waited = Duration::ZERO;
            while breaker.permit(now + waited) == Permit::Wait {
                waited += S;
            }
            assert_eq!(
                breaker.permit(now + waited),
                Permit::Wait,
                "one probe at a time"
            );
            pauses.push(waited.as_secs());
            now += waited;
            breaker.failed(now);
        }
        assert_eq!(pauses, [2, 4, 8, 16, 30, 30]);
    }

    #[test]
    fn a_probe_that_was_given_up_lets_the_next_try() {
        let mut breaker = Breaker::default();
        for _ in 0..3 {
            breaker.failed(S);
        }
        assert_eq!(breaker.permit(S * 9), Permit::Probe);
        breaker.abandoned();
        assert_eq!(breaker.permit(S * 9), Permit::Probe);
    }
}
