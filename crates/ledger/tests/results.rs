//! Invariants 9 and 10: stored once, owned once, told after it is durable, never mixed between visits.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

mod common;

use common::{NOW, Place, result};
use ledger::{Beside, ClaimOutcome, LedgerError, ResultFilter, ResultState};
use std::collections::BTreeMap;
use std::sync::Barrier;

#[test]
fn inv9_a_result_is_stored_once_per_visit_and_kind() {
    let place = Place::new();
    let mut ledger = place.open();
    let first = ledger
        .store_result(NOW, &result(0xAB, "qualification", "{\"a\":1}"))
        .unwrap();
    let again = ledger
        .store_result(NOW + 9, &result(0xAB, "qualification", "{\"a\":2}"))
        .unwrap();
    assert_eq!(first, again, "the second store gives the first");
    let other = ledger
        .store_result(NOW, &result(0xAB, "medicines", "{}"))
        .unwrap();
    assert_eq!(first.id, "00000000000000ab-qualification");
    assert_eq!(
        (first.visit, first.reader.as_str(), first.stored_at),
        (0xAB, "Reader 0", NOW)
    );
    assert!(other.seq > first.seq);
    let kinds: Vec<_> = ledger
        .events_after(0, 10)
        .unwrap()
        .into_iter()
        .map(|e| (e.kind, e.result_id))
        .collect();
    assert_eq!(
        kinds,
        [
            ("result-stored".into(), first.id),
            ("result-stored".into(), other.id)
        ]
    );
}

#[test]
fn inv9_one_owner_for_ever_and_a_lapsed_claim_returns_to_it() {
    let place = Place::new();
    let mut ledger = place.open();
    let id = ledger
        .store_result(NOW, &result(1, "qualification", "{}"))
        .unwrap()
        .id;
    assert!(matches!(
        ledger.acknowledge(&id, "a", NOW),
        Err(LedgerError::NotClaimed)
    ));
    assert_eq!(
        ledger.claim(&id, "a", NOW, 1000).unwrap(),
        ClaimOutcome::Owned
    );
    let late = NOW + 1_000_000;
    assert_eq!(
        ledger.claim(&id, "b", late, 1000).unwrap(),
        ClaimOutcome::OwnedByOther("a".into())
    );
    assert!(
        matches!(ledger.acknowledge(&id, "b", late), Err(LedgerError::NotOwner { owner }) if owner == "a")
    );
    assert!(matches!(
        ledger.release(&id, "b", late),
        Err(LedgerError::NotOwner { .. })
    ));
    assert_eq!(
        ledger.claim(&id, "a", late, 1000).unwrap(),
        ClaimOutcome::Owned,
        "asked again after a lost answer"
    );
    assert_eq!(
        ledger.result(&id).unwrap().unwrap().lease_until,
        Some(late + 1000)
    );

    ledger.release(&id, "a", late).unwrap();
    assert_eq!(
        ledger.claim(&id, "b", late, 1000).unwrap(),
        ClaimOutcome::Owned,
        "passed on by release only"
    );
    ledger.acknowledge(&id, "b", late).unwrap();
    ledger.acknowledge(&id, "b", late + 1).unwrap();
    assert!(matches!(
        ledger.release(&id, "b", late),
        Err(LedgerError::AlreadyAcknowledged)
    ));
    assert_eq!(
        ledger.claim(&id, "a", late, 1).unwrap(),
        ClaimOutcome::OwnedByOther("b".into())
    );
    assert_eq!(
        ledger.claim(&id, "b", late, 1).unwrap(),
        ClaimOutcome::Owned
    );
    let stored = ledger.result(&id).unwrap().unwrap();
    assert_eq!(
        (stored.state, stored.owner.as_deref()),
        (ResultState::Acknowledged, Some("b"))
    );

    let kinds: Vec<_> = ledger
        .events_after(0, 100)
        .unwrap()
        .into_iter()
        .map(|e| e.kind)
        .collect();
    let expected = [
        "result-stored",
        "result-claimed",
        "result-released",
        "result-claimed",
        "result-acknowledged",
    ];
    assert_eq!(kinds, expected, "repeating tells nobody again");
}

#[test]
fn inv9_two_claimers_on_connections_of_their_own_get_each_result_exactly_once() {
    let place = Place::new();
    let mut ledger = place.open();
    let ids: Vec<String> = (0..25)
        .map(|visit| {
            ledger
                .store_result(NOW, &result(visit, "qualification", "{}"))
                .unwrap()
                .id
        })
        .collect();
    let barrier = Barrier::new(2);
    let owned: Vec<Vec<String>> = std::thread::scope(|scope| {
        let claimers: Vec<_> = ["a", "b"]
            .map(|name| {
                let (place, ids, barrier) = (&place, &ids, &barrier);
                scope.spawn(move || {
                    let mut ledger = place.open();
                    let mine = |id: &&String| {
                        barrier.wait();
                        ledger.claim(id, name, NOW, 1000).unwrap() == ClaimOutcome::Owned
                    };
                    ids.iter().filter(mine).cloned().collect()
                })
            })
            .into();
        claimers
            .into_iter()
            .map(|claimer| claimer.join().unwrap())
            .collect()
    });
    let mut winners = BTreeMap::new();
    for (name, ids) in ["a", "b"].iter().zip(&owned) {
        for id in ids {
            assert!(
                winners.insert(id.clone(), *name).is_none(),
                "{id} went to both"
            );
        }
    }
    assert_eq!(winners.len(), ids.len(), "every result has an owner");
    for (id, name) in winners {
        assert_eq!(
            ledger.result(&id).unwrap().unwrap().owner.as_deref(),
            Some(name)
        );
    }
    let report = ledger.verify().unwrap();
    assert!(report.intact() && !report.head_behind, "{report:?}");
}

