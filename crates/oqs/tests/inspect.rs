//! Looking into files of unknown kind: words, normalised JSON, doubts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use oqs::bulk::Form;
use oqs::inspect::{Inspection, inspect};
use oqs::{Charset, MessageKind, OqsError, zip};

const ANSWER: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<XmlMsg><MessageHeader><MedicalInstitutionCode>1310000001</MedicalInstitutionCode><SegmentOfResult>1</SegmentOfResult>
<CharacterCodeIdentifier>1</CharacterCodeIdentifier><NewHeader>x</NewHeader></MessageHeader>
<MessageBody><ProcessingResultStatus>1</ProcessingResultStatus><QualificationValidity>1</QualificationValidity>
<ResultList><ResultOfQualificationConfirmation><InsuredCardClassification>01</InsuredCardClassification>
<InsurerNumber>  138016</InsurerNumber><Name>●野　𠮷子</Name><Birthdate>20261399</Birthdate><Sex1>8</Sex1>
<Address></Address></ResultOfQualificationConfirmation></ResultList></MessageBody></XmlMsg>"#;

fn words(found: &Inspection) -> Vec<(String, &'static str)> {
    found
        .doubts
        .iter()
        .map(|d| (d.path.clone(), d.kind.word()))
        .collect()
}

#[test]
fn doubts_name_place_and_kind() {
    let found = inspect(ANSWER.as_bytes(), "whatever.xml").unwrap();
    assert_eq!(found.kind, MessageKind::QualificationAnswer);
    assert_eq!(found.charset, Some(Charset::Utf8));
    let result = "MessageBody/ResultList/ResultOfQualificationConfirmation[1]";
    let doubts = words(&found);
    for (path, kind) in [
        ("MessageHeader/NewHeader".to_owned(), "unknown-element"),
        (format!("{result}/Name"), "unreadable-character"),
        (format!("{result}/Birthdate"), "not-a-time"),
        (format!("{result}/Sex1"), "unknown-code"),
        (String::new(), "character-code"),
        ("Name".to_owned(), "not-in-shift-jis"),
    ] {
        assert!(
            doubts.contains(&(path.clone(), kind)),
            "{path} {kind} in {doubts:?}"
        );
    }
    assert!(
        !found.json().contains("Address"),
        "an empty optional element is omitted"
    );
    assert!(found.json().contains("NewHeader"), "an unknown one is kept");
    let validity = found
        .lines
        .iter()
        .find(|l| l.path.ends_with("QualificationValidity"))
        .unwrap();
    assert_eq!(validity.meaning.as_ref().unwrap().0, "有効");
    assert_eq!(found.summaries.len(), 1);
}

#[test]
fn json_zip_and_shift_jis_say_the_same() {
    let ours = inspect(ANSWER.as_bytes(), "").unwrap();
    let json = inspect(ours.json().as_bytes(), "").unwrap();
    assert_eq!(json.form, Form::Json);
    assert_eq!(json.json(), ours.json());
    let zipped = zip::pack("OQSsiquc01res_1.xml", ANSWER.as_bytes()).unwrap();
    let zipped = inspect(&zipped, "x.zip").unwrap();
    assert_eq!(zipped.zipped.as_deref(), Some("OQSsiquc01res_1.xml"));
    assert_eq!(zipped.json(), ours.json());
    let text = ANSWER.replace("UTF-8", "Shift_JIS").replace('𠮷', "吉");
    let (sjis, _, lost) = encoding_rs::SHIFT_JIS.encode(&text);
    assert!(!lost);
    let sjis = inspect(&sjis, "").unwrap();
    assert_eq!(sjis.charset, Some(Charset::ShiftJis));
    assert_eq!(sjis.json(), ours.json().replace('𠮷', "吉"));
    assert!(
        !words(&sjis)
            .iter()
            .any(|(_, kind)| *kind == "character-code")
    );
}

