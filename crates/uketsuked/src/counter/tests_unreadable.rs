//! A lookup by number whose seal does not open fails with its code and is told; those beside it are answered (invariants 9 and 15).

use std::sync::Arc;
use std::time::Duration;

use ledger::{AskState, LedgerError, NewAsk, NewFollowUp};
use tokio::sync::Notify;

use super::tests::{CLINIC, bench};
use crate::number_inquiries::{self, Asker};

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

/// Notes of a follow-up whose seal does not open keep no other follow-up back; that they are lost is said, and stays said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv9_notes_that_cannot_be_read_keep_no_follow_up_back() {
    let bench = bench().await;
    let counter = bench.counter.clone();
    let now = counter.clock.wall_ms();
    let opened = counter.ledger(move |ledger| {
        let mut open = |visit: u64| -> Result<u64, LedgerError> {
            let new = NewFollowUp {
                visit,
                reader: "Reader 0".into(),
                result_id: format!("r{visit}"),
                reason: "unentrusted".into(),
                note: String::new(),
            };
            let id = ledger.open_follow_up(now, &new)?;
            super::note_follow_up(ledger, now, id, "受付", "折り返し待ち")?;
            Ok(id)
        };
        Ok((open(1)?, open(2)?))
    });
    let (one, two) = opened.await.unwrap();
    let spoilt = rusqlite::Connection::open(bench.folder.path().join("ledger.db"))
        .unwrap()
        .execute(
            "UPDATE state SET value = x'00112233' WHERE key = ?1",
            [format!("{}{one}", ledger::FOLLOW_UP_NOTES)],
        )
        .unwrap();
    assert_eq!(spoilt, 1);
    let read = async |id: u64| {
        let notes = counter.ledger(move |ledger| super::follow_up_notes(ledger, id));
        let notes = notes.await.unwrap().into_iter();
        notes.map(|(_, _, text)| text).collect::<Vec<_>>()
    };
    assert_eq!(read(two).await, ["折り返し待ち"]);
    let lost = read(one).await;
    assert!(
        lost.len() == 1 && lost[0].contains("UK-LEDG-028"),
        "{lost:?}"
    );
    let noted =
        counter.ledger(move |ledger| super::note_follow_up(ledger, now, one, "受付", "電話済み"));
    noted.await.unwrap();
    assert_eq!(read(one).await, [lost[0].as_str(), "電話済み"]);
}
