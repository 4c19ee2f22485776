//! Visiting care, online care and the alternative route: re-inquiry and checkups under a consent that the service
//! holds, its withdrawal, and the address of the mobile page.

use serde_json::{Value, json};

use super::{Caller, Whose, held, items, person_of};
use crate::central::Shared;
use crate::central::office::Care;
use crate::central::qualification::{self, text};
use crate::central::store::Kind;
use crate::central::web::Outcome;

fn asked(shared: &Shared, caller: &Caller<'_>) -> Option<crate::persons::Person> {
    person_of(shared, &Whose::of_search(caller.search()), caller.now)
}

pub(super) fn reinquire(shared: &Shared, caller: &Caller<'_>, care: Care) -> Outcome {
    let setting = match care {
        Care::Visiting => "VisitingCareUse",
        Care::Online => "OnlineCareUse",
    };
    if !shared.setting(caller.institution, setting) {
        return caller.failed(shared, "SIM-S01", "環境設定で利用しない設定になっています");
    }
    let Some(person) = asked(shared, caller) else {
        let body = json!({"ProcessingResultStatus": "1", "QualificationValidity": "4"});
        return caller.done(shared, body, "re-inquiry, nobody");
    };
    let consent = {
        let office = shared.office();
        let found = office.consent(&person.id, caller.institution, care, caller.now);
        found.cloned()
    };
    let Some(consent) = consent else {
        return caller.refused(shared, "SIM-V01", "有効な同意がありません");
    };
    let (institution, now) = (caller.institution, caller.now);
    let mut body = qualification::under_consent(shared, &person, &consent, institution, now);
    body["QualificationConfirmSearchInfo"] = caller.search().clone();
    caller.done(shared, body, format!("{} re-inquiry {care:?}", person.id))
}

pub(super) fn withdraw(shared: &Shared, caller: &Caller<'_>) -> Outcome {
    let Some(person) = asked(shared, caller) else {
        return caller.refused(shared, "SIM-V02", "該当する加入者が見つかりません");
    };
    let kinds: Vec<String> = caller.body["ViewingConsentList"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|item| item["ViewingConsentKind"].as_str().or(item.as_str()))
        .map(str::to_owned)
        .collect();
    let care = match text(caller.body, "MedicalTreatmentFlag") {
        "2" => Care::Visiting,
        "3" => Care::Online,
        _ => return caller.refused(shared, "SIM-V03", "診療区分が正しくありません"),
    };
    // OQSCD031.
    if !matches!(
        text(caller.body, "ConsentInvalidationReason"),
        "0" | "1" | "2" | "3"
    ) {
        return caller.refused(shared, "SIM-V04", "同意失効理由が正しくありません");
    }
    let mut touched = 0;
    for consent in &mut shared.office().consents {
        let theirs = consent.person == person.id
            && consent.institution_code == caller.institution
            && consent.care == care;
        if theirs && !consent.withdrawn {
            touched += 1;
            // No kind named: all of them.
            consent
                .kinds
                .retain(|kind| !kinds.is_empty() && !kinds.contains(kind));
            consent.withdrawn = consent.kinds.is_empty();
        }
    }
    if touched == 0 {
        return caller.refused(shared, "SIM-V01", "有効な同意がありません");
    }
    let body = json!({"ProcessingResultStatus": "1"});
    caller.done(shared, body, format!("{} consent withdrawn", person.id))
}

pub(super) fn url(shared: &Shared, caller: &Caller<'_>) -> Outcome {
    let kind = text(caller.body, "UrlKind");
    let setting = match kind {
        "2" => "VisitingCareUse",
        "3" => "OnlineCareUse",
        _ => return caller.refused(shared, "SIM-U01", "URL種別が正しくありません"),
    };
    if !shared.setting(caller.institution, setting) {
        return caller.refused(shared, "SIM-S01", "環境設定で利用しない設定になっています");
    }
    let fresh = shared.state().secret();
    let Some(fresh) = fresh.as_deref().and_then(|secret| secret.get(..16)) else {
        return Outcome::error(
            hyper::StatusCode::INTERNAL_SERVER_ERROR,
            "SIM-RANDOM",
            "乱数を得られません",
        );
    };
    let key = (caller.institution.to_owned(), kind.to_owned());
    let url = {
        let mut office = shared.office();
        if text(caller.body, "UrlChange") == "1" {
            office.urls.remove(&key);
        }
        let made = || {
            format!(
                "https://myna-zaitaku.invalid/{}/{fresh}",
                caller.institution
            )
        };
        office.urls.entry(key).or_insert_with(made).clone()
    };
    let body = json!({"ProcessingResultStatus": "1", "UrlKind": kind, "AccessUrl": url});
    caller.done(shared, body, "address of the mobile page")
}

