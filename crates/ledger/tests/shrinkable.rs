//! A ledger of an earlier release is turned into one that gives pages back to the disk, once, and loses nothing by it (invariants 9, 12), also
//! when the power goes in the middle.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{NOW, Place, result};
use ledger::{Ledger, ResultFilter, Turned};
use std::path::Path;

const ROOM: u64 = 1 << 40;

/// A kept ledger of an earlier format, opened by this release, with some bodies erased again.
fn older(format: &str) -> (Place, Ledger) {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(format);
    let place = Place::new();
    std::fs::copy(kept.join("ledger.sqlite"), place.db()).unwrap();
    std::fs::copy(kept.join("audit-head.json"), place.head()).unwrap();
    let mut ledger = place.open();
    let body = format!("{{\"x\":\"{}\"}}", "y".repeat(100_000));
    for visit in 900..905 {
        let id = ledger
            .store_result(NOW, &result(visit, "qualification", &body))
            .unwrap()
            .id;
        ledger.claim(&id, "a", NOW, 1000).unwrap();
        ledger.acknowledge(&id, "a", NOW).unwrap();
    }
    assert!(ledger.erase_acknowledged(NOW).unwrap().results >= 5);
    ledger.settle().unwrap();
    (place, ledger)
}

/// All that somebody can be told of.
fn held(ledger: &mut Ledger) -> String {
    let report = ledger.verify().unwrap();
    assert!(report.intact(), "{report:?}");
    let results = ledger.results(ResultFilter::default()).unwrap();
    let events = ledger.events_after(0, 1000).unwrap();
    let audit = ledger.audit_records(0, 1000).unwrap();
    let guard = ledger.get_state("guard").unwrap();
    let open = ledger.open_inquiries().unwrap().len();
    format!(
        "{results:?} {events:?} {} {guard:?} {open} {}",
        serde_json::to_string(&audit).unwrap(),
        report.newest_hash
    )
}

#[test]
fn inv9_a_ledger_of_every_earlier_release_is_turned_and_gives_its_free_pages_back() {
    for format in ["v1", "v2", "v3"] {
        let (place, mut ledger) = older(format);
        let before = held(&mut ledger);
        assert!(!ledger.shrinks().unwrap(), "{format}");
        let size = || std::fs::metadata(place.db()).unwrap().len();
        let full = size();
        // Too little room: as it was, and tried again.
        let told = ledger.make_shrinkable(2 * full).unwrap();
        assert!(matches!(told, Turned::NoRoom { needed } if needed > 2 * full));
        assert!(!ledger.shrinks().unwrap() && size() == full, "{format}");
        let told = ledger.make_shrinkable(ROOM).unwrap();
        let Turned::Now { before: was, after } = told else {
            panic!("{format}: {told:?}");
        };
        assert_eq!((was, after), (full, size()), "{format}");
        assert!(after + 400_000 < was, "{format}: {was} {after}");
        assert_eq!(held(&mut ledger), before, "{format}");
        assert_eq!(ledger.make_shrinkable(ROOM).unwrap(), Turned::Already);
        // It is used on: opened anew, filled, erased, and smaller again.
        drop(ledger);
        let mut ledger = place.open();
        assert_eq!(held(&mut ledger), before, "{format}");
        let body = format!("{{\"x\":\"{}\"}}", "y".repeat(500_000));
        let id = ledger
            .store_result(NOW, &result(990, "qualification", &body))
            .unwrap()
            .id;
        ledger.claim(&id, "a", NOW, 1000).unwrap();
        ledger.acknowledge(&id, "a", NOW).unwrap();
        ledger.erase_acknowledged(NOW).unwrap();
        assert!(ledger.shrink(1000).unwrap() > 400_000, "{format}");
        assert!(ledger.verify().unwrap().intact(), "{format}");
    }
}

#[test]
fn inv9_12_the_power_goes_anywhere_while_a_ledger_is_turned_and_the_old_or_the_new_one_is_whole() {
    let (place, mut ledger) = older("v3");
    let before = held(&mut ledger);
    // Somebody reads, so the log is not copied back: it holds all that the turning writes.
    let reader = place.raw();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM audit")
        .unwrap();
    let told = ledger.make_shrinkable(ROOM).unwrap();
    assert!(matches!(told, Turned::Now { .. }), "{told:?}");
    let log = std::fs::read(place.0.path().join("ledger.sqlite-wal")).unwrap();
    let frame = 4096 + 24;
    assert!(log.len() > 10 * frame, "{}", log.len());
    let (mut old, mut new) = (0, 0);
    let ends = (0..=log.len()).step_by(frame / 2 + 1).chain([log.len()]);
    for end in ends {
        let cut = Place::new();
        std::fs::copy(place.db(), cut.db()).unwrap();
        std::fs::copy(place.head(), cut.head()).unwrap();
        std::fs::write(cut.0.path().join("ledger.sqlite-wal"), &log[..end]).unwrap();
        let mut ledger = cut.open();
        assert_eq!(held(&mut ledger), before, "{end} of {}", log.len());
        if ledger.shrinks().unwrap() {
            new += 1;
        } else {
            old += 1;
            // The next start does it.
            let told = ledger.make_shrinkable(ROOM).unwrap();
            assert!(matches!(told, Turned::Now { .. }), "{end}: {told:?}");
            assert_eq!(held(&mut ledger), before, "{end}");
        }
    }
    assert!(old > 20 && new >= 1, "{old} {new}");
}
