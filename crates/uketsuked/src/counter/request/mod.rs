//! What can be asked at the counter, as staff's page, the technician's socket and the receipt computer send it: one
//! JSON object with `do` and its fields. Unknown fields are refused.

mod care;
mod fields;
mod numbers;
mod read;
#[cfg(test)]
mod tests;

use serde::Deserialize;

pub(crate) use care::{Care, Special};
pub(crate) use fields::DAY;
pub(crate) use fields::FourItems;
pub(crate) use numbers::{Numbers, Registration};

/// One request.
#[derive(Clone, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum CounterRequest {
    /// A lookup without card: never with medical information (invariant 1).
    Lookup(Numbers),
    /// Re-inquiry under a consent that the service holds.
    Reinquire {
        /// `visiting`, `house-call`, `online` or `alternative-route`.
        care: Care,
        /// Day of the care, yyyyMMdd; today where it is not said.
        #[serde(default)]
        care_day: Option<String>,
        /// The numbers stored at the first visit.
        #[serde(flatten)]
        numbers: Numbers,
        /// The asking client may have medical information: it owns what comes of it.
        #[serde(skip)]
        takes_medical: bool,
    },
    /// Withdraw the consent to viewing.
    Withdraw {
        /// As for a re-inquiry; both cares of the same kind at the service end together.
        care: Care,
        /// By the patient (true) or the institution.
        by_patient: bool,
        /// Whose.
        #[serde(flatten)]
        numbers: Numbers,
    },
    /// Fetch the tickets of a month (yyyyMM), with tied qualification.
    FetchTickets {
        /// 診療年月.
        month: String,
    },
    /// Fetch the persons who consented.
    FetchConsented {
        /// `visiting` or `online`.
        care: Care,
        /// First day, yyyyMMdd.
        from: String,
        /// Last day.
        to: String,
        /// The days are those of the care, not of the consents (online only).
        #[serde(default)]
        by_care_day: bool,
    },
    /// How a bulk job stands.
    Job {
        /// Its number.
        job: u64,
    },
    /// Register a reference number, so that the card works as 診察券.
    RegisterReference {
        /// 照会番号.
        reference_number: String,
        /// Whose.
        #[serde(flatten)]
        numbers: Numbers,
    },
    /// Register many reference numbers, in two phases.
    RegisterReferences {
        /// At most 1,000.
        registrations: Vec<Registration>,
    },
    /// The institution's settings at the service.
    Settings,
    /// Change them; what is left out stays.
    UpdateSettings {
        /// 医療扶助.
        medical_assistance: Option<bool>,
        /// 訪問診療等.
        visiting_care: Option<bool>,
        /// オンライン診療等・通常とは異なる動線.
        online_care: Option<bool>,
    },
    /// Address and QR code of the mobile page.
    AccessUrl {
        /// `visiting` or `online`.
        care: Care,
        /// A new address, which ends the old one.
        #[serde(default)]
        change: bool,
    },
    /// Fetch the passcode for visual confirmation from the service.
    Passcode,
    /// What disaster and outage searches are open.
    Openings,
    /// A search under a disaster opening.
    Disaster {
        /// The person.
        #[serde(flatten)]
        person: FourItems,
        /// Who asks.
        operator: String,
        /// Why.
        reason: String,
        /// The person agreed by word of mouth; false = in danger of life and unable to.
        oral_consent: bool,
        /// Also medical information.
        #[serde(default)]
        information: bool,
    },
    /// Note a person during an outage; asked when the service is back.
    NoteOutage {
        /// The person.
        #[serde(flatten)]
        person: FourItems,
        /// Who noted.
        operator: String,
        /// The person agreed, by word of mouth, to being asked about.
        #[serde(default)]
        oral_consent: bool,
    },
    /// Who is noted and was not answered yet.
    OutageNotes,
    /// Take a note off the list; a corrected one is noted anew.
    RemoveNote {
        /// Its number, as the list says.
        id: String,
        /// Who takes it off.
        operator: String,
        /// Why.
        reason: String,
    },
    /// Ask about everybody noted, under the service's outage opening.
    AskNoted {
        /// Who asks.
        operator: String,
    },
    /// Report the use of a special mode.
    ReportUsage {
        /// `disaster` or `outage`.
        mode: Special,
        /// Who reports.
        operator: String,
    },
    /// View in an emergency, where the institution has the authority.
    Emergency {
        /// The person.
        #[serde(flatten)]
        person: FourItems,
        /// Who asks.
        operator: String,
        /// Why.
        reason: String,
        /// Second factor of the sign-in, OQSCD041.
        factor: String,
        /// Its method, OQSCD042.
        method: String,
    },
    /// Follow-ups: whom to phone, and what came of it.
    FollowUps,
    /// The call was made.
    CloseFollowUp {
        /// Its number.
        id: u64,
        /// Who called.
        who: String,
        /// What the office answered.
        answer: String,
    },
    /// A note on a call that is still to be made.
    NoteFollowUp {
        /// Its number.
        id: u64,
        /// Who writes.
        who: String,
        /// The note.
        note: String,
    },
    /// The operation test (運用テスト).
    OperationTest,
}

