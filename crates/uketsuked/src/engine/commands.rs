//! Carrying out the visit's commands.

use std::sync::atomic::Ordering;

use card::{CardCommand, ProveHow, Secret};
use kiosk::staff::ServiceSaid;
use vision::protocol::{Challenge, Request};
use visit::{
    AlertKind, CardAnswer, Command, EndReason, Event, FaceAnswer, Method, NotDelivered, Page,
    VisitId,
};

use super::Engine;
use super::held::Held;
use super::held_up::HELD_UP;
use crate::happenings::Happening;
use zeroize::Zeroizing;

impl Engine {
    pub(super) fn carry_out(&mut self, command: Command) {
        match command {
            Command::Show(page) => self.show(page),
            Command::BeginCard { visit, reader } => self.begin(visit, reader),
            Command::VerifyPin { visit, pin } => self.hand_to_card(
                visit,
                CardCommand::VerifyPin {
                    visit: visit.0,
                    pin: Secret::new(pin.expose().to_vec()),
                },
            ),
            Command::VerifyNumber { visit, number } => {
                // Its date of birth counts as the holder's once the card has taken the number.
                if let Some(held) = self.held_for(visit) {
                    let digits = number.expose().iter().take(6);
                    let mut kept = Zeroizing::new(Vec::with_capacity(6));
                    kept.extend(digits);
                    held.birth_tried = Some(kept);
                }
                self.hand_to_card(
                    visit,
                    CardCommand::VerifyMatchingNumber {
                        visit: visit.0,
                        number: Secret::new(number.expose().to_vec()),
                    },
                );
            }
            Command::ReadPhoto { visit } => {
                self.hand_to_card(visit, CardCommand::ReadPhoto { visit: visit.0 })
            }
            Command::LookAtCamera { visit } => {
                // Without a worker nothing is asked; that it went away has been told already.
                let asked = self
                    .parts
                    .vision
                    .send(&Request::CheckCamera { picture: true }, &[]);
                tracing::debug!(%visit, asked, "looking at the camera");
            }
            Command::StartFace { visit } => self.start_face(visit),
            Command::StopFace { visit } => self.stop_face(visit),
            Command::CallStaff { .. } => self.parts.board.redraw(),
            Command::FetchNonce { visit } => self.fetch_nonce(visit),
            Command::Prove { visit, method } => self.prove(visit, method),
            Command::ConfirmCard { visit, method } => self.confirm_card(visit, method),
            Command::RegisterInsuranceUse { visit } => self.register_insurance_use(visit),
            Command::EndCard { visit } => {
                if let Err(gone) = self.parts.card.send(CardCommand::End { visit: visit.0 }) {
                    tracing::warn!(%visit, error = %gone, "the card could not be let go of");
                }
            }
            Command::OpenInquiry {
                visit, consents, ..
            } => self.open_inquiry(visit, consents),
            Command::AskQualification { visit } => self.ask_qualification(visit),
            Command::StoreQualification { visit } => self.store_qualification(visit),
            Command::AskMedicines { visit } => self.ask_medicines(visit),
            Command::StoreMedicines { visit } => self.store_medicines(visit),
            Command::DropInquiry { visit, code } => self.drop_inquiry(visit, code),
            Command::Alert {
                visit,
                kind: AlertKind::Refused { code },
            } => {
                let held = self.held.as_ref().filter(|held| held.visit == visit);
                let service = held.and_then(|held| held.service.clone());
                self.alert_with(code, service);
            }
            Command::Alert { kind, .. } => self.alert(match kind {
                AlertKind::FaceRefused => "UK-VISIT-112",
                AlertKind::SeveralFaces => "UK-VISIT-114",
                AlertKind::PinGuard => "UK-VISIT-110",
                AlertKind::Queued => "UK-VISIT-201",
                AlertKind::NotQueued => "UK-VISIT-202",
                AlertKind::CardNotGenuine => "UK-VISIT-111",
                AlertKind::CardLeft => "UK-VISIT-113",
                AlertKind::CertificateEnded => "UK-VISIT-216",
                AlertKind::NotStored { code } | AlertKind::Refused { code } => code,
            }),
            Command::Finish {
                visit,
                reason,
                code,
            } => self.finish(visit, reason, code),
            Command::Dropped { visit } => {
                tracing::info!(%visit, "an answer of another visit was dropped")
            }
        }
    }

    fn show(&mut self, page: Page) {
        match page {
            // Whoever holds the card up is still there.
            Page::Waiting if self.held_up.is_none() => {
                self.choices = self.parts.settings.choices;
            }
            // The person is on the way out: what lies over the page would hide it.
            Page::Farewell { .. } | Page::Trouble { .. } | Page::CardLeft => {
                self.choices.panel = None;
            }
            _ => {}
        }
        self.page = page;
        self.follow_by_camera();
        self.draw(None);
        self.follow_keypad();
    }

    fn begin(&mut self, visit: VisitId, reader: String) {
        // The next person comes without a waiting page in between: language and sound were the former's choice.
        if !matches!(self.page, Page::Waiting) {
            self.choices = self.parts.settings.choices;
        }
        self.held = Some(Held::new(visit, reader.clone()));
        self.hand_to_card(
            visit,
            CardCommand::Begin {
                visit: visit.0,
                reader,
            },
        );
        self.look_at_service();
    }

    /// Hands a command to the card thread; if that is gone the visit hears it at once.
    fn hand_to_card(&mut self, visit: VisitId, command: CardCommand) {
        if self.parts.card.send(command).is_err() {
            self.event_later(Event::Card(
                visit,
                CardAnswer::Failed {
                    code: "UK-VISIT-101",
                },
            ));
        }
    }

