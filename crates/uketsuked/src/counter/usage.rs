//! The use of disaster and outage mode, counted person by person and reported to the service afterwards, each use once.

use oqs::Timestamp;
use oqs::assumed::{UsageReport, UsageReportBody};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::lookup::done;
use super::request::Special;
use super::{Counter, CounterError, must_be, name_of};

/// Where the use of a mode is counted.
const USES: &str = "special-uses";

#[derive(Default, Clone, Serialize, Deserialize)]
struct Uses {
    disaster: Vec<i64>,
    outage: Vec<i64>,
    /// A report on its way: sent again under the same identifier for the same uses until the service has answered.
    #[serde(default)]
    disaster_report: Option<Report>,
    #[serde(default)]
    outage_report: Option<Report>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Report {
    identifier: String,
    persons: usize,
}

impl Uses {
    fn read(ledger: &ledger::Ledger) -> Result<Self, ledger::LedgerError> {
        let text = ledger.get_state(USES)?;
        Ok(text
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default())
    }

    fn keep(&self, ledger: &mut ledger::Ledger) -> Result<(), ledger::LedgerError> {
        let text =
            serde_json::to_string(self).map_err(|_| ledger::LedgerError::Unacceptable("uses"))?;
        ledger.put_state(USES, &text)
    }

    fn of(&mut self, mode: Special) -> (&mut Vec<i64>, &mut Option<Report>) {
        match mode {
            Special::Disaster => (&mut self.disaster, &mut self.disaster_report),
            Special::Outage => (&mut self.outage, &mut self.outage_report),
        }
    }
}

impl Counter {
    pub(super) async fn count_use(&self, mode: Special) -> Result<(), CounterError> {
        let now = self.clock.wall_ms();
        self.ledger(move |ledger| {
            let mut uses = Uses::read(ledger)?;
            let (list, _) = uses.of(mode);
            if list.len() < 2000 {
                list.push(now);
            }
            uses.keep(ledger)
        })
        .await
    }

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
                let (list, report) = uses.of(mode);
                let persons = list.len();
                let report = report
                    .get_or_insert(Report {
                        identifier: fresh,
                        persons,
                    })
                    .clone();
                let told = list.get(..report.persons.min(persons)).unwrap_or_default();
                let (Some(first), Some(last)) = (told.first().copied(), told.last().copied())
                else {
                    return Ok(None);
                };
                uses.keep(ledger)?;
                Ok(Some((report, first, last)))
            })
            .await?;
        let Some((report, first, last)) = found else {
            return Err(CounterError::nothing_to_report());
        };
        let persons = report.persons;
        let body = UsageReportBody {
            mode: Some(mode.word().to_owned()),
            from: Some(Timestamp::from_ms(first)),
            to: Some(Timestamp::from_ms(last)),
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
            let (list, kept) = uses.of(mode);
            *kept = None;
            if accepted {
                list.drain(..persons.min(list.len()));
            }
            uses.keep(ledger)
        })
        .await?;
        answer.map(|_| json!({ "reported": persons }))
    }
}
