//! The elements of one `ResultOfQualificationConfirmation`, built without the terminal's own types, so
//! that both sides read the wire by themselves. Names as in hangilc/myclinic-ts and YUKI-ENT/OQSDrug2.

use serde_json::{Map, Value, json};

use super::jst;
use super::store::{CONSENT_LIFE_MS, Held, Kind};
use crate::persons::{Assistance, Insurance, Person, Ticket};

/// 証区分 of medical assistance.
const ASSISTANCE: &str = "A1";
/// 有効（未登録）: the person is entitled, the clinic is not entrusted.
const UNENTRUSTED: &str = "6";

/// One of a person's qualifications.
pub(crate) enum Qualification<'a> {
    Insurance(&'a Insurance),
    Assistance(&'a Assistance),
}

impl<'a> Qualification<'a> {
    /// Validity towards this institution: assistance without a ticket for it is "6".
    pub(crate) fn validity(&self, institution: &str) -> &'a str {
        match *self {
            Self::Insurance(i) => &i.validity,
            Self::Assistance(a) if matches!(a.validity.as_str(), "1" | UNENTRUSTED) => {
                if a.tickets.iter().any(|t| t.institution_code == institution) {
                    "1"
                } else {
                    UNENTRUSTED
                }
            }
            Self::Assistance(a) => &a.validity,
        }
    }
}

/// Consents to write into each result.
#[derive(Clone, Copy)]
pub(crate) struct Consents {
    pub(crate) held: Held,
    /// The limit certificate: no screen asks for it any more, the terminal sends "1".
    pub(crate) limit: bool,
    pub(crate) limit_at: i64,
}

/// The elements of a qualification; consents only where a card was shown.
pub(crate) fn result(
    person: &Person,
    qualification: &Qualification<'_>,
    institution: &str,
    consents: Option<Consents>,
) -> Value {
    let mut result = Map::new();
    let mut put = |name: &str, value: &str| {
        // Empty optional elements are left out, as the real service does.
        if !value.is_empty() {
            result.insert(name.to_owned(), Value::from(value));
        }
    };
    match qualification {
        Qualification::Insurance(i) => {
            put("InsuredCardClassification", &i.card_classification);
            put("InsurerNumber", &padded(&i.insurer_number));
            put("InsuredCardSymbol", &i.symbol);
            put("InsuredIdentificationNumber", &i.number);
            put("InsuredBranchNumber", &i.branch);
            put("PersonalFamilyClassification", &i.personal_family);
            if i.personal_family == "1" {
                put("InsuredName", &person.name);
            }
            put("InsuredCertificateIssuanceDate", &i.valid_start);
            put("InsuredCardValidDate", &i.valid_start);
            put(
                "InsuredCardExpirationDate",
                i.valid_end.as_deref().unwrap_or_default(),
            );
            put("InsurerName", &i.insurer_name);
            put("QualificationDate", &i.valid_start);
            put(
                "DisqualificationDate",
                i.lost.as_deref().unwrap_or_default(),
            );
            put(
                "ReasonOfLoss",
                i.reason_of_loss.as_deref().unwrap_or_default(),
            );
        }
        // Payer and recipient number go out for an unentrusted clinic too, on purpose: the
        // terminal has to hold them back by itself (invariant 6).
        Qualification::Assistance(a) => {
            put("InsuredCardClassification", ASSISTANCE);
            put("InsurerNumber", &padded(&a.payer_number));
            put("InsuredIdentificationNumber", &a.recipient_number);
            put("QualificationDate", &a.qualification_date);
            put("InsurerName", &a.office_name);
        }
    }
    put("Name", &person.name);
    put("NameKana", &person.kana);
    put("Sex1", sex(&person.sex));
    put("Birthdate", &person.birth_date);
    put("Address", &person.address);
    if let Qualification::Assistance(a) = qualification {
        let entrusted = qualification.validity(institution) != UNENTRUSTED;
        let tickets: Vec<Value> = a
            .tickets
            .iter()
            .filter(|t| !entrusted || t.institution_code == institution)
            .map(|t| json!({"MedicalTicketInfo": ticket(t, institution, person)}))
            .collect();
        if !tickets.is_empty() {
            result.insert("PublicExpenseResultList".to_owned(), tickets.into());
        }
    }
    if let Some(consents) = consents {
        put_consents(&mut result, qualification, consents);
    }
    Value::Object(result)
}

fn put_consents(
    result: &mut Map<String, Value>,
    qualification: &Qualification<'_>,
    consents: Consents,
) {
    let mut put = |name: String, value: String| result.insert(name, Value::from(value));
    if matches!(qualification, Qualification::Insurance(_)) {
        let stem = "LimitApplicationCertificateRelated";
        put(format!("{stem}ConsFlg"), flag(consents.limit));
        if consents.limit {
            put(format!("{stem}ConsTime"), jst::stamp(consents.limit_at));
        }
    }
    for kind in Kind::ALL {
        let stem = kind.stem();
        let since = consents.held.since(kind);
        put(format!("{stem}ConsFlg"), flag(since.is_some()));
        if let Some(since) = since {
            put(format!("{stem}ConsTime"), jst::stamp(since));
            put(
                format!("{stem}AvailableTime"),
                jst::stamp(since.saturating_add(CONSENT_LIFE_MS)),
            );
        }
    }
}

fn ticket(ticket: &Ticket, institution: &str, person: &Person) -> Value {
    let differs = ticket.institution_code != institution;
    let mut info = json!({
        "TicketType": ticket.ticket_type,
        "MedicalTicketValidDate": ticket.valid_start,
        "MedicalTicketExpirationDate": ticket.valid_end,
        "MedicalTreatmentMonth": ticket.month,
        "DesignatedMedicalInstitutionCode": ticket.institution_code,
        "DesignatedMedicalInstitutionFlag": flag(differs),
        "DesignatedMedicalInstitutionName": ticket.institution_name,
    });
    for (index, name) in ticket.injury_names.iter().take(3).enumerate() {
        info[format!("InjuryName{}", index + 1)] = Value::from(name.as_str());
    }
    // 02: outpatient.
    info["MedicalTreatmentType"] = "02".into();
    info["SingleOrCombinedUse"] = ticket.single_or_combined.as_str().into();
    info["StatusOfSocialInsurance"] = if person.insurance.is_some() {
        "01"
    } else {
        "02"
    }
    .into();
    info
}

fn flag(yes: bool) -> String {
    if yes { "1" } else { "0" }.to_owned()
}

/// Eight characters, padded on the left with spaces.
fn padded(number: &str) -> String {
    format!("{number:>8}")
}

/// 性別 of the service (1, 2, 3 not set) from that of the card (ISO/IEC 5218).
fn sex(on_card: &str) -> &'static str {
    match on_card {
        "1" => "1",
        "2" => "2",
        _ => "3",
    }
}