    /// The machine takes no event while it hands out commands; this puts one behind them.
    pub(super) fn event_later(&mut self, event: Event) {
        self.machine.handle(event, self.parts.clock.now());
    }

    fn start_face(&mut self, visit: VisitId) {
        let request = Request::StartFace {
            visit: visit.0,
            deadline_ms: self.parts.settings.attempt_ms,
            threshold: self.parts.settings.threshold,
            preview: true,
            challenge: self.challenge(visit),
        };
        let now = self.parts.clock.now().mono;
        let held = self.held.as_ref().filter(|held| held.visit == visit);
        let photo = held.and_then(|held| held.photo.as_ref());
        if photo.is_some_and(|photo| !self.face_limits.admit(photo, now)) {
            self.event_later(Event::Face(visit, FaceAnswer::TooOften));
            return;
        }
        self.parts.preview.open(visit.0);
        let started = match photo {
            Some(photo) => self.parts.vision.send(&request, photo),
            None => false,
        };
        if !started {
            self.parts.preview.close();
            self.event_later(Event::Face(visit, FaceAnswer::Gone));
        }
    }

    /// The site's choice; "on doubt" means also that a try before this one failed, in this visit or lately with this card.
    fn challenge(&self, visit: VisitId) -> Challenge {
        let held = self.held.as_ref().filter(|held| held.visit == visit);
        let failed = held
            .and_then(|held| held.photo.as_ref())
            .is_some_and(|photo| self.face_limits.tried(photo, self.parts.clock.now().mono));
        match self.parts.settings.challenge {
            Challenge::OnDoubt if failed => Challenge::Always,
            choice => choice,
        }
    }

    fn stop_face(&mut self, visit: VisitId) {
        let _ = self
            .parts
            .vision
            .send(&Request::Stop { visit: visit.0 }, &[]);
        self.parts.preview.close();
        if let Some(held) = self.held_for(visit) {
            held.photo = None;
        }
    }

    fn prove(&mut self, visit: VisitId, method: Method) {
        let how = if method == Method::Pin {
            ProveHow::AfterPin
        } else {
            ProveHow::Pinless
        };
        let nonce = self.held_for(visit).and_then(|held| {
            held.method = Some(method);
            held.nonce.as_ref().map(|nonce| nonce.bytes.clone())
        });
        match nonce {
            Some(nonce) => self.hand_to_card(
                visit,
                CardCommand::Prove {
                    visit: visit.0,
                    nonce,
                    how,
                },
            ),
            None => self.event_later(Event::Card(visit, CardAnswer::ProofRefused)),
        }
    }

    fn finish(&mut self, visit: VisitId, reason: EndReason, code: Option<&'static str>) {
        let Some(held) = self.held.take_if(|held| held.visit == visit) else {
            return;
        };
        let _ =
            self.parts
                .live_visit
                .compare_exchange(visit.0, 0, Ordering::SeqCst, Ordering::SeqCst);
        let mut machine = held.machine;
        if let Some(since) = self.waited_since.take() {
            machine += self.parts.clock.now().mono.saturating_sub(since);
        }
        let machine_ms = u64::try_from(machine.as_millis()).unwrap_or(u64::MAX);
        // The page asked for it: nothing failed, and the next visit may go on with it.
        let to_hold_up = self.taken_to_hold_up(visit, reason);
        let cancelled = reason == EndReason::NotDelivered(NotDelivered::Cancelled);
        let outcome = match (to_hold_up, held.begun_anew && cancelled) {
            (true, _) => HELD_UP,
            (false, true) => BEGUN_ANEW,
            (false, false) => outcome(reason),
        };
        self.record_visit(&held, (outcome, by_patient(reason)), machine_ms);
        if !matches!(reason, EndReason::Delivered | EndReason::Queued) && !to_hold_up {
            let at = self.parts.clock.wall_ms();
            self.parts.board.ended(outcome, code, at);
        }
        self.tell(Happening::VisitEnded {
            visit: visit.to_string(),
            outcome: outcome.to_owned(),
            machine_ms,
        });
        if !self.looks_at_held_up(visit.0) {
            self.parts.preview.close();
        }
    }

    pub(super) fn alert(&self, code: &'static str) {
        self.alert_with(code, None);
    }

    /// The same with what the service itself said: for the staff's page alone.
    pub(super) fn alert_with(&self, code: &'static str, service: Option<ServiceSaid>) {
        let at = self.parts.clock.wall_ms();
        self.parts.board.alert_with(code, at, service);
        self.tell(Happening::Alert {
            code: code.to_owned(),
        });
    }
}

/// Whether the patient ended the visit, where no member of staff did: by the page, or by taking the card away.
fn by_patient(reason: EndReason) -> bool {
    matches!(
        reason,
        EndReason::NotDelivered(NotDelivered::Cancelled | NotDelivered::CardRemoved)
    )
}

/// How a visit ended that staff had begun anew.
const BEGUN_ANEW: &str = "begun-anew";

fn outcome(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Delivered => "delivered",
        EndReason::Queued => "queued",
        EndReason::NotDelivered(why) => match why {
            NotDelivered::CardRemoved => "card-removed",
            NotDelivered::CardSwapped => "card-swapped",
            NotDelivered::Idle => "idle",
            NotDelivered::Device => "device",
            NotDelivered::Unreachable => "unreachable",
            NotDelivered::Cancelled => "cancelled",
            NotDelivered::Restart => "restart",
            NotDelivered::NotUsable => "not-usable",
            NotDelivered::Refused => "refused",
        },
    }
}
