//! Points of the checklist (docs/requirements.md) that need a test of their own, against the simulated service.

use hw_sim::central::{Care, OTHER_INSTITUTION};
use serde_json::{Value, json};

use super::tests::{CLINIC, bench};
use super::tests_medical::ask;

fn assistance() -> Value {
    json!({"do": "lookup", "insurer_number": "12000009", "number": "2020002"})
}

fn fields(found: &Value, summary: usize) -> Vec<(String, String)> {
    let fields = found["summaries"][summary]["fields"].as_array().unwrap();
    fields
        .iter()
        .map(|one| {
            let text = |name: &str| one[name].as_str().unwrap().to_owned();
            (text("label_ja"), text("value_ja"))
        })
        .collect()
}

fn value(found: &Value, summary: usize, label: &str) -> String {
    let fields = fields(found, summary);
    let found = fields.iter().find(|(known, _)| known == label);
    found.map_or_else(String::new, |(_, value)| value.clone())
}

/// Points 7, 8, 9 and 26: the numbers of a paper ticket, no card: ticket data when valid, the telephone when not, never medical information.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lookup_by_payer_and_recipient_number_brings_the_ticket_or_names_the_telephone() {
    let bench = bench().await;
    let before = bench.ask(assistance()).await.unwrap();
    assert_eq!(before["summaries"][0]["unentrusted"], true);
    let advice = before["summaries"][0]["advice_ja"].as_str().unwrap();
    assert!(
        advice.contains("電話") && advice.contains("隣架空市福祉事務所"),
        "{advice}"
    );
    assert_eq!(value(&before, 0, "受給者番号"), "-");

    assert!(bench.sim.register_ticket("mitaku", CLINIC));
    let valid = bench.ask(assistance()).await.unwrap();
    assert_eq!(valid["summaries"][0]["unentrusted"], false);
    assert_eq!(value(&valid, 0, "公費負担者番号"), "12000009");
    assert_eq!(value(&valid, 0, "受給者番号"), "2020002");
    assert_eq!(value(&valid, 0, "医療券/調剤券別"), "医療券");
    assert_eq!(value(&valid, 0, "傷病名1"), "後から登録された架空傷病");
    let id = valid["result"].as_str().unwrap().to_owned();
    let stored = bench.counter.ledger(move |ledger| ledger.result(&id)).await;
    assert!(
        stored
            .unwrap()
            .unwrap()
            .body_json
            .contains("MedicalTicketInfo"),
        "delivered"
    );

    let nobody = json!({"do": "lookup", "insurer_number": "12000009", "number": "9999999"});
    let nobody = bench.ask(nobody).await.unwrap();
    let advice = nobody["summaries"][0]["advice_ja"].as_str().unwrap();
    assert!(advice.contains("福祉事務所に電話"), "{advice}");
    assert_eq!(
        bench.medical_requests(),
        0,
        "invariant 1: never by number alone"
    );
    assert!(!format!("{before}{valid}").contains("架空錠"));
}

/// Point 41: what a re-inquiry obtains.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reinquiry_brings_every_item_of_the_qualification() {
    let bench = bench().await;
    bench.consent(Care::Visiting, &[], CLINIC, bench.now());
    let found = bench.ask(ask("visiting")).await.unwrap();
    let summaries = found["summaries"].as_array().unwrap();
    let of_insurance =
        (0..summaries.len()).find(|at| value(&found, *at, "保険者番号") == "06123456");
    let at = of_insurance.expect("the insurance");
    for (label, expected) in [
        ("氏名", "未託　花子"),
        ("性別", "女"),
        ("生年月日", "昭和50年3月3日"),
        ("記号", "12"),
        ("番号", "3456789"),
        ("枝番", "00"),
    ] {
        assert_eq!(
            value(&found, at, label),
            expected,
            "{label} of {:?}",
            fields(&found, at)
        );
    }
    let message = found["message"].to_string();
    for element in [
        "InsuredCardClassification",
        "Address",
        "InsuredCardValidDate",
        "InsurerName",
    ] {
        assert!(message.contains(element), "{element} of {message}");
    }
}

/// Points 42 and 45: who can't use the reader goes by the mobile page; a new address ends the old one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mobile_pages_address_is_for_those_who_can_not_use_the_reader() {
    let bench = bench().await;
    let url = async |care: &str, change: bool| {
        let found = bench
            .ask(json!({"do": "access-url", "care": care, "change": change}))
            .await;
        let found = found.unwrap();
        assert!(
            found["qr_svg"].as_str().unwrap().contains("<svg"),
            "to be shown or printed"
        );
        found["url"].as_str().unwrap().to_owned()
    };
    let (visiting, online) = (url("visiting", false).await, url("online", false).await);
    assert!(visiting.starts_with("https://") && visiting != online);
    assert_eq!(url("visiting", false).await, visiting, "it stands");
    assert_eq!(
        url("alternative-route", false).await,
        online,
        "the same page"
    );
    assert_ne!(
        url("visiting", true).await,
        visiting,
        "changed, the old one has ended"
    );
}

