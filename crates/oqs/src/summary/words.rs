//! Which headline and which advice an answer gets.

use super::say::{Advice, Headline};
use crate::answer::QualificationAnswer;
use crate::charset::is_unreadable;
use crate::codes::{QualificationValidity, ReasonOfLoss, SegmentOfResult, TicketType};
use crate::result::{MedicalTicket, QualificationResult};

pub(super) struct Words {
    pub(super) headline: Headline,
    pub(super) advice: Vec<Advice>,
    /// No ticket fits the day.
    pub(super) doubtful: bool,
}

/// Words for a message without results.
pub(super) fn for_message(answer: &QualificationAnswer, unentrusted: bool) -> Words {
    let header = answer.header.as_ref();
    let segment = header.and_then(|header| header.segment_of_result.as_ref());
    let (headline, advice) = match (answer.validity(), segment) {
        (_, Some(SegmentOfResult::InProgress)) => (Headline::Working, Advice::AskInAMoment),
        (Some(validity), _) => (
            headline(Some(validity), unentrusted),
            if unentrusted {
                Advice::PhoneUnnamedOffice
            } else if asked_for_assistance(answer) {
                Advice::PhoneAboutNumber
            } else {
                advice(Some(validity))
            },
        ),
        (None, _) => (headline(None, false), advice(None)),
    };
    Words {
        headline,
        advice: vec![advice],
        doubtful: false,
    }
}

/// The lookup was by a payer number of public assistance.
fn asked_for_assistance(answer: &QualificationAnswer) -> bool {
    asked_payer(answer).is_some()
}

/// The payer number of public assistance that was asked with: those of 生活保護 begin with 12.
pub(super) fn asked_payer(answer: &QualificationAnswer) -> Option<&str> {
    let asked = answer.body.as_ref()?.search_info.as_ref()?;
    let payer = asked.insurer_number.as_deref()?.trim();
    (payer.len() == 8 && payer.starts_with("12")).then_some(payer)
}

/// Medical assistance in the same answer, the most of it.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Beside {
    /// No result is medical assistance.
    #[default]
    Nothing,
    /// One is, which is not valid or not entrusted to this institution.
    NotUsable,
    /// One is, and can be accepted.
    Usable,
}

/// What stands around one result.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    /// It is medical assistance.
    pub(super) assistance: bool,
    /// And this institution is not entrusted.
    pub(super) unentrusted: bool,
    /// Medical assistance among the results of the same answer.
    pub(super) beside: Beside,
    /// The day the qualification was judged on, yyyyMMdd.
    pub(super) date: Option<&'a str>,
}

/// Words for one result.
pub(super) fn for_result(
    result: &QualificationResult,
    validity: Option<&QualificationValidity>,
    around: Around<'_>,
) -> Words {
    let Around {
        assistance,
        unentrusted,
        beside,
        date,
    } = around;
    let named = result.insurer_name.is_some();
    let either = |with, without| if named { with } else { without };
    let doubt = ticket_doubt(result, date)
        .filter(|_| assistance && !unentrusted && validity == Some(&QualificationValidity::Valid));
    let mut said = match (assistance, unentrusted, validity) {
        (true, true, _) => vec![either(Advice::PhoneOffice, Advice::PhoneUnnamedOffice)],
        (true, false, Some(QualificationValidity::Valid)) => match doubt {
            None => vec![Advice::TicketRegistered],
            Some(doubt) => vec![
                doubt.advice(),
                either(Advice::AskForTicket, Advice::AskUnnamedForTicket),
            ],
        },
        (true, false, _) => vec![
            advice(validity),
            either(Advice::AboutAssistance, Advice::AboutAssistanceUnnamed),
        ],
        // S000 Q&A: not registered properly is something else than not entitled. Whoever lost an insurance to public assistance has no
        // newer insurer to be asked about; without a result of assistance the office has not registered it (yet).
        (false, _, Some(QualificationValidity::Invalid))
            if result.reason_of_loss == Some(ReasonOfLoss::PublicAssistance) =>
        {
            vec![match beside {
                Beside::Usable => Advice::AssistanceInstead,
                Beside::NotUsable => Advice::AssistanceBeside,
                Beside::Nothing => Advice::PhoneAboutAssistanceBegun,
            }]
        }
        (false, _, _) => vec![advice(validity)],
    };
    let texts = [&result.name, &result.address, &result.name_of_other];
    if texts.into_iter().flatten().any(|text| is_unreadable(text)) {
        said.push(Advice::KeepStoredName);
    }
    Words {
        headline: headline(validity, unentrusted),
        advice: said,
        doubtful: doubt.is_some(),
    }
}

