//! Invariants 9 and 12: what a damaged file still gives comes into the ledger behind it under its own numbers; what it does not give is
//! named, begins at no number again and is written into no second file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{NOW, Place, result};
use ledger::{
    BulkItem, DeliveryState, Ledger, LedgerEvent, NewAsk, NewBulkJob, NewConsent, NewFollowUp,
    Remembered, Replaced, ResultFilter, ResultState,
};

const FILES: &str = "folders";

/// Everything that a clinic with folders and a socket client has in its ledger.
fn filled() -> Place {
    let place = Place::new();
    let mut ledger = place.open();
    for visit in 0..30 {
        let body = format!("{{\"v\":{visit},\"x\":\"{}\"}}", "y".repeat(2000));
        let id = ledger
            .store_result(NOW, &result(visit, "qualification", &body))
            .unwrap()
            .id;
        if visit < 4 {
            ledger.claim(&id, FILES, NOW, 1000).unwrap();
            let number = ledger.next_number("face-files").unwrap();
            let name = format!("face-{number}.xml");
            ledger
                .note_delivery(NOW, FILES, &id, &name, DeliveryState::Written)
                .unwrap();
        }
        if visit == 0 {
            ledger.acknowledge(&id, FILES, NOW).unwrap();
            ledger
                .note_delivery(NOW, FILES, &id, "face-1.xml", DeliveryState::Taken)
                .unwrap();
        }
    }
    let newest = ledger.latest_event_seq().unwrap();
    ledger.advance(NOW, FILES, newest).unwrap();
    ledger.advance(NOW, "client:rececon", 7).unwrap();
    let ask = NewAsk {
        client: FILES.into(),
        key: "OQSsiquc01req_1.xml".into(),
        visit: 500,
        job: None,
        request_json: "{\"number\":1}".into(),
    };
    ledger.queue_ask(NOW, &ask).unwrap();
    let follow_up = NewFollowUp {
        visit: 5,
        reader: "Reader 0".into(),
        result_id: result(5, "qualification", "").id(),
        reason: "unentrusted".into(),
        note: "架空市福祉事務所".into(),
    };
    ledger.open_follow_up(NOW, &follow_up).unwrap();
    let job = NewBulkJob {
        client: FILES.into(),
        key: "b".into(),
        kind: "tickets".into(),
        params_json: "{\"month\":1}".into(),
        reception: "0000000000000001".into(),
        total: 1,
    };
    let job = ledger.begin_bulk(NOW, &job).unwrap();
    let item = BulkItem {
        n: 0,
        who: "one".into(),
        body_json: "{\"item\":1}".into(),
    };
    ledger.add_bulk_items(job, &[item]).unwrap();
    let consent = NewConsent {
        visit: 5,
        kind: "medicines".into(),
        flow: "visiting".into(),
        flag: "1".into(),
        given_at: Some(NOW),
        until: None,
        person: "{\"who\":1}".into(),
    };
    ledger.record_consents(NOW, &[consent]).unwrap();
    ledger.queue_inquiry(NOW, 1000, "Reader 0", "{}").unwrap();
    ledger.put_state("guard", "kept").unwrap();
    ledger.remember(NOW, "rececon", "r", b"one").unwrap();
    ledger.keep_answer("rececon", "r", 200, "{}").unwrap();
    place
}

/// Makes the first page of a table unreadable and goes on with a new ledger.
fn replaced(place: &Place, tables: &[&str]) -> (Ledger, Replaced) {
    let raw = place.raw();
    let pages: Vec<u32> = tables
        .iter()
        .map(|table| {
            raw.query_row(
                "SELECT rootpage FROM sqlite_schema WHERE name = ?1",
                [table],
                |row| row.get(0),
            )
            .unwrap()
        })
        .collect();
    drop(raw);
    let mut bytes = std::fs::read(place.db()).unwrap();
    for page in pages {
        for byte in bytes.iter_mut().skip((page as usize - 1) * 4096).take(4096) {
            *byte ^= 0x5a;
        }
    }
    std::fs::write(place.db(), bytes).unwrap();
    Ledger::replace_corrupt(place.options(), NOW + 1).unwrap()
}

