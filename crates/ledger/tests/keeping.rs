//! What is kept beside results: consents with their windows (invariant 1), follow-ups, bulk jobs, cursors, remembered
//! answers; and how all of it is erased when its time has passed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{NOW, Place, result};
use ledger::{
    BulkDifference, BulkItem, BulkState, ClaimOutcome, DeliveryState, LedgerError, NewBulkJob,
    NewConsent, NewFollowUp, Remembered,
};

const HOUR: i64 = 3_600_000;

fn consent(kind: &str, flag: &str, until: Option<i64>) -> NewConsent {
    NewConsent {
        visit: 1,
        kind: kind.into(),
        flow: "reader".into(),
        flag: flag.into(),
        given_at: Some(NOW),
        until,
        person: String::new(),
    }
}

#[test]
fn inv1_a_consent_holds_in_its_window_and_not_after_withdrawal() {
    let place = Place::new();
    let mut ledger = place.open();
    let given = [
        consent("medicines", "1", Some(NOW + 24 * HOUR)),
        consent("checkups", "0", Some(NOW + 24 * HOUR)),
        consent("treatment", "1", None),
        consent("operations", "2", None),
    ];
    ledger.record_consents(NOW, &given).unwrap();
    let holds = |ledger: &ledger::Ledger, now: i64| -> Vec<String> {
        let all = ledger.consents_of(1).unwrap();
        all.into_iter()
            .filter(|consent| consent.holds(now))
            .map(|consent| consent.kind)
            .collect()
    };
    assert_eq!(holds(&ledger, NOW), ["medicines", "treatment"]);
    assert_eq!(
        holds(&ledger, NOW - 1),
        [""; 0],
        "a clock set back revives nothing"
    );
    assert_eq!(holds(&ledger, NOW + 24 * HOUR), ["medicines", "treatment"]);
    assert_eq!(holds(&ledger, NOW + 24 * HOUR + 1), ["treatment"]);
    let id = ledger
        .consents_of(1)
        .unwrap()
        .iter()
        .find(|consent| consent.kind == "treatment")
        .unwrap()
        .id;
    ledger
        .withdraw_consent(NOW + 1, id, "suzuki", "the patient asked")
        .unwrap();
    ledger.record_consents(NOW + 2, &given).unwrap();
    assert_eq!(
        holds(&ledger, NOW + 2),
        ["medicines"],
        "a later answer does not revive it"
    );

    // Each view names the consent on which it rests.
    let medicines = ledger
        .store_result(NOW, &result(1, "medicines", "{}"))
        .unwrap()
        .id;
    ledger
        .record_reading(&medicines, "ward", true, NOW)
        .unwrap();
    ledger
        .record_reading(&medicines, "ward", false, NOW + 48 * HOUR)
        .unwrap();
    let readings: Vec<_> = ledger
        .audit_records(0, 100)
        .unwrap()
        .into_iter()
        .filter(|record| record.action == "result-read")
        .map(|record| {
            (
                record.actor,
                record.detail["kind"].clone(),
                record.detail["consent"].clone(),
            )
        })
        .collect();
    assert_eq!(readings[0], ("ward".into(), "medicines".into(), 1.into()));
    assert_eq!(readings[1].2, serde_json::Value::Null);
    assert!(matches!(
        ledger.withdraw_consent(NOW, 99, "x", ""),
        Err(LedgerError::NotFound)
    ));
}

#[test]
fn a_follow_up_is_opened_once_and_closed_with_who_and_what_came_of_it() {
    let place = Place::new();
    let mut ledger = place.open();
    let new = NewFollowUp {
        visit: 1,
        reader: "Reader 0".into(),
        result_id: "r1".into(),
        reason: "unentrusted".into(),
        note: "架空市福祉事務所".into(),
    };
    let id = ledger.open_follow_up(NOW, &new).unwrap();
    assert_eq!(ledger.open_follow_up(NOW, &new).unwrap(), id);
    ledger
        .close_follow_up(NOW + 1, id, "suzuki", "entrusted from tomorrow")
        .unwrap();
    ledger
        .close_follow_up(NOW + 2, id, "tanaka", "something else")
        .unwrap();
    let found = ledger.follow_up(id).unwrap().unwrap();
    assert_eq!(
        (found.closed_by.as_deref(), found.outcome.as_deref()),
        (Some("suzuki"), Some("entrusted from tomorrow"))
    );
    assert_eq!(found.note, "架空市福祉事務所");
    assert!(ledger.follow_ups(0, true, 10).unwrap().is_empty());
    assert_eq!(ledger.follow_ups(0, false, 10).unwrap().len(), 1);
    let kinds: Vec<_> = ledger
        .events_after(0, 10)
        .unwrap()
        .into_iter()
        .map(|event| event.kind)
        .collect();
    assert_eq!(kinds, ["follow-up-opened", "follow-up-closed"]);
    let raw = std::fs::read(place.db()).unwrap();
    assert!(
        !raw.windows(6).any(|window| window == "架空".as_bytes()),
        "sealed"
    );
}

