//! Lookups by number: what a client may ask, and what it may not. A number alone never opens medical information (invariant 1), and
//! what a card proves can't be claimed by a client.

use crate::reason::Reason;
use oqs::{Element, Message, MessageTree, QualificationRequest, SearchInfo};

/// The most persons in one bulk request, as the interface's own bulk files allow (facts of public clients).
pub(crate) const MOST_PERSONS: usize = 1000;

/// Checks a request for one person and gives it in its JSON form.
pub(crate) fn single(message: &MessageTree, institution: &str) -> Result<String, Reason> {
    let request = QualificationRequest::from_element(message.root.clone())
        .map_err(|error| Reason::unreadable(&error))?;
    check(&request, institution).map(|request| request.to_json())
}

/// Takes a request for many persons apart into checked single ones.
pub(crate) fn many(message: &MessageTree, institution: &str) -> Result<Vec<String>, Reason> {
    let root = &message.root;
    for part in root.children() {
        if !matches!(part.name(), "MessageHeader" | "MessageBody") {
            return Err(Reason::unknown(part.name()));
        }
        let unexpected = part.children().iter().find(|child| {
            part.name() == "MessageBody" && child.name() != "QualificationConfirmSearchInfo"
        });
        if let Some(child) = unexpected {
            return Err(Reason::unknown(child.name()));
        }
    }
    let header = root
        .children()
        .iter()
        .find(|part| part.name() == "MessageHeader");
    let mut requests = Vec::new();
    for info in message.in_body("QualificationConfirmSearchInfo") {
        if requests.len() >= MOST_PERSONS {
            return Err(Reason::new(
                format!("{MOST_PERSONS}人を超えています"),
                format!("more than {MOST_PERSONS} persons"),
            ));
        }
        let body = element("MessageBody", vec![info.clone()])?;
        let parts = header.cloned().into_iter().chain([body]).collect();
        let single = MessageTree::new(element("XmlMsg", parts)?)
            .map_err(|error| Reason::unreadable(&error))?;
        requests.push(self::single(&single, institution)?);
    }
    if requests.is_empty() {
        return Err(Reason::absent("QualificationConfirmSearchInfo"));
    }
    Ok(requests)
}

/// The header of a request as JSON, to be echoed in the bulk answer.
pub(crate) fn header_json(message: &MessageTree) -> String {
    let text = |name: &str| message.text("MessageHeader", name).map(str::to_owned);
    serde_json::json!({
        "ArbitraryFileIdentifier": text("ArbitraryFileIdentifier"),
        "QualificationConfirmationDate": text("QualificationConfirmationDate"),
    })
    .to_string()
}

/// A stored bulk answer as JSON, withheld once more on its way out (invariant 6); `None` when it can't be read.
pub(crate) fn stored_answer(body_json: &str, simulated: bool) -> Option<serde_json::Value> {
    let value: serde_json::Value = serde_json::from_str(body_json).ok()?;
    if value.get("error").is_some() {
        return Some(value);
    }
    let mut message = oqs::Deliverable::from_stored_json(body_json).ok()?;
    if simulated {
        message.mark_simulated();
    }
    serde_json::from_str(&message.to_json()).ok()
}

fn element(name: &str, children: Vec<Element>) -> Result<Element, Reason> {
    Element::new(name, oqs::Content::Children(children)).map_err(|error| Reason::unreadable(&error))
}

fn check(
    request: &QualificationRequest,
    institution: &str,
) -> Result<QualificationRequest, Reason> {
    let mut request = request.clone();
    let header = request.header.get_or_insert_with(Default::default);
    let body = request
        .body
        .as_ref()
        .ok_or_else(|| Reason::absent("MessageBody"))?;
    let info = body
        .search_info
        .as_ref()
        .ok_or_else(|| Reason::absent("QualificationConfirmSearchInfo"))?;
    let extra = request
        .extra
        .iter()
        .chain(&header.extra)
        .chain(&body.extra)
        .chain(&info.extra)
        .next();
    if let Some(extra) = extra {
        return Err(Reason::unknown(extra.name()));
    }
    match header.medical_institution_code.as_deref() {
        Some(code) if code != institution => {
            return Err(Reason::new(
                "MedicalInstitutionCodeが別の医療機関のものです",
                "MedicalInstitutionCode is another institution's",
            ));
        }
        _ => header.medical_institution_code = Some(institution.to_owned()),
    }
    let needed = [
        ("InsurerNumber", info.insurer_number.as_deref(), 8),
        (
            "InsuredIdentificationNumber",
            info.insured_identification_number.as_deref(),
            20,
        ),
    ];
    for (name, value, most) in needed {
        let value = value.unwrap_or_default();
        if value.trim().is_empty() || value.chars().count() > most {
            return Err(Reason::new(
                format!("{name}は必須、{most}文字以内です"),
                format!("{name} is needed, at most {most} characters"),
            ));
        }
    }
    let optional = [
        ("InsuredCardSymbol", info.insured_card_symbol.as_deref(), 20),
        (
            "InsuredBranchNumber",
            info.insured_branch_number.as_deref(),
            2,
        ),
        ("Birthdate", info.birthdate.as_deref(), 8),
        (
            "ArbitraryFileIdentifier",
            header.arbitrary_file_identifier.as_deref(),
            50,
        ),
        (
            "ArbitraryIdentifier",
            info.arbitrary_identifier.as_deref(),
            50,
        ),
    ];
    for (name, value, most) in optional {
        if value.is_some_and(|value| value.chars().count() > most) {
            return Err(Reason::new(
                format!("{name}は{most}文字以内です"),
                format!("{name} has more than {most} characters"),
            ));
        }
    }
    plain(info, header.qualification_confirmation_date.as_deref())?;
    if info.card_confirmation_identifier.is_some() {
        return Err(Reason::new(
            "CardConfirmationIdentifierは使えません。カードは端末で確認します",
            "CardConfirmationIdentifier: only the terminal's own reader confirms a card",
        ));
    }
    medical(info)?;
    Ok(request)
}

