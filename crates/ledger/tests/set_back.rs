//! The time goes back on somebody's word: no consent revives, nothing waits longer than before, and the chain says who did it (invariants 1, 9,
//! 12, 14).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{NOW, Place, result};
use ledger::{LedgerError, NewConsent, SetBack};

const HOUR: i64 = 3_600_000;
/// What the terminal worked with, and what is right.
const AHEAD: i64 = NOW + 2 * HOUR;

fn back() -> SetBack {
    SetBack {
        from: AHEAD,
        to: NOW,
        staff: "staff:鈴木".into(),
        reason: "時計".into(),
    }
}

#[test]
fn invariant_1_no_consent_holds_again_that_the_later_time_had_ended() {
    let place = Place::new();
    let mut ledger = place.open();
    // What it is, when it was given and until when, when it was recorded.
    let rows = [
        (
            "ended by the later time",
            Some(NOW - HOUR),
            Some(NOW + HOUR),
            NOW - HOUR,
        ),
        (
            "ended within what a crash loses",
            Some(NOW - HOUR),
            Some(AHEAD + 30_000),
            NOW - HOUR,
        ),
        (
            "over at both",
            Some(NOW - 3 * HOUR),
            Some(NOW - HOUR),
            NOW - 3 * HOUR,
        ),
        (
            "open at both",
            Some(NOW - HOUR),
            Some(NOW + 30 * HOUR),
            NOW - HOUR,
        ),
        (
            "given while it was ahead, longer ago than it is",
            Some(NOW - HOUR),
            Some(NOW + 54 * HOUR),
            NOW - HOUR,
        ),
        ("without an end", Some(NOW - HOUR), None, NOW - HOUR),
        (
            "given at a time to come",
            Some(NOW + HOUR),
            Some(NOW + 30 * HOUR),
            NOW + HOUR,
        ),
        (
            "recorded at a time to come",
            Some(NOW - HOUR),
            Some(NOW + 30 * HOUR),
            AHEAD,
        ),
        ("without an end, recorded so", Some(NOW - HOUR), None, AHEAD),
        (
            "counted from its answer",
            None,
            Some(NOW + 30 * HOUR),
            NOW - HOUR,
        ),
    ];
    for (visit, (kind, given_at, until, recorded_at)) in (1..).zip(rows) {
        let consent = NewConsent {
            visit,
            kind: kind.into(),
            flow: "reader".into(),
            flag: "1".into(),
            given_at,
            until,
            person: String::new(),
        };
        ledger.record_consents(recorded_at, &[consent]).unwrap();
    }
    let ended = ledger.set_time_back(&back(), &[]).unwrap();
    assert_eq!(ended, 9, "all but the one that was over");
    drop(ledger);
    // Durable, whatever the clock says from now on.
    let ledger = place.open();
    for (visit, (what, ..)) in (1..).zip(rows) {
        let [one] = ledger.consents_of(visit).unwrap().try_into().unwrap();
        for now in [NOW, NOW + HOUR / 2, NOW + HOUR, AHEAD] {
            assert!(!one.holds(now), "{what} at {}", now - NOW);
        }
    }
    let records = ledger.audit_records(0, 100).unwrap();
    let record = records.iter().find(|one| one.action == "clock-set-back");
    let record = record.unwrap();
    assert_eq!((record.actor.as_str(), record.at), ("staff:鈴木", AHEAD));
    assert_eq!(record.detail["consents_ended"], 9);
    assert_eq!(record.detail["seconds"], 7200);
    assert_eq!(record.detail["reason"], "時計");
}

/// What was put off by an hour comes in an hour, not in three; a claim lapses after what it had left; states are kept with it.
#[test]
fn inv9_what_waits_waits_no_longer_than_before() {
    let place = Place::new();
    let mut ledger = place.open();
    let id = ledger.queue_inquiry(AHEAD, 1, "reader", "{}").unwrap();
    ledger.postpone_inquiry(id, AHEAD + HOUR, "away").unwrap();
    let stored = ledger.store_result(AHEAD, &result(2, "qualification", "{}"));
    let stored = stored.unwrap().id;
    ledger.claim(&stored, "desk", AHEAD, HOUR).unwrap();
    let written = ledger::DeliveryState::Written;
    ledger
        .note_delivery(AHEAD, "folders", &stored, "f.xml", written)
        .unwrap();
    let states = [("trusted-time".to_owned(), NOW.to_string())];
    ledger.set_time_back(&back(), &states).unwrap();
    assert!(ledger.due_inquiries(NOW + HOUR - 1).unwrap().is_empty());
    assert_eq!(ledger.due_inquiries(NOW + HOUR).unwrap().len(), 1);
    assert_eq!(ledger.tell_lapsed(NOW + HOUR).unwrap(), 0);
    assert_eq!(ledger.tell_lapsed(NOW + HOUR + 1).unwrap(), 1);
    let kept = ledger.get_state("trusted-time").unwrap();
    assert_eq!(kept, Some(NOW.to_string()));
    // What happened by the later time is so much earlier: it is nobody's tomorrow.
    let [kept] = ledger.newest_results(5).unwrap().try_into().unwrap();
    assert_eq!(kept.stored_at, NOW);
    let raw = place.raw();
    for (table, column) in [
        ("results", "stored_at"),
        ("inquiries", "queued_at"),
        ("deliveries", "moved_at"),
    ] {
        let newest = format!("SELECT max({column}) FROM {table}");
        let newest: i64 = raw.query_row(&newest, [], |row| row.get(0)).unwrap();
        assert_eq!(newest, NOW, "{table}.{column}");
    }
    // Records of earlier times behind later ones: the chain goes by numbers.
    ledger
        .append_audit(NOW, "terminal", "test", &serde_json::json!({}))
        .unwrap();
    assert!(ledger.verify().unwrap().intact());
}

#[test]
fn a_time_is_set_back_only_by_somebody_and_never_forwards() {
    let place = Place::new();
    let mut ledger = place.open();
    for wrong in [
        SetBack {
            to: AHEAD,
            ..back()
        },
        SetBack {
            to: AHEAD + 1,
            ..back()
        },
        SetBack {
            staff: String::new(),
            ..back()
        },
        SetBack {
            reason: String::new(),
            ..back()
        },
    ] {
        let refused = ledger.set_time_back(&wrong, &[("k".into(), "v".into())]);
        assert!(
            matches!(refused, Err(LedgerError::Unacceptable(_))),
            "{wrong:?}"
        );
    }
    assert_eq!(ledger.get_state("k").unwrap(), None, "nothing of it");
}
