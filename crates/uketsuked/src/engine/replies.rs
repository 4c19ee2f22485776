//! What the central service answered: judged, kept for storing, told to the visit.

use central::CentralError;
use kiosk::staff::ServiceSaid;
use oqs::{CheckupsAnswer, ConsentKind, MedicinesAnswer, may_request};
use visit::{Ask, CentralAnswer, Event, Refusal, VisitId};

use super::asks::{NOT_MADE, agreed};
use super::message::MedicalReplies;
use super::{CentralReply, Engine};
use crate::inquiry::{self, ANOTHER_PERSON};
use crate::{follow_up, medical_later, service_said};

const OK: CentralAnswer = CentralAnswer::Ok {
    medicines_allowed: false,
};

impl Engine {
    /// What was fetched is kept for storing; what was not is told to staff, and keeps nothing else back.
    fn medical_said(&mut self, visit: VisitId, replies: MedicalReplies) -> CentralAnswer {
        const FAILED: CentralAnswer = CentralAnswer::Refused(Refusal::Other {
            code: "UK-VISIT-214",
        });
        let mut answers = Vec::new();
        // What the service gave none of, or said no to, is not asked for again; what did not come is.
        let mut over = Vec::new();
        if let Some(reply) = replies.medicines {
            if refused(&reply, MedicinesAnswer::is_ok) {
                over.push(ConsentKind::Medicines);
            }
            answers.push(self.judge(visit, reply, |engine, answer| {
                if !answer.is_ok() {
                    engine.heard(visit, service_said::in_list(answer.said()));
                    return FAILED;
                }
                if let Some(held) = engine.held_for(visit) {
                    held.medicines = Some(answer);
                }
                OK
            }));
        }
        for (kind, reply) in replies.lists {
            let none = reply.as_ref().is_ok_and(|answer| !answer.has_values());
            if none || refused(&reply, CheckupsAnswer::is_ok) {
                over.push(kind);
            }
            answers.push(self.judge(visit, reply, |engine, answer| {
                if !answer.is_ok() {
                    engine.heard(visit, service_said::in_list(answer.said()));
                    return FAILED;
                }
                if let Some(held) = engine.held_for(visit)
                    && answer.has_values()
                {
                    held.lists.push((kind, answer));
                }
                OK
            }));
        }
        self.over(visit, over);
        self.withhold_words(visit);
        let fetched = answers.contains(&OK);
        let failed = answers.into_iter().find(|answer| *answer != OK);
        match failed {
            Some(answer) if !fetched => answer,
            Some(_) => {
                let service = self.held_for(visit).and_then(|held| held.service.clone());
                self.alert_with("UK-VISIT-214", service);
                OK
            }
            None => OK,
        }
    }

    /// Takes kinds off the list of what is asked for later.
    fn over(&mut self, visit: VisitId, kinds: Vec<ConsentKind>) {
        if kinds.is_empty() {
            return;
        }
        let submitted = self.parts.desk.submit(move |ledger| {
            if let Err(error) = medical_later::settled(ledger, visit.0, &kinds) {
                tracing::warn!(code = error.code(), error = %crate::chain(&error), "what is to be asked for later could not be noted");
            }
        });
        if submitted.is_err() {
            self.alert("UK-VISIT-301");
        }
    }

