//! Medical information that a person agreed to at the terminal and that did not come in the visit: noted with the qualification, asked for under
//! the same card confirmation as soon as the service is there, only while the consent's time lasts, and given up at its end (invariant 1).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use central::{CentralError, CentralService};
use kiosk::staff::ServiceSaid;
use ledger::{Ledger, LedgerError, NewResult, StoredResult};
use oqs::delivery::Deliverable;
use oqs::{
    CheckupsRequest, ConsentKind, DeliverableCheckups, DeliverableMedicines, MedicinesRequest,
    QualificationAnswer, may_request,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::{mpsc, watch};

use crate::clock::TrustedClock;
use crate::engine::Message;
use crate::inquiry::{medicine_months, whose};
use crate::ledger_desk::{DeskClosed, LedgerDesk};
use crate::service_said;

/// Where the list stands, sealed with the rest of the small state.
const KEY: &str = "card-medical-later";
/// Most that is noted; the oldest goes when there is more.
const MOST: usize = 400;
/// Longest identifier of a confirmation that is noted.
const LONGEST: usize = 60;
/// How often the list is looked at, and the longest pause while the service is away.
const LOOK: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(120);
/// Answers to one entry that can't be used before it is given up, where no end of its consent does so before: about a day.
const UNUSABLE: u32 = 24;
/// It did not come.
const FAILED: &str = "UK-VISIT-214";

/// One kind of one visit.
#[derive(Clone, Serialize, Deserialize)]
struct Later {
    visit: u64,
    kind: String,
    /// The service's handle of the confirmed card.
    confirmation: String,
    /// Answers so far that could not be used.
    #[serde(default)]
    tries: u32,
    /// Not asked for before this moment (ms since 1970).
    #[serde(default)]
    not_before: i64,
}

impl Later {
    /// Whether it is asked for at `now`. A moment farther away than the longest rest was noted by a clock that was wrong.
    fn is_due(&self, now: i64) -> bool {
        self.not_before <= now || self.not_before > now.saturating_add(rest(UNUSABLE))
    }

    fn is_of(&self, visit: u64, kind: &str) -> bool {
        self.visit == visit && self.kind == kind
    }
}

/// The kinds of an answer that may be asked for at `now`, of those the person said yes to.
pub(crate) fn wanted(
    answer: &QualificationAnswer,
    agreed: impl Fn(ConsentKind) -> bool,
    now: i64,
) -> Vec<ConsentKind> {
    let consents = crate::follow_up::of_visit(answer, now);
    let now = oqs::time::to_jst(now);
    let mut kinds = ConsentKind::ALL.to_vec();
    kinds.retain(|kind| agreed(*kind) && may_request(*kind, &consents, &now));
    kinds
}

/// Name and value of the state that notes these kinds as well: to be stored in the transaction of the qualification.
///
/// # Errors
/// The state can't be read.
pub(crate) fn noted(
    ledger: &Ledger,
    visit: u64,
    confirmation: &str,
    kinds: &[ConsentKind],
) -> Result<Option<(String, String)>, LedgerError> {
    if kinds.is_empty() || confirmation.is_empty() || confirmation.len() > LONGEST {
        return Ok(None);
    }
    let mut list = read(ledger)?;
    for kind in kinds {
        let one = Later {
            visit,
            kind: kind.en().to_owned(),
            confirmation: confirmation.to_owned(),
            tries: 0,
            not_before: 0,
        };
        let same =
            |known: &Later| known.is_of(visit, &one.kind) && known.confirmation == one.confirmation;
        if !list.iter().any(same) {
            list.push(one);
        }
    }
    let many = list.len().saturating_sub(MOST);
    list.drain(..many);
    Ok(Some((KEY.to_owned(), text(&list)?)))
}

/// Takes kinds off the list: they came, there are none, or the service said no.
///
/// # Errors
/// The ledger.
pub(crate) fn settled(
    ledger: &mut Ledger,
    visit: u64,
    kinds: &[ConsentKind],
) -> Result<(), LedgerError> {
    let mut list = read(ledger)?;
    let before = list.len();
    list.retain(|one| one.visit != visit || !kinds.iter().any(|kind| kind.en() == one.kind));
    if list.len() == before {
        return Ok(());
    }
    ledger.put_state(KEY, &text(&list)?)
}

/// Whether this kind of a visit is still asked for.
///
/// # Errors
/// The ledger.
pub(crate) fn is_noted(ledger: &Ledger, visit: u64, kind: &str) -> Result<bool, LedgerError> {
    let list = read(ledger)?;
    Ok(list.iter().any(|one| one.is_of(visit, kind)))
}

/// The rest after so many answers that could not be used, in milliseconds: what stands in the way for an hour (a gateway that answers in
/// the service's place, say) takes nobody's information away, nor is it asked without end.
fn rest(tries: u32) -> i64 {
    let minutes = match tries {
        0 | 1 => 10,
        2 => 20,
        _ => 60,
    };
    minutes * 60_000
}

/// Counts one more answer to an entry that could not be used, and lets the entry rest; gives how many there were.
fn tried(ledger: &mut Ledger, now: i64, visit: u64, kind: &str) -> Result<u32, LedgerError> {
    let mut list = read(ledger)?;
    let mut times = 0;
    for one in list.iter_mut().filter(|one| one.is_of(visit, kind)) {
        one.tries = one.tries.saturating_add(1);
        one.not_before = now.saturating_add(rest(one.tries));
        times = times.max(one.tries);
    }
    ledger.put_state(KEY, &text(&list)?)?;
    Ok(times)
}

fn read(ledger: &Ledger) -> Result<Vec<Later>, LedgerError> {
    let text = ledger.get_state(KEY)?;
    Ok(text
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
}

fn text(list: &[Later]) -> Result<String, LedgerError> {
    serde_json::to_string(list).map_err(|_| LedgerError::Unacceptable("list"))
}

/// What asking works with.
pub(crate) struct Asker {
    /// The service.
    pub(crate) central: Arc<dyn CentralService>,
    /// Ledger.
    pub(crate) desk: LedgerDesk,
    /// Time.
    pub(crate) clock: Arc<TrustedClock>,
    /// The engine, for the staff's page and its alerts.
    pub(crate) engine: mpsc::Sender<Message>,
    /// The visit that is asking itself; 0 = none.
    pub(crate) live_visit: Arc<AtomicU64>,
    /// 医療機関コード.
    pub(crate) institution_code: String,
    /// Simulated terminal.
    pub(crate) simulated: bool,
}

/// Works until `stop` says so.
pub(crate) async fn run(asker: Asker, mut stop: watch::Receiver<bool>) {
    let mut pause = LOOK;
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(pause) => {}
        }
        let pass = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            pass = asker.pass() => pass,
        };
        pause = match pass {
            Ok(()) => LOOK,
            Err(Wait) => pause.saturating_mul(2).min(LONGEST_PAUSE),
        };
    }
}

