//! Retention: what has had its time is erased and overwritten, and nothing else (invariant 9).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{NOW, Place, result};
use ledger::{DeliveryState, Erased, NewConsent, NewFollowUp, ResultFilter, Retention};

const HOUR: i64 = 3_600_000;

/// A clinic with folders only has nobody who may take medical information over: it ends with its consent.
#[test]
fn medical_results_that_nobody_may_take_end_with_their_consent_and_no_others() {
    let place = Place::new();
    let mut ledger = place.open();
    let consent = |visit, until| NewConsent {
        visit,
        kind: "medicines".into(),
        flow: "reader".into(),
        flag: "1".into(),
        given_at: Some(NOW),
        until,
        person: String::new(),
    };
    for visit in 1..=4 {
        for kind in ["qualification", "medicines"] {
            ledger
                .store_result(NOW, &result(visit, kind, "{}"))
                .unwrap();
        }
    }
    ledger
        .record_consents(NOW, &[consent(1, Some(NOW + HOUR))])
        .unwrap();
    ledger.record_consents(NOW, &[consent(2, None)]).unwrap();
    let owned = result(3, "medicines", "").id();
    ledger.claim(&owned, "a", NOW, 1000).unwrap();
    let keep = Retention {
        untaken_medical: Some(24 * HOUR),
        ..Retention::default()
    };
    assert_eq!(
        ledger
            .retain(NOW + 25 * HOUR, &Retention::default())
            .unwrap(),
        Erased::default()
    );
    assert_eq!(
        ledger.retain(NOW + 23 * HOUR, &keep).unwrap(),
        Erased::default()
    );
    let erased = ledger.retain(NOW + 25 * HOUR, &keep).unwrap();
    assert_eq!(
        erased.untaken, 2,
        "the first, whose consent ended, and the fourth, which has none"
    );
    let left = ledger.results(ResultFilter::default()).unwrap();
    let medical: Vec<u64> = left
        .iter()
        .filter(|one| one.kind == "medicines")
        .map(|one| one.visit)
        .collect();
    assert_eq!((left.len(), medical), (6, vec![2, 3]));
}

#[test]
fn what_has_had_its_time_is_erased_and_overwritten_and_the_rest_stays() {
    let place = Place::new();
    let mut ledger = place.open();
    let mut ids = Vec::new();
    for visit in 0..4 {
        let body = format!("{{\"m\":\"{}\"}}", "MARK".repeat(500));
        ids.push(
            ledger
                .store_result(NOW, &result(visit, "qualification", &body))
                .unwrap()
                .id,
        );
    }
    for id in &ids[..2] {
        ledger.claim(id, "a", NOW, 1000).unwrap();
        ledger.acknowledge(id, "a", NOW).unwrap();
    }
    let (sealed,): (Vec<u8>,) = place
        .raw()
        .query_row("SELECT body FROM results WHERE id = ?1", [&ids[0]], |row| {
            Ok((row.get(0)?,))
        })
        .unwrap();
    let needle = sealed[sealed.len() / 2..sealed.len() / 2 + 64].to_vec();
    let everywhere = || -> Vec<u8> {
        let wal = place.0.path().join("ledger.sqlite-wal");
        [
            std::fs::read(place.db()).unwrap(),
            std::fs::read(wal).unwrap_or_default(),
        ]
        .concat()
    };
    let stands = || {
        everywhere()
            .windows(needle.len())
            .any(|window| window == needle)
    };
    assert!(stands(), "the search sees");
    let keep = Retention {
        acknowledged: 30 * 24 * HOUR,
        ..Retention::default()
    };
    assert_eq!(
        ledger.retain(NOW + 29 * 24 * HOUR, &keep).unwrap(),
        Erased::default()
    );
    let erased = ledger.retain(NOW + 31 * 24 * HOUR, &keep).unwrap();
    assert_eq!(erased.results, 2);
    assert!(!stands(), "overwritten in the file and gone from the log");
    let left: Vec<_> = ledger
        .results(ResultFilter::default())
        .unwrap()
        .into_iter()
        .map(|row| row.id)
        .collect();
    assert_eq!(left, ids[2..], "what nobody took over is never erased");
    assert_eq!(ledger.latest_event_seq().unwrap(), 8, "numbers go on");
    let events: Vec<_> = ledger
        .events_after(0, 100)
        .unwrap()
        .into_iter()
        .map(|event| event.result_id)
        .collect();
    assert_eq!(events, ids[2..]);
    assert!(ledger.verify().unwrap().intact());
    assert_eq!(
        ledger.audit_records(0, 100).unwrap().last().unwrap().action,
        "erased"
    );

    // For want of space the oldest acknowledged go, however young; never others.
    ledger.claim(&ids[2], "a", NOW, 1000).unwrap();
    ledger
        .acknowledge(&ids[2], "a", NOW + 31 * 24 * HOUR)
        .unwrap();
    assert_eq!(ledger.erase_acknowledged(NOW).unwrap().results, 1);
    assert_eq!(ledger.erase_acknowledged(NOW).unwrap(), Erased::default());
    assert_eq!(ledger.results(ResultFilter::default()).unwrap().len(), 1);
}

