//! Bulk jobs that were cut, and what is compared with what; the marks of follow-ups, and how they go.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{NOW, Place};
use ledger::{
    BulkDifference, BulkItem, BulkState, Ledger, MARK, NewBulkJob, NewFollowUp, PROPOSAL,
};

fn begin(ledger: &mut Ledger, key: &str, params: &str) -> u64 {
    let new = NewBulkJob {
        client: "terminal".into(),
        key: key.into(),
        kind: "tickets".into(),
        params_json: params.into(),
        reception: format!("R{key}"),
        total: 0,
    };
    ledger.begin_bulk(NOW, &new).unwrap()
}

fn item(n: u32, who: &str, body: &str) -> BulkItem {
    BulkItem {
        n,
        who: who.into(),
        body_json: body.into(),
    }
}

#[test]
fn a_cut_download_begins_with_nothing_and_ends_in_one_transaction() {
    let place = Place::new();
    let mut ledger = place.open();
    let job = begin(&mut ledger, "1", r#"{"month":"202611"}"#);
    ledger
        .add_bulk_items(job, &[item(0, "a", "1"), item(1, "b", "2")])
        .unwrap();
    // After the power went: the list is read from the beginning, and has shifted by one.
    drop(ledger);
    let mut ledger = place.open();
    ledger.clear_bulk_items(job).unwrap();
    assert_eq!(ledger.bulk_job(job).unwrap().unwrap().done, 0);
    ledger
        .put_bulk_params(job, r#"{"month":"202611","attempts":1}"#)
        .unwrap();
    ledger.add_bulk_items(job, &[item(0, "z", "0")]).unwrap();
    let beside = [("bulk-settle:1".to_owned(), "[]".to_owned())];
    let rest = [item(1, "a", "1"), item(2, "b", "2")];
    let events = ledger.latest_event_seq().unwrap();
    assert!(ledger.finish_bulk(NOW, job, &rest, &beside).unwrap());
    assert!(!ledger.finish_bulk(NOW, job, &rest, &beside).unwrap());
    assert_eq!(ledger.latest_event_seq().unwrap(), events + 1);
    let ended = ledger.bulk_job(job).unwrap().unwrap();
    assert_eq!(
        (ended.state, ended.total, ended.done),
        (BulkState::Done, 3, 3)
    );
    assert!(ended.params_json.contains("attempts"));
    let bodies: Vec<_> = ledger.bulk_items(job, 0, 10).unwrap();
    let bodies: Vec<_> = bodies.iter().map(|item| item.body_json.as_str()).collect();
    assert_eq!(bodies, ["0", "1", "2"], "nobody doubled, nobody lost");
    ledger.clear_bulk_items(job).unwrap();
    assert_eq!(
        ledger.bulk_job(job).unwrap().unwrap().done,
        3,
        "what is whole stays"
    );
    assert_eq!(ledger.states("bulk-settle:").unwrap(), beside);
    ledger.forget_state("bulk-settle:1").unwrap();
    assert_eq!(ledger.states("bulk-settle:").unwrap(), []);
    assert!(ledger.verify().unwrap().intact());
}

#[test]
fn only_the_same_question_is_compared_however_many_lie_between() {
    let place = Place::new();
    let mut ledger = place.open();
    let mut done = |key: &str, params: &str, items: &[BulkItem]| {
        let job = begin(&mut ledger, key, params);
        assert!(ledger.finish_bulk(NOW, job, items, &[]).unwrap());
        job
    };
    let span = r#"{"from":"20261101","to":"20261130"}"#;
    let by_care = r#"{"from":"20261101","to":"20261130","by_care_day":true}"#;
    let consented = done("1", span, &[item(0, "", "x"), item(1, "", "y")]);
    let examined = done("2", by_care, &[]);
    let registered = [done("3", "{}", &[]), done("4", "{}", &[])];
    for n in 0..60 {
        done(&format!("m{n}"), r#"{"month":"202610"}"#, &[]);
    }
    let later = done("5", span, &[item(0, "", "x"), item(1, "", "z")]);
    let before = |ledger: &Ledger, job| {
        let job = ledger.bulk_job(job).unwrap().unwrap();
        ledger.bulk_job_before(&job).unwrap()
    };
    assert_eq!(before(&ledger, later), Some(consented));
    assert_eq!(before(&ledger, examined), None, "days of another meaning");
    assert_eq!(before(&ledger, registered[1]), None, "registrations");
    let changed = BulkDifference {
        changed: vec![1],
        ..BulkDifference::default()
    };
    assert_eq!(ledger.bulk_difference(consented, later).unwrap(), changed);
    let newest = ledger.newest_bulk_jobs("terminal", None, 2).unwrap();
    let newest: Vec<_> = newest.iter().map(|job| job.id).collect();
    assert_eq!(newest, [later, later - 1]);
}

#[test]
fn marks_go_when_nobody_waits_any_more() {
    let place = Place::new();
    let mut ledger = place.open();
    let mut open = |n: u64| {
        let result = format!("r{n}");
        ledger.put_state(&format!("{MARK}{result}"), "[]").unwrap();
        let new = NewFollowUp {
            visit: n,
            reader: "Reader 0".into(),
            result_id: result,
            reason: "unentrusted".into(),
            note: "架空市福祉事務所".into(),
        };
        let id = ledger.open_follow_up(NOW, &new).unwrap();
        ledger.put_state(&format!("{PROPOSAL}{id}"), "{}").unwrap();
        id
    };
    let ids = [open(1), open(2)];
    ledger.put_state("unentrusted-key", "00").unwrap();
    ledger.retain(NOW, &ledger::Retention::default()).unwrap();
    assert_eq!(ledger.states("unentrusted").unwrap().len(), 5);
    ledger
        .close_follow_up(NOW, ids[0], "staff:a", "called")
        .unwrap();
    ledger.retain(NOW, &ledger::Retention::default()).unwrap();
    let left = ledger.states("unentrusted").unwrap();
    let left: Vec<_> = left.iter().map(|(key, _)| key.as_str()).collect();
    let kept = format!("{PROPOSAL}{}", ids[1]);
    assert_eq!(left, ["unentrusted-key", kept.as_str(), "unentrusted:r2"]);
    let reasons = ["unentrusted", "ticket"];
    let newest = |open| ledger.newest_follow_ups(reasons, open, 10).unwrap();
    assert_eq!((newest(true)[0].id, newest(false)[0].id), (ids[1], ids[0]));
}

/// A job that comes to nothing ends at once: its persons, what the service said, its end, one event and one record; or nothing of it.
#[test]
fn a_failed_job_ends_whole_or_not_at_all() {
    let place = Place::new();
    let mut ledger = place.open();
    let new = NewBulkJob {
        client: "terminal".into(),
        key: "k".into(),
        kind: "tickets".into(),
        params_json: r#"{"month":"202611"}"#.into(),
        reception: "R-1".into(),
        total: 0,
    };
    let job = ledger.begin_bulk(NOW, &new).unwrap();
    ledger.add_bulk_items(job, &[item(0, "z", "0")]).unwrap();
    let seen = |ledger: &Ledger| {
        let job = ledger.bulk_job(job).unwrap().unwrap();
        let records = ledger.audit_records(0, 1000).unwrap().len();
        (
            job.state,
            job.done,
            job.params_json,
            records,
            ledger.latest_event_seq().unwrap(),
        )
    };
    let before = seen(&ledger);
    // Too long for the audit chain: refused with everything.
    let words = "x".repeat(100_000);
    assert!(
        ledger
            .fail_bulk(NOW, job, "UK-VISIT-504", Some(("E-1", &words)))
            .is_err()
    );
    assert_eq!(seen(&ledger), before);
    let said = Some(("E-1", "受け付けられません"));
    assert!(ledger.fail_bulk(NOW, job, "UK-VISIT-504", said).unwrap());
    let ended = seen(&ledger);
    assert_eq!((ended.0, ended.1), (BulkState::Failed, 0));
    assert!(ended.2.contains("202611") && ended.2.contains("E-1"));
    assert_eq!((ended.3, ended.4), (before.3 + 1, before.4 + 1));
    let records = ledger.audit_records(0, 1000).unwrap();
    let last = records.last().unwrap();
    assert_eq!(
        (
            last.action.as_str(),
            &last.detail["code"],
            &last.detail["service_code"]
        ),
        ("bulk-ended", &"UK-VISIT-504".into(), &"E-1".into())
    );
    assert!(!ledger.fail_bulk(NOW, job, "UK-VISIT-508", None).unwrap());
    assert_eq!(seen(&ledger), ended, "ended once");
}
