//! Invariant 12: a damaged file is set aside and followed by a ledger that is linked to the old head; a backup is taken while others
//! write, and taking it back into use stands on record; an exported chain is checked without the key.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{NOW, Place, options, result};
use ledger::FindingKind::{
    Changed, CutOff, EndMissing, HeadDiffers, HeadForged, Inserted, Removed,
};
use ledger::{FindingKind, Ledger, LedgerError, ResultFilter, SignedHead};
use serde_json::json;

fn filled(count: u64) -> Place {
    let place = Place::new();
    let mut ledger = place.open();
    for visit in 0..count {
        let body = format!("{{\"v\":{visit},\"x\":\"{}\"}}", "y".repeat(3000));
        let id = ledger
            .store_result(NOW, &result(visit, "qualification", &body))
            .unwrap()
            .id;
        if visit % 3 == 0 {
            ledger.claim(&id, "a", NOW, 1000).unwrap();
        }
        if visit % 6 == 0 {
            ledger.acknowledge(&id, "a", NOW).unwrap();
        }
    }
    ledger.put_state("guard", "kept").unwrap();
    ledger
        .queue_inquiry(NOW, 1000, "Reader 0", "{\"waits\":1}")
        .unwrap();
    place
}

/// Overwrites part of the file's middle, as a dying disk does.
fn damage(place: &Place, page: usize, pages: usize) {
    let mut bytes = std::fs::read(place.db()).unwrap();
    for byte in bytes.iter_mut().skip(page * 4096).take(pages * 4096) {
        *byte ^= 0x5a;
    }
    std::fs::write(place.db(), bytes).unwrap();
}

/// One bad block in one message must not hide everybody else's.
#[test]
fn a_result_whose_message_does_not_open_is_listed_and_the_others_are_whole() {
    let place = filled(4);
    place
        .raw()
        .execute("UPDATE results SET body = x'00112233' WHERE seq = 2", [])
        .unwrap();
    let ledger = place.open();
    let all = ledger.results(ResultFilter::default()).unwrap();
    let read: Vec<_> = all.iter().map(|one| !one.body_json.is_empty()).collect();
    assert_eq!(read, [true, false, true, true]);
    let broken = all.get(1).unwrap();
    assert!(broken.simulated == all.first().unwrap().simulated);
    assert!(ledger.result(&broken.id).is_err(), "alone it is an error");
    assert_eq!(ledger.newest_results(10).unwrap().len(), 4);
}

#[test]
fn inv12_a_damaged_file_is_set_aside_and_the_new_ledger_is_linked_to_the_old_head() {
    let place = filled(40);
    let before = place.open().verify().unwrap();
    // The schema itself is gone: nothing can be read at all.
    damage(&place, 0, 1);
    let Err(LedgerError::Corrupt(_)) = place.try_open() else {
        panic!("opened")
    };
    let (mut ledger, replaced) = Ledger::replace_corrupt(place.options(), NOW + 1).unwrap();
    assert_eq!(
        (replaced.old_head, replaced.rows("results")),
        (before.head_seq, 0)
    );
    assert!(replaced.aside.exists());
    let report = ledger.verify().unwrap();
    assert!(report.intact(), "{report:?}");
    assert_eq!(report.joints.len(), 1);
    let joint = report.joints.first().unwrap();
    assert_eq!(
        (joint.after, joint.seq, &joint.hash),
        (0, before.records, &before.newest_hash)
    );
    let first = ledger.audit_records(0, 1).unwrap().pop().unwrap();
    assert_eq!(
        (first.action.as_str(), first.seq),
        ("ledger-begun-after-damage", before.records + 1)
    );
    assert_eq!(first.prev, before.newest_hash, "linked by its hash");
    assert!(
        ledger.latest_event_seq().unwrap() >= 40,
        "no number is given twice"
    );
    ledger
        .store_result(NOW, &result(100, "qualification", "{}"))
        .unwrap();
    drop(ledger);
    let mut ledger = place.open();
    assert!(ledger.verify().unwrap().intact());
    // Tampering behind the joint is found as anywhere.
    place
        .raw()
        .execute_batch(&format!(
            "DELETE FROM audit WHERE seq = {}",
            before.records + 1
        ))
        .unwrap();
    let findings = ledger.verify().unwrap().findings;
    assert_eq!(findings.first().unwrap().kind, Removed, "{findings:?}");
}

