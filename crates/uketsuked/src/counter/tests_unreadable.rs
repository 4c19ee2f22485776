//! A lookup by number whose seal does not open fails with its code and is told; those beside it are answered. Notes on a call that can't be
//! read keep no other call back and are not written over (invariants 9 and 15).

use std::sync::Arc;
use std::time::Duration;

use ledger::{
    AskState, FOLLOW_UP_NOTES, FOLLOW_UP_NOTES_AFTER, LedgerError, NewAsk, NewConsent, NewFollowUp,
    RESULT_REMARK,
};
use receipt::ReceiptStore as _;
use tokio::sync::Notify;

use super::tests::{CLINIC, bench};
use crate::number_inquiries::{self, Asker};
use crate::receipt_store::LedgerStore;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv9_a_lookup_that_cannot_be_read_fails_and_keeps_no_other_back() {
    let bench = bench().await;
    let counter = bench.counter.clone();
    let request = r#"{"XmlMsg":{"MessageHeader":{},"MessageBody":{"QualificationConfirmSearchInfo":{
        "InsurerNumber":"06123456","InsuredCardSymbol":"12","InsuredIdentificationNumber":"3456789",
        "InsuredBranchNumber":"00","Birthdate":"19750303","LimitApplicationCertificateRelatedConsFlg":"0"}}}}"#;
    let now = counter.clock.wall_ms();
    let queued = counter.ledger(move |ledger| {
        for n in 1..=2 {
            let ask = NewAsk {
                client: "rececon".into(),
                key: format!("k{n}"),
                visit: n,
                job: None,
                request_json: request.into(),
            };
            ledger.queue_ask(now, &ask)?;
        }
        Ok(())
    });
    queued.await.unwrap();
    rusqlite::Connection::open(bench.folder.path().join("ledger.db"))
        .unwrap()
        .execute("UPDATE asks SET request = x'00112233' WHERE id = 1", [])
        .unwrap();
    let asker = Asker {
        central: Arc::clone(&counter.visits),
        desk: counter.desk.clone(),
        clock: Arc::clone(&counter.clock),
        engine: counter.engine.clone(),
        news: Arc::new(Notify::new()),
        desk_name: "desk-1".into(),
        counter: counter.clone(),
        institution_code: CLINIC.into(),
        simulated: true,
    };
    tokio::spawn(number_inquiries::run(asker, bench.stop.subscribe()));
    let state = async |id: u64| {
        let ask = counter.ledger(move |ledger| ledger.ask(id)).await;
        let ask = ask.unwrap().unwrap();
        (ask.state, ask.code)
    };
    let ended = async {
        while state(1).await.0 == AskState::Queued || state(2).await.0 == AskState::Queued {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), ended)
        .await
        .expect("both come to their end");
    assert_eq!(state(1).await, (AskState::Failed, "UK-LEDG-028".to_owned()));
    assert_eq!(state(2).await.0, AskState::Answered);
    assert!(bench.alerts.lock().unwrap().contains(&"UK-LEDG-028"));
}

/// What a receipt computer is shown of each follow-up: its note, the notes on it, and whether part of it can't be read.
fn listed(store: &LedgerStore) -> Vec<(String, Vec<String>, bool)> {
    let all = store.follow_ups(0, true, 10).unwrap().into_iter();
    all.map(|one| {
        let notes = one.notes.into_iter().map(|note| note.text).collect();
        (one.note, notes, one.unreadable)
    })
    .collect()
}

/// Also for a receipt computer, for staff and for the technician; what is noted afterwards stands beside what is damaged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv9_15_notes_that_cannot_be_read_keep_no_call_back_and_are_not_written_over() {
    // Too short to be a seal; a seal of which a byte differs.
    let ways = [
        "value = x'00112233'",
        "value = CAST(substr(value, 1, length(value) - 1) || x'00' AS BLOB)",
    ];
    for way in ways {
        let bench = bench().await;
        let counter = bench.counter.clone();
        let now = counter.clock.wall_ms();
        let opened = counter.ledger(move |ledger| {
            for visit in 1..=2 {
                let new = NewFollowUp {
                    visit,
                    reader: "Reader 0".into(),
                    result_id: format!("r{visit}"),
                    reason: "unentrusted".into(),
                    note: format!("office {visit}"),
                };
                let id = ledger.open_follow_up(now, &new)?;
                super::note_follow_up(ledger, now, id, "staff:a", "折り返し待ち")?;
            }
            Ok::<_, LedgerError>(())
        });
        opened.await.unwrap();
        let raw = rusqlite::Connection::open(bench.folder.path().join("ledger.db")).unwrap();
        let first = format!("{FOLLOW_UP_NOTES}1");
        let spoil = |key: &str| {
            let sql = format!("UPDATE state SET {way} WHERE key = ?1");
            assert_eq!(raw.execute(&sql, [key]).unwrap(), 1);
        };
        let stands = || -> Vec<u8> {
            let sql = "SELECT value FROM state WHERE key = ?1";
            raw.query_row(sql, [&first], |row| row.get(0)).unwrap()
        };
        spoil(&first);
        let damaged = stands();
        let store = LedgerStore {
            desk: counter.desk.clone(),
            asks: Arc::new(Notify::new()),
        };
        let two = (
            "office 2".to_owned(),
            vec!["折り返し待ち".to_owned()],
            false,
        );
        let one = |notes: &[&str]| {
            let notes = notes.iter().map(|note| (*note).to_owned()).collect();
            ("office 1".to_owned(), notes, true)
        };
        let look = || tokio::task::block_in_place(|| listed(&store));
        assert_eq!(look(), [one(&[]), two.clone()], "{way}");
        let note = async |text: &'static str| {
            let noted = counter
                .ledger(move |ledger| super::note_follow_up(ledger, now, 1, "staff:b", text));
            noted.await.unwrap();
        };
        note("電話済み").await;
        note("明日").await;
        assert_eq!(look(), [one(&["電話済み", "明日"]), two.clone()], "{way}");
        assert_eq!(stands(), damaged, "not written over");
        let staff = counter.follow_ups().await.unwrap();
        assert_eq!(staff["follow_ups"].as_array().unwrap().len(), 2, "{staff}");
        // Those behind them, too: only then they make room, and the chain says so.
        spoil(&format!("{FOLLOW_UP_NOTES_AFTER}1"));
        note("再度").await;
        assert_eq!(look(), [one(&["再度"]), two]);
        assert_eq!(stands(), damaged);
        let records = counter.ledger(|ledger| ledger.audit_records(0, 1000));
        let records = records.await.unwrap();
        let replaced: Vec<_> = records
            .iter()
            .filter(|record| record.action == "follow-up-noted")
            .map(|record| record.detail["unreadable_replaced"] == true)
            .collect();
        assert_eq!(replaced, [false, false, false, false, true]);
    }
}

