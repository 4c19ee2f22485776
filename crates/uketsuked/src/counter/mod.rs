//! The counter (窓口): what staff, technician and receipt computer ask of the service beside visits with a card.
//! One place does it for all of them; every request and who made it stands in the audit chain, every answer that is
//! a result stands in the ledger before anybody sees it.

mod bulk;
#[cfg(test)]
mod bulk_tests;
mod call_notes;
mod clock;
mod consented;
mod error;
mod held;
mod institution;
mod intake;
mod lookup;
mod marks;
mod medical;
mod note_store;
mod notes;
mod operation_bulk;
mod operation_sheet;
mod operation_steps;
mod operation_test;
mod outage;
#[cfg(test)]
mod outage_tests;
mod qr;
mod references;
pub(crate) mod request;
mod schedule;
mod settle;
mod special;
#[cfg(test)]
mod special_tests;
#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
mod tests_clients;
#[cfg(test)]
mod tests_clock;
#[cfg(test)]
mod tests_flows;
#[cfg(test)]
mod tests_medical;
#[cfg(test)]
mod tests_operation;
#[cfg(test)]
mod tests_points;
#[cfg(test)]
mod tests_unreadable;
#[cfg(test)]
mod tests_windows;
mod usage;

use std::sync::Arc;

use central::{CentralDesk, CentralService};
use ledger::{Ledger, LedgerError, NewResult};
use oqs::QualificationAnswer;
use oqs::delivery::Deliverable;
use oqs::summary::summarise;
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};

use crate::clock::TrustedClock;
use crate::engine::Message;
use crate::happenings::Happenings;
use crate::ledger_desk::LedgerDesk;
use crate::service_said;

pub(crate) use bulk::{OWNER, service_of};
pub(crate) use call_notes::{note as note_follow_up, notes as follow_up_notes};
pub use error::CounterError;
pub(crate) use marks::key as mark_key;
pub use request::CounterRequest;
pub(crate) use settle::{REASONS as PHONE_REASONS, proposal as follow_up_proposal, unentrusted};

/// Longest name of an actor; a client's has at most 64 characters.
const NAME: usize = 64;
/// What stands before the name of a receipt computer that asks.
pub(crate) const CLIENT: &str = "client:";

/// Everything the counter works with. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Counter {
    /// The service's desk calls.
    pub(crate) central: Arc<dyn CentralDesk>,
    /// The service's visit calls, for the operation test.
    pub(crate) visits: Arc<dyn CentralService>,
    /// Ledger.
    pub(crate) desk: LedgerDesk,
    /// Time.
    pub(crate) clock: Arc<TrustedClock>,
    /// Watchers.
    pub(crate) happenings: Happenings,
    /// The engine, for the staff's page and its alerts.
    pub(crate) engine: mpsc::Sender<Message>,
    /// Woken when a bulk job begins.
    pub(crate) news: Arc<Notify>,
    /// 医療機関コード.
    pub(crate) institution_code: String,
    /// Name of this desk.
    pub(crate) desk_name: String,
    /// Simulated terminal.
    pub(crate) simulated: bool,
    /// The service is its test environment or simulated: what is sent there changes nothing in earnest.
    pub(crate) test_service: bool,
    /// 資格確認限定型: no medical question is ever asked.
    pub(crate) qualification_only: bool,
    /// From which day of the month and at which hour tickets are fetched by themselves; `None`: only on demand.
    pub(crate) tickets: Option<(u8, u8)>,
    /// Held while those noted in an outage are asked: two at once would ask everybody twice.
    pub(crate) asking: Arc<tokio::sync::Mutex<()>>,
    /// Telephones of the welfare offices.
    pub(crate) offices: kiosk::staff::Offices,
}

/// Which carrying out this is: its number is the visit of a result and the identifier of a bulk job, so that a repetition of one
/// that broke off makes no second of either.
#[derive(Clone, Copy)]
pub(crate) struct Turn(u64);

impl Turn {
    /// A new one.
    pub(crate) fn fresh() -> Self {
        Self(crate::fresh_number())
    }

    /// The one of this actor and name, always the same.
    pub(crate) fn named(actor: &str, change: &str) -> Self {
        let digest = ring::digest::digest(
            &ring::digest::SHA256,
            format!("{actor}\n{change}").as_bytes(),
        );
        let first = digest.as_ref().iter().take(8);
        Self(first.fold(0, |number, byte| (number << 8) | u64::from(*byte)))
    }

    /// The visit of its results.
    fn visit(self) -> u64 {
        self.0
    }

    /// As an identifier that the service echoes.
    fn identifier(self) -> String {
        format!("{:016x}", self.0)
    }
}

impl Counter {
    /// Carries a request out. `actor` is who asks (`staff`, `technician`, `client:NAME`, `terminal`); results of a client's request
    /// belong to that client (invariant 9).
    ///
    /// # Errors
    /// Not done, and why.
    pub(crate) async fn carry_out(
        &self,
        actor: &str,
        request: CounterRequest,
    ) -> Result<Value, CounterError> {
        self.carry_out_as(Turn::fresh(), actor, request).await
    }

