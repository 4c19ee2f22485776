//! Points of the checklist (docs/requirements.md) about the flows beside the reader and the settings, against the simulated service.

use hw_sim::central::Care;
use serde_json::{Value, json};

use super::tests::{Bench, CLINIC, bench};
use super::tests_medical::ask;

/// Point 38: the ticket of this month comes with a re-inquiry in each of the three flows, whole; without one the person is unentrusted there
/// too, and nothing of the assistance but its allowlist comes (invariant 6).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ticket_comes_in_visiting_care_online_care_and_the_alternative_route() {
    let bench = bench().await;
    bench.consent(Care::Visiting, &[], CLINIC, bench.now());
    bench.consent(Care::Online, &[], CLINIC, bench.now());
    let flows = ["visiting", "online", "alternative-route"];
    let assistance = |found: &Value| {
        let mut all = found["summaries"].as_array().unwrap().iter();
        let is = |one: &&Value| one["fields"].to_string().contains("\"welfare-office\"");
        all.find(is).expect("the assistance").clone()
    };
    for flow in flows {
        let before = bench.ask(ask(flow)).await.unwrap();
        assert_eq!(assistance(&before)["unentrusted"], true, "{flow}");
        assert!(!before.to_string().contains("2020002"), "{flow}");
    }
    assert!(bench.sim.register_ticket("mitaku", CLINIC));
    let month: String = bench.today().chars().take(6).collect();
    for flow in flows {
        let found = bench.ask(ask(flow)).await.unwrap();
        let summary = assistance(&found);
        assert_eq!(summary["unentrusted"], false, "{flow}");
        let fields = summary["fields"].as_array().unwrap();
        let value = |label: &str| {
            let found = fields.iter().find(|one| one["label_ja"] == label);
            found.map_or(Value::Null, |one| one["value_ja"].clone())
        };
        assert_eq!(value("医療券/調剤券別"), "医療券", "{flow}");
        assert_eq!(value("受給者番号"), "2020002", "{flow}");
        assert_eq!(value("傷病名1"), "後から登録された架空傷病", "{flow}");
        let results = &found["message"]["XmlMsg"]["MessageBody"]["ResultList"];
        let ticket = results.as_array().unwrap().iter().find_map(|one| {
            let list = &one["ResultOfQualificationConfirmation"]["PublicExpenseResultList"];
            list[0].get("MedicalTicketInfo").cloned()
        });
        let ticket = ticket.expect("the ticket in the message");
        assert_eq!(ticket["MedicalTreatmentMonth"], month.as_str(), "{flow}");
        assert_eq!(ticket["DesignatedMedicalInstitutionCode"], CLINIC, "{flow}");
    }
}

async fn switched(bench: &Bench, change: Value) -> (Value, Value, Value) {
    let mut wanted = json!({"do": "update-settings"});
    wanted
        .as_object_mut()
        .unwrap()
        .extend(change.as_object().unwrap().clone());
    let told = bench.ask(wanted).await.unwrap();
    let again = bench.ask(json!({"do": "settings"})).await.unwrap();
    assert_eq!(told, again, "as it stands now");
    (
        told["medical_assistance"].clone(),
        told["visiting_care"].clone(),
        told["online_care"].clone(),
    )
}

/// Point 44: visiting care and online care are switched through the terminal, each by itself, and the service keeps to it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn visiting_and_online_care_are_switched_through_the_terminal() {
    let bench = bench().await;
    bench.consent(Care::Visiting, &[], CLINIC, bench.now());
    bench.consent(Care::Online, &[], CLINIC, bench.now());
    let (on, off) = (json!(true), json!(false));
    let served = async |flow: &str| bench.ask(ask(flow)).await.is_ok();
    assert!(served("visiting").await && served("online").await);

    let now = switched(&bench, json!({"visiting_care": false})).await;
    assert_eq!(now, (on.clone(), off.clone(), on.clone()));
    assert!(!served("visiting").await && served("online").await);

    let now = switched(&bench, json!({"visiting_care": true, "online_care": false})).await;
    assert_eq!(now, (on.clone(), on.clone(), off.clone()));
    assert!(served("visiting").await && !served("online").await);
    assert!(!served("alternative-route").await, "one setting for both");

    let now = switched(&bench, json!({"online_care": true})).await;
    assert_eq!(now, (on.clone(), on.clone(), on));
    assert!(served("visiting").await && served("online").await);
}

/// The settings that the terminal leaves as they are are shown in words, as the service has them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_settings_are_told_in_words() {
    let bench = bench().await;
    let set = |key: &str, value: &str| assert!(bench.sim.set_setting(CLINIC, key, value));
    set("ElectronicPrescriptionUse", "2");
    set("PrescriptionChoiceTime", "2");
    set("EmergencyViewingAuthority", "1");
    let told = bench.ask(json!({"do": "settings"})).await.unwrap();
    let others = told["others"].as_array().unwrap();
    let of = |name: &str| {
        let found = others.iter().find(|one| one["name"] == name).unwrap();
        let word = |key: &str| found[key].as_str().unwrap().to_owned();
        (word("ja"), word("value_ja"), word("value_en"))
    };
    let words = |ja: &str, value_ja: &str, value_en: &str| {
        (ja.to_owned(), value_ja.to_owned(), value_en.to_owned())
    };
    assert_eq!(
        of("ElectronicPrescriptionUse"),
        words("電子処方箋", "電子と紙", "electronic and paper")
    );
    assert_eq!(
        of("PrescriptionChoiceTime"),
        words("処方箋形態の選択時期", "資格確認時", "at the reader")
    );
    assert_eq!(
        of("EmergencyViewingAuthority"),
        words("救急時医療情報閲覧の権限", "あり", "yes")
    );
    assert_eq!(others.len(), 3, "the three switches stand by themselves");
}
