//! What stands unknown in a list stays there: one level up it could bear a field's name and give it a value that nobody gave.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use oqs::bulk::BulkAnswer;
use oqs::delivery::Deliverable;
use oqs::{Charset, Content, Element, Message, MessageTree, QualificationAnswer};
use serde_json::{Value, json};

const OURS: &str = "1310000001";

fn answer(result: &Value) -> QualificationAnswer {
    let message = json!({"XmlMsg": {"MessageBody": {
        "ProcessingResultStatus": "1",
        "ResultList": [{"ResultOfQualificationConfirmation": result}],
    }}});
    QualificationAnswer::from_json(message.to_string().as_bytes()).unwrap()
}

/// Read again out of every form, the answer is the one that was written.
fn settled(answer: &QualificationAnswer) {
    let json = answer.to_json();
    let again = QualificationAnswer::from_json(json.as_bytes()).unwrap();
    assert_eq!(again, *answer, "{json}");
    assert_eq!(again.to_json(), json);
    let xml = answer.to_xml(Charset::Utf8).bytes;
    let again = QualificationAnswer::from_xml(&xml).unwrap();
    assert_eq!(again.to_xml(Charset::Utf8).bytes, xml);
    let out_of_json = QualificationAnswer::from_json(again.to_json().as_bytes()).unwrap();
    assert_eq!(out_of_json.results(), answer.results());
}

/// The finding of a fuzzer: a list of strange entries gave the result a validity.
#[test]
fn an_unknown_entry_of_a_list_gives_the_record_nothing() {
    let found = answer(&json!({
        "InsuredCardClassification": "05", "Name": "架空　花子",
        "PublicExpenseResultList": [
            {"fier": "a", "QualificationValidity": "2", "TicketType": "01"},
            {"Birthdate": "19700101", "Other": {"Sex1": "1"}},
        ],
    }));
    settled(&found);
    for read in [
        found.clone(),
        QualificationAnswer::from_json(found.to_json().as_bytes()).unwrap(),
        QualificationAnswer::from_xml(&found.to_xml(Charset::Utf8).bytes).unwrap(),
    ] {
        let result = &read.results()[0];
        assert_eq!(result.qualification_validity, None);
        assert_eq!((&result.birthdate, &result.sex1), (&None, &None));
        assert!(result.tickets.is_empty());
        let kept: Vec<_> = result.extra.iter().map(Element::name).collect();
        assert_eq!(kept, ["PublicExpenseResultList"]);
        let inside: Vec<_> = result.extra[0]
            .children()
            .iter()
            .map(Element::name)
            .collect();
        assert_eq!(
            inside,
            [
                "fier",
                "QualificationValidity",
                "TicketType",
                "Birthdate",
                "Other"
            ]
        );
    }
}

/// Beside items that are known, in one wrapper or in two of a name, as objects or as texts.
#[test]
fn what_is_unknown_beside_the_items_of_a_list_survives_every_form() {
    let ticket = |kind: &str| json!({"MedicalTicketInfo": {"TicketType": kind}});
    for list in [
        json!([ticket("01"), {"Unknown": {"Name": "x"}}]),
        json!([ticket("01"), ticket("02"), {"Name": "x"}]),
        json!([ticket("01"), {"Unknown": [{"Name": "x"}, {"Name": "y"}]}, {"Name": "x"}]),
        json!({"MedicalTicketInfo": [{"TicketType": "01"}, {"TicketType": "02"}], "Name": ["x", "y"]}),
        json!([{"MedicalTicketInfo": {"TicketType": "01"}, "Name": "x"}, {"MedicalTicketInfo": {"TicketType": "02"}}]),
    ] {
        let found = answer(&json!({"Name": "架空　花子", "PublicExpenseResultList": list}));
        settled(&found);
        let result = &found.results()[0];
        assert_eq!(result.name.as_deref(), Some("架空　花子"), "{list}");
        assert!(
            !result.tickets.is_empty() && result.extra.len() == 1,
            "{list}"
        );
        assert!(found.to_json().contains('x'), "nothing is lost: {list}");
    }
}

