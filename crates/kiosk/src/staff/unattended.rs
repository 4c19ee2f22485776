//! What of the day stands on the terminal's own screen while nobody is signed in there.
//!
//! That screen needs no sign-in, so that a patient's result is seen the moment it comes. But a result does not stay for whoever passes by:
//! each is taken away when the idle time of a session has gone since it was stored and nobody touched the page meanwhile, also where the
//! page is opened later or the daemon was restarted. What was taken away comes back for somebody signed in only, on no touch and on no other
//! browser; where nobody has an account, and could never bring it back, nothing is taken away.

use crate::desk::Desk;
use crate::staff::StaffState;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Longest time between two looks at what has to go.
const BEAT: Duration = Duration::from_secs(5);

/// The screen that needs no sign-in: what stands on it, and who knows whether anybody could sign in.
pub(super) struct OpenScreen {
    desk: Arc<Desk>,
    page: Unattended,
}

impl OpenScreen {
    pub(super) fn new(desk: Arc<Desk>, idle: Duration) -> Self {
        Self {
            desk,
            page: Unattended::new(idle),
        }
    }

    /// Time until the next look.
    pub(super) fn beat(&self) -> Duration {
        self.page.beat()
    }

    /// See [`Unattended::touched`].
    pub(super) fn touched(&self) {
        self.page.touched(Instant::now());
    }

    /// Takes away what has stood there too long, unless somebody is signed in or nobody has an account; says how many results that were.
    pub(super) async fn leave(&self, state: &mut StaffState, signed_in: bool) -> usize {
        let stays = signed_in || !self.desk.has_accounts().await;
        self.page
            .leave(state, stays, Instant::now(), self.desk.now())
    }
}

/// How long a result has stood without a touch.
#[derive(Clone, Copy)]
struct Stood {
    /// Looked at, or touched, last.
    since: Instant,
    /// The time that had gone before that.
    before: Duration,
}

impl Stood {
    fn for_so_long(&self, now: Instant) -> Duration {
        self.before
            .saturating_add(now.saturating_duration_since(self.since))
    }
}

/// Of one listener: all its open pages together.
struct Unattended {
    idle: Duration,
    stood: Mutex<HashMap<String, Stood>>,
}

impl Unattended {
    fn new(idle: Duration) -> Self {
        Self {
            idle,
            stood: Mutex::default(),
        }
    }

    fn stood(&self) -> MutexGuard<'_, HashMap<String, Stood>> {
        self.stood.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Time until the next look.
    fn beat(&self) -> Duration {
        (self.idle / 4).min(BEAT)
    }

    /// Somebody touched the page: what stands there stays, what was taken away does not come back.
    fn touched(&self, now: Instant) {
        for stood in self.stood().values_mut() {
            if stood.for_so_long(now) <= self.idle {
                *stood = Stood {
                    since: now,
                    before: Duration::ZERO,
                };
            }
        }
    }

    /// Takes away what has stood there too long, unless all `stays` (somebody is signed in, or nobody ever could be); says how many results
    /// that were, with those that the page has no room for. `at` is the time of the day at `now`, in milliseconds since the Unix epoch.
    fn leave(&self, state: &mut StaffState, stays: bool, now: Instant, at: i64) -> usize {
        let mut stood = self.stood();
        stood.retain(|id, _| state.results.iter().any(|one| one.id == *id));
        for one in &state.results {
            let age = u64::try_from(at.saturating_sub(one.stored_at)).unwrap_or(0);
            stood.entry(one.id.clone()).or_insert(Stood {
                since: now,
                before: Duration::from_millis(age),
            });
        }
        if stays {
            return 0;
        }
        let before = state.results.len();
        state.results.retain(|one| {
            stood
                .get(&one.id)
                .is_some_and(|stood| stood.for_so_long(now) <= self.idle)
        });
        match before - state.results.len() {
            0 => 0,
            gone => gone + std::mem::take(&mut state.results_left_out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staff::{ResultState, StaffResult};

    const STORED: i64 = 1_795_316_400_000;

    fn state(ids: &[&str]) -> StaffState {
        let results = ids.iter().map(|id| StaffResult {
            id: (*id).to_owned(),
            at: String::new(),
            stored_at: STORED,
            visit: 1,
            reader: String::new(),
            name: String::new(),
            state: ResultState::Waiting,
            medical: false,
            remark: None,
            summaries: Vec::new(),
        });
        StaffState {
            results: results.collect(),
            results_left_out: 3,
            ..StaffState::default()
        }
    }

    #[test]
    fn a_result_goes_after_the_idle_time_and_a_touch_brings_none_back() {
        let page = Unattended::new(Duration::from_secs(60));
        let begun = Instant::now();
        let at = |seconds: u64| begun + Duration::from_secs(seconds);
        let shown = |ids: &[&str], signed_in: bool, seconds: u64| {
            let mut state = state(ids);
            let gone = page.leave(&mut state, signed_in, at(seconds), STORED);
            let left: Vec<_> = state.results.into_iter().map(|one| one.id).collect();
            (left.join(" "), gone, state.results_left_out)
        };
        assert_eq!(shown(&["a"], false, 0), ("a".into(), 0, 3));
        page.touched(at(50));
        assert_eq!(shown(&["a"], false, 100), ("a".into(), 0, 3));
        assert_eq!(shown(&["b", "a"], false, 105), ("b a".into(), 0, 3));
        assert_eq!(shown(&["b", "a"], false, 111), ("b".into(), 4, 0));
        page.touched(at(112));
        assert_eq!(shown(&["b", "a"], false, 170), ("b".into(), 4, 0));
        assert_eq!(shown(&["b", "a"], true, 200), ("b a".into(), 0, 3));
        assert_eq!(shown(&["b", "a"], false, 201), (String::new(), 5, 0));
        assert_eq!(shown(&["c"], false, 202), ("c".into(), 0, 3));
        assert_eq!(page.stood().len(), 1, "the day before is forgotten");
    }
    /// A restart of the daemon, or a page that is opened late, brings nothing back: the time counts from when the result was stored.
    #[test]
    fn the_time_begins_when_the_result_was_stored() {
        let left = |stored_ago: i64, page: &Unattended, now: Instant| {
            let mut state = state(&["a"]);
            page.leave(&mut state, false, now, STORED + stored_ago * 1000);
            state.results.len()
        };
        let now = Instant::now();
        let new = || Unattended::new(Duration::from_secs(60));
        assert_eq!(left(61, &new(), now), 0);
        // A clock that was put back makes nothing older.
        assert_eq!(left(-30, &new(), now), 1);
        let page = new();
        assert_eq!(left(50, &page, now), 1);
        assert_eq!(left(61, &page, now + Duration::from_secs(11)), 0);
        let touched = new();
        assert_eq!(left(50, &touched, now), 1);
        touched.touched(now);
        assert_eq!(left(100, &touched, now + Duration::from_secs(50)), 1);
    }
}
