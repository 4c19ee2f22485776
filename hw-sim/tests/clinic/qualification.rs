//! Qualification and medicines: what is answered to whom, and what never is.

use serde_json::{Value, json};

use crate::support::{CLINIC, DAY_MS, Terminal, results, service, service_with};
use hw_sim::central::invented::Invented;
use hw_sim::central::{PATH_MEDICINES, PATH_SEARCH, SimClock, jst};
use oqs::Message;

/// Noon in Japan, today: the certificates of the prepared folder are of this week.
fn noon() -> i64 {
    let now = SimClock::system().now();
    let hour = DAY_MS / 24;
    now - (now + 9 * hour).rem_euclid(DAY_MS) + 12 * hour
}

#[tokio::test]
async fn an_insured_and_entrusted_person_gets_both_results() {
    let noon = noon();
    let service = service_with(|c| c.clock = SimClock::fixed(noon)).await;
    let terminal = Terminal::log_in(&service).await;
    let id = terminal.confirmed("seiho").await;
    let message = terminal.search(&id, "0100").await;

    let header = &message["MessageHeader"];
    assert_eq!(header["SegmentOfResult"], "1");
    assert_eq!(header["ReferenceClassification"], "1");
    assert_eq!(header["ProcessExecutionTime"], jst::stamp(noon));
    assert_eq!(header["ArbitraryFileIdentifier"], "abc");
    let body = &message["MessageBody"];
    assert_eq!(body["ProcessingResultStatus"], "1");
    assert_eq!(body["QualificationValidity"], "1");

    let found = results(&message);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0]["InsuredCardClassification"], "01");
    assert_eq!(found[0]["InsurerNumber"], "06123456");
    assert_eq!(found[1]["InsuredCardClassification"], "A1");
    assert_eq!(found[1]["InsurerNumber"], "12000001");
    assert_eq!(found[1]["InsuredIdentificationNumber"], "1010001");
    assert_eq!(found[1]["InsurerName"], "架空市福祉事務所");
    let tickets = found[1]["PublicExpenseResultList"].as_array().unwrap();
    assert_eq!(tickets.len(), 1);
    let ticket = &tickets[0]["MedicalTicketInfo"];
    assert_eq!(ticket["DesignatedMedicalInstitutionCode"], CLINIC);
    assert_eq!(ticket["DesignatedMedicalInstitutionFlag"], "0");
    for result in found {
        assert_eq!(result["Name"], "生保　一郎");
        assert_eq!(result["ArbitraryIdentifier"], "00000000000000aa");
        assert_eq!(result["PharmacistsInfoConsFlg"], "1");
        assert_eq!(result["PharmacistsInfoConsTime"], jst::stamp(noon));
        assert_eq!(
            result["PharmacistsInfoAvailableTime"],
            jst::stamp(noon + DAY_MS)
        );
        for no in [
            "SpecificHealthCheckupsInfo",
            "DiagnosisInfo",
            "OperationInfo",
        ] {
            assert_eq!(result[format!("{no}ConsFlg")], "0");
            assert!(result.get(format!("{no}AvailableTime")).is_none());
        }
    }
    assert!(!message.to_string().contains('●'));
    // Asking again, as a terminal does that lost the answer, gives the same.
    service.clock().shift(60_000);
    let again = terminal.search(&id, "0100").await;
    assert_eq!(again["MessageBody"], message["MessageBody"]);
}

