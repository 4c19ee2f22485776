//! What staff sees, put together from the engine's state and the ledger's rows. One task draws it anew
//! whenever something changed.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use kiosk::staff::{
    Offices, ServiceSaid, StaffAlert, StaffEnded, StaffResult, StaffState, StaffVisit,
    TerminalLine, TerminalState,
};
use ledger::{Inquiry as QueuedInquiry, LedgerError, StoredResult};
use tokio::sync::{Notify, watch};

use crate::board_rows::{clock_time, staff_queued, staff_result};
use crate::ledger_desk::LedgerDesk;
use crate::staff::medical_agreed;
use crate::{alerts, follow_up};

/// Alerts kept on the page.
const ALERTS: usize = 12;
/// Results of the day that are shown.
pub(crate) const RESULTS: usize = 60;
/// Visits of the day without a result that are kept.
const ENDED: usize = 50;
/// Length of a day and distance of Japan's midnight from that of UTC, milliseconds.
const DAY_MS: i64 = 24 * 3_600_000;
const JST_MS: i64 = 9 * 3_600_000;

/// A result of the day with what staff noted on it, and whether consent to medical information was given in its visit.
type Row = (Option<String>, bool, StoredResult);

#[derive(Default)]
struct Inner {
    visit: Option<StaffVisit>,
    /// Newest first: when, and what.
    alerts: VecDeque<(i64, StaffAlert)>,
    /// Number of the newest alert.
    alert_id: u64,
    /// Visits that ended without a result, newest first: when, how, and the code of the reason.
    ended: VecDeque<(i64, &'static str, Option<&'static str>)>,
    devices: BTreeMap<&'static str, bool>,
    readers: Vec<String>,
    central: CentralContact,
    worker: Option<Worker>,
    /// Code of the ledger's fault that the last drawing met.
    unreadable: Option<&'static str>,
}

/// What the face worker said about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Worker {
    /// Version of its protocol.
    pub(crate) version: u32,
    /// How it measures faces.
    pub(crate) recipe: String,
    /// Where its pictures come from.
    pub(crate) source: String,
    /// Whether it runs as a simulation.
    pub(crate) simulated: bool,
    /// The last look at its camera.
    pub(crate) camera: Option<Camera>,
    /// The cameras beside that one, when they were last told.
    pub(crate) beside: Vec<vision::protocol::Beside>,
    /// What its sandbox left open.
    pub(crate) open: Vec<String>,
    /// It can read card fronts.
    pub(crate) reads_cards: bool,
}

/// A look at the camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Camera {
    /// It opens and gives pictures.
    pub(crate) ok: bool,
    /// Device and format, or what failed.
    pub(crate) detail: String,
    /// Pixels.
    pub(crate) width: u32,
    /// Pixels.
    pub(crate) height: u32,
    /// Pictures per second; 0 when unknown.
    pub(crate) fps: u32,
}

/// The last contact with the central service.
#[derive(Debug, Clone, Default)]
pub(crate) struct CentralContact {
    /// When the service last answered, ms since 1970.
    pub(crate) last_contact: Option<i64>,
    /// Code of the last problem, gone once the service answers again.
    pub(crate) last_problem: Option<String>,
}

/// The engine's half of the staff's page.
#[derive(Default)]
pub(crate) struct Board {
    inner: Mutex<Inner>,
    changed: Notify,
}