#[test]
fn bulk_jobs_give_progress_the_whole_and_the_difference() {
    let place = Place::new();
    let mut ledger = place.open();
    let mut job = |month: &str, key: &str, items: &[(&str, &str)]| {
        let new = NewBulkJob {
            client: "rececon".into(),
            key: key.into(),
            kind: "tickets".into(),
            params_json: format!("{{\"month\":\"{month}\"}}"),
            reception: format!("R{key}"),
            total: items.len() as u64,
        };
        let id = ledger.begin_bulk(NOW, &new).unwrap();
        assert_eq!(ledger.begin_bulk(NOW, &new).unwrap(), id);
        let items: Vec<_> = items
            .iter()
            .zip(0..)
            .map(|((who, body), n)| BulkItem {
                n,
                who: (*who).into(),
                body_json: (*body).into(),
            })
            .collect();
        let (first, rest) = items.split_at(1);
        ledger.add_bulk_items(id, first).unwrap();
        ledger.add_bulk_items(id, first).unwrap();
        let working = ledger.bulk_job(id).unwrap().unwrap();
        assert_eq!((working.state, working.done), (BulkState::Working, 1));
        ledger.add_bulk_items(id, rest).unwrap();
        assert!(ledger.finish_bulk(NOW, id, &[], &[]).unwrap());
        id
    };
    let told = |at: &str| {
        format!(
            "{{\"XmlMsg\":{{\"MessageHeader\":{{\"ProcessExecutionTime\":\"{at}\"}},\"MessageBody\":2}}}}"
        )
    };
    let early = job(
        "202611",
        "1",
        &[("a", "1"), ("b", &told("20261122090000")), ("c", "3")],
    );
    let other_month = job("202610", "3", &[("a", "1")]);
    let late = job(
        "202611",
        "2",
        &[("b", &told("20261122090003")), ("c", "changed"), ("d", "4")],
    );
    let other_month = ledger.bulk_job(other_month).unwrap().unwrap();
    assert_eq!(
        ledger.bulk_job_before(&other_month).unwrap(),
        None,
        "another month is no earlier fetch of this one"
    );
    let later = ledger.bulk_job(late).unwrap().unwrap();
    assert_eq!(
        (later.state, later.done, later.params_json.as_str()),
        (BulkState::Done, 3, "{\"month\":\"202611\"}")
    );
    assert_eq!(ledger.bulk_job_before(&later).unwrap(), Some(early));
    let difference = ledger.bulk_difference(early, late).unwrap();
    assert_eq!(
        difference,
        BulkDifference {
            new: vec![2],
            changed: vec![1],
            gone: vec![0]
        }
    );
    let bodies: Vec<_> = ledger
        .bulk_items(late, 1, 10)
        .unwrap()
        .into_iter()
        .map(|item| item.body_json)
        .collect();
    assert_eq!(bodies, ["changed", "4"]);
    assert_eq!(
        ledger.bulk_job_by_reception("R1").unwrap().unwrap().id,
        early
    );
}

#[test]
fn each_consumer_has_its_own_place_and_no_name_is_used_twice() {
    let place = Place::new();
    let mut ledger = place.open();
    for visit in 0..5 {
        ledger
            .store_result(NOW, &result(visit, "qualification", "{}"))
            .unwrap();
    }
    assert_eq!(ledger.cursor("folders").unwrap(), 0);
    assert_eq!(ledger.advance(NOW, "folders", 3).unwrap(), 3);
    assert_eq!(ledger.advance(NOW, "folders", 2).unwrap(), 3, "never back");
    assert_eq!(
        ledger.advance(NOW, "broker", 99).unwrap(),
        5,
        "never beyond the newest"
    );
    let note = |ledger: &mut ledger::Ledger, subject: &str, name: &str, state| {
        ledger.note_delivery(NOW, "folders", subject, name, state)
    };
    note(&mut ledger, "r1", "a.xml", DeliveryState::Planned).unwrap();
    assert!(note(&mut ledger, "r2", "a.xml", DeliveryState::Planned).is_err());
    assert!(note(&mut ledger, "r1", "b.xml", DeliveryState::Ready).is_err());
    note(&mut ledger, "r1", "a.xml", DeliveryState::Written).unwrap();
    assert_eq!(
        ledger.open_deliveries("folders", "").unwrap()[0].state,
        DeliveryState::Written
    );
    note(&mut ledger, "r1", "a.xml", DeliveryState::Taken).unwrap();
    assert!(ledger.open_deliveries("folders", "").unwrap().is_empty());
    assert!(ledger.name_was_used("a.xml").unwrap());
    let numbers: Vec<_> = (0..3)
        .map(|_| ledger.next_number("faces").unwrap())
        .collect();
    drop(ledger);
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(place.open().next_number("faces").unwrap(), 4);
    assert_eq!(place.open().counters().unwrap(), [("faces".to_owned(), 4)]);
}