/// The register's dates follow the service's clock, month after month.
#[tokio::test]
async fn tickets_and_medicines_are_of_the_day_the_service_has() {
    let start = SimClock::system().now();
    let mut months = std::collections::BTreeSet::new();
    for days in [0, 31, 62, 200, 400] {
        let now = start + days * DAY_MS;
        let service = service_with(|c| c.clock = SimClock::fixed(now)).await;
        let terminal = Terminal::log_in(&service).await;
        let id = terminal.confirmed("seiho").await;
        let message = terminal.search(&id, "0100").await;
        assert_eq!(message["MessageBody"]["QualificationValidity"], "1");
        let today = jst::day(now);
        let ticket = &results(&message)[1]["PublicExpenseResultList"][0]["MedicalTicketInfo"];
        let text = |name: &str| ticket[name].as_str().unwrap().to_owned();
        assert_eq!(text("MedicalTreatmentMonth"), today[..6]);
        assert_eq!(text("MedicalTicketValidDate"), format!("{}01", &today[..6]));
        assert!(text("MedicalTicketExpirationDate") >= today);
        assert_eq!(text("MedicalTicketExpirationDate")[..6], today[..6]);
        months.insert(today[..6].to_owned());
        let given = terminal.medicines(&id, "06123456", "3456789").await;
        let dates: Vec<_> = given["MedicineList"]
            .as_array()
            .unwrap()
            .iter()
            .map(|medicine| medicine["Date"].as_str().unwrap().to_owned())
            .collect();
        let expected = [52, 38].map(|ago| jst::day(now - ago * DAY_MS));
        assert_eq!(dates, expected);
    }
    assert!(months.len() >= 4, "the clock did not move: {months:?}");
}

#[tokio::test]
async fn the_service_sends_too_much_about_the_unentrusted() {
    let service = service().await;
    let terminal = Terminal::log_in(&service).await;
    let message = terminal
        .search(&terminal.confirmed("mitaku").await, "1111")
        .await;
    assert_eq!(message["MessageBody"]["QualificationValidity"], "6");
    let found = results(&message);
    assert_eq!(found.len(), 1);
    // What invariant 6 has to hold back must really be there.
    assert_eq!(found[0]["InsurerNumber"], "12000009");
    assert_eq!(found[0]["InsuredIdentificationNumber"], "2020002");
    let ticket = &found[0]["PublicExpenseResultList"][0]["MedicalTicketInfo"];
    assert_eq!(ticket["DesignatedMedicalInstitutionFlag"], "1");
    assert_eq!(ticket["DesignatedMedicalInstitutionName"], "よその架空病院");
    assert_eq!(ticket["InjuryName1"], "秘密の架空傷病");
}

#[tokio::test]
async fn a_ticket_for_another_clinic_makes_the_entrusted_unentrusted() {
    let service = service_with(|c| c.institution_code = "1310000002".to_owned()).await;
    let terminal = Terminal::log_in(&service).await;
    let id = terminal.confirmed("seiho").await;
    let answer = terminal
        .ok(
            PATH_SEARCH,
            json!({"XmlMsg": {
                "MessageHeader": {
                    "QualificationConfirmationDate": "20261122",
                    "MedicalInstitutionCode": "1310000002",
                },
                "MessageBody": {"QualificationConfirmSearchInfo": {"CardConfirmationIdentifier": id}},
            }}),
        )
        .await;
    assert_eq!(
        answer["XmlMsg"]["MessageBody"]["QualificationValidity"],
        "6"
    );
}

#[tokio::test]
async fn medicines_need_a_consent_that_has_not_run_out() {
    let service = service_with(|c| c.token_life = std::time::Duration::from_secs(48 * 3600)).await;
    let terminal = Terminal::log_in(&service).await;
    let id = terminal.confirmed("seiho").await;
    let ask = async || terminal.medicines(&id, "06123456", "3456789").await;
    // Invariant 1: no consent was ever given.
    assert_eq!(ask().await["ResultCode"], "9");
    terminal.search(&id, "1011").await;
    let refused = ask().await;
    assert_eq!(refused["ResultCode"], "9");
    assert!(refused.get("MedicineList").is_none());
    terminal.search(&id, "0100").await;
    let given = ask().await;
    assert_eq!(given["ResultCode"], "1");
    assert_eq!(given["MedicineList"].as_array().unwrap().len(), 2);
    assert_eq!(given["MedicineList"][0]["Name"], "架空錠10mg");
    // By the numbers of the assistance, and never by those of somebody else.
    let assisted = terminal.medicines(&id, "12000001", "1010001").await;
    assert_eq!(assisted["ResultCode"], "1");
    let mixed = terminal.medicines(&id, "39123451", "1002003").await;
    assert_eq!(mixed["ResultCode"], "9");
    // A day later the consent has run out.
    service.clock().shift(DAY_MS);
    assert_eq!(ask().await["ResultCode"], "9");
}

