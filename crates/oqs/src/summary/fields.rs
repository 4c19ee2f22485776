//! The items of a result; those of medical assistance in the order of S000.

use crate::answer::QualificationAnswer;
use crate::codes::{
    CardClassification, PersonalFamily, ReasonOfLoss, Sex, SingleOrCombined, TicketType,
};
use crate::result::{MedicalTicket, QualificationResult};
use crate::summary::{Item, Shown};
use crate::time::{en_month, ja_month};
use crate::values::Date;

type Fields = Vec<(Item, Shown)>;

/// A value, or `-` where there is none (as S000 shows withheld items).
pub(super) fn shown(value: Option<&str>) -> Shown {
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

pub(super) fn date(value: &Option<Date>) -> Shown {
    worded(value.as_ref(), Date::ja, Date::en)
}

/// 医療扶助.
pub(super) fn of_assistance(result: &QualificationResult) -> Fields {
    let mut fields = vec![
        (
            Item::ReferenceNumber,
            shown(result.reference_number.as_deref()),
        ),
        (Item::PayerNumber, shown(result.insurer_number_trimmed())),
        (Item::WelfareOffice, shown(result.insurer_name.as_deref())),
        (
            Item::RecipientNumber,
            shown(result.insured_identification_number.as_deref()),
        ),
        (Item::Name, shown(result.name.as_deref())),
        (Item::Sex, code!(Sex, result.sex1)),
        (Item::BirthDate, date(&result.birthdate)),
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
    fields.extend(loss(result));
    fields.extend(super::consents::of(result));
    fields
}

/// 資格喪失 (停止・廃止), where the answer brings it.
fn loss(result: &QualificationResult) -> Fields {
    let mut fields = Fields::new();
    if result.disqualification_date.is_some() {
        fields.push((Item::LostOn, date(&result.disqualification_date)));
    }
    if result.reason_of_loss.is_some() {
        fields.push((Item::LossReason, code!(ReasonOfLoss, result.reason_of_loss)));
    }
    fields
}

fn of_ticket(ticket: &MedicalTicket) -> Fields {
    let mut fields = vec![
        (Item::TicketKind, code!(TicketType, ticket.ticket_type)),
        (
            Item::TreatmentMonth,
            worded(ticket.treatment_month.as_deref(), ja_month, en_month),
        ),
        (Item::Institution, shown(ticket.institution_name.as_deref())),
        (
            Item::AloneOrCombined,
            code!(SingleOrCombined, ticket.single_or_combined_use),
        ),
        (Item::ValidFrom, date(&ticket.valid_date)),
        (Item::ValidUntil, date(&ticket.expiration_date)),
        (Item::Illness1, shown(ticket.injury_name1.as_deref())),
        (Item::Illness2, shown(ticket.injury_name2.as_deref())),
        (Item::Illness3, shown(ticket.injury_name3.as_deref())),
    ];
    if let Some(issuer) = &ticket.prescription_issuer_name {
        fields.push((Item::PrescribingInstitution, Shown::same(issuer)));
    }
    if let Some(amount) = &ticket.self_pay_amount {
        fields.push((Item::SelfPay, Shown::same(amount)));
    }
    fields
}

/// 医療保険. Items that few people have are left out when empty.
pub(super) fn of_insurance(result: &QualificationResult) -> Fields {
    let elderly = result.elderly_recipient_certificate.as_ref();
    let limit = result.limit_certificate.as_ref();
    let mut fields = vec![
        (
            Item::ReferenceNumber,
            shown(result.reference_number.as_deref()),
        ),
        (
            Item::Classification,
            code!(CardClassification, result.insured_card_classification),
        ),
        (Item::InsurerNumber, shown(result.insurer_number_trimmed())),
        (Item::Insurer, shown(result.insurer_name.as_deref())),
        (Item::Symbol, shown(result.insured_card_symbol.as_deref())),
        (
            Item::Number,
            shown(result.insured_identification_number.as_deref()),
        ),
        (Item::Branch, shown(result.insured_branch_number.as_deref())),
        (Item::Name, shown(result.name.as_deref())),
        (Item::Kana, shown(result.name_kana.as_deref())),
        (Item::Sex, code!(Sex, result.sex1)),
        (Item::BirthDate, date(&result.birthdate)),
        (
            Item::InsuredOrFamily,
            code!(PersonalFamily, result.personal_family_classification),
        ),
        (Item::Address, shown(result.address.as_deref())),
        (Item::ValidFrom, date(&result.insured_card_valid_date)),
        (Item::ValidUntil, date(&result.insured_card_expiration_date)),
    ];
    fields.extend(loss(result));
    let rare = [
        (
            Item::Share,
            result
                .insured_partial_contribution_ratio
                .as_deref()
                .map(percent)
                .map(Shown::same),
        ),
        (
            Item::ElderlyShare,
            elderly
                .and_then(|certificate| certificate.contribution_ratio.as_deref())
                .map(percent)
                .map(Shown::same),
        ),
        (
            Item::Limit,
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
            .filter_map(|(item, value)| Some((item, value?))),
    );
    fields.extend(super::consents::of(result));
    fields
}

/// `10%` of `010`.
fn percent(text: &str) -> String {
    match text.trim().parse::<u16>() {
        Ok(share) if share <= 100 => format!("{share}%"),
        _ => text.to_owned(),
    }
}

/// What was asked with, where nobody was found by it: a slip of the fingers is seen.
pub(super) fn of_question(answer: &QualificationAnswer) -> Fields {
    let body = answer.body.as_ref();
    let Some(asked) = body.and_then(|body| body.search_info.as_ref()) else {
        return Fields::new();
    };
    let values = [
        (Item::AskedInsurerNumber, asked.insurer_number.as_deref()),
        (Item::AskedSymbol, asked.insured_card_symbol.as_deref()),
        (
            Item::AskedNumber,
            asked.insured_identification_number.as_deref(),
        ),
        (Item::AskedBranch, asked.insured_branch_number.as_deref()),
    ];
    let there = |value: &Option<&str>| value.is_some_and(|text| !text.trim().is_empty());
    let mut fields: Fields = values
        .into_iter()
        .filter(|(_, value)| there(value))
        .map(|(item, value)| (item, shown(value)))
        .collect();
    if there(&asked.birthdate.as_deref()) {
        fields.push((Item::AskedBirthDate, date(&asked.birthdate)));
    }
    fields
}

/// Codes and words of the message, verbatim, since the help desk asks for them.
pub(super) fn of_message(answer: &QualificationAnswer) -> Fields {
    let header = answer.header.as_ref();
    let body = answer.body.as_ref();
    let values = [
        (
            Item::ErrorCode,
            header.and_then(|header| header.error_code.as_deref()),
        ),
        (
            Item::ErrorMessage,
            header.and_then(|header| header.error_message.as_deref()),
        ),
        (
            Item::ProcessingCode,
            body.and_then(|body| body.processing_result_code.as_deref()),
        ),
        (
            Item::ProcessingMessage,
            body.and_then(|body| body.processing_result_message.as_deref()),
        ),
    ];
    let present = values.into_iter().filter(|(_, value)| value.is_some());
    present.map(|(item, value)| (item, shown(value))).collect()
}
