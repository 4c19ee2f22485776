//! The items of a result with their labels; those of medical assistance in the order of S000.

use crate::answer::QualificationAnswer;
use crate::codes::{CardClassification, PersonalFamily, Sex, SingleOrCombined, TicketType};
use crate::result::{MedicalTicket, QualificationResult};
use crate::summary::Shown;
use crate::time::{en_month, ja_month};
use crate::values::Date;

type Fields = Vec<(&'static str, &'static str, Shown)>;

/// A value, or `-` where there is none (as S000 shows withheld items).
fn shown(value: Option<&str>) -> Shown {
    let value = value.map(str::trim).filter(|value| !value.is_empty());
    Shown::same(value.unwrap_or("-"))
}

/// A value that we word, by its wordings in Japanese and English.
fn worded<T: ?Sized>(
    value: Option<&T>,
    ja: impl Fn(&T) -> String,
    en: impl Fn(&T) -> String,
) -> Shown {
    Shown {
        ja: shown(value.map(ja).as_deref()).ja,
        en: shown(value.map(en).as_deref()).en,
    }
}

/// A code of a table.
macro_rules! code {
    ($type:ty, $value:expr) => {
        worded(
            $value.as_ref(),
            |code: &$type| code.ja().to_owned(),
            |code: &$type| code.en().to_owned(),
        )
    };
}

fn date(value: &Option<Date>) -> Shown {
    worded(value.as_ref(), Date::ja, Date::en)
}

/// 医療扶助.
pub(super) fn of_assistance(result: &QualificationResult) -> Fields {
    let mut fields = vec![
        (
            "照会番号",
            "Reference number",
            shown(result.reference_number.as_deref()),
        ),
        (
            "公費負担者番号",
            "Payer number",
            shown(result.insurer_number_trimmed()),
        ),
        (
            "福祉事務所名",
            "Welfare office",
            shown(result.insurer_name.as_deref()),
        ),
        (
            "受給者番号",
            "Recipient number",
            shown(result.insured_identification_number.as_deref()),
        ),
        ("氏名", "Name", shown(result.name.as_deref())),
        ("性別", "Sex", code!(Sex, result.sex1)),
        ("生年月日", "Date of birth", date(&result.birthdate)),
    ];
    let none = [MedicalTicket::default()];
    let tickets = if result.tickets.is_empty() {
        &none
    } else {
        result.tickets.as_slice()
    };
    for ticket in tickets {
        fields.extend(of_ticket(ticket));
    }
    fields
}

fn of_ticket(ticket: &MedicalTicket) -> Fields {
    let mut fields = vec![
        (
            "医療券/調剤券別",
            "Kind of ticket",
            code!(TicketType, ticket.ticket_type),
        ),
        (
            "診療年月",
            "Month of treatment",
            worded(ticket.treatment_month.as_deref(), ja_month, en_month),
        ),
        (
            "指定医療機関名",
            "Designated institution",
            shown(ticket.institution_name.as_deref()),
        ),
        (
            "単独/併用別",
            "Alone or combined",
            code!(SingleOrCombined, ticket.single_or_combined_use),
        ),
        ("有効開始年月日", "Valid from", date(&ticket.valid_date)),
        (
            "有効終了年月日",
            "Valid until",
            date(&ticket.expiration_date),
        ),
        (
            "傷病名1",
            "Illness 1",
            shown(ticket.injury_name1.as_deref()),
        ),
        (
            "傷病名2",
            "Illness 2",
            shown(ticket.injury_name2.as_deref()),
        ),
        (
            "傷病名3",
            "Illness 3",
            shown(ticket.injury_name3.as_deref()),
        ),
    ];
    if let Some(issuer) = &ticket.prescription_issuer_name {
        fields.push((
            "処方箋発行元医療機関名",
            "Prescribing institution",
            Shown::same(issuer),
        ));
    }
    if let Some(amount) = &ticket.self_pay_amount {
        fields.push((
            "本人支払額",
            "To be paid by the patient",
            Shown::same(amount),
        ));
    }
    fields
}

