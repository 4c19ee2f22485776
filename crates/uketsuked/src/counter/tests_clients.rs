//! The counter behind the receipt computer's socket.

use hw_sim::central::{Care, HomeConsent};
use serde_json::{Value, json};

use super::tests::{CLINIC, bench};

/// The same counter behind the receipt computer's socket: results of a client's request are the client's own (invariant 9), ticket jobs
/// are the terminal's, settings are changed, reference numbers registered in bulk; every request stands in the audit chain.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv9_a_receipt_computer_asks_and_owns_what_it_gets() {
    use receipt::counter::{Numbers, ReceiptCounter, Registration, Wish};
    let bench = bench().await;
    let wish = |wish: Wish| ReceiptCounter::carry_out(&bench.counter, "alpha".into(), None, wish);
    let numbers = Numbers {
        insurer_number: "06123456".into(),
        symbol: "12".into(),
        number: "3456789".into(),
        branch: "00".into(),
        birth_date: "19750303".into(),
        limit_certificate: false,
    };
    let reinquire = || Wish::Reinquire {
        care_day: None,
        care: receipt::counter::Care::Visiting,
        numbers: numbers.clone(),
        medical: true,
    };
    let refused = wish(reinquire()).await.unwrap_err();
    assert_eq!(refused.why, receipt::counter::Why::SaidNo);
    bench.sim.add_consent(HomeConsent {
        person: "mitaku".into(),
        institution_code: CLINIC.into(),
        care: Care::Visiting,
        at: bench.counter.clock.wall_ms(),
        examination: bench.today(),
        kinds: vec!["YZK".into()],
        withdrawn: false,
    });
    let found = wish(reinquire()).await.unwrap();
    let id = found["result"].as_str().unwrap().to_owned();
    // A change that broke off and is made again under its name stores no second result; another change does.
    let named = |name: &str| {
        ReceiptCounter::carry_out(
            &bench.counter,
            "alpha".into(),
            Some(name.into()),
            reinquire(),
        )
    };
    let first = named("k@1").await.unwrap()["result"].clone();
    assert_eq!(named("k@1").await.unwrap()["result"], first);
    assert_ne!(named("k@2").await.unwrap()["result"], first);
    assert_ne!(first, id.as_str());
    let stored = bench.counter.ledger(move |ledger| ledger.result(&id)).await;
    let stored = stored.unwrap().unwrap();
    assert_eq!(stored.owner.as_deref(), Some("alpha"));
    assert_eq!(stored.reader, "desk-1/visiting:alpha");

    let off = Wish::ChangeSettings {
        medical_assistance: Some(false),
        visiting_care: None,
        online_care: None,
    };
    assert_eq!(wish(off).await.unwrap()["medical_assistance"], false);
    assert_eq!(
        wish(Wish::Settings).await.unwrap()["medical_assistance"],
        false
    );
    let on = Wish::ChangeSettings {
        medical_assistance: Some(true),
        visiting_care: None,
        online_care: None,
    };
    assert_eq!(wish(on).await.unwrap()["medical_assistance"], true);

    assert!(bench.sim.register_ticket("mitaku", CLINIC));
    let month: String = bench.today().chars().take(6).collect();
    let begun = wish(Wish::FetchTickets { month }).await.unwrap();
    assert_eq!(bench.job(&begun).await["persons"], 1);

    let one = |reference: &str, number: &str| Registration {
        reference_number: reference.into(),
        insurer_number: "06123456".into(),
        symbol: "12".into(),
        number: number.into(),
        branch: "00".into(),
    };
    let many = Wish::RegisterReferences(vec![one("P-7", "3456789"), one("P-8", "9999999")]);
    let begun = wish(many).await.unwrap();
    assert_eq!(bench.job(&begun).await["persons"], 2);
    let job = begun["job"].as_u64().unwrap();
    let items = bench
        .counter
        .ledger(move |ledger| ledger.bulk_items(job, 0, 10))
        .await;
    let items: Vec<Value> = items
        .unwrap()
        .iter()
        .map(|item| serde_json::from_str(&item.body_json).unwrap())
        .collect();
    assert_eq!(
        (&items[0]["registered"], &items[1]["registered"]),
        (&json!(true), &json!(false)),
        "{items:?}"
    );
    let records = bench
        .counter
        .ledger(|ledger| ledger.audit_records(0, 500))
        .await
        .unwrap();
    let asked: Vec<_> = records
        .iter()
        .filter(|record| record.actor == "alpha" && record.action == "counter")
        .collect();
    assert_eq!(
        asked.len(),
        9,
        "every request, done or refused; looks at settings and jobs are none"
    );
    // Invariant 12: what leaves the terminal stands there before it leaves; what stays or only looks does not.
    let alphas: Vec<_> = records
        .iter()
        .filter(|record| record.actor == "alpha")
        .collect();
    let word = |at: usize| alphas[at].detail["request"].as_str().unwrap_or_default();
    let mut begun = 0;
    for (at, record) in alphas.iter().enumerate() {
        let outcome = alphas
            .iter()
            .skip(at + 1)
            .position(|later| later.action == "counter");
        if record.action == "counter-begun" {
            begun += 1;
            assert_eq!(word(at), word(at + 1 + outcome.unwrap()));
        }
    }
    assert!(begun >= 5, "{begun}");
}