/// Letters that no such number or date has, as the OpenAPI document says too.
fn plain(info: &SearchInfo, date: Option<&str>) -> Result<(), Reason> {
    let insurer = info.insurer_number.as_deref().unwrap_or_default();
    let padded = insurer.trim_start_matches(' ');
    if !padded.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Reason::new(
            "InsurerNumberは数字です（前の空白は可）",
            "InsurerNumber has digits, with spaces before them at most",
        ));
    }
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(info.insured_branch_number.as_deref().unwrap_or_default()) {
        return Err(Reason::new(
            "InsuredBranchNumberは数字だけです",
            "InsuredBranchNumber has digits only",
        ));
    }
    for (name, value) in [
        ("Birthdate", info.birthdate.as_deref()),
        ("QualificationConfirmationDate", date),
    ] {
        let value = value.unwrap_or_default();
        if !(value.is_empty() || digits(value) && oqs::time::is_date(value)) {
            return Err(Reason::new(
                format!("{name}はyyyyMMddの日付です"),
                format!("{name} is a day, yyyyMMdd"),
            ));
        }
    }
    let flag = info.limit_certificate_consent.as_deref();
    if flag.is_some_and(|flag| !matches!(flag, "0" | "1")) {
        return Err(Reason::new(
            "LimitApplicationCertificateRelatedConsFlgは0か1です",
            "LimitApplicationCertificateRelatedConsFlg is 0 or 1",
        ));
    }
    for (name, value) in [
        ("InsuredCardSymbol", &info.insured_card_symbol),
        (
            "InsuredIdentificationNumber",
            &info.insured_identification_number,
        ),
    ] {
        if value
            .as_deref()
            .is_some_and(|text| text.chars().any(char::is_control))
        {
            return Err(Reason::new(
                format!("{name}に制御文字があります"),
                format!("{name} has a control character"),
            ));
        }
    }
    Ok(())
}

/// Consent to medical information can't be told on a lookup by number (invariant 1).
fn medical(info: &SearchInfo) -> Result<(), Reason> {
    let flags = [
        &info.checkups_consent,
        &info.medicines_consent,
        &info.treatment_consent,
        &info.operations_consent,
    ];
    if flags.into_iter().flatten().any(|flag| flag != "0") {
        return Err(Reason::new(
            "番号による照会では医療情報の同意を指定できません",
            "a lookup by number opens no medical information (invariant 1)",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(info: &str) -> MessageTree {
        let text = format!(
            "{{\"XmlMsg\":{{\"MessageBody\":{{\"QualificationConfirmSearchInfo\":{{{info}}}}}}}}}"
        );
        MessageTree::from_json(text.as_bytes()).unwrap()
    }

    const NUMBERS: &str = r#""InsurerNumber":"06123456","InsuredIdentificationNumber":"3456789""#;

    #[test]
    fn inv1_a_lookup_by_number_asks_for_nothing_medical_and_claims_no_card() {
        let ok = single(&message(NUMBERS), "1310000001").unwrap();
        assert!(
            ok.contains("1310000001"),
            "the institution is filled in: {ok}"
        );
        for more in [
            r#""PharmacistsInfoConsFlg":"1""#,
            r#""CardConfirmationIdentifier":"x""#,
            r#""Unknown":"x""#,
            r#""InsuredCardSymbol":"123456789012345678901""#,
            r#""InsuredBranchNumber":"x""#,
            r#""Birthdate":"1958-3-1""#,
            r#""Birthdate":"19901332""#,
        ] {
            assert!(
                single(&message(&format!("{NUMBERS},{more}")), "1310000001").is_err(),
                "{more}"
            );
        }
        assert!(single(&message(r#""InsurerNumber":"06123456""#), "1310000001").is_err());
        let starred = r#""InsurerNumber":"06*","InsuredIdentificationNumber":"3456789""#;
        assert!(single(&message(starred), "1310000001").is_err());
        let kanji = r#""InsurerNumber":"  138057","InsuredCardSymbol":"千代田","InsuredIdentificationNumber":"あ・12""#;
        assert!(single(&message(kanji), "1310000001").is_ok());
        let other = MessageTree::from_json(
            format!("{{\"XmlMsg\":{{\"MessageHeader\":{{\"MedicalInstitutionCode\":\"9999999999\"}},\"MessageBody\":{{\"QualificationConfirmSearchInfo\":{{{NUMBERS}}}}}}}}}").as_bytes(),
        );
        assert!(single(&other.unwrap(), "1310000001").is_err());
    }

    #[test]
    fn many_persons_become_single_requests() {
        let info = "<QualificationConfirmSearchInfo><InsurerNumber>06123456</InsurerNumber><InsuredIdentificationNumber>1</InsuredIdentificationNumber></QualificationConfirmSearchInfo>";
        let of = |count: usize| {
            MessageTree::from_xml(
                format!(
                    "<XmlMsg><MessageBody>{}</MessageBody></XmlMsg>",
                    info.repeat(count)
                )
                .as_bytes(),
            )
            .unwrap()
        };
        assert_eq!(many(&of(3), "1310000001").unwrap().len(), 3);
        assert!(many(&of(0), "1310000001").is_err());
        assert!(many(&of(MOST_PERSONS + 1), "1310000001").is_err());
    }
}
