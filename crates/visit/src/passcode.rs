//! The guard before visual confirmation: five wrong passcodes lock it for 15 minutes, across visits and
//! restarts (invariant 8). It decides; who stores its two numbers is somebody else's job.

/// Wrong entries that lock.
const LIMIT: u32 = 5;
/// How long the lock lasts, ms.
const LOCK_MS: i64 = 15 * 60 * 1000;

/// How many wrong passcodes there were, and until when none is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PasscodeGuard {
    /// Wrong entries since the last right one.
    pub wrong: u32,
    /// Locked until this time (ms since 1970, exclusive); 0 = not locked.
    pub locked_until_ms: i64,
}

/// What became of one passcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasscodeVerdict {
    /// Right, and not locked.
    Accepted,
    /// Wrong; so many entries are left before the lock.
    Wrong {
        /// Entries left.
        left: u32,
    },
    /// Locked, whatever was typed.
    Locked {
        /// Until when, ms since 1970.
        until_ms: i64,
    },
}

impl PasscodeGuard {
    /// Whether no passcode is accepted at this time.
    #[must_use]
    pub fn is_locked(&self, now_ms: i64) -> bool {
        now_ms < self.locked_until_ms
    }

    /// The clock went back from one time to an earlier one (ms since 1970): a lock that was over stays over, one that holds lasts no longer
    /// than a whole one from then on, and no shorter than it would have.
    pub fn set_back(&mut self, from_ms: i64, to_ms: i64) {
        let last = if self.is_locked(from_ms) {
            to_ms.saturating_add(LOCK_MS)
        } else {
            to_ms
        };
        self.locked_until_ms = self.locked_until_ms.min(last);
    }

    /// Judges one entry. `matches` is only looked at while not locked.
    pub fn judge(&mut self, matches: bool, now_ms: i64) -> PasscodeVerdict {
        if self.is_locked(now_ms) {
            return PasscodeVerdict::Locked {
                until_ms: self.locked_until_ms,
            };
        }
        if self.locked_until_ms != 0 {
            *self = Self::default();
        }
        if matches {
            self.wrong = 0;
            return PasscodeVerdict::Accepted;
        }
        self.wrong += 1;
        if self.wrong >= LIMIT {
            self.locked_until_ms = now_ms.saturating_add(LOCK_MS);
            return PasscodeVerdict::Locked {
                until_ms: self.locked_until_ms,
            };
        }
        PasscodeVerdict::Wrong {
            left: LIMIT - self.wrong,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invariant_8_a_clock_set_back_neither_ends_a_lock_nor_lengthens_or_begins_one() {
        let hour = 3_600_000;
        let mut guard = PasscodeGuard::default();
        guard.set_back(9 * hour, 7 * hour);
        assert_eq!(guard, PasscodeGuard::default(), "never locked");
        while !guard.is_locked(9 * hour) {
            guard.judge(false, 9 * hour);
        }
        let mut holds = guard;
        holds.set_back(9 * hour + 60_000, 7 * hour);
        assert!(holds.is_locked(7 * hour + LOCK_MS - 1));
        assert!(!holds.is_locked(7 * hour + LOCK_MS), "no longer than one");
        let mut over = guard;
        over.set_back(9 * hour + LOCK_MS, 8 * hour);
        assert!(!over.is_locked(8 * hour), "it was over");
        assert_eq!(over.judge(true, 8 * hour), PasscodeVerdict::Accepted);
    }

    #[test]
    fn invariant_8_five_wrong_passcodes_lock_for_fifteen_minutes() {
        let mut guard = PasscodeGuard::default();
        for left in [4, 3, 2, 1] {
            assert_eq!(guard.judge(false, 1_000), PasscodeVerdict::Wrong { left });
        }
        let until_ms = 1_000 + LOCK_MS;
        assert_eq!(
            guard.judge(false, 1_000),
            PasscodeVerdict::Locked { until_ms }
        );
        assert_eq!(
            guard.judge(true, until_ms - 1),
            PasscodeVerdict::Locked { until_ms },
            "also the right one"
        );
        assert!(guard.is_locked(until_ms - 1) && !guard.is_locked(until_ms));
        assert_eq!(guard.judge(true, until_ms), PasscodeVerdict::Accepted);
        assert_eq!(guard, PasscodeGuard::default());
    }

    #[test]
    fn a_right_passcode_starts_the_count_anew() {
        let mut guard = PasscodeGuard::default();
        let _ = guard.judge(false, 0);
        assert_eq!(guard.judge(true, 0), PasscodeVerdict::Accepted);
        assert_eq!(guard.judge(false, 0), PasscodeVerdict::Wrong { left: 4 });
    }
}
