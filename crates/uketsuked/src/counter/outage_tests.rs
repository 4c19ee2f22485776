//! Notes of an outage whom nobody is found for, many and long ones; each use of a special mode counted once.

use hw_sim::central::Opening;
use serde_json::{Value, json};

use super::tests::{Bench, bench, with};
use super::{CounterRequest, Turn};

fn open(bench: &Bench, mode: &str) {
    bench.sim.open_special(Opening {
        mode: mode.into(),
        region: String::new(),
        until: bench.counter.clock.wall_ms() + 600_000,
    });
}

fn person(more: Value) -> Value {
    let four = json!({"name": "未託　花子", "birth_date": "19750303", "sex": "2",
        "address": "東京都清瀬市架空町", "operator": "受付 太郎"});
    with(four, more)
}

fn disaster() -> Value {
    person(json!({"do": "disaster", "reason": "地震", "oral_consent": true}))
}

async fn audited(bench: &Bench, action: &'static str) -> Vec<Value> {
    let records = bench.counter.ledger(|ledger| ledger.audit_records(0, 500));
    let found = records.await.unwrap().into_iter();
    let found = found.filter(|record| record.action == action);
    found.map(|record| record.detail).collect()
}

async fn notes(bench: &Bench) -> Vec<Value> {
    let list = bench.ask(json!({"do": "outage-notes"})).await.unwrap();
    list["notes"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whom_nobody_was_found_for_stays_noted_until_staff_takes_the_note_off() {
    let bench = bench().await;
    let slip = person(json!({"do": "note-outage", "name": "未詫　花子"}));
    bench.ask(slip).await.unwrap();
    let right = person(json!({"do": "note-outage", "oral_consent": true}));
    bench.ask(right).await.unwrap();
    open(&bench, "outage");
    let noted = json!({"do": "ask-noted", "operator": "受付 太郎"});
    let asked = bench.ask(noted.clone()).await.unwrap();
    assert_eq!(asked["results"].as_array().unwrap().len(), 2);
    let nobody = &asked["not_found"][0];
    assert_eq!(asked["not_found"].as_array().unwrap().len(), 1);
    assert_eq!(nobody["asked"][0]["value"], "未詫　花子");

    let left = notes(&bench).await;
    assert_eq!(left.len(), 1, "who was found is off the list");
    assert_eq!(
        (&left[0]["name"], &left[0]["id"], &left[0]["result"]),
        (&json!("未詫　花子"), &nobody["note"], &nobody["result"])
    );
    assert!(left[0]["nobody_found_at"].is_string());
    let marked = audited(&bench, "outage-nobody-found").await;
    assert_eq!(marked.len(), 1);
    assert_eq!(
        (&marked[0]["note"], &marked[0]["result"]),
        (&nobody["note"], &nobody["result"])
    );

    // Not asked about again, nor is staff reminded; time does not take it away.
    assert_eq!(bench.ask(noted).await.unwrap()["results"], json!([]));
    assert_eq!(audited(&bench, "outage-search").await.len(), 2);
    assert!(!bench.counter.look_at_notes(false).await.unwrap());
    let day = 24 * 3_600_000;
    let now = bench.counter.clock.wall_ms();
    bench.counter.clock.service_said(now + 40 * day);
    assert!(!bench.counter.look_at_notes(false).await.unwrap());
    assert_eq!(notes(&bench).await.len(), 1);

    let removal = json!({"do": "remove-note", "id": nobody["note"], "operator": "受付 太郎", "reason": "控え直した"});
    assert_eq!(bench.ask(removal).await.unwrap()["noted"], 0);
    assert_eq!(audited(&bench, "outage-note-removed").await.len(), 1);
}

/// Two hundred persons with the longest names and addresses have their notes, and those that an earlier version kept in one value are there too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_addresses_crowd_nobody_out() {
    let bench = bench().await;
    let of_before = json!([
        {"person": {"name": "前　一", "birth_date": "19750303", "sex": "2", "address": "町"}, "at": 1, "by": "a"},
        {"person": {"name": "前　二", "birth_date": "19750303", "sex": "2", "address": "町"}, "at": 1, "by": "a"},
        {"person": {"name": "前　三", "birth_date": "19750303", "sex": "2", "address": "町"}, "at": 2, "by": "a", "visit": 7},
    ]);
    let put = bench
        .counter
        .ledger(move |ledger| ledger.put_state("outage-notes", &of_before.to_string()));
    put.await.unwrap();
    let (name, address) = ("長".repeat(60), "街".repeat(200));
    let note = person(json!({"do": "note-outage", "name": name, "address": address}));
    for n in 4..=200 {
        let noted = bench.ask(note.clone()).await.unwrap();
        assert_eq!(noted["noted"], n);
    }
    assert!(bench.ask(note).await.is_err(), "their number is bounded");
    let found = notes(&bench).await;
    assert_eq!(found.len(), 200);
    let names: Vec<_> = found.iter().take(3).map(|note| &note["name"]).collect();
    assert!(
        names
            .iter()
            .all(|name| name.as_str().unwrap().starts_with("前　"))
    );
    let removal =
        json!({"do": "remove-note", "id": found[0]["id"], "operator": "a", "reason": "b"});
    assert_eq!(bench.ask(removal).await.unwrap()["noted"], 199);
}

/// Carried out again under the same name (its answer was lost, say) a search makes no second result and counts no second use.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_use_counts_once_with_its_result() {
    let bench = bench().await;
    open(&bench, "disaster");
    let turn = || Turn::named("client:alpha", "key-1");
    let mut results = Vec::new();
    for _ in 0..2 {
        let request = CounterRequest::read(disaster()).unwrap();
        let found = bench
            .counter
            .carry_out_as(turn(), "client:alpha", request)
            .await;
        results.push(found.unwrap()["result"].clone());
    }
    assert_eq!(results[0], results[1]);
    let report = json!({"do": "report-usage", "mode": "disaster", "operator": "受付 太郎"});
    assert_eq!(bench.ask(report).await.unwrap()["reported"], 1);
}

/// Counting does not end at two thousand, where an earlier version's list did; its list and its report on the way are taken over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uses_are_counted_without_an_end() {
    let bench = bench().await;
    open(&bench, "disaster");
    let now = bench.counter.clock.wall_ms();
    let of_before = json!({
        "disaster": vec![now - 60_000; 2000],
        "outage": [now - 60_000, now - 50_000],
        "outage_report": {"identifier": "00000000000000aa", "persons": 1},
    });
    let put = bench
        .counter
        .ledger(move |ledger| ledger.put_state("special-uses", &of_before.to_string()));
    put.await.unwrap();
    bench.ask(disaster()).await.unwrap();
    let report = |mode: &str| json!({"do": "report-usage", "mode": mode, "operator": "a"});
    for (mode, persons) in [("disaster", 2001), ("outage", 1), ("outage", 1)] {
        assert_eq!(bench.ask(report(mode)).await.unwrap()["reported"], persons);
    }
    assert_eq!(
        bench.ask(report("outage")).await,
        Err("UK-VISIT-526".into())
    );
}
