//! Medical information under a consent that the service holds for visiting care, online care or the alternative route: asked for by the stored
//! numbers, kind by kind, only while the consent's time as the service gave it has not passed (invariant 1), and kept as a result of the
//! visit that brought the qualification.

use central::CentralError;
use ledger::{LedgerError, NewResult};
use oqs::delivery::Deliverable;
use oqs::{
    CareKind, CheckupsRequest, ConsentKind, Consents, DeliverableCheckups, DeliverableMedicines,
    MedicinesRequest, may_request,
};
use serde_json::{Value, json};

use super::Counter;
use super::request::{Care, Numbers};
use crate::engine::Message;
use crate::inquiry::medicine_months;

/// Some of the medical information did not come.
const FAILED: &str = "UK-VISIT-510";

/// For whom information is asked, on what, and where it is kept.
pub(super) struct Asking<'a> {
    pub(super) care: Care,
    /// The numbers stored at the first visit.
    pub(super) numbers: &'a Numbers,
    /// As the service gave them just now, or in the bulk answer.
    pub(super) consents: &'a Consents,
    pub(super) qualification: &'a Deliverable,
    /// The visit of the qualification's result; its consents stand in the ledger already.
    pub(super) visit: u64,
    pub(super) reader: String,
    /// Whose the results are from the first moment; `None` = whoever takes them.
    pub(super) owner: Option<String>,
}

