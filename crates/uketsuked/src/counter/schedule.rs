//! The scheduled fetch of tickets: every day from the day of the settings to the end of the month, since offices register until
//! late; and the month before while somebody who came in it still waits for a ticket, or while its last fetch has not succeeded.

use std::collections::BTreeMap;
use std::time::Duration;

use ledger::BulkState;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::{Counter, CounterError, Turn, marks};

/// Where it stands what was fetched last for which month.
const TRIED: &str = "tickets-schedule";
/// How often is looked whether something is due.
const LOOK: Duration = Duration::from_secs(60);
/// Rest after a fetch that could not begin.
const REST: Duration = Duration::from_secs(15 * 60);

/// The last scheduled fetch of a month.
#[derive(Clone, Serialize, Deserialize)]
struct Try {
    /// The day whose turn it was, yyyyMMdd.
    day: String,
    /// The job.
    job: u64,
}

/// By month, yyyyMM.
type Tried = BTreeMap<String, Try>;

/// What is known besides the time.
struct Known {
    tried: Tried,
    /// The job of the last try of the month before has not failed.
    before_done: bool,
    /// Somebody who came in the month before waits for a ticket.
    before_awaited: bool,
}

impl Counter {
    /// Keeps the schedule until `stop` says so, also when the terminal was off at the hour.
    pub(crate) async fn keep_schedule(self, day: u8, hour: u8, mut stop: watch::Receiver<bool>) {
        loop {
            let slot = slot(self.clock.wall_ms(), hour);
            let mut rest = LOOK;
            if let Err(error) = self.scheduled(&slot, day).await {
                tracing::warn!(code = error.code, "the scheduled fetch did not begin");
                rest = REST;
            }
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(rest) => {}
            }
        }
    }

    /// Begins what is due in the turn of a day.
    pub(super) async fn scheduled(&self, slot: &str, day: u8) -> Result<(), CounterError> {
        let before = month_before(slot);
        let known = self.ledger(move |ledger| known(ledger, &before)).await?;
        for month in due(slot, day, &known) {
            // Broken off and begun again it is the same fetch.
            let turn = Turn::named("schedule", &format!("{month}@{slot}"));
            let begun = self.fetch_tickets(turn, "schedule", &month).await?;
            let job = begun["job"].as_u64().unwrap_or_default();
            let day = slot.to_owned();
            self.ledger(move |ledger| {
                let mut tried = tried(ledger)?;
                tried.insert(month, Try { day, job });
                while tried.len() > 12 {
                    tried.pop_first();
                }
                let text = serde_json::to_string(&tried)
                    .map_err(|_| ledger::LedgerError::Unacceptable("schedule"))?;
                ledger.put_state(TRIED, &text)
            })
            .await?;
        }
        Ok(())
    }
}