#[tokio::test]
async fn numbers_alone_never_bring_medical_information() {
    let service = service().await;
    let terminal = Terminal::log_in(&service).await;
    // Padded with spaces as in XML, or with zeros as one public client does.
    for insurer in ["06123456", " 6123456", "006123456"] {
        let message = terminal
            .search_info(json!({
                "InsurerNumber": insurer,
                "InsuredCardSymbol": "12",
                "InsuredIdentificationNumber": "3456789",
                "Birthdate": "19900115",
                "PharmacistsInfoConsFlg": "1",
            }))
            .await;
        assert_eq!(message["MessageHeader"]["ReferenceClassification"], "2");
        let found = results(&message);
        assert_eq!(found.len(), 1, "{insurer:?}: only what was asked for");
        assert_eq!(found[0]["Name"], "生保　一郎");
        let consents = found[0]
            .as_object()
            .unwrap()
            .keys()
            .filter(|k| k.contains("Cons"));
        assert_eq!(consents.count(), 0, "{insurer:?}");
    }
    let refused = terminal.medicines("", "06123456", "3456789").await;
    assert_eq!(refused["ResultCode"], "9");
}

#[tokio::test]
async fn numbers_find_assistance_or_nobody() {
    let service = service().await;
    let terminal = Terminal::log_in(&service).await;
    let by = async |info: Value| terminal.search_info(info).await["MessageBody"].clone();
    let body = by(json!({"InsurerNumber": "12000009", "InsuredIdentificationNumber": "2020002"}));
    assert_eq!(body.await["QualificationValidity"], "6");
    for (insurer, number, birth) in [
        ("12000009", "2020002", "19750304"),
        ("12000009", "1", ""),
        ("99999999", "2020002", ""),
    ] {
        let body = by(json!({
            "InsurerNumber": insurer, "InsuredIdentificationNumber": number, "Birthdate": birth,
        }))
        .await;
        assert_eq!(body["QualificationValidity"], "4");
        assert!(body.get("ResultList").is_none());
    }
    let body = by(json!({"InsurerNumber": "12000009"})).await;
    assert_eq!(body["ProcessingResultStatus"], "2");
}

#[tokio::test]
async fn an_unknown_confirmation_and_a_wrong_clinic_are_refused_at_their_levels() {
    let service = service().await;
    let terminal = Terminal::log_in(&service).await;
    let message = terminal.search("made-up", "1111").await;
    assert_eq!(message["MessageHeader"]["SegmentOfResult"], "1");
    assert_eq!(message["MessageBody"]["ProcessingResultStatus"], "2");
    assert!(results(&message).is_empty());
    for (header, code) in [
        (
            json!({"MedicalInstitutionCode": "1319999999", "QualificationConfirmationDate": "20261122"}),
            "SIM-H01",
        ),
        (json!({"MedicalInstitutionCode": CLINIC}), "SIM-H02"),
    ] {
        let answer = terminal
            .ok(
                PATH_SEARCH,
                json!({"XmlMsg": {"MessageHeader": header,
                    "MessageBody": {"QualificationConfirmSearchInfo": {}}}}),
            )
            .await;
        let header = &answer["XmlMsg"]["MessageHeader"];
        assert_eq!(header["SegmentOfResult"], "9");
        assert_eq!(header["ErrorCode"], code);
        assert!(header["ErrorMessage"].is_string());
    }
}

#[tokio::test]
async fn a_certificate_that_ends_soon_is_pointed_out() {
    let service = service().await;
    let terminal = Terminal::log_in(&service).await;
    let code = async |person: &str| {
        let message = terminal
            .search(&terminal.confirmed(person).await, "0000")
            .await;
        message["MessageBody"]["ProcessingResultCode"].clone()
    };
    assert_eq!(code("seiho").await, Value::Null);
    let soon = crate::support::register()
        .persons
        .iter()
        .find(|p| p.card.certificate == hw_sim::persons::CertificateState::ExpiresSoon)
        .map(|p| p.id.clone());
    if let Some(person) = soon {
        assert_eq!(code(&person).await, "SIM-Q10");
    }
}

