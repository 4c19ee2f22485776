//! Bulk fetches that go wrong, late tickets, and the schedule, against the simulated service.

use ledger::{BulkItem, BulkState, NewBulkJob};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::tests::{Bench, bench, bench_with};

const CLINIC: &str = "1310000001";

fn month_before(day: &str) -> String {
    let (year, month): (u32, u32) = (day[..4].parse().unwrap(), day[4..6].parse().unwrap());
    match month {
        1 => format!("{:04}12", year - 1),
        month => format!("{year:04}{:02}", month - 1),
    }
}

async fn fetch(bench: &Bench, month: &str) -> Value {
    let begun = bench.ask(json!({"do": "fetch-tickets", "month": month}));
    bench.job(&begun.await.unwrap()).await
}

async fn follow_up(bench: &Bench) -> Value {
    let list = bench.ask(json!({"do": "follow-ups"})).await.unwrap();
    assert_eq!(list["follow_ups"].as_array().unwrap().len(), 1);
    list["follow_ups"][0].clone()
}

/// The alert comes after the job's end can be seen.
async fn told(bench: &Bench, code: &'static str) {
    for _ in 0..400 {
        if bench.alerts.lock().unwrap().contains(&code) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("{code} was not told");
}

fn downloads(bench: &Bench) -> usize {
    let log = bench.sim.requests_after(0);
    log.iter().filter(|r| r.path.ends_with("/015")).count()
}

/// Invariant 15: an answer that is bad after its hundredth person is read again from the beginning a few times, not for ever, nothing of
/// it is kept, and staff is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv15_an_answer_that_never_comes_whole_ends_after_three_tries() {
    let bench = bench_with(260).await;
    bench.sim.set_bulk_polls(0);
    bench.sim.set_bulk_miscount(true);
    let month = bench.today()[..6].to_owned();
    let job = fetch(&bench, &month).await;
    assert_eq!(
        (&job["state"], &job["persons"]),
        (&json!("failed"), &json!(0)),
        "{job}"
    );
    assert!(job["code"].as_str().unwrap().starts_with("UK-VISIT-509 "));
    assert_eq!(downloads(&bench), 3);
    told(&bench, "UK-VISIT-520").await;
    bench.sim.set_bulk_miscount(false);
    let whole = fetch(&bench, &month).await;
    assert_eq!(
        (&whole["state"], &whole["persons"]),
        (&json!("done"), &json!(130))
    );
    assert_eq!(
        whole["before"],
        Value::Null,
        "a failed job is no job before"
    );
}

/// A process that was killed in the middle of a download left two persons of a list that has shifted since; the next one begins with
/// nothing. One killed between the end of a job and what it settles left that noted; it is settled.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_process_left_is_read_anew_and_settled() {
    let bench = bench().await;
    bench.stop.send(true).unwrap();
    let lookup = json!({"do": "lookup", "insurer_number": "12000009", "number": "2020002"});
    bench.ask(lookup).await.unwrap();
    let open = follow_up(&bench).await;
    let month = bench.today()[..6].to_owned();
    assert!(bench.sim.register_ticket("mitaku", CLINIC));
    let begun = bench.ask(json!({"do": "fetch-tickets", "month": month}));
    let begun = begun.await.unwrap();
    let job = begun["job"].as_u64().unwrap();
    let left = |n: u32| BulkItem {
        n,
        who: format!("of before {n}"),
        body_json: "{}".to_owned(),
    };
    let settled = json!([{
        "follow_up": open["id"],
        "result": open["result"],
        "fit": "same",
        "item": 0,
    }]);
    let other = bench.counter.ledger(move |ledger| {
        ledger.add_bulk_items(job, &[left(0), left(1)])?;
        let new = NewBulkJob {
            client: super::OWNER.to_owned(),
            key: "k".to_owned(),
            kind: "tickets".to_owned(),
            params_json: "{}".to_owned(),
            reception: "R".to_owned(),
            total: 0,
        };
        let other = ledger.begin_bulk(1, &new)?;
        let beside = [(format!("bulk-settle:{other}:0"), settled.to_string())];
        ledger.finish_bulk(1, other, &[], &beside)?;
        Ok(other)
    });
    let other = other.await.unwrap();
    assert_eq!(follow_up(&bench).await["closed"], Value::Null);

    let (again, ended) = watch::channel(false);
    tokio::spawn(bench.counter.clone().work_on_jobs(ended));
    let done = bench.job(&begun).await;
    assert_eq!(
        (&done["state"], &done["persons"]),
        (&json!("done"), &json!(1)),
        "nobody doubled"
    );
    let items = bench
        .counter
        .ledger(move |ledger| ledger.bulk_items(job, 0, 9));
    assert!(items.await.unwrap()[0].body_json.contains("2020002"));
    let closed = follow_up(&bench).await;
    assert_eq!(closed["by"], "terminal");
    let answer = closed["answer"].as_str().unwrap();
    assert!(answer == format!("ticket-registered/{other}/1"), "{answer}");
    let left = bench.counter.ledger(|ledger| ledger.states("bulk-settle:"));
    assert_eq!(left.await.unwrap(), []);
    again.send(true).unwrap();
}