fn tried(ledger: &ledger::Ledger) -> Result<Tried, ledger::LedgerError> {
    let text = ledger.get_state(TRIED)?;
    Ok(text
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
}

/// What stands of the schedule (key, value) when the time goes back to `to` (ms since 1970): turns of its day and later ones are taken again.
pub(super) fn set_back(
    ledger: &ledger::Ledger,
    to: i64,
) -> Result<Option<(String, String)>, ledger::LedgerError> {
    let today = slot(to, 0);
    let mut tried = tried(ledger)?;
    let before = tried.len();
    tried.retain(|_, last| last.day < today);
    if tried.len() == before {
        return Ok(None);
    }
    let text =
        serde_json::to_string(&tried).map_err(|_| ledger::LedgerError::Unacceptable("schedule"))?;
    Ok(Some((TRIED.to_owned(), text)))
}

fn known(ledger: &mut ledger::Ledger, before: &str) -> Result<Known, ledger::LedgerError> {
    let tried = tried(ledger)?;
    let last = tried.get(before).map(|last| last.job);
    let last = last.map(|job| ledger.bulk_job(job)).transpose()?.flatten();
    Ok(Known {
        before_done: last.is_some_and(|job| job.state != BulkState::Failed),
        before_awaited: marks::Open::read(ledger)?.months().contains(before),
        tried,
    })
}

/// The day whose turn it is, yyyyMMdd in Japan: today from the hour on, yesterday before it.
fn slot(now_ms: i64, hour: u8) -> String {
    let jst = oqs::time::to_jst(now_ms.saturating_sub(i64::from(hour) * 3_600_000));
    jst.chars().take(8).collect()
}

/// The month before that of a day; empty when the day is none.
fn month_before(slot: &str) -> String {
    let number = |from: usize, to: usize| slot.get(from..to)?.parse::<u32>().ok();
    match (number(0, 4), number(4, 6)) {
        (Some(year), Some(1)) => format!("{:04}12", year.saturating_sub(1)),
        (Some(year), Some(month)) => format!("{year:04}{:02}", month.saturating_sub(1)),
        _ => String::new(),
    }
}

/// The months to be fetched in the turn of a day.
fn due(slot: &str, day: u8, known: &Known) -> Vec<String> {
    let mut months = Vec::new();
    let turn = |month: &str| {
        let last = known.tried.get(month);
        last.is_none_or(|last| last.day.as_str() < slot)
    };
    let before = month_before(slot);
    if !before.is_empty() && (known.before_awaited || !known.before_done) && turn(&before) {
        months.push(before);
    }
    // A month without that day has its last day before the next month begins: the fetch begins on the 28th then.
    let reached = slot.get(6..8).and_then(|of| of.parse::<u8>().ok());
    if let Some(month) = slot.get(..6)
        && reached.is_some_and(|reached| reached >= day.min(28))
        && turn(month)
    {
        months.push(month.to_owned());
    }
    months
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(tried: &[(&str, &str)], before_done: bool, before_awaited: bool) -> Known {
        let of = |(month, day): &(&str, &str)| {
            let day = (*day).to_owned();
            ((*month).to_owned(), Try { day, job: 1 })
        };
        Known {
            tried: tried.iter().map(of).collect(),
            before_done,
            before_awaited,
        }
    }

    fn at(jst: &str, hour: u8) -> String {
        slot(oqs::time::from_jst(jst).unwrap(), hour)
    }

    #[test]
    fn it_comes_every_day_from_its_day_on_and_makes_up_for_a_missed_hour() {
        let fresh = known(&[], true, false);
        assert_eq!(due(&at("20261119235959", 6), 20, &fresh), [""; 0]);
        assert_eq!(due(&at("20261120055959", 6), 20, &fresh), [""; 0]);
        assert_eq!(due(&at("20261120060000", 6), 20, &fresh), ["202611"]);
        let fetched = known(&[("202611", "20261120")], true, false);
        assert_eq!(due(&at("20261121055959", 6), 20, &fetched), [""; 0]);
        assert_eq!(
            due(&at("20261121060000", 6), 20, &fetched),
            ["202611"],
            "registered later"
        );
        // Off every day before the hour: the turn of yesterday, also over the month's end.
        assert_eq!(due(&at("20261201090000", 20), 20, &fetched), ["202611"]);
        assert_eq!(due(&at("20270228060000", 6), 31, &fresh), ["202702"]);
        assert_eq!(due("", 20, &fresh), [""; 0]);
    }

    #[test]
    fn the_month_before_is_fetched_while_somebody_of_it_waits_or_it_failed() {
        let day = at("20261203060000", 6);
        let last = [("202611", "20261130")];
        assert_eq!(due(&day, 20, &known(&last, true, false)), [""; 0]);
        assert_eq!(due(&day, 20, &known(&last, true, true)), ["202611"]);
        assert_eq!(due(&day, 20, &known(&last, false, false)), ["202611"]);
        let today = [("202611", "20261203")];
        assert_eq!(due(&day, 20, &known(&today, false, true)), [""; 0]);
        assert_eq!(month_before("20270115"), "202612");
        assert_eq!(month_before("x"), "");
    }
}