#[test]
fn a_repeated_key_gets_the_answer_of_before_and_another_request_does_not() {
    let place = Place::new();
    let mut ledger = place.open();
    let ask = |ledger: &mut ledger::Ledger, request: &[u8]| {
        ledger.remember(NOW, "c", "k", request).unwrap()
    };
    assert_eq!(ask(&mut ledger, b"one"), Remembered::New(NOW));
    assert_eq!(
        ledger.remember(NOW + 5, "c", "k", b"one").unwrap(),
        Remembered::New(NOW),
        "begun, but never answered"
    );
    ledger.keep_answer("c", "k", 200, "{\"a\":1}").unwrap();
    drop(ledger);
    let mut ledger = place.open();
    assert_eq!(
        ask(&mut ledger, b"one"),
        Remembered::Answer(200, "{\"a\":1}".into())
    );
    assert_eq!(ask(&mut ledger, b"two"), Remembered::Other);
    assert_eq!(
        ledger.remember(NOW, "d", "k", b"one").unwrap(),
        Remembered::New(NOW),
        "keys are each client's own"
    );
    // They go when their time has passed, also when nothing else does.
    let retention = ledger::Retention::default();
    let later = NOW + retention.answers + 1;
    assert_eq!(ledger.retain(later, &retention).unwrap().answers, 2);
    assert_eq!(ask(&mut ledger, b"two"), Remembered::New(NOW));
}

#[test]
fn inv9_a_lapsed_claim_is_told_once_and_stays_its_owners_until_staff_decides() {
    let place = Place::new();
    let mut ledger = place.open();
    let id = ledger
        .store_result(NOW, &result(1, "qualification", "{}"))
        .unwrap()
        .id;
    ledger.claim(&id, "alpha", NOW, 1000).unwrap();
    assert_eq!(ledger.tell_lapsed(NOW + 1000).unwrap(), 0);
    assert_eq!(ledger.tell_lapsed(NOW + 1001).unwrap(), 1);
    assert_eq!(ledger.tell_lapsed(NOW + 2000).unwrap(), 0, "once");
    assert!(ledger.result(&id).unwrap().unwrap().lapsed);
    assert_eq!(
        ledger.claim(&id, "beta", NOW + 2000, 1).unwrap(),
        ClaimOutcome::OwnedByOther("alpha".into())
    );
    assert_eq!(
        ledger.claim(&id, "alpha", NOW + 2000, 1000).unwrap(),
        ClaimOutcome::Owned
    );
    assert!(!ledger.result(&id).unwrap().unwrap().lapsed);
    ledger
        .release_by_staff(&id, "suzuki", "alpha is broken", NOW + 3000)
        .unwrap();
    assert_eq!(
        ledger.claim(&id, "beta", NOW + 4000, 1000).unwrap(),
        ClaimOutcome::Owned
    );
    ledger.acknowledge(&id, "beta", NOW + 4001).unwrap();
    let late = ledger.release_by_staff(&id, "suzuki", "too late", NOW + 5000);
    assert!(matches!(late, Err(LedgerError::AlreadyAcknowledged)));
    let kinds: Vec<_> = ledger
        .events_after(0, 10)
        .unwrap()
        .into_iter()
        .map(|event| event.kind)
        .collect();
    let expected = [
        "result-stored",
        "result-claimed",
        "claim-lapsed",
        "result-released",
        "result-claimed",
        "result-acknowledged",
    ];
    assert_eq!(kinds, expected);
    let record = ledger
        .audit_records(0, 100)
        .unwrap()
        .into_iter()
        .find(|r| r.action == "result-released-by-staff")
        .unwrap();
    assert_eq!(
        (record.actor.as_str(), &record.detail["reason"]),
        ("suzuki", &"alpha is broken".into())
    );
}
