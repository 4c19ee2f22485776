//! Invariants 9 and 12: what was done to the results behind the terminal's back is found, although the chain itself was left alone; and what
//! the terminal does to them itself is never taken for it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{NOW, Place, result};
use ledger::FindingKind::{self, ResultChanged, ResultGone, ResultUnreadable};
use ledger::{Beside, Ledger, LedgerError, ResultFilter, Retention};

const DAY: i64 = 24 * 3600 * 1000;

/// Four results: one waits, one is `a`'s, one was taken over, one is medical and waits.
fn four() -> Place {
    let place = Place::new();
    let mut ledger = place.open();
    for visit in 1..=3 {
        let new = result(visit, "qualification", "{\"n\":1}");
        ledger.store_result(NOW, &new).unwrap();
    }
    ledger
        .store_result(NOW, &result(1, "medicines", "{}"))
        .unwrap();
    let id = |visit| result(visit, "qualification", "").id();
    ledger.claim(&id(2), "a", NOW + 1, 1_000).unwrap();
    ledger.claim(&id(3), "a", NOW + 1, 1_000).unwrap();
    ledger.acknowledge(&id(3), "a", NOW + 2).unwrap();
    place
}

fn findings(place: &Place) -> Vec<FindingKind> {
    let report = Ledger::inspect(place.options()).unwrap();
    report.findings.iter().map(|finding| finding.kind).collect()
}

#[test]
fn inv12_a_result_that_was_removed_reassigned_or_spoilt_is_found() {
    for (sql, expected) in [
        ("UPDATE results SET lease_until = 5", vec![]),
        (
            "DELETE FROM results WHERE acknowledged_at IS NULL",
            vec![ResultGone; 3],
        ),
        // Taken over long ago, it may have been erased: that tells nothing.
        (
            "DELETE FROM results WHERE acknowledged_at IS NOT NULL",
            vec![],
        ),
        (
            "UPDATE results SET owner = 'evil' WHERE seq = 1",
            vec![ResultChanged],
        ),
        (
            "UPDATE results SET owner = NULL WHERE seq = 2",
            vec![ResultChanged],
        ),
        (
            "UPDATE results SET owner = 'a', acknowledged_at = 7 WHERE seq = 1",
            vec![ResultChanged],
        ),
        (
            "UPDATE results SET body = (SELECT body FROM results WHERE seq = 1) WHERE seq = 2",
            vec![ResultUnreadable],
        ),
    ] {
        let place = four();
        place.raw().execute_batch(sql).unwrap();
        assert_eq!(findings(&place), expected, "{sql}");
    }
}

#[test]
fn one_result_that_cannot_be_read_keeps_no_other_back() {
    let place = four();
    place
        .raw()
        .execute_batch(
            "UPDATE results SET body = (SELECT body FROM results WHERE seq = 1) WHERE seq = 2",
        )
        .unwrap();
    let ledger = place.open();
    let lost = ledger.result(&result(2, "qualification", "").id());
    assert!(matches!(lost, Err(LedgerError::Unreadable(_))), "{lost:?}");
    let first = ledger.result(&result(1, "qualification", "").id()).unwrap();
    assert_eq!(first.unwrap().body_json, "{\"n\":1}");
    assert_eq!(ledger.results(ResultFilter::default()).unwrap().len(), 4);
}

/// Release, staff's word, an owner from the first moment, erasing in all its ways, a restart: nothing of it is a finding.
#[test]
fn what_the_terminal_does_itself_is_no_finding() {
    let place = four();
    let id = |visit| result(visit, "qualification", "").id();
    {
        let mut ledger = place.open();
        ledger.release(&id(2), "a", NOW + 3).unwrap();
        ledger.claim(&id(2), "b", NOW + 4, 1).unwrap();
        ledger.tell_lapsed(NOW + 9_000).unwrap();
        ledger
            .release_by_staff(&id(2), "hanako", "gone", NOW + 9_001)
            .unwrap();
        let own = result(9, "qualification", "{}");
        ledger
            .store_owned_result(NOW + 9_002, &own, &Beside::default(), "c")
            .unwrap();
        // What the terminal keeps for itself, taken over at once or not yet.
        for visit in [10, 11] {
            let own = result(visit, "qualification", "{}");
            ledger
                .store_owned_result(NOW + 9_003, &own, &Beside::default(), "terminal")
                .unwrap();
        }
        ledger
            .acknowledge(&id(10), "terminal", NOW + 9_004)
            .unwrap();
    }
    assert_eq!(findings(&place), []);
    {
        let mut ledger = place.open();
        let keep = Retention {
            acknowledged: DAY,
            untaken_medical: Some(DAY),
            ..Retention::default()
        };
        let erased = ledger.retain(NOW + 3 * DAY, &keep).unwrap();
        assert_eq!((erased.results, erased.untaken), (2, 1));
    }
    assert_eq!(findings(&place), []);
}
