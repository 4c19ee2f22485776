//! What the engine writes to the ledger. Every answer to the visit is sent from the ledger's thread after
//! the write is durable (invariant 9).

use std::sync::Arc;
use std::sync::atomic::Ordering;

use central::Inquiry;
use ledger::{LedgerError, NewResult};
use oqs::ConsentKind;
use oqs::delivery::{Deliverable, DeliverableCheckups, DeliverableMedicines};
use serde_json::json;
use visit::{ConsentAnswers, Event, LedgerAnswer, Method, VisitId};

use super::held::Held;
use super::{Engine, Message};
use crate::{birth_mark, follow_up, inquiry, medical_later, service_said};

/// Who acted, where it was the patient.
const PATIENT: &str = "patient";

impl Engine {
    pub(super) fn open_inquiry(&mut self, visit: VisitId, consents: ConsentAnswers) {
        let now = self.parts.clock.wall_ms();
        let date: String = oqs::time::to_jst(now).chars().take(8).collect();
        let prepared = self.held_for(visit).and_then(|held| {
            held.consents = consents;
            let number = Arc::clone(&held.inquiry);
            let birth = held.birth.clone();
            Some((held.confirmation()?, held.reader.clone(), number, birth))
        });
        let Some((confirmation, held_reader, slot, birth)) = prepared else {
            self.event_later(Event::Ledger(
                visit,
                LedgerAnswer::Failed {
                    code: "UK-VISIT-301",
                },
            ));
            return;
        };
        let mut inquiry = Inquiry {
            confirmation,
            consents: inquiry::consents(consents),
            date,
            birth: None,
        };
        let reader = format!("{}/{held_reader}", self.parts.settings.desk);
        self.parts.live_visit.store(visit.0, Ordering::SeqCst);
        self.write(visit, move |ledger| {
            if let Some(digits) = birth {
                let key = crate::counter::mark_key(ledger)?;
                inquiry.birth = Some(birth_mark::of_card(&key, visit.0, &digits));
            }
            let payload = serde_json::to_string(&inquiry)
                .map_err(|_| LedgerError::Unacceptable("inquiry"))?;
            let number = ledger.queue_inquiry(now, visit.0, &reader, &payload)?;
            let _ = slot.set(number);
            Ok(LedgerAnswer::InquiryOpened)
        });
    }

    pub(super) fn store_qualification(&mut self, visit: VisitId) {
        let institution = self.parts.settings.institution_code.clone();
        let parts = self
            .held
            .as_ref()
            .filter(|held| held.visit == visit)
            .and_then(|held| {
                let answer = held.answer.as_ref()?;
                let now = self.parts.clock.wall_ms();
                let agreed = |kind| super::asks::agreed(held, kind);
                let later = (
                    held.confirmation_id.clone().unwrap_or_default(),
                    medical_later::wanted(answer, agreed, now),
                );
                let new = self.result(
                    held,
                    "qualification",
                    Deliverable::from_answer(answer, &institution).to_json(),
                );
                let remark = follow_up::remark(&new, held.qualification_only);
                let follows = follow_up::Follows::of(answer, &institution);
                Some((later, *held.inquiry.get()?, new, (follows, remark)))
            });
        let Some(((confirmation, kinds), inquiry, new, (follows, remark))) = parts else {
            self.event_later(Event::Ledger(
                visit,
                LedgerAnswer::Failed {
                    code: "UK-VISIT-301",
                },
            ));
            return;
        };
        let now = self.parts.clock.wall_ms();
        self.write(visit, move |ledger| {
            let mut beside = follows.beside(ledger, now, &new)?;
            beside.state.extend(remark);
            // Taken off again kind by kind as they come; what this visit does not get is asked for later.
            let later = medical_later::noted(ledger, visit.0, &confirmation, &kinds)?;
            beside.state.extend(later);
            ledger.complete_inquiry(inquiry, now, &new, &beside)?;
            Ok(LedgerAnswer::QualificationStored)
        });
    }