fn events(ledger: &Ledger, after: u64) -> Vec<LedgerEvent> {
    ledger.events_after(after, 1000).unwrap()
}

#[test]
fn inv9_deliveries_places_counters_asks_and_jobs_come_through_whole() {
    let place = filled();
    let before = place.open();
    let (old_events, place_of_files) = (events(&before, 0), before.cursor(FILES).unwrap());
    let old_records = before.audit_records(0, 1000).unwrap().len() as u64;
    drop(before);
    // The chain's own rows are what is lost; the head outside says where it stood.
    let (mut ledger, replaced) = replaced(&place, &["audit"]);
    assert_eq!(replaced.lost(), Vec::<&str>::new(), "{replaced:?}");
    let face = |visit: u64| result(visit, "qualification", "").id();
    let taken = ledger.delivery(FILES, &face(0)).unwrap().unwrap();
    assert_eq!(
        (taken.name.as_str(), taken.state),
        ("face-1.xml", DeliveryState::Taken)
    );
    assert_eq!(ledger.open_deliveries(FILES, "").unwrap().len(), 3);
    assert_eq!(
        ledger.result(&face(0)).unwrap().unwrap().state,
        ResultState::Acknowledged
    );
    assert_eq!(ledger.cursor(FILES).unwrap(), place_of_files);
    assert_eq!(ledger.cursor("client:rececon").unwrap(), 7);
    assert_eq!(
        events(&ledger, 0),
        old_events,
        "told under their numbers, once"
    );
    assert!(ledger.next_number("face-files").unwrap() > 4);
    let ask = ledger
        .ask_by_key(FILES, "OQSsiquc01req_1.xml")
        .unwrap()
        .unwrap();
    assert_eq!((ask.id, ask.request_json.as_str()), (1, "{\"number\":1}"));
    let follow_up = ledger.follow_ups(0, true, 10).unwrap().pop().unwrap();
    assert_eq!(follow_up.note, "架空市福祉事務所");
    let job = ledger
        .bulk_job_by_reception("0000000000000001")
        .unwrap()
        .unwrap();
    assert_eq!(
        ledger.bulk_items(job.id, 0, 10).unwrap()[0].body_json,
        "{\"item\":1}"
    );
    assert_eq!(ledger.consents_of(5).unwrap().len(), 1);
    assert_eq!(
        ledger.remember(NOW, "rececon", "r", b"one").unwrap(),
        Remembered::Answer(200, "{}".into()),
        "a change repeated after the damage is not made twice"
    );
    let record = ledger
        .audit_records(old_records, 10)
        .unwrap()
        .into_iter()
        .find(|record| record.action == "ledger-begun-after-damage")
        .unwrap();
    assert_eq!(record.detail["rescued"]["deliveries"]["rows"], 4);
    // What the rescued results' owners do with them goes on as before, and is no tampering.
    for visit in 1..3 {
        ledger.acknowledge(&face(visit), FILES, NOW + 2).unwrap();
    }
    ledger.claim(&face(7), "rececon", NOW + 2, 1000).unwrap();
    let report = ledger.verify().unwrap();
    assert_eq!(report.findings, []);
    assert_eq!(report.joints.len(), 1);
    drop(ledger);
    assert!(place.open().verify().unwrap().intact());
}