#[test]
fn results_and_events_are_listed_by_number_state_and_limit() {
    let place = Place::new();
    let mut ledger = place.open();
    for visit in 0..5 {
        ledger
            .store_result(NOW, &result(visit, "qualification", "{}"))
            .unwrap();
    }
    let ids: Vec<String> = ledger
        .results(ResultFilter::default())
        .unwrap()
        .into_iter()
        .map(|r| r.id)
        .collect();
    ledger.claim(&ids[1], "a", NOW, 1).unwrap();
    ledger.claim(&ids[2], "a", NOW, 1).unwrap();
    ledger.acknowledge(&ids[2], "a", NOW).unwrap();
    let seqs = |filter| -> Vec<u64> {
        ledger
            .results(filter)
            .unwrap()
            .into_iter()
            .map(|r| r.seq)
            .collect()
    };
    let all = ResultFilter::default();
    assert_eq!(seqs(all), [1, 2, 3, 4, 5]);
    assert_eq!(
        seqs(ResultFilter {
            after_seq: 3,
            ..all
        }),
        [4, 5]
    );
    assert_eq!(
        seqs(ResultFilter {
            unacknowledged_only: true,
            ..all
        }),
        [1, 2, 4, 5]
    );
    assert_eq!(
        seqs(ResultFilter {
            state: Some(ResultState::Waiting),
            ..all
        }),
        [1, 4, 5]
    );
    assert_eq!(
        seqs(ResultFilter {
            state: Some(ResultState::Claimed),
            ..all
        }),
        [2]
    );
    assert_eq!(
        seqs(ResultFilter {
            state: Some(ResultState::Acknowledged),
            limit: 1,
            ..all
        }),
        [3]
    );
    assert_eq!(
        seqs(ResultFilter {
            after_seq: u64::MAX,
            ..all
        }),
        [0u64; 0]
    );
    let newest = |limit| -> Vec<u64> {
        let results = ledger.newest_results(limit).unwrap();
        results.into_iter().map(|r| r.seq).collect()
    };
    assert_eq!(newest(2), [5, 4]);
    assert_eq!(newest(100), [5, 4, 3, 2, 1]);
    let events: Vec<u64> = ledger
        .events_after(5, 2)
        .unwrap()
        .into_iter()
        .map(|e| e.seq)
        .collect();
    assert_eq!(events, [6, 7]);
    assert_eq!(ledger.latest_event_seq().unwrap(), 8);
    assert!(ledger.events_after(u64::MAX, 2).unwrap().is_empty());
}

#[test]
fn inv10_an_inquiry_brings_one_result_of_its_own_visit() {
    let place = Place::new();
    let mut ledger = place.open();
    let id = ledger
        .queue_inquiry(NOW, 5, "Reader 0", "{\"nonce\":\"x\"}")
        .unwrap();
    let due = ledger.due_inquiries(NOW).unwrap();
    assert_eq!(
        (due.len(), due[0].payload_json.as_str(), due[0].visit),
        (1, "{\"nonce\":\"x\"}", 5)
    );
    ledger
        .postpone_inquiry(id, NOW + 60_000, "connection refused")
        .unwrap();
    assert!(ledger.due_inquiries(NOW + 59_999).unwrap().is_empty());
    let due = &ledger.due_inquiries(NOW + 60_000).unwrap()[0];
    assert_eq!(
        (due.attempts, due.reason.as_str()),
        (1, "connection refused")
    );

    drop(ledger);
    let mut ledger = place.open();
    assert_eq!(
        ledger.open_inquiries().unwrap().len(),
        1,
        "survives a restart"
    );
    let other = ledger.complete_inquiry(
        id,
        NOW,
        &result(6, "qualification", "{}"),
        &Beside::default(),
    );
    assert!(matches!(other, Err(LedgerError::VisitMismatch)));
    let stored = ledger
        .complete_inquiry(
            id,
            NOW,
            &result(5, "qualification", "{\"a\":1}"),
            &Beside::default(),
        )
        .unwrap();
    let again = ledger
        .complete_inquiry(
            id,
            NOW,
            &result(5, "qualification", "{\"a\":2}"),
            &Beside::default(),
        )
        .unwrap();
    assert_eq!(stored, again, "delivered once");
    assert_eq!(ledger.latest_event_seq().unwrap(), 1);
    assert!(ledger.open_inquiries().unwrap().is_empty());
    assert!(matches!(
        ledger.postpone_inquiry(id, NOW, ""),
        Err(LedgerError::NotFound)
    ));

    let dropped = ledger.queue_inquiry(NOW, 7, "Reader 0", "{}").unwrap();
    ledger.drop_inquiry(dropped, NOW, "nonce expired").unwrap();
    assert!(matches!(
        ledger.complete_inquiry(
            dropped,
            NOW,
            &result(7, "qualification", "{}"),
            &Beside::default()
        ),
        Err(LedgerError::NotFound)
    ));
    assert!(
        ledger
            .result("0000000000000007-qualification")
            .unwrap()
            .is_none(),
        "nothing of it was kept"
    );
}

