//! Deliveries into folders: none hides another, and the end of one that nobody took is one transaction (invariant 9).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{NOW, Place, result};
use ledger::{Delivery, DeliveryState};

#[test]
fn stuck_deliveries_do_not_hide_newer_ones() {
    let place = Place::new();
    let mut ledger = place.open();
    let all = ledger::MAX_ROWS + 5;
    for n in 0..all {
        let (subject, name) = (format!("req:{n:06}"), format!("{n:06}.xml"));
        ledger
            .note_delivery(NOW, "folders", &subject, &name, DeliveryState::Planned)
            .unwrap();
    }
    let first = ledger.open_deliveries("folders", "").unwrap();
    let last = &first.last().unwrap().subject;
    let rest = ledger.open_deliveries("folders", last).unwrap();
    assert_eq!((first.len(), rest.len()), (ledger::MAX_ROWS, 5));
    assert_eq!(rest[4].name, format!("{:06}.xml", all - 1));
    // An end takes a row off the list.
    let ended = Delivery {
        state: DeliveryState::Abandoned,
        ..rest[4].clone()
    };
    ledger
        .end_delivery(NOW, "folders", &ended, None, true)
        .unwrap();
    assert_eq!(ledger.open_deliveries("folders", last).unwrap().len(), 4);
    let named = ledger.delivery_named("folders", &ended.name).unwrap();
    assert_eq!(named.unwrap().state, DeliveryState::Abandoned);
}

#[test]
fn inv9_a_file_that_nobody_took_gives_its_result_back_and_tells_staff_in_one_transaction() {
    let place = Place::new();
    let mut ledger = place.open();
    let stored = ledger
        .store_result(NOW, &result(1, "qualification", "{}"))
        .unwrap();
    ledger.claim(&stored.id, "folders", NOW, 1000).unwrap();
    ledger
        .note_delivery(
            NOW,
            "folders",
            &stored.id,
            "a.xml",
            DeliveryState::Withdrawing,
        )
        .unwrap();
    let mut ended = ledger.delivery("folders", &stored.id).unwrap().unwrap();
    ended.state = DeliveryState::Uncollected;
    // What fails leaves nothing half done.
    let other = Delivery {
        name: "b.xml".into(),
        ..ended.clone()
    };
    assert!(
        ledger
            .end_delivery(NOW, "folders", &other, Some(&stored.id), true)
            .is_err()
    );
    assert!(ledger.follow_ups(0, true, 9).unwrap().is_empty());
    ledger
        .end_delivery(NOW, "folders", &ended, Some(&stored.id), true)
        .unwrap();
    assert!(ledger.open_deliveries("folders", "").unwrap().is_empty());
    assert_eq!(ledger.result(&stored.id).unwrap().unwrap().owner, None);
    assert_eq!(
        ledger.follow_ups(0, true, 9).unwrap()[0].reason,
        "uncollected"
    );
    // Another's result is left alone.
    ledger.claim(&stored.id, "rececon", NOW, 1000).unwrap();
    ledger
        .end_delivery(NOW, "folders", &ended, Some(&stored.id), true)
        .unwrap();
    let owner = ledger.result(&stored.id).unwrap().unwrap().owner;
    assert_eq!(owner.as_deref(), Some("rececon"));
    assert_eq!(ledger.follow_ups(0, true, 9).unwrap().len(), 1);
    assert!(ledger.verify().unwrap().intact());
}