#[test]
fn inv9_what_can_still_be_read_of_a_damaged_file_is_delivered() {
    let mut rescued_most = 0;
    for page in [20, 30, 40] {
        let place = filled(60);
        let before = place
            .open()
            .results(ResultFilter {
                limit: 100,
                ..ResultFilter::default()
            })
            .unwrap();
        damage(&place, page, 2);
        // The damage may lie where opening does not look.
        let (ledger, replaced) = match Ledger::replace_corrupt(place.options(), NOW + 1) {
            Ok(done) => done,
            Err(LedgerError::Unacceptable(_)) => continue,
            Err(error) => panic!("{error:?}"),
        };
        let rows = ledger
            .results(ResultFilter {
                limit: 100,
                ..ResultFilter::default()
            })
            .unwrap();
        assert_eq!(rows.len(), replaced.rows("results"));
        for row in &rows {
            let was = before.iter().find(|was| was.id == row.id).unwrap();
            assert_eq!(
                (&row.body_json, &row.owner),
                (&was.body_json, &was.owner),
                "same id, same body, same owner"
            );
            assert_eq!(
                row.state, was.state,
                "what was taken over is not delivered again"
            );
        }
        rescued_most = rescued_most.max(rows.len());
    }
    assert!(rescued_most > 10, "{rescued_most}");
}

#[test]
fn inv12_a_whole_file_and_a_wrong_key_are_never_replaced() {
    let place = filled(5);
    let whole = Ledger::replace_corrupt(place.options(), NOW);
    assert!(matches!(whole, Err(LedgerError::Unacceptable(_))));
    // A sound file that somebody made look like another program's is no damage: it stays where it is, with everything in it.
    place
        .raw()
        .execute_batch("DELETE FROM results; PRAGMA application_id = 0")
        .unwrap();
    assert!(matches!(place.try_open(), Err(LedgerError::Corrupt(_))));
    let sound = Ledger::replace_corrupt(place.options(), NOW);
    assert!(
        matches!(sound, Err(LedgerError::Unacceptable(_))),
        "{:?}",
        sound.map(|(_, replaced)| replaced)
    );
    damage(&place, 0, 1);
    let bytes = std::fs::read(place.db()).unwrap();
    let wrong_key = Ledger::replace_corrupt(options(place.0.path(), 8, false), NOW);
    assert!(matches!(wrong_key, Err(LedgerError::WrongKey)));
    let head = std::fs::read(place.head()).unwrap();
    std::fs::remove_file(place.head()).unwrap();
    assert!(matches!(
        Ledger::replace_corrupt(place.options(), NOW),
        Err(LedgerError::Missing)
    ));
    assert_eq!(std::fs::read(place.db()).unwrap(), bytes, "left as it was");
    std::fs::write(place.head(), head).unwrap();
    assert!(Ledger::replace_corrupt(place.options(), NOW).is_ok());
}

#[test]
fn a_backup_is_taken_beside_a_writer_and_its_return_stands_on_record() {
    let place = filled(10);
    let mut ledger = place.open();
    let copy = place.0.path().join("backup.db");
    let writer = std::thread::spawn(move || {
        for visit in 200..230 {
            ledger
                .store_result(NOW, &result(visit, "qualification", "{}"))
                .unwrap();
        }
        ledger
    });
    ledger::backup(&place.db(), &copy).unwrap();
    let mut ledger = writer.join().unwrap();
    assert!(
        matches!(
            ledger::backup(&place.db(), &copy),
            Err(LedgerError::Io { .. })
        ),
        "never over another file"
    );
    ledger.append_audit(NOW, "a", "b", &json!({})).unwrap();
    let newest = ledger.verify().unwrap().records;
    drop(ledger);
    // Nothing to decide while the file is as new as its head.
    let accepted = ledger::accept_restored(&place.options(), NOW, "suzuki", "disk replaced");
    assert!(
        matches!(accepted, Err(LedgerError::NotOlder)),
        "{accepted:?}"
    );

    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", place.db().display()));
    }
    std::fs::copy(&copy, place.db()).unwrap();
    let Err(LedgerError::Tampered(finding)) = place.try_open() else {
        panic!("opened silently")
    };
    assert_eq!(finding.kind, CutOff);
    let (from, to) =
        ledger::accept_restored(&place.options(), NOW, "suzuki", "disk replaced").unwrap();
    assert_eq!((from, to), (finding.seq, newest));
    let mut ledger = place.open();
    let report = ledger.verify().unwrap();
    assert!(report.intact() && report.joints.len() == 1, "{report:?}");
    let last = ledger.audit_records(newest, 10).unwrap();
    assert_eq!(
        (last[0].action.as_str(), last[0].actor.as_str()),
        ("ledger-restored", "suzuki")
    );
    assert!(
        ledger.latest_event_seq().unwrap() >= newest,
        "no event number is given twice"
    );
}

