//! What of the day stands on the terminal's own screen while nobody is signed in there.
//!
//! That screen needs no sign-in, so that a patient's result is seen the moment it comes. But a result does not stay for whoever passes by:
//! each is taken away when it has stood there for the idle time of a session and nobody touched the page meanwhile. What was taken away
//! comes back for somebody signed in only, on no touch and on no other browser.

use crate::staff::StaffState;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Longest time between two looks at what has to go.
const BEAT: Duration = Duration::from_secs(5);

/// Of one listener: all its open pages together.
pub(super) struct Unattended {
    idle: Duration,
    /// Since when each result of the page has stood there without a touch.
    since: Mutex<HashMap<String, Instant>>,
}

impl Unattended {
    pub(super) fn new(idle: Duration) -> Self {
        Self {
            idle,
            since: Mutex::default(),
        }
    }

    fn since(&self) -> MutexGuard<'_, HashMap<String, Instant>> {
        self.since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Time until the next look.
    pub(super) fn beat(&self) -> Duration {
        (self.idle / 4).min(BEAT)
    }

    /// Somebody touched the page: what stands there stays, what was taken away does not come back.
    pub(super) fn touched(&self, now: Instant) {
        let idle = self.idle;
        for since in self.since().values_mut() {
            if now.saturating_duration_since(*since) <= idle {
                *since = now;
            }
        }
    }

    /// Takes away what has stood there too long, unless somebody is signed in; says how many results that were, with those that the
    /// page has no room for.
    pub(super) fn leave(&self, state: &mut StaffState, signed_in: bool, now: Instant) -> usize {
        let mut since = self.since();
        since.retain(|id, _| state.results.iter().any(|one| one.id == *id));
        for one in &state.results {
            since.entry(one.id.clone()).or_insert(now);
        }
        if signed_in {
            return 0;
        }
        let before = state.results.len();
        state.results.retain(|one| {
            let stood = since.get(&one.id).copied();
            stood.is_some_and(|since| now.saturating_duration_since(since) <= self.idle)
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

    fn state(ids: &[&str]) -> StaffState {
        let results = ids.iter().map(|id| StaffResult {
            id: (*id).to_owned(),
            at: String::new(),
            visit: 1,
            reader: String::new(),
            name: String::new(),
            state: ResultState::Waiting,
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
            let gone = page.leave(&mut state, signed_in, at(seconds));
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
        assert_eq!(page.since().len(), 1, "the day before is forgotten");
    }
}
