//! The use of disaster and outage mode, counted person by person with the result that came of it, and reported to the service afterwards,
//! each use once.

use ledger::{Ledger, LedgerError};
use oqs::Timestamp;
use oqs::assumed::{UsageReport, UsageReportBody};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::lookup::done;
use super::request::Special;
use super::{Counter, CounterError, must_be, name_of};

/// Where the use of the modes is counted.
const USES: &str = "special-use";
/// Where an earlier version kept a list of uses.
const OF_BEFORE: &str = "special-uses";

/// The count can't be read.
pub(super) const UNREADABLE: &str = "UK-VISIT-529";

/// What was used in a time, or nothing.
#[derive(Default, Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Used {
    persons: u64,
    first: i64,
    last: i64,
}

impl Used {
    fn once(at: i64) -> Self {
        Self {
            persons: 1,
            first: at,
            last: at,
        }
    }

    fn of(times: &[i64]) -> Self {
        let mut used = Self::default();
        for at in times {
            used.add(Self::once(*at));
        }
        used
    }

    fn add(&mut self, other: Self) {
        if self.persons == 0 {
            *self = other;
        } else if other.persons > 0 {
            self.persons = self.persons.saturating_add(other.persons);
            self.first = self.first.min(other.first);
            self.last = self.last.max(other.last);
        }
    }
}

/// One mode.
#[derive(Default, Clone, Serialize, Deserialize)]
struct Mode {
    /// Since the last report.
    waiting: Used,
    /// A report on its way: sent again under the same identifier for the same uses until the service has answered.
    report: Option<Report>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Report {
    identifier: String,
    of: Used,
}

#[derive(Default, Clone, Serialize, Deserialize)]
struct Uses {
    disaster: Mode,
    outage: Mode,
}

/// As an earlier version kept them.
#[derive(Default, Deserialize)]
struct UsesOfBefore {
    disaster: Vec<i64>,
    outage: Vec<i64>,
    #[serde(default)]
    disaster_report: Option<ReportOfBefore>,
    #[serde(default)]
    outage_report: Option<ReportOfBefore>,
}

#[derive(Deserialize)]
struct ReportOfBefore {
    identifier: String,
    persons: usize,
}

impl Mode {
    fn of_before(times: &[i64], report: Option<ReportOfBefore>) -> Self {
        let told = report.as_ref().map_or(0, |report| report.persons);
        let (told, waiting) = times.split_at(told.min(times.len()));
        Self {
            waiting: Used::of(waiting),
            report: report.map(|report| Report {
                identifier: report.identifier,
                of: Used::of(told),
            }),
        }
    }
}

impl Uses {
    /// `None` = the count can't be read.
    fn read(ledger: &Ledger) -> Result<Option<Self>, LedgerError> {
        // Names what stands under either place: the one's name begins the other's.
        let damaged = ledger.unreadable_states(USES)?;
        if damaged.iter().any(|key| key == USES) {
            return Ok(None);
        }
        if let Some(text) = ledger.get_state(USES)? {
            return Ok(serde_json::from_str(&text).ok());
        }
        if damaged.iter().any(|key| key == OF_BEFORE) {
            return Ok(None);
        }
        let Some(text) = ledger.get_state(OF_BEFORE)? else {
            return Ok(Some(Self::default()));
        };
        let Ok(before) = serde_json::from_str::<UsesOfBefore>(&text) else {
            return Ok(None);
        };
        Ok(Some(Self {
            disaster: Mode::of_before(&before.disaster, before.disaster_report),
            outage: Mode::of_before(&before.outage, before.outage_report),
        }))
    }

    fn text(&self) -> Result<String, LedgerError> {
        serde_json::to_string(self).map_err(|_| LedgerError::Unacceptable("uses"))
    }

    fn of(&mut self, mode: Special) -> &mut Mode {
        match mode {
            Special::Disaster => &mut self.disaster,
            Special::Outage => &mut self.outage,
        }
    }
}

/// The count with one more use.
pub(super) struct Counted {
    /// Name and value of the state in which it stands: stored in the transaction of the use's result, so that a result counts once however
    /// often its storing is tried.
    pub(super) state: (String, String),
    /// The count before can't be read: this use is the first of a new one.
    pub(super) anew: bool,
}

/// Counts one more use. A count that can't be read keeps no answer back: it begins anew.
///
/// # Errors
/// The database.
pub(super) fn counted(ledger: &Ledger, mode: Special, now: i64) -> Result<Counted, LedgerError> {
    let known = Uses::read(ledger)?;
    let anew = known.is_none();
    let mut uses = known.unwrap_or_default();
    uses.of(mode).waiting.add(Used::once(now));
    Ok(Counted {
        state: (USES.to_owned(), uses.text()?),
        anew,
    })
}

impl Counter {
    /// Reports the use of a mode since the last report. A report of which nobody knows whether it arrived is made again under its own
    /// identifier, about the same uses, so that the service can tell that it has it.
    pub(super) async fn report_usage(
        &self,
        mode: Special,
        operator: &str,
    ) -> Result<Value, CounterError> {
        let operator = name_of(operator);
        must_be("operator", &operator)?;
        let fresh = Self::identifier();
        let found = self
            .ledger(move |ledger| {
                let Some(mut uses) = Uses::read(ledger)? else {
                    return Ok(Err(CounterError::of(UNREADABLE)));
                };
                let this = uses.of(mode);
                let report = match &this.report {
                    Some(report) => report.clone(),
                    None if this.waiting.persons == 0 => {
                        return Ok(Err(CounterError::nothing_to_report()));
                    }
                    None => {
                        let of = std::mem::take(&mut this.waiting);
                        let identifier = fresh;
                        this.report.insert(Report { identifier, of }).clone()
                    }
                };
                ledger.put_state(USES, &uses.text()?)?;
                Ok(Ok(report))
            })
            .await?;
        let report = found?;
        let persons = report.of.persons;
        let body = UsageReportBody {
            mode: Some(mode.word().to_owned()),
            from: Some(Timestamp::from_ms(report.of.first)),
            to: Some(Timestamp::from_ms(report.of.last)),
            persons: Some(persons.to_string()),
            operator: Some(operator),
            extra: Vec::new(),
        };
        let message = UsageReport::new(&self.institution_code, body, &report.identifier);
        let answer = done(&self.central.report_usage(&message).await?);
        let accepted = answer.is_ok();
        self.ledger(move |ledger| {
            // What was used while the report was under way belongs to the next one; a refused one is made anew.
            let Some(mut uses) = Uses::read(ledger)? else {
                // Told with the next use or report.
                tracing::error!(code = UNREADABLE, "the count of uses can't be read");
                return Ok(());
            };
            let this = uses.of(mode);
            if let Some(report) = this.report.take()
                && !accepted
            {
                this.waiting.add(report.of);
            }
            ledger.put_state(USES, &uses.text()?)
        })
        .await?;
        answer.map(|_| json!({ "reported": persons }))
    }
}
