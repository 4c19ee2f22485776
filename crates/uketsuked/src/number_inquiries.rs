//! Lookups by number for receipt computers and request files: asked of the service one after the other, durably, and answered into
//! results that their askers own or into bulk jobs.

use std::sync::Arc;
use std::time::Duration;

use central::{CentralError, CentralService};
use kiosk::staff::ServiceSaid;
use ledger::{Ask, BulkItem, Ledger, LedgerError, NewResult};
use oqs::delivery::Deliverable;
use oqs::{Message as _, QualificationAnswer, QualificationRequest};
use tokio::sync::{Notify, mpsc, watch};

use crate::clock::TrustedClock;
use crate::counter::Counter;
use crate::engine::Message;
use crate::follow_up::Follows;
use crate::ledger_desk::LedgerDesk;
use crate::service_said;

/// How often the queue is looked at when nobody wakes it.
const LOOK: Duration = Duration::from_secs(1);
/// Asks taken at once.
const BATCH: usize = 20;
/// Answers to one ask that can't be read before it fails.
const UNREADABLE: u32 = 3;

/// What asking works with.
pub(crate) struct Asker {
    /// The service.
    pub(crate) central: Arc<dyn CentralService>,
    /// Ledger.
    pub(crate) desk: LedgerDesk,
    /// Time.
    pub(crate) clock: Arc<TrustedClock>,
    /// The engine, for the staff's page.
    pub(crate) engine: mpsc::Sender<Message>,
    /// Woken when there is something to ask.
    pub(crate) news: Arc<Notify>,
    /// Name of this desk.
    pub(crate) desk_name: String,
    /// Where the institution's settings are asked for.
    pub(crate) counter: Counter,
    /// 医療機関コード.
    pub(crate) institution_code: String,
    /// Simulated terminal.
    pub(crate) simulated: bool,
}

