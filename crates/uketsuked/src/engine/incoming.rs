//! What comes in from devices, service and ledger, turned into the visit's events.

use card::{CardAnswer, CardEvent};
use vision::protocol::FaceOutcome;
use visit::{Event, LedgerAnswer, VisitId};

use super::{Engine, Message, devices};
use crate::happenings::Happening;

/// What staff is told of a worker or a camera that went away; over once both are there.
const FACE_GONE: [&str; 2] = [
    vision::codes::CAMERA_ABSENT.code,
    vision::codes::WORKER_GONE.code,
];

impl Engine {
    pub(super) fn take(&mut self, message: Message) {
        match message {
            Message::Card(event) => self.card_said(event),
            Message::FaceAvailable(state, detail) => {
                let there = state.is_ok();
                match state {
                    Ok(()) => {
                        self.parts.board.settle(&FACE_GONE);
                    }
                    // A site that has no camera has nothing to be told. Where something else is missing now than staff was told, that is told.
                    Err(code) => {
                        let others = FACE_GONE.map(|known| if known == code { "" } else { known });
                        let exchanged = self.parts.board.settle(&others);
                        if std::mem::take(&mut self.face_was_there) || exchanged {
                            self.alert(code);
                        }
                    }
                }
                self.face_was_there |= there;
                self.parts.board.set_device("camera", there);
                self.tell(Happening::Device {
                    device: "camera",
                    state: if there { "up" } else { "down" },
                    detail,
                });
                self.event(Event::FaceAvailable(there));
                if !there {
                    self.held_up_unanswered();
                }
            }
            Message::Guidance(visit, guidance) => self.event(Event::FaceGuidance(
                VisitId(visit),
                devices::guidance(guidance),
            )),
            Message::Face(visit, outcome) => {
                let held = self
                    .held
                    .as_ref()
                    .filter(|held| held.visit == VisitId(visit));
                if let (FaceOutcome::Matched { .. }, Some(photo)) =
                    (&outcome, held.and_then(|held| held.photo.as_ref()))
                {
                    self.face_limits.matched(photo);
                }
                if let FaceOutcome::NotAlive { ground } = &outcome {
                    // For the technician's figures; nothing of the person.
                    tracing::info!(?ground, "the face check doubts a living person");
                }
                if let Some(answer) = devices::face(&outcome) {
                    self.event(Event::Face(VisitId(visit), answer));
                }
            }
            Message::CardRead(visit, digits, another) => {
                self.at_once(|engine| engine.card_read(visit, &digits, another));
            }
            Message::Central(visit, reply) => self.central_said(visit, reply),
            Message::Looked(looked) => self.looked(looked),
            Message::Ledger(visit, answer) => {
                let kind = match answer {
                    LedgerAnswer::QualificationStored => Some("qualification"),
                    LedgerAnswer::MedicinesStored => Some("medicines"),
                    LedgerAnswer::InquiryOpened | LedgerAnswer::Failed { .. } => None,
                };
                if let Some(kind) = kind {
                    self.tell(Happening::Stored {
                        visit: visit.to_string(),
                        kind,
                    });
                }
                self.event(Event::Ledger(visit, answer));
            }
            Message::VisualConfirmed { visit, staff } => {
                // Staff has looked at whom the camera did not recognise.
                if self.machine.visit() == Some(visit) {
                    self.parts.board.settle(&["UK-VISIT-112"]);
                }
                self.event(Event::VisualConfirmed { visit, staff })
            }
            Message::LedgerChanged => self.parts.board.redraw(),
            Message::LookAtService => self.next_look = None,
            Message::Passcode { passcode, until } => {
                self.fetched_passcode = Some((passcode, until));
                self.visual = true;
                self.see_passcode();
            }
            Message::ForgetTimes(done) => {
                let free = self.forget_times();
                // Whoever asked may have given up waiting; then nothing is set back.
                let _ = done.send(free);
            }
            Message::SetBack { from, to } => self.set_back(from, to),
            Message::Alert { code } => self.alert(code),
            Message::ServiceSaid { code, service } => self.alert_with(code, service),
            Message::StorageFull(full) => {
                self.storage_full = full;
                self.draw(None);
            }
            // Both end the loop in `run` before they come here.
            Message::CardThreadsGone | Message::Stop => {}
        }
    }