/// The rest has to wait.
#[derive(Debug)]
pub(crate) struct Wait;

/// What is known of one that is to be asked for.
struct Asked {
    qualification: StoredResult,
    kind: ConsentKind,
}

impl Asker {
    /// Asks for everything on the list once that does not rest. One answer that can't be used says nothing about the next: that entry rests,
    /// all others are asked for all the same.
    pub(crate) async fn pass(&self) -> Result<(), Wait> {
        let list = self.ledger(|ledger| read(ledger)).await?;
        for later in list {
            if later.visit != self.live_visit.load(Ordering::SeqCst) {
                self.one(&later).await?;
            }
        }
        Ok(())
    }

    async fn one(&self, later: &Later) -> Result<(), Wait> {
        // Also one that rests ends with its consent.
        let Some(asked) = self.still(later).await? else {
            return Ok(());
        };
        if !later.is_due(self.clock.wall_ms()) {
            return Ok(());
        }
        let kind = asked.kind;
        match self.ask(later, &asked).await {
            Ok(Ok(body)) => self.keep(later, asked, body).await?,
            Ok(Err(NotGiven(service))) => {
                self.give_up(later.visit, kind, FAILED, service).await?;
            }
            Err(error) => {
                tracing::warn!(code = error.code(), error = %crate::chain(&error), kind = kind.en(), "medical information did not come");
                let service = withheld(service_said::in_error(&error), &asked.qualification);
                match error {
                    CentralError::Refused { .. } => {
                        self.give_up(later.visit, kind, FAILED, service).await?;
                    }
                    CentralError::BadAnswer { .. }
                    | CentralError::OtherKind
                    | CentralError::OtherPerson => {
                        let (visit, now) = (later.visit, self.clock.wall_ms());
                        let times = self.ledger(move |ledger| tried(ledger, now, visit, kind.en()));
                        if times.await? < UNUSABLE {
                            return Ok(());
                        }
                        self.give_up(visit, kind, error.code(), service).await?;
                    }
                    _ => return Err(Wait),
                }
            }
        }
        Ok(())
    }

