//! ASSUMED in path, in `CardConfirmationIdentifier` and in `MedicineList`; the other elements are those of
//! YZKsiquc01 (YUKI-ENT/OQSDrug2). Refused without a consent that the service itself holds
//! (invariant 1, `docs/invariants.md`).

use serde_json::{Value, json};

use crate::central::qualification::{bare, text};
use crate::central::store::Kind;
use crate::central::web::Outcome;
use crate::central::{Shared, jst};
use crate::persons::Person;

pub(crate) fn medicines(shared: &Shared, request: &Value, institution: &str, now: i64) -> Outcome {
    let header = &request["XmlMsg"]["MessageHeader"];
    let body = &request["XmlMsg"]["MessageBody"];
    if !header.is_object() || !body.is_object() {
        return Outcome::bad_request("XmlMsgの形式が違います");
    }
    if text(header, "MedicalInstitutionCode") != institution {
        return refuse(None, "SIM-M01", "医療機関コードが電子証明書と一致しません");
    }
    let (from, to) = (text(body, "StartDate"), text(body, "EndDate"));
    if !jst::is_month(from) || !jst::is_month(to) || from > to {
        return refuse(None, "SIM-M02", "対象期間が正しくありません");
    }
    let mut state = shared.state();
    let Some(confirmed) = state.confirmation(text(body, "CardConfirmationIdentifier"), now) else {
        return refuse(None, "SIM-M03", "カードの確認が見つかりません");
    };
    let Some(person) = shared.people.by_id(&confirmed.person, now) else {
        return refuse(None, "SIM-M03", "カードの確認が見つかりません");
    };
    if !confirmed.held.holds(Kind::Medicines, now) {
        return refuse(
            Some(&person),
            "SIM-M04",
            "薬剤情報の閲覧に同意がないか、閲覧可能な期間が過ぎています",
        );
    }
    // The confirmation says who it is. A request that names another person's numbers beside it
    // is a mix-up in the terminal.
    if !names(&person, header) {
        return refuse(
            Some(&person),
            "SIM-M05",
            "記号番号がカードの持ち主と一致しません",
        );
    }
    let list: Vec<Value> = person
        .medicines
        .iter()
        .filter(|m| {
            m.date
                .get(..6)
                .is_some_and(|month| from <= month && month <= to)
        })
        .map(|m| {
            json!({
                "Date": m.date,
                "Name": m.name,
                "Amount": m.amount,
                "Institution": m.institution,
            })
        })
        .collect();
    let summary = format!("{}: {} medicines", person.id, list.len());
    Outcome::ok(
        message(&json!({
            "ResultCode": "1",
            "MessageContents": "",
            "MedicineList": list,
        })),
        summary,
    )
}

/// Do insurer and number, where given, belong to one of the person's qualifications?
fn names(person: &Person, header: &Value) -> bool {
    let insurer = bare(text(header, "InsurerNumber"));
    let number = bare(text(header, "InsuredPersonIdentificationNumber"));
    if insurer.is_empty() && number.is_empty() {
        return true;
    }
    let is = |i: &str, n: &str| bare(i) == insurer && bare(n) == number;
    let insured = person.insurance.as_ref();
    let assisted = person.assistance.as_ref();
    insured.is_some_and(|i| is(&i.insurer_number, &i.number))
        || assisted.is_some_and(|a| is(&a.payer_number, &a.recipient_number))
}

fn refuse(person: Option<&Person>, code: &str, reason: &str) -> Outcome {
    let who = person.map_or("?", |p| p.id.as_str());
    Outcome::ok(
        message(&json!({
            "ResultCode": "9",
            "MessageContents": format!("{reason}（{code}）"),
        })),
        format!("{who}: refused: {code}"),
    )
}

fn message(body: &Value) -> Value {
    json!({"XmlMsg": {"MessageBody": body}})
}
