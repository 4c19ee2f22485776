//! Inquiries kept through an outage are handed in when the service is back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::sync::Mutex;

use central::{
    CardConfirmation, CentralClient, ConfirmationMethod, ConfirmationResult, Inquiry,
    InquiryOutcome, InquiryQueue, Nonce, Paths, ProofKind, QueueError, QueuedInquiry, next_attempt,
    replay,
};
use oqs::ConsentAnswers;
use support::{OURS, Reply, World, answered, confirmed, friendly};

const NOW: i64 = 1_795_273_200_000;
const HOUR: i64 = 3600 * 1000;

fn inquiry(byte: u8) -> Inquiry {
    let nonce = Nonce {
        bytes: vec![byte; 32],
        expires_at: 0,
        server_time: 0,
    };
    let kind = ProofKind::FictitiousTerminalAuthentication;
    Inquiry {
        confirmation: CardConfirmation::new(
            &nonce,
            vec![0x30, byte],
            kind,
            vec![byte],
            ConfirmationMethod::Face,
            NOW,
        ),
        consents: ConsentAnswers {
            medicines: true,
            ..ConsentAnswers::default()
        },
        date: "20261122".into(),
        birth: None,
    }
}

/// A queue in memory.
#[derive(Default)]
struct Memory {
    waiting: Mutex<Vec<(QueuedInquiry, i64)>>,
    ended: Mutex<Vec<(String, InquiryOutcome)>>,
}

impl Memory {
    fn with(inquiries: &[(u8, i64)]) -> Self {
        let waiting = inquiries.iter().map(|&(byte, queued_at)| {
            let queued = QueuedInquiry {
                id: byte.to_string(),
                visit: u64::from(byte),
                queued_at,
                attempts: 0,
                inquiry: inquiry(byte),
            };
            (queued, queued_at)
        });
        Self {
            waiting: Mutex::new(waiting.collect()),
            ended: Mutex::default(),
        }
    }

    fn waits(&self) -> Vec<(String, u32, i64)> {
        let waiting = self.waiting.lock().unwrap();
        waiting
            .iter()
            .map(|(queued, at)| (queued.id.clone(), queued.attempts, *at))
            .collect()
    }
}

impl InquiryQueue for Memory {
    fn due(&self, now: i64) -> Result<Vec<QueuedInquiry>, QueueError> {
        let waiting = self.waiting.lock().unwrap();
        Ok(waiting
            .iter()
            .filter(|(_, at)| *at <= now)
            .map(|(queued, _)| queued.clone())
            .collect())
    }

    fn done(&self, id: &str, _now: i64, outcome: InquiryOutcome) -> Result<(), QueueError> {
        self.waiting
            .lock()
            .unwrap()
            .retain(|(queued, _)| queued.id != id);
        self.ended.lock().unwrap().push((id.to_owned(), outcome));
        Ok(())
    }

    fn postpone(&self, id: &str, next_at: i64, _reason: &str) -> Result<(), QueueError> {
        for (queued, at) in self
            .waiting
            .lock()
            .unwrap()
            .iter_mut()
            .filter(|(queued, _)| queued.id == id)
        {
            queued.attempts += 1;
            *at = next_at;
        }
        Ok(())
    }
}

