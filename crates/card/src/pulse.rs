//! Whether the monitor's calls still come back: a service that hangs answers nothing, not even with an error, and the call into it has no
//! time limit of its own.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Longest silence of the monitor: its own waits are a second long.
const SILENCE: Duration = Duration::from_secs(20);

/// What the monitor shows of itself, and what was made of it.
pub(crate) struct Pulse {
    beat: Mutex<Beat>,
    silence: Duration,
}

struct Beat {
    at: Instant,
    /// The silence was told; what the monitor knew counts no more.
    lost: bool,
}

impl Default for Pulse {
    fn default() -> Self {
        Self::new(SILENCE)
    }
}

impl Pulse {
    fn new(silence: Duration) -> Self {
        let at = Instant::now();
        Self {
            beat: Mutex::new(Beat { at, lost: false }),
            silence,
        }
    }

    /// The monitor is about to call into the service.
    pub(crate) fn beat(&self) {
        self.locked().at = Instant::now();
    }

    /// The monitor is back from a call: whether its silence was told meanwhile. It then begins anew.
    pub(crate) fn was_lost(&self) -> bool {
        let mut beat = self.locked();
        beat.at = Instant::now();
        std::mem::take(&mut beat.lost)
    }

    /// Whether the silence has just become too long; true once for each.
    pub(crate) fn falls_silent(&self) -> bool {
        let mut beat = self.locked();
        let silent = !beat.lost && beat.at.elapsed() > self.silence;
        beat.lost |= silent;
        silent
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Beat> {
        self.beat.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silence_is_told_once_and_its_end_is_seen() {
        let pulse = Pulse::new(Duration::ZERO);
        assert!(pulse.falls_silent());
        assert!(!pulse.falls_silent(), "once");
        assert!(pulse.was_lost());
        assert!(!pulse.was_lost());
        assert!(pulse.falls_silent(), "the next one");
        let patient = Pulse::default();
        patient.beat();
        assert!(!patient.falls_silent() && !patient.was_lost());
    }
}
