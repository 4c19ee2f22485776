//! Watches all readers and says what came and went, on its own thread.
//!
//! pcscd gone is an event like any other: everything it showed has left, and it is tried again each second.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::Duration;

use crate::api::CardEvent;
use crate::leaves::{Leaves, Left};
use crate::pulse::Pulse;
use crate::stop::Stop;
use crate::transport::{LinkError, ReaderStatus, ReaderWatch, Readers};

const LONGEST_WAIT: Duration = Duration::from_secs(1);
const RETRY: Duration = Duration::from_secs(1);
/// When pcscd reports changes that mean nothing to us, at most this often.
const SETTLE: Duration = Duration::from_millis(20);
const FULL_CHANNEL_PAUSE: Duration = Duration::from_millis(20);

/// Parts of the names of readers that are programs: vsmartcard's vpcd, and QEMU's CCID reader, which besides keeps
/// power-off to itself, so that an accepted PIN would outlive the visit.
const VIRTUAL: [&str; 2] = ["Virtual PCD", "QEMU"];

/// Which readers may be used.
#[derive(Debug, Clone)]
pub struct ReaderRules {
    /// Whether virtual readers are allowed.
    pub simulation: bool,
    /// Parts of names, one of which a reader's must contain; empty = any.
    pub filters: Vec<String>,
}

impl ReaderRules {
    /// Whether this reader may be used, and if not why.
    ///
    /// # Errors
    /// The reason, for the technician.
    pub fn check(&self, name: &str) -> Result<(), &'static str> {
        if !self.simulation && VIRTUAL.iter().any(|part| name.contains(part)) {
            return Err("a virtual reader in production");
        }
        let wanted = |filter: &String| name.contains(filter.as_str());
        if self.filters.is_empty() || self.filters.iter().any(wanted) {
            Ok(())
        } else {
            Err("not the configured reader")
        }
    }
}

/// One difference between two looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A reader came.
    ReaderArrived(String),
    /// A reader went.
    ReaderLeft(String),
    /// A card came.
    CardArrived(String),
    /// A card went.
    CardLeft(String),
}

/// What happened between two looks. A card swapped between them shows as left and arrived.
#[must_use]
pub fn differences(before: &[ReaderStatus], after: &[ReaderStatus]) -> Vec<Change> {
    let mut changes = Vec::new();
    for old in before {
        let new = after.iter().find(|new| new.name == old.name);
        if old.card && new.is_none_or(|new| !new.card || new.changes != old.changes) {
            changes.push(Change::CardLeft(old.name.clone()));
        }
        if new.is_none() {
            changes.push(Change::ReaderLeft(old.name.clone()));
        }
    }
    for new in after {
        let old = before.iter().find(|old| old.name == new.name);
        if old.is_none() {
            changes.push(Change::ReaderArrived(new.name.clone()));
        }
        if new.card && old.is_none_or(|old| !old.card || new.changes != old.changes) {
            changes.push(Change::CardArrived(new.name.clone()));
        }
    }
    changes
}

/// Hands an event over; false when nobody listens any more or the threads shall end.
pub(crate) fn deliver(events: &SyncSender<CardEvent>, stop: &Stop, event: CardEvent) -> bool {
    let mut event = event;
    loop {
        match events.try_send(event) {
            Ok(()) => return true,
            Err(TrySendError::Disconnected(_)) => return false,
            Err(TrySendError::Full(back)) => event = back,
        }
        if stop.wait(FULL_CHANNEL_PAUSE) {
            return false;
        }
    }
}

pub(crate) struct Monitor {
    pub(crate) readers: Arc<dyn Readers>,
    pub(crate) rules: ReaderRules,
    pub(crate) events: SyncSender<CardEvent>,
    pub(crate) leaves: Arc<Leaves>,
    pub(crate) pulse: Arc<Pulse>,
    pub(crate) stop: Arc<Stop>,
}

/// How a look-out ended.
enum Ended {
    /// It broke, and everything it showed was told to have left.
    Broken(LinkError),
    /// It was silent for so long that the service was told to be down.
    Lost,
    /// The thread shall end.
    Stopped,
}