#[tokio::test]
async fn the_log_tells_who_and_what_and_no_secret() {
    let service = service().await;
    let terminal = Terminal::log_in(&service).await;
    let id = terminal.confirmed("seiho").await;
    terminal.search(&id, "0110").await;
    terminal.medicines(&id, "06123456", "3456789").await;
    let requests = service.requests();
    let paths: Vec<&str> = requests
        .iter()
        .map(|r| r.path.rsplit('/').next().unwrap())
        .collect();
    assert_eq!(paths, ["auth", "nonce", "confirm", "search", "medicines"]);
    let text = serde_json::to_string(&requests).unwrap();
    assert!(
        text.contains("seiho Pin AuthenticationKeyAfterPin: confirmed"),
        "{text}"
    );
    assert!(text.contains("consents nyyn"), "{text}");
    for secret in [
        terminal.token.as_str(),
        id.as_str(),
        "3456789",
        "1010001",
        "一郎",
    ] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert_eq!(service.requests_after(4).len(), 1);
}

/// Two readings of the same wire: the service writes it by itself, the terminal has `oqs`.
#[tokio::test]
async fn the_terminals_vocabulary_and_the_service_understand_each_other() {
    let service = service().await;
    let terminal = Terminal::log_in(&service).await;
    let ask = async |person: &str, consents: oqs::ConsentAnswers| {
        let id = terminal.confirmed(person).await;
        let request =
            oqs::QualificationRequest::for_card_visit(CLINIC, "20261122", &id, consents, "00aa");
        let request = serde_json::from_str(&request.to_json()).unwrap();
        let answer = terminal.ok(PATH_SEARCH, request).await.to_string();
        (
            id,
            oqs::QualificationAnswer::from_json(answer.as_bytes()).unwrap(),
        )
    };
    let medicines = oqs::ConsentAnswers {
        medicines: true,
        ..oqs::ConsentAnswers::default()
    };
    let (id, answer) = ask("seiho", medicines).await;
    assert!(answer.is_processed());
    assert_eq!(answer.validity(), Some(&oqs::QualificationValidity::Valid));
    assert_eq!(answer.results().len(), 2);
    let delivered = oqs::Deliverable::from_answer(&answer, CLINIC);
    assert!(
        !delivered.any_unentrusted(),
        "the ticket is for this clinic"
    );
    for result in answer.results() {
        assert!(
            result.extra.is_empty(),
            "unknown to the terminal: {:?}",
            result.extra
        );
        assert!(result.tickets.iter().all(|t| t.extra.is_empty()));
    }
    let consents = oqs::Consents::from_answer(&answer);
    let now = jst::stamp(service.clock().now());
    for kind in oqs::ConsentKind::ALL {
        let may = oqs::may_request(kind, &consents, &now);
        assert_eq!(may, kind == oqs::ConsentKind::Medicines, "{kind:?}");
    }
    let request = oqs::MedicinesRequest::for_card_visit(CLINIC, &id, "200001", "209912", "00aa");
    let request = serde_json::from_str(&request.to_json()).unwrap();
    let answer = terminal.ok(PATH_MEDICINES, request).await.to_string();
    let answer = oqs::MedicinesAnswer::from_json(answer.as_bytes()).unwrap();
    assert!(answer.is_ok());
    assert_eq!(answer.medicines().len(), 2);

    // Invariant 6, with what this service sends.
    let (_, answer) = ask("mitaku", medicines).await;
    let delivered = oqs::Deliverable::from_answer(&answer, CLINIC);
    assert!(delivered.any_unentrusted());
    let text = delivered.to_json();
    for held_back in ["2020002", "12000009", "よその架空病院", "秘密の架空傷病"] {
        assert!(
            answer.to_json().contains(held_back),
            "{held_back} was not sent"
        );
        assert!(!text.contains(held_back), "{held_back} goes out");
    }
    assert!(text.contains("隣架空市福祉事務所"));
}