/// Points 52 and 72: who is not found today may be found later, and staff is told so; nothing blames the person.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_found_may_be_a_delay_and_is_found_later() {
    let bench = bench().await;
    let month: String = bench.today().chars().take(6).collect();
    let slip = json!({"do": "lookup", "insurer_number": "06123456", "number": "1", "birth_date": "19900115"});
    let nobody = bench.ask(slip).await.unwrap();
    let words = nobody["summaries"][0].clone();
    let advice = words["advice_ja"].as_str().unwrap();
    assert!(
        advice.contains("遅れ") && advice.contains("後で"),
        "{advice}"
    );
    assert!(
        words["advice_en"].as_str().unwrap().contains("late"),
        "{words}"
    );
    let open = bench.ask(json!({"do": "follow-ups"})).await.unwrap();
    assert_eq!(
        open["follow_ups"],
        json!([]),
        "nobody is to be phoned about"
    );

    let before = bench.ask(assistance()).await.unwrap();
    assert_eq!(before["summaries"][0]["unentrusted"], true);
    assert!(bench.sim.register_ticket_of("mitaku", CLINIC, &month));
    let after = bench.ask(assistance()).await.unwrap();
    assert_eq!(
        after["summaries"][0]["unentrusted"], false,
        "asked again it is there"
    );
}

/// Invariants 6 and 10, the service's half: the ticket of one institution says nothing at another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ticket_of_another_institution_is_not_given() {
    let bench = bench().await;
    assert!(bench.sim.register_ticket("mitaku", OTHER_INSTITUTION));
    let found = bench.ask(assistance()).await.unwrap();
    assert_eq!(found["summaries"][0]["unentrusted"], true);
    assert!(!found.to_string().contains("後から登録された架空傷病"));
    let month: String = bench.today().chars().take(6).collect();
    let begun = bench
        .ask(json!({"do": "fetch-tickets", "month": month}))
        .await
        .unwrap();
    assert_eq!(bench.job(&begun).await["persons"], 0);
}

/// A month that can have no tickets is a slip, and the field is named; so is the line of a list.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slips_are_refused_by_the_name_of_the_field() {
    let bench = bench().await;
    let field = async |request: Value| {
        let error = bench.ask_fully(request).await.unwrap_err();
        assert_eq!(error.code, "UK-VISIT-501");
        let told = error.json();
        (
            told["error"]["field"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            told["error"]["line"].as_u64(),
        )
    };
    let day = |from: &str, to: &str| json!({"do": "fetch-consented", "care": "online", "from": from, "to": to});
    for month in ["202613", "209912", "199001", "2026"] {
        let asked = json!({"do": "fetch-tickets", "month": month});
        assert_eq!(field(asked).await, ("month".to_owned(), None), "{month}");
    }
    assert_eq!(field(day("20261131", "20261201")).await.0, "from");
    assert_eq!(field(day("20261101", "2026-11")).await.0, "to");
    assert_eq!(field(day("20261102", "20261101")).await.0, "from");
    let one = |number: &str| json!({"reference_number": "P-1", "insurer_number": "06123456", "number": number});
    let many =
        json!({"do": "register-references", "registrations": [one("1"), one("2"), one(" ")]});
    assert_eq!(field(many).await, ("number".to_owned(), Some(3)));
    let born = json!({"do": "lookup", "insurer_number": "06123456", "number": "1"});
    assert_eq!(field(born).await.0, "birth_date");
    // A full-width month is no slip.
    let month: String = bench
        .today()
        .chars()
        .take(6)
        .map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap())
        .collect();
    assert!(
        bench
            .ask(json!({"do": "fetch-tickets", "month": month}))
            .await
            .is_ok()
    );
}

/// A disaster's record names the visit under which the answer stands, and who asked; nobody found repeats what was asked with.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disaster_search_is_tied_to_its_result_and_to_who_asked() {
    let bench = bench().await;
    bench.sim.open_special(hw_sim::central::Opening {
        mode: "disaster".into(),
        region: String::new(),
        until: bench.now() + 600_000,
    });
    let asked = |name: &str| {
        json!({"do": "disaster", "name": name, "birth_date": "１９７５０３０３", "sex": "2", "address": "東京都清瀬市架空町",
            "operator": "受付 太郎", "reason": "地震", "oral_consent": true})
    };
    let found = bench.ask(asked("未託　花子")).await.unwrap();
    assert!(found["asked"].is_null(), "{found}");
    let visit = found["visit"].as_str().unwrap().to_owned();
    let about = [visit.clone()];
    let audit = bench
        .counter
        .ledger(move |ledger| ledger.audit_about(&about, 0))
        .await
        .unwrap();
    let search = audit
        .iter()
        .find(|one| one.action == "disaster-search")
        .expect("tied");
    assert_eq!(search.actor, "staff:受付 太郎");
    assert_eq!(search.detail["staff"], "受付 太郎");
    assert_eq!(search.detail["visit"], visit.as_str());
    let stored = audit.iter().position(|one| one.action == "result-stored");
    let before = audit.iter().position(|one| one.action == "disaster-search");
    assert!(
        before < stored,
        "recorded before anything was asked: {audit:?}"
    );

    let nobody = bench.ask(asked("未詫　花子")).await.unwrap();
    let values: Vec<_> = nobody["asked"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["value"].as_str().unwrap())
        .collect();
    assert_eq!(
        values,
        [
            "未詫　花子",
            "19750303",
            "女 / female",
            "東京都清瀬市架空町"
        ]
    );
}