/// 医療保険. Items that few people have are left out when empty.
pub(super) fn of_insurance(result: &QualificationResult) -> Fields {
    let elderly = result.elderly_recipient_certificate.as_ref();
    let limit = result.limit_certificate.as_ref();
    let mut fields = vec![
        (
            "照会番号",
            "Reference number",
            shown(result.reference_number.as_deref()),
        ),
        (
            "証区分",
            "Classification",
            code!(CardClassification, result.insured_card_classification),
        ),
        (
            "保険者番号",
            "Insurer number",
            shown(result.insurer_number_trimmed()),
        ),
        (
            "保険者名称",
            "Insurer",
            shown(result.insurer_name.as_deref()),
        ),
        (
            "記号",
            "Symbol",
            shown(result.insured_card_symbol.as_deref()),
        ),
        (
            "番号",
            "Number",
            shown(result.insured_identification_number.as_deref()),
        ),
        (
            "枝番",
            "Branch number",
            shown(result.insured_branch_number.as_deref()),
        ),
        ("氏名", "Name", shown(result.name.as_deref())),
        (
            "カナ氏名",
            "Name in kana",
            shown(result.name_kana.as_deref()),
        ),
        ("性別", "Sex", code!(Sex, result.sex1)),
        ("生年月日", "Date of birth", date(&result.birthdate)),
        (
            "本人・家族",
            "Insured or family",
            code!(PersonalFamily, result.personal_family_classification),
        ),
        ("住所", "Address", shown(result.address.as_deref())),
        (
            "有効開始年月日",
            "Valid from",
            date(&result.insured_card_valid_date),
        ),
        (
            "有効終了年月日",
            "Valid until",
            date(&result.insured_card_expiration_date),
        ),
    ];
    let rare = [
        (
            "資格喪失年月日",
            "Qualification lost on",
            result
                .disqualification_date
                .as_ref()
                .map(|_| date(&result.disqualification_date)),
        ),
        (
            "一部負担金割合",
            "Share paid by the patient",
            result
                .insured_partial_contribution_ratio
                .as_deref()
                .map(percent)
                .map(Shown::same),
        ),
        (
            "高齢受給者証 一部負担金割合",
            "Share by elderly certificate",
            elderly
                .and_then(|certificate| certificate.contribution_ratio.as_deref())
                .map(percent)
                .map(Shown::same),
        ),
        (
            "限度額適用区分",
            "Limit classification",
            limit
                .and_then(|certificate| certificate.classification_flag.as_ref())
                .map(|category| Shown {
                    ja: category.ja().to_owned(),
                    en: category.en().to_owned(),
                }),
        ),
    ];
    fields.extend(
        rare.into_iter()
            .filter_map(|(ja, en, value)| Some((ja, en, value?))),
    );
    fields
}

/// `10%` of `010`.
fn percent(text: &str) -> String {
    match text.trim().parse::<u16>() {
        Ok(share) if share <= 100 => format!("{share}%"),
        _ => text.to_owned(),
    }
}

/// Codes and words of the message, verbatim, since the help desk asks for them.
pub(super) fn of_message(answer: &QualificationAnswer) -> Fields {
    let header = answer.header.as_ref();
    let body = answer.body.as_ref();
    let values = [
        (
            "エラーコード",
            "Error code",
            header.and_then(|header| header.error_code.as_deref()),
        ),
        (
            "エラーメッセージ",
            "Error message",
            header.and_then(|header| header.error_message.as_deref()),
        ),
        (
            "処理結果コード",
            "Processing code",
            body.and_then(|body| body.processing_result_code.as_deref()),
        ),
        (
            "処理結果メッセージ",
            "Processing message",
            body.and_then(|body| body.processing_result_message.as_deref()),
        ),
    ];
    let present = values.into_iter().filter(|(_, _, value)| value.is_some());
    present
        .map(|(ja, en, value)| (ja, en, shown(value)))
        .collect()
}
