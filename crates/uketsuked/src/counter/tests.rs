//! The counter against the simulated service, over real TLS, with a real ledger.

mod stage;

use hw_sim::central::{BulkForm, Care, HomeConsent};
use serde_json::{Value, json};

pub(crate) use stage::{Bench, bench, bench_with};
pub(super) use stage::{CLINIC, with};

/// The way of a recipient who comes before the office has registered: looked up by number, unentrusted, on the list to
/// phone; the ticket comes in, the bulk fetch finds it and settles the follow-up by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_registered_later_settles_the_follow_up() {
    let bench = bench().await;
    let lookup = json!({"do": "lookup", "insurer_number": "12000009", "number": "2020002"});
    let found = bench.ask(lookup.clone()).await.unwrap();
    assert_eq!(found["summaries"][0]["unentrusted"], true);
    let text = found.to_string();
    assert!(
        !text.contains("12000009") && !text.contains("2020002"),
        "invariant 6: {text}"
    );
    assert!(
        !text.contains("架空錠"),
        "invariant 1: never medical information by number"
    );
    let month: String = bench.today().chars().take(6).collect();
    let fetch = json!({"do": "fetch-tickets", "month": month});

    let first = bench.job(&bench.ask(fetch.clone()).await.unwrap()).await;
    assert_eq!(
        (&first["state"], &first["persons"]),
        (&json!("done"), &json!(0))
    );
    let open = bench.ask(json!({"do": "follow-ups"})).await.unwrap();
    assert_eq!(open["follow_ups"][0]["closed"], Value::Null);
    assert_eq!(open["follow_ups"][0]["office"], "隣架空市福祉事務所");

    assert!(bench.sim.register_ticket("mitaku", CLINIC));
    for form in [BulkForm::Json, BulkForm::Zip, BulkForm::XmlShiftJis] {
        bench.sim.set_bulk_form(form);
        let second = bench.job(&bench.ask(fetch.clone()).await.unwrap()).await;
        assert_eq!(
            (&second["state"], &second["persons"]),
            (&json!("done"), &json!(1)),
            "{form:?}"
        );
        let new = second["difference"]["new"].as_array().unwrap().len();
        assert_eq!(
            new,
            usize::from(form == BulkForm::Json),
            "only the first fetch brings news"
        );
    }
    let settled = bench.ask(json!({"do": "follow-ups"})).await.unwrap();
    assert_eq!(settled["follow_ups"][0]["by"], "terminal");
    let late = json!({"do": "close-follow-up", "id": settled["follow_ups"][0]["id"], "who": "佐藤", "answer": "はい"});
    assert_eq!(bench.ask(late).await, Err("UK-VISIT-523".into()));
    let still = bench.ask(json!({"do": "follow-ups"})).await.unwrap();
    assert_eq!(still["follow_ups"][0]["by"], "terminal");

    let now_valid = bench.ask(lookup).await.unwrap();
    assert_eq!(now_valid["summaries"][0]["unentrusted"], false);
    assert!(
        now_valid.to_string().contains("2020002"),
        "entrusted: the numbers are delivered"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn insurance_lookup_reference_number_settings_and_address() {
    let bench = bench().await;
    let insured = json!({"insurer_number": "06123456", "symbol": "12", "number": "3456789", "branch": "00", "birth_date": "19750303"});
    let ask = |word: &str, more: Value| with(with(json!({"do": word}), insured.clone()), more);
    let found = bench.ask(ask("lookup", json!({}))).await.unwrap();
    assert!(
        found["summaries"][0]["headline_ja"]
            .as_str()
            .unwrap()
            .contains("有効")
    );
    let former = json!({"do": "lookup", "insurer_number": "39123451", "number": "77", "birth_date": "19750303"});
    let former = bench.ask(former).await.unwrap();
    assert!(
        former["summaries"][0]["headline_ja"]
            .as_str()
            .unwrap()
            .contains("新しい資格")
    );
    assert_eq!(
        bench
            .ask(json!({"do": "lookup", "insurer_number": "06123456", "number": "1"}))
            .await,
        Err("UK-VISIT-501".into())
    );

    bench
        .ask(ask(
            "register-reference",
            json!({"reference_number": "P-0001"}),
        ))
        .await
        .unwrap();
    let again = bench.ask(ask("lookup", json!({}))).await.unwrap();
    let result = &again["message"]["XmlMsg"]["MessageBody"]["ResultList"][0]["ResultOfQualificationConfirmation"];
    assert_eq!(result["ReferenceNumber"], "P-0001");
    let long = ask(
        "register-reference",
        json!({"reference_number": "x".repeat(51)}),
    );
    assert_eq!(bench.ask(long).await, Err("UK-VISIT-501".into()));

    let off = json!({"do": "update-settings", "medical_assistance": false});
    assert_eq!(bench.ask(off).await.unwrap()["medical_assistance"], false);
    let none = json!({"do": "lookup", "insurer_number": "12000009", "number": "2020002"});
    assert_eq!(
        bench.ask(none.clone()).await,
        Err("UK-VISIT-506".into()),
        "with the setting off nobody can be found, and that is what is told"
    );
    let test = bench.ask(json!({"do": "operation-test"})).await.unwrap();
    assert_eq!(test["ok"], false, "medical assistance is off: {test}");
    bench
        .ask(json!({"do": "update-settings", "medical_assistance": true}))
        .await
        .unwrap();
    let slip = json!({"do": "lookup", "insurer_number": "12000009", "number": "２０２０００１"});
    let slip = bench.ask(slip).await.unwrap();
    let headline = slip["summaries"][0]["headline_ja"].as_str().unwrap();
    assert!(headline.contains("該当"), "{headline}");
    let asked: Vec<_> = slip["asked"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["value"].as_str().unwrap())
        .collect();
    assert_eq!(
        asked,
        ["12000009", "2020001"],
        "what was asked with is repeated, so that the slip is seen"
    );
    assert!(
        bench.ask(none).await.unwrap()["asked"].is_null(),
        "somebody was found: invariant 6"
    );
    let test = bench.ask(json!({"do": "operation-test"})).await.unwrap();
    assert_eq!(test["ok"], true, "{test}");
    assert_eq!(test["sheet"].as_array().unwrap().len(), 32, "{test}");
    // What is switched off is named, and not taken for tested.
    assert!(bench.sim.set_setting(CLINIC, "VisitingCareUse", "0"));
    let off = bench.ask(json!({"do": "operation-test"})).await.unwrap();
    let switched_off = |row: &&Value| {
        let detail = row["detail"].as_str().unwrap_or_default();
        detail.contains("switched off in the settings")
    };
    let rows = off["sheet"].as_array().unwrap().iter();
    assert_eq!(rows.filter(switched_off).count(), 2, "{off}");
    assert!(bench.sim.set_setting(CLINIC, "VisitingCareUse", "1"));
    assert!(
        bench
            .sim
            .set_setting(CLINIC, "EmergencyViewingAuthority", "1")
    );
    let given = bench.ask(json!({"do": "operation-test"})).await.unwrap();
    assert!(
        given["ok"] == true && given.to_string().contains("authority: yes"),
        "{given}"
    );
    assert!(
        bench
            .sim
            .set_setting(CLINIC, "EmergencyViewingAuthority", "0")
    );

    let url = bench
        .ask(json!({"do": "access-url", "care": "online"}))
        .await
        .unwrap();
    assert!(
        url["url"].as_str().unwrap().starts_with("https://")
            && url["qr_svg"].as_str().unwrap().starts_with("<svg")
    );
    let same = bench
        .ask(json!({"do": "access-url", "care": "online"}))
        .await
        .unwrap();
    let changed = bench
        .ask(json!({"do": "access-url", "care": "online", "change": true}))
        .await
        .unwrap();
    assert_eq!(url["url"], same["url"]);
    assert_ne!(url["url"], changed["url"]);
    let passcode = bench.ask(json!({"do": "passcode"})).await.unwrap();
    assert_eq!(passcode["taken_over"], true);
    assert!(
        passcode
            .as_object()
            .unwrap()
            .keys()
            .all(|key| ["taken_over", "until", "passcode"].contains(&key.as_str())),
        "whoever is signed in and fetched it is told"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reinquiry_stands_on_a_consent_and_ends_with_its_withdrawal() {
    let bench = bench().await;
    let insured = json!({"insurer_number": "06123456", "symbol": "12", "number": "3456789", "branch": "00", "birth_date": "19750303", "care": "visiting"});
    let ask = with(json!({"do": "reinquire"}), insured.clone());
    assert_eq!(
        bench.ask(ask.clone()).await,
        Err("UK-VISIT-504".into()),
        "no consent"
    );
    bench.sim.add_consent(HomeConsent {
        person: "mitaku".into(),
        institution_code: CLINIC.into(),
        care: Care::Visiting,
        at: bench.counter.clock.wall_ms(),
        examination: bench.today(),
        kinds: vec!["YZK".into()],
        withdrawn: false,
    });
    let found = bench.ask(ask.clone()).await.unwrap();
    assert!(
        found.to_string().contains("PharmacistsInfoAvailableTime"),
        "the window is the service's"
    );
    let day = bench.today();
    let fetch = json!({"do": "fetch-consented", "care": "visiting", "from": day, "to": day});
    let job = bench.job(&bench.ask(fetch).await.unwrap()).await;
    assert_eq!(
        (&job["state"], &job["persons"]),
        (&json!("done"), &json!(1))
    );
    bench
        .ask(with(json!({"do": "withdraw", "by_patient": true}), insured))
        .await
        .unwrap();
    assert_eq!(bench.ask(ask).await, Err("UK-VISIT-504".into()));
}
