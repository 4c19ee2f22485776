//! A lookup by number whose seal does not open fails with its code and is told; those beside it are answered (invariants 9 and 15).

use std::sync::Arc;
use std::time::Duration;

use ledger::{AskState, NewAsk};
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
