//! Qualification (IF-001/002): by a confirmed card, or by the numbers of a paper. Only the card brings
//! consents, and only consents bring medical information (invariant 1, `docs/invariants.md`).

use serde_json::{Value, json};

use super::answer::{self, Consents, Qualification};
use super::store::{Held, Kind};
use super::web::Outcome;
use super::{Shared, jst};
use crate::persons::{Assistance, Insurance, Person};

/// A certificate that ends within this time is pointed out (three months: the notice that
/// hangilc/myclinic-ts expects in `ProcessingResultCode`).
const NOTICE_MS: i64 = 92 * 24 * 3_600_000;

/// How the person was asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    ByCard,
    ByNumbers,
}

impl Asked {
    /// 照会区分.
    fn code(self) -> &'static str {
        match self {
            Self::ByCard => "1",
            Self::ByNumbers => "2",
        }
    }
}

/// What goes into the body of the answer, and what into the log.
struct Found {
    body: Value,
    summary: String,
}

pub(crate) fn search(shared: &Shared, request: &Value, now: i64) -> Outcome {
    let message = &request["XmlMsg"];
    let header = &message["MessageHeader"];
    let info = &message["MessageBody"]["QualificationConfirmSearchInfo"];
    if !header.is_object() || !info.is_object() {
        return Outcome::bad_request("XmlMsgの形式が違います");
    }
    let asked = if info.get("CardConfirmationIdentifier").is_some() {
        Asked::ByCard
    } else {
        Asked::ByNumbers
    };
    if let Some((code, text)) = wrong_header(shared, header) {
        let header = answer_header(shared, header, asked, Some((code, text)), now);
        return Outcome::ok(
            json!({"XmlMsg": {"MessageHeader": header, "MessageBody": {}}}),
            format!("refused: {code}"),
        );
    }
    let found = match asked {
        Asked::ByCard => by_card(shared, info, now),
        Asked::ByNumbers => by_numbers(shared, info, now),
    };
    let mut body = found.body;
    body["QualificationConfirmSearchInfo"] = info.clone();
    let header = answer_header(shared, header, asked, None, now);
    Outcome::ok(
        json!({"XmlMsg": {"MessageHeader": header, "MessageBody": body}}),
        found.summary,
    )
}

fn wrong_header(shared: &Shared, header: &Value) -> Option<(&'static str, &'static str)> {
    if text(header, "MedicalInstitutionCode") != shared.config.institution_code {
        Some(("SIM-H01", "医療機関コードが電子証明書と一致しません"))
    } else if !jst::is_day(text(header, "QualificationConfirmationDate")) {
        Some(("SIM-H02", "資格確認日が正しくありません"))
    } else {
        None
    }
}

fn answer_header(
    shared: &Shared,
    asked_header: &Value,
    asked: Asked,
    error: Option<(&str, &str)>,
    now: i64,
) -> Value {
    let mut header = json!({
        "ProcessExecutionTime": jst::stamp(shared.shown_time(now)),
        "QualificationConfirmationDate": text(asked_header, "QualificationConfirmationDate"),
        "MedicalInstitutionCode": text(asked_header, "MedicalInstitutionCode"),
    });
    if let Some(identifier) = asked_header.get("ArbitraryFileIdentifier") {
        header["ArbitraryFileIdentifier"] = identifier.clone();
    }
    header["ReferenceClassification"] = asked.code().into();
    header["SegmentOfResult"] = if error.is_some() { "9" } else { "1" }.into();
    if let Some((code, text)) = error {
        header["ErrorCode"] = code.into();
        header["ErrorMessage"] = text.into();
    }
    header["CharacterCodeIdentifier"] = "0".into();
    header
}

fn by_card(shared: &Shared, info: &Value, now: i64) -> Found {
    let id = text(info, "CardConfirmationIdentifier");
    let mut state = shared.state();
    let Some(confirmed) = state.confirmation(id, now) else {
        return failed(
            "SIM-Q01",
            "カードの確認が見つからないか、期限が切れています",
        );
    };
    let Some(person) = shared.people.by_id(&confirmed.person, now) else {
        return failed(
            "SIM-Q01",
            "カードの確認が見つからないか、期限が切れています",
        );
    };
    for kind in Kind::ALL {
        let flag = format!("{}ConsFlg", kind.stem());
        confirmed.held.set(kind, text(info, &flag) == "1", now);
    }
    let consents = Consents {
        held: confirmed.held,
        limit: text(info, "LimitApplicationCertificateRelatedConsFlg") == "1",
        limit_at: confirmed.at,
    };
    let mut body = results(
        shared,
        &person,
        person.insurance.as_ref(),
        person.assistance.as_ref(),
        Some(consents),
        info,
    );
    if confirmed.not_after.saturating_sub(now) < NOTICE_MS {
        let day = jst::day(confirmed.not_after);
        body["ProcessingResultCode"] = "SIM-Q10".into();
        body["ProcessingResultMessage"] =
            format!("利用者証明用電子証明書の有効期限が近づいています（{day}）").into();
    }
    let summary = format!(
        "{} by card, validity {}, consents {}",
        person.id,
        text(&body, "QualificationValidity"),
        consent_words(confirmed.held, now)
    );
    Found { body, summary }
}