/// What knows a person again goes with that person's last result, and a call's notes with the call: nothing keyed outlives what it
/// was kept for.
#[test]
fn lists_of_results_and_notes_of_calls_go_with_what_they_belong_to() {
    const DAY: i64 = 24 * HOUR;
    let place = Place::new();
    let mut ledger = place.open();
    let list = |name: &str| format!("{}{name}", ledger::PERSON_RESULTS);
    let mut ids = Vec::new();
    for visit in 1..=3 {
        let stored = ledger.store_result(NOW, &result(visit, "qualification", "{}"));
        ids.push(stored.unwrap().id);
    }
    let text = |ids: &[&String]| serde_json::to_string(ids).unwrap();
    // One person came twice, one once; the first result of the first and that of the second have been taken over.
    ledger
        .put_state(&list("first"), &text(&[&ids[2], &ids[0]]))
        .unwrap();
    ledger
        .put_state(&list("second"), &text(&[&ids[1]]))
        .unwrap();
    for id in &ids[..2] {
        ledger.claim(id, "a", NOW, 1000).unwrap();
        ledger.acknowledge(id, "a", NOW).unwrap();
    }
    let call = |ledger: &mut ledger::Ledger, result: &str| {
        let new = NewFollowUp {
            visit: 1,
            reader: "Reader 0".into(),
            result_id: result.into(),
            reason: "unentrusted".into(),
            note: "office".into(),
        };
        let id = ledger.open_follow_up(NOW, &new).unwrap();
        let notes = format!("{}{id}", ledger::FOLLOW_UP_NOTES);
        ledger.put_state(&notes, "[\"nobody answered\"]").unwrap();
        let after = format!("{}{id}", ledger::FOLLOW_UP_NOTES_AFTER);
        ledger.put_state(&after, "[]").unwrap();
        (id, notes)
    };
    let (closed, notes) = call(&mut ledger, &ids[0]);
    let (_, open) = call(&mut ledger, &ids[2]);
    ledger
        .close_follow_up(NOW, closed, "staff:a", "registered")
        .unwrap();
    let sealed: Vec<u8> = place
        .raw()
        .query_row("SELECT value FROM state WHERE key = ?1", [&notes], |row| {
            row.get(0)
        })
        .unwrap();
    let keyed = list("second");
    let stands = |needle: &[u8]| {
        let wal = std::fs::read(place.0.path().join("ledger.sqlite-wal"));
        [std::fs::read(place.db()).unwrap(), wal.unwrap_or_default()]
            .iter()
            .any(|file| file.windows(needle.len()).any(|window| window == needle))
    };
    assert!(
        stands(&sealed) && stands(keyed.as_bytes()),
        "the search sees"
    );

    let keep = Retention {
        acknowledged: 30 * DAY,
        follow_ups: 60 * DAY,
        ..Retention::default()
    };
    assert_eq!(
        ledger.retain(NOW + 29 * DAY, &keep).unwrap(),
        Erased::default()
    );
    assert_eq!(ledger.retain(NOW + 31 * DAY, &keep).unwrap().results, 2);
    assert_eq!(
        ledger.get_state(&list("first")).unwrap(),
        Some(text(&[&ids[2]])),
        "what is still there is still found"
    );
    assert_eq!(ledger.get_state(&keyed).unwrap(), None);
    assert!(!stands(keyed.as_bytes()), "overwritten with its key");
    assert!(ledger.get_state(&notes).unwrap().is_some());
    assert_eq!(ledger.retain(NOW + 61 * DAY, &keep).unwrap().follow_ups, 1);
    assert_eq!(ledger.get_state(&notes).unwrap(), None);
    let after = ledger.states(ledger::FOLLOW_UP_NOTES_AFTER).unwrap();
    assert_eq!(after.len(), 1, "of the open call alone");
    assert!(
        !stands(&sealed),
        "overwritten in the file and gone from the log"
    );
    assert!(
        ledger.get_state(&open).unwrap().is_some(),
        "an open call keeps its notes"
    );
    assert!(ledger.verify().unwrap().intact());
}