    /// The same for a request that may be a repetition.
    ///
    /// # Errors
    /// Not done, and why.
    pub(crate) async fn carry_out_as(
        &self,
        turn: Turn,
        actor: &str,
        request: CounterRequest,
    ) -> Result<Value, CounterError> {
        let (word, look) = (request.word(), request.is_a_look());
        // Said before it leaves, so that a crash between the question and its record hides nothing. What can't be said is not asked.
        if request.asks_the_service() {
            self.audit(actor, "counter-begun", json!({"request": word}))
                .await?;
        }
        let outcome = self.dispatch(turn, actor, request).await;
        if outcome.as_ref().is_err_and(CounterError::is_unreachable) {
            let _ = self.engine.try_send(Message::LookAtService);
        }
        if look && outcome.is_ok() {
            return outcome;
        }
        let mut detail = json!({"request": word});
        if let Err(error) = &outcome {
            detail["code"] = error.code.as_str().into();
            let said = error.service.as_ref();
            let said = said.and_then(|(code, words)| service_said::said(code, words));
            service_said::into_detail(said.as_ref(), &mut detail);
        }
        self.audit(actor, "counter", detail).await?;
        let _ = self.engine.try_send(Message::LedgerChanged);
        outcome
    }

    async fn dispatch(
        &self,
        turn: Turn,
        actor: &str,
        request: CounterRequest,
    ) -> Result<Value, CounterError> {
        use CounterRequest as R;
        match request {
            R::Lookup(numbers) => self.lookup(turn, actor, &numbers).await,
            R::Reinquire {
                care,
                care_day,
                numbers,
                takes_medical,
            } => {
                let care = (care, care_day.as_deref());
                self.reinquire(turn, actor, care, &numbers, takes_medical)
                    .await
            }
            R::Withdraw {
                care,
                by_patient,
                numbers,
            } => self.withdraw(actor, care, by_patient, &numbers).await,
            R::FetchTickets { month } => self.fetch_tickets(turn, actor, &month).await,
            R::FetchConsented {
                care,
                from,
                to,
                by_care_day,
            } => {
                self.fetch_consented(turn, actor, care, (&from, &to), by_care_day)
                    .await
            }
            R::Job { job } => self.job(job).await,
            R::RegisterReference {
                reference_number,
                numbers,
            } => self.register_reference(&reference_number, &numbers).await,
            R::RegisterReferences { registrations } => {
                self.register_references(turn, actor, &registrations).await
            }
            R::Settings => self.settings().await,
            R::UpdateSettings {
                medical_assistance,
                visiting_care,
                online_care,
            } => {
                self.update_settings(medical_assistance, visiting_care, online_care)
                    .await
            }
            R::AccessUrl { care, change } => self.access_url(care, change).await,
            R::Passcode => self.passcode(actor).await,
            R::Openings => self.openings().await,
            R::Disaster {
                person,
                operator,
                reason,
                oral_consent,
                information,
            } => {
                let asked = special::Asked {
                    operator,
                    reason,
                    oral_consent,
                };
                self.disaster(turn, actor, person, asked, information).await
            }
            R::NoteOutage {
                person,
                operator,
                oral_consent,
            } => {
                self.note_outage(turn, person, &operator, oral_consent)
                    .await
            }
            R::OutageNotes => self.outage_notes(actor).await,
            R::RemoveNote {
                id,
                operator,
                reason,
            } => self.remove_note(&id, &operator, &reason).await,
            R::AskNoted { operator } => self.ask_noted(actor, &operator).await,
            R::ReportUsage { mode, operator } => self.report_usage(mode, &operator).await,
            R::Emergency {
                person,
                operator,
                reason,
                factor,
                method,
            } => {
                let asked = special::Asked {
                    operator,
                    reason,
                    oral_consent: false,
                };
                self.emergency(turn, person, asked, &factor, &method).await
            }
            R::FollowUps => self.follow_ups().await,
            R::CloseFollowUp { id, who, answer } => self.close_follow_up(id, &who, &answer).await,
            R::NoteFollowUp { id, who, note } => self.note_follow_up(id, &who, &note).await,
            R::OperationTest => self.operation_test(actor).await,
        }
    }

    /// A fresh identifier that the service echoes: an answer with another one is refused (invariant 10).
    fn identifier() -> String {
        format!("{:016x}", crate::fresh_number())
    }

    /// Today in Japan, yyyyMMdd.
    fn today(&self) -> String {
        oqs::time::to_jst(self.clock.wall_ms())
            .chars()
            .take(8)
            .collect()
    }

