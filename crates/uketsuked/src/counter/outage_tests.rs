//! Notes of an outage whom nobody is found for, many and long ones; each use of a special mode counted once.

use hw_sim::central::Opening;
use oqs::{Message as _, QualificationAnswer};
use serde_json::{Value, json};

use super::lookup::{Unfound, unfound};
use super::notes::Standing;
use super::tests::{Bench, CLINIC, bench, bench_with, with};
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

/// One bad block in the small state.
fn damage(bench: &Bench, key: &str) {
    let ledger = rusqlite::Connection::open(bench.folder.path().join("ledger.db")).unwrap();
    let changed = ledger.execute("UPDATE state SET value = x'00112233' WHERE key = ?1", [key]);
    assert_eq!(changed.unwrap(), 1);
}

/// How often staff was told of this by now.
async fn told(bench: &Bench, code: &str) -> usize {
    // What is told goes through a queue.
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    let alerts = bench.alerts.lock().unwrap();
    alerts.iter().filter(|told| **told == code).count()
}

/// A note whose seal does not open is named, told and taken off; the others are listed and asked about, and who comes now is noted
/// (invariants 9 and 15).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv9_a_damaged_note_keeps_no_other_back() {
    let bench = bench().await;
    for name in ["損　一", "未託　花子"] {
        let note = person(json!({"do": "note-outage", "name": name}));
        bench.ask(note).await.unwrap();
    }
    let first = notes(&bench).await[0]["id"].as_str().unwrap().to_owned();
    damage(&bench, &format!("outage-note/{first}"));
    let list = bench.ask(json!({"do": "outage-notes"})).await.unwrap();
    assert_eq!(list["notes"].as_array().unwrap().len(), 1);
    assert_eq!(list["notes"][0]["name"], "未託　花子");
    assert_eq!(list["unreadable"], json!([first]));
    let more = person(json!({"do": "note-outage", "name": "後　三"}));
    assert_eq!(bench.ask(more).await.unwrap()["noted"], 3);

    let mut standing = Standing::default();
    for _ in 0..2 {
        bench.counter.look_at_standing(&mut standing).await.unwrap();
    }
    assert_eq!(told(&bench, "UK-VISIT-528").await, 1);
    open(&bench, "outage");
    assert!(bench.counter.look_at_notes(false).await.unwrap());
    let noted = json!({"do": "ask-noted", "operator": "受付 太郎"});
    let asked = bench.ask(noted).await.unwrap();
    assert_eq!(asked["results"].as_array().unwrap().len(), 2);

    let removal =
        json!({"do": "remove-note", "id": first, "operator": "受付 太郎", "reason": "壊れていた"});
    bench.ask(removal).await.unwrap();
    let list = bench.ask(json!({"do": "outage-notes"})).await.unwrap();
    assert_eq!(list["unreadable"], json!([]));
    assert_eq!(audited(&bench, "outage-note-removed").await.len(), 1);
}

/// The same for what an earlier version kept in one value.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv9_damaged_notes_of_an_earlier_version_keep_no_other_back() {
    let bench = bench().await;
    let put = bench
        .counter
        .ledger(|ledger| ledger.put_state("outage-notes", "[]"));
    put.await.unwrap();
    damage(&bench, "outage-notes");
    let note = person(json!({"do": "note-outage"}));
    assert_eq!(bench.ask(note).await.unwrap()["noted"], 2);
    let list = bench.ask(json!({"do": "outage-notes"})).await.unwrap();
    assert_eq!(list["notes"].as_array().unwrap().len(), 1);
    let removal =
        json!({"do": "remove-note", "id": list["unreadable"][0], "operator": "a", "reason": "b"});
    assert_eq!(bench.ask(removal).await.unwrap()["noted"], 1);
}

/// A count that can't be read keeps no answer back: it is stored, staff is told, and counting begins anew (invariants 9 and 15).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv9_a_damaged_count_of_uses_keeps_no_answer_back() {
    let bench = bench().await;
    open(&bench, "disaster");
    bench.ask(disaster()).await.unwrap();
    damage(&bench, "special-use");
    let report = json!({"do": "report-usage", "mode": "disaster", "operator": "a"});
    assert_eq!(
        bench.ask(report.clone()).await,
        Err("UK-VISIT-529".into()),
        "it is not told that nothing was used"
    );
    assert!(bench.ask(disaster()).await.unwrap()["result"].is_string());
    assert_eq!(told(&bench, "UK-VISIT-529").await, 1);
    bench.ask(disaster()).await.unwrap();
    assert_eq!(told(&bench, "UK-VISIT-529").await, 1);
    assert_eq!(bench.ask(report).await.unwrap()["reported"], 2);
}