/// Point 60: each demand for a recipient's qualification leaves a record, by card, by number and in bulk alike, for persons of the register and
/// invented ones; a demand for an insurance, or one that finds nobody, leaves none. The office has them the day after (61).
#[tokio::test]
async fn every_demand_for_a_recipient_is_recorded() {
    let noon = noon();
    let clock = SimClock::fixed(noon);
    let invented = Invented {
        persons: 4,
        ..Invented::default()
    };
    let service = service_with(|c| {
        c.clock = clock.clone();
        c.invented = invented;
    })
    .await;
    let terminal = Terminal::log_in(&service).await;
    let (today, month) = (jst::day(noon), jst::day(noon)[..6].to_owned());
    let recipient = invented.person(0, &month, CLINIC).unwrap();
    let recipient = recipient.assistance.unwrap();

    let by_card = terminal.confirmed("seiho").await;
    terminal.search(&by_card, "0000").await;
    let insured = terminal.confirmed("hoken").await;
    terminal.search(&insured, "0000").await;
    for (payer, number) in [
        ("12000001", "1010001"),
        ("12000001", "9999999"),
        (
            recipient.payer_number.as_str(),
            recipient.recipient_number.as_str(),
        ),
    ] {
        let info = json!({"InsurerNumber": payer, "InsuredIdentificationNumber": number});
        terminal.search_info(info).await;
    }
    let message = |body: Value| json!({"XmlMsg": {"MessageHeader": {"MedicalInstitutionCode": CLINIC, "ArbitraryFileIdentifier": "b-1"}, "MessageBody": body}});
    let begun =
        message(json!({"QualificationConfirmSearchInfo": {"MedicalTreatmentMonth": month}}));
    let taken = terminal.ok("/assumed/if/013", begun).await;
    let reception = taken["XmlMsg"]["MessageHeader"]["ReceptionNumber"].clone();
    loop {
        let body = message(json!({"ReceptionNumber": reception}));
        let answer = terminal.ok("/assumed/if/015", body).await;
        if answer["XmlMsg"]["MessageHeader"]["SegmentOfResult"] != "2" {
            break;
        }
    }

    assert!(
        service.confirmations("12000001", &today).is_empty(),
        "not before the day is over"
    );
    clock.shift(DAY_MS);
    let told = |payer: &str, number: &str| {
        let all = service.confirmations(payer, &today).into_iter();
        all.filter(|one| one.recipient_number == number && one.institution_code == CLINIC)
            .count()
    };
    assert_eq!(
        told("12000001", "1010001"),
        3,
        "by card, by number, in bulk"
    );
    assert_eq!(
        told(&recipient.payer_number, &recipient.recipient_number),
        2,
        "an invented person: by number, in bulk"
    );
    assert_eq!(told("12000001", "9999999"), 0, "nobody was found");
    assert!(
        service.confirmations("06123456", &today).is_empty(),
        "insurances have no such log"
    );
}

/// Point 6: somebody whose insurance ended because public assistance began, and whose office has registered nothing yet: the service says just
/// that, and the terminal's words send staff to the telephone instead of asking for a new insurer.
#[tokio::test]
async fn an_insurance_lost_to_public_assistance_says_so() {
    let service = service_with(|c| c.clock = SimClock::fixed(noon())).await;
    let terminal = Terminal::log_in(&service).await;
    let id = terminal.confirmed("kaishi").await;
    let message = terminal.search(&id, "0000").await;
    assert_eq!(message["MessageBody"]["QualificationValidity"], "2");
    let found = results(&message);
    assert_eq!(found.len(), 1, "no assistance is registered");
    assert_eq!(found[0]["ReasonOfLoss"], "02");
    let lost = found[0]["DisqualificationDate"].as_str().unwrap();
    assert_eq!(lost, format!("{}01", &jst::day(noon())[..6]));

    let json = json!({"XmlMsg": message}).to_string();
    let answer = oqs::QualificationAnswer::from_json(json.as_bytes()).unwrap();
    let shown = oqs::Deliverable::from_answer(&answer, CLINIC);
    let [summary] = oqs::summary::summarise(&shown).try_into().unwrap();
    assert_eq!(
        summary.advice,
        [oqs::summary::Advice::PhoneAboutAssistanceBegun]
    );
}
