//! Reading and writing: both forms, both encodings, any child order, and hostile input.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use oqs::{
    Charset, ConsentAnswers, MedicinesAnswer, Message, OqsError, QualificationAnswer,
    QualificationRequest, QualificationValidity, limits,
};

/// Shaped like a published result file: arbitrary child order, padded insurer number.
const SAMPLE: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<XmlMsg>
    <MessageHeader>
        <ProcessExecutionTime>20230221174835</ProcessExecutionTime>
        <CharacterCodeIdentifier>0</CharacterCodeIdentifier>
        <SegmentOfResult>1</SegmentOfResult>
        <ReferenceClassification>1</ReferenceClassification>
        <MedicalInstitutionCode>1311111111</MedicalInstitutionCode>
    </MessageHeader>
    <MessageBody>
        <ResultList>
            <ResultOfQualificationConfirmation>
                <Address>東京都架空区　&lt;１&amp;２&gt;</Address>
                <PharmacistsInfoAvailableTime>20230222174835</PharmacistsInfoAvailableTime>
                <Sex1>1</Sex1>
                <Name>診療　太郎</Name>
                <InsurerNumber>  123456</InsurerNumber>
                <NameKana>ｼﾝﾘｮｳ ﾀﾛｳ</NameKana>
                <InsuredCardClassification>01</InsuredCardClassification>
                <FutureElement><Inner>未来</Inner><Inner>二つ目</Inner></FutureElement>
                <Birthdate>20010327</Birthdate>
                <PharmacistsInfoConsFlg>1</PharmacistsInfoConsFlg>
            </ResultOfQualificationConfirmation>
            <ResultOfQualificationConfirmation>
                <InsuredCardClassification>A1</InsuredCardClassification>
                <Name>診療　太郎</Name>
                <PublicExpenseResultList>
                    <MedicalTicketInfo><TicketType>01</TicketType><InjuryName1>&#x58A8;&#22805;</InjuryName1></MedicalTicketInfo>
                    <MedicalTicketInfo><TicketType>77</TicketType></MedicalTicketInfo>
                </PublicExpenseResultList>
            </ResultOfQualificationConfirmation>
        </ResultList>
        <ProcessingResultStatus>1</ProcessingResultStatus>
        <QualificationValidity>1</QualificationValidity>
    </MessageBody>
</XmlMsg>"#;

fn sample() -> QualificationAnswer {
    QualificationAnswer::from_xml(SAMPLE.as_bytes()).unwrap()
}

#[test]
fn a_published_shape_is_read_with_all_its_results() {
    let answer = sample();
    assert!(answer.is_processed());
    assert_eq!(answer.validity(), Some(&QualificationValidity::Valid));
    let [insurance, assistance] = answer.results() else {
        panic!("two results");
    };
    assert_eq!(insurance.insurer_number.as_deref(), Some("  123456"));
    assert_eq!(insurance.insurer_number_trimmed(), Some("123456"));
    assert_eq!(insurance.address.as_deref(), Some("東京都架空区　<１&２>"));
    assert_eq!(insurance.extra[0].name(), "FutureElement");
    assert!(!insurance.is_medical_assistance(None));
    assert!(assistance.is_medical_assistance(None));
    assert_eq!(assistance.tickets[0].injury_name1.as_deref(), Some("墨夕"));
    let strange = assistance.tickets[1].ticket_type.as_ref().unwrap();
    assert!(!strange.is_known());
    assert_eq!(strange.code(), "77");
}

#[test]
fn every_form_gives_the_same_message_back() {
    let answer = sample();
    let json = answer.to_json();
    assert_eq!(
        QualificationAnswer::from_json(json.as_bytes()).unwrap(),
        answer
    );
    let utf8 = answer.to_xml(Charset::Utf8);
    assert!(utf8.lost.is_empty());
    assert_eq!(QualificationAnswer::from_xml(&utf8.bytes).unwrap(), answer);
    let sjis = answer.to_xml(Charset::ShiftJis);
    assert!(sjis.lost.is_empty());
    let head = b"<?xml version=\"1.0\" encoding=\"Shift_JIS\" standalone=\"no\"?>";
    assert!(sjis.bytes.starts_with(head));
    let back = QualificationAnswer::from_xml(&sjis.bytes).unwrap();
    assert_eq!(back.results(), answer.results());
    let code = back.header.unwrap().character_code_identifier.unwrap();
    assert_eq!(code.code(), "1", "the message names the encoding it is in");
}