/// The answer to a request file lies in its folder longer than answered lookups are kept: what the file holds is still known, so that it is
/// acknowledged when somebody takes it (invariant 9).
#[test]
fn inv9_an_ask_is_kept_while_its_answer_lies_in_the_folder() {
    const DAY: i64 = 24 * HOUR;
    let place = Place::new();
    let mut ledger = place.open();
    let keep = Retention {
        inquiries: DAY,
        ..Retention::default()
    };
    let names = ["one.xml", "two.xml"];
    for (n, (name, subject)) in names
        .iter()
        .zip(["req:one.xml", "req-sjis:two.xml"])
        .enumerate()
    {
        let ask = ledger::NewAsk {
            client: "folders".into(),
            key: (*name).into(),
            visit: n as u64 + 1,
            job: None,
            request_json: "{}".into(),
        };
        let id = ledger.queue_ask(NOW, &ask).unwrap();
        ledger
            .note_delivery(NOW, "folders", subject, name, DeliveryState::Planned)
            .unwrap();
        let new = result(ask.visit, "qualification", "{}");
        ledger
            .answer_ask(NOW, id, &new, &ledger::Beside::default())
            .unwrap();
        ledger
            .note_delivery(NOW, "folders", subject, name, DeliveryState::Written)
            .unwrap();
    }
    assert_eq!(
        ledger.retain(NOW + 10 * DAY, &keep).unwrap(),
        Erased::default()
    );
    let known = |ledger: &ledger::Ledger, name: &str| {
        let ask = ledger.ask_by_key("folders", name).unwrap();
        ask.and_then(|ask| ask.result_id)
    };
    assert_eq!(
        known(&ledger, "one.xml"),
        Some(result(1, "qualification", "").id())
    );
    ledger
        .note_delivery(
            NOW + 10 * DAY,
            "folders",
            "req:one.xml",
            "one.xml",
            DeliveryState::Taken,
        )
        .unwrap();
    assert_eq!(ledger.retain(NOW + 10 * DAY, &keep).unwrap().inquiries, 1);
    assert_eq!(known(&ledger, "one.xml"), None);
    assert!(known(&ledger, "two.xml").is_some());
}