/// What became of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Got {
    /// A result of this name.
    Stored(String),
    /// The service has nothing of this kind.
    Nothing,
    /// Not asked for, or not kept: no consent, past its time, or withdrawn meanwhile.
    NotAllowed,
    /// The service said no, or something that can't be read.
    Refused(&'static str),
    /// Not reached, or not stored: worth asking again.
    Later(&'static str),
}

impl Counter {
    /// Asks for every kind that the consents allow now.
    pub(super) async fn fetch_medical(&self, asking: &Asking<'_>) -> Vec<(ConsentKind, Got)> {
        let one = |kind| async move { (kind, self.fetch_kind(asking, kind).await) };
        let [first, second, third, fourth] = ConsentKind::ALL;
        let (first, second, third, fourth) =
            tokio::join!(one(first), one(second), one(third), one(fourth));
        let mut got = vec![first, second, third, fourth];
        got.retain(|(_, got)| *got != Got::NotAllowed);
        self.tell_failed(&got);
        got
    }

    /// Staff hears of what did not come.
    pub(super) fn tell_failed(&self, got: &[(ConsentKind, Got)]) {
        let failed = |(_, got): &(ConsentKind, Got)| matches!(got, Got::Refused(_) | Got::Later(_));
        if got.iter().any(failed) {
            let _ = self.engine.try_send(Message::Alert { code: FAILED });
        }
    }

    pub(super) async fn fetch_kind(&self, asking: &Asking<'_>, kind: ConsentKind) -> Got {
        match self.may_ask(asking, kind).await {
            Ok(None) => {}
            Ok(Some(got)) => return got,
            Err(error) => return Got::Later(error),
        }
        let body = match self.ask_for(asking, kind).await {
            Ok(Ok(Some(body))) => body,
            Ok(Ok(None)) => return Got::Nothing,
            Ok(Err(NotGiven)) => {
                tracing::warn!(kind = kind.en(), "the service gave no medical information");
                return Got::Refused(FAILED);
            }
            Err(error) => {
                tracing::warn!(code = error.code(), error = %crate::chain(&error), kind = kind.en(), "medical information did not come");
                return match error {
                    CentralError::Refused { .. } | CentralError::BadAnswer { .. } => {
                        Got::Refused(error.code())
                    }
                    _ => Got::Later(error.code()),
                };
            }
        };
        self.keep_medical(asking, kind, body).await
    }

    /// Whether this kind may be asked for at this moment: by the service's consent and its time, and by what is known here of a withdrawal.
    /// What an earlier carrying out of the same turn stored is not asked for again.
    async fn may_ask(
        &self,
        asking: &Asking<'_>,
        kind: ConsentKind,
    ) -> Result<Option<Got>, &'static str> {
        let now = self.clock.wall_ms();
        if self.qualification_only || !may_request(kind, asking.consents, &oqs::time::to_jst(now)) {
            return Ok(Some(Got::NotAllowed));
        }
        let (visit, id) = (
            asking.visit,
            self.new_result(asking, kind, String::new()).id(),
        );
        let looked = self
            .desk
            .run(move |ledger| {
                if ledger.result(&id)?.is_some() {
                    return Ok(Some(Got::Stored(id)));
                }
                let holds = ledger
                    .consents_of(visit)?
                    .iter()
                    .any(|consent| consent.kind == kind.en() && consent.holds(now));
                Ok((!holds).then_some(Got::NotAllowed))
            })
            .await;
        flat(looked)
    }

    /// One request. The inner error is a "no" of the service; `None` is "nothing of this kind".
    async fn ask_for(
        &self,
        asking: &Asking<'_>,
        kind: ConsentKind,
    ) -> Result<Result<Option<String>, NotGiven>, CentralError> {
        let care: CareKind = asking.care.kind();
        let (institution, identifier) = (&self.institution_code, Self::identifier());
        let numbers = asking.numbers.lookup();
        if kind == ConsentKind::Medicines {
            let (start, end) = medicine_months(self.clock.wall_ms());
            let request = MedicinesRequest::by_numbers(
                institution,
                care,
                &numbers,
                (&start, &end),
                &identifier,
            );
            let answer = self.central.medicines_by_numbers(&request).await?;
            if !answer.is_ok() {
                return Ok(Err(NotGiven));
            }
            let body = DeliverableMedicines::from_answer(&answer, asking.qualification);
            return Ok(Ok(Some(body.to_json())));
        }
        let request = CheckupsRequest::by_numbers(kind, institution, care, &numbers, &identifier);
        let answer = self.central.checkups(&request).await?;
        if !answer.is_ok() {
            return Ok(Err(NotGiven));
        }
        if !answer.has_values() {
            return Ok(Ok(None));
        }
        let body = DeliverableCheckups::from_answer(&answer, asking.qualification);
        Ok(Ok(Some(body.to_json())))
    }

    /// Durable before anybody is told (invariant 9); not kept when the consent was withdrawn while it was on its way.
    async fn keep_medical(&self, asking: &Asking<'_>, kind: ConsentKind, body: String) -> Got {
        let new = self.new_result(asking, kind, body);
        let (owner, visit, now) = (asking.owner.clone(), asking.visit, self.clock.wall_ms());
        let stored = self
            .desk
            .run(move |ledger| {
                let gone = ledger
                    .consents_of(visit)?
                    .iter()
                    .any(|consent| consent.kind == kind.en() && consent.withdrawn_at.is_some());
                if gone {
                    return Ok(Got::NotAllowed);
                }
                let beside = ledger::Beside::default();
                let stored = match owner {
                    Some(owner) => ledger.store_owned_result(now, &new, &beside, &owner)?,
                    None => ledger.store_result_with(now, &new, &beside)?,
                };
                Ok(Got::Stored(stored.id))
            })
            .await;
        flat(stored).unwrap_or_else(Got::Later)
    }

    fn new_result(&self, asking: &Asking<'_>, kind: ConsentKind, body_json: String) -> NewResult {
        NewResult {
            visit: asking.visit,
            reader: asking.reader.clone(),
            kind: kind.en().to_owned(),
            body_json,
            simulated: self.simulated,
        }
    }

    /// Into the audit chain: which kinds came, which did not; no content.
    pub(super) async fn record_medical(
        &self,
        actor: &str,
        visit: u64,
        got: &[(ConsentKind, Got)],
    ) -> Result<(), super::CounterError> {
        if got.is_empty() {
            return Ok(());
        }
        let told = told(got);
        let detail = json!({
            "visit": format!("{visit:016x}"),
            "stored": told["medical"],
            "failed": told["medical_failed"],
        });
        self.audit(actor, "medical-fetched", detail).await
    }
}

/// The service gave none, and says so.
struct NotGiven;

fn flat<T>(
    outcome: Result<Result<T, LedgerError>, crate::ledger_desk::DeskClosed>,
) -> Result<T, &'static str> {
    match outcome {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => {
            tracing::error!(code = error.code(), error = %crate::chain(&error), "medical information was not stored");
            Err(error.code())
        }
        Err(_) => Err("UK-VISIT-301"),
    }
}

/// For whoever asked: where it stands, and what did not come.
pub(super) fn told(got: &[(ConsentKind, Got)]) -> Value {
    let mut stored = Vec::new();
    let mut failed = Vec::new();
    for (kind, got) in got {
        match got {
            Got::Stored(id) => stored.push(json!({"kind": kind.en(), "result": id})),
            Got::Refused(code) | Got::Later(code) => {
                failed.push(json!({"kind": kind.en(), "code": code}))
            }
            Got::Nothing | Got::NotAllowed => {}
        }
    }
    json!({"medical": stored, "medical_failed": failed})
}
