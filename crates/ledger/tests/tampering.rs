//! Invariant 12: a changed, removed, inserted or cut-off audit record is found and its place named.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

mod common;

use common::{NOW, Place};
use ledger::FindingKind::{
    Changed, CutOff, HeadDiffers, HeadForged, HeadMissing, Inserted, Removed,
};
use ledger::{FindingKind, Ledger, LedgerError};
use serde_json::json;

/// A ledger with records 1 (its creation) to 9.
fn nine() -> Place {
    let place = Place::new();
    append(&place, 8);
    place
}

fn append(place: &Place, count: usize) {
    let mut ledger = place.open();
    for n in 0..count {
        ledger
            .append_audit(NOW + n as i64, "staff", "looked", &json!({"n": n}))
            .unwrap();
    }
}

/// The number of a record and what was done to it.
type Where = (u64, FindingKind);

fn findings(place: &Place) -> Vec<Where> {
    let report = Ledger::inspect(place.options()).unwrap();
    report
        .findings
        .into_iter()
        .map(|finding| (finding.seq, finding.kind))
        .collect()
}

/// SQL that moves all records from `from` on by `by` places.
fn shift(from: u64, by: i64) -> String {
    format!(
        "UPDATE audit SET seq = -(seq + {by}) WHERE seq >= {from}; UPDATE audit SET seq = -seq WHERE seq < 0;"
    )
}

#[test]
fn inv12_every_kind_of_tampering_is_found_at_its_place() {
    let copy = |from: &str, to: u64| {
        format!(
            "INSERT INTO audit SELECT {to}, at, actor, action, detail, prev, hash FROM audit WHERE seq = {from};"
        )
    };
    let rows: Vec<(&str, String, Vec<Where>)> = vec![
        ("nothing", String::new(), vec![]),
        (
            "time",
            "UPDATE audit SET at = at + 1 WHERE seq = 4".into(),
            vec![(4, Changed)],
        ),
        (
            "actor",
            "UPDATE audit SET actor = 'x' WHERE seq = 4".into(),
            vec![(4, Changed)],
        ),
        (
            "action",
            "UPDATE audit SET action = 'x' WHERE seq = 1".into(),
            vec![(1, Changed)],
        ),
        (
            "detail of another record",
            "UPDATE audit SET detail = (SELECT detail FROM audit WHERE seq = 5) WHERE seq = 4"
                .into(),
            vec![(4, Changed)],
        ),
        (
            "detail cut",
            "UPDATE audit SET detail = x'' WHERE seq = 4".into(),
            vec![(4, Changed)],
        ),
        (
            "hash",
            "UPDATE audit SET hash = x'00' WHERE seq = 4".into(),
            vec![(4, Changed)],
        ),
        (
            "the newest",
            "UPDATE audit SET actor = 'x' WHERE seq = 9".into(),
            vec![(9, Changed)],
        ),
        (
            "removed",
            "DELETE FROM audit WHERE seq = 4".into(),
            vec![(4, Removed)],
        ),
        (
            "first removed",
            "DELETE FROM audit WHERE seq = 1".into(),
            vec![(1, Removed)],
        ),
        (
            "removed, gap closed",
            format!("DELETE FROM audit WHERE seq = 4; {}", shift(5, -1)),
            vec![(4, Removed)],
        ),
        (
            "two removed",
            "DELETE FROM audit WHERE seq IN (3, 6)".into(),
            vec![(3, Removed), (6, Removed)],
        ),
        (
            "inserted",
            format!("{} {}", shift(5, 1), copy("4", 5)),
            vec![(5, Inserted)],
        ),
        ("appended", copy("9", 10), vec![(10, Inserted)]),
        (
            "appended with the right link",
            format!(
                "{} UPDATE audit SET prev = (SELECT hash FROM audit WHERE seq = 9) WHERE seq = 10",
                copy("9", 10)
            ),
            vec![(10, Inserted)],
        ),
        (
            "cut off",
            "DELETE FROM audit WHERE seq > 7".into(),
            vec![(8, CutOff)],
        ),
        ("all cut off", "DELETE FROM audit".into(), vec![(1, CutOff)]),
        (
            "exchanged",
            "UPDATE audit SET seq = -4 WHERE seq = 4; UPDATE audit SET seq = 4 WHERE seq = 5;
             UPDATE audit SET seq = 5 WHERE seq = -4"
                .into(),
            vec![(4, Inserted), (5, Removed)],
        ),
    ];
    for (name, sql, expected) in rows {
        let place = nine();
        place.raw().execute_batch(&sql).unwrap();
        assert_eq!(findings(&place), expected, "{name}");
        if ["appended", "cut off"].iter().any(|end| name.contains(end)) {
            let refused = matches!(place.try_open(), Err(LedgerError::Tampered(_)));
            assert!(refused, "{name}: opened");
        }
    }
}