impl Monitor {
    /// Runs until stopped or until nobody listens.
    pub(crate) fn run(self) {
        let mut service_up = None;
        while !self.stop.is_stopped() {
            self.pulse.beat();
            let watch = self.readers.watch();
            if self.pulse.was_lost() {
                service_up = Some(false);
            }
            let detail = match watch {
                Ok(mut watch) => {
                    if service_up != Some(true) && !self.say(CardEvent::ServiceUp) {
                        return;
                    }
                    service_up = Some(true);
                    match self.follow(&mut *watch) {
                        Ended::Broken(error) => error.to_string(),
                        Ended::Lost => {
                            service_up = Some(false);
                            String::new()
                        }
                        Ended::Stopped => return,
                    }
                }
                Err(error) => error.to_string(),
            };
            if service_up != Some(false) && !self.say(CardEvent::ServiceDown { detail }) {
                return;
            }
            service_up = Some(false);
            if self.stop.wait(RETRY) {
                return;
            }
        }
    }

    /// Follows one look-out to its end.
    fn follow(&self, watch: &mut dyn ReaderWatch) -> Ended {
        let mut known = Vec::new();
        while !self.stop.is_stopped() {
            self.pulse.beat();
            let waited = watch.wait(LONGEST_WAIT);
            if self.pulse.was_lost() {
                return Ended::Lost;
            }
            let (seen, broken) = match waited {
                Ok(mut seen) => {
                    seen.retain(|reader| self.rules.check(&reader.name).is_ok());
                    (seen, None)
                }
                Err(error) => (Vec::new(), Some(error)),
            };
            let changes = differences(&known, &seen);
            let quiet = changes.is_empty();
            for change in changes {
                if !self.report(change) {
                    return Ended::Stopped;
                }
            }
            known = seen;
            if let Some(error) = broken {
                return Ended::Broken(error);
            }
            if quiet && self.stop.wait(SETTLE) {
                return Ended::Stopped;
            }
        }
        Ended::Stopped
    }

    fn report(&self, change: Change) -> bool {
        // The worker learns of departures before the daemon does, so that no command of the daemon's
        // can still reach the old session.
        let event = match change {
            Change::ReaderArrived(reader) => CardEvent::ReaderArrived { reader },
            Change::CardArrived(reader) => CardEvent::CardArrived { reader },
            Change::ReaderLeft(reader) => {
                self.leaves.note(&reader, Left::Reader);
                CardEvent::ReaderLeft { reader }
            }
            Change::CardLeft(reader) => {
                self.leaves.note(&reader, Left::Card);
                CardEvent::CardLeft { reader }
            }
        };
        self.say(event)
    }

    fn say(&self, event: CardEvent) -> bool {
        deliver(&self.events, &self.stop, event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(name: &str, card: bool, changes: u32) -> ReaderStatus {
        ReaderStatus {
            name: name.into(),
            card,
            changes,
        }
    }

    #[test]
    fn arrivals_departures_and_swaps() {
        use Change::{CardArrived, CardLeft, ReaderArrived, ReaderLeft};
        let rows: [(&[ReaderStatus], &[ReaderStatus], &[Change]); 6] = [
            (
                &[],
                &[reader("a", true, 1)],
                &[ReaderArrived("a".into()), CardArrived("a".into())],
            ),
            (
                &[reader("a", false, 0)],
                &[reader("a", true, 1)],
                &[CardArrived("a".into())],
            ),
            (
                &[reader("a", true, 1)],
                &[reader("a", true, 3)],
                &[CardLeft("a".into()), CardArrived("a".into())],
            ),
            (
                &[reader("a", true, 1)],
                &[],
                &[CardLeft("a".into()), ReaderLeft("a".into())],
            ),
            (&[reader("a", true, 1)], &[reader("a", true, 1)], &[]),
            (&[reader("a", false, 2)], &[reader("a", false, 4)], &[]),
        ];
        for (before, after, expected) in rows {
            assert_eq!(
                differences(before, after),
                expected,
                "{before:?} -> {after:?}"
            );
        }
    }

    #[test]
    fn invariant_13_virtual_readers_are_refused_in_production_only() {
        let virtual_readers = [
            "Virtual PCD 00 00",
            "QEMU QEMU USB CCID [CCID Interface] (1-0000:00:04.0-1) 00 00",
        ];
        let rules = |simulation, filter: Option<&str>| ReaderRules {
            simulation,
            filters: filter.into_iter().map(Into::into).collect(),
        };
        for name in virtual_readers {
            assert!(rules(false, None).check(name).is_err(), "{name}");
            assert!(rules(false, Some(&name[..4])).check(name).is_err());
            assert!(rules(true, None).check(name).is_ok());
        }
        assert!(rules(false, None).check("ACS ACR1252 00 00").is_ok());
        assert!(
            rules(false, Some("ACR1252"))
                .check("ACS ACR1252 00 00")
                .is_ok()
        );
        assert!(
            rules(false, Some("SCM"))
                .check("ACS ACR1252 00 00")
                .is_err()
        );
    }
}
