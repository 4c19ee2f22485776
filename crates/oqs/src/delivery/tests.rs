//! Invariant 6: nothing but the allowlist leaves of an unentrusted medical assistance, whichever way out.

use super::*;
use crate::codes::{CardClassification, InstitutionMatch, QualificationValidity};
use crate::medicines::MedicinesAnswer;
use crate::record::Value;
use crate::result::MedicalTicket;
use crate::summary::{Summary, summarise};

const OURS: &str = "1310000001";
const OTHER: &str = "1310000002";
/// Eight digits, as a payer number has, and no date.
const NUMBER: &str = "98765432";
const WORDS: &str = "漏洩マーカー";

fn ticket(institution: &str) -> MedicalTicket {
    MedicalTicket {
        institution_code: Some(institution.to_owned()),
        institution_flag: None,
        ..MedicalTicket::sample()
    }
}

fn assistance(institution: &str) -> QualificationResult {
    QualificationResult {
        insured_card_classification: Some(CardClassification::MedicalAssistance),
        qualification_validity: None,
        insurer_number: Some("12000001".into()),
        insured_identification_number: Some("1010001".into()),
        insurer_name: Some("架空市福祉事務所".into()),
        name: Some("生保　一郎".into()),
        birthdate: Some("19900115".into()),
        reference_number: Some("00000001".into()),
        tickets: vec![ticket(institution)],
        ..QualificationResult::sample()
    }
}

fn insurance() -> QualificationResult {
    QualificationResult {
        insured_card_classification: Some(CardClassification::General),
        qualification_validity: None,
        tickets: Vec::new(),
        extra: vec![Element::text_of("NewerThanThis", "保険の未知項目")],
        ..QualificationResult::sample()
    }
}

/// A full answer of the given results, with every known element of header, body and echo.
fn answer(
    validity: QualificationValidity,
    results: Vec<QualificationResult>,
) -> QualificationAnswer {
    let mut answer = QualificationAnswer::sample();
    if let Some(body) = &mut answer.body {
        body.qualification_validity = Some(validity);
        body.results = results;
    }
    answer
}

/// All that staff reads of a summary, in both languages.
fn shown(summary: &Summary) -> Vec<(&str, &str, &str)> {
    let fields = summary.fields.iter();
    fields
        .map(|(item, value)| (item.word(), value.ja.as_str(), value.en.as_str()))
        .collect()
}

/// One answer for each reason to be unentrusted.
fn unentrusted_answers() -> Vec<(&'static str, QualificationAnswer)> {
    use QualificationValidity::{Valid, ValidUnregistered};
    let mut differs = assistance(OURS);
    differs.tickets[0].institution_flag = Some(InstitutionMatch::Different);
    let mut strange = assistance(OURS);
    strange.tickets[0].institution_flag = Some(InstitutionMatch::from_code("2"));
    let mut none = assistance(OURS);
    none.tickets.clear();
    let mut own = assistance(OURS);
    own.qualification_validity = Some(ValidUnregistered);
    let mut wide = assistance(OTHER);
    wide.insured_card_classification = Some(CardClassification::from_code("Ａ１"));
    let mut unsaid = assistance(OTHER);
    unsaid.insured_card_classification = None;
    vec![
        (
            "validity 6",
            answer(ValidUnregistered, vec![assistance(OURS)]),
        ),
        ("own validity 6", answer(Valid, vec![own])),
        ("no ticket", answer(Valid, vec![none])),
        ("another's ticket", answer(Valid, vec![assistance(OTHER)])),
        ("flag differs", answer(Valid, vec![differs])),
        ("unknown flag", answer(Valid, vec![strange])),
        ("full-width A1", answer(Valid, vec![wide])),
        ("no classification", answer(Valid, vec![unsaid])),
        (
            "beside insurance",
            answer(ValidUnregistered, vec![insurance(), assistance(OTHER)]),
        ),
    ]
}

/// All that a summary says.
fn spoken(summaries: &[Summary]) -> String {
    let mut text = format!("{summaries:?}");
    for summary in summaries {
        // Headline and advice are words without values, beside the office that the advice names.
        text.push_str(summary.office.as_deref().unwrap_or_default());
        text.push('\n');
        let codes = (&summary.classification, &summary.validity);
        text.push_str(&format!("{codes:?} {:?}", shown(summary)));
    }
    text
}

