//! Headlines and advice. The headlines of medical assistance are those of S000, word for word.

use super::{HELP_DESK_EN, HELP_DESK_JA};
use crate::answer::QualificationAnswer;
use crate::charset::is_unreadable;
use crate::codes::{QualificationValidity, SegmentOfResult};
use crate::result::QualificationResult;

/// Japanese and English.
type Both = (String, String);

pub(super) struct Words {
    pub(super) headline: Both,
    pub(super) advice: Both,
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
        },
        (None, _) => Words {
            headline: headline(None, false),
            advice: advice(None),
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
    let mut advice = match (assistance, unentrusted, validity) {
        (true, true, _) => phone_office(office),
        (true, false, Some(QualificationValidity::Valid)) => both(
            "医療券/調剤券の情報が登録されています。そのまま受付できます。",
            "A ticket is registered for this institution. Go on with the reception.",
        ),
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
    if assistance && !unentrusted && !covers(result, date) {
        advice.0.push_str(
            "医療券/調剤券の有効期間が受診日を含みません。福祉事務所に確認してください。",
        );
        advice.1.push_str(
            " The ticket's period does not include the day of the visit; check with the welfare office.",
        );
    }
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

/// True when some ticket's period holds the date, or when either is not given.
fn covers(result: &QualificationResult, date: Option<&str>) -> bool {
    let Some(date) = date else { return true };
    result.tickets.iter().any(|ticket| {
        let from = ticket.valid_date.as_deref().is_none_or(|from| from <= date);
        let to = ticket
            .expiration_date
            .as_deref()
            .is_none_or(|to| date <= to);
        from && to
    })
}
