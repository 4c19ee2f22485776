//! How long a consent can serve at most, by the way in which it was given (S004: 訪問診療, 往診, オンライン診療, 通常とは異なる動線). The
//! availability time that the service gives wins; what is computed here only narrows it, and counts from the consent's own time, so
//! that a clock set back revives nothing (invariants 1 and 14).

use crate::consent::{Consent, ConsentKind, Consents};
use crate::time;
use crate::values::Timestamp;

const SECOND: i64 = 1_000;
const DAY: i64 = 24 * 3_600 * SECOND;
/// Visiting care: its consent stands while the relation lasts and is ended by withdrawal. No public source names a span of days; after
/// a year without a new consent this terminal asks the service anew before anything is shown.
const RELATION: i64 = 366 * DAY;
/// House call: asked each time, and one call is over within a day.
const ONE_CALL: i64 = DAY;

/// How a consent was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConsentFlow {
    /// On the reader, in a visit with the card.
    Reader,
    /// 訪問診療: the first consent serves later visits.
    Visiting,
    /// 往診: asked each time.
    HouseCall,
    /// オンライン診療.
    Online,
    /// 通常とは異なる動線 (fever, in-car, emergency admission, reader broken).
    AlternativeRoute,
}

impl ConsentFlow {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Reader,
        Self::Visiting,
        Self::HouseCall,
        Self::Online,
        Self::AlternativeRoute,
    ];

    /// The word under which consents of this kind are kept.
    pub fn word(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Visiting => "visiting",
            Self::HouseCall => "house-call",
            Self::Online => "online",
            Self::AlternativeRoute => "alternative-route",
        }
    }

    /// The one of this word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flow| flow.word() == word)
    }
}

/// The last moment, ms since the Unix epoch, at which a consent given at `given_at` (the same) can serve; `care_day` is the day of the
/// care, yyyyMMdd in Japan. Reader: to the end of the day after the visit, whose day is that of the consent. Online care and
/// alternative route: to the end of the day after the care day; `None` where that day is not known, and then the service's time alone
/// counts. Visiting care: while the relation lasts, at most a year. House call: one day, for one call.
pub fn upper_bound(flow: ConsentFlow, given_at: i64, care_day: Option<&str>) -> Option<i64> {
    match flow {
        ConsentFlow::Reader => {
            let given: String = time::to_jst(given_at).chars().take(8).collect();
            day_after(care_day.unwrap_or(&given))
        }
        ConsentFlow::Online | ConsentFlow::AlternativeRoute => care_day.and_then(day_after),
        ConsentFlow::Visiting => Some(given_at.saturating_add(RELATION)),
        ConsentFlow::HouseCall => Some(given_at.saturating_add(ONE_CALL)),
    }
}

/// The end of the day after a day, to the second.
fn day_after(day: &str) -> Option<i64> {
    let start = time::from_jst(&format!("{day}000000"))?;
    Some(start.saturating_add(2 * DAY - SECOND))
}

impl Consents {
    /// The same with each availability time at most at the bound of its flow. A consent that names no time of its own counts from
    /// `now`, when its answer came; one without an availability time stays without: it opens nothing.
    #[must_use]
    pub fn bounded(mut self, flow: ConsentFlow, now: i64, care_day: Option<&str>) -> Self {
        for kind in ConsentKind::ALL {
            let consent = self.of_mut(kind);
            let given = consent.time.as_deref().and_then(time::from_jst);
            let bound = upper_bound(flow, given.unwrap_or(now), care_day);
            narrow(consent, bound);
        }
        self
    }

    fn of_mut(&mut self, kind: ConsentKind) -> &mut Consent {
        match kind {
            ConsentKind::Checkups => &mut self.checkups,
            ConsentKind::Medicines => &mut self.medicines,
            ConsentKind::Treatment => &mut self.treatment,
            ConsentKind::Operations => &mut self.operations,
        }
    }
}

