//! Invariants 12 and 13: what opens, what does not, and that an empty ledger never takes the place of one that does not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

mod common;

use common::{NOW, Place, options, result};
use ledger::{FindingKind, Ledger, LedgerError, ResultFilter};

fn filled() -> Place {
    let place = Place::new();
    place
        .open()
        .store_result(NOW, &result(1, "qualification", "{}"))
        .unwrap();
    place
}

fn count(place: &Place) -> usize {
    place.open().results(ResultFilter::default()).unwrap().len()
}

#[test]
fn inv12_a_wrong_key_opens_nothing_and_begins_nothing() {
    let place = filled();
    let before = std::fs::read(place.db()).unwrap();
    let refused = Ledger::open(options(place.0.path(), 8, false), NOW);
    assert!(matches!(refused, Err(LedgerError::WrongKey)));
    assert_eq!(std::fs::read(place.db()).unwrap(), before);
    assert_eq!(count(&place), 1, "the right key still opens it");
}

#[test]
fn inv13_simulation_and_production_do_not_open_each_other() {
    let place = filled();
    let refused = Ledger::open(options(place.0.path(), 7, true), NOW);
    assert!(matches!(
        refused,
        Err(LedgerError::SimulationMismatch { ledger: false })
    ));
    // Turning the flag in the file gains nothing: the seals know the world as well.
    place
        .raw()
        .execute_batch("UPDATE meta SET value = x'01' WHERE key = 'simulated'")
        .unwrap();
    let refused = Ledger::open(options(place.0.path(), 7, true), NOW);
    assert!(matches!(refused, Err(LedgerError::WrongKey)));
    assert!(matches!(
        place.try_open(),
        Err(LedgerError::SimulationMismatch { ledger: true })
    ));
}

#[test]
fn inv13_simulated_results_say_so_and_do_not_enter_a_productive_ledger() {
    let place = Place::new();
    let mut ledger = Ledger::open(options(place.0.path(), 7, true), NOW).unwrap();
    let mut new = result(1, "qualification", "{}");
    assert!(matches!(
        ledger.store_result(NOW, &new),
        Err(LedgerError::SimulationMismatch { ledger: true })
    ));
    new.simulated = true;
    let stored = ledger.store_result(NOW, &new).unwrap();
    assert!(stored.simulated && stored.id.starts_with("sim-"));
    let productive = Place::new();
    let refused = productive.open().store_result(NOW, &new);
    assert!(matches!(
        refused,
        Err(LedgerError::SimulationMismatch { ledger: false })
    ));
}

#[test]
fn inv12_a_lost_database_is_not_replaced_by_an_empty_one() {
    let place = filled();
    std::fs::remove_file(place.db()).unwrap();
    assert!(matches!(place.try_open(), Err(LedgerError::Missing)));
    std::fs::write(place.db(), b"").unwrap();
    assert!(
        matches!(place.try_open(), Err(LedgerError::Missing)),
        "an empty file is no better"
    );
    let blank = rusqlite::Connection::open(place.db()).unwrap();
    blank
        .query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))
        .unwrap();
    drop(blank);
    assert!(
        matches!(place.try_open(), Err(LedgerError::Missing)),
        "nor a blank database"
    );
}

#[test]
fn inv15_files_that_are_no_ledger_are_refused_and_left_alone() {
    let place = Place::new();
    std::fs::write(
        place.db(),
        b"this is not a database, but long enough to look at".repeat(200),
    )
    .unwrap();
    let before = std::fs::read(place.db()).unwrap();
    assert!(matches!(place.try_open(), Err(LedgerError::Corrupt(_))));
    assert_eq!(std::fs::read(place.db()).unwrap(), before);

    let place = Place::new();
    place.raw().execute_batch("CREATE TABLE other (x)").unwrap();
    assert!(matches!(place.try_open(), Err(LedgerError::Corrupt(_))));

    let place = filled();
    place
        .raw()
        .execute_batch("PRAGMA user_version = 99")
        .unwrap();
    assert!(matches!(
        place.try_open(),
        Err(LedgerError::TooNew { found: 99, .. })
    ));
}

#[test]
fn inv12_a_crash_between_commit_and_head_is_healed_and_recorded() {
    let place = filled();
    let old_head = std::fs::read(place.head()).unwrap();
    place
        .open()
        .store_result(NOW, &result(2, "qualification", "{}"))
        .unwrap();
    std::fs::write(place.head(), &old_head).unwrap();
    let report = Ledger::inspect(place.options()).unwrap();
    assert!(report.intact() && report.head_behind, "{report:?}");
    let records = report.records;

    let mut ledger = place.open();
    let report = ledger.verify().unwrap();
    assert!(report.intact() && !report.head_behind);
    assert_eq!(
        report.records,
        records + 1,
        "the healing itself is on record"
    );
    assert_eq!(report.head_seq, report.records);

    // Two behind is no crash.
    ledger
        .append_audit(NOW, "a", "b", &serde_json::json!({}))
        .unwrap();
    drop(ledger);
    std::fs::write(place.head(), &old_head).unwrap();
    let Err(LedgerError::Tampered(finding)) = place.try_open() else {
        panic!("opened")
    };
    assert_eq!(finding.kind, FindingKind::Inserted);
}