    async fn ledger<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Ledger) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, CounterError> {
        Ok(self.desk.run(job).await??)
    }

    async fn audit(
        &self,
        actor: &str,
        action: &'static str,
        detail: Value,
    ) -> Result<(), CounterError> {
        let now = self.clock.wall_ms();
        let actor = name_of(actor);
        self.ledger(move |ledger| ledger.append_audit(now, &actor, action, &detail).map(drop))
            .await
    }

    /// The reader's name of a result that came without a card.
    fn reader(&self, how: &str, actor: &str) -> String {
        format!("{}/{how}:{}", self.desk_name, name_of(actor))
    }

    /// Stores a qualification that came without a card, durably, before it is shown; with what follows from it. In a turn that was
    /// carried out before, the result of before stays the only one.
    async fn keep(
        &self,
        turn: Turn,
        actor: &str,
        how: &str,
        answer: QualificationAnswer,
    ) -> Result<Value, CounterError> {
        self.keep_with(turn, actor, how, answer, (None, None)).await
    }

    /// The same for an answer that a special mode gave: its use is counted with it, once. Whom nobody found the mode was not used for.
    async fn keep_used(
        &self,
        turn: Turn,
        actor: &str,
        how: &str,
        answer: QualificationAnswer,
        mode: request::Special,
    ) -> Result<Value, CounterError> {
        let found = lookup::unfound(&answer, &self.institution_code).is_none();
        self.keep_with(turn, actor, how, answer, (None, found.then_some(mode)))
            .await
    }

    /// The same for an answer under consents that the service holds: they stand in the ledger with it.
    async fn keep_under(
        &self,
        turn: Turn,
        actor: &str,
        how: &str,
        answer: QualificationAnswer,
        held: Option<held::Held>,
    ) -> Result<Value, CounterError> {
        self.keep_with(turn, actor, how, answer, (held, None)).await
    }

    async fn keep_with(
        &self,
        turn: Turn,
        actor: &str,
        how: &str,
        answer: QualificationAnswer,
        (held, mode): (Option<held::Held>, Option<request::Special>),
    ) -> Result<Value, CounterError> {
        let deliverable = Deliverable::from_answer(&answer, &self.institution_code);
        let now = self.clock.wall_ms();
        let visit = turn.0;
        let new = NewResult {
            visit,
            reader: self.reader(how, actor),
            kind: "qualification".to_owned(),
            body_json: deliverable.to_json(),
            simulated: self.simulated,
        };
        let institution = self.institution_code.clone();
        let owner = actor.strip_prefix(CLIENT).map(str::to_owned);
        let (id, anew) = self
            .ledger(move |ledger| {
                let mut beside = unentrusted(ledger, &new, &answer, &institution)?;
                let mut anew = false;
                if let Some(held) = held {
                    beside.consents = held.record(ledger, now, new.visit)?;
                }
                if let Some(mode) = mode {
                    let counted = usage::counted(ledger, mode, now)?;
                    anew = counted.anew;
                    beside.state.push(counted.state);
                }
                let stored = match owner {
                    Some(owner) => ledger.store_owned_result(now, &new, &beside, &owner)?,
                    None => ledger.store_result_with(now, &new, &beside)?,
                };
                Ok((stored.id, anew))
            })
            .await?;
        if anew {
            let code = usage::UNREADABLE;
            let _ = self.engine.send(Message::Alert { code }).await;
        }
        Ok(json!({
            "result": id,
            "visit": format!("{visit:016x}"),
            "summaries": words(&deliverable, &self.offices),
            "message": serde_json::from_str::<Value>(&deliverable.to_json()).unwrap_or_default(),
        }))
    }
}

/// The words of an answer in both languages.
fn words(deliverable: &Deliverable, offices: &kiosk::staff::Offices) -> Vec<Value> {
    summarise(deliverable)
        .into_iter()
        .map(|one| kiosk::staff::summary(one, offices))
        .map(|summary| {
            let fields: Vec<_> = summary
                .fields
                .iter()
                .map(|field| {
                    json!({
                        "item": field.item,
                        "label_ja": field.label.ja, "label_en": field.label.en,
                        "value_ja": field.value.ja, "value_en": field.value.en,
                    })
                })
                .collect();
            let mut said = json!({
                "headline_ja": summary.headline.ja,
                "headline_en": summary.headline.en,
                "advice_ja": summary.advice.ja,
                "advice_en": summary.advice.en,
                "unentrusted": summary.unentrusted,
                "fields": fields,
            });
            if let Some(phone) = summary.phone {
                said["phone_known"] = phone.known.into();
                said["phone_ja"] = phone.text.ja.into();
                said["phone_en"] = phone.text.en.into();
            }
            said
        })
        .collect()
}

/// A field that is needed, and empty.
fn must_be(name: &str, text: &str) -> Result<(), CounterError> {
    if text.is_empty() {
        return Err(CounterError::missing(name));
    }
    Ok(())
}

/// A name fit for the audit chain; a client stands there under its own name, as it does for all else it does.
fn name_of(actor: &str) -> String {
    let actor = actor.strip_prefix(CLIENT).unwrap_or(actor);
    let kept = actor.trim().chars().filter(|c| !c.is_control());
    kept.take(NAME).collect()
}