/// Somebody came this month: the ticket of the month before neither settles the call nor is proposed; this month's does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ticket_of_another_month_settles_nothing() {
    let bench = bench().await;
    let lookup = json!({"do": "lookup", "insurer_number": "12000009", "number": "2020002"});
    bench.ask(lookup).await.unwrap();
    let (this, before) = (bench.today()[..6].to_owned(), month_before(&bench.today()));
    assert!(bench.sim.register_ticket_of("mitaku", CLINIC, &before));
    assert_eq!(fetch(&bench, &before).await["persons"], 1);
    assert_eq!(fetch(&bench, &this).await["persons"], 0, "month by month");
    let open = follow_up(&bench).await;
    assert_eq!(
        (&open["closed"], &open["proposal"]),
        (&Value::Null, &Value::Null)
    );
    assert!(bench.sim.register_ticket_of("mitaku", CLINIC, &this));
    assert_eq!(fetch(&bench, &this).await["persons"], 1);
    assert_eq!(follow_up(&bench).await["by"], "terminal");
}

/// A ticket is there, but of another month: staff phones, so there is a place for what came of it, and the right ticket settles it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_that_does_not_fit_the_visit_is_followed_up() {
    let bench = bench().await;
    let (this, before) = (bench.today()[..6].to_owned(), month_before(&bench.today()));
    assert!(bench.sim.register_ticket_of("mitaku", CLINIC, &before));
    let lookup = json!({"do": "lookup", "insurer_number": "12000009", "number": "2020002"});
    let found = bench.ask(lookup).await.unwrap();
    assert_eq!(found["summaries"][0]["unentrusted"], false, "{found}");
    let open = follow_up(&bench).await;
    assert_eq!(
        (&open["reason"], &open["office"]),
        (&json!("unsuitable-ticket"), &json!("隣架空市福祉事務所"))
    );
    fetch(&bench, &before).await;
    assert_eq!(follow_up(&bench).await["closed"], Value::Null);
    assert!(bench.sim.register_ticket_of("mitaku", CLINIC, &this));
    fetch(&bench, &this).await;
    assert_eq!(follow_up(&bench).await["by"], "terminal");
}

/// A day's turn is fetched once, a failed month again the next day, and the month before while somebody of it waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_schedule_goes_on_until_the_tickets_are_there() {
    let bench = bench().await;
    bench.sim.set_bulk_polls(0);
    let jobs = || async {
        let found = bench
            .counter
            .ledger(|ledger| ledger.newest_bulk_jobs(super::OWNER, None, 50))
            .await
            .unwrap();
        let month = |job: &ledger::BulkJob| {
            let params: Value = serde_json::from_str(&job.params_json).unwrap();
            params["month"].as_str().unwrap().to_owned()
        };
        let mut months: Vec<_> = found.iter().map(month).collect();
        months.reverse();
        (months, found)
    };
    // Nobody has ever fetched October: it comes along once.
    for _ in 0..2 {
        bench.counter.scheduled("20261120", 20).await.unwrap();
    }
    assert_eq!(jobs().await.0, ["202610", "202611"]);
    let all_done = || async {
        for _ in 0..200 {
            let found = jobs().await.1;
            if found.iter().all(|job| job.state == BulkState::Done) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("the jobs do not end");
    };
    all_done().await;
    bench.counter.scheduled("20261121", 20).await.unwrap();
    assert_eq!(jobs().await.0, ["202610", "202611", "202611"]);
    all_done().await;
    bench.counter.scheduled("20261203", 20).await.unwrap();
    assert_eq!(
        jobs().await.0.len(),
        3,
        "nobody waits for a November ticket"
    );
}