    /// Looks whether it may still be asked for; what may not is taken off the list.
    async fn still(&self, later: &Later) -> Result<Option<Asked>, Wait> {
        let kind = ConsentKind::ALL
            .into_iter()
            .find(|kind| kind.en() == later.kind);
        let Some(kind) = kind else {
            return Ok(None);
        };
        let prefix = if self.simulated { "sim-" } else { "" };
        let id = |kind: &str| format!("{prefix}{:016x}-{kind}", later.visit);
        let (qualification, its_own) = (id("qualification"), id(kind.en()));
        let (visit, now) = (later.visit, self.clock.wall_ms());
        let (found, lapsed) = self
            .ledger(move |ledger| {
                let qualification = ledger.result(&qualification)?;
                let there = ledger.result(&its_own)?.is_some();
                let holds = ledger
                    .consents_of(visit)?
                    .iter()
                    .any(|consent| consent.kind == kind.en() && consent.holds(now));
                match qualification {
                    Some(found) if holds && !there => Ok((Some(found), false)),
                    _ => {
                        settled(ledger, visit, &[kind])?;
                        Ok((None, !there))
                    }
                }
            })
            .await?;
        if lapsed {
            self.alert(None).await;
        }
        Ok(found.map(|qualification| Asked {
            qualification,
            kind,
        }))
    }

    /// One request. The inner error is the service's "no"; `None` = nothing of this kind.
    async fn ask(
        &self,
        later: &Later,
        asked: &Asked,
    ) -> Result<Result<Option<String>, NotGiven>, CentralError> {
        let Ok(shown) = Deliverable::from_stored_json(&asked.qualification.body_json) else {
            return Ok(Err(NotGiven(None)));
        };
        let not_given = |said| {
            let service = service_said::in_list(said);
            Ok(Err(NotGiven(withheld(service, &asked.qualification))))
        };
        let (institution, confirmation) = (&self.institution_code, later.confirmation.as_str());
        let visit = format!("{:016x}", later.visit);
        if asked.kind == ConsentKind::Medicines {
            let (start, end) = medicine_months(self.clock.wall_ms());
            let mut request =
                MedicinesRequest::for_card_visit(institution, confirmation, &start, &end, &visit);
            if let Some(result) = whose(shown.answer(), institution) {
                request = request.about(result);
            }
            let answer = self.central.medicines(&request).await?;
            if !answer.is_ok() {
                return not_given(answer.said());
            }
            let body = DeliverableMedicines::from_answer(&answer, &shown);
            return Ok(Ok(Some(body.to_json())));
        }
        let mut request = CheckupsRequest::of_kind(asked.kind, institution, confirmation, &visit);
        if let Some(result) = whose(shown.answer(), institution) {
            request = request.about(result);
        }
        let answer = self.central.checkups_of_visit(&request).await?;
        if !answer.is_ok() {
            return not_given(answer.said());
        }
        let body = answer
            .has_values()
            .then(|| DeliverableCheckups::from_answer(&answer, &shown).to_json());
        Ok(Ok(body))
    }

    async fn keep(&self, later: &Later, asked: Asked, body: Option<String>) -> Result<(), Wait> {
        let (visit, kind, now) = (later.visit, asked.kind, self.clock.wall_ms());
        let new = body.map(|body_json| NewResult {
            visit,
            reader: asked.qualification.reader.clone(),
            kind: kind.en().to_owned(),
            body_json,
            simulated: self.simulated,
        });
        self.ledger(move |ledger| {
            if let Some(new) = new {
                let _ = ledger.store_result(now, &new)?;
            }
            settled(ledger, visit, &[kind])
        })
        .await?;
        let _ = self.engine.try_send(Message::LedgerChanged);
        Ok(())
    }

    async fn give_up(
        &self,
        visit: u64,
        kind: ConsentKind,
        code: &'static str,
        service: Option<ServiceSaid>,
    ) -> Result<(), Wait> {
        let now = self.clock.wall_ms();
        let mut detail = json!({"visit": format!("{visit:016x}"), "kind": kind.en(), "code": code});
        service_said::into_detail(service.as_ref(), &mut detail);
        self.ledger(move |ledger| {
            settled(ledger, visit, &[kind])?;
            let _ = ledger.append_audit(now, "terminal", "service-refused", &detail)?;
            Ok(())
        })
        .await?;
        self.alert(service).await;
        Ok(())
    }

    async fn alert(&self, service: Option<ServiceSaid>) {
        let message = Message::ServiceSaid {
            code: FAILED,
            service,
        };
        let _ = self.engine.send(message).await;
    }

    async fn ledger<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Ledger) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, Wait> {
        match self.desk.run(job).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                tracing::error!(code = error.code(), error = %crate::chain(&error), "the list of what is to be asked for could not be worked through");
                Err(Wait)
            }
            Err(DeskClosed) => Err(Wait),
        }
    }
}

/// The service gave none, and says so, in its own words where it gave any.
struct NotGiven(Option<ServiceSaid>);

/// Beside an unentrusted assistance the service's words stay out, its code does not (invariant 6).
fn withheld(service: Option<ServiceSaid>, qualification: &StoredResult) -> Option<ServiceSaid> {
    let shown = Deliverable::from_stored_json(&qualification.body_json);
    let unentrusted = shown.map_or(true, |shown| shown.any_unentrusted());
    service.map(|mut service| {
        if unentrusted {
            service.words.clear();
        }
        service
    })
}
