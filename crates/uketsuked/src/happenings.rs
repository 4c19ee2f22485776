//! What goes on in the terminal, told to whoever watches (`uketsukectl watch`). No names, no numbers, no
//! medical content: states, codes and times only.

use serde::Serialize;
use tokio::sync::broadcast;

/// Happenings kept for a slow watcher before it misses some.
const KEPT: usize = 256;

/// One thing that happened.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(crate) enum Happening {
    /// The visit entered a state.
    State {
        /// Visit number, 16 hex digits.
        visit: String,
        /// State.
        state: &'static str,
    },
    /// A visit ended.
    VisitEnded {
        /// Visit number.
        visit: String,
        /// How.
        outcome: String,
        /// Milliseconds the person waited for the machine.
        machine_ms: u64,
    },
    /// Staff was told something.
    Alert {
        /// Stable code.
        code: String,
    },
    /// A reader, card, worker or the service came or went.
    Device {
        /// Which.
        device: &'static str,
        /// `up`, `down`, `card-in`, `card-out`, `held` (by another program), `hung`, `restarted`.
        state: &'static str,
        /// Reader name or reason, free of personal data.
        detail: String,
    },
    /// A result was stored.
    Stored {
        /// Visit number.
        visit: String,
        /// Kind.
        kind: &'static str,
    },
    /// A queued inquiry was answered, postponed or given up.
    Queue {
        /// Visit number.
        visit: String,
        /// `answered`, `postponed`, `dropped`.
        state: &'static str,
        /// Stable code.
        code: String,
    },
}

/// A happening with its time.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Timed {
    /// Milliseconds since 1970.
    pub(crate) at: i64,
    /// What.
    #[serde(flatten)]
    pub(crate) happening: Happening,
}

/// Where happenings are told; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Happenings(broadcast::Sender<Timed>);

impl Default for Happenings {
    fn default() -> Self {
        Self(broadcast::Sender::new(KEPT))
    }
}

impl Happenings {
    /// Tells everybody who watches; nobody watching is fine.
    pub(crate) fn tell(&self, at: i64, happening: Happening) {
        let _ = self.0.send(Timed { at, happening });
    }

    /// Begins to watch.
    #[must_use]
    pub(crate) fn watch(&self) -> broadcast::Receiver<Timed> {
        self.0.subscribe()
    }
}