/// Checkups of insured persons and of recipients: by a card's confirmation, or by numbers under a consent of home or online care. ASSUMED:
/// treatment and operations in the same form, told apart by `ViewingConsentKind`.
pub(super) fn checkups(shared: &Shared, caller: &Caller<'_>) -> Outcome {
    let id = text(caller.body, "CardConfirmationIdentifier");
    let (kind, list, one) = match text(caller.body, "ViewingConsentKind") {
        "SRJ" => (Kind::Treatment, "TreatmentList", "Treatment"),
        "SHJ" => (Kind::Operations, "OperationList", "Operation"),
        _ => (Kind::Checkups, "CheckupList", "Checkup"),
    };
    let person = if id.is_empty() {
        match held::person(shared, caller, kind) {
            Ok(person) => Some(person),
            Err((code, words)) => {
                let body =
                    json!({"ResultCode": "9", "MessageContents": format!("{words}（{code}）")});
                return caller.done(shared, body, format!("{one} refused: {code}"));
            }
        }
    } else {
        let held = {
            let mut state = shared.state();
            let confirmed = state.confirmation(id, caller.now);
            let holds = confirmed.filter(|c| c.held.holds(kind, caller.now));
            holds.map(|confirmed| confirmed.person.clone())
        };
        held.and_then(|id| shared.person(&id, caller.now))
    };
    let numbers = person.as_ref().map(|person| named(caller, person));
    if !id.is_empty() && numbers == Some(Named::Another) {
        let words = "番号がカードの方のものと一致しません（SIM-K02）";
        let body = json!({"ResultCode": "9", "MessageContents": words});
        return caller.done(shared, body, format!("{one} refused: SIM-K02"));
    }
    let Some(person) = person else {
        let words = "この情報の閲覧に同意がないか、閲覧可能な期間が過ぎています（SIM-K01）";
        let body = json!({"ResultCode": "9", "MessageContents": words});
        return caller.done(shared, body, format!("{one} refused: SIM-K01"));
    };
    let found = items(match kind {
        Kind::Treatment => &person.treatments,
        Kind::Operations => &person.operations,
        _ => &person.checkups,
    });
    let by = match numbers {
        Some(Named::Insured) => " by insurer and number",
        Some(Named::Recipient) => " by payer and recipient number",
        _ => "",
    };
    let summary = format!("{}: {} of {list}{by}", person.id, found.len());
    let found: Vec<Value> = found.into_iter().map(|item| json!({one: item})).collect();
    caller.done(shared, json!({"ResultCode": "1", list: found}), summary)
}

/// Whose numbers a request for a list names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    Nobody,
    Insured,
    Recipient,
    Another,
}

fn named(caller: &Caller<'_>, person: &crate::persons::Person) -> Named {
    let number = text(caller.header, "InsuredPersonIdentificationNumber");
    let insurer = text(caller.header, "InsurerNumber");
    if number.is_empty() && insurer.is_empty() {
        return Named::Nobody;
    }
    let same = |a: &str, b: &str| {
        super::bulk::same_number(a, insurer) && super::bulk::same_number(b, number)
    };
    let insured = person
        .insurance
        .iter()
        .any(|i| same(&i.insurer_number, &i.number));
    let recipient = person
        .assistance
        .iter()
        .any(|a| same(&a.payer_number, &a.recipient_number));
    match (insured, recipient) {
        (true, _) => Named::Insured,
        (_, true) => Named::Recipient,
        _ => Named::Another,
    }
}
