//! ASSUMED in path, in `CardConfirmationIdentifier` and in `MedicineList`; the other elements are those of
//! YZKsiquc01 (YUKI-ENT/OQSDrug2). Refused without a consent that the service itself holds: by a confirmed card, or by
//! numbers for visiting or online care (invariant 1, `docs/invariants.md`).

use serde_json::{Value, json};

use crate::central::desk::{Caller, held};
use crate::central::qualification::{bare, text};
use crate::central::store::Kind;
use crate::central::web::Outcome;
use crate::central::{Shared, jst};
use crate::persons::Person;

pub(crate) fn medicines(shared: &Shared, request: &Value, institution: &str, now: i64) -> Outcome {
    let caller = Caller::of(institution, request, now);
    let (header, body) = (caller.header, caller.body);
    if !header.is_object() || !body.is_object() {
        return Outcome::bad_request("XmlMsgの形式が違います");
    }
    if text(header, "MedicalInstitutionCode") != institution {
        return refuse(
            &caller,
            "?",
            ("SIM-M01", "医療機関コードが電子証明書と一致しません"),
        );
    }
    let (from, to) = (text(body, "StartDate"), text(body, "EndDate"));
    if !jst::is_month(from) || !jst::is_month(to) || from > to {
        return refuse(&caller, "?", ("SIM-M02", "対象期間が正しくありません"));
    }
    let confirmation = text(body, "CardConfirmationIdentifier");
    let found = if confirmation.is_empty() {
        let person = held::person(shared, &caller, Kind::Medicines);
        person.map_err(|why| ("?".to_owned(), why))
    } else {
        by_card(shared, &caller, confirmation)
    };
    let person = match found {
        Ok(person) => person,
        Err((who, why)) => return refuse(&caller, &who, why),
    };
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
    let by = if confirmation.is_empty() {
        " by numbers"
    } else {
        ""
    };
    let summary = format!("{}: {} medicines{by}", person.id, list.len());
    Outcome::ok(
        message(
            &caller,
            &json!({
                "ResultCode": "1",
                "MessageContents": "",
                "MedicineList": list,
            }),
        ),
        summary,
    )
}

/// The person of a confirmed card who agreed to this kind at the terminal; else whose it is, and why not.
fn by_card(
    shared: &Shared,
    caller: &Caller<'_>,
    confirmation: &str,
) -> Result<Person, (String, held::Refusal)> {
    let unknown = || {
        let words = "カードの確認が見つかりません";
        ("?".to_owned(), ("SIM-M03", words))
    };
    let (id, consents) = {
        let mut state = shared.state();
        let confirmed = state.confirmation(confirmation, caller.now);
        let confirmed = confirmed.ok_or_else(unknown)?;
        (confirmed.person.clone(), confirmed.held)
    };
    let person = shared.people.by_id(&id, caller.now).ok_or_else(unknown)?;
    if !consents.holds(Kind::Medicines, caller.now) {
        let words = "薬剤情報の閲覧に同意がないか、閲覧可能な期間が過ぎています";
        return Err((person.id, ("SIM-M04", words)));
    }
    // The confirmation says who it is. A request that names another person's numbers beside it
    // is a mix-up in the terminal.
    if !names(&person, caller.header) {
        let words = "記号番号がカードの持ち主と一致しません";
        return Err((person.id, ("SIM-M05", words)));
    }
    Ok(person)
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

fn refuse(caller: &Caller<'_>, who: &str, (code, reason): held::Refusal) -> Outcome {
    Outcome::ok(
        message(
            caller,
            &json!({
                "ResultCode": "9",
                "MessageContents": format!("{reason}（{code}）"),
            }),
        ),
        format!("{who}: refused: {code}"),
    )
}

/// With the request's header, which says who asked for what.
fn message(caller: &Caller<'_>, body: &Value) -> Value {
    json!({"XmlMsg": {"MessageHeader": caller.header, "MessageBody": body}})
}