fn headline(validity: Option<&QualificationValidity>, unentrusted: bool) -> Headline {
    use QualificationValidity as V;
    match validity {
        Some(V::Valid | V::ValidUnregistered) if unentrusted => Headline::ValidWithoutTicket,
        Some(V::Valid) => Headline::Valid,
        Some(V::ValidUnregistered) => Headline::ValidUnregistered,
        Some(V::Invalid) => Headline::Invalid,
        Some(V::InvalidNewer) => Headline::InvalidNewer,
        Some(V::None) => Headline::None,
        Some(V::Several) => Headline::Several,
        Some(V::Unknown(_)) | None => Headline::Unknown,
    }
}

/// What to do for each validity. "Not found" may be the insurer's delay, so asking again later is part of it.
fn advice(validity: Option<&QualificationValidity>) -> Advice {
    use QualificationValidity as V;
    match validity {
        Some(V::Valid) => Advice::GoOn,
        Some(V::ValidUnregistered) => Advice::PhoneAboutRegistration,
        Some(V::Invalid) => Advice::AskForNewInsurer,
        Some(V::InvalidNewer) => Advice::AskForNewerOne,
        Some(V::None) => Advice::RegistrationMayBeLate,
        Some(V::Several) => Advice::CheckBranch,
        Some(V::Unknown(_)) | None => Advice::AskHelpDesk,
    }
}

/// Why no ticket of an entrusted person fits the day of the visit at this institution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TicketDoubt {
    /// The period of validity does not hold the day.
    Period,
    /// It is for another month (診療年月).
    Month,
    /// It is of the kind that this institution can't claim with (医療券 at a pharmacy, 調剤券 elsewhere).
    Kind,
}

impl TicketDoubt {
    /// What is wrong with the ticket. Nobody is refused for it.
    fn advice(self) -> Advice {
        match self {
            Self::Period => Advice::TicketOfAnotherPeriod,
            Self::Month => Advice::TicketOfAnotherMonth,
            Self::Kind => Advice::TicketOfAnotherKind,
        }
    }
}

/// `None` when one ticket fits the day of the visit (yyyyMMdd) in period, month and kind, or when nothing says that it does not;
/// else what is wrong with the one that comes nearest. All tickets of the result are looked at, whatever institution they name.
#[must_use]
pub fn ticket_doubt(result: &QualificationResult, date: Option<&str>) -> Option<TicketDoubt> {
    let doubts = result.tickets.iter().map(|ticket| doubt_of(ticket, date));
    // The later a doubt is found, the nearer the ticket came.
    doubts.min_by_key(|doubt| match doubt {
        None => 0,
        Some(TicketDoubt::Period) => 1,
        Some(TicketDoubt::Month) => 2,
        Some(TicketDoubt::Kind) => 3,
    })?
}

fn doubt_of(ticket: &MedicalTicket, date: Option<&str>) -> Option<TicketDoubt> {
    if !suits(ticket) {
        return Some(TicketDoubt::Kind);
    }
    let date = date?;
    let month = ticket.treatment_month.as_deref().map(str::trim);
    if month.is_some_and(|month| !month.is_empty() && !date.starts_with(month)) {
        return Some(TicketDoubt::Month);
    }
    let from = ticket.valid_date.as_deref().is_none_or(|from| from <= date);
    let to = ticket.expiration_date.as_deref();
    (!from || to.is_some_and(|to| date > to)).then_some(TicketDoubt::Period)
}

/// Whether the kind of ticket is one that the institution it names can use; true where that can't be told. The third digit of a
/// 医療機関コード of ten is the fee table (点数表): 1 医科, 3 歯科, 4 調剤, 6 訪問看護.
fn suits(ticket: &MedicalTicket) -> bool {
    let code = ticket.institution_code.as_deref().map(str::trim);
    let code = code.filter(|code| code.len() == 10);
    !matches!(
        (code.and_then(|code| code.get(2..3)), &ticket.ticket_type),
        (Some("4"), Some(TicketType::Medical))
            | (Some("1" | "3" | "6"), Some(TicketType::Dispensing))
    )
}