/// Works until `stop` says so.
pub(crate) async fn run(asker: Asker, mut stop: watch::Receiver<bool>) {
    loop {
        let worked = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            worked = asker.work() => worked,
        };
        // More may wait already.
        if worked {
            continue;
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = asker.news.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

impl Asker {
    /// Asks what is due; says whether it got anywhere.
    async fn work(&self) -> bool {
        let now = self.clock.wall_ms();
        let due = match self
            .desk
            .run(move |ledger| ledger.due_asks(now, BATCH))
            .await
        {
            Ok(Ok(due)) => due,
            Ok(Err(error)) => {
                tracing::warn!(code = error.code(), error = %crate::chain(&error), "the asks could not be read");
                return false;
            }
            Err(_) => return false,
        };
        let mut worked = false;
        for ask in due {
            match self.answer(ask).await {
                Ok(()) => worked = true,
                Err(Stopped) => return false,
            }
        }
        if worked {
            let _ = self.engine.try_send(Message::LedgerChanged);
        }
        worked
    }

    async fn answer(&self, ask: Ask) -> Result<(), Stopped> {
        let Ok(request) = QualificationRequest::from_json(ask.request_json.as_bytes()) else {
            if ask.request_json.is_empty() {
                // Its seal did not open: what was to be asked is lost, and nobody else's.
                let code = "UK-LEDG-028";
                let _ = self.engine.send(Message::Alert { code }).await;
                return self.fail(ask, code, None).await;
            }
            return self.fail(ask, "UK-VISIT-302", None).await;
        };
        match self.central.qualification(&self.dated(request)).await {
            Ok(answer) if self.is_for_nothing(&ask, &answer).await => {
                self.fail(ask, "UK-VISIT-506", None).await
            }
            Ok(answer) => self.keep(ask, answer).await,
            // One answer that can't be read says nothing about the next; the others of this round are asked all the same.
            Err(error @ CentralError::BadAnswer { .. }) if ask.attempts < UNREADABLE => {
                let _ = self.put_off(ask, &error).await;
                Ok(())
            }
            // What the service refuses, or answers again and again in a way that can't be read, it will refuse again.
            Err(
                error @ (CentralError::Refused { .. }
                | CentralError::BadAnswer { .. }
                | CentralError::OtherPerson),
            ) => {
                if error == CentralError::OtherPerson {
                    let code = error.code();
                    let _ = self.engine.send(Message::Alert { code }).await;
                }
                self.fail(ask, error.code(), service_said::in_error(&error))
                    .await
            }
            Err(error) => self.put_off(ask, &error).await,
        }
    }

    /// Nobody was found by a payer's number, and medical assistance is switched off in the institution's settings: then nobody can be.
    async fn is_for_nothing(&self, ask: &Ask, answer: &QualificationAnswer) -> bool {
        let request = QualificationRequest::from_json(ask.request_json.as_bytes()).ok();
        let info = request.as_ref().and_then(QualificationRequest::search_info);
        let payer = info.and_then(|info| info.insurer_number.as_deref());
        let of_assistance =
            payer.is_some_and(|payer| payer.trim().len() == 8 && payer.trim().starts_with("12"));
        answer.is_processed()
            && answer.results().is_empty()
            && of_assistance
            && self.counter.assistance_is_on().await.is_err()
    }

    /// Today, where the request names no day.
    fn dated(&self, mut request: QualificationRequest) -> QualificationRequest {
        let today: String = oqs::time::to_jst(self.clock.wall_ms())
            .chars()
            .take(8)
            .collect();
        let header = request.header.get_or_insert_with(Default::default);
        let _ = header
            .qualification_confirmation_date
            .get_or_insert(today.into());
        request
    }

    async fn keep(&self, ask: Ask, answer: QualificationAnswer) -> Result<(), Stopped> {
        let now = self.clock.wall_ms();
        let body_json = Deliverable::from_answer(&answer, &self.institution_code).to_json();
        if ask.job.is_some() {
            return self.item(ask, body_json).await;
        }
        let follows = Follows::of(&answer, &self.institution_code);
        let new = NewResult {
            visit: ask.visit,
            reader: format!("{}/number:{}", self.desk_name, ask.client),
            kind: "qualification".to_owned(),
            body_json,
            simulated: self.simulated,
        };
        self.write(move |ledger| {
            let beside = follows.beside(ledger, now, &new)?;
            ledger.answer_ask(now, ask.id, &new, &beside).map(drop)
        })
        .await
    }

    async fn item(&self, ask: Ask, body_json: String) -> Result<(), Stopped> {
        let now = self.clock.wall_ms();
        // The place stands at the end of the key that the ledger gave it.
        let n = ask.key.rsplit(' ').next().and_then(|n| n.parse().ok());
        let item = BulkItem {
            n: n.unwrap_or(0),
            who: who(&ask.request_json),
            body_json,
        };
        self.write(move |ledger| ledger.answer_bulk_ask(now, ask.id, &item))
            .await
    }

    async fn fail(
        &self,
        ask: Ask,
        code: &'static str,
        service: Option<ServiceSaid>,
    ) -> Result<(), Stopped> {
        if ask.job.is_some() {
            let mut body = serde_json::json!({ "error": code });
            service_said::into_detail(service.as_ref(), &mut body);
            return self.item(ask, body.to_string()).await;
        }
        let now = self.clock.wall_ms();
        self.write(move |ledger| {
            let said = service.as_ref();
            let said = said.map(|said| (said.code.as_str(), said.words.as_str()));
            ledger.fail_ask(now, ask.id, code, said)
        })
        .await
    }

    /// Tries again later; after a day nobody waits for the answer any more.
    async fn put_off(&self, ask: Ask, error: &CentralError) -> Result<(), Stopped> {
        let code = error.code();
        if error.is_unreachable() {
            let _ = self.engine.try_send(Message::LookAtService);
        }
        let now = self.clock.wall_ms();
        let next = central::next_attempt(ask.made_at, ask.attempts + 1, ask.visit, now);
        let Some(next) = next else {
            return self.fail(ask, code, service_said::in_error(error)).await;
        };
        self.write(move |ledger| ledger.postpone_ask(ask.id, next, code))
            .await?;
        // What stopped this one would stop the others too.
        Err(Stopped)
    }

    async fn write(
        &self,
        job: impl FnOnce(&mut Ledger) -> Result<(), LedgerError> + Send + 'static,
    ) -> Result<(), Stopped> {
        match self.desk.run(job).await {
            Ok(Ok(()) | Err(LedgerError::NotFound)) => Ok(()),
            Ok(Err(error)) => {
                tracing::error!(code = error.code(), error = %crate::chain(&error), "an answer was not stored; it is asked for again");
                let _ = self.engine.try_send(Message::Alert { code: error.code() });
                Err(Stopped)
            }
            Err(_) => Err(Stopped),
        }
    }
}

/// The rest has to wait.
struct Stopped;

/// Whom a request is about: the same for the same person in two jobs. Only a keyed hash of it is kept.
fn who(request_json: &str) -> String {
    let request = QualificationRequest::from_json(request_json.as_bytes()).ok();
    let info = request.as_ref().and_then(|request| request.search_info());
    info.map_or_else(String::new, |info| {
        let part = |value: Option<&str>| value.unwrap_or_default().trim().to_owned();
        [
            part(info.insurer_number.as_deref()),
            part(info.insured_card_symbol.as_deref()),
            part(info.insured_identification_number.as_deref()),
            part(info.insured_branch_number.as_deref()),
            part(info.birthdate.as_deref()),
        ]
        .join("\u{1f}")
    })
}
