//! For which care a consent was given, and the special modes.

use oqs::{CareKind, ConsentFlow};
use serde::Deserialize;

/// For which care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Care {
    /// 訪問診療等: the first consent serves later visits.
    Visiting,
    /// 往診: asked each time.
    HouseCall,
    /// オンライン診療等.
    Online,
    /// 通常とは異なる動線: as online care.
    AlternativeRoute,
}

impl Care {
    const ALL: [Self; 4] = [
        Self::Visiting,
        Self::HouseCall,
        Self::Online,
        Self::AlternativeRoute,
    ];

    /// In readers' names, kinds of jobs and the ledger's consents.
    pub(crate) fn word(self) -> &'static str {
        self.flow().word()
    }

    /// The one of this word.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|care| care.word() == word)
    }

    /// How its consents are given.
    pub(crate) fn flow(self) -> ConsentFlow {
        match self {
            Self::Visiting => ConsentFlow::Visiting,
            Self::HouseCall => ConsentFlow::HouseCall,
            Self::Online => ConsentFlow::Online,
            Self::AlternativeRoute => ConsentFlow::AlternativeRoute,
        }
    }

    /// What the service calls it (OQSCD028): it tells two apart, 訪問診療等 and オンライン診療等.
    pub(crate) fn kind(self) -> CareKind {
        match self {
            Self::Visiting | Self::HouseCall => CareKind::Visiting,
            Self::Online | Self::AlternativeRoute => CareKind::Online,
        }
    }

    /// Its consents stand at the service under the same kind.
    pub(crate) fn of_kind(kind: &CareKind) -> impl Iterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(move |care| care.kind() == *kind)
    }

    /// Bulk fetches and the mobile page know only the service's two.
    pub(crate) fn is_the_services(self) -> bool {
        matches!(self, Self::Visiting | Self::Online)
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
