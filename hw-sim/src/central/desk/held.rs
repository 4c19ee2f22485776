//! Medical information by numbers, without a card: given only under a consent that the patient gave this institution for this care on the
//! mobile page, for this kind, that has not been withdrawn and has not run out (invariant 1, `docs/invariants.md`).

use super::{Caller, Whose, person_of};
use crate::central::Shared;
use crate::central::office::Care;
use crate::central::qualification::text;
use crate::central::store::Kind;
use crate::persons::Person;

/// Code and words of a refusal.
pub(crate) type Refusal = (&'static str, &'static str);

/// The person of the request's numbers, when the consent allows this kind now.
pub(crate) fn person(shared: &Shared, caller: &Caller<'_>, kind: Kind) -> Result<Person, Refusal> {
    let (care, setting) = match text(caller.body, "MedicalTreatmentFlag") {
        "2" => (Care::Visiting, "VisitingCareUse"),
        "3" => (Care::Online, "OnlineCareUse"),
        _ => {
            return Err((
                "SIM-K03",
                "カードの確認がなく、診療区分が訪問診療等でもオンライン診療等でもありません",
            ));
        }
    };
    if !shared.setting(caller.institution, setting) {
        return Err(("SIM-S01", "環境設定で利用しない設定になっています"));
    }
    let Some(person) = person_of(shared, &Whose::of_header(caller.header), caller.now) else {
        return Err(("SIM-K04", "番号から一人に特定できません"));
    };
    let office = shared.office();
    let agreed = office
        .consent(&person.id, caller.institution, care, caller.now)
        .is_some_and(|consent| consent.kinds.iter().any(|held| held == kind.code()));
    if !agreed {
        let words = "この情報の閲覧に同意がないか、閲覧可能な期間が過ぎています";
        return Err(("SIM-K01", words));
    }
    Ok(person)
}
