//! The vocabulary of online eligibility verification (オンライン資格確認): messages, code tables, consents,
//! their JSON and XML forms (UTF-8 and Shift_JIS), and what may be handed on of them.
//!
//! Architecture invariant: this crate knows no clock, no socket and no file. Element names are the
//! interface's own, as public clients show them (hangilc/myclinic-ts, YUKI-ENT/OQSDrug2).

mod answer;
pub mod charset;
pub mod codes;
mod consent;
pub mod delivery;
mod element;
mod error;
mod json;
pub mod limits;
mod medicines;
mod message;
mod record;
mod request;
mod result;
pub mod summary;
pub mod time;
mod xml;

pub use answer::{MessageHeader, QualificationAnswer, QualificationAnswerBody};
pub use charset::{Charset, Encoded, LostCharacter};
pub use codes::{
    CardClassification, ConsentFlag, InstitutionMatch, PersonalFamily, PrescriptionIssue,
    ProcessingStatus, QualificationValidity, ReferenceClassification, SegmentOfResult, Sex,
    SingleOrCombined, TicketType, TreatmentType, YesNo,
};
pub use consent::{Consent, ConsentAnswers, ConsentKind, Consents, may_request};
pub use delivery::{Deliverable, DeliverableMedicines};
pub use element::{Content, Element};
pub use error::OqsError;
pub use medicines::{
    Medicine, MedicinesAnswer, MedicinesAnswerBody, MedicinesHeader, MedicinesRequest,
    MedicinesRequestBody,
};
pub use message::Message;
pub use request::{QualificationRequest, QualificationRequestBody, SearchInfo};
pub use result::{
    ElderlyRecipientCertificate, LimitCertificate, MedicalTicket, QualificationResult,
    SpecificDisease,
};