/// Everything that can be sent to anybody.
fn ways_out(deliverable: &Deliverable) -> Vec<String> {
    let utf8 = deliverable.to_xml(Charset::Utf8).unwrap().bytes;
    let sjis = deliverable.to_xml(Charset::ShiftJis).unwrap().bytes;
    let stored = Deliverable::from_stored_json(&deliverable.to_json()).unwrap();
    vec![
        deliverable.to_json(),
        serde_json::to_string(deliverable).unwrap(),
        String::from_utf8(utf8).unwrap(),
        encoding_rs::SHIFT_JIS.decode(&sjis).0.into_owned(),
        stored.to_json(),
        spoken(&summarise(deliverable)),
        format!("{deliverable:?}"),
    ]
}

/// All trees that hold the marker in one more place: as the text of a leaf, as an unknown leaf, as an unknown
/// nested element, and as repeated unknown elements. Each comes with the path of the place.
fn planted(element: &Element, marker: &str, path: &str) -> Vec<(String, Element)> {
    let path = format!("{path}/{}", element.name());
    let Content::Children(children) = &element.content else {
        return vec![(path, Element::text_of(element.name(), marker))];
    };
    let leaf = || Element::text_of("NewerThanThis", marker);
    let unknown = [
        vec![leaf()],
        vec![leaf(), leaf()],
        vec![Element::known(
            "Newer",
            Content::Children(vec![Element::known(
                "Still",
                Content::Children(vec![leaf()]),
            )]),
        )],
        vec![Element::text_of("PublicExpenseNumber", marker)],
        vec![Element::known(
            "MedicalTicketInfo",
            Content::Children(vec![leaf()]),
        )],
    ];
    let mut trees = Vec::new();
    for more in unknown {
        let children = children.iter().cloned().chain(more).collect();
        let tree = Element::known(element.name(), Content::Children(children));
        trees.push((format!("{path}/(unknown)"), tree));
    }
    for (index, child) in children.iter().enumerate() {
        for (place, replaced) in planted(child, marker, &path) {
            let mut children = children.clone();
            children[index] = replaced;
            trees.push((
                place,
                Element::known(element.name(), Content::Children(children)),
            ));
        }
    }
    trees
}

/// Places of the allowlist where free text may stand.
fn is_allowed(place: &str) -> bool {
    ["Name", "InsurerName", "ReferenceNumber"]
        .iter()
        .any(|name| place.ends_with(&format!("ResultOfQualificationConfirmation/{name}")))
}

#[test]
fn invariant_6_a_marker_planted_anywhere_leaves_only_by_the_allowlist() {
    let mut places = 0;
    for (reason, answer) in unentrusted_answers() {
        for marker in [NUMBER, WORDS] {
            for (place, tree) in planted(&answer.to_element(), marker, "") {
                // Read from the wire, so that whatever the readers keep is covered. Some plants make the
                // message unreadable (text where elements belong), which lets nothing out either.
                let Ok(planted) =
                    QualificationAnswer::from_json(crate::json::write(&tree).as_bytes())
                else {
                    continue;
                };
                let deliverable = Deliverable::from_answer(&planted, OURS);
                if !deliverable.any_unentrusted() {
                    // The plant turned the result into an insurance result or gave it our own ticket.
                    assert!(!place.contains("/(unknown)"), "{reason}: {place}");
                    continue;
                }
                let insured = reason == "beside insurance" && place.contains("ResultList/");
                if insured && planted.results()[0] != answer.results()[0] {
                    continue;
                }
                places += 1;
                for out in ways_out(&deliverable) {
                    if !is_allowed(&place) {
                        assert!(!out.contains(marker), "{reason}: {place} leaks:\n{out}");
                    }
                    for number in ["12000001", "1010001"] {
                        assert!(
                            !out.contains(number),
                            "{reason}: {place} leaks {number}:\n{out}"
                        );
                    }
                }
            }
        }
    }
    assert!(places > 2000, "only {places} places were tried");
}

#[test]
fn invariant_6_xml_attributes_comments_and_instructions_carry_nothing_through() {
    let xml = String::from_utf8(unentrusted_answers()[0].1.to_xml(Charset::Utf8).bytes).unwrap();
    let xml = xml
        .replace("<Name>", &format!("<Name n=\"{NUMBER}\">"))
        .replace(
            "<MessageBody>",
            &format!("<MessageBody n='{NUMBER}'><!-- {NUMBER} --><?x {NUMBER}?>"),
        );
    let answer = QualificationAnswer::from_xml(xml.as_bytes()).unwrap();
    for out in ways_out(&Deliverable::from_answer(&answer, OURS)) {
        assert!(!out.contains(NUMBER), "{out}");
    }
}

