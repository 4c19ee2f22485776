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
    fn read(ledger: &Ledger) -> Result<Self, LedgerError> {
        let unreadable = |_| LedgerError::Unacceptable("uses");
        if let Some(text) = ledger.get_state(USES)? {
            return serde_json::from_str(&text).map_err(unreadable);
        }
        let Some(text) = ledger.get_state(OF_BEFORE)? else {
            return Ok(Self::default());
        };
        let before: UsesOfBefore = serde_json::from_str(&text).map_err(unreadable)?;
        Ok(Self {
            disaster: Mode::of_before(&before.disaster, before.disaster_report),
            outage: Mode::of_before(&before.outage, before.outage_report),
        })
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

/// Name and value of the state in which one more use stands: stored in the transaction of the use's result, so that a result counts once
/// however often its storing is tried.
///
/// # Errors
/// The state can't be read.
pub(super) fn counted(
    ledger: &Ledger,
    mode: Special,
    now: i64,
) -> Result<(String, String), LedgerError> {
    let mut uses = Uses::read(ledger)?;
    uses.of(mode).waiting.add(Used::once(now));
    Ok((USES.to_owned(), uses.text()?))
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
                let mut uses = Uses::read(ledger)?;
                let this = uses.of(mode);
                let report = match &this.report {
                    Some(report) => report.clone(),
                    None if this.waiting.persons == 0 => return Ok(None),
                    None => {
                        let of = std::mem::take(&mut this.waiting);
                        let identifier = fresh;
                        this.report.insert(Report { identifier, of }).clone()
                    }
                };
                ledger.put_state(USES, &uses.text()?)?;
                Ok(Some(report))
            })
            .await?;
        let Some(report) = found else {
            return Err(CounterError::nothing_to_report());
        };
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
            let mut uses = Uses::read(ledger)?;
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
