//! Disaster, outage and emergency, also where something goes wrong on the way: nothing is stored twice, reported twice, or asked about for ever.

use hw_sim::central::{Fault, Opening};
use serde_json::{Value, json};

use super::tests::{Bench, CLINIC, bench, with};
use super::{Counter, CounterRequest};

fn open(bench: &Bench, mode: &str) {
    bench.sim.open_special(Opening {
        mode: mode.into(),
        region: String::new(),
        until: bench.counter.clock.wall_ms() + 600_000,
    });
}

fn person(mut more: Value) -> Value {
    let four = json!({"name": "未託　花子", "birth_date": "19750303", "sex": "2",
        "address": "東京都清瀬市架空町", "operator": "受付 太郎"});
    let more = more.as_object_mut().unwrap();
    more.extend(four.as_object().unwrap().clone());
    Value::Object(more.clone())
}

async fn audited(bench: &Bench, action: &'static str) -> Vec<Value> {
    let records = bench.counter.ledger(|ledger| ledger.audit_records(0, 500));
    let found = records.await.unwrap();
    found
        .into_iter()
        .filter(|record| record.action == action)
        .map(|record| record.detail)
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_found_in_a_disaster_stays_found_when_the_information_does_not_come() {
    let bench = bench().await;
    open(&bench, "disaster");
    bench.sim.refuse_disaster_information(true);
    let asked = person(
        json!({"do": "disaster", "reason": "地震", "oral_consent": true, "information": true}),
    );
    let found = bench.ask(asked).await.unwrap();
    let id = found["result"].as_str().unwrap().to_owned();
    assert_eq!(found["information_error"]["code"], "UK-VISIT-504");
    let words = &found["information_error"]["service_message"];
    assert!(words.as_str().unwrap().contains("SIM-D06"), "{found}");
    assert_eq!(found["information"], Value::Null);
    let stored = bench.counter.ledger(move |ledger| ledger.result(&id));
    assert!(stored.await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_usage_report_whose_answer_was_lost_arrives_once() {
    let bench = bench().await;
    open(&bench, "outage");
    let note = || person(json!({"do": "note-outage", "oral_consent": true}));
    let noted = json!({"do": "ask-noted", "operator": "受付 太郎"});
    let report = json!({"do": "report-usage", "mode": "outage", "operator": "受付 太郎"});
    bench.ask(note()).await.unwrap();
    bench.ask(noted.clone()).await.unwrap();
    bench.sim.set_fault(Fault::LoseAnswer);
    assert!(bench.ask(report.clone()).await.is_err());
    bench.sim.set_fault(Fault::None);
    assert_eq!(bench.sim.usage_reports().len(), 1, "it had arrived");
    // Used again before anybody knew: that is for the next report.
    bench.ask(note()).await.unwrap();
    bench.ask(noted).await.unwrap();
    assert_eq!(bench.ask(report.clone()).await.unwrap()["reported"], 1);
    assert_eq!(bench.sim.usage_reports().len(), 1, "the same report");
    assert_eq!(bench.ask(report.clone()).await.unwrap()["reported"], 1);
    assert_eq!(bench.sim.usage_reports().len(), 2);
    assert_eq!(
        bench.ask(report).await,
        Err("UK-VISIT-526".into()),
        "nothing is left to report, and that is said"
    );
}

/// A search that found nobody is no use of the mode.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disaster_search_that_found_nobody_is_not_reported() {
    let bench = bench().await;
    open(&bench, "disaster");
    let ask = |name: &str| {
        let asked = json!({"do": "disaster", "reason": "地震", "oral_consent": true});
        with(person(asked), json!({ "name": name }))
    };
    let report = json!({"do": "report-usage", "mode": "disaster", "operator": "受付 太郎"});
    let nobody = bench.ask(ask("未詫　花子")).await.unwrap();
    assert!(nobody["asked"].is_array(), "{nobody}");
    assert_eq!(bench.ask(report.clone()).await, Err("UK-VISIT-526".into()));
    bench.ask(ask("未託　花子")).await.unwrap();
    assert_eq!(bench.ask(report).await.unwrap()["reported"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notes_of_an_outage_are_seen_taken_off_and_remembered() {
    let bench = bench().await;
    let mut wrong = person(json!({"do": "note-outage"}));
    wrong["name"] = "未詫　花子".into();
    bench.ask(wrong).await.unwrap();
    let right = person(json!({"do": "note-outage", "oral_consent": true}));
    assert_eq!(bench.ask(right).await.unwrap()["noted"], 2);
    let list = bench.ask(json!({"do": "outage-notes"})).await.unwrap();
    let notes = list["notes"].as_array().unwrap();
    assert_eq!(
        (&notes[0]["name"], &notes[0]["oral_consent"]),
        (&json!("未詫　花子"), &json!(false))
    );
    assert_eq!(audited(&bench, "outage-notes-seen").await.len(), 1);
    let removal = |id: &Value, reason: &str| json!({"do": "remove-note", "id": id, "operator": "受付 太郎", "reason": reason});
    assert_eq!(
        bench.ask(removal(&notes[0]["id"], " ")).await,
        Err("UK-VISIT-501".into())
    );
    let left = bench.ask(removal(&notes[0]["id"], "氏名の誤り")).await;
    assert_eq!(left.unwrap()["noted"], 1);
    let removed = audited(&bench, "outage-note-removed").await;
    assert_eq!(removed[0]["reason"], "氏名の誤り");
    assert!(bench.ask(removal(&notes[0]["id"], "again")).await.is_err());

    // Nobody is reminded while the search is closed, once when it opens.
    let told = || bench.alerts.lock().unwrap().len();
    assert!(!bench.counter.look_at_notes(false).await.unwrap());
    open(&bench, "outage");
    assert!(bench.counter.look_at_notes(false).await.unwrap());
    assert!(bench.counter.look_at_notes(true).await.unwrap());
    for _ in 0..100 {
        if told() == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(*bench.alerts.lock().unwrap(), ["UK-VISIT-522"]);

    let noted = json!({"do": "ask-noted", "operator": "受付 太郎"});
    let asked = bench.ask(noted).await.unwrap();
    assert_eq!(asked["results"].as_array().unwrap().len(), 1);
    let searched = audited(&bench, "outage-search").await;
    assert_eq!(
        (searched.len(), &searched[0]["oral_consent"]),
        (1, &json!(true))
    );
    assert!(
        !bench.counter.look_at_notes(true).await.unwrap(),
        "nobody waits"
    );
}

fn four(operator: &str) -> Value {
    json!({"name": "未託　花子", "birth_date": "19750303", "sex": "2", "address": "東京都清瀬市架空町", "operator": operator})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disaster_and_outage_work_only_while_the_service_has_opened_them() {
    let bench = bench().await;
    let disaster = with(
        four("受付 太郎"),
        json!({"do": "disaster", "reason": "地震", "oral_consent": true, "information": true}),
    );
    assert_eq!(
        bench.ask(disaster.clone()).await,
        Err("UK-VISIT-503".into())
    );
    let open = |mode: &str, region: &str| Opening {
        mode: mode.into(),
        region: region.into(),
        until: bench.counter.clock.wall_ms() + 600_000,
    };
    bench.sim.open_special(open("disaster", "40"));
    assert_eq!(
        bench.ask(disaster.clone()).await,
        Err("UK-VISIT-503".into()),
        "another region"
    );
    bench.sim.open_special(open("disaster", "13"));
    assert_eq!(
        bench
            .ask(with(disaster.clone(), json!({"reason": " "})))
            .await,
        Err("UK-VISIT-501".into())
    );
    let found = bench.ask(disaster).await.unwrap();
    assert!(found["information"].to_string().contains("架空錠10mg"));
    let qualification_only = Counter {
        qualification_only: true,
        ..bench.counter.clone()
    };
    let again: CounterRequest = serde_json::from_value(with(
        four("a"),
        json!({"do": "disaster", "reason": "b", "oral_consent": true, "information": true}),
    ))
    .unwrap();
    assert_eq!(
        qualification_only
            .carry_out("staff:a", again)
            .await
            .unwrap_err()
            .code,
        "UK-VISIT-502"
    );

    bench
        .ask(with(four("受付 太郎"), json!({"do": "note-outage"})))
        .await
        .unwrap();
    let noted = json!({"do": "ask-noted", "operator": "受付 太郎"});
    assert_eq!(bench.ask(noted.clone()).await, Err("UK-VISIT-503".into()));
    bench.sim.open_special(open("outage", ""));
    let asked = bench.ask(noted.clone()).await.unwrap();
    assert_eq!(
        (asked["results"].as_array().unwrap().len(), &asked["failed"]),
        (1, &json!(0))
    );
    assert_eq!(
        bench.ask(noted).await.unwrap()["results"],
        json!([]),
        "asked once"
    );
    let report = json!({"do": "report-usage", "mode": "outage", "operator": "受付 太郎"});
    assert_eq!(bench.ask(report).await.unwrap()["reported"], 1);
    assert_eq!(bench.sim.usage_reports().len(), 1);
    let emergency = with(
        four("医師"),
        json!({"do": "emergency", "reason": "意識なし", "factor": "3", "method": "01"}),
    );
    assert_eq!(
        bench.ask(emergency.clone()).await,
        Err("UK-VISIT-503".into())
    );
    assert!(
        bench
            .sim
            .set_setting(CLINIC, "EmergencyViewingAuthority", "1")
    );
    for (factor, method) in [("1", "05"), ("3", "99"), ("2", "06"), ("4", "01")] {
        let wrong = with(
            emergency.clone(),
            json!({"factor": factor, "method": method}),
        );
        assert_eq!(
            bench.ask(wrong).await,
            Err("UK-VISIT-501".into()),
            "{factor} {method}"
        );
    }
    assert!(
        bench.ask(emergency).await.unwrap()["information"]
            .to_string()
            .contains("架空錠10mg")
    );
}