#[test]
fn invariant_6_the_allowlist_itself_arrives_with_a_warning() {
    for (reason, answer) in unentrusted_answers() {
        let deliverable = Deliverable::from_answer(&answer, OURS);
        let last = deliverable.results().len() - 1;
        assert!(deliverable.is_unentrusted(last), "{reason}");
        let result = &deliverable.results()[last];
        assert_eq!(result.insurer_name.as_deref(), Some("架空市福祉事務所"));
        assert_eq!(result.name.as_deref(), Some("生保　一郎"));
        assert_eq!(result.birthdate.as_deref(), Some("19900115"));
        assert_eq!(result.reference_number.as_deref(), Some("00000001"));
        assert!(result.sex1.is_some());
        assert!(deliverable.to_json().contains(UNENTRUSTED_CODE), "{reason}");
    }
}

#[test]
fn invariant_6_allowed_text_that_repeats_a_number_is_withheld_too() {
    let mut answer = unentrusted_answers().remove(0).1;
    let result = &mut answer.body.as_mut().unwrap().results[0];
    result.insurer_name = Some("架空市(１２-０００００１)".into());
    result.reference_number = Some("1010001".into());
    result.name = Some("生保　12000001".into());
    let deliverable = Deliverable::from_answer(&answer, OURS);
    assert_eq!(deliverable.results()[0].insurer_name, None);
    assert_eq!(deliverable.results()[0].reference_number, None);
    assert_eq!(deliverable.results()[0].name, None);
    assert!(deliverable.results()[0].birthdate.is_some());
}

#[test]
fn invariant_6_an_insurance_result_in_the_same_answer_passes_unchanged() {
    let (_, answer) = unentrusted_answers().pop().unwrap();
    let deliverable = Deliverable::from_answer(&answer, OURS);
    assert_eq!(deliverable.results()[0], insurance());
    assert!(!deliverable.is_unentrusted(0));
    assert!(deliverable.is_unentrusted(1));
}

#[test]
fn invariant_6_a_message_with_validity_6_and_no_result_keeps_its_echo_in() {
    let answer = answer(QualificationValidity::ValidUnregistered, Vec::new());
    let mut answer = answer;
    let body = answer.body.as_mut().unwrap();
    body.search_info.as_mut().unwrap().insurer_number = Some("12000001".into());
    let deliverable = Deliverable::from_answer(&answer, OURS);
    assert!(deliverable.any_unentrusted());
    for out in ways_out(&deliverable) {
        assert!(!out.contains("12000001"), "{out}");
    }
}

#[test]
fn an_entrusted_result_passes_whole_but_for_tickets_of_others() {
    let mut result = assistance(OURS);
    result.tickets.push(ticket(OTHER));
    result.extra.push(Element::text_of("NewerThanThis", "残る"));
    let answer = answer(QualificationValidity::Valid, vec![result]);
    let deliverable = Deliverable::from_answer(&answer, OURS);
    assert!(!deliverable.any_unentrusted());
    assert_eq!(deliverable.results()[0], {
        let mut expected = answer.results()[0].clone();
        expected.tickets.truncate(1);
        expected
    });
    // The same answer at another institution, or with no institution configured, is unentrusted.
    assert!(Deliverable::from_answer(&answer, "9999999999").any_unentrusted());
    assert!(Deliverable::from_answer(&answer, "").any_unentrusted());
}

#[test]
fn a_ticket_without_a_code_counts_only_by_the_services_own_word() {
    let ticket = |flag: Option<&str>| MedicalTicket {
        institution_flag: flag.map(InstitutionMatch::from_code),
        ..MedicalTicket::default()
    };
    assert!(ticket(Some("0")).is_for(OURS));
    assert!(!ticket(Some("1")).is_for(OURS));
    assert!(!ticket(None).is_for(OURS));
    assert!(!ticket(Some("0")).is_for(""));
}

#[test]
fn results_hidden_in_unknown_elements_do_not_pass() {
    let hidden = Element::known(
        "Newer",
        Content::Children(vec![QualificationAnswer::sample().to_element()]),
    );
    let mut answer = answer(QualificationValidity::Valid, vec![insurance()]);
    answer.extra.push(hidden.clone());
    answer.body.as_mut().unwrap().extra.push(hidden.clone());
    answer.body.as_mut().unwrap().results[0].extra.push(hidden);
    let json = Deliverable::from_answer(&answer, OURS).to_json();
    assert!(!json.contains("MedicalTicketInfo"), "{json}");
    assert!(json.contains("保険の未知項目"));
}

