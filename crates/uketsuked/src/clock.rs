//! The one place where the daemon reads clocks. Everything that decides gets the time as a parameter;
//! wall time is never earlier than the newest time the service told (invariant 14), but for a technician's recorded word (`counter::clock`).

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ledger::TimeSource;
use visit::Now;

/// Monotonic and wall time of this process.
#[derive(Debug)]
pub(crate) struct TrustedClock {
    started: Instant,
    known: Mutex<Known>,
}

/// Under one lock: a time and where it came from belong together, whoever else asks or tells meanwhile.
#[derive(Debug)]
struct Known {
    /// Newest time told by the service: (told ms, when it was told).
    told: Option<(i64, Instant)>,
    /// The time told last, also an older one than that: (told ms, when it was told).
    last: Option<(i64, Instant)>,
    /// Newest trusted time of an earlier run, ms: it was at least this late when this process started.
    floor: i64,
    /// From when on the time came from where: an entry for each change, the newest last.
    sources: VecDeque<(i64, TimeSource)>,
}

/// Changes of the source that are remembered; a time is recorded within seconds of its reading.
const CHANGES: usize = 64;

/// Where the ledger keeps the newest trusted time across restarts.
pub(crate) const STATE_KEY: &str = "trusted-time";

impl Default for TrustedClock {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            known: Mutex::new(Known {
                told: None,
                last: None,
                floor: i64::MIN,
                sources: VecDeque::new(),
            }),
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
        let mut known = self.known();
        known.floor = ms.max(known.floor);
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
        let mut known = self.known();
        let system = system_ms();
        let kept = known.floor.saturating_add(millis(self.started.elapsed()));
        let service = known
            .told
            .map(|(ms, at)| ms.saturating_add(millis(at.elapsed())));
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
        known.came_from(now, source);
        now
    }

    /// Where a time came from that [`Self::wall_ms`] gave not long ago.
    #[must_use]
    pub(crate) fn source_of(&self, now: i64) -> TimeSource {
        let known = self.known();
        let of = known.sources.iter().rev().find(|(since, _)| *since <= now);
        of.or(known.sources.front())
            .map_or(TimeSource::Unchecked, |(_, source)| *source)
    }

    /// The machine's own clock, which may be wrong, ms since 1970: for what is compared with a clock outside the service, and for words.
    #[must_use]
    pub(crate) fn machine_ms(&self) -> i64 {
        system_ms()
    }

    /// How far the time that the terminal works with is ahead of the machine's own clock, ms; never behind it.
    #[must_use]
    pub(crate) fn ahead_of_machine_ms(&self) -> i64 {
        self.wall_ms().saturating_sub(system_ms()).max(0)
    }

    /// Remembers a time told over a verified connection; an older one changes nothing but what [`Self::behind_service_ms`] says.
    pub(crate) fn service_said(&self, ms: i64) {
        let mut known = self.known();
        known.last = Some((ms, Instant::now()));
        let expected = known
            .told
            .map(|(ms, at)| ms.saturating_add(millis(at.elapsed())));
        if expected.is_none_or(|expected| ms > expected) {
            known.told = Some((ms, Instant::now()));
        }
    }

    /// What [`Self::wall_ms`] gives, and what it would give without every time of the service but the last, ms.
    #[must_use]
    pub(crate) fn way_back(&self) -> (i64, i64) {
        let from = self.wall_ms();
        let last = self.known().last;
        let last = last.map(|(ms, at)| ms.saturating_add(millis(at.elapsed())));
        (from, system_ms().max(last.unwrap_or(i64::MIN)).min(from))
    }

    /// Forgets every time of the service but the last, and that of earlier runs. Only for [`crate::counter::Counter::accept_clock`], which has
    /// ended before what must not come to life again.
    pub(crate) fn go_back(&self) {
        let mut known = self.known();
        known.told = known.last;
        known.floor = i64::MIN;
        // Entries of later times would stand before that of the next, which is earlier.
        known.sources.clear();
    }

    /// The time as it is known from the service, now or in an earlier run; `None` before it ever told one. The system clock, which may be
    /// wrong, has no part in it.
    #[must_use]
    pub(crate) fn trusted_ms(&self) -> Option<i64> {
        let known = self.known();
        let floor = known.floor;
        let kept =
            (floor != i64::MIN).then(|| floor.saturating_add(millis(self.started.elapsed())));
        let told = known
            .told
            .map(|(ms, at)| ms.saturating_add(millis(at.elapsed())));
        kept.max(told)
    }

    /// How far the system clock is behind (positive) or ahead of (negative) the service's clock as it was told last, ms.
    #[must_use]
    pub(crate) fn behind_service_ms(&self) -> Option<i64> {
        let last = self.known().last;
        last.map(|(ms, at)| {
            ms.saturating_add(millis(at.elapsed()))
                .saturating_sub(system_ms())
        })
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn came_from(&mut self, now: i64, source: TimeSource) {
        if self.sources.back().is_none_or(|(_, last)| *last != source) {
            self.sources.push_back((now, source));
            if self.sources.len() > CHANGES {
                self.sources.pop_front();
            }
        }
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

    /// Threads ask for the time while the service tells it: whoever asks after it was told gets a time of the service, and it says so.
    #[test]
    fn invariant_14_a_time_says_where_it_came_from_whoever_else_asks_meanwhile() {
        for round in 0..400 {
            let clock = TrustedClock::default();
            let ahead = system_ms() + 3_600_000;
            std::thread::scope(|scope| {
                let askers: Vec<_> = (0..3)
                    .map(|_| {
                        scope.spawn(|| {
                            for _ in 0..300 {
                                let now = clock.wall_ms();
                                let source = clock.source_of(now);
                                let expected = if now >= ahead {
                                    TimeSource::Service
                                } else {
                                    TimeSource::Unchecked
                                };
                                assert_eq!(source, expected, "round {round}");
                            }
                        })
                    })
                    .collect();
                clock.service_said(ahead);
                for asker in askers {
                    asker.join().unwrap();
                }
            });
            let sources: Vec<_> = clock
                .known()
                .sources
                .iter()
                .map(|(_, what)| *what)
                .collect();
            assert!(sources.is_sorted_by_key(|what| *what == TimeSource::Service));
        }
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

    /// A technician's word is the one way back: to the machine's clock and what the service said last, in this run and (with what the ledger
    /// keeps) after it; an older time of the service is forgotten, the last one still counts.
    #[test]
    fn invariant_14_on_somebodys_word_the_time_goes_back_to_the_last_that_the_service_said() {
        let hours = 2 * 3_600_000;
        let near = |ms: i64, expected: i64| (ms - expected).abs() < 60_000;
        let clock = TrustedClock::default();
        clock.not_before(system_ms() + 3 * hours);
        clock.service_said(system_ms() + hours);
        clock.service_said(system_ms() + 120_000);
        let (from, to) = clock.way_back();
        assert!(near(from, system_ms() + 3 * hours), "not gone yet");
        assert!((to - system_ms() - 120_000).abs() < 30_000, "{to}");
        clock.go_back();
        assert!((clock.wall_ms() - to).abs() < 30_000);
        assert!(
            clock
                .trusted_ms()
                .is_some_and(|ms| (ms - to).abs() < 30_000)
        );
        assert_eq!(clock.source_of(clock.wall_ms()), TimeSource::Service);
        // Nothing to go back to: a time that the service still says is the time.
        clock.service_said(system_ms() + hours);
        let (from, to) = clock.way_back();
        assert!((from - to).abs() < 1_000, "{from} {to}");
    }

    /// The service's clock was two hours ahead and is right again: the time stays ahead, and both differences are known.
    #[test]
    fn invariant_14_what_the_service_says_now_and_what_it_said_once_are_told_apart() {
        let hours = 2 * 3_600_000;
        let near = |ms: i64, expected: i64| (ms - expected).abs() < 60_000;
        let clock = TrustedClock::default();
        assert!(near(clock.ahead_of_machine_ms(), 0));
        clock.service_said(system_ms() + hours);
        assert!(clock.behind_service_ms().is_some_and(|ms| near(ms, hours)));
        clock.service_said(system_ms());
        assert!(clock.behind_service_ms().is_some_and(|ms| near(ms, 0)));
        assert!(near(clock.ahead_of_machine_ms(), hours), "never set back");
        assert!(near(clock.machine_ms(), system_ms()));
        // The next start knows it too, before the service says anything.
        let next = TrustedClock::default();
        next.not_before(system_ms() + hours);
        assert!(near(next.ahead_of_machine_ms(), hours));
    }
}