#[test]
fn json_has_the_public_web_api_shape() {
    let json: serde_json::Value = serde_json::from_str(&sample().to_json()).unwrap();
    let list = json["XmlMsg"]["MessageBody"]["ResultList"]
        .as_array()
        .unwrap();
    assert_eq!(
        list[0]["ResultOfQualificationConfirmation"]["InsurerNumber"],
        "  123456"
    );
    let ticket = &list[1]["ResultOfQualificationConfirmation"]["PublicExpenseResultList"][0];
    assert_eq!(ticket["MedicalTicketInfo"]["TicketType"], "01");
    assert_eq!(
        list[0]["ResultOfQualificationConfirmation"]["FutureElement"]["Inner"][1],
        "二つ目"
    );
}

#[test]
fn a_single_result_is_still_a_list_in_json() {
    let mut answer = sample();
    answer.body.as_mut().unwrap().results.truncate(1);
    let json: serde_json::Value = serde_json::from_str(&answer.to_json()).unwrap();
    assert!(json["XmlMsg"]["MessageBody"]["ResultList"].is_array());
    let back: QualificationAnswer = serde_json::from_value(json).unwrap();
    assert_eq!(back, answer);
}

#[test]
fn results_are_found_in_every_shape_senders_use() {
    for json in [
        r#"{"XmlMsg":{"MessageBody":{"ResultList":[{"ResultOfQualificationConfirmation":{"Name":"a"}},{"ResultOfQualificationConfirmation":{"Name":"b"}}]}}}"#,
        r#"{"XmlMsg":{"MessageBody":{"ResultList":{"ResultOfQualificationConfirmation":[{"Name":"a"},{"Name":"b"}]}}}}"#,
        r#"{"XmlMsg":{"MessageBody":{"ResultOfQualificationConfirmation":[{"Name":"a"},{"Name":"b"}]}}}"#,
    ] {
        let answer = QualificationAnswer::from_json(json.as_bytes()).unwrap();
        let names: Vec<_> = answer
            .results()
            .iter()
            .map(|r| r.name.clone().unwrap())
            .collect();
        assert_eq!(names, ["a", "b"], "{json}");
    }
}

#[test]
fn empty_optional_elements_are_left_out() {
    let json = br#"{"XmlMsg":{"MessageBody":{"ResultList":[{"ResultOfQualificationConfirmation":{"Name":"a","Address":"","InsurerNumber":"        ","Sex1":null}}]}}}"#;
    let answer = QualificationAnswer::from_json(json).unwrap();
    let xml = String::from_utf8(answer.to_xml(Charset::Utf8).bytes).unwrap();
    assert!(xml.contains("<Name>a</Name>"));
    for absent in ["Address", "InsurerNumber", "Sex1"] {
        assert!(!xml.contains(absent), "{absent}");
    }
}

#[test]
fn a_request_carries_the_answers_given_at_the_terminal() {
    let consents = ConsentAnswers {
        medicines: true,
        ..ConsentAnswers::default()
    };
    let request =
        QualificationRequest::for_card_visit("1310000001", "20261122", "c-1", consents, "00ff");
    let json = request.to_json();
    assert_eq!(
        json,
        r#"{"XmlMsg":{"MessageHeader":{"MedicalInstitutionCode":"1310000001","QualificationConfirmationDate":"20261122","ArbitraryFileIdentifier":"00ff"},"MessageBody":{"QualificationConfirmSearchInfo":{"CardConfirmationIdentifier":"c-1","LimitApplicationCertificateRelatedConsFlg":"1","SpecificHealthCheckupsInfoConsFlg":"0","PharmacistsInfoConsFlg":"1","DiagnosisInfoConsFlg":"0","OperationInfoConsFlg":"0","ArbitraryIdentifier":"00ff"}}}}"#
    );
    assert_eq!(
        QualificationRequest::from_json(json.as_bytes()).unwrap(),
        request
    );
}

#[test]
fn medicines_are_a_plain_array() {
    for count in 1..=2 {
        let item =
            r#"{"Date":"20261001","Name":"架空錠10mg","Amount":"7日分","Institution":"架空薬局"}"#;
        let items = vec![item; count].join(",");
        let json = format!(
            r#"{{"XmlMsg":{{"MessageBody":{{"ResultCode":"1","MedicineList":[{items}]}}}}}}"#
        );
        let answer = MedicinesAnswer::from_json(json.as_bytes()).unwrap();
        assert!(answer.is_ok());
        assert_eq!(answer.medicines().len(), count);
        assert_eq!(answer.to_json(), json);
    }
}

