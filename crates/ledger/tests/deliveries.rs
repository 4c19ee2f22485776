//! Deliveries into folders: none hides another, and the end of one that nobody took is one transaction (invariant 9).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{NOW, Place, result};
use ledger::{Delivery, DeliveryState, Ledger, LedgerError};

#[test]
fn inv12_files_and_clients_places_stand_in_the_audit_chain_and_a_file_before_it_has_its_name() {
    use DeliveryState::{Planned, Ready, Taken, Written};
    let place = Place::new();
    let mut ledger = place.open();
    let id = ledger
        .store_result(NOW, &result(1, "qualification", "{}"))
        .unwrap()
        .id;
    let from = ledger.verify().unwrap().records;
    for state in [Planned, Ready, Written, Taken] {
        ledger
            .note_delivery(NOW, "folders", &id, "a.xml", state)
            .unwrap();
    }
    ledger.advance(NOW, "client:a", 1).unwrap();
    ledger.advance(NOW, "client:a", 1).unwrap();
    ledger.advance(NOW, "folders", 1).unwrap();
    let told: Vec<(String, String)> = ledger
        .audit_records(from, 100)
        .unwrap()
        .into_iter()
        .map(|record| (record.actor, record.action))
        .collect();
    let expected = [
        ("folders", "file-to-be-named"),
        ("folders", "file-written"),
        ("folders", "file-taken"),
        ("client:a", "cursor-moved"),
    ];
    assert_eq!(
        told,
        expected.map(|(who, what)| (who.to_owned(), what.to_owned()))
    );
}

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

#[test]
fn inv9_a_file_that_nobody_took_can_be_had_again_under_a_new_name_on_staffs_word() {
    let place = Place::new();
    let mut ledger = place.open();
    let id = ledger
        .store_result(NOW, &result(1, "qualification", "{}"))
        .unwrap()
        .id;
    let again = |ledger: &mut Ledger| ledger.deliver_again(NOW, &id, "staff:suzuki", "off");
    assert!(matches!(again(&mut ledger), Err(LedgerError::NotFound)));
    ledger.claim(&id, "folders", NOW, 1000).unwrap();
    ledger
        .note_delivery(NOW, "folders", &id, "a.xml", DeliveryState::Written)
        .unwrap();
    assert!(
        matches!(again(&mut ledger), Err(LedgerError::NotFound)),
        "it still lies there"
    );
    assert!(!ledger.may_be_delivered_again(&id).unwrap());
    let ended = Delivery {
        state: DeliveryState::Uncollected,
        ..ledger.delivery("folders", &id).unwrap().unwrap()
    };
    ledger
        .end_delivery(NOW, "folders", &ended, Some(&id), true)
        .unwrap();
    let from = ledger.latest_event_seq().unwrap();
    assert!(ledger.may_be_delivered_again(&id).unwrap());
    again(&mut ledger).unwrap();
    assert!(
        !ledger.may_be_delivered_again(&id).unwrap(),
        "not twice for one file"
    );
    assert_eq!(ledger.delivery("folders", &id).unwrap(), None);
    assert!(ledger.name_was_used("a.xml").unwrap(), "never used again");
    let told = ledger.events_after(from, 10).unwrap();
    assert_eq!((told.len(), told[0].kind.as_str()), (1, "result-released"));
    let record = ledger.audit_records(0, 100).unwrap().pop().unwrap();
    assert_eq!(
        (record.actor.as_str(), record.action.as_str()),
        ("staff:suzuki", "result-delivered-again")
    );
    // Another client has it by now.
    ledger.claim(&id, "a", NOW, 1000).unwrap();
    assert!(matches!(
        again(&mut ledger),
        Err(LedgerError::NotOwner { .. })
    ));
    ledger.acknowledge(&id, "a", NOW).unwrap();
    assert!(matches!(
        again(&mut ledger),
        Err(LedgerError::AlreadyAcknowledged)
    ));
}