/// Whoever removes waiting results and spoils the file so that a new one is begun does not hide it: the old chain still tells of them.
#[test]
fn inv12_results_removed_before_the_damage_are_named() {
    let place = filled();
    let gone = result(20, "qualification", "").id();
    let moved = result(21, "qualification", "").id();
    let raw = place.raw();
    raw.execute("DELETE FROM results WHERE id = ?1", [&gone])
        .unwrap();
    raw.execute("UPDATE results SET owner = 'evil' WHERE id = ?1", [&moved])
        .unwrap();
    drop(raw);
    let (ledger, replaced) = replaced(&place, &["state"]);
    assert_eq!(replaced.missing, [gone.as_str()]);
    assert_eq!(replaced.changed, [moved.as_str()]);
    assert_eq!(replaced.lost(), ["results", "state"]);
    let record = ledger
        .audit_records(0, 1)
        .unwrap()
        .into_iter()
        .find(|record| record.action == "ledger-begun-after-damage")
        .unwrap();
    assert_eq!(record.detail["results_missing"], serde_json::json!([gone]));
    assert_eq!(record.detail["results_changed"], serde_json::json!([moved]));
    assert_eq!(record.detail["old_chain_whole"], true);
}

/// Part of the chain is lost with a bad page in its middle: what the rest tells of is still looked for.
#[test]
fn inv12_a_chain_with_a_bad_place_still_names_what_is_gone() {
    let place = filled();
    let mut ledger = place.open();
    for visit in 600..620 {
        ledger
            .store_result(NOW, &result(visit, "qualification", "{}"))
            .unwrap();
    }
    drop(ledger);
    let bytes = std::fs::read(place.db()).unwrap();
    // The leaf that holds a record in the middle.
    let hash: Vec<u8> = place
        .raw()
        .query_row(
            "SELECT hash FROM audit WHERE seq = (SELECT max(seq) / 2 FROM audit)",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let leaf = bytes
        .chunks(4096)
        .position(|page| page[0] == 13 && page.windows(32).any(|part| part == hash))
        .unwrap();
    let (first, last) = (
        result(2, "qualification", "").id(),
        result(619, "qualification", "").id(),
    );
    let raw = place.raw();
    raw.execute("DELETE FROM results WHERE id IN (?1, ?2)", [&first, &last])
        .unwrap();
    raw.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    drop(raw);
    let mut bytes = std::fs::read(place.db()).unwrap();
    for byte in bytes.iter_mut().skip(leaf * 4096).take(4096) {
        *byte ^= 0x5a;
    }
    std::fs::write(place.db(), bytes).unwrap();
    let (_, replaced) = Ledger::replace_corrupt(place.options(), NOW + 1).unwrap();
    assert_eq!(replaced.missing, [first, last]);
    assert_eq!(replaced.lost(), ["results"]);
}

#[test]
fn inv9_lost_counters_and_numbers_never_begin_again() {
    let place = filled();
    let mut before = place.open();
    // Drawn again and again without a record of its own.
    for _ in 0..300 {
        before.next_number("rejected-files").unwrap();
    }
    let newest = before.latest_event_seq().unwrap();
    drop(before);
    let (mut ledger, replaced) = replaced(&place, &["counters", "sqlite_sequence", "asks"]);
    assert_eq!(replaced.lost(), ["counters", "asks"]);
    assert!(ledger.next_number("rejected-files").unwrap() > 300);
    assert!(ledger.next_number("face-files").unwrap() > 4);
    assert!(
        ledger
            .counters()
            .unwrap()
            .iter()
            .all(|(name, _)| !name.is_empty())
    );
    ledger
        .store_result(NOW, &result(900, "qualification", "{}"))
        .unwrap();
    assert!(ledger.latest_event_seq().unwrap() > newest);
    let ask = NewAsk {
        client: "rececon".into(),
        key: "k".into(),
        visit: 901,
        job: None,
        request_json: "{}".into(),
    };
    assert!(ledger.queue_ask(NOW, &ask).unwrap() > 1);
}

#[test]
fn inv9_without_its_note_a_file_is_not_written_again_and_staff_is_told() {
    for tables in [&["deliveries"][..], &["deliveries", "cursors"]] {
        let place = filled();
        let (ledger, replaced) = replaced(&place, tables);
        assert!(replaced.lost().contains(&"deliveries"));
        let waiting = ledger
            .results(ResultFilter {
                state: Some(ResultState::Claimed),
                ..ResultFilter::default()
            })
            .unwrap();
        assert_eq!(waiting.len(), 3);
        for one in &waiting {
            let noted = ledger.delivery(FILES, &one.id).unwrap().unwrap();
            assert_eq!(noted.state, DeliveryState::Uncollected);
        }
        let told = ledger.follow_ups(0, true, 100).unwrap();
        let doubtful = told
            .iter()
            .filter(|one| one.reason == "uncollected")
            .count();
        // Without a place of its own the gateway would look at every old event: what waits goes to staff as well.
        assert_eq!(doubtful, if tables.len() == 1 { 3 } else { 29 });
        let after = ledger.cursor(FILES).unwrap();
        assert!(after > 0);
        let again: Vec<_> = events(&ledger, after)
            .into_iter()
            .filter(|event| event.kind == "result-stored")
            .collect();
        assert_eq!(again, [], "nothing is told a second time");
    }
}

#[test]
fn inv9_a_bad_place_in_the_middle_hides_itself_only() {
    let place = filled();
    let bytes = std::fs::read(place.db()).unwrap();
    let id = result(15, "qualification", "").id();
    // A leaf of a table begins with 13; the pages of an index do not.
    let leaf = bytes
        .chunks(4096)
        .position(|page| {
            let messages = page.windows(8).filter(|part| *part == b"Reader 0").count();
            page[0] == 13
                && messages <= 3
                && page.windows(id.len()).any(|part| part == id.as_bytes())
        })
        .unwrap();
    let mut bytes = bytes;
    for byte in bytes.iter_mut().skip(leaf * 4096).take(4096) {
        *byte ^= 0x5a;
    }
    std::fs::write(place.db(), bytes).unwrap();
    let (ledger, replaced) = Ledger::replace_corrupt(place.options(), NOW + 1).unwrap();
    assert_eq!(replaced.lost(), ["results"]);
    let left = ledger.results(ResultFilter::default()).unwrap();
    assert!((26..30).contains(&left.len()), "{}", left.len());
    assert_eq!(left.first().unwrap().visit, 0);
    assert_eq!(left.last().unwrap().visit, 29, "and what lies behind it");
}

#[test]
fn inv9_behind_a_restored_backup_no_number_begins_again_and_no_second_file_is_written() {
    let place = filled();
    let copy = place.0.path().join("backup.db");
    ledger::backup(&place.db(), &copy).unwrap();
    let mut ledger = place.open();
    // What the backup does not know: a visit's file was written and taken.
    let id = result(10, "qualification", "").id();
    ledger.claim(&id, FILES, NOW, 1000).unwrap();
    let lost_number = ledger.next_number("face-files").unwrap();
    ledger.acknowledge(&id, FILES, NOW).unwrap();
    let newest = ledger.latest_event_seq().unwrap();
    drop(ledger);
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", place.db().display()));
    }
    std::fs::copy(&copy, place.db()).unwrap();
    ledger::accept_restored(&place.options(), NOW, "suzuki", "disk replaced").unwrap();
    let mut ledger = place.open();
    assert!(ledger.next_number("face-files").unwrap() > lost_number);
    assert!(ledger.latest_event_seq().unwrap() >= newest);
    let noted = ledger.delivery(FILES, &id).unwrap().unwrap();
    assert_eq!(noted.state, DeliveryState::Uncollected, "no second file");
    let told = ledger.follow_ups(0, true, 100).unwrap();
    assert!(
        told.iter()
            .any(|one| one.result_id == id && one.reason == "uncollected")
    );
    let after = ledger.cursor(FILES).unwrap();
    let of_results = |event: &&LedgerEvent| event.kind.starts_with("result-");
    assert_eq!(events(&ledger, after).iter().filter(of_results).count(), 0);
}
