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

/// Also: whoever was killed in the middle is not killed for the same again. The log is cut where it had come to.
#[test]
fn inv9_12_15_the_power_goes_while_a_ledgers_log_is_written_and_the_old_or_the_new_one_is_whole() {
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
    let (mut not_begun, mut killed, mut new) = (0, 0, 0);
    let ends = (0..=log.len()).step_by(frame / 2 + 1).chain([log.len()]);
    for end in ends {
        let cut = Place::new();
        std::fs::copy(place.db(), cut.db()).unwrap();
        std::fs::copy(place.head(), cut.head()).unwrap();
        std::fs::write(cut.0.path().join("ledger.sqlite-wal"), &log[..end]).unwrap();
        let mut ledger = cut.open();
        assert_eq!(held(&mut ledger), before, "{end} of {}", log.len());
        let was = ledger.shrinks().unwrap();
        match ledger.make_shrinkable(ROOM).unwrap() {
            Turned::Already if was => new += 1,
            // The next start does it.
            Turned::Now { .. } if !was => not_begun += 1,
            Turned::Unfinished if !was => {
                killed += 1;
                // Nor does any later start.
                drop(ledger);
                ledger = cut.open();
                assert_eq!(ledger.make_shrinkable(ROOM).unwrap(), Turned::Unfinished);
                assert!(!ledger.shrinks().unwrap(), "{end}");
            }
            told => panic!("{end}: {told:?}"),
        }
        assert_eq!(held(&mut ledger), before, "{end}");
    }
    assert!(
        not_begun >= 1 && killed > 20 && new >= 1,
        "{not_begun} {killed} {new}"
    );
}

/// Names the folder to the process that may write no large file.
const LIMITED: &str = "UKETSUKE_TEST_LIMITED";

/// The disk fills in the middle: that is an error and no death, what was written in vain does not stay on the disk, and a later start tries
/// again. The disk is one that takes no file beyond 200 KiB (`ulimit -f`), in a process of its own.
#[test]
fn inv9_15_a_disk_that_fills_while_a_ledger_is_turned_leaves_it_as_it_was_and_no_log() {
    let open = |folder: &Path| Ledger::open(common::options(folder, 7, false), NOW);
    if let Some(folder) = std::env::var_os(LIMITED) {
        let folder = Path::new(&folder);
        let mut ledger = open(folder).unwrap();
        let failed = ledger.make_shrinkable(ROOM);
        assert!(failed.is_err(), "{failed:?}");
        let log = std::fs::metadata(folder.join("ledger.sqlite-wal")).unwrap();
        assert_eq!(log.len() / 16_384, 0, "{} bytes of it", log.len());
        return;
    }
    let (place, mut ledger) = older("v3");
    let body = format!("{{\"x\":\"{}\"}}", "y".repeat(100_000));
    for visit in 950..958 {
        ledger
            .store_result(NOW, &result(visit, "qualification", &body))
            .unwrap();
    }
    ledger.settle().unwrap();
    let before = held(&mut ledger);
    drop(ledger);
    let name = "inv9_15_a_disk_that_fills_while_a_ledger_is_turned_leaves_it_as_it_was_and_no_log";
    let limited = std::process::Command::new("sh")
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f 400; exec \"$0\" --exact \"$1\"",
        ])
        .arg(std::env::current_exe().unwrap())
        .arg(name)
        .env(LIMITED, place.0.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&limited.stdout);
    assert!(limited.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
    let mut ledger = place.open();
    assert_eq!(held(&mut ledger), before);
    assert!(!ledger.shrinks().unwrap());
    let told = ledger.make_shrinkable(ROOM).unwrap();
    assert!(matches!(told, Turned::Now { .. }), "{told:?}");
    assert_eq!(held(&mut ledger), before);
}
