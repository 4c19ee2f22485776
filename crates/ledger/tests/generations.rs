//! Formats and keys over the years: every earlier format opens and loses nothing (invariant 9), and a key is rotated without a
//! record becoming unreadable.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{NOW, Place, result};
use ledger::{
    DeliveryState, Ledger, LedgerError, LedgerKey, LedgerKeys, NewAsk, OpenOptions, Remembered,
    Resealed, ResultFilter, ResultState,
};
use serde_json::json;
use std::path::Path;

/// A copy of a kept fixture, to be opened.
fn fixture(format: &str) -> Place {
    let place = Place::new();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(format);
    std::fs::copy(kept.join("ledger.sqlite"), place.db()).unwrap();
    std::fs::copy(kept.join("audit-head.json"), place.head()).unwrap();
    place
}

#[test]
fn inv9_every_earlier_format_opens_with_all_that_it_holds() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut formats = 0;
    for entry in std::fs::read_dir(kept).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let place = fixture(&name);
        // Looking does not migrate.
        let report = Ledger::inspect(place.options()).unwrap();
        assert!(report.intact(), "{name}: {report:?}");
        let mut ledger = place.open();
        let states: Vec<_> = ledger
            .results(ResultFilter::default())
            .unwrap()
            .into_iter()
            .map(|row| (row.visit, row.state, row.owner, row.body_json))
            .collect();
        let body = |visit: u64| format!("{{\"XmlMsg\":{{\"visit\":\"{visit}\"}}}}");
        let rececon = || Some("rececon".to_owned());
        assert_eq!(
            states,
            [
                (1, ResultState::Acknowledged, rececon(), body(1)),
                (2, ResultState::Claimed, rececon(), body(2)),
                (3, ResultState::Waiting, None, body(3)),
                (5, ResultState::Waiting, None, body(5)),
            ],
            "{name}"
        );
        let events = ledger.events_after(0, 100).unwrap();
        // Format 2 has a follow-up besides.
        let newest = if name == "v1" { 7 } else { 8 };
        assert_eq!(
            events.iter().map(|event| event.seq).collect::<Vec<_>>(),
            (1..=newest).collect::<Vec<_>>(),
            "{name}"
        );
        assert!(
            events.iter().all(|event| event.reader == "desk-1/Reader 0"),
            "{name}"
        );
        assert_eq!(ledger.latest_event_seq().unwrap(), newest);
        assert_eq!(
            ledger
                .open_inquiries()
                .unwrap()
                .first()
                .unwrap()
                .payload_json,
            "{\"waits\":true}"
        );
        assert_eq!(ledger.get_state("guard").unwrap().unwrap(), "{\"wrong\":2}");
        if name != "v1" {
            holds_what_format_2_brought(&mut ledger);
        }
        if !["v1", "v2"].contains(&name.as_str()) {
            let open = ledger.open_deliveries("folders", "").unwrap();
            let states: Vec<_> = open
                .iter()
                .map(|one| (one.name.as_str(), one.state))
                .collect();
            assert_eq!(
                states,
                [
                    ("a.xml", DeliveryState::Planned),
                    ("b.xml", DeliveryState::Withdrawing)
                ],
                "what format 3 brought"
            );
        }
        // It is used on: the head is signed now, numbers go on.
        ledger
            .store_result(NOW + 100, &result(9, "qualification", "{}"))
            .unwrap();
        assert_eq!(ledger.latest_event_seq().unwrap(), newest + 1);
        let report = ledger.verify().unwrap();
        assert!(report.intact() && !report.head_behind, "{name}: {report:?}");
        assert!(ledger.signed_head().unwrap().unwrap().holds());
        drop(ledger);
        assert!(place.open().verify().unwrap().intact());
        formats += 1;
    }
    let place = Place::new();
    drop(place.open());
    let newest: i64 = place
        .raw()
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap();
    assert_eq!(
        formats, newest,
        "a fixture is kept for every format: cargo run -p ledger --example fixture"
    );
}

