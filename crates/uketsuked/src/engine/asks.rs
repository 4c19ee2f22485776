//! Questions to the central service, each on its own task.

use std::sync::Arc;

use oqs::assumed::InsuranceUseRequest;
use oqs::{CheckupsRequest, ConsentKind, MedicinesRequest, QualificationRequest, may_request};
use visit::{Ask, CentralAnswer, Event, Method, Refusal, VisitId};

use super::held::Held;
use super::message::MedicalReplies;
use super::{CentralReply, Engine, Message};
use crate::follow_up;
use crate::inquiry::{self, whose};

/// What is asked for as a list of its own, beside medicines.
const LISTS: [ConsentKind; 3] = [
    ConsentKind::Checkups,
    ConsentKind::Treatment,
    ConsentKind::Operations,
];
/// The holder could not be registered for insurance use.
pub(super) const NOT_MADE: &str = "UK-VISIT-215";

impl Engine {
    pub(super) fn fetch_nonce(&mut self, visit: VisitId) {
        let pooled = self.nonces.take(self.parts.clock.wall_ms());
        self.next_look = None;
        let central = Arc::clone(&self.parts.central);
        let mailbox = self.parts.mailbox.clone();
        tokio::spawn(async move {
            let stocked = pooled.is_some();
            let reply = match pooled {
                Some(nonce) => Ok(nonce),
                None => central.nonce().await,
            };
            let _ = mailbox
                .send(Message::Central(
                    visit,
                    CentralReply::Nonce { reply, stocked },
                ))
                .await;
        });
    }

    pub(super) fn confirm_card(&mut self, visit: VisitId, method: Method) {
        let confirmation = self.held_for(visit).and_then(|held| {
            held.method = Some(method);
            held.confirmation()
        });
        let Some(confirmation) = confirmation else {
            self.event_later(Event::Central(
                visit,
                Ask::Confirm,
                CentralAnswer::Refused(Refusal::Other {
                    code: "UK-VISIT-213",
                }),
            ));
            return;
        };
        let central = Arc::clone(&self.parts.central);
        let mailbox = self.parts.mailbox.clone();
        tokio::spawn(async move {
            let reply = central.confirm_card(&confirmation).await;
            let _ = mailbox
                .send(Message::Central(visit, CentralReply::Confirmation(reply)))
                .await;
        });
    }

    /// Asked only after the person's own "yes" (the machine sees to it), under the identifier that came with this card's
    /// confirmation.
    pub(super) fn register_insurance_use(&mut self, visit: VisitId) {
        let id = self
            .held_for(visit)
            .and_then(|held| held.registration_id.take());
        let Some(id) = id else {
            self.event_later(Event::Central(
                visit,
                Ask::Register,
                CentralAnswer::Refused(Refusal::Other { code: NOT_MADE }),
            ));
            return;
        };
        let institution = &self.parts.settings.institution_code;
        let request = InsuranceUseRequest::new(institution, &id, &visit.to_string());
        let central = Arc::clone(&self.parts.central);
        let mailbox = self.parts.mailbox.clone();
        tokio::spawn(async move {
            let reply = central.register_insurance_use(&request).await;
            let _ = mailbox
                .send(Message::Central(
                    visit,
                    CentralReply::Registration(Box::new(reply)),
                ))
                .await;
        });
    }

    pub(super) fn ask_qualification(&mut self, visit: VisitId) {
        let request = self
            .held
            .as_ref()
            .filter(|held| held.visit == visit)
            .and_then(|held| {
                let consents = inquiry::consents(held.consents);
                Some(qualification_request(
                    &self.parts.settings.institution_code,
                    self.parts.clock.wall_ms(),
                    held.confirmation_id.as_deref()?,
                    consents,
                    visit.0,
                ))
            });
        let Some(request) = request else {
            self.event_later(Event::Central(
                visit,
                Ask::Qualification,
                CentralAnswer::Unreachable,
            ));
            return;
        };
        let central = Arc::clone(&self.parts.central);
        let mailbox = self.parts.mailbox.clone();
        tokio::spawn(async move {
            let reply = central.qualification(&request).await;
            let _ = mailbox
                .send(Message::Central(
                    visit,
                    CentralReply::Qualification(Box::new(reply)),
                ))
                .await;
        });
    }