#[test]
fn characters_that_shift_jis_lacks_are_reported() {
    let mut answer = sample();
    answer.body.as_mut().unwrap().results[0].name = Some("𠮷田　太郎".into());
    let encoded = answer.to_xml(Charset::ShiftJis);
    let [lost] = encoded.lost.as_slice() else {
        panic!("one lost")
    };
    assert_eq!(
        (lost.element.as_str(), lost.character, lost.written),
        ("Name", '𠮷', "〓")
    );
    let back = QualificationAnswer::from_xml(&encoded.bytes).unwrap();
    assert_eq!(back.results()[0].name.as_deref(), Some("〓田　太郎"));
}

/// Invariant 15: each of these is refused with its own reason.
#[test]
fn invariant_15_hostile_xml_is_refused() {
    let deep = format!("<XmlMsg>{}{}</XmlMsg>", "<a>".repeat(40), "</a>".repeat(40));
    let wide = format!(
        "<XmlMsg>{}</XmlMsg>",
        "<a/>".repeat(limits::MAX_ELEMENTS + 1)
    );
    let large = vec![b' '; limits::MAX_BYTES + 1];
    let xml = |bytes: &[u8]| QualificationAnswer::from_xml(bytes).unwrap_err();
    assert_eq!(xml(deep.as_bytes()), OqsError::TooDeep);
    assert_eq!(xml(wide.as_bytes()), OqsError::TooManyElements);
    assert!(matches!(xml(&large), OqsError::TooLarge { .. }));
    assert_eq!(
        xml(b"<!DOCTYPE x [<!ENTITY a \"b\">]><XmlMsg>&a;</XmlMsg>"),
        OqsError::Dtd
    );
    assert_eq!(xml(b"<XmlMsg>&a;</XmlMsg>"), OqsError::Entity);
    assert_eq!(xml(b"<XmlMsg>&#0;</XmlMsg>"), OqsError::Entity);
    assert_eq!(xml(b"<XmlMsg>&#x110000;</XmlMsg>"), OqsError::Entity);
    assert_eq!(
        xml(b"<?xml version='1.0' encoding='EUC-JP'?><XmlMsg/>"),
        OqsError::Encoding
    );
    assert_eq!(xml(b"<XmlMsg>\xFF</XmlMsg>"), OqsError::NotText("UTF-8"));
    let sjis = b"<?xml version='1.0' encoding='Shift_JIS'?><XmlMsg>\x81</XmlMsg>";
    assert_eq!(xml(sjis), OqsError::NotText("Shift_JIS"));
    assert_eq!(xml(b"<Other><a/></Other>"), OqsError::Root("XmlMsg"));
    for broken in [
        "",
        "text",
        "<XmlMsg>",
        "<XmlMsg></Other>",
        "</XmlMsg>",
        "<XmlMsg/><XmlMsg/>",
        "<XmlMsg",
        "<XmlMsg/>text",
    ] {
        assert!(
            matches!(xml(broken.as_bytes()), OqsError::Xml { .. }),
            "{broken}"
        );
    }
    let twice = "<XmlMsg><MessageBody><ResultList><ResultOfQualificationConfirmation><InsurerNumber>1</InsurerNumber><InsurerNumber>2</InsurerNumber></ResultOfQualificationConfirmation></ResultList></MessageBody></XmlMsg>";
    assert_eq!(
        xml(twice.as_bytes()),
        OqsError::Duplicate("InsurerNumber".into())
    );
    assert_eq!(
        xml(b"<XmlMsg>a<b/></XmlMsg>"),
        OqsError::Shape("XmlMsg".into())
    );
    assert_eq!(
        xml(b"<XmlMsg><MessageBody>a</MessageBody></XmlMsg>"),
        OqsError::Shape("MessageBody".into())
    );
}