/// An exported chain as lines, with the ledger's public key.
fn exported(place: &Place) -> (Vec<String>, String) {
    let mut out = Vec::new();
    ledger::export(place.options(), 0, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let public = place.open().signed_head().unwrap().unwrap().public_key;
    (text.lines().map(str::to_owned).collect(), public)
}

fn check(lines: &[String], public: &str) -> Vec<(u64, FindingKind)> {
    let text = lines.join("\n");
    let report = ledger::verify_export(text.as_bytes(), Some(public)).unwrap();
    report
        .findings
        .into_iter()
        .map(|finding| (finding.seq, finding.kind))
        .collect()
}

#[test]
fn inv12_an_exported_chain_is_checked_without_the_key_and_names_the_place() {
    let place = filled(4);
    let (lines, public) = exported(&place);
    let count = lines.len();
    assert_eq!(check(&lines, &public), []);
    assert!(
        !lines.concat().contains("yyyy"),
        "no body of a result is in it"
    );

    let with = |change: &dyn Fn(&mut Vec<String>)| {
        let mut changed = lines.clone();
        change(&mut changed);
        check(&changed, &public)
    };
    assert_eq!(
        with(&|l| l[2] = l[2].replace("\"actor\":\"", "\"actor\":\"x")),
        [(3, Changed)]
    );
    assert_eq!(
        with(&|l| l[2] = l[2].replace("qualification", "medicines")),
        [(3, Changed)]
    );
    assert_eq!(with(&|l| drop(l.remove(3))), [(4, Removed)]);
    let inserted = with(&|l| l.insert(3, l[2].clone()));
    assert_eq!(inserted.first(), Some(&(3, Inserted)), "{inserted:?}");
    assert_eq!(
        with(&|l| l.truncate(count - 3)),
        [((count - 3) as u64, EndMissing)]
    );
    // Only the signed head is missing: all records are there.
    assert_eq!(
        with(&|l| l.truncate(count - 1)),
        [((count - 1) as u64, EndMissing)]
    );
    assert_eq!(with(&Vec::clear), [(0, EndMissing)]);
    let cut_before_head = with(&|l| drop(l.remove(count - 2)));
    assert_eq!(cut_before_head, [((count - 1) as u64, CutOff)]);
    assert_eq!(with(&|l| l.push(l[1].clone())).first().unwrap().1, Inserted);
    assert_eq!(
        check(&lines, &"0".repeat(64)),
        [((count - 1) as u64, HeadForged)],
        "another terminal's key"
    );
    // Everything after a change computed anew: each record is whole, but the signed head is another's.
    let other = filled(4);
    other
        .open()
        .append_audit(NOW, "x", "y", &json!({}))
        .unwrap();
    let (others, _) = exported(&other);
    let mut forged = others[..others.len() - 1].to_vec();
    forged.push(lines.last().unwrap().clone());
    assert_eq!(check(&forged, &public).last().unwrap().1, HeadDiffers);
}

/// What the last line says of joints is anybody's word; a gap is explained only by the record behind it.
#[test]
fn inv12_no_made_up_joint_hides_removed_records_in_an_export() {
    let place = filled(20);
    let (lines, public) = exported(&place);
    let field = |line: &str, name: &str| -> serde_json::Value {
        serde_json::from_str::<serde_json::Value>(line).unwrap()[name].clone()
    };
    // Records 11 to 20 are taken out, and the last line says that the chain goes on behind them.
    let mut forged = lines.clone();
    let prev = field(&lines[20], "prev");
    forged.drain(10..20);
    let mut end: serde_json::Value = serde_json::from_str(forged.last().unwrap()).unwrap();
    end["joints"] = json!([{"after": 10, "seq": 20, "hash": prev}]);
    *forged.last_mut().unwrap() = end.to_string();
    assert_eq!(check(&forged, &public), [(11, Removed)]);
}

/// A true joint is followed and named, in the ledger and in an export of it, from the beginning and from the middle; what is removed
/// beside it is found.
#[test]
fn inv12_a_true_joint_is_named_in_an_export_and_hides_nothing_else() {
    let place = filled(4);
    let copy = place.0.path().join("backup.db");
    ledger::backup(&place.db(), &copy).unwrap();
    let kept = place.open().verify().unwrap().records;
    for visit in 300..304 {
        place
            .open()
            .store_result(NOW, &result(visit, "qualification", "{}"))
            .unwrap();
    }
    std::fs::copy(&copy, place.db()).unwrap();
    ledger::accept_restored(&place.options(), NOW, "suzuki", "disk replaced").unwrap();
    place
        .open()
        .append_audit(NOW, "a", "b", &json!({}))
        .unwrap();
    let (lines, public) = exported(&place);
    let joints = |lines: &[String]| {
        let report = ledger::verify_export(lines.join("\n").as_bytes(), Some(&public)).unwrap();
        assert_eq!(report.findings, []);
        let joints = report.joints.iter().map(|joint| (joint.after, joint.seq));
        joints.collect::<Vec<_>>()
    };
    assert_eq!(joints(&lines), [(kept, kept + 4)]);
    let mut less = lines.clone();
    less.remove(kept as usize - 1);
    assert_eq!(check(&less, &public), [(kept, Removed)]);
    // Everything before the joint, with the claim that nothing is missing.
    let from_joint = lines[kept as usize..].to_vec();
    assert_eq!(check(&from_joint, &public), [(1, Removed)]);

    // A ledger behind a damaged one begins with its joint.
    damage(&place, 0, 1);
    let (ledger, replaced) = Ledger::replace_corrupt(place.options(), NOW + 1).unwrap();
    drop(ledger);
    let mut out = Vec::new();
    ledger::export(place.options(), 0, &mut out).unwrap();
    let report = ledger::verify_export(out.as_slice(), None).unwrap();
    assert_eq!(
        (report.findings, report.first),
        (vec![], replaced.old_head + 1)
    );
    let joint = report.joints.first().unwrap();
    assert_eq!((joint.after, joint.seq), (0, replaced.old_head));
}

#[test]
fn inv12_yesterdays_database_and_head_together_are_found_by_a_head_noted_elsewhere() {
    let place = filled(3);
    let (old_db, old_head) = (
        std::fs::read(place.db()).unwrap(),
        std::fs::read(place.head()).unwrap(),
    );
    let mut ledger = place.open();
    let early = ledger.signed_head().unwrap().unwrap();
    ledger.append_audit(NOW, "a", "b", &json!({})).unwrap();
    let noted = ledger.signed_head().unwrap().unwrap();
    drop(ledger);
    let compare = |head: &SignedHead| {
        ledger::compare_head(&place.options(), head)
            .unwrap()
            .map(|finding| finding.kind)
    };
    assert_eq!((compare(&noted), compare(&early)), (None, None));
    std::fs::write(place.db(), old_db).unwrap();
    std::fs::write(place.head(), old_head).unwrap();
    assert!(
        Ledger::inspect(place.options()).unwrap().intact(),
        "by themselves they agree"
    );
    assert_eq!(compare(&noted), Some(CutOff));
    let mut ledger = place.open();
    ledger
        .append_audit(NOW, "another", "past", &json!({}))
        .unwrap();
    drop(ledger);
    assert_eq!(compare(&noted), Some(HeadDiffers));
    assert_eq!(compare(&early), None);
    let forged = SignedHead { seq: 1, ..noted };
    assert_eq!(compare(&forged), Some(HeadForged));
}