#[test]
fn inv12_a_crash_during_creation_is_healed() {
    let place = Place::new();
    drop(place.open());
    std::fs::remove_file(place.head()).unwrap();
    let mut ledger = place.open();
    assert!(ledger.verify().unwrap().intact());
}

#[test]
fn inv12_without_a_writable_head_a_result_is_kept_but_the_next_write_is_refused() {
    let place = filled();
    let mut ledger = place.open();
    // A directory in the way of the temporary file makes every writing of the head fail.
    let in_the_way = place.head().with_extension("json.new");
    std::fs::create_dir(&in_the_way).unwrap();
    ledger
        .store_result(NOW, &result(2, "qualification", "{}"))
        .unwrap();
    let refused = ledger.store_result(NOW, &result(3, "qualification", "{}"));
    assert!(
        matches!(refused, Err(LedgerError::Io { .. })),
        "never two ahead of the head"
    );
    std::fs::remove_dir(&in_the_way).unwrap();
    ledger
        .store_result(NOW, &result(3, "qualification", "{}"))
        .unwrap();
    let report = ledger.verify().unwrap();
    assert!(report.intact() && !report.head_behind, "{report:?}");
    assert_eq!(ledger.results(ResultFilter::default()).unwrap().len(), 3);
}

#[test]
fn inv15_a_full_disk_is_said_and_leaves_the_ledger_whole() {
    let place = Place::new();
    let mut ledger = place.open();
    ledger.limit_pages(60).unwrap();
    let body = format!("{{\"x\":\"{}\"}}", "y".repeat(20_000));
    let mut stored = 0;
    let error = loop {
        match ledger.store_result(NOW, &result(stored, "qualification", &body)) {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 100, "the limit does not work");
    };
    assert!(matches!(error, LedgerError::DiskFull), "{error:?}");
    assert_eq!(error.code(), "UK-LEDG-001");
    assert!(stored > 0);
    let results = ledger.results(ResultFilter::default()).unwrap();
    assert_eq!(
        results.len() as u64,
        stored,
        "all that was answered is there, and nothing half"
    );
    assert_eq!(ledger.latest_event_seq().unwrap(), stored);
    assert!(ledger.verify().unwrap().intact());

    ledger.limit_pages(10_000).unwrap();
    ledger
        .store_result(NOW, &result(stored, "qualification", &body))
        .unwrap();
    assert!(ledger.verify().unwrap().intact());
}

#[test]
fn files_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let mut ledger = place.open();
    ledger
        .append_audit(NOW, "a", "b", &serde_json::json!({}))
        .unwrap();
    for path in [
        place.db(),
        place.head(),
        place.0.path().join("ledger.sqlite-wal"),
    ] {
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{path:?}");
    }
}

#[test]
fn every_error_is_documented_in_the_same_words() {
    let page = include_str!("../../../docs/errors-receipt.md");
    let finding = ledger::Finding {
        seq: 1,
        kind: FindingKind::Changed,
    };
    let io = std::io::Error::other("x");
    let all = [
        LedgerError::DiskFull,
        LedgerError::WrongKey,
        LedgerError::SimulationMismatch { ledger: true },
        LedgerError::Tampered(finding),
        LedgerError::Missing,
        LedgerError::TooNew { found: 2, known: 1 },
        LedgerError::Corrupt(String::new()),
        LedgerError::Busy,
        LedgerError::NotFound,
        LedgerError::NotOwner {
            owner: String::new(),
        },
        LedgerError::NotClaimed,
        LedgerError::AlreadyAcknowledged,
        LedgerError::VisitMismatch,
        LedgerError::Unacceptable("x"),
        LedgerError::Io {
            what: "x",
            source: io,
        },
        LedgerError::KeyFile,
        LedgerError::Database(rusqlite::Error::InvalidQuery),
    ];
    let codes: std::collections::BTreeSet<_> = all.iter().map(LedgerError::code).collect();
    assert_eq!(codes.len(), all.len());
    for error in &all {
        let row = page
            .lines()
            .find(|line| line.starts_with(&format!("| {} |", error.code())));
        let row = row.unwrap_or_else(|| panic!("{} is not documented", error.code()));
        assert!(
            row.contains(error.ja()) && row.contains(error.en()),
            "{row}"
        );
    }
}
