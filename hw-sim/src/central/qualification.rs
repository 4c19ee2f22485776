//! Qualification (IF-001/002): by a confirmed card, or by the numbers of a paper. Only the card brings
//! consents, and only consents bring medical information (invariant 1, `docs/invariants.md`).

use serde_json::{Value, json};

use super::answer::{self, Consents, Qualification};
use super::invented::InventedPerson;
use super::office::{ConfirmationRecord, HomeConsent};
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
pub(crate) struct Found {
    pub(crate) body: Value,
    summary: String,
}

pub(crate) fn search(shared: &Shared, request: &Value, institution: &str, now: i64) -> Outcome {
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
    if let Some((code, text)) = wrong_header(institution, header) {
        let header = answer_header(shared, header, asked, Some((code, text)), now);
        return Outcome::ok(
            json!({"XmlMsg": {"MessageHeader": header, "MessageBody": {}}}),
            format!("refused: {code}"),
        );
    }
    let found = match asked {
        Asked::ByCard => by_card(shared, info, institution, now),
        Asked::ByNumbers => by_numbers(shared, info, institution, now),
    };
    let mut body = found.body;
    body["QualificationConfirmSearchInfo"] = info.clone();
    let header = answer_header(shared, header, asked, None, now);
    Outcome::ok(
        json!({"XmlMsg": {"MessageHeader": header, "MessageBody": body}}),
        found.summary,
    )
}