    fn card_said(&mut self, event: CardEvent) {
        match event {
            CardEvent::ServiceDown { detail } => {
                self.parts.board.set_device("pcscd", false);
                self.tell(Happening::Device {
                    device: "pcscd",
                    state: "down",
                    detail,
                });
                self.parts.board.set_device("reader", false);
                self.parts.board.set_readers(Vec::new());
                for reader in std::mem::take(&mut self.readers) {
                    self.event(Event::ReaderLeft { reader });
                }
            }
            CardEvent::ServiceUp => {
                self.parts.board.set_device("pcscd", true);
                self.tell(Happening::Device {
                    device: "pcscd",
                    state: "up",
                    detail: String::new(),
                });
            }
            CardEvent::ReaderArrived { reader } => {
                let _ = self.readers.insert(reader.clone());
                self.parts.board.set_device("reader", true);
                self.parts
                    .board
                    .set_readers(self.readers.iter().cloned().collect());
                self.tell(Happening::Device {
                    device: "reader",
                    state: "up",
                    detail: reader.clone(),
                });
                self.event(Event::ReaderArrived { reader });
            }
            CardEvent::ReaderLeft { reader } => {
                let _ = self.readers.remove(&reader);
                self.parts
                    .board
                    .set_device("reader", !self.readers.is_empty());
                self.parts
                    .board
                    .set_readers(self.readers.iter().cloned().collect());
                self.tell(Happening::Device {
                    device: "reader",
                    state: "down",
                    detail: reader.clone(),
                });
                self.event(Event::ReaderLeft { reader });
            }
            CardEvent::CardArrived { reader } => {
                self.tell(Happening::Device {
                    device: "reader",
                    state: "card-in",
                    detail: reader.clone(),
                });
                // Rather no visit than half a visit: the page says so, and the card is laid again when there is room.
                if self.storage_full {
                    self.alert("UK-LEDG-018");
                    return;
                }
                let visit = VisitId(crate::fresh_number());
                self.event(Event::CardArrived { visit, reader });
            }
            CardEvent::CardLeft { reader } => {
                self.parts.board.settle(&["UK-VISIT-113"]);
                self.tell(Happening::Device {
                    device: "reader",
                    state: "card-out",
                    detail: reader.clone(),
                });
                self.event(Event::CardLeft { reader });
            }
            CardEvent::ReaderHung { reader, trouble } => {
                tracing::error!(reader, trouble, "the card reader hung in its driver");
                if trouble.is_some() {
                    self.alert("UK-CARD-022");
                } else {
                    self.parts.board.settle(&["UK-CARD-022"]);
                }
                self.tell(Happening::Device {
                    device: "reader",
                    state: if trouble.is_some() {
                        "hung"
                    } else {
                        "restarted"
                    },
                    detail: trouble.map_or(reader.clone(), |why| format!("{reader}: {why}")),
                });
            }
            CardEvent::Answer { visit, answer } => self.card_answered(VisitId(visit), answer),
        }
    }

    fn card_answered(&mut self, visit: VisitId, answer: CardAnswer) {
        let now_ms = self.parts.clock.wall_ms();
        let answer = match answer {
            CardAnswer::Ended => return,
            CardAnswer::Identified(identity) => {
                if let Some(held) = self.held_for(visit) {
                    held.session = Some(identity.session);
                    held.card_expiry.clone_from(&identity.card_expiry);
                }
                devices::identified(&identity, now_ms)
            }
            CardAnswer::NotUsable(kind) => devices::unusable(kind),
            CardAnswer::Pin(outcome) => {
                self.follow_session(visit, outcome);
                visit::CardAnswer::Pin(devices::verify(outcome))
            }
            CardAnswer::MatchingNumber(outcome) => {
                self.follow_session(visit, outcome);
                if let Some(held) = self.held_for(visit) {
                    let tried = held.birth_tried.take();
                    if outcome == card::VerifyOutcome::Accepted {
                        held.birth = tried;
                    }
                    self.number_answered(outcome);
                }
                visit::CardAnswer::Number(devices::verify(outcome))
            }
            CardAnswer::Photo(photo) => match self.held_for(visit) {
                // From another power-on session than the card's identification: not this card's (invariant 16).
                Some(held) if held.session != Some(photo.binding.session) => {
                    visit::CardAnswer::PhotoRefused
                }
                Some(held) => {
                    held.photo = Some(photo.jp2);
                    visit::CardAnswer::PhotoRead
                }
                None => return,
            },
            CardAnswer::Proof(proof) => self.keep_proof(visit, proof, now_ms),
            CardAnswer::Failed(error) => {
                tracing::warn!(%visit, code = error.code(), error = %crate::chain(&error), "the card failed");
                if let card::CardError::Held { by } = &error {
                    self.tell(Happening::Device {
                        device: "reader",
                        state: "held",
                        detail: by.clone().unwrap_or_default(),
                    });
                }
                match error {
                    card::CardError::NotGenuine { .. } => visit::CardAnswer::PhotoRefused,
                    error => visit::CardAnswer::Failed { code: error.code() },
                }
            }
        };
        self.event(Event::Card(visit, answer));
    }

    /// After a lost verdict the same card may go on in a session of its own. Evidence of the old one does not go with
    /// it (invariant 16).
    fn follow_session(&mut self, visit: VisitId, outcome: card::VerifyOutcome) {
        if let card::VerifyOutcome::Unknown { session, .. } = outcome
            && let Some(held) = self.held_for(visit)
            && held.session != session
        {
            held.session = session;
            held.photo = None;
            held.proof = None;
        }
    }

    /// Keeps a proof; one from another power-on session than the rest proves nothing (invariant 16).
    fn keep_proof(
        &mut self,
        visit: VisitId,
        proof: card::CardProof,
        now_ms: i64,
    ) -> visit::CardAnswer {
        let Some(held) = self.held_for(visit) else {
            return visit::CardAnswer::ProofRefused;
        };
        if held.session != Some(proof.session) {
            return visit::CardAnswer::ProofRefused;
        }
        held.proof = Some(proof);
        held.proved_at = now_ms;
        visit::CardAnswer::Proved
    }
}