impl Board {
    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The visit in progress: number, reader, state, and whether staff is waited for.
    pub(crate) fn set_visit(&self, visit: Option<(u64, String, &'static str, bool)>) {
        let visit = visit.map(|(visit, reader, page, waiting_for_visual)| StaffVisit {
            visit,
            reader,
            page: page.to_owned(),
            waiting_for_visual,
        });
        let mut inner = self.inner();
        if inner.visit != visit {
            inner.visit = visit;
            drop(inner);
            self.changed.notify_one();
        }
    }

    /// Whether a device or service is there; returns whether that is news.
    pub(crate) fn set_device(&self, device: &'static str, up: bool) -> bool {
        let news = self.inner().devices.insert(device, up) != Some(up);
        if news {
            self.changed.notify_one();
        }
        news
    }

    /// The readers in use.
    pub(crate) fn set_readers(&self, readers: Vec<String>) {
        self.inner().readers = readers;
    }

    /// The readers in use, for `status`.
    pub(crate) fn readers(&self) -> Vec<String> {
        self.inner().readers.clone()
    }

    /// The service answered, or failed with this code.
    pub(crate) fn central_contact(&self, at_ms: i64, problem: Option<&str>) {
        let mut inner = self.inner();
        match problem {
            None => {
                inner.central = CentralContact {
                    last_contact: Some(at_ms),
                    last_problem: None,
                }
            }
            Some(code) => inner.central.last_problem = Some(code.to_owned()),
        }
    }

    /// The last contact with the service, for `status`.
    pub(crate) fn central(&self) -> CentralContact {
        self.inner().central.clone()
    }

    /// The face worker that is connected, or `None` when it went away.
    pub(crate) fn set_worker(&self, worker: Option<Worker>) {
        self.inner().worker = worker;
    }

    /// A look at the connected worker's camera.
    pub(crate) fn set_camera(&self, camera: Camera, beside: Vec<vision::protocol::Beside>) {
        if let Some(worker) = &mut self.inner().worker {
            worker.camera = Some(camera);
            // While a comparison goes on the others are not looked at.
            if !beside.is_empty() {
                worker.beside = beside;
            }
        }
    }

    /// The connected face worker, for `status`.
    pub(crate) fn worker(&self) -> Option<Worker> {
        self.inner().worker.clone()
    }

    /// The visit in progress, for `status`.
    pub(crate) fn visit(&self) -> Option<StaffVisit> {
        self.inner().visit.clone()
    }

    /// What staff is being told, for `status`.
    pub(crate) fn alerts(&self) -> Vec<StaffAlert> {
        self.inner()
            .alerts
            .iter()
            .map(|(_, alert)| alert.clone())
            .collect()
    }

    /// What is known of devices and service, for `status`.
    pub(crate) fn devices(&self) -> BTreeMap<&'static str, bool> {
        self.inner().devices.clone()
    }

    /// Adds an alert; the oldest goes when there are too many.
    pub(crate) fn alert(&self, code: &'static str, at_ms: i64) {
        self.alert_with(code, at_ms, None);
    }

    /// The same with what the service itself said.
    pub(crate) fn alert_with(&self, code: &'static str, at_ms: i64, service: Option<ServiceSaid>) {
        self.alert_said(code, at_ms, kiosk::staff::alert(code), service);
    }

    /// The same in words of its own: what happened, and what to do.
    pub(crate) fn alert_said(
        &self,
        code: &'static str,
        at_ms: i64,
        (text, advice): (kiosk::Words, kiosk::Words),
        service: Option<ServiceSaid>,
    ) {
        let mut inner = self.inner();
        if alerts::told_once(code) {
            inner.alerts.retain(|(_, alert)| alert.code != code);
        }
        inner.alert_id += 1;
        let alert = StaffAlert {
            id: inner.alert_id,
            closable: !alerts::ends_by_itself(code),
            code: code.to_owned(),
            at: clock_time(at_ms),
            text,
            advice,
            service,
        };
        inner.alerts.push_front((at_ms, alert));
        inner.alerts.truncate(ALERTS);
        drop(inner);
        self.changed.notify_one();
    }

    /// Whether one of these codes is being told.
    pub(crate) fn has_alert(&self, codes: &[&str]) -> bool {
        let inner = self.inner();
        let mut alerts = inner.alerts.iter();
        alerts.any(|(_, alert)| codes.contains(&alert.code.as_str()))
    }

    /// The code of an alert that staff may close; `None` when it is gone or ends by itself.
    pub(crate) fn closable(&self, id: u64) -> Option<String> {
        let inner = self.inner();
        let found = inner.alerts.iter().find(|(_, alert)| alert.id == id);
        found
            .filter(|(_, alert)| alert.closable)
            .map(|(_, alert)| alert.code.clone())
    }

    /// Takes an alert off the page, on staff's word.
    pub(crate) fn close(&self, id: u64) {
        self.inner().alerts.retain(|(_, alert)| alert.id != id);
        self.changed.notify_one();
    }

    /// What these codes said is over: the service answers again, the card was taken, the disk has room.
    /// Says whether one of them stood there.
    pub(crate) fn settle(&self, codes: &[&str]) -> bool {
        let mut inner = self.inner();
        let before = inner.alerts.len();
        inner
            .alerts
            .retain(|(_, alert)| !codes.contains(&alert.code.as_str()));
        let news = inner.alerts.len() != before;
        drop(inner);
        if news {
            self.changed.notify_one();
        }
        news
    }

    /// A visit ended without a result.
    pub(crate) fn ended(&self, outcome: &'static str, code: Option<&'static str>, at_ms: i64) {
        let mut inner = self.inner();
        inner.ended.push_front((at_ms, outcome, code));
        inner.ended.truncate(ENDED);
        drop(inner);
        self.changed.notify_one();
    }