#[test]
fn inv15_unusable_values_are_refused_and_change_nothing() {
    let place = Place::new();
    let mut ledger = place.open();
    let before = ledger.verify().unwrap().records;
    let long = "x".repeat(ledger::MAX_BODY + 1);
    for (what, bad) in [
        ("body", result(1, "qualification", &long)),
        ("kind", result(1, "../x", "{}")),
        ("kind", result(1, "", "{}")),
        (
            "reader",
            ledger::NewResult {
                reader: "a\nb".into(),
                ..result(1, "q", "{}")
            },
        ),
    ] {
        let refused = ledger.store_result(NOW, &bad);
        assert!(
            matches!(refused, Err(LedgerError::Unacceptable(which)) if which == what),
            "{what}"
        );
    }
    assert!(matches!(
        ledger.claim("no-such", "a", NOW, 1),
        Err(LedgerError::NotFound)
    ));
    assert!(matches!(
        ledger.claim("no-such", "", NOW, 1),
        Err(LedgerError::Unacceptable("client"))
    ));
    let detail = serde_json::json!({"x": "y".repeat(ledger::MAX_DETAIL)});
    assert!(matches!(
        ledger.append_audit(NOW, "a", "b", &detail),
        Err(LedgerError::Unacceptable(_))
    ));
    assert_eq!(ledger.verify().unwrap().records, before);
    assert_eq!(ledger.latest_event_seq().unwrap(), 0);
}

#[test]
fn state_survives_and_nothing_personal_lies_open_on_disk() {
    let place = Place::new();
    let mut ledger = place.open();
    ledger.put_state("visual-lock", "until:1").unwrap();
    ledger.put_state("visual-lock", "locked-CANARY").unwrap();
    ledger
        .store_result(
            NOW,
            &result(1, "qualification", "{\"Name\":\"生保CANARY\"}"),
        )
        .unwrap();
    ledger
        .queue_inquiry(NOW, 2, "Reader 0", "{\"nonce\":\"CANARY\"}")
        .unwrap();
    ledger
        .append_audit(
            NOW,
            "staff",
            "visual",
            &serde_json::json!({"note": "CANARY", "open": 1}),
        )
        .unwrap();
    for file in std::fs::read_dir(place.0.path()).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(6).any(|w| w == b"CANARY"), "{path:?}");
        }
    }
    // The search sees what is not sealed: names of readers are columns.
    let wal = std::fs::read(place.0.path().join("ledger.sqlite-wal")).unwrap();
    assert!(wal.windows(8).any(|w| w == b"Reader 0"));
    drop(ledger);
    let ledger = place.open();
    assert_eq!(
        ledger.get_state("visual-lock").unwrap().as_deref(),
        Some("locked-CANARY")
    );
    assert_eq!(ledger.get_state("other").unwrap(), None);
}

#[test]
fn inv9_a_body_moved_to_another_reader_or_visit_does_not_open() {
    let place = Place::new();
    let mut ledger = place.open();
    let id = ledger
        .store_result(NOW, &result(1, "qualification", "{}"))
        .unwrap()
        .id;
    for change in [
        "UPDATE results SET reader = 'Reader 1'",
        "UPDATE results SET visit = '0000000000000002'",
    ] {
        place
            .raw()
            .execute_batch(&format!("BEGIN; {change}; COMMIT;"))
            .unwrap();
        assert!(
            matches!(ledger.result(&id), Err(LedgerError::Unreadable(_))),
            "{change}"
        );
        place
            .raw()
            .execute_batch("UPDATE results SET reader = 'Reader 0', visit = '0000000000000001'")
            .unwrap();
    }
    assert!(ledger.result(&id).unwrap().is_some());
}

#[test]
fn inv5_printing_a_record_shows_nothing_of_the_message() {
    let place = Place::new();
    let mut ledger = place.open();
    let new = result(1, "qualification", "架空　太郎");
    let stored = ledger.store_result(NOW, &new).unwrap();
    ledger
        .queue_inquiry(NOW, 2, "Reader 0", "架空　太郎")
        .unwrap();
    let waiting = ledger.open_inquiries().unwrap();
    assert_eq!(
        (stored.body_json.as_str(), waiting.len()),
        ("架空　太郎", 1)
    );
    for printed in [
        format!("{new:?}"),
        format!("{stored:?}"),
        format!("{waiting:?}"),
    ] {
        assert!(
            !printed.contains("架空") && printed.contains('{'),
            "{printed}"
        );
    }
}
