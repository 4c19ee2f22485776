//! Medical information under a consent that the service holds for visiting care, online care or the alternative route: asked for by the stored
//! numbers, kind by kind, only while the consent's time as the service gave it has not passed (invariant 1), and kept as a result of the
//! visit that brought the qualification.

use central::CentralError;
use kiosk::staff::ServiceSaid;
use ledger::{LedgerError, NewResult};
use oqs::delivery::Deliverable;
use oqs::{
    CareKind, CheckupsRequest, ConsentKind, Consents, DeliverableCheckups, DeliverableMedicines,
    MedicinesRequest, may_request,
};
use serde_json::{Value, json};

use super::request::{Care, Numbers};
use super::{Counter, held};
use crate::engine::Message;
use crate::inquiry::medicine_months;
use crate::service_said;

/// Some of the medical information did not come.
pub(super) const FAILED: &str = "UK-VISIT-510";
/// A house call is asked for each time, and the consent has served one already.
const USED: &str = "UK-VISIT-525";

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
    /// Not asked for: the consent of a house call has served one already.
    Used,
    /// The service said no (in its own words, where it gave any), or something that can't be read.
    Refused(&'static str, Option<ServiceSaid>),
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
        let failed =
            |(_, got): &(ConsentKind, Got)| matches!(got, Got::Refused(..) | Got::Later(_));
        if got.iter().any(failed) {
            let service = got.iter().find_map(|(_, got)| match got {
                Got::Refused(_, service) => service.clone(),
                _ => None,
            });
            let _ = self.engine.try_send(Message::ServiceSaid {
                code: FAILED,
                service,
            });
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
            Ok(Err(NotGiven(service))) => {
                tracing::warn!(kind = kind.en(), "the service gave no medical information");
                return Got::Refused(FAILED, withheld(service, asking.qualification));
            }
            Err(error) => {
                tracing::warn!(code = error.code(), error = %crate::chain(&error), kind = kind.en(), "medical information did not come");
                return match error {
                    CentralError::Refused { .. }
                    | CentralError::BadAnswer { .. }
                    | CentralError::OtherKind
                    | CentralError::OtherPerson => {
                        let service = service_said::in_error(&error);
                        Got::Refused(error.code(), withheld(service, asking.qualification))
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
        let house_call = asking.care == Care::HouseCall;
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
                if !holds {
                    return Ok(Some(Got::NotAllowed));
                }
                let used = house_call && held::has_served(ledger, visit, kind)?;
                Ok(used.then_some(Got::Used))
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
                return Ok(Err(NotGiven(service_said::in_list(answer.said()))));
            }
            let body = DeliverableMedicines::from_answer(&answer, asking.qualification);
            return Ok(Ok(Some(body.to_json())));
        }
        let request = CheckupsRequest::by_numbers(kind, institution, care, &numbers, &identifier);
        let answer = self.central.checkups(&request).await?;
        if !answer.is_ok() {
            return Ok(Err(NotGiven(service_said::in_list(answer.said()))));
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
            "nothing": told["medical_nothing"],
            "failed": told["medical_failed"],
        });
        self.audit(actor, "medical-fetched", detail).await
    }
}

/// The service gave none, and says so, in its own words where it gave any.
struct NotGiven(Option<ServiceSaid>);

/// Beside an unentrusted assistance the service's words stay out, its code does not (invariant 6).
fn withheld(service: Option<ServiceSaid>, qualification: &Deliverable) -> Option<ServiceSaid> {
    service.map(|mut service| {
        if qualification.any_unentrusted() {
            service.words.clear();
        }
        service
    })
}

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
    let mut nothing = Vec::new();
    let mut failed = Vec::new();
    for (kind, got) in got {
        match got {
            Got::Stored(id) => stored.push(json!({"kind": kind.en(), "result": id})),
            Got::Refused(code, service) => {
                let mut one = json!({"kind": kind.en(), "code": code});
                service_said::into_detail(service.as_ref(), &mut one);
                failed.push(one);
            }
            Got::Later(code) => failed.push(json!({"kind": kind.en(), "code": code})),
            Got::Nothing => nothing.push(json!(kind.en())),
            Got::Used => failed.push(json!({"kind": kind.en(), "code": USED})),
            Got::NotAllowed => {}
        }
    }
    json!({"medical": stored, "medical_nothing": nothing, "medical_failed": failed})
}