    /// The ledger changed.
    pub(crate) fn redraw(&self) {
        self.changed.notify_one();
    }

    /// Draws the page whenever something changed, until the ledger's thread ends. What can't be read from the
    /// ledger is told as an alert once, and the last good rows stay.
    pub(crate) async fn keep_drawing(
        &self,
        desk: LedgerDesk,
        (simulated, offices): (bool, Offices),
        page: watch::Sender<StaffState>,
        now: impl Fn() -> i64,
    ) {
        let mut newest = desk.newest();
        let mut results = (Vec::new(), 0);
        let mut queued = Vec::new();
        loop {
            let at = now();
            let day = day_began(at);
            let rows = desk
                .run(move |ledger| {
                    let now_queued = ledger.open_inquiries()?;
                    let today = ledger.results_since("qualification", day, (0, RESULTS))?;
                    let (rows, count) = today;
                    let rows: Result<Vec<_>, LedgerError> = rows
                        .into_iter()
                        .map(|row| {
                            let remark = follow_up::remarked(ledger, &row.id)?;
                            let medical = medical_agreed(ledger, row.visit, at)?;
                            Ok((remark, medical, row))
                        })
                        .collect();
                    Ok::<_, LedgerError>(((rows?, count), now_queued))
                })
                .await;
            let Ok(rows) = rows else { return };
            match rows {
                Ok(rows) => {
                    (results, queued) = rows;
                    let over = self.inner().unreadable.take();
                    if let Some(code) = over {
                        self.settle(&[code]);
                    }
                }
                Err(error) => {
                    let code = error.code();
                    if self.inner().unreadable.replace(code) != Some(code) {
                        tracing::error!(code, error = %crate::chain(&error), "the staff's page can't be drawn");
                        self.alert(code, now());
                    }
                }
            }
            // What happened on a day before is over; what lasts stays until it is settled.
            self.inner()
                .alerts
                .retain(|(at, alert)| *at >= day || alerts::lasts(&alert.code));
            let _ = page.send_replace(self.draw(&results, &queued, (simulated, &offices), day));
            // At midnight the day's list begins anew.
            let left = u64::try_from(day + DAY_MS - now()).unwrap_or(0).max(1_000);
            tokio::select! {
                () = self.changed.notified() => {}
                () = tokio::time::sleep(std::time::Duration::from_millis(left)) => {}
                changed = newest.changed() => if changed.is_err() { return },
            }
        }
    }

    fn draw(
        &self,
        (results, count): &(Vec<Row>, usize),
        queued: &[QueuedInquiry],
        (simulated, offices): (bool, &Offices),
        day: i64,
    ) -> StaffState {
        let inner = self.inner();
        let line = |part: &str, up: bool| TerminalLine {
            ok: up,
            text: kiosk::staff::part(part, up),
        };
        let mut lines: Vec<TerminalLine> = inner
            .devices
            .iter()
            .map(|(device, up)| line(device, *up))
            .collect();
        let stops = |code: &str| alerts::stops_the_ledger(code);
        let ledger = !inner.alerts.iter().any(|(_, alert)| stops(&alert.code));
        lines.push(line("ledger", ledger));
        StaffState {
            simulated,
            terminal: TerminalState {
                ok: lines.iter().all(|line| line.ok),
                lines,
            },
            visit: inner.visit.clone(),
            results_left_out: count.saturating_sub(results.len()),
            results: results
                .iter()
                .map(|(remark, medical, one)| StaffResult {
                    medical: *medical,
                    ..staff_result(one, remark.as_deref(), offices)
                })
                .collect(),
            offices: offices.lines().collect(),
            ended: inner
                .ended
                .iter()
                .filter(|(at, ..)| *at >= day)
                .map(|(at, outcome, code)| StaffEnded {
                    at: clock_time(*at),
                    outcome: (*outcome).to_owned(),
                    code: code.map(str::to_owned),
                })
                .collect(),
            queued: queued.iter().map(staff_queued).collect(),
            alerts: inner
                .alerts
                .iter()
                .filter(|(at, alert)| *at >= day || alerts::lasts(&alert.code))
                .map(|(_, alert)| alert.clone())
                .collect(),
        }
    }
}

/// When the day of this moment began in Japan.
pub(crate) fn day_began(now: i64) -> i64 {
    now - (now + JST_MS).rem_euclid(DAY_MS)
}

#[cfg(test)]
mod tests;
