//! Lookups by number that wait for the service: their order, and whose their answers are.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::{NOW, Place, result};
use ledger::{AskState, Beside, ClaimOutcome, LedgerError, NewAsk, NewBulkJob};

#[test]
fn what_somebody_waits_for_is_asked_before_a_bulk_job() {
    let place = Place::new();
    let mut ledger = place.open();
    let ask = |key: &str, visit, job| NewAsk {
        client: "rececon".into(),
        key: key.into(),
        visit,
        job,
        request_json: "{}".into(),
    };
    for visit in 1..4 {
        let key = format!("b{visit}");
        ledger.queue_ask(NOW, &ask(&key, visit, Some(1))).unwrap();
    }
    let single = ledger.queue_ask(NOW + 5, &ask("k", 9, None)).unwrap();
    let due = ledger.due_asks(NOW + 5, 10).unwrap();
    assert_eq!((due.len(), due[0].id), (4, single));
}

#[test]
fn inv9_an_ask_is_answered_once_and_its_asker_owns_the_answer() {
    let place = Place::new();
    let mut ledger = place.open();
    let ask = |key: &str, visit| NewAsk {
        client: "rececon".into(),
        key: key.into(),
        visit,
        job: None,
        request_json: "{\"number\":\"1\"}".into(),
    };
    let id = ledger.queue_ask(NOW, &ask("k1", 7)).unwrap();
    assert_eq!(
        ledger.queue_ask(NOW, &ask("k1", 8)).unwrap(),
        id,
        "the same key is the same ask"
    );
    ledger.postpone_ask(id, NOW + 10, "UK-CENT-001").unwrap();
    assert!(ledger.due_asks(NOW, 10).unwrap().is_empty());
    let due = ledger.due_asks(NOW + 10, 10).unwrap();
    assert_eq!(
        (due[0].attempts, due[0].request_json.as_str()),
        (1, "{\"number\":\"1\"}")
    );
    let wrong = ledger.answer_ask(
        NOW,
        id,
        &result(8, "qualification", "{}"),
        &Beside::default(),
    );
    assert!(
        matches!(wrong, Err(LedgerError::VisitMismatch)),
        "invariant 10"
    );
    let first = ledger
        .answer_ask(
            NOW,
            id,
            &result(7, "qualification", "{\"a\":1}"),
            &Beside::default(),
        )
        .unwrap();
    assert_eq!(
        ledger
            .answer_ask(
                NOW,
                id,
                &result(7, "qualification", "{\"a\":2}"),
                &Beside::default()
            )
            .unwrap(),
        first
    );
    let stored = ledger.result(&first).unwrap().unwrap();
    assert_eq!(
        (stored.owner.as_deref(), stored.body_json.as_str()),
        (Some("rececon"), "{\"a\":1}")
    );
    assert_eq!(
        ledger.claim(&first, "other", NOW, 1).unwrap(),
        ClaimOutcome::OwnedByOther("rececon".into())
    );
    let ended = ledger.ask(id).unwrap().unwrap();
    assert_eq!(
        (ended.state, ended.request_json.as_str()),
        (AskState::Answered, ""),
        "the request is not kept"
    );
    let failed = ledger.queue_ask(NOW, &ask("k2", 9)).unwrap();
    let said = ("E-77", "窓口 12345 にありません");
    ledger
        .fail_ask(NOW, failed, "UK-CENT-010", Some(said))
        .unwrap();
    assert!(matches!(
        ledger.answer_ask(
            NOW,
            failed,
            &result(9, "qualification", "{}"),
            &Beside::default()
        ),
        Err(LedgerError::NotFound)
    ));
    let kept = ledger.ask_by_key("rececon", "k2").unwrap().unwrap();
    assert_eq!(
        (kept.code.as_str(), kept.request_json.as_str()),
        ("UK-CENT-010", "")
    );
    let kept = kept.service.unwrap();
    assert_eq!((kept.0.as_str(), kept.1.as_str()), said, "verbatim");
    let audit = ledger.audit_records(0, 100).unwrap();
    let audit = audit.last().unwrap();
    assert_eq!(audit.action, "ask-failed");
    assert!(audit.detail["service_code"] == said.0 && audit.detail["service_message"] == said.1);
}

#[test]
fn one_clients_thousand_lookups_hold_up_no_others_one() {
    let place = Place::new();
    let mut ledger = place.open();
    let job = |client: &str, key: &str| NewBulkJob {
        client: client.into(),
        key: key.into(),
        kind: "qualification".into(),
        params_json: "{}".into(),
        reception: format!("{client} {key}"),
        total: 0,
    };
    let many: Vec<(u64, String)> = (0..50).map(|visit| (visit, "{}".into())).collect();
    let few: Vec<(u64, String)> = (100..102).map(|visit| (visit, "{}".into())).collect();
    ledger
        .begin_bulk_asks(NOW, &job("greedy", "1"), &many)
        .unwrap();
    ledger
        .begin_bulk_asks(NOW, &job("greedy", "2"), &many)
        .unwrap();
    ledger
        .begin_bulk_asks(NOW + 1, &job("modest", "1"), &few)
        .unwrap();
    let ask = |client: &str, n: u64| NewAsk {
        client: client.into(),
        key: n.to_string(),
        visit: 200 + n,
        job: None,
        request_json: "{}".into(),
    };
    for n in 0..10 {
        ledger.queue_ask(NOW, &ask("greedy", n)).unwrap();
    }
    ledger.queue_ask(NOW + 2, &ask("modest", 20)).unwrap();
    let due = ledger.due_asks(NOW + 5, 1000).unwrap();
    assert_eq!(due.len(), 113);
    let place_of = |wanted: &dyn Fn(&ledger::Ask) -> bool| due.iter().position(wanted).unwrap();
    assert_eq!(
        place_of(&|ask| ask.client == "modest" && ask.job.is_none()),
        1
    );
    assert_eq!(
        place_of(&|ask| ask.job.is_some()),
        11,
        "who waits comes before every job"
    );
    assert!(place_of(&|ask| ask.client == "modest" && ask.visit == 101) <= 14);
    // What one client has at work is bounded; the others go on.
    for n in 3..=20 {
        ledger
            .begin_bulk_asks(NOW, &job("greedy", &n.to_string()), &few)
            .unwrap();
    }
    let more = ledger.begin_bulk_asks(NOW, &job("greedy", "21"), &few);
    assert!(matches!(more, Err(LedgerError::TooMany)), "{more:?}");
    assert!(
        ledger
            .begin_bulk_asks(NOW, &job("greedy", "20"), &few)
            .is_ok(),
        "the same job as before"
    );
    ledger
        .begin_bulk_asks(NOW, &job("modest", "2"), &few)
        .unwrap();
    let full = (0..2_100).find_map(|n| ledger.queue_ask(NOW, &ask("greedy", 1000 + n)).err());
    assert!(matches!(full, Some(LedgerError::TooMany)), "{full:?}");
}
