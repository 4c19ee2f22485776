//! Headlines and advice. The headlines of medical assistance are those of S000, word for word.

use super::{HELP_DESK_EN, HELP_DESK_JA};
use crate::answer::QualificationAnswer;
use crate::charset::is_unreadable;
use crate::codes::{QualificationValidity, SegmentOfResult, TicketType};
use crate::result::{MedicalTicket, QualificationResult};

/// Japanese and English.
type Both = (String, String);

pub(super) struct Words {
    pub(super) headline: Both,
    pub(super) advice: Both,
    /// No ticket fits the day.
    pub(super) doubtful: bool,
}

fn both(ja: &str, en: &str) -> Both {
    (ja.to_owned(), en.to_owned())
}

/// Words for a message without results.
pub(super) fn for_message(answer: &QualificationAnswer, unentrusted: bool) -> Words {
    let header = answer.header.as_ref();
    let segment = header.and_then(|header| header.segment_of_result.as_ref());
    match (answer.validity(), segment) {
        (_, Some(SegmentOfResult::InProgress)) => Words {
            headline: both("処理中です。", "The service is still working."),
            advice: both(
                "しばらくしてからもう一度確認してください。",
                "Ask again in a moment.",
            ),
            doubtful: false,
        },
        (Some(validity), _) => Words {
            headline: headline(Some(validity), unentrusted),
            advice: if unentrusted {
                phone_office(None)
            } else if asked_for_assistance(answer) {
                phone_about_number()
            } else {
                advice(Some(validity))
            },
            doubtful: false,
        },
        (None, _) => Words {
            headline: headline(None, false),
            advice: advice(None),
            doubtful: false,
        },
    }
}

/// The lookup was by a payer number of public assistance: those of 生活保護 begin with 12.
fn asked_for_assistance(answer: &QualificationAnswer) -> bool {
    let body = answer.body.as_ref();
    let asked = body.and_then(|body| body.search_info.as_ref());
    let payer = asked.and_then(|info| info.insurer_number.as_deref());
    payer.is_some_and(|payer| {
        let payer = payer.trim();
        payer.len() == 8 && payer.starts_with("12")
    })
}

/// S000 ※1: a lookup by payer and recipient number that is not valid is settled by telephone.
fn phone_about_number() -> Both {
    both(
        "福祉事務所に電話で確認してください。登録が遅れていることもあるので、後でもう一度照会してください。",
        "Phone the welfare office. Registration may be late, so inquire again later.",
    )
}

/// Words for one result. `date` is the day the qualification was judged on, yyyyMMdd.
pub(super) fn for_result(
    result: &QualificationResult,
    validity: Option<&QualificationValidity>,
    assistance: bool,
    unentrusted: bool,
    date: Option<&str>,
) -> Words {
    let office = result.insurer_name.as_deref();
    let doubt = ticket_doubt(result, date)
        .filter(|_| assistance && !unentrusted && validity == Some(&QualificationValidity::Valid));
    let mut advice = match (assistance, unentrusted, validity) {
        (true, true, _) => phone_office(office),
        (true, false, Some(QualificationValidity::Valid)) => match doubt {
            None => both(
                "医療券/調剤券の情報が登録されています。そのまま受付できます。",
                "A ticket is registered for this institution. Go on with the reception.",
            ),
            Some(doubt) => doubt.words(office),
        },
        (true, false, _) => {
            let (ja, en) = advice(validity);
            let office = named(office);
            (
                format!(
                    "{ja}医療扶助については{}に電話で確認してください。",
                    office.0
                ),
                format!("{en} About the medical assistance, phone {}.", office.1),
            )
        }
        (false, _, _) => advice(validity),
    };
    let texts = [&result.name, &result.address, &result.name_of_other];
    if texts.into_iter().flatten().any(|text| is_unreadable(text)) {
        advice.0.push_str("表示できない文字（●など）が含まれています。登録済みの氏名・住所を上書きしないでください。");
        advice.1.push_str(
            " Some characters could not be shown (such as ●): do not overwrite the stored name or address.",
        );
    }
    Words {
        headline: headline(validity, unentrusted),
        advice,
        doubtful: doubt.is_some(),
    }
}

