//! Consents as the service holds them, and the gate before medical information (invariant 1).

use crate::answer::QualificationAnswer;
use crate::codes::{ConsentFlag, ViewingConsentKind};
use crate::element::{Content, Element};
use crate::result::QualificationResult;
use crate::time;
use crate::values::Timestamp;

/// Kinds of medical information a patient may open to the clinic (OQSCD036).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConsentKind {
    /// 特定健診情報 (TKK).
    Checkups,
    /// 薬剤情報 (YZK).
    Medicines,
    /// 診療情報 (SRJ).
    Treatment,
    /// 手術情報 (SHJ).
    Operations,
}

impl ConsentKind {
    /// All kinds, in the order in which they are asked.
    pub const ALL: [Self; 4] = [
        Self::Checkups,
        Self::Medicines,
        Self::Treatment,
        Self::Operations,
    ];

    /// Name in Japanese.
    pub fn ja(self) -> &'static str {
        match self {
            Self::Checkups => "特定健診情報",
            Self::Medicines => "薬剤情報",
            Self::Treatment => "診療情報",
            Self::Operations => "手術情報",
        }
    }

    /// Name in English.
    pub fn en(self) -> &'static str {
        match self {
            Self::Checkups => "checkups",
            Self::Medicines => "medicines",
            Self::Treatment => "treatment",
            Self::Operations => "operations",
        }
    }

    /// Name of the list in which an answer brings it (assumed: the real lists are not public).
    pub fn list(self) -> &'static str {
        match self {
            Self::Checkups => "CheckupList",
            Self::Medicines => "MedicineList",
            Self::Treatment => "TreatmentList",
            Self::Operations => "OperationList",
        }
    }

    /// Whether values of another kind stand among these elements, at whatever depth, or their code (OQSCD036) names another one. Such an
    /// answer is not what was asked for, and may be what nobody agreed to (invariant 1).
    pub(crate) fn is_mixed_up_with(self, elements: &[Element]) -> bool {
        elements.iter().any(|element| {
            if element.name() == "ViewingConsentKind" {
                let told = element.text().map(ViewingConsentKind::from_code);
                return told.is_some_and(|told| told.is_known() && told != self.code());
            }
            let another = Self::ALL
                .iter()
                .any(|kind| *kind != self && kind.list() == element.name());
            match &element.content {
                Content::Children(children) if another => children.iter().any(Element::has_value),
                Content::Text(text) => another && !text.trim().is_empty(),
                Content::Children(children) => self.is_mixed_up_with(children),
            }
        })
    }

    /// Its code of OQSCD036.
    fn code(self) -> ViewingConsentKind {
        match self {
            Self::Checkups => ViewingConsentKind::Checkups,
            Self::Medicines => ViewingConsentKind::Medicines,
            Self::Treatment => ViewingConsentKind::Treatment,
            Self::Operations => ViewingConsentKind::Operations,
        }
    }
}

/// What the patient answered at the terminal; "no" unless said otherwise (invariant 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConsentAnswers {
    /// 特定健診情報.
    pub checkups: bool,
    /// 薬剤情報.
    pub medicines: bool,
    /// 診療情報.
    pub treatment: bool,
    /// 手術情報.
    pub operations: bool,
}

/// One consent as the service holds it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Consent {
    /// The flag; absent counts as "no".
    pub flag: Option<ConsentFlag>,
    /// When it was given, yyyyMMddHHmmss (Japan time).
    pub time: Option<Timestamp>,
    /// Until when information may be fetched, yyyyMMddHHmmss (Japan time).
    pub available_until: Option<Timestamp>,
}

/// The consents of one person as the service holds them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Consents {
    /// 特定健診情報.
    pub checkups: Consent,
    /// 薬剤情報.
    pub medicines: Consent,
    /// 診療情報.
    pub treatment: Consent,
    /// 手術情報.
    pub operations: Consent,
}

impl Consents {
    /// The consents in one result.
    pub fn from_result(result: &QualificationResult) -> Self {
        let consent = |flag: &Option<ConsentFlag>,
                       time: &Option<Timestamp>,
                       until: &Option<Timestamp>| Consent {
            flag: flag.clone(),
            time: time.clone(),
            available_until: until.clone(),
        };
        Self {
            checkups: consent(
                &result.checkups_consent,
                &result.checkups_consent_time,
                &result.checkups_available_time,
            ),
            medicines: consent(
                &result.medicines_consent,
                &result.medicines_consent_time,
                &result.medicines_available_time,
            ),
            treatment: consent(
                &result.treatment_consent,
                &result.treatment_consent_time,
                &result.treatment_available_time,
            ),
            operations: consent(
                &result.operations_consent,
                &result.operations_consent_time,
                &result.operations_available_time,
            ),
        }
    }

    /// The consents in an answer. Where its results disagree, the narrower one holds.
    pub fn from_answer(answer: &QualificationAnswer) -> Self {
        let mut results = answer.results().iter().map(Self::from_result);
        let first = results.next().unwrap_or_default();
        results.fold(first, |held, other| Self {
            checkups: held.checkups.narrower(other.checkups),
            medicines: held.medicines.narrower(other.medicines),
            treatment: held.treatment.narrower(other.treatment),
            operations: held.operations.narrower(other.operations),
        })
    }

    /// The consent of a kind.
    pub fn of(&self, kind: ConsentKind) -> &Consent {
        match kind {
            ConsentKind::Checkups => &self.checkups,
            ConsentKind::Medicines => &self.medicines,
            ConsentKind::Treatment => &self.treatment,
            ConsentKind::Operations => &self.operations,
        }
    }
}

impl Consent {
    /// The one of two that allows less. A result that says nothing at all about a kind does not count.
    fn narrower(self, other: Self) -> Self {
        match (&self.flag, &other.flag) {
            (None, _) => other,
            (_, None) => self,
            (Some(ConsentFlag::Yes), Some(ConsentFlag::Yes)) => {
                let earlier = match (&self.available_until, &other.available_until) {
                    (Some(mine), Some(theirs)) => mine <= theirs,
                    (mine, _) => mine.is_none(),
                };
                if earlier { self } else { other }
            }
            (Some(ConsentFlag::Yes), _) => other,
            _ => self,
        }
    }
}

/// Invariant 1: information of a kind may be requested only with the flag "yes" and while its
/// availability time, as the service gave it, has not passed. `now_jst` is yyyyMMddHHmmss in Japan time
/// ([`time::to_jst`]); anything that is not a time refuses. That there is a visit with a confirmed card
/// is for the caller to hold.
pub fn may_request(kind: ConsentKind, consents: &Consents, now_jst: &str) -> bool {
    let consent = consents.of(kind);
    let until = consent.available_until.as_deref().and_then(time::from_jst);
    match (&consent.flag, until, time::from_jst(now_jst)) {
        (Some(ConsentFlag::Yes), Some(until), Some(now)) => now <= until,
        _ => false,
    }
}