/// The same at the desk's page: damaged notes, a damaged entry, and a damaged result that a call is about.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv9_15_what_a_call_is_about_may_be_unreadable() {
    let bench = bench().await;
    let counter = bench.counter.clone();
    let now = counter.clock.wall_ms();
    let opened = counter.ledger(move |ledger| {
        for visit in 1..=4 {
            let result = ledger::NewResult {
                visit,
                reader: "Reader 0".into(),
                kind: "qualification".into(),
                body_json: r#"{"XmlMsg":{}}"#.into(),
                simulated: true,
            };
            let result_id = ledger.store_result(now, &result)?.id;
            let new = NewFollowUp {
                visit,
                reader: "Reader 0".into(),
                result_id,
                reason: "unentrusted".into(),
                note: format!("office {visit}"),
            };
            let id = ledger.open_follow_up(now, &new)?;
            super::note_follow_up(ledger, now, id, "staff:a", "折り返し待ち")?;
            ledger.put_state(
                &format!("{}{id}", ledger::PROPOSAL),
                r#"{"job":1,"item":0}"#,
            )?;
        }
        Ok::<_, LedgerError>(())
    });
    opened.await.unwrap();
    rusqlite::Connection::open(bench.folder.path().join("ledger.db"))
        .unwrap()
        .execute_batch(&format!(
            "UPDATE state SET value = x'00112233' WHERE key IN ('{FOLLOW_UP_NOTES}1', '{}4');
             UPDATE follow_ups SET note = x'00112233' WHERE id = 2;
             UPDATE results SET body = x'00112233' WHERE visit LIKE '%3'",
            ledger::PROPOSAL
        ))
        .unwrap();
    let offices = counter.offices.clone();
    let lines = counter
        .ledger(move |ledger| crate::staff::call_lines(ledger, &offices))
        .await
        .unwrap();
    let seen: Vec<_> = lines
        .iter()
        .map(|line| {
            (
                line.id,
                line.office.as_str(),
                line.notes.len(),
                line.unreadable,
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (4, "office 4", 1, false),
            (3, "office 3", 1, false),
            (2, "", 1, true),
            (1, "office 1", 0, true)
        ]
    );
    assert!(lines[0].proposed.is_none() && lines[1].proposed.is_some());
}

/// What was remarked on one result, or what its person agreed to, can't be read: the day's list stands, and that result is marked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv9_15_a_remark_or_consent_that_cannot_be_read_keeps_no_result_back() {
    let bench = bench().await;
    let counter = bench.counter.clone();
    let now = counter.clock.wall_ms();
    let kept = counter.ledger(move |ledger| {
        for (id, code) in [("r1", "UK-VISIT-506"), ("r2", "UK-VISIT-506")] {
            let changes = [(format!("{RESULT_REMARK}{id}"), Some(code.to_owned()))];
            ledger.change_states(
                now,
                "terminal",
                ("remarked", serde_json::json!({})),
                &changes,
            )?;
        }
        for visit in [1, 2] {
            let given = NewConsent {
                visit,
                kind: "medicines".into(),
                flow: "reader".into(),
                flag: "1".into(),
                given_at: Some(now),
                until: None,
                person: "somebody".into(),
            };
            ledger.record_consents(now, &[given])?;
        }
        Ok::<_, LedgerError>(())
    });
    kept.await.unwrap();
    let raw = rusqlite::Connection::open(bench.folder.path().join("ledger.db")).unwrap();
    for (sql, key) in [
        (
            "UPDATE state SET value = x'00112233' WHERE key = ?1",
            format!("{RESULT_REMARK}r1"),
        ),
        (
            "UPDATE consents SET person = x'00112233' WHERE visit = ?1",
            format!("{:016x}", 1),
        ),
    ] {
        assert_eq!(raw.execute(sql, [key]).unwrap(), 1, "{sql}");
    }
    let seen = counter.ledger(move |ledger| {
        let remarks = [
            crate::follow_up::remarked(ledger, "r1")?,
            crate::follow_up::remarked(ledger, "r2")?,
            crate::follow_up::remarked(ledger, "r3")?,
        ];
        let agreed = [
            crate::staff::medical_agreed(ledger, 1, now)?,
            crate::staff::medical_agreed(ledger, 2, now)?,
        ];
        Ok::<_, LedgerError>((remarks, agreed))
    });
    let (remarks, agreed) = seen.await.unwrap();
    let remarks = remarks.each_ref().map(Option::as_deref);
    assert_eq!(remarks, [Some("UK-LEDG-028"), Some("UK-VISIT-506"), None]);
    assert_eq!(
        agreed,
        [false, true],
        "what can't be read opens nothing (invariant 1)"
    );
}