/// Free pages go back to the disk; a ledger that was begun by an earlier release, which can't do that, works as before.
#[test]
fn free_pages_go_back_to_the_disk_and_an_older_file_goes_on_working() {
    let place = Place::new();
    let mut ledger = place.open();
    assert!(ledger.shrinks().unwrap());
    let body = format!("{{\"x\":\"{}\"}}", "y".repeat(50_000));
    for visit in 0..20 {
        let id = ledger
            .store_result(NOW, &result(visit, "qualification", &body))
            .unwrap()
            .id;
        ledger.claim(&id, "a", NOW, 1000).unwrap();
        ledger.acknowledge(&id, "a", NOW).unwrap();
    }
    let size = || std::fs::metadata(place.db()).unwrap().len();
    ledger.settle().unwrap();
    let before = size();
    assert_eq!(ledger.erase_acknowledged(NOW).unwrap().results, 20);
    let (_, free) = ledger.size().unwrap();
    assert!(free > 900_000, "{free}");
    assert_eq!(size(), before, "erasing alone gives nothing back");
    let given = ledger.shrink(100).unwrap();
    assert_eq!(given, 100 * 4096);
    while ledger.shrink(100).unwrap() > 0 {}
    assert_eq!(ledger.size().unwrap().1, 0);
    assert!(size() + 900_000 < before, "{before} {}", size());
    // A reader that holds the log keeps nobody waiting; the log is emptied when it has gone.
    let reader = place.raw();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM audit")
        .unwrap();
    let id = ledger
        .store_result(NOW, &result(50, "qualification", &body))
        .unwrap()
        .id;
    ledger.claim(&id, "a", NOW, 1000).unwrap();
    ledger.acknowledge(&id, "a", NOW).unwrap();
    let began = std::time::Instant::now();
    ledger.erase_acknowledged(NOW).unwrap();
    assert!(
        began.elapsed() < std::time::Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
    let log = || {
        std::fs::metadata(place.0.path().join("ledger.sqlite-wal"))
            .unwrap()
            .len()
    };
    assert!(log() > 0);
    drop(reader);
    ledger.bound_log().unwrap();
    assert_eq!(log(), 0);
    assert!(ledger.verify().unwrap().intact());
    drop(ledger);

    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/v3");
    let older = Place::new();
    std::fs::copy(format!("{fixtures}/ledger.sqlite"), older.db()).unwrap();
    std::fs::copy(format!("{fixtures}/audit-head.json"), older.head()).unwrap();
    let mut ledger = older.open();
    assert!(!ledger.shrinks().unwrap());
    for visit in 900..905 {
        let id = ledger
            .store_result(NOW, &result(visit, "qualification", &body))
            .unwrap()
            .id;
        ledger.claim(&id, "a", NOW, 1000).unwrap();
        ledger.acknowledge(&id, "a", NOW).unwrap();
    }
    assert!(ledger.erase_acknowledged(NOW).unwrap().results >= 5);
    assert_eq!(ledger.shrink(100).unwrap(), 0);
    assert!(ledger.size().unwrap().1 > 200_000, "free for new records");
    assert!(ledger.verify().unwrap().intact());
}

/// While the chain is checked the log only grows; afterwards it is emptied, and does not stay as large as it was.
#[test]
fn inv15_the_log_that_grew_while_somebody_read_is_emptied_afterwards() {
    let place = Place::new();
    let mut ledger = place.open();
    let reader = place.raw();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM audit")
        .unwrap();
    let body = format!("{{\"x\":\"{}\"}}", "y".repeat(1_000_000));
    for visit in 0..20 {
        ledger
            .store_result(NOW, &result(visit, "qualification", &body))
            .unwrap();
    }
    let log = || {
        std::fs::metadata(place.0.path().join("ledger.sqlite-wal"))
            .unwrap()
            .len()
    };
    assert!(log() > ledger::LOG, "{}", log());
    ledger.bound_log().unwrap();
    assert!(log() > ledger::LOG, "somebody reads still");
    drop(reader);
    ledger.bound_log().unwrap();
    assert_eq!(log(), 0);
    // A small one is left alone: emptying it costs a flush.
    ledger
        .store_result(NOW, &result(50, "qualification", "{}"))
        .unwrap();
    let small = log();
    ledger.bound_log().unwrap();
    assert!(small > 0 && log() == small);
    assert!(ledger.verify().unwrap().intact());
}