/// Two lists of a name that read as one are written as one: what is written and read again is the same.
#[test]
fn lists_of_one_name_are_the_same_read_again() {
    let child =
        |name: &str, text: &str| Element::new(name, Content::Text(text.to_owned())).unwrap();
    let group =
        |name: &str, inside: Vec<Element>| Element::new(name, Content::Children(inside)).unwrap();
    let item = |name: &str| group(name, vec![child("Inner", "x")]);
    for lists in [
        vec![vec![item("A"), item("A")], vec![item("B")]],
        vec![vec![item("A")], vec![child("B", "x"), child("B", "y")]],
        vec![vec![item("A"), item("B")], vec![item("A")]],
        vec![vec![item("A")], vec![child("B", "x")]],
        vec![vec![], vec![item("A")]],
        vec![
            vec![
                group("InnerList", vec![item("A")]),
                group("InnerList", vec![item("B")]),
            ],
            vec![item("A")],
        ],
    ] {
        let lists = lists.into_iter().map(|inside| group("NewList", inside));
        let tree = MessageTree::new(group("XmlMsg", lists.collect())).unwrap();
        let once = tree.to_json();
        let again = MessageTree::from_json(once.as_bytes()).unwrap();
        assert_eq!(again.to_json(), once);
        // Each item is still in a list of that name, once.
        let items = |tree: &MessageTree| {
            let lists = tree.root.children().iter();
            let all = lists.inspect(|list| assert_eq!(list.name(), "NewList"));
            let mut names: Vec<_> = all
                .flat_map(Element::children)
                .map(|one| (one.name().to_owned(), one.text().map(str::to_owned)))
                .collect();
            names.sort();
            names
        };
        assert_eq!(items(&again), items(&tree), "{once}");
    }
}

/// Invariant 6: what stands unknown in a list of tickets leaves with nobody, neither beside an unentrusted person nor, as a ticket
/// that nobody has judged, beside an entrusted one; its numbers are taken for the person's.
#[test]
fn invariant_6_what_is_unknown_in_a_list_of_tickets_does_not_leave() {
    let person = |own: Value, classification: &str| {
        answer(&json!({
            "InsuredCardClassification": classification, "QualificationValidity": "1",
            "Name": "架空　花子 ７７７０００１", "InsurerName": "架空市福祉事務所",
            "PublicExpenseResultList": [own, {
                "Strange": {"InjuryName1": "漏洩マーカー", "BeneficiaryNumber": "7770001"},
                "BeneficiaryNumber": "7770001", "Birthdate": "19700101",
            }],
        }))
    };
    let ticket = |institution: &str| json!({"MedicalTicketInfo": {"TicketType": "01", "DesignatedMedicalInstitutionCode": institution}});
    let unentrusted = Deliverable::from_answer(&person(ticket("1310000002"), "A1"), OURS);
    assert!(unentrusted.any_unentrusted());
    let out = unentrusted.to_json();
    assert!(out.contains("架空市福祉事務所"), "{out}");
    for withheld in [
        "漏洩マーカー",
        "7770001",
        "７７７０００１",
        "Strange",
        "19700101",
    ] {
        assert!(!out.contains(withheld), "{withheld}: {out}");
    }
    let entrusted = Deliverable::from_answer(&person(ticket(OURS), "A1"), OURS);
    assert!(!entrusted.any_unentrusted());
    assert_eq!(entrusted.results()[0].tickets.len(), 1);
    assert!(!entrusted.to_json().contains("漏洩マーカー"));
    // A result that does not say what it is counts as assistance when a list of tickets holds anything.
    let unsaid = answer(&json!({"PublicExpenseResultList": [{"BeneficiaryNumber": "7770001"}]}));
    assert!(Deliverable::from_answer(&unsaid, OURS).any_unentrusted());
}

/// A person of a bulk answer becomes an answer of its own: what is unknown of the one bears no field's name of the other.
#[test]
fn a_bulk_unit_becomes_an_answer_that_reads_the_same_again() {
    let text = r#"{"XmlMsg":{"MessageBody":{"BulkConfirmUnit":[{"QualificationValidity":"1","PrescriptionIssueSelect":"2",
        "ResultList":[{"ResultOfQualificationConfirmation":{"Name":"架空　花子"}},{"Name":"x","QualificationValidity":"2"}]}]}}}"#;
    let bulk = BulkAnswer::from_json(text.as_bytes()).unwrap();
    let header = bulk.header.clone().unwrap_or_default();
    let unit = bulk.body.unwrap().units.remove(0);
    let answer = unit.into_answer(&header);
    settled(&answer);
    let body = answer.body.unwrap();
    let told = body.prescription_issue_select.as_ref();
    assert_eq!(told.map(|one| one.code()), Some("2"));
    let kept: Vec<_> = body.extra.iter().map(Element::name).collect();
    assert_eq!(kept, ["ResultList"]);
}
