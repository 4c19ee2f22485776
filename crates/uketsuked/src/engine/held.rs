//! What is held in memory for the visit in progress, and for nothing longer.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use card::CardProof;
use central::{CardConfirmation, ConfirmationMethod, Nonce, ProofKind, SurfaceRecord};
use kiosk::staff::ServiceSaid;
use oqs::{CheckupsAnswer, ConsentKind, MedicinesAnswer, QualificationAnswer};
use visit::{ConsentAnswers, Method, VisitId};
use zeroize::Zeroizing;

/// Evidence and answers of one visit. Dropping it forgets them; the photo is zeroed (invariant 5).
pub(crate) struct Held {
    /// Whose.
    pub(crate) visit: VisitId,
    /// On which reader it began.
    pub(crate) reader: String,
    /// The card's photo, once genuine.
    pub(crate) photo: Option<Zeroizing<Vec<u8>>>,
    /// The power-on session in which the card was identified: photo and proof must come from the same one
    /// (invariant 16).
    pub(crate) session: Option<u64>,
    /// The card's own expiry, `yyyymmdd`: on a birthday of the holder.
    pub(crate) card_expiry: Option<String>,
    /// The holder's birth date as the card took it in its matching number, six digits as printed; known in visits by face.
    pub(crate) birth: Option<Zeroizing<Vec<u8>>>,
    /// The digits handed to the card as its matching number, until it has answered.
    pub(crate) birth_tried: Option<Zeroizing<Vec<u8>>>,
    /// The nonce the card signs.
    pub(crate) nonce: Option<Nonce>,
    /// The card's proof.
    pub(crate) proof: Option<CardProof>,
    /// When the proof was made, ms since 1970.
    pub(crate) proved_at: i64,
    /// How the person was recognised.
    pub(crate) method: Option<Method>,
    /// The service's handle for the confirmed card.
    pub(crate) confirmation_id: Option<String>,
    /// Under which the service offers to register the card's holder for insurance use.
    pub(crate) registration_id: Option<String>,
    /// The holder was registered in this visit.
    pub(crate) registered: bool,
    /// The card's certificate has ended; the service gives the qualification alone.
    pub(crate) qualification_only: bool,
    /// Closed consents.
    pub(crate) consents: ConsentAnswers,
    /// Number of the open inquiry, written by the ledger's thread as soon as there is one: a job behind
    /// that on the same thread finds it, also when the visit ended meanwhile.
    pub(crate) inquiry: Arc<OnceLock<u64>>,
    /// The service's answer.
    pub(crate) answer: Option<QualificationAnswer>,
    /// Medicines.
    pub(crate) medicines: Option<MedicinesAnswer>,
    /// Checkups, treatment and operations, each when there are any.
    pub(crate) lists: Vec<(ConsentKind, CheckupsAnswer)>,
    /// What the service itself said when it refused, verbatim.
    pub(crate) service: Option<ServiceSaid>,
    /// Which member of staff ended it.
    pub(crate) ended_by: Option<String>,
    /// Staff asked to begin anew with the same card.
    pub(crate) begun_anew: bool,
    /// How long the person has waited for the machine so far.
    pub(crate) machine: Duration,
}

impl Held {
    /// Nothing known yet.
    pub(crate) fn new(visit: VisitId, reader: String) -> Self {
        Self {
            visit,
            reader,
            photo: None,
            session: None,
            card_expiry: None,
            birth: None,
            birth_tried: None,
            nonce: None,
            proof: None,
            proved_at: 0,
            method: None,
            confirmation_id: None,
            registration_id: None,
            registered: false,
            qualification_only: false,
            consents: ConsentAnswers::default(),
            inquiry: Arc::default(),
            answer: None,
            medicines: None,
            lists: Vec::new(),
            service: None,
            ended_by: None,
            begun_anew: false,
            machine: Duration::ZERO,
        }
    }

    /// Whether an answer is about somebody born on another day than the card itself confirmed (invariant 10). What can't be compared
    /// says nothing.
    pub(crate) fn is_another_person(&self, answer: &QualificationAnswer) -> bool {
        let Some(birth) = &self.birth else {
            return false;
        };
        let told = answer.results().iter();
        let mut told = told.filter_map(|result| result.birthdate.as_deref());
        told.any(|day| card::matching::is_birth_date_of(birth, day.trim()) == Some(false))
    }

    /// What is handed to the service so that it confirms the card; `None` while something is missing.
    pub(crate) fn confirmation(&self) -> Option<CardConfirmation> {
        let (nonce, proof, method) = (
            self.nonce.as_ref()?,
            self.proof.as_ref()?,
            self.method.as_ref()?,
        );
        let kind = match proof.kind {
            card::ProofKind::AuthenticationKeyAfterPin => ProofKind::AuthenticationKeyAfterPin,
            card::ProofKind::FictitiousTerminalAuthentication => {
                ProofKind::FictitiousTerminalAuthentication
            }
            card::ProofKind::SurfaceInternalAuthentication => {
                ProofKind::SurfaceInternalAuthentication
            }
        };
        let surface = proof.surface.as_ref().map(|evidence| SurfaceRecord {
            cv_certificate: evidence.cv_certificate.clone(),
            signed_group: evidence.signed_group.to_vec(),
            other_digests: evidence.other_digests.concat(),
            record_signature: evidence.record_signature.clone(),
        });
        let method = match method {
            Method::Face => ConfirmationMethod::Face,
            Method::Pin => ConfirmationMethod::Pin,
            Method::Visual { .. } => ConfirmationMethod::Visual,
        };
        let mut confirmation = CardConfirmation::new(
            nonce,
            proof.certificate_der.clone(),
            kind,
            proof.signature.clone(),
            method,
            self.proved_at,
        );
        confirmation.proof.surface = surface;
        Some(confirmation)
    }
}
