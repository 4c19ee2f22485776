//! Counters in Prometheus' text form, filled from what happens.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use crate::happenings::Happening;

#[derive(Default)]
struct Inner {
    outcomes: BTreeMap<String, u64>,
    alerts: BTreeMap<String, u64>,
    stored: BTreeMap<&'static str, u64>,
    machine_ms: u64,
}

/// Counts since the daemon started.
#[derive(Default)]
pub(crate) struct Metrics(Mutex<Inner>);

/// Different codes counted apart; more than there are.
const MOST: usize = 200;

impl Metrics {
    /// Counts one happening.
    pub(crate) fn count(&self, happening: &Happening) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match happening {
            Happening::VisitEnded {
                outcome,
                machine_ms,
                ..
            } => {
                bump(&mut inner.outcomes, outcome.clone());
                inner.machine_ms = inner.machine_ms.saturating_add(*machine_ms);
            }
            Happening::Alert { code } => bump(&mut inner.alerts, code.clone()),
            Happening::Stored { kind, .. } => bump(&mut inner.stored, kind),
            Happening::State { .. }
            | Happening::Device { .. }
            | Happening::Queue { .. }
            | Happening::Bulk { .. } => {}
        }
    }

    /// The text for `/metrics`.
    #[must_use]
    pub(crate) fn text(&self, devices: &BTreeMap<&'static str, bool>) -> String {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::from(
            "# HELP uketsuke_visits_total Visits by how they ended.\n# TYPE uketsuke_visits_total counter\n",
        );
        for (outcome, count) in &inner.outcomes {
            let _ = writeln!(
                text,
                "uketsuke_visits_total{{outcome=\"{outcome}\"}} {count}"
            );
        }
        text.push_str("# HELP uketsuke_results_total Results stored by kind.\n# TYPE uketsuke_results_total counter\n");
        for (kind, count) in &inner.stored {
            let _ = writeln!(text, "uketsuke_results_total{{kind=\"{kind}\"}} {count}");
        }
        text.push_str("# HELP uketsuke_alerts_total Alerts to staff by code.\n# TYPE uketsuke_alerts_total counter\n");
        for (code, count) in &inner.alerts {
            let _ = writeln!(text, "uketsuke_alerts_total{{code=\"{code}\"}} {count}");
        }
        text.push_str("# HELP uketsuke_machine_wait_milliseconds_total Time people waited for the machine.\n# TYPE uketsuke_machine_wait_milliseconds_total counter\n");
        let _ = writeln!(
            text,
            "uketsuke_machine_wait_milliseconds_total {}",
            inner.machine_ms
        );
        text.push_str("# HELP uketsuke_device_up Whether a device or service is there.\n# TYPE uketsuke_device_up gauge\n");
        for (device, up) in devices {
            let _ = writeln!(
                text,
                "uketsuke_device_up{{device=\"{device}\"}} {}",
                u8::from(*up)
            );
        }
        text
    }
}

fn bump<K: Ord>(counts: &mut BTreeMap<K, u64>, key: K) {
    if counts.len() < MOST || counts.contains_key(&key) {
        *counts.entry(key).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_happens() {
        let metrics = Metrics::default();
        for _ in 0..2 {
            metrics.count(&Happening::VisitEnded {
                visit: "0".into(),
                outcome: "delivered".into(),
                machine_ms: 40,
            });
        }
        let text = metrics.text(&BTreeMap::from([("reader", true)]));
        assert!(
            text.contains("uketsuke_visits_total{outcome=\"delivered\"} 2\n"),
            "{text}"
        );
        assert!(text.contains("uketsuke_machine_wait_milliseconds_total 80\n"));
        assert!(text.contains("uketsuke_device_up{device=\"reader\"} 1\n"));
    }
}
