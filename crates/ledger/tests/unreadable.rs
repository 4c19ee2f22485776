//! A row whose seal does not open is lost for itself only: those beside it are listed and worked on (invariants 9 and 15).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{NOW, Place};
use ledger::{AskState, NewAsk};

/// One bad block in one waiting inquiry or lookup keeps no other back (invariants 9 and 15); it can be given up.
#[test]
fn inv9_an_inquiry_or_ask_that_cannot_be_read_keeps_no_other_back() {
    let place = Place::new();
    let mut ledger = place.open();
    let mut asks = Vec::new();
    for n in 1..=3 {
        ledger
            .queue_inquiry(NOW, n, "Reader 0", &format!("{{\"n\":{n}}}"))
            .unwrap();
        let ask = NewAsk {
            client: "rececon".into(),
            key: format!("k{n}"),
            visit: 100 + n,
            job: None,
            request_json: format!("{{\"n\":{n}}}"),
        };
        asks.push(ledger.queue_ask(NOW, &ask).unwrap());
    }
    place
        .raw()
        .execute_batch(
            "UPDATE inquiries SET payload = x'00112233' WHERE id = 2; UPDATE asks SET request = x'00112233' WHERE id = 2",
        )
        .unwrap();
    let expected = ["{\"n\":1}", "", "{\"n\":3}"];
    for listed in [ledger.due_inquiries(NOW), ledger.open_inquiries()] {
        let payloads: Vec<_> = listed
            .unwrap()
            .into_iter()
            .map(|row| row.payload_json)
            .collect();
        assert_eq!(payloads, expected);
    }
    let due = ledger.due_asks(NOW, 10).unwrap();
    let requests: Vec<_> = due.iter().map(|ask| ask.request_json.as_str()).collect();
    assert_eq!(requests, expected);
    assert_eq!(ledger.asks_of("rececon", 0, 10).unwrap().len(), 3);
    ledger.drop_inquiry(2, NOW, "UK-LEDG-028").unwrap();
    ledger.fail_ask(NOW, asks[1], "UK-LEDG-028", None).unwrap();
    assert_eq!(ledger.open_inquiries().unwrap().len(), 2);
    let failed = ledger.ask(asks[1]).unwrap().unwrap();
    assert_eq!(
        (failed.state, failed.code.as_str()),
        (AskState::Failed, "UK-LEDG-028")
    );
}

/// The same for small state: those beside it are read, and the damaged one is named and can be forgotten (invariants 9 and 15).
#[test]
fn inv9_a_state_that_cannot_be_read_keeps_no_other_back() {
    let place = Place::new();
    let mut ledger = place.open();
    for n in 1..=3 {
        ledger
            .put_state(&format!("note/{n}"), &n.to_string())
            .unwrap();
    }
    place
        .raw()
        .execute(
            "UPDATE state SET value = x'00112233' WHERE key = 'note/2'",
            [],
        )
        .unwrap();
    let pair = |n: u32| (format!("note/{n}"), n.to_string());
    assert_eq!(ledger.states("note/").unwrap(), [pair(1), pair(3)]);
    assert_eq!(ledger.unreadable_states("note/").unwrap(), ["note/2"]);
    ledger.forget_state("note/2").unwrap();
    assert!(ledger.unreadable_states("note/").unwrap().is_empty());
}
