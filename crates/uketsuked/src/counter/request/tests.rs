//! Requests as they are sent, and strange ones.

use super::*;
use crate::counter::CounterError;

fn read(text: &str) -> Result<CounterRequest, serde_json::Error> {
    serde_json::from_str(text)
}

#[test]
fn requests_are_read_and_strange_ones_refused() {
    let lookup = read(r#"{"do":"lookup","insurer_number":"12000001","number":"1010001"}"#);
    assert!(matches!(lookup, Ok(CounterRequest::Lookup(n)) if n.check().is_ok()));
    assert!(read(r#"{"do":"settings"}"#).is_ok());
    assert!(read(r#"{"do":"fetch-tickets","month":"202611"}"#).is_ok());
    assert!(read(r#"{"do":"fetch-tickets","month":"202611","x":1}"#).is_err());
    assert!(read(r#"{"do":"medicines"}"#).is_err());
}

fn refused(text: &str) -> CounterError {
    let value = serde_json::from_str(text).unwrap();
    CounterRequest::read(value).err().expect("refused")
}

/// A slip in a field's name must not be passed over: what was meant is then not asked.
#[test]
fn unknown_and_missing_fields_are_named_and_no_value_is() {
    let numbers = r#""insurer_number":"06123456","number":"3456789""#;
    let four =
        r#""name":"未託","birth_date":"19600101","sex":"1","address":"東京","operator":"医師""#;
    for (text, field) in [
        (
            format!(r#"{{"do":"lookup",{numbers},"birthdate":"19900115"}}"#),
            "birthdate",
        ),
        (
            format!(r#"{{"do":"reinquire","care":"online",{numbers},"takes_medical":true}}"#),
            "takes_medical",
        ),
        (
            format!(r#"{{"do":"withdraw","care":"online","by_patient":true,{numbers},"why":"x"}}"#),
            "why",
        ),
        (
            format!(r#"{{"do":"disaster","reason":"地震","oral_concent":true,{four}}}"#),
            "oral_concent",
        ),
        (
            format!(r#"{{"do":"note-outage","oral":true,{four}}}"#),
            "oral",
        ),
        (
            r#"{"do":"lookup","number":"3456789"}"#.to_owned(),
            "insurer_number",
        ),
        (
            r#"{"do":"fetch-tickets","month":"202611","x":1}"#.to_owned(),
            "x",
        ),
    ] {
        let error = refused(&text);
        assert_eq!(error.code, "UK-VISIT-501");
        assert_eq!(error.json()["error"]["field"], field, "{text}");
        let said = error.json().to_string();
        assert!(
            !said.contains("3456789") && !said.contains("未託"),
            "{said}"
        );
    }
    assert_eq!(
        refused(r#"{"do":"lookup","insurer_number":12000001,"number":"1"}"#).code,
        "UK-VISIT-501"
    );
    let fine = r#"{"do":"reinquire","care":"house-call","care_day":"20261122","insurer_number":"06123456","number":"1"}"#;
    assert!(CounterRequest::read(serde_json::from_str(fine).unwrap()).is_ok());
}

#[test]
fn full_width_digits_are_made_plain() {
    let text = r#"{"do":"lookup","insurer_number":"０６１２-３４５６","symbol":"１２","number":"３４５６７８９","branch":"０１","birth_date":"１９９０ ０１１５"}"#;
    let Ok(CounterRequest::Lookup(numbers)) =
        CounterRequest::read(serde_json::from_str(text).unwrap())
    else {
        panic!("a lookup");
    };
    assert!(numbers.check().is_ok());
    assert_eq!(
        [
            &numbers.insurer_number,
            &numbers.number,
            &numbers.branch,
            &numbers.birth_date
        ],
        ["06123456", "3456789", "01", "19900115"]
    );
    assert_eq!(numbers.symbol, "１２", "a symbol may be of any letters");
}

#[test]
fn the_field_that_can_not_be_asked_with_is_named() {
    let four = |name: &str, born: &str, sex: &str, address: &str| {
        let person = FourItems {
            name: name.into(),
            birth_date: born.into(),
            sex: sex.into(),
            address: address.into(),
        };
        person
            .check()
            .err()
            .and_then(|error| error.field)
            .map(|(name, _)| name)
    };
    assert_eq!(four("未託", "19600101", "1", "東京"), None);
    assert_eq!(four(" ", "19600101", "1", "東京").as_deref(), Some("name"));
    assert_eq!(
        four("未託", "19601301", "1", "東京").as_deref(),
        Some("birth_date")
    );
    assert_eq!(
        four("未託", "19600101", "4", "東京").as_deref(),
        Some("sex")
    );
    assert_eq!(
        four("未託", "19600101", "1", "").as_deref(),
        Some("address")
    );
    let error = CounterError::missing("number").on_line(3);
    assert_eq!(error.json()["error"]["line"], 3);
    assert!(error.ja.starts_with("3件目：") && error.ja.contains("番号・受給者番号"));
}

/// Invariant 1: what would show medical information is known before it is asked, so that the technician's socket can refuse it.
#[test]
fn inv1_what_shows_medical_information_is_known() {
    let four = r#""name":"未託","birth_date":"19600101","sex":"1","address":"東京","operator":"医師","reason":"地震""#;
    for (rest, medical) in [
        (r#""do":"emergency","factor":"3","method":"01""#, true),
        (
            r#""do":"disaster","oral_consent":true,"information":true"#,
            true,
        ),
        (r#""do":"disaster","oral_consent":true"#, false),
    ] {
        let request = read(&format!("{{{rest},{four}}}")).unwrap();
        assert_eq!(request.shows_medical(), medical, "{rest}");
    }
}

#[test]
fn implausible_numbers_are_not_sent() {
    let numbers = |insurer: &str, number: &str, born: &str| Numbers {
        insurer_number: insurer.into(),
        number: number.into(),
        birth_date: born.into(),
        ..Numbers::default()
    };
    assert!(numbers("06123456", "3456789", "19900115").check().is_ok());
    assert!(
        numbers("06123456", "3456789", "").check().is_err(),
        "insurance needs the birth date"
    );
    assert!(
        numbers("120014", "3456789", "").check().is_err(),
        "国民健康保険 of Chiba: six digits, an insurance"
    );
    assert!(numbers("120014", "3456789", "19900115").check().is_ok());
    assert!(numbers("12000001", "1010001", "").check().is_ok());
    assert!(numbers("061234567", "1", "19900115").check().is_err());
    assert!(numbers("1200000x", "1", "").check().is_err());
    assert!(numbers("12000001", "", "").check().is_err());
    assert!(numbers("12000001", "1", "19901301").check().is_err());
}