/// Whom nobody was found for takes no place away from who comes in the next outage; staff is told of such notes when there are more, and
/// once a day.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn marked_notes_crowd_nobody_out_and_are_told_of() {
    let bench = bench().await;
    let put = bench.counter.ledger(|ledger| {
        for n in 1..=200_u64 {
            let note = json!({
                "person": {"name": "前", "birth_date": "19750303", "sex": "2", "address": "町"},
                "at": n, "by": "a", "visit": n,
                "not_found": {"at": n, "result": "r", "several": n == 2},
            });
            ledger.put_state(&format!("outage-note/{n:016x}"), &note.to_string())?;
        }
        Ok(())
    });
    put.await.unwrap();
    let list = notes(&bench).await;
    assert_eq!(
        (&list[0]["several_match"], &list[1]["several_match"]),
        (&json!(false), &json!(true))
    );
    let note = person(json!({"do": "note-outage"}));
    assert_eq!(bench.ask(note).await.unwrap()["noted"], 201);
    let mut standing = Standing::default();
    for (hours, times) in [(0, 1), (1, 1), (24, 2), (1, 2)] {
        let now = bench.counter.clock.wall_ms();
        bench.counter.clock.service_said(now + hours * 3_600_000);
        bench.counter.look_at_standing(&mut standing).await.unwrap();
        assert_eq!(told(&bench, "UK-VISIT-527").await, times);
    }
}

/// Several that match are not nobody (OQSCD006, 5).
#[test]
fn several_that_match_are_not_nobody() {
    let answer = |validity: &str| {
        let message = json!({"XmlMsg": {"MessageBody": {"ProcessingResultStatus": "1", "QualificationValidity": validity, "ResultList": []}}});
        QualificationAnswer::from_json(message.to_string().as_bytes()).unwrap()
    };
    assert_eq!(unfound(&answer("5"), CLINIC), Some(Unfound::Several));
    assert_eq!(unfound(&answer("4"), CLINIC), Some(Unfound::Nobody));
}

/// The simulated service has persons whom only the branch and the end of the address tell apart: by number, in a disaster and noted in an
/// outage alike the terminal says that several match, with what was asked, and not that nobody was found.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_that_match_are_told_as_several() {
    let bench = bench_with(50).await;
    let register = hw_sim::central::invented::Invented {
        persons: 50,
        ..Default::default()
    };
    let one = register.person(47, "202611", CLINIC).unwrap();
    let numbers = json!({"do": "lookup", "insurer_number": "06139307", "number": "2000047", "birth_date": one.birth_date});
    let several = bench.ask(numbers.clone()).await.unwrap();
    assert_eq!(several["several_match"], true, "{several}");
    assert_eq!(several["asked"][1]["value"], "2000047");
    let headline = several["summaries"][0]["headline_ja"].as_str().unwrap();
    assert!(headline.contains("複数"), "{headline}");
    let exact = with(numbers.clone(), json!({"branch": "02"}));
    let exact = bench.ask(exact).await.unwrap();
    assert!(
        exact["asked"].is_null() && exact["several_match"].is_null(),
        "{exact}"
    );
    let nobody = with(numbers, json!({"number": "2000049"}));
    let nobody = bench.ask(nobody).await.unwrap();
    assert_eq!(nobody["several_match"], false, "{nobody}");

    let person = |address: &str| {
        json!({"name": one.name, "birth_date": one.birth_date, "sex": one.sex, "address": address,
            "operator": "受付 太郎", "oral_consent": true})
    };
    let rough = person("東京都架空区想像町");
    open(&bench, "disaster");
    let asked = with(rough.clone(), json!({"do": "disaster", "reason": "地震"}));
    let disaster = bench.ask(asked).await.unwrap();
    assert_eq!(disaster["several_match"], true, "{disaster}");

    for noted in [rough, person(&one.address)] {
        let note = with(noted, json!({"do": "note-outage"}));
        bench.ask(note).await.unwrap();
    }
    open(&bench, "outage");
    let asked = json!({"do": "ask-noted", "operator": "受付 太郎"});
    let asked = bench.ask(asked).await.unwrap();
    assert_eq!(asked["results"].as_array().unwrap().len(), 2, "{asked}");
    let unfound = asked["not_found"].as_array().unwrap();
    assert_eq!(unfound.len(), 1, "{asked}");
    assert_eq!(unfound[0]["several_match"], true);
    let left = notes(&bench).await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["several_match"], true);
    assert_eq!(audited(&bench, "outage-several-match").await.len(), 1);
    assert!(audited(&bench, "outage-nobody-found").await.is_empty());
}
