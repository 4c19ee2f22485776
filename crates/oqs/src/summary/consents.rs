//! What a result says of consents, kind by kind and part by part (OQSCD016, OQSCD036), and the certificate that stands under one of
//! its own (特定疾病療養受療証). Only what the answer brings has a row: a part that the patient refused is seen as refused.

use super::fields::{date, shown};
use super::{Item, Shown};
use crate::codes::{ConsentFlag, DiseaseCategory};
use crate::result::{QualificationResult, SpecificDisease};
use crate::time;
use crate::values::Timestamp;

type Flag = Option<ConsentFlag>;
type Time = Option<Timestamp>;

/// Every consent of a result, each with when it was given and until when it serves, then the certificates.
pub(super) fn of(result: &QualificationResult) -> Vec<(Item, Shown)> {
    let none = None;
    let rows: [(Item, &Flag, &Time, &Time); 12] = [
        (
            Item::LimitConsent,
            &result.limit_certificate_consent,
            &result.limit_certificate_consent_time,
            &none,
        ),
        (
            Item::SpecificDiseaseConsent,
            &result.specific_diseases_consent,
            &result.specific_diseases_consent_time,
            &none,
        ),
        (
            Item::CheckupsConsent,
            &result.checkups_consent,
            &result.checkups_consent_time,
            &result.checkups_available_time,
        ),
        (
            Item::MedicinesConsent,
            &result.medicines_consent,
            &result.medicines_consent_time,
            &result.medicines_available_time,
        ),
        (
            Item::PrescriptionsConsent,
            &result.prescriptions_consent,
            &result.prescriptions_consent_time,
            &result.prescriptions_available_time,
        ),
        (
            Item::TreatmentConsent,
            &result.treatment_consent,
            &result.treatment_consent_time,
            &result.treatment_available_time,
        ),
        (
            Item::AllergiesConsent,
            &result.allergies_consent,
            &result.allergies_consent_time,
            &result.allergies_available_time,
        ),
        (
            Item::ContraindicationsConsent,
            &result.contraindications_consent,
            &result.contraindications_consent_time,
            &result.contraindications_available_time,
        ),
        (
            Item::TestsConsent,
            &result.tests_consent,
            &result.tests_consent_time,
            &result.tests_available_time,
        ),
        (
            Item::OperationsConsent,
            &result.operations_consent,
            &result.operations_consent_time,
            &result.operations_available_time,
        ),
        (
            Item::DiagnosisNamesConsent,
            &result.diagnosis_names_consent,
            &result.diagnosis_names_consent_time,
            &result.diagnosis_names_available_time,
        ),
        (
            Item::InfectionsConsent,
            &result.infections_consent,
            &result.infections_consent_time,
            &result.infections_available_time,
        ),
    ];
    let consents = rows.into_iter().filter_map(|(item, flag, since, until)| {
        let flag = flag.as_ref()?;
        Some((item, worded(flag, since.as_deref(), until.as_deref())))
    });
    let certificates = result.specific_diseases.iter().flat_map(certificate);
    consents.chain(certificates).collect()
}

/// The flag in words, then from when until when.
fn worded(flag: &ConsentFlag, since: Option<&str>, until: Option<&str>) -> Shown {
    let told = |text: Option<&str>| {
        let text = text.map(str::trim).filter(|text| !text.is_empty());
        text.map(readable)
    };
    let (since, until) = (told(since), told(until));
    // Letters that Shift_JIS has: what the terminal says itself raises no doubt about a name.
    let span = |between: &str, of: fn(&Shown) -> &str| match (&since, &until) {
        (None, None) => String::new(),
        (Some(since), None) => format!(" {}", of(since)),
        (since, Some(until)) => {
            let since = since.as_ref().map(of).unwrap_or_default();
            format!(" {since}{between}{}", of(until))
        }
    };
    Shown {
        ja: format!("{}{}", flag.ja(), span(" - ", |one| &one.ja)),
        en: format!("{}{}", flag.en(), span(" to ", |one| &one.en)),
    }
}

/// Day and minute of `20261122093000` as every date beside it is written; anything else as it came.
fn readable(text: &str) -> Shown {
    if time::from_jst(text).is_none() {
        return Shown::same(text);
    }
    let part = |from, to| text.get(from..to).unwrap_or_default();
    let (date, hour, minute) = (part(0, 8), part(8, 10), part(10, 12));
    Shown {
        ja: format!("{} {hour}:{minute}", time::ja_date(date)),
        en: format!("{} {hour}:{minute}", time::en_date(date)),
    }
}

/// 特定疾病療養受療証: which disease, from when until when, and what the person pays at most.
fn certificate(one: &SpecificDisease) -> [(Item, Shown); 3] {
    let category = one.category.as_ref();
    let name = |words: fn(&DiseaseCategory) -> &str| shown(category.map(words)).ja;
    let (from, to) = (date(&one.valid_start_date), date(&one.valid_end_date));
    [
        (
            Item::SpecificDisease,
            Shown {
                ja: name(DiseaseCategory::ja),
                en: name(DiseaseCategory::en),
            },
        ),
        (
            Item::SpecificDiseasePeriod,
            Shown {
                ja: format!("{} - {}", from.ja, to.ja),
                en: format!("{} to {}", from.en, to.en),
            },
        ),
        (Item::SpecificDiseaseSelfPay, shown(one.self_pay.as_deref())),
    ]
}
