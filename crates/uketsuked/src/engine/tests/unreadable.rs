//! A waiting inquiry whose seal does not open is given up and told; those beside it are answered (invariants 9 and 15).

use central::InquiryQueue as _;

use super::later::{payload, queue};
use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv9_an_inquiry_that_cannot_be_read_is_given_up_and_keeps_no_other_back() {
    let mut bench = Bench::new(Service::good());
    let now = bench.engine.parts.clock.wall_ms();
    let queued = bench.desk.run(move |ledger| {
        ledger.queue_inquiry(now, 0x76, "desk-1/r", &payload(false))?;
        ledger.queue_inquiry(now, 0x77, "desk-1/r", &payload(false))
    });
    queued.await.unwrap().unwrap();
    rusqlite::Connection::open(bench.folder().join("ledger.db"))
        .unwrap()
        .execute(
            "UPDATE inquiries SET payload = x'00112233' WHERE id = 1",
            [],
        )
        .unwrap();
    let queue = queue(&bench);
    let report = central::replay(bench.service.as_ref(), &queue, "1310000001", now).await;
    assert_eq!(report.unwrap().ended, 1, "the one beside it is answered");
    assert_eq!(bench.results().await.len(), 1);
    assert!(queue.due(now).unwrap().is_empty());
    assert_eq!(bench.queued().await, 0);
    let mut told = false;
    while let Ok(message) = bench.mail.try_recv() {
        let code = "UK-LEDG-028";
        told |= matches!(message, Message::ServiceSaid { code: said, .. } if said == code);
    }
    assert!(told, "staff hears of it");
}