fn wrong_header(institution: &str, header: &Value) -> Option<(&'static str, &'static str)> {
    if text(header, "MedicalInstitutionCode") != institution {
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

fn by_card(shared: &Shared, info: &Value, institution: &str, now: i64) -> Found {
    let id = text(info, "CardConfirmationIdentifier");
    let confirmed = {
        let mut state = shared.state();
        state.confirmation(id, now).map(|confirmed| {
            // After the certificate's end the card serves for the qualification alone, whatever is asked.
            let ended = now > confirmed.not_after;
            for kind in Kind::ALL {
                let flag = format!("{}ConsFlg", kind.stem());
                let given = !ended && text(info, &flag) == "1";
                confirmed.held.set(kind, given, now);
            }
            confirmed.clone()
        })
    };
    let person = confirmed
        .as_ref()
        .and_then(|confirmed| shared.person(&confirmed.person, now));
    let (Some(confirmed), Some(person)) = (confirmed, person) else {
        return failed(
            "SIM-Q01",
            "カードの確認が見つからないか、期限が切れています",
        );
    };
    let consents = Consents {
        held: confirmed.held,
        limit: text(info, "LimitApplicationCertificateRelatedConsFlg") == "1",
        limit_at: confirmed.at,
    };
    let mut body = results(
        shared,
        &person,
        institution,
        (person.insurance.as_ref(), person.assistance.as_ref()),
        Some(consents),
        info,
        now,
    );
    let day = jst::day(confirmed.not_after);
    if now > confirmed.not_after {
        body["ProcessingResultCode"] = "SIM-Q11".into();
        body["ProcessingResultMessage"] = format!(
            "利用者証明用電子証明書の有効期限が切れています（{day}）。資格情報のみ提供します"
        )
        .into();
    } else if confirmed.not_after.saturating_sub(now) < NOTICE_MS {
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

pub(crate) fn by_numbers(shared: &Shared, info: &Value, institution: &str, now: i64) -> Found {
    let asked = |name| bare(text(info, name));
    let (insurer, number) = (asked("InsurerNumber"), asked("InsuredIdentificationNumber"));
    if insurer.is_empty() || number.is_empty() {
        return failed("SIM-Q02", "保険者番号と番号が必要です");
    }
    let same_or_absent = |name: &str, value: &str| {
        let given = text(info, name);
        given.is_empty() || bare(given) == bare(value)
    };
    let mut matching = invented_of(shared, info, now).into_iter();
    match (matching.next(), matching.next()) {
        (Some(person), None) => {
            return Found {
                body: invented(shared, &person, institution, now),
                summary: format!("invented person {} by numbers", person.place),
            };
        }
        (Some(_), Some(_)) => return several(),
        (None, _) => {}
    }
    let known = shared.persons(now);
    let mut found = Vec::new();
    for person in &known {
        if !same_or_absent("Birthdate", &person.birth_date) {
            continue;
        }
        let is_asked = |i: &Insurance| {
            bare(&i.insurer_number) == insurer
                && bare(&i.number) == number
                && same_or_absent("InsuredCardSymbol", &i.symbol)
                && same_or_absent("InsuredBranchNumber", &i.branch)
        };
        if let Some(i) = person.insurance.as_ref().filter(|i| is_asked(i)) {
            found.push((person, Some(i), None));
        }
        // Numbers of before: invalid, and when there is a newer qualification, said so.
        if let Some(former) = person.former_insurances.iter().find(|i| is_asked(i)) {
            let newer = person.insurance.is_some() || person.assistance.is_some();
            let mut ended = former.clone();
            ended.validity = if newer { "3" } else { "2" }.to_owned();
            let body = results(
                shared,
                person,
                institution,
                (Some(&ended), None),
                None,
                info,
                now,
            );
            return Found {
                body,
                summary: format!("{} by numbers of before", person.id),
            };
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
            let body = results(
                shared,
                person,
                institution,
                (*insurance, *assistance),
                None,
                info,
                now,
            );
            let validity = text(&body, "QualificationValidity").to_owned();
            Found {
                body,
                summary: format!("{} by numbers, validity {validity}", person.id),
            }
        }
        _ => several(),
    }
}

/// Several persons match: none of them is told.
fn several() -> Found {
    Found {
        body: json!({"ProcessingResultStatus": "1", "QualificationValidity": "5"}),
        summary: "by numbers, several".to_owned(),
    }
}

/// The persons of the register by seed whom these numbers mean, as far as they were given.
pub(crate) fn invented_of(shared: &Shared, info: &Value, now: i64) -> Vec<InventedPerson> {
    let register = shared.config.invented;
    let month: String = jst::day(now).chars().take(6).collect();
    let clinic = &shared.config.institution_code;
    let given = |name: &str, value: &str| {
        let given = bare(text(info, name));
        given.is_empty() || given == bare(value)
    };
    let number = bare(text(info, "InsuredIdentificationNumber"));
    let insurer = bare(text(info, "InsurerNumber"));
    let places = register.places_of(number).into_iter();
    let persons = places.filter_map(|place| register.person(place, &month, clinic));
    persons
        .filter(|person| {
            let branch = person.insurance.as_ref().map(|i| i.branch.as_str());
            given("Birthdate", &person.birth_date)
                && branch.is_none_or(|branch| given("InsuredBranchNumber", branch))
                && person.numbers().is_some_and(|(i, _)| bare(i) == insurer)
        })
        .collect()
}

/// A person's qualifications, with a log entry for the office where assistance is among them.
fn results(
    shared: &Shared,
    person: &Person,
    institution: &str,
    of: (Option<&Insurance>, Option<&Assistance>),
    consents: Option<Consents>,
    info: &Value,
    now: i64,
) -> Value {
    // An institution that does not use medical assistance gets none (環境設定).
    let assistance =
        of.1.filter(|_| shared.setting(institution, "MedicalAssistanceUse"));
    let qualifications: Vec<_> =
        of.0.map(Qualification::Insurance)
            .into_iter()
            .chain(assistance.map(Qualification::Assistance))
            .collect();
    if let Some(assistance) = assistance {
        note(shared, assistance, institution, now);
    }
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
        let reference = shared
            .office()
            .reference(institution, &person.id)
            .map(str::to_owned);
        body["ResultList"] = qualifications
            .iter()
            .map(|q| {
                let mut result = answer::result(person, q, institution, consents);
                if let Some(identifier) = info.get("ArbitraryIdentifier") {
                    result["ArbitraryIdentifier"] = identifier.clone();
                }
                if let Some(reference) = &reference {
                    result["ReferenceNumber"] = reference.as_str().into();
                }
                json!({"ResultOfQualificationConfirmation": result})
            })
            .collect();
    }
    body
}

/// The record that each demand for a recipient's qualification leaves (S001 2.2.7).
fn note(shared: &Shared, assistance: &Assistance, institution: &str, now: i64) {
    shared.office().note(ConfirmationRecord {
        payer_number: assistance.payer_number.clone(),
        recipient_number: assistance.recipient_number.clone(),
        institution_code: institution.to_owned(),
        at: jst::stamp(now),
    });
}

/// The assistance alone, as bulk answers tie it to tickets.
pub(crate) fn assistance_only(
    shared: &Shared,
    person: &Person,
    institution: &str,
    now: i64,
) -> Value {
    results(
        shared,
        person,
        institution,
        (None, person.assistance.as_ref()),
        None,
        &Value::Null,
        now,
    )
}

/// Everything the person has, without consents.
pub(crate) fn without_consents(
    shared: &Shared,
    person: &Person,
    institution: &str,
    now: i64,
) -> Value {
    let of = (person.insurance.as_ref(), person.assistance.as_ref());
    results(shared, person, institution, of, None, &Value::Null, now)
}

/// Under a consent given on the mobile page: its kinds, with the end the service gives.
pub(crate) fn under_consent(
    shared: &Shared,
    person: &Person,
    consent: &HomeConsent,
    institution: &str,
    now: i64,
) -> Value {
    let mut body = without_consents(shared, person, institution, now);
    let until = jst::stamp(consent.until());
    let results = body["ResultList"].as_array_mut().into_iter().flatten();
    for item in results {
        let result = &mut item["ResultOfQualificationConfirmation"];
        for kind in Kind::ALL {
            let stem = kind.stem();
            let given = consent.kinds.iter().any(|held| held == kind.code());
            result[format!("{stem}ConsFlg")] = if given { "1" } else { "0" }.into();
            if given {
                result[format!("{stem}ConsTime")] = jst::stamp(consent.at).into();
                result[format!("{stem}AvailableTime")] = until.as_str().into();
            }
        }
    }
    body
}

/// A person of the register by seed.
pub(crate) fn invented(
    shared: &Shared,
    invented: &InventedPerson,
    institution: &str,
    now: i64,
) -> Value {
    let person = invented.as_person();
    if let Some(assistance) = &person.assistance {
        note(shared, assistance, institution, now);
    }
    let of = match (&person.insurance, &person.assistance) {
        (Some(insurance), _) => Qualification::Insurance(insurance),
        (_, Some(assistance)) => Qualification::Assistance(assistance),
        _ => return json!({"ProcessingResultStatus": "1", "QualificationValidity": "4"}),
    };
    let mut result = answer::result(&person, &of, institution, None);
    let reference = shared
        .office()
        .reference(institution, &person.id)
        .map(str::to_owned);
    if let Some(reference) = reference {
        result["ReferenceNumber"] = reference.into();
    }
    json!({
        "ProcessingResultStatus": "1",
        "QualificationValidity": of.validity(institution),
        "ResultList": [{"ResultOfQualificationConfirmation": result}],
    })
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