#[test]
fn broken_bytes_are_shown_and_doubted() {
    let mut bytes = ANSWER.as_bytes().to_vec();
    let at = bytes.windows(3).position(|w| w == "野".as_bytes()).unwrap();
    bytes[at] = 0xff;
    let found = inspect(&bytes, "").unwrap();
    assert_eq!(words(&found)[0].1, "lost-bytes");
    assert!(inspect(b"", "").is_err());
    assert!(inspect(b"%PDF-1.4", "a.pdf").is_err());
    assert_eq!(
        inspect(b"<!DOCTYPE a><XmlMsg/>", "").err(),
        Some(OqsError::Dtd)
    );
}

#[test]
fn invariant_6_what_is_shown_of_a_file_is_what_the_terminal_would_hand_on() {
    let text = ANSWER
        .replace(
            "<InsuredCardClassification>01",
            "<InsuredCardClassification>A1",
        )
        .replace("  138016", "12000009")
        .replace(
            "<Birthdate>",
            "<InsuredIdentificationNumber>2020002</InsuredIdentificationNumber><Birthdate>",
        );
    let found = inspect(text.as_bytes(), "").unwrap();
    assert!(found.withheld);
    assert!(found.summaries[0].unentrusted);
    assert!(!found.json().contains("12000009") && !found.json().contains("2020002"));
    assert!(
        found
            .lines
            .iter()
            .all(|l| !l.value.contains("12000009") && !l.value.contains("2020002"))
    );
}

#[test]
fn assumed_messages_say_so() {
    let text = r#"{"XmlMsg":{"MessageHeader":{},"MessageBody":{"EnvironmentSettingInfo":{"MedicalAssistanceUse":"1"}}}}"#;
    let found = inspect(text.as_bytes(), "OQSsiupd01req_1.json").unwrap();
    assert_eq!(found.kind, MessageKind::SettingsUpdateRequest);
    assert!(found.kind.is_assumed());
    assert!(words(&found).iter().any(|(_, kind)| *kind == "assumed"));
    assert_eq!(found.interface.unwrap().number, 43);
}

/// Invariant 13: what is simulated says so wherever it is shown; and a medicine's name is not a person's.
#[test]
fn a_simulated_list_of_medicines_is_told_as_what_it_is() {
    let text = r#"{"XmlMsg":{"MessageHeader":{},"MessageBody":{"ResultCode":"1","MedicineList":[{"Date":"20261001","Name":"架空錠10mg","Amount":"7日分","Institution":"架空薬局"}],"UketsukeSimulation":"1"}}}"#;
    let found = inspect(text.as_bytes(), "YZKsiquc01res_1.json").unwrap();
    assert_eq!(found.kind, MessageKind::MedicinesAnswer);
    assert!(found.simulated() && found.kind.is_assumed());
    let line = found
        .lines
        .iter()
        .find(|l| l.value == "架空錠10mg")
        .unwrap();
    assert_eq!(
        oqs::labels::at(&line.path).unwrap().0,
        "薬剤名",
        "{}",
        line.path
    );
    let plain = inspect(text.replace("UketsukeSimulation", "Other").as_bytes(), "").unwrap();
    assert!(!plain.simulated());
}