#[test]
fn inv12_yesterdays_file_put_back_is_found() {
    let place = nine();
    let yesterday = std::fs::read(place.db()).unwrap();
    append(&place, 3);
    std::fs::write(place.db(), &yesterday).unwrap();
    assert_eq!(findings(&place), [(10, CutOff)]);
    let refused = place.try_open();
    assert!(
        matches!(refused, Err(LedgerError::Tampered(finding)) if finding.kind == CutOff && finding.seq == 10)
    );
}

#[test]
fn inv12_history_rewritten_with_the_key_is_found_by_the_head() {
    let place = nine();
    let (old_db, old_head) = (
        std::fs::read(place.db()).unwrap(),
        std::fs::read(place.head()).unwrap(),
    );
    append(&place, 2);
    let true_head = std::fs::read(place.head()).unwrap();
    std::fs::write(place.db(), &old_db).unwrap();
    std::fs::write(place.head(), &old_head).unwrap();
    let mut ledger = place.open();
    ledger
        .append_audit(NOW, "nobody", "rewrote", &json!({}))
        .unwrap();
    ledger
        .append_audit(NOW, "nobody", "rewrote", &json!({}))
        .unwrap();
    drop(ledger);
    std::fs::write(place.head(), &true_head).unwrap();
    assert_eq!(findings(&place), [(11, HeadDiffers)]);
    assert!(matches!(place.try_open(), Err(LedgerError::Tampered(_))));
}

#[test]
fn inv12_a_head_that_is_gone_or_not_ours_is_found() {
    let place = nine();
    let head = std::fs::read_to_string(place.head()).unwrap();
    for (text, expected) in [
        (head.replace("\"seq\":9", "\"seq\":8"), HeadForged),
        ("{}".into(), HeadForged),
        ("x".repeat(100_000), HeadForged),
        (String::new(), HeadForged),
    ] {
        std::fs::write(place.head(), text).unwrap();
        assert_eq!(findings(&place), [(9, expected)]);
        assert!(matches!(place.try_open(), Err(LedgerError::Tampered(_))));
    }
    std::fs::remove_file(place.head()).unwrap();
    assert_eq!(findings(&place), [(9, HeadMissing)]);
    assert!(matches!(place.try_open(), Err(LedgerError::Tampered(_))));
}

#[test]
fn inv12_an_open_ledger_refuses_to_write_over_tampering() {
    let place = nine();
    let mut ledger = place.open();
    place
        .raw()
        .execute_batch("DELETE FROM audit WHERE seq = 9")
        .unwrap();
    let refused = ledger.append_audit(NOW, "a", "b", &json!({}));
    assert!(
        matches!(refused, Err(LedgerError::Tampered(_))),
        "{refused:?}"
    );
    assert_eq!(
        findings(&place),
        [(9, CutOff)],
        "the evidence is not covered up"
    );
}

/// The check beside a writer that does not wait: never a false alarm, and nothing that is written is refused.
#[test]
fn inv12_a_check_beside_the_writer_raises_no_alarm_and_holds_nobody_up() {
    let place = nine();
    let mut ledger = place.open();
    let mut checker = ledger.checker().unwrap();
    let (end, ended) = std::sync::mpsc::channel::<()>();
    let checking = std::thread::spawn(move || {
        let mut checks = 0;
        while ended.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
            let report = checker.verify().unwrap();
            assert_eq!(report.findings, [], "after {checks} checks");
            checks += 1;
        }
        checks
    });
    for n in 0..400 {
        let new = common::result(n, "qualification", "{}");
        let id = ledger.store_result(NOW, &new).unwrap().id;
        if n % 2 == 0 {
            ledger.claim(&id, "a", NOW, 1000).unwrap();
        }
    }
    end.send(()).unwrap();
    let checks = checking.join().unwrap();
    assert!(checks > 3, "{checks}");
}