    pub(super) fn central_said(&mut self, visit: VisitId, reply: CentralReply) {
        let now_ms = self.parts.clock.wall_ms();
        let (ask, answer) = match reply {
            CentralReply::Nonce { reply, stocked } => (
                Ask::Nonce,
                self.judge(visit, reply, |engine, nonce| {
                    // An earlier answer come again: a proof over it would be refused.
                    if !stocked && !engine.nonces.is_new(&nonce) {
                        return CentralAnswer::Unreachable;
                    }
                    // One that was kept told its time when it came: now that is no word about the service's clock.
                    if !stocked {
                        engine.time_said(nonce.server_time);
                    }
                    if let Some(held) = engine.held_for(visit) {
                        held.nonce = Some(nonce);
                    }
                    OK
                }),
            ),
            CentralReply::Confirmation(reply) => (
                Ask::Confirm,
                self.judge(visit, reply, |engine, confirmation| {
                    match confirmation.id() {
                        Some(id) => {
                            if let Some(held) = engine.held_for(visit) {
                                held.confirmation_id = Some(id.to_owned());
                                held.qualification_only = confirmation.qualification_only;
                                // What it said of a card that was not registered yet is over.
                                held.service = None;
                            }
                            if confirmation.qualification_only {
                                CentralAnswer::QualificationOnly
                            } else {
                                OK
                            }
                        }
                        None => {
                            if let Some(held) = engine.held_for(visit) {
                                held.registration_id =
                                    confirmation.registration_id().map(str::to_owned);
                            }
                            engine.heard(visit, service_said::in_confirmation(&confirmation));
                            CentralAnswer::Refused(inquiry::refusal(&confirmation))
                        }
                    }
                }),
            ),
            CentralReply::Registration(reply) => (
                Ask::Register,
                self.judge(visit, *reply, |engine, answer| {
                    if !answer.is_done() {
                        engine.heard(visit, service_said::in_status(&answer));
                        return CentralAnswer::Refused(Refusal::Other { code: NOT_MADE });
                    }
                    if let Some(held) = engine.held_for(visit) {
                        held.registered = true;
                    }
                    OK
                }),
            ),
            CentralReply::Qualification(reply) => (
                Ask::Qualification,
                self.judge(visit, *reply, |engine, answer| {
                    let told = answer.header.as_ref();
                    let told = told.and_then(|header| header.process_execution_time.as_deref());
                    if let Some(ms) = told.and_then(oqs::time::from_jst) {
                        engine.time_said(ms);
                    }
                    let consents = follow_up::of_visit(&answer, now_ms);
                    let now_jst = oqs::time::to_jst(now_ms);
                    let medicines_allowed = ConsentKind::ALL.into_iter().any(|kind| {
                        may_request(kind, &consents, &now_jst)
                            && engine
                                .held_for(visit)
                                .is_some_and(|held| agreed(held, kind))
                    });
                    if let Some(held) = engine.held_for(visit) {
                        if held.is_another_person(&answer) {
                            return CentralAnswer::Refused(Refusal::Other {
                                code: ANOTHER_PERSON,
                            });
                        }
                        held.answer = Some(answer);
                    }
                    CentralAnswer::Ok { medicines_allowed }
                }),
            ),
            CentralReply::Medicines(replies) => {
                (Ask::Medicines, self.medical_said(visit, *replies))
            }
        };
        self.event(Event::Central(visit, ask, answer));
    }

    /// Keeps what the service itself said in this visit, for the staff and the record of its end.
    fn heard(&mut self, visit: VisitId, service: Option<ServiceSaid>) {
        if let (Some(held), Some(service)) = (self.held_for(visit), service) {
            held.service = Some(service);
        }
    }

    /// What was said about medical information beside an unentrusted assistance keeps its code alone (invariant 6).
    fn withhold_words(&mut self, visit: VisitId) {
        let institution = self.parts.settings.institution_code.clone();
        let Some(held) = self.held_for(visit) else {
            return;
        };
        let unentrusted = held.answer.as_ref().is_none_or(|answer| {
            oqs::delivery::Deliverable::from_answer(answer, &institution).any_unentrusted()
        });
        if let Some(service) = held.service.as_mut().filter(|_| unentrusted) {
            service.words.clear();
        }
    }

    /// Sorts a failure into "not reached" (it can be asked again later) and "said no".
    fn judge<T>(
        &mut self,
        visit: VisitId,
        reply: Result<T, CentralError>,
        fine: impl FnOnce(&mut Self, T) -> CentralAnswer,
    ) -> CentralAnswer {
        match reply {
            Ok(value) => fine(self, value),
            Err(error) => {
                tracing::warn!(code = error.code(), error = %crate::chain(&error), "the service did not answer as hoped");
                // Whether the service is there is looked at again at once.
                self.next_look = None;
                let service = service_said::in_error(&error);
                self.heard(visit, service.clone());
                if worth_repeating(&error) {
                    if !error.is_unreachable() {
                        self.alert_with(error.code(), service);
                    }
                    CentralAnswer::Unreachable
                } else {
                    CentralAnswer::Refused(Refusal::Other { code: error.code() })
                }
            }
        }
    }
}

/// Whether the service itself said no.
fn refused<T>(reply: &Result<T, CentralError>, is_ok: impl Fn(&T) -> bool) -> bool {
    match reply {
        Ok(answer) => !is_ok(answer),
        Err(error) => !worth_repeating(error),
    }
}

/// A broken way to the service, whichever layer broke it, is not the service's "no": the inquiry is worth
/// asking again, also when something on the way answered in the service's place. Only the service's own
/// refusal ends it.
fn worth_repeating(error: &CentralError) -> bool {
    match error {
        CentralError::Unreachable { .. }
        | CentralError::TlsServer { .. }
        | CentralError::TlsClient { .. }
        | CentralError::LoginRefused { .. }
        | CentralError::BadAnswer { .. }
        | CentralError::OtherKind
        | CentralError::Configuration { .. } => true,
        CentralError::Refused { .. } | CentralError::OtherPerson => false,
    }
}
