//! The vocabulary of online eligibility verification (オンライン資格確認): messages, code tables, consents,
//! their JSON and XML forms (UTF-8 and Shift_JIS), and what may be handed on of them.
//!
//! Architecture invariant: this crate knows no clock, no socket and no file. Element names are the
//! interface's own, as public clients show them (hangilc/myclinic-ts, YUKI-ENT/OQSDrug2).

mod answer;
pub mod assumed;
pub mod bulk;
pub mod charset;
mod checkups;
pub mod codes;
mod consent;
pub mod delivery;
mod doubt;
mod element;
mod error;
pub mod inspect;
pub mod interfaces;
mod json;
pub mod labels;
pub mod limits;
mod medicines;
mod message;
mod record;
mod reference;
mod request;
mod result;
#[cfg(test)]
mod round_trip;
pub mod summary;
pub mod time;
mod tree;
mod typed;
mod values;
mod window;
mod xml;
pub mod zip;

pub use answer::{MessageHeader, QualificationAnswer, QualificationAnswerBody};
pub use charset::{Charset, Encoded, LostCharacter};
pub use checkups::{CheckupsAnswer, CheckupsAnswerBody, CheckupsRequest, CheckupsRequestBody};
pub use codes::*;
pub use consent::{Consent, ConsentAnswers, ConsentKind, Consents, may_request};
pub use delivery::{Deliverable, DeliverableCheckups, DeliverableMedicines};
pub use doubt::{Doubt, DoubtKind, Doubts, Line};
pub use element::{Content, Element};
pub use error::OqsError;
pub use medicines::{
    Medicine, MedicinesAnswer, MedicinesAnswerBody, MedicinesHeader, MedicinesRequest,
    MedicinesRequestBody,
};
pub use message::Message;
pub use reference::{
    BulkRegistrationAnswer, BulkRegistrationBody, ReferenceNumberAnswer,
    ReferenceNumberRegistration, ReferenceNumberRequest, ReferenceNumberRequestBody,
    RegistrationOutcome,
};
pub use request::{NumberLookup, QualificationRequest, QualificationRequestBody, SearchInfo};
pub use result::{
    ElderlyRecipientCertificate, LimitCertificate, MedicalTicket, QualificationResult,
    SpecificDisease,
};
pub use tree::MessageTree;
pub use typed::{MessageKind, TypedMessage};
pub use values::{Date, InsurerNumber, Month, ReferenceNumber, Text, Timestamp, check_digit_holds};
pub use window::{ConsentFlow, upper_bound};