/// A lookup that nobody answered has the service looked at now: the status does not wait half a minute for the next look.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_answered_has_the_service_looked_at() {
    let bench = bench().await;
    let looks = || {
        let told = bench.alerts.lock().unwrap();
        told.iter().filter(|word| **word == "look").count()
    };
    let lookup = json!({"do": "lookup", "insurer_number": "12000009", "number": "2020002"});
    bench.ask(lookup.clone()).await.unwrap();
    let wrong = json!({"do": "lookup", "insurer_number": "1", "number": "2020002"});
    assert!(bench.ask(wrong).await.is_err());
    assert_eq!(looks(), 0, "nothing is doubtful");
    bench.sim.set_fault(hw_sim::central::Fault::Status(503));
    assert_eq!(bench.ask(lookup).await, Err("UK-CENT-005".into()));
    for _ in 0..100 {
        if looks() > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(looks(), 1);
}

/// Point 24: medical assistance is switched by staff, by a receipt computer and by a technician; the service has it so at once, and each of them
/// stands in the audit chain by name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_switches_medical_assistance_is_named_in_the_audit_chain() {
    let bench = bench().await;
    let actors = ["staff:受付 花子", "client:alpha", "technician"];
    let recipient = json!({"do": "lookup", "insurer_number": "12000009", "number": "2020002"});
    for actor in actors {
        for on in [false, true] {
            let change = json!({"do": "update-settings", "medical_assistance": on});
            let change = crate::counter::CounterRequest::read(change).unwrap();
            let after = bench.counter.carry_out(actor, change).await.unwrap();
            assert_eq!(after["medical_assistance"], on, "{actor}");
            let settings = bench.ask(json!({"do": "settings"})).await.unwrap();
            assert_eq!(settings["medical_assistance"], on, "{actor}");
            let asked = bench.ask(recipient.clone()).await;
            let expected = if on {
                Ok(())
            } else {
                Err("UK-VISIT-506".to_owned())
            };
            assert_eq!(asked.map(drop), expected, "{actor}");
        }
    }
    let audit = bench.counter.ledger(|ledger| ledger.audit_records(0, 500));
    let audit = audit.await.unwrap();
    for actor in ["staff:受付 花子", "alpha", "technician"] {
        let changed = audit.iter().filter(|one| {
            one.actor == actor
                && one.action == "counter"
                && one.detail["request"] == "settings-update"
        });
        assert_eq!(changed.count(), 2, "{actor}");
    }
}

/// Points 45 and 46: a patient who demands to be confirmed online where there is no reader (at home, before a screen, in the car) is: staff shows
/// the address of the mobile page, the patient agrees there, and the qualification comes. Before that nothing comes, and nothing is guessed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demand_for_online_confirmation_is_answered_where_there_is_no_reader() {
    for (care, agreed) in [
        ("visiting", Care::Visiting),
        ("house-call", Care::Visiting),
        ("online", Care::Online),
        ("alternative-route", Care::Online),
    ] {
        let bench = bench().await;
        let before = bench.ask(ask(care)).await;
        assert_eq!(before.map(drop), Err("UK-VISIT-504".into()), "{care}");
        let stored = bench.counter.ledger(|ledger| ledger.newest_results(10));
        assert!(stored.await.unwrap().is_empty(), "{care}");
        let page = bench.ask(json!({"do": "access-url", "care": care})).await;
        let page = page.unwrap();
        assert!(page["url"].as_str().unwrap().starts_with("https://"));
        assert!(page["qr_svg"].as_str().unwrap().contains("<svg"));
        bench.consent(agreed, &[], CLINIC, bench.now());
        let found = bench.ask(ask(care)).await.unwrap();
        let headline = found["summaries"][0]["headline_ja"].as_str().unwrap();
        assert!(headline.contains("有効です"), "{care}: {found}");
        let id = found["result"].as_str().unwrap().to_owned();
        let stored = bench.counter.ledger(move |ledger| ledger.result(&id)).await;
        assert!(stored.unwrap().is_some(), "for the receipt computer");
        assert_eq!(bench.medical_requests(), 0, "agreed to nothing medical");
    }
}