fn holds_what_format_2_brought(ledger: &mut Ledger) {
    let consents = ledger.consents_by_flow("visiting").unwrap();
    assert_eq!(
        (consents[0].visit, consents[0].person.as_str()),
        (5, "{\"who\":1}")
    );
    assert!(consents[0].holds(NOW + 100));
    let follow_ups = ledger.follow_ups(0, true, 10).unwrap();
    assert_eq!(
        (follow_ups[0].visit, follow_ups[0].note.as_str()),
        (5, "架空市福祉事務所")
    );
    let asks = ledger.due_asks(NOW + 100, 10).unwrap();
    assert_eq!(
        (asks[0].visit, asks[0].request_json.as_str()),
        (6, "{\"number\":1}")
    );
    let job = ledger
        .bulk_job_by_reception("0000000000000001")
        .unwrap()
        .unwrap();
    assert_eq!((job.params_json.as_str(), job.done), ("{\"month\":1}", 1));
    let items = ledger.bulk_items(job.id, 0, 10).unwrap();
    assert_eq!(items[0].body_json, "{\"item\":1}");
    let deliveries = ledger.open_deliveries("folders", "").unwrap();
    assert_eq!(
        (deliveries[0].name.as_str(), deliveries[0].state),
        ("a.xml", DeliveryState::Planned)
    );
    assert_eq!(ledger.cursor("client:rececon").unwrap(), 4);
    assert_eq!(ledger.counters().unwrap(), [("faces".to_owned(), 1)]);
    assert_eq!(
        ledger.remember(NOW + 100, "rececon", "r", b"one").unwrap(),
        Remembered::Answer(200, "{}".into())
    );
}

fn options(place: &Place, keys: &str) -> OpenOptions {
    OpenOptions {
        path: place.db(),
        head_path: place.head(),
        key: LedgerKeys::parse(keys).unwrap(),
        simulated: false,
    }
}

#[test]
fn a_rotated_key_opens_everything_and_the_old_one_can_go() {
    let line =
        |generation: u32, byte: u8| format!("{generation} {}\n", format!("{byte:02x}").repeat(32));
    let (first, second) = (line(1, 7), line(2, 9));
    let both = format!("{first}{second}");
    let place = Place::new();
    let mut ledger = place.open();
    for visit in 0..30 {
        ledger
            .store_result(
                NOW,
                &result(visit, "qualification", &format!("{{\"v\":{visit}}}")),
            )
            .unwrap();
    }
    ledger.put_state("guard", "x").unwrap();
    let ask = NewAsk {
        client: "c".into(),
        key: "k".into(),
        visit: 99,
        job: None,
        request_json: "{}".into(),
    };
    ledger.queue_ask(NOW, &ask).unwrap();
    let public = ledger.signed_head().unwrap().unwrap().public_key;
    drop(ledger);

    let mut ledger = Ledger::open(options(&place, &both), NOW).unwrap();
    assert_eq!(ledger.key_generations().unwrap(), [1, 2]);
    ledger
        .store_result(NOW, &result(30, "qualification", "{\"v\":30}"))
        .unwrap();
    let mut steps = 0;
    while ledger.reseal(NOW, 7).unwrap() != Resealed::All {
        steps += 1;
        assert!(steps < 100);
        if steps == 3 {
            // A stop in between: the next start goes on.
            drop(ledger);
            ledger = Ledger::open(options(&place, &both), NOW).unwrap();
        }
    }
    assert!(steps > 8, "{steps}");
    assert_eq!(ledger.key_generations().unwrap(), [2]);
    drop(ledger);

    // The old key is not needed any more, and alone it opens nothing.
    let old = Ledger::open(options(&place, &first), NOW);
    assert!(matches!(old, Err(LedgerError::WrongKey)));
    let mut ledger = Ledger::open(options(&place, &second), NOW).unwrap();
    let rows = ledger
        .results(ResultFilter {
            limit: 100,
            ..ResultFilter::default()
        })
        .unwrap();
    assert!(
        rows.iter()
            .all(|row| row.body_json == format!("{{\"v\":{}}}", row.visit))
    );
    assert_eq!(rows.len(), 31);
    assert_eq!(ledger.get_state("guard").unwrap().unwrap(), "x");
    assert_eq!(
        ledger
            .due_asks(NOW, 9)
            .unwrap()
            .first()
            .unwrap()
            .request_json,
        "{}"
    );
    assert!(ledger.verify().unwrap().intact());
    assert_eq!(
        ledger.signed_head().unwrap().unwrap().public_key,
        public,
        "the auditor's key stays"
    );
    let actions: Vec<_> = ledger
        .audit_records(0, 1000)
        .unwrap()
        .into_iter()
        .map(|record| record.action)
        .collect();
    for action in ["key-rotated", "older-keys-retired"] {
        assert_eq!(
            actions.iter().filter(|known| *known == action).count(),
            1,
            "{action}"
        );
    }
}

#[test]
fn inv12_a_missing_generation_opens_nothing() {
    let place = Place::new();
    drop(place.open());
    let keys = format!("2 {}", "09".repeat(32));
    assert!(matches!(
        Ledger::open(options(&place, &keys), NOW),
        Err(LedgerError::WrongKey)
    ));
    let wrong = OpenOptions {
        key: LedgerKey([8; 32]).into(),
        ..place.options()
    };
    assert!(matches!(
        Ledger::open(wrong, NOW),
        Err(LedgerError::WrongKey)
    ));
    assert!(place.open().verify().unwrap().intact());
    let _ = json!({});
}
