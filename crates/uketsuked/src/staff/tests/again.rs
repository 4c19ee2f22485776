//! A file of the folders that nobody took in time: staff has it delivered once more from the result's own page, on record.

use ledger::{Delivery, DeliveryState};

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_nobody_took_is_delivered_again_from_the_results_page_inv9() {
    let page = page().await;
    let clerk = page.sign_in(CLERK).await;
    let stored = page.bench.counter.desk.run(|ledger| {
        let stored = ledger.store_result(
            1,
            &NewResult {
                visit: 9,
                reader: "r".into(),
                kind: "qualification".into(),
                body_json: r#"{"XmlMsg":{"MessageBody":{}}}"#.into(),
                simulated: true,
            },
        )?;
        ledger.claim(&stored.id, "folders", 1, 1000)?;
        ledger.note_delivery(1, "folders", &stored.id, "a.xml", DeliveryState::Written)?;
        Ok::<_, ledger::LedgerError>(stored.id)
    });
    let id = stored.await.unwrap().unwrap();
    let place = format!("/desk/result/{id}");
    let send = format!("{place}/deliver-again");
    let shown = page.get(&clerk, &place).await.body;
    assert!(!shown.contains("deliver-again"), "it still lies there");
    let early = page.send(&clerk, &send, &[("reason", "now")]).await;
    assert!(early.status >= 400, "{}", early.body);

    let ended = id.clone();
    let lapsed = page.bench.counter.desk.run(move |ledger| {
        let delivery = ledger.delivery("folders", &ended)?;
        let delivery = Delivery {
            state: DeliveryState::Uncollected,
            ..delivery.unwrap()
        };
        ledger.end_delivery(2, "folders", &delivery, Some(&ended), true)
    });
    lapsed.await.unwrap().unwrap();
    let shown = page.get(&clerk, &place).await.body;
    assert!(shown.contains(&send), "{shown}");
    let nameless = page
        .post(&page.browser(), &send, &[("reason", "now")])
        .await;
    assert!(!nameless.location.contains("result"), "{}", nameless.body);
    let sent = page
        .send(&clerk, &send, &[("reason", "レセコンを再起動した")])
        .await;
    assert_eq!((sent.status, &sent.location), (303, &place));
    let record = page.bench.counter.desk.run(|ledger| {
        let records = ledger.audit_records(0, 500)?;
        Ok::<_, ledger::LedgerError>(
            records
                .into_iter()
                .find(|record| record.action == "result-delivered-again"),
        )
    });
    let record = record.await.unwrap().unwrap().unwrap();
    assert_eq!(record.actor, "staff:受付 花子");
    assert_eq!(record.detail["reason"], "レセコンを再起動した");
    assert_eq!(record.detail["result"], id.as_str());
    let shown = page.get(&clerk, &place).await.body;
    assert!(!shown.contains(&send), "once for one file");
    assert!(shown.contains("職員が結果をもう一度出した"), "{shown}");
}