fn by_numbers(shared: &Shared, info: &Value, now: i64) -> Found {
    let asked = |name| bare(text(info, name));
    let (insurer, number) = (asked("InsurerNumber"), asked("InsuredIdentificationNumber"));
    if insurer.is_empty() || number.is_empty() {
        return failed("SIM-Q02", "保険者番号と番号が必要です");
    }
    let same_or_absent = |name: &str, value: &str| {
        let given = text(info, name);
        given.is_empty() || bare(given) == bare(value)
    };
    let known = shared.people.known(now);
    let mut found = Vec::new();
    for person in &known {
        if !same_or_absent("Birthdate", &person.birth_date) {
            continue;
        }
        if let Some(i) = &person.insurance
            && bare(&i.insurer_number) == insurer
            && bare(&i.number) == number
            && same_or_absent("InsuredCardSymbol", &i.symbol)
            && same_or_absent("InsuredBranchNumber", &i.branch)
        {
            found.push((person, Some(i), None));
        }
        if let Some(a) = &person.assistance
            && bare(&a.payer_number) == insurer
            && bare(&a.recipient_number) == number
        {
            found.push((person, None, Some(a)));
        }
    }
    match found.as_slice() {
        [] => Found {
            body: json!({"ProcessingResultStatus": "1", "QualificationValidity": "4"}),
            summary: "by numbers, nobody".to_owned(),
        },
        [(person, insurance, assistance)] => {
            let body = results(shared, person, *insurance, *assistance, None, info);
            let validity = text(&body, "QualificationValidity").to_owned();
            Found {
                body,
                summary: format!("{} by numbers, validity {validity}", person.id),
            }
        }
        _ => Found {
            body: json!({"ProcessingResultStatus": "1", "QualificationValidity": "5"}),
            summary: "by numbers, several".to_owned(),
        },
    }
}

fn results(
    shared: &Shared,
    person: &Person,
    insurance: Option<&Insurance>,
    assistance: Option<&Assistance>,
    consents: Option<Consents>,
    info: &Value,
) -> Value {
    let institution = &shared.config.institution_code;
    let qualifications: Vec<_> = insurance
        .map(Qualification::Insurance)
        .into_iter()
        .chain(assistance.map(Qualification::Assistance))
        .collect();
    let validities: Vec<_> = qualifications
        .iter()
        .map(|q| q.validity(institution))
        .collect();
    // One message has one validity. 6 says more than 1, and 1 says more than the rest.
    let validity = ["6", "1"]
        .into_iter()
        .find(|v| validities.contains(v))
        .or(validities.first().copied())
        .unwrap_or("4");
    let mut body = json!({
        "ProcessingResultStatus": "1",
        "QualificationValidity": validity,
    });
    if !qualifications.is_empty() {
        body["ResultList"] = qualifications
            .iter()
            .map(|q| {
                let mut result = answer::result(person, q, institution, consents);
                if let Some(identifier) = info.get("ArbitraryIdentifier") {
                    result["ArbitraryIdentifier"] = identifier.clone();
                }
                json!({"ResultOfQualificationConfirmation": result})
            })
            .collect();
    }
    body
}

fn failed(code: &str, message: &str) -> Found {
    Found {
        body: json!({
            "ProcessingResultStatus": "2",
            "ProcessingResultCode": code,
            "ProcessingResultMessage": message,
        }),
        summary: format!("refused: {code}"),
    }
}

fn consent_words(held: Held, now: i64) -> String {
    Kind::ALL
        .iter()
        .map(|kind| if held.holds(*kind, now) { "y" } else { "n" })
        .collect()
}

/// A member's text; empty when it is absent or no text.
pub(crate) fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A number without the padding that some clients write with spaces and others with zeros.
pub(crate) fn bare(number: &str) -> &str {
    number.trim().trim_start_matches('0')
}