#[test]
fn invariant_15_hostile_json_is_refused() {
    let json = |text: &str| QualificationAnswer::from_json(text.as_bytes()).unwrap_err();
    let deep = format!("{{\"XmlMsg\":{}1{}}}", "{\"a\":".repeat(40), "}".repeat(40));
    assert_eq!(json(&deep), OqsError::TooDeep);
    let arrays = format!("{{\"XmlMsg\":{}", "[".repeat(100_000));
    assert_eq!(json(&arrays), OqsError::TooDeep);
    let wide = format!(
        "{{\"XmlMsg\":{{\"a\":[{}1]}}}}",
        "1,".repeat(limits::MAX_ELEMENTS)
    );
    assert_eq!(json(&wide), OqsError::TooManyElements);
    assert!(matches!(
        json(&" ".repeat(limits::MAX_BYTES + 1)),
        OqsError::TooLarge { .. }
    ));
    assert_eq!(json(r#"{"XmlMsg":{"a b":"1"}}"#), OqsError::Name);
    assert_eq!(json(r#"{"XmlMsg":{"a><b":"1"}}"#), OqsError::Name);
    assert_eq!(
        json(r#"{"XmlMsg":{"a":[["1"]]}}"#),
        OqsError::Shape("a".into())
    );
    assert_eq!(json(r#"{"Other":{"a":"1"}}"#), OqsError::Root("XmlMsg"));
    for text in ["null", "[]", "3", "{}"] {
        assert_eq!(json(text), OqsError::Root("XmlMsg"), "{text}");
    }
    for text in ["", "{", "{\"XmlMsg\":{}} x", "{\"XmlMsg\":\u{1}}"] {
        assert!(matches!(json(text), OqsError::Json { .. }), "{text}");
    }
    let twice =
        r#"{"XmlMsg":{"MessageBody":{"QualificationValidity":"1","QualificationValidity":"6"}}}"#;
    assert_eq!(
        json(twice),
        OqsError::Duplicate("QualificationValidity".into())
    );
}

/// Every cut and every changed byte of a real message is either read or refused, never worse.
#[test]
fn invariant_15_damaged_messages_do_not_panic() {
    let answer = sample();
    let sjis = answer.to_xml(Charset::ShiftJis).bytes;
    for bytes in [
        SAMPLE.as_bytes().to_vec(),
        sjis,
        answer.to_json().into_bytes(),
    ] {
        for at in 0..bytes.len() {
            let _ = QualificationAnswer::from_xml(&bytes[..at]);
            let _ = QualificationAnswer::from_json(&bytes[..at]);
            let mut changed = bytes.clone();
            for with in [0x00, b'<', b'&', b'"', 0x81, 0xFF] {
                changed[at] = with;
                let _ = QualificationAnswer::from_xml(&changed);
                let _ = QualificationAnswer::from_json(&changed);
            }
        }
    }
}

#[test]
fn debug_output_names_elements_and_shows_no_value() {
    let text = format!("{:?}", sample());
    assert!(text.contains("MessageBody"));
    for value in ["太郎", "123456", "20010327", "未来"] {
        assert!(!text.contains(value), "{text}");
    }
}

#[test]
fn invariant_15_a_message_of_very_many_names_is_written_in_little_time() {
    let mut json = String::from("{\"XmlMsg\":{\"MessageBody\":{\"ProcessingResultStatus\":\"1\"");
    for number in 0..90_000 {
        json.push_str(&format!(",\"ANameLikeAllTheOthers{number:06}\":\"x\""));
    }
    json.push_str("}}}");
    assert!(json.len() < limits::MAX_BYTES);
    let answer = QualificationAnswer::from_json(json.as_bytes()).unwrap();
    let begun = std::time::Instant::now();
    let written = answer.to_json();
    // Looking each name up among all the others takes minutes here; this takes a fraction of a second.
    assert!(
        begun.elapsed() < std::time::Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(
        QualificationAnswer::from_json(written.as_bytes()).unwrap(),
        answer
    );
}

/// Requests refuse what they do not know, answers pass over it: also beside the root.
#[test]
fn what_stands_beside_the_root_is_passed_over_in_an_answer_and_refused_in_a_request() {
    use oqs::{MessageTree, OqsError};
    let alone = br#"{"XmlMsg":{"MessageBody":{"ProcessingResultStatus":"1"}}}"#;
    assert!(MessageTree::request_from_json(alone).is_ok());
    for (beside, name) in [
        (r#""Future":{"a":[1]}"#, Some("Future")),
        (r#""future":null"#, Some("future")),
        (r#""not a name":1"#, None),
    ] {
        let first = format!(r#"{{{beside},"XmlMsg":{{"MessageBody":{{"Name":"a"}}}}}}"#);
        let last = format!(r#"{{"XmlMsg":{{"MessageBody":{{"Name":"a"}}}},{beside}}}"#);
        for text in [first, last] {
            let read = MessageTree::from_json(text.as_bytes()).unwrap();
            assert_eq!(read.text("MessageBody", "Name"), Some("a"), "{text}");
            assert!(QualificationAnswer::from_json(text.as_bytes()).is_ok());
            let refused = MessageTree::request_from_json(text.as_bytes()).unwrap_err();
            let expected = name.map_or(OqsError::Name, |name| OqsError::Beside(name.into()));
            assert_eq!(refused, expected, "{text}");
        }
    }
}