    /// Asked only under this visit's own "yes" (the machine sees to it) and the service's consent, which
    /// is looked at once more here for each kind (invariant 1).
    pub(super) fn ask_medicines(&mut self, visit: VisitId) {
        let now = self.parts.clock.wall_ms();
        let requests = self
            .held
            .as_ref()
            .filter(|held| held.visit == visit)
            .and_then(|held| {
                let may = allowed(held, now)?;
                let confirmation = held.confirmation_id.as_deref()?;
                let institution = &self.parts.settings.institution_code;
                let visit = visit.to_string();
                let (start, end) = inquiry::medicine_months(now);
                let about = whose(held.answer.as_ref()?, institution);
                let medicines = may(ConsentKind::Medicines).then(|| {
                    let request = MedicinesRequest::for_card_visit(
                        institution,
                        confirmation,
                        &start,
                        &end,
                        &visit,
                    );
                    match about {
                        Some(result) => request.about(result),
                        None => request,
                    }
                });
                let lists: Vec<_> = LISTS
                    .into_iter()
                    .filter(|kind| may(*kind))
                    .map(|kind| {
                        let request =
                            CheckupsRequest::of_kind(kind, institution, confirmation, &visit);
                        let request = match about {
                            Some(result) => request.about(result),
                            None => request,
                        };
                        (kind, request)
                    })
                    .collect();
                (medicines.is_some() || !lists.is_empty()).then_some((medicines, lists))
            });
        let Some((medicines, lists)) = requests else {
            self.event_later(Event::Central(
                visit,
                Ask::Medicines,
                CentralAnswer::Refused(Refusal::Other {
                    code: "UK-VISIT-214",
                }),
            ));
            return;
        };
        let central = Arc::clone(&self.parts.central);
        let mailbox = self.parts.mailbox.clone();
        tokio::spawn(async move {
            let medicines = async {
                match &medicines {
                    Some(request) => Some(central.medicines(request).await),
                    None => None,
                }
            };
            let lists = async {
                let mut answers = Vec::new();
                for (kind, request) in &lists {
                    answers.push((*kind, central.checkups_of_visit(request).await));
                }
                answers
            };
            let (medicines, lists) = tokio::join!(medicines, lists);
            let replies = MedicalReplies { medicines, lists };
            let _ = mailbox
                .send(Message::Central(
                    visit,
                    CentralReply::Medicines(Box::new(replies)),
                ))
                .await;
        });
    }
}

/// Whether the person said yes to this kind in this visit.
pub(super) fn agreed(held: &Held, kind: ConsentKind) -> bool {
    held.consents.agreed(match kind {
        ConsentKind::Checkups => visit::ConsentKind::Checkups,
        ConsentKind::Medicines => visit::ConsentKind::Medicines,
        ConsentKind::Treatment => visit::ConsentKind::Treatment,
        ConsentKind::Operations => visit::ConsentKind::Operations,
    })
}

/// Which kinds may be asked for now: the person's yes and the service's consent in its time (invariant 1).
fn allowed(held: &Held, now_ms: i64) -> Option<impl Fn(ConsentKind) -> bool> {
    let consents = follow_up::of_visit(held.answer.as_ref()?, now_ms);
    let now = oqs::time::to_jst(now_ms);
    Some(move |kind| agreed(held, kind) && may_request(kind, &consents, &now))
}

/// IF-001 for a confirmed card.
fn qualification_request(
    institution: &str,
    now_ms: i64,
    confirmation_id: &str,
    consents: oqs::ConsentAnswers,
    visit: u64,
) -> QualificationRequest {
    let date: String = oqs::time::to_jst(now_ms).chars().take(8).collect();
    QualificationRequest::for_card_visit(
        institution,
        &date,
        confirmation_id,
        consents,
        &format!("{visit:016x}"),
    )
}
