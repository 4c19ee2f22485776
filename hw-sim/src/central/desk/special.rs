//! Disaster, outage and emergency: what is open, the search by four items, medical information without a card, and
//! the report afterwards. Only the service opens; an institution that asks without an opening is refused.

use serde_json::{Value, json};

use super::{Caller, Whose, items, person_of};
use crate::central::qualification::{self, text};
use crate::central::web::Outcome;
use crate::central::{Shared, jst};
use crate::persons::Person;

pub(super) fn openings(shared: &Shared, caller: &Caller<'_>) -> Outcome {
    let (disaster, outage) = {
        let office = shared.office();
        let until = |mode: &str| office.open_until(mode, caller.institution, caller.now);
        (until("disaster"), until("outage"))
    };
    let mut body = json!({});
    if let Some(until) = disaster {
        body["DisasterModeAvailableTime"] = jst::stamp(until).into();
        body["DisasterRegion"] = caller.institution.get(..2).unwrap_or_default().into();
    }
    if let Some(until) = outage {
        body["OutageModeAvailableTime"] = jst::stamp(until).into();
    }
    let authority = shared.setting(caller.institution, "EmergencyViewingAuthority");
    body["EmergencyViewingAuthority"] = if authority { "1" } else { "0" }.into();
    caller.done(shared, body, "openings")
}

/// Spaces and forms of width don't tell people apart.
fn plain(text: &str) -> String {
    let kept = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10).unwrap_or(c),
            '－' | '‐' | '−' => '-',
            c => c,
        });
    kept.collect()
}

enum Found {
    One(Box<Person>),
    Nobody,
    Several,
}

fn search(shared: &Shared, caller: &Caller<'_>) -> Found {
    let info = caller.search();
    if info.is_object() {
        return match person_of(shared, &Whose::of_search(info), caller.now) {
            Some(person) => Found::One(Box::new(person)),
            None => Found::Nobody,
        };
    }
    let item = |name: &str| plain(text(caller.body, name));
    let (name, born, sex, address) = (
        item("Name"),
        item("Birthdate"),
        item("Sex1"),
        item("Address"),
    );
    if name.is_empty() || born.is_empty() || sex.is_empty() || address.is_empty() {
        return Found::Nobody;
    }
    let mut found = shared.persons(caller.now);
    let month: String = jst::day(caller.now).chars().take(6).collect();
    let register = shared.config.invented;
    let clinic = &shared.config.institution_code;
    let invented = (0..register.persons).filter_map(|at| register.person(at, &month, clinic));
    // Most of ten thousand are left out before their names are put together anew.
    let invented = invented.filter(|person| person.birth_date == born);
    found.extend(invented.map(|person| person.as_person()));
    found.retain(|p| {
        plain(&p.name) == name
            && p.birth_date == born
            && p.sex == sex
            && plain(&p.address).starts_with(&address)
    });
    match (found.pop(), found.is_empty()) {
        (Some(person), true) => Found::One(Box::new(person)),
        (Some(_), false) => Found::Several,
        (None, _) => Found::Nobody,
    }
}

/// Mode open, operator and reason named; else why not.
fn admitted(shared: &Shared, caller: &Caller<'_>) -> Result<(), (&'static str, &'static str)> {
    let mode = text(caller.body, "SpecialMode");
    if !matches!(mode, "disaster" | "outage") {
        return Err(("SIM-D01", "モードの指定が正しくありません"));
    }
    let open = shared
        .office()
        .open_until(mode, caller.institution, caller.now);
    if open.is_none() {
        return Err(("SIM-D02", "この機能は開放されていません"));
    }
    let blank = |name: &str| text(caller.body, name).trim().is_empty();
    if blank("OperatorName") || blank("ReasonText") {
        return Err(("SIM-D03", "操作者と理由が必要です"));
    }
    Ok(())
}