#[tokio::test]
async fn what_waited_is_handed_in_when_the_service_is_back() {
    let world = World::new();
    let server = world
        .serve(|seen| match seen.path.as_str() {
            // The second person is not known to the service.
            "/assumed/card/confirm" if seen.body.contains("AgICAgIC") => confirmed(
                seen,
                r#""result":"unknown-person","code":"E","message":"m""#,
            ),
            "/assumed/card/confirm" => {
                confirmed(seen, r#""result":"confirmed","confirmationId":"c-9""#)
            }
            path if path == Paths::default().search => {
                assert!(
                    seen.body.contains(r#""CardConfirmationIdentifier":"c-9""#),
                    "{}",
                    seen.body
                );
                assert!(seen.body.contains(r#""PharmacistsInfoConsFlg":"1""#));
                answered(seen, r#"{"QualificationValidity":"1"}"#)
            }
            _ => friendly(seen),
        })
        .await;
    let queue = Memory::with(&[(1, NOW - HOUR), (2, NOW - HOUR), (3, NOW + 1)]);
    let client = world.client(&server);
    let report = replay(&client, &queue, OURS, NOW).await.unwrap();
    assert_eq!(
        (report.ended, report.postponed, report.stopped_by),
        (2, 0, None)
    );
    let ended = queue.ended.lock().unwrap();
    assert!(
        matches!(&ended[0], (id, InquiryOutcome::Answered { confirmation_id, .. }) if id == "1" && confirmation_id == "c-9")
    );
    assert!(
        matches!(&ended[1].1, InquiryOutcome::NotConfirmed(c) if c.result == ConfirmationResult::UnknownPerson)
    );
    assert_eq!(queue.waits().len(), 1, "the third was not due");
}

#[tokio::test]
async fn an_outage_postpones_all_after_one_attempt() {
    let world = World::new();
    let server = world.serve(|_| Reply::Json(500, String::new())).await;
    let queue = Memory::with(&[(1, NOW), (2, NOW), (3, NOW - 25 * HOUR)]);
    let client = world.client(&server);
    let report = replay(&client, &queue, OURS, NOW).await.unwrap();
    assert!(report.stopped_by.unwrap().is_unreachable());
    assert_eq!((report.ended, report.postponed), (1, 2));
    assert_eq!(
        server.seen().len(),
        1,
        "the service is asked once, not for each"
    );
    for (id, attempts, at) in queue.waits() {
        assert_eq!(attempts, 1, "{id}");
        assert!(at > NOW && at <= NOW + 60_000, "{id}");
    }
    let ended = queue.ended.lock().unwrap();
    assert!(
        matches!(&ended[0], (id, InquiryOutcome::GivenUp { code, service: None }) if id == "3" && code == "UK-CENT-005")
    );
}

#[tokio::test]
async fn an_inquiry_that_fails_by_itself_does_not_hold_up_the_others() {
    let world = World::new();
    let server = world
        .serve(|seen| match seen.path.as_str() {
            "/assumed/card/confirm" if seen.body.contains("AQEBAQEB") => {
                Reply::Json(400, String::new())
            }
            "/assumed/card/confirm" => {
                confirmed(seen, r#""result":"confirmed","confirmationId":"c-9""#)
            }
            path if path == Paths::default().search => {
                answered(seen, r#"{"QualificationValidity":"1"}"#)
            }
            _ => friendly(seen),
        })
        .await;
    let queue = Memory::with(&[(1, NOW), (2, NOW)]);
    let client: CentralClient = world.client(&server);
    let report = replay(&client, &queue, OURS, NOW).await.unwrap();
    assert_eq!(
        (report.ended, report.postponed, report.stopped_by),
        (1, 1, None)
    );
}

#[test]
fn waits_grow_and_end_with_the_life_of_the_proof() {
    let waits: Vec<_> = (1..=8)
        .map(|attempts| (next_attempt(NOW, attempts, 0, NOW).unwrap() - NOW) / 1000)
        .collect();
    assert_eq!(waits, [30, 60, 120, 240, 480, 900, 900, 900]);
    assert_eq!(
        next_attempt(NOW, 1, 999, NOW),
        Some(NOW + 30_000 + 5_994),
        "spread over a fifth of the wait"
    );
    assert_eq!(next_attempt(NOW, u32::MAX, 0, NOW), Some(NOW + 900_000));
    assert_eq!(next_attempt(NOW, 1, 0, NOW + 24 * HOUR - 30_000), None);
    assert!(next_attempt(NOW, 1, 0, NOW + 24 * HOUR - 30_001).is_some());
    assert_eq!(next_attempt(NOW, 1, 0, i64::MAX), None);
}

#[test]
fn an_inquiry_survives_storage() {
    let text = serde_json::to_string(&inquiry(5)).unwrap();
    assert_eq!(serde_json::from_str::<Inquiry>(&text).unwrap(), inquiry(5));
}