#[test]
fn stored_json_reads_back_the_same() {
    let mut all = unentrusted_answers();
    all.push((
        "entrusted",
        answer(
            QualificationValidity::Valid,
            vec![assistance(OURS), insurance()],
        ),
    ));
    all.push(("nothing", answer(QualificationValidity::None, Vec::new())));
    for (reason, answer) in all {
        let mut deliverable = Deliverable::from_answer(&answer, OURS);
        deliverable.mark_simulated();
        let back = Deliverable::from_stored_json(&deliverable.to_json()).unwrap();
        assert_eq!(back, deliverable, "{reason}");
        assert!(back.is_simulated());
        let json: Deliverable = serde_json::from_str(&deliverable.to_json()).unwrap();
        assert_eq!(json, deliverable, "{reason}");
    }
}

#[test]
fn invariant_6_stored_bytes_are_withheld_again() {
    let (_, answer) = unentrusted_answers().remove(3);
    let forged = Deliverable::from_stored_json(&answer.to_json()).unwrap();
    assert!(forged.is_unentrusted(0));
    assert!(!forged.to_json().contains("1010001"));
}

#[test]
fn invariant_6_medicines_beside_unentrusted_assistance_lose_header_and_free_text() {
    let mut medicines = MedicinesAnswer::sample();
    medicines.header.as_mut().unwrap().insurer_number = Some(NUMBER.into());
    let body = medicines.body.as_mut().unwrap();
    body.message_contents = Some(NUMBER.into());
    body.medicines[0]
        .extra
        .push(Element::text_of("NewerThanThis", NUMBER));
    let unentrusted = Deliverable::from_answer(&unentrusted_answers()[0].1, OURS);
    let out = DeliverableMedicines::from_answer(&medicines, &unentrusted);
    assert!(!out.to_json().contains(NUMBER));
    assert_eq!(
        out.answer().medicines()[0].name,
        medicines.medicines()[0].name
    );
    let insured = answer(QualificationValidity::Valid, vec![insurance()]);
    let insured = Deliverable::from_answer(&insured, OURS);
    assert_eq!(
        DeliverableMedicines::from_answer(&medicines, &insured).answer(),
        &medicines
    );
}

/// The identifier of a card confirmation is between terminal and service: it leaves in no form, echoed or hidden,
/// also when what was stored is read back, and the rest of the echo stays.
#[test]
fn the_card_confirmation_stays_inside() {
    const SECRET: &str = "7f1c-confirmation";
    let hidden = Element::known(
        "NewWrapper",
        Content::Children(vec![Element::text_of("CardConfirmationIdentifier", SECRET)]),
    );
    let bare = Element::text_of("CardConfirmationIdentifier", SECRET);
    let mut answer = answer(
        QualificationValidity::Valid,
        vec![insurance(), assistance(OURS)],
    );
    answer.extra.push(bare.clone());
    let header = answer.header.as_mut().unwrap();
    header.medical_institution_code = Some(OURS.into());
    header.extra.push(hidden.clone());
    let body = answer.body.as_mut().unwrap();
    body.extra.push(hidden.clone());
    body.results[0].extra.push(hidden.clone());
    body.results[1].tickets[0].extra.push(bare.clone());
    let info = body.search_info.as_mut().unwrap();
    info.card_confirmation_identifier = Some(SECRET.into());
    info.arbitrary_identifier = Some("00000000000000aa".into());
    info.extra.push(hidden.clone());
    let raw = answer.to_json();
    assert_eq!(raw.matches(SECRET).count(), 7, "{raw}");

    let delivered = Deliverable::from_answer(&answer, OURS);
    let again = Deliverable::from_stored_json(&raw).unwrap();
    for delivered in [delivered, again] {
        assert!(!delivered.any_unentrusted());
        let mut forms = vec![delivered.to_json()];
        for charset in [Charset::Utf8, Charset::ShiftJis] {
            let bytes = delivered.to_xml(charset).unwrap().bytes;
            forms.push(String::from_utf8_lossy(&bytes).into_owned());
        }
        for form in forms {
            assert!(!form.contains(SECRET), "{form}");
            assert!(!form.contains("CardConfirmationIdentifier"), "{form}");
            assert!(form.contains("00000000000000aa") && form.contains("12000001"));
        }
        let mut medicines = MedicinesAnswer::sample();
        medicines.extra.push(bare.clone());
        medicines.body.as_mut().unwrap().extra.push(hidden.clone());
        let kept = DeliverableMedicines::from_stored_json(&medicines.to_json()).unwrap();
        let given = DeliverableMedicines::from_answer(&medicines, &delivered);
        for one in [kept, given] {
            assert!(!one.to_json().contains(SECRET));
            assert!(!one.answer().medicines().is_empty());
        }
    }
}
