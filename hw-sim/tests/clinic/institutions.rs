//! Two institutions at one service, each with its own client certificate and login: neither passes for the other, and neither is given what is
//! the other's.

use hw_sim::central::{OTHER_INSTITUTION, PATH_NONCE, PATH_SEARCH, USER_ID, jst};
use serde_json::{Value, json};

use crate::support::{CLINIC, Identity, Terminal, register, service};

const HOSPITAL_USER: &str = "sim-hospital";

/// A message of an institution.
fn message(institution: &str, body: &Value) -> Value {
    json!({"XmlMsg": {
        "MessageHeader": {"MedicalInstitutionCode": institution, "QualificationConfirmationDate": jst::day(now()), "ArbitraryFileIdentifier": "abc"},
        "MessageBody": body,
    }})
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.unwrap().as_millis()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_opens_no_other_institutions_login_and_carries_no_others_token() {
    let service = service().await;
    let port = service.port();
    for (identity, user) in [
        (Identity::Clinic, HOSPITAL_USER),
        (Identity::Hospital, USER_ID),
    ] {
        let refused = Terminal::log_in_as(port, identity, user)
            .await
            .err()
            .expect("refused");
        assert!(
            refused.to_string().contains("SIM-CERT"),
            "{user}: {refused}"
        );
    }
    let clinic = Terminal::log_in_as(port, Identity::Clinic, USER_ID)
        .await
        .ok()
        .unwrap();
    let mut hospital = Terminal::log_in_as(port, Identity::Hospital, HOSPITAL_USER)
        .await
        .ok()
        .unwrap();
    assert_eq!(hospital.ask(PATH_NONCE, &json!({})).await.unwrap().0, 200);
    // A token that was taken along to the other's certificate is no token there.
    hospital.token.clone_from(&clinic.token);
    let (status, answer) = hospital.ask(PATH_NONCE, &json!({})).await.unwrap();
    assert_eq!(status, 401, "{answer}");
    assert!(answer.to_string().contains("SIM-TOKEN"), "{answer}");
    assert_eq!(
        clinic.ask(PATH_NONCE, &json!({})).await.unwrap().0,
        200,
        "still the clinic's"
    );
}

/// The same person at both: each sees its own ticket and its own number for the card, neither the other's (points 53 and 64).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tickets_and_reference_numbers_are_each_institutions_own() {
    let service = service().await;
    let port = service.port();
    let clinic = Terminal::log_in_as(port, Identity::Clinic, USER_ID)
        .await
        .ok()
        .unwrap();
    let hospital = Terminal::log_in_as(port, Identity::Hospital, HOSPITAL_USER)
        .await
        .ok()
        .unwrap();
    let assistance = register()
        .person("mitaku")
        .unwrap()
        .assistance
        .clone()
        .unwrap();
    let of_card = async |terminal: &Terminal, institution: &str| {
        let id = terminal.confirmed("mitaku").await;
        let info = json!({"QualificationConfirmSearchInfo": {"CardConfirmationIdentifier": id, "ArbitraryIdentifier": "00000000000000aa"}});
        let answer = terminal.ok(PATH_SEARCH, message(institution, &info)).await;
        answer["XmlMsg"]["MessageBody"].clone()
    };
    assert!(service.register_ticket("mitaku", OTHER_INSTITUTION));
    let at_clinic = of_card(&clinic, CLINIC).await;
    assert_eq!(
        at_clinic["QualificationValidity"], "6",
        "no ticket here: {at_clinic}"
    );
    let at_hospital = of_card(&hospital, OTHER_INSTITUTION).await;
    assert_eq!(at_hospital["QualificationValidity"], "1", "{at_hospital}");
    assert!(at_hospital.to_string().contains("後から登録された架空傷病"));

    // The card as 診察券: the clinic's number comes with the card at the clinic alone.
    let register = json!({"ReferenceNumberRegistrationInfo": {
        "ReferenceNumber": "P-0001",
        "InsurerNumber": assistance.payer_number,
        "InsuredIdentificationNumber": assistance.recipient_number,
    }});
    let done = clinic
        .ok("/assumed/if/003", message(CLINIC, &register))
        .await;
    assert_eq!(
        done["XmlMsg"]["MessageBody"]["ProcessingResultStatus"], "1",
        "{done}"
    );
    assert!(
        of_card(&clinic, CLINIC)
            .await
            .to_string()
            .contains("P-0001")
    );
    assert!(
        !of_card(&hospital, OTHER_INSTITUTION)
            .await
            .to_string()
            .contains("P-0001")
    );
}