fn narrow(consent: &mut Consent, bound: Option<i64>) {
    let told = consent.available_until.as_deref().and_then(time::from_jst);
    if let (Some(told), Some(bound)) = (told, bound)
        && bound < told
    {
        consent.available_until = Some(Timestamp::from_ms(bound));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::ConsentFlag;
    use crate::may_request;

    fn at(jst: &str) -> i64 {
        time::from_jst(jst).unwrap()
    }

    fn end(flow: ConsentFlow, given: &str, care_day: Option<&str>) -> Option<String> {
        upper_bound(flow, at(given), care_day).map(time::to_jst)
    }

    /// Invariant 1: the window of each flow, across the ends of month, year and February.
    #[test]
    fn invariant_1_each_flow_has_its_bound() {
        use ConsentFlow as F;
        let rows = [
            (F::Reader, "20261122090000", None, Some("20261123235959")),
            (F::Reader, "20261231235959", None, Some("20270101235959")),
            (
                F::Online,
                "20261101090000",
                Some("20261122"),
                Some("20261123235959"),
            ),
            (F::Online, "20261101090000", None, None),
            (
                F::AlternativeRoute,
                "20280228120000",
                Some("20280228"),
                Some("20280229235959"),
            ),
            (
                F::AlternativeRoute,
                "20280228120000",
                Some("nonsense"),
                None,
            ),
            (F::Visiting, "20261122090000", None, Some("20271123090000")),
            (F::HouseCall, "20261122233000", None, Some("20261123233000")),
            // The care day of another call does not lengthen it.
            (
                F::HouseCall,
                "20261122233000",
                Some("20261201"),
                Some("20261123233000"),
            ),
        ];
        for (flow, given, care_day, expected) in rows {
            assert_eq!(
                end(flow, given, care_day).as_deref(),
                expected,
                "{flow:?} {given} {care_day:?}"
            );
        }
        for flow in F::ALL {
            assert_eq!(F::of_word(flow.word()), Some(flow));
        }
    }

    fn held(given: Option<&str>, until: Option<&str>) -> Consents {
        Consents {
            medicines: Consent {
                flag: Some(ConsentFlag::Yes),
                time: given.map(Into::into),
                available_until: until.map(Into::into),
            },
            ..Consents::default()
        }
    }

    fn opens(consents: &Consents, now: &str) -> bool {
        may_request(ConsentKind::Medicines, consents, now)
    }

    /// Invariant 1: the service's time wins where it is the earlier one; a later one is narrowed; nothing is ever widened.
    #[test]
    fn invariant_1_the_window_is_the_earlier_of_the_services_time_and_the_bound() {
        let now = at("20261122100000");
        let bounded = |given, until, flow, day| held(given, until).bounded(flow, now, day);
        let short = bounded(
            Some("20261122090000"),
            Some("20261122120000"),
            ConsentFlow::Reader,
            None,
        );
        assert!(opens(&short, "20261122120000") && !opens(&short, "20261122120001"));
        let long = bounded(
            Some("20261122090000"),
            Some("20991231235959"),
            ConsentFlow::Reader,
            None,
        );
        assert!(opens(&long, "20261123235959") && !opens(&long, "20261124000000"));
        let call = bounded(
            Some("20261122090000"),
            Some("20991231235959"),
            ConsentFlow::HouseCall,
            None,
        );
        assert!(opens(&call, "20261123090000") && !opens(&call, "20261123090001"));
        let none = bounded(Some("20261122090000"), None, ConsentFlow::Visiting, None);
        assert!(
            !opens(&none, "20261122090000"),
            "without the service's time nothing is open"
        );
        let unknown = bounded(None, Some("20991231235959"), ConsentFlow::HouseCall, None);
        assert!(
            opens(&unknown, "20261123100000") && !opens(&unknown, "20261123100001"),
            "counted from its answer"
        );
    }

    /// Invariants 1 and 14: the bound counts from the consent's own time. Judged anew by a clock that was set back, the window ends where it
    /// ended before.
    #[test]
    fn invariant_1_a_clock_set_back_moves_no_window() {
        let consents = || held(Some("20261122090000"), Some("20991231235959"));
        for flow in [
            ConsentFlow::Reader,
            ConsentFlow::Visiting,
            ConsentFlow::HouseCall,
        ] {
            let before = consents().bounded(flow, at("20261122100000"), None);
            let set_back = consents().bounded(flow, at("20250101000000"), None);
            assert_eq!(before, set_back, "{flow:?}");
            let later = consents().bounded(flow, at("20301122100000"), None);
            assert_eq!(before, later, "{flow:?}");
        }
    }
}