pub(super) fn inquiry(shared: &Shared, caller: &Caller<'_>) -> Outcome {
    if let Err((code, words)) = admitted(shared, caller) {
        return caller.refused(shared, code, words);
    }
    let nobody =
        |validity: &str| json!({"ProcessingResultStatus": "1", "QualificationValidity": validity});
    match search(shared, caller) {
        Found::One(person) => {
            let (institution, now) = (caller.institution, caller.now);
            let body = qualification::without_consents(shared, &person, institution, now);
            caller.done(shared, body, format!("{} by special search", person.id))
        }
        Found::Nobody => caller.done(shared, nobody("4"), "special search, nobody"),
        Found::Several => caller.done(shared, nobody("5"), "special search, several"),
    }
}

fn everything(person: &Person) -> Value {
    let wrapped = |name: &str, found: &[crate::persons::Medicine]| -> Vec<Value> {
        items(found)
            .into_iter()
            .map(|item| json!({name: item}))
            .collect()
    };
    json!({
        "ResultCode": "1",
        "MedicineList": wrapped("Medicine", &person.medicines),
        "TreatmentList": wrapped("Treatment", &person.treatments),
        "OperationList": wrapped("Operation", &person.operations),
        "CheckupList": wrapped("Checkup", &person.checkups),
    })
}

fn refuse(shared: &Shared, caller: &Caller<'_>, code: &str, words: &str) -> Outcome {
    let body = json!({"ResultCode": "9", "MessageContents": format!("{words}（{code}）")});
    caller.done(shared, body, format!("refused: {code}"))
}

pub(super) fn information(shared: &Shared, caller: &Caller<'_>) -> Outcome {
    if let Err((code, words)) = admitted(shared, caller) {
        return refuse(shared, caller, code, words);
    }
    if text(caller.body, "SpecialMode") != "disaster" {
        return refuse(
            shared,
            caller,
            "SIM-D04",
            "障害時は資格の確認だけができます",
        );
    }
    if shared.office().no_information {
        return refuse(shared, caller, "SIM-D06", "医療情報は現在提供していません");
    }
    match search(shared, caller) {
        Found::One(person) => {
            let summary = format!("{} medical information by disaster search", person.id);
            caller.done(shared, everything(&person), summary)
        }
        Found::Nobody | Found::Several => refuse(shared, caller, "SIM-D05", "一人に特定できません"),
    }
}

pub(super) fn emergency(shared: &Shared, caller: &Caller<'_>) -> Outcome {
    if !shared.setting(caller.institution, "EmergencyViewingAuthority") {
        return refuse(
            shared,
            caller,
            "SIM-E01",
            "救急時医療情報閲覧の権限がありません",
        );
    }
    let blank = |name: &str| text(caller.body, name).trim().is_empty();
    // OQSCD041 and OQSCD042.
    let methods: &[&str] = match text(caller.body, "SecondFactorElement") {
        "1" | "3" => &["01", "02", "03"],
        "2" => &["01", "02", "03", "04", "05"],
        _ => &[],
    };
    let factor = methods.contains(&text(caller.body, "SecondFactorMethod"));
    if blank("OperatorName") || blank("ReasonText") || !factor {
        return refuse(
            shared,
            caller,
            "SIM-E02",
            "操作者・理由・二要素認証が必要です",
        );
    }
    match search(shared, caller) {
        Found::One(person) => {
            let summary = format!("{} in an emergency", person.id);
            caller.done(shared, everything(&person), summary)
        }
        Found::Nobody | Found::Several => refuse(shared, caller, "SIM-D05", "一人に特定できません"),
    }
}

pub(super) fn report(shared: &Shared, caller: &Caller<'_>) -> Outcome {
    let body = caller.body;
    let line = format!(
        "{} {} {}-{} {}",
        caller.institution,
        text(body, "SpecialMode"),
        text(body, "UsageFrom"),
        text(body, "UsageTo"),
        text(body, "NumberOfPersons")
    );
    let identifier = text(caller.header, "ArbitraryFileIdentifier");
    {
        let mut office = shared.office();
        let known = (caller.institution.to_owned(), identifier.to_owned());
        // The same report again, because its answer was lost, is one report.
        let again = !identifier.is_empty() && office.reported.contains(&known);
        if office.reports.len() < 1000 && !again {
            office.reports.push(line);
            office.reported.insert(known);
        }
    }
    caller.done(
        shared,
        json!({"ProcessingResultStatus": "1"}),
        "usage report",
    )
}
