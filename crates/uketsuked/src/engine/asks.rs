//! Questions to the central service, each on its own task, and their answers.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use central::CentralError;
use kiosk::staff::ServiceSaid;
use oqs::assumed::InsuranceUseRequest;
use oqs::{
    CheckupsAnswer, CheckupsRequest, ConsentKind, MedicinesAnswer, MedicinesRequest,
    QualificationRequest, may_request,
};
use visit::{Ask, CentralAnswer, Event, Method, Refusal, VisitId};

use super::held::Held;
use super::message::MedicalReplies;
use super::{CentralReply, Engine, Message};
use crate::inquiry::{self, whose};
use crate::{follow_up, medical_later, service_said};

/// What is asked for as a list of its own, beside medicines.
const LISTS: [ConsentKind; 3] = [
    ConsentKind::Checkups,
    ConsentKind::Treatment,
    ConsentKind::Operations,
];
/// The holder could not be registered for insurance use.
const NOT_MADE: &str = "UK-VISIT-215";
/// The answer is about somebody born on another day than the card's holder.
const ANOTHER_PERSON: &str = "UK-VISIT-217";
/// Pause between looks at a service that did not answer, and at one that does.
const LOOK_AGAIN: Duration = Duration::from_secs(3);
const LOOK_IDLE: Duration = Duration::from_secs(30);
/// A clock that differs by more from the service's is said to the staff, ms.
const CLOCK_DIFFERS: i64 = 5 * 60_000;
/// The trusted time is kept in the ledger so often, ms: no consent opens again for longer.
const KEEP_TIME: i64 = 60_000;

impl Engine {
    /// Keeps a few nonces ready, so that neither the person nor an outage has to wait for one, and looks
    /// now and then whether the service is there.
    pub(super) fn look_at_service(&mut self) {
        let now = self.parts.clock.now();
        if self.looking || self.next_look.is_some_and(|at| now.mono < at) {
            return;
        }
        self.looking = true;
        let wanted = self.nonces.wanted(now.wall_ms) > 0;
        let central = Arc::clone(&self.parts.central);
        let mailbox = self.parts.mailbox.clone();
        tokio::spawn(async move {
            let looked = if wanted {
                central.nonce().await.map(Some)
            } else {
                central.warm().await.map(|()| None)
            };
            let _ = mailbox.send(Message::Looked(looked)).await;
        });
    }

    pub(super) fn looked(&mut self, looked: Result<Option<central::Nonce>, CentralError>) {
        self.looking = false;
        let now = self.parts.clock.now();
        let (reachable, code) = match looked {
            Ok(nonce) => {
                self.next_look = Some(now.mono + LOOK_IDLE);
                if let Some(nonce) = nonce {
                    self.time_said(nonce.server_time);
                    let now = self.parts.clock.wall_ms();
                    let wanted = self.nonces.wanted(now);
                    self.nonces.put(nonce, now);
                    // One that is too short-lived to keep is not asked for again at once.
                    if self.nonces.wanted(now) < wanted {
                        self.next_look = None;
                    }
                }
                self.told_fault = None;
                (true, "")
            }
            Err(error) => {
                tracing::warn!(code = error.code(), error = %crate::chain(&error), "the service can't be used");
                self.next_look = Some(now.mono + LOOK_AGAIN);
                if !error.is_unreachable() && self.told_fault != Some(error.code()) {
                    self.told_fault = Some(error.code());
                    self.alert(error.code());
                }
                (false, error.code())
            }
        };
        self.service_is(reachable, code);
    }

    /// Takes over the service's time, keeps it for the next start, and says so when the terminal's own clock
    /// is far off (invariant 14).
    fn time_said(&mut self, ms: i64) {
        let clock = &self.parts.clock;
        clock.service_said(ms);
        let differs = clock
            .behind_service_ms()
            .is_some_and(|behind| behind.abs() > CLOCK_DIFFERS);
        self.keep_time();
        if differs && !self.told_clock {
            self.alert("UK-VISIT-401");
        }
        if !differs {
            self.parts.board.settle(&["UK-VISIT-401"]);
        }
        self.told_clock = differs;
    }

    /// Keeps the trusted time for the next start, also while the service is away: a clock set back across a restart revives no consent that
    /// ended before.
    pub(super) fn keep_time(&mut self) {
        let Some(now) = self.parts.clock.trusted_ms() else {
            return;
        };
        if self.kept_time.is_some_and(|kept| now - kept < KEEP_TIME) {
            return;
        }
        let kept = self.parts.desk.submit(move |ledger| {
            if let Err(error) = ledger.put_state(crate::clock::STATE_KEY, &now.to_string()) {
                tracing::warn!(code = error.code(), error = %crate::chain(&error), "the trusted time could not be kept");
            }
        });
        if kept.is_ok() {
            self.kept_time = Some(now);
        }
    }

    /// Notes whether the service is there. When it comes back, everything queued is due.
    fn service_is(&mut self, reachable: bool, code: &'static str) {
        let news = self.parts.board.set_device("central", reachable);
        self.parts
            .board
            .central_contact(self.parts.clock.wall_ms(), (!reachable).then_some(code));
        // A single request may have failed between two looks that did not: its alert ends all the same.
        if reachable && self.parts.board.settle(&["UK-VISIT-201"]) {
            self.parts.all_due.store(true, Ordering::SeqCst);
        }
        if !news {
            return;
        }
        let state = if reachable { "up" } else { "down" };
        self.tell(crate::happenings::Happening::Device {
            device: "central",
            state,
            detail: code.to_owned(),
        });
        if reachable {
            self.parts.all_due.store(true, Ordering::SeqCst);
        }
        self.event(Event::CentralReachable(reachable));
    }

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
                let medicines = may(ConsentKind::Medicines).then(|| {
                    MedicinesRequest::for_card_visit(
                        institution,
                        confirmation,
                        &start,
                        &end,
                        &visit,
                    )
                });
                let about = whose(held.answer.as_ref()?, institution);
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
                    engine.time_said(nonce.server_time);
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

const OK: CentralAnswer = CentralAnswer::Ok {
    medicines_allowed: false,
};

/// Whether the person said yes to this kind in this visit.
pub(super) fn agreed(held: &Held, kind: ConsentKind) -> bool {
    held.consents.agreed(match kind {
        ConsentKind::Checkups => visit::ConsentKind::Checkups,
        ConsentKind::Medicines => visit::ConsentKind::Medicines,
        ConsentKind::Treatment => visit::ConsentKind::Treatment,
        ConsentKind::Operations => visit::ConsentKind::Operations,
    })
}

/// Whether the service itself said no.
fn refused<T>(reply: &Result<T, CentralError>, is_ok: impl Fn(&T) -> bool) -> bool {
    match reply {
        Ok(answer) => !is_ok(answer),
        Err(error) => !worth_repeating(error),
    }
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
        | CentralError::Configuration { .. } => true,
        CentralError::Refused { .. } | CentralError::OtherPerson => false,
    }
}
