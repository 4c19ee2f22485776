//! A row whose seal does not open is lost for itself only: those beside it are listed and worked on (invariants 9 and 15).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{NOW, Place};
use ledger::{AskState, Kept, NewAsk, NewFollowUp};

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

/// Two ways in which a seal does not open: too short to be one, and one of which a bit differs.
const DAMAGE: [&str; 2] = [
    "x'00112233'",
    "CAST(substr({}, 1, length({}) - 1) || x'00' AS BLOB)",
];

fn spoilt(column: &str, way: &str) -> String {
    format!("{column} = {}", way.replace("{}", column))
}

/// A follow-up of which part can't be read is listed beside the others, says so, and can be closed (invariants 9 and 15).
#[test]
fn inv9_15_a_follow_up_that_cannot_be_read_keeps_no_other_back() {
    for way in DAMAGE {
        let place = Place::new();
        let mut ledger = place.open();
        for visit in 1..=3 {
            let new = NewFollowUp {
                visit,
                reader: "Reader 0".into(),
                result_id: format!("r{visit}"),
                reason: "unentrusted".into(),
                note: format!("office {visit}"),
            };
            ledger.open_follow_up(NOW, &new).unwrap();
        }
        ledger
            .close_follow_up(NOW, 3, "staff:a", "treated")
            .unwrap();
        let damage = format!(
            "UPDATE follow_ups SET {} WHERE id = 2; UPDATE follow_ups SET {} WHERE id = 3",
            spoilt("note", way),
            spoilt("outcome", way)
        );
        place.raw().execute_batch(&damage).unwrap();
        let listed = ledger.follow_ups(0, false, 10).unwrap();
        let seen: Vec<_> = listed
            .iter()
            .map(|one| (one.note.as_str(), one.outcome.as_deref(), one.unreadable))
            .collect();
        assert_eq!(
            seen,
            [
                ("office 1", None, false),
                ("", None, true),
                ("office 3", None, true)
            ],
            "{way}"
        );
        assert_eq!(
            ledger
                .newest_follow_ups(["unentrusted", "x"], true, 9)
                .unwrap()
                .len(),
            2
        );
        assert!(ledger.follow_ups_of("r2", ["unentrusted", "x"]).unwrap()[0].unreadable);
        ledger
            .close_follow_up(NOW, 2, "staff:a", "treated")
            .unwrap();
        let closed = ledger.follow_up(2).unwrap().unwrap();
        assert_eq!(
            (closed.outcome.as_deref(), closed.unreadable),
            (Some("treated"), true)
        );
    }
}

#[test]
fn inv15_a_damaged_state_is_told_from_one_that_is_not_there() {
    for way in DAMAGE {
        let place = Place::new();
        let mut ledger = place.open();
        ledger.put_state("a", "1").unwrap();
        ledger.put_state("b", "2").unwrap();
        let damage = format!("UPDATE state SET {} WHERE key = 'b'", spoilt("value", way));
        place.raw().execute_batch(&damage).unwrap();
        assert!(ledger.kept("a").unwrap() == Kept::Text("1".into()));
        assert!(ledger.kept("b").unwrap() == Kept::Unreadable, "{way}");
        assert!(ledger.kept("c").unwrap() == Kept::Nothing);
    }
}