/// The service refuses the second phase: its code and words stand with the job for the help desk, in the alert and in the audit chain.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_the_service_refuses_keeps_its_words() {
    let bench = bench().await;
    let new = NewBulkJob {
        client: super::OWNER.to_owned(),
        key: "k".to_owned(),
        kind: "tickets".to_owned(),
        params_json: json!({"month": "202611"}).to_string(),
        reception: "R-UNKNOWN".to_owned(),
        total: 0,
    };
    let begun = bench
        .counter
        .ledger(move |ledger| ledger.begin_bulk(1, &new));
    let begun = begun.await.unwrap();
    bench.counter.news.notify_one();
    let job = bench.job(&json!({ "job": begun })).await;
    assert_eq!(
        (&job["state"], &job["code"]),
        (&json!("failed"), &json!("UK-VISIT-504"))
    );
    assert_eq!(
        (&job["service_code"], &job["service_message"]),
        (&json!("SIM-B01"), &json!("受付番号が見つかりません"))
    );
    told(&bench, "UK-VISIT-520").await;
    let said = bench.said.lock().unwrap().clone();
    assert!(
        said.contains(&"SIM-B01 受付番号が見つかりません".to_owned()),
        "{said:?}"
    );
    let found = bench.counter.ledger(move |ledger| {
        let job = ledger.bulk_job(begun)?;
        Ok((
            job.and_then(|job| super::service_of(&job)),
            ledger.audit_records(0, 500)?,
        ))
    });
    let (kept, records) = found.await.unwrap();
    assert_eq!(kept.unwrap().0, "SIM-B01");
    let ended: Vec<_> = records
        .iter()
        .filter(|one| one.action == "bulk-ended")
        .collect();
    assert_eq!(
        ended.len(),
        1,
        "its end and what the service said are one record"
    );
    assert_eq!(
        (&ended[0].detail["code"], &ended[0].detail["service_code"]),
        (&json!("UK-VISIT-504"), &json!("SIM-B01"))
    );
}

/// A job of consented persons that ended more than a day ago: who was not asked about is counted, and staff hears of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consented_persons_left_after_a_day_are_told() {
    let bench = bench().await;
    bench.stop.send(true).unwrap();
    let new = NewBulkJob {
        client: super::OWNER.to_owned(),
        key: "k".to_owned(),
        kind: "visiting".to_owned(),
        params_json: "{}".to_owned(),
        reception: "R".to_owned(),
        total: 0,
    };
    let made = bench.counter.ledger(move |ledger| {
        let job = ledger.begin_bulk(1, &new)?;
        let items: Vec<_> = (0..120)
            .map(|n| BulkItem {
                n,
                who: n.to_string(),
                body_json: "{}".to_owned(),
            })
            .collect();
        ledger.finish_bulk(1, job, &items, &[])?;
        ledger.put_state(
            "consented-medical",
            &json!({ job.to_string(): 1 }).to_string(),
        )?;
        Ok(job)
    });
    let job = made.await.unwrap();
    for _ in 0..2 {
        bench.counter.medical_of_consented().await;
    }
    told(&bench, "UK-VISIT-510").await;
    let records = bench.counter.ledger(|ledger| ledger.audit_records(0, 500));
    let records = records.await.unwrap();
    let given_up: Vec<_> = records
        .iter()
        .filter(|one| one.action == "consented-given-up")
        .map(|one| (&one.detail["job"], &one.detail["persons"]))
        .collect();
    assert_eq!(given_up, [(&json!(job), &json!(119))], "once");
}