impl CounterRequest {
    /// Its answer would show medical information: for qualified staff with a second factor, and for clients with that right, alone.
    pub(crate) fn shows_medical(&self) -> bool {
        matches!(
            self,
            Self::Emergency { .. }
                | Self::Disaster {
                    information: true,
                    ..
                }
        )
    }

    /// It only looks how things stand, at nothing about a patient's health or numbers: pages do so again and again, and nothing is done
    /// by it that an auditor would ask for.
    pub(crate) fn is_a_look(&self) -> bool {
        matches!(
            self,
            Self::Job { .. }
                | Self::Openings
                | Self::Settings
                | Self::FollowUps
                | Self::OutageNotes
        )
    }

    /// Whether something about a person or the institution leaves the terminal with it: not what is only looked up here, nor what the
    /// service says of itself.
    pub(crate) fn asks_the_service(&self) -> bool {
        !matches!(
            self,
            Self::Job { .. }
                | Self::FollowUps
                | Self::OutageNotes
                | Self::RemoveNote { .. }
                | Self::CloseFollowUp { .. }
                | Self::NoteFollowUp { .. }
                | Self::NoteOutage { .. }
                | Self::Settings
                | Self::Openings
                | Self::Passcode
        )
    }

    /// The word in the audit chain.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Lookup(_) => "lookup",
            Self::Reinquire { .. } => "reinquiry",
            Self::Withdraw { .. } => "consent-withdrawal",
            Self::FetchTickets { .. } => "tickets-fetch",
            Self::FetchConsented { .. } => "consented-fetch",
            Self::Job { .. } => "job",
            Self::RegisterReference { .. } => "reference-number",
            Self::RegisterReferences { .. } => "reference-numbers",
            Self::Settings => "settings",
            Self::UpdateSettings { .. } => "settings-update",
            Self::AccessUrl { .. } => "access-url",
            Self::Passcode => "passcode-fetch",
            Self::Openings => "openings",
            Self::Disaster { .. } => "disaster-inquiry",
            Self::NoteOutage { .. } => "outage-note",
            Self::OutageNotes => "outage-notes",
            Self::RemoveNote { .. } => "outage-note-removal",
            Self::AskNoted { .. } => "outage-inquiry",
            Self::ReportUsage { .. } => "usage-report",
            Self::Emergency { .. } => "emergency-viewing",
            Self::FollowUps => "follow-ups",
            Self::CloseFollowUp { .. } => "follow-up-call",
            Self::NoteFollowUp { .. } => "follow-up-note",
            Self::OperationTest => "operation-test",
        }
    }
}