/// Invariant 6: beside an unentrusted assistance every doubt is told all the same, by the names of elements alone; what is withheld
/// stands in no doubt.
#[test]
fn invariant_6_doubts_are_told_where_parts_are_withheld() {
    let text = r#"<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<XmlMsg><MessageHeader><MedicalInstitutionCode>1310000001</MedicalInstitutionCode><SegmentOfResult>1</SegmentOfResult>
<CharacterCodeIdentifier>1</CharacterCodeIdentifier><NewHeader>x</NewHeader></MessageHeader>
<MessageBody><ProcessingResultStatus>1</ProcessingResultStatus><QualificationValidity>6</QualificationValidity>
<ResultList><ResultOfQualificationConfirmation><InsuredCardClassification>A1</InsuredCardClassification>
<InsurerNumber>12000009</InsurerNumber><InsuredIdentificationNumber>2020003</InsuredIdentificationNumber><InsurerName>架空市福祉事務所</InsurerName>
<Name>●野　花子</Name><Sex1>8</Sex1><Address>𠮷野町</Address><PersonalFamilyClassification>77</PersonalFamilyClassification>
<N12000009>12000009</N12000009><Unheard>12000009</Unheard>
</ResultOfQualificationConfirmation></ResultList></MessageBody></XmlMsg>"#;
    let found = inspect(text.as_bytes(), "whatever.xml").unwrap();
    assert!(found.withheld);
    assert_eq!(
        found.told_charset.as_ref().map(oqs::CharacterCode::code),
        Some("1")
    );
    let result = "MessageBody/ResultList/ResultOfQualificationConfirmation[1]";
    let doubts = words(&found);
    for (path, kind) in [
        ("MessageHeader/NewHeader".to_owned(), "unknown-element"),
        (format!("{result}/Name"), "unreadable-character"),
        (format!("{result}/Sex1"), "unknown-code"),
        (
            format!("{result}/PersonalFamilyClassification"),
            "unknown-code",
        ),
        (format!("{result}/Unheard"), "unknown-element"),
        (format!("{result}/?"), "unknown-element"),
        ("Address".to_owned(), "not-in-shift-jis"),
        (String::new(), "character-code"),
    ] {
        assert!(
            doubts.contains(&(path.clone(), kind)),
            "{path} {kind} in {doubts:?}"
        );
    }
    let mut said = found.json().to_owned();
    for doubt in &found.doubts {
        said.push_str(&format!(
            "{} {} {}",
            doubt.path,
            doubt.kind.ja(),
            doubt.kind.en()
        ));
    }
    for withheld in ["12000009", "2020003", "𠮷", "77"] {
        assert!(!said.contains(withheld), "{withheld} in {said}");
    }
    assert!(
        said.contains("its value is withheld") && !said.contains("“8”"),
        "by names alone: {said}"
    );
}

/// The reason of a loss is told in words, with what to do about it, and so are the separate consents to parts.
#[test]
fn a_lost_qualification_and_a_refused_part_are_told_in_words() {
    let json = r#"{"XmlMsg":{"MessageHeader":{"QualificationConfirmationDate":"20261122"},"MessageBody":{"ProcessingResultStatus":"1","QualificationValidity":"2","ResultList":[{"ResultOfQualificationConfirmation":{
        "InsuredCardClassification":"01","DisqualificationDate":"20261101","ReasonOfLoss":"02","AllergyInfoConsFlg":"0"}}]}}}"#;
    let found = inspect(json.as_bytes(), "OQSsiquc01res_1.json").unwrap();
    let meaning = |name: &str| {
        let mut lines = found.lines.iter();
        let line = lines.find(|line| line.path.ends_with(name)).unwrap();
        line.meaning.clone().unwrap().0
    };
    assert_eq!(meaning("ReasonOfLoss"), "生活保護受給開始");
    assert_eq!(meaning("AllergyInfoConsFlg"), "同意なし");
    let [summary] = found.summaries.as_slice() else {
        panic!("one result");
    };
    assert_eq!(
        summary.advice,
        [oqs::summary::Advice::PhoneAboutAssistanceBegun]
    );
}

/// Of a person of a bulk answer, too, nothing is shown that the terminal would not hand on, whatever element it came in.
#[test]
fn invariant_6_a_bulk_file_is_shown_as_it_would_be_handed_on() {
    let message = r#"{"XmlMsg":{"MessageHeader":{"MedicalInstitutionCode":"1310000001","SegmentOfResult":"1"},"MessageBody":{"BulkConfirmUnit":[{
        "ProcessingResultStatus":"1","QualificationValidity":"6","PrescriptionIssueSelect":"12000009","ResultList":[
        {"ResultOfQualificationConfirmation":{"InsuredCardClassification":"A1","InsurerName":"架空市福祉事務所","InsurerNumber":"12000009",
        "PublicExpenseResultList":[{"BeneficiaryNumber":"2020002"}]}},{"Strange":{"BeneficiaryNumber":"2020002"}}]}]}}}"#;
    let found = inspect(message.as_bytes(), "").unwrap();
    assert!(found.withheld);
    let mut shown: Vec<String> = found.lines.iter().map(|line| line.value.clone()).collect();
    shown.push(found.json().to_owned());
    let shown = shown.join("\n");
    assert!(shown.contains("架空市福祉事務所"), "{shown}");
    for number in ["12000009", "2020002"] {
        assert!(!shown.contains(number), "{number}: {shown}");
    }
}
