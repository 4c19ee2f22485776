//! Invariants 9 and 10: a result, its consents, its follow-up and the end of its inquiry are one transaction. A power cut leaves
//! all of it or nothing, and so does a refusal.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

mod common;

use common::{NOW, Place, result};
use ledger::{Beside, Ledger, LedgerError, NewAsk, NewConsent, NewFollowUp, NewResult};

fn consent(visit: u64, kind: &str) -> NewConsent {
    NewConsent {
        visit,
        kind: kind.into(),
        flow: "reader".into(),
        flag: "1".into(),
        given_at: Some(NOW),
        until: Some(NOW + 1000),
        person: String::new(),
    }
}

fn beside(new: &NewResult) -> Beside {
    Beside {
        consents: vec![
            consent(new.visit, "medicines"),
            consent(new.visit, "checkups"),
        ],
        follow_up: Some(NewFollowUp {
            visit: new.visit,
            reader: new.reader.clone(),
            result_id: new.id(),
            reason: "unentrusted".into(),
            note: "架空市福祉事務所".into(),
        }),
        state: vec![(format!("unentrusted:{}", new.id()), "[]".into())],
    }
}

/// How much there is of each: result, its event, consents, follow-ups, its event, state, ended inquiries, audit records.
fn counts(connection: &rusqlite::Connection) -> [i64; 6] {
    [
        "SELECT count(*) FROM results",
        "SELECT count(*) FROM consents",
        "SELECT count(*) FROM follow_ups",
        "SELECT count(*) FROM state",
        "SELECT count(*) FROM events",
        "SELECT count(*) FROM inquiries WHERE state = 'done'",
    ]
    .map(|sql| connection.query_row(sql, [], |row| row.get(0)).unwrap())
}

fn records(ledger: &Ledger) -> usize {
    ledger.audit_records(0, 1000).unwrap().len()
}

#[test]
fn inv9_a_power_cut_anywhere_in_the_log_leaves_all_or_nothing() {
    let place = Place::new();
    let mut ledger = place.open();
    let inquiry = ledger.queue_inquiry(NOW, 5, "Reader 0", "{}").unwrap();
    let log = place.0.path().join("ledger.sqlite-wal");
    let before = std::fs::read(&log).unwrap().len();
    let audited = records(&ledger);
    let new = result(5, "qualification", "{\"a\":1}");
    let stored = ledger
        .complete_inquiry(inquiry, NOW, &new, &beside(&new))
        .unwrap();
    assert_eq!(stored.id, new.id());
    assert_eq!(
        records(&ledger),
        audited + 1,
        "one audit record for all of it"
    );
    let detail = ledger.audit_records(audited as u64, 1).unwrap();
    let detail = serde_json::to_string(&detail).unwrap();
    for part in ["medicines", "unentrusted", "inquiry-completed"] {
        assert!(detail.contains(part), "{detail}");
    }
    assert!(!detail.contains("架空"), "{detail}");

    let whole = std::fs::read(&log).unwrap();
    assert!(whole.len() > before);
    let (mut nothing, mut all) = (0, 0);
    for length in (before..=whole.len()).step_by(256).chain([whole.len()]) {
        let torn = tempfile::tempdir().unwrap();
        let file = torn.path().join("ledger.sqlite");
        std::fs::copy(place.db(), &file).unwrap();
        std::fs::write(torn.path().join("ledger.sqlite-wal"), &whole[..length]).unwrap();
        match counts(&rusqlite::Connection::open(&file).unwrap()) {
            [0, 0, 0, 0, 0, 0] => nothing += 1,
            [1, 2, 1, 1, 2, 1] => all += 1,
            part => panic!("{length} of {} bytes: {part:?}", whole.len()),
        }
    }
    assert!(nothing > 4 && all >= 1, "{nothing} {all}");
}

#[test]
fn inv10_what_belongs_to_another_visit_is_refused_with_everything() {
    let place = Place::new();
    let mut ledger = place.open();
    let inquiry = ledger.queue_inquiry(NOW, 5, "Reader 0", "{}").unwrap();
    let audited = records(&ledger);
    let new = result(5, "qualification", "{}");
    let other = result(6, "qualification", "{}");
    let mut consents = beside(&new);
    consents.consents = vec![consent(6, "medicines")];
    let mut state = beside(&new);
    state.state = vec![("x".repeat(300), String::new())];
    for wrong in [beside(&other), consents, state] {
        let refused = ledger.complete_inquiry(inquiry, NOW, &new, &wrong);
        assert!(
            matches!(
                refused,
                Err(LedgerError::VisitMismatch | LedgerError::Unacceptable(_))
            ),
            "{refused:?}"
        );
        assert_eq!(counts(&place.raw()), [0; 6]);
    }
    assert_eq!(records(&ledger), audited);
    assert_eq!(
        ledger.open_inquiries().unwrap().len(),
        1,
        "it is asked again"
    );
    ledger
        .complete_inquiry(inquiry, NOW, &new, &beside(&new))
        .unwrap();
    assert_eq!(counts(&place.raw()), [1, 2, 1, 1, 2, 1]);
}

#[test]
fn inv9_asks_and_results_without_a_card_keep_theirs_once() {
    let place = Place::new();
    let mut ledger = place.open();
    let ask = NewAsk {
        client: "rececon".into(),
        key: "k".into(),
        visit: 7,
        job: None,
        request_json: "{}".into(),
    };
    let ask = ledger.queue_ask(NOW, &ask).unwrap();
    let new = result(7, "qualification", "{}");
    for _ in 0..2 {
        let id = ledger.answer_ask(NOW, ask, &new, &beside(&new)).unwrap();
        assert_eq!(id, new.id());
    }
    let alone = result(8, "qualification", "{}");
    for _ in 0..2 {
        ledger
            .store_result_with(NOW, &alone, &beside(&alone))
            .unwrap();
    }
    assert_eq!(counts(&place.raw()), [2, 4, 2, 2, 4, 0]);
    assert_eq!(ledger.follow_ups(0, true, 10).unwrap().len(), 2);
    assert!(ledger.verify().unwrap().intact());
}