fn headline(validity: Option<&QualificationValidity>, unentrusted: bool) -> Both {
    use QualificationValidity as V;
    match validity {
        Some(V::Valid | V::ValidUnregistered) if unentrusted => both(
            "○：この資格は有効です。(医療券/調剤券情報が未登録です。)",
            "Valid. (No medical or dispensing ticket is registered for this institution.)",
        ),
        Some(V::Valid) => both("○：この資格は有効です。", "Valid."),
        Some(V::ValidUnregistered) => both(
            "○：この資格は有効です。(未登録です。)",
            "Valid. (Not registered.)",
        ),
        Some(V::Invalid) => both("×：この資格は無効です。", "Not valid."),
        Some(V::InvalidNewer) => both(
            "×：この資格は無効です。(新しい資格があります。)",
            "Not valid. (A newer qualification exists.)",
        ),
        Some(V::None) => both(
            "×：該当する資格がありません。",
            "No qualification was found.",
        ),
        Some(V::Several) => both(
            "△：複数の資格が該当しました。",
            "Several qualifications match.",
        ),
        Some(V::Unknown(_)) | None => both(
            "？：資格の状態を確認できません。",
            "The state of the qualification is not known.",
        ),
    }
}

/// What to do for each validity. "Not found" may be the insurer's delay, so asking again later is part of it.
fn advice(validity: Option<&QualificationValidity>) -> Both {
    use QualificationValidity as V;
    match validity {
        Some(V::Valid) => both("そのまま受付できます。", "Go on with the reception."),
        Some(V::ValidUnregistered) => both(
            "福祉事務所に電話で確認してください。",
            "Phone the welfare office.",
        ),
        Some(V::Invalid) => both(
            "資格を失っています。新しい保険に加入していないか患者さんに確認し、登録の遅れも考えて後でもう一度照会してください。",
            "The person has lost this qualification. Ask whether there is a new insurer, and inquire again later: registration may be late.",
        ),
        Some(V::InvalidNewer) => both(
            "新しい資格が登録されています。古い番号では請求せず、新しい資格で照会し直してください。",
            "A newer qualification is registered. Do not claim with the old numbers; inquire again for the new one.",
        ),
        Some(V::None) => both(
            "登録が遅れていることがあります。資格確認書などで確認し、後でもう一度照会してください。",
            "Registration may be late. Check a paper certificate and inquire again later.",
        ),
        Some(V::Several) => both(
            "自動では選びません。枝番や生年月日を確かめて照会し直してください。",
            "Nothing is chosen automatically. Check branch number and birth date and inquire again.",
        ),
        Some(V::Unknown(_)) | None => (
            format!("処理結果のコードを控えて、{HELP_DESK_JA}に問い合わせてください。"),
            format!("Note the processing code and ask the {HELP_DESK_EN}."),
        ),
    }
}

/// S000: an unentrusted person is not refused; the office is phoned, then treatment is possible.
fn phone_office(office: Option<&str>) -> Both {
    let office = named(office);
    (
        format!(
            "未委託です。{}に電話し、医療扶助を利用できるか確認してください。確認できれば受診できます。電話したことを記録してください。",
            office.0
        ),
        format!(
            "Not entrusted to this institution. Phone {} and ask whether medical assistance can be used; if so, the person can be treated. Record the call.",
            office.1
        ),
    )
}

fn named(office: Option<&str>) -> Both {
    match office {
        Some(office) => (
            format!("福祉事務所「{office}」"),
            format!("the welfare office “{office}”"),
        ),
        None => both("福祉事務所", "the welfare office"),
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
    /// What is wrong, whom to phone, and what not to do until then. Nobody is refused for it.
    fn words(self, office: Option<&str>) -> Both {
        let (ja, en) = match self {
            Self::Period => (
                "医療券/調剤券は登録されていますが、有効期間が受診日を含みません。",
                "A ticket is registered, but its period does not include the day of the visit.",
            ),
            Self::Month => (
                "医療券/調剤券は登録されていますが、診療年月が受診日の月と違います。",
                "A ticket is registered, but it is for another month than that of the visit.",
            ),
            Self::Kind => (
                "登録されているのは、この医療機関・薬局で使えない種類の券（医療券・調剤券の別）です。",
                "The ticket registered is of a kind that this institution can't use (medical or dispensing).",
            ),
        };
        let office = named(office);
        (
            format!(
                "{ja}受付はできます。{}に電話し、受診日に使える券が出るか確認してください。この券では請求せず、券が登録されてから一括取得で受け取ってください。",
                office.0
            ),
            format!(
                "{en} The person can be received. Phone {} and ask for a ticket for that day. Do not claim with this one; the new one comes with the bulk fetch once it is registered.",
                office.1
            ),
        )
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
