//! What can be asked at the counter, as staff's page, the technician's socket and the receipt computer send it: one
//! JSON object with `do` and its fields. Unknown fields are refused.

use oqs::{CareKind, NumberLookup};
use serde::Deserialize;

/// One request.
#[derive(Clone, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum CounterRequest {
    /// A lookup without card: never with medical information (invariant 1).
    Lookup(Numbers),
    /// Re-inquiry under a consent that the service holds.
    Reinquire {
        /// `visiting` or `online`.
        care: Care,
        /// The numbers stored at the first visit.
        #[serde(flatten)]
        numbers: Numbers,
        /// The asking client may have medical information: it owns what comes of it.
        #[serde(skip)]
        takes_medical: bool,
    },
    /// Withdraw the consent to viewing.
    Withdraw {
        /// `visiting` or `online`.
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

/// A reference number for the insurance of a person.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// 照会番号.
    pub reference_number: String,
    /// 保険者番号 or 公費負担者番号.
    pub insurer_number: String,
    /// 記号.
    #[serde(default)]
    pub symbol: String,
    /// 番号 or 受給者番号.
    pub number: String,
    /// 枝番.
    #[serde(default)]
    pub branch: String,
}

/// Numbers of an insurance paper or of a medical ticket.
#[derive(Clone, Default, Deserialize)]
pub struct Numbers {
    /// 保険者番号 or 公費負担者番号.
    pub insurer_number: String,
    /// 記号.
    #[serde(default)]
    pub symbol: String,
    /// 番号 or 受給者番号.
    pub number: String,
    /// 枝番.
    #[serde(default)]
    pub branch: String,
    /// yyyyMMdd.
    #[serde(default)]
    pub birth_date: String,
    /// 限度額 information, with oral consent.
    #[serde(default)]
    pub limit_certificate: bool,
}

impl Numbers {
    /// As a request of the interface wants them.
    pub(crate) fn lookup(&self) -> NumberLookup<'_> {
        NumberLookup {
            insurer_number: &self.insurer_number,
            symbol: &self.symbol,
            number: &self.number,
            branch: &self.branch,
            birthdate: &self.birth_date,
            limit_certificate: self.limit_certificate,
        }
    }

    /// Digits and lengths that the interface can carry; insurance needs the birth date, medical assistance does not.
    pub(crate) fn are_plausible(&self) -> bool {
        let insurer = self.insurer_number.trim();
        let number = self.number.trim();
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        (6..=8).contains(&insurer.len())
            && digits(insurer)
            && (1..=20).contains(&number.chars().count())
            && !number.chars().any(char::is_control)
            && self.symbol.chars().count() <= 20
            && self.branch.len() <= 2
            && digits(&self.branch)
            && (self.birth_date.is_empty() || oqs::time::is_date(&self.birth_date))
            // 公費負担者番号 of medical assistance: 12 and eight digits in all. Six digits that begin with 12 are Chiba's 国民健康保険.
            && ((insurer.len() == 8 && insurer.starts_with("12")) || !self.birth_date.is_empty())
    }
}

/// Name, birth date, sex and address, as noted by hand.
#[derive(Clone, Default, Deserialize, serde::Serialize)]
pub struct FourItems {
    /// 氏名.
    pub name: String,
    /// yyyyMMdd.
    pub birth_date: String,
    /// 1 male, 2 female.
    pub sex: String,
    /// 住所.
    pub address: String,
}

impl FourItems {
    /// All four are there and bounded.
    pub(crate) fn are_complete(&self) -> bool {
        let fine = |text: &str, most: usize| {
            !text.trim().is_empty()
                && text.chars().count() <= most
                && !text.chars().any(char::is_control)
        };
        fine(&self.name, 60)
            && fine(&self.address, 200)
            && oqs::time::is_date(&self.birth_date)
            && matches!(self.sex.as_str(), "1" | "2" | "3")
    }
}

/// For which care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Care {
    /// 訪問診療等.
    Visiting,
    /// オンライン診療等, 通常とは異なる動線.
    Online,
}

impl Care {
    /// In readers' names, kinds of jobs and the ledger's consents.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Visiting => "visiting",
            Self::Online => "online",
        }
    }

    /// The one of this word.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        [Self::Visiting, Self::Online]
            .into_iter()
            .find(|care| care.word() == word)
    }

    pub(crate) fn kind(self) -> CareKind {
        match self {
            Self::Visiting => CareKind::Visiting,
            Self::Online => CareKind::Online,
        }
    }
}

/// A special mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Special {
    /// 災害時.
    Disaster,
    /// システム障害時.
    Outage,
}

impl Special {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Disaster => "disaster",
            Self::Outage => "outage",
        }
    }
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
                | Self::OperationTest
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<CounterRequest, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn requests_are_read_and_strange_ones_refused() {
        let lookup = read(r#"{"do":"lookup","insurer_number":"12000001","number":"1010001"}"#);
        assert!(matches!(lookup, Ok(CounterRequest::Lookup(n)) if n.are_plausible()));
        assert!(read(r#"{"do":"settings"}"#).is_ok());
        assert!(read(r#"{"do":"fetch-tickets","month":"202611"}"#).is_ok());
        assert!(read(r#"{"do":"fetch-tickets","month":"202611","x":1}"#).is_err());
        assert!(read(r#"{"do":"medicines"}"#).is_err());
    }

    /// Invariant 1: what would show medical information is known before it is asked, so that the technician's socket can refuse it.
    #[test]
    fn inv1_what_shows_medical_information_is_known() {
        let four = r#""name":"未託","birth_date":"19600101","sex":"1","address":"東京","operator":"医師","reason":"地震""#;
        for (rest, medical) in [
            (r#""do":"emergency","factor":"3","method":"01""#, true),
            (
                r#""do":"disaster","oral_consent":true,"information":true"#,
                true,
            ),
            (r#""do":"disaster","oral_consent":true"#, false),
        ] {
            let request = read(&format!("{{{rest},{four}}}")).unwrap();
            assert_eq!(request.shows_medical(), medical, "{rest}");
        }
    }

    #[test]
    fn implausible_numbers_are_not_sent() {
        let numbers = |insurer: &str, number: &str, born: &str| Numbers {
            insurer_number: insurer.into(),
            number: number.into(),
            birth_date: born.into(),
            ..Numbers::default()
        };
        assert!(numbers("06123456", "3456789", "19900115").are_plausible());
        assert!(
            !numbers("06123456", "3456789", "").are_plausible(),
            "insurance needs the birth date"
        );
        assert!(
            !numbers("120014", "3456789", "").are_plausible(),
            "国民健康保険 of Chiba: six digits, an insurance"
        );
        assert!(numbers("120014", "3456789", "19900115").are_plausible());
        assert!(numbers("12000001", "1010001", "").are_plausible());
        assert!(!numbers("061234567", "1", "19900115").are_plausible());
        assert!(!numbers("1200000x", "1", "").are_plausible());
        assert!(!numbers("12000001", "", "").are_plausible());
        assert!(!numbers("12000001", "1", "19901301").are_plausible());
    }
}
