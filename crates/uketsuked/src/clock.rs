//! The one place where the daemon reads clocks. Everything that decides gets the time as a parameter;
//! wall time is never earlier than the newest time the service told (invariant 14).

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ledger::TimeSource;
use visit::Now;

/// Monotonic and wall time of this process.
#[derive(Debug)]
pub(crate) struct TrustedClock {
    started: Instant,
    /// Newest time told by the service: (told ms, when it was told).
    told: Mutex<Option<(i64, Instant)>>,
    /// Newest trusted time of an earlier run, ms: it was at least this late when this process started.
    floor: Mutex<i64>,
    /// From when on the time came from where: an entry for each change, the newest last.
    sources: Mutex<VecDeque<(i64, TimeSource)>>,
}

/// Changes of the source that are remembered; a time is recorded within seconds of its reading.
const CHANGES: usize = 64;

/// Where the ledger keeps the newest trusted time across restarts.
pub(crate) const STATE_KEY: &str = "trusted-time";

impl Default for TrustedClock {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            told: Mutex::new(None),
            floor: Mutex::new(i64::MIN),
            sources: Mutex::default(),
        }
    }
}

impl TrustedClock {
    /// A clock that has run for so long: what is due later is tried without waiting for it.
    #[cfg(test)]
    pub(crate) fn running_for(age: Duration) -> Self {
        Self {
            started: Instant::now().checked_sub(age).unwrap_or_else(Instant::now),
            ..Self::default()
        }
    }

    /// Takes over the newest trusted time of an earlier run: a terminal whose clock lost its battery does not
    /// fall back behind it.
    pub(crate) fn not_before(&self, ms: i64) {
        let mut floor = self.floor.lock().unwrap_or_else(PoisonError::into_inner);
        *floor = ms.max(*floor);
    }

    /// The time now.
    #[must_use]
    pub(crate) fn now(&self) -> Now {
        Now {
            mono: self.started.elapsed(),
            wall_ms: self.wall_ms(),
        }
    }

    /// Wall time in ms since 1970, never earlier than the service's newest time.
    #[must_use]
    pub(crate) fn wall_ms(&self) -> i64 {
        let floor = *self.floor.lock().unwrap_or_else(PoisonError::into_inner);
        let system = system_ms();
        let kept = floor.saturating_add(millis(self.started.elapsed()));
        let told = self.told();
        let service = told.map(|(ms, at)| ms.saturating_add(millis(at.elapsed())));
        let now = system.max(kept).max(service.unwrap_or(i64::MIN));
        let source = if service == Some(now) {
            TimeSource::Service
        } else if kept == now && kept > system {
            TimeSource::Kept
        } else if service.is_some() {
            TimeSource::System
        } else {
            TimeSource::Unchecked
        };
        self.came_from(now, source);
        now
    }

    /// Where a time came from that [`Self::wall_ms`] gave not long ago.
    #[must_use]
    pub(crate) fn source_of(&self, now: i64) -> TimeSource {
        let sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        let of = sources.iter().rev().find(|(since, _)| *since <= now);
        of.or(sources.front())
            .map_or(TimeSource::Unchecked, |(_, source)| *source)
    }

    fn came_from(&self, now: i64, source: TimeSource) {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        if sources.back().is_none_or(|(_, last)| *last != source) {
            sources.push_back((now, source));
            if sources.len() > CHANGES {
                sources.pop_front();
            }
        }
    }

    /// Remembers a time told over a verified connection; an older one changes nothing.
    pub(crate) fn service_said(&self, ms: i64) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let expected = told.map(|(ms, at)| ms.saturating_add(millis(at.elapsed())));
        if expected.is_none_or(|expected| ms > expected) {
            *told = Some((ms, Instant::now()));
        }
    }

    /// The time as it is known from the service, now or in an earlier run; `None` before it ever told one. The system clock, which may be
    /// wrong, has no part in it.
    #[must_use]
    pub(crate) fn trusted_ms(&self) -> Option<i64> {
        let floor = *self.floor.lock().unwrap_or_else(PoisonError::into_inner);
        let kept =
            (floor != i64::MIN).then(|| floor.saturating_add(millis(self.started.elapsed())));
        let told = self
            .told()
            .map(|(ms, at)| ms.saturating_add(millis(at.elapsed())));
        kept.max(told)
    }

    /// How far the system clock is behind (positive) or ahead of (negative) the service, ms.
    #[must_use]
    pub(crate) fn behind_service_ms(&self) -> Option<i64> {
        self.told().map(|(ms, at)| {
            ms.saturating_add(millis(at.elapsed()))
                .saturating_sub(system_ms())
        })
    }

    fn told(&self) -> Option<(i64, Instant)> {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn system_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, millis)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invariant_14_time_never_stands_before_what_an_earlier_run_knew() {
        let clock = TrustedClock::default();
        let ahead = system_ms() + 365 * 24 * 3600 * 1000;
        clock.not_before(ahead);
        clock.not_before(ahead - 1);
        assert!(clock.wall_ms() >= ahead);
        assert_eq!(
            clock.behind_service_ms(),
            None,
            "the service said nothing yet"
        );
        clock.service_said(ahead - 60_000);
        assert!(clock.wall_ms() >= ahead);
    }

    #[test]
    fn invariant_14_a_time_says_where_it_came_from_also_when_the_source_has_changed_since() {
        let clock = TrustedClock::default();
        let alone = clock.wall_ms();
        assert_eq!(clock.source_of(alone), TimeSource::Unchecked);
        clock.service_said(system_ms() - 5_000);
        let behind = clock.wall_ms();
        assert_eq!(clock.source_of(behind + 1), TimeSource::System);
        let hour = 3_600_000;
        clock.service_said(system_ms() + hour);
        let told = clock.wall_ms();
        assert_eq!(clock.source_of(told), TimeSource::Service);
        assert_eq!(
            clock.source_of(alone - 1),
            TimeSource::Unchecked,
            "as it was"
        );
        clock.not_before(system_ms() + 2 * hour);
        let kept = clock.wall_ms();
        assert_eq!(clock.source_of(kept), TimeSource::Kept);
        assert_eq!(clock.source_of(told), TimeSource::Service, "as it was");
    }

    #[test]
    fn invariant_14_time_never_stands_before_the_service() {
        let clock = TrustedClock::default();
        let ahead = system_ms() + 365 * 24 * 3600 * 1000;
        clock.service_said(ahead);
        assert!(clock.wall_ms() >= ahead);
        clock.service_said(ahead - 1_000_000);
        assert!(clock.wall_ms() >= ahead, "an older time changes nothing");
        assert!(
            clock
                .behind_service_ms()
                .is_some_and(|ms| ms > 364 * 24 * 3600 * 1000)
        );
    }
}