    pub(super) fn store_medicines(&mut self, visit: VisitId) {
        let new = self
            .held
            .as_ref()
            .filter(|held| held.visit == visit)
            .and_then(|held| {
                let qualification = Deliverable::from_answer(
                    held.answer.as_ref()?,
                    &self.parts.settings.institution_code,
                );
                let medicines = held.medicines.as_ref().map(|answer| {
                    let body = DeliverableMedicines::from_answer(answer, &qualification);
                    let kind = ConsentKind::Medicines;
                    (kind, self.result(held, kind.en(), body.to_json()))
                });
                let lists = held.lists.iter().map(|(kind, answer)| {
                    let body = DeliverableCheckups::from_answer(answer, &qualification);
                    (*kind, self.result(held, kind.en(), body.to_json()))
                });
                Some(medicines.into_iter().chain(lists).collect::<Vec<_>>())
            });
        let Some(new) = new else {
            self.event_later(Event::Ledger(
                visit,
                LedgerAnswer::Failed {
                    code: "UK-VISIT-301",
                },
            ));
            return;
        };
        let now = self.parts.clock.wall_ms();
        self.write(visit, move |ledger| {
            for (kind, new) in new {
                ledger.store_result(now, &new)?;
                medical_later::settled(ledger, visit.0, &[kind])?;
            }
            Ok(LedgerAnswer::MedicinesStored)
        });
    }

    pub(super) fn drop_inquiry(&mut self, visit: VisitId, code: &'static str) {
        let Some(slot) = self.held_for(visit).map(|held| Arc::clone(&held.inquiry)) else {
            return;
        };
        let now = self.parts.clock.wall_ms();
        let mailbox = self.parts.mailbox.clone();
        if self.parts.desk.submit(move |ledger| {
            // Behind the job that opens it: if it was opened at all, its number is there.
            let Some(&inquiry) = slot.get() else { return };
            if let Err(error) = ledger.drop_inquiry(inquiry, now, code) {
                tracing::warn!(code = error.code(), error = %crate::chain(&error), "an inquiry could not be closed");
                let _ = mailbox.blocking_send(Message::Alert { code: error.code() });
            }
            let _ = mailbox.blocking_send(Message::LedgerChanged);
        })
        .is_err()
        {
            self.alert("UK-VISIT-301");
        }
    }

    /// The audit record of a visit: who was how recognised, what was agreed, how it ended. No content.
    pub(super) fn record_visit(
        &self,
        held: &Held,
        (outcome, by_patient): (&'static str, bool),
        machine_ms: u64,
    ) {
        let ended_by = held.ended_by.as_deref();
        let agreed = held.consents.agreed_kinds();
        let mut detail = json!({
            "visit": held.visit.to_string(),
            "reader": held.reader,
            "method": held.method.as_ref().map(Method::word),
            "confirmed_by": match &held.method { Some(Method::Visual { staff }) => Some(staff.as_str()), _ => None },
            "consents_by": (!agreed.is_empty()).then_some(PATIENT),
            "consents": agreed.iter().map(|kind| format!("{kind:?}")).collect::<Vec<_>>(),
            "registered": held.registered,
            "outcome": outcome,
            "ended_by": ended_by.or(by_patient.then_some(PATIENT)),
            "machine_ms": machine_ms,
        });
        service_said::into_detail(held.service.as_ref(), &mut detail);
        let now = self.parts.clock.wall_ms();
        let mailbox = self.parts.mailbox.clone();
        let written = self.parts.desk.submit(move |ledger| {
            if let Err(error) = ledger.append_audit(now, "terminal", "visit-ended", &detail) {
                tracing::error!(code = error.code(), error = %crate::chain(&error), "a visit could not be recorded");
                let _ = mailbox.blocking_send(Message::Alert { code: error.code() });
            }
        });
        if written.is_err() {
            self.alert("UK-VISIT-301");
        }
    }

    fn result(&self, held: &Held, kind: &str, body_json: String) -> NewResult {
        NewResult {
            visit: held.visit.0,
            reader: format!("{}/{}", self.parts.settings.desk, held.reader),
            kind: kind.to_owned(),
            body_json,
            simulated: self.parts.settings.simulated,
        }
    }

    /// Runs a write on the ledger's thread and brings the outcome back to this visit.
    fn write(
        &mut self,
        visit: VisitId,
        job: impl FnOnce(&mut ledger::Ledger) -> Result<LedgerAnswer, LedgerError> + Send + 'static,
    ) {
        let mailbox = self.parts.mailbox.clone();
        let submitted = self.parts.desk.submit(move |ledger| {
            let answer = job(ledger).unwrap_or_else(|error| {
                tracing::error!(%visit, code = error.code(), error = %crate::chain(&error), "the ledger refused a write");
                LedgerAnswer::Failed { code: error.code() }
            });
            let _ = mailbox.blocking_send(Message::Ledger(visit, answer));
            let _ = mailbox.blocking_send(Message::LedgerChanged);
        });
        if submitted.is_err() {
            self.event_later(Event::Ledger(
                visit,
                LedgerAnswer::Failed {
                    code: "UK-VISIT-301",
                },
            ));
        }
    }
}
